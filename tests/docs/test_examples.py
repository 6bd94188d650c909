"""Each example runs as its page says, and finds the truth that its data were simulated from.

A posterior's truth lies farther than `FARTHEST` posterior standard deviations from its mean with
probability 6e-5 where the posterior is normal. Over the fewer than 60 truths of all examples that
is a false-alarm rate of at most 0.4% each time the data are simulated anew; as they stand, the
outcome is fixed. `WIDEST` keeps the check from passing because nothing was learnt.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from pages import REPOSITORY
from running import run_page

import gendsl

PAGES = sorted((REPOSITORY / "examples").glob("*/README.md"))
EXAMPLES = [page.parent for page in PAGES]
FETCHED = [folder for folder in EXAMPLES if (folder / "data.py").exists()]
"""Their data come from packages: `test_function_examples` has their tests."""
OWN = [folder for folder in EXAMPLES if folder not in FETCHED]
FITTED = [folder for folder in OWN if "fit.nc" in (folder / "README.md").read_text("utf-8")]
OTHERS = [folder for folder in OWN if folder not in FITTED]
FARTHEST = 4.0
WIDEST = 0.6
MOST_DIVERGENT = 0.002


def script_of(folder: Path) -> ModuleType | None:
    path = folder / "simulate.py"
    if not path.exists():
        return None
    spec = importlib.util.spec_from_file_location(f"simulate_{folder.name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", autouse=True)
def compiled_programs(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENDSL_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("NO_COLOR", "1")
        yield


@pytest.mark.parametrize("folder", OTHERS, ids=lambda folder: folder.name)
def test_page_runs(folder: Path, tmp_path: Path) -> None:
    """What their scripts find is held against the truth in `test_torch_examples`."""
    run_page(folder / "README.md", tmp_path)


@pytest.mark.sweep(3)
@pytest.mark.statistical
@pytest.mark.parametrize("folder", FITTED, ids=lambda folder: folder.name)
def test_example_runs_and_finds_the_truth(folder: Path, tmp_path: Path) -> None:
    run_page(folder / "README.md", tmp_path)
    fit = gendsl.load(tmp_path / "fit.nc")
    summary = fit.summary()
    codes = {warning.code for warning in fit.warnings(summary)}
    assert not codes & {"G0716", "G0718"}
    assert float(fit["sample_stats"]["diverging"].mean()) < MOST_DIVERGENT
    script = script_of(folder)
    if script is None:
        return
    table = summary.to_frame()
    missed = {
        name: truth
        for name, truth in script.TRUTH.items()
        if abs(table.loc[name, "mean"] - truth) > FARTHEST * table.loc[name, "sd"]
    }
    assert not missed
    assert (table.loc[list(script.TRUTH), "sd"] < WIDEST).all()


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_data_are_those_of_the_script(folder: Path) -> None:
    script = script_of(folder)
    if script is None:
        return
    made = script.simulate()
    tables = made if isinstance(made, dict) else {"": made}
    for name, rows in tables.items():
        text = "".join(
            ",".join(map(str, line)) + "\n" for line in ([*rows[0]], *(r.values() for r in rows))
        )
        files = [f for f in folder.rglob("*.csv") if not name or f.stem == name]
        assert any(file.read_text("utf-8") == text for file in files)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
def test_programs_are_clean_and_formatted(folder: Path) -> None:
    from gendsl.diagnostics.source import Source
    from gendsl.frontend.format import format_source
    from gendsl.frontend.read import read
    from gendsl.pipeline import check

    for path in folder.glob("*.gen"):
        source = read(path)
        codes = {d.code for d in check(source)}
        assert codes <= ({"G0401"} if source.text.count("submodel") else set())
        assert format_source(Source(path.name, source.text)) == source.text
