"""Networks that are linear in their weights about a place, against a linearisation by hand."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.api.compilation import check_source, source_of
from gendsl.api.lowering import lower, transform
from gendsl.backends.places import PLACE
from gendsl.data import raw_of
from gendsl.data.bind import bind
from gendsl.transforms.shown_outputs import with_shown_outputs

TEXT = """\
model toy {
  dim row, new
  data x[row] : real
  data y[row] : real
  data z[new] : real
  tau ~ HalfNormal(1)
  net f = Dense(4, weight ~ Normal(0, tau), bias ~ Normal(0, 1)) |> tanh
    |> Dense(1, weight ~ Normal(0, 1), bias ~ Normal(0, 1))
  y[row] ~ Normal(f(x), 0.3)
  predict mean[new] = f(z)
  predict twice[new] = 2 * f(z) + tau
}
"""
WEIGHTS = ("f.layer1.weight", "f.layer1.bias", "f.layer2.weight", "f.layer2.bias")
DATA = {
    "x": np.linspace(-2, 2, 7),
    "y": np.random.default_rng(5).normal(size=7),
    "z": np.array([-3.0, 0.2, 4.0]),
}


def _density(text: str, data: dict[str, Any] | None = None) -> Any:
    program = with_shown_outputs(check_source(source_of(text)).program)
    bound = bind(program, raw_of(DATA if data is None else data))
    return lower(transform(program, sizes=bound.sizes)).bind(bound)


def _output(weights: dict[str, jax.Array], x: Any) -> jax.Array:
    """The toy network, by hand."""
    hidden = jnp.tanh(x[:, None] * weights[WEIGHTS[0]] + weights[WEIGHTS[1]])
    return hidden @ weights[WEIGHTS[2]] + weights[WEIGHTS[3]]


def _linear(place: Any, weights: Any, x: Any) -> jax.Array:
    apart = {name: weights[name] - place[name] for name in WEIGHTS}
    return sum(jax.jvp(lambda w: _output(w, x), (place,), (apart,)), start=jnp.zeros(len(x)))


@cache
def _made() -> dict[str, Any]:
    """What a toy network gives at a position, linear about another, with both sets of weights."""
    density = _density(TEXT)
    place, position = np.random.default_rng(6).normal(size=(2, density.size))

    def of(place: Any, position: Any) -> Any:
        weights = density.weights(density.data, position)
        data = {**density.data, PLACE: density.weights(density.data, place)}
        nowhere = {**density.data, PLACE: {n: jnp.nan * w for n, w in weights.items()}}
        key = jax.random.key(1)
        return {
            "place": data[PLACE],
            "weights": weights,
            "generated": density.generate(key, data, position),
            "pointwise": density.pointwise_log_likelihood(data, position),
            "shown": density.constrain(data, position),
            "plain": density.generate(key, density.data, position),
            "nowhere": density.generate(key, nowhere, position),
        }

    found: dict[str, Any] = jax.device_get(jax.jit(of)(place, position))
    return found


def test_predictions_are_linear() -> None:
    made = _made()
    by_hand = _linear(made["place"], made["weights"], DATA["z"])
    tau = made["shown"]["tau"]
    assert np.abs(made["generated"]["mean"] - by_hand).max() < 1e-8
    assert np.abs(made["generated"]["twice"] - 2 * by_hand - tau).max() < 1e-8
    as_written = _output(made["weights"], DATA["z"])
    assert np.abs(made["plain"]["mean"] - as_written).max() < 1e-8
    assert np.abs(by_hand - as_written).min() > 0.01


def test_log_likelihoods_and_replicates_are_of_the_linear_network() -> None:
    made = _made()
    at_data = np.asarray(_linear(made["place"], made["weights"], DATA["x"]))
    scores = -0.5 * ((DATA["y"] - at_data) / 0.3) ** 2 - np.log(0.3 * np.sqrt(2 * np.pi))
    assert np.abs(made["pointwise"]["y"] - scores).max() < 1e-8
    noise = made["plain"]["y"] - np.asarray(_output(made["weights"], DATA["x"]))
    assert np.abs(made["generated"]["y"] - at_data - noise).max() < 1e-8


def test_weights_stay_what_they_are() -> None:
    made = _made()
    for name in WEIGHTS:
        np.testing.assert_array_equal(made["shown"][name], made["weights"][name])


def test_of_a_linear_model_nothing_changes() -> None:
    linear = TEXT.replace("tanh", "relu").replace("Dense(4,", "Dense(1,").split("|> relu")
    text = linear[0].rstrip() + "\n  y[row]" + linear[1].partition("  y[row]")[2]
    density = _density(text)
    place, position = np.random.default_rng(8).normal(size=(2, density.size))

    def both(place: Any) -> Any:
        about = {**density.data, PLACE: density.weights(density.data, place)}
        key = jax.random.key(1)
        return [density.generate(key, data, position) for data in (about, density.data)]

    found = jax.device_get(jax.jit(both)(place))
    for name in ("mean", "twice", "y"):
        assert np.abs(found[0][name] - found[1][name]).max() < 1e-12


def test_entries_that_are_no_number_are_linear_about_what_is_drawn() -> None:
    """New members of an embedding have no mode: there the network is as written."""
    made = _made()
    assert np.abs(made["nowhere"]["mean"] - made["plain"]["mean"]).max() < 1e-12


def test_the_hessian_of_the_linear_model_is_gauss_newton() -> None:
    """`J' W J` and the prior, with `W` the curvature of the head in its outputs; it is positive."""
    text = TEXT.replace("tau ~ HalfNormal(1)\n", "let tau = 1.5\n").replace(
        "y[row] : real", "y[row] : bool"
    )
    text = text.replace("Normal(f(x), 0.3)", "Bernoulli(logit = f(x))")
    density = _density(text, {**DATA, "y": DATA["y"] > 0})
    place = np.random.default_rng(7).normal(size=density.size)

    def found(place: Any) -> dict[str, Any]:
        def outputs(z: Any) -> jax.Array:
            return _output(density.weights(density.data, z), DATA["x"])

        linear = partial(density.log_density_about, density.data, place)
        return {
            "linear": jax.jacfwd(jax.grad(linear))(place),
            "plain": jax.jacfwd(jax.grad(partial(density.log_density, density.data)))(place),
            "prior": jax.jacfwd(jax.grad(partial(density.log_prior, density.data)))(place),
            "slopes": jax.jacfwd(outputs)(place),
            "outputs": outputs(place),
        }

    made = jax.device_get(jax.jit(found)(place))
    share = 1 / (1 + np.exp(-made["outputs"]))
    by_hand = (made["slopes"].T * share * (1 - share)) @ made["slopes"] - made["prior"]
    assert np.abs(-made["linear"] - by_hand).max() < 1e-8
    assert np.linalg.eigvalsh(-made["linear"]).min() > 0.1
    assert np.linalg.eigvalsh(-made["plain"]).min() < 0
