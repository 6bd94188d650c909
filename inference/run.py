"""A whole run: starts, warm-up, draws, with progress, a clean stop, and a folder to go on from."""

import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.executables import current_device
from gendsl.inference.checkpoint_files import digest_of
from gendsl.inference.initial import NoFiniteStartError, find_starts
from gendsl.inference.interrupts import interruptible
from gendsl.inference.low_rank_metric import LowRank
from gendsl.inference.nuts import Nuts
from gendsl.inference.probation import Restart
from gendsl.inference.protocol import Status
from gendsl.inference.record import Record, has, starts_of
from gendsl.inference.spread import MANY_CHAINS
from gendsl.inference.streaming import run_folder
from gendsl.inference.target import Data
from gendsl.inference.zarr_rows import Layout

_SECONDS_BETWEEN_REPORTS, _SECONDS_OF_MANY = 0.25, 2.0
_FIRST_CHUNK = 10


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        phase: ``"warmup"`` or ``"sampling"``.
        done: transitions made in this phase by every chain, of ``total``.
        num_divergent: divergent transitions of this phase, over all chains.
        step_size: geometric mean over chains of the latest step sizes; NaN where there are none.
        mean_gradients: gradients a transition took, over the latest chunk.
        ess: the smallest effective sample size of what is watched, as of seconds ago; NaN before.
        r_hat: the largest split R-hat of it.
    """

    phase: str
    done: int
    total: int
    num_divergent: int
    step_size: float
    mean_gradients: float
    ess: float = np.nan
    r_hat: float = np.nan


class Chains(NamedTuple):
    """What a run brings home; every stat is [chain, draw].

    A divergent transition keeps its draw, marked in ``is_divergent``.

    Attributes:
        draws: [chain, draw, dim], unconstrained.
        acceptance_rate: mean acceptance probability along each trajectory.
        num_gradients: leapfrog steps.
        tree_depth: doublings begun; this, ``energy`` and ``step_size`` are None but for NUTS.
        is_divergent: whether the energy error passed its threshold.
        is_non_finite: whether it did so by not being a number.
        has_reached_max_depth: whether the trajectory was cut.
        energy: the Hamiltonian of each trajectory, at its start.
        step_size: used for the transition.
        log_density: at the draw.
        warmup_divergences: number of divergent transitions in warm-up.
        scale: square root of the inverse metric, [dim], [dim, dim] or a
            :class:`gendsl.inference.low_rank_metric.LowRank`; None but for NUTS.
        is_interrupted: whether the run was stopped before all draws were made.
        carry: where the run stands; the sampler's ``chunk`` continues it.
        has_failed: whether it did so because the density could not be computed; a failure ends its
            transition, so there is one in each of these.
        warmup_failures: number of such transitions in warm-up.
        num_evaluations: gradients in warm-up and sampling.
        restarts: chains that were replaced in warm-up.
    """

    draws: np.ndarray
    acceptance_rate: np.ndarray
    num_gradients: np.ndarray
    tree_depth: np.ndarray | None
    is_divergent: np.ndarray
    is_non_finite: np.ndarray
    has_reached_max_depth: np.ndarray
    energy: np.ndarray | None
    step_size: np.ndarray | None
    log_density: np.ndarray
    warmup_divergences: int
    scale: np.ndarray | LowRank | None
    is_interrupted: bool
    carry: Any
    has_failed: np.ndarray
    warmup_failures: int
    num_evaluations: int
    restarts: tuple[Restart, ...] = ()


class ChunkSampler(Protocol):
    """What can be run: :class:`NutsSampler`, :class:`ChainSampler`."""

    @property
    def kernel(self) -> Any:
        """The kernel, which has a ``target``."""

    @property
    def num_warmup(self) -> int:
        """Transitions of warm-up."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the stats."""

    @property
    def devices(self) -> tuple[Any, ...]:
        """Over which its chains are spread; empty for one."""

    def init(self, data: Data, seed: int, positions: Any) -> Any:
        """Return the carry of chains that start at ``positions`` [chain, dim]."""

    def chunk(self, data: Data, carry: Any, num_draws: int) -> tuple[Any, np.ndarray, Any]:
        """Return the carry after ``num_draws`` more, the draws, their stats."""


def run(
    sampler: ChunkSampler,
    data: Data,
    *,
    seed: int,
    num_chains: int = 4,
    num_draws: int = 1000,
    positions: np.ndarray | None = None,
    progress: Callable[[Progress], None] | None = None,
    folder: Path | None = None,
    identity: Mapping[str, Any] | None = None,
) -> Chains:
    """Warm up and draw; a keyboard interrupt ends the run and keeps what was drawn.

    Args:
        positions: starts [chain, dim]; found at random when absent.
        progress: called a few times a second; with many chains every other second.
        folder: where to stream draws and checkpoints to. A run that was stopped there, by whatever,
            goes on: its draws are bitwise those of one that was not. ``num_draws`` may differ.
        identity: what else, in JSON, the run in the folder has to be of.

    Raises:
        NoFiniteStartError: if a chain finds no finite start.
        ValueError: if a number is out of range or ``positions`` is of no use.
        RunFolderError: if the folder has another run, is damaged, in use or on a full disk.
        OSError: if the folder can't be written.
    """
    made = make(
        sampler,
        data,
        seed=seed,
        num_chains=num_chains,
        num_draws=num_draws,
        positions=positions,
        progress=progress,
        folder=folder,
        identity=identity,
    )
    return _chains(made)


class Made(NamedTuple):
    """A run as the sampler recorded it.

    Attributes:
        record: its totals, and the carry.
        table: [chain, draw, dim + stats].
        is_interrupted: whether it was stopped before all draws were made.
    """

    record: Record
    table: np.ndarray
    is_interrupted: bool

    @property
    def draws(self) -> np.ndarray:
        """The draws [chain, draw, dim]."""
        return self.table[..., : self.record.layout.size].copy()

    @property
    def columns(self) -> dict[str, np.ndarray]:
        """The stats by name, each [chain, draw]."""
        layout = self.record.layout
        places = enumerate(layout.stats, layout.size)
        return {name: self.table[..., place].copy() for place, name in places}


def make(
    sampler: ChunkSampler,
    data: Data,
    *,
    seed: int,
    num_chains: int,
    num_draws: int,
    positions: np.ndarray | None,
    progress: Callable[[Progress], None] | None,
    folder: Path | None,
    identity: Mapping[str, Any] | None,
) -> Made:
    """Run any sampler; the arguments, and what is raised, are those of :func:`run`."""
    if num_draws < 0:
        raise ValueError(f"num_draws must not be negative, got {num_draws}")
    num_chains = num_chains if positions is None else len(positions)
    dtype = jnp.result_type(float).name
    layout = Layout(num_chains, sampler.kernel.target.size, sampler.columns, dtype)
    about = {} if folder is None else _identity(sampler, data, seed, positions, identity)
    with (
        nullcontext() if folder is None else run_folder(folder, about, layout, num_draws) as opened,
        interruptible() as is_stopped,
    ):
        before = None if opened is None else starts_of(opened)
        if before is not None:
            positions = before
        elif positions is None:
            positions = _find_starts(sampler, data, seed, num_chains)
        record = Record(sampler.init(data, seed, positions), positions, layout, opened)
        # A second interrupt, or one from elsewhere, comes as an exception.
        with suppress(KeyboardInterrupt):
            _advance(sampler, data, record, num_draws, progress, is_stopped)
        record.finish()
        return Made(record, record.table(num_draws), record.num_draws < num_draws)


def _find_starts(sampler: ChunkSampler, data: Data, seed: int, num_chains: int) -> np.ndarray:
    kernel = sampler.kernel if isinstance(sampler.kernel, Nuts) else Nuts(sampler.kernel.target)
    starts = find_starts(kernel, data, seed, num_chains)
    if not starts.is_found.all():
        raise NoFiniteStartError(starts)
    return starts.positions


def _advance(
    sampler: ChunkSampler,
    data: Data,
    record: Record,
    num_draws: int,
    progress: Callable[[Progress], None] | None,
    is_stopped: Callable[[], bool],
) -> None:
    length = _FIRST_CHUNK
    is_many = record.layout.num_chains >= MANY_CHAINS
    seconds = _SECONDS_OF_MANY if is_many else _SECONDS_BETWEEN_REPORTS
    while record.carry.transition < sampler.num_warmup or record.num_draws < num_draws:
        is_sampling = record.carry.transition >= sampler.num_warmup
        done = record.num_draws if is_sampling else record.carry.transition
        total = num_draws if is_sampling else sampler.num_warmup
        started = time.perf_counter()
        carry, draws, stats = sampler.chunk(data, record.carry, min(length, total - done))
        length = _next_length(length, time.perf_counter() - started, seconds)
        record.add(carry, draws, stats, is_sampling=is_sampling)
        if progress is not None:
            progress(_report(record, is_sampling, done + draws.shape[1], total, stats))
        if is_stopped():
            return


def _report(record: Record, is_sampling: bool, done: int, total: int, stats: Any) -> Progress:
    steps = getattr(stats, "step_size", None)
    totals = record.totals
    return Progress(
        "sampling" if is_sampling else "warmup",
        done,
        total,
        totals.divergences if is_sampling else totals.warmup_divergences,
        np.nan if steps is None else float(np.exp(np.mean(np.log(np.asarray(steps)[:, -1])))),
        float(np.mean(np.asarray(stats.num_gradients))),
        *record.agreement(),
    )


def _next_length(length: int, elapsed: float, seconds: float) -> int:
    fitting = length * seconds / max(elapsed, 1e-6)
    return int(min(max(fitting, length / 4, 1), length * 4, 100_000))


def _identity(
    sampler: ChunkSampler,
    data: Data,
    seed: int,
    positions: np.ndarray | None,
    identity: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """What decides the bits of the draws, but for the functions: ``identity`` has to name those."""
    devices = sampler.devices or (current_device(),)
    return {
        **(identity or {}),
        "data": digest_of(data),
        "seed": seed,
        "starts": "random" if positions is None else digest_of(positions),
        "sampler": _settings(sampler),
        "devices": sorted(f"{device.platform} {device.device_kind}" for device in devices),
        "jax": jax.__version__,
    }


def _settings(part: Any) -> Any:
    """The numbers and names in the fields of a dataclass, and in those that it is made of."""
    if isinstance(part, int | float | str):
        return part
    if isinstance(part, frozenset):
        return sorted(map(str, part))
    if isinstance(part, tuple | list):
        return [value for value in map(_settings, part) if value is not None]
    if not is_dataclass(part):
        return None
    values = {field.name: _settings(getattr(part, field.name)) for field in fields(part)}
    said = {key: value for key, value in values.items() if value not in (None, [])}
    return {"kind": type(part).__name__, **said}


def _chains(made: Made) -> Chains:
    column, record = made.columns, made.record
    status, depth = column["status"], column.get("tree_depth")
    scale = getattr(record.carry, "scale", None)
    return Chains(
        draws=made.draws,
        acceptance_rate=column["acceptance_rate"],
        num_gradients=column["num_gradients"].astype(np.int32),
        tree_depth=None if depth is None else depth.astype(np.int32),
        is_divergent=has(status, Status.DIVERGENT),
        is_non_finite=has(status, Status.NON_FINITE),
        has_reached_max_depth=has(status, Status.DEPTH),
        energy=column.get("energy"),
        step_size=column.get("step_size"),
        log_density=column["log_density"],
        warmup_divergences=record.totals.warmup_divergences,
        scale=scale if scale is None or isinstance(scale, LowRank) else np.asarray(scale),
        is_interrupted=made.is_interrupted,
        carry=record.carry,
        has_failed=has(status, Status.FAILED),
        warmup_failures=record.totals.warmup_failures,
        num_evaluations=record.totals.num_evaluations,
        restarts=getattr(record.carry, "restarts", ()),
    )
