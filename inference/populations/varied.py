"""A kernel whose step size is drawn anew for each transition, out of multiples of the one it has.

One step size for all particles is too long where the target is narrow and too short where it is
wide, and where it is too long nothing moves: Neal's funnel has a neck that no particle enters. A
step size that is drawn apart from the state keeps the target, whatever it is drawn from. Of ten
trajectories of HMC, three have steps of full length, two of half of it, and one each of 1/4, 1/8,
..., 1/64: some suit each place. What the others cost is a fixed share of the moves. Adaptation
gives back a part, as it makes the longest longer: by a factor of 1.7, which leaves 0.7 of the
squared jump that one step size has where it suits all places.

A kernel that makes one proposal gains nothing by short steps, which are all but always accepted:
its longest would be made longer until none is. Its multiples lie about 1, where the mean acceptance
over them is near that at 1.

Source: Neal (2011), "MCMC using Hamiltonian dynamics", section 4.2 (randomly chosen step sizes).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.inference.adaptation import Adaptation, Each, StepAndScale
from gendsl.inference.combinators.wrapped import Wrapped
from gendsl.inference.nuts import Nuts
from gendsl.inference.protocol import Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data

_MULTIPLES = (1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625)
_OF_TREES = (1.0, 0.5, 0.25)
_OF_PROPOSALS = (2.0, 1.0, 1.0, 1.0, 0.5, 0.25)
_ACCEPTED_BY_TRAJECTORIES = 0.6


@dataclass(frozen=True, slots=True)
class Varied(Wrapped):
    """``kernel``, with its step sizes times one of ``multiples``, drawn with equal chances.

    One that stands there twice has twice the chance.
    All parts of a composition get the same multiple; a part without a step size stays as it is.

    Raises:
        ValueError: if there are no multiples, or one is not positive.
    """

    multiples: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.multiples or not min(self.multiples) > 0:
            raise ValueError(f"multiples of a step size are positive, got {self.multiples}")

    @property
    def adaptation(self) -> Adaptation:
        """The kernel's; it sees the acceptance rate over all multiples."""
        return self.kernel.adaptation

    def step(self, data: Data, params: Any, draws: Draws, state: Any) -> tuple[Any, Info]:
        """Draw a multiple, and move."""
        for_multiple, for_step = draws.parts(2)
        chosen = for_multiple.choose(jnp.zeros(len(self.multiples)))
        multiple = jnp.asarray(self.multiples)[chosen]
        return self.kernel.step(data, resized(self.adaptation, params, multiple), for_step, state)


def resized(adaptation: Adaptation, params: Any, multiple: jax.Array) -> Any:
    """Return ``params`` with the step sizes that adaptation sets multiplied."""
    if isinstance(adaptation, Each):
        parts = zip(adaptation.adaptations, params, strict=True)
        return tuple(resized(part, own, multiple) for part, own in parts)
    if isinstance(adaptation, StepAndScale) and adaptation.wanted is not None:
        longer = params.step_size * multiple.astype(params.step_size.dtype)
        return params._replace(step_size=longer)
    return params


def varied(kernel: Kernel[Any, Any], multiples: tuple[float, ...] | None = None) -> Varied:
    """Return ``kernel`` with step sizes that vary, by ``multiples`` or those that suit it.

    For NUTS these end at 1/4: a trajectory is as long at any step size, and costs the more steps.
    """
    if multiples is None:
        wanted = min(_wanted(kernel.adaptation), default=1.0)
        if any(isinstance(part, Nuts) for part in _parts(kernel)):
            multiples = _OF_TREES
        else:
            multiples = _OF_PROPOSALS if wanted < _ACCEPTED_BY_TRAJECTORIES else _MULTIPLES
    return Varied(kernel, multiples)


def _wanted(adaptation: Adaptation) -> Iterator[float]:
    """The acceptance rates that the parts of a composition aim at."""
    if isinstance(adaptation, Each):
        for part in adaptation.adaptations:
            yield from _wanted(part)
    elif isinstance(adaptation, StepAndScale) and adaptation.wanted is not None:
        yield adaptation.wanted


def _parts(kernel: Any) -> Iterator[Any]:
    """A kernel and those that it is made of."""
    yield kernel
    within = (*getattr(kernel, "kernels", ()), getattr(kernel, "kernel", None))
    for part in within:
        if part is not None:
            yield from _parts(part)
