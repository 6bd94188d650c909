"""Blocks of differential equations to nodes: one for what is inferred, one for predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Ref
from gendsl.ir.ode import (
    Adjoint,
    OdeJump,
    OdeLocal,
    OdeSolution,
    OdeSolver,
    OdeState,
    OdeSystem,
)
from gendsl.ir.types import REAL
from gendsl.ir.walk import names_in
from gendsl.resolve.components import components
from gendsl.resolve.dimension_errors import dimension_errors
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.free import free_names
from gendsl.resolve.ode_calls import jump_indices
from gendsl.resolve.ode_solver import default_solver, resolve_solver
from gendsl.resolve.symbols import Context, OdeSymbol


@dataclass(frozen=True, slots=True)
class Equations:
    """A block, read."""

    symbol: OdeSymbol
    start_time: Expr
    states: tuple[OdeState, ...]
    locals: tuple[OdeLocal, ...]
    jumps: tuple[OdeJump, ...]
    solver: OdeSolver


def read_odes(expressions: Expressions) -> tuple[Equations, ...]:
    """Every block, as far as it could be read; what is wrong is reported."""
    found: list[Equations] = []
    for symbol in expressions.symbols.odes.values():
        try:
            found.append(_Block(expressions, symbol).read())
        except Unresolved:
            continue
    return tuple(found)


def ode_systems(
    blocks: tuple[Equations, ...], inferred: frozenset[str], predicted: frozenset[str]
) -> tuple[OdeSystem, ...]:
    """The nodes: what inference needs is solved with it, the rest when predictions are made.

    `inferred` and `predicted` are the names to which statements of either sort refer.
    """
    needed, wanted = set(inferred), set(predicted)
    # Equations may start from what others end with: follow that to what it needs.
    for names in (needed, wanted):
        while True:
            more = {
                n for b in blocks if _solutions(b, names) for e in _exprs(b) for n in names_in(e)
            }
            if more <= names:
                break
            names |= more
    systems: list[OdeSystem] = []
    for block in blocks:
        mine = _solutions(block, needed)
        later = [key for key in _solutions(block, wanted) if key not in mine]
        for keys, is_prediction in ((mine, False), (later, True)):
            if keys:
                systems.append(_system(block, keys, is_prediction))
    return tuple(systems)


def names_in_equations(block: Equations) -> frozenset[str]:
    """The quantities to which a block refers."""
    return frozenset(n for e in _exprs(block) for n in names_in(e))


def _solutions(block: Equations, names: Iterable[str]) -> list[tuple[str, int]]:
    wanted = set(names)
    return [key for key, name in block.symbol.solutions.items() if name in wanted]


def _exprs(block: Equations) -> tuple[Expr, ...]:
    return _system(block, list(block.symbol.solutions), False).exprs


def _system(block: Equations, keys: list[tuple[str, int]], is_prediction: bool) -> OdeSystem:
    symbol = block.symbol
    used = sorted({at for _, at in keys})
    dims = {state.name: state.dims for state in block.states}
    solutions = []
    for state, at in keys:
        times = symbol.times[at].dims
        own = (*times, *(d for d in dims[state] if d not in times))
        solutions.append(OdeSolution(symbol.solutions[state, at], state, used.index(at), own))
    return OdeSystem(
        symbol.statement.name,
        symbol.time_name,
        block.start_time,
        block.states,
        block.locals,
        block.jumps,
        tuple(symbol.times[at] for at in used),
        tuple(solutions),
        block.solver,
        is_prediction,
        symbol.statement.span,
    )


T = TypeVar("T")


def _attempt(read: Callable[[], T]) -> T | None:
    """What is read; `None` where that failed, so that the next part is read all the same."""
    try:
        return read()
    except Unresolved:
        return None


class _Block:
    def __init__(self, expressions: Expressions, symbol: OdeSymbol) -> None:
        self.expressions = expressions
        self.symbol = symbol
        self.quantities = expressions.symbols.quantities
        self.bindings: dict[str, Expr] = {symbol.time: Ref(symbol.time_name, (), REAL)}
        for name in symbol.states:
            self.bindings[name] = Ref(name, self.quantities[name].dims, REAL)

    def read(self) -> Equations:
        """The whole block."""
        if not self.symbol.states:
            raise Unresolved
        parts = self.symbol.statement.parts
        lets = [p for p in parts if isinstance(p, ast.OdeLet)]
        values = [p for p in parts if isinstance(p, ast.OdeValue)]
        starts = self._starts([v for v in values if not v.is_jump])
        locals_ = _attempt(lambda: self._locals(lets))
        derivatives = _attempt(
            lambda: attempt_each(self._derivative, tuple(self.symbol.states.values()))
        )
        begun = _attempt(lambda: attempt_each(self._start, tuple(starts.values())))
        time = _attempt(lambda: self._start_time(starts))
        solver = _attempt(lambda: self._solver([p for p in parts if isinstance(p, ast.OdeSetting)]))
        if locals_ is None or derivatives is None or begun is None or time is None:
            raise Unresolved
        if solver is None:
            raise Unresolved
        jumps = attempt_each(lambda v: self._jump(v, solver), [v for v in values if v.is_jump])
        states = tuple(
            OdeState(name, self.quantities[name].dims, derivative, start, statement.span)
            for (name, statement), derivative, start in zip(
                self.symbol.states.items(), derivatives, self._in_order(starts, begun), strict=True
            )
        )
        return Equations(self.symbol, time, states, locals_, jumps, solver)

    def _in_order(self, starts: dict[str, ast.OdeValue], begun: tuple[Expr, ...]) -> list[Expr]:
        found = dict(zip(starts, begun, strict=True))
        return [found[name] for name in self.symbol.states]

    # --- right sides ---------------------------------------------------------------------

    def _locals(self, lets: list[ast.OdeLet]) -> tuple[OdeLocal, ...]:
        """The names for parts of the right sides, each after those that it needs."""
        by_name = {let.target.name: let for let in lets}
        edges = {
            name: tuple(dict.fromkeys(f.id for f in free_names(let.value) if f.id in by_name))
            for name, let in by_name.items()
        }
        found: list[OdeLocal] = []
        for group in components(edges):
            let = by_name[group[0]]
            if len(group) > 1 or group[0] in edges[group[0]]:
                raise self.expressions.fail(
                    "G0403",
                    f"`{group[0]}` is defined by itself",
                    let.span,
                    "needs its own value",
                    help="what changes over time is a state: `d/dt(x) = ...`",
                )
            dims = self.quantities[let.target.name].dims
            value = self._value(let.value, dims)
            found.append(OdeLocal(let.target.name, dims, value, let.span))
            self.bindings[let.target.name] = Ref(let.target.name, dims, REAL)
        return tuple(found)

    def _derivative(self, part: ast.OdeDerivative) -> Expr:
        if self.quantities[part.target.name].is_broken:
            raise Unresolved
        return self._value(part.value, self.quantities[part.target.name].dims)

    def _value(self, written: ast.Expr, dims: Dims, is_inside: bool = True) -> Expr:
        bindings = self.bindings if is_inside else {}
        value = self.expressions.number_of(written, Context(dims, dims, bindings))
        return self._within(value, dims, written.span)

    def _within(self, value: Expr, dims: Dims, span: Span) -> Expr:
        extra = outside(value, dims)
        if extra:
            raise dimension_errors(self.expressions, value, extra, dims, dims, span)
        return value

    # --- starts --------------------------------------------------------------------------

    def _starts(self, values: list[ast.OdeValue]) -> dict[str, ast.OdeValue]:
        """The start of each state; what has none, or two, is reported."""
        starts: dict[str, ast.OdeValue] = {}
        for value in values:
            name = self._state(value)
            if name in starts:
                self.expressions.fail(
                    "G0204",
                    f"`{name}` starts twice",
                    value.span,
                    "the second time",
                    secondary=(Label(starts[name].span, "the first time"),),
                    help="a state has one start; what is added later is written `+=`",
                )
                raise Unresolved
            starts[name] = value
        missing = [name for name in self.symbol.states if name not in starts]
        for name in missing:
            self.expressions.fail(
                "G0421",
                f"`{name}` has no start",
                self.symbol.states[name].span,
                "where does it start?",
                help=f"add `{name}(0) = ...`: its value at a time from which on all of the states"
                " are solved",
            )
        if missing:
            raise Unresolved
        return starts

    def _state(self, value: ast.OdeValue) -> str:
        name = value.state.function.id
        if name in self.symbol.states:
            return name
        close = nearest(name, tuple(self.symbol.states))
        raise self.expressions.fail(
            "G0421",
            f"`{name}` has no derivative",
            value.state.function.span,
            "no state of these equations",
            help=f"did you mean `{close}`?"
            if close
            else f"add `d/d{self.symbol.time}({name}) = ...`",
        )

    def _start(self, value: ast.OdeValue) -> Expr:
        symbol = self.quantities[self._state(value)]
        if symbol.is_broken:
            raise Unresolved
        jump_indices(self.expressions, value.state, symbol.dims, symbol.dims)
        return self._value(value.value, symbol.dims, is_inside=False)

    def _start_time(self, starts: dict[str, ast.OdeValue]) -> Expr:
        """The one time at which all states start."""
        first: Expr | None = None
        for value in starts.values():
            time = self._time(value)
            if time.dims:
                raise self.expressions.fail(
                    "G0422",
                    f"`{self.symbol.statement.name}` starts at several times",
                    value.state.span,
                    f"varies over [{', '.join(time.dims)}]",
                    help="equations that are solved together start together; let each member's time"
                    " count from its own start",
                )
            if first is not None and time != first:
                other = next(iter(starts.values()))
                raise self.expressions.fail(
                    "G0422",
                    "the states start at different times",
                    value.state.span,
                    "starts here",
                    secondary=(Label(other.state.span, "the first one here"),),
                    help="write the same time for all of them",
                )
            first = first if first is not None else time
        assert first is not None
        return first

    def _time(self, value: ast.OdeValue) -> Expr:
        arguments = value.state.arguments
        if len(arguments) != 1 or arguments[0].name is not None:
            raise self.expressions.fail(
                "G0212",
                f"`{value.state.function.id}` is a function of time alone",
                value.state.span,
                f"{len(arguments)} given" if len(arguments) != 1 else "named here",
                help=f"write `{value.state.function.id}(0) = ...`",
            )
        return self.expressions.number_of(arguments[0].value, Context((), (), {}))

    # --- jumps ---------------------------------------------------------------------------

    def _jump(self, value: ast.OdeValue, solver: OdeSolver) -> OdeJump:
        state = self.quantities[self._state(value)]
        if state.is_broken:
            raise Unresolved
        if solver.adjoint is Adjoint.BACKSOLVE:
            raise self.expressions.fail(
                "G0425",
                "`backsolve` can't go back over a jump",
                value.span,
                "a jump",
                help="use the default, `adjoint = checkpointed`",
            )
        times = self._time(value)
        events = times.dims
        if len(events) > 1 or set(events) & set(state.dims):
            raise self.expressions.fail(
                "G0425",
                f"the times of a jump of `{state.name}` vary over [{', '.join(events)}]",
                value.state.span,
                f"`{state.name}` has dimensions [{', '.join(state.dims)}]"
                if state.dims
                else "more than one dimension",
                help="list the jumps, one a row, with an index: `data time_of[dose] : real`, `data"
                f" subject_of[dose] : subject`, `{state.name}[subject_of](time_of) += ...`",
            )
        indices = jump_indices(self.expressions, value.state, state.dims, events)
        indexed = {dim for dim, _ in indices}
        dims = (*events, *(d for d in state.dims if d not in indexed))
        amount = self._value(value.value, dims, is_inside=False)
        return OdeJump(state.name, times, indices, amount, value.span)

    # --- the solver ----------------------------------------------------------------------

    def _solver(self, settings: list[ast.OdeSetting]) -> OdeSolver:
        for i, setting in enumerate(settings):
            if setting.name != "solver":
                raise self.expressions.fail(
                    "G0424",
                    f"`{setting.name} = ...` has no meaning here",
                    setting.span,
                    "neither a start nor a setting",
                    help=f"a start is written `{setting.name}(0) = ...`"
                    if setting.name in self.symbol.states
                    else f"a name for a part of the right sides is written `let {setting.name} ="
                    " ...`; settings stand in `solver = nonstiff(rtol = 1e-6)`",
                )
            if i:
                raise self.expressions.fail(
                    "G0424",
                    "the solver is set twice",
                    setting.span,
                    "the second time",
                    secondary=(Label(settings[0].span, "the first time"),),
                    help="set it once",
                )
        return resolve_solver(self.expressions, settings[0]) if settings else default_solver()
