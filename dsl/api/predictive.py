"""What fits and predictions have in common: draws to be held against observations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.api.curve_groups import CurveGroups

if TYPE_CHECKING:
    from gendsl.api.model import Model
    from gendsl.results.predictive_coverage import PredictiveCoverage


class Predictive(CurveGroups):
    """Groups that have predictions among them."""

    @property
    def model(self) -> Model:
        """The model, compiled from the text that is carried along."""
        from gendsl.api.model import Model

        return Model.from_attributes(self.attributes)

    def coverage(self, name: str, observed: Any = None, *, seed: int = 0) -> PredictiveCoverage:
        """Return how often central intervals of a predicted quantity hold what was observed.

        `observed` names data, or has the values; of a replicate of data it may be left out.
        Printing the result shows the coverage; `at(0.9)` is that of 90% intervals. On data that
        were fitted, coverage flatters the model.

        Raises:
            UsageError: if there are no such draws, or they are not for these observations.
        """
        from gendsl.api.predictive_coverage import coverage_of

        return coverage_of(self, self.model.program, name, observed, seed)

    def plot_coverage(
        self, name: str, path: str | Path, observed: Any = None, *, seed: int = 0
    ) -> PredictiveCoverage:
        """Draw the calibration curve of predictions, observed coverage against nominal.

        The arguments and the result are those of `coverage`; the path ends in `.png`, `.pdf` or
        `.svg`.

        Raises:
            UsageError: if there are no such draws, or they are not for these observations.
            DiagnosticError: if the path can't be written.
        """
        from gendsl.api.predictive_coverage import save_coverage

        found = self.coverage(name, observed, seed=seed)
        save_coverage(found, Path(path))
        return found
