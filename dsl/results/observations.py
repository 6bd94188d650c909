"""What one observation is: the entries of a log likelihood that are left out together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import listed
from gendsl.results.summary import entry_label

NONE = -1
"""Of an entry that is no observation: it is missing, or its statement does not hold."""


@dataclass(frozen=True, slots=True)
class Scored:
    """A term of the log likelihood: its axes, and which of its entries are there.

    `of` is the data that it scores, or its own name; `members` are the labels of each axis.
    """

    name: str
    of: str
    dims: tuple[str, ...]
    members: tuple[NDArray[Any], ...]
    is_there: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observations:
    """The observations by number: `numbers` has that of each entry of each term, or `NONE`."""

    of: str
    numbers: Mapping[str, NDArray[np.int64]]
    labels: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.labels)

    def pooled(self, terms: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
        """Terms [..., *axes] as log likelihoods [..., observation]; those that share it add up."""
        leading = next(
            np.shape(terms[name])[: np.ndim(terms[name]) - number.ndim]
            for name, number in self.numbers.items()
        )
        whole = np.zeros((*leading, len(self)))
        for name, number in self.numbers.items():
            is_there = number != NONE
            whole[..., number[is_there]] += np.asarray(terms[name])[..., is_there]
        return whole


def observations(terms: Sequence[Scored], site: str | None = None) -> Observations:
    """Number the observations of the chosen data, or of all where they have the same axes.

    Several statements of one array (a start, then the rest) are observations of that array.

    Raises:
        DiagnosticError: if there are none, or of several kinds and none is chosen.
    """
    kinds = list(dict.fromkeys(term.of for term in terms))
    chosen = kinds if site is None else [site]
    if site is not None and site not in kinds:
        _fail(
            "G0911",
            f"nothing that is observed is called `{site}`",
            f"`--site` takes one of {listed(kinds)}",
        )
    parts = [term for term in terms if term.of in chosen]
    if len(chosen) > 1 and not _are_alike(parts):
        shapes = "; ".join(_axes(part) for part in parts)
        _fail(
            "G0911",
            f"{listed(kinds)} are observed, over different dimensions",
            f"say which to leave out: `--site {kinds[0]}`",
            f"they are {shapes}",
        )
    found = _together(parts) if len(chosen) > 1 else one_after_another(parts)
    if len(found) < 2:
        _fail(
            "G0912",
            "there are fewer than two observations to leave out",
            "an observation is an entry of data on the left of `~`, or of an `observe`; those that"
            " share a discrete latent, as of a hidden chain, are one: fit several series along a"
            " dimension of their own, or hold out the end of the one and `gendsl predict` it",
        )
    return found


def _are_alike(parts: Sequence[Scored]) -> bool:
    first = parts[0]
    return len({part.of for part in parts}) == len(parts) and all(
        part.dims == first.dims
        and all(np.array_equal(a, b) for a, b in zip(part.members, first.members, strict=True))
        for part in parts
    )


def _together(parts: Sequence[Scored]) -> Observations:
    first = parts[0]
    is_there = np.any([part.is_there for part in parts], axis=0)
    numbers = _numbered(is_there, 0)
    own = {part.name: np.where(part.is_there, numbers, NONE) for part in parts}
    name = " + ".join(part.of for part in parts)
    return Observations(name, own, tuple(_labels(name, first, is_there)))


def one_after_another(parts: Sequence[Scored]) -> Observations:
    """Number the entries of one array, which several statements may score."""
    numbers: dict[str, NDArray[np.int64]] = {}
    labels: list[str] = []
    for part in parts:
        numbers[part.name] = _numbered(part.is_there, len(labels))
        labels += _labels(part.of, part, part.is_there)
    return Observations(parts[0].of if parts else "", numbers, tuple(labels))


def _numbered(is_there: NDArray[np.bool_], start: int) -> NDArray[np.int64]:
    numbers = np.full(is_there.shape, NONE, np.int64)
    numbers[is_there] = np.arange(start, start + int(is_there.sum()))
    return numbers


def _labels(name: str, part: Scored, is_there: NDArray[np.bool_]) -> list[str]:
    own = f"{part.name}_"
    dims = [dim.removeprefix(own) for dim in part.dims]
    return [
        entry_label(name, tuple((d, m[i]) for d, m, i in zip(dims, part.members, at, strict=True)))
        for at in np.argwhere(is_there)
    ]


def _axes(part: Scored) -> str:
    return f"`{part.of}[{', '.join(part.dims)}]`" if part.dims else f"`{part.of}`"


def _fail(code: str, message: str, help: str | None, note: str | None = None) -> None:
    notes = (note,) if note else ()
    raise DiagnosticError((Diagnostic(code, message, notes=notes, help=help),))
