"""The covariance of a network whose layers are infinitely wide, layer by layer.

With weights of variance weight_scale^2 / inputs and biases of variance bias_scale^2, d coordinates
and E the expectation for an activation,

    K_0(x, y) = bias_scale^2 + weight_scale^2 x'y / d,
    K_l(x, y) = bias_scale^2 + weight_scale^2 E[a(u) a(v)],   (u, v) ~ N(0, K_{l-1} at x and y),

and with `skip`, K_l = K_{l-1} + bias_scale^2 + weight_scale^2 E[a(u) a(v)]: each layer is added to
its input. `ArcCosine` is one layer of 2 E[a(u) a(v)], whose inputs are not divided by d.

Source: Lee et al. (2018), Deep Neural Networks as Gaussian Processes, sec. 2; with `skip`
Garriga-Alonso, Rasmussen & Aitchison (2019), Deep Convolutional Networks as Shallow Gaussian
Processes, sec. 2.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gendsl.ir.expr import Const, Contract, Expr, Reduce, Size
from gendsl.ir.types import REAL
from gendsl.resolve.build import PI, number, op, union
from gendsl.resolve.random_functions.activations import ACTIVATIONS, BY_ORDER, Activation
from gendsl.resolve.random_functions.kernels import Term
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.table import formula
from gendsl.resolve.symbols import Context

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.covariance import Pair


@dataclass(frozen=True, slots=True)
class _Layer:
    """The variances at x and at y, and their covariance."""

    xx: Expr
    yy: Expr
    xy: Expr


def wide_network(expressions: Expressions, term: Term, pair: Pair) -> Expr:
    """The covariance at two points of the output of a wide network."""
    words, given = dict(term.words), dict(term.arguments)
    weight, bias = (_square(given[name]) for name in ("weight_scale", "bias_scale"))
    if "order" in words:
        layer = _inputs(pair, weight, bias, is_mean=False)
        between = op("-", (pair.x, pair.y), pair.order)
        apart = op("*", (weight, _product(between, between, pair, is_mean=False)), pair.order)
        activation = ACTIVATIONS[BY_ORDER[words["order"]]]
        passed = _passed(expressions, activation, layer, pair, apart)
        return op("*", (number(2.0), passed.xy), pair.order)
    depth = given["depth"]
    assert isinstance(depth, Const)
    layer = _inputs(pair, weight, bias, is_mean=True)
    activation = ACTIVATIONS[words["activation"]]
    has_skip = words["skip"] == "true"
    for place in range(int(depth.value)):
        if place:
            layer = _named(layer, pair)
        before = layer if has_skip else None
        passed = _passed(expressions, activation, layer, pair)
        layer = _Layer(
            _affine(passed.xx, weight, bias, None if before is None else before.xx, pair),
            _affine(passed.yy, weight, bias, None if before is None else before.yy, pair),
            _affine(passed.xy, weight, bias, None if before is None else before.xy, pair),
        )
    return layer.xy


def _square(scale: Expr) -> Expr:
    if isinstance(scale, Const) and scale.value in (0, 1):
        return scale
    return op("^", (scale, number(2)), scale.dims)


def _affine(inner: Expr, weight: Expr, bias: Expr, before: Expr | None, pair: Pair) -> Expr:
    """bias^2 + weight^2 * inner, added to what came before where there is something."""
    order = pair.order
    if not (isinstance(weight, Const) and weight.value == 1):
        inner = op("*", (weight, inner), order)
    if not (isinstance(bias, Const) and bias.value == 0):
        inner = op("+", (bias, inner), order)
    return inner if before is None else op("+", (before, inner), order)


def _inputs(pair: Pair, weight: Expr, bias: Expr, is_mean: bool) -> _Layer:
    """The covariance of the first layer's linear maps of the points."""

    def mapped(one: Expr, other: Expr) -> Expr:
        return _affine(_product(one, other, pair, is_mean), weight, bias, None, pair)

    return _named(
        _Layer(mapped(pair.x, pair.x), mapped(pair.y, pair.y), mapped(pair.x, pair.y)), pair
    )


def _named(layer: _Layer, pair: Pair) -> _Layer:
    """The same under names: a next layer uses each several times."""
    xx = pair.named(layer.xx, "variance")
    is_same = pair.y == moved(pair.x, *pair.rows)
    yy = moved(xx, *pair.rows) if is_same else pair.named(layer.yy, "variance")
    return _Layer(xx, yy, pair.named(layer.xy, "layer"))


def _product(one: Expr, other: Expr, pair: Pair, is_mean: bool) -> Expr:
    """The inner product of two points, divided by the number of coordinates if `is_mean`."""
    product: Expr
    over = tuple(d for d in pair.inputs if d in one.dims or d in other.dims)
    if one is other:
        product = op("^", (one, number(2)), pair.order)
    elif len(over) == 1 and over[0] in one.dims and over[0] in other.dims:
        dims = tuple(d for d in union((one.dims, other.dims), pair.order) if d not in over)
        product = Contract(one, other, over[0], dims, REAL)
    else:
        product = op("*", (one, other), pair.order)
    rest = tuple(d for d in over if d in product.dims)
    if rest:
        dims = tuple(d for d in product.dims if d not in rest)
        product = Reduce("sum", rest, product, dims, REAL)
    if is_mean:
        for dim in pair.inputs:
            product = op("/", (product, Size(dim)), pair.order)
    return product


def _passed(
    expressions: Expressions,
    activation: Activation,
    layer: _Layer,
    pair: Pair,
    apart: Expr | None = None,
) -> _Layer:
    """E[a(u) a(v)] for the covariance of u and v; `apart` is the variance of u - v."""
    bindings = {"xx": layer.xx, "yy": layer.yy, "xy": layer.xy, "pi": PI}
    context = Context(pair.kept, pair.order, bindings, pair=pair)
    if apart is not None:
        context = context.binding("apart", apart)
    for name, text in activation.names:
        value = expressions.number_of(formula(text), context)
        context = context.binding(name, pair.named(value, name))
    alone = formula(activation.one)
    return _Layer(
        expressions.number_of(alone, context),
        expressions.number_of(alone, context.binding("xx", layer.yy)),
        expressions.number_of(formula(activation.both), context),
    )
