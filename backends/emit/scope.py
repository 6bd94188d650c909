"""What an expression is lowered in: names, sizes, its statement's window, the step of a scan."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gendsl.backends.emit import python as py
from gendsl.backends.emit.arguments import (
    Argument,
    Arguments,
    LabelArgument,
    PreparedArgument,
    SizeArgument,
    StatesArgument,
)
from gendsl.backends.emit.dialect import Dialect
from gendsl.backends.emit.names import NameTable
from gendsl.backends.emit.positions import END, START, Minibatch, Place, Window
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref, Size
from gendsl.ir.program import Elimination, HiddenSite, Program, Slice
from gendsl.ir.walk import defined_names


@dataclass(frozen=True, slots=True)
class Value:
    """Lowered code, and the dimensions of its axes in their order."""

    code: ast.expr
    dims: Dims


@dataclass(frozen=True, slots=True)
class Piece:
    """A latent site that holds the entries `start` to `stop` of a series along one of its axes.

    In a site that `is_leading` that axis comes first, whatever its place in the series. Ends that
    data give are the expressions in `places`, to which `start` and `stop` are then added.
    """

    of: str
    axis: int
    start: int | None
    stop: int | None
    is_leading: bool = True
    places: tuple[Expr | None, Expr | None] = (None, None)


@dataclass(slots=True)
class Context:
    """What the whole emission shares; names and arguments accumulate as code refers to them."""

    program: Program
    names: NameTable
    arguments: Arguments
    dialect: Dialect
    helpers: dict[str, None] = field(default_factory=dict)
    pieces: dict[str, Piece] = field(default_factory=dict)
    drawn_in_batches: set[str] = field(default_factory=set)
    """Data whose name stands for a minibatch of them, from the site on that scores or draws it."""

    def size(self, dim: str) -> ast.expr:
        """The size of a dimension: an argument of the model, or a number of states."""
        site = _hidden_sites(self.program).get(dim.rsplit("-", 1)[0])
        if site is None:
            return py.name(self.ask(SizeArgument(dim)))
        values = self.values_of(site)
        if not site.together:
            return values
        entries = [self.size(each) for each in site.together]
        return py.binary("**", values, functools.reduce(functools.partial(py.binary, "*"), entries))

    def values_of(self, site: HiddenSite) -> ast.expr:
        """How many values an entry of a discrete site has."""
        if site.type.dim is not None:
            return self.size(site.type.dim)
        if isinstance(site.count, Const):
            return py.number(int(site.count.value))
        return py.name(self.ask(StatesArgument(site.name, site.count)))

    def is_states(self, dim: str) -> bool:
        """Whether a dimension is that of the states of a discrete site."""
        return dim.rsplit("-", 1)[0] in _hidden_sites(self.program)

    def label(self, dim: str, label: str) -> ast.expr:
        """The position of a label: written in the source, else an argument of the model."""
        written = self.program.dimension(dim).labels
        if written is not None and label in written:
            return py.number(written.index(label))
        return py.name(self.ask(LabelArgument(dim, label)))

    def prepared_name(self, name: str) -> str | None:
        """The Python name of a quantity that `prepare` computes; `None` if it is none."""
        for node in self.program.prepared:
            if name in defined_names(node):
                return self.ask(PreparedArgument(name, node))
        return None

    def ask(self, argument: Argument) -> str:
        """The Python name of an argument of the model, which is one from now on."""
        return self.arguments.ask(argument)


@dataclass(slots=True)
class Step:
    """The inside of a scan along `dim`: what stands for the series, and what is passed in.

    `current` names the series that this step has computed, `lagged` earlier values by name and lag.
    `inputs` collects the expressions that vary along `dim` but belong to no series; `pasts` names
    the carried past of what is looked back at, by `look_back.past_key`.
    """

    dim: str
    series: frozenset[str]
    lagged: dict[tuple[str, int], ast.expr]
    current: dict[str, ast.expr] = field(default_factory=dict)
    inputs: dict[Expr, str] = field(default_factory=dict)
    pasts: dict[tuple[Expr, Expr | None, int], ast.expr] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Where an expression stands.

    `started` has, for series that are only begun, the array of their first positions.
    """

    context: Context
    windows: Mapping[str, Window] = field(default_factory=dict)
    step: Step | None = None
    started: Mapping[str, Value] = field(default_factory=dict)

    def whole(self, dims: Iterable[str]) -> Scope:
        """The scope in which these dimensions are complete again; a minibatch stays one."""
        gone = {d for d in dims if d not in self.batches}
        return replace(self, windows={d: w for d, w in self.windows.items() if d not in gone})

    def everywhere(self) -> Scope:
        """The scope of what is read whole by each step and each part of a dimension."""
        return replace(self.whole(self.windows), step=None, started={})

    @property
    def batches(self) -> dict[str, Minibatch]:
        """The dimensions of which only a minibatch is there."""
        return {d: w for d, w in self.windows.items() if isinstance(w, Minibatch)}

    def within(self, dim: str, window: Window) -> Scope:
        """The scope in which `dim` is narrowed to a window."""
        return replace(self, windows={**self.windows, dim: window})

    def length(self, dim: str) -> ast.expr:
        """How many positions a dimension has here."""
        window = self.windows.get(dim)
        is_needed = window is None or _needs_size(window)
        size = self.context.size(dim) if is_needed else py.number(0)
        return size if window is None else window.length(size)

    def extent(self, dim: str) -> ast.expr:
        """How long arrays are that the program makes: that of a minibatch, else the size."""
        batch = self.batches.get(dim)
        return self.context.size(dim) if batch is None else py.name(batch.size)

    def place(self, expr: Expr | None, default: Place, dim: str) -> Place:
        """The place along `dim` that a bound of a statement's slice names."""
        match expr:
            case None:
                return default
            case Const(value):
                return Place(int(value))
            case Size(of) if of == dim:
                return Place(0, is_from_end=True)
            case Op("+" | "-" as sign, (left, Const(value))):
                return self.place(left, default, dim).moved(
                    int(value) if sign == "+" else -int(value)
                )
            case _:
                return Place(0, False, expr, self._static(expr))

    def _static(self, expr: Expr) -> ast.expr:
        """A position that is computed from data, as a Python number."""
        match expr:
            case Const(value):
                return py.number(value)
            case Size(dim):
                return self.context.size(dim)
            case Ref(name) if self.context.program.datum(name) is not None:
                return py.name(self.context.arguments.ask_static(name))
            case Op("+" | "-" | "*" as operator, (left, right)):
                return py.binary(operator, self._static(left), self._static(right))
            case Op("max" | "min" as function, arguments):
                return py.call(function, *(self._static(a) for a in arguments))
            case _:
                raise InternalError("a statement's start is no position")

    def narrowed(self, slice: Slice | None) -> Scope:
        """The scope of a statement that holds on a part of a dimension."""
        if slice is None:
            return self
        start = self.place(slice.start, START, slice.dim)
        stop = self.place(slice.stop, END, slice.dim)
        return self.within(slice.dim, Window(start, stop))


def _hidden_sites(program: Program) -> dict[str, HiddenSite]:
    """The sites that are summed out, by the dimensions of their states."""
    groups = (node for node in program.nodes if isinstance(node, Elimination))
    return {site.states: site for group in groups for site in group.sites}


def _needs_size(window: Window) -> bool:
    if isinstance(window, Minibatch):
        return False
    start, stop = window.start, window.stop
    return stop.is_from_end != start.is_from_end
