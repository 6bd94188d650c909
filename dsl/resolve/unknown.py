"""What is said of a name or function that stands for nothing here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.functions import (
    CONSTANTS,
    DIM_FUNCTIONS,
    FUNCTION_ALIASES,
    FUNCTIONS,
    OPERATORS,
)
from gendsl.resolve.array_calls import ARRAY_NAMES, signature
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.free import free_names
from gendsl.resolve.networks.table import FAN
from gendsl.resolve.symbols import Context
from gendsl.resolve.wording import likely

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

FOREIGN_VALUES = {
    "True": "1",
    "False": "0",
    "true": "1",
    "false": "0",
    "TRUE": "1",
    "FALSE": "0",
    "infinity": "inf",
    "Inf": "inf",
    "PI": "pi",
    "E": "e",
}


def unknown_name(expressions: Expressions, id: str, span: Span, context: Context) -> Unresolved:
    """Report a name that stands for no value here, once, with the likeliest reason."""
    head = expressions.symbols.quantities.get(id.partition(".")[0])
    if id in expressions.reported or ("." in id and head is not None and head.is_broken):
        return Unresolved()
    expressions.reported.add(id)
    if id in expressions.symbols.dims:
        return expressions.fail(
            "G0216",
            f"`{id}` is a dimension, not a value",
            span,
            "a dimension",
            help=f"`pos({id})` is the position as a number, `size({id})` the number of members",
        )
    is_ours = id in FUNCTIONS or id in DIM_FUNCTIONS or id in ARRAY_NAMES
    if is_ours or id in expressions.symbols.functions:
        return expressions.fail(
            "G0218",
            f"`{id}` is a function, not a value",
            span,
            "a function",
            help=f"call it: `{signature(id) if id in ARRAY_NAMES else f'{id}(...)'}`",
        )
    if id in FAMILIES:
        return expressions.fail(
            "G0218",
            f"`{id}` is a distribution, not a value",
            span,
            "a distribution",
            help=f"give the quantity a name: `x ~ {id}(...)`, then use `x`",
        )
    if id in FAN:
        return expressions.fail(
            "G0484",
            f"`{id}` stands outside of a layer",
            span,
            "of which layer?",
            help=f"it counts the {FAN[id]} of the layer whose prior it stands in; elsewhere write"
            " `size(col)`",
        )
    if "." in id:
        return unknown_part(expressions, id, span)
    if id in expressions.symbols.submodels:
        return expressions.fail(
            "G0218",
            f"`{id}` is a submodel, not a value",
            span,
            "a submodel",
            help=f"a submodel stands after `~`: `x[k] ~ {id}(...)`",
        )
    member = expressions.symbols.member(tuple(expressions.symbols.dims), id)
    if member is not None:
        return expressions.fail(
            "G0201",
            f"`{id}` is a member of `{member[0]}`, not a value",
            span,
            "a member",
            secondary=(Label(expressions.symbols.dims[member[0]].span, "declared here"),),
            help=f"it picks, in brackets: `x[{member[0]} = {id}]`",
        )
    if id in ("first", "last"):
        return expressions.fail(
            "G0201",
            f"`{id}` is a position, which stands in brackets",
            span,
            "not a value",
            help=f"pick by it, `x[time = {id}]`, or compare positions: "
            + ("`pos(time) == 0`" if id == "first" else "`pos(time) == size(time) - 1`"),
        )
    if id in FOREIGN_VALUES:
        return expressions.fail(
            "G0201",
            f"nothing is called `{id}`",
            span,
            "unknown name",
            help=f"here it is written `{FOREIGN_VALUES[id]}`",
        )
    close = likely(id, (*expressions.symbols.quantities, *context.bindings, *CONSTANTS))
    if close is not None and close in expressions.symbols.quantities:
        where = (Label(expressions.symbols.quantities[close].span, f"`{close}` is defined here"),)
        return expressions.fail(
            "G0201",
            f"nothing is called `{id}`",
            span,
            "unknown name",
            secondary=where,
            help=f"did you mean `{close}`?",
        )
    fan = likely(id, FAN) if expressions.symbols.networks else None
    if fan is not None:
        return expressions.fail(
            "G0201",
            f"nothing is called `{id}`",
            span,
            "unknown name",
            help=f"did you mean `{fan}`, the number of {FAN[fan]} of a layer?",
        )
    return expressions.fail(
        "G0201",
        f"nothing is called `{id}`",
        span,
        "unknown name",
        help=(
            f"declare it: `data {id} : real` if it is given, `{id} ~ ...` if it is to be inferred"
        ),
    )


def unknown_part(expressions: Expressions, id: str, span: Span) -> Unresolved:
    """Report a dotted name: a part of a submodel that does not exist, or a method."""
    head, _, tail = id.rpartition(".")
    symbol = expressions.symbols.quantities.get(head)
    parts = [n for n in expressions.symbols.quantities if n.startswith(f"{head}.")]
    if not parts:  # a layer that does not exist: there are those of the same network
        first = id.partition(".")[0]
        parts = [n for n in expressions.symbols.quantities if n.startswith(f"{first}.")]
    close = nearest(id, parts)
    help = "dots name the parts of a submodel's use: `beta.tau`"
    if symbol is not None and tail in (*DIM_FUNCTIONS, *FUNCTION_ALIASES):
        name = FUNCTION_ALIASES.get(tail, tail)
        dims = ", ".join(symbol.dims) or "row"
        help = f"write `{name}[{dims}]({head})`" if name in DIM_FUNCTIONS else f"{name}({head})"
    elif close is not None:
        help = f"did you mean `{close}`?"
    elif parts:
        help = f"there are {listed(parts)}"
    return expressions.fail(
        "G0201",
        f"nothing is called `{id}`",
        span,
        f"`{head}` has no part `{tail}`" if symbol is not None else "unknown name",
        secondary=(Label(symbol.span, f"`{head}` is defined here"),) if symbol else (),
        help=help,
    )


def wrong_count(
    expressions: Expressions, node: ast.Call | ast.DimCall, name: str, wanted: int
) -> Unresolved:
    """Report a wrong number of arguments."""
    given = len(node.arguments)
    noun = "argument" if wanted == 1 else "arguments"
    function = expressions.symbols.functions.get(name)
    row = FUNCTIONS.get(name)
    if function is not None:
        help = f"write `{name}({', '.join(p.name for p in function.parameters)})`"
    elif isinstance(node, ast.DimCall):
        help = f"`{name}[...]` takes one expression, such as `x * y`"
    else:
        help = f"`{name}` is {row.help}" if row is not None else f"`{name}(time)`"
    return expressions.fail(
        "G0212",
        f"`{name}` takes {wanted} {noun}, not {given}",
        node.span,
        f"{given} given",
        secondary=(Label(function.name_span, "defined here"),) if function is not None else (),
        help=help,
    )


def _drawn_or_scored(node: ast.Call) -> str:
    """The way out for a distribution called inside a formula: to draw a value, or to score one."""
    name, arguments = node.function.id, node.arguments
    if len(arguments) > max(len(form.parameters) for form in FAMILIES[name].forms):
        value, *rest = (argument.span.text for argument in arguments)
        return (
            f"to score a value write `observe {value} ~ {name}({', '.join(rest)})`; `factor` adds a"
            " term of your own to the log density"
        )
    return (
        f"for a draw, give it a name: `x ~ {name}(...)`, then use `x`; to score a value write"
        f" `observe value ~ {name}(...)`, and `factor` adds a term of your own"
    )


def unknown_function(expressions: Expressions, node: ast.Call) -> Unresolved:
    """Report a function that does not exist, with the likeliest reason."""
    name, span = node.function.id, node.function.span
    if name in ARRAY_NAMES:
        return expressions.fail(
            "G0211",
            f"`{name}` works over named dimensions",
            span,
            "no dimension named",
            help=f"name them in brackets: `{signature(name)}`",
        )
    if name in DIM_FUNCTIONS:
        return expressions.fail(
            "G0211",
            f"`{name}` works over named dimensions",
            span,
            "no dimension named",
            help=f"name them in brackets: `{name}[{example_dim(expressions, node)}](...)`",
        )
    if name in FAMILIES:
        return expressions.fail(
            "G0218",
            f"`{name}` is a distribution, not a value",
            span,
            "a distribution",
            help=_drawn_or_scored(node),
        )
    if name in expressions.symbols.submodels:
        return expressions.fail(
            "G0218",
            f"`{name}` is a submodel, not a function",
            span,
            "a submodel",
            help=f"a submodel stands after `~`: `x[k] ~ {name}(...)`",
        )
    if name in expressions.reported:
        return Unresolved()
    expressions.reported.add(name)
    if name in FUNCTION_ALIASES:
        alias = FUNCTION_ALIASES[name]
        written = f"x {alias} y" if alias in OPERATORS and alias != "if" else alias
        written = signature(alias) if alias in ARRAY_NAMES else written
        return expressions.fail(
            "G0211",
            f"no function is called `{name}`",
            span,
            "unknown function",
            help=f"here it is written `{written}`",
        )
    if name in expressions.symbols.quantities:
        return expressions.fail(
            "G0211",
            f"`{name}` is a quantity, so it can't be called",
            span,
            "called here",
            secondary=(Label(expressions.symbols.quantities[name].span, "defined here"),),
            help=f"to multiply write `{name} * ...`; brackets pick or gather: `{name}[...]`",
        )
    if name.endswith(("_lpdf", "_lpmf", "_logpdf", "_logpmf", "_rng")):
        return expressions.fail(
            "G0211",
            f"no function is called `{name}`",
            span,
            "unknown function",
            help="a quantity is drawn by `predict x ~ D(...)`"
            if name.endswith("_rng")
            else "`~` adds the log density of its left side; an expression is scored by"
            " `observe expr ~ D(...)`",
        )
    if "." in name:
        return _foreign_function(expressions, name, span)
    options = [n for n in FUNCTIONS if n not in OPERATORS or n == "if"]
    close = nearest(name, (*options, *expressions.symbols.functions, "pos", "size"))
    return expressions.fail(
        "G0211",
        f"no function is called `{name}`",
        span,
        "unknown function",
        help=f"did you mean `{close}`?" if close else f"define it: `def {name}(x) = ...`",
    )


def _foreign_function(expressions: Expressions, name: str, span: Span) -> Unresolved:
    """Report `jnp.where`, `pm.math.switch`: what the last part is called here, if it is there."""
    last = name.rpartition(".")[2]
    own = FUNCTION_ALIASES.get(last, last)
    if own == "if":
        help = "here it is written `if(c, a, b)`"
    elif own in ARRAY_NAMES:
        help = f"here it is written `{signature(own)}`"
    elif own in DIM_FUNCTIONS:
        help = f"here it is written `{own}[row](...)`, over named dimensions"
    elif own in FUNCTIONS and own not in OPERATORS:
        help = f"here it is written `{own}(...)`"
    else:
        help = "functions of other packages can't be called; those of the language have plain names"
    return expressions.fail(
        "G0211", f"no function is called `{name}`", span, "unknown function", help=help
    )


def example_dim(expressions: Expressions, node: ast.Call) -> str:
    """A dimension that a call's argument has, for its help text."""
    for argument in node.arguments:
        for free in free_names(argument.value):
            symbol = expressions.symbols.quantities.get(free.id)
            if symbol is not None and symbol.dims:
                return symbol.dims[0]
    return "row"
