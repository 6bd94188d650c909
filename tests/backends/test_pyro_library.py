"""Every model of the library on the data that it is for: the two backends have one log density.

At 50 points: 1e-9 of the log density, and of the largest slope (1e-8 where equations are solved),
and 1e-6 at the 10 of them that are far out. The comparison is deterministic.
`test_pyro_agreement.py` has the same on data that are made up.
"""

import pytest
from backend_cases.agreement import check_agreement, transformed

import gendsl
from gendsl.models import LibraryModel, library
from gendsl.models.reference import posterior, posteriordb

NUM_POINTS, NUM_FAR = 50, 10
FOLDER = posteriordb()
QUICK = {"eight_schools-eight_schools_noncentered", "garch-garch11", "hmm_example-hmm_example"}
"""Posteriors that run by default."""

POSTERIORS = [
    pytest.param(model, name, id=name, marks=() if name in QUICK else (pytest.mark.slow,))
    for model in library()
    for name in model.posteriors
]


@pytest.mark.skipif(FOLDER is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder")
@pytest.mark.parametrize(("model", "name"), POSTERIORS)
def test_backends_agree_on_real_data(model: LibraryModel, name: str) -> None:
    assert FOLDER is not None
    compiled = gendsl.compile(model.path)
    bound = compiled.bind(str(posterior(FOLDER, name).data))
    program = transformed(compiled.program, bound)
    check_agreement(program, bound, NUM_POINTS, num_far=NUM_FAR)
