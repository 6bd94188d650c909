"""New data predicted from each draw of a fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.latents import latent_sites
from gendsl.api.categories import categories
from gendsl.api.compilation import Checked
from gendsl.api.data_groups import data_groups
from gendsl.api.failure import UsageError
from gendsl.api.fixed_values import bind_fixed, hidden_names
from gendsl.api.forecast import Forecast, forecast
from gendsl.api.intervention import predictive
from gendsl.api.linear_networks import Weights, about, weights_of
from gendsl.api.lowering import explained, lower
from gendsl.api.members import (
    NEW,
    Members,
    Positions,
    gather,
    known_entries,
    members_of,
    positions_in_fit,
    spoken_dimensions,
)  # fmt: skip
from gendsl.api.missing import inferred_entries
from gendsl.api.posterior import by_chain, each_draw
from gendsl.api.predictive import Predictive
from gendsl.api.provenance import provenance
from gendsl.api.runtime import computing
from gendsl.api.setting import Setting
from gendsl.api.shapes import dims_of, internal_names, observed_names, predicted_names
from gendsl.backends.protocol import Density
from gendsl.data.raw import RawData, names_in
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.results.attributes import PREDICTION_FORMAT
from gendsl.results.groups import SAMPLE_DIMS, Quantity, drawn
from gendsl.results.summary import Summary, summarise
from gendsl.results.trust import label_of
from gendsl.transforms.fixed_data import OWN
from gendsl.transforms.shown_outputs import hidden_outputs, with_shown_outputs

if TYPE_CHECKING:
    from xarray import Dataset

    from gendsl.api.fit import Fit


class Prediction(Predictive):
    """The group `predictions`: data and predicted quantities on the dimensions of the new data.

    `posterior` has the model's other quantities on those dimensions, new members included.
    """

    def summary(self, names: str | Sequence[str] | None = None) -> Summary:
        """Summarise the predictions, or all quantities of a model that predicts nothing.

        `names` chooses among the quantities of both groups.

        Raises:
            UsageError: if there is no quantity of one of the names.
        """
        group = "predictions" if "predictions" in self.groups else "posterior"
        chosen = [names] if isinstance(names, str) else names
        draws = self[group] if chosen is None else self._only(chosen)
        label = str(self.attributes.get("label", ""))
        return summarise(draws, is_chain=False, label=label)

    def _only(self, names: Sequence[str]) -> Dataset:
        """The quantities of these names, wherever they are."""
        from xarray import Dataset

        groups = [self[g] for g in ("predictions", "posterior") if g in self.groups]
        found = {str(name): group[name] for group in groups for name in group.data_vars}
        for name in names:
            if name not in found:
                close = nearest(name, found)
                help = f"did you mean `{close}`?" if close else f"there are {listed(found)}"
                message = f"the predictions have no quantity `{name}`"
                raise UsageError(Diagnostic("G0806", message, help=help))
        return Dataset({name: found[name] for name in names})


@dataclass(frozen=True, slots=True)
class NewRows:
    """New data beside a fit's draws.

    `told` is what the new data say; `ahead` has the fit's positions before it, where a series goes
    on from there. `of_fit` are the fit's own draws of the latents, `latent` the same on the
    dimensions of the new data, and `is_known` marks the members of these that the fit has.
    `weights` are those about which networks are linear, none where they are as written.
    """

    checked: Checked
    told: BoundData
    ahead: Forecast
    spoken: frozenset[str]
    positions: dict[str, Positions]
    chains: int
    of_fit: dict[str, NDArray[Any]]
    latent: dict[str, NDArray[Any]]
    is_known: dict[str, NDArray[np.bool_]]
    weights: Weights

    @property
    def known(self) -> tuple[tuple[str, tuple[int, ...], bytes], ...]:
        """`is_known` as a key of what is compiled for it."""
        return tuple((name, mask.shape, mask.tobytes()) for name, mask in self.is_known.items())

    def density(self, fit: Fit, draws: int | None, *, is_scored: bool = False) -> Density:
        """The density given the new data; what the fit inferred of gaps in them is known too.

        What is `is_scored` is given the entries before it, so that none of these may be missing.
        """
        program = self.checked.program
        bound = (self.ahead if is_scored else self.ahead.without_gaps_ahead()).bound
        density = lower(with_shown_outputs(program) if self.weights else program).bind(bound)
        missing = stacked(
            fit, inferred_entries(fit, program, bound, density, self.positions), draws
        )
        self.latent.update(missing)
        for name, entries in missing.items():
            self.is_known[name] = np.ones(entries.shape[1:], np.bool_)
        return density


def new_rows(
    fit: Fit,
    data: object,
    draws: int | None,
    do: tuple[Setting, ...] = (),
    check: Callable[[Program, BoundData], object] | None = None,
) -> NewRows:
    """Bind new data, and put a fit's draws on their dimensions.

    `check` looks at the new data once they are bound, before what the fit says of their rows.

    Raises:
        DiagnosticError: if the data don't fit the model.
    """
    from gendsl.data import raw_of

    if draws is not None and draws < 1:
        raise ValueError(f"draws must be at least 1, got {draws}")
    checked = predictive(fit.model.checked, do)
    program = checked.program
    members = members_of(fit)
    raw = raw_of({} if data is None else data)
    spoken = spoken_dimensions(program, raw)
    told = bind_again(fit, checked, raw, members, spoken)
    if check is not None:
        check(program, told)
    _refuse_other_points(program, spoken)
    ahead = forecast(
        program,
        told,
        members,
        spoken,
        lambda: bind_again(fit, checked, raw_of({}), members, frozenset()),
    )
    positions = {
        dim: positions_in_fit(dim, program, ahead.bound, members, spoken)
        for dim in ahead.bound.sizes
    }
    chains, of_fit = latent_draws(fit, program, draws)
    dims = dims_of(program)
    latent, is_known = {}, {}
    for name, values in of_fit.items():
        places = _places(name, values, dims.get(name, ()), positions, members)
        latent[name] = gather(values, places)
        is_known[name] = known_entries(places)
    is_known |= ahead.kept
    weights = weights_of(fit, program, positions)
    return NewRows(
        checked, told, ahead, spoken, positions, chains, of_fit, latent, is_known, weights
    )


def predict(
    fit: Fit,
    data: object,
    *,
    seed: int,
    draws: int | None,
    do: tuple[Setting, ...] = (),
) -> Prediction:
    """Predict new data from each draw of a fit; see `Fit.predict`."""
    from xarray import DataTree

    rows = new_rows(fit, data, draws, do)
    program, told, ahead = rows.checked.program, rows.told, rows.ahead
    precision = str(fit.attributes["precision"])
    with computing(precision) as device, explained(program):
        density = rows.density(fit, draws)

        def one(key: Any, draw: Any, data: Any) -> dict[str, Any]:
            return {"drawn": density.predict(key, data, draw, rows.is_known)}

        same = "predict", density.log_prior, rows.known
        data_there = about(density, rows.weights)
        made = each_draw(one, rows.latent, seed, data=data_there, same=same)
        predicted = by_chain(made, rows.chains)["drawn"]

    dims, said = dims_of(program), categories(program, told)
    split: dict[str, dict[str, Quantity]] = {"/predictions": {}, "/posterior": {}}
    outcomes = observed_names(program) | predicted_names(program)
    hidden = hidden_names(program) | internal_names(program)
    if rows.weights:
        hidden |= hidden_outputs(program)
    for name in sorted(predicted.keys() - hidden, key=list(dims).index):
        group = "/predictions" if name in outcomes else "/posterior"
        values_there = ahead.returned(np.asarray(predicted[name]), dims[name])
        split[group][name] = Quantity(dims[name], values_there, attributes=said.get(name, {}))
    groups = {group: drawn(quantities, told.labels) for group, quantities in split.items()}
    given = data_groups(program, told, prefix="predictions_")
    groups |= {f"/{name}": group.to_dataset() for name, group in given.items()}
    tree = DataTree.from_dict({group: ds for group, ds in groups.items() if ds.data_vars})
    attributes = {
        **provenance(rows.checked, PREDICTION_FORMAT, seed, precision, device),
        "label": label_of(fit.attributes, is_short=True),
    }
    notes = (
        *told.notes,
        *ahead.notes,
        *_notes(rows.positions, rows.spoken, program, rows.of_fit, dims),
        *_rows_of_the_fit(program, rows.spoken, split["/predictions"], dims),
    )
    if not split["/predictions"]:
        notes = (*notes, _nothing_predicted(program))
    return Prediction(tree, attributes, notes)


def bind_again(
    fit: Fit, checked: Checked, raw: RawData, members: Members, spoken: frozenset[str]
) -> BoundData:
    """Bind the new data, with the fit's own where the new data say nothing of their dimensions."""
    from gendsl.data import raw_of
    from gendsl.data.merging import merge

    program = checked.program
    known = dict(members.labels)
    for datum in program.data:
        if datum.type.dim is not None and known.get(datum.type.dim) is None:
            known[datum.type.dim] = tuple(range(members.sizes[datum.type.dim]))
    kept = {}
    for name in ("constant_data", "observed_data"):
        if name in fit.groups:
            for datum in program.data:
                if datum.name in fit[name] and not spoken & set(datum.dims):
                    kept[datum.name] = fit[name][datum.name]
    given = set(names_in(raw))
    unlabelled = {dim for dim in members.sizes if members.labels.get(dim) is None}
    own = {
        name: array.drop_vars(unlabelled & set(array.coords))
        for name, array in kept.items()
        if name not in given
    }
    of_fit = raw_of(own, "the fit")
    return bind_fixed(
        checked,
        merge([raw, of_fit]),
        mode="predict",
        known=known,
        sizes=members.sizes,
        optional=observed_names(program),
        kept=frozenset(names_in(of_fit)) - given,
    )


def latent_draws(
    fit: Fit, program: Program, draws: int | None
) -> tuple[int, dict[str, NDArray[Any]]]:
    """Return the number of chains, and the latent draws with chains and draws on one axis."""
    sizes = fit["posterior"].sizes
    is_thinned = draws is not None and draws < sizes["chain"] * sizes["draw"]
    names = sorted({site.name for site in latent_sites(program)})
    return 1 if is_thinned else sizes["chain"], stacked(fit, names, draws)


def stacked(fit: Fit, names: Sequence[str], draws: int | None) -> dict[str, NDArray[Any]]:
    if not names:
        return {}
    # Of a quantity that is set in part, the rest has a site of its own.
    found = {name: name if name in fit["posterior"] else name.removesuffix(OWN) for name in names}
    group = fit["posterior"][list(found.values())].transpose(*SAMPLE_DIMS, ...)
    chains, length = group.sizes["chain"], group.sizes["draw"]
    which = np.arange(chains * length)
    if draws is not None and draws < len(which):
        which = which[np.linspace(0, len(which) - 1, draws).round().astype(int)]
    return {
        name: np.asarray(group[own].values).reshape(-1, *group[own].shape[2:])[which]
        for name, own in found.items()
    }


def _places(
    name: str,
    values: NDArray[Any],
    dims: tuple[str, ...],
    positions: dict[str, Positions],
    members: Members,
) -> tuple[Positions, ...]:
    shape = values.shape[1:]
    if shape == tuple(members.sizes.get(dim, -1) for dim in dims):
        return tuple(positions[dim] for dim in dims)
    if any(not np.array_equal(positions[d], np.arange(members.sizes[d])) for d in dims):
        raise DiagnosticError(
            (Diagnostic("G0707", f"new members of `{name}` can't be drawn: it is drawn whole"),)
        )
    return tuple(np.arange(size) for size in shape)


def _refuse_other_points(program: Program, spoken: frozenset[str]) -> None:
    """What is inferred of a random function belongs to the points of the fit."""
    for function in program.functions:
        for points in function.fixed_by:
            moved = [d for d in points.dims if d in spoken]
            if moved:
                name, row = function.name, moved[0]
                what = Diagnostic(
                    "G0779",
                    f"`{name}` is inferred by the points along `{row}`: no others can be in their"
                    " place",
                    function.span,
                    f"its values there are inferred, by `{function.solver}`",
                    help=f"give new points a dimension of their own: `predict g[grid] = {name}(z)`,"
                    " with `data z[grid] : real`",
                )
                raise DiagnosticError((what,))


def _nothing_predicted(program: Program) -> Diagnostic:
    return Diagnostic(
        "G0811",
        f"`{program.name}` draws no data: what it scores is computed from them",
        help="say what to predict: `predict y_new[row] ~ Normal(mu, sigma)`",
    )


def _rows_of_the_fit(
    program: Program,
    spoken: frozenset[str],
    predicted: dict[str, Quantity],
    dims: dict[str, tuple[str, ...]],
) -> tuple[Diagnostic, ...]:
    """A note for each dimension of the predictions, where the new data say nothing of any."""
    rows = {dim for name in predicted for dim in dims[name]} - spoken
    open_rows = [d for d in program.dimensions if d.name in rows and d.size is None]
    if not spoken or any(spoken & set(dims[name]) for name in predicted):
        return ()
    told = listed(sorted(spoken))
    return tuple(
        Diagnostic(
            "G0812",
            f"the predictions are for the fit's own members of `{dim.name}`: the new data only "
            f"tell of {told}",
            dim.span,
            "not among the new data",
            help=f"for others give data over `{dim.name}` too",
        )
        for dim in open_rows
        if dim.labels is None and dim.like is None
    )


def _notes(
    positions: dict[str, Positions],
    spoken: frozenset[str],
    program: Program,
    latent: dict[str, NDArray[Any]],
    dims: dict[str, tuple[str, ...]],
) -> tuple[Diagnostic, ...]:
    """One note for each dimension whose members are taken as new for want of labels."""
    varied = {dim for name in latent for dim in dims.get(name, ())}
    return tuple(
        Diagnostic(
            "G0810",
            _taken_as_new(dim, len(places)),
            program.dimension(dim).span,
            "its members have a quantity each",
            help=f"give `{dim}` the fit's labels if they are its members",
        )
        for dim, places in positions.items()
        if dim in spoken & varied and len(places) and (places == NEW).all()
    )


def _taken_as_new(dim: str, count: int) -> str:
    if count == 1:
        return f"the member of `{dim}` is taken as new: it has no label that the fit knows"
    what = f"all {count} members of `{dim}` are taken as new"
    return f"{what}: they have no labels that the fit knows"
