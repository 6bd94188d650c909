"""Functions by weights: f(x) = mean + features(x) @ w, w standard normal.

One set of weights serves all points, so that all calls are one function. Where a Gaussian site has
the function integrated out, y = c f(x) + rest + noise * e with W = c * features, the weights given
y are normal with the precision A = 1 + W' W / noise^2 and the mean A^-1 W' (y - m) / noise^2.
Source: Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, sec. 2.1.1.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from gendsl.distributions.table import FAMILIES
from gendsl.ir.expr import Contract, Dims, Expr
from gendsl.ir.program import Distribution, Sample
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op, union
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import is_zero, plus
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.written import Written
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


class WeightSpace(Written, ABC):
    """Writes out one function by its weights, which lie along `basis.row`."""

    basis: Evaluation

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        self.weights: Expr | None = None

    @abstractmethod
    def features(self, at: Evaluation) -> Expr:
        """What the weights are multiplied by, along the points and `basis.row`."""

    def inner(self, at: Evaluation, coefficient: Expr | None, noise: Expr) -> Expr:
        """W' W / noise^2, along `basis.row` and its twin."""
        scale = noise if coefficient is None else op("/", (noise, coefficient), noise.dims)
        scaled = op("/", (self.features(at), scale), (at.row, self.basis.row))
        scaled = self.let(f"{at.name}.scaled", None, scaled)
        return self.squared(scaled, at.row)

    def squared(self, matrix: Expr, over: str) -> Expr:
        """M' M of a matrix of points and weights."""
        row, twin = self.basis.row, self.basis.twin
        right = moved(matrix, row, twin)
        dims = union((matrix.dims, right.dims), (*self.function.dims, row, twin))
        return Contract(matrix, right, over, tuple(d for d in dims if d != over), REAL, self.span)

    # --- with the function integrated out ------------------------------------------------

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out; `is_read` where values are drawn."""
        at, site, c = found.at, found.site, found.coefficient
        basis, order = self.basis, (at.row, self.basis.row)
        self.place(at)
        factor = self.features(at)
        if c is not None:
            factor = self.let(f"{at.name}.factor", None, op("*", (c, factor), order))
        square = (basis.row, basis.twin)
        spread = op("+", (self.same(basis), self.inner(at, c, found.scale)), square)
        precision = self.let(f"{basis.name}.precision", square, spread)
        root = self.cholesky(f"{basis.name}.cholesky", basis, precision)
        loc = found.mean(self.process.mean, order)
        if is_read:
            self.is_prediction = True
            residual = found.residual(loc, order)
            weighed = op("/", (residual, op("^", (found.scale, number(2)), order)), order)
            pulled = Contract(factor, weighed, at.row, (basis.row,), REAL, self.span)
            core = (square, (basis.row,))
            solved = self.array("solve_cholesky", (root, pulled), core, basis, (basis.row,))
            mean = self.let(f"{basis.name}.mean", None, solved)
            given = self._normal((basis.row,), "precision", loc=mean, precision=precision)
            self.weights = self.drawn_weights(given)
        low_rank = self._normal(
            (at.row,), "factor", loc=loc, factor=factor, noise=found.scale, capacitance=root
        )
        return replace(site, distribution=replace(low_rank, span=site.distribution.span))

    def _normal(self, event: Dims, form: str, **arguments: Expr) -> Distribution:
        family = FAMILIES["MultiNormal"]
        chosen = next(f for f in family.forms if any(p.name == form for p in f.parameters))
        return Distribution(
            family, chosen, tuple(arguments.items()), event, None, None, None, self.span
        )

    def drawn_weights(self, distribution: Distribution) -> Expr:
        """The weights, drawn for predictions."""
        return self.drawn_as(self.basis.name, (*self.function.dims, self.basis.row), distribution)

    # --- with weights --------------------------------------------------------------------

    def weighted(self, at: Evaluation) -> Expr:
        """The mean, and the features times the weights."""
        if self.weights is None:
            self.weights = self.standard(self.basis.name, (*self.function.dims, self.basis.row))
        features = self.features(at)
        dims = self.dims_of(at)
        both = union((features.dims, self.weights.dims), dims)
        total = Contract(
            features, self.weights, self.basis.row,
            tuple(d for d in both if d != self.basis.row), REAL, self.span,
        )  # fmt: skip
        mean = self.process.mean
        return plus(None if is_zero(mean) else mean, total, dims)
