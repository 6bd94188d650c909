"""What is known of networks while a model is read."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr

BNN = "BNN"
"""What makes a site a network."""

Stated = ast.NetStatement | ast.SampleStatement
"""`net f = ...` or `f ~ BNN(...)`."""


def is_network(statement: ast.Statement) -> bool:
    """Whether a statement is `net f = ...` or `f ~ BNN(...)`."""
    match statement:
        case ast.NetStatement():
            return True
        case ast.SampleStatement(distribution=call):
            return call.function.id == BNN
        case _:
            return False


@dataclass(frozen=True, slots=True)
class Prior:
    """`weight ~ D(...)`: what stands after the sign, and how the site is sampled."""

    call: ast.Call
    span: Span
    parameterisation: str | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """`weight = W`: a quantity that the layer has instead of a site of its own."""

    name: ast.Name

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.name.span


@dataclass(slots=True)
class Slide:
    """Windows along one dimension, `dim` in the brackets: `size` wide, `stride` apart.

    They slide along `source`, what layers before have made of it; there is one for each member of
    `into`, and the places in it are members of `kernel`.
    """

    dim: str
    size: int
    stride: int
    span: Span
    source: str = ""
    into: str = ""
    kernel: str = ""


@dataclass(slots=True)
class Windows:
    """How a layer or a pool slides; `is_padded` with zeros beyond the ends."""

    slides: tuple[Slide, ...]
    is_padded: bool
    span: Span

    @property
    def sources(self) -> Dims:
        """The dimensions along which they slide."""
        return tuple(s.source for s in self.slides)

    @property
    def into(self) -> Dims:
        """The dimensions with a member for each window."""
        return tuple(s.into for s in self.slides)

    @property
    def kernel(self) -> Dims:
        """The dimensions of the places in a window."""
        return tuple(s.kernel for s in self.slides)

    def channels(self, inputs: Dims) -> Dims:
        """What inputs vary over besides."""
        return tuple(d for d in inputs if d not in self.sources)


@dataclass(slots=True)
class LayerSymbol:
    """One layer with weights: its row, its size and what it is given for each parameter.

    `inputs` and `units` are known once the points are; `twin` is the dimension along which its
    inputs stand where its units have the same one. One that `takes_units` has those of its weight,
    which is given. One with `windows` has the same weights for each of them.
    """

    name: str
    kind: str
    size: ast.Expr | None
    given: dict[str, Prior | Given | None]
    span: Span
    inputs: Dims = ()
    units: str | None = None
    twin: str | None = None
    takes_units: bool = False
    windows: Windows | None = None

    @property
    def head(self) -> str:
        """What stands before its parentheses."""
        if self.windows is None:
            return self.kind
        return f"{self.kind}[{', '.join(s.dim for s in self.windows.slides)}]"

    @property
    def summed(self) -> Dims:
        """What each of its weighted sums runs over: its inputs, or the windows' part of them."""
        inputs = self.inputs if self.windows is None else self.windows.channels(self.inputs)
        if self.twin is not None:
            inputs = tuple(self.twin if d == self.units else d for d in inputs)
        return inputs if self.windows is None else (*self.windows.kernel, *inputs)

    @property
    def outputs(self) -> Dims:
        """The dimensions of what it makes of one point: its units, then places of windows."""
        units = () if self.units is None else (self.units,)
        return units if self.windows is None else (*units, *self.windows.into)

    def site(self, parameter: str) -> str | None:
        """The name of the quantity with its weight, its bias or its mask."""
        given = self.given.get(parameter)
        if given is None:
            return None
        return given.name.id if isinstance(given, Given) else f"{self.name}.{parameter}"

    def dims(self, parameter: str) -> Dims:
        """The dimensions of one of its parameters."""
        units = () if self.units is None else (self.units,)
        return units if parameter != "weight" else (*self.summed, *units)


@dataclass(frozen=True, slots=True)
class Activation:
    """An elementwise function between layers: the name of a row of functions, or of a `def`."""

    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Pool:
    """`MaxPool[time](2)`: one number of each window; `is_whole` if of all along the dimensions."""

    name: str
    reduction: str
    windows: Windows
    is_whole: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Flatten:
    """`Flatten`: what follows has no dimension of space."""

    span: Span


@dataclass(frozen=True, slots=True)
class Residual:
    """`Residual(...)`: what its layers are given is added to what they make of it."""

    parts: tuple[Part, ...]
    span: Span


Part = LayerSymbol | Activation | Pool | Flatten | Residual


@dataclass(frozen=True, slots=True)
class NetworkCallSymbol:
    """A call: the point as it was written, its rows, and the name of the values."""

    name: str
    point: Expr
    rows: Dims
    span: Span


@dataclass(slots=True)
class NetworkSymbol:
    """A network: its parts in order, the dimension of its outputs, and where it is called.

    `inputs` are the dimensions of one point, `None` until a call has been read.
    """

    statement: Stated
    parts: tuple[Part, ...]
    inputs: Dims | None = None
    calls: list[NetworkCallSymbol] = field(default_factory=list)
    into: str | None = None
    """What the index points into at which one is called that starts with an embedding."""
    is_dry: bool = False
    """Whether the model is read only to learn what its points vary over."""
    is_matched: bool = False
    """Whether the scales of its priors are tuned: each has a factor that is data."""
    found: list[Dims] = field(default_factory=list)
    """What the points of each call vary over beside rows, in a dry reading."""

    @property
    def name(self) -> str:
        """What it is called."""
        return self.statement.target.name

    @property
    def layers(self) -> tuple[LayerSymbol, ...]:
        """Its layers with weights, in order."""
        return layers_in(self.parts)


def layers_in(parts: tuple[Part, ...]) -> tuple[LayerSymbol, ...]:
    """The layers with weights among parts, those inside others too."""
    found: list[LayerSymbol] = []
    for part in parts:
        match part:
            case LayerSymbol():
                found.append(part)
            case Residual(inner):
                found += layers_in(inner)
            case Activation() | Pool() | Flatten():
                pass
    return tuple(found)


def windows_in(parts: tuple[Part, ...]) -> tuple[tuple[str, Windows], ...]:
    """The windows of layers and pools, those inside others too, under their names."""
    found: list[tuple[str, Windows]] = []
    for part in parts:
        match part:
            case LayerSymbol(name=name, windows=Windows() as windows):
                found.append((name, windows))
            case Pool(name=name, windows=windows, is_whole=False):
                found.append((name, windows))
            case Residual(inner):
                found += windows_in(inner)
            case _:
                pass
    return tuple(found)
