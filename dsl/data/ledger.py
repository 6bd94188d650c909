"""What is known of each dimension: its size and labels, and who said so."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gendsl.data.raw import Labels
from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span

LARGEST_SIZE = 100_000_000
"""No dimension is larger, so that a slip in the data does not fill the memory."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A dimension's size, and its labels if any; `who` says so: "`y` in schools.json"."""

    size: int
    labels: Labels | None
    who: str
    span: Span | None = None
    is_array: bool = False

    @property
    def pointer(self) -> tuple[Label, ...]:
        """The place that made the claim."""
        return () if self.span is None else (Label(self.span, f"{self.size} here"),)


class Ledger:
    """Claims by root dimension; the first stands, and later ones are held against it."""

    def __init__(self) -> None:
        self.claims: dict[str, Claim] = {}
        self.label_claims: dict[str, Claim] = {}
        self.faulty: set[str] = set()

    def size(self, root: str) -> int | None:
        """The size, once something says it."""
        claim = self.claims.get(root)
        return None if claim is None else claim.size

    def labels(self, root: str) -> Labels | None:
        """The labels, once something says them."""
        claim = self.label_claims.get(root)
        return None if claim is None else claim.labels

    def add(self, root: str, claim: Claim) -> Claim | None:
        """Keeps a claim, or returns the earlier one with which its size disagrees."""
        first = self.claims.setdefault(root, claim)
        if first.size != claim.size:
            return first
        if claim.labels is not None:
            self.label_claims.setdefault(root, claim)
        return None

    def name_members(self, root: str, labels: Labels, who: str, span: Span | None = None) -> None:
        """Gives labels to a dimension whose size is known to be theirs."""
        first = self.claims.get(root)
        claim = Claim(len(labels), labels, who, span)
        self.claims[root] = claim if first is None else replace(first, size=len(labels))
        self.label_claims[root] = claim
