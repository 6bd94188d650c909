"""The table of layers, the names of activations, and the priors that only weights have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A kind of layer with weights.

    `size` is what its first argument is called; `parameters` may have priors, the first of them
    has to have one. One that is `windowed` names dimensions in brackets, along which it slides.
    """

    name: str
    size: str
    parameters: tuple[str, ...]
    formula: str
    help: str
    is_windowed: bool = False

    @property
    def example(self) -> str:
        """How one is written."""
        inside = "8, kernel = 3" if self.is_windowed else "50"
        return f"{self.name}{'[time]' * self.is_windowed}({inside}, weight ~ Normal(0, 1))"

    @property
    def call(self) -> str:
        """How it is written, with all that it takes."""
        brackets, options = ("[time]", WINDOW_OPTIONS) if self.is_windowed else ("", ())
        return f"{self.name}{brackets}({', '.join((self.size, *options, *self.parameters))})"


@dataclass(frozen=True, slots=True)
class PoolRow:
    """What takes one number of each window: `reduction` is a function over dimensions."""

    name: str
    reduction: str
    help: str

    @property
    def call(self) -> str:
        """How it is written, with all that it takes."""
        return f"{self.name}[time]({', '.join(POOL_OPTIONS)})"


WINDOW_OPTIONS = ("kernel", "stride", "padding")
"""How the windows of a layer with weights slide."""

POOL_OPTIONS = ("size", "stride")
"""How the windows of a pool slide."""

PADDINGS = ("valid", "same")
"""What there is beyond the ends: nothing, or as many zeros as keep the size."""


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
                "Conv",
                "units",
                ("weight", "bias", "mask"),
                "sum(window * weight) + bias",
                "each unit the same weighted sum of each window along the dimensions in brackets,"
                " over all that x varies over besides",
                is_windowed=True,
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

POOLS: Mapping[str, PoolRow] = MappingProxyType(
    {
        row.name: row
        for row in (
            PoolRow("MaxPool", "max", "the largest number of each window; without a size, of all"),
            PoolRow("MeanPool", "mean", "the mean of each window; without a size, of all"),
        )
    }
)
"""Pools by name."""

FLATTEN = "Flatten"
"""After which no dimension is one of space."""

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
"""Numbers that a prior of a layer may use, and what each counts, times the size of a kernel."""
