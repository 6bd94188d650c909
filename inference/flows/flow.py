"""Spline flows: bijections of [dim] onto [dim] with parameters ``theta``, given at run time.

A flow is a stack of layers behind which an affine map stands,

    z = mean + L y,   y = layer_n(... layer_1(u)),

with lower triangular ``L``. The splines leave far points where they are, so the affine map sets
where and how wide the space is in which they can bend; without layers' bends the flow is a normal
of any covariance.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax.scipy.linalg import solve_triangular

from gendsl.inference.approximations.gaussians import FullRank, Triangular
from gendsl.inference.arrays import on_host
from gendsl.inference.flows import layers, networks, spline
from gendsl.inference.flows.layers import Layer
from gendsl.inference.flows.networks import Network, product
from gendsl.inference.randomness import Draws


class Theta(NamedTuple):
    """The parameters of a flow: the affine map's, and the layers', stacked over [layer]."""

    affine: Triangular
    networks: Network


@dataclass(frozen=True, slots=True)
class CouplingFlow:
    """Coupling layers; push and pull cost the same. One coordinate alone is bent by none.

    Attributes:
        size: number of coordinates, ``dim``.
        num_layers: each bends half of the coordinates.
        width: of the hidden layers of the networks.
        num_bins: of each spline.
        bound: splines bend [-bound, bound], in units of about a standard deviation.

    Raises:
        ValueError: if a number is below 1, or ``bound`` is not positive.
    """

    size: int
    num_layers: int = 6
    width: int = 32
    num_bins: int = 8
    bound: float = 5.0

    def __post_init__(self) -> None:
        _check(self)

    def push(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        layer = partial(_coupled, self.bound)
        return _push(theta, layer, self.num_layers, position)

    def pull(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        layer = partial(_uncoupled, self.bound)
        return _pull(theta, layer, self.num_layers, position)

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Theta:
        """See :class:`gendsl.inference.approximations.guide.Trainable`."""
        half = self.size // 2
        return _start(self, draws, position, scale, half, self.size - half)


@dataclass(frozen=True, slots=True)
class AutoregressiveFlow:
    """Masked autoregressive layers, each coordinate bent by those before it.

    One direction costs a pass of the networks, the other as many as there are coordinates; ``fast``
    says which is the cheap one: ``pull`` for fitting draws, ``push`` for drawing, and for kernels
    that see their target through the flow.

    Attributes:
        size, num_layers, width, num_bins, bound: as of :class:`CouplingFlow`.
        fast: ``"push"`` or ``"pull"``.

    Raises:
        ValueError: as :class:`CouplingFlow`, or if ``fast`` is neither.
    """

    size: int
    num_layers: int = 4
    width: int = 32
    num_bins: int = 8
    bound: float = 5.0
    fast: Literal["push", "pull"] = "push"

    def __post_init__(self) -> None:
        _check(self)
        if self.fast not in ("push", "pull"):
            raise ValueError(f"the fast direction is push or pull, got {self.fast}")

    def push(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        return _push(theta, self._layer(is_quick=self.fast == "push"), self.num_layers, position)

    def pull(self, theta: Theta, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        """See :class:`gendsl.inference.transport.Transport`."""
        return _pull(theta, self._layer(is_quick=self.fast == "pull"), self.num_layers, position)

    def start(self, draws: Draws, position: jax.Array, scale: jax.Array) -> Theta:
        """See :class:`gendsl.inference.approximations.guide.Trainable`."""
        return _start(self, draws, position, scale, self.size, self.size)

    def _layer(self, *, is_quick: bool) -> Layer:
        masks = networks.autoregressive_masks(self.size, self.width)
        way = layers.autoregressive if is_quick else layers.autoregressive_inverse
        return lambda network, place: way(network, masks, self.bound, place)


Flow = CouplingFlow | AutoregressiveFlow


def standardised(theta: Theta, mean: np.ndarray, covariance: np.ndarray) -> Theta:
    """Return ``theta`` with an affine map to ``mean`` [dim] and ``covariance`` [dim, dim]."""
    root = np.linalg.cholesky(np.asarray(covariance))
    affine = Triangular(
        on_host(np.asarray(mean, root.dtype)),
        on_host(np.log(np.diagonal(root))),
        on_host(np.tril(root, -1)),
    )
    return theta._replace(affine=affine)


def _check(flow: Any) -> None:
    if min(flow.size, flow.num_layers, flow.width, flow.num_bins) < 1 or not flow.bound > 0:
        raise ValueError(f"the numbers of a flow are positive, got {flow}")


def _coupled(bound: float, network: Network, place: jax.Array) -> tuple[jax.Array, jax.Array]:
    return layers.coupling(network, bound, place)


def _uncoupled(bound: float, network: Network, place: jax.Array) -> tuple[jax.Array, jax.Array]:
    return layers.coupling_inverse(network, bound, place)


def _start(
    flow: Any, draws: Draws, position: jax.Array, scale: jax.Array, inputs: int, outputs: int
) -> Theta:
    row = spline.num_parameters(flow.num_bins)

    def one(draws: Draws) -> Network:
        return networks.start(draws, position, inputs, flow.width, outputs, row)

    for_affine, for_networks = draws.parts(2)
    affine = FullRank(flow.size).start(for_affine, position, scale)
    return Theta(affine, for_networks.map(one, flow.num_layers))


def _push(
    theta: Theta, layer: Layer, count: int, position: jax.Array
) -> tuple[jax.Array, jax.Array]:
    place, log_det = _through(theta, layer, count, position, is_back=False)
    affine = theta.affine
    image = affine.mean + product(affine.root, place)
    return image, log_det + jnp.sum(affine.log_diagonal)


def _pull(
    theta: Theta, layer: Layer, count: int, position: jax.Array
) -> tuple[jax.Array, jax.Array]:
    affine = theta.affine
    place = solve_triangular(affine.root, position - affine.mean, lower=True)
    place, log_det = _through(theta, layer, count, place, is_back=True)
    return place, log_det - jnp.sum(affine.log_diagonal)


def _through(
    theta: Theta, layer: Layer, count: int, place: jax.Array, *, is_back: bool
) -> tuple[jax.Array, jax.Array]:
    numbers = np.arange(len(place), dtype=np.int32)

    def turn(carried: tuple[jax.Array, jax.Array], row: Any) -> Any:
        place, log_det = carried
        network, order = row
        # The gradient of an indexing would be a scatter, which is slow.
        permutation = (order[:, None] == numbers).astype(place.dtype)
        moved, more = layer(network, product(permutation, place))
        return (product(permutation.T, moved), log_det + more), None

    rows = theta.networks, layers.orders(len(place), count)
    start = place, jnp.zeros((), place.dtype)
    return jax.lax.scan(turn, start, rows, reverse=is_back)[0]
