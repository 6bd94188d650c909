"""What is to be said of covariances that rounding left without a Cholesky factor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gendsl.diagnostics.diagnostic import Diagnostic


def judge_diagonals(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    """A warning for each covariance whose diagonal was raised beyond the usual."""
    for found in attributes.get("raised_diagonals", []):
        yield Diagnostic(
            "G0774",
            f"the covariance of `{found['name']}` was not positive definite to rounding at"
            f" {int(found['draws'])} of {int(found['of'])} draws: up to {float(found['share']):.0e}"
            " of its mean variance was added to its diagonal",
            notes=("that is noise, which the model does not have",),
            help="write such noise, a `White` kernel; take points farther apart, or a prior that"
            " keeps length scales off large values; or compute in float64",
        )
