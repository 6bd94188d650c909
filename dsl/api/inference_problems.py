"""What is wrong with the fit of an approximation or a transport, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.results.trust import INTERRUPTED

if TYPE_CHECKING:
    from gendsl.inference.approximations import Outcome


def problems(status: Outcome) -> list[str]:
    """Return what is wrong with a fit, apart from k-hat."""
    from gendsl.inference.approximations import Outcome

    words = {
        Outcome.INTERRUPTED: INTERRUPTED,
        Outcome.NOT_CONVERGED: "the optimiser stopped before it was done",
        Outcome.NOT_A_MAXIMUM: "the mode is no strict maximum",
        Outcome.NON_FINITE: "the density could not be computed at some draws",
    }
    return [text for bit, text in words.items() if status & bit]
