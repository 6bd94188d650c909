"""Programs from statements, and what is said of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.frontend.parse import parse
from gendsl.ir.printer import print_program
from gendsl.ir.program import Program
from gendsl.ir.verify import verify
from gendsl.pipeline import load_import
from gendsl.resolve.resolve import resolve

HEADER = """\
dim row
dim col
dim county
dim time : ordered
dim pair = {slope, intercept}
dim k = 3
dim peer like row
data x[row] : real
data y[row] : real
data n[row] : int >= 0
data b[row] : bool
data X[row, col] : real
data D[row, peer] : real
data county_of[row] : county
data twin_of[row] : peer
data z[time] : real
data size_int : int
alpha[county] ~ Normal(0, 1)
beta[col] ~ Normal(0, 1)
xi[county, pair] ~ Normal(0, 1)
mu ~ Normal(0, 1)
sigma ~ HalfNormal(1)
"""


def compile_text(text: str) -> Program:
    """The verified program of a text; DiagnosticError with all of its errors."""
    reporter = Reporter()
    source = Source("t.gen", text)
    return verify(resolve(source, parse(source), load_import, reporter))


def _model(statements: str, header: str, before: str) -> str:
    return f"{before}\nmodel m {{\n{header}\n{statements}\n}}\n"


@pytest.fixture
def program() -> Callable[..., Program]:
    """The program of some statements, those of the header before them."""

    def make(statements: str, header: str = HEADER, before: str = "") -> Program:
        return compile_text(_model(statements, header, before))

    return make


@pytest.fixture
def line(program: Callable[..., Program]) -> Callable[..., str]:
    """How the program prints the statement about `r` (or another name)."""

    def make(statements: str, name: str = "r", **options: str) -> str:
        text = print_program(program(statements, **options))
        lines = [line.strip() for line in text.splitlines()]
        found = [
            line for line in lines if any(word.split("[")[0] == name for word in line.split()[1:3])
        ]
        assert found, text
        return "\n".join(found)

    return make


@pytest.fixture
def errors() -> Callable[..., tuple[Diagnostic, ...]]:
    """What is wrong with some statements."""

    def make(statements: str, header: str = HEADER, before: str = "") -> tuple[Diagnostic, ...]:
        with pytest.raises(DiagnosticError) as caught:
            compile_text(_model(statements, header, before))
        return caught.value.diagnostics

    return make


@pytest.fixture
def codes(errors: Callable[..., tuple[Diagnostic, ...]]) -> Callable[..., list[str]]:
    """The codes of what is wrong."""

    def make(statements: str, **options: str) -> list[str]:
        return [d.code for d in errors(statements, **options)]

    return make
