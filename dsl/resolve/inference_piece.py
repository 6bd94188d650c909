"""What a piece of an inference program is: what it takes and returns, and its settings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Result(StrEnum):
    """What a piece returns, and what it takes from the piece before it."""

    CHAINS = "chains"
    POPULATION = "a weighted population"
    APPROXIMATION = "an approximation"
    OPTIMA = "optima"
    WEIGHTED = "weighted draws"
    DRAWS = "draws"
    TRANSPORT = "a transport"


class Holds(StrEnum):
    """What a piece is given without a name."""

    NOTHING = "nothing"
    SITES = "names of quantities"
    KERNELS = "kernels"


class Moves(StrEnum):
    """What a kernel can move."""

    CONTINUOUS = "continuous quantities"
    GAUSSIAN = "quantities whose coordinates are standard normal beforehand"
    DISCRETE = "discrete quantities"


class Kind(StrEnum):
    """What the value of a setting is."""

    COUNT = "a whole number"
    REAL = "a number"
    WEIGHTS = "a list of positive numbers"
    CHOICE = "a word"
    KERNEL = "a kernel"
    SCHEDULE = "a schedule"
    FLOW = "a flow"
    GUIDE = "a word, or a flow"
    DIMENSION = "a dimension"
    NETWORK = "a trained network"


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its default, the smallest and largest value, or the words that it takes.

    The default of a kernel, a schedule or a flow is its name: with its own defaults. A default of
    None leaves the choice to the piece. `only_with` is another setting, and the word that it must
    have for this one to say anything; without it there is no default.
    """

    name: str
    kind: Kind
    default: int | float | str | None
    lower: float
    upper: float
    help: str
    words: tuple[str, ...] = ()
    only_with: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A piece of an inference program.

    `takes` is what must come before it by `>>`; nothing where it begins a program, which one that
    takes something may do where its setting `instead` is given. `by_position` is
    the one setting that may be given without its name. A kernel with `least_chains` above 1 learns
    from that many together, at least. One that `is_whole` is never inside another piece. One with
    `default_site` is of that where it names no quantity. One that `is_quadratic` is of quantities
    in which the log density is quadratic. One that `needs_batch` has nothing to go by without.
    """

    name: str
    help: str
    returns: Result
    settings: tuple[Setting, ...] = ()
    takes: tuple[Result, ...] = ()
    holds: Holds = Holds.NOTHING
    moves: Moves | None = None
    has_gradient: bool = False
    is_exact: bool = True
    by_position: str | None = None
    least_chains: int = 1
    is_whole: bool = False
    default_site: str | None = None
    is_quadratic: bool = False
    needs_batch: bool = False
    instead: str | None = None

    @property
    def is_kernel(self) -> bool:
        """Whether it moves chains."""
        return self.returns is Result.CHAINS

    @property
    def trains_flow(self) -> bool:
        """Whether it trains a flow for chains."""
        has_flow = any(setting.kind is Kind.FLOW for setting in self.settings)
        return self.returns is Result.TRANSPORT or (self.is_kernel and has_flow)

    @property
    def sees_through(self) -> bool:
        """Whether it may come after a transport, to move in the transport's coordinates."""
        is_able = self.is_kernel and self.moves is Moves.CONTINUOUS
        return is_able and self.least_chains == 1 and not self.is_whole

    @property
    def all_settings(self) -> tuple[Setting, ...]:
        """Those that it has as the outermost piece: a kernel's run has a length too."""
        return (*RUN, *self.settings) if self.is_kernel else self.settings


MANY = 1e9


def count(name: str, default: int | None, lower: float, help: str, upper: float = MANY) -> Setting:
    """Return a setting that counts something."""
    return Setting(name, Kind.COUNT, default, lower, upper, help)


def real(name: str, default: float | None, lower: float, upper: float, help: str) -> Setting:
    """Return a setting that is a number."""
    return Setting(name, Kind.REAL, default, lower, upper, help)


def target_accept(default: float) -> Setting:
    """Return the setting of the acceptance rate."""
    return real(
        "target_accept", default, 0.05, 0.999, "aim of the step size: more is slower and safer"
    )


RUN = (
    count("chains", 4, 1, "independent chains", 4096),
    count("warmup", 1000, 0, "transitions that adapt, not kept"),
    count("draws", 1000, 1, "transitions kept, of each chain"),
    count(
        "superchains",
        None,
        2,
        "groups of chains that begin at one point, for nested R-hat; none if not given",
        2048,
    ),
    Setting(
        "init",
        Kind.NETWORK,
        None,
        0,
        0,
        "a `pfn` whose draws of the latent quantities the chains start at; if not given, random",
    ),
)
"""The settings of a run of chains, which belong to the outermost kernel."""

BATCH = (
    count("batch", None, 1, "rows that a gradient is estimated from; all of them if not given"),
    Setting(
        "over",
        Kind.DIMENSION,
        None,
        0,
        0,
        "of the rows; that of the data if not given, where they vary along one",
    ),
)
"""The settings of gradients that are estimated from a part of the rows."""

SITES = Holds.SITES
LAST_LAYER = "last_layer"
"""The weights of the last layer of a model's network, among names of quantities."""

LOW_RANK = "low_rank"
"""The metric that `nuts` learns only where it is the whole program."""

METRIC = Setting(
    "metric",
    Kind.CHOICE,
    "diagonal",
    0,
    0,
    "what warm-up learns: a scale for each coordinate, or their correlations too",
    ("diagonal", "dense"),
)
