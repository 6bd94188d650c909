"""Every model of the library against a density that was written without it, in NumPy and SciPy.

At 50 random points inside the support the two differ by one constant, to 1e-12 of their size (of 1,
where they are smaller); solutions of differential equations say their own tolerance. A constant is
free: normalisers of bounded priors, binomial coefficients, an order of two components. The
comparison is deterministic: it has no false-alarm rate. 1e-8 would do for most, but a vague prior
beside thousands of data is that small a part. At 1e-12 a change by 1% of a number in a prior is
seen (tried on the numbers of most models), the ends of uniform ones aside: those have a test.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from densities import BY_POSTERIOR
from densities.independent import Independent, Values
from evaluating import data_of, is_inside_of, log_density_of, our_names

import gendsl
from gendsl.models import LibraryModel, library
from gendsl.models.reference import posterior, posteriordb

NUM_POINTS = 50
FOLDER = posteriordb()
CASES = [(model, name) for model in library() for name in model.posteriors]

needs_posteriordb = pytest.mark.skipif(
    FOLDER is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder"
)


def data_file(name: str) -> Path:
    assert FOLDER is not None
    return posterior(FOLDER, name).data


@cache
def points(name: str) -> tuple[Values, ...]:
    rng = np.random.default_rng(20)
    return tuple(BY_POSTERIOR[name].point(rng) for _ in range(NUM_POINTS))


@cache
def independent(name: str) -> np.ndarray:
    """The hand-written density at the points."""
    data = data_of(data_file(name))
    return np.array([BY_POSTERIOR[name].log_density(data, values) for values in points(name)])


def ours(model: LibraryModel, name: str, text: str | None = None) -> np.ndarray:
    """The library's density at the points, or that of a changed text."""
    compiled = gendsl.compile(text if text is not None else str(model.path))
    log_density = log_density_of(compiled, data_file(name))
    return np.array([log_density(our_names(model, values)) for values in points(name)])


def model_named(name: str) -> LibraryModel:
    return next(model for model in library() if model.name == name)


def changed(model: LibraryModel, words: tuple[tuple[str, str], ...]) -> str:
    """The model's text with some words replaced, each of which it has."""
    text = model.path.read_text()
    for before, after in words:
        assert before in text
        text = text.replace(before, after)
    return text


def with_tight_solver(text: str) -> str:
    """The model with its differential equations solved as exactly as doubles allow."""
    text = re.sub(r"\n *solver = .*", "", text)
    solver = "solver = nonstiff(rtol = 1e-12, atol = 1e-12, max_steps = 100000)"
    return re.sub(r"(ode \w+ \{)", rf"\1\n    {solver}", text)


def discrepancy(first: np.ndarray, second: np.ndarray) -> float:
    """How far the difference is from a constant, relative to the larger of the two and to 1.

    The constant is the median of the differences, so that one bad point shows as itself.
    """
    assert np.isfinite(first).all()
    assert np.isfinite(second).all()
    size = np.maximum(1.0, np.maximum(np.abs(first), np.abs(second)))
    difference = first - second
    return float(np.max(np.abs(difference - np.median(difference)) / size))


@needs_posteriordb
def test_every_posterior_of_the_database_has_an_independent_density() -> None:
    assert FOLDER is not None
    rows = json.loads((FOLDER / "index.json").read_text())
    assert set(BY_POSTERIOR) == {row["name"] for row in rows}


@pytest.mark.sweep(2)
@needs_posteriordb
@pytest.mark.parametrize(("model", "name"), CASES, ids=[name for _, name in CASES])
def test_density_differs_from_an_independent_one_by_a_constant(
    model: LibraryModel, name: str
) -> None:
    density: Independent = BY_POSTERIOR[name]
    text = with_tight_solver(model.path.read_text()) if density.is_solved else None
    assert discrepancy(ours(model, name, text), independent(name)) <= density.tolerance


@needs_posteriordb
@pytest.mark.parametrize("name", ["eight_schools", "radon_intercept", "wells_dae", "hmm_two"])
def test_points_are_evaluated_as_the_model_does(name: str) -> None:
    """`Model.log_density` at one point is what the one compilation for all of them gives."""
    model = model_named(name)
    values = our_names(model, points(model.posteriors[0])[0])
    direct = gendsl.compile(model.path).log_density(values, str(data_file(model.posteriors[0])))
    assert direct == pytest.approx(ours(model, model.posteriors[0])[0], rel=1e-13)


EDGES = [
    ("glm_poisson", {}, {"alpha": (-20, 20), "beta1": (-10, 10), "beta2": (-10, 10)}),
    ("glmm_poisson", {}, {"sd_alpha": (0, 5)}),
    ("radon_county", {}, {"sigma_a": (0, 100), "sigma_y": (0, 100)}),
    ("dogs_log", {}, {"beta1": (-100, 0), "beta2": (0, 100)}),
    ("garch", {"alpha1": 0.4}, {"beta1": (0, 0.6)}),
    ("capture_varying", {}, {"omega": (0, 1), "sigma": (0, 5)}),
]


@needs_posteriordb
@pytest.mark.parametrize(("name", "fixed", "edges"), EDGES, ids=[name for name, _, _ in EDGES])
def test_uniform_priors_end_where_they_should(
    name: str, fixed: Values, edges: dict[str, tuple[float, float]]
) -> None:
    """A density inside its support says nothing of where that ends: the coordinates do."""
    model = model_named(name)
    is_inside = is_inside_of(gendsl.compile(model.path), data_file(model.posteriors[0]))
    values = our_names(model, points(model.posteriors[0])[0]) | fixed
    for parameter, (low, high) in edges.items():
        step = 1e-3 * (high - low)
        found = [is_inside({**values, parameter: x}) for x in (low - step, low + step)]
        found += [is_inside({**values, parameter: x}) for x in (high - step, high + step)]
        assert found == [False, True, True, False], parameter


BROKEN = [
    pytest.param("kidscore_momhs", "HalfCauchy(2.5)", "HalfCauchy(2.525)", id="a scale off by 1%"),
    pytest.param("rats", "Normal(0, 100)", "Normal(0, 101)", id="a vague scale off by 1%"),
    pytest.param("seeds", "1 / sqrt(tau)", "sqrt(tau)", id="a precision read as a variance"),
    pytest.param("glm_poisson", "beta3 *", "0.999 * beta3 *", id="a coefficient off by 1 in 1000"),
    pytest.param("two_normals", "Beta(5, 5)", "Beta(5, 5.05)", id="a shape off by 1%"),
    pytest.param("hmm_two", "Normal(mu[z], 1)", "Normal(mu[z], 1.01)", id="an emission off by 1%"),
]


@needs_posteriordb
@pytest.mark.parametrize(("name", "before", "after"), BROKEN)
def test_a_broken_model_is_caught(name: str, before: str, after: str) -> None:
    model = model_named(name)
    text = changed(model, ((before, after),))
    posterior_name = model.posteriors[0]
    assert discrepancy(ours(model, posterior_name, text), independent(posterior_name)) > 1e-8


@needs_posteriordb
def test_a_jacobian_too_many_is_caught() -> None:
    """The density over log sigma has d sigma / d log sigma = sigma as a factor."""
    model, name = model_named("kidscore_momhs"), "kidiq-kidscore_momhs"
    compiled, data = gendsl.compile(model.path), str(data_file(name))
    some = range(5)
    unbounded = np.array(
        [
            compiled.log_density(our_names(model, points(name)[i]), data, unconstrained=True)
            for i in some
        ]
    )
    log_sigma = np.log([points(name)[i]["sigma"] for i in some])
    assert discrepancy(unbounded, independent(name)[some]) > 1e-8
    assert discrepancy(unbounded - log_sigma, independent(name)[some]) <= 1e-12
