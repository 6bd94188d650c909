"""A posterior with everything that was derived from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.results.attributes import decode
from gendsl.results.reliability import judge
from gendsl.results.summary import Summary, summarise

if TYPE_CHECKING:
    from xarray import Dataset, DataTree

    from gendsl.api.model import Model


class Fit:
    """The groups of a run as labelled xarray datasets, in ArviZ's schema.

    `tree` is an xarray `DataTree` that ArviZ reads as it is. `attributes` say how it came about:
    the model's text and hash, seed, versions, precision, device, inference program.
    """

    def __init__(self, tree: DataTree, attributes: Mapping[str, Any]) -> None:
        self.tree = tree
        self.attributes = dict(attributes)

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups."""
        return tuple(str(name) for name in self.tree.children)

    def __getitem__(self, group: str) -> Dataset:
        """Return a group.

        Raises:
            KeyError: if the fit has no such group.
        """
        if group not in self.tree.children:
            raise KeyError(f"the fit has no group {group!r}; it has {', '.join(self.groups)}")
        return self.tree[group].to_dataset()

    def __getattr__(self, name: str) -> Dataset:
        if name.startswith("_") or name in ("tree", "attributes"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.groups]

    @property
    def posterior(self) -> Dataset:
        """The draws [chain, draw, ...] of every quantity that the model saves."""
        return self["posterior"]

    @property
    def model(self) -> Model:
        """The model, compiled from the text that the fit carries."""
        from gendsl.api.model import Model

        return Model.from_attributes(self.attributes)

    def summary(self, names: str | Sequence[str] | None = None) -> Summary:
        """Summarise the posterior; printing the result shows a table.

        Raises:
            UsageError: if the fit has no quantity of one of the names.
        """
        chosen = [names] if isinstance(names, str) else names
        posterior = self.posterior
        for name in chosen or ():
            if name not in posterior:
                close = nearest(name, map(str, posterior.data_vars))
                raise UsageError(
                    Diagnostic(
                        "G0808",
                        f"the fit has no quantity `{name}`",
                        help=f"did you mean `{close}`?" if close else None,
                    )
                )
        return summarise(posterior, chosen)

    def warnings(self, summary: Summary | None = None) -> tuple[Diagnostic, ...]:
        """Return what speaks against trusting the draws, with what to do; empty is good news.

        `summary` saves the time of a second one where there is one of the whole fit.
        """
        return judge(summary or self.summary(), self["sample_stats"], self.attributes)

    def predict(self, data: object = None, *, seed: int = 0, draws: int | None = None) -> DataTree:
        """Predict new data from each posterior draw; the model stays as it is.

        `data` are those of the new rows; what is not given is as in the fit. The variables that the
        model observes may be absent. A label of a known dimension that the fit has not seen is a new
        draw from its population. Returns the groups `predictions` and `predictions_constant_data`.

        Raises:
            DiagnosticError: if the data don't fit the model.
        """
        from gendsl.api.prediction import predict

        return predict(self, data, seed=seed, draws=draws)

    def save(self, path: str | Path) -> None:
        """Write the fit as NetCDF (`.nc`) or Zarr (`.zarr`), whole or not at all.

        Raises:
            DiagnosticError: if the path can't be written.
        """
        from gendsl.api.output import save_tree

        save_tree(self.tree, self.attributes, Path(path))

    def __repr__(self) -> str:
        sizes = self.posterior.sizes
        name = self.attributes.get("model_name", "?")
        return f"Fit of {name}: {sizes['chain']} chains of {sizes['draw']} draws"


def load(path: str | Path) -> Fit:
    """Read a fit that `save` or `gendsl infer --out` wrote.

    Raises:
        DiagnosticError: if there is no such file, or it is not a fit.
    """
    from gendsl.api.output import load_tree

    tree = load_tree(Path(path))
    return Fit(tree, decode(tree.attrs))
