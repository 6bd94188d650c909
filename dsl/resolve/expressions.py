"""From written to typed expressions: names, dimensions and kinds."""

from __future__ import annotations

from collections.abc import Callable

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import (
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    Expr,
    IndexOf,
    LabelOf,
    LookBack,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.function_row import FunctionRow, Result
from gendsl.ir.functions import (
    CONSTANTS,
    DIM_FUNCTIONS,
    FUNCTION_ALIASES,
    FUNCTIONS,
    OPERATORS,
)
from gendsl.ir.types import BOOL, INT, REAL, Kind, ValueType, index_into, join
from gendsl.ir.walk import walk
from gendsl.resolve.array_calls import ARRAY_NAMES, array_call
from gendsl.resolve.build import number, op, result_type, union
from gendsl.resolve.definitions import defined
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.grouped import group_reduce
from gendsl.resolve.indexing import resolve_index
from gendsl.resolve.look_back import CONVOLVE, convolve, look_back_sum
from gendsl.resolve.ode_calls import no_time, solution
from gendsl.resolve.symbols import Context, Meaning, Symbols
from gendsl.resolve.unknown import (
    array_failure,
    unknown_function,
    unknown_name,
    wrong_count,
)
from gendsl.resolve.wording import likely

"""What other tools call a number; read for help only."""

KINDS = {kind.value: kind for kind in SupportKind}
COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
UNROLL_LIMIT = 1000
CHAIN_LIMIT = 32


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
                raise array_failure(self, node)
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
            return Ref(id, symbol.dims, self.kind_of(id), span)
        if id in CONSTANTS:
            return Const(CONSTANTS[id], REAL, span)
        raise unknown_name(self, id, span, context)

    # --- operators -----------------------------------------------------------------------

    def binary(self, node: ast.Binary, context: Context) -> Expr:
        """An operator between two expressions."""
        if node.op == "@":
            return self.contraction(node, context)
        if node.op == ">>":
            raise self.fail(
                "G0407",
                "`>>` joins inference programs, not values",
                node.span,
                "not a value",
                help="it belongs in an `infer` statement",
            )
        if node.op in COMPARISONS:
            compared = self.index_comparison(node, context)
            if compared is not None:
                return compared
        left, right = attempt_each(
            lambda side: self.number_of(side, context), (node.left, node.right)
        )
        return op(node.op, (left, right), context.order, node.span)

    def index_comparison(self, node: ast.Binary, context: Context) -> Expr | None:
        """`sex_of == "male"`: an index against a label, or against an index into the same."""
        is_label = isinstance(node.left, ast.String), isinstance(node.right, ast.String)
        if is_label == (True, True):
            return None
        sides = [
            operand if isinstance(operand, ast.String) else self.compared(operand, context)
            for operand in (node.left, node.right)
        ]
        for written, side, other in zip((node.left, node.right), sides, sides[::-1], strict=True):
            is_number = not isinstance(other, ast.String) and other.type.kind is not Kind.INDEX
            if isinstance(side, IndexOf) and is_number:
                self.resolve(written, context)
        index = next((s.type for s in sides if not isinstance(s, ast.String)), REAL)
        if index.kind is not Kind.INDEX or index.dim is None:
            return None
        if node.op not in ("==", "!=") and not self.symbols.dims[index.dim].is_ordered:
            raise self.fail(
                "G0205",
                f"members of `{index.dim}` have no order",
                node.span,
                f"compares with `{node.op}`",
                help=(
                    f"only `==` and `!=` compare them, unless it is declared `dim {index.dim} :"
                    " ordered`"
                ),
            )
        arguments: list[Expr] = []
        for written, side in zip((node.left, node.right), sides, strict=True):
            if isinstance(side, ast.String):
                arguments.append(LabelOf(index.dim, side.value, side.span))
            elif side.type.kind is Kind.INDEX and self.symbols.are_alike(
                index.dim, side.type.dim or ""
            ):
                arguments.append(side)
            else:
                raise self.fail(
                    "G0303",
                    f"`{written.span.text}` is not a member of `{index.dim}`",
                    written.span,
                    f"compared with an index into `{index.dim}`",
                    help="compare with a label in quotes, or with another index into it",
                )
        return op(node.op, tuple(arguments), context.order, node.span)

    def compared(self, node: ast.Expr, context: Context) -> Expr:
        """A side of a comparison: a dimension is its own positions, `i == j`."""
        symbols = self.symbols
        match node:
            case ast.Name(id, span) if (
                id in symbols.dims and id not in context.bindings and id not in symbols.quantities
            ):
                return IndexOf(id, id, span)
            case _:
                return self.resolve(node, context)

    def contraction(self, node: ast.Binary, context: Context) -> Expr:
        """`X @ beta`: sums over the one dimension that both share and the left side lacks."""
        left, right = attempt_each(
            lambda side: self.number_of(side, context), (node.left, node.right)
        )
        shared = [d for d in left.dims if d in right.dims]
        over = [d for d in shared if d not in context.kept]
        if len(over) != 1:
            described = f"[{', '.join(left.dims)}] and [{', '.join(right.dims)}]"
            why = (
                "share no dimension"
                if not shared
                else (
                    f"share only [{', '.join(shared)}], which the left side keeps"
                    if not over
                    else f"share [{', '.join(over)}]"
                )
            )
            example = over or shared or [*left.dims, *right.dims, "k"]
            raise self.fail(
                "G0210",
                f"`@` has {'no' if not over else 'more than one'} dimension to sum over",
                node.span,
                f"{described} {why}",
                help=f"name what to sum over: `sum[{', '.join(example)}](... * ...)`"
                + ("; for a product of entries write `*`" if not over else ""),
            )
        dims = tuple(d for d in union((left.dims, right.dims), context.order) if d != over[0])
        kind = join((left.type, right.type))
        return Contract(left, right, over[0], dims, kind, node.span)

    # --- calls ---------------------------------------------------------------------------

    def call(self, node: ast.Call, context: Context) -> Expr:
        """A function of numbers: a row of the table, a `def`, `pos`, `size`."""
        name = node.function.id
        if name in ("pos", "size"):
            return self.measure(node, context)
        if name in self.symbols.ode_of:
            return solution(self, node, context)
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
        """`sum[k](x)`, `cumsum[time](x)`, and sums over a running number."""
        name = node.function.id
        if name in self.symbols.ode_of:
            return solution(self, node, context)
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
            return self.running(node, context)
        attempt_each(lambda b: self.require_dim(b.dim, b.span), node.binders)
        dims = tuple(b.dim for b in node.binders)
        if len(set(dims)) < len(dims):
            raise self.fail(
                "G0213", f"`{name}` names a dimension twice", node.span, "each is gone after one"
            )
        argument = self.number_of(node.arguments[0].value, context.within(dims))
        for binder in node.binders:
            if binder.dim not in argument.dims:
                raise self.fail(
                    "G0213",
                    f"`{name}[{binder.dim}]` has nothing along `{binder.dim}`",
                    binder.span,
                    f"what follows has dimensions [{', '.join(argument.dims)}]"
                    if argument.dims
                    else "what follows is a single number",
                    secondary=(Label(node.arguments[0].span, "this"),),
                    help=f"it has {', '.join(f'`{name}[{d}](...)`' for d in argument.dims)}"
                    if argument.dims
                    else f"drop `{name}`, or write what varies along `{binder.dim}` inside it",
                )
        self.check_reach(argument, dims, f"`{name}[{', '.join(dims)}]`", node.span)
        if row.result is Result.INDEX and len(dims) != 1:
            raise self.fail(
                "G0213",
                f"`{name}` finds a member of one dimension",
                node.span,
                "more than one",
                help=f"take one at a time: `{name}[{dims[0]}](...)`",
            )
        is_index = row.result is Result.INDEX
        kind = index_into(dims[0]) if is_index else result_type(row.result, (argument.type,))
        if row.keeps:
            if len(dims) != 1:
                raise self.fail(
                    "G0213", f"`{name}` runs along one dimension", node.span, "more than one"
                )
            return Cumulate(name, dims[0], argument, argument.dims, kind, node.span)
        rest = tuple(d for d in argument.dims if d not in dims)
        return Reduce(name, dims, argument, rest, kind, node.span)

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

    def running(self, node: ast.DimCall, context: Context) -> Expr:
        """`sum[k = 1..5](...)`: a look back, or the terms written out, `k` a number in each."""
        for binder in node.binders:
            if binder.dim in self.symbols.dims:
                raise self.fail(
                    "G0213",
                    f"`{binder.dim}` is a dimension, so it can't run over numbers",
                    binder.span,
                    "a dimension",
                    secondary=(Label(self.symbols.dims[binder.dim].span, "declared here"),),
                    help=f"sum over all of it, `{node.function.id}[{binder.dim}](...)`, or call the"
                    " running number something else",
                )
        combine = {"sum": "+", "prod": "*", "max": "max", "min": "min"}.get(node.function.id)
        if combine is None or len(node.binders) != 1:
            raise self.fail(
                "G0213",
                f"`{node.function.id}` can't run over numbers",
                node.span,
                "over a range",
                help="`sum`, `prod`, `max` and `min` can, over one range",
            )
        binder = node.binders[0]
        ends: list[int] = []
        for end in (binder.lower, binder.upper):
            value = self.resolve(end, context) if end is not None else None
            if not isinstance(value, Const) or not isinstance(value.value, int):
                raise self.fail(
                    "G0213",
                    f"the range of `{binder.dim}` is not known here",
                    binder.span,
                    "both ends must be whole numbers",
                    help="sum over a dimension instead: `dim lag = K`, `sum[lag](...)`",
                )
            ends.append(value.value)
        low, high = ends
        if high < low or high - low >= UNROLL_LIMIT:
            raise self.fail(
                "G0213",
                f"the range {low}..{high} has {max(high - low + 1, 0)} numbers",
                binder.span,
                f"there must be 1 to {UNROLL_LIMIT}",
                help="the first end comes first: `k = 1..5`"
                if high < low
                else "sum over a dimension instead: `dim lag = K`, `sum[lag](...)`",
            )

        def term(k: int) -> Expr:
            return self.number_of(node.arguments[0].value, context.binding(binder.dim, number(k)))

        if combine == "+":
            past = look_back_sum(term, max(low, 1), high, context.order, node.span)
            if past is not None:
                is_now = low == 0
                return op("+", (term(0), past), context.order, node.span) if is_now else past
        terms = [term(k) for k in range(low, high + 1)]
        # Long sums are split in halves: a chain of them would be nested as deep as it is long.
        while len(terms) > CHAIN_LIMIT:
            pairs = zip(terms[::2], terms[1::2], strict=False)
            rest = terms[len(terms) - len(terms) % 2 :]
            terms = [*(op(combine, pair, context.order, node.span) for pair in pairs), *rest]
        total = terms[0]
        for other in terms[1:]:
            total = op(combine, (total, other), context.order, node.span)
        return total

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

    def array(self, node: ast.Array, dim: str, context: Context) -> Expr:
        """An array literal along a dimension that its place gives."""
        items = attempt_each(lambda item: self.number_of(item, context), node.items)
        if any(item.dims for item in items):
            raise self.fail(
                "G0219",
                "the entries of an array literal are single numbers",
                next(w.span for w, i in zip(node.items, items, strict=True) if i.dims),
                f"varies over [{', '.join(next(i.dims for i in items if i.dims))}]",
                help="an array literal lies along one dimension; pick an entry, `x[row = 0]`, or"
                " write a formula instead",
            )
        self.check_length(node, dim)
        kind = BOOL if all(i.type == BOOL for i in items) else join(tuple(i.type for i in items))
        return ConstArray(items, (dim,), kind, node.span)

    def check_length(self, node: ast.Array, dim: str) -> None:
        """Report a literal that is longer or shorter than a dimension of a known size."""
        size = self.known_size(dim)
        if size is not None and size != len(node.items):
            declared = self.symbols.dims[self.symbols.base_dim(dim)]
            raise self.fail(
                "G0219",
                f"the array literal has {len(node.items)} entries, `{dim}` has {size} members",
                node.span,
                f"{len(node.items)} entries",
                secondary=(Label(declared.span, f"{size} members"),),
                help="give one number for each member",
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
