"""Chains over several devices: their own process, as JAX counts its devices once."""

import os
import subprocess
import sys

import pytest

from gendsl.inference import devices_for, idle_devices

_TWO_DEVICES = """
import sys
sys.path.insert(0, sys.argv[1])
import jax
jax.config.update("jax_enable_x64", True)
import numpy as np
from inference_cases import densities
from gendsl.inference import ChainSampler, Nuts, NutsSampler

devices = tuple(jax.devices())
assert len(devices) == 2
kernel = Nuts(densities.normal(2))
data = {"mean": np.zeros(2), "sd": np.ones(2)}
for kind in (NutsSampler, ChainSampler):
    sampler = kind(kernel, 0, devices=devices)
    before = sampler.init(data, 5, np.full((4, 2), 0.1))
    carry, draws, _ = sampler.chunk(data, before, 5)
    positions = carry.chains.state.position if kind is NutsSampler else carry.positions
    assert isinstance(positions.sharding, jax.sharding.NamedSharding), positions.sharding
    assert [len(shard.data) for shard in positions.addressable_shards] == [2, 2]
    assert positions.sharding.device_set == set(devices)
    if kind is NutsSampler:
        together = NutsSampler(kernel, 0).chunk(data, before, 5)[1]
        np.testing.assert_allclose(draws, together, rtol=1e-9)  # two programs may round apart
print("spread")
"""


@pytest.mark.slow
def test_chains_are_spread_over_two_devices() -> None:
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
                   "JAX_PLATFORMS": "cpu"}  # fmt: skip
    command = [sys.executable, "-c", _TWO_DEVICES, os.path.dirname(__file__)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.stdout == "spread\n", done.stderr


@pytest.mark.parametrize(
    ("chains", "there", "used"), [(4, 1, 0), (4, 2, 2), (4, 3, 2), (3, 2, 0), (6, 4, 3), (1, 8, 0)]
)
def test_devices_have_equal_shares_and_idle_ones_are_named(
    chains: int, there: int, used: int
) -> None:
    assert len(devices_for(chains, range(there))) == used
    said = idle_devices(chains, range(there))
    assert (said is None) == (max(used, 1) == there)
    if said is not None:
        assert f"{chains} chains run on {max(used, 1)} of {there} devices" in said
