"""The result of a run as it is printed: a table, then warnings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from gendsl.cli.console import as_json, report_below, say, say_json
from gendsl.diagnostics.diagnostic import Diagnostic

if TYPE_CHECKING:
    from gendsl.api.fit import Fit
    from gendsl.results.summary import Summary


def show_fit(
    fit: Fit,
    summary: Summary,
    warnings: Sequence[Diagnostic],
    *,
    path: str | None,
    json: bool,
    is_complete: bool,
    has_energy: bool = False,
) -> None:
    """Print the summary of a fit and what speaks against trusting it.

    With `has_energy`, E-BFMI by chain stands below the table.
    """
    bfmi = fit.bfmi().tolist()
    if json:
        say_json(
            {
                "model": fit.attributes.get("model_name"),
                "fit": path,
                **{key: fit.attributes.get(key) for key in _RECORDED},
                **{key: fit.attributes[key] for key in _OF_OTHERS if key in fit.attributes},
                **({"bfmi": bfmi} if bfmi else {}),
                "summary": summary.rows(),
                "warnings": as_json(warnings),
            }
        )
        return
    from gendsl.results.table import render_table

    hint = f": `gendsl summary {path} --all` shows them" if path else ""
    say(render_table(summary, is_complete=is_complete, how_to_see_all=hint))
    if bfmi and has_energy:
        say(f"\nE-BFMI by chain: {', '.join(f'{value:.2f}' for value in bfmi)}")
    report_below(warnings)


_RECORDED = (
    "inference_program", "seed", "precision", "device", "sampling_time", "total_time", "versions",
    "warmup_divergences", "is_interrupted", "draws_are", "is_exact",
)  # fmt: skip
_OF_OTHERS = (
    "method", "pareto_k", "log_evidence", "log_evidence_sd", "improper_priors", "effective_size",
    "share_without_position", "share_without_density",
    "particles", "mode_log_densities", "standing", "members", "variance_inflation",
)  # fmt: skip
"""What fits say that are not chains."""
