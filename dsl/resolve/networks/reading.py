"""From what is written of a network to its parts: layers, activations, residual blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.functions import FUNCTIONS, OPERATORS
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.networks.table import (
    ACTIVATIONS,
    FLATTEN,
    LAYERS,
    POOL_OPTIONS,
    POOLS,
    RESIDUAL,
    WINDOW_OPTIONS,
    LayerRow,
    PoolRow,
)
from gendsl.resolve.networks.windows import check_brackets, read_pool, read_windows, whole
from gendsl.resolve.symbols_of_networks import (
    Activation,
    Flatten,
    Given,
    LayerSymbol,
    Part,
    Pool,
    Prior,
    Residual,
)

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions


def read_chain(expressions: Expressions, name: str, value: ast.Expr) -> tuple[Part, ...]:
    """The parts of `Dense(...) |> tanh |> ...`; layers are called `f.layer1`, `f.layer2`, ...

    Raises:
        Unresolved: for what is no layer and no activation; it has been reported.
    """
    return ChainReader(expressions, name).chain(value)


class ChainReader:
    """Reads one network, and counts its layers and pools."""

    def __init__(self, expressions: Expressions, name: str) -> None:
        self.expressions = expressions
        self.name = name
        self.count = 0
        self.pools = 0

    def chain(self, value: ast.Expr) -> tuple[Part, ...]:
        """What stands between the signs `|>`."""
        return attempt_each(self.part, chain_of(value))

    def part(self, node: ast.Expr) -> Part:
        """One layer or activation."""
        match node:
            case ast.Name(id, span) if id == FLATTEN:
                return Flatten(span)
            case ast.Name(id, span) | ast.Index(ast.Name(id), span=span):
                if id in LAYERS or id == RESIDUAL:
                    raise self.fail(
                        f"`{id}` lacks its arguments",
                        span,
                        "a layer",
                        f"write `{id}(...)`, with a prior for each of its weights",
                    )
                if id in POOLS:
                    raise self.fail(
                        f"`{id}` lacks its arguments",
                        span,
                        "a pool",
                        f"write `{POOLS[id].name}[time](2)`, or `{id}[time]()` for all positions",
                    )
                return self.activation(id, span)
            case ast.Call(function, arguments, span) if function.id == RESIDUAL:
                if len(arguments) != 1 or arguments[0].name is not None:
                    raise self.fail(
                        f"`{RESIDUAL}` has one chain of layers between its parentheses",
                        span,
                        f"{len(arguments)} given" if len(arguments) != 1 else "named here",
                        f"write `{RESIDUAL}(Dense(weight ~ Normal(0, 1)) |> tanh)`",
                    )
                return Residual(self.chain(arguments[0].value), span)
            case ast.Call(function, arguments, span) | ast.DimCall(
                function, _, arguments, span
            ) if function.id in LAYERS:
                return self.layer(LAYERS[function.id], arguments, span, _brackets(node))
            case ast.Call(function, arguments, span) | ast.DimCall(
                function, _, arguments, span
            ) if function.id in POOLS:
                return self.pool(POOLS[function.id], arguments, span, _brackets(node))
            case ast.Call(function) | ast.DimCall(function) if function.id == FLATTEN:
                raise self.fail(
                    f"`{FLATTEN}` takes no arguments", node.span, "given some", f"write `{FLATTEN}`"
                )
            case ast.Call(function) | ast.DimCall(function):
                raise self.unknown(function.id, function.span)
            case _:
                raise self.fail(
                    "a network is made of layers and activations",
                    node.span,
                    "neither of them",
                    "write `net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~"
                    " Normal(0, 1))`",
                )

    def activation(self, name: str, span: Span) -> Activation:
        """A name between layers: an activation, or a `def` of one number."""
        function = self.expressions.symbols.functions.get(name)
        if function is not None and len(function.parameters) == 1:
            return Activation(name, span)
        if name in ACTIVATIONS:
            return Activation(ACTIVATIONS[name] or "", span)
        row = FUNCTIONS.get(name)
        if row is not None and row.arity == (1, 1) and name not in OPERATORS:
            return Activation(name, span)
        raise self.unknown(name, span)

    def unknown(self, name: str, span: Span) -> Unresolved:
        """Report what is no layer and no activation."""
        layers = (*LAYERS, *POOLS, FLATTEN, RESIDUAL)
        close = nearest(name, (*ACTIVATIONS, *layers))
        return self.fail(
            f"no layer and no activation is called `{name}`",
            span,
            "unknown",
            f"did you mean `{close}`?"
            if close
            else f"layers are {listed(layers)}; activations {listed(ACTIVATIONS)}, a"
            " function of one number, or a `def` of your own",
        )

    def layer(
        self,
        row: LayerRow,
        arguments: tuple[ast.Argument, ...],
        span: Span,
        brackets: tuple[ast.Binder, ...] = (),
    ) -> LayerSymbol:
        """`Dense(50, weight ~ ..., bias ~ ...)`, `Conv[time](8, kernel = 3, weight ~ ...)`."""
        self.count += 1
        layer = LayerSymbol(f"{self.name}.layer{self.count}", row.name, None, {}, span)
        self.check_brackets(row.name, row.is_windowed, brackets, span)
        names = (row.size, *(WINDOW_OPTIONS if row.is_windowed else ()), *row.parameters)
        options: dict[str, ast.Argument] = {}
        seen: set[str] = set()
        for argument in arguments:
            name = argument.name or row.size
            if name in seen or (name == row.size and argument.is_prior):
                raise self.fail(
                    f"`{name}` of `{row.name}` is given twice"
                    if name in seen
                    else f"`{name}` of `{row.name}` is a number",
                    argument.span,
                    "the second time" if name in seen else "has no prior",
                    f"write `{row.example}`",
                )
            seen.add(name)
            if name == row.size:
                layer.size = argument.value
                self.check_size(row, argument, _head(row.name, brackets))
            elif name in row.parameters:
                layer.given[name] = self.given(row, name, argument)
            elif name in names and not argument.is_prior:
                options[name] = argument
            else:
                raise self.no_such(row.name, name, names, argument)
        if row.is_windowed:
            layer.windows = read_windows(self.expressions, row.name, brackets, options, span)
        return layer

    def pool(
        self,
        row: PoolRow,
        arguments: tuple[ast.Argument, ...],
        span: Span,
        brackets: tuple[ast.Binder, ...],
    ) -> Pool:
        """`MaxPool[height, width](2)`."""
        self.pools += 1
        self.check_brackets(row.name, True, brackets, span)
        given: dict[str, ast.Argument] = {}
        for argument in arguments:
            name = argument.name or POOL_OPTIONS[0]
            if name not in POOL_OPTIONS or name in given or argument.is_prior:
                raise self.no_such(row.name, name, POOL_OPTIONS, argument)
            given[name] = argument
        windows = read_pool(self.expressions, brackets, given, span)
        is_whole = windows is None
        name = f"{self.name}.pool{self.pools}"
        return Pool(name, row.reduction, windows or whole(brackets, span), is_whole, span)

    def check_brackets(
        self, kind: str, is_windowed: bool, brackets: tuple[ast.Binder, ...], span: Span
    ) -> None:
        """Brackets are for what slides, and there they have to be."""
        if is_windowed:
            check_brackets(self.expressions, kind, brackets, span)
        elif brackets:
            raise self.fail(
                f"`{kind}` has no brackets",
                brackets[0].span,
                "it does not slide",
                f"write `{kind}(...)`: it takes all of its inputs together",
            )

    def no_such(
        self, kind: str, name: str, names: tuple[str, ...], argument: ast.Argument
    ) -> Unresolved:
        """Report an argument that a layer or a pool does not take."""
        close = nearest(name, names)
        is_twice = name in names and not argument.is_prior
        return self.fail(
            f"`{name}` of `{kind}` is given twice"
            if is_twice
            else f"`{kind}` has no prior of `{name}`"
            if name in names
            else f"`{kind}` has no `{name}`",
            argument.span,
            "the second time" if is_twice else "unknown" if name not in names else "a number",
            f"did you mean `{close}`?"
            if close and name not in names
            else f"it has {listed(names)}",
        )

    def check_size(self, row: LayerRow, argument: ast.Argument, head: str) -> None:
        """A size that is written is a whole number from 1 on; `head` stands before it."""
        value = argument.value
        match value:
            case ast.Number(int() as size) if size >= 1:
                return
            case ast.Number() | ast.Unary("-"):
                raise self.expressions.fail(
                    "G0478",
                    f"a layer can't have {value.span.text} units",
                    value.span,
                    "must be a whole number, at least 1",
                    help=f"write `{head}(50, ...)`",
                )
            case ast.Call(function):
                raise self.fail(
                    f"`{function.id}` stands where the size of `{row.name}` does",
                    argument.span,
                    "not a number",
                    f"name what it is for: `{head}(50, weight ~ {value.span.text})`",
                )
            case _:
                return

    def given(self, row: LayerRow, name: str, argument: ast.Argument) -> Prior | Given | None:
        """`weight ~ D(...)`, `weight = W` or `bias = none`."""
        value = argument.value
        if argument.is_prior:
            assert isinstance(value, ast.Call)
            return Prior(value, argument.span)
        match value:
            case ast.Name("none") if name != "weight":
                return None
            case ast.Name():
                return Given(value)
            case ast.Call():
                raise self.fail(
                    f"`{name}` is set to a distribution",
                    argument.span,
                    "`=` gives a value",
                    f"a prior has another sign: `{name} ~ {value.span.text}`",
                )
            case _:
                raise self.fail(
                    f"`{name}` of `{row.name}` is set to a formula",
                    argument.span,
                    "not a name",
                    f"give it a prior, `{name} ~ Normal(0, 1)`, or the name of data or of a"
                    f" quantity: `let w[...] = {value.span.text}`, then `{name} = w`",
                )

    def fail(self, message: str, span: Span, label: str, help: str) -> Unresolved:
        """Report a mistake in a chain of layers."""
        return self.expressions.fail("G0476", message, span, label, help=help)


def _head(kind: str, brackets: tuple[ast.Binder, ...]) -> str:
    """What stands before a layer's parentheses."""
    return f"{kind}[{', '.join(binder.dim for binder in brackets)}]" if brackets else kind


def _brackets(node: ast.Call | ast.DimCall) -> tuple[ast.Binder, ...]:
    """What stands between the brackets; nothing where there are none."""
    return node.binders if isinstance(node, ast.DimCall) else ()


def chain_of(value: ast.Expr) -> tuple[ast.Expr, ...]:
    """The parts of `a |> b |> c`, in order."""
    found: list[ast.Expr] = []
    while isinstance(value, ast.Binary) and value.op == "|>":
        found.append(value.right)
        value = value.left
    return (value, *reversed(found))
