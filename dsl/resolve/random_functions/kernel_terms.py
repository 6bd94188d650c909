"""`RBF(len)`: a row of the table with its arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Expr
from gendsl.resolve.build import number
from gendsl.resolve.failure import attempt_each
from gendsl.resolve.random_functions.kernels import Kernel, Term, read_kernel
from gendsl.resolve.random_functions.table import KernelParameter, KernelRow
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def read_term(
    expressions: Expressions, row: KernelRow, node: ast.Call, is_summed: bool = False
) -> Term:
    """A row with its arguments; `is_summed` says that a dimension stands in its brackets.

    Raises:
        Unresolved: for arguments that the row does not have, or that can't be what they are.
    """
    if row.is_mixture and not is_summed:
        raise expressions.fail(
            "G0470",
            f"`{row.name}` is a sum over components",
            node.span,
            "over which dimension?",
            help=f"name it: `{row.signature}`, with `dim component = 3`",
        )
    given = _given(expressions, row, node)
    kinds = attempt_each(
        lambda p: _argument(expressions, row, p, given.get(p.name), node), row.parameters
    )
    read = list(zip((p.name for p in row.parameters), kinds, strict=True))
    return Term(
        row,
        tuple((name, value) for name, value in read if isinstance(value, Expr)),
        node.span,
        tuple((name, value) for name, value in read if isinstance(value, str)),
        tuple((name, value) for name, value in read if isinstance(value, Kernel)),
    )


def _given(expressions: Expressions, row: KernelRow, node: ast.Call) -> dict[str, ast.Argument]:
    known = [p.name for p in row.parameters]
    given: dict[str, ast.Argument] = {}
    for i, argument in enumerate(node.arguments):
        name = argument.name
        if name is None:
            if i >= len(known):
                raise expressions.fail(
                    "G0463",
                    f"`{row.name}` has {len(known)} parameter{'s' if len(known) != 1 else ''}",
                    argument.span,
                    "one too many",
                    help=f"write `{row.signature}`",
                )
            name = known[i]
        elif name not in known:
            close = nearest(name, known)
            raise expressions.fail(
                "G0463",
                f"`{row.name}` has no parameter `{name}`",
                argument.span,
                "unknown parameter",
                help=f"did you mean `{close}`?" if close else f"write `{row.signature}`",
            )
        if name in given:
            raise expressions.fail(
                "G0463",
                f"`{name}` of `{row.name}` is given twice",
                argument.span,
                "the second time",
                secondary=(Label(given[name].span, "the first time"),),
                help="give each parameter once",
            )
        given[name] = argument
    return given


def _argument(
    expressions: Expressions,
    row: KernelRow,
    parameter: KernelParameter,
    given: ast.Argument | None,
    node: ast.Call,
) -> Expr | str | Kernel:
    if given is None:
        default = parameter.default
        if default is None:
            raise expressions.fail(
                "G0463",
                f"`{row.name}` lacks its parameter `{parameter.name}`",
                node.span,
                "missing here",
                help=f"write `{row.signature}`: `{parameter.name}` is {parameter.help}",
            )
        return default if isinstance(default, str) else number(default, node.span)
    if parameter.is_kernel:
        return read_kernel(expressions, given.value)
    if parameter.words:
        return _word(expressions, row, parameter, given)
    value = expressions.number_of(given.value, Context((), (), {}))
    wanted = None
    if parameter.is_whole:
        if not isinstance(value, Const) or not isinstance(value.value, int) or value.value < 1:
            wanted = "a whole number, 1 or more"
    elif isinstance(value, Const) and value.value <= 0 and not parameter.is_signed:
        wanted = "positive"
    if wanted is not None:
        raise expressions.fail(
            "G0463",
            f"`{parameter.name}` of `{row.name}` can't be this",
            given.value.span,
            f"must be {wanted}",
            help=f"`{parameter.name}` is {parameter.help}",
        )
    return value


def _word(
    expressions: Expressions, row: KernelRow, parameter: KernelParameter, given: ast.Argument
) -> str:
    """One of a few words, or of a few whole numbers."""
    match given.value:
        case ast.Name(id=word) if word in parameter.words:
            return word
        case ast.Number(value=value) if str(value) in parameter.words:
            return str(value)
        case _:
            written = given.value.span.text
            close = nearest(written, parameter.words) if written.isalpha() else None
            raise expressions.fail(
                "G0463",
                f"`{parameter.name}` of `{row.name}` can't be this",
                given.value.span,
                "unknown",
                help=f"did you mean `{close}`?"
                if close
                else f"it is one of {listed(parameter.words)}",
            )
