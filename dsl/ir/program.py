"""The typed program: what a backend and the data reader are given.

A `Program` is a model with every name resolved: dimensions, data, then nodes in an order in which
each only refers to what stands before it. `gendsl.ir.verify` states the invariants.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Source, Span
from gendsl.distributions.family import Family, Form
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Dims, Expr, Op, Position, Size
from gendsl.ir.network import Network
from gendsl.ir.ode import OdeSystem
from gendsl.ir.types import INT, ValueType

if TYPE_CHECKING:
    from gendsl.ir.trained import TrainedNetwork


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# --- dimensions and data ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dimension:
    """A named axis.

    `size` is an expression of data and other sizes, or `None` when the data fix it; `labels` are
    the members written in the source. `like` names the dimension whose size and labels it has.
    `first_code` is what the data call the first member when its codes are plain integers. `sizes`
    are the least and the most members that it may have, where the source says so.
    """

    name: str
    size: Expr | None
    labels: tuple[str, ...] | None
    is_ordered: bool
    first_code: int | None
    like: str | None
    span: Span = _span()
    sizes: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Range:
    """Bounds of a declared type; `None` where open."""

    lower: Expr | None = None
    upper: Expr | None = None
    is_lower_strict: bool = False
    is_upper_strict: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """A data array: its axes, what an element is, its bounds (which may vary by element).

    One that `is_fixed` stands for a quantity whose value the user set (see
    `gendsl.transforms.condition` and `intervene`); no data file holds it. One that `is_matched` is
    the factor of a prior's scale that `match` tunes where the data do not give it.
    """

    name: str
    dims: Dims
    type: ValueType
    range: Range
    support: SupportKind
    is_optional: bool
    span: Span = _span()
    is_fixed: bool = False
    is_matched: bool = False


# --- distributions ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Distribution:
    """A family in one of its forms, with its arguments by parameter name.

    `category_dim` is the dimension that the site lacks and the parameters have (`Categorical`,
    `Mixture`). `truncation` is a narrowed range, normalised; `restriction` a joint support.
    `network` is the trained network whose predictive distribution it is.
    """

    family: Family
    form: Form
    arguments: tuple[tuple[str, Argument], ...]
    event_dims: Dims
    category_dim: str | None
    truncation: Range | None
    restriction: SupportKind | None
    span: Span = _span()
    network: TrainedNetwork | None = None


Argument = Expr | Distribution | tuple[Distribution, ...]


# --- nodes -----------------------------------------------------------------------------------


class SampleRole(StrEnum):
    """Why a quantity is in the program."""

    LATENT = "latent"
    OBSERVED = "observed"  # its value is data, or an expression that is scored
    PREDICTED = "predicted"  # never conditions
    AUXILIARY = "auxiliary"  # made by the compiler; never shown


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of an ordered dimension where a statement holds: positions `start` to `stop`."""

    dim: str
    start: Expr | None
    stop: Expr | None


@dataclass(frozen=True, slots=True)
class Sample:
    """A random site: a latent, an observation, a prediction.

    `value` is the scored expression of an observation (a reference to data, or `observe expr`).
    `range` and `support` say what the site's values satisfy once drawn.
    """

    name: str
    dims: Dims
    type: ValueType
    distribution: Distribution
    role: SampleRole
    support: SupportKind
    range: Range
    value: Expr | None
    where: Expr | None
    slice: Slice | None
    parameterisation: str | None
    span: Span = _span()

    @property
    def event_dims(self) -> Dims:
        """The last dimensions, which make one draw."""
        return self.distribution.event_dims

    @property
    def batch_dims(self) -> Dims:
        """The dimensions over which draws are independent."""
        return self.dims[: len(self.dims) - len(self.event_dims)]


class EquationRole(StrEnum):
    """What becomes of a deterministic quantity."""

    SAVED = "saved"
    LET = "let"
    PREDICTED = "predicted"
    INTERNAL = "internal"  # for predictions, made by the compiler; never shown

    @property
    def is_prediction(self) -> bool:
        """Whether it is computed for predictions alone."""
        return self in (EquationRole.PREDICTED, EquationRole.INTERNAL)

    @property
    def is_shown(self) -> bool:
        """Whether it is among the results."""
        return self in (EquationRole.SAVED, EquationRole.PREDICTED)


@dataclass(frozen=True, slots=True)
class Equation:
    """A deterministic quantity."""

    name: str
    dims: Dims
    type: ValueType
    value: Expr
    role: EquationRole
    slice: Slice | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Factor:
    """A term added to the log density (summed over its dimensions).

    One that stands for a start holds on a part of an ordered dimension, its `slice`.
    """

    name: str
    value: Expr
    where: Expr | None
    span: Span = _span()
    slice: Slice | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One quantity of a recurrence: what it is at the first positions, and after them."""

    name: str
    dims: Dims
    type: ValueType
    starts: tuple[Sample | Equation, ...]
    step: Sample | Equation
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Quantities that refer to their own past along `dim`, solved together in one scan."""

    dim: str
    series: tuple[Series, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class HiddenSite:
    """A discrete site that is summed out: `states` is the dimension of its values.

    There are `count` values, from `least` on. A site that is read at earlier positions of `along`,
    by itself or by others, up to `lags` back, is summed along it. Entries along the dimensions of
    `together` share a state: one for each configuration of their values.
    """

    name: str
    dims: Dims
    type: ValueType
    states: str
    least: Expr
    count: Expr
    along: str | None = None
    lags: int = 0
    together: Dims = ()

    @property
    def plates(self) -> Dims:
        """The dimensions over which there is a state for each position."""
        return tuple(dim for dim in self.dims if dim not in self.together)

    @property
    def configurations(self) -> Expr:
        """How many states there are: a value for each entry that shares one."""
        if not self.together:
            return self.count
        entries: Expr = Size(self.together[0])
        for dim in self.together[1:]:
            entries = Op("*", (entries, Size(dim)), (), INT)
        return Op("^", (self.count, entries), (), INT)

    @property
    def values(self) -> str:
        """The quantity with the values by state and by entry, where entries share a state."""
        return f"{self.name}.values"


def axis_of(site: HiddenSite, lag: int) -> str:
    """The dimension of a site's states `lag` steps back."""
    return site.states if lag == 0 else f"{site.states}-{lag}"


@dataclass(frozen=True, slots=True)
class Table:
    """The log density of a statement for all states of the hidden sites that it reads.

    `axes` are the dimensions of its entries, plates first, then states; those in `onto` are plates
    of the sites, on which the entries are added up where the index or the position says.
    """

    score: Sample | Factor
    axes: Dims
    onto: tuple[tuple[str, Expr | Position], ...] = ()


@dataclass(frozen=True, slots=True)
class Elimination:
    """Hidden sites that share tables, summed out together.

    The sites of each part of `order` are summed in turn. The sum still varies over `dims`. `nodes`
    are the statements that it stands for. Of two dimensions in `within`, each position of the first
    belongs to the position of the second that the index says.
    """

    name: str
    sites: tuple[HiddenSite, ...]
    tables: tuple[Table, ...]
    order: tuple[tuple[str, ...], ...]
    dims: Dims
    nodes: tuple[Sample | Factor | Recurrence, ...]
    within: tuple[tuple[str, str, Expr], ...]
    span: Span = _span()


Node = Sample | Equation | Factor | Recurrence | OdeSystem | Elimination


Prepared = Equation | Recurrence
"""What can be computed before anything is inferred."""


# --- inference programs ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InferenceSite:
    """A quantity that a piece of an inference program names."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class InferenceCall:
    """`nuts(mu, tau, max_depth = 8)`: a row of the table of inference pieces, and its settings.

    It is for the quantities in `sites`, or for all where there are none; `parts` are the kernels
    that a combinator is made of. A setting may itself be a call: a kernel, a schedule.
    """

    name: str
    settings: tuple[tuple[str, SettingValue], ...]
    span: Span = _span()
    sites: tuple[InferenceSite, ...] = ()
    parts: tuple[InferenceCall, ...] = ()

    def setting(self, name: str) -> SettingValue:
        """The value of one of its settings."""
        return dict(self.settings)[name]


SettingValue = float | int | str | bool | None | tuple[float, ...] | InferenceCall


@dataclass(frozen=True, slots=True)
class InferenceProgram:
    """`infer NAME = ...`: the pieces in the order in which they run, `>>` between them.

    One with `problems` can't run; it may lack pieces.
    """

    name: str
    pieces: tuple[InferenceCall, ...]
    span: Span = _span()
    problems: tuple[Diagnostic, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Box:
    """Where waves stand for a random function: `centre` and, on each side of it, `edge`.

    The edge is `share` times half the range of the points that fix it; `waves` is the number of
    waves for each member of `coordinates`. `predicted` are points that have to lie inside, each
    with the dimension along which they stand, if there is more than one.
    """

    centre: Expr
    edge: Expr
    share: float
    waves: int
    coordinates: str | None
    predicted: tuple[tuple[Expr, str | None], ...]


@dataclass(frozen=True, slots=True)
class FunctionChoice:
    """How a random function is solved, and why: `form` is `collapsed` or `latent`.

    `made` are the quantities and the dimensions that it needs beside its values; `positive` the
    parameters of its kernel that must be, each with what it is called; `from_zero` the points that
    can't be negative. `fixed_by` are points to which what is inferred of it belongs: others can't
    take their place in predictions. `observed` is the quantity that it is integrated out of;
    `coordinates` are the dimensions whose members are the numbers of one point.
    """

    name: str
    dims: Dims
    solver: str
    form: str
    reason: str
    made: frozenset[str]
    span: Span = _span()
    positive: tuple[tuple[str, Expr], ...] = ()
    from_zero: tuple[Expr, ...] = ()
    fixed_by: tuple[Expr, ...] = ()
    box: Box | None = None
    observed: str | None = None
    coordinates: Dims = ()


@dataclass(frozen=True, slots=True)
class Match:
    """`match f to GP(...) on D by distance(...)`: a network whose prior is tuned to a process's.

    `scales` are the data that multiply the scales of its weights' priors. `program` has the
    network's values, `outputs`, and the `process` at `points`, which are data over `along` and the
    network's inputs; the `inputs` are a draw of such points, and depend on nothing else of it.
    `distance` is a row of the table of distances, with all its settings.
    """

    network: str
    distance: str
    settings: tuple[tuple[str, int | float], ...]
    scales: tuple[str, ...]
    program: Program
    along: str
    points: str
    inputs: str
    outputs: str
    process: str
    span: Span = _span()

    def setting(self, name: str) -> int | float:
        """The value of one of its settings."""
        return dict(self.settings)[name]


@dataclass(frozen=True, slots=True)
class Program:
    """A model, ready to be transformed and lowered.

    One whose discrete latents are summed out keeps the program in which they are sites as `joint`.
    `prepared` are quantities of data alone, computed once: nodes refer to them as to data. The
    `functions` are those that the nodes were made of, and so are the `networks`; of these, the
    priors of some are matched, `matches`, to a process's. The networks that are `trained` are those
    that statements are drawn from, or that inference programs name.
    """

    name: str
    source: Source = field(compare=False, repr=False)
    dimensions: tuple[Dimension, ...]
    data: tuple[Data, ...]
    nodes: tuple[Node, ...]
    inference: tuple[InferenceProgram, ...]
    joint: Program | None = None
    prepared: tuple[Prepared, ...] = ()
    functions: tuple[FunctionChoice, ...] = ()
    networks: tuple[Network, ...] = ()
    matches: tuple[Match, ...] = ()
    trained: tuple[TrainedNetwork, ...] = ()

    def dimension(self, name: str) -> Dimension:
        """The dimension of that name."""
        return next(d for d in self.dimensions if d.name == name)

    def datum(self, name: str) -> Data | None:
        """The data array of that name, if it is one."""
        return next((d for d in self.data if d.name == name), None)
