"""What an inference program runs on: a program with its data, and the target that kernels see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gendsl.api.lowering import lower
from gendsl.api.means import DEFAULT, Means
from gendsl.backends.protocol import Density, LatentSite
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.program import Program

if TYPE_CHECKING:
    from gendsl.inference.target import Site, Target


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """A program and its data.

    Attributes:
        program: the transformed one.
        bound: its data.
        density: NumPyro's, which says what draws are of: a position serves every backend.
        target: what kernels see: of the same density, or of another backend's.
        data: the target's.
        native: the density of the backend behind the target; `density` where it is NumPyro's.
        host: what keeps a density on the host alive, where there is one.
    """

    program: Program
    bound: BoundData
    density: Density
    target: Target
    data: Any
    native: Any
    host: Any = None


def posterior_of(
    program: Program, density: Density, bound: BoundData, means: Means = DEFAULT
) -> Posterior:
    """Return the posterior, its target computed by the backend of `means`.

    Raises:
        Refusal: if the backend can't say the program.
    """
    if means.backend == "numpyro":
        return Posterior(program, bound, density, target_of(density), density.data, density)
    # Without torch this is refused, and the rest can't be imported.
    native: Any = lower(program, means.backend).bind(bound)
    from gendsl.backends.pyro.hosting import HOST
    from gendsl.backends.pyro.hosting import hosted as kept
    from gendsl.inference.hosts import hosted

    host = kept(native)
    target = hosted(HOST, density.size, sites_of(density))
    return Posterior(program, bound, density, target, host.key, native, host)


def target_of(density: Density) -> Target:
    """A density of JAX's functions as the inference core wants it."""
    from gendsl.inference.target import Target

    return Target(density.log_prior, density.log_likelihood, density.size, sites_of(density))


def sites_of(density: Density) -> tuple[Site, ...]:
    """The latent sites by the names that inference programs have for them."""
    from gendsl.inference.target import Site

    return tuple(Site(said_of(site), site.start, site.stop) for site in density.sites)


def said_of(site: LatentSite) -> str:
    """The name by which an inference program speaks of a site: the quantity's, or `y.missing`."""
    return site.name if site.name == missing_site(site.of) else site.of
