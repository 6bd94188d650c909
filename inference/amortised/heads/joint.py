"""A flow for several latent quantities at once, conditional on a summary of the context.

The layers are those of :class:`gendsl.inference.flows.CouplingFlow`. Its networks read the summary
through the biases of their first layer, ``b + h C``, which is the same as having it among their
inputs; the affine map behind the layers is linear in the summary. The last of these start at zero,
so a new flow is about a standard normal whatever the context.

Source: Radev, Mertens, Voss, Ardizzone & Köthe (2022), "BayesFlow: learning complex stochastic
models with invertible neural networks"; Durkan et al. (2019) as of the layers.
"""

from dataclasses import dataclass

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.amortised.heads.head import Normals
from gendsl.inference.approximations.gaussians import Triangular
from gendsl.inference.flows import CouplingFlow, FlowGuide, Theta, spline
from gendsl.inference.flows.networks import Network

_MOST_LOG = 8.0
_LAST = 0.01
"""Standard deviation of what a new network of a layer returns."""


class FlowWeights(eqx.Module):
    """What is trained of a :class:`Joint`.

    ``base`` is the flow's own parameters; ``context`` [layer, width, hidden] shifts the biases of
    its networks, ``affine`` [width, number] the affine map, all of it in one row.
    """

    base: Theta
    context: jax.Array
    affine: jax.Array


@dataclass(frozen=True)
class Joint:
    """A flow over ``count`` latents, in units of :meth:`Head.units` of each.

    Attributes:
        num_layers, hidden, num_bins: of the :class:`CouplingFlow`.

    Raises:
        ValueError: if a number is below 1.
    """

    count: int
    num_layers: int = 4
    hidden: int = 48
    num_bins: int = 8

    def __post_init__(self) -> None:
        if min(self.count, self.num_layers, self.hidden, self.num_bins) < 1:
            raise ValueError(f"the numbers of a flow are positive, got {self}")

    @property
    def flow(self) -> CouplingFlow:
        """The flow, without its context."""
        return CouplingFlow(self.count, self.num_layers, self.hidden, self.num_bins)

    def start(self, normals: Normals, width: int) -> FlowWeights:
        """Return weights for a summary [width] that have learnt nothing: about the identity."""
        size, hidden, half = self.count, self.hidden, self.count // 2
        row = spline.num_parameters(self.num_bins)

        def matrix(num_inputs: int, num_outputs: int, sd: float = 1.0) -> jax.Array:
            scale = np.float32(sd * max(num_inputs, 1) ** -0.5)
            return normals((self.num_layers, num_inputs, num_outputs)) * scale

        networks = Network(
            matrix(half, hidden),
            jnp.zeros((self.num_layers, hidden), jnp.float32),
            matrix(hidden, hidden),
            jnp.zeros((self.num_layers, hidden), jnp.float32),
            matrix(hidden, (size - half) * row, _LAST),
            jnp.zeros((self.num_layers, size - half, row), jnp.float32),
        )
        nothing = jnp.zeros(size, jnp.float32)
        affine = Triangular(nothing, nothing, jnp.zeros((size, size), jnp.float32))
        return FlowWeights(
            Theta(affine, networks),
            matrix(width, hidden),
            jnp.zeros((width, 2 * size + size**2), jnp.float32),
        )

    def log_density(
        self, weights: FlowWeights, summary: jax.Array, latents: jax.Array
    ) -> jax.Array:
        """Return the log density at ``latents`` [latent], given ``summary`` [width]."""
        return FlowGuide(self.flow).log_density(self._theta(weights, summary), latents)

    def sample(
        self, weights: FlowWeights, summary: jax.Array, key: jax.Array, count: int
    ) -> jax.Array:
        """Return ``count`` draws [draw, latent], given ``summary`` [width]."""
        theta = self._theta(weights, summary)
        noise = jax.random.normal(key, (count, self.count), jnp.float32)
        return jax.vmap(lambda row: self.flow.push(theta, row)[0])(noise)

    def _theta(self, weights: FlowWeights, summary: jax.Array) -> Theta:
        base, size = weights.base, self.count
        shifts = jnp.einsum("w,lwh->lh", summary, weights.context)
        networks = base.networks._replace(first_bias=base.networks.first_bias + shifts)
        mean, logs, below = jnp.split(summary @ weights.affine, [size, 2 * size])
        affine = Triangular(
            base.affine.mean + mean,
            jnp.clip(base.affine.log_diagonal + logs, -_MOST_LOG, _MOST_LOG),
            base.affine.below + jnp.tril(below.reshape(size, size), -1),
        )
        return Theta(affine, networks)
