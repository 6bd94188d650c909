"""What the settling of dimensions is asked, and with what."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from gendsl.data.problems import Problems
from gendsl.data.raw import Labels, RawData
from gendsl.data.values import Entries
from gendsl.ir.program import Dimension, Program

Mode = Literal["fit", "simulate", "predict"]


@dataclass(frozen=True, slots=True)
class Question:
    """A program with all that may answer what its dimensions are."""

    program: Program
    raw: RawData
    entries: tuple[Entries, ...]
    mode: Mode
    known: Mapping[str, Labels | None]
    sizes: Mapping[str, int]
    problems: Problems


def fit_first(question: Question, root: Dimension, labels: Sequence[Hashable]) -> Labels:
    """When predicting: the members that the fit knew, in its order, then the new ones."""
    known = question.known.get(root.name)
    if question.mode != "predict" or known is None or root.is_ordered:
        return tuple(labels)
    given, fitted = set(labels), set(known)
    return (*(v for v in known if v in given), *(v for v in labels if v not in fitted))
