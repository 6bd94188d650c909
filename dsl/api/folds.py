"""Which fold each observation belongs to."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.failure import UsageError
from gendsl.api.held_out import HeldOut
from gendsl.api.terms import Term
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import Data
from gendsl.results.observations import NONE, Observations

Folds = NDArray[np.int64]


def assign(
    count: int, folds: int, rng: np.random.Generator, strata: NDArray[Any] | None = None
) -> Folds:
    """Deal observations into folds of equal size, alike in `strata` where it is given.

    In the order of `strata` (ties at random), each run of as many observations as there are folds
    goes to the folds in random order.
    """
    shuffled = rng.permutation(count)
    order = shuffled
    if strata is not None:
        order = shuffled[np.argsort(strata[shuffled], kind="stable")]
    dealt = np.concatenate([rng.permutation(folds) for _ in range(-(-count // folds))])[:count]
    if count % folds:
        # The last, incomplete run must not leave a fold empty where there are few observations.
        dealt[-(count % folds) :] = rng.permutation(folds)[: count % folds]
    found = np.empty(count, np.int64)
    found[order] = dealt
    return found


def assign_groups(groups: NDArray[Any], folds: int, rng: np.random.Generator) -> Folds:
    """Keep each group in one fold: the largest first, each to the smallest fold."""
    names, members, counts = np.unique(groups, return_inverse=True, return_counts=True)
    tie = rng.permutation(len(names))
    sizes = np.zeros(folds, np.int64)
    fold_of = np.empty(len(names), np.int64)
    for group in sorted(range(len(names)), key=lambda g: (-counts[g], tie[g])):
        fold_of[group] = int(np.argmin(sizes))
        sizes[fold_of[group]] += counts[group]
    return np.asarray(fold_of[members.reshape(-1)])


def check_count(folds: int, most: int, what: str) -> None:
    """Refuse numbers of folds that leave one empty.

    Raises:
        UsageError: if there are fewer than 2, or more than `most`.
    """
    if not 2 <= folds <= most:
        raise UsageError(
            Diagnostic(
                "G0915",
                f"{most} {what} can't be dealt into {folds} fold{'' if folds == 1 else 's'}",
                help=f"`--folds` is between 2 and {most}",
            )
        )


def values_by_observation(
    name: str, option: str, held_out: HeldOut, observations: Observations
) -> NDArray[Any]:
    """The values of data, or the members of a dimension, at each observation.

    Raises:
        UsageError: if no data or dimension of that name covers the observations.
    """
    values: dict[int, Any] = {}
    for term in held_out.terms.values():
        if term.name in observations.numbers:
            whole = _along(name, option, term, held_out)[held_out.part(term)]
            numbers = observations.numbers[term.name]
            is_there = numbers != NONE
            values |= dict(zip(numbers[is_there].tolist(), whole[is_there].tolist(), strict=True))
    return np.asarray([values[i] for i in range(len(observations))])


def _along(name: str, option: str, term: Term, held_out: HeldOut) -> NDArray[Any]:
    """The values over the axes of a term."""
    bound, program = held_out.bound, held_out.checked.program
    shape = [bound.sizes[dim] for dim in term.dims]
    usable = [d for d in program.data if set(d.dims) <= set(term.dims) and d.dims]
    datum = next((d for d in usable if d.name == name), None) or _index_into(name, usable)
    if datum is not None and datum.name in bound.arrays:
        array = np.asarray(bound.arrays[datum.name])
        kept = [dim for dim in term.dims if dim in datum.dims]
        array = array.transpose([datum.dims.index(dim) for dim in kept])
        lengths = [bound.sizes[dim] if dim in kept else 1 for dim in term.dims]
        return np.broadcast_to(array.reshape(lengths), shape)
    if name in term.dims:
        lengths = [-1 if dim == name else 1 for dim in term.dims]
        return np.broadcast_to(np.arange(bound.sizes[name]).reshape(lengths), shape)
    names = [*(d.name for d in usable), *term.dims]
    close = nearest(name, names)
    raise UsageError(
        Diagnostic(
            "G0915",
            f"`{option} {name}` names no data over the observations of `{term.of}`",
            help=f"did you mean `{close}`?" if close else f"there are {listed(names)}",
        )
    )


def _index_into(dim: str, usable: list[Data]) -> Data | None:
    """The one index into a dimension among these data: `county` stands for `county_of`."""
    found = [datum for datum in usable if datum.type.dim == dim]
    return found[0] if len(found) == 1 else None
