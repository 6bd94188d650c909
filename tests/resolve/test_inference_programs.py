"""Inference programs as typed trees: defaults, wishes of the caller, texts that read back."""

from __future__ import annotations

import pytest

import gendsl
from gendsl.api.failure import UsageError
from gendsl.api.settings import Plan, plan_of_fit, settings_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.ir.printer import print_inference
from gendsl.ir.program import InferenceCall, Program
from gendsl.pipeline import front
from gendsl.resolve.inference_calls import FLOWS, SCHEDULES
from gendsl.resolve.inference_piece import Kind, Result
from gendsl.resolve.inference_table import PIECES

MODEL = """\
model m {
  dim row
  data y[row] : real
  a ~ Normal(0, 1)
  b ~ Normal(0, 2)
  y[row] ~ Normal(a + b, 1)
}
"""


def program_with(*infers: str) -> Program:
    text = MODEL + "".join(f"infer p{i} = {written}\n" for i, written in enumerate(infers))
    return front(Source("t.gen", text))[0]


def plan_of(written: str, **wishes: float) -> Plan:
    return settings_of(program_with(written), None, wishes)


def test_a_kernel_inside_has_no_settings_of_the_run() -> None:
    outer = plan_of("cycle(nuts(a, max_depth = 4), slice(b), draws = 50)").outer
    assert [part.name for part in outer.parts] == ["nuts", "slice"]
    assert [[site.name for site in part.sites] for part in outer.parts] == [["a"], ["b"]]
    run = {"chains": 4, "warmup": 1000, "draws": 50, "superchains": None, "init": None}
    assert dict(outer.settings) == run
    inside = {"target_accept": 0.8, "max_depth": 4, "metric": "auto"}
    assert dict(outer.parts[0].settings) == inside


def test_kernels_and_schedules_have_defaults_too() -> None:
    outer = plan_of("smc()").outer
    move, temper = outer.setting("move"), outer.setting("temper")
    assert isinstance(move, InferenceCall) and move.name == "hmc"
    assert move.setting("steps") == 16
    assert isinstance(temper, InferenceCall) and temper.setting("ess") == 0.75


@pytest.mark.parametrize(
    "written",
    [
        "nuts(chains = 2, target_accept = 0.9)",
        "cycle(nuts(a), mix(slice(b), random_walk(b, target_accept = 0.3), weights = [1, 2.5]))",
        "smc(temper = powers(steps = 7, power = 2), move = cycle(slice(), mala()))",
        "vi(guide = low_rank, rank = 2, objective = iwae)",
        "annealed_importance(map = flow(layers = 2), rounds = 2) >> importance()",
        "pathfinder(paths = 3) >> importance(draws = 20) >> resample(10)",
    ],
)
def test_the_text_of_a_program_reads_back(written: str) -> None:
    plan = plan_of(written)
    again = plan_of_fit({"inference_program": str(plan)})
    assert again.program == plan.program
    assert print_inference(again.program) == str(plan)


@pytest.mark.parametrize(
    ("written", "wish", "expected"),
    [
        ("nuts()", {"chains": 2}, "chains = 2"),
        ("cycle(nuts(a), slice(b))", {"draws": 7}, "slice(b, metric = diagonal), chains = 4"),
        ("cycle(nuts(a), slice(b))", {"draws": 7}, "draws = 7"),
        ("cycle(nuts(a), hmc(b))", {"target_accept": 0.95}, "nuts(a, target_accept = 0.95"),
        ("cycle(nuts(a), hmc(b))", {"target_accept": 0.95}, "steps = 16, target_accept = 0.95"),
        ("smc(move = mala())", {"target_accept": 0.6}, "mala(target_accept = 0.6"),
        ("smc() >> resample(9)", {"draws": 7}, "resample(draws = 7)"),
        ("laplace() >> importance()", {"draws": 7}, "importance(draws = 7)"),
    ],
)
def test_wishes_take_precedence(written: str, wish: dict[str, float], expected: str) -> None:
    assert expected in str(plan_of(written, **wish))


@pytest.mark.parametrize(
    ("written", "wish"),
    [
        ("laplace()", {"chains": 2}),
        ("smc()", {"draws": 2}),
        ("cycle(slice(a), slice(b))", {"target_accept": 0.9}),
    ],
)
def test_a_wish_that_no_piece_can_fulfil_is_refused(written: str, wish: dict[str, float]) -> None:
    with pytest.raises(UsageError) as caught:
        plan_of(written, **wish)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G0813" and next(iter(wish)) in diagnostic.message


def test_a_wish_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="`chains` must be between 1 and 4096, not 0"):
        plan_of("cycle(nuts(), slice())", chains=0)


def test_a_program_is_of_the_model_that_has_its_quantities() -> None:
    other = MODEL.replace("model m", "model n").replace("  a ~", "  c ~").replace("(a +", "(c +")
    text = f"{MODEL}{other}infer of_m = nuts(a, b)\ninfer of_n = nuts(c, b)\ninfer both = nuts()\n"
    names = {
        model: [p.name for p in front(Source("t.gen", text), model)[0].inference]
        for model in ("m", "n")
    }
    assert names == {"m": ["of_m", "both"], "n": ["of_n", "both"]}


def test_the_table_is_consistent() -> None:
    for row in PIECES.values():
        names = [setting.name for setting in row.all_settings]
        assert len(names) == len(set(names))
        assert row.by_position in (None, *names)
        for setting in row.settings:
            match setting.kind:
                case Kind.CHOICE | Kind.GUIDE:
                    assert setting.default in (None, *setting.words)
                case Kind.FLOW:
                    assert setting.default in FLOWS
                case Kind.KERNEL:
                    assert PIECES[str(setting.default)].is_kernel
                case Kind.SCHEDULE:
                    assert setting.default in SCHEDULES
                case Kind.COUNT | Kind.REAL if setting.default is not None:
                    assert setting.lower <= float(setting.default) <= setting.upper
                case _:
                    assert setting.default is None
        is_labelled = not row.is_exact
        is_unadjusted = row.name in ("sgld", "sghmc")
        is_fitted = row.returns not in (Result.CHAINS, Result.TRANSPORT)
        assert is_labelled == (is_fitted or is_unadjusted)


def test_a_wish_for_one_chain_is_refused_by_what_learns_from_many() -> None:
    assert plan_of("cycle(chees(a), slice(b))", chains=2).number("chains") == 2
    with pytest.raises(UsageError, match="several chains"):
        plan_of("cycle(chees(a), slice(b))", chains=1)


def test_a_setting_that_says_nothing_has_no_default() -> None:
    assert plan_of("vi(guide = low_rank)").outer.setting("rank") == 5
    assert "rank =" not in str(plan_of("vi()"))
    with pytest.raises(DiagnosticError, match="G0408"):
        plan_of("vi(rank = 5)")
    # Fits that older versions wrote have it all the same.
    again = plan_of_fit({"inference_program": "main = vi(guide = full_rank, rank = 5)"})
    assert again.outer.setting("guide") == "full_rank"


FLAT = """\
model flat {
  data y : real
  mu ~ Flat()
  s ~ HalfNormal(1)
  y ~ Normal(mu, s)
}
infer pop = smc()
infer main = nuts(superchains = 2)
"""


def test_populations_start_where_the_prior_has_draws() -> None:
    model = gendsl.compile(FLAT)
    with pytest.raises(DiagnosticError) as caught:
        settings_of(model.program, "pop", {})
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.code == "G0454" and "`mu`" in diagnostic.message
    assert settings_of(model.condition(mu=1.0).program, "pop", {}).returns is Result.POPULATION
    proper = gendsl.compile(FLAT.replace("Flat()", "Normal(0, 9)"))
    assert settings_of(proper.program, "pop", {}).returns is Result.POPULATION


def test_superchains_divide_the_chains() -> None:
    assert settings_of(gendsl.compile(FLAT).program, "main", {}).number("superchains") == 2
    uneven = gendsl.compile(FLAT.replace("superchains = 2", "superchains = 3"))
    with pytest.raises(DiagnosticError, match="G0453"):
        settings_of(uneven.program, "main", {})
