"""Room on the disk for a fit, looked for before its draws are made."""

from __future__ import annotations

import shutil
from math import prod
from pathlib import Path

from gendsl.analysis.latents import latent_sites
from gendsl.api.settings import Plan
from gendsl.api.shapes import dims_of, types_of
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.ir.types import REAL

_MOST_COMPRESSED = 8
"""Real draws are noise, which no compression makes small; but a chain repeats those it rejects."""


def check_room(
    path: Path, program: Program, bound: BoundData, plan: Plan, *, precision: str
) -> None:
    """Make sure that there is room for the draws of a fit's real unknowns at `path`.

    What is derived from them, and whether it is saved, is not counted: there may be too little room
    even so, which shows when the fit is written.

    Raises:
        DiagnosticError: if there is none.
    """
    draws = plan.number("chains") * plan.number("draws", plan.number("particles"))
    dims, types = dims_of(program), types_of(program)
    numbers = sum(
        prod(bound.sizes[dim] for dim in dims[name])
        for name in {site.name for site in latent_sites(program)}
        if types.get(name) == REAL and all(dim in bound.sizes for dim in dims[name])
    )
    taken = draws * numbers * (8 if precision == "double" else 4)
    free = shutil.disk_usage(path.parent).free
    if taken > _MOST_COMPRESSED * free:
        raise DiagnosticError(
            (
                Diagnostic(
                    "G0640",
                    f"`{path}` has no room for the draws",
                    notes=(
                        f"{draws:,} draw{'s' * (draws != 1)} of {numbers:,}"
                        f" number{'s' * (numbers != 1)} take {taken:,} bytes,"
                        f" and {free:,} are free",
                    ),
                    help="ask for fewer draws, or write to another disk",
                ),
            )
        )
