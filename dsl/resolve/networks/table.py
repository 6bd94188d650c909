"""The table of layers, the names of activations, and the priors that only weights have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A kind of layer with weights.

    `size` is what its first argument is called; `parameters` may have priors, the first of them
    has to have one.
    """

    name: str
    size: str
    parameters: tuple[str, ...]
    formula: str
    help: str


LAYERS: Mapping[str, LayerRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            LayerRow(
                "Dense",
                "units",
                ("weight", "bias", "mask"),
                "x @ weight + bias",
                "each unit a weighted sum of all inputs; `mask` multiplies each unit's output",
            ),
            LayerRow(
                "Embedding",
                "units",
                ("weight",),
                "weight[x]",
                "for an index: a vector for each member of its dimension; first in its network",
            ),
        )
    }
)
"""Layers with weights by name."""

RESIDUAL = "Residual"
"""What adds its input to the output of the layers inside."""

ACTIVATIONS: Mapping[str, str | None] = MappingProxyType(
    {
        "tanh": "tanh",
        "relu": "relu",
        "gelu": "gelu",
        "silu": "silu",
        "swish": "silu",
        "erf": "erf",
        "sigmoid": "inv_logit",
        "softplus": "log1p_exp",
        "sin": "sin",
        "identity": None,
    }
)
"""Activations by the names that networks use, and the function that each is."""

PRIORS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"Horseshoe": ("scale",), "SpikeAndSlab": ("probability", "spike", "slab")}
)
"""Priors of weights that are made of several sites or components, and their parameters."""

FAN = MappingProxyType({"fan_in": "inputs", "fan_out": "units"})
"""Numbers that a prior of a layer may use, and what each counts."""
