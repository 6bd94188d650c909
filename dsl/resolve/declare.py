"""The first reading of a model: what its names stand for, before any right side is read."""

from __future__ import annotations

from dataclasses import replace

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Expr, Size
from gendsl.ir.program import Data, Dimension, Range
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_in, range_exprs, walk
from gendsl.resolve.components import components
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.supports import declared_type
from gendsl.resolve.symbols import Context, Meaning, Symbol, Symbols, is_restricted
from gendsl.resolve.symbols_of_functions import is_random_function
from gendsl.resolve.targets import target_shape

RESERVED = frozenset(ast.type_keywords)


def declare_dims(
    expressions: Expressions, statements: tuple[ast.Statement, ...]
) -> dict[str, ast.Expr]:
    """Enter every dimension; returns the written sizes, which may refer to data."""
    symbols = expressions.symbols
    sizes: dict[str, ast.Expr] = {}
    for statement in statements:
        if not isinstance(statement, ast.DimStatement):
            continue
        for name in statement.names:
            if name.name in symbols.dims:
                expressions.fail(
                    "G0204",
                    f"the dimension `{name.name}` is declared twice",
                    name.span,
                    "the second time",
                    secondary=(Label(symbols.dims[name.name].span, "the first time"),),
                    help="declare it once",
                )
                continue
            if name.name in RESERVED:
                expressions.fail(
                    "G0204",
                    f"`{name.name}` is a type, so it can't be a dimension",
                    name.span,
                    "the dimension",
                    help="give the dimension another name",
                )
            members = statement.size if isinstance(statement.size, ast.Members) else None
            labels = members.labels if members is not None else None
            if members is not None and labels is not None and len(set(labels)) < len(labels):
                twice = next(label for label in labels if labels.count(label) > 1)
                expressions.fail(
                    "G0204",
                    f"`{name.name}` names its member `{twice}` twice",
                    members.span,
                    f"`{twice}` stands here twice",
                    help="members are told apart by their names: drop one, or rename it",
                )
            like = statement.like.name if statement.like is not None else None
            symbols.dims[name.name] = Dimension(
                name.name, None, labels, statement.is_ordered, statement.first_code, like, name.span
            )
            match statement.size:
                case None | ast.Members():
                    pass
                case ast.Sizes():
                    if name is statement.names[-1]:
                        _declare_range(expressions, name.name, statement.size)
                case size:
                    sizes[name.name] = size
    _check_likes(expressions, statements)
    return sizes


def _declare_range(expressions: Expressions, dim: str, sizes: ast.Sizes) -> None:
    """Enter the sizes that a dimension may have."""
    ends = [
        end.value if isinstance(end, ast.Number) else None for end in (sizes.lower, sizes.upper)
    ]
    match ends:
        case [int(least), int(most)] if 1 <= least <= most:
            symbols = expressions.symbols
            symbols.dims[dim] = replace(symbols.dims[dim], sizes=(least, most))
        case _:
            expressions.fail(
                "G1001",
                f"`{sizes.span.text}` is no range of sizes",
                sizes.span,
                f"of `{dim}`",
                help="two whole numbers, at least 1, the smaller first: `dim col = 1..10`",
            )


def _check_likes(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    dims = expressions.symbols.dims
    for statement in statements:
        if not isinstance(statement, ast.DimStatement) or statement.like is None:
            continue
        like = statement.like
        try:
            expressions.require_dim(like.name, like.span)
        except Unresolved:
            for name in statement.names:
                dims[name.name] = replace(dims[name.name], like=None)
            continue
        for name in statement.names:
            seen, current = {name.name}, dims[name.name].like
            while current is not None:
                if current in seen:
                    expressions.fail(
                        "G0403",
                        f"`{name.name}` is like itself",
                        like.span,
                        "leads back to it",
                        help="one of the dimensions must have a size of its own",
                    )
                    dims[name.name] = replace(dims[name.name], like=None)
                    break
                seen.add(current)
                current = dims[current].like
            base = dims[expressions.symbols.base_dim(name.name)]
            if base.is_ordered and not dims[name.name].is_ordered:
                dims[name.name] = replace(dims[name.name], is_ordered=True)


def declare_data(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Enter every data array, its kind and dimensions; bounds come later."""
    symbols = expressions.symbols
    for statement in statements:
        if not isinstance(statement, ast.DataStatement):
            continue
        target, type = statement.target, statement.type
        try:
            shape = target_shape(expressions, target)
            if shape.restricted is not None:
                raise expressions.fail(
                    "G0202",
                    "a data declaration names whole dimensions",
                    shape.restricted.span,
                    "a part of one",
                    help="declare all of it, and restrict the statement that scores it: `where`, or"
                    f" `{target.name}[time >= 3] ~ ...`",
                )
            context = Context(shape.dims, shape.dims, {})
            bare = replace(type, lower=None, upper=None)
            declared = declared_type(expressions, bare, shape.dims, context)
        except Unresolved:
            symbols.quantities.setdefault(
                target.name,
                Symbol(target.name, (), Meaning.DATA, target.name_span, is_broken=True),
            )
            continue
        if not _check_new(expressions, target.name, target.name_span):
            continue
        data = Data(
            target.name,
            shape.dims,
            declared.type,
            Range(),
            declared.support,
            type.is_optional,
            statement.span,
        )
        symbols.quantities[target.name] = Symbol(
            target.name, shape.dims, Meaning.DATA, target.name_span, [], data
        )


def _check_new(expressions: Expressions, name: str, span: Span) -> bool:
    """Whether the name is free; what it stands for already is reported."""
    symbols = expressions.symbols
    earlier = symbols.quantities.get(name)
    if earlier is not None:
        expressions.fail(
            "G0204",
            f"`{name}` is defined twice",
            span,
            "the second time",
            secondary=(Label(earlier.span, "the first time"),),
            help="give one of them another name",
        )
        return False
    if name in symbols.dims:
        expressions.fail(
            "G0204",
            f"`{name}` is a dimension and a quantity",
            span,
            "the quantity",
            secondary=(Label(symbols.dims[name].span, "the dimension"),),
            help=f"give one of them another name; an index into it could be `{name}_of`",
        )
    return True


def declare_quantities(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    """Enter every left side of `~` and `=`."""
    symbols = expressions.symbols
    for statement in statements:
        if not isinstance(statement, ast.SampleStatement | ast.EquationStatement):
            continue
        if is_random_function(statement):
            continue
        target = statement.target
        try:
            shape = target_shape(expressions, target)
        except Unresolved:
            known = symbols.quantities.setdefault(
                target.name,
                Symbol(target.name, (), Meaning.RANDOM, target.span, is_broken=True),
            )
            known.is_broken = known.is_broken or known.data is None
            continue
        _enter(expressions, statement, shape.dims, shape.restricted is not None)


def _enter(
    expressions: Expressions,
    statement: ast.SampleStatement | ast.EquationStatement,
    dims: tuple[str, ...],
    is_start: bool,
) -> None:
    symbols, target = expressions.symbols, statement.target
    if isinstance(statement, ast.SampleStatement):
        is_predict, meaning = statement.is_predict, Meaning.RANDOM
    else:
        is_predict, meaning = statement.keyword == "predict", Meaning.EQUATION
    earlier = symbols.quantities.get(target.name)
    if earlier is None:
        _check_new(expressions, target.name, target.name_span)
        symbol = Symbol(
            target.name,
            dims,
            Meaning.PREDICTED if is_predict else meaning,
            target.span,
            [statement],
        )
        symbols.quantities[target.name] = symbol
        return
    if earlier.is_broken:
        # Its right side is read all the same: what is wrong there is another matter.
        earlier.definitions.append(statement)
        return
    if earlier.meaning is Meaning.DATA:
        if isinstance(statement, ast.EquationStatement) or is_predict:
            expressions.fail(
                "G0204",
                f"`{target.name}` is data, so it can't be defined",
                target.span,
                "defined here",
                secondary=(Label(earlier.span, "declared as data here"),),
                help="drop the declaration if it follows from other quantities",
            )
        elif set(dims) != set(earlier.dims):
            expressions.fail(
                "G0215",
                f"`{target.name}` is declared over [{', '.join(earlier.dims)}]",
                target.span,
                f"here over [{', '.join(dims)}]",
                secondary=(Label(earlier.span, "declared here"),),
                help=f"write `{target.name}[{', '.join(earlier.dims)}] ~ ...`",
            )
        else:
            earlier.definitions.append(statement)
        return
    whole = [d for d in earlier.definitions if not is_restricted(d)]
    if is_predict != (earlier.meaning is Meaning.PREDICTED):
        expressions.fail(
            "G0204",
            f"`{target.name}` is defined with `predict` and without",
            target.span,
            "with `predict`" if is_predict else "without",
            secondary=(Label(earlier.span, "without" if is_predict else "with `predict`"),),
            help="a quantity is predicted everywhere or nowhere",
        )
        earlier.is_broken = True
    elif dims != earlier.dims:
        expressions.fail(
            "G0215",
            f"`{target.name}` has other dimensions elsewhere",
            target.span,
            f"here [{', '.join(dims)}]",
            secondary=(Label(earlier.span, f"there [{', '.join(earlier.dims)}]"),),
            help="all its statements name the same dimensions in the same order",
        )
        earlier.is_broken = True
    elif whole and not is_start:
        expressions.fail(
            "G0204",
            f"`{target.name}` is defined twice",
            target.span,
            "the second time",
            secondary=(Label(earlier.span, "the first time"),),
            help="give one of them another name, or say where each holds: `x[time = first] ~ ...`",
        )
    else:
        earlier.definitions.append(statement)


def declare_bounds(
    expressions: Expressions, statements: tuple[ast.Statement, ...], sizes: dict[str, ast.Expr]
) -> None:
    """Read the bounds of data and the sizes of dimensions, which may refer to other data."""
    symbols = expressions.symbols
    for statement in statements:
        if not isinstance(statement, ast.DataStatement):
            continue
        symbol = symbols.quantities.get(statement.target.name)
        if symbol is None or symbol.data is None or symbol.data.span != statement.span:
            continue
        try:
            context = Context(symbol.dims, symbol.dims, {})
            declared = declared_type(expressions, statement.type, symbol.dims, context)
        except Unresolved:
            continue
        symbol.data = replace(symbol.data, range=declared.range)
        for bound, side in (
            (declared.range.lower, statement.type.lower),
            (declared.range.upper, statement.type.upper),
        ):
            if bound is not None and side is not None:
                _check_given(expressions, bound, f"a bound of `{symbol.name}`", side.value.span)
    _check_bound_cycles(expressions, statements)
    for dim, written in sizes.items():
        try:
            size = expressions.number_of(written, Context((), (), {}))
        except Unresolved:
            continue
        if isinstance(size, Const) and isinstance(size.value, int) and size.value < 1:
            expressions.fail(
                "G0303",
                f"`{dim}` can't have {counted(size.value, 'member')}",
                written.span,
                "must be at least 1",
                help="leave the size out, and the data give it",
            )
            continue
        if size.type.kind is not Kind.INT or size.dims:
            expressions.fail(
                "G0303",
                f"the size of `{dim}` must be a whole number",
                written.span,
                "not one",
                help="an `int` data value, a number, or `size(other) - 1`",
            )
            continue
        if _check_given(expressions, size, f"the size of `{dim}`", written.span):
            symbols.dims[dim] = replace(symbols.dims[dim], size=size)
    _check_size_cycles(expressions, sizes)


def _check_given(expressions: Expressions, expr: Expr, what: str, span: Span) -> bool:
    """Sizes and bounds are known before anything is inferred: they are made of data."""
    for name in sorted(names_in(expr)):
        symbol = expressions.symbols.quantities[name]
        if symbol.data is None:
            expressions.fail(
                "G0222",
                f"{what} depends on `{name}`, which is not data",
                span,
                "must be known before anything is inferred",
                secondary=(Label(symbol.span, f"`{name}` is defined here"),),
                help="use data, numbers and sizes"
                + (
                    f"; a bound that is inferred belongs beside `~`: `... : real > {name} ~ ...`"
                    if what.startswith("a bound")
                    else ""
                ),
            )
            return False
    return True


def _check_bound_cycles(expressions: Expressions, statements: tuple[ast.Statement, ...]) -> None:
    data = {s.name: s.data for s in expressions.symbols.quantities.values() if s.data is not None}
    edges = {
        name: tuple(sorted({n for e in range_exprs(d.range) for n in names_in(e)} & data.keys()))
        for name, d in data.items()
    }
    for group in components(edges):
        first = group[0]
        if len(group) > 1 or first in edges[first]:
            path = " → ".join(f"`{n}`" for n in (*group, first))
            expressions.fail(
                "G0403",
                f"the bounds of these data depend on each other: {path}",
                expressions.symbols.quantities[first].span,
                "its bound needs the others",
                help="one of the bounds must be known without the others",
            )
            for name in group:
                symbol = expressions.symbols.quantities[name]
                symbol.data = replace(data[name], range=Range())


def _check_size_cycles(expressions: Expressions, sizes: dict[str, ast.Expr]) -> None:
    symbols = expressions.symbols
    base = symbols.base_dim
    edges = {name: () for name in symbols.dims} | {
        dim: tuple(sorted({base(p.dim) for p in walk(size) if isinstance(p, Size)}))
        for dim in sizes
        if (size := symbols.dims[dim].size) is not None
    }
    for group in components(edges):
        first = group[0]
        if len(group) > 1 or first in edges[first]:
            path = " → ".join(f"`{n}`" for n in (*group, first))
            expressions.fail(
                "G0403",
                f"these sizes depend on each other: {path}",
                symbols.dims[first].span,
                "its size needs the others",
                help="one of the dimensions must have a size of its own",
            )
            for dim in group:
                symbols.dims[dim] = replace(symbols.dims[dim], size=None)


def new_symbols(functions: dict[str, ast.Function], submodels: dict[str, ast.Submodel]) -> Symbols:
    """An empty table that knows the file's functions and submodels."""
    return Symbols({}, {}, functions, submodels)
