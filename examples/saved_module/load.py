"""Makes the module anew from the model's text, and loads its state: a process of its own."""

from __future__ import annotations

import sys

import torch
from pyro.infer.autoguide import AutoNormal
from save import MODEL, density
from torch import nn

import gendsl


def load(path: str) -> nn.ModuleDict:
    """Return the module and the guide of a state; nothing in the file is run."""
    state = torch.load(path, weights_only=True)
    module = gendsl.compile(MODEL).as_module(minibatch={"person": 200}, parameters=["tau"])
    module.load_state_dict({k[7:]: v for k, v in state.items() if k.startswith("module.")})
    guide = AutoNormal(module)
    guide()  # a guide of Pyro's has its parameters from its first call on
    both = nn.ModuleDict({"module": module, "guide": guide})
    both.load_state_dict(state)
    return both


if __name__ == "__main__":
    loaded = load(sys.argv[1])
    print(repr(density(loaded["module"], loaded["guide"], range(50))))
