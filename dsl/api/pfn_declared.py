"""The trained networks that a program names: from the declaration to the network itself."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.program import Program
from gendsl.ir.trained import TrainedNetwork
from gendsl.network_file import DamagedNetwork, read_header

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn


def declared_network(program: Program, name: str) -> TrainedNetwork | None:
    """Return the declaration of that name, if a statement or an inference program uses it."""
    return next((each for each in program.trained if each.name == name), None)


def trained_network(declared: TrainedNetwork) -> TrainedPfn:
    """Return the network of a declaration, its weights included; the same is read once.

    Raises:
        DiagnosticError: if the file is another than when the program was checked, or is damaged.
    """
    try:
        is_same = read_header(Path(declared.path)).digest == declared.digest
    except (DamagedNetwork, OSError):
        is_same = False
    if not is_same:
        raise DiagnosticError((_changed(declared),))
    return _read(declared.path, declared.digest)


def networks_of(program: Program) -> dict[str, str]:
    """Return the digests of the networks that a program names, by their paths."""
    return {each.path: each.digest for each in program.trained}


def check_same(program: Program, known: Mapping[str, Any]) -> None:
    """See that networks are those that a fit was made with: `known` digests, by path.

    Raises:
        DiagnosticError: if one is not.
    """
    changed = [e for e in program.trained if known.get(e.path, e.digest) != e.digest]
    if changed:
        raise DiagnosticError(tuple(map(_changed, changed)))


@lru_cache(maxsize=8)
def _read(path: str, digest: str) -> TrainedPfn:
    from gendsl.api.pfn_files import read_checkpoint

    return read_checkpoint(Path(path))


def _changed(declared: TrainedNetwork) -> Diagnostic:
    return Diagnostic(
        "G1033",
        f"`{declared.path}` is not the network that it was",
        declared.span,
        "another since",
        help="put the file back that was there; or compile the program anew, and fit it again",
    )
