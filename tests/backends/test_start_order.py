"""Series that feed each other at their starts, against loops in NumPy, position by position."""

import numpy as np
import pytest
from backend_cases.compiled import bound, compiled, log_density, position_of
from scipy import stats

TIMES = 6
_random = np.random.default_rng(11)
Y, W = _random.normal(size=TIMES), _random.normal(size=4)

HEAD = """model m {
  dim time : ordered
  dim lag
  data w[lag] : real
  data y[time] : real
  a ~ Normal(0, 1)
"""


def alternating(a):
    """Each start of one needs an earlier start of the other."""
    p, q = [a], [2 * a]
    p.append(a + q[0])
    q.append(3 * p[1])
    for t in range(2, TIMES):
        p.append(a + q[t - 1] - q[t - 2])
        q.append(4 * p[t])
    return q


def same_formula(a):
    """As above, but one of the two is one formula at all positions."""
    p, q = [a], [2 * a + W[0]]
    p.append(a + q[0])
    q.append(2 * p[1] + W[0])
    for t in range(2, TIMES):
        p.append(a + q[t - 1] - q[t - 2])
        q.append(2 * p[t] + W[0])
    return q


def convolved(a):
    x = []
    for t in range(TIMES):
        x.append(a + sum(W[k] * x[t - k] for k in range(1, min(t, 3) + 1)))
    return x


def residual(a):
    """The level follows its own error, which is a formula of data and level."""
    level = [a]
    for t in range(1, TIMES):
        level.append(level[-1] + 0.3 * (Y[t - 1] - level[-1]))
    return level


def cumulated(a):
    return [a, *(a + np.cumsum(Y[:-1]))]


CASES = {
    "a computed position that is there after the start": (
        "q[time = first] = a\nq[time] = q[time - 1] + y[time = pos(time) - 1]\n",
        cumulated,
    ),
    "each start needs the other": (
        "p[time = 0] = a\np[time = 1] = a + q[time - 1]\n"
        "p[time] = a + q[time - 1] - q[time - 2]\n"
        "q[time = 0] = 2 * p\nq[time = 1] = 3 * p\nq[time] = 4 * p\n",
        alternating,
    ),
    "the last of a series comes first": (
        "q[time = 0] = 2 * p\nq[time = 1] = 3 * p\nq[time] = 4 * p\n"
        "p[time = 0] = a\np[time = 1] = a + q[time - 1]\n"
        "p[time] = a + q[time - 1] - q[time - 2]\n",
        alternating,
    ),
    "a range is taken apart": (
        "q[time < 2] = 2 * p + w[lag = 0]\nq[time] = 2 * p + w[lag = 0]\n"
        "p[time = 0] = a\np[time = 1] = a + q[time - 1]\n"
        "p[time] = a + q[time - 1] - q[time - 2]\n",
        same_formula,
    ),
    "one formula at all positions": (
        "q[time] = 2 * p + w[lag = 0]\n"
        "p[time = 0] = a\np[time = 1] = a + q[time - 1]\n"
        "p[time] = a + q[time - 1] - q[time - 2]\n",
        same_formula,
    ),
    "a start by its own past": (
        "q[time < 3] = a + convolve[time](q, w)\nq[time] = a + convolve[time](q, w)\n",
        convolved,
    ),
    "a first position without a past": (
        "q[time = first] = a + convolve[time](q, w)\nq[time] = a + convolve[time](q, w)\n",
        convolved,
    ),
    "the error of a level": (
        "error[time] = y - q\nq[time = first] = a\nq[time] = q[time - 1] + 0.3 * error[time - 1]\n",
        residual,
    ),
}


@pytest.mark.parametrize(("written", "by_hand"), CASES.values(), ids=CASES.keys())
def test_starts_are_computed_position_by_position(written: str, by_hand: object) -> None:
    density = compiled(f"{HEAD}{written}y[time] ~ Normal(q, 1)\n}}\n").bind(
        bound({"y": Y, "w": W}, {"time": TIMES, "lag": len(W)})
    )
    position = position_of(density, 1)
    values = density.constrain(density.data, position)
    q = by_hand(float(position[0]))
    assert np.asarray(values["q"]) == pytest.approx(np.array(q), rel=1e-12)
    expected = stats.norm.logpdf(position[0]) + stats.norm.logpdf(Y, q, 1).sum()
    assert float(log_density(density, position)) == pytest.approx(expected, rel=1e-12)


LATENT = {
    "starts one by one": (
        "x[time = 0] ~ Normal(a, 1)\nx[time = 1] ~ Normal(v[time - 1], 1)\n"
        "x[time] ~ Normal(v[time - 1] - v[time - 2], 1)\n"
        "v[time < 2] = 2 * x + 1\nv[time] = 2 * x + 1\n"
    ),
    "one formula": (
        "v[time] = 2 * x + 1\n"
        "x[time = 0] ~ Normal(a, 1)\nx[time = 1] ~ Normal(v[time - 1], 1)\n"
        "x[time] ~ Normal(v[time - 1] - v[time - 2], 1)\n"
    ),
}


@pytest.mark.parametrize("written", LATENT.values(), ids=LATENT.keys())
def test_latent_series_feed_each_other_at_their_starts(written: str) -> None:
    """Drawn starts, the density of each by hand; draws of the prior follow the same equations."""
    text = f"{HEAD}{written}y[time] ~ Normal(v, 1)\n}}\n"
    sizes = {"time": TIMES, "lag": len(W)}
    density = compiled(text).bind(bound({"y": Y, "w": W}, sizes))
    assert density.size == TIMES + 1
    position = position_of(density, 2)
    values = {n: np.asarray(v) for n, v in density.constrain(density.data, position).items()}
    x, v, a = values["x"], values["v"], float(values["a"])
    assert v == pytest.approx(2 * x + 1)
    mean = np.array([a, v[0], *(v[t - 1] - v[t - 2] for t in range(2, TIMES))])
    expected = stats.norm.logpdf(a) + stats.norm.logpdf(x, mean, 1).sum()
    expected += stats.norm.logpdf(Y, v, 1).sum()
    assert float(log_density(density, position)) == pytest.approx(expected, rel=1e-12)


def test_a_drawn_formula_at_all_positions() -> None:
    """A random series without a past of its own, in a group that feeds itself."""
    text = (
        f"{HEAD}x[time] ~ Normal(level, 1)\nlevel[time = first] = a\n"
        "level[time] = 0.5 * level[time - 1] + x[time - 1]\ny[time] ~ Normal(x, 1)\n}\n"
    )
    density = compiled(text).bind(bound({"y": Y, "w": W}, {"time": TIMES, "lag": len(W)}))
    position = position_of(density, 3)
    values = {n: np.asarray(v) for n, v in density.constrain(density.data, position).items()}
    x, level = values["x"], [float(values["a"])]
    for t in range(1, TIMES):
        level.append(0.5 * level[-1] + x[t - 1])
    assert values["level"] == pytest.approx(np.array(level))
    expected = stats.norm.logpdf(level[0]) + stats.norm.logpdf(x, level, 1).sum()
    expected += stats.norm.logpdf(Y, x, 1).sum()
    assert float(log_density(density, position)) == pytest.approx(expected, rel=1e-12)
