"""Every row's log density and gradient, against an independent reference."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from distribution_cases.all_cases import CASES
from distribution_cases.case import Case
from distribution_cases.judging import agrees

from gendsl.distributions.family import FamilyParameter, Role
from gendsl.distributions.support import SupportKind

each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.label)


def real_parameters(case: Case) -> list[FamilyParameter]:
    """The parameters that have gradients; a value at a censoring bound jumps as the bound moves."""
    roles = (Role.DISTRIBUTION, Role.COMPONENTS)
    return [
        p
        for p in case.form.parameters
        if p.name in case.arguments
        and p.name not in ("lower", "upper")
        and p.role not in roles
        and p.support.kind != SupportKind.INT
    ]


def direction(parameter: FamilyParameter, value: Any) -> Any:
    """A direction to move an argument in, that keeps it in its set."""
    step = np.random.default_rng(3).normal(size=np.shape(value))
    if parameter.support.kind == SupportKind.SIMPLEX:
        return step - step.mean()
    if parameter.support.kind == SupportKind.COV:
        return step + step.T
    return np.tril(step) if parameter.name == "cholesky" else step


@each_case
def test_equals_the_reference(case: Case) -> None:
    x = case.values()
    assert agrees(case.build().log_prob(jnp.asarray(x)), case.log_density(x, case.arguments))


@each_case
def test_a_wrong_density_is_seen(case: Case) -> None:
    x = case.values()
    ours = np.asarray(case.build().log_prob(jnp.asarray(x)))
    assert not agrees(
        ours + 1e-6 * np.maximum(1.0, np.abs(ours)), case.log_density(x, case.arguments)
    )


@each_case
def test_gradient_in_each_parameter_equals_a_difference_of_the_reference(case: Case) -> None:
    x = case.values()
    for parameter in real_parameters(case):
        value = np.asarray(case.arguments[parameter.name], float)
        along = direction(parameter, value)

        def moved(
            by: Any, parameter: Any = parameter, value: Any = value, along: Any = along
        ) -> Any:
            return {**case.arguments, parameter.name: value + by * along}

        def ours(by: Any, moved: Any = moved) -> Any:
            return case.build(moved(by)).log_prob(jnp.asarray(x))

        slopes = jax.jacrev(ours)(0.0)
        h = 1e-5
        low, high = case.log_density(x, moved(-h)), case.log_density(x, moved(h))
        assert agrees(slopes, (high - low) / (2 * h), 1e-4), parameter.name


@pytest.mark.parametrize(
    "case",
    [c for c in CASES if not c.row.is_discrete and c.row.event_rank == 0],
    ids=lambda case: case.label,
)
def test_gradient_in_the_value_equals_a_difference_of_the_reference(case: Case) -> None:
    x = case.values()
    keep = (
        np.isin(x, (-1.0, 2.0), invert=True)
        if case.family == "Censored"
        else np.full(x.shape, True)
    )
    slopes = jax.vmap(jax.grad(case.build().log_prob))(jnp.asarray(x))
    assert np.all(np.isfinite(slopes))
    h = 1e-6 * (np.minimum(x, 1.0) if case.row.support.lower else 1.0)
    if case.row.support.upper is not None and case.row.support.upper.value == 1.0:
        h = 1e-4 * np.minimum(x, 1 - x)
    high, low = case.log_density(x + h, case.arguments), case.log_density(x - h, case.arguments)
    reference = (high - low) / ((x + h) - (x - h))
    close = np.abs(slopes - reference) <= 1e-4 * np.maximum(1.0, np.abs(reference))
    assert np.all(close[keep])


@each_case
def test_single_precision_is_close(case: Case) -> None:
    x = case.values()
    double = np.asarray(case.build().log_prob(jnp.asarray(x)))
    jax.config.update("jax_enable_x64", False)
    single = jax.jit(lambda x: case.build().log_prob(x))(jnp.asarray(x))
    assert single.dtype == jnp.float32
    edge = 1e-3 if case.row.support.kind == SupportKind.COV else 2e-4
    near_one = case.row.support.upper is not None and case.row.support.upper.value == 1.0
    assert agrees(single, double, 0.05 if near_one and not case.row.is_discrete else edge)


@each_case
def test_compiled_equals_eager(case: Case) -> None:
    x = jnp.asarray(case.values())
    assert agrees(jax.jit(lambda x: case.build().log_prob(x))(x), case.build().log_prob(x), 1e-12)


@each_case
def test_each_parameter_may_have_a_batch(case: Case) -> None:
    x = case.values()
    for parameter in (
        p for p in case.form.parameters if p.role not in (Role.DISTRIBUTION, Role.COMPONENTS)
    ):
        if parameter.name not in case.arguments:
            continue
        value = np.asarray(case.arguments[parameter.name])
        batched = {**case.arguments, parameter.name: jnp.asarray(np.stack([value, value]))}
        built = case.build(batched)
        assert built.batch_shape == (2,), parameter.name
        shape = (5, 2, *case.build().event_shape)
        draws = built.sample(jax.random.key(0), (5,))
        assert draws.shape == shape
        assert built.log_prob(draws).shape == (5, 2)
        pairs = np.stack([x, x], axis=1)
        assert agrees(
            built.log_prob(jnp.asarray(pairs))[:, 1], case.build().log_prob(jnp.asarray(x))
        )

        def one(value: Any, parameter: Any = parameter) -> Any:
            return case.build({**case.arguments, parameter.name: value}).log_prob(jnp.asarray(x))

        assert agrees(jax.vmap(one)(batched[parameter.name])[1], one(value))


@pytest.mark.parametrize(
    "case",
    [
        c
        for c in CASES
        if sum(p.role == Role.SCALAR for p in c.form.parameters) > 1
        and c.family not in ("Censored",)
    ],
    ids=lambda case: case.label,
)
def test_batches_of_two_parameters_broadcast(case: Case) -> None:
    first, second, *_ = [p.name for p in case.form.parameters if p.role == Role.SCALAR]
    arguments = {
        **case.arguments,
        first: jnp.full((3, 1), case.arguments[first]),
        second: jnp.full((2,), case.arguments[second]),
    }
    built = case.build(arguments)
    assert built.batch_shape == (3, 2)
    assert built.sample(jax.random.key(0), (4,)).shape[:3] == (4, 3, 2)
    assert built.log_prob(jnp.asarray(case.values()[0])).shape == (3, 2)
