"""The solver of functions on grids: a covariance for each side, of which the whole is the product.

With K_a = L_a L_a' = Q_a diag(l_a) Q_a' the covariance of side a, F the matrix of values and Z
white,

    F = L_1 Z L_2',    cov(vec Y) = K_1 x K_2 + s^2 I  for  Y = F + noise,
    X = Q_1 ((Q_1' (Y - M) Q_2) / (l_1i l_2j + s^2)) Q_2'

is the solution with that covariance. Given data, values at new points are drawn by Matheron's rule:
a draw of the function at known and new points from the prior, and K_1(new, known) X K_2(known, new)
for the X of the data less the drawn ones. Factors of new points are those of blocks given the
blocks before them, on each side.
Source: Saatçi (2011), Scalable Inference for Structured Gaussian Process Models, ch. 5; Wilson et
al. (2020), Efficiently Sampling Functions from Gaussian Process Posteriors, sec. 2.2.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.distributions.grids import GRID_NORMAL
from gendsl.ir.expr import ArrayCall, Contract, Dims, Expr
from gendsl.ir.program import Distribution, Sample
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op
from gendsl.resolve.expressions import outside
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import plus
from gendsl.resolve.random_functions.exact import Block, Exact
from gendsl.resolve.random_functions.grid_factors import factors
from gendsl.resolve.random_functions.kernels import is_from_zero
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.written import Written
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


class _Side(Exact):
    """One side of the grids, as if it were a function of its own: blocks of points in order."""

    def let(self, name: str, dims: Dims | None, value: Expr) -> Expr:
        """What is named is named once: points are on many grids."""
        return self.known(name) or super().let(name, dims, value)

    def covariance(self, at: Evaluation) -> Expr:
        """K of the points."""
        self.place(at)
        prior = self._kernel(at, at)
        extra = outside(prior, (at.row, at.twin))
        if extra:
            raise self.expressions.fail(
                "G0464",
                "a factor of the kernel is one number for two points",
                at.span,
                f"varies over [{', '.join(extra)}] with these",
                help=f"a length for each coordinate needs points with them: `data"
                f" x[{at.row}, {extra[0]}] : real`",
            )
        return self.let(f"{at.name}.covariance", (at.row, at.twin), prior)

    def place_of(self, at: Evaluation) -> int:
        """Which block these points are; the last one from now on if they are new."""
        for place, block in enumerate(self.blocks):
            if block.at is at:
                return place
        self.covariance(at)
        self.blocks.append(Block(at, self._factor(at), number(0.0)))
        return len(self.blocks) - 1

    def times_root(self, place: int, column: int, right: Expr) -> Expr:
        """The part of the Cholesky factor of all blocks at a row and a column, times a matrix."""
        block, other = self.blocks[place], self.blocks[column]
        if place == column:
            return self.times(block.at, block.factor, right)
        return self._contracted(self._across(other, block.at), right, other.at)

    def times_beside(self, at: Evaluation, known: Evaluation, right: Expr) -> Expr:
        """The covariance of points with known ones, times a matrix along these."""
        if at is known:
            return self.times(at, self.covariance(at), right)
        rows = (known.row, at.row)
        beside = self.let(f"{at.name}.with_data", rows, self._kernel(known, at))
        return self._contracted(beside, right, known)

    def _contracted(self, left: Expr, right: Expr, over: Evaluation) -> Expr:
        dims = tuple(d for d in (*left.dims, *right.dims) if d != over.row)
        return Contract(left, right, over.row, dims, REAL, self.span)


class Kronecker(Written):
    """Writes out one function on grids."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        kernels = factors(expressions, function, process)
        one = replace(process, mean=number(0.0))
        self.sides = tuple(
            _Side(expressions, function, replace(one, kernel=kernel)) for kernel in kernels
        )
        for side in self.sides:
            side.definitions = self.definitions
        self.whites: dict[tuple[int, int], Expr] = {}
        self.data: tuple[Evaluation, Expr] | None = None

    def _dims_of_points(self) -> set[str]:
        """Those of both sides."""
        axes = [axis for at in self.function.evaluations for axis in at.axes]
        return {d for axis in axes for d in (axis.row, axis.twin) if "." in d}

    @property
    def is_of_points(self) -> bool:
        """Its values are those at these points."""
        return True

    def from_zero(self, at: Evaluation) -> tuple[Expr, ...]:
        """The points of the sides whose kernels are of points from 0 on."""
        both = zip(self.sides, at.axes, strict=True)
        return tuple(axis.written for side, axis in both if is_from_zero(side.process.kernel))

    def refusal(self, found: Collapsed) -> str | None:
        """Noise and coefficient have to be the same on the whole grid."""
        if found.scale.dims:
            return f"the scale of `{found.site.name}` varies over the grid"
        if found.coefficient is not None and found.coefficient.dims:
            return "what it is multiplied by varies over the grid"
        return None

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out."""
        at, site, c = found.at, found.site, found.coefficient
        sides = sorted(
            zip(self.sides, at.axes, strict=True), key=lambda s: site.dims.index(s[1].row)
        )
        first, second = (side.covariance(axis) for side, axis in sides)
        if c is not None:
            scaled = op("*", (op("^", (c, number(2)), ()), first), first.dims)
            first = self.let(f"{site.name}.covariance", first.dims, scaled)
        loc = found.mean(self.process.mean, site.dims)
        if is_read:
            self._prediction()
            self.data = at, self._weights(found, loc, first, second)
        given = (("loc", loc), ("first", first), ("second", second), ("scale", found.scale))
        family, span = GRID_NORMAL, site.distribution.span
        joint = Distribution(family, family.forms[0], given, site.dims, None, None, None, span)
        return replace(site, distribution=joint)

    def _weights(self, found: Collapsed, loc: Expr, first: Expr, second: Expr) -> Expr:
        """What the covariances with the data are multiplied by, for a draw of the function."""
        at, site, c = found.at, found.site, found.coefficient
        dims = site.dims
        drawn = self.let(f"{at.name}.prior", at.rows, self._prior(at))
        white = self.standard(f"{site.name}.noise", dims)
        if c is not None:
            drawn = op("*", (c, drawn), dims)
        noisy = op("+", (drawn, op("*", (found.scale, white), dims)), dims)
        residual = found.residual(loc, dims)
        residual = self.let(f"{site.name}.residual", dims, op("-", (residual, noisy), dims))
        noise = op("^", (found.scale, number(2)), ())
        over = (first.dims[0], first.dims[1], second.dims[0], second.dims[1])
        weights: Expr = ArrayCall(
            "grid_solve", (residual, first, second, noise), (dims, first.dims, second.dims, ()),
            dims, over, (), REAL, self.span,
        )  # fmt: skip
        if c is not None:
            weights = op("*", (c, weights), dims)
        return self.let(f"{site.name}.weights", dims, weights)

    def latent(self, at: Evaluation) -> None:
        """Values by standard normal ones, which are inferred."""
        self.values(at, self.with_mean(self._prior(at), at))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given what is known."""
        self._prediction()
        value = self.known(f"{at.name}.prior") or self._prior(at)
        if self.data is not None:
            known, learnt = self.data
            for side, axis, other in zip(self.sides, at.axes, known.axes, strict=True):
                learnt = side.times_beside(axis, other, learnt)
            value = op("+", (value, learnt), at.rows)
        self.values(at, self.with_mean(value, at))

    # --- parts ---------------------------------------------------------------------------

    def _prediction(self) -> None:
        self.is_prediction = True
        for side in self.sides:
            side.is_prediction = True

    def _prior(self, at: Evaluation) -> Expr:
        """A draw of the function less its mean, L_1 Z L_2', with the draws before it."""
        first, second = self.sides
        row, column = (s.place_of(axis) for s, axis in zip(self.sides, at.axes, strict=True))
        total: Expr | None = None
        for j in range(column + 1):
            left: Expr | None = None
            for i in range(row + 1):
                part = first.times_root(row, i, self._white(i, j, at))
                left = plus(left, part, (at.rows[0], *part.dims))
            assert left is not None
            total = plus(total, second.times_root(column, j, left), at.rows)
        assert total is not None
        return total

    def _white(self, i: int, j: int, at: Evaluation) -> Expr:
        """The standard normal values of a block of the grid of all points."""
        if (i, j) not in self.whites:
            first, second = (s.blocks[p].at for s, p in zip(self.sides, (i, j), strict=True))
            is_own = at.axes == (first, second)
            name = f"{at.name}.white" if is_own else f"{first.name}.white.{j + 1}"
            self.whites[i, j] = self.standard(name, (first.row, second.row))
        return self.whites[i, j]
