"""Look backs, data-given starts and lagged data, against loops in NumPy."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, log_density, position_of, resolved
from scipy import stats

from gendsl.backends.failures import CannotSimulate
from gendsl.backends.numpyro.distributions.convolve import convolve
from gendsl.data.evaluate import Environment, evaluate
from gendsl.ir.program import Equation

_random = np.random.default_rng(5)
TIMES, AREAS, LAGS = 9, 3, 4

DATA = {
    "y": _random.normal(size=(TIMES, AREAS)),
    "u": _random.normal(size=TIMES),
    "w": _random.normal(size=LAGS),
    "v": _random.normal(size=(LAGS, AREAS)),
    "g": _random.uniform(size=TIMES),
    "m": np.array(3),
}
SIZES = {"time": TIMES, "area": AREAS, "lag": LAGS}
HEAD = """model m {
  dim time : ordered
  dim area
  dim lag
  data y[time, area] : real
  data u[time] : real
  data w[lag] : real
  data v[lag, area] : real
  data g[time] : real
  data m : int
  a ~ Normal(0, 1)
"""


def past(x: np.ndarray, weight: object, t: int, first: int, last: int) -> np.ndarray:
    """The sum of weight(k) x[t - k] over lags, one after the other; zeros before the first."""
    return sum(
        (weight(k) * x[t - k] for k in range(first, min(last, t) + 1)), np.zeros(x.shape[1:])
    )


w, v, g, y, u = (DATA[name] for name in "wvgyu")

OUTSIDE = [
    ("convolve[time](y, g)", lambda t: past(y, lambda k: g[k], t, 1, TIMES)),
    ("convolve[time](u, g[time - 1])", lambda t: past(u, lambda k: g[k - 1], t, 1, TIMES)),
    ("convolve[time](y, w)", lambda t: past(y, lambda k: w[k], t, 1, LAGS - 1)),
    ("convolve[time](u, v)", lambda t: past(u[:, None], lambda k: v[k], t, 1, LAGS - 1)),
    ("convolve[time](y - u, v)", lambda t: past(y - u[:, None], lambda k: v[k], t, 1, LAGS - 1)),
    (
        "if(pos(time) < 4, 0, sum[k = 2..4](w[lag = k - 1] * y[time - k]))",
        lambda t: past(y, lambda k: w[k - 1], t, 2, 4) if t >= 4 else np.zeros(AREAS),
    ),
    (
        "if(pos(time) < 3, 0, sum[k = 0..3](y[time - k] - 2 * w[lag = k] * u[time - k]))",
        lambda t: past(y, lambda k: 1, t, 0, 3) - past(2 * u[:, None], lambda k: w[k], t, 0, 3)
        if t >= 3
        else np.zeros(AREAS),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("written", "by_hand"), OUTSIDE, ids=[text for text, _ in OUTSIDE])
def test_look_backs_over_known_series(written: str, by_hand: object) -> None:
    # where a lag is missing, the statement does not hold: the likelihood skips those positions
    start = "" if "if(" not in written else "y[time < 4] ~ Normal(0, 1)\n"
    mean = written[len("if(pos(time) < 4, 0, ") : -1] if start else written
    text = f"{HEAD}{start}y[time, area] ~ Normal(a + {mean}, 1)\n}}\n".replace(
        "y[time < 4]", "y[time < 4, area]"
    )
    density = compiled(text).bind(bound(DATA, SIZES))
    value = float(log_density(density, jnp.array([0.3])))
    expected = stats.norm.logpdf(0.3)
    for t in range(TIMES):
        is_start = bool(start) and t < 4
        mean_now = 0.0 if is_start else 0.3 + by_hand(t)
        expected += stats.norm.logpdf(y[t], mean_now, 1).sum()
    assert value == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize(("written", "by_hand"), OUTSIDE[:5], ids=[t for t, _ in OUTSIDE[:5]])
def test_the_host_computes_the_same(written: str, by_hand: object) -> None:
    program = resolved(
        f"{HEAD}let q[time, area] = {written} + 0 * y\n observe a ~ Normal(0, 1)\n}}\n"
    )
    (node,) = (n for n in program.nodes if isinstance(n, Equation))
    found = evaluate(node.value, Environment(DATA, SIZES))
    assert found == pytest.approx(
        np.stack([np.broadcast_to(by_hand(t), AREAS) for t in range(TIMES)])
    )


# fmt: off
INSIDE = [
    ("1", 1, "convolve[time](x, g)", lambda x, t: past(x, lambda k: g[k], t, 1, TIMES)),
    ("m", 3, "convolve[time](x, g[time - 1])",
     lambda x, t: past(x, lambda k: g[k - 1], t, 1, TIMES)),
    ("2", 2, "convolve[time](x * u, w)",
     lambda x, t: past(x * u[:, None], lambda k: w[k], t, 1, 3)),
    ("m + 1", 4, "convolve[time](x, v)", lambda x, t: past(x, lambda k: v[k], t, 1, 3)),
    ("3", 3, "sum[k = 1..3](w[lag = k] * x[time - k])",
     lambda x, t: past(x, lambda k: w[k], t, 1, 3)),
    ("max(m, 2)", 3, "sum[k = 2..3](x[time - k]) + x[time - 1]", lambda x, t: x[t - 3 : t].sum(0)),
    ("2 * m", 6, "u * sum[k = 1..2](v[lag = k] * (x[time - k] - y[time - k]))",
     lambda x, t: u[t] * past(x - y, lambda k: v[k], t, 1, 2)),
]
# fmt: on


@pytest.mark.sweep(2)
@pytest.mark.parametrize(
    ("start", "head", "written", "by_hand"), INSIDE, ids=[row[2] for row in INSIDE]
)
@pytest.mark.parametrize("is_random", [False, True])
def test_look_backs_in_a_recurrence(
    start: str, head: int, written: str, by_hand: object, is_random: bool
) -> None:
    """A series that reads its own past, deterministic and random."""
    step = f"~ Normal(0.5 * ({written}), 0.7)" if is_random else f"= 0.5 * ({written})"
    first = "~ Normal(1, 2)" if is_random else "= a + pos(area)"
    text = f"{HEAD}x[time < {start}, area] {first}\nx[time, area] {step}\n"
    density = compiled(f"{text}y[time, area] ~ Normal(x, 1)\n}}\n").bind(bound(DATA, SIZES))
    position = position_of(density, 3)
    run = density.structure.evaluate(density.data, position)
    x = np.asarray(density.constrain(density.data, position)["x"])
    expected = stats.norm.logpdf(float(run.values["a"])) + stats.norm.logpdf(y, x, 1).sum()
    for t in range(TIMES):
        mean = 0.5 * by_hand(x, t) if t >= head else None
        if is_random:
            args = (1, 2) if mean is None else (mean, 0.7)
            expected += stats.norm.logpdf(x[t], *args).sum()
        else:
            wanted = float(run.values["a"]) + np.arange(AREAS) if mean is None else mean
            assert x[t] == pytest.approx(np.broadcast_to(wanted, AREAS))
    assert float(log_density(density, position)) == pytest.approx(expected, rel=1e-9)


def test_the_long_way_to_convolve_is_the_short_one() -> None:
    """Above 512 positions a convolution takes the place of a matrix product."""
    x, weights = _random.normal(size=(600, 2)), _random.normal(size=50)
    whole = np.asarray(convolve(jnp.asarray(x), jnp.asarray(weights)))
    part = np.asarray(convolve(jnp.asarray(x[-500:]), jnp.asarray(weights)))
    assert whole[-450:] == pytest.approx(part[-450:])
    assert whole[:400] == pytest.approx(
        np.asarray(convolve(jnp.asarray(x[:400]), jnp.asarray(weights)))
    )


GARCH = """model garch {
  dim time : ordered
  data y[time] : real
  mu ~ Normal(0, 1)
  v[time = first] = 1
  v[time] = 0.2 + 0.3 * (y[time - 1] - mu)^2 + 0.4 * v[time - 1]
  y[time] ~ Normal(mu, sqrt(v))
}
"""
ARMA = """model arma {
  dim time : ordered
  data y[time] : real
  mu ~ Normal(0, 1)
  err[time = first] = y - mu
  err[time] = y - (mu + 0.7 * y[time - 1] + 0.4 * err[time - 1])
  y[time = first] ~ Normal(mu, 1)
  y[time] ~ Normal(mu + 0.7 * y[time - 1] + 0.4 * err[time - 1], 0.5)
}
"""


def test_a_series_that_feeds_its_own_variance_is_simulated_in_sequence() -> None:
    """What is drawn satisfies the recurrence with itself, and its innovations are standard.

    False alarm: the mean square of 4000 standard normals leaves 1 ± 5 sd once in a million.
    """
    times = 4000
    density = compiled(GARCH).bind(bound({}, {"time": times}, absent=("y",)))
    found = jax.jit(lambda key: density.structure.simulate(key, density.data))(jax.random.key(2))
    y, v, mu = (np.asarray(found[name]) for name in ("y", "v", "mu"))
    assert v[1:] == pytest.approx(0.2 + 0.3 * (y[:-1] - mu) ** 2 + 0.4 * v[:-1])
    z = (y - mu) / np.sqrt(v)
    assert abs(np.mean(z**2) - 1) < 5 * np.sqrt(2 / times)


def test_replicates_of_lagged_data_follow_their_own_past() -> None:
    """A replicate's innovations are those of the model given the replicate, not the data.

    False alarm once in a million; with the data's past, far off here, they are hundreds.
    """
    times = 400
    data = {"y": 1000 * np.cos(np.arange(times))}
    density = compiled(ARMA).bind(bound(data, {"time": times}))
    draw = jax.jit(lambda key: density.structure.generate(key, density.data, jnp.array([0.5])))
    found = draw(jax.random.key(1))
    y = np.asarray(found["y"])
    err = [y[0] - 0.5]
    for t in range(1, times):
        err.append(y[t] - (0.5 + 0.7 * y[t - 1] + 0.4 * err[-1]))
    z = np.array(err[1:]) / 0.5
    assert abs(np.mean(z**2) - 1) < 5 * np.sqrt(2 / times)


def test_first_values_that_are_conditioned_on_must_be_given() -> None:
    text = """model ar {
  dim time : ordered
  data y[time] : real
  a ~ Normal(0, 0.1)
  y[time] ~ Normal(a * y[time - 1] + 0.1 * y[time - 2], 1)
}
"""
    with pytest.raises(CannotSimulate, match="its first 2 entries"):
        compiled(text).bind(bound({}, {"time": 6}, absent=("y",)))
    density = compiled(text).bind(bound({"y": np.full(6, 50.0)}, {"time": 6}))
    y = np.asarray(density.structure.simulate(jax.random.key(0), density.data)["y"])
    assert y[:2] == pytest.approx(50.0) and np.all(np.abs(y[2:]) < 49)
