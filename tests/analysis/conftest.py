"""Programs of models, and their warnings."""

from collections.abc import Callable

import pytest

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Source
from gendsl.ir.program import Program
from gendsl.pipeline import check, front


@pytest.fixture
def program() -> Callable[[str], Program]:
    """The program of some statements."""

    def make(statements: str) -> Program:
        return front(Source("t.gen", f"model m {{\n{statements}\n}}\n"))[0]

    return make


@pytest.fixture
def found() -> Callable[[str], list[str]]:
    """The codes of all that is said of some statements."""

    def make(statements: str) -> list[str]:
        diagnostics: tuple[Diagnostic, ...] = check(
            Source("t.gen", f"model m {{\n{statements}\n}}\n")
        )
        return [d.code for d in diagnostics]

    return make
