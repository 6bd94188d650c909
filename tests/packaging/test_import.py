"""What `import gendsl` loads, from whichever folder it is run."""

import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

FOLDERS = {"dsl", "grammar", "backends", "inference", "models"}
SLOW_TO_IMPORT = {"arviz", "jax", "matplotlib", "numpyro", "pandas", "scipy", "torch", "xarray"}

# Every module in `dsl/`: subpackages of other folders are not below `gendsl.__path__`.
IMPORT_ALL = """
import importlib, pkgutil, sys
import gendsl
for module in pkgutil.walk_packages(gendsl.__path__, "gendsl."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
print(*sys.modules, sep="\\n")
"""


def loaded_modules(cwd: Path) -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL], cwd=cwd, check=True, capture_output=True, text=True
    )
    return set(finished.stdout.split())


@pytest.fixture(scope="module", params=["repository", "elsewhere"])
def loaded(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    return loaded_modules(REPOSITORY if request.param == "repository" else elsewhere)


def test_folders_are_not_import_names(loaded: set[str]) -> None:
    assert "gendsl" in loaded
    assert not loaded & FOLDERS


def test_slow_packages_are_imported_lazily(loaded: set[str]) -> None:
    assert not loaded & SLOW_TO_IMPORT
