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


@pytest.mark.sweep(2)
@each_case
def test_equals_the_reference(case: Case) -> None:
    x = case.values()
    assert agrees(case.build().log_prob(jnp.asarray(x)), case.log_density(x, case.arguments))


@pytest.mark.sweep(2)
@each_case
def test_a_wrong_density_is_seen(case: Case) -> None:
    x = case.values()
    ours = np.asarray(case.build().log_prob(jnp.asarray(x)))
    assert not agrees(
        ours + 1e-6 * np.maximum(1.0, np.abs(ours)), case.log_density(x, case.arguments)
    )


@pytest.mark.sweep(4)
@each_case
def test_gradient_in_each_parameter_equals_a_difference_of_the_reference(case: Case) -> None:
    x = case.values()
    weights = np.random.default_rng(4).normal(size=len(x))
    for parameter in real_parameters(case):
        value = np.asarray(case.arguments[parameter.name], float)
        along = direction(parameter, value)

        def moved(
            by: Any, parameter: Any = parameter, value: Any = value, along: Any = along
        ) -> Any:
            return {**case.arguments, parameter.name: value + by * along}

        def ours(by: Any, moved: Any = moved) -> Any:
            return case.build(moved(by)).log_prob(jnp.asarray(x))

        slope = jax.jit(jax.grad(lambda by, f=ours: weights @ f(by)))(0.0)
        h = 1e-5
        low, high = case.log_density(x, moved(-h)), case.log_density(x, moved(h))
        assert agrees(slope, weights @ (high - low) / (2 * h), 1e-5), parameter.name


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
    slopes = jax.jit(jax.grad(lambda x: case.build().log_prob(x).sum()))(jnp.asarray(x))
    assert np.all(np.isfinite(slopes))
    h = 1e-6 * np.where(x > 0, np.minimum(x, 1.0), 1.0)
    if case.row.support.upper is not None and case.row.support.upper.value == 1.0:
        h = 1e-4 * np.minimum(x, 1 - x)
    high, low = case.log_density(x + h, case.arguments), case.log_density(x - h, case.arguments)
    reference = (high - low) / ((x + h) - (x - h))
    close = np.abs(slopes - reference) <= 1e-4 * np.maximum(1.0, np.abs(reference))
    assert np.all(close[keep])


@pytest.mark.sweep(4)
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


@pytest.mark.sweep(4)
@each_case
def test_each_parameter_may_have_a_batch(case: Case) -> None:
    x = jnp.asarray(case.values())
    plain = jax.jit(lambda x: case.build().log_prob(x))(x)
    pairs = jnp.stack([x, x], axis=1)
    for parameter in case.form.parameters:
        is_array = parameter.role not in (Role.DISTRIBUTION, Role.COMPONENTS)
        if parameter.name not in case.arguments or not is_array:
            continue
        value = np.asarray(case.arguments[parameter.name])
        stacked = jnp.asarray(np.stack([value, value]))

        def with_value(value: Any, name: str = parameter.name) -> Any:
            return case.build({**case.arguments, name: value})

        built = with_value(stacked)
        assert built.batch_shape == (2,), parameter.name
        draw = jax.eval_shape(lambda key, b=built: b.sample(key, (5,)), jax.random.key(0))
        assert draw.shape == (5, 2, *built.event_shape)
        lanes, mapped = jax.jit(
            lambda value, make=with_value: (
                make(value).log_prob(pairs),
                jax.vmap(lambda v: make(v).log_prob(x))(value),
            )
        )(stacked)
        assert agrees(lanes, np.stack([plain, plain], axis=1), 1e-10), parameter.name
        assert agrees(mapped, np.stack([plain, plain]), 1e-10), parameter.name


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
    draw = jax.eval_shape(lambda key: built.sample(key, (4,)), jax.random.key(0))
    assert draw.shape[:3] == (4, 3, 2)
    assert jax.eval_shape(built.log_prob, jnp.asarray(case.values()[0])).shape == (3, 2)
