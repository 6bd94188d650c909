"""The line `missing` of a `pfn` block: which entries of inputs a task does not have.

For `missing = X ~ Uniform(0, 0.5)` with `X[row, col]` the statements

    missing.X.share[col] : 0 <= real <= 1 ~ Uniform(0, 0.5)
    missing.X[row, col] ~ Bernoulli(missing.X.share)

are added to the prior: entries are missing completely at random, with a chance for each column.
"""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.frontend import ast
from gendsl.ir.program import Data, Program
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.pfns.names import Names

PREFIX = "missing."
SHARE = ".share"


def check_missing(
    draws: tuple[ast.PfnDraw, ...], names: Names, program: Program, reporter: Reporter
) -> None:
    """Report what can't have missing entries.

    Raises:
        Unresolved: if there is such.
    """
    before = len(reporter.diagnostics)
    given = {name.id for name in names.given}
    seen: dict[str, ast.Name] = {}
    for draw in draws:
        name = draw.target
        for why, label, help, first in _problems(name, given, names, program, seen):
            found = Diagnostic("G1054", why, name.span, label, first, help=help)
            refused(reporter, found)
        seen.setdefault(name.id, name)
    if len(reporter.diagnostics) > before:
        raise Unresolved


def missing_statements(
    draws: tuple[ast.PfnDraw, ...], program: Program, row: str
) -> tuple[ast.Statement, ...]:
    """The shares that are missing, and which entries are."""
    return tuple(statement for draw in draws for statement in _drawn(draw, program, row))


def _problems(
    name: ast.Name,
    given: set[str],
    names: Names,
    program: Program,
    seen: dict[str, ast.Name],
) -> Iterator[tuple[str, str, str, tuple[Label, ...]]]:
    datum = program.datum(name.id)
    if name.id in seen:
        first = (Label(seen[name.id].span, "the first time"),)
        yield f"`{name.id}` is said twice to be missing", "the second time", "say it once", first
    elif name.id not in given:
        help = f"only inputs may: {', '.join(f'`{each.id}`' for each in names.given)}"
        yield f"`{name.id}` is not given", "can't be missing", help, ()
    elif datum is None or names.row not in datum.dims:
        why = f"`{name.id}` is the same for all rows: without it a task has no prior"
        help = "give it always; data of each row may be missing"
        yield why, "can't be missing", help, ()
    elif not datum.is_optional:
        help = f"declare it so: `data {_head(datum)} : {datum.type}?`"
        declared = (Label(datum.span, "declared here"),)
        yield f"`{name.id}` is declared as always there", "can't be missing", help, declared


def _head(datum: Data) -> str:
    return f"{datum.name}[{', '.join(datum.dims)}]"


def _drawn(draw: ast.PfnDraw, program: Program, row: str) -> Iterator[ast.Statement]:
    datum, span = program.datum(draw.target.id), draw.target.span
    assert datum is not None
    site = PREFIX + datum.name
    unit = ast.Type(
        "real",
        ast.Bound(ast.Number(0, span), False, span),
        ast.Bound(ast.Number(1, span), False, span),
        False,
        span,
    )
    share = _target(site + SHARE, tuple(dim for dim in datum.dims if dim != row), draw)
    yield ast.SampleStatement(share, unit, draw.distribution, None, None, False, draw.span)
    chance = ast.Argument(None, ast.Name(site + SHARE, span), span)
    entries = ast.Call(ast.Name("Bernoulli", span), (chance,), span)
    place = _target(site, datum.dims, draw)
    yield ast.SampleStatement(place, None, entries, None, None, False, draw.span)


def _target(name: str, dims: tuple[str, ...], draw: ast.PfnDraw) -> ast.Target:
    span = draw.target.span
    items = tuple(ast.IndexItem(None, ast.Name(dim, span), span) for dim in dims)
    return ast.Target(name, items, span, span)
