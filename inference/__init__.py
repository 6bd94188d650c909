"""The inference core: samplers over log densities of flat vectors.

It knows nothing of the language. Hand a :class:`Target` to :class:`Nuts`, that to
:class:`NutsSampler`, and call :func:`run`; or drive the sampler's ``init`` and ``chunk`` yourself.
"""

from gendsl.executables import one_after_another
from gendsl.inference.chain_sampler import ChainCarry, ChainSampler
from gendsl.inference.devices import devices_for, idle_devices
from gendsl.inference.hosts import Host, as_raised, hosted
from gendsl.inference.initial import NoFiniteStartError, Starts, find_starts
from gendsl.inference.local import Params, State
from gendsl.inference.nuts import Nuts
from gendsl.inference.protocol import Info, Kernel, Sampler, Status
from gendsl.inference.run import Chains, Progress, run
from gendsl.inference.sampler import Carry, NutsSampler
from gendsl.inference.streaming import RunFolderError, Trouble
from gendsl.inference.target import Data, Site, Target
from gendsl.inference.transport import Transport, pullback

__all__ = [
    "Carry",
    "ChainCarry",
    "ChainSampler",
    "Chains",
    "Data",
    "Host",
    "Info",
    "Kernel",
    "NoFiniteStartError",
    "Nuts",
    "NutsSampler",
    "Params",
    "Progress",
    "RunFolderError",
    "Sampler",
    "Site",
    "Starts",
    "State",
    "Status",
    "Target",
    "Transport",
    "Trouble",
    "as_raised",
    "devices_for",
    "find_starts",
    "hosted",
    "idle_devices",
    "pullback",
    "run",
]

one_after_another()
