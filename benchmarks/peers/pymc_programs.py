"""PyMC programs of the library's models, with our names, from the database's data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

Data = Mapping[str, Any]


def eight_schools(data: Data) -> pm.Model:
    """Non-centred."""
    with pm.Model() as model:
        mu = pm.Normal("mu", 0, 5)
        tau = pm.HalfCauchy("tau", 5)
        raw = pm.Normal("raw", 0, 1, shape=data["J"])
        theta = pm.Deterministic("theta", mu + tau * raw)
        pm.Normal("y", theta, np.asarray(data["sigma"], float), observed=data["y"])
    return model


def _regression(
    columns: Callable[[Any], Mapping[str, Any]],
    outcome: Callable[[Any], Any],
    sigma: Callable[[], Any],
) -> Callable[[Data], pm.Model]:
    """A linear regression with flat priors of coefficients that are named by their columns."""

    def program(data: Data) -> pm.Model:
        arrays = {name: np.asarray(values, float) for name, values in data.items()}
        with pm.Model() as model:
            mean: Any = 0.0
            for name, column in columns(arrays).items():
                mean = mean + pm.Flat(name) * column
            pm.Normal("y", mean, sigma(), observed=outcome(arrays))
        return model

    return program


def _kidscore(columns: Callable[[Any], Mapping[str, Any]]) -> Callable[[Data], pm.Model]:
    return _regression(columns, lambda d: d["kid_score"], lambda: pm.HalfCauchy("sigma", 2.5))


def _earnings(columns: Callable[[Any], Mapping[str, Any]]) -> Callable[[Data], pm.Model]:
    return _regression(columns, lambda d: np.log(d["earn"]), lambda: pm.HalfFlat("sigma"))


def _mesquite(columns: Callable[[Any], Mapping[str, Any]]) -> Callable[[Data], pm.Model]:
    return _regression(columns, lambda d: np.log(d["weight"]), lambda: pm.HalfFlat("sigma"))


def _parties(d: Any) -> Mapping[str, Any]:
    age = d["age_discrete"]
    return {
        "intercept": 1.0,
        "b_ideology": d["real_ideo"],
        "b_race": d["race_adj"],
        "b_age30_44": 1.0 * (age == 2),
        "b_age45_64": 1.0 * (age == 3),
        "b_age65up": 1.0 * (age == 4),
        "b_educ": d["educ1"],
        "b_gender": d["gender"],
        "b_income": d["income"],
    }


def blr(data: Data) -> pm.Model:
    """A linear regression with weakly informative priors."""
    with pm.Model() as model:
        beta = pm.Normal("beta", 0, 10, shape=data["D"])
        sigma = pm.HalfNormal("sigma", 10)
        pm.Normal("y", pt.dot(np.asarray(data["X"], float), beta), sigma, observed=data["y"])
    return model


def ar5(data: Data) -> pm.Model:
    """An autoregression of order five, given its first values."""
    y, order = np.asarray(data["y"], float), data["K"]
    past = np.stack([y[order - k : len(y) - k] for k in range(1, order + 1)], axis=1)
    with pm.Model() as model:
        alpha = pm.Normal("alpha", 0, 10)
        beta = pm.Normal("beta", 0, 10, shape=order)
        sigma = pm.HalfCauchy("sigma", 2.5)
        pm.Normal("y", alpha + pt.dot(past, beta), sigma, observed=y[order:])
    return model


def two_normals(data: Data) -> pm.Model:
    """A mixture of two normals whose means are in order."""
    with pm.Model() as model:
        theta = pm.Beta("theta", 5, 5)
        order = pm.distributions.transforms.ordered
        start = np.array([-1.0, 1.0])
        mu = pm.Normal("mu", 0, 2, shape=2, transform=order, initval=start)
        sigma = pm.HalfNormal("sigma", 2, shape=2)
        shares = pt.stack([theta, 1 - theta])
        pm.NormalMixture("y", shares, mu, sigma, observed=data["y"])
    return model


def gp_regression(data: Data) -> pm.Model:
    """A Gaussian process on a line; `sigma` is the variance of the noise."""
    x = np.asarray(data["x"], float)
    apart = (x[:, None] - x) ** 2
    with pm.Model() as model:
        rho = pm.Gamma("rho", 25, 4)
        alpha = pm.HalfNormal("alpha", 2)
        sigma = pm.HalfNormal("sigma", 1)
        covariance = alpha**2 * pt.exp(-0.5 * apart / rho**2) + sigma * np.eye(len(x))
        pm.MvNormal("y", np.zeros(len(x)), cov=covariance, observed=data["y"])
    return model


PROGRAMS: dict[str, Callable[[Data], pm.Model]] = {
    "eight_schools": eight_schools,
    "blr": blr,
    "ar5": ar5,
    "two_normals": two_normals,
    "gp_regression": gp_regression,
    "nes": _regression(_parties, lambda d: d["partyid7"], lambda: pm.HalfFlat("sigma")),
    "kidscore_momhs": _kidscore(lambda d: {"intercept": 1.0, "b_hs": d["mom_hs"]}),
    "kidscore_momiq": _kidscore(lambda d: {"intercept": 1.0, "b_iq": d["mom_iq"]}),
    "kidscore_momhsiq": _kidscore(
        lambda d: {"intercept": 1.0, "b_hs": d["mom_hs"], "b_iq": d["mom_iq"]}
    ),
    "kidscore_interaction": _kidscore(
        lambda d: {
            "intercept": 1.0,
            "b_hs": d["mom_hs"],
            "b_iq": d["mom_iq"],
            "b_both": d["mom_hs"] * d["mom_iq"],
        }
    ),
    "earn_height": _regression(
        lambda d: {"intercept": 1.0, "b_height": d["height"]},
        lambda d: d["earn"],
        lambda: pm.HalfFlat("sigma"),
    ),
    "logearn_height": _earnings(lambda d: {"intercept": 1.0, "b_height": d["height"]}),
    "logearn_height_male": _earnings(
        lambda d: {"intercept": 1.0, "b_height": d["height"], "b_male": d["male"]}
    ),
    "logearn_interaction": _earnings(
        lambda d: {
            "intercept": 1.0,
            "b_height": d["height"],
            "b_male": d["male"],
            "b_both": d["height"] * d["male"],
        }
    ),
    "logmesquite": _mesquite(
        lambda d: {
            "intercept": 1.0,
            "b_diam1": np.log(d["diam1"]),
            "b_diam2": np.log(d["diam2"]),
            "b_canopy": np.log(d["canopy_height"]),
            "b_total": np.log(d["total_height"]),
            "b_density": np.log(d["density"]),
            "b_group": d["group"],
        }
    ),
    "logmesquite_logvas": _mesquite(
        lambda d: {
            "intercept": 1.0,
            "b_volume": np.log(d["diam1"] * d["diam2"] * d["canopy_height"]),
            "b_area": np.log(d["diam1"] * d["diam2"]),
            "b_shape": np.log(d["diam1"] / d["diam2"]),
            "b_total": np.log(d["total_height"]),
            "b_density": np.log(d["density"]),
            "b_group": d["group"],
        }
    ),
    "logmesquite_logvolume": _mesquite(
        lambda d: {
            "intercept": 1.0,
            "b_volume": np.log(d["diam1"] * d["diam2"] * d["canopy_height"]),
        }
    ),
}
