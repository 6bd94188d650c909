"""Five of the harder models in Stan too, written apart from both: `pip install pystan`.

Slow, as each is compiled by a C++ compiler; skipped where `stan` is absent. Stan drops constants.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from densities import BY_POSTERIOR
from densities.independent import Values
from evaluating import data_of

from gendsl.models.reference import posterior, posteriordb

FOLDER = posteriordb()
PROGRAMS = {
    "capture_constant": "M0_data-M0_model",
    "hmm_gaussian": "hmm_gaussian_simulated-hmm_gaussian",
    "bym2": "traffic_accident_nyc-bym2_offset_only",
    "partial_credit": "timssAusTwn_irt-gpcm_latent_reg_irt",
    "covid19imperial": "ecdc0401-covid19imperial_v2",
}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # pystan's own
    pytest.mark.skipif(
        FOLDER is None, reason="no posteriordb: set GENDSL_POSTERIORDB to its folder"
    ),
]


def _in_stan(values: Values) -> dict[str, Any]:
    """Stan has the last step of `partial_credit` as minus the sum of the others."""
    made = {name: np.asarray(value).tolist() for name, value in values.items()}
    if "lambda_adj" in made:
        made["beta_free"] = made.pop("beta")[:-1]
    return made


@pytest.mark.parametrize("program", PROGRAMS)
def test_stan_differs_by_a_constant(program: str) -> None:
    stan = pytest.importorskip("stan")
    assert FOLDER is not None
    density = BY_POSTERIOR[PROGRAMS[program]]
    data = data_of(posterior(FOLDER, PROGRAMS[program]).data)
    text = (Path(__file__).parent / "stan" / f"{program}.stan").read_text()
    given = {name: np.asarray(x).tolist() for name, x in data.items()}
    asyncio.set_event_loop(asyncio.new_event_loop())
    built = stan.build(text, data=given, random_seed=1)
    rng = np.random.default_rng(21)
    points = [density.point(rng) for _ in range(50)]
    theirs = np.array([density.log_density(data, values) for values in points])
    free = [built.unconstrain_pars(_in_stan(values)) for values in points]
    of_stan = np.array([built.log_prob(x, adjust_transform=False) for x in free])
    difference = of_stan - theirs
    size = np.maximum(np.abs(of_stan), np.abs(theirs))
    assert np.max(np.abs(difference - np.median(difference)) / size) < 1e-10
