"""Typed expressions: every node knows its dimensions, in the order its axes stand.

Dimensions are names; `dims` never repeats one. An `Op`'s dimensions are the union of its
arguments'; the backend lines the axes up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gendsl.diagnostics.source import Span
from gendsl.ir.types import INT, REAL, ValueType, index_into

Dims = tuple[str, ...]


def _span() -> Span | None:
    return field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Const:
    """A number."""

    value: float | int | bool
    type: ValueType
    span: Span | None = _span()

    @property
    def dims(self) -> Dims:
        """A number has no dimensions."""
        return ()


@dataclass(frozen=True, slots=True)
class ConstArray:
    """An array literal along one dimension; its entries may vary over others.

    A matrix is a literal of literals.
    """

    items: tuple[Expr, ...]
    dims: Dims
    type: ValueType
    span: Span | None = _span()

    @property
    def own(self) -> str:
        """The dimension along which its entries stand."""
        inner = {dim for item in self.items for dim in item.dims}
        return next(dim for dim in self.dims if dim not in inner)


@dataclass(frozen=True, slots=True)
class Ref:
    """A named quantity, with the axes in the order in which it is stored."""

    name: str
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Op:
    """An elementwise operation; `name` is a row of the table of functions."""

    name: str
    arguments: tuple[Expr, ...]
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Reduce:
    """`sum[k](x)` and its kin over named dimensions, which the result lacks."""

    name: str
    over: Dims
    argument: Expr
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class GroupReduce:
    """`sum[row by group_of](x)`: over the positions along `over` that share an index into `into`.

    The index varies along `over` alone; `into` takes the place of `over`.
    """

    name: str
    over: str
    index: Expr
    into: str
    argument: Expr
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Cumulate:
    """`cumsum[time](x)` and its kin: same dimensions, running along one."""

    name: str
    along: str
    argument: Expr
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Contract:
    """`X @ beta`: the sum of products over the one dimension named."""

    left: Expr
    right: Expr
    over: str
    dims: Dims
    type: ValueType = REAL
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Gather:
    """`alpha[county_of]`: along each dimension named, the entry that its index points to.

    All indices vary together (pointwise); their dimensions take the place of the gathered.
    """

    base: Expr
    indices: tuple[tuple[str, Expr], ...]
    dims: Dims
    type: ValueType
    span: Span | None = _span()


class End(StrEnum):
    """A position named from an end."""

    FIRST = "first"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class LabelPosition:
    """The position of a label; known once the data are."""

    label: str


Position = int | End | LabelPosition


@dataclass(frozen=True, slots=True)
class Pick:
    """`x[time = 0]`, `alpha["AITKIN"]`: one entry along a dimension, which the result lacks."""

    base: Expr
    dim: str
    position: Position
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class Shift:
    """`x[time - lag]`: the entry `lag` steps before, or after where `lag` is negative."""

    base: Expr
    dim: str
    lag: int
    dims: Dims
    type: ValueType
    span: Span | None = _span()


@dataclass(frozen=True, slots=True)
class LookBack:
    """`convolve[time](x, w)`, `sum[k = 1..11](w[lag = k] * x[time - k])`: a sum over the past.

    At a position t of `along` it is Σ_k base[t - k] weights[k + offset], the weights' positions
    being those of `over` (`along` itself may serve), or Σ_k base[t - k] without weights. The lags
    run from `first` to `last`, and all of them exist where it stands; without `last` they run
    over the whole past, as far as there are weights.
    """

    base: Expr
    weights: Expr | None
    along: str
    over: str | None
    first: int
    last: int | None
    offset: int
    dims: Dims
    type: ValueType
    span: Span | None = _span()

    @property
    def reach(self) -> int:
        """How many positions there must be before the first at which it stands."""
        return self.last or 0


@dataclass(frozen=True, slots=True)
class Coordinate:
    """`pos(time)`: the position along a dimension, from 0."""

    dim: str
    type: ValueType = INT
    span: Span | None = _span()

    @property
    def dims(self) -> Dims:
        """It varies along its own dimension."""
        return (self.dim,)


@dataclass(frozen=True, slots=True)
class IndexOf:
    """A dimension's own positions used as an index into it (or a `like` of it)."""

    dim: str
    into: str
    span: Span | None = _span()

    @property
    def dims(self) -> Dims:
        """It varies along its own dimension."""
        return (self.dim,)

    @property
    def type(self) -> ValueType:
        """Positions along `into`."""
        return index_into(self.into)


@dataclass(frozen=True, slots=True)
class LabelOf:
    """The position of a label along a dimension, as a value: `sex_of == "male"`."""

    dim: str
    label: str
    span: Span | None = _span()

    @property
    def dims(self) -> Dims:
        """One position."""
        return ()

    @property
    def type(self) -> ValueType:
        """A position along the dimension."""
        return index_into(self.dim)


@dataclass(frozen=True, slots=True)
class Size:
    """`size(time)`: how many members a dimension has."""

    dim: str
    type: ValueType = INT
    span: Span | None = _span()

    @property
    def dims(self) -> Dims:
        """A number has no dimensions."""
        return ()


@dataclass(frozen=True, slots=True)
class ArrayCall:
    """A function of whole arrays over the dimensions that its brackets name, `over`.

    `core` names those of each argument's axes that it works on; others are batch, or columns.
    """

    name: str
    arguments: tuple[Expr, ...]
    core: tuple[Dims, ...]
    dims: Dims
    over: Dims
    literals: tuple[int, ...] = ()
    type: ValueType = REAL
    span: Span | None = _span()


Expr = (
    Const
    | ConstArray
    | Ref
    | Op
    | Reduce
    | GroupReduce
    | Cumulate
    | Contract
    | Gather
    | Pick
    | Shift
    | LookBack
    | Coordinate
    | IndexOf
    | LabelOf
    | Size
    | ArrayCall
)
