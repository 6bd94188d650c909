"""Models as text, with data: each shows some of what the backend has to lower."""

from dataclasses import dataclass, field

import numpy as np

from backend_cases.compiled import bound
from gendsl.ir.bound import BoundData

_random = np.random.default_rng(7)
ROWS, TIMES = 9, 7


@dataclass(frozen=True)
class Case:
    """A model's text and data for it."""

    name: str
    text: str
    data: dict[str, object]
    sizes: dict[str, int]
    labels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: dict[str, np.ndarray] = field(default_factory=dict)
    is_non_centred: bool = False
    can_simulate: bool = True

    @property
    def bound(self) -> BoundData:
        """The data as the reader would hand them over."""
        return bound(self.data, self.sizes, self.labels, self.missing)


def _normal(*shape: int) -> np.ndarray:
    return _random.normal(size=shape)


_SCHOOLS = {
    "y": np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0]),
    "sigma": np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0]),
}
_SCHOOLS_TEXT = """model eight_schools {
  dim school
  data y[school]     : real
  data sigma[school] : real > 0

  mu  ~ Normal(0, 5)
  tau ~ HalfCauchy(5)
  theta[school] ~ Normal(mu, tau)

  y[school] ~ Normal(theta, sigma)
}
"""

CASES = (
    Case("eight_schools", _SCHOOLS_TEXT, _SCHOOLS, {"school": 8}),
    Case("eight_schools_non_centred", _SCHOOLS_TEXT, _SCHOOLS, {"school": 8}, is_non_centred=True),
    Case(
        "radon",
        """model radon {
  dim house, county
  data county_of[house] : county
  data floor[house] : real
  data uranium[county] : real
  data y[house] : real

  mu ~ Normal(0, 10)
  slope ~ Normal(0, 5)
  tau ~ HalfNormal(1)
  sigma : real > 0 ~ StudentT(3, 0, 1)
  alpha[county] ~ Normal(mu + slope * uranium, tau)
  beta ~ Normal(0, 5)
  y[house] ~ Normal(alpha[county_of] + beta * floor, sigma)

  predict aitkin = alpha["AITKIN"] - mean[county](alpha)
  predict y_new[house] ~ Normal(alpha[county_of], sigma)
}
""",
        {
            "county_of": _random.integers(0, 3, ROWS),
            "floor": _normal(ROWS),
            "uranium": _normal(3),
            "y": _normal(ROWS),
        },
        {"house": ROWS, "county": 3},
        {"county": ("ANOKA", "AITKIN", "BECKER")},
        is_non_centred=True,
    ),
    Case(
        "logistic",
        """model logistic {
  dim row, feature
  data X[row, feature] : real
  data y[row] : int
  alpha ~ Flat()
  beta[feature] ~ Normal(0, 2.5)
  y[row] ~ Bernoulli(logit = alpha + X @ beta)
}
""",
        {"X": _normal(ROWS, 3), "y": _random.integers(0, 2, ROWS)},
        {"row": ROWS, "feature": 3},
        can_simulate=False,
    ),
    Case(
        "slopes",
        """model slopes {
  dim item, row
  dim pair = {slope, intercept}
  dim other like pair
  data item_of[row] : item
  data x[row] : real
  data y[row] : real
  data asked[row] : bool
  L[pair, other] ~ LKJCholesky(2)
  scale[pair] ~ HalfNormal(1)
  z[item, pair] ~ Normal(0, 1)
  xi[item, pair] = scale * sum[other](L * z[pair = other])
  y[row] ~ Normal(xi[item_of, pair = intercept] + xi[item_of, pair = slope] * x, 1) where asked
}
""",
        {
            "item_of": _random.integers(0, 4, ROWS),
            "x": _normal(ROWS),
            "y": _normal(ROWS),
            "asked": np.arange(ROWS) % 3 != 1,
        },
        {"item": 4, "row": ROWS, "pair": 2, "other": 2},
        {"pair": ("slope", "intercept")},
    ),
    Case(
        "supports",
        """model supports {
  dim row
  dim k = 3
  dim state
  dim next like state
  data y[row] : real
  data z[row] : state
  w[k] ~ Dirichlet(1)
  mu[k] : ordered ~ Normal(0, 5)
  s[k] ~ LogNormal(0, 1)
  P[state, next] ~ Dirichlet(2)
  a : 0 < real < 1 ~ Uniform(0, 1)
  c : real > a ~ Normal(0, 1)
  d[k] : sum_to_zero ~ Normal(0, 1)
  y[row] ~ Mixture(w, Normal(mu + d, s))
  z[row] ~ Categorical(P[state = 0])
}
""",
        {"y": _normal(ROWS), "z": _random.integers(0, 2, ROWS)},
        {"row": ROWS, "k": 3, "state": 2, "next": 2},
    ),
    Case(
        "missing",
        """model missing {
  dim row
  data x[row] : real?
  data y[row] : real
  data v[row] : real?
  m ~ Normal(0, 1)
  b ~ Normal(0, 1)
  x[row] ~ Normal(m, 1)
  y[row] ~ Normal(b * x, 1)
  v[row] ~ Normal(m, 2)
}
""",
        {"x": _normal(ROWS), "y": _normal(ROWS), "v": _normal(ROWS)},
        {"row": ROWS},
        missing={"x": np.arange(ROWS) % 4 == 0, "v": np.arange(ROWS) % 3 == 0},
    ),
    Case(
        "random_walk",
        """model random_walk {
  dim time : ordered
  data y[time] : real
  phi ~ Uniform(-1, 1)
  q ~ HalfNormal(1)
  x[time = first] ~ Normal(0, 10)
  x[time] ~ Normal(phi * x[time - 1], q)
  y[time] ~ Normal(x, 1)
}
""",
        {"y": _normal(TIMES)},
        {"time": TIMES},
    ),
    Case(
        "walks",
        """model walks {
  dim time : ordered
  dim area
  data y[area, time] : real
  data u[time] : real
  data w[area, time] : real
  q[area] ~ HalfNormal(1)
  x[area, time = first] = 0
  x[area, time] ~ Normal(x[time - 1] + u[time - 1] * w, q)
  y[area, time] ~ Normal(x, 1)
}
""",
        {"y": _normal(3, TIMES), "u": _normal(TIMES), "w": _normal(3, TIMES)},
        {"time": TIMES, "area": 3},
    ),
    Case(
        "epidemic",
        """model epidemic {
  dim time : ordered
  data cases[time] : int >= 0
  beta ~ HalfNormal(1)
  S[time = first] = 990
  I[time = first] = 10
  S[time] = S[time - 1] - beta * S[time - 1] * I[time - 1] / 1000
  I[time] = I[time - 1] + beta * S[time - 1] * I[time - 1] / 1000 - 0.1 * I[time - 1]
  cases[time] ~ Poisson(I)
}
""",
        {"cases": _random.poisson(10, TIMES)},
        {"time": TIMES},
    ),
    Case(
        "autoregression",
        """model autoregression {
  dim time : ordered
  data y[time] : real
  a ~ Normal(0, 1)
  b ~ Normal(0, 1)
  s ~ HalfNormal(1)
  y[time] ~ Normal(a * y[time - 1] + b * y[time - 2], s)
}
""",
        {"y": _normal(TIMES)},
        {"time": TIMES},
    ),
    Case(
        "renewal",
        """model renewal {
  dim time : ordered
  dim area
  dim lag = 4
  data n_seed : int
  data g[time] : real >= 0
  data w[lag] : real
  data cases[time, area] : int >= 0
  seed[area] ~ Exponential(0.1)
  R[area] ~ LogNormal(0, 1)
  infections[time < n_seed, area] = seed
  infections[time, area] = R * convolve[time](infections, g[time - 1])
  x[time < 3] ~ Normal(0, 1)
  x[time] ~ Normal(sum[k = 1..3](w[lag = k] * x[time - k]), 1)
  cases[time, area] ~ Poisson(1 + infections + convolve[time](infections, w) * exp(x))
}
""",
        {
            "n_seed": np.array(2),
            "g": _random.uniform(size=TIMES),
            "w": _random.uniform(size=4),
            "cases": _random.poisson(3, (TIMES, 2)),
        },
        {"time": TIMES, "area": 2, "lag": 4},
    ),
    Case(
        "coupled",
        """model coupled {
  dim time : ordered
  dim area
  data y[time, area] : real
  a ~ Normal(0, 1)
  s ~ HalfNormal(1)
  u[time = first, area] ~ Normal(0, 1)
  v[time = first, area] ~ Normal(0, 1)
  u[time, area] ~ Normal(a * v[time - 1], s)
  v[time, area] ~ Normal(u[time - 1] + v[time - 1], s)
  y[time, area] ~ Normal(u + v, s)
}
""",
        {"y": _normal(TIMES, 2)},
        {"time": TIMES, "area": 2},
    ),
    Case(
        "areas",
        """model areas {
  dim area, edge
  data left[edge] : area
  data right[edge] : area
  data y[area] : int
  phi[area] ~ Normal(0, 1)
  factor -0.5 * sum[edge]((phi[left] - phi[right])^2)
  observe sum[area](phi) ~ Normal(0, 0.1)
  y[area] ~ Poisson(log_rate = phi)
}
""",
        {
            "left": _random.integers(0, 5, 6),
            "right": _random.integers(0, 5, 6),
            "y": _random.poisson(2, 5),
        },
        {"area": 5, "edge": 6},
        can_simulate=False,
    ),
    Case(
        "kernel",
        """model kernel {
  dim i
  dim j like i
  data x[i] : real
  data E[i] : real > 0
  data y[i] : int >= 0
  K[i, j] = exp(-abs(x - x[j]))             # of data alone, like what follows
  let L[i, j] = cholesky[i, j](K)
  amplitude ~ HalfNormal(1)
  z[i] ~ Normal(0, 1)
  f[i] = amplitude * matmul[i, j](L, z)
  y[i] ~ Poisson(log_rate = f + log(E))
}
""",
        {
            "x": _random.normal(size=5),
            "E": np.exp(_random.normal(size=5)),
            "y": _random.poisson(2, 5),
        },
        {"i": 5, "j": 5},
    ),
    Case(
        "process",
        """model process {
  dim point, grid
  data x[point] : real
  data y[point] : real
  data grid_x[grid] : real

  len ~ Gamma(5, 5)
  amp ~ HalfNormal(1)
  sigma ~ HalfNormal(1)
  kernel k = amp^2 * RBF(len) + Linear(0.3)
  f ~ GP(mean = 0.5, kernel = k)
  y[point] ~ Normal(f(x), sigma)            # f is integrated out

  predict g[grid] = f(grid_x)
  predict y_new[point] ~ Normal(f(x), sigma)
}
""",
        {"x": _normal(6), "y": _normal(6), "grid_x": _normal(3)},
        {"point": 6, "grid": 3, "point.twin": 6, "grid.twin": 3},
    ),
    Case(
        "processes_of_counts",
        """model processes_of_counts {
  dim row, region, col, grid
  data t[row] : real
  data X[row, col] : real
  data region_of[row] : region
  data n[row] : int >= 0
  data t_new[grid] : real

  len[col] ~ Gamma(5, 5)
  amp[region] ~ HalfNormal(1)
  kernel near(a, b) = exp(-abs(a - b))
  f[region] ~ GP(kernel = amp^2 * near)
  g ~ GP(mean = 1, kernel = Matern32(len) + Constant(0.2))
  h ~ GP(kernel = Cosine(2) + Matern12(1))
  n[row] ~ Poisson(log_rate = f[region_of](t) + g(X) + h(t))

  predict later[region, grid] = f(t_new)
  predict one = h(0.5)
}
""",
        {
            "t": _random.normal(size=7),
            "X": _random.normal(size=(7, 2)),
            "region_of": _random.integers(0, 2, 7),
            "n": _random.poisson(2, 7),
            "t_new": _random.normal(size=3),
        },
        {"row": 7, "region": 2, "col": 2, "grid": 3, "row.twin": 7, "grid.twin": 3, "h.1": 1}
        | {"h.1.twin": 1},
    ),
    Case(
        "network",
        """model network {
  dim row, col, grid, county
  dim head = {mean, spread}
  data X[row, col] : real
  data county_of[row] : county
  data y[row] : real
  data Z[grid, col] : real

  tau ~ HalfNormal(1)
  net f[head] = Dense(3, weight ~ Normal(0, tau / sqrt(fan_in)), bias ~ Normal(0, 1))
    |> tanh
    |> Residual(Dense(weight ~ Normal(0, 1)) |> silu)
    |> Dense(weight ~ Horseshoe(0.5), bias ~ Normal(0, 1))
  f.layer2.weight ~ SpikeAndSlab(0.2, 0.1, 1 / sqrt(fan_in))
  net e = Embedding(2, weight ~ Normal(0, 1)) |> gelu |> Dense(1, weight ~ Normal(0, 1))

  y[row] ~ Normal(f(X)[head = mean] + e(county_of), exp(f(X)[head = spread]))

  predict out[grid, head] = f(Z)
}
""",
        {
            "X": _random.normal(size=(6, 2)),
            "county_of": _random.integers(0, 3, 6),
            "y": _random.normal(size=6),
            "Z": _random.normal(size=(4, 2)),
        },
        {"row": 6, "col": 2, "grid": 4, "county": 3, "head": 2}
        | {"f.layer1.unit": 3, "f.layer2.input": 3, "e.layer1.unit": 2},
        is_non_centred=True,
    ),
)
"""Every case."""

BY_NAME = {case.name: case for case in CASES}
