"""The generated programs, as a reader would see them."""

from pathlib import Path

import pytest
from backend_cases.compiled import compiled
from backend_cases.texts import CASES, Case

FOLDER = Path(__file__).with_name("golden")
MARK = "# --- distributions that NumPyro lacks ---"


def shown(case: Case) -> str:
    """The program without the text of our own distributions, which have tests of their own."""
    source = compiled(case.text, f"{case.name}.gen", case.is_non_centred).source
    model, mark, _ = source.partition(MARK)
    return model + mark + "\n" if mark else model


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_source_is_the_golden_one(case: Case, update_golden: bool) -> None:
    source = shown(case)
    path = FOLDER / f"{case.name}.py"
    if update_golden:
        path.write_text(source, encoding="utf-8")
    assert source == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_lines_fit(case: Case) -> None:
    source = shown(case)
    assert max(map(len, source.splitlines())) <= 100
