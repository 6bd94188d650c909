"""The solver by nearest neighbours: each value given those of a few points before it.

With N the neighbours of a point, C the covariance of what is known there, noise included, and c
that of the value with it,

    v | v_N = mean + b' (v_N - mean_N) + sqrt(d) e,   b = C^-1 c,   d = k(x, x) + noise^2 - b' c.

Values at data y are y itself, noise and all; elsewhere they are the function's. On a line points
come in its order; in several coordinates each next one is the farthest from those before. Points of
predictions come last. With as many neighbours as there are points it is exact.
Source: Vecchia (1988); Datta et al. (2016), Hierarchical nearest-neighbor Gaussian process models;
Katzfuss & Guinness (2021), A general framework for Vecchia approximations, sec. 2-3.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gendsl.distributions.neighbours import NEIGHBOUR_NORMAL
from gendsl.ir.chain_functions import COVARIANCE_CHOLESKY
from gendsl.ir.expr import ArrayCall, Coordinate, Dims, Expr, Gather, Reduce, Ref, Size
from gendsl.ir.program import Distribution, Equation, EquationRole, Sample
from gendsl.ir.types import INT, REAL, index_into
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import Pair, covariance
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.variance import variance
from gendsl.resolve.random_functions.written import JITTER, Written
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


@dataclass(frozen=True, slots=True)
class _Known:
    """residual = coefficient * (f - mean) + noise of this variance, at the points along `row`."""

    row: str
    points: Expr
    coefficient: Expr
    noise: Expr
    residual: Expr


@dataclass(frozen=True, slots=True)
class _Steps:
    """How values follow from those of neighbours; `chain` are all points, `row` the last of them.

    v = weights . v[near] + scale * e, one after another in `order`.
    """

    chain: str
    near: Expr
    order: Expr
    weights: Expr
    scale: Expr


class Vecchia(Written):
    """Writes out one function by the neighbours of its points."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        self.count = int(process.solver.settings["neighbours"] or 0)
        self.before: _Known | None = None

    @property
    def is_of_points(self) -> bool:
        """Its values are those at these points."""
        return True

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out: values are those of the data."""
        at, site = found.at, found.site
        self.place(at)
        coefficient = found.coefficient if found.coefficient is not None else number(1.0)
        noise = op("^", (found.scale, number(2)), (at.row,))
        own = _Known(at.row, at.point, coefficient, noise, number(0.0))
        steps = self._steps(at, own, own)
        loc = found.mean(self.process.mean, (at.row,))
        if is_read:
            self.is_prediction = True
            residual = found.residual(loc, (at.row,))
            self.before = replace(own, residual=self.let(f"{site.name}.residual", None, residual))
        given = (
            ("loc", loc), ("scale", steps.scale), ("weights", steps.weights),
            ("near", steps.near), ("order", steps.order),
        )  # fmt: skip
        family = NEIGHBOUR_NORMAL
        span = site.distribution.span
        joint = Distribution(family, family.forms[0], given, (at.row,), None, None, None, span)
        return replace(site, distribution=joint)

    def latent(self, at: Evaluation) -> None:
        """Values by standard normal ones, which are inferred."""
        self.before = self._drawn(at)

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given those before them."""
        self.is_prediction = True
        known = self._drawn(at)
        if not is_last:
            self.before = known

    def _drawn(self, at: Evaluation) -> _Known:
        """Values of the function given what is known; what is known then."""
        self.place(at)
        wanted = at
        if f"{at.name}.neighbours" in self.definitions:  # those of the data at these points
            at = replace(at, name=f"{at.name}.drawn")
        jitter = self._jitter(at)
        own = _Known(at.row, at.point, number(1.0), jitter, number(0.0))
        every = own if self.before is None else self._extended(self.before, own, at)
        steps = self._steps(at, own, every)
        white = self.standard(f"{at.name}.white", (at.row,))
        start = op("*", (steps.scale, white), (at.row,))
        if self.before is not None:
            start = self._joined(f"{at.name}.start", self.before, every, at, start)
        row, chain = at.row, every.row
        core: tuple[Dims, ...] = ((chain,), steps.weights.dims, steps.near.dims, (row,))
        values: Expr = ArrayCall(
            "followed", (start, steps.weights, steps.near, steps.order), core, (chain,),
            (chain, row, self._near(at)), (), REAL, self.span,
        )  # fmt: skip
        values = self.let(f"{at.name}.deviations", (chain,), values)
        after = replace(every, residual=values)
        if self.before is not None:
            values = ArrayCall(
                "last_part", (values,), ((chain,),), (row,), (chain, row), (), REAL, self.span
            )
        self.values(wanted, self.with_mean(values, at))
        return after

    # --- points before others ------------------------------------------------------------

    def _extended(self, known: _Known, own: _Known, at: Evaluation) -> _Known:
        """What is known, and after it the points of an evaluation."""
        row = f"{at.name}.chain"
        self.dimension(row, op("+", (Size(known.row), Size(at.row)), ()))
        every = replace(own, row=row)

        def both(what: str, first: Expr, second: Expr) -> Expr:
            if not first.dims and first == second:
                return first
            one = self.let(f"{at.name}.{what}.before", (known.row,), first)
            other = self.let(f"{at.name}.{what}.own", (at.row,), second)
            return self._joined(f"{at.name}.{what}", replace(known, residual=one), every, at, other)

        points = self._after(replace(known, residual=known.points), every, at, at.point)
        return replace(
            every, points=self._named_unless_predicted(f"{at.name}.points", points),
            coefficient=both("coefficients", known.coefficient, own.coefficient),
            noise=both("noise", known.noise, own.noise),
        )  # fmt: skip

    def _joined(
        self, name: str, known: _Known, every: _Known, at: Evaluation, second: Expr
    ) -> Expr:
        """The residual of what is known and then another array, under a name."""
        return self.let(name, (every.row,), self._after(known, every, at, second))

    def _named_unless_predicted(self, name: str, value: Expr) -> Expr:
        """What is of points alone: computed once for all draws of predictions if it is unnamed."""
        return value if self.is_prediction else self._whole(name, value)

    def _after(self, known: _Known, every: _Known, at: Evaluation, second: Expr) -> Expr:
        """The residual of what is known, or what stands in its place, and then another array."""
        inputs = tuple(d for d in second.dims if d in at.inputs)
        first, row = known.residual, known.row
        if row == at.row:  # the same points again: along a dimension of their own
            row = f"{at.row}.given"
            self.dimension(row, None, at.row)
            first = moved(first, at.row, row)
        return ArrayCall(
            "joined", (first, second), ((row,), (at.row,)), (every.row, *inputs),
            (every.row, row, at.row), (), REAL, self.span,
        )  # fmt: skip

    def _order(self, at: Evaluation) -> Expr:
        """Which point comes after which."""
        row = at.row
        name = "farthest" if at.inputs else "sort_order"
        core = ((row, *at.inputs),)
        over = (row, row) if at.inputs else (row,)
        call = ArrayCall(name, (at.point,), core, (row,), over, (), INT, self.span)
        return self._named_unless_predicted(f"{at.name}.order", call)

    def _neighbours(self, at: Evaluation, every: _Known, order: Expr) -> Expr:
        """The places, among all points, of those near each one that come before it."""
        row, near, chain = at.row, self._near(at), every.row
        self.dimension(near, op("min", (number(self.count), Size(chain)), ()))
        self.dimension(f"{near}.twin", None, near)
        if chain == row and not at.inputs:
            call = ArrayCall(
                "before_in_order", (order,), ((row,),), (row, near), (row, near), (),
                index_into(chain), self.span,
            )  # fmt: skip
        else:
            call = ArrayCall(
                "nearest_before", (every.points, order), ((chain, *at.inputs), (row,)),
                (row, near), (chain, row, near), (), index_into(chain), self.span,
            )  # fmt: skip
        return self._whole(f"{at.name}.neighbours", call)

    # --- what neighbours say -------------------------------------------------------------

    def _steps(self, at: Evaluation, own: _Known, every: _Known) -> _Steps:
        """The weights of neighbours and what they leave open, at each point of an evaluation."""
        order = self._order(at)
        near = self._neighbours(at, every, order)
        row, beside = at.row, self._near(at)
        twin = f"{beside}.twin"
        line, square = (row, beside), (row, beside, twin)
        place: Expr = Coordinate(row)
        if every.row != row:
            place = op("+", (op("-", (Size(every.row), Size(row)), ()), place), (row,))
        is_there = op("*", (number(1.0), op("!=", (near, place), line)), line)
        is_there = self.let(f"{at.name}.has", line, is_there)

        def at_near(value: Expr, name: str | None = None) -> Expr:
            if every.row not in value.dims:
                return value
            dims = (*line, *(d for d in value.dims if d != every.row))
            found = Gather(value, ((every.row, near),), dims, value.type, self.span)
            return found if name is None else self.let(name, dims, found)

        c_own, c_near = own.coefficient, at_near(every.coefficient)
        points = at_near(every.points, f"{at.name}.beside")
        across = covariance(self.expressions, self.process.kernel, Pair(
            at.point, points, line, at.inputs, False, partial(self.named, at)
        ))  # fmt: skip
        across = self._times(op("*", (is_there, across), line), (c_own, c_near), line)
        across = self.let(f"{at.name}.across", line, across)
        among = covariance(self.expressions, self.process.kernel, Pair(
            points, moved(points, beside, twin), (beside, twin), at.inputs, True,
            partial(self.named, at), members=(row,),
        ))  # fmt: skip
        both = op("*", (is_there, moved(is_there, beside, twin)), square)
        among = op("*", (both, among), square)
        among = self._times(among, (c_near, moved(c_near, beside, twin)), square)
        rest = op("*", (is_there, at_near(every.noise)), line)
        diagonal = op("+", (rest, op("-", (number(1.0), is_there), line)), line)
        same = op("==", (Coordinate(beside), Coordinate(twin)), (beside, twin))
        spread = op("+", (among, op("*", (diagonal, same), square)), square)
        spread = self.let(f"{at.name}.among", square, spread)
        factor = ArrayCall(
            COVARIANCE_CHOLESKY,
            (spread,),
            ((beside, twin),),
            square,
            (beside, twin),
            (),
            REAL,
            self.span,
        )
        weights = self.let(f"{at.name}.weights", line, ArrayCall(
            "solve_cholesky", (self.let(f"{at.name}.factor", square, factor), across),
            ((beside, twin), (beside,)), line, (beside, twin), (), REAL, self.span,
        ))  # fmt: skip
        explained = Reduce(
            "sum", (beside,), op("*", (weights, across), line), (row,), REAL, self.span
        )
        whole = self._times(self._variance(at), (c_own, c_own), (row,))
        left = op("-", (op("+", (whole, own.noise), (row,)), explained), (row,))
        left = op("max", (left, own.noise), (row,))  # below it by rounding alone
        scale = self.let(f"{at.name}.scale", (row,), op("sqrt", (left,), (row,)))
        return _Steps(every.row, near, order, weights, scale)

    def _variance(self, at: Evaluation) -> Expr:
        return variance(self.expressions, self.process.kernel, at, partial(self.named, at), ())

    def _jitter(self, at: Evaluation) -> Expr:
        own = self._variance(at)
        if at.row in own.dims:
            own = Reduce("mean", (at.row,), own, (), REAL, self.span)
        return self.let(f"{at.name}.jitter", (), op("*", (number(JITTER), own), ()))

    # --- parts ---------------------------------------------------------------------------

    def _times(self, value: Expr, factors: tuple[Expr, ...], order: Dims) -> Expr:
        for factor in factors:
            if factor != number(1.0):
                value = op("*", (factor, value), order)
        return value

    def _near(self, at: Evaluation) -> str:
        return f"{at.name}.near"

    def _whole(self, name: str, value: Expr) -> Expr:
        """The name of an array, of whole numbers too."""
        role = EquationRole.INTERNAL if self.is_prediction else EquationRole.LET
        own = Equation(name, value.dims, value.type, value, role, None, self.span)
        self.definitions[name] = (own,)
        return Ref(name, value.dims, value.type, self.span)
