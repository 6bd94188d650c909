"""What every solver writes: named equations, whitened values, matrices over points."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.distributions.covariances import COVARIANCE_NORMAL
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.ir.chain_functions import COVARIANCE_CHOLESKY
from gendsl.ir.expr import ArrayCall, Coordinate, Dims, Expr, Ref, Size
from gendsl.ir.program import (
    Box,
    Dimension,
    Distribution,
    Equation,
    EquationRole,
    Factor,
    Range,
    Sample,
    SampleRole,
)
from gendsl.ir.types import REAL
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.covariance import is_zero
from gendsl.resolve.random_functions.kernels import is_from_zero
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions
    from gendsl.resolve.random_functions.collapse import Collapsed
    from gendsl.resolve.random_functions.shared_scale import SharedScale


JITTER = 1e-10
"""What is added to a diagonal, relative to its mean, before it is factored; more where need be."""


class Written:
    """One function as it is written out; `definitions` are what it has come to.

    `dims` are dimensions that no statement declares; `is_prediction` says that what is named from
    now on is only for predictions; `needed` are the evaluations that are inferred or observed.
    """

    def __init__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> None:
        self.expressions = expressions
        self.function = function
        self.process = process
        self.definitions: dict[str, tuple[Sample | Equation, ...]] = {}
        self.span: Span = function.statement.distribution.span
        self.is_prediction = False
        self.needed: tuple[Evaluation, ...] = ()
        self.factors: tuple[Factor, ...] = ()
        self.shared: SharedScale | None = None
        self.dims: list[str] = []
        self._evaluated: list[str] = []

    @property
    def made(self) -> frozenset[str]:
        """The names of all else, and the dimensions that no statement declares."""
        points = self._dims_of_points()
        return frozenset((self.definitions.keys() - set(self._evaluated)) | points | {*self.dims})

    def _dims_of_points(self) -> set[str]:
        """Those along which it is evaluated that no statement declares."""
        return {d for at in self.function.evaluations for d in (at.row, at.twin) if "." in d}

    @property
    def shares_scale(self) -> bool:
        """Whether it can integrate out a variance that the function and the noise share."""
        return False

    @property
    def is_of_points(self) -> bool:
        """Whether what is inferred has a meaning for these points alone."""
        return False

    def refusal(self, found: Collapsed) -> str | None:
        """Why it can't be integrated out of a Gaussian site: it can, unless a solver says more."""
        return None

    def from_zero(self, at: Evaluation) -> tuple[Expr, ...]:
        """The points of an evaluation that can't be negative."""
        return (at.written,) if is_from_zero(self.process.kernel) else ()

    @property
    def box(self) -> Box | None:
        """Where its waves stand, if it is made of waves."""
        return None

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The names of the values, in order."""
        return tuple(self._evaluated)

    def let(self, name: str, dims: Dims | None, value: Expr) -> Expr:
        """Give an expression a name; its own dimensions if none are given."""
        dims = value.dims if dims is None else dims
        role = EquationRole.INTERNAL if self.is_prediction else EquationRole.LET
        self.definitions[name] = (Equation(name, dims, REAL, value, role, None, self.span),)
        return Ref(name, dims, REAL, self.span)

    def known(self, name: str) -> Expr | None:
        """What has this name, if it is written already."""
        if name not in self.definitions:
            return None
        [found] = self.definitions[name]
        return Ref(name, found.dims, REAL, self.span)

    def named(self, other: Evaluation, expr: Expr, what: str) -> Expr:
        """The name of an expression about the points of `other`; the same one for the same."""
        stem = name = f"{other.name}.{what}"
        count = 1
        while name in self.definitions:
            [known] = self.definitions[name]
            if isinstance(known, Equation) and known.value == expr:
                return Ref(name, known.dims, REAL, expr.span)
            count += 1
            name = f"{stem}.{count}"
        return self.let(name, expr.dims, expr)

    def standard(self, name: str, dims: Dims) -> Expr:
        """A site of independent standard normal values."""
        family = FAMILIES["Normal"]
        arguments = (("loc", number(0.0)), ("scale", number(1.0)))
        distribution = Distribution(
            family, family.forms[0], arguments, (), None, None, None, self.span
        )
        return self.drawn_as(name, dims, distribution)

    def drawn_as(self, name: str, dims: Dims, distribution: Distribution) -> Expr:
        """A site that is inferred, and kept for predictions, or drawn for these."""
        role = SampleRole.PREDICTED if self.is_prediction else SampleRole.LATENT
        site = Sample(
            name, dims, REAL, distribution, role, SupportKind.REAL, Range(),
            None, None, None, None, self.span,
        )  # fmt: skip
        self.definitions[name] = (site,)
        return Ref(name, dims, REAL, self.span)

    def values(self, at: Evaluation, value: Expr) -> None:
        """The values of the function at some points, computed and saved."""
        dims = self.dims_of(at)
        role = EquationRole.PREDICTED if self.is_prediction else EquationRole.SAVED
        self.define(Equation(at.name, dims, REAL, value, role, None, self.span))

    def drawn(self, at: Evaluation, distribution: Distribution) -> Expr:
        """The values of the function at some points, drawn for predictions."""
        dims = self.dims_of(at)
        site = Sample(
            at.name, dims, REAL, distribution, SampleRole.PREDICTED, SupportKind.REAL, Range(),
            None, None, None, None, self.span,
        )  # fmt: skip
        self.define(site)
        return Ref(at.name, dims, REAL, self.span)

    def define(self, part: Sample | Equation) -> None:
        """What is drawn or computed of the function, for the user to see."""
        self.definitions[part.name] = (part,)
        self._evaluated.append(part.name)

    def dimension(self, name: str, size: Expr | None, like: str | None = None) -> None:
        """A dimension that no statement declares, once."""
        if name not in self.dims:
            self.dims.append(name)
            self.expressions.symbols.dims[name] = Dimension(
                name, size, None, False, None, like, self.span
            )

    def with_mean(self, values: Expr, at: Evaluation) -> Expr:
        """The values of the function, from its deviations from the mean."""
        mean = self.process.mean
        return values if is_zero(mean) else op("+", (mean, values), at.rows)

    # --- matrices over points ------------------------------------------------------------

    def dims_of(self, at: Evaluation) -> Dims:
        """The dimensions of the values at some points."""
        return (*self.function.dims, *at.rows)

    def place(self, at: Evaluation) -> None:
        """Name a single point, which is an array of one."""
        if at.point == at.written or not isinstance(at.point, Ref):
            return
        if self.known(at.point.name) is None:
            self.let(at.point.name, at.point.dims, at.written)

    def same(self, at: Evaluation) -> Expr:
        """The identity matrix over points."""
        return op("==", (Coordinate(at.row), Coordinate(at.twin)), (at.row, at.twin))

    def array(
        self,
        name: str,
        arguments: tuple[Expr, ...],
        core: tuple[Dims, ...],
        at: Evaluation,
        keep: Dims,
    ) -> ArrayCall:
        """A function of matrices over points, one for each function; other dims are columns."""
        free = tuple(
            dict.fromkeys(
                d for a, own in zip(arguments, core, strict=True) for d in a.dims if d not in own
            )
        )
        batch = tuple(d for d in free if d in self.function.dims)
        columns = tuple(d for d in free if d not in batch)
        dims = (*batch, *keep, *columns)
        return ArrayCall(name, arguments, core, dims, (at.row, at.twin), (), REAL, self.span)

    def cholesky(self, name: str, at: Evaluation, spread: Expr) -> Expr:
        """The Cholesky factor of a matrix that is positive definite, under a name."""
        rows = (at.row, at.twin)
        return self.let(name, None, self.array("cholesky", (spread,), (rows,), at, rows))

    def steadied_cholesky(self, at: Evaluation, prior: Expr, spread: Expr, order: Dims) -> Expr:
        """The factor of a covariance with the jitter of the prior's mean variance."""
        trace = self.array("trace", (prior,), ((at.row, at.twin),), at, keep=())
        small = op("/", (op("*", (number(JITTER), trace), order), Size(at.row)), order)
        jitter = self.let(f"{at.name}.jitter", None, small)
        steady = op("+", (spread, op("*", (jitter, self.same(at)), order)), order)
        return self.covariance_cholesky(f"{at.name}.cholesky", at, steady)

    def covariance_cholesky(self, name: str, at: Evaluation, spread: Expr) -> Expr:
        """The factor of a covariance, more on its diagonal where rounding leaves it none."""
        rows = (at.row, at.twin)
        return self.let(name, None, self.array(COVARIANCE_CHOLESKY, (spread,), (rows,), at, rows))

    def solve(self, at: Evaluation, factor: Expr, right: Expr) -> Expr:
        """L^-1 b."""
        core = ((at.row, at.twin), (at.row,))
        return self.array("solve_lower", (factor, right), core, at, (at.row,))

    def times(self, at: Evaluation, factor: Expr, white: Expr) -> Expr:
        """L w."""
        core = ((at.row, at.twin), (at.row,))
        return self.array("matmul", (factor, white), core, at, (at.row,))

    def normal(self, event: Dims, loc: Expr, factor: Expr, span: Span) -> Distribution:
        """A multivariate normal of this mean and Cholesky factor."""
        family = FAMILIES["MultiNormal"]
        form = next(f for f in family.forms if any(p.name == "cholesky" for p in f.parameters))
        arguments = (("loc", loc), ("cholesky", factor))
        return Distribution(family, form, arguments, event, None, None, None, span)

    def marginal_normal(
        self, event: Dims, loc: Expr, spread: Expr, factor: Expr, span: Span
    ) -> Distribution:
        """A multivariate normal of this mean and covariance, which has this Cholesky factor."""
        arguments = (("loc", loc), ("covariance", spread), ("cholesky", factor))
        [form] = COVARIANCE_NORMAL.forms
        return Distribution(COVARIANCE_NORMAL, form, arguments, event, None, None, None, span)

    def student(self, event: Dims, df: Expr, loc: Expr, factor: Expr, span: Span) -> Distribution:
        """A multivariate Student t of this mean and Cholesky factor."""
        family = FAMILIES["MultiStudentT"]
        form = next(f for f in family.forms if any(p.name == "cholesky" for p in f.parameters))
        arguments = (("df", df), ("loc", loc), ("cholesky", factor))
        return Distribution(family, form, arguments, event, None, None, None, span)
