"""The density that a program has given its data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import jax

from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.outline import Outline
from gendsl.backends.places import SiteSlice
from gendsl.executables import one_after_another

if TYPE_CHECKING:
    from gendsl.backends.numpyro.structure import Structure

one_after_another()

Values = dict[str, jax.Array]
LogDensity = Callable[[Arrays, jax.Array], jax.Array]
ToValues = Callable[[Arrays, jax.Array], Values]


@dataclass(frozen=True, slots=True, eq=False)
class Density:
    """An outline and the arrays for it; the functions take the arrays again, as `data`.

    Two densities of one program whose data have the same shapes share their `outline`, and so
    everything that was compiled for it: `a.log_prior == b.log_prior`.
    """

    outline: Outline
    data: Arrays

    @property
    def structure(self) -> Structure:
        """The functions; asking for them imports NumPyro and traces the program once."""
        return self.outline.structure

    @property
    def size(self) -> int:
        """How many coordinates a position has."""
        return self.outline.size

    @property
    def sites(self) -> tuple[SiteSlice, ...]:
        """The latent sites in the order of their coordinates."""
        return self.outline.sites

    @property
    def observations(self) -> Set[str]:
        """The sites that score data, rather than an expression."""
        return self.outline.roles.observations.keys()

    def observed_part(self, site: str, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """The entries of its data, of this shape, that one of the `observations` scores."""
        return self.outline.roles.part(self.outline.roles.observations[site], shape)

    @property
    def log_prior(self) -> LogDensity:
        """Log density of the latents with the Jacobian, of data and a position."""
        return self.outline.log_prior

    @property
    def log_likelihood(self) -> LogDensity:
        """Log density of what is observed and of the factors, of data and a position."""
        return self.outline.log_likelihood

    @property
    def log_density(self) -> Callable[..., jax.Array]:
        """The sum of the two, in one run; see `Structure.log_density`."""
        return self.structure.log_density

    @property
    def log_density_about(self) -> Callable[[Arrays, jax.Array, jax.Array], jax.Array]:
        """With networks linear about a place, of data, it and a position.

        See `Structure.log_density_about`.
        """
        return self.outline.log_density_about

    @property
    def weights(self) -> ToValues:
        """The weights of networks, of data and a position."""
        return self.structure.weights

    @property
    def sum_dims(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of log likelihood terms that have discrete latents summed out."""
        return {found.name: found.dims for found in self.outline.roles.sums.values()}

    @property
    def discrete(self) -> Set[str]:
        """The discrete latents that are not summed out: they have no coordinates."""
        return self.outline.discrete_names

    def constrain(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> Values:
        """Latents and saved quantities by their names in the source; see `Structure.constrain`."""
        return self.structure.constrain(data, position, discrete)

    @property
    def recover(self) -> Callable[[jax.Array, Arrays, jax.Array], Values]:
        """A draw of the discrete latents that are summed out; see `Structure.recover`."""
        return self.structure.recover

    def probabilities(self, data: Arrays, values: Mapping[str, jax.Array]) -> Values:
        """Of each state of the discrete latents; see `Structure.probabilities`."""
        return self.structure.probabilities(data, values)

    def most_probable(self, data: Arrays, values: Mapping[str, jax.Array]) -> Values:
        """The discrete latents together; see `Structure.most_probable`."""
        return self.structure.most_probable(data, values)

    @property
    def latent_values(self) -> ToValues:
        """Every latent site's value, auxiliary ones too, of data and a position: for `predict`."""
        return self.structure.latent_values

    @property
    def pointwise_log_likelihood(self) -> ToValues:
        """Log density of each observation, of data and a position; NaN at gaps."""
        return self.structure.pointwise_log_likelihood

    def site_log_densities(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> Values:
        """Log density of each site and factor; no Jacobian."""
        return self.structure.site_log_densities(data, position, discrete)

    @property
    def log_likelihood_given(self) -> Callable[[Arrays, Mapping[str, jax.Array]], jax.Array]:
        """Log density of what is observed, of data and the values of all latents."""
        return self.structure.log_likelihood_given

    def observing(self, data: Arrays, values: Mapping[str, jax.Array]) -> Arrays:
        """Data with other values of what is observed; see `Structure.observing`."""
        return self.structure.observing(data, values)

    def unconstrain(
        self, data: Arrays, values: Mapping[str, Any], default: jax.Array | None = None
    ) -> jax.Array:
        """The position with these values; see `Structure.unconstrain`."""
        return self.structure.unconstrain(data, values, default)

    def generate(
        self,
        key: jax.Array,
        data: Arrays,
        position: jax.Array,
        discrete: Mapping[str, jax.Array] | None = None,
    ) -> Values:
        """Replicated data and predictions; see `Structure.generate`."""
        return self.structure.generate(key, data, position, discrete)

    @property
    def draw_prior(self) -> Callable[[jax.Array, Arrays], jax.Array]:
        """One draw of the latents from their prior, as a position; see `Structure.draw_prior`."""
        return self.structure.draw_prior

    def simulate(self, key: jax.Array, data: Arrays) -> Values:
        """One draw of everything; see `Structure.simulate`."""
        return self.structure.simulate(key, data)

    def predict(
        self,
        key: jax.Array,
        data: Arrays,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
    ) -> Values:
        """Predictions from latent values; see `Structure.predict`."""
        return self.structure.predict(key, data, values, is_known)

    def log_scores(
        self,
        key: jax.Array,
        data: Arrays,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, jax.Array],
        observed: str | None,
    ) -> Values:
        """Log densities of an outcome; see `Structure.log_scores`."""
        return self.structure.log_scores(key, data, values, is_known, outcomes, observed)


def key_of(static: Mapping[str, int], arrays: Arrays) -> tuple[Any, ...]:
    """What two data sets share when one structure serves both."""
    leaves, tree = jax.tree.flatten(arrays)
    shapes = tuple((leaf.shape, str(leaf.dtype)) for leaf in leaves)
    return (tuple(sorted(static.items())), tree, shapes)
