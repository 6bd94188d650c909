"""The exact solver: blocks of points, each given those before it, by Cholesky factors.

With K_ij the covariance of blocks i and j, L_i the factor of block i given those before it and w_i
its whitened values, A_ij = L_i^-1 (K_ij - Σ_l A_li' A_lj) and

    f_j = mean + Σ_i A_ij' w_i + L_j w_j,   L_j L_j' = K_jj - Σ_i A_ij' A_ij.

The first block may be data y = c f(x) + rest + noise; its whitened values are L^-1 (y - m).
Source: Rasmussen & Williams (2006), Gaussian Processes for Machine Learning, alg. 2.1.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.ir.expr import ArrayCall, Contract, Coordinate, Dims, Expr, Ref, Size
from gendsl.ir.program import (
    Dimension,
    Distribution,
    Equation,
    EquationRole,
    Range,
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
    moved,
    pair_of,
    plus,
)
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

JITTER = 1e-10
"""What is added to a diagonal, relative to its mean, before it is factored."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Points whose values are known: their factor, and their whitened values.

    The covariance of the block with the function is `coefficient` times the kernel.
    """

    at: Evaluation
    factor: Expr
    white: Expr
    coefficient: Expr | None = None
    beside: Evaluation | None = None
    """The evaluation whose points these are, along a dimension of their own."""


class Exact:
    """Writes out one function, block by block; `definitions` are what it has come to."""

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        self.expressions = expressions
        self.function = function
        self.process = process
        self.definitions: dict[str, tuple[Sample | Equation, ...]] = {}
        self.blocks: list[_Block] = []
        self.span: Span = function.statement.distribution.span
        self._is_prediction = False
        self._evaluated: list[str] = []

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The names of the values, in order."""
        return tuple(self._evaluated)

    @property
    def made(self) -> frozenset[str]:
        """The names of all else, and the dimensions that no statement declares."""
        points = (*self.function.evaluations, *(block.at for block in self.blocks))
        dims = {d for at in points for d in (at.row, at.twin) if "." in d}
        return frozenset((self.definitions.keys() - set(self._evaluated)) | dims)

    # --- blocks --------------------------------------------------------------------------

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The Gaussian site with the function integrated out; `is_read` where values are drawn."""
        at, site = found.at, found.site
        c = found.coefficient
        inside = self._kernel(at, at)
        order = (at.row, at.twin)
        if c is not None:
            inside = op("*", (op("*", (c, moved(c, at.row, at.twin)), order), inside), order)
        noise = op("*", (op("^", (found.scale, number(2)), order), self._same(at)), order)
        spread = self._let(f"{site.name}.covariance", order, op("+", (inside, noise), order))
        loc = self._mean(c, found.rest, order)
        y = site.value
        assert y is not None
        factor = self._cholesky(f"{site.name}.cholesky", at, spread)
        if is_read:
            self._is_prediction = True
            residual = y if is_zero(loc) else op("-", (y, loc), order)
            white = self._let(f"{site.name}.white", None, self._solve(at, factor, residual))
            self.blocks.append(self._beside(at, _Block(at, factor, white, c)))
        return replace(
            site,
            distribution=self._normal((at.row,), loc, factor, site.distribution.span),
        )

    def _beside(self, at: Evaluation, block: _Block) -> _Block:
        """The data as a block along a dimension of its own, for values at the same points."""
        row = f"{at.row}.given"
        own = replace(at, name=f"{at.name}.given", point=moved(at.point, at.row, row), row=row)
        dims = self.expressions.symbols.dims
        for name, like in ((own.row, at.row), (own.twin, own.row)):
            dims[name] = Dimension(name, None, None, False, None, like, self.span)
        c = block.coefficient
        return _Block(
            own,
            moved(moved(block.factor, at.row, own.row), at.twin, own.twin),
            moved(block.white, at.row, own.row),
            None if c is None else moved(c, at.row, own.row),
            at,
        )

    def latent(self, at: Evaluation) -> None:
        """Values that are inferred, by standard normal ones."""
        factor = self._factor(at)
        dims = (*self.function.dims, at.row)
        standard = Distribution(
            FAMILIES["Normal"],
            FAMILIES["Normal"].forms[0],
            (("loc", number(0.0)), ("scale", number(1.0))),
            (),
            None,
            None,
            None,
            self.span,
        )
        name = f"{at.name}.white"
        z = Sample(
            name, dims, REAL, standard, SampleRole.AUXILIARY, SupportKind.REAL, Range(),
            None, None, None, None, self.span,
        )  # fmt: skip
        self.definitions[name] = (z,)
        white = Ref(name, dims, REAL, self.span)
        value = plus(self._given(at), self._times(at, factor, white), dims)
        self._define(Equation(at.name, dims, REAL, value, EquationRole.SAVED, None, self.span))
        self.blocks.append(_Block(at, factor, white))

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given those before them; they never condition."""
        self._is_prediction = True
        factor = self._factor(at)
        dims = (*self.function.dims, at.row)
        loc = self._given(at) or number(0.0)
        loc_ref = loc if is_zero(loc) else self._let(f"{at.name}.mean", dims, loc)
        site = Sample(
            at.name, dims, REAL, self._normal((at.row,), loc_ref, factor, self.span),
            SampleRole.PREDICTED, SupportKind.REAL, Range(), None, None, None, None, self.span,
        )  # fmt: skip
        self._define(site)
        if is_last:
            return
        values: Expr = Ref(at.name, dims, REAL, self.span)
        if not is_zero(loc):
            values = op("-", (values, loc_ref), dims)
        white = self._let(f"{at.name}.white", None, self._solve(at, factor, values))
        self.blocks.append(_Block(at, factor, white))

    # --- parts ---------------------------------------------------------------------------

    def _kernel(self, one: Evaluation, other: Evaluation) -> Expr:
        beside = next((b.beside for b in self.blocks if b.at is one), None)
        is_same = beside is not None and beside is other
        pair: Pair = pair_of(one, other, lambda e, what: self._named(other, e, what), is_same)
        return covariance(self.expressions, self.process.kernel, pair)

    def _named(self, other: Evaluation, expr: Expr, what: str) -> Expr:
        stem = name = f"{other.name}.{what}"
        count = 1
        while name in self.definitions:
            [known] = self.definitions[name]
            if isinstance(known, Equation) and known.value == expr:
                return Ref(name, known.dims, REAL, expr.span)
            count += 1
            name = f"{stem}.{count}"
        return self._let(name, expr.dims, expr)

    def _factor(self, at: Evaluation) -> Expr:
        """The factor of the block's covariance given the blocks before it."""
        order = self._order(at.row, at.twin)
        if at.point != at.written and isinstance(at.point, Ref):
            self._let(at.point.name, at.point.dims, at.written)
        prior = self._kernel(at, at)
        whole = prior = self._let(f"{at.name}.covariance", self._order_of(prior, at), prior)
        for block in self.blocks:
            across = self._across(block, at)
            twin = moved(across, at.row, at.twin)
            explained = Contract(
                across, twin, block.at.row,
                tuple(d for d in union((across.dims, twin.dims), order) if d != block.at.row),
                REAL, self.span,
            )  # fmt: skip
            whole = op("-", (whole, explained), order)
        trace = self._array("trace", (prior,), ((at.row, at.twin),), at, keep=())
        small = op("/", (op("*", (number(JITTER), trace), order), Size(at.row)), order)
        jitter = self._let(f"{at.name}.jitter", None, small)
        steady = op("+", (whole, op("*", (jitter, self._same(at)), order)), order)
        return self._cholesky(f"{at.name}.cholesky", at, steady)

    def _across(self, block: _Block, at: Evaluation) -> Expr:
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
            whole = self._let(f"{at.name}.beside{suffix}", (*batch, *rows), whole)
        return self._let(name, None, self._solve(block.at, block.factor, whole))

    def _given(self, at: Evaluation) -> Expr | None:
        """The mean given the blocks before; `None` where it is 0."""
        mean = self.process.mean
        total = None if is_zero(mean) else mean
        dims = (*self.function.dims, at.row)
        for block in self.blocks:
            across = self._across(block, at)
            both = union((across.dims, block.white.dims), dims)
            part = Contract(
                across, block.white, block.at.row,
                tuple(d for d in both if d != block.at.row), REAL, self.span,
            )  # fmt: skip
            total = plus(total, part, dims)
        return total

    def _mean(self, coefficient: Expr | None, rest: Expr | None, order: Dims) -> Expr:
        mean = self.process.mean
        own = None if is_zero(mean) else mean
        if own is not None and coefficient is not None:
            own = op("*", (coefficient, own), order)
        if own is None:
            return rest if rest is not None else number(0.0)
        return plus(rest, own, order)

    # --- pieces of expressions -----------------------------------------------------------

    def _order(self, *rows: str) -> Dims:
        return (*self.function.dims, *rows)

    def _order_of(self, whole: Expr, at: Evaluation) -> Dims:
        return (*(d for d in whole.dims if d not in (at.row, at.twin)), at.row, at.twin)

    def _same(self, at: Evaluation) -> Expr:
        return op("==", (Coordinate(at.row), Coordinate(at.twin)), (at.row, at.twin))

    def _array(
        self,
        name: str,
        arguments: tuple[Expr, ...],
        core: tuple[Dims, ...],
        at: Evaluation,
        keep: Dims,
    ) -> ArrayCall:
        free = tuple(
            dict.fromkeys(
                d for a, own in zip(arguments, core, strict=True) for d in a.dims if d not in own
            )
        )
        batch = tuple(d for d in free if d in self.function.dims)
        columns = tuple(d for d in free if d not in batch)
        dims = (*batch, *keep, *columns)
        return ArrayCall(name, arguments, core, dims, (at.row, at.twin), (), REAL, self.span)

    def _cholesky(self, name: str, at: Evaluation, spread: Expr) -> Expr:
        rows = (at.row, at.twin)
        return self._let(name, None, self._array("cholesky", (spread,), (rows,), at, rows))

    def _solve(self, at: Evaluation, factor: Expr, right: Expr) -> Expr:
        core = ((at.row, at.twin), (at.row,))
        return self._array("solve_lower", (factor, right), core, at, (at.row,))

    def _times(self, at: Evaluation, factor: Expr, white: Expr) -> Expr:
        core = ((at.row, at.twin), (at.row,))
        return self._array("matmul", (factor, white), core, at, (at.row,))

    def _normal(self, event: Dims, loc: Expr, factor: Expr, span: Span) -> Distribution:
        family = FAMILIES["MultiNormal"]
        form = next(f for f in family.forms if any(p.name == "cholesky" for p in f.parameters))
        arguments = (("loc", loc), ("cholesky", factor))
        return Distribution(family, form, arguments, event, None, None, None, span)

    def _let(self, name: str, dims: Dims | None, value: Expr) -> Expr:
        dims = value.dims if dims is None else dims
        role = EquationRole.INTERNAL if self._is_prediction else EquationRole.LET
        self.definitions[name] = (Equation(name, dims, REAL, value, role, None, self.span),)
        return Ref(name, dims, REAL, self.span)

    def _define(self, part: Sample | Equation) -> None:
        self.definitions[part.name] = (part,)
        self._evaluated.append(part.name)
