"""A posterior with everything that was derived from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.failure import UsageError
from gendsl.api.predictive import Predictive
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import counted
from gendsl.results.curve_picture import CURVE_SIZE
from gendsl.results.reliability import judge
from gendsl.results.summary import Summary, summarise
from gendsl.results.trust import DrawKind, kind_of_draws, label_of

if TYPE_CHECKING:
    from xarray import DataArray, Dataset

    from gendsl.api.prediction import Prediction
    from gendsl.results.crossvalidation import CrossValidation

PRIOR_DRAWS = 1000
"""Of a picture's panel of the prior."""


class Fit(Predictive):
    """The groups of a run: posterior, predictive, log likelihood, sampler's statistics, data."""

    @property
    def posterior(self) -> Dataset:
        """The draws [chain, draw, ...] of every quantity that the model saves."""
        return self["posterior"]

    def summary(self, names: str | Sequence[str] | None = None) -> Summary:
        """Summarise the posterior; printing the result shows a table.

        Raises:
            UsageError: if the fit has no quantity of one of the names.
        """
        chosen = [names] if isinstance(names, str) else names
        posterior = self._group("posterior")
        for name in chosen or ():
            if name not in posterior:
                message = f"the posterior has no quantity `{name}`"
                raise UsageError(Diagnostic("G0806", message, help=self._where(name)))
        kind = kind_of_draws(self.attributes)
        return summarise(
            posterior,
            chosen,
            is_chain=kind in (DrawKind.CHAINS, DrawKind.INDEPENDENT),
            superchains=self.attributes.get("superchains") if kind is DrawKind.CHAINS else None,
            label=label_of(self.attributes),
        )

    def bfmi(self) -> NDArray[np.float64]:
        """Return E-BFMI of each chain, E (E_t - E_(t-1))^2 / var(E) of its energies; 0.3 is low.

        Empty where the draws have no energy, as those of kernels other than `nuts` have not.
        """
        from gendsl.results.convergence import bfmi

        statistics = self._group("sample_stats")
        is_chains = kind_of_draws(self.attributes) is DrawKind.CHAINS
        if not is_chains or "energy" not in statistics:
            return np.zeros(0)
        return bfmi(np.asarray(statistics["energy"].transpose("chain", "draw").values))

    def _where(self, name: str) -> str | None:
        """Where a quantity is that the posterior lacks, or what may be meant by its name."""
        for group in ("posterior_predictive", "observed_data", "constant_data"):
            if group in self.groups and name in self[group]:
                way = f'it is in the fit\'s group `{group}`: `fit.{group}["{name}"]` in Python'
                is_predicted = group == "posterior_predictive"
                there = f"`gendsl predict FIT --var {name}` on the command line"
                return f"{way}, {there}" if is_predicted else way
        close = nearest(name, map(str, self.posterior.data_vars))
        return f"did you mean `{close}`?" if close else None

    def probabilities(self, name: str) -> DataArray:
        """Return the posterior probability of each state of a discrete latent quantity.

        P(z = state | data), the mean over the draws of what is exact given each; an array
        [*dims of the quantity, state], whose states are on the dimension that the quantity points
        into, or on `{name}_state` where they are numbers.

        Raises:
            UsageError: if the fit has no discrete latent quantity of that name.
        """
        from gendsl.api.discrete import probabilities

        return probabilities(self, [name])[name]

    def most_probable(self, name: str) -> DataArray:
        """Return the jointly most probable values of a discrete latent quantity.

        They maximise the joint probability of all discrete quantities (of a hidden Markov chain it
        is the Viterbi path), given the draw of highest log density; attributes `chain` and `draw`
        say which that is. One draw, rather than a mean over them, since states may change places
        from draw to draw.

        Raises:
            UsageError: if the fit has no discrete latent quantity of that name.
        """
        from gendsl.api.discrete import most_probable

        return most_probable(self, [name])[name]

    def warnings(self, summary: Summary | None = None) -> tuple[Diagnostic, ...]:
        """Return what speaks against trusting the draws, with what to do; empty is good news.

        `summary` saves the time of a second one where there is one of the whole fit.
        """
        return judge(summary or self.summary(), self._group("sample_stats"), self.attributes)

    def predict(
        self,
        data: object = None,
        *,
        seed: int = 0,
        draws: int | None = None,
        do: Mapping[str, Any] | None = None,
    ) -> Prediction:
        """Predict new data from each posterior draw; the model stays as it is.

        `data` are those of the new rows; what is not given is as in the fit. The variables that the
        model observes may be absent. A label that the fit has not seen is a new draw from its
        population. `draws` takes that many of the posterior's draws, evenly spaced. `do` sets
        quantities from outside, as `Model.do` does: what depends on them is predicted anew, their
        causes stay as inferred.

        Raises:
            DiagnosticError: if the data don't fit the model.
        """
        from gendsl.api.prediction import predict
        from gendsl.api.setting import settings_from
        from gendsl.api.warned import warn_of

        made = predict(self, data, seed=seed, draws=draws, do=settings_from(do or {}))
        warn_of(made.notes)
        return made

    def score(
        self,
        data: object = None,
        name: str | None = None,
        observed: object = None,
        *,
        seed: int = 0,
        draws: int | None = None,
    ) -> CrossValidation:
        """Score how well new observations were predicted: the log of their predictive densities.

        Of each observation y it is log mean p(y | draw), the mean over the posterior's draws; what
        is not known of new rows is drawn, as in `predict`. `data` are those of the new rows, with
        the observed quantity among them; `name` says which where the model observes several. Or
        `name` is a quantity that a `predict` statement draws, `observed` its values: so it is with
        a random function that is integrated out of the data. Of a series each entry is given those
        before it. The result is as of `kfold`, and `gendsl.compare` takes it. Without data it is of
        the rows that were fitted, as it says, and flatters the model.

        Raises:
            DiagnosticError: if the data don't fit the model.
            UsageError: if there is no such quantity, or it is not said what was observed of it.
        """
        from gendsl.api.scoring import score
        from gendsl.api.warned import warn_of

        found = score(self, data, name, observed, seed=seed, draws=draws)
        warn_of((*found.notes, *found.warnings()))
        return found

    def plot_curve(
        self,
        name: str,
        path: str | Path,
        *,
        along: str | None = None,
        data: str | Sequence[str] | None = None,
        at: str | None = None,
        prior: bool = False,
        lines: int = 30,
        label: str | None = None,
        along_label: str | None = None,
        log: bool = False,
        size: tuple[float, float] = CURVE_SIZE,
    ) -> None:
        """Draw a predicted curve: its median, 50% and 90% at each point, `lines` of its draws.

        `along` names the data, real numbers for each point, along which it runs; it may be left out
        where one does. `data` are shown with it, observed or not, and `at` those along which they
        are. With `prior`, curves from the prior are in a panel of their own. `label` and
        `along_label` are written at the axes in place of the names; `log` makes the vertical one
        logarithmic. `size` of a panel is in inches. `.png`, `.pdf` or `.svg`.

        Raises:
            UsageError: if it is no curve, or it must be said along what it runs.
            DiagnosticError: if the path can't be written, or the prior can't be simulated.
        """
        from gendsl.api.curves import plot_curve, prior_of
        from gendsl.results.curve_picture import Look

        look = Look(label, along_label, lines, log, size)
        drawn = prior_of(self, PRIOR_DRAWS) if prior else None
        plot_curve(self, name, Path(path), along=along, data=data, at=at, prior=drawn, look=look)

    def loo(
        self,
        *,
        site: str | None = None,
        refit: bool = False,
        seed: int | None = None,
        progress: Callable[[Any], None] | None = None,
    ) -> CrossValidation:
        """Estimate how well the model predicts each observation from the others.

        The draws are weighted by 1 / p(y_i | theta), the weights smoothed (PSIS); an observation
        with k above the limit is one for which that fails, and with `refit` the model is fitted
        without it. `site` names the data whose entries are left out, where the model observes
        arrays of different dimensions; of arrays over the same dimensions an observation is the
        entry of each.

        Raises:
            DiagnosticError: if there is nothing to leave out, or it must be said what.
        """
        from gendsl.api.crossvalidation import loo

        return loo(self, site=site, refit=refit, seed=seed, progress=progress)

    def __repr__(self) -> str:
        sizes = self.posterior.sizes
        name = self.attributes.get("model_name", "?")
        kind = kind_of_draws(self.attributes)
        if kind is DrawKind.CHAINS:
            chains, draws = counted(sizes["chain"], "chain"), counted(sizes["draw"], "draw")
            return f"Fit of {name}: {chains} of {draws}"
        return f"Fit of {name}: {counted(sizes['chain'] * sizes['draw'], 'draw')}, {kind}"


def load(path: str | Path) -> Fit:
    """Read a fit that `save` or `gendsl infer --out` wrote.

    Raises:
        DiagnosticError: if there is no such file, or it is not a fit.
    """
    from gendsl.api.output import load_tree

    return Fit(*load_tree(Path(path)))
