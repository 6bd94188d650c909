"""The exact solver: blocks of points, each given those before it, by Cholesky factors.

With K_ij the covariance of blocks i and j, L_i the factor of block i given those before it and w_i
its whitened values, A_ij = L_i^-1 (K_ij - Σ_l A_li' A_lj) and

    f_j = mean + Σ_i A_ij' w_i + L_j w_j,   L_j L_j' = K_jj - Σ_i A_ij' A_ij.

The first block may be data y = c f(x) + rest + noise; its whitened values are L^-1 (y - m).
Source: Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, alg. 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from gendsl.ir.expr import Contract, Dims, Expr, Reduce, Ref, Size
from gendsl.ir.program import (
    Dimension,
    Sample,
    SampleRole,
)
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op, union
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.covariance import (
    Pair,
    covariance,
    is_zero,
    pair_of,
    plus,
)
from gendsl.resolve.random_functions.functionals import Functional, mean_of
from gendsl.resolve.random_functions.moving import moved
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.shared_scale import SharedScale
from gendsl.resolve.random_functions.written import Written
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


@dataclass(frozen=True, slots=True)
class Block:
    """Points whose values are known: their factor, and their whitened values.

    The covariance of the block with the function is `coefficient` times the kernel.
    """

    at: Evaluation
    factor: Expr
    white: Expr
    coefficient: Expr | None = None
    beside: Evaluation | None = None
    """The evaluation whose points these are, along a dimension of their own."""


class Exact(Written):
    """Writes out one function, block by block; `definitions` are what it has come to."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        super().__init__(expressions, function, process)
        self.blocks: list[Block] = []

    def _dims_of_points(self) -> set[str]:
        """Those of blocks too: what is observed of other functions has points of its own."""
        points = (*self.function.evaluations, *(block.at for block in self.blocks))
        return {d for at in points for d in (at.row, at.twin) if "." in d}

    @property
    def is_of_points(self) -> bool:
        """Its values are those at these points."""
        return True

    # --- blocks --------------------------------------------------------------------------

    @property
    def shares_scale(self) -> bool:
        """It can integrate out a variance that the function and the noise share."""
        return True

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out; `is_read` where values are drawn.

        A variance that is `shared` is integrated out with it, and drawn given the data: the site is
        Student t.
        """
        process, shared = self.process, self.shared
        if shared is not None:
            self.process = replace(process, kernel=shared.kernel)
            found = replace(found, scale=shared.noise)
        at, site = found.at, found.site
        c = found.coefficient
        inside = self._kernel(at, at)
        order = (at.row, at.twin)
        if c is not None:
            inside = op("*", (op("*", (c, moved(c, at.row, at.twin)), order), inside), order)
        noise = op("*", (op("^", (found.scale, number(2)), order), self.same(at)), order)
        spread = self.let(f"{site.name}.covariance", order, op("+", (inside, noise), order))
        loc = found.mean(self._mean_of(at), order)
        self.process = process
        factor = self.covariance_cholesky(f"{site.name}.cholesky", at, spread)
        span = site.distribution.span
        observed = (
            self.marginal_normal((at.row,), loc, spread, factor, span)
            if shared is None
            else self.student((at.row,), shared.df, loc, shared.scaled(factor), span)
        )
        if is_read or shared is not None:
            self.is_prediction = True
            residual = found.residual(loc, order)
            white = self.let(f"{site.name}.white", None, self.solve(at, factor, residual))
            if shared is not None:
                factor, white = self._rescaled(at, shared, factor, white)
            self.blocks.append(self._beside(at, Block(at, factor, white, c)))
        return replace(site, distribution=observed)

    def _rescaled(
        self, at: Evaluation, shared: SharedScale, factor: Expr, white: Expr
    ) -> tuple[Expr, Expr]:
        """The data's factor and whitened values for a variance that is drawn given the data."""
        squares = Reduce(
            "sum", (at.row,), op("^", (white, number(2)), white.dims), (), REAL, self.span
        )
        shape = op("+", (shared.shape, op("/", (Size(at.row), number(2)), ())), ())
        rate = op("+", (shared.rate, op("/", (squares, number(2)), ())), ())
        prior = shared.site.distribution
        drawn = replace(prior, arguments=(("shape", shape), ("scale", rate)))
        self.define(replace(shared.site, distribution=drawn, role=SampleRole.PREDICTED))
        root = op("sqrt", (Ref(shared.name, (), REAL, self.span),), ())
        spread = self.let(f"{shared.name}.root", None, root)
        return op("*", (spread, factor), factor.dims), op("/", (white, spread), white.dims)

    def _beside(self, at: Evaluation, block: Block) -> Block:
        """The data as a block along a dimension of its own, for values at the same points."""
        row = f"{at.row}.given"
        own = replace(
            at, name=f"{at.name}.given", point=moved(at.point, at.row, row), row=row,
            members=tuple((d, moved(index, at.row, row)) for d, index in at.members),
            until=None if at.until is None else moved(at.until, at.row, row),
        )  # fmt: skip
        dims = self.expressions.symbols.dims
        for name, like in ((own.row, at.row), (own.twin, own.row)):
            dims[name] = Dimension(name, None, None, False, None, like, self.span)
        c = block.coefficient
        return Block(
            own,
            moved(moved(block.factor, at.row, own.row), at.twin, own.twin),
            moved(block.white, at.row, own.row),
            None if c is None else moved(c, at.row, own.row),
            at,
        )

    def latent(self, at: Evaluation) -> None:
        """Values that are inferred, by standard normal ones."""
        factor = self._factor(at)
        dims = self.dims_of(at)
        white = self.standard(f"{at.name}.white", dims)
        value = plus(self._given(at), self.times(at, factor, white), dims)
        self.values(at, value)
        self.blocks.append(Block(at, factor, white))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given those before them; they never condition."""
        self.is_prediction = True
        factor = self._factor(at)
        dims = self.dims_of(at)
        loc = self._given(at) or number(0.0)
        loc_ref = loc if is_zero(loc) else self.let(f"{at.name}.mean", dims, loc)
        values = self.drawn(at, self.normal((at.row,), loc_ref, factor, self.span))
        if is_last:
            return
        if not is_zero(loc):
            values = op("-", (values, loc_ref), dims)
        white = self.let(f"{at.name}.white", None, self.solve(at, factor, values))
        self.blocks.append(Block(at, factor, white))

    # --- parts ---------------------------------------------------------------------------

    def _kernel(self, one: Evaluation, other: Evaluation) -> Expr:
        beside = next((b.beside for b in self.blocks if b.at is one), None)
        is_same = beside is not None and beside is other
        named = partial(self.named, other)
        pair: Pair = pair_of(one, other, named, is_same, self.function.dims)
        return covariance(self.expressions, self.process.kernel, pair)

    def _factor(self, at: Evaluation) -> Expr:
        """The factor of the block's covariance given the blocks before it."""
        order = self._order(at.row, at.twin)
        self.place(at)
        prior = self._kernel(at, at)
        whole = prior = self.let(f"{at.name}.covariance", self._order_of(prior, at), prior)
        for block in self.blocks:
            across = self._across(block, at)
            twin = moved(across, at.row, at.twin)
            explained = Contract(
                across, twin, block.at.row,
                tuple(d for d in union((across.dims, twin.dims), order) if d != block.at.row),
                REAL, self.span,
            )  # fmt: skip
            whole = op("-", (whole, explained), order)
        return self.steadied_cholesky(at, prior, whole, order)

    def _across(self, block: Block, at: Evaluation) -> Expr:
        """A = L^-1 (K - Σ A' A) of a block before and this one."""
        place = self.blocks.index(block)
        suffix = f".{place + 1}" if place else ""
        name = f"{at.name}.across{suffix}"
        if name in self.definitions:
            [known] = self.definitions[name]
            return Ref(name, known.dims, REAL, self.span)
        order = self._order(block.at.row, at.row)
        whole = self._kernel(block.at, at)
        if block.coefficient is not None:
            whole = op("*", (block.coefficient, whole), order)
        for before in self.blocks:
            if before is block:
                break
            left, right = self._across(before, block.at), self._across(before, at)
            dims = union((left.dims, right.dims), order)
            explained = Contract(
                left, right, before.at.row,
                tuple(d for d in dims if d != before.at.row), REAL, self.span,
            )  # fmt: skip
            whole = op("-", (whole, explained), order)
        rows = (block.at.row, at.row)
        if not set(rows) <= set(whole.dims):  # the same for all points
            batch = tuple(d for d in whole.dims if d not in rows)
            whole = self.let(f"{at.name}.beside{suffix}", (*batch, *rows), whole)
        return self.let(name, None, self.solve(block.at, block.factor, whole))

    def _given(self, at: Evaluation) -> Expr | None:
        """The mean given the blocks before; `None` where it is 0."""
        mean = self._mean_of(at)
        total = None if is_zero(mean) else mean
        dims = self.dims_of(at)
        for block in self.blocks:
            across = self._across(block, at)
            both = union((across.dims, block.white.dims), dims)
            part = Contract(
                across, block.white, block.at.row,
                tuple(d for d in both if d != block.at.row), REAL, self.span,
            )  # fmt: skip
            total = plus(total, part, dims)
        return total

    def _mean_of(self, at: Evaluation) -> Expr:
        mean = self.process.mean
        if is_zero(mean):
            return mean
        return mean_of(mean, Functional(at.asked), at.point, at.until, self.dims_of(at))

    def _order(self, *rows: str) -> Dims:
        return (*self.function.dims, *rows)

    def _order_of(self, whole: Expr, at: Evaluation) -> Dims:
        return (*(d for d in whole.dims if d not in (at.row, at.twin)), at.row, at.twin)
