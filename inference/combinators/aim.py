"""``aim(k, wanted)``: a kernel whose warm-up aims at another acceptance rate, or metric.

What the kernel does at given parameters is as it was, so it keeps what it kept.
"""

from dataclasses import dataclass, replace
from typing import Any

from gendsl.inference.adaptation import Adaptation, StepAndScale
from gendsl.inference.combinators.wrapped import Wrapped
from gendsl.inference.protocol import Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data


@dataclass(frozen=True, slots=True)
class Aim(Wrapped):
    """``kernel``, which moves by steps, with its step size tuned for ``wanted`` acceptance.

    ``is_dense`` says whether warm-up learns a dense metric; None leaves it to the kernel.

    Raises:
        ValueError: if ``wanted`` is not in (0, 1), or the kernel has no step size to tune.
    """

    wanted: float
    is_dense: bool | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.wanted < 1.0:
            raise ValueError(f"an acceptance rate lies between 0 and 1, got {self.wanted}")
        adaptation = self.kernel.adaptation
        if not isinstance(adaptation, StepAndScale) or adaptation.wanted is None:
            raise ValueError("the kernel has no step size that follows its acceptance rate")

    @property
    def adaptation(self) -> Adaptation:
        """The kernel's, with the other aim and metric."""
        adaptation = self.kernel.adaptation
        assert isinstance(adaptation, StepAndScale)
        is_dense = adaptation.is_dense if self.is_dense is None else self.is_dense
        return replace(adaptation, wanted=self.wanted, is_dense=is_dense)

    def step(self, data: Data, params: Any, draws: Draws, state: Any) -> tuple[Any, Info]:
        """Move by the kernel."""
        return self.kernel.step(data, params, draws, state)


def aim(kernel: Kernel[Any, Any], wanted: float, *, is_dense: bool | None = None) -> Aim:
    """Return ``kernel`` with its step size tuned for the acceptance rate ``wanted``.

    ``is_dense`` chooses the metric of a kernel that can learn either.
    """
    return Aim(kernel, wanted, is_dense)
