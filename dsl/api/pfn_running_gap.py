"""How far a network is from its reference while it is trained, on data sets that are held back."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.pfn_columns import inputs_of
from gendsl.api.pfn_ranges import draws_of
from gendsl.api.pfn_reference import Reference
from gendsl.api.pfn_sampler import TaskSampler
from gendsl.api.progress import Report
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.ir.pfn import Pfn

if TYPE_CHECKING:
    from gendsl.inference.amortised import Trained

Floats = NDArray[np.float64]

EXACT = 24
"""Data sets that are held back where the reference is exact."""
_KEY = 2 * 10**6
"""Of data sets that neither training nor `gendsl pfn check` draws."""
_SIZES = 3
_QUERIES = 5


class Gap(NamedTuple):
    """The mean over data sets and its standard error, in nats.

    `unsettled` runs of the reference have chains that disagree.
    """

    mean: float
    error: float
    judged: int
    unsettled: int

    def __str__(self) -> str:
        doubt = f", {self.unsettled} of {self.judged} runs unsettled" if self.unsettled else ""
        return f"gap {self.mean:.3f} ± {self.error:.3f}{doubt}"

    def to_dict(self) -> dict[str, Any]:
        """Return it as a checkpoint keeps it."""
        return {"mean_gap": self.mean, "gap_error": self.error, "num_judged": self.judged,
                "unsettled": self.unsettled}  # fmt: skip


class _Held(NamedTuple):
    """A data set [row, column], [row], its context, and what the reference says of its queries."""

    x: Floats
    y: Floats
    num_context: int
    log_density: float
    is_settled: bool


@dataclass(frozen=True)
class RunningGap:
    """Measures the gap E[log p(y | x, context) - log q(y | x, context)] of a training.

    Contexts are the least, a middling and the most of rows. With `judged` absent there are
    `EXACT` data sets if the reference is exact, and none if it would have to be drawn.
    """

    pfn: Pfn
    judged: int | None = None
    progress: Report | None = None

    @cached_property
    def held(self) -> tuple[_Held, ...]:
        """The data sets and what the reference says of them, which may take a while.

        Raises:
            DiagnosticError: if so many are wanted, and there is no reference.
        """
        if self.judged == 0:
            return ()
        try:
            return self._found()
        except DiagnosticError:
            if self.judged is None:
                return ()
            raise

    @property
    def is_known(self) -> bool:
        """Whether there are such data sets, and they are known by now."""
        return bool(self.__dict__.get("held"))

    def _found(self) -> tuple[_Held, ...]:
        from gendsl.inference.milestones import Milestone

        reference = Reference(self.pfn, inputs_of(self.pfn))
        low, high = self.pfn.rows
        count = EXACT if self.judged is None else self.judged
        drawn = draws_of(TaskSampler(self.pfn, count, high).apart.draw, _KEY, count)
        sizes = np.linspace(max(low - 1, 1), high - 1, _SIZES).astype(int)
        found: list[_Held] = []
        for i in range(len(drawn.y)):
            if self.judged is not None and self.progress is not None:
                self.progress(Milestone("reference", i, len(drawn.y)))
            n, columns = int(sizes[i % _SIZES]), int(drawn.columns[i])
            x = np.asarray(drawn.x[i, : n + _QUERIES], np.float64)
            y = np.asarray(drawn.y[i, : n + _QUERIES], np.float64)
            if self.judged is None and not found and not reference.is_exact(x, y, columns):
                return ()
            said = reference.judge(x, y, n, columns, i)
            log_density = float(said.log_density.mean())
            found.append(_Held(x[:, :columns], y, n, log_density, said.is_settled))
        return tuple(found) if len(found) > 1 else ()

    def measured(self, trained: Trained) -> Gap | None:
        """Return the gap of a network; `None` if there are no data sets."""
        from gendsl.inference.amortised import Predictor

        if not self.held:
            return None
        predictor = Predictor.of(trained)
        gaps = [
            each.log_density - float(
                predictor.predict(each.x[: each.num_context], each.y[: each.num_context],
                                  each.x[each.num_context :])
                .log_density(each.y[each.num_context :]).mean()
            )
            for each in self.held
        ]  # fmt: skip
        error = float(np.std(gaps, ddof=1) / np.sqrt(len(gaps)))
        unsettled = sum(not each.is_settled for each in self.held)
        return Gap(float(np.mean(gaps)), error, len(gaps), unsettled)

    def __call__(self, trained: Trained) -> str:
        """Return the gap as progress tells it, or nothing."""
        found = self.measured(trained)
        return "" if found is None else str(found)
