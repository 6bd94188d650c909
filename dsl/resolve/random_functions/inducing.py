"""The solver by inducing points: the function's values at a few points stand for all of it.

With u = f(z) = L v, L L' = K_uu, v standard normal, and A = L^-1 K_uf at some points,

    f(x) | u = mean + A' v + sqrt(k(x, x) - Σ A^2) e.

At points that are inferred or observed the last part is left out (the deterministic training
conditional; Quiñonero-Candela & Rasmussen 2005, sec. 5); predictions have it, each point its own.
Where a Gaussian site has v integrated out, - Σ (k(x, x) - Σ A^2) / (2 noise^2) is added: what comes
is a lower bound of the log density of the exact process, Titsias (2009), eq. 9; predictions eq. 6.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from gendsl.ir.expr import ArrayCall, Expr, Gather, Reduce, Ref, Size
from gendsl.ir.program import Factor, Sample
from gendsl.ir.types import REAL, index_into
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import Pair, covariance, pair_of
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.variance import variance
from gendsl.resolve.random_functions.weight_space import WeightSpace
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


class Inducing(WeightSpace):
    """Writes out one function by its values at a few points; `definitions` are what comes."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        first = function.evaluations[0]
        name = f"{function.name}.inducing"
        row = f"{function.name}.basis"
        point = Ref(name, (row, *first.inputs), REAL, self.span)
        self.at = Evaluation(name, point, point, row, first.inputs, self.span)
        self.basis = Evaluation(f"{function.name}.weights", point, point, row, (), self.span)

    @property
    def is_of_points(self) -> bool:
        """The inducing points are chosen among these."""
        return True

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with v integrated out, and the rest of the bound as a factor."""
        self._choose()
        site = super().marginal(found, is_read)
        after, self.is_prediction = self.is_prediction, False
        share = op("/", (self._rest(found.at), op("^", (found.scale, number(2)), ())), ())
        if found.coefficient is not None:
            share = op("*", (op("^", (found.coefficient, number(2)), ()), share), ())
        total = Reduce("sum", (found.at.row,), share, (), REAL, self.span)
        half = op("*", (number(-0.5), total), ())
        self.factors = (Factor(f"{site.name}.bound", half, None, self.span),)
        self.is_prediction = after
        return site

    def latent(self, at: Evaluation) -> None:
        """Values by the inducing points' values, which are inferred."""
        self._choose()
        self.place(at)
        self.values(at, self.weighted(at))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values at other points: what the inducing points leave open is drawn for each."""
        self._choose()
        self.is_prediction = True
        self.place(at)
        dims = self.dims_of(at)
        value = self.weighted(at)
        own = self.standard(f"{at.name}.white", dims)
        rest = op("sqrt", (op("max", (self._rest(at), number(0.0)), dims),), dims)
        self.values(at, op("+", (value, op("*", (rest, own), dims)), dims))

    # --- parts ---------------------------------------------------------------------------

    def _choose(self) -> None:
        """The inducing points, among those of the first evaluation that is inferred or observed."""
        if self.at.name in self.definitions:
            return
        first = (self.needed or tuple(self.function.evaluations))[0]
        self.place(first)
        count = number(int(self.process.solver.settings["m"] or 0))
        self.dimension(self.at.row, op("min", (count, Size(first.row)), ()))
        self.dimension(self.at.twin, None, self.at.row)
        chosen: Expr = ArrayCall(
            "farthest", (first.point,), ((first.row, *first.inputs),), (self.at.row,),
            (first.row, self.at.row), (), index_into(first.row), self.span,
        )  # fmt: skip
        chosen = Gather(
            first.point, ((first.row, chosen),), (self.at.row, *first.inputs), REAL, self.span
        )
        self.let(self.at.name, None, chosen)
        kernel = covariance(self.expressions, self.process.kernel, self._pair(self.at))
        square = (*self.function.dims, self.at.row, self.at.twin)
        spread = self.let(f"{self.at.name}.covariance", None, kernel)
        self.root = self.steadied_cholesky(self.at, spread, spread, square)

    def _pair(self, at: Evaluation) -> Pair:
        named = partial(self.named, at)
        return pair_of(self.at, at, named, members=self.function.dims)

    def features(self, at: Evaluation) -> Expr:
        """A = L^-1 K_uf."""
        name = f"{at.name}.features"
        known = self.known(name)
        if known is not None:
            return known
        across = covariance(self.expressions, self.process.kernel, self._pair(at))
        rows = (self.at.row, at.row)
        if not set(rows) <= set(across.dims):  # the same for all points
            batch = tuple(d for d in across.dims if d not in rows)
            across = self.let(f"{at.name}.beside", (*batch, *rows), across)
        return self.let(name, None, self.solve(self.at, self.root, across))

    def _rest(self, at: Evaluation) -> Expr:
        """What the inducing points leave open of the variance at each point."""
        name = f"{at.name}.rest"
        known = self.known(name)
        if known is not None:
            return known
        features = self.features(at)
        dims = tuple(d for d in self.dims_of(at) if d in features.dims)
        explained = Reduce(
            "sum", (self.at.row,), op("^", (features, number(2)), features.dims), dims, REAL,
            self.span,
        )  # fmt: skip
        own = variance(
            self.expressions, self.process.kernel, at, partial(self.named, at), self.function.dims
        )
        return self.let(name, None, op("-", (own, explained), self.dims_of(at)))
