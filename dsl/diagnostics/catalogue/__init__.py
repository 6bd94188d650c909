"""Every code that a diagnostic may carry, one file an area."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.diagnostics.catalogue import (
    checking,
    command,
    data,
    equations,
    inference,
    lint,
    matching,
    modules,
    names,
    networks,
    networks_in_models,
    pfns,
    proposals,
    random_functions,
    sampling,
    structure,
    syntax,
    types,
)
from gendsl.diagnostics.catalogue.row import CatalogueRow


def _in_order(*files: tuple[CatalogueRow, ...]) -> tuple[CatalogueRow, ...]:
    return tuple(sorted((row for rows in files for row in rows), key=lambda row: row.code))


AREAS: Mapping[str, tuple[CatalogueRow, ...]] = MappingProxyType(
    {
        "G01": syntax.ROWS,
        "G02": names.ROWS,
        "G03": types.ROWS,
        "G04": _in_order(
            structure.ROWS,
            equations.ROWS,
            inference.ROWS,
            random_functions.ROWS,
            networks.ROWS,
            matching.ROWS,
        ),
        "G05": lint.ROWS,
        "G06": data.ROWS,
        "G07": sampling.ROWS + modules.ROWS,
        "G08": command.ROWS,
        "G09": checking.ROWS,
        "G10": _in_order(pfns.ROWS, networks_in_models.ROWS, proposals.ROWS),
    }
)
"""The rows of each area, under the first characters of their codes."""

CATALOGUE: Mapping[str, CatalogueRow] = MappingProxyType(
    {row.code: row for rows in AREAS.values() for row in rows}
)
"""The row of each code."""

__all__ = ["AREAS", "CATALOGUE", "CatalogueRow"]
