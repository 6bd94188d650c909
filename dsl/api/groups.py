"""A tree of labelled groups with what it says of itself: what every result has in common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.results.labelled import Tree, data_tree

if TYPE_CHECKING:
    from xarray import Dataset, DataTree

    from gendsl.results.labelled import AnyGroup


class Groups:
    """Groups as labelled xarray datasets: `result["posterior"]` or `result.posterior`.

    `tree` is the whole, an xarray `DataTree` in ArviZ's schema. `attributes` say how it came about:
    the model's text and hash, seed, versions. `notes` are remarks that are not saved.
    """

    def __init__(
        self,
        tree: DataTree | Tree,
        attributes: Mapping[str, Any],
        notes: tuple[Diagnostic, ...] = (),
    ) -> None:
        self._tree = tree
        self.attributes = dict(attributes)
        self.notes = notes

    @property
    def tree(self) -> DataTree:
        """The groups as a tree; it imports xarray."""
        if isinstance(self._tree, dict):
            self._tree = data_tree(self._tree)
        return self._tree

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups."""
        return tuple(map(str, self._members()))

    def _members(self) -> Mapping[str, Any]:
        return self._tree if isinstance(self._tree, dict) else self._tree.children

    def _group(self, name: str) -> AnyGroup:
        """A group, without xarray where nothing has asked for it yet."""
        return self._tree[name] if isinstance(self._tree, dict) else self[name]

    def __getitem__(self, group: str) -> Dataset:
        """Return a group.

        Raises:
            KeyError: if there is no such group.
        """
        if group not in self._members():
            raise KeyError(f"there is no group {group!r}, only {', '.join(self.groups)}")
        return self.tree[group].to_dataset()

    def __getattr__(self, name: str) -> Dataset:
        if name.startswith("_") or name in ("attributes", "notes"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError as error:
            raise AttributeError(str(error)) from None

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.groups]

    def save(self, path: str | Path) -> None:
        """Write it as NetCDF (`.nc`) or Zarr (`.zarr`), whole or not at all.

        Raises:
            DiagnosticError: if the path can't be written.
        """
        from gendsl.api.output import save_tree

        save_tree(self._tree, self.attributes, Path(path))
