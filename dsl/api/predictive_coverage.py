"""Coverage of predictions: which draws are held against which observations."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from gendsl.api.curves import OBSERVED, quantity
from gendsl.api.failure import UsageError
from gendsl.api.groups import Groups
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import Program
from gendsl.results.groups import SAMPLE_DIMS
from gendsl.results.predictive_coverage import PredictiveCoverage, predictive_coverage


def coverage_of(
    groups: Groups, program: Program, name: str, observed: Any, seed: int
) -> PredictiveCoverage:
    """Hold a predicted quantity against observations; see `Fit.coverage`."""
    _, draws = quantity(groups, name)
    held = {str(n): groups[g][n] for g in OBSERVED if g in groups.groups for n in groups[g]}
    refuse_another_function(program, name)
    given = name if observed is None and name in held else observed
    if given is None or (isinstance(given, str) and given not in held):
        what = "is not said" if given is None else f"can't be `{given}`, which is not observed"
        raise UsageError(
            Diagnostic(
                "G0837",
                f"what `{name}` predicts {what}",
                help=f"name the observed data: {listed(held)}" if held else "give the values",
            )
        )
    label = given if isinstance(given, str) else "values"
    values = np.asarray(held[given].values if isinstance(given, str) else given)
    shape = draws.shape[len(SAMPLE_DIMS) :]
    if values.shape != shape or values.dtype.kind not in "fiub":
        raise UsageError(
            Diagnostic(
                "G0837",
                f"`{name}` predicts {_sized(shape)}, and `{label}` has {_sized(values.shape)}",
                help="predict a number for each observation:"
                " `predict y_new[row] ~ Normal(f(x), sigma)`",
            )
        )
    if np.isnan(values.astype(np.float64)).all():
        raise UsageError(
            Diagnostic("G0837", f"nothing of `{label}` was observed", help="give the values")
        )
    each = np.asarray(draws.transpose(*SAMPLE_DIMS, ...).values).reshape(-1, values.size)
    return predictive_coverage(each, values.reshape(-1), name=name, observed_name=label, seed=seed)


def save_coverage(found: PredictiveCoverage, path: Path) -> None:
    """Write the calibration curve as a picture.

    Raises:
        DiagnosticError: if the path can't be written.
    """
    from gendsl.api.output import PICTURE_KINDS, check_destination, save
    from gendsl.results.coverage_picture import draw_coverage

    check_destination(path, PICTURE_KINDS)
    kind = path.suffix.lower().removeprefix(".")
    save(path, lambda temporary: draw_coverage(found, temporary, kind))


def refuse_another_function(program: Program, name: str, sites: Collection[str] = ()) -> None:
    """Refuse replicates of data out of which a function was integrated: theirs is another one.

    `sites` are the statements that draw them, where these have names of their own.
    """
    for function in program.functions:
        if function.observed in {name, *sites}:
            raise UsageError(
                Diagnostic(
                    "G0838",
                    f"replicates of `{name}` are of a new function: `{function.name}` is"
                    " integrated out",
                    help=f"predict with the same function, as in `predict {name}_new[row] ~"
                    f" Normal({function.name}(x), sigma)`, and ask for that",
                )
            )


def _sized(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) + " numbers" if shape else "one number"
