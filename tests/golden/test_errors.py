"""What a user is shown for wrong models: the rendered text of every error and warning."""

from pathlib import Path

import pytest

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.render import render_all
from gendsl.diagnostics.source import Source
from gendsl.frontend.read import decode
from gendsl.pipeline import check, front

FOLDER = Path(__file__).parent / "errors"
MODELS = sorted(FOLDER.glob("*.gen"))


def diagnose(path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Diagnostic, ...]:
    """All that is said of a file, its name given without a folder so that texts are the same."""
    monkeypatch.chdir(FOLDER)
    return diagnose_source(decode(path.read_bytes(), path.name))


def diagnose_source(source: Source) -> tuple[Diagnostic, ...]:
    """What `check` says, and where that is nothing, what compiling says."""
    found = check(source)
    if not found:
        try:
            front(source)
        except DiagnosticError as error:
            found = error.diagnostics
    return found


def test_there_are_many_wrong_models():
    assert len(MODELS) >= 60


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_texts_of_errors(path, monkeypatch, update_golden):
    found = diagnose(path, monkeypatch)
    assert bool(found) != path.stem.endswith("_is_quiet")
    text = render_all(found) if found else "nothing to say\n"
    golden = path.with_suffix(".txt")
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODELS, ids=lambda path: path.stem)
def test_every_error_shows_a_place_and_nearly_all_a_way_out(path, monkeypatch):
    for diagnostic in diagnose(path, monkeypatch):
        assert diagnostic.span is not None or diagnostic.code in ("G0401", "G0402")
        assert diagnostic.message == diagnostic.message.strip().rstrip(".")
        assert "None" not in diagnostic.message.replace("`None`", "")
        if not diagnostic.code.startswith("G01"):
            assert diagnostic.label or diagnostic.span is None
            assert diagnostic.help, diagnostic.message


def test_the_example_of_the_language_page():
    """The page's own example, in look and nearly in words."""
    shown = (FOLDER / "radon.txt").read_text(encoding="utf-8")
    assert shown == (
        "error[G0203]: `sigma` has no dimension `house`\n"
        "  --> radon.gen:9:25\n"
        "   |\n"
        " 9 |   y[house] ~ Normal(mu, sigma)\n"
        "   |                         ^^^^^ has dimensions [county], the left side has [house]\n"
        "   |\n"
        " 4 |   data county_of[house] : county\n"
        "   |        --------- this indexes `county` from `house`\n"
        "   |\n"
        "   = help: gather it: `sigma[county_of]`\n"
    )
