"""The wheel, built from the sdist, holds every file of the package and runs when installed."""

import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

ROOTS = {
    "dsl": "gendsl",
    "grammar": "gendsl/grammar",
    "backends": "gendsl/backends",
    "inference": "gendsl/inference",
    "models": "gendsl/models",
}
BUILD_FILES = (
    "pyproject.toml",
    "setup.py",
    "MANIFEST.in",
    "LICENSE",
    "constraints.txt",
    "Makefile",
)


def run(*command: str | Path, cwd: Path) -> str:
    finished = subprocess.run(command, cwd=cwd, check=True, stdout=subprocess.PIPE, text=True)
    return finished.stdout.strip()


def package_files(checkout: Path) -> dict[str, str]:
    """Every file of the package: its path in the checkout to its path in the wheel."""
    return {
        source.relative_to(checkout).as_posix(): f"{target}/{source.relative_to(root).as_posix()}"
        for root, target in ((checkout / folder, target) for folder, target in ROOTS.items())
        for source in root.rglob("*")
        if source.is_file()
    }


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is packaged: stale files of an earlier build would end up in the wheel."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in BUILD_FILES:
        shutil.copy(REPOSITORY / name, copy)
    for folder in ROOTS:
        shutil.copytree(
            REPOSITORY / folder, copy / folder, ignore=shutil.ignore_patterns("__pycache__", ".*")
        )
    return copy


@pytest.fixture(scope="module")
def built(checkout: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ".", cwd=checkout)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel, that sees the dependencies installed in this one.

    A folder named in a `.pth` file has its own `.pth` files ignored, so that this environment's
    editable install is out of sight.
    """
    prefix = tmp_path_factory.mktemp("environment")
    venv.create(prefix, symlinks=True)
    pip = (sys.executable, "-m", "pip", "--python", prefix / "bin" / "python")
    run(*pip, "install", "--quiet", "--no-deps", "--no-index", wheel, cwd=prefix)
    (site_packages,) = prefix.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return prefix


def test_wheel_holds_every_file_of_the_package(checkout: Path, wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("gendsl/")}
    assert packed == set(package_files(checkout).values())


def test_sdist_holds_every_file_of_the_package(checkout: Path, built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert packed >= set(package_files(checkout)) | set(BUILD_FILES)


def test_installed_wheel_is_what_is_imported(environment: Path, tmp_path: Path) -> None:
    python = environment / "bin" / "python"
    imported = run(python, "-c", "import gendsl; print(gendsl.__file__)", cwd=tmp_path)
    assert Path(imported).is_relative_to(environment)


@pytest.mark.slow
def test_main_job_runs_from_the_wheel(environment: Path, tmp_path: Path) -> None:
    example = REPOSITORY / "examples" / "eight_schools" / "eight_schools"
    model, data = example.with_suffix(".gen"), example.with_suffix(".json")
    options = ("--data", data, "--seed", "1", "--out", "eight_schools.nc")
    run(environment / "bin" / "gendsl", "infer", model, *options, cwd=tmp_path)
    assert (tmp_path / "eight_schools.nc").stat().st_size > 0
