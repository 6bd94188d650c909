"""What a row of the distribution table says of a family."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gendsl.distributions.support import Support

EVENT_SIZE = "@event_size"
"""Stands in `Spelling.arguments` for the size of the site's last event dimension."""


class Role(StrEnum):
    """How an argument's dimensions relate to those of the site."""

    SCALAR = "scalar"  # elementwise: a subset of the site's batch dimensions
    VECTOR = "vector"  # spans the event dimension (or is constant along it)
    MATRIX = "matrix"  # event dimension x one more dimension of the same size
    EVENT = "event"  # spans the event dimensions, or some of them
    FACTOR = "factor"  # event dimension x one dimension that the site lacks
    CATEGORIES = "categories"  # spans one dimension that the site lacks: the categories
    CUTPOINTS = "cutpoints"  # spans one dimension, one shorter than the categories
    DISTRIBUTION = "distribution"  # a distribution
    QUERY = "query"  # elementwise, and maybe along one dimension of columns
    CONTEXT = "context"  # whole: one dimension of rows, and maybe one of columns
    COMPONENTS = "components"  # a distribution with the weights' dimension, or a list of them


@dataclass(frozen=True, slots=True)
class FamilyParameter:
    """A parameter: its name, what values it takes, its role, its default and a line of help."""

    name: str
    support: Support
    role: Role = Role.SCALAR
    default: float | None = None
    is_required: bool = True
    help: str = ""


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a backend writes it: a callable, and its arguments in order.

    `arguments` pairs the backend's keyword with the row's parameter; a keyword of `""` is passed by
    position, and the parameter `EVENT_SIZE` is the size of the site's last event dimension.
    `helper` names the module of the backend's folder `distributions` that defines the callable: the
    backend puts its text, and that of the modules it needs, at the end of the program so that it
    runs on its own.
    """

    callable: str
    arguments: tuple[tuple[str, str], ...]
    helper: str | None = None


@dataclass(frozen=True, slots=True)
class Form:
    """One parameterisation of a family: `Poisson(rate)` or `Poisson(log_rate = ...)`.

    Pyro writes it as NumPyro does unless `pyro` says otherwise.
    """

    parameters: tuple[FamilyParameter, ...]
    numpyro: Spelling
    pyro: Spelling | None = None


@dataclass(frozen=True, slots=True)
class LocationScale:
    """Names of the parameters through which `loc + scale * z` gives a draw from a standard one."""

    location: str | None
    scale: str


@dataclass(frozen=True, slots=True)
class Family:
    """A row: everything that the checker, the linter, the backends, the docs and the tests read.

    `support` is that of one draw; its limits may name parameters. `event_rank` counts the site's
    last dimensions that make one draw. `is_discrete` means integer or category values. Where the
    support is `inherited`, so are these two.
    `tails` names the helper module with the rules for its CDF on the log scale, which `Truncated`
    and `Censored` need: `has_cdf` says that there is one. `location_scale` allows the
    non-centred form. `formula` is the log density or mass in the docs' mathematics.
    """

    name: str
    summary: str
    forms: tuple[Form, ...]
    support: Support
    formula: str
    event_rank: int = 0
    is_discrete: bool = False
    tails: str | None = None
    location_scale: LocationScale | None = None
    source: str = ""

    @property
    def has_cdf(self) -> bool:
        """Whether a narrowed support truncates it, and `Censored` takes it."""
        return self.tails is not None

    @property
    def has_moving_support(self) -> bool:
        """Whether a parameter sets a limit of the support."""
        limits = (self.support.lower, self.support.upper)
        return any(limit is not None and isinstance(limit.value, str) for limit in limits)
