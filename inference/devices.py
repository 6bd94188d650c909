"""Chains over several devices: each runs its own share, and none waits for another.

The chains' arrays are sharded over their leading axis (a `NamedSharding` of a one-dimensional mesh)
and the program is mapped over the shards, so that its loops hold nothing but a device's own chains:
sharding the program as a whole would make every leapfrog step wait for all devices.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jax.sharding import Mesh, PartitionSpec

Devices = tuple[Any, ...]

_CHAIN = "chain"


def devices_for(num_chains: int, devices: Sequence[Any]) -> Devices:
    """Return as many of ``devices`` as can have equal numbers of chains; () stands for one.

    Where not all are of use, :func:`idle_devices` says so.
    """
    count = max(n for n in range(1, len(devices) + 1) if num_chains % n == 0)
    return tuple(devices[:count]) if count > 1 else ()


def idle_devices(num_chains: int, devices: Sequence[Any]) -> str | None:
    """Return a sentence on devices that stay idle, if there are any."""
    used = max(1, len(devices_for(num_chains, devices)))
    if used == len(devices):
        return None
    return (
        f"{num_chains} chains run on {used} of {len(devices)} devices: "
        f"a multiple of {len(devices)} chains would use all"
    )


def over_devices(
    function: Callable[..., Any], static: tuple[Any, ...], devices: Devices, arguments: Any,
    has_chains: tuple[bool, ...],
) -> Any:  # fmt: skip
    """Return ``function(*static, *arguments)``, each device computing its own chains.

    Args:
        function: a jitted function whose every result has a leading chain axis.
        has_chains: which arguments have a leading chain axis in every array; the others go whole
            to every device.
    """
    return _mapped(function, static, devices, has_chains, arguments)


@partial(jax.jit, static_argnums=(0, 1, 2, 3))
def _mapped(
    function: Callable[..., Any],
    static: tuple[Any, ...],
    devices: Devices,
    has_chains: tuple[bool, ...],
    arguments: Any,
) -> Any:
    mesh = Mesh(np.array(devices), (_CHAIN,))
    split = PartitionSpec(_CHAIN)
    return jax.shard_map(
        partial(function, *static),
        mesh=mesh,
        in_specs=tuple(split if has else PartitionSpec() for has in has_chains),
        out_specs=split,
        check_vma=False,
    )(*arguments)
