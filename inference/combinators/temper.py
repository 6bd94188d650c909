"""``temper(k)``: a kernel of the tempered target, ``p(z) L(z)^beta``.

``beta`` is given with the data, ``(beta, data)``, when the kernel runs, so one compiled program
serves a whole ladder of temperatures. It keeps the tempered target exactly, which is another than
the one it was made from: its draws are to be weighted, or swapped with those of ``beta = 1`` as in
:func:`gendsl.inference.kernels.parallel_tempering`.
"""

from collections.abc import Callable
from typing import Any

from gendsl.inference.protocol import Kernel
from gendsl.inference.target import Target


def temper(target: Target, make: Callable[[Target], Kernel[Any, Any]]) -> Kernel[Any, Any]:
    """Return the kernel that ``make`` makes for the tempered ``target``."""
    return make(target.temper())
