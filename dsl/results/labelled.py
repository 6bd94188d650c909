"""Labelled arrays without xarray, whose import takes longer than most of what is done with them.

A `Group` answers to the few names by which results are summarised and judged, and these are
xarray's: what is written for one works for the other. `to_dataset` is the way to all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from types import EllipsisType

    from xarray import DataArray, Dataset, DataTree


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """An array with the names of its axes; `coords` are the labels along those that have any."""

    dims: tuple[str, ...]
    values: NDArray[Any]
    attrs: Mapping[str, Any] = field(default_factory=dict)
    coords: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis."""
        return self.values.shape

    @property
    def sizes(self) -> dict[str, int]:
        """The lengths by name."""
        return dict(zip(self.dims, self.shape, strict=True))

    def transpose(self, *dims: str | EllipsisType) -> Labelled:
        """Return the array with these axes in this order, `...` standing for the others."""
        others = [dim for dim in self.dims if dim not in dims]
        order: list[str] = []
        for dim in dims:
            order += [dim] if isinstance(dim, str) else others
        places = [self.dims.index(dim) for dim in order]
        return Labelled(tuple(order), self.values.transpose(places), self.attrs, self.coords)

    def __getitem__(self, dim: str) -> Labelled:
        """The labels along an axis."""
        return Labelled((dim,), self.coords[dim])


class Group:
    """Labelled arrays that share their axes."""

    def __init__(
        self,
        variables: Mapping[str, tuple[tuple[str, ...], NDArray[Any], Mapping[str, Any]]],
        coords: Mapping[str, NDArray[Any]],
    ) -> None:
        self.coords = dict(coords)
        self.data_vars = {
            name: Labelled(
                dims, np.asarray(values), attrs, {d: coords[d] for d in dims if d in coords}
            )
            for name, (dims, values, attrs) in variables.items()
        }

    @property
    def sizes(self) -> dict[str, int]:
        """The length of each axis."""
        lengths = {dim: len(labels) for dim, labels in self.coords.items()}
        for array in self.data_vars.values():
            lengths |= array.sizes
        return lengths

    def __contains__(self, name: object) -> bool:
        return name in self.data_vars

    def __getitem__(self, name: str) -> Labelled:
        return self.data_vars[name]

    def to_dataset(self) -> Dataset:
        """Return the same arrays as an xarray `Dataset`."""
        from xarray import Dataset

        variables = {n: (a.dims, a.values, dict(a.attrs)) for n, a in self.data_vars.items()}
        return Dataset(variables, self.coords)


Tree = dict[str, Group]
"""Groups by name."""

if TYPE_CHECKING:
    AnyArray = DataArray | Labelled
    AnyGroup = Dataset | Group


def data_tree(groups: Tree) -> DataTree:
    """Return groups as an xarray `DataTree`."""
    from xarray import DataTree

    return DataTree.from_dict({f"/{name}": group.to_dataset() for name, group in groups.items()})
