"""`pfn NAME from "robust.pfn"`: trained networks, each read when it is used."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.reporter import Reporter
from gendsl.frontend import ast
from gendsl.ir.trained import TrainedNetwork
from gendsl.resolve.failure import Unresolved

ReadNetwork = Callable[[ast.PfnFile], TrainedNetwork]
"""Reads the file of a declaration; raises DiagnosticError, with the declaration's place."""


@dataclass(slots=True)
class NetworkFiles:
    """The networks that a file and its imports declare. One that nothing uses is not read."""

    read: ReadNetwork
    declared: dict[str, ast.PfnFile] = field(default_factory=dict)
    _found: dict[str, TrainedNetwork | tuple[Diagnostic, ...]] = field(default_factory=dict)

    def network(self, name: str, reporter: Reporter) -> TrainedNetwork:
        """The network of that name, which is declared.

        Raises:
            Unresolved: if its file can't be used, which is reported.
        """
        if name not in self._found:
            try:
                self._found[name] = self.read(self.declared[name])
            except DiagnosticError as error:
                self._found[name] = error.diagnostics
        found = self._found[name]
        if isinstance(found, TrainedNetwork):
            return found
        reporter.extend(found)
        raise Unresolved


def no_networks(declaration: ast.PfnFile) -> TrainedNetwork:
    """Refuse: for texts that may not use a trained network."""
    raise DiagnosticError(
        (
            Diagnostic(
                "G1032",
                f"a prior can't use the trained network `{declaration.name}`",
                declaration.span,
                "a network of its own",
                help="state the model that it was trained on in its place",
            ),
        )
    )
