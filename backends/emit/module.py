"""A whole program as a module: docstring, imports, the model, our own classes."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gendsl.backends.emit import python as py
from gendsl.backends.emit.arguments import (
    Argument,
    Arguments,
    BatchArgument,
    DataArgument,
    GapCountArgument,
    GapsArgument,
    KnownArgument,
    LabelArgument,
    PredictArgument,
    PreparedArgument,
    SizeArgument,
    StatesArgument,
)  # fmt: skip
from gendsl.backends.emit.dialect import Dialect, Names
from gendsl.backends.emit.document import (
    Def,
    If,
    Line,
    Parameter,
    Statement,
    With,
    render,
)  # fmt: skip
from gendsl.backends.emit.elimination import elimination
from gendsl.backends.emit.minibatch import in_batches
from gendsl.backends.emit.names import NameTable
from gendsl.backends.emit.nodes import Placed, equation, factor, imputation, sample
from gendsl.backends.emit.odes import ode
from gendsl.backends.emit.positions import Minibatch, Window
from gendsl.backends.emit.prepare import preparation, saved
from gendsl.backends.emit.recurrences import recurrence
from gendsl.backends.emit.scope import Context, Piece, Scope
from gendsl.backends.emit.text import docstring
from gendsl.backends.emit.uses import DataUse, data_use
from gendsl.ir.expr import Const, Dims
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Elimination,
    Equation,
    Factor,
    Node,
    Program,
    Recurrence,
    Sample,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Emitted:
    """The text of a program, and what its model's arguments are for.

    `arguments` gives the Python name of each; `static` are the data passed as Python numbers,
    `generated` those that may be left out, `imputed` those whose missing entries are latent sites;
    `pieces` are the sites that make up a series; `prepare_arguments` are those of the function that
    computes what depends on data alone, `prepare_static` those of them that are Python numbers.
    """

    source: str
    arguments: tuple[tuple[Argument, str], ...]
    generated: frozenset[str]
    static: frozenset[str]
    imputed: frozenset[str]
    pieces: tuple[tuple[str, Piece], ...]
    prepare_arguments: tuple[tuple[Argument, str], ...] = ()
    prepare_static: frozenset[str] = frozenset()


def emit(program: Program, dialect: Dialect, minibatch: tuple[str, ...] = ()) -> Emitted:
    """The module's text with the meaning of its arguments.

    Of the dimensions in `minibatch` each run of the model takes some members at random, and scales
    their log densities.

    Raises:
        NeedsWhole: if a statement needs all of such a dimension.
    """
    names = NameTable(dialect.carried.every_name() | dialect.reserved)
    for datum in program.data:
        names.of(datum.name)
    context = Context(program, names, Arguments(program, names), dialect)
    uses = data_use(program)
    if minibatch:
        program = context.program = in_batches(program, minibatch, uses)
        uses = data_use(program)
    scope = Scope(context, _batches(context, minibatch))
    placed = [imputation(d.name, scope, uses) for d in program.data if d.name in uses.imputed]
    placed += saved(program.prepared, scope)
    placed += [p for node in program.nodes for p in _node(node, scope, uses)]
    body = _body(placed, context)
    if any(p.is_prediction for p in placed):
        context.ask(PredictArgument())
    parameters = _parameters(context, uses)
    model = Def("model", tuple(p for _, p in parameters), tuple(body), is_keyword_only=True)
    order = tuple((argument, parameter.name) for argument, parameter in parameters)
    functions = [model]
    before: tuple[tuple[Argument, str], ...] = ()
    static: frozenset[str] = frozenset()
    if (prepared := preparation(context)) is not None:
        own = _parameters(prepared.context, uses)
        before = tuple((argument, parameter.name) for argument, parameter in own)
        static = frozenset(prepared.context.arguments.static)
        functions.insert(0, prepared.function(tuple(parameter for _, parameter in own)))
    known = frozenset(context.arguments.static) | static
    kinds = _kinds((*order, *before), known, names)
    functions = [dialect.translated(each, kinds, context.helpers) for each in functions]
    text = _module(program, functions, tuple(context.helpers), dialect)
    return Emitted(
        source=text,
        arguments=order,
        generated=uses.generated,
        static=frozenset(context.arguments.static),
        imputed=uses.imputed,
        pieces=tuple(context.pieces.items()),
        prepare_arguments=before,
        prepare_static=static,
    )


def _kinds(
    arguments: Sequence[tuple[Argument, str]], static: frozenset[str], names: NameTable
) -> Names:
    """What the names of arguments hold besides tensors."""
    numbers, flags = set(), set()
    for argument, name in arguments:
        match argument:
            case (
                SizeArgument()
                | BatchArgument()
                | StatesArgument()
                | LabelArgument()
                | GapCountArgument()
            ):
                numbers.add(name)
            case DataArgument(data) if data in static:
                numbers.add(name)
            case KnownArgument():
                flags.add(name)
            case _:
                pass
    return Names(numbers, flags, names.fresh)


def _node(node: Node, scope: Scope, uses: DataUse) -> list[Placed]:
    match node:
        case Sample():
            return sample(node, scope, uses)
        case Equation():
            return equation(node, scope)
        case Factor():
            return factor(node, scope)
        case Recurrence():
            return recurrence(node, scope)
        case Elimination():
            return elimination(node, scope, uses)
        case OdeSystem():
            return ode(node, scope)


# --- the body --------------------------------------------------------------------------------


Plates = tuple[tuple[str, Window], ...]
"""Dimensions, each with the part of it that is there."""


def _body(placed: Sequence[Placed], context: Context) -> list[Statement]:
    """Statements in order, those in the same plates together, predictions at the end."""
    certain = [p for p in placed if not p.is_prediction]
    predicted = [p for p in placed if p.is_prediction]
    body = _grouped(certain, context)
    if predicted:
        body.append(If(py.name("predict"), tuple(_grouped(predicted, context))))
    return body or [Line((), ast.Constant(...))]


def _grouped(placed: Sequence[Placed], context: Context) -> list[Statement]:
    body: list[Statement] = []
    for (plates, axes), group in groupby(placed, key=_around):
        statements = tuple(p.statement for p in group)
        if not plates:
            body += statements
            continue
        body.append(
            With(_contexts(plates, axes, context), statements, _targets(plates, statements))
        )
    return body


def _around(placed: Placed) -> tuple[Plates, tuple[int, ...]]:
    """The plates of a statement, and their axes from the right."""
    count = len(placed.plates)
    return placed.plates, placed.axes or tuple(range(-count, 0))


def _contexts(plates: Plates, axes: tuple[int, ...], context: Context) -> tuple[ast.expr, ...]:
    calls = []
    for (dim, window), axis in zip(plates, axes, strict=True):
        size = context.size(dim)
        arguments: list[ast.expr] = [py.string(plate_name(dim, context.program))]
        keywords: dict[str, ast.expr] = {}
        if isinstance(window, Minibatch):
            arguments.append(size)
            keywords["subsample_size"] = py.name(window.size)
        else:
            arguments.append(window.length(size))
        if axes != (-1,):
            keywords["dim"] = py.number(axis)
        calls.append(py.call("numpyro.plate", *arguments, **keywords))
    return tuple(calls)


def _targets(plates: Plates, statements: Sequence[Statement]) -> tuple[str, ...]:
    """The names of the indices that plates of minibatches give, where statements read them."""
    names = [window.index if isinstance(window, Minibatch) else "" for _, window in plates]
    if not any(names):
        return ()
    used = _names_in(render(statements))
    names = [name if name in used else "" for name in names]
    return tuple(names) if any(names) else ()


def _plated(node: Node) -> Dims:
    """The plates that a node's site stands in."""
    match node:
        case Sample():
            return node.batch_dims
        case Elimination():
            return node.dims
        case _:
            return ()


def _batches(context: Context, names: tuple[str, ...]) -> dict[str, Window]:
    """The minibatch of each of these dimensions; its plate has the axis of its first site."""
    batches: dict[str, Window] = {}
    for dim in names:
        placed = (_plated(node) for node in context.program.nodes)
        around = next((dims for dims in placed if dim in dims), (dim,))
        axis = around.index(dim) - len(around)
        index, size = context.names.fresh(dim), context.ask(BatchArgument(dim))
        batches[dim] = Minibatch(index=index, size=size, axis=axis)
    return batches


def plate_name(dim: str, program: Program) -> str:
    """The dimension's name; NumPyro wants it to differ from every site's."""
    sites = {
        s.name for n in program.nodes for s in (n.series if isinstance(n, Recurrence) else (n,))
    }
    while dim in sites:
        dim += "_"
    return dim


# --- the signature ---------------------------------------------------------------------------


def _parameters(context: Context, uses: DataUse) -> list[tuple[Argument, Parameter]]:
    """Sizes and positions, then data, then what may be left out."""
    asked = context.arguments.asked
    rows: list[tuple[tuple[int, int], Argument, Parameter]] = []
    order = {datum.name: i for i, datum in enumerate(context.program.data)}
    dims = {dimension.name: i for i, dimension in enumerate(context.program.dimensions)}
    for argument, name in asked.items():
        match argument:
            case SizeArgument(dim):
                fixed = _fixed_size(dim, context.program)
                rank = (0 if fixed is None else 5, dims[dim])
                default = None if fixed is None else py.number(fixed)
                rows.append((rank, argument, Parameter(name, "int", default)))
            case BatchArgument(dim):
                rows.append(((0, len(dims) + dims[dim]), argument, Parameter(name, "int")))
            case StatesArgument():
                rows.append(((1, len(dims)), argument, Parameter(name, "int")))
            case LabelArgument(dim):
                rows.append(((1, dims[dim]), argument, Parameter(name, "int")))
            case DataArgument(data):
                is_free = data in uses.generated
                default = py.NEW_AXIS if is_free else None
                annotation = "int" if data in context.arguments.static else ""
                rank = (3 if is_free else 2, order[data])
                rows.append((rank, argument, Parameter(name, annotation, default)))
            case GapsArgument(data):
                rows.append(((4, order[data]), argument, Parameter(name, "", py.sequence([]))))
            case GapCountArgument(data):
                rows.append(((5, len(dims)), argument, Parameter(name, "int", py.number(0))))
            case KnownArgument(data):
                batched = {each.dim for each in asked if isinstance(each, BatchArgument)}
                datum = context.program.datum(data)
                is_indexed = datum is not None and not batched.isdisjoint(datum.dims)
                known = None if is_indexed else py.number(True)
                rank = (2 if is_indexed else 4, order[data])
                rows.append((rank, argument, Parameter(name, "", known)))
            case PreparedArgument():
                rows.append(((2, len(order) + len(rows)), argument, Parameter(name)))
            case PredictArgument():
                rows.append(((6, 0), argument, Parameter(name, "bool", py.number(False))))
    rows.sort(key=lambda row: row[0])
    return [(argument, parameter) for _, argument, parameter in rows]


def _fixed_size(dim: str, program: Program) -> int | None:
    dimension = program.dimension(dim)
    if dimension.labels is not None:
        return len(dimension.labels)
    return int(dimension.size.value) if isinstance(dimension.size, Const) else None


# --- the module ------------------------------------------------------------------------------


def _module(
    program: Program, functions: Sequence[Def], helpers: Sequence[str], dialect: Dialect
) -> str:
    lines = render(functions[:1])
    for function in functions[1:]:
        lines += ["", "", *render([function])]
    used = _names_in(lines)
    imports = {line for name, line in dialect.imports.items() if name in used}
    tail: list[str] = []
    carried: set[str] = set()
    for folder, title in dialect.carried.folders.items():
        own = [helper for helper in helpers if (folder / f"{helper}.py").exists()]
        needed, text, modules = dialect.carried.inlined(own, carried)
        if modules:
            imports |= set(needed)
            carried |= modules
            tail += ["", "", f"# --- {title} ---", "", "", *text.splitlines()]
    head = [_title(program), "", *sorted_imports(imports), "", ""]
    return "\n".join([*head, *lines, *tail]) + "\n"


def _title(program: Program) -> str:
    file = program.source.name.replace("\\", "/").rsplit("/", 1)[-1]
    return f'"""{docstring(f"The model {program.name}, from {file}.")}"""'


def _names_in(lines: Sequence[str]) -> frozenset[str]:
    tree = ast.parse("\n".join(lines))
    return frozenset(node.id for node in ast.walk(tree) if isinstance(node, ast.Name))


_STANDARD = (
    "import bisect",
    "import contextlib",
    "import dataclasses",
    "import functools",
    "import math",
)


def sorted_imports(imports: set[str]) -> list[str]:
    """Imports in the usual order: the standard library, then others, `import` before `from`."""
    standard = sorted(line for line in imports if line in _STANDARD)
    others = sorted(
        (line for line in imports if line not in _STANDARD),
        key=lambda line: (line.startswith("from"), line.split()[1].lower()),
    )
    return [*standard, "", *others] if standard else others
