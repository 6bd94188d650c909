"""The factors by which a matched network's priors are scaled: data, one for each weight's prior."""

from __future__ import annotations

from dataclasses import replace

from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.resolve.symbols_of_networks import NetworkSymbol

Statements = tuple[ast.Statement, ...]

TUNED = ("weight", "bias")
"""The parameters of a layer whose priors `match` tunes."""

_MIXTURE = "Mixture"


def factor_name(weight: str) -> str:
    """What multiplies the scale of a weight's prior: `f.layer1.weight.scale`."""
    return f"{weight}.scale"


def with_factors(network: NetworkSymbol, statements: Statements) -> Statements:
    """The statements of a network's weights, each scale times a factor that is data.

    A prior is tuned if its family, or that of the components of a mixture, has a scale.
    """
    weights = {f"{layer.name}.{parameter}" for layer in network.layers for parameter in TUNED}
    made: list[ast.Statement] = []
    for statement in statements:
        if isinstance(statement, ast.SampleStatement) and statement.target.name in weights:
            name = factor_name(statement.target.name)
            call = _scaled(statement.distribution, name)
            if call is not None:
                made.append(_declared(name, statement))
                statement = replace(statement, distribution=call)
        made.append(statement)
    return tuple(made)


def _declared(name: str, statement: ast.SampleStatement) -> ast.DataStatement:
    """`data f.layer1.weight.scale : real > 0`."""
    span = statement.distribution.span
    lower = ast.Bound(ast.Number(0, span), True, span)
    target = ast.Target(name, (), span, span)
    return ast.DataStatement(target, ast.Type("real", lower, None, False, span), span)


def _scaled(call: ast.Call, factor: str) -> ast.Call | None:
    """The distribution with its scale times a factor; `None` where it has no scale."""
    if call.function.id == _MIXTURE:
        return _scaled_mixture(call, factor)
    family = FAMILIES.get(call.function.id)
    if family is None or family.location_scale is None:
        return None
    scale = family.location_scale.scale
    place = _place(call, tuple(p.name for p in family.forms[0].parameters).index(scale), scale)
    name = ast.Name(factor, call.span)
    if place is None:
        return replace(call, arguments=(*call.arguments, ast.Argument(scale, name, call.span)))
    arguments = list(call.arguments)
    written = arguments[place]
    is_one = isinstance(written.value, ast.Number) and written.value.value == 1
    product = name if is_one else ast.Binary("*", name, written.value, written.span)
    arguments[place] = replace(written, value=product)
    return replace(call, arguments=tuple(arguments))


def _place(call: ast.Call, position: int, scale: str) -> int | None:
    """Which argument is the scale; `None` where it is left to its default, 1."""
    for i, argument in enumerate(call.arguments):
        if argument.name == scale or (argument.name is None and i == position):
            return i
    return None


def _scaled_mixture(call: ast.Call, factor: str) -> ast.Call | None:
    """A mixture whose components are written out, all of them scaled."""
    arguments: list[ast.Argument] = []
    is_scaled = False
    for argument in call.arguments:
        value = argument.value
        components = value.items if isinstance(value, ast.Array) else (value,)
        if components and all(isinstance(c, ast.Call) for c in components):
            made = [_scaled(c, factor) for c in components if isinstance(c, ast.Call)]
            found = tuple(c for c in made if c is not None)
            if len(found) == len(components):
                is_scaled = True
                value = ast.Array(found, value.span) if isinstance(value, ast.Array) else found[0]
        arguments.append(replace(argument, value=value))
    return replace(call, arguments=tuple(arguments)) if is_scaled else None
