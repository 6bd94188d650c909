"""The outputs of a network at points: x @ W + b and activations, layer by layer.

A convolution is the same of each window of x.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gendsl.frontend import ast
from gendsl.ir.expr import ArrayCall, Contract, Dims, Expr, Gather, Reduce, Ref
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.types import REAL
from gendsl.ir.window_functions import window_function
from gendsl.resolve.build import op
from gendsl.resolve.symbols import Context
from gendsl.resolve.symbols_of_networks import (
    Activation,
    Flatten,
    LayerSymbol,
    NetworkSymbol,
    Part,
    Pool,
    Residual,
    Windows,
)

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Naming = Callable[[str, Expr], Expr]
"""Gives a part of the computation a name of its own, and refers to it."""


def outputs_at(
    expressions: Expressions,
    network: NetworkSymbol,
    point: Expr,
    rows: Dims,
    named: Naming | None,
) -> Expr:
    """The outputs at one point for each of the `rows`; with `named`, each layer has a name."""
    return _Forward(expressions, rows, named, network.layers[-1]).run(network.parts, point)


class _Forward:
    """Goes through the parts of a network at some points."""

    def __init__(
        self, expressions: Expressions, rows: Dims, named: Naming | None, last: LayerSymbol
    ) -> None:
        self.expressions = expressions
        self.rows = rows
        self.named = named
        self.last = last
        self.blocks = 0

    def run(self, parts: tuple[Part, ...], x: Expr) -> Expr:
        """What comes out of parts that are given x."""
        i = 0
        while i < len(parts):
            part = parts[i]
            i += 1
            match part:
                case Activation(name):
                    x = self.activated(name, x)
                case LayerSymbol():
                    x = self.affine(part, x)
                    while i < len(parts) and isinstance(activation := parts[i], Activation):
                        x = self.activated(activation.name, x)
                        i += 1
                    mask = part.site("mask")
                    if mask is not None:
                        own = Ref(mask, self.dims_of(part, "mask"), REAL, part.span)
                        x = op("*", (x, own), self.order(part), part.span)
                    if part is not self.last:
                        x = self.name(part.name.rpartition(".")[2], x)
                case Flatten():
                    pass
                case Pool(name=label):
                    x = self.name(label.rpartition(".")[2], self.pooled(part, x))
                case Residual(inner, span):
                    self.blocks += 1
                    label = f"block{self.blocks}"
                    x = x if isinstance(x, Ref) else self.name(f"{label}.input", x)
                    x = self.name(label, op("+", (x, self.run(inner, x)), x.dims, span))
        return x

    def name(self, label: str, x: Expr) -> Expr:
        """The same value, with a name where there are any."""
        return x if self.named is None else self.named(label, x)

    def order(self, layer: LayerSymbol) -> Dims:
        """The order of dimensions of a layer's output: rows first."""
        return (*self.rows, *layer.outputs)

    def dims_of(self, layer: LayerSymbol, parameter: str) -> Dims:
        """The dimensions of a parameter, in the order in which it is stored."""
        site = layer.site(parameter) or ""
        return self.expressions.symbols.quantities[site].dims

    def affine(self, layer: LayerSymbol, x: Expr) -> Expr:
        """x @ W + b; the rows of W where x is an index."""
        from gendsl.resolve.random_functions.moving import moved

        weight = Ref(layer.site("weight") or "", self.dims_of(layer, "weight"), REAL, layer.span)
        order, span = self.order(layer), layer.span
        if layer.kind == "Embedding":
            return Gather(weight, ((layer.inputs[0], x),), order, REAL, span)
        if layer.twin is not None and layer.units is not None:
            x = moved(x, layer.units, layer.twin)
        if layer.windows is not None:
            x = self.cut(layer.windows, x)
        over = layer.summed
        z: Expr
        if len(over) == 1:
            z = Contract(x, weight, over[0], order, REAL, span)
        elif over:
            product = op("*", (x, weight), (*order, *over), span)
            z = Reduce("sum", over, product, order, REAL, span)
        else:
            z = op("*", (x, weight), order, span)
        bias = layer.site("bias")
        if bias is None:
            return z
        return op("+", (z, Ref(bias, self.dims_of(layer, "bias"), REAL, span)), order, span)

    def cut(self, windows: Windows, x: Expr) -> Expr:
        """The windows of x: the dimensions along which they slide make way for two each."""
        function = window_function(len(windows.slides), windows.is_padded)
        literals = (*(s.size for s in windows.slides), *(s.stride for s in windows.slides))
        over = (*windows.into, *windows.kernel)
        dims = (*windows.channels(x.dims), *over)
        return ArrayCall(
            function, (x,), (windows.sources,), dims, over, literals, REAL, windows.span
        )

    def pooled(self, pool: Pool, x: Expr) -> Expr:
        """One number of each window, or of all along the dimensions."""
        over = pool.windows.sources
        if not pool.is_whole:
            x, over = self.cut(pool.windows, x), pool.windows.kernel
        left = tuple(d for d in x.dims if d not in over)
        return Reduce(pool.reduction, over, x, left, REAL, pool.span)

    def activated(self, name: str, x: Expr) -> Expr:
        """An elementwise function of x: a row of the table, or a `def`."""
        if not name:
            return x
        if name in FUNCTIONS and name not in self.expressions.symbols.functions:
            return op(name, (x,), x.dims, x.span)
        span = self.expressions.symbols.functions[name].name_span
        call = ast.Call(
            ast.Name(name, span), (ast.Argument(None, ast.Name("x", span), span),), span
        )
        context = Context((*x.dims,), x.dims, {"x": x})
        return self.expressions.number_of(call, context)
