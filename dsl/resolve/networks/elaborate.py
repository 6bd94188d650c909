"""Calls of networks become equations over named dimensions: nothing after knows them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.ir.expr import Expr, Ref
from gendsl.ir.network import Layer, Network, NetworkCall, Window
from gendsl.ir.program import Equation, EquationRole, Factor, Sample
from gendsl.ir.types import REAL
from gendsl.ir.walk import is_prediction, names_in, names_of
from gendsl.resolve.networks.forward import outputs_at
from gendsl.resolve.networks.room import check_room
from gendsl.resolve.symbols_of_networks import (
    Activation,
    LayerSymbol,
    NetworkCallSymbol,
    NetworkSymbol,
    Part,
    Residual,
    windows_in,
)

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Definitions = dict[str, tuple[Sample | Equation, ...]]
Scored = tuple[Sample | Factor, ...]


def elaborate_networks(
    expressions: Expressions, definitions: Definitions, scored: Scored, solved: frozenset[str]
) -> tuple[Definitions, tuple[Network, ...]]:
    """Every call of a network written out; `solved` are names in differential equations."""
    networks = expressions.symbols.networks
    for network in networks.values():
        is_broken = expressions.symbols.quantities[network.name].is_broken
        if network.inputs is None and not is_broken and not expressions.reporter.has_errors:
            expressions.fail(
                "G0483",
                f"`{network.name}` is never called",
                network.statement.target.span,
                "it has no part in the model",
                help=f"call it, `{network.name}(X)`, or remove it",
            )
        check_room(expressions, network)
    if expressions.reporter.has_errors:
        return definitions, ()
    inferred = _inferred(expressions, definitions, scored, solved)
    records: list[Network] = []
    for network in networks.values():
        calls = []
        for call in network.calls:
            role = EquationRole.LET if call.name in inferred else EquationRole.INTERNAL
            made = _equations(expressions, network, call, role)
            definitions, holder = _joined(definitions, made, call.name, scored)
            hidden = tuple(e.name for e in made if e.name != call.name)
            calls.append(NetworkCall(call.name, hidden, call.point, holder))
        records.append(_record(network, tuple(calls)))
    return definitions, tuple(records)


def _inferred(
    expressions: Expressions, definitions: Definitions, scored: Scored, solved: frozenset[str]
) -> frozenset[str]:
    """The names to which what is inferred or scored refers, by way of calls too."""
    parts = [p for each in definitions.values() for p in each if not is_prediction(p)]
    names = set(solved).union(*map(names_of, (*parts, *scored)))
    points = tuple(_points(expressions))
    while True:
        more = {other for name, expr in points if name in names for other in names_in(expr)}
        if more <= names:
            return frozenset(names)
        names |= more


def _points(expressions: Expressions) -> Iterator[tuple[str, Expr]]:
    """Each call of a network or of a process, and what its values are made of."""
    from gendsl.resolve.random_functions.kernels import exprs
    from gendsl.resolve.random_functions.reading import read_function

    for network in expressions.symbols.networks.values():
        for call in network.calls:
            yield call.name, call.point
    for function in expressions.symbols.random_functions.values():
        process = read_function(expressions, function)
        for evaluation in function.evaluations:
            for expr in (*evaluation.sources, process.mean, *exprs(process.kernel)):
                yield evaluation.name, expr


def _equations(
    expressions: Expressions, network: NetworkSymbol, call: NetworkCallSymbol, role: EquationRole
) -> tuple[Equation, ...]:
    """`f(X).layer1 = tanh(X @ W + b)`, and so on, the outputs last."""
    made: list[Equation] = []

    def named(label: str, value: Expr) -> Expr:
        name = f"{call.name}.{label}"
        made.append(Equation(name, value.dims, REAL, value, role, None, call.span))
        return Ref(name, value.dims, REAL, call.span)

    value = outputs_at(expressions, network, call.point, call.rows, named)
    made.append(Equation(call.name, value.dims, REAL, value, role, None, call.span))
    return tuple(made)


def _joined(
    definitions: Definitions, made: tuple[Equation, ...], name: str, scored: Scored
) -> tuple[Definitions, str]:
    """The definitions with a call's, and what holds it: `g[row] = f(X)` alone has the outputs."""
    readers = [
        (other, part)
        for other, each in definitions.items()
        for part in each
        if name in names_of(part)
    ]
    match readers:
        case [(other, Equation(value=Ref(found, dims), slice=None, span=span) as part)] if (
            found == name and part.dims == dims and not any(name in names_of(s) for s in scored)
        ):
            *hidden, last = made
            definitions = {
                **definitions,
                other: (replace(part, value=last.value, span=span),),
            }
            return {**definitions, **{e.name: (e,) for e in hidden}}, other
        case _:
            return {**definitions, **{e.name: (e,) for e in made}}, name


def _record(network: NetworkSymbol, calls: tuple[NetworkCall, ...]) -> Network:
    layers = tuple(
        Layer(
            layer.name,
            layer.kind,
            layer.site("weight"),
            layer.site("bias"),
            layer.inputs if layer.windows is not None else layer.summed,
            layer.units,
            activation,
        )
        for layer, activation in _activated(network.parts)
    )
    is_chain = all(isinstance(p, LayerSymbol | Activation) for p in network.parts)
    is_plain = all(x.site("mask") is None and x.windows is None for x in network.layers)
    starts = not isinstance(network.parts[0], Activation)
    windows = tuple(
        Window(name, slide.source, slide.into, slide.size, slide.span)
        for name, found in windows_in(network.parts)
        for slide in found.slides
    )
    inputs = (network.into,) if network.into is not None else network.inputs or ()
    is_chain = is_chain and is_plain and starts
    return Network(network.name, layers, calls, inputs, is_chain, windows, network.statement.span)


def _activated(parts: tuple[Part, ...]) -> Iterator[tuple[LayerSymbol, tuple[str, ...]]]:
    """Each layer with the functions that follow it."""
    for i, part in enumerate(parts):
        match part:
            case LayerSymbol():
                following: list[str] = []
                for other in parts[i + 1 :]:
                    if not isinstance(other, Activation):
                        break
                    following += [other.name] if other.name else []
                yield part, tuple(following)
            case Residual(inner):
                yield from _activated(inner)
            case _:
                pass
