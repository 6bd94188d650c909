"""How a network is trained."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

Precision = Literal["float32", "bfloat16"]
"""Of the products of tokens; weights, losses and heads have single precision."""


@dataclass(frozen=True)
class Settings:
    """Adam's, and of what is around it.

    Attributes:
        steps: at most; with a budget, whatever comes first.
        minutes: the budget, of which the schedule is a function where there is one.
        rate: the largest step of Adam.
        warm_up: share of the training in which steps grow to ``rate``; then they fall as a cosine.
        weight_decay: of matrices, as AdamW has it.
        clip: the largest norm of a gradient.
        average: how much of the average of the weights stays at each step.
        accumulate: batches whose gradients are joined for one step.
        fewest_context: the smallest number of rows of a context.
        precision: of the products of tokens.

    Raises:
        ValueError: if one is out of its range.
    """

    steps: int = 20_000
    minutes: float | None = None
    rate: float = 1e-3
    warm_up: float = 0.25
    weight_decay: float = 0.0
    clip: float = 1.0
    average: float = 0.999
    accumulate: int = 1
    fewest_context: int = 0
    precision: Precision = "float32"

    def __post_init__(self) -> None:
        wholes = {"steps": 1, "accumulate": 1, "fewest_context": 0}
        for name, least in wholes.items():
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise ValueError(f"{name} is a whole number of at least {least}, got {value}")
        ranges = {"rate": (0.0, 10.0), "clip": (0.0, math.inf), "minutes": (0.0, 1e7)}
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not (name == "minutes" and value is None) and not (low < value <= high):
                raise ValueError(f"{name} must be positive, got {value}")
        for name in ("warm_up", "weight_decay", "average"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ValueError(f"{name} lies in [0, 1), got {getattr(self, name)}")
        if self.precision not in get_args(Precision):
            raise ValueError(f"the precision is float32 or bfloat16, got {self.precision}")

    def to_json(self) -> dict[str, Any]:
        """Return what :meth:`from_json` takes, as JSON has it."""
        return asdict(self)

    @classmethod
    def from_json(cls, said: Any) -> "Settings":
        """Return the settings; nothing is believed of ``said``.

        Raises:
            ValueError: if it is not what :meth:`to_json` returns.
        """
        if not isinstance(said, dict) or set(said) != set(cls.__dataclass_fields__):
            raise ValueError("settings have other entries")
        try:
            return cls(**said)
        except TypeError as error:
            raise ValueError(f"a setting is of another type: {error}") from None
