"""Trains a module and its guide, and saves the state of both: tensors and numbers, no code."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pyro
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.infer.autoguide import AutoNormal
from torch import nn

import gendsl

MODEL = Path(__file__).with_name("survey.gen")
REGIONS = ("north", "south", "east", "west")


def simulate(people: int = 2_000, seed: int = 1) -> dict[str, object]:
    """Return a survey: who lives where, how old they are, and what they answer."""
    rng = np.random.default_rng(seed)
    region = rng.integers(0, 4, people)
    age = rng.normal(size=people)
    logit = np.array([0.5, -0.5, 1.0, 0.0])[region] - 0.7 * age
    answer = rng.uniform(size=people) < 1 / (1 + np.exp(-logit))
    return {"region_of": [REGIONS[i] for i in region], "age": age, "answer": answer}


def train(steps: int = 200) -> nn.ModuleDict:
    """Return the module and its guide, trained."""
    pyro.clear_param_store()
    pyro.set_rng_seed(1)
    model = gendsl.compile(MODEL)
    module = model.as_module(simulate(), minibatch={"person": 200}, parameters=["tau"])
    guide = AutoNormal(module)
    svi = SVI(module, guide, pyro.optim.Adam({"lr": 0.03}), Trace_ELBO())
    for _ in range(steps):
        svi.step()
    return nn.ModuleDict({"module": module, "guide": guide})


def density(module: nn.Module, guide: nn.Module, people: range) -> float:
    """Return the log density of some people's answers at the guide's medians."""
    at = pyro.condition(module, data=guide.median())
    trace = pyro.poutine.trace(at).get_trace(person=torch.tensor(people))
    return trace.log_prob_sum().item()


if __name__ == "__main__":
    trained = train()
    torch.save(trained.state_dict(), sys.argv[1])
    print(repr(density(trained["module"], trained["guide"], range(50))))
