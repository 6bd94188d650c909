"""What the library holds."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class LibraryModel:
    """A model of the library.

    `posteriors` names the posteriors of the public posteriordb database that it states, and
    `parameters` maps the database's name of a quantity to ours where they differ. `file` is its
    path in this folder. `modes` says why chains need not agree, where they need not.
    """

    name: str
    file: str
    title: str
    source: str
    posteriors: tuple[str, ...]
    parameters: Mapping[str, str]
    modes: str = ""

    @property
    def path(self) -> Path:
        """The program."""
        return FOLDER / self.file

    @property
    def kind(self) -> str:
        """What it is an example of: its folder, in words."""
        return self.file.partition("/")[0].replace("_", " ").capitalize()


def library() -> tuple[LibraryModel, ...]:
    """Every model of the library, in the order of its list."""
    with (FOLDER / "catalogue.toml").open("rb") as file:
        rows = tomllib.load(file)
    return tuple(
        LibraryModel(
            name=name,
            file=row["file"],
            title=row["title"],
            source=row["source"],
            posteriors=tuple(row["posteriors"]),
            parameters=row.get("parameters", {}),
            modes=row.get("modes", ""),
        )
        for name, row in rows.items()
    )
