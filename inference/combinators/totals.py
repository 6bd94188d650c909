"""What a composition reports, and moves, from what its parts do."""

from typing import Any

import jax.numpy as jnp

from gendsl.inference.protocol import Info, Kernel


def total(infos: list[Info]) -> Info:
    """Return the mean acceptance rate, the gradients and the status bits of several moves."""
    status = infos[0].status
    for info in infos[1:]:
        status = status | info.status
    rate = jnp.mean(jnp.stack([info.acceptance_rate for info in infos]))
    spent = jnp.sum(jnp.stack([info.num_gradients for info in infos]))
    return Info(rate, spent, status)


def moved_by(kernels: tuple[Kernel[Any, Any], ...]) -> frozenset[str] | None:
    """Return the sites that any of ``kernels`` moves; None for all."""
    moved: frozenset[str] = frozenset()
    for kernel in kernels:
        if kernel.facts.moves is None:
            return None
        moved |= kernel.facts.moves
    return moved
