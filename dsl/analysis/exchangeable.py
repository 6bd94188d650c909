"""Whether the rows of a prior can be exchanged, and left out.

They can if no statement looks at the place of a row, at another row, or at all of them: then draws
for fewer rows are draws of some rows. What the compiler makes of exact random functions is over all
rows, and keeps this: it is the joint law of their values at any points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    ArrayCall,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Expr,
    GroupReduce,
    LookBack,
    Op,
    Pick,
    Reduce,
    Shift,
    Size,
)
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Equation, Factor, Node, Program, Recurrence, Sample, SampleRole
from gendsl.ir.walk import children, node_exprs, parts

_HELP = (
    "each row of a task must be drawn given the same latents as the others, whatever their number"
    " and order"
)
_JITTER = ".jitter"
"""What is added to a covariance so that it has a factor: 1e-10 of its mean variance."""


def not_exchangeable(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    """What stands in the way, each part once."""
    row = _Rows(pfn.program, base_dim(pfn.program, pfn.row))
    seen: set[tuple[int, int]] = set()
    for what, span in (*row.declared(), *_looks(row, nodes)):
        place = span.start, span.end
        if place not in seen:
            seen.add(place)
            yield Diagnostic(
                "G1010",
                f"the rows of `{pfn.prior}` can't be exchanged: {what}",
                span,
                "not row by row",
                (Label(pfn.target.span, f"`{pfn.target.name}` is to be predicted row by row"),),
                help=_HELP,
            )
    yield from _solvers(pfn, nodes)


def _looks(row: _Rows, nodes: Mapping[str, Node]) -> Iterator[tuple[str, Span]]:
    for node in dict.fromkeys(nodes.values()):
        yield from row.in_node(node)


def _solvers(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    for function in pfn.program.functions:
        is_needed = bool(function.made & set(nodes)) or function.observed in nodes
        if is_needed and function.solver != "exact":
            yield Diagnostic(
                "G1010",
                f"`{function.name}` is solved by `{function.solver}`, which is built from all"
                " points of a task",
                function.span,
                "depends on which other rows there are",
                help="leave out `approx`: the exact solver draws tasks",
            )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a program: dimension `row`, and those like it."""

    program: Program
    row: str

    @property
    def made(self) -> frozenset[str]:
        """The names of what random functions are made of."""
        return frozenset(name for each in self.program.functions for name in each.made)

    def is_row(self, dim: str | None) -> bool:
        """Whether a dimension is that of the rows."""
        return dim is not None and base_dim(self.program, dim) == self.row

    def declared(self) -> Iterator[tuple[str, Span]]:
        """What declarations say."""
        own = self.program.dimension(self.row)
        if own.is_ordered:
            yield "they are ordered", own.span
        for twin in self.program.dimensions:
            if twin.name != self.row and twin.name not in self.made and self.is_row(twin.name):
                yield f"`{twin.name}` pairs them", twin.span

    def in_node(self, node: Node) -> Iterator[tuple[str, Span]]:
        """What a node looks at."""
        if isinstance(node, Recurrence) and self.is_row(node.dim):
            yield "each follows from those before it", node.span
            return
        for part in parts(node):
            if part.slice is not None and self.is_row(part.slice.dim):
                yield "a statement holds for some of them", part.span
        is_drawn = isinstance(node, Sample) and node.role is not SampleRole.OBSERVED
        if isinstance(node, Sample) and is_drawn and any(map(self.is_row, node.event_dims)):
            yield f"`{node.name}` is one draw for all of them", node.span
        for expr in node_exprs(node):
            for inner in self._looked_at(expr):
                what = self._what(inner, node)
                if what is not None:
                    yield what, inner.span or node.span

    def _looked_at(self, expr: Expr) -> Iterator[Expr]:
        """All parts, but those that ask whether two rows are the same."""
        stack = [expr]
        while stack:
            part = stack.pop()
            if isinstance(part, Op) and part.name == "==":
                ends = part.arguments
                if all(isinstance(end, Coordinate) and self.is_row(end.dim) for end in ends):
                    continue
            yield part
            stack += reversed(children(part))

    def _what(self, part: Expr, node: Node) -> str | None:
        match part:
            case Coordinate(dim) if self.is_row(dim):
                return "their positions count"
            case Size(dim) if self.is_row(dim) and not _is_jitter(node):
                return "their number counts"
            case Pick(_, dim) if self.is_row(dim):
                return "one of them is picked"
            case Shift(_, dim) if self.is_row(dim):
                return "each looks at another"
            case LookBack(along=dim) | Cumulate(along=dim) if self.is_row(dim):
                return "each looks at those before it"
            case Reduce(name, over) if self._is_over(over) and not isinstance(node, Factor):
                # What all rows of a task have to satisfy leaves them exchangeable.
                return f"`{name}` is taken over them"
            case GroupReduce(name, over) if self.is_row(over):
                return f"`{name}` is taken over them"
            case Contract(over=over) if self._is_over((over,)):
                return "a product sums over them"
            case ArrayCall(name, over=over) if self._is_over(over):
                return f"`{name}` is taken over them"
            case ConstArray() if self.is_row(part.own):
                return "their values are listed"
            case _:
                return None

    def _is_over(self, dims: tuple[str, ...]) -> bool:
        """Whether rows are among them, by the user's hand: not a random function's own pairs."""
        return any(map(self.is_row, dims)) and not self.made & set(dims)


def _is_jitter(node: Node) -> bool:
    return isinstance(node, Equation) and node.name.endswith(_JITTER)


def base_dim(program: Program, dim: str) -> str:
    """The dimension that one is like, itself where it is like none."""
    like = program.dimension(dim).like
    while like is not None:
        dim, like = like, program.dimension(like).like
    return dim
