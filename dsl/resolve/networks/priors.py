"""The statements of one parameter of a layer: its site, and what its prior is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.resolve.networks.shapes import written_size
from gendsl.resolve.networks.table import FAN, PRIORS
from gendsl.resolve.symbols_of_functions import GP, STUDENT_T
from gendsl.resolve.symbols_of_networks import BNN, LayerSymbol, Prior

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def prior_statements(
    expressions: Expressions, layer: LayerSymbol, parameter: str
) -> tuple[ast.Statement, ...]:
    """`f.layer1.weight[col, f.layer1.unit] ~ D(...)`, with `fan_in` put in."""
    prior = layer.given[parameter]
    assert isinstance(prior, Prior)
    name, dims = f"{layer.name}.{parameter}", layer.dims(parameter)
    call = _with_fans(expressions, layer, prior.call)
    span = prior.span
    kind = call.function.id
    if kind in (GP, STUDENT_T, BNN):
        raise expressions.fail(
            "G0479",
            f"`{kind}` is a random function, no prior of weights",
            call.span,
            "not a distribution of numbers",
            help="weights that vary together have a joint distribution, such as `MultiNormal`, over"
            " the layer's last dimension",
        )
    if kind not in PRIORS or kind in expressions.symbols.submodels:
        return (_site(name, dims, call, span, prior.parameterisation),)
    arguments = _arguments(expressions, call, PRIORS[kind])
    if kind == "Horseshoe":
        return _horseshoe(name, dims, arguments, span)
    return (_spike_and_slab(name, dims, arguments, span),)


def _horseshoe(
    name: str, dims: tuple[str, ...], arguments: dict[str, ast.Expr], span: Span
) -> tuple[ast.Statement, ...]:
    """w ~ Normal(0, τ λ), λ ~ HalfCauchy(1) for each, τ ~ HalfCauchy(scale) for all.

    Carvalho, Polson & Scott (2010), equation 1.
    """
    tau, local = f"{name}.tau", f"{name}.lambda"
    scale = ast.Binary("*", ast.Name(tau, span), ast.Name(local, span), span)
    return (
        _site(tau, (), _call("HalfCauchy", (arguments["scale"],), span), span),
        _site(local, dims, _call("HalfCauchy", (ast.Number(1, span),), span), span),
        _site(name, dims, _call("Normal", (ast.Number(0, span), scale), span), span),
    )


def _spike_and_slab(
    name: str, dims: tuple[str, ...], arguments: dict[str, ast.Expr], span: Span
) -> ast.Statement:
    """w ~ (1 - p) Normal(0, spike) + p Normal(0, slab): which of them is summed out.

    George & McCulloch (1993), equation 4.
    """
    probability = arguments["probability"]
    rest = ast.Binary("-", ast.Number(1, span), probability, span)
    weights = ast.Array((rest, probability), span)
    components = ast.Array(
        tuple(
            _call("Normal", (ast.Number(0, span), arguments[scale]), span)
            for scale in ("spike", "slab")
        ),
        span,
    )
    return _site(name, dims, _call("Mixture", (weights, components), span), span)


def _arguments(
    expressions: Expressions, call: ast.Call, names: tuple[str, ...]
) -> dict[str, ast.Expr]:
    """The arguments of a prior of the table, each once."""
    given: dict[str, ast.Expr] = {}
    for i, argument in enumerate(call.arguments):
        name = argument.name or (names[i] if i < len(names) else None)
        if name is None or name not in names or name in given:
            break
        given[name] = argument.value
    if len(given) < len(names) or len(call.arguments) > len(names):
        raise expressions.fail(
            "G0479",
            f"`{call.function.id}` takes {', '.join(f'`{n}`' for n in names)}",
            call.span,
            "other arguments given",
            help=f"write `{call.function.id}({', '.join(names)})`",
        )
    return given


def _with_fans(expressions: Expressions, layer: LayerSymbol, call: ast.Call) -> ast.Call:
    """The prior with the numbers of inputs and units of its layer."""
    from gendsl.resolve.renaming import Renaming, renamed_expression

    fans = {}
    for name, which in FAN.items():
        windows = layer.windows
        dims = layer.inputs if which == "inputs" else layer.dims("bias")
        if windows is not None:
            dims = (*windows.kernel, *windows.channels(dims))
        if layer.kind == "Embedding" and which == "inputs":
            dims = ()  # of all members one enters
        fans[name] = _product(expressions, dims, call.span)
    found = renamed_expression(call, Renaming({}, {}, fans, ()))
    assert isinstance(found, ast.Call)
    return found


def _product(expressions: Expressions, dims: tuple[str, ...], span: Span) -> ast.Expr:
    """How many entries there are over some dimensions."""
    sizes = [
        made
        if (made := written_size(expressions, dim)) is not None
        else _call("size", (ast.Name(dim, span),), span)
        for dim in dims
    ]
    if not sizes:
        return ast.Number(1, span)
    product: ast.Expr = sizes[0]
    for size in sizes[1:]:
        product = ast.Binary("*", product, size, span)
    return product


def _site(
    name: str,
    dims: tuple[str, ...],
    call: ast.Call,
    span: Span,
    parameterisation: str | None = None,
) -> ast.SampleStatement:
    items = tuple(ast.IndexItem(None, ast.Name(dim, span), span) for dim in dims)
    target = ast.Target(name, items, span, span)
    return ast.SampleStatement(target, None, call, parameterisation, None, False, span)


def _call(name: str, arguments: tuple[ast.Expr, ...], span: Span) -> ast.Call:
    given = tuple(ast.Argument(None, value, span) for value in arguments)
    return ast.Call(ast.Name(name, span), given, span)
