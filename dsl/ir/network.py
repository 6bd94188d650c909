"""Networks of a program: their layers, the sites of their weights, and where they are called."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Dims, Expr


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer with weights: z = x W + b, then h = activation(z).

    `kind` is a row of the table of layers. `weight` and `bias` name the sites with W and b, or the
    data that fix them; `None` where there is none. x varies over `inputs` (of one number, over
    nothing), z over `units` (`None`: one number), and that of a convolution over places too.
    `activation` names elementwise functions, in order; none is the identity.
    """

    name: str
    kind: str
    weight: str | None
    bias: str | None
    inputs: Dims
    units: str | None
    activation: tuple[str, ...] = ()

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of its weight and its bias, those that it has."""
        return tuple(name for name in (self.weight, self.bias) if name is not None)


@dataclass(frozen=True, slots=True)
class NetworkCall:
    """`f(X)`: the quantity with its `values`, and those with each layer's h before the last.

    `point` is X; its dimensions but the first layer's inputs are those of the points. `holder` is
    the quantity that the program has for the values: another where `g[row] = f(X)` names them.
    """

    values: str
    hidden: tuple[str, ...]
    point: Expr
    holder: str


@dataclass(frozen=True, slots=True)
class Window:
    """Windows of `size` members of `along`, one for each member of `into`; `layer` has them."""

    layer: str
    along: str
    into: str
    size: int
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Network:
    """A network, layer by layer; the last one's units are its outputs.

    `inputs` are the dimensions of one point; none where it is a number. `is_chain` says that each
    layer's x is the h of the one before: no layer is skipped, nothing stands between two.
    """

    name: str
    layers: tuple[Layer, ...]
    calls: tuple[NetworkCall, ...]
    inputs: Dims
    is_chain: bool = True
    windows: tuple[Window, ...] = ()
    span: Span = field(default=None, compare=False, repr=False)  # type: ignore[assignment]

    @property
    def units(self) -> str | None:
        """The dimension of its outputs; `None` where it is one number."""
        return self.layers[-1].units

    @property
    def sites(self) -> tuple[str, ...]:
        """The names of all weights and biases."""
        return tuple(name for layer in self.layers for name in layer.sites)
