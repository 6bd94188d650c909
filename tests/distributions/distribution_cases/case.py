"""One point of a family's parameters, with an independent reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import numpyro.distributions as dist
from numpy.typing import NDArray

from gendsl.distributions.family import EVENT_SIZE, Family, Form, Spelling
from gendsl.distributions.table import FAMILIES

Arguments = Mapping[str, Any]


def _identity(draws: NDArray[Any]) -> NDArray[Any]:
    return draws


@dataclass(frozen=True)
class Case:
    """A family at given arguments.

    `log_density(points, arguments)` is the reference; `marginal(arguments)` is a frozen SciPy
    distribution that `statistic(draws)` of independent draws must follow.
    """

    family: str
    arguments: Arguments
    points: Any
    log_density: Callable[[NDArray[Any], Arguments], NDArray[Any]]
    marginal: Callable[[Arguments], Any]
    statistic: Callable[[NDArray[Any]], NDArray[Any]] = _identity
    mean: Any = None
    variance: Any = None
    outside: tuple[Any, ...] = field(default=())

    @property
    def row(self) -> Family:
        return FAMILIES[self.family]

    @property
    def form(self) -> Form:
        """The form whose parameters are the arguments' names."""
        (form,) = [
            form
            for form in self.row.forms
            if {p.name for p in form.parameters if p.is_required}
            <= set(self.arguments)
            <= {p.name for p in form.parameters}
        ]
        return form

    @property
    def label(self) -> str:
        return f"{self.family}({', '.join(self.arguments)})"

    def values(self) -> NDArray[Any]:
        """The points, repeated to the same number in every case: fewer shapes to compile."""
        points = np.asarray(self.points)
        return np.resize(points, (10, *points.shape[1:]))

    def build(self, arguments: Arguments | None = None) -> dist.Distribution:
        """The NumPyro distribution, through the row's own spelling."""
        chosen = self.arguments if arguments is None else arguments
        size = self.values().shape[-1] if self.row.event_rank else 0
        return spell(self.form.numpyro, chosen, size)


def spell(spelling: Spelling, arguments: Arguments, event_size: int = 0) -> dist.Distribution:
    """What the printed call would make."""
    if spelling.helper is None:
        make = getattr(dist, spelling.callable.removeprefix("dist."))
    else:
        helper = import_module(f"gendsl.backends.numpyro.distributions.{spelling.helper}")
        make = getattr(helper, spelling.callable)
    known = {**arguments, EVENT_SIZE: event_size}
    positional = [known[ours] for theirs, ours in spelling.arguments if not theirs]
    keywords = {t: known[ours] for t, ours in spelling.arguments if t and ours in known}
    return make(*positional, **keywords)


def load_tails(row: Family) -> None:
    """Register the rules that `Truncated` and `Censored` need for this family."""
    if row.tails is not None:
        import_module(f"gendsl.backends.numpyro.distributions.{row.tails}")


def from_scipy(
    family: str,
    arguments: Arguments,
    points: Any,
    frozen: Callable[[Arguments], Any],
    outside: tuple[Any, ...] = (),
) -> Case:
    """A scalar family that SciPy has: density, draws and moments against one frozen object."""
    is_discrete = FAMILIES[family].is_discrete

    def log_density(points: NDArray[Any], arguments: Arguments) -> NDArray[Any]:
        reference = frozen(arguments)
        return reference.logpmf(points) if is_discrete else reference.logpdf(points)

    return Case(
        family,
        arguments,
        points,
        log_density,
        frozen,
        mean=frozen(arguments).mean(),
        variance=frozen(arguments).var(),
        outside=outside,
    )
