"""Generated Pyro programs by themselves: in Pyro's hands, and where gendsl is out of reach."""

import os
import subprocess
import sys
from pathlib import Path

import pyro as pyro_itself
import pytest
import torch
from backend_cases.compiled import resolved
from backend_cases.texts import BY_NAME, CASES, Case
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import AutoNormal
from pyro.poutine import trace

from gendsl.backends import pyro
from gendsl.backends.pyro.dialect import translate
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.render import render_all

_RUN = """
import builtins, sys
real = builtins.__import__
def guarded(name, *rest, **more):
    assert not name.startswith(("gendsl", "jax", "numpyro")), name
    return real(name, *rest, **more)
builtins.__import__ = guarded
sys.path.insert(0, sys.argv[1])
import torch
from pyro.infer import Predictive
import random_walk, coupled
draws = Predictive(random_walk.model, num_samples=2)(n_time=5)
assert draws["y"].shape == (2, 5), draws["y"].shape
draws = Predictive(coupled.model, num_samples=2)(n_time=4, n_area=3)
assert draws["y"].shape == (2, 4, 3), draws["y"].shape
print("ran")
"""

_SINH = """\
model bent {
  dim row
  data x[row] : real
  a ~ Normal(0, 1)
  let m[row] = sinh(a * x)
  observe x ~ Normal(m, 1)
}
"""


def test_the_text_is_had_without_torch() -> None:
    code = (
        "import sys; from gendsl.backends.registry import BACKENDS; "
        "assert BACKENDS['pyro'].source_of; import gendsl.backends.pyro.dialect.row; "
        "print(sorted({'torch', 'pyro', 'jax', 'numpyro', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_it_runs_without_this_package(tmp_path: Path) -> None:
    for name in ("random_walk", "coupled"):
        source = pyro.source_of(resolved(BY_NAME[name].text, f"{name}.gen"))
        (tmp_path / f"{name}.py").write_text(source, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ""},
        check=False,
    )
    assert done.stdout == "ran\n", done.stderr


WITH_PRIOR_DRAWS = [case for case in CASES if case.can_simulate and case.name != "missing"]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("case", WITH_PRIOR_DRAWS, ids=lambda case: case.name)
def test_pyro_traces_them(case: Case) -> None:
    """Names of sites and of plates are used once each."""
    density = pyro.lower(resolved(case.text)).bind(case.bound)
    torch.set_default_dtype(torch.float64)
    try:
        with pyro_itself.validation_enabled(False):
            found = trace(density.module.model).get_trace(**density.static, **density.data)
        assert torch.isfinite(found.log_prob_sum())
    finally:
        torch.set_default_dtype(torch.float32)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["eight_schools_non_centred", "slopes", "coupled"])
def test_pyro_fits_them(name: str) -> None:
    """A guide of Pyro's own makes the loss smaller, plates of several axes included."""
    case = BY_NAME[name]
    density = pyro.lower(resolved(case.text)).bind(case.bound)
    arguments = {**density.static, **density.data}
    pyro_itself.clear_param_store()
    pyro_itself.set_rng_seed(0)
    torch.set_default_dtype(torch.float64)
    try:
        model = density.module.model
        guide = AutoNormal(model)
        run = SVI(model, guide, pyro_itself.optim.Adam({"lr": 0.05}), Trace_ELBO())
        losses = [run.step(**arguments) for _ in range(150)]
    finally:
        torch.set_default_dtype(torch.float32)
    assert sum(losses[-20:]) < sum(losses[:20])


def test_what_cannot_be_said_is_told_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every function has a word today; take one away."""
    import gendsl

    words = {name: word for name, word in translate.WORDS.items() if name != "jnp.sinh"}
    monkeypatch.setattr(translate, "WORDS", words)
    with pytest.raises(DiagnosticError) as caught:
        gendsl.compile(_SINH).source("pyro")
    assert render_all(caught.value.diagnostics) == _TOLD


_TOLD = """\
error[G0710]: `m` can't be said in this backend: torch has no `jnp.sinh`
  --> <text>:5:3
   |
 5 |   let m[row] = sinh(a * x)
   |   ^^^^^^^^^^^^^^^^^^^^^^^^
   |
   = help: the backend `numpyro` says it
"""
