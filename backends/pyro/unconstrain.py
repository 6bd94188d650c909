"""From values under the source's names to a position."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from pyro.distributions import constraints
from torch import Tensor

from gendsl.backends.pyro.bijections import bijection
from gendsl.backends.pyro.latents import part_of
from gendsl.backends.pyro.visit import Values, Visitor, is_discrete, shape_of

if TYPE_CHECKING:
    from gendsl.backends.pyro.density import Density

LARGEST_JACOBIAN = 2000
"""Sites with more coordinates are only solved for where they enter entry by entry."""
SIMPLEX_TOLERANCE = 1e-3
"""How far from 1 the entries of a given simplex may add up to."""


class _Inversion(Visitor):
    """Reads given values back to coordinates; `trial` has the coordinates of sites not given.

    A given saved quantity stands for its computed value from there on, so that everything behind it
    sees the given one; `derived` keeps what was computed.
    """

    def __init__(self, given: Mapping[str, Tensor], trial: Values) -> None:
        super().__init__()
        self.given = given
        self.trial = trial
        self.positions: Values = {}
        self.outside: dict[str, Any] = {}
        """The supports of given values that are not in them."""

    def draw(self, name: str, fn: Any) -> Tensor:
        """The given value, or the trial's; discrete sites have no coordinates."""
        if is_discrete(fn):
            if name in self.given:
                self._check(name, fn, self.given[name])
            return self.given.get(name, torch.zeros(shape_of(fn), dtype=torch.int64))
        onto = bijection(fn.support)
        if name in self.given:
            value = self.given[name].expand(shape_of(fn))
            self._check(name, fn, value)
            self.positions[name] = onto.inverse(value)
            return value
        if name not in self.trial:
            return torch.zeros(shape_of(fn))
        self.positions[name] = self.trial[name]
        return onto(self.trial[name])

    def step(self, name: str, fn: Any, place: int, count: int) -> Tensor:
        """The given value at a step, or the trial's."""
        if is_discrete(fn):
            return self.given[name][place] if name in self.given else torch.zeros(shape_of(fn))
        onto = bijection(fn.support)
        if name in self.given:
            value = self.given[name][place]
            row = onto.inverse(value)[None]
            before = self.positions.get(name, row[:0])
            self.positions[name] = torch.cat([before, row])
            return value
        if name not in self.trial:
            return torch.zeros(shape_of(fn))
        self.positions[name] = self.trial[name]
        return onto(self.trial[name][place])

    def derive(self, name: str, value: Tensor) -> Tensor:
        """The given value in place of the computed one."""
        super().derive(name, value)
        return self.given[name].expand(value.shape) if name in self.given else value

    def _check(self, name: str, fn: Any, value: Tensor) -> None:
        support = fn.support
        while hasattr(support, "base_constraint"):
            support = support.base_constraint
        if isinstance(support, type(constraints.simplex)):
            # Rounded draws of another program are taken: they are normalised on the way.
            is_whole = (value.sum(-1) - 1).abs() < SIMPLEX_TOLERANCE
            is_inside = bool((value >= 0).all() and is_whole.all())
        elif support.event_dim:
            return
        else:
            is_inside = bool(support.check(value).all())
        if not is_inside:
            self.outside[name] = support


@torch.no_grad()
def solve_position(
    density: Density, data: Any, values: Mapping[str, Any], default: Any = None
) -> Tensor:
    """The position with these values: latents by their bijections, auxiliary sites by solving.

    An auxiliary site enters its quantity affinely, as `mu + tau * raw` does. Two runs, at 0 and at
    1, give intercept and slope of each entry; where entries mix, a Jacobian and a linear solve do.

    Raises:
        ValueError: if a name is neither a latent's nor a saved quantity's, or a value lies outside
            its support.
    """
    discrete = density.discrete
    given = {
        name: torch.as_tensor(value, dtype=torch.int64 if name in discrete else torch.float64)
        for name, value in values.items()
    }
    pieces = {site: p for site, p in density.roles.pieces.items() if p.of in given}
    given |= {site: part_of(given[piece.of], piece) for site, piece in pieces.items()}
    position = (
        torch.zeros(density.size, dtype=torch.float64)
        if default is None
        else torch.as_tensor(default, dtype=torch.float64)
    )
    trial = {site.name: density.read(position, site.name) for site in density.sites}
    wanted = {
        s.name: s.of
        for s in density.sites
        if s.is_auxiliary and s.of in given and s.name not in given
    }

    def run(changed: Values) -> _Inversion:
        visitor = _Inversion(given, {**trial, **changed})
        density.run(visitor, data)
        return visitor

    low, high = (
        run({name: torch.full_like(trial[name], level) for name in wanted}) for level in (0.0, 1.0)
    )
    for name, support in low.outside.items():
        of = density.roles.latents.get(name, name)
        raise ValueError(f"the value of `{of}` is outside its support: it must be {_said(support)}")
    unknown = set(values) - set(low.positions) - set(low.derived) - discrete
    if unknown:
        raise ValueError(f"no latent or saved quantity is called {', '.join(sorted(unknown))}")
    solved: Values = {}
    for raw, name in wanted.items():
        intercept, slope = low.derived[name], high.derived[name] - low.derived[name]
        if intercept.shape == trial[raw].shape:
            is_moved = slope != 0
            step = (given[name] - intercept) / torch.where(is_moved, slope, 1.0)
            solved[raw] = torch.where(is_moved, step, trial[raw])
    check = run(solved)
    for raw, name in wanted.items():
        reached = check.derived[name]
        is_solved = raw in solved and torch.allclose(reached, given[name].expand(reached.shape))
        if not is_solved and trial[raw].numel() <= LARGEST_JACOBIAN:
            solved[raw] = _linear(run, raw, name, trial[raw], given[name])
    final = run(solved).positions
    parts = [final[site.name].reshape(-1) for site in density.sites]
    found = torch.cat(parts) if parts else torch.zeros(0, dtype=torch.float64)
    if not bool(torch.isfinite(found).all()):
        bad = [s.of for s in density.sites if not bool(torch.isfinite(final[s.name]).all())]
        raise ValueError(f"the values of {', '.join(bad)} are outside their support")
    return found


def _said(support: Any) -> str:
    """What a value of this support is."""
    lower, upper = (getattr(support, name, None) for name in ("lower_bound", "upper_bound"))
    is_strict = isinstance(support, constraints.greater_than)
    words = ("more than" if is_strict else "at least", "at most")
    limits = [
        f"{word} {float(limit):g}"
        for word, limit in zip(words, (lower, upper), strict=True)
        if limit is not None and torch.as_tensor(limit).dim() == 0
    ]
    return " and ".join(limits) or f"of the kind {type(support).__name__.lstrip('_').lower()}"


def _linear(run: Any, raw: str, name: str, start: Tensor, wanted: Tensor) -> Tensor:
    """The least-squares solution of an affine map, by its Jacobian at `start`."""

    def residual(flat: Tensor) -> Tensor:
        difference: Tensor = run({raw: flat.reshape(start.shape)}).derived[name] - wanted
        return difference.reshape(-1)

    flat = start.reshape(-1)
    with torch.enable_grad():
        jacobian = torch.func.jacrev(residual)(flat)
    step: Tensor = torch.linalg.lstsq(jacobian, residual(flat)[:, None]).solution[:, 0]
    return (flat - step).reshape(start.shape)
