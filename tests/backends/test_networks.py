"""Networks against NumPy written apart from them: densities, outputs, and priors of functions.

What a network is drawn from has a covariance in closed form where its weights are normal: for erf
that of Williams (1998), "Computation with infinite neural networks", eq. 11.
"""

import numpy as np
import pytest
import torch
from backend_cases.agreement import transformed
from backend_cases.compiled import bound, resolved
from scipy import special, stats

import gendsl
from gendsl.backends import numpyro, pyro

_RNG = np.random.default_rng(11)
N, P, M, H, K, C = 6, 2, 4, 3, 2, 3
X, Z, T = _RNG.normal(size=(N, P)), _RNG.normal(size=(M, P)), _RNG.normal(size=N)
Y, OF = _RNG.normal(size=N), _RNG.integers(0, C, N)
W = _RNG.normal(size=(P, H))
DATA = {"X": X, "Z": Z, "t": T, "y": Y, "county_of": OF, "W": W}
SIZES = {"row": N, "col": P, "grid": M, "k": K, "county": C, "h": H}
HEADER = """
  dim row, col, grid, county, h
  dim k = 2
  data X[row, col] : real
  data Z[grid, col] : real
  data t[row] : real
  data y[row] : real
  data county_of[row] : county
  data W[col, h] : real
"""

ACTIVATIONS = {
    "tanh": np.tanh,
    "relu": lambda z: np.maximum(z, 0),
    "gelu": lambda z: z * stats.norm.cdf(z),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "erf": special.erf,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "sin": np.sin,
    "identity": lambda z: z,
    "own": lambda z: z / (1 + z**2),
}


def lowered(statements, sizes):
    """Both backends' densities of some statements."""
    used = {name: value for name, value in DATA.items() if name in statements}
    lines = "\n".join(
        line for line in HEADER.splitlines()
        if not line.strip().startswith("data") or line.split()[1].partition("[")[0] in used
    )  # fmt: skip
    text = f"model m {{{lines}\n{statements}\n}}\ndef own(z) = z / (1 + z^2)\n"
    data = bound(used, SIZES | sizes)
    program = transformed(resolved(text), data)
    return numpyro.lower(program).bind(data), pyro.lower(program).bind(data)


def check(statements, sizes, mean):
    """The likelihood of `y ~ Normal(f, 0.5)` and `at` are those of the mean that NumPy finds.

    `mean` takes the values of the sites by name.
    """
    ours, theirs = lowered(statements, sizes)
    position = 0.7 * np.random.default_rng(0).normal(size=ours.size)
    values = {n: np.asarray(v) for n, v in ours.constrain(ours.data, position).items()}
    expected = stats.norm.logpdf(Y, mean(values), 0.5).sum()
    assert abs(float(ours.log_likelihood(ours.data, position)) - expected) <= 1e-9 * abs(expected)
    found = theirs.log_likelihood(theirs.data, torch.tensor(position))
    assert abs(float(found) - expected) <= 1e-9 * abs(expected)


def test_outputs_of_two_layers_with_each_activation():
    networks = [
        f"net f{i} = Dense(3, weight ~ Normal(0, 1), bias ~ Normal(0, 1)) |> {name}"
        " |> Dense(1, weight ~ Normal(0, 1), bias ~ Normal(0, 1))"
        for i, name in enumerate(ACTIVATIONS)
    ]
    outputs = " + ".join(f"{i + 1} * f{i}(X)" for i in range(len(ACTIVATIONS)))

    def mean(v):
        return sum(
            (i + 1)
            * (
                phi(X @ v[f"f{i}.layer1.weight"] + v[f"f{i}.layer1.bias"])
                @ v[f"f{i}.layer2.weight"]
                + v[f"f{i}.layer2.bias"]
            )
            for i, phi in enumerate(ACTIVATIONS.values())
        )

    units = {f"f{i}.layer1.unit": H for i in range(len(ACTIVATIONS))}
    check("\n".join([*networks, f"y[row] ~ Normal({outputs}, 0.5)"]), units, mean)


def residual(v):
    hidden = np.tanh(T[:, None] * v["f.layer1.weight"])
    return (hidden + np.sin(hidden @ v["f.layer2.weight"])) @ v["f.layer3.weight"]


def two_heads(v):
    hidden = np.maximum(X @ v["f.layer1.weight"], 0)
    out = hidden @ v["f.layer2.weight"]
    return out[:, 0] * out[:, 1]


def masked(v):
    hidden = np.tanh(X @ v["f.layer1.weight"]) * v["f.layer1.mask"]
    return hidden @ v["f.layer2.weight"]


CHAINS = {
    "residual, of numbers": (
        "net f = Dense(3, weight ~ Normal(0, 1)) |> tanh"
        " |> Residual(Dense(3, weight ~ Normal(0, 1)) |> sin) |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(t), 0.5)",
        {"f.layer1.unit": H, "f.layer2.input": H},
        residual,
    ),
    "two outputs": (
        "net f[k] = Dense(3, weight ~ Normal(0, 1)) |> relu |> Dense(weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(X)[k = 0] * f(X)[k = 1], 0.5)",
        {"f.layer1.unit": H},
        two_heads,
    ),
    "of an index": (
        "net e = Embedding(2, weight ~ Normal(0, 1)) |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(e(county_of), 0.5)",
        {"e.layer1.unit": K},
        lambda v: v["e.layer1.weight"][OF] @ v["e.layer2.weight"],
    ),
    "a network of a network": (
        "net e[k] = Embedding(weight ~ Normal(0, 1))\nnet f = Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(e(county_of)), 0.5)",
        {},
        lambda v: v["e.layer1.weight"][OF] @ v["f.layer1.weight"],
    ),
    "weights that are data": (
        "net f = Dense(weight = W) |> tanh |> Dense(1, weight ~ Normal(0, 1))\n"
        "y[row] ~ Normal(f(X), 0.5)",
        {},
        lambda v: np.tanh(X @ W) @ v["f.layer2.weight"],
    ),
    "masks": (
        "net f = Dense(3, weight ~ Normal(0, 1), mask ~ Beta(0.5, 0.5)) |> tanh"
        " |> Dense(1, weight ~ Normal(0, 1))\ny[row] ~ Normal(f(X), 0.5)",
        {"f.layer1.unit": H},
        masked,
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_outputs_of_chains(name):
    check(*CHAINS[name])


REGRESSION = """model m {
  dim row, col
  data X[row, col] : real
  data y[row] : real
  tau ~ HalfNormal(1)
  net f = Dense(3, weight ~ Normal(0, tau / sqrt(fan_in)), bias ~ Normal(0, 2)) |> tanh
    |> Dense(1, weight ~ Normal(0, 1))
  f.layer2.weight ~ SpikeAndSlab(0.2, 0.1, 1 / sqrt(fan_in))
  y[row] ~ Normal(f(X), 0.5)
}
"""


def density_of_regression(v):
    """The joint log density of `REGRESSION`, written out."""
    w1, b1, w2, tau = (v[n] for n in ("f.layer1.weight", "f.layer1.bias", "f.layer2.weight", "tau"))
    slab = 0.2 * stats.norm.pdf(w2, 0, 1 / np.sqrt(3)) + 0.8 * stats.norm.pdf(w2, 0, 0.1)
    return (
        stats.halfnorm.logpdf(tau)
        + stats.norm.logpdf(w1, 0, tau / np.sqrt(2)).sum()
        + stats.norm.logpdf(b1, 0, 2).sum()
        + np.log(slab).sum()
        + stats.norm.logpdf(Y, np.tanh(X @ w1 + b1) @ w2, 0.5).sum()
    )


def test_the_density_of_a_regression_is_the_one_written_out():
    values = {
        "tau": 0.8,
        "f.layer1.weight": _RNG.normal(size=(P, H)),
        "f.layer1.bias": _RNG.normal(size=H),
        "f.layer2.weight": 0.3 * _RNG.normal(size=H),
    }
    found = gendsl.compile(REGRESSION).log_density(values, {"X": X, "y": Y})
    assert abs(found - density_of_regression(values)) <= 1e-9 * abs(found)


def arcsine(x, y, variance):
    """E[erf(u) erf(v)] of a first layer's sums at all pairs of points, of normal weights."""
    s = variance * (x @ y.T / x.shape[1] + 1)
    xx = variance * ((x**2).mean(1) + 1)
    yy = variance * ((y**2).mean(1) + 1)
    return 2 / np.pi * np.arcsin(2 * s / np.sqrt(np.outer(1 + 2 * xx, 1 + 2 * yy)))


NUM_PRIOR, FALSE_ALARM = 20_000, 1e-6


def prior_deviations(width, scale="2 / sqrt(fan_in)"):
    """How many standard errors the products of prior values are off the closed form, and the
    excess kurtosis of the values at the first point.
    """
    text = f"""model m {{
  dim row, col
  data X[row, col] : real
  net f = Dense({width}, weight ~ Normal(0, {scale}), bias ~ Normal(0, 2)) |> erf
    |> Dense(1, weight ~ Normal(0, 1 / sqrt(fan_in)))
  at[row] = f(X)
}}
"""
    points = np.array([[0.3, -0.4], [1.5, 0.2], [-0.5, -2.0]])
    drawn = gendsl.compile(text).simulate({"X": points}, draws=NUM_PRIOR, seed=5)
    at = np.asarray(drawn.prior["at"]).reshape(NUM_PRIOR, 3)
    products = at[:, :, None] * at[:, None, :]
    error = products.std(0) / np.sqrt(NUM_PRIOR)
    kurtosis = (at[:, 0] ** 4).mean() / (at[:, 0] ** 2).mean() ** 2 - 3
    return np.abs(products.mean(0) - arcsine(points, points, 4.0)) / error, kurtosis


@pytest.mark.slow
@pytest.mark.statistical
def test_the_covariance_of_the_prior_is_the_infinite_networks_and_wide_ones_are_gaussian():
    """Of one hidden layer at any width; six means, so that `FALSE_ALARM` is shared by all.

    The excess kurtosis falls as 1 / width: about 1 of two units, 0.03 of 64. The standard error of
    a normal one's is sqrt(24 / n), 0.035 here.
    """
    bound = stats.norm.isf(FALSE_ALARM / 12)
    wide, wide_tail = prior_deviations(64)
    narrow, narrow_tail = prior_deviations(2)
    assert wide.max() <= bound and narrow.max() <= bound
    assert abs(wide_tail) <= 0.03 + 5 * np.sqrt(24 / NUM_PRIOR) < narrow_tail
    broken, _ = prior_deviations(64, "2")
    assert broken.max() > bound, "a network that forgets `fan_in` is seen"


LINEAR = """model m {
  dim row, col, grid
  data X[row, col] : real
  data y[row] : real
  data Z[grid, col] : real
  net f = Dense(1, weight ~ Normal(0, 1), bias ~ Normal(0, 2))
  y[row] ~ Normal(f(X), 0.5)
  predict at[grid] = f(Z)
}
infer main = nuts(chains = 2, warmup = 300, draws = 1000)
infer by_site = cycle(
  nuts(f.layer1.weight), nuts(f.layer1.bias), chains = 2, warmup = 300, draws = 1000
)
"""


@pytest.mark.slow
@pytest.mark.statistical
@pytest.mark.parametrize(
    ("backend", "name", "draws"),
    [("numpyro", "main", 1000), ("numpyro", "by_site", 1000), ("pyro", "main", 300)],
)
def test_the_posterior_of_a_network_of_one_layer_is_the_lines(backend, name, draws):
    """Three weights with a known normal posterior; `FALSE_ALARM` is shared by them."""
    design = np.column_stack([X, np.ones(N)])
    covariance = np.linalg.inv(design.T @ design / 0.25 + np.diag([1, 1, 0.25]))
    mean, sd = covariance @ design.T @ Y / 0.25, np.sqrt(np.diag(covariance))
    fit = gendsl.compile(LINEAR).infer(
        {"X": X, "y": Y, "Z": Z}, seed=3, name=name, backend=backend, draws=draws
    )
    rows = fit.summary(["f.layer1.weight", "f.layer1.bias"]).rows()
    sizes = np.array([row["ess_bulk"] for row in rows])
    off = np.abs(np.array([row["mean"] for row in rows]) - mean) / sd * np.sqrt(sizes)
    assert sizes.min() > 50
    assert off.max() <= stats.norm.isf(FALSE_ALARM / 6)
    new = _RNG.normal(size=(2, P))
    at = fit.predict({"X": X, "Z": new})["predictions"]["at"]
    weights, bias = fit.posterior["f.layer1.weight"].values, fit.posterior["f.layer1.bias"].values
    assert np.abs(at.values - (weights @ new.T + bias[..., None])).max() <= 1e-9
