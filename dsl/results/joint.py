"""Geweke's joint test: whether two simulators of parameters and data agree in their means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted, listed
from gendsl.results.ecdf import holm
from gendsl.results.table import Rows

Values = NDArray[np.float64]

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of a statistic, by both simulators.

    Attributes:
        name: of the statistic.
        forward: its mean over draws of the prior, and data from them.
        by_turns: over the turns of the kernel and of the data.
        z: their difference over its standard error.
        p: by Student's t, with one degree of freedom less than there are chains.
        adjusted: `p` after Holm, for all statistics together.
    """

    name: str
    forward: float
    by_turns: float
    z: float
    p: float
    adjusted: float


def differences(names: Sequence[str], forward: Values, means: Values) -> tuple[Difference, ...]:
    """Compare `forward` [draw, statistic] with the means of chains [chain, statistic].

    z = (mean of means - mean of forward) / sqrt(var(means) / C + var(forward) / M). Statistics that
    never vary are left out.
    """
    from scipy.stats import t

    first, second = forward.mean(axis=0), means.mean(axis=0)
    error = np.sqrt(
        forward.var(axis=0, ddof=1) / len(forward) + means.var(axis=0, ddof=1) / len(means)
    )
    kept = np.flatnonzero((error > 0) | (first != second))
    with np.errstate(divide="ignore"):
        z = (second - first)[kept] / error[kept]
    # A mean that is no number is as wrong as can be.
    p = np.nan_to_num(2.0 * t.sf(np.abs(z), len(means) - 1), nan=0.0)
    adjusted = holm(p)
    return tuple(
        Difference(
            names[place],
            float(first[place]),
            float(second[place]),
            float(z[i]),
            float(p[i]),
            float(adjusted[i]),
        )
        for i, place in enumerate(map(int, kept))
    )


@dataclass(frozen=True, slots=True, repr=False)
class JointTest:
    """Geweke's joint test of a kernel; prints a table.

    `rate` is the probability that any statistic is rejected where the kernel is right.
    """

    program: str
    differences: tuple[Difference, ...]
    rate: float
    num_chains: int
    num_turns: int
    num_wanted: int

    @property
    def rejected(self) -> tuple[Difference, ...]:
        """The statistics whose means differ, at the rate for all of them together."""
        return tuple(d for d in self.differences if d.adjusted <= self.rate)

    @property
    def is_passed(self) -> bool:
        """Whether there are statistics, and none is rejected."""
        return bool(self.differences) and not self.rejected

    def warnings(self) -> tuple[Diagnostic, ...]:
        """What speaks against the kernel, and against the test."""
        return (*self._against_the_kernel(), *self._against_the_test())

    def _against_the_test(self) -> tuple[Diagnostic, ...]:
        if self.num_turns >= self.num_wanted:
            return ()
        said = f"the test was stopped after {self.num_turns} of {counted(self.num_wanted, 'turn')}"
        return (Diagnostic("G0730", said, help="what is there holds its rate, and finds less"),)

    def _against_the_kernel(self) -> tuple[Diagnostic, ...]:
        if not self.rejected:
            return ()
        worst = sorted(self.rejected, key=lambda d: -abs(d.z))
        named = listed([d.name for d in worst], _MOST_NAMED)
        said = "; ".join(f"{d.name}: z = {d.z:.1f}" for d in worst[:_MOST_NAMED])
        return (
            Diagnostic(
                "G0732",
                f"the kernel does not keep the posterior: it shifts {named}",
                notes=(
                    said,
                    f"for a right kernel, that happens with probability {self.rate:g} at most"
                    + f", over all {len(self.differences)} statistics together"
                    * (len(self.differences) > 1),
                ),
                help="try each kernel of a `cycle` or `mix` by itself, to see which it is",
            ),
        )

    def to_dict(self) -> dict[str, Any]:
        """What was found, fit for JSON."""
        return {
            "inference_program": self.program,
            "chains": self.num_chains,
            "turns": self.num_turns,
            "turns_wanted": self.num_wanted,
            "rate": self.rate,
            "is_passed": self.is_passed,
            "statistics": [
                {
                    "name": d.name,
                    "forward": d.forward,
                    "by_turns": d.by_turns,
                    "z": d.z,
                    "p": d.p,
                    "p_adjusted": d.adjusted,
                    "is_rejected": d.adjusted <= self.rate,
                }
                for d in self.differences
            ],
        }

    def table(self, *, is_complete: bool = False) -> str:
        """The statistics as a table, without a final line end."""
        rows = Rows(("", "forward", "by turns", "z", "p adjusted", ""), is_complete)
        groups: dict[str, list[Difference]] = {}
        for each in self.differences:
            groups.setdefault(each.name.partition("[")[0].partition(",")[0], []).append(each)
        for name, members in groups.items():
            rows.add(name, len(members), partial(self._row, members))
        stopped = f"{self.num_turns} of " if self.num_turns < self.num_wanted else ""
        turns = f"{stopped}{counted(self.num_wanted, 'turn')}"
        head = (
            f"means of {counted(self.num_chains, 'chain')} of {turns}, and of forward"
            " draws; shares of the prior"
        )
        body = Rows.joined([rows], how_to_see_all=": `--all` shows them")
        return f"{head}\n\n{body if self.differences else 'nothing varies'}"

    def _row(self, members: Sequence[Difference], i: int) -> tuple[str, ...]:
        d = members[i]
        is_wrong = d.adjusted <= self.rate
        return (
            d.name,
            f"{d.forward:.3f}",
            f"{d.by_turns:.3f}",
            f"{d.z:.1f}",
            f"{d.adjusted:.3f}" if d.adjusted >= 0.0005 else f"{d.adjusted:.0e}",
            "differs" if is_wrong else "",
        )

    def __str__(self) -> str:
        return self.table()

    __repr__ = __str__
