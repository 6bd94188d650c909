"""The state-space solver: a function on a line as a chain of states at its sorted points.

Its values are a linear function of a Gaussian chain (`markov.py`), whose density, draws and
conditionals are linear in the number of points. What is known of the function and the points of a
prediction are one chain.
Source: Hartikainen & Särkkä (2010), Kalman filtering and smoothing solutions to temporal Gaussian
process regression models.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.distributions.family import Family
from gendsl.distributions.markov import MARKOV_CONDITIONAL, MARKOV_NORMAL
from gendsl.ir.expr import ArrayCall, ConstArray, Cumulate, Dims, Expr, Reduce, Ref, Size
from gendsl.ir.program import Distribution, Equation, EquationRole, Sample
from gendsl.ir.types import INT, REAL, ValueType
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import is_zero, plus
from gendsl.resolve.random_functions.markov import Points, States, states_of
from gendsl.resolve.random_functions.markov_refusals import require_markovian
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.written import JITTER, Written
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

CHAIN = ("order", "observed", "transition", "covariance")


@dataclass(frozen=True, slots=True)
class _Chain:
    """Points along `row`, and what the states of the function there are, by `CHAIN`."""

    row: str
    points: Expr
    parts: tuple[Expr, ...]
    jitter: Expr


@dataclass(frozen=True, slots=True)
class _Known:
    """residual = coefficient * (f - mean) + noise of this scale, at the points of a chain."""

    chain: _Chain
    residual: Expr
    scale: Expr
    coefficient: Expr
    at: Evaluation | None = None
    """The evaluation whose points these are, where they are those of one."""


class StateSpace(Written):
    """Writes out one function, chain by chain."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        require_markovian(expressions, function, process)
        self.observed: _Known | None = None
        self.inferred: list[tuple[Evaluation, _Chain, Expr]] = []

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out; `is_read` where values are drawn."""
        at, site = found.at, found.site
        self.place(at)
        chain = self._chain(at.name, at.row, at.point)
        coefficient = found.coefficient if found.coefficient is not None else number(1.0)
        loc = found.mean(self.process.mean, (at.row,))
        given = (("loc", loc), ("scale", found.scale), ("coefficient", coefficient))
        if is_read:
            self.is_prediction = True
            residual = found.residual(loc, (at.row,))
            if not is_zero(loc):
                residual = self.let(f"{site.name}.residual", (at.row,), residual)
            self.observed = _Known(chain, residual, found.scale, coefficient, at)
        return replace(site, distribution=self._family(MARKOV_NORMAL, given, chain, at.row))

    def latent(self, at: Evaluation) -> None:
        """Values that are inferred, by standard normal ones; those of several calls together."""
        self.place(at)
        white = self.standard(f"{at.name}.white", self.dims_of(at))
        chain = self._chain(at.name, at.row, at.point)
        if self.inferred:
            _, before, others = self.inferred[-1]
            white = self._joined(f"{at.name}.whites", before.row, others, at.row, white)
            chain = self._extended(before, at)
        self.inferred.append((at, chain, white))
        every: Expr = ArrayCall(
            "markov_values", (white, chain.jitter, *chain.parts), self._core(chain),
            (chain.row,), self._over(chain), (), REAL, self.span,
        )  # fmt: skip
        every = self.let(f"{at.name}.deviations", (chain.row,), every)
        self.observed = _Known(chain, every, chain.jitter, number(1.0))
        for place in range(len(self.inferred) - 1, -1, -1):
            own, within, _ = self.inferred[place]
            values = every
            if place:
                before = self.inferred[place - 1][1]
                values = self._part("last_part", every, within.row, own.row)
                first = self._part("first_part", every, within.row, before.row)
                every = self.let(f"{at.name}.deviations.{place}", (before.row,), first)
            if own.name in self.definitions:
                self._evaluated.remove(own.name)
            self.values(own, self.with_mean(values, own))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given those before them."""
        self.is_prediction = True
        mean = self.process.mean
        known = self.observed
        given: tuple[tuple[str, Expr], ...]
        if known is None:
            self.place(at)
            chain = self._chain(at.name, at.row, at.point)
            given = (
                ("loc", mean), ("scale", chain.jitter), ("coefficient", number(1.0)),
            )  # fmt: skip
            values = self.drawn(at, self._family(MARKOV_NORMAL, given, chain, at.row))
        else:
            is_beside = known.at is at
            chain = known.chain if is_beside else self._extended(known.chain, at)
            given = (
                ("loc", mean), ("residual", known.residual), ("scale", known.scale),
                ("coefficient", known.coefficient), ("jitter", chain.jitter),
            )  # fmt: skip
            values = self.drawn(at, self._family(MARKOV_CONDITIONAL, given, chain, at.row))
        if is_last:
            return
        rest = values if is_zero(mean) else op("-", (values, mean), (at.row,))
        rest = self.let(f"{at.name}.deviations", (at.row,), rest)
        if known is None or known.at is at:
            self.observed = _Known(chain, rest, chain.jitter, number(1.0))
            return
        row = known.chain.row

        def both(what: str, first: Expr, second: Expr) -> Expr:
            one = self._along(f"{at.name}.{what}.before", row, first)
            other = self._along(f"{at.name}.{what}.own", at.row, second)
            return self._joined(f"{at.name}.{what}", row, one, at.row, other)

        self.observed = _Known(
            chain,
            self._joined(f"{at.name}.residual", row, known.residual, at.row, rest),
            both("scale", known.scale, chain.jitter),
            both("coefficient", known.coefficient, number(1.0)),
        )

    # --- chains --------------------------------------------------------------------------

    def _chain(self, name: str, row: str, points: Expr) -> _Chain:
        """The states of the function at some points."""

        def call(function: str, type: ValueType = REAL) -> Expr:
            core = ((row,),)
            return ArrayCall(function, (points,), core, (row,), (row,), (), type, self.span)

        role = EquationRole.INTERNAL if self.is_prediction else EquationRole.LET
        order = Equation(
            f"{name}.order", (row,), INT, call("sort_order", INT), role, None, self.span
        )
        self.definitions[order.name] = (order,)
        gap = self.let(f"{name}.gap", (row,), call("sorted_gaps"))
        steps: dict[Expr, Expr] = {}

        def named(u: Expr) -> Expr:
            if u not in steps:
                count = f".{len(steps) + 1}" if steps else ""
                steps[u] = self.let(f"{name}.step{count}", (row,), u)
            return steps[u]

        def place() -> Expr:
            in_order = Cumulate("sort", row, points, (row,), REAL, self.span)
            return self.let(f"{name}.place", (row,), in_order)

        states = states_of(self.expressions, self.process.kernel, Points(row, place, gap, named))
        state, twin = self._states(len(states.observed))
        square = (row, state, twin)
        transition = self._matrix(states.transition, state, twin)
        spread = self._matrix(states.covariance, state, twin)
        observed = ConstArray(
            tuple(number(float(h)) for h in states.observed), (state,), REAL, self.span
        )
        parts = (
            Ref(order.name, (row,), INT, self.span),
            self.let(f"{name}.observed", (state,), observed),
            self.let(f"{name}.transition", square, transition),
            self.let(f"{name}.states", square, spread),
        )
        jitter = op("sqrt", (op("*", (number(JITTER), _variance(states, row)), ()),), ())
        return _Chain(row, points, parts, self.let(f"{name}.jitter", (), jitter))

    def _extended(self, chain: _Chain, at: Evaluation) -> _Chain:
        """The chain with the points of an evaluation after its own."""
        self.place(at)
        row = f"{at.name}.chain"
        size = op("+", (Size(chain.row), Size(at.row)), ())
        self.dimension(row, size, None)
        points = self._joined(f"{at.name}.points", chain.row, chain.points, at.row, at.point)
        return self._chain(f"{at.name}.chain", row, points)

    def _joined(self, name: str, first: str, one: Expr, second: str, other: Expr) -> Expr:
        """What stands along two dimensions, along the chain of both."""
        row = f"{name.rpartition('.')[0]}.chain"
        core = ((first,), (second,))
        call = ArrayCall(
            "joined", (one, other), core, (row,), (row, first, second), (), REAL, self.span
        )
        self.dimension(row, op("+", (Size(first), Size(second)), ()), None)
        return self.let(name, (row,), call)

    def _part(self, function: str, value: Expr, row: str, part: str) -> Expr:
        over = (row, part)
        return ArrayCall(function, (value,), ((row,),), (part,), over, (), REAL, self.span)

    def _states(self, size: int) -> Dims:
        state, twin = f"{self.function.name}.state", f"{self.function.name}.state.twin"
        self.dimension(state, number(size), None)
        self.dimension(twin, None, state)
        return state, twin

    def _matrix(self, entries: tuple[tuple[Expr, ...], ...], state: str, twin: str) -> Expr:
        rows = tuple(self._array(row, twin) for row in entries)
        return self._array(rows, state)

    def _array(self, items: tuple[Expr, ...], dim: str) -> Expr:
        free = dict.fromkeys(d for item in items for d in item.dims)
        along = tuple(d for d in free if not d.endswith(".state.twin"))
        columns = tuple(d for d in free if d.endswith(".state.twin"))
        return ConstArray(items, (*along, dim, *columns), REAL, self.span)

    # --- parts ---------------------------------------------------------------------------

    def _core(self, chain: _Chain) -> tuple[Dims, ...]:
        row, state, twin = self._over(chain)
        return (row,), (), (row,), (state,), (row, state, twin), (row, state, twin)

    def _over(self, chain: _Chain) -> Dims:
        return (chain.row, *self._states(0))

    def _family(
        self, family: Family, given: tuple[tuple[str, Expr], ...], chain: _Chain, event: str
    ) -> Distribution:
        given = (*given, *zip(CHAIN, chain.parts, strict=True))
        return Distribution(family, family.forms[0], given, (event,), None, None, None, self.span)

    def _along(self, name: str, row: str, value: Expr) -> Expr:
        """The value at each point, under a name."""
        return self.let(name, (row,), value)


def _variance(states: States, row: str) -> Expr:
    """The mean variance of the function at the points of a chain."""
    total: Expr | None = None
    for h, line in zip(states.observed, states.covariance, strict=True):
        for other, entry in zip(states.observed, line, strict=True):
            if h * other and not is_zero(entry):
                total = plus(total, entry, (row,))
    assert total is not None
    return Reduce("mean", (row,), total, (), REAL) if row in total.dims else total
