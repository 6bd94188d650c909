"""Array literals of the model against the sizes that the data give."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.data.evaluate import Environment
from gendsl.data.problems import Problems
from gendsl.diagnostics.wording import counted
from gendsl.ir.expr import ConstArray, Expr
from gendsl.ir.program import Program
from gendsl.ir.walk import node_exprs, range_exprs, walk


def are_literals_right(program: Program, env: Environment, problems: Problems) -> bool:
    """Whether array literals have one entry for each member of their dimension; reports others."""
    parts = (part for expr in _exprs(program) for part in walk(expr))
    literals = [part for part in parts if isinstance(part, ConstArray)]
    return all([_is_right(literal, env, problems) for literal in literals])


def _exprs(program: Program) -> Iterator[Expr]:
    for data in program.data:
        yield from range_exprs(data.range)
    for node in program.nodes:
        yield from node_exprs(node)


def _is_right(literal: ConstArray, env: Environment, problems: Problems) -> bool:
    dim, count = literal.own, len(literal.items)
    size = env.sizes.get(dim)
    if size is None or size == count:
        return True
    noun = "entry" if count == 1 else "entries"
    problems.error(
        "G0219",
        f"the array literal has {count} {noun}, `{dim}` has {counted(size, 'member')}",
        literal.span,
        label=f"{count} {noun}",
        help=f"the data give `{dim}` its size: give one entry for each member, or fix the size,"
        f" `dim {dim} = {count}`",
    )
    return False
