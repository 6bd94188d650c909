"""How warm-up sets a kernel's parameters, for any kernel and any composition of kernels.

Each chain learns for itself (`update`, inside the compiled program); at the end of a window all
chains together make what they share (`pool`). The parameters follow from both (`params`), and
nothing but these three changes them, so that they stand still once warm-up is over (law K4). What
a composition learns is what its parts learn, each from its own transitions.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference import robbins_monro
from gendsl.inference.arrays import on_host
from gendsl.inference.local import Params
from gendsl.inference.metric import Moments
from gendsl.inference.robbins_monro import RobbinsMonro
from gendsl.inference.scaling import Scaling, step_ratio

CHAINS = "chains"
"""The axis of the chains of one device, over which `update` may take means by ``lax.pmean``."""


class Adaptation(Protocol):
    """What a kernel's warm-up learns, and the parameters that follow."""

    @property
    def looks_across(self) -> bool:
        """Whether `update` takes means over `CHAINS`."""

    def init(self, dtype: Any) -> tuple[Any, Any]:
        """Return what one chain has learnt before it starts, and what the chains share."""

    def params(self, learnt: Any, shared: Any) -> Any:
        """Return the parameters of one chain's kernel."""

    def update(self, learnt: Any, info: Any, state: Any, is_learning: jax.Array) -> Any:
        """Return what a chain has learnt after one more transition.

        Args:
            info: of the transition, :class:`gendsl.inference.protocol.Info`.
            state: in which it ended.
            is_learning: whether the window feeds the metric; the step size always learns.
        """

    def pool(self, learnt: Any, shared: Any, *, is_last: bool) -> tuple[Any, Any]:
        """Return both at the end of a window, on the host; `learnt` is stacked over chains.

        After the last window (``is_last``) the parameters are those to keep.
        """


@dataclass(frozen=True, slots=True)
class Nothing:
    """The adaptation of a kernel without parameters."""

    @property
    def looks_across(self) -> bool:
        """See :class:`Adaptation`."""
        return False

    def init(self, dtype: Any) -> tuple[tuple[()], tuple[()]]:
        """See :class:`Adaptation`."""
        return (), ()

    def params(self, learnt: tuple[()], shared: tuple[()]) -> tuple[()]:
        """See :class:`Adaptation`."""
        return ()

    def update(self, learnt: tuple[()], info: Any, state: Any, is_learning: jax.Array) -> tuple[()]:
        """See :class:`Adaptation`."""
        return ()

    def pool(
        self, learnt: tuple[()], shared: tuple[()], *, is_last: bool
    ) -> tuple[tuple[()], tuple[()]]:
        """See :class:`Adaptation`."""
        return (), ()


class Learnt(NamedTuple):
    """What one chain has learnt: its step size, and the moments of the window."""

    step: RobbinsMonro
    moments: Moments


@dataclass(frozen=True, slots=True)
class StepAndScale:
    """A step size by stochastic approximation, and a metric that the chains share.

    Each chain looks for a step size of its own. After the last window they share the median of
    theirs. Where a window ends with a new metric, step sizes go on from the length that they had,
    ``e' = e rms(S'^{-1} S)``, with ``S`` and ``S'`` the scales before and after.

    Attributes:
        size: coordinates that the kernel moves.
        wanted: the acceptance rate to aim at; None keeps the step size at 1.
        is_dense: whether the metric is.
        has_gradient: whether the kernel's states have a ``gradient``: the metric is then the
            Fisher-divergence estimate, else the covariance of the draws.
        start: the step size to begin with.
    """

    size: int
    wanted: float | None
    is_dense: bool = False
    has_gradient: bool = True
    start: float = 1.0

    @property
    def scaling(self) -> Scaling:
        """How the metric is learnt."""
        return Scaling(self.size, self.is_dense, self.has_gradient)

    @property
    def looks_across(self) -> bool:
        """See :class:`Adaptation`."""
        return False

    def init(self, dtype: Any) -> tuple[Learnt, jax.Array]:
        """See :class:`Adaptation`."""
        moments, scale = self.scaling.init(dtype)
        return Learnt(robbins_monro.start(jnp.log(jnp.asarray(self.start, dtype))), moments), scale

    def params(self, learnt: Learnt, shared: jax.Array) -> Params:
        """See :class:`Adaptation`."""
        return Params(jnp.exp(learnt.step.log_step), shared)

    def update(self, learnt: Learnt, info: Any, state: Any, is_learning: jax.Array) -> Learnt:
        """See :class:`Adaptation`."""
        step = learnt.step
        if self.wanted is not None:
            wanted = jnp.asarray(self.wanted, step.log_step.dtype)
            step = robbins_monro.update(step, info.acceptance_rate, wanted)
        return Learnt(step, self.scaling.observe(learnt.moments, state, is_learning))

    def pool(self, learnt: Learnt, shared: jax.Array, *, is_last: bool) -> tuple[Learnt, jax.Array]:
        """See :class:`Adaptation`."""
        scale = shared if is_last else self.scaling.estimate(learnt.moments, shared)
        average = np.asarray(learnt.step.log_average)
        if self.wanted is None:
            average = np.full_like(average, np.log(self.start))
        elif is_last:
            average = np.full_like(average, np.median(average))
        else:
            average = average + np.asarray(step_ratio(shared, scale), average.dtype)
        step = robbins_monro.restart(on_host(average))
        return Learnt(step, self.scaling.empty(learnt.moments)), scale


@dataclass(frozen=True, slots=True)
class Each:
    """The adaptations of a composition's parts, in the order of its parameters.

    ``order`` says of each part of :class:`Info.parts` whose transition it was.
    """

    adaptations: tuple[Adaptation, ...]
    order: tuple[int, ...]

    @property
    def looks_across(self) -> bool:
        """See :class:`Adaptation`."""
        return any(part.looks_across for part in self.adaptations)

    def init(self, dtype: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """See :class:`Adaptation`."""
        made = [part.init(dtype) for part in self.adaptations]
        return tuple(learnt for learnt, _ in made), tuple(shared for _, shared in made)

    def params(self, learnt: tuple[Any, ...], shared: tuple[Any, ...]) -> tuple[Any, ...]:
        """See :class:`Adaptation`."""
        parts = zip(self.adaptations, learnt, shared, strict=True)
        return tuple(part.params(own, common) for part, own, common in parts)

    def update(
        self, learnt: tuple[Any, ...], info: Any, state: Any, is_learning: jax.Array
    ) -> tuple[Any, ...]:
        """See :class:`Adaptation`."""
        after = list(learnt)
        for part, (seen, end) in zip(self.order, info.parts, strict=True):
            after[part] = self.adaptations[part].update(after[part], seen, end, is_learning)
        return tuple(after)

    def pool(
        self, learnt: tuple[Any, ...], shared: tuple[Any, ...], *, is_last: bool
    ) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """See :class:`Adaptation`."""
        parts = zip(self.adaptations, learnt, shared, strict=True)
        made = [part.pool(own, common, is_last=is_last) for part, own, common in parts]
        return tuple(own for own, _ in made), tuple(common for _, common in made)
