"""The file that `pfn NAME from "robust.pfn"` names: what it says of itself, read without NumPy.

Its prior is a text, which goes through the parser and the checks that every program goes through;
what that imports comes from the file alone. The weights are read when they are needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from gendsl.analysis.network_signature import network_inputs, network_target
from gendsl.analysis.pfn_blocks import pfns_of_file
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.source import Source
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.frontend.parse import parse
from gendsl.ir.pfn import Pfn
from gendsl.ir.trained import TrainedNetwork
from gendsl.network_file import About, DamagedNetwork, check_whole, read_header
from gendsl.resolve.library import Load


def read_network(declaration: ast.PfnFile) -> TrainedNetwork:
    """Return the network of a declaration; a path is relative to the folder of the file.

    Raises:
        DiagnosticError: if there is no such file, or it is no trained network.
    """
    path = Path(declaration.span.source.name).parent / declaration.path
    try:
        header = read_header(path)
        check_whole(path, header)
        pfn, _ = block_of(path, header.about)
    except DamagedNetwork as error:
        help = "give a file that `gendsl pfn train` wrote; if it is one, train again"
        reason = f"`{declaration.path}` is no network that can be used: {error.reason}"
        raise _refused(declaration, reason, help) from None
    except FileNotFoundError:
        raise _refused(declaration, f"there is no file `{path}`", _neighbour(path)) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise _refused(declaration, f"`{path}` can't be read: {reason}", None) from None
    return TrainedNetwork(
        declaration.name, str(path), header.digest, pfn, network_inputs(pfn), network_target(pfn),
        declaration.span,
    )  # fmt: skip


def loader_within(imports: Mapping[str, str]) -> Load:
    """Return what reads imports from these texts, by their names, and no file."""

    def load(path: str, importing: Source) -> tuple[Source, ast.File]:
        name = str(Path(importing.name).parent / path)
        if name not in imports:
            raise DiagnosticError((Diagnostic("G1021", f"its prior imports `{path}`, not in it"),))
        found = Source(name, imports[name])
        return found, parse(found)

    return load


def block_of(path: Path, about: About) -> tuple[Pfn, Source]:
    """Return the block of the text that a file has, and the text; no other file is read for it.

    Raises:
        DamagedNetwork: if the text has errors, or no such block.
    """
    source = Source(about.prior_file or "<checkpoint>", about.prior)
    try:
        found, problems = pfns_of_file(source, parse(source), loader_within(about.prior_imports))
    except DiagnosticError as error:
        reason = f"its prior has errors: {error.diagnostics[0].message}"
        raise DamagedNetwork(path, reason) from None
    except RecursionError:
        raise DamagedNetwork(path, "its prior is nested too deeply") from None
    blocks = {pfn.name: pfn for pfn in found}
    if about.block in blocks:
        return blocks[about.block], source
    if problems:
        raise DamagedNetwork(path, f"its prior has errors: {problems[0].message}")
    raise DamagedNetwork(path, f"its text has no `pfn` block `{about.block}`")


def _refused(declaration: ast.PfnFile, reason: str, help: str | None) -> DiagnosticError:
    return DiagnosticError(
        (
            Diagnostic(
                "G1031",
                f"the network `{declaration.name}` can't be used: {reason}",
                declaration.span,
                "named here",
                help=help,
            ),
        )
    )


def _neighbour(path: Path) -> str:
    """A file that may have been meant, or how to make one."""
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix == path.suffix]
    except OSError:
        names = []
    near = nearest(path.name, names)
    if near is not None:
        return f"did you mean `{near}`?"
    return (
        f"`gendsl pfn train FILE.gen --out {path.name}` makes one; a path is relative to the folder"
        " of the file that names it"
    )
