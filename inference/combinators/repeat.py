"""``repeat(k, n)``: a kernel ``n`` times, as one transition."""

from dataclasses import dataclass
from typing import Any

from gendsl.inference.adaptation import Each
from gendsl.inference.combinators.totals import total
from gendsl.inference.combinators.wrapped import Wrapped
from gendsl.inference.protocol import Info, Kernel
from gendsl.inference.randomness import Draws
from gendsl.inference.target import Data


@dataclass(frozen=True, slots=True)
class Repeat(Wrapped):
    """``kernel``, ``times`` in a row; adaptation sees the last of them.

    Raises:
        ValueError: if ``times`` is below 1.
    """

    times: int

    def __post_init__(self) -> None:
        if self.times < 1:
            raise ValueError(f"a kernel is repeated at least once, got {self.times}")

    @property
    def adaptation(self) -> Each:
        """The kernel's."""
        return Each((self.kernel.adaptation,), (0,))

    def step(self, data: Data, params: tuple[Any], draws: Draws, state: Any) -> tuple[Any, Info]:
        """Move ``times``."""
        infos = []
        for each in draws.parts(self.times):
            state, info = self.kernel.step(data, params[0], each, state)
            infos.append(info)
        return state, total(infos)._replace(parts=((infos[-1], state),))


def repeat(kernel: Kernel[Any, Any], times: int) -> Repeat:
    """Return the kernel that moves by ``kernel`` ``times`` in a row."""
    return Repeat(kernel, times)
