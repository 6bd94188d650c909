"""The densities of this backend as the inference core asks for them: of positions, on the host.

A target in the inference core holds `HOST`, which is the same for every density, so that programs
are compiled once for a number of coordinates. Which density is meant, its data say: a number made
of the program's text and of its data. A density that is asked for by that number is alive as long
as its `Hosted` is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol
from weakref import WeakValueDictionary

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gendsl.backends.failures import CannotCompute, Refusal
from gendsl.backends.places import JOINT
from gendsl.backends.pyro.compiled import Compiled, Parts
from gendsl.backends.pyro.density import Density

Array = NDArray[np.float64]


class DiscreteSite(Protocol):
    """Coordinates `start` to `stop` of a position that hold the values of a discrete quantity."""

    @property
    def name(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def stop(self) -> int: ...
    @property
    def shape(self) -> tuple[int, ...]: ...
    @property
    def least(self) -> int: ...


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Hosted:
    """A density that the host can be asked for.

    Attributes:
        key: what to hand to the host as data.
        compiled: what computes.
    """

    key: NDArray[np.uint32]
    compiled: Compiled


_KNOWN: WeakValueDictionary[bytes, Hosted] = WeakValueDictionary()


class Host:
    """All densities of this backend, by their keys; see `gendsl.inference.hosts.Host`."""

    identity = None
    """Nothing that says what a compiled program would be in another process."""

    def parts(self, data: Any, positions: Array) -> Array:
        """Log prior and log likelihood [n, 2]."""
        with _explained():
            found: Array = _of(data).parts(*_tensors_of(positions)).numpy()
        return found

    def slopes(self, data: Any, positions: Array, weights: Array) -> tuple[Array, Array]:
        """The parts, and the gradient [n, dim] of their sum by weights [n, 2]."""
        with _explained():
            parts, slopes = _of(data).slopes(*_tensors_of(positions, weights))
        return parts.numpy(), slopes.numpy()

    def curvatures(self, data: Any, positions: Array, weights: Array, along: Array) -> Array:
        """The Hessian of the weighted sum times a direction each, [n, dim]."""
        with _explained():
            found: Array = _of(data).curvatures(*_tensors_of(positions, weights, along)).numpy()
        return found


HOST = Host()


def hosted(density: Density) -> Hosted:
    """Return a density for the host; of the same text and data, the one that is there."""

    def parts(position: Tensor) -> Tensor:
        return torch.stack(density.parts(density.data, position))

    return _kept(density, parts, density.size, ())


def hosted_joint(
    density: Density, places: Sequence[int], discrete: Sequence[DiscreteSite]
) -> Hosted:
    """Return a density over the coordinates of `density` and, behind them, discrete values.

    `places` are the coordinates of the program in which they are sites, in its own order. The prior
    is that of the coordinates as far as it reads no discrete values, the likelihood is the rest.
    """
    joint = density.joint
    assert joint is not None
    size = discrete[-1].stop if discrete else density.size
    chosen = torch.as_tensor(list(places), dtype=torch.long)

    def parts(position: Tensor) -> Tensor:
        values = {
            z.name: position[z.start : z.stop].detach().round().long().reshape(z.shape) + z.least
            for z in discrete
        }
        whole = joint.log_density(density.data[JOINT], position[chosen], values)
        prior = density.log_prior(density.data, position[: density.size])
        return torch.stack([prior, whole - prior])

    about = tuple((z.name, z.start, z.stop, z.shape, z.least) for z in discrete)
    return _kept(density, parts, size, (tuple(places), about))


@contextmanager
def _explained() -> Iterator[None]:
    """Raise a refusal in the place of torch's errors."""
    try:
        yield
    except Refusal:
        raise
    except Exception as error:
        raise CannotCompute(error) from error


def _tensors_of(*rows: Array) -> Any:
    """Copies, which torch may write to."""
    return (torch.tensor(row, dtype=torch.float64) for row in rows)


def _of(data: Any) -> Compiled:
    return _KNOWN[np.asarray(data).tobytes()].compiled


def _kept(density: Density, parts: Parts, size: int, about: tuple[Any, ...]) -> Hosted:
    key = _key(density, about)
    found = _KNOWN.get(key.tobytes())
    if found is None:
        num_data = max((tensor.numel() for _, tensor in _named(density.data)), default=1)
        is_traceable = not density.roles.solves
        compiled = Compiled(parts, size, is_traceable=is_traceable, num_data=num_data)
        found = Hosted(key, compiled)
        _KNOWN[key.tobytes()] = found
    return found


def _key(density: Density, about: tuple[Any, ...]) -> NDArray[np.uint32]:
    """128 bits of a digest of the program's text, its sizes and its data."""
    digest = sha256()
    joint = None if density.joint is None else density.joint.module.__name__
    static = sorted(density.static.items())
    # A module is named after a digest of its text.
    said = (density.module.__name__, joint, static, density.sites, about)
    digest.update(repr(said).encode())
    for path, tensor in _named(density.data):
        array = tensor.detach().numpy()
        digest.update(repr((path, array.shape, str(array.dtype))).encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return np.frombuffer(digest.digest()[:16], np.uint32)


def _named(data: Any, path: str = "") -> list[tuple[str, Tensor]]:
    if isinstance(data, dict):
        return [pair for name in sorted(data) for pair in _named(data[name], f"{path}/{name}")]
    return [(path, torch.as_tensor(data))]
