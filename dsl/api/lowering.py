"""From a typed program to a backend's, and the backend's refusals as diagnostics."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from gendsl import pipeline
from gendsl.api.pfn_declared import trained_network
from gendsl.api.shapes import statement_named
from gendsl.backends.failures import Refusal
from gendsl.backends.protocol import Backend, BackendProgram
from gendsl.backends.registry import BACKENDS
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Program


def backend_named(name: str) -> Backend:
    """Return a row of the table of backends.

    Raises:
        ValueError: if there is no such backend.
    """
    if name not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {name!r}")
    return BACKENDS[name]


def transform(
    program: Program, backend: str = "numpyro", sizes: Mapping[str, int] | None = None
) -> Program:
    """Return the program after the backend's transforms."""
    return pipeline.transform(program, backend_named(backend), sizes)


@lru_cache(maxsize=32)
def lower(program: Program, backend: str = "numpyro") -> BackendProgram:
    """Return the backend's program: the same for equal programs, so that JAX compiles it once.

    Raises:
        DiagnosticError: if a trained network that it draws from is damaged, or not the one that it
            was checked with.
    """
    for network in program.trained:
        trained_network(network)
    return backend_named(backend).lower(program)


@lru_cache(maxsize=32)
def lower_in_batches(program: Program, dim: str) -> Any:
    """Return NumPyro's program that reads a dimension in minibatches: the same for equal ones.

    Raises:
        NeedsWhole: if a statement needs all of its members.
    """
    lowered = BACKENDS["numpyro"].in_batches
    assert lowered is not None
    return lowered(program, dim)


@contextmanager
def explained(program: Program) -> Iterator[None]:
    """Turn what the backend can't do into a diagnostic that points at the statement.

    Raises:
        DiagnosticError: in place of the backend's refusal.
    """
    try:
        yield
    except Refusal as error:
        statement = statement_named(program, error.site)
        datum = program.datum(error.site.removesuffix(".missing"))
        function = next((f for f in program.functions if f.name == error.site), None)
        found = statement or datum or function or _equations_named(program, error.site)
        span = None if found is None else found.span
        raise DiagnosticError(
            (Diagnostic(error.code, str(error), span, help=error.help),)
        ) from None


def _equations_named(program: Program, name: str) -> OdeSystem | None:
    """The differential equations of that name."""
    systems = (node for node in program.nodes if isinstance(node, OdeSystem))
    return next((system for system in systems if system.name == name), None)
