"""A target in which the discrete quantities are coordinates, in place of being summed out.

A position is that of the program in which they are summed out, and after it the discrete values,
counted from 0, as floating-point numbers: what is derived from a draw is derived as ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.inference_drawn import Array
from gendsl.api.inference_posterior import Posterior, sites_of
from gendsl.api.lowering import lower
from gendsl.api.over_rows import over_rows
from gendsl.backends.protocol import Density, LogDensity
from gendsl.data.evaluate import Environment, evaluate
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Elimination, Program
from gendsl.transforms.hide_missing import WHOLE

if TYPE_CHECKING:
    from gendsl.inference.target import Target


@dataclass(frozen=True, slots=True)
class Discrete:
    """A discrete quantity in a position: coordinates `start` to `stop`, its values from `least`."""

    name: str
    start: int
    stop: int
    shape: tuple[int, ...]
    least: int
    count: int


@dataclass(frozen=True, slots=True)
class Joint:
    """The density with discrete quantities as coordinates, and its target.

    `host` keeps a density on the host alive, where there is one.
    """

    target: Target
    data: Any
    discrete: tuple[Discrete, ...]
    host: Any = None

    def values(self, positions: Array) -> dict[str, Array]:
        """The discrete quantities at positions [..., dim]."""
        return {
            z.name: np.rint(positions[..., z.start : z.stop])
            .astype(int)
            .reshape(*positions.shape[:-1], *z.shape)
            + z.least
            for z in self.discrete
        }

    def starts(self, density: Density, positions: Array, seed: int) -> Array:
        """Positions [chain, dim] of continuous ones, and discrete values drawn given these."""
        import jax

        keys = jax.random.split(jax.random.key(seed), len(positions))
        drawn = over_rows(density.recover, (0, None, 0))(keys, density.data, positions)
        columns = [
            np.asarray(drawn[z.name]).reshape(len(positions), -1) - z.least for z in self.discrete
        ]
        return np.concatenate([positions, *columns], axis=1)


@dataclass(frozen=True, slots=True)
class _Whole:
    """The log density of the joint program, of a position with discrete coordinates."""

    log_density: Any
    places: tuple[int, ...]
    discrete: tuple[Discrete, ...]

    def __call__(self, data: Any, position: Any) -> Any:
        import jax.numpy as jnp

        values = {
            z.name: jnp.rint(position[z.start : z.stop]).astype(int).reshape(z.shape) + z.least
            for z in self.discrete
        }
        return self.log_density(data[1], position[np.asarray(self.places, int)], values)


@dataclass(frozen=True, slots=True)
class _Prior:
    """The log prior of the continuous quantities, as far as it does not read discrete ones."""

    log_prior: LogDensity
    size: int

    def __call__(self, data: Any, position: Any) -> Any:
        return self.log_prior(data[0], position[: self.size])


@dataclass(frozen=True, slots=True)
class _Rest:
    """What the log density has besides the prior."""

    whole: _Whole
    prior: _Prior

    def __call__(self, data: Any, position: Any) -> Any:
        return self.whole(data, position) - self.prior(data, position)


def joint_of(posterior: Posterior) -> Joint:
    """Return the target of a program whose discrete quantities its density sums out."""
    from gendsl.inference.hosts import hosted
    from gendsl.inference.target import Site, Target

    program, density, bound = posterior.program, posterior.density, posterior.bound
    assert program.joint is not None
    joint = lower(program.joint).bind(bound)
    discrete = _discrete(program, density, bound)
    places = _places(density, joint)
    size = discrete[-1].stop if discrete else density.size
    sites = (
        *sites_of(density),
        *(Site(z.name, z.start, z.stop, z.count) for z in discrete),
    )
    if posterior.target.is_hosted:
        from gendsl.backends.pyro.hosting import HOST, hosted_joint

        host = hosted_joint(posterior.native, places, discrete)
        return Joint(hosted(HOST, size, sites), host.key, discrete, host)
    whole = _Whole(joint.log_density, places, discrete)
    prior = _Prior(density.log_prior, density.size)
    target = Target(prior, _Rest(whole, prior), size, sites)
    return Joint(target, (density.data, joint.data), discrete)


def _discrete(program: Program, density: Density, bound: BoundData) -> tuple[Discrete, ...]:
    """The discrete quantities one after the other, behind the continuous coordinates."""
    import jax

    shapes = jax.eval_shape(
        density.recover, jax.random.key(0), density.data, np.zeros(density.size)
    )
    environment = Environment(bound.arrays, bound.sizes, bound.labels)
    found: list[Discrete] = []
    start = density.size
    for node in program.nodes:
        for site in node.sites if isinstance(node, Elimination) else ():
            whole = site.name.removesuffix(WHOLE)
            name = site.name if whole == site.name else missing_site(whole)
            least = int(np.asarray(evaluate(site.least, environment)))
            count = int(np.asarray(evaluate(site.count, environment)))
            shape = tuple(shapes[name].shape)
            found.append(Discrete(name, start, start + prod(shape), shape, least, count))
            start += prod(shape)
    return tuple(found)


def _places(density: Density, joint: Density) -> tuple[int, ...]:
    """Where in a position the coordinates of the joint program are, in its own order."""
    by_name = {site.name: site for site in density.sites}
    places: list[int] = []
    for site in joint.sites:
        same = by_name.get(site.name)
        if same is None or same.stop - same.start != site.stop - site.start:
            raise InternalError(f"`{site.name}` has other coordinates where it is not summed over")
        places += range(same.start, same.stop)
    return tuple(places)
