"""The library's models against the reference posteriors of the public posteriordb.

For every reference quantity the mean and the sd are compared, each by its Monte Carlo standard
error (`gendsl.models.reference.compare`). Over all M comparisons of this file together the
probability of a false alarm is at most 1 in 1000: each |z| is held against the two-sided normal
quantile of 0.001 / M (Bonferroni). R-hat is below 1.01 for every quantity of every model but
those of which the catalogue says why chains need not agree.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cache

import jax
import numpy as np
import pytest
from scipy import stats

import gendsl
from gendsl.models import LibraryModel, library
from gendsl.models.reference import Posterior, compare, posterior, posteriordb

FALSE_ALARM_RATE = 1e-3
FOLDER = posteriordb()
CASES = [(model, name) for model in library() for name in model.posteriors]


TAKE_LONG = frozenset({"hudson_lynx_hare-lotka_volterra"})
"""Posteriors that take a minute of a core, most of it to compile differential equations."""


def is_slow(name: str) -> bool:
    """Whether only `make test-all` runs a case: those without reference draws are among them."""
    return FOLDER is None or name in TAKE_LONG or posterior(FOLDER, name).summary is None


@pytest.fixture(autouse=True)
def forget_programs() -> Iterator[None]:
    """Drop what was compiled: each model is fitted once, and sixty of them take gigabytes."""
    yield
    jax.clear_caches()
    gc.collect()


@cache
def num_comparisons() -> int:
    """M: two moments of every reference quantity."""
    assert FOLDER is not None
    found = [posterior(FOLDER, name).summary for _, name in CASES]
    return 2 * sum(len(summary) for summary in found if summary is not None)


def bound() -> float:
    """The largest |z| that is no alarm."""
    return float(stats.norm.isf(FALSE_ALARM_RATE / num_comparisons() / 2))


def fit_of(model: LibraryModel, reference: Posterior, text: str | None = None) -> gendsl.Fit:
    source = text if text is not None else str(model.path)
    return gendsl.compile(source).infer(str(reference.data), seed=1)


needs_posteriordb = pytest.mark.skipif(
    FOLDER is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder"
)


@pytest.mark.sweep(2)
@needs_posteriordb
@pytest.mark.statistical
@pytest.mark.parametrize(
    ("model", "name"),
    [
        pytest.param(model, name, id=name, marks=[pytest.mark.slow] if is_slow(name) else [])
        for model, name in CASES
    ],
)
def test_agrees_with_the_reference(model: LibraryModel, name: str) -> None:
    assert FOLDER is not None
    reference = posterior(FOLDER, name)
    fit = fit_of(model, reference)
    assert model.modes or np.nanmax(fit.summary().to_frame()["r_hat"]) < 1.01
    draws = {str(k): np.asarray(v) for k, v in fit.posterior.data_vars.items()}
    off = [c for c in compare(model, draws, reference) if c.z > bound()]
    assert off == []


@needs_posteriordb
@pytest.mark.statistical
def test_a_likelihood_that_is_slightly_off_is_caught() -> None:
    """The twin: the same check, of a model whose residual sd is 5% too small."""
    assert FOLDER is not None
    model = next(m for m in library() if m.name == "kidscore_momhs")
    right = "Normal(intercept + b_hs * mom_hs, sigma)"
    text = model.path.read_text()
    assert right in text
    wrong = text.replace(right, "Normal(intercept + b_hs * mom_hs, 1.05 * sigma)")
    reference = posterior(FOLDER, model.posteriors[0])
    fit = fit_of(model, reference, wrong)
    draws = {str(k): np.asarray(v) for k, v in fit.posterior.data_vars.items()}
    assert any(c.z > bound() for c in compare(model, draws, reference))
