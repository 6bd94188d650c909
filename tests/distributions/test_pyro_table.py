"""What the table promises of Pyro: every row has a spelling, every helper a text that runs."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyro.distributions as dist
import pytest
import torch

from gendsl.backends.emit.carried import top_level_names
from gendsl.backends.numpyro.distributions.inline import CARRIED as NUMPYRO
from gendsl.backends.pyro.dialect.row import CARRIED
from gendsl.distributions.family import EVENT_SIZE
from gendsl.distributions.table import FAMILIES

Modules = dict[str, Path]


def modules(carried: Any) -> Modules:
    """The files that programs may carry, by the helper's name."""
    files = [path for folder in carried.folders for path in folder.glob("*.py")]
    return {path.stem: path for path in files if path.stem not in ("__init__", "inline")}


HELPERS = sorted(modules(CARRIED))
GAPS = {"jumps", "ode_jumps", "sensitivities", "solve_ode", "extremes", "normal_density"}
"""Helpers of NumPyro's programs that Pyro's have none of: those of differential equations, of
entries whose slopes are right in torch, and of slopes in closed form."""


@pytest.mark.parametrize("name", FAMILIES)
def test_every_form_of_a_row_can_be_called(name: str) -> None:
    for form in FAMILIES[name].forms:
        spelling = form.pyro or form.numpyro
        spelled = [ours for _, ours in spelling.arguments if ours != EVENT_SIZE]
        assert sorted(spelled) == sorted(p.name for p in form.parameters)
        if spelling.helper is None:
            assert hasattr(dist, spelling.callable.removeprefix("dist."))
        else:
            module = import_module(f"gendsl.backends.pyro.distributions.{spelling.helper}")
            assert hasattr(module, spelling.callable)
    tails = FAMILIES[name].tails
    assert tails is None or tails in HELPERS


def test_flat_is_pyros_improper_uniform() -> None:
    flat = dist.ImproperUniform(dist.constraints.positive, torch.Size((2,)), torch.Size(()))
    assert flat.log_prob(torch.ones(2)).tolist() == [0.0, 0.0]


def classes(path: Path) -> set[str]:
    """What a module defines for programs to call by a capital letter."""
    return {name for name in top_level_names(ast.parse(path.read_text())) if name[0].isupper()}


OF_NUMPYRO = {"PAIRED_STATES", "Jumping"}
"""What helpers for NumPyro define for themselves; `Jumping` wraps a solver of diffrax."""


def test_every_helper_of_numpyros_has_a_counterpart() -> None:
    theirs, ours = modules(NUMPYRO), modules(CARRIED)
    assert theirs.keys() - ours.keys() <= GAPS
    for name in theirs.keys() & ours.keys():
        assert classes(theirs[name]) - OF_NUMPYRO <= classes(ours[name]), name


@pytest.mark.parametrize("helper", HELPERS)
def test_a_helpers_text_runs_on_its_own(helper: str) -> None:
    imports, text, _ = CARRIED.inlined([helper])
    assert "gendsl" not in text
    compile("\n".join([*imports, text]), helper, "exec")
    assert set(imports) <= set(CARRIED.header)
    used = {node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)}
    bound = {alias.asname or alias.name.partition(".")[0] for alias in _aliases(imports)}
    assert used & {"dist", "math", "torch", "pyro", "constraints", "functools"} <= bound


def _aliases(imports: tuple[str, ...]) -> list[ast.alias]:
    nodes = ast.parse("\n".join(imports)).body
    return [
        a for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) for a in node.names
    ]


def test_pasted_texts_run_together(tmp_path: Path) -> None:
    imports, text, _ = CARRIED.inlined(HELPERS)
    program = tmp_path / "pasted.py"
    use = (
        "if __name__ == '__main__':\n"
        "    torch.set_default_dtype(torch.float64)\n"
        "    built = Truncated(dist.Gamma(2.0, 1.0), high=3.0)\n"
        "    print(float(built.log_prob(torch.tensor(1.0))))\n"
    )
    program.write_text("\n".join([*imports, "", "", text, "", "", use]))
    shown = subprocess.run(
        [sys.executable, "-I", str(program)], capture_output=True, check=True, text=True
    )
    assert float(shown.stdout) == pytest.approx(-1.0 - np.log(1 - 4 * np.exp(-3.0)), rel=1e-12)


def test_names_of_helpers_never_clash() -> None:
    texts = [path.read_text() for path in modules(CARRIED).values()]
    names = [name for text in texts for name in top_level_names(ast.parse(text))]
    public = [name for name in names if not name.startswith("_")]
    assert len(set(public)) == len(public)
    assert set(public) <= CARRIED.names_defined(HELPERS)
