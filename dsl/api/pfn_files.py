"""Trained networks in files: read without pickle, checked, and never believed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.analysis.network_files import block_of
from gendsl.api.pfn_prior import Prior, differences, prior_of_file
from gendsl.api.pfn_ranges import SHARES, STATISTICS
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.frontend.read import read

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn

_NEEDED = {"mean", "sd"}
"""Of the statistics, those of every file."""
_RANGES = {"rows", "columns", "tasks", "inputs", "target", "by_rows", "seed"}


def load_pfn(path: str | Path, prior: str | Path | None = None) -> TrainedPfn:
    """Read a network that `gendsl pfn train` or `TrainedPfn.save` wrote.

    With `prior`, a `.gen` file, the network has to be one of the block of its name there.

    Raises:
        DiagnosticError: if the file is missing, damaged or of another prior.
    """
    found = read_checkpoint(Path(path))
    if prior is not None:
        own = prior_of_file(read(prior), found.prior.pfn.name)
        if differing := differences(found.prior.pfn, own.pfn):
            verb = "is" if len(differing) == 1 else "are"
            raise _error(
                "G1022",
                f"`{path}` is of another prior: {', '.join(differing)} {verb} not as in `{prior}`",
                "train a network on that file, or leave it out",
            )
    return found


def read_checkpoint(path: Path) -> TrainedPfn:
    """Return what a file has.

    Raises:
        DiagnosticError: if it is missing, or anything else than what was written.
    """
    from gendsl.api.pfn_trained import TrainedPfn
    from gendsl.inference.amortised import DamagedNetwork, load

    try:
        checkpoint = load(path)
        about = checkpoint.about
        pfn, source = block_of(path, about)
    except DamagedNetwork as error:
        raise _damaged(path, error.reason) from None
    except FileNotFoundError:
        help = "`gendsl pfn train FILE.gen --out CKPT` makes one"
        raise _error("G0801", f"there is no file `{path}`", help) from None
    except OSError as error:
        raise _error("G0801", f"`{path}` can't be read: {error.strerror or error}") from None
    prior = Prior(pfn, source, about.prior_imports)
    if prior.hash != about.prior_hash:
        raise _damaged(path, "its prior is not the one that it has the hash of")
    found = TrainedPfn(prior, checkpoint.trained, about)
    _check_ranges(path, found)
    _check_design(path, found)
    return found


def _check_design(path: Path, found: TrainedPfn) -> None:
    """The network has the columns, the head and the latents that its prior calls for."""
    from gendsl.api.pfn_plan import design_of

    design = found.trained.design
    columns = sum(max(each.widths) for each in found.inputs)
    latents = 0 if design.joint is None else design.joint.count
    has_latents = bool(found.prior.pfn.latents) == (latents > 0)
    if not has_latents or design != design_of(found.prior.pfn, columns, latents):
        raise _damaged(path, "its network is not the one that its prior calls for")


def _check_ranges(path: Path, found: TrainedPfn) -> None:
    try:
        is_whole = _are_ranges(found.about.ranges, found)
    except (KeyError, TypeError, AttributeError):
        is_whole = False
    if not is_whole:
        raise _damaged(path, "what it says of its prior's draws can't be read")


def _are_ranges(ranges: Mapping[str, Any], found: TrainedPfn) -> bool:
    """Whether the ranges have the form that `pfn_ranges` gives them."""
    names = {
        name
        for each in found.inputs
        for name in ([each.name] if each.is_ranged else map(each.column, range(max(each.widths))))
    }
    columns, parts = ranges["columns"], ranges["by_rows"]
    spans = (*ranges["inputs"].values(), ranges["target"])
    return (
        set(ranges) == _RANGES
        and ranges["rows"] == list(found.prior.pfn.rows)
        and all(map(_is_whole, (ranges["seed"], ranges["tasks"], *columns)))
        and len(columns) == 2
        and set(ranges["inputs"]) == names
        and all(_are_numbers((each["least"], each["most"])) for each in spans)
        and all(_are_numbers(each["quantiles"], len(SHARES)) for each in spans)
        and "1" in parts
        and all(size.isdecimal() and int(size) >= 1 for size in parts)
        and all(_NEEDED <= set(part) <= set(STATISTICS) for part in parts.values())
        and all(_are_numbers(ends) for part in parts.values() for ends in part.values())
    )


def _are_numbers(values: Any, count: int = 2) -> bool:
    return (
        isinstance(values, list | tuple) and len(values) == count and all(map(_is_number, values))
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _damaged(path: Path, reason: str) -> DiagnosticError:
    help = "give a file that `gendsl pfn train` wrote; if it is one, train again"
    return _error("G1021", f"`{path}` is no network that can be used: {reason}", help)


def _error(code: str, message: str, help: str | None = None) -> DiagnosticError:
    return DiagnosticError((Diagnostic(code, message, help=help),))
