"""Trained networks as distributions of another model: their density, draws and slopes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest
import torch
from inside_cases import MODEL
from pfn_cases import LINES, lines_of
from pfn_networks import as_trained
from scipy import integrate, stats

import gendsl
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.backends.numpyro.networks import network_bars, network_classes, network_mixture
from gendsl.backends.numpyro.networks.network_file import network_file
from gendsl.backends.pyro.networks import network_bars as torch_bars
from gendsl.backends.pyro.networks import network_classes as torch_classes
from gendsl.backends.pyro.networks import network_mixture as torch_mixture
from gendsl.backends.pyro.networks.network_file import network_file as torch_file
from gendsl.backends.pyro.precision import defaults
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.inference.amortised import Predicted
from gendsl.network_file import read_header

RNG = np.random.default_rng(2)
X, Y = RNG.uniform(-1, 1, (5, 2)), np.array([0.4, -0.6, 1.1, 0.2, -9.0])
X_NEW, Z = RNG.uniform(-1, 1, (6, 2)), np.array([-20.0, -0.4, 0.0, 0.3, 1.2, 15.0])
TAU = 0.7
LENGTH, KIND = np.array([0.3, 1.2, 2.0]), np.array([0, 1, 1])


def file_of(network: TrainedPfn, folder: Path) -> tuple[str, str]:
    path = folder / f"{network.name}.pfn"
    network.save(path)
    return str(path), read_header(path).digest[:16]


def lines(x: np.ndarray) -> np.ndarray:
    """The columns of the network of lines."""
    return np.column_stack([np.full(len(x), TAU), x])


def column(values: np.ndarray) -> np.ndarray:
    return values[:, None]


# --- the density, and its slopes -------------------------------------------------------------


LAYERS = "layers = 1, width = 8, heads = 1, expansion = 1, features = raw"
DESIGNS = {
    "mixture": ("mixture(2)", "mixture(2)"),
    "bars": ("mixture(2)", "bins(7)"),
    "cells": (LAYERS, "layers = 2, width = 8, heads = 2, expansion = 2, columns = equivariant"),
}


def designed(kind: str) -> TrainedPfn:
    """A network of lines; one whose cells are tokens is not given `tau`, which is a zero then."""
    text, tasks = LINES.replace(*DESIGNS[kind]), lines_of(100, 1)
    if kind == "cells":
        text = text.replace("given X, tau", "given X").replace(", tau ~ Uniform(0.1, 2)", "")
        tasks = tasks._replace(x=tasks.x[..., 1:], columns=tasks.columns - 1)
    return as_trained(text, "line", tasks, is_scored=False)


@pytest.mark.parametrize("kind", ["mixture", "bars", pytest.param("cells", marks=pytest.mark.slow)])
def test_the_density_is_that_of_predictions(kind: str, tmp_path: Path) -> None:
    """To single precision beside the core, and to 1e-9 between the backends."""
    network = designed(kind)
    scales = [] if kind == "cells" else [TAU]
    read = np.asarray if kind == "cells" else lines
    wanted = network.predictor.predict(read(X), Y, read(X_NEW)).log_density(Z)
    of_jax = network_bars.network_bars if kind == "bars" else network_mixture.network_mixture
    of_torch = torch_bars.network_bars if kind == "bars" else torch_mixture.network_mixture
    file = file_of(network, tmp_path)
    with jax.enable_x64(True):
        weights = network_file(*file)

        @jax.jit
        def density(x: jax.Array, y: jax.Array) -> jax.Array:
            return of_jax(weights, x=[*scales, x], y=y, new=[*scales, X_NEW]).log_prob(Z)

        found = density(X, Y)
        slope = jax.jit(jax.grad(lambda y: density(X, y).sum()))(Y)
        step = 1e-5 * np.eye(5)
        rises = [(density(X, Y + s) - density(X, Y - s)).sum() / 2e-5 for s in step]
        ignorant = density(X, np.zeros(5))
    np.testing.assert_allclose(found, wanted, rtol=2e-5, atol=2e-5)
    assert not np.allclose(ignorant, wanted, rtol=2e-5, atol=2e-5)
    np.testing.assert_allclose(slope, rises, rtol=1e-5, atol=1e-7)
    with defaults(torch.float64):
        weights = torch_file(*file)
        y, z = torch.tensor(Y, requires_grad=True), torch.tensor(Z)
        x, x_new = torch.tensor(X), torch.tensor(X_NEW)
        again = of_torch(weights, x=[*scales, x], y=y, new=[*scales, x_new]).log_prob(z)
        again.sum().backward()
    np.testing.assert_allclose(again.detach(), found, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(y.grad, slope, rtol=1e-9, atol=1e-9)


def test_bars_have_a_density_that_their_draws_follow() -> None:
    """Of 4,000 draws each; a false alarm of Kolmogorov and Smirnov's test has probability 1e-4."""
    logits, borders = np.array([0.3, -1.0, 0.8, 0.0]), np.array([-1.0, 0.0, 0.2, 1.5, 4.0])
    with jax.enable_x64(True):
        bars = network_bars.Bars(logits, borders)
        grid = np.linspace(-12.0, 30.0, 20_001)
        rise = np.asarray(bars.log_prob(grid))
        drawn = {"jax": np.asarray(bars.sample(jax.random.key(1), (4000,)))}
    with defaults(torch.float64):
        torch.manual_seed(1)
        other = torch_bars.Bars(torch.tensor(logits), torch.tensor(borders))
        drawn["torch"] = other.sample((4000,)).numpy()
    mass = integrate.cumulative_simpson(np.exp(rise), x=grid, initial=0.0)
    assert mass[-1] == pytest.approx(1.0, abs=2e-4)
    for values in drawn.values():
        assert stats.kstest(values, lambda v: np.interp(v, grid, mass)).pvalue > 1e-4
        assert stats.kstest(values + 0.2, lambda v: np.interp(v, grid, mass)).pvalue < 1e-4


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_bars_draw_numbers_where_a_share_is_next_to_one(dtype: torch.dtype) -> None:
    """Half of it and a half round to 1, of which the normal quantile is infinite."""
    share = torch.nextafter(torch.ones(2, dtype=dtype), torch.zeros(2, dtype=dtype))
    logits = torch.tensor([[0.0, -500.0, -500.0], [-500.0, -500.0, 0.0]], dtype=dtype)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "rand", lambda shape, dtype: share.expand(shape))
        drawn = torch_bars.Bars(logits, torch.tensor([-1.0, 0.0, 1.0, 2.0], dtype=dtype)).sample()
    assert torch.isfinite(drawn).all()
    assert drawn[0] < -5 and drawn[1] > 5


def test_classes_have_the_probabilities_of_predictions(kinds: TrainedPfn, tmp_path: Path) -> None:
    new = column(np.array([0.5, 1.5]))
    wanted = kinds.predictor.predict(column(LENGTH), KIND, new).probabilities()
    file = file_of(kinds, tmp_path)
    given = {"x": [column(LENGTH)], "y": KIND, "new": [new]}
    with jax.enable_x64(True):
        classes = network_classes.network_classes(network_file(*file), **given)
        shifted = network_classes.network_classes(
            network_file(*file), **{**given, "y": KIND + 3}, first=3
        )
        for k in (0, 1):
            found = np.exp(classes.log_prob(np.array([k, k])))
            np.testing.assert_allclose(found, wanted[:, k], rtol=1e-5)
            np.testing.assert_allclose(found, np.exp(shifted.log_prob(np.array([k + 3, k + 3]))))
        assert set(np.asarray(shifted.sample(jax.random.key(0), (50,))).ravel()) == {3, 4}
    with defaults(torch.float64):
        given = {"x": [torch.tensor(column(LENGTH))], "y": torch.tensor(KIND + 3)}
        of_torch = torch_classes.network_classes(
            torch_file(*file), **given, new=[torch.tensor(new)], first=3
        )
        np.testing.assert_allclose(
            of_torch.log_prob(torch.tensor([4, 4])).exp(), wanted[:, 1], rtol=1e-5
        )
        assert set(of_torch.sample((50,)).ravel().tolist()) == {3, 4}


# --- models ----------------------------------------------------------------------------------


def test_both_backends_have_the_density_of_the_model(folder: Path, line: TrainedPfn) -> None:
    from gendsl.api.lowering import lower, transform

    model = gendsl.compile(folder / "m.gen")
    data = {"X": X, "y": Y, "X_new": X_NEW[1:4], "w": Z[1:4]}
    network = line.predictor.predict(lines(X), Y, lines(X_NEW[1:4]))
    position = np.array([0.3, 0.5, -0.2])
    wanted = network.log_density(position).sum() + stats.norm(position).logpdf(Z[1:4]).sum()
    bound = model.bind(data)
    with jax.enable_x64(True):
        density = lower(transform(model.program, "numpyro"), "numpyro").bind(bound)
        of_jax = float(density.log_density(density.data, position))
    density = lower(transform(model.program, "pyro"), "pyro").bind(bound)
    of_torch = float(density.log_density(density.data, position))
    assert of_jax == pytest.approx(wanted, rel=1e-5)
    assert of_torch == pytest.approx(of_jax, rel=1e-9)
    source = model.source()
    assert "network_file(" in source
    assert "import gendsl" not in source and "from gendsl" not in source


def moments(log_prior: Callable[[np.ndarray], np.ndarray], w: float) -> tuple[float, float]:
    """Means of z and of its square, given w ~ Normal(z, 1), by Simpson's rule."""
    grid = np.linspace(-12.0, 12.0, 2001)
    heights = np.exp(log_prior(grid) + stats.norm(grid).logpdf(w))
    total = integrate.simpson(heights, x=grid)
    first, second = (integrate.simpson(grid**k * heights, x=grid) / total for k in (1, 2))
    return first, second


def distance(values: np.ndarray, mean: float) -> float:
    """The mean of draws [chain, draw] beside its value, in errors by 40 means of batches."""
    batches = values.reshape(40, -1).mean(axis=1)
    return abs(batches.mean() - mean) / (batches.std(ddof=1) / np.sqrt(40))


@pytest.mark.slow
def test_posteriors_and_draws_are_those_of_the_network(folder: Path, line: TrainedPfn) -> None:
    """z has the moments that quadrature gives, and z2 the network's distribution.

    Each of three tests gives a false alarm with probability 1e-4. A density that ignores the
    context fails all of them.
    """
    model = gendsl.compile(folder / "m.gen")
    x_new, w = np.array([[0.8, -0.5]]), 1.5
    fit = model.infer(
        {"X": X[:4], "y": Y[:4], "X_new": x_new, "w": [w]}, chains=2, warmup=300, draws=1000, seed=1
    )
    z = fit.posterior["z"].values[..., 0]
    z2 = next(g["z2"] for g in fit.tree.children.values() if "z2" in g).values.ravel()

    def found(rows: int) -> tuple[float, float, float]:
        def network(grid: np.ndarray) -> Predicted:
            new = lines(np.repeat(x_new, len(grid), axis=0))
            return line.predictor.predict(lines(X[:rows]), Y[:rows], new)

        first, second = moments(lambda grid: network(grid).log_density(grid), w)
        chance = stats.kstest(z2, lambda grid: network(grid).cdf(grid)).pvalue
        return distance(z, first), distance(z**2, second), chance

    most = stats.t.isf(5e-5, 39)
    one, other, chance = found(4)
    assert one < most and other < most and chance > 1e-4
    one, other, chance = found(0)
    assert one > most and other > most and chance < 1e-4


@pytest.mark.slow
def test_members_of_classes_are_summed_out(folder: Path, kinds: TrainedPfn) -> None:
    text = """\
pfn kinds from "kinds.pfn"
model m {
  dim seen, new
  data length[seen] : real > 0
  data kind[seen] : bool
  data length_new[new] : real > 0
  data w[new] : real
  k[new] ~ kinds(length_new) given length = length, kind = kind
  w[new] ~ Normal(k, 0.5)
}
"""
    (folder / "k.gen").write_text(text)
    model = gendsl.compile(folder / "k.gen")
    data = {"length": LENGTH, "kind": KIND, "length_new": [0.5, 1.5], "w": [0.2, 0.9]}
    new = column(np.array([0.5, 1.5]))
    chances = kinds.predictor.predict(column(LENGTH), KIND, new).probabilities()
    heights = stats.norm([[0, 1]], 0.5).pdf([[0.2], [0.9]])
    wanted = np.log((chances * heights).sum(axis=1)).sum()
    assert model.log_density({}, data) == pytest.approx(wanted, rel=1e-5)
    assert "2 values" in str(model.info()) and "kinds.pfn" in str(model.info())


PARTS = """\
pfn kinds from "kinds.pfn"
model m {
  dim seen : ordered
  data length[seen] : real > 0
  data kind[seen] : bool
  data chain[seen] : bool
  data some[seen] : bool
  data on[seen] : bool
  chain[seen = 0] ~ Bernoulli(0.5)
  chain[seen] ~ kinds(1.0 + chain[seen - 1]) given length = length, kind = kind
  some[seen] ~ kinds(length) given length = exp(log(length)), kind = kind where on
}
"""


@pytest.mark.parametrize("backend", ["numpyro", "pyro"])
def test_contexts_are_whole_where_statements_hold_on_a_part(
    backend: str, folder: Path, kinds: TrainedPfn
) -> None:
    """Of one dimension with the context, after a start and where a condition holds."""
    (folder / "parts.gen").write_text(PARTS)
    chain, some, on = np.array([1, 0, 1]), np.array([1, 1, 0]), np.array([True, False, True])

    def log_density(new: np.ndarray, of: np.ndarray) -> float:
        chances = kinds.predictor.predict(column(LENGTH), KIND, column(new)).probabilities()
        return float(np.log(chances[np.arange(len(of)), of]).sum())

    wanted = np.log(0.5) + log_density(1.0 + chain[:-1], chain[1:])
    wanted += log_density(LENGTH[on], some[on])
    model = gendsl.compile(folder / "parts.gen")
    data = {"length": LENGTH, "kind": KIND, "chain": chain, "some": some, "on": on}
    assert log_density_by(backend, model, data, []) == pytest.approx(wanted, rel=1e-5)


def log_density_by(
    backend: str, model: gendsl.Model, data: dict[str, object], position: object
) -> float:
    from gendsl.api.lowering import lower, transform

    bound = model.bind(data)
    with jax.enable_x64(True):
        density = lower(transform(model.program, backend), backend).bind(bound)
        return float(density.log_density(density.data, np.asarray(position, float)))


@pytest.mark.parametrize("backend", ["numpyro", "pyro"])
def test_steps_of_a_chain_read_the_whole_context(
    backend: str, folder: Path, line: TrainedPfn
) -> None:
    (folder / "steps.gen").write_text("""\
pfn lin from "line.pfn"
model m {
  dim seen : ordered
  dim col
  data X[seen, col] : real
  data y[seen] : real
  z[seen = 0] ~ Normal(0, 1)
  z[seen] ~ lin(X = X * z[seen - 1], tau = 0.7) given X = X, y = y
}
""")
    z = np.array([0.3, -0.5, 0.2, 0.9, -0.1])
    new = lines(X[1:] * z[:-1, None])
    steps = line.predictor.predict(lines(X), Y, new).log_density(z[1:])
    wanted = stats.norm.logpdf(z[0]) + steps.sum()
    model = gendsl.compile(folder / "steps.gen")
    found = log_density_by(backend, model, {"X": X, "y": Y}, z)
    assert found == pytest.approx(wanted, rel=1e-5)


def test_dimensions_of_a_context_are_not_read_in_minibatches(folder: Path) -> None:
    """Not either where the statement has the dimension, though entries add."""
    (folder / "same.gen").write_text("""\
pfn kinds from "kinds.pfn"
model m {
  dim seen
  data length[seen] : real > 0
  data kind[seen] : bool
  data k2[seen] : bool
  a ~ Normal(0, 1)
  k2[seen] ~ kinds(length * exp(a)) given length = length, kind = kind
}
""")
    model = gendsl.compile(folder / "same.gen")
    with pytest.raises(DiagnosticError, match="given all rows along `seen`") as caught:
        model.source("pyro", minibatch="seen")
    assert [d.code for d in caught.value.diagnostics] == ["G0765"]


# --- sizes and files -------------------------------------------------------------------------


def test_sizes_that_were_not_trained_for_are_said(folder: Path) -> None:
    model = gendsl.compile(folder / "m.gen")

    def data(rows: int, columns: int) -> dict[str, object]:
        return {
            "X": np.zeros((rows, columns)), "y": np.zeros(rows), "X_new": np.zeros((1, columns)),
            "w": [0.0],
        }  # fmt: skip

    assert model.bind(data(7, 2)).notes == ()
    with pytest.warns(UserWarning, match="8 rows along `seen`; the network was trained with 7"):
        model.bind(data(8, 1))
    with pytest.raises(DiagnosticError, match="has 3 columns and the network reads 1 to 2"):
        model.bind(data(7, 3))


def test_a_fit_knows_its_network(folder: Path, line: TrainedPfn) -> None:
    from gendsl.api.provenance import provenance

    model = gendsl.compile(folder / "m.gen")
    known = provenance(model.checked, "fit", 0, "double", "cpu")
    digest = read_header(folder / "line.pfn").digest
    assert known["model_networks"] == {str(folder / "line.pfn"): digest}
    assert gendsl.Model.from_attributes(known).text == MODEL
    replace(line, about=replace(line.about, gap={"mean_gap": 0.1})).save(folder / "line.pfn")
    with pytest.raises(DiagnosticError, match="G1033"):
        gendsl.Model.from_attributes(known)
    other = provenance(gendsl.compile(folder / "m.gen").checked, "fit", 0, "double", "cpu")
    assert other["model_hash"] != known["model_hash"]
