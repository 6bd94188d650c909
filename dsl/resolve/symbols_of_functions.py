"""What is known of kernels and of random functions while a model is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr

GP = "GP"
"""What makes a site a random function."""

STUDENT_T = "StudentTProcess"
"""What makes it one of an unknown variance."""


def is_random_function(statement: ast.Statement) -> bool:
    """Whether a statement is `f ~ GP(...)`."""
    return isinstance(statement, ast.SampleStatement) and statement.distribution.function.id == GP


Members = tuple[tuple[str, Expr], ...]
"""Of some dimensions the member that each point is of: an index along the points, or a position."""


@dataclass(slots=True)
class KernelSymbol:
    """A `kernel` statement; `is_under_way` while its right side is read, `is_read` from then on."""

    statement: ast.KernelStatement
    is_under_way: bool = False
    is_read: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The values of a function at some points, which stand along `row`.

    `inputs` are the dimensions of `point` whose members are the coordinates of one point. `written`
    is the point as the source has it. A single point has a row of its own, of one member, and
    `point` is the name of the array. `members` says of which of the functions that vary together
    each value is, `written_members` as the source has it. `asked` names what is asked for: of an
    integral `point` is the beginning and `until` the end. A grid has the points along each of its
    `axes`, and else what the first of them has.
    """

    name: str
    written: Expr
    point: Expr
    row: str
    inputs: Dims
    span: Span
    members: Members = ()
    written_members: Members = ()
    asked: str = "value"
    until: Expr | None = None
    written_until: Expr | None = None
    axes: tuple[Evaluation, ...] = ()

    @property
    def rows(self) -> Dims:
        """The dimensions of the points."""
        return tuple(axis.row for axis in self.axes) or (self.row,)

    @property
    def points(self) -> tuple[Expr, ...]:
        """The points as the source has them."""
        return tuple(axis.written for axis in self.axes) or (self.written,)

    @property
    def sources(self) -> tuple[Expr, ...]:
        """What the source has between the brackets."""
        return self.points if self.written_until is None else (*self.points, self.written_until)

    @property
    def twin(self) -> str:
        """The columns of the matrix whose rows are the points."""
        return f"{self.row}.twin"


@dataclass(slots=True)
class RandomFunction:
    """`f ~ GP(...)`: one function for each member of `dims`; where it is called, in order.

    Those for members of `joint`, which `dims` lacks once the kernel is read, vary together.
    """

    statement: ast.SampleStatement
    dims: Dims
    evaluations: list[Evaluation] = field(default_factory=list)
    joint: Dims = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.statement.target.name
