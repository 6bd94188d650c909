"""What a network can't propose for, what is said of it, and what a fit records."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors
from pfn_cases import LINES
from proposal_cases import CONJUGATE, DATA, WIDER, posterior

import gendsl
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.api.plan_networks import attributes_of_networks, notes_on_networks, with_networks
from gendsl.api.proposal_draws import draw_positions
from gendsl.api.settings import Plan, settings_of
from gendsl.diagnostics.diagnostic import DiagnosticError


def plan_of(text: str, network: TrainedPfn, name: str = "exact", **fixed: float) -> Plan:
    model = gendsl.compile(text)
    model = model.condition(fixed) if fixed else model
    return with_networks(settings_of(model.program, name, {}), model.checked, {"robust": network})


def written(program: str) -> str:
    """The diagnostics of an inference program in the file of the network's prior."""
    text = CONJUGATE[: CONJUGATE.index("infer exact")] + f"infer main = {program}\n"
    with pytest.raises(DiagnosticError) as found:
        settings_of(gendsl.compile(text).program, "main", {})
    return str(found.value)


@pytest.mark.parametrize(
    ("program", "code", "words"),
    [
        ("importance(proposal = robusd)", "G1040", "did you mean `robust`?"),
        ("cycle(nuts(), slice(), init = other)", "G1040", "it has `robust`"),
        ("importance()", "G0437", "or `importance(proposal = NAME)`"),
        ("laplace() >> importance(proposal = robust)", "G0437", "takes nothing from `laplace`"),
        ('nuts(init = "robust.pfn")', "G0408", "must be the name of a trained network"),
        ("cycle(nuts(v, init = robust), nuts(beta))", "G0408", "belongs to the whole program"),
    ],
)  # fmt: skip
def test_programs_that_name_no_network(program: str, code: str, words: str) -> None:
    message = written(program)
    assert code in message and words in message


def test_a_network_has_to_be_given() -> None:
    with pytest.raises(DiagnosticError, match="G1041") as found:
        gendsl.compile(CONJUGATE).infer(DATA, name="exact")
    assert 'networks={"robust": "robust.pfn"}' in str(found.value)
    with pytest.raises(ValueError, match="names no network `other`"):
        gendsl.compile(CONJUGATE).infer(DATA, name="exact", networks={"other": "other.pfn"})


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("v ~ InverseGamma(3, 2e4)", "v ~ Uniform(0, 1e6)", "", ""),
        ("v ~ InverseGamma(3, 2e4)", "v ~ Uniform(-1, 1e6)", "G1043", "`v` has values"),
        ("v ~ InverseGamma(3, 2e4)", "let v = 1.0", "G1043", "no latent quantity `v`"),
        ("data x[row] : real", "data x[row] : int", "G1043", "`[row] : int` in the model"),
        ("data x[row] : real", "x[row] ~ Normal(0, 1)", "G1043", "latent in the model"),
        ("data y[row] : real", "data y[row] : real\n  data z : real\n  z ~ Normal(v, 1)", "", ""),
    ],
    ids=lambda value: value if value.startswith("G") else "",
)  # fmt: skip
def test_models_that_differ_from_the_prior(
    robust: TrainedPfn, old: str, new: str, code: str, words: str
) -> None:
    text = CONJUGATE.replace(old, new)
    assert text != CONJUGATE
    if not code:
        assert plan_of(text, robust).networks["robust"] is robust
        return
    with pytest.raises(DiagnosticError) as found:
        plan_of(text, robust)
    assert code in str(found.value) and words in str(found.value)


def test_networks_without_latents_and_inputs_that_are_latents(line: TrainedPfn) -> None:
    text = f"{LINES}infer exact = importance(proposal = line)\n"
    model = gendsl.compile(text)
    plan = settings_of(model.program, "exact", {})
    with pytest.raises(DiagnosticError, match="G1042") as found:
        with_networks(plan, model.checked, {"line": line})
    assert "`predict y, tau, sigma, beta given ...`" in str(found.value)


def drawn(text: str, network: TrainedPfn, data: dict[str, Any]) -> Any:
    plan = plan_of(text, network)
    model = gendsl.compile(text)
    with posterior(model, data) as of:
        return draw_positions(network, of, plan.outer, 1024, 0)


def test_every_latent_has_to_be_drawn_and_have_its_size(robust: TrainedPfn) -> None:
    with pytest.raises(DiagnosticError, match="G1042") as found:
        drawn(WIDER, robust, DATA)
    message = str(found.value)
    assert "does not predict `shift`" in message and "`nuts(init = robust)`" in message
    with pytest.raises(DiagnosticError, match="`beta` has the shape 3 given the data, and 2"):
        drawn(CONJUGATE.replace("dim k = 2", "dim k = 3"), robust, DATA)
    optional = CONJUGATE.replace("data y[row] : real", "data y[row] : real?")
    with pytest.raises(DiagnosticError, match="`y` is missing in row 1 of the data"):
        drawn(optional, robust, {"x": [0.1, 0.2], "y": [1.0, None]})


def test_what_the_model_integrates_out_is_no_matter_of_sizes(robust: TrainedPfn) -> None:
    shared = CONJUGATE.replace("Normal(0, sqrt(v))", "Normal(0, 1)").replace(
        "  y[row] ~ Normal(", "  f ~ GP(kernel = v * RBF(1))\n  y[row] ~ Normal(f(x) + "
    )  # fmt: skip
    for message in (_of_program(shared, robust), _of_draws(shared, robust)):
        assert "G1043" in message and "`v` is integrated out of the model" in message
        assert "leave `v` out of `predict`" in message and "size" not in message
    kept = shared.replace("v * RBF(1)", "v * RBF(1), approx = exact(collapse = false)")
    assert plan_of(kept, robust).networks["robust"] is robust


def _of_program(text: str, network: TrainedPfn) -> str:
    """What is said when the program is compared with the network."""
    with pytest.raises(DiagnosticError) as found:
        plan_of(text, network)
    return str(found.value)


def _of_draws(text: str, network: TrainedPfn) -> str:
    """What is said where it was not compared before."""
    model = gendsl.compile(text)
    call = settings_of(model.program, "exact", {}).outer
    with posterior(model, DATA) as of, pytest.raises(DiagnosticError) as found:
        draw_positions(network, of, call, 16, 0)
    return str(found.value)


@pytest.mark.parametrize(
    ("site", "target", "words"),
    [
        ("s[t = first] ~ Normal(0, 1)\n  s[t] ~ Normal(s[t - 1], v)", "s[t = 3]", "step by step"),
        ("s ~ GP(kernel = v * RBF(1))", "s(x)", "`v` is integrated out of the prior"),
    ],
)
def test_latents_that_no_task_has_coordinates_of(site: str, target: str, words: str) -> None:
    text = f"""\
model prior_of {{
  dim row
  dim t : ordered = 4
  data x[row] : real
  data y[row] : real
  v ~ InverseGamma(3, 2)
  {site}
  y[row] ~ Normal({target}, sqrt(v))
}}
pfn block {{
  prior   = prior_of
  predict   y, {"s" if "t]" in site else "v"} given x
  rows    = 2..8
  inputs  = x ~ Uniform(-1, 1)
}}
"""
    with pytest.raises(DiagnosticError, match="G1007") as found:
        gendsl.compile(text).pfns["block"]
    assert words in str(found.value) and "leave" in str(found.value)


def codes(text: str, network: TrainedPfn, data: dict[str, Any], **fixed: float) -> list[str]:
    model = gendsl.compile(text)
    model = model.condition(fixed) if fixed else model
    notes = notes_on_networks(plan_of(text, network), model.checked, model.bind(data))
    return [note.code for note in notes]


def test_what_is_said_of_a_network(robust: TrainedPfn) -> None:
    assert codes(CONJUGATE, robust, DATA) == []
    commented = CONJUGATE.replace("beta[k] ~", "# coefficients\n  beta[k] ~")
    assert codes(commented, robust, DATA) == []
    assert codes(WIDER, robust, DATA) == ["G1044"]
    assert codes(CONJUGATE.replace("2e4", "1e4"), robust, DATA) == ["G1044"]
    assert codes(CONJUGATE, robust, DATA, v=2.0) == ["G1044"]
    many = {"x": np.linspace(-0.9, 0.9, 9), "y": 100 * np.linspace(-0.9, 0.9, 9)}
    assert codes(CONJUGATE, robust, many) == ["G1017"]
    assert codes(CONJUGATE, robust, {**DATA, "x": DATA["x"] + 3}) == ["G1019"]


def test_a_fit_records_which_network_it_was(robust: TrainedPfn, tmp_path: Path) -> None:
    robust.save(tmp_path / "robust.pfn")
    with safetensors.safe_open(tmp_path / "robust.pfn", framework="np") as file:
        in_file = file.metadata()["digest"]
    again = gendsl.load_pfn(tmp_path / "robust.pfn")
    assert robust.digest == again.digest == in_file
    found = attributes_of_networks(plan_of(CONJUGATE, again))["trained_networks"]
    assert found["robust"]["digest"] == in_file
    assert found["robust"]["prior_hash"] == gendsl.compile(CONJUGATE).pfns["robust"].block.hash
    plan = plan_of(CONJUGATE, again)
    assert "importance(proposal = robust, draws = 1000)" in str(plan)
    assert plan.attributes()["proposal"] == "robust"
    assert attributes_of_networks(plan_of(CONJUGATE, again, "begun"))


def test_a_declared_network_is_found_and_compared_when_the_program_is_checked(
    robust: TrainedPfn, tmp_path: Path
) -> None:
    robust.save(tmp_path / "robust.pfn")
    model, tail = CONJUGATE.split("pfn robust")
    text = f'{model}pfn robust from "robust.pfn"\n{tail[tail.index("infer exact") :]}'
    (tmp_path / "lines.gen").write_text(text)
    found = gendsl.compile(tmp_path / "lines.gen")
    plan = with_networks(settings_of(found.program, "begun", {}), found.checked)
    assert plan.network("robust").digest == robust.digest
    (tmp_path / "other.gen").write_text(text.replace("v ~ InverseGamma(3, 2e4)", "let v = 1.0"))
    other = gendsl.compile(tmp_path / "other.gen")
    with pytest.raises(DiagnosticError, match="no latent quantity `v`"):
        settings_of(other.program, "exact", {})


@pytest.mark.slow
def test_programs_run_end_to_end(robust: TrainedPfn) -> None:
    """The means of two right samplers of 5 quantities differ by 5 errors once in 350,000 runs."""
    model = gendsl.compile(CONJUGATE)
    networks = {"robust": robust}
    exact = model.infer(DATA, name="exact", networks=networks, seed=1)
    assert exact.attributes["method"] == "the network robust, weighted"
    assert exact.attributes["trained_networks"]["robust"]["digest"] == robust.digest
    assert exact.posterior["v"].shape == (1, 300) and not exact.attributes["is_exact"]
    assert "log evidence" in str(exact.summary())
    begun = model.infer(DATA, name="begun", networks=networks, seed=1)
    assert begun.posterior["v"].shape == (6, 50)
    log_v = {name: np.log(fit.posterior["v"].values) for name, fit in
             (("exact", exact), ("begun", begun))}  # fmt: skip
    sizes = {"exact": exact.attributes["effective_size"] / 2, "begun": 60.0}
    error = np.sqrt(sum(log_v[name].var() / sizes[name] for name in log_v))
    assert abs(log_v["exact"].mean() - log_v["begun"].mean()) < 5 * error
    found = model.sbc(
        {"x": DATA["x"]}, sizes={"row": 5}, simulations=5, draws=20, name="exact",
        networks=networks,
    )  # fmt: skip
    assert found.attributes["simulations"] == 5


@pytest.mark.slow
def test_the_other_backend_weighs_and_starts_alike(robust: TrainedPfn) -> None:
    pytest.importorskip("pyro")
    model = gendsl.compile(CONJUGATE)
    networks = {"robust": robust}
    own = model.infer(DATA, name="exact", networks=networks, seed=2)
    for engine in ("gendsl", "pyro"):
        fit = model.infer(
            DATA, name="exact", networks=networks, seed=2, backend="pyro", engine=engine
        )
        for name in ("log_evidence", "pareto_k"):
            np.testing.assert_allclose(fit.attributes[name], own.attributes[name], rtol=1e-6)
        begun = model.infer(
            DATA, name="begun", networks=networks, seed=2, chains=3, warmup=20, draws=10,
            backend="pyro", engine=engine,
        )  # fmt: skip
        assert begun.posterior["v"].shape == (3, 10)
