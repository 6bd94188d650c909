"""Which of the machine's devices the chains of a run are spread over, and what is said of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gendsl.diagnostics.diagnostic import Diagnostic


def chain_devices(num_chains: int) -> tuple[Any, ...]:
    """Return the devices of the kind in use that have an equal share of the chains each."""
    from gendsl.inference.devices import devices_for

    return devices_for(num_chains, _local())


def device_attributes(num_chains: int) -> dict[str, Any]:
    """Return what a fit says of its devices, where there are several; call it where it computes."""
    from gendsl.inference.devices import idle_devices

    if len(_local()) == 1:
        return {}
    idle = idle_devices(num_chains, _local())
    said: dict[str, Any] = {"num_devices": max(1, len(chain_devices(num_chains)))}
    return said if idle is None else {**said, "idle_devices": idle}


def device_notes(attributes: Mapping[str, Any]) -> tuple[Diagnostic, ...]:
    """Return a note where a fit says that devices stayed idle."""
    idle = attributes.get("idle_devices")
    return () if idle is None else (Diagnostic("G0825", idle),)


def _local() -> list[Any]:
    """This process's devices of the kind that `computing` chose."""
    import jax

    from gendsl.executables import current_device

    return list(jax.local_devices(backend=current_device().platform))
