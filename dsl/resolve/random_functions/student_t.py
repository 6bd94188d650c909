"""`f ~ StudentTProcess(df = nu, kernel = k)`: a Gaussian process whose variance is inferred too.

Its values at any points are Student t with nu degrees of freedom and the scale matrix k, which is a
normal with the covariance v k for v ~ InverseGamma(nu / 2, nu / 2). So the statement is written out
as

    f.variance ~ InverseGamma(nu / 2, nu / 2)
    let f.scale = sqrt(f.variance)
    f ~ GP(kernel = f.variance * k)

Source: Shah, Wilson & Ghahramani (2014), Student-t Processes as Alternatives to Gaussian Processes,
whose kernel is the covariance: nu / (nu - 2) times this one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.resolve.symbols_of_functions import STUDENT_T

ARGUMENTS = ("df", "mean", "kernel", "approx")


def written_as_mixtures(
    statements: tuple[ast.Statement, ...], reporter: Reporter
) -> tuple[ast.Statement, ...]:
    """The statements with every Student t process as a Gaussian one of a random variance."""
    return tuple(part for statement in statements for part in _written(statement, reporter))


def _written(statement: ast.Statement, reporter: Reporter) -> Iterator[ast.Statement]:
    match statement:
        case ast.SampleStatement(distribution=ast.Call(ast.Name(id=found))) if found == STUDENT_T:
            yield from _mixture(statement, reporter)
        case _:
            yield statement


def _mixture(statement: ast.SampleStatement, reporter: Reporter) -> Iterator[ast.Statement]:
    call, target = statement.distribution, statement.target
    df = next((a for a in call.arguments if a.name == "df"), None)
    if df is None:
        reporter.report(
            Diagnostic(
                "G0467",
                f"`{target.name}` has no degrees of freedom",
                call.span,
                "how heavy are its tails?",
                (),
                (),
                f"write `{STUDENT_T}(df = 4, kernel = k)`",
            )
        )
        df = ast.Argument("df", ast.Number(4, call.span), call.span)
    names = [a.name for a in call.arguments]
    for place, argument in enumerate(call.arguments):
        if argument.name is None or argument.name in names[:place]:
            reporter.report(
                Diagnostic(
                    "G0467",
                    f"`{STUDENT_T}` takes its arguments by name, each once",
                    argument.span,
                    "which one is it?" if argument.name is None else "the second time",
                    (),
                    (),
                    f"write `{STUDENT_T}(df = 4, kernel = k)`",
                )
            )
    unknown = [a for a in call.arguments if a.name not in (None, *ARGUMENTS)]
    for argument in unknown:
        close = nearest(argument.name or "", ARGUMENTS)
        reporter.report(
            Diagnostic(
                "G0467",
                f"`{STUDENT_T}` has no argument `{argument.name}`",
                argument.span,
                "unknown argument",
                (),
                (),
                f"did you mean `{close}`?" if close else f"write `{STUDENT_T}(df = 4, kernel = k)`",
            )
        )
    span = df.value.span
    half = ast.Argument(None, ast.Binary("/", df.value, ast.Number(2, span), span), span)
    prior = ast.Call(ast.Name("InverseGamma", span), (half, half), span)
    variance = replace(target, name=f"{target.name}.variance")
    yield ast.SampleStatement(variance, None, prior, None, None, False, call.span)
    value = ast.Name(variance.name, span)
    root = ast.Call(ast.Name("sqrt", span), (ast.Argument(None, value, span),), span)
    scale = replace(target, name=f"{target.name}.scale")
    yield ast.EquationStatement("let", scale, root, call.span)
    rest = tuple(
        replace(a, value=ast.Binary("*", value, a.value, a.value.span)) if a.name == "kernel" else a
        for a in call.arguments
        if a.name != "df" and a not in unknown
    )
    yield replace(statement, distribution=ast.Call(ast.Name("GP", call.span), rest, call.span))
