"""Differential equations: hares and lynxes, carbon in soil."""

from __future__ import annotations

import numpy as np
from scipy import stats
from scipy.integrate import solve_ivp

from densities.independent import Data, Values, between, density, near


@density(
    "hudson_lynx_hare-lotka_volterra",
    tolerance=1e-10,
    is_solved=True,
    theta=near(np.array([0.55, 0.028, 0.8, 0.024]), 0.05),
    z_init=near(np.array([34, 6]), 0.1),
    sigma=near(0.25 * np.ones(2)),
)
def lotka_volterra(d: Data, v: Values) -> float:
    """Pelts of two species (Howard 2009; Carpenter 2018), errors on the logarithm."""
    birth, hunt, death, feed = v["theta"]

    def change(t: float, z: np.ndarray) -> list[float]:
        return [(birth - hunt * z[1]) * z[0], (feed * z[0] - death) * z[1]]

    times = np.asarray(d["ts"], dtype=float)
    solved = solve_ivp(change, (0, times[-1]), v["z_init"], "DOP853", times, rtol=1e-12, atol=1e-12)
    truth = np.vstack([v["z_init"], solved.y.T])
    seen = np.vstack([d["y_init"], d["y"]])
    prior = stats.norm.logpdf([birth, death], 1, 0.5).sum()
    prior += stats.norm.logpdf([hunt, feed], 0.05, 0.05).sum()
    prior += stats.lognorm.logpdf(v["sigma"], 1, scale=np.exp(-1)).sum()
    prior += stats.lognorm.logpdf(v["z_init"], 1, scale=10).sum()
    return float(prior + stats.lognorm.logpdf(seen, v["sigma"], scale=truth).sum())


@density(
    "soil_carbon-soil_incubation",
    tolerance=1e-10,
    is_solved=True,
    k1=near(0.1),
    k2=near(0.02),
    alpha21=between(0.05, 0.9),
    alpha12=between(0.05, 0.9),
    gamma=between(0.3, 0.95),
    sigma=near(0.3),
)
def soil_incubation(d: Data, v: Values) -> float:
    """Carbon of two pools that feed each other (Sierra et al. 2012), solved by its eigenvectors.

    dC1 = -k1 C1 + alpha12 k2 C2, dC2 = alpha21 k1 C1 - k2 C2; what is seen is the carbon gone.
    """
    flow = np.array(
        [[-v["k1"], v["alpha12"] * v["k2"]], [v["alpha21"] * v["k1"], -v["k2"]]], dtype=float
    )
    start = d["totalC_t0"] * np.array([v["gamma"], 1 - v["gamma"]])
    # no two rates agree where both pools feed each other: the eigenvalues differ
    rates, modes = np.linalg.eig(flow)
    weights = np.linalg.solve(modes, start) * modes.sum(axis=0)
    left = np.exp(np.outer(np.asarray(d["ts"]) - d["t0"], rates)) @ weights
    prior = stats.halfnorm.logpdf([v["k1"], v["k2"], v["alpha21"], v["alpha12"]]).sum()
    prior += stats.beta.logpdf(v["gamma"], 10, 1) + stats.halfcauchy.logpdf(v["sigma"])
    gone = d["totalC_t0"] - left
    return float(prior + stats.norm.logpdf(d["eCO2mean"], gone, v["sigma"]).sum())
