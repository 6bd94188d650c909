"""Laplace's approximation with the Fisher information in place of the Hessian.

The precision at the mode is that of the data on the average, and that of the prior:

    q = N(m, (F + C)^{-1}),   C = -diag d^2/dz^2 log p(z).

It is positive where the Hessian is not, as at what an optimiser finds of a network. ``F`` is taken
as its diagonal, or as a Kronecker product in each block, where ``C`` is the mean over the block.

Sources: Ritter, Botev & Barber (2018), "A scalable Laplace approximation for neural networks";
Daxberger, Kristiadi, Immer, Eschenhagen, Bauer & Hennig (2021), "Laplace Redux", section 2.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from gendsl.executables import stored
from gendsl.inference.approximations import fisher
from gendsl.inference.approximations.fisher import Block
from gendsl.inference.approximations.gaussians import Independent, MeanField
from gendsl.inference.approximations.guide import Guide
from gendsl.inference.approximations.kronecker import BlockNormal, Blocks, basis_of
from gendsl.inference.approximations.lbfgs import Climb, climb
from gendsl.inference.approximations.purposes import Purpose, words_for
from gendsl.inference.approximations.result import Approximation, Outcome, judged
from gendsl.inference.approximations.starting import starting_points
from gendsl.inference.arrays import on_host
from gendsl.inference.interrupts import interruptible
from gendsl.inference.milestones import Milestone, Watch
from gendsl.inference.minibatch import Part
from gendsl.inference.target import Data, Target

_MEMORY = 10
_LARGEST_DECREMENT = 1e-2
"""Of the log density, for each coordinate."""

Replicate = Callable[[np.ndarray, int], Sequence[Any]]
"""Of a position [dim] and a seed, data of the part's drawn from the model there."""


class InformationDetails(NamedTuple):
    """What was found at the mode.

    Attributes:
        mode: [dim].
        log_density: there.
        log_densities: where each start led [start].
        log_evidence: by Laplace's formula; NaN where a precision is not positive.
    """

    mode: np.ndarray
    log_density: float
    log_densities: np.ndarray
    log_evidence: float


@dataclass(frozen=True, slots=True)
class InformationLaplace:
    """Laplace's approximation of ``target`` by the Fisher information.

    Attributes:
        part: of one row at a time.
        blocks: for Kronecker products, all coordinates in order; None for the diagonal.
        num_starts: climbs by L-BFGS; the highest end is taken.
        max_steps: of each climb.

    Raises:
        ValueError: if a number is below 1.
    """

    target: Target
    part: Part
    blocks: tuple[Block, ...] | None = None
    num_starts: int = 4
    max_steps: int = 500

    def __post_init__(self) -> None:
        if self.num_starts < 1 or self.max_steps < 1:
            raise ValueError("num_starts and max_steps must be at least 1")

    def fit(
        self,
        data: Data,
        seed: int,
        replicate: Replicate,
        positions: np.ndarray | None = None,
        *,
        num_check_draws: int = 2000,
        progress: Callable[[Milestone], None] | None = None,
    ) -> Approximation:
        """Climb from ``positions`` [start, dim] or random starts; take the information at the best.

        Raises:
            NoFiniteStartError: if there is no finite start.
            ValueError: if the target has discrete sites or a number is out of range.
        """
        starts = starting_points(self.target, data, seed, self.num_starts, positions)
        climbs = []
        with interruptible() as should_stop:
            watch = Watch("climbs", len(starts), progress, should_stop)
            for start in starts:
                path = _ascend(self.target, self.max_steps, data, on_host(start))
                climbs.append(jax.tree.map(np.asarray, path))
                if watch.tell(
                    len(climbs), f"log density {float(climbs[-1].log_densities[-1]):.2f}"
                ):
                    break
        log_densities = np.array([float(path.log_densities[-1]) for path in climbs])
        best = int(np.argmax(np.where(np.isnan(log_densities), -np.inf, log_densities)))
        mode = np.asarray(climbs[best].positions[-1])
        reads = replicate(mode, seed)
        prior = fisher.prior_curvature(self.target, data, mode, words_for(seed, Purpose.TRAIN))
        slope = np.asarray(climbs[best].gradients[-1])
        found = self._normal(mode, reads, prior, slope)
        status = Outcome.INTERRUPTED if watch.is_stopped else Outcome.OK
        if not found.decrement <= _LARGEST_DECREMENT * len(mode):
            status |= Outcome.NOT_CONVERGED
        if not found.is_proper:
            status |= Outcome.NOT_A_MAXIMUM
        log_density = float(log_densities[best])
        volume = len(mode) * np.log(2.0 * np.pi) - found.log_determinant
        return judged(
            self.target,
            found.guide,
            data,
            found.params,
            seed,
            num_draws=num_check_draws,
            status=status,
            num_evaluations=sum(int(path.num_evaluations) for path in climbs)
            + self.part.count * len(reads),
            trace=np.asarray(climbs[best].log_densities),
            details=InformationDetails(
                mode, log_density, log_densities, float(log_density + 0.5 * volume)
            ),
        )

    def _normal(
        self, mode: np.ndarray, reads: Sequence[Any], prior: np.ndarray, slope: np.ndarray
    ) -> "_Normal":
        if self.blocks is None:
            precision = fisher.squares(self.part, reads, mode) + prior
            positive = np.where(precision > 0, precision, np.nan)
            return _Normal(
                MeanField(len(mode)),
                Independent(on_host(mode), on_host(-0.5 * np.log(positive))),
                float(np.sum(np.log(positive))),
                float(np.sum(slope**2 / positive)),
            )
        found = fisher.factors(self.part, self.blocks, reads, mode)
        bases = tuple(
            basis_of(each, float(np.mean(prior[block.start : block.stop])))
            for each, block in zip(found, self.blocks, strict=True)
        )
        precisions = np.concatenate([np.ravel(basis.precision) for basis in bases])
        along = np.concatenate(
            [
                np.ravel(basis.left.T @ np.asarray(block.of(on_host(slope))) @ basis.right)
                for basis, block in zip(bases, self.blocks, strict=True)
            ]
        )
        with np.errstate(divide="ignore", invalid="ignore"):
            return _Normal(
                BlockNormal(self.blocks),
                Blocks(on_host(mode), bases),
                float(np.sum(np.log(precisions))),
                float(np.sum(along**2 / precisions)),
            )


class _Normal(NamedTuple):
    """A normal, the logarithm of its precision's determinant, and ``g^T precision^{-1} g``."""

    guide: Guide
    params: Any
    log_determinant: float
    decrement: float

    @property
    def is_proper(self) -> bool:
        return bool(np.isfinite(self.log_determinant))


@stored("target", "max_steps")
def _ascend(target: Target, max_steps: int, data: Data, start: jax.Array) -> Climb:
    return climb(target, data, start, max_steps=max_steps, memory=_MEMORY, tolerance=1e-9)
