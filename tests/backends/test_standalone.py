"""A generated program runs on its own, where this package can't be imported."""

import os
import subprocess
import sys
from pathlib import Path

from backend_cases.compiled import compiled
from backend_cases.texts import BY_NAME

_RUN = """
import builtins, sys
real = builtins.__import__
def guarded(name, *rest, **more):
    assert not name.startswith("gendsl"), name
    return real(name, *rest, **more)
builtins.__import__ = guarded
sys.path.insert(0, sys.argv[1])
import numpy as np, jax
from numpyro.infer import Predictive
import random_walk, radon
draws = Predictive(random_walk.model, num_samples=2)(jax.random.key(0), n_time=5)
assert draws["y"].shape == (2, 5), draws["y"].shape
draws = Predictive(radon.model, num_samples=2)(
    jax.random.key(0), n_house=4, n_county=2, county_AITKIN=0,
    county_of=np.array([0, 1, 1, 0]), floor=np.zeros(4), uranium=np.zeros(2), predict=True,
)
assert draws["y_new"].shape == (2, 4)
print("ran")
"""


def test_the_text_is_had_without_jax() -> None:
    code = (
        "import sys; from gendsl.backends.registry import BACKENDS; "
        "assert BACKENDS['numpyro'].source_of; import gendsl.backends.emit; "
        "print(sorted({'jax', 'numpyro', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr


def test_it_runs_without_this_package(tmp_path: Path) -> None:
    for name in ("random_walk", "radon"):
        case = BY_NAME[name]
        source = compiled(case.text, f"{name}.gen", case.is_non_centred).source
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
