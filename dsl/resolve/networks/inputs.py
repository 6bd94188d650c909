"""What the points of a network vary over, learned by reading the model without its weights."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from gendsl.diagnostics.reporter import Reporter
from gendsl.frontend import ast
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.odes import read_odes
from gendsl.resolve.statements import Statements
from gendsl.resolve.symbols import OdeSymbol, Symbols
from gendsl.resolve.symbols_of_functions import KernelSymbol, RandomFunction
from gendsl.resolve.symbols_of_networks import NetworkSymbol


def find_inputs(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Set the `inputs` of every network that is called.

    A weight has dimensions of its own before anything refers to it, and these depend on calls:
    the whole model is read once with nothing said of what is wrong in it. Where calls differ, the
    coordinates of a point are the most that a left side lacks.
    """
    dry = _copy(expressions.symbols)
    reader = Expressions(dry, Reporter(), lambda name: resolver.kind_of(name))
    resolver = Statements(reader)
    for statement in statements:
        with suppress(Unresolved):
            match statement:
                case ast.SampleStatement() | ast.EquationStatement():
                    resolver.definition(statement)
                case ast.ObserveStatement():
                    resolver.observe(statement)
                case ast.FactorStatement():
                    resolver.factor(statement)
                case _:
                    pass
    read_odes(reader)
    for name, network in expressions.symbols.networks.items():
        found = dry.networks[name].found
        if found:
            network.inputs = max(found, key=len)
            network.into = dry.networks[name].into


def _copy(symbols: Symbols) -> Symbols:
    """The same names, without what a reading changes in them."""
    return Symbols(
        dict(symbols.dims),
        {n: replace(s, definitions=list(s.definitions)) for n, s in symbols.quantities.items()},
        symbols.functions,
        symbols.submodels,
        {n: OdeSymbol(s.statement, s.time, dict(s.states)) for n, s in symbols.odes.items()},
        symbols.ode_of,
        {n: KernelSymbol(s.statement) for n, s in symbols.kernels.items()},
        {n: RandomFunction(f.statement, f.dims) for n, f in symbols.random_functions.items()},
        {n: NetworkSymbol(s.statement, s.parts, is_dry=True) for n, s in symbols.networks.items()},
    )
