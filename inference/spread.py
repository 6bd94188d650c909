"""How a program for several chains is run: where, and in how many pieces."""

from collections.abc import Callable
from typing import Any

import jax

from gendsl.executables import current_device
from gendsl.inference.devices import Devices, over_devices
from gendsl.inference.hosts import as_raised
from gendsl.inference.threads import over_threads

MANY_CHAINS = 16
"""From here on all chains of a device are one batch, and calls are long, as chains wait for each
other at the end of a call."""


def spread(
    function: Callable[..., Any], static: tuple[Any, ...], devices: Devices, arguments: Any,
    has_chains: tuple[bool, ...], *, is_joint: bool = False,
) -> Any:  # fmt: skip
    """Return ``function(*static, *arguments)``, spread over what there is to compute with.

    Several devices have their own share of the chains each. A few chains on a processor are run one
    by one on its cores. Everything else is one batch.

    Args:
        function: a jitted function whose every result has a leading chain axis.
        has_chains: which arguments have a leading chain axis in every array.
        is_joint: whether the chains of a device have to be computed together.
    """
    with as_raised():
        if len(devices) > 1:
            return over_devices(function, static, devices, arguments, has_chains)
        if is_joint or group_size(_num_chains(arguments, has_chains)) > 1:
            return function(*static, *arguments)
        return over_threads(function, static, arguments, has_chains)


def group_size(num_chains: int) -> int:
    """Return how many of a device's chains make a batch."""
    is_few = num_chains < MANY_CHAINS and current_device().platform == "cpu"
    return 1 if is_few else num_chains


def _num_chains(arguments: Any, has_chains: tuple[bool, ...]) -> int:
    first = next(part for part, has in zip(arguments, has_chains, strict=True) if has)
    return len(jax.tree.leaves(first)[0])
