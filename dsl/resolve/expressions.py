"""From written to typed expressions: names, dimensions and kinds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import (
    Const,
    Coordinate,
    Dims,
    Expr,
    LookBack,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.function_row import FunctionRow
from gendsl.ir.functions import (
    CONSTANTS,
    DIM_FUNCTIONS,
    FUNCTION_ALIASES,
    FUNCTIONS,
    OPERATORS,
)
from gendsl.ir.types import INT, REAL, Kind, ValueType
from gendsl.ir.walk import walk
from gendsl.resolve.array_calls import ARRAY_NAMES, array_call
from gendsl.resolve.beside import read_place
from gendsl.resolve.build import number, op
from gendsl.resolve.comparisons import COMPARISONS, index_comparison
from gendsl.resolve.definitions import defined
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.grouped import group_reduce
from gendsl.resolve.indexing import resolve_index
from gendsl.resolve.literals import array_literal
from gendsl.resolve.look_back import CONVOLVE, convolve
from gendsl.resolve.networks.calls import network_call
from gendsl.resolve.ode_calls import no_time, solution
from gendsl.resolve.random_functions.calls import evaluation
from gendsl.resolve.random_functions.functionals import functional, is_functional
from gendsl.resolve.random_functions.kernel_calls import called, kernel_of_call
from gendsl.resolve.random_functions.kernels import kernel_as_number
from gendsl.resolve.random_functions.table import KERNELS
from gendsl.resolve.reductions import contraction, reduction
from gendsl.resolve.running import running
from gendsl.resolve.symbols import Context, Meaning, Symbols
from gendsl.resolve.unknown import (
    unknown_function,
    unknown_name,
    wrong_count,
)
from gendsl.resolve.wording import likely

if TYPE_CHECKING:
    from gendsl.resolve.random_functions.reading import Process

KINDS = {kind.value: kind for kind in SupportKind}


class Expressions:
    """Resolves expressions against one model's symbols; errors go to the reporter.

    `kind_of` gives the kind of a quantity's elements; it may resolve that quantity's equation.
    """

    def __init__(
        self, symbols: Symbols, reporter: Reporter, kind_of: Callable[[str], ValueType]
    ) -> None:
        self.symbols = symbols
        self.reporter = reporter
        self.kind_of = kind_of
        self.reported: set[str] = set()
        """Names and dimensions that are unknown and have been reported."""
        self.checked_locals: dict[str, bool] = {}
        """Whether the local names of a `def` are right, of those that have been looked at."""
        self.uncertain: set[str] = set()
        """Quantities whose equation could not be read: their kind is a guess."""
        self.processes: dict[str, Process | None] = {}
        """Random functions that have been read; `None` where that failed, or is under way."""

    def fail(
        self,
        code: str,
        message: str,
        span: Span,
        label: str = "",
        *,
        secondary: tuple[Label, ...] = (),
        help: str | None = None,
    ) -> Unresolved:
        """Report an error; the caller raises what this returns."""
        self.reporter.report(Diagnostic(code, message, span, label, secondary, (), help))
        return Unresolved()

    def support_of(self, name: str) -> SupportKind:
        """The kind of support that a quantity is declared with, or that its family gives it."""
        symbol = self.symbols.quantities[name]
        if symbol.data is not None:
            return symbol.data.support
        for definition in symbol.definitions:
            if not isinstance(definition, ast.SampleStatement):
                continue
            if definition.type is not None and definition.type.name in KINDS:
                return KINDS[definition.type.name]
            family = FAMILIES.get(definition.distribution.function.id)
            if family is not None:
                return family.support.kind
        return SupportKind.REAL

    # --- entry ---------------------------------------------------------------------------

    def resolve(self, node: ast.Expr, context: Context) -> Expr:
        """The typed form of an expression; an index is allowed as a value."""
        if not context.literals.is_read:
            context = read_place(self, node, context)
        match node:
            case ast.Number(value, span):
                return number(value, span)
            case ast.Name(id, span):
                return self.name(id, span, context)
            case ast.Unary(operator, operand, span):
                argument = self.number_of(operand, context)
                return op("neg" if operator == "-" else operator, (argument,), context.order, span)
            case ast.Binary():
                return self.binary(node, context)
            case ast.Call():
                return self.call(node, context)
            case ast.DimCall():
                return self.dim_call(node, context)
            case ast.Index(base, items, span):
                return resolve_index(self, self.resolve(base, context), items, span, context)
            case ast.Array():
                return array_literal(self, node, context)
            case ast.String(value, span):
                raise self.fail(
                    "G0220",
                    f'the label "{value}" is not a number',
                    span,
                    "a label",
                    help='labels stand in brackets, `x["label"]`, or beside `==` with an index',
                )

    def number_of(self, node: ast.Expr, context: Context) -> Expr:
        """Resolve where arithmetic needs a number, so that an index is an error."""
        value = self.resolve(node, context)
        if value.type.kind is Kind.INDEX:
            raise self.fail(
                "G0303",
                f"`{node.span.text}` is an index into `{value.type.dim}`, not a number",
                node.span,
                f"points into `{value.type.dim}`",
                help=(
                    "an index stands in brackets, `alpha[...]`; if it is a quantity, declare it `:"
                    " int`"
                ),
            )
        return value

    # --- names ---------------------------------------------------------------------------

    def name(self, id: str, span: Span, context: Context) -> Expr:
        """A bound name, a quantity with all its dimensions, or a constant."""
        if id in context.bindings:
            return context.bindings[id]
        symbol = self.symbols.quantities.get(id)
        if symbol is not None:
            if symbol.is_broken:
                raise Unresolved
            if symbol.meaning is Meaning.STATE:
                raise no_time(self, id, span)
            if symbol.meaning in (Meaning.KERNEL, Meaning.FUNCTION):
                raise kernel_as_number(self, id, span)
            return Ref(id, symbol.dims, self.kind_of(id), span)
        if id in CONSTANTS:
            return Const(CONSTANTS[id], REAL, span)
        raise unknown_name(self, id, span, context)

    # --- operators -----------------------------------------------------------------------

    def binary(self, node: ast.Binary, context: Context) -> Expr:
        """An operator between two expressions."""
        if node.op == "@":
            return contraction(self, node, context)
        if node.op == "|>":
            raise self.fail(
                "G0476",
                "`|>` joins the layers of a network, not values",
                node.span,
                "not a value",
                help="a network has a name, and is called: `net f = Dense(50, weight ~ N(0, 1))"
                " |> tanh |> ...`, then `f(X)`",
            )
        if node.op == ">>":
            raise self.fail(
                "G0407",
                "`>>` joins inference programs, not values",
                node.span,
                "not a value",
                help="it belongs in an `infer` statement",
            )
        if node.op in COMPARISONS:
            compared = index_comparison(self, node, context)
            if compared is not None:
                return compared
        left, right = attempt_each(
            lambda side: self.number_of(side, context), (node.left, node.right)
        )
        return op(node.op, (left, right), context.order, node.span)

    # --- calls ---------------------------------------------------------------------------

    def call(self, node: ast.Call, context: Context) -> Expr:
        """A function of numbers: a row of the table, a `def`, `pos`, `size`."""
        name = node.function.id
        kernel = kernel_of_call(self, node, context)
        if kernel is not None:
            return called(self, kernel, node, context)
        if name in ("pos", "size"):
            return self.measure(node, context)
        if name in self.symbols.ode_of:
            return solution(self, node, context)
        if name in self.symbols.random_functions:
            return evaluation(self, node, context)
        if name in self.symbols.networks:
            return network_call(self, node, context)
        if name in KERNELS or name in self.symbols.kernels:
            raise kernel_as_number(self, name, node.function.span, context.pair is not None)
        if name in self.symbols.functions:
            return defined(self, node, self.symbols.functions[name], context)
        row = FUNCTIONS.get(name)
        if row is None or (name in OPERATORS and name != "if"):
            raise unknown_function(self, node)
        for argument in node.arguments:
            if argument.name is not None:
                raise self.fail(
                    "G0212",
                    f"`{name}` takes its arguments by position",
                    argument.span,
                    "named here",
                    help=f"write `{name}({argument.value.span.text})`",
                )
        if len(node.arguments) != row.arity[0]:
            raise wrong_count(self, node, name, row.arity[0])
        arguments = self.arguments_of(row, node, context)
        return op(name, arguments, context.order, node.span)

    def arguments_of(self, row: FunctionRow, node: ast.Call, context: Context) -> tuple[Expr, ...]:
        """The arguments; the branches of `if` may be indices."""
        read = self.resolve if row.name == "if" else self.number_of
        arguments = attempt_each(lambda a: read(a.value, context), node.arguments)
        if row.name == "if":
            kinds = {a.type for a in arguments[1:]}
            if any(k.kind is Kind.INDEX for k in kinds) and len(kinds) > 1:
                raise self.fail(
                    "G0303",
                    "the branches of `if` are of different kinds",
                    node.span,
                    " and ".join(sorted(f"`{k}`" for k in kinds)),
                    help="make both numbers, or both indices into the same dimension",
                )
        return arguments

    def measure(self, node: ast.Call, context: Context) -> Expr:
        """`pos(time)` and `size(time)`."""
        name = node.function.id
        if len(node.arguments) != 1:
            raise wrong_count(self, node, name, 1)
        argument = node.arguments[0].value
        if isinstance(argument, ast.Name) and argument.id in self.symbols.dims:
            dim = argument.id
            return Coordinate(dim, INT, node.span) if name == "pos" else Size(dim, INT, node.span)
        raise self.fail(
            "G0202",
            f"`{name}` takes a dimension",
            argument.span,
            "not a dimension",
            help=f"`{name}(time)`, with `time` declared by `dim time`",
        )

    # --- functions over dimensions -------------------------------------------------------

    def dim_call(self, node: ast.DimCall, context: Context) -> Expr:
        """A function whose brackets name dimensions: `sum[k](x)`, `cholesky[row, other](K)`."""
        name = node.function.id
        if name in self.symbols.ode_of:
            return solution(self, node, context)
        if name in self.symbols.random_functions:
            return evaluation(self, node, context)
        if is_functional(self, node):
            return functional(self, node, context)
        if name in self.symbols.networks:
            return network_call(self, node, context)
        if name in ARRAY_NAMES:
            return array_call(self, node, context)
        if name == CONVOLVE:
            return convolve(self, node, context)
        row = DIM_FUNCTIONS.get(name)
        if row is None:
            close = FUNCTION_ALIASES.get(name) or nearest(
                name, (*DIM_FUNCTIONS, *ARRAY_NAMES, CONVOLVE)
            )
            raise self.fail(
                "G0211",
                f"no function over dimensions is called `{name}`",
                node.function.span,
                "unknown function",
                help=(
                    f"did you mean `{close}`?" if close else f"there are {', '.join(DIM_FUNCTIONS)}"
                ),
            )
        if len(node.arguments) != 1:
            raise wrong_count(self, node, name, 1)
        if node.arguments[0].name is not None:
            raise self.fail(
                "G0212",
                f"`{name}` takes its argument by position",
                node.arguments[0].span,
                "named here",
            )
        if any(b.by is not None for b in node.binders):
            return group_reduce(self, node, context)
        if any(b.lower is not None for b in node.binders):
            return running(self, node, context)
        return reduction(self, node, row, context)

    def check_reach(self, argument: Expr, dims: Dims, what: str, span: Span) -> None:
        """Report a shift along a dimension all of whose positions are used."""
        for part in walk(argument):
            if isinstance(part, Shift):
                dim, where = part.dim, "first" if part.lag > 0 else "last"
            elif isinstance(part, LookBack) and part.reach:
                dim, where = part.along, "first"
            else:
                continue
            if dim in dims:
                raise self.fail(
                    "G0404",
                    f"{what} reaches where the shift along `{dim}` does not exist",
                    part.span or span,
                    f"what is this at the {where} position of `{dim}`?",
                    help=f"name it, with its start: `d[{dim} = first] = 0` and `d[{dim}] = ...`;"
                    f" or score each step: `observe x - x[{dim} - 1] ~ ...`",
                )

    def require_dim(self, dim: str, span: Span) -> None:
        """Report a dimension that is not declared, once."""
        if dim in self.symbols.dims:
            return
        if dim in self.reported:
            raise Unresolved
        self.reported.add(dim)
        symbol = self.symbols.quantities.get(dim)
        if symbol is not None and not symbol.is_broken:
            raise self.fail(
                "G0202",
                f"`{dim}` is a quantity, not a dimension",
                span,
                "not a dimension",
                secondary=(Label(symbol.span, "defined here"),),
                help=f"a size from the data is written `dim row = {dim}`"
                if symbol.data is not None and symbol.data.type.kind is Kind.INT
                else None,
            )
        close = likely(dim, tuple(self.symbols.dims))
        raise self.fail(
            "G0202",
            f"no dimension is called `{dim}`",
            span,
            "unknown dimension",
            help=f"did you mean `{close}`?" if close else f"declare it: `dim {dim}`",
        )

    def known_labels(self, dim: str) -> tuple[str, ...] | None:
        """The members of a dimension where the source names them."""
        return self.symbols.dims[self.symbols.base_dim(dim)].labels

    def known_size(self, dim: str) -> int | None:
        """The size of a dimension where the source fixes it."""
        declared = self.symbols.dims[self.symbols.base_dim(dim)]
        if declared.labels is not None:
            return len(declared.labels)
        size = declared.size
        return size.value if isinstance(size, Const) and isinstance(size.value, int) else None


def outside(expr: Expr, allowed: Dims) -> tuple[str, ...]:
    """The dimensions of an expression that are not allowed where it stands."""
    return tuple(d for d in expr.dims if d not in allowed)
