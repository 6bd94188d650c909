"""What the table promises: complete rows, honest supports, text that can be pasted."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpyro.distributions as dist
import pytest
from distribution_cases.all_cases import CASES, HAS_OWN_TEST
from distribution_cases.case import Case

from gendsl.backends.numpyro.distributions import inline
from gendsl.backends.numpyro.distributions.within_support import WithinSupport
from gendsl.distributions.aliases import ALIASES
from gendsl.distributions.family import EVENT_SIZE
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES

FOLDER = Path(inline.__file__).parent
HELPERS = sorted(p.stem for p in FOLDER.glob("*.py") if p.stem not in ("__init__", "inline"))


def test_every_row_and_form_has_test_data() -> None:
    tested = {(case.family, case.row.forms.index(case.form)) for case in CASES}
    wanted = {
        (name, index)
        for name, row in FAMILIES.items()
        for index in range(len(row.forms))
        if name not in HAS_OWN_TEST
    }
    assert wanted == tested


@pytest.mark.parametrize("name", FAMILIES)
def test_a_row_is_whole(name: str) -> None:
    row = FAMILIES[name]
    assert row.summary.endswith(".")
    assert row.formula
    assert row.source
    for form in row.forms:
        ours = [parameter.name for parameter in form.parameters]
        assert len(set(ours)) == len(ours)
        assert all(p.help for p in form.parameters)
        spelled = [parameter for _, parameter in form.numpyro.arguments]
        assert sorted(p for p in spelled if p != EVENT_SIZE) == sorted(ours)
    limits = (row.support.lower, row.support.upper)
    for limit in limits:
        if limit is not None and isinstance(limit.value, str):
            assert all(limit.value in {p.name for p in form.parameters} for form in row.forms)


def test_flat_is_numpyros_improper_uniform() -> None:
    (form,) = FAMILIES["Flat"].forms
    assert form.numpyro.callable == "dist.ImproperUniform"
    flat = dist.ImproperUniform(dist.constraints.positive, (2,), ())
    assert flat.log_prob(jnp.ones((2,))).tolist() == [0.0, 0.0]


def test_aliases_name_rows_and_are_none_themselves() -> None:
    assert not set(ALIASES) & set(FAMILIES)
    assert {alias.family for alias in ALIASES.values()} - {None} <= set(FAMILIES)


def test_the_table_imports_no_numerics() -> None:
    program = (
        "import sys, gendsl.distributions.table\n"
        "import gendsl.distributions.aliases\n"
        "print([m for m in ('jax', 'numpy', 'numpyro') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert shown.stdout.decode().strip() == "[]"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)
def test_points_outside_the_support_are_refused(case: Case) -> None:
    built = case.build()
    if built.support.event_dim == 0 or case.row.support.kind == SupportKind.SIMPLEX:
        assert np.all(built.support(jnp.asarray(case.values())))
    for point in case.outside:
        assert not np.any(built.support(jnp.asarray(point)))


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c.row.event_rank == 0 and c.row.support.kind in ("real", "int")],
    ids=lambda case: case.label,
)
def test_the_rows_limits_are_numpyros(case: Case) -> None:
    support = case.build().support
    for limit, outward in ((case.row.support.lower, -1), (case.row.support.upper, 1)):
        end: Any = outward * 1e6
        if limit is None:
            if case.row.is_discrete:
                end = -outward  # any member: an integer support has other limits
            assert support(jnp.asarray(end)) or case.row.is_discrete
            continue
        end = limit.value
        if case.family in ("ZeroInflated", "Hurdle"):
            end = 0
        elif isinstance(end, str):
            end = case.arguments[end]
        assert not support(jnp.asarray(end + outward))
        inward = -outward if case.row.is_discrete else -outward * 1e-3
        assert support(jnp.asarray(end + inward))


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if c.row.has_moving_support and c.row.event_rank == 0],
    ids=lambda case: case.label,
)
def test_within_support_is_zero_outside(case: Case) -> None:
    built = WithinSupport(case.build())
    points = jnp.asarray(case.values())
    assert np.array_equal(built.log_prob(points), case.build().log_prob(points))
    for point in case.outside:
        assert built.log_prob(jnp.asarray(point)) == -np.inf


def test_within_support_has_a_finite_gradient_outside() -> None:
    slope = jax.grad(lambda high: WithinSupport(dist.Uniform(0.0, high)).log_prob(2.0))(1.0)
    assert slope == 0.0


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helpers_text_runs_on_its_own(helper: str) -> None:
    imports, text, _ = inline.inlined([helper])
    assert "gendsl" not in text
    compile("\n".join([*imports, text]), helper, "exec")
    assert set(imports) <= set(inline.HEADER)


def test_pasted_texts_run_together(tmp_path: Path) -> None:
    imports, text, _ = inline.inlined(HELPERS)
    program = tmp_path / "pasted.py"
    use = (
        "if __name__ == '__main__':\n"
        "    print(float(Truncated(dist.Gamma(2.0, 1.0), high=3.0).log_prob(1.0)))\n"
    )
    program.write_text("\n".join([*imports, "", "", text, "", "", use]))
    shown = subprocess.run(
        [sys.executable, "-I", str(program)], capture_output=True, check=True, text=True
    )
    assert float(shown.stdout) == pytest.approx(-1.0 - np.log(1 - 4 * np.exp(-3.0)), rel=1e-5)


def test_names_of_helpers_never_clash() -> None:
    names = [
        name
        for helper in HELPERS
        for name in inline.top_level_names(ast.parse((FOLDER / f"{helper}.py").read_text()))
    ]
    assert len(set(names)) == len(names)
    assert set(names) == inline.names_defined(HELPERS)


def test_every_row_with_tails_has_their_module() -> None:
    for row in FAMILIES.values():
        assert row.tails is None or row.tails in HELPERS
        for form in row.forms:
            assert form.numpyro.helper is None or form.numpyro.helper in HELPERS
