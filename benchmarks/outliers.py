"""What outliers do to a Gaussian process, to a Student t process and to Student t noise.

`python benchmarks/outliers.py` draws smooth functions, sees each at 40 points with noise of 0.1,
and moves a share of the points by normal errors of 2. Each model infers its kernel and its noise by
`nuts()`. Printed are, for each share, the error of the posterior mean of the function and the
negative log density of 100 clean points that were held out, with standard errors over functions.
All models see the same data.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

import numpy as np
from predicted import draws_of, nll, rmse

import gendsl

POINTS, HELD_OUT, NOISE, LENGTH, ERROR = 40, 100, 0.1, 0.8, 2.0
SHARES = (0.0, 0.05, 0.1, 0.2)

MODEL = """model seen {{
  dim row, point
  data x[row] : real
  data y[row] : real
  data grid[point] : real
  amp ~ HalfNormal(2)
  len ~ Gamma(4, 4)
  s ~ HalfNormal(0.5)
{statements}
  predict g[point] = f(grid)
}}
infer main = nuts(chains = 2, warmup = {warmup}, draws = {draws})
"""
MODELS: Mapping[str, str] = {
    "GP": """  f ~ GP(kernel = amp^2 * RBF(len))
  y[row] ~ Normal(f(x), s)
  predict noise = s""",
    "Student t process": """  f ~ StudentTProcess(df = 4, kernel = amp^2 * RBF(len))
  y[row] ~ Normal(f(x), s * f.scale)
  predict noise = s * f.scale""",
    "GP, Student t noise": """  f ~ GP(kernel = amp^2 * RBF(len))
  nu ~ Gamma(2, 0.1)
  y[row] ~ StudentT(nu, f(x), s)
  predict noise = s""",
}
Found = tuple[float, float]


def functions(seed: int, x: Any) -> Any:
    """A draw of a Gaussian process of unit variance at the points."""
    covariance = np.exp(-0.5 * ((x[:, None] - x) / LENGTH) ** 2)
    vectors, values, _ = np.linalg.svd(covariance)
    white = np.random.default_rng([seed, 1]).normal(size=len(x))
    return vectors @ (np.sqrt(values) * white)


def data(seed: int, share: float) -> tuple[dict[str, Any], Any, Any]:
    """What a model sees, and the function and clean values where it is to be predicted.

    The function, the points and the noise are the same for every share.
    """
    rng = np.random.default_rng([seed, 2])
    x, grid = np.sort(rng.uniform(0, 5, POINTS)), rng.uniform(0, 5, HELD_OUT)
    true = functions(seed, np.concatenate([x, grid]))
    y = true[:POINTS] + NOISE * rng.normal(size=POINTS)
    clean = true[POINTS:] + NOISE * rng.normal(size=HELD_OUT)
    moved = rng.permutation(POINTS)[: round(share * POINTS)]
    y[moved] += ERROR * rng.normal(size=POINTS)[: len(moved)]
    return {"x": x, "y": y, "grid": grid}, true[POINTS:], clean


def scored(fit: Any, true: Any, clean: Any) -> Found:
    """The root mean square error of the function, and minus the mean log predictive density."""
    values = draws_of(fit, "g")
    return rmse(values, true), nll(fit, values, draws_of(fit, "noise"), clean)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--functions", type=int, default=20)
    parser.add_argument("--warmup", type=int, default=200)
    parser.add_argument("--draws", type=int, default=200)
    options = parser.parse_args()
    models = {
        name: gendsl.compile(
            MODEL.format(statements=text, warmup=options.warmup, draws=options.draws)
        )
        for name, text in MODELS.items()
    }
    found: dict[tuple[float, str], list[Found]] = {}
    for seed in range(options.functions):
        for share in SHARES:
            given, true, clean = data(seed, share)
            for name, model in models.items():
                score = scored(model.infer(given, seed=seed), true, clean)
                found.setdefault((share, name), []).append(score)
                print(f"{seed} {share} {name} {score[0]:.4f} {score[1]:.4f}", flush=True)
    print("| outliers | model | RMSE of the function | NLL of clean points |\n|---|---|---|---|")
    for (share, name), scores in found.items():
        array = np.asarray(scores)
        mean, error = array.mean(0), array.std(0, ddof=1) / np.sqrt(len(array))
        cells = [f"{m:.3f} ± {e:.3f}" for m, e in zip(mean, error, strict=True)]
        print(f"| {share:.0%} | {name} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
