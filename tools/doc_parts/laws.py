"""Mutants of the inference core: kernels with one thing wrong, and the law that rejects each."""

from __future__ import annotations

import sys

from doc_parts.markdown import code, table
from doc_parts.pages import REPOSITORY

CASES = REPOSITORY / "tests" / "inference"


def mutants() -> str:
    """The table of mutants that `tests/inference/test_mutants.py` runs."""
    if str(CASES) not in sys.path:
        sys.path.append(str(CASES))
    from inference_cases.mutants import MUTANTS

    return table(
        ("mutant", "what is wrong", "rejected by"),
        ((name, row.wrong, code(f"laws.{row.law.__name__}")) for name, row in MUTANTS.items()),
    )
