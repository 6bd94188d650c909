"""Differential equations: states as functions of time, and where they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Dims, Expr


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


class Stiffness(StrEnum):
    """Which integrator: an explicit Runge-Kutta method, or an implicit one."""

    NONSTIFF = "nonstiff"
    STIFF = "stiff"


class Adjoint(StrEnum):
    """How the solution is differentiated.

    `forward` solves the sensitivities along with the states, `checkpointed` goes back through the
    solver's own steps, `direct` keeps all of them, and `backsolve` solves another equation backward
    in time. `automatic` is `forward` for few numbers to differentiate by, else `checkpointed`.
    """

    AUTOMATIC = "automatic"
    FORWARD = "forward"
    CHECKPOINTED = "checkpointed"
    DIRECT = "direct"
    BACKSOLVE = "backsolve"


@dataclass(frozen=True, slots=True)
class OdeSolver:
    """The integrator and its tolerances: the error of a step is held to `atol + rtol * |x|`."""

    stiffness: Stiffness
    rtol: float
    atol: float
    max_steps: int
    adjoint: Adjoint


@dataclass(frozen=True, slots=True)
class OdeState:
    """A state: its derivative by time, and what it is at the start."""

    name: str
    dims: Dims
    derivative: Expr
    start: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeLocal:
    """A name for a part of the right sides."""

    name: str
    dims: Dims
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeJump:
    """What is added to a state at some times, which vary along at most one dimension.

    `indices` say to which members of the state's dimensions; to all where a dimension has none.
    """

    state: str
    times: Expr
    indices: tuple[tuple[str, Expr], ...]
    amount: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeSolution:
    """A quantity: a state at the times `OdeSystem.times[at]`.

    Its dimensions are those of the times, then the state's that these lack: along a dimension of
    both, each member's times are its own.
    """

    name: str
    state: str
    at: int
    dims: Dims


@dataclass(frozen=True, slots=True)
class OdeSystem:
    """States that are solved together, from `start_time` on, at every time that is asked for.

    Right sides refer to the states, to `locals` before them and to `time`, as names that mean
    nothing outside.
    """

    name: str
    time: str
    start_time: Expr
    states: tuple[OdeState, ...]
    locals: tuple[OdeLocal, ...]
    jumps: tuple[OdeJump, ...]
    times: tuple[Expr, ...]
    solutions: tuple[OdeSolution, ...]
    solver: OdeSolver
    is_prediction: bool
    span: Span = _span()

    @property
    def own_names(self) -> frozenset[str]:
        """The names that have a meaning inside only."""
        inside = {local.name for local in self.locals} | {state.name for state in self.states}
        return frozenset(inside | {self.time})

    @property
    def right_sides(self) -> tuple[Expr, ...]:
        """What is evaluated at each step of the solver."""
        return (*(x.value for x in self.locals), *(s.derivative for s in self.states))

    @property
    def exprs(self) -> tuple[Expr, ...]:
        """Every expression, those of the right sides first."""
        return (
            *self.right_sides,
            self.start_time,
            *(state.start for state in self.states),
            *(e for j in self.jumps for e in (j.times, j.amount, *(i for _, i in j.indices))),
            *self.times,
        )

    def state(self, name: str) -> OdeState:
        """The state of that name."""
        return next(s for s in self.states if s.name == name)
