"""What a solver has to write for a random function, and which class does for which row."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from gendsl.ir.expr import Expr
from gendsl.ir.program import Box, Equation, Factor, Sample
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.exact import Exact
from gendsl.resolve.random_functions.hilbert import Hilbert
from gendsl.resolve.random_functions.inducing import Inducing
from gendsl.resolve.random_functions.kronecker import Kronecker
from gendsl.resolve.random_functions.reading import Process
from gendsl.resolve.random_functions.shared_scale import SharedScale
from gendsl.resolve.random_functions.state_space import StateSpace
from gendsl.resolve.random_functions.vecchia import Vecchia
from gendsl.resolve.symbols_of_functions import Evaluation, RandomFunction

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


class Writer(Protocol):
    """Writes out one function: first what is collapsed or latent, then what is predicted."""

    definitions: dict[str, tuple[Sample | Equation, ...]]
    needed: tuple[Evaluation, ...]
    """The evaluations that are inferred or observed."""

    @property
    def evaluated(self) -> tuple[str, ...]:
        """The names of the values, in order."""

    @property
    def made(self) -> frozenset[str]:
        """The names of all else, and the dimensions that no statement declares."""

    factors: tuple[Factor, ...]
    """What is added to the log density beside the sites."""

    shared: SharedScale | None
    """A variance that is integrated out with the function, where the solver `shares_scale`."""

    @property
    def shares_scale(self) -> bool:
        """Whether it can integrate out a variance that the function and the noise share."""

    @property
    def is_of_points(self) -> bool:
        """Whether what is inferred has a meaning for these points alone."""

    @property
    def box(self) -> Box | None:
        """Where its waves stand, if it is made of waves."""

    def from_zero(self, at: Evaluation) -> tuple[Expr, ...]:
        """The points of an evaluation that can't be negative."""

    def refusal(self, found: Collapsed) -> str | None:
        """Why this solver can't integrate the function out of a site; `None` where it can."""

    def marginal(self, found: Collapsed, is_read: bool) -> Sample:
        """The site with the function integrated out; `is_read` where values are drawn later."""

    def latent(self, at: Evaluation) -> None:
        """Values that are inferred."""

    def predicted(self, at: Evaluation, is_last: bool) -> None:
        """Values that are drawn given those before them."""


class WriterClass(Protocol):
    """How a writer is made; a process that it can't solve is a diagnostic."""

    def __call__(
        self, expressions: Expressions, function: RandomFunction, process: Process
    ) -> Writer: ...


WRITERS: Mapping[str, WriterClass] = MappingProxyType(
    {
        "exact": Exact,
        "state_space": StateSpace,
        "hilbert": Hilbert,
        "inducing": Inducing,
        "vecchia": Vecchia,
        "kronecker": Kronecker,
    }
)
"""By the name of the row in the table of solvers."""
