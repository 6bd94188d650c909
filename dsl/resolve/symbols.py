"""The table of names of one model: what each stands for, before any right side is read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr
from gendsl.ir.program import Data, Dimension
from gendsl.ir.trained import TrainedNetwork
from gendsl.resolve.pfns.files import NetworkFiles, no_networks
from gendsl.resolve.symbols_of_functions import KernelSymbol, RandomFunction
from gendsl.resolve.symbols_of_networks import NetworkSymbol

if TYPE_CHECKING:
    from gendsl.resolve.random_functions.covariance import Pair


class Meaning(StrEnum):
    """What a name of a quantity stands for."""

    DATA = "data"
    RANDOM = "random"
    EQUATION = "equation"
    PREDICTED = "predicted"
    STATE = "state"  # of differential equations, or a name inside them
    KERNEL = "kernel"
    FUNCTION = "function"  # a random one: a process or a network


Definition = ast.SampleStatement | ast.EquationStatement


@dataclass(slots=True)
class Symbol:
    """A quantity: its dimensions in stored order, and the statements that define it.

    A symbol is broken when its own declaration could not be read: it is known, so that its uses
    are not reported as well, and nothing more is said of what refers to it.
    """

    name: str
    dims: Dims
    meaning: Meaning
    span: Span
    definitions: list[Definition] = field(default_factory=list)
    data: Data | None = None
    is_broken: bool = False

    @property
    def main(self) -> Definition:
        """The definition that is not a start, if there is one."""
        return next((d for d in self.definitions if not is_restricted(d)), self.definitions[-1])


def is_restricted(definition: Definition) -> bool:
    """Whether a definition holds on a part of an ordered dimension only."""
    return any(
        not (item.dim is None and isinstance(item.value, ast.Name))
        for item in definition.target.items
    )


@dataclass(slots=True)
class OdeSymbol:
    """Differential equations: the name of the time, the states, and where these are asked for.

    `solutions` gives the quantity that holds a state at one of the `times`.
    """

    statement: ast.OdeStatement
    time: str
    states: dict[str, ast.OdeDerivative] = field(default_factory=dict)
    times: list[Expr] = field(default_factory=list)
    solutions: dict[tuple[str, int], str] = field(default_factory=dict)

    @property
    def time_name(self) -> str:
        """What the time is called in the typed program: another quantity may be called `t`."""
        return f"{self.statement.name}.{self.time}"


@dataclass(slots=True)
class Symbols:
    """Everything that a name in a model may mean."""

    dims: dict[str, Dimension] = field(default_factory=dict)
    quantities: dict[str, Symbol] = field(default_factory=dict)
    functions: dict[str, ast.Function] = field(default_factory=dict)
    submodels: dict[str, ast.Submodel] = field(default_factory=dict)
    odes: dict[str, OdeSymbol] = field(default_factory=dict)
    ode_of: dict[str, str] = field(default_factory=dict)
    """The `ode` block in which a state, or a name inside it, is defined."""
    kernels: dict[str, KernelSymbol] = field(default_factory=dict)
    random_functions: dict[str, RandomFunction] = field(default_factory=dict)
    networks: dict[str, NetworkSymbol] = field(default_factory=dict)
    trained: NetworkFiles = field(default_factory=lambda: NetworkFiles(no_networks))
    used_networks: dict[str, TrainedNetwork] = field(default_factory=dict)
    """The trained networks that statements have named so far."""

    def base_dim(self, name: str) -> str:
        """The dimension whose size and labels this one has: itself unless declared `like`."""
        seen = {name}
        while (dim := self.dims.get(name)) is not None and dim.like is not None:
            name = dim.like
            if name in seen:
                break
            seen.add(name)
        return name

    def are_alike(self, one: str, other: str) -> bool:
        """Whether positions of one dimension are positions of the other."""
        return self.base_dim(one) == self.base_dim(other)

    def member(self, dims: Dims, label: str) -> tuple[str, int] | None:
        """The dimension among `dims` that declares this member, and its position."""
        for dim in dims:
            labels = self.dims[self.base_dim(dim)].labels if dim in self.dims else None
            if labels is not None and label in labels:
                return dim, labels.index(label)
        return None


@dataclass(frozen=True, slots=True)
class Place:
    """The dimensions among which an array literal finds its own.

    `taken` are those that something beside it has; they are known once the whole expression has
    been looked at, which `is_read` says.
    """

    dims: Dims
    taken: Dims = ()
    is_read: bool = False

    def within(self, dims: Dims) -> Place:
        """The place inside a reduction over `dims`, not looked at yet."""
        outer = (d for d in self.dims if d not in dims)
        return Place((*outer, *dims), tuple(d for d in self.taken if d not in dims))


@dataclass(frozen=True, slots=True)
class Context:
    """Where an expression stands.

    `kept` are the dimensions that the statement's left side has, and those of reductions around
    it; `bindings` the parameters of a `def` and the running names of `sum[k = 1..3](...)`. `place`
    is that of array literals: all that are kept, unless it is given.
    """

    kept: Dims
    order: Dims
    bindings: dict[str, Expr]
    calls: tuple[str, ...] = ()
    place: Place | None = None
    pair: Pair | None = None
    """The two points of the formula of a kernel, where one stands around."""

    @property
    def literals(self) -> Place:
        """The place of array literals."""
        return self.place if self.place is not None else Place(self.kept)

    def within(self, dims: Dims) -> Context:
        """The context inside a reduction over `dims`."""
        new = tuple(d for d in dims if d not in self.order)
        return replace(
            self,
            kept=(*self.kept, *dims),
            order=(*self.order, *new),
            place=self.literals.within(dims),
        )

    def binding(self, name: str, value: Expr) -> Context:
        """The context with one more bound name."""
        return replace(self, bindings={**self.bindings, name: value})

    def placed(self, dims: Dims) -> Context:
        """The context in which array literals lie along some of `dims`."""
        return replace(self, place=Place(dims))
