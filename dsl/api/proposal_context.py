"""A model's data as the context of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.pfn_priors import dims_of
from gendsl.api.pfn_columns import Domain, domain_of_target
from gendsl.api.pfn_prediction import Context, read_context
from gendsl.api.pfn_tables import table_of
from gendsl.ir.bound import BoundData

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn


def context_of(network: TrainedPfn, bound: BoundData, *, is_judged: bool = False) -> Context:
    """Return all rows of a model's data as a network reads them; judged, what speaks against them.

    Raises:
        DiagnosticError: if an entry is missing, or none that the network's prior can have.
    """
    import jax

    pfn = network.prior.pfn
    columns: dict[str, Any] = {}
    given: dict[str, Any] = {}
    for each in network.inputs:
        values = _codes(each.domain, _array(bound, each.name))
        if each.is_per_row:
            axis = dims_of(pfn.program, each.name).index(pfn.row)
            columns[each.name] = np.moveaxis(values, axis, 0)
        else:
            given[each.name] = values
    target = _codes(domain_of_target(pfn), _array(bound, network.target))
    table = table_of({**columns, network.target: target}, "the data")
    with jax.enable_x64(False):
        return read_context(network, table, given=given, is_judged=is_judged)


def _array(bound: BoundData, name: str) -> NDArray[Any]:
    """The array of some data, NaN where an entry is missing."""
    values = np.asarray(bound.arrays[name])
    mask = bound.missing.get(name)
    if mask is None or not np.any(mask):
        return values
    return np.where(np.asarray(mask), np.nan, values.astype(np.float64))


def _codes(domain: Domain, values: NDArray[Any]) -> NDArray[Any]:
    """The codes of members, which data have by their positions; other numbers as they are."""
    return values + domain.first_code if domain.is_index else values
