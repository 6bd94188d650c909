"""Runs that stream to a folder and go on from it: what they are of, and the refusals explained."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.lowering import lower
from gendsl.api.means import Means
from gendsl.api.output import not_written
from gendsl.api.plan_networks import attributes_of_networks
from gendsl.api.runtime import versions
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.printer import print_inference
from gendsl.ir.program import Program
from gendsl.resolve.inference_piece import Result

if TYPE_CHECKING:
    from gendsl.inference.streaming import RunFolderError

_DECIDING = ("gendsl", "jax", "jaxlib", "numpyro", "numpy")


@dataclass(frozen=True, slots=True)
class Resumption:
    """The folder of a run, and what the run in it has to be of."""

    folder: Path
    identity: Mapping[str, Any]

    @property
    def arguments(self) -> dict[str, Any]:
        """What the inference core is told of it."""
        return {"folder": self.folder, "identity": self.identity}


def resumption(
    folder: Path | None,
    program: Program,
    bound: BoundData,
    plan: Plan,
    means: Means,
) -> Resumption | None:
    """Return what a run in `folder` has to be of, next to its seed and its data.

    The number of draws may change: it decides none of them.

    Raises:
        UsageError: if the inference program, or the library that runs it, has no chains that could
            go on.
    """
    if folder is None:
        return None
    if means.engine != "gendsl":
        raise UsageError(
            Diagnostic(
                "G0757",
                f"chains of the engine `{means.engine}` can't go on from a folder",
                help="leave out `--resume`, or the engine: that of gendsl streams and goes on",
            )
        )
    if plan.returns is not Result.CHAINS:
        raise UsageError(
            Diagnostic(
                "G0824",
                f"`{plan.outer.name}` has no chains that could go on",
                help="`--resume` is for programs that begin with chains, such as `nuts()`",
            )
        )
    source = json.dumps([lower(program, means.backend).source, sorted(bound.sizes.items())])
    found = versions()
    identity = {
        "program": hashlib.sha256(source.encode()).hexdigest(),
        "inference": _without_draws(plan),
        **attributes_of_networks(plan),
        "versions": {
            **{name: found[name] for name in _DECIDING if name in found},
            **means.versions(),
        },
    }
    return Resumption(folder, identity)


def _without_draws(plan: Plan) -> str:
    pieces = tuple(
        replace(piece, settings=tuple((n, v) for n, v in piece.settings if n != "draws"))
        for piece in plan.program.pieces
    )
    return print_inference(replace(plan.program, name="run", pieces=pieces))


@contextmanager
def streaming_to(found: Resumption | None) -> Iterator[None]:
    """Explain what keeps a run from its folder.

    Raises:
        DiagnosticError: if the folder is of no use, or can't be written.
    """
    if found is None:
        yield
        return
    from gendsl.inference.streaming import RunFolderError

    try:
        yield
    except RunFolderError as error:
        raise _explained(found.folder, error) from None
    except OSError as error:
        raise not_written(found.folder, error, "`--resume` with this folder then goes on") from None
    except InferenceError as error:
        (diagnostic,) = error.diagnostics
        if diagnostic.code != "G0703":
            raise
        help = "the same command goes on from where it was stopped"
        raise InferenceError(replace(diagnostic, help=help)) from None


def _explained(folder: Path, error: RunFolderError) -> DiagnosticError:
    from gendsl.inference.streaming import Trouble

    notes, another = error.details, "give another folder, or one that is not there yet"
    match error.trouble:
        case Trouble.FOREIGN:
            message = f"`{folder}` is not the folder of a run"
            return UsageError(Diagnostic("G0820", message, notes=notes, help=another))
        case Trouble.DIFFERENT:
            message = f"the run in `{folder}` is another one"
            help = f"repeat the command that began it, or {another}"
            return UsageError(Diagnostic("G0821", message, notes=notes, help=help))
        case Trouble.DAMAGED:
            message = f"the run in `{folder}` is damaged"
            return DiagnosticError((Diagnostic("G0822", message, notes=notes, help=another),))
        case Trouble.BUSY:
            message = f"another process writes to `{folder}`"
            return UsageError(Diagnostic("G0823", message, help="wait for its end"))
        case Trouble.FULL:
            message = f"`{folder}` has no room for the draws"
            help = "ask for fewer draws, or give a folder on another disk"
            return DiagnosticError((Diagnostic("G0640", message, notes=notes, help=help),))
