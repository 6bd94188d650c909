"""Every kernel, combinator and sampler with one thing wrong is caught by the law it breaks.

The table of mutants, with the law that kills each, is ``inference_cases/mutants.py``; the laws
themselves are held by ``test_laws.py`` and ``test_kernels.py``.
"""

import pytest
from inference_cases.mutants import MUTANTS


@pytest.mark.sweep(2)
@pytest.mark.statistical
@pytest.mark.parametrize("name", MUTANTS)
def test_mutant_is_caught(name: str) -> None:
    mutant = MUTANTS[name]
    arguments = mutant.arguments()
    with pytest.raises(AssertionError):
        mutant.law(*arguments)
