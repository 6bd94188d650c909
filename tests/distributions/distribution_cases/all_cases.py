"""Every case of every family."""

from __future__ import annotations

from distribution_cases import combined, counts, scalars, vectors
from distribution_cases.case import Case

CASES: tuple[Case, ...] = (*scalars.CASES, *counts.CASES, *vectors.CASES, *combined.CASES)
"""In the order of the table, more or less."""

HAS_OWN_TEST = frozenset({"Flat"})
"""Rows without a density to compare: `test_table.py` has their tests."""
