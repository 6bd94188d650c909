"""Networks by name: their layers, and the dimensions of their units, before sites are declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.frontend import ast
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.networks.bnn import read_bnn
from gendsl.resolve.networks.reading import read_chain
from gendsl.resolve.networks.space import enter_space
from gendsl.resolve.networks.units import enter_units
from gendsl.resolve.symbols import Meaning, Symbol
from gendsl.resolve.symbols_of_networks import (
    Flatten,
    LayerSymbol,
    NetworkSymbol,
    Part,
    Pool,
    Residual,
    Stated,
    is_network,
    layers_in,
)
from gendsl.resolve.targets import target_shape
from gendsl.resolve.wording import likely

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Statements = tuple[ast.Statement, ...]


def split(statements: Statements) -> tuple[Statements, tuple[Stated, ...], Statements]:
    """The networks, the priors that name one of their weights, and all other statements."""
    nets: list[Stated] = []
    priors: list[ast.Statement] = []
    others: list[ast.Statement] = []
    for statement in statements:
        if isinstance(statement, Stated) and is_network(statement):
            nets.append(statement)
        elif isinstance(statement, ast.SampleStatement) and "." in statement.target.name:
            priors.append(statement)
        else:
            others.append(statement)
    return tuple(others), tuple(nets), tuple(priors)


def declare_networks(
    expressions: Expressions, statements: tuple[Stated, ...]
) -> dict[str, ast.Expr]:
    """Enter every network and the dimensions of its units; returns the sizes as written."""
    sizes: dict[str, ast.Expr] = {}
    for statement in statements:
        name = statement.target.name
        if not _is_new(expressions, statement):
            continue
        symbol = Symbol(name, (), Meaning.FUNCTION, statement.target.span)
        expressions.symbols.quantities[name] = symbol
        expressions.symbols.networks[name] = NetworkSymbol(statement, ())
        try:
            symbol.dims = _outputs(expressions, statement)
            parts = _parts(expressions, statement)
            expressions.symbols.networks[name].parts = parts
            sizes |= enter_units(expressions, statement, parts, symbol.dims)
            sizes |= enter_space(expressions, parts)
        except Unresolved:
            symbol.is_broken = True
    return sizes


def _is_new(expressions: Expressions, statement: Stated) -> bool:
    name, symbols = statement.target.name, expressions.symbols
    earlier = symbols.quantities.get(name)
    if earlier is None and name not in symbols.dims:
        return True
    where = earlier.span if earlier is not None else symbols.dims[name].span
    expressions.fail(
        "G0204",
        f"`{name}` is defined twice",
        statement.target.name_span,
        "the second time",
        secondary=(Label(where, "the first time"),),
        help="give one of them another name",
    )
    return False


def _outputs(expressions: Expressions, statement: Stated) -> tuple[str, ...]:
    """The dimension of the outputs, which the left side has."""
    target = statement.target
    _check_brackets(expressions, target)
    shape = target_shape(expressions, target)
    if shape.restricted is not None or len(shape.dims) > 1:
        raise expressions.fail(
            "G0478",
            f"the outputs of `{target.name}` stand along one dimension",
            target.span,
            "more than one dimension" if len(shape.dims) > 1 else "a part of one",
            help=f"write `net {target.name}[class] = ...`",
        )
    if isinstance(statement, ast.SampleStatement):
        for part, what in (
            (statement.is_predict or None, "`predict`"),
            (statement.type, "a type"),
            (statement.where, "`where`"),
            (statement.parameterisation, "`as`"),
            (statement.distribution.given or None, "`given`"),
        ):
            if part is not None:
                raise expressions.fail(
                    "G0477",
                    f"{what} does not go with a network",
                    statement.span,
                    "a network has values where it is called",
                    help="put it beside the statement that calls it, or a prior of its weights",
                )
    return shape.dims


def _check_brackets(expressions: Expressions, target: ast.Target) -> None:
    """The brackets of a network name the dimension of its outputs, which there has to be."""
    name, symbols = target.name, expressions.symbols
    for item in target.items:
        match item:
            case ast.IndexItem(None, ast.Name(known)):
                if known in symbols.quantities or known in symbols.dims:
                    continue
                if likely(known, symbols.dims) is not None:
                    continue
                message, label = f"no dimension is called `{known}`", "unknown dimension"
            case ast.IndexItem(None, ast.Number()):
                message, label = "a left side names dimensions", "not a dimension"
            case _:
                continue
        raise expressions.fail(
            "G0202",
            message,
            item.span,
            label,
            help=f"brackets are for several outputs: `net {name}[class] = ...`, with `dim class`;"
            f" without them there is one, `net {name} = ...`. Inputs are what it is called at",
        )


def _parts(expressions: Expressions, statement: Stated) -> tuple[Part, ...]:
    name = statement.target.name
    if isinstance(statement, ast.SampleStatement):
        return read_bnn(expressions, name, statement.distribution)
    parts = read_chain(expressions, name, statement.value)
    late = next((p for p in layers_in(parts) if p.kind == "Embedding" and p is not parts[0]), None)
    if late is not None:
        raise expressions.fail(
            "G0478",
            "an embedding is given an index, so it stands first",
            late.span,
            "given numbers here",
            help="give it a network of its own, `net e[k] = Embedding(weight ~ Normal(0, 1))`, and"
            f" call that: `{name}(e(county_of))`",
        )
    layers = [p for p in parts if isinstance(p, LayerSymbol)]
    others = [p for p in parts if isinstance(p, Residual | Pool | Flatten)]
    if not layers or (others and parts.index(others[-1]) > parts.index(layers[-1])):
        raise expressions.fail(
            "G0478",
            f"`{name}` does not end in a layer of its own",
            (others[-1] if others else parts[-1]).span,
            "the outputs of the network are not made by a layer",
            help="end it with `|> Dense(weight ~ Normal(0, 1))`",
        )
    if layers[-1].windows is not None:
        raise expressions.fail(
            "G0478",
            f"`{name}` ends in a convolution",
            layers[-1].span,
            "has outputs for each window",
            help="let a `Dense` layer make the outputs of all of them: `|> Dense(weight ~ Normal(0,"
            " 1 / sqrt(fan_in)))`",
        )
    return parts
