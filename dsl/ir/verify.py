"""The invariants of a typed program.

1. Names of dimensions, data and quantities are unique, and a dimension's `like` exists.
2. A node refers only to data and to quantities defined by nodes before it; inside a recurrence, to
   its own series too, but unshifted only to those before it in the step.
3. The dimensions of every expression are declared and none is repeated; they follow from its parts:
   an operation has the union of its arguments', a reduction those of its argument less what it
   sums over, a reference those of the quantity.
4. An equation's value, and every scalar argument of a distribution, has no dimension that the left
   side lacks (a category dimension aside).
5. A site's event dimensions are its last ones. An observation has a value, nothing else has.
6. A shift is along an ordered dimension. Outside recurrences it stands only in a node whose slice
   keeps it inside the array; it is never reduced over.
7. An index gathers along the dimension into which it points, or along one that is like it.
8. Nothing that is inferred or scored refers to a prediction.
"""

from __future__ import annotations

from collections.abc import Mapping

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.distributions.family import Role
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    Expr,
    Gather,
    IndexOf,
    LabelOf,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.program import (
    Dimension,
    Distribution,
    Equation,
    EquationRole,
    Factor,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)
from gendsl.ir.walk import Statement, children, names_of, node_exprs, parts, walk


def verify(program: Program) -> Program:
    """The program itself; raises InternalError where an invariant does not hold."""
    declared = {d.name: d for d in program.dimensions}
    dims = declared.keys()
    _require(len(dims) == len(program.dimensions), "a dimension is declared twice")
    for dimension in program.dimensions:
        _require(dimension.like is None or dimension.like in dims, f"no dimension {dimension.like}")
    known: dict[str, Dims] = {}
    for data in program.data:
        _require(data.name not in known, f"{data.name} is declared twice")
        known[data.name] = data.dims
    sites: set[str] = set()
    for node in program.nodes:
        match node:
            case Sample():
                _require(node.name not in sites, f"{node.name} is two sites")
                sites.add(node.name)
                _check_part(declared, node, known, in_recurrence=False)
                if node.role is not SampleRole.OBSERVED:
                    _define(known, node.name, node.dims)
            case Equation():
                _check_part(declared, node, known, in_recurrence=False)
                _define(known, node.name, node.dims)
            case Factor():
                for expr in node_exprs(node):
                    _check_expr(declared, expr, known)
                    shifted = any(isinstance(part, Shift) for part in walk(expr))
                    _require(not shifted, f"{node.name} shifts and is no site")
            case Recurrence():
                _check_recurrence(declared, node, known)
    _check_predictions(program)
    return program


def _check_predictions(program: Program) -> None:
    predicted: set[str] = set()
    for node in program.nodes:
        names = {part.name for part in parts(node) if _is_prediction(part)}
        for part in parts(node):
            if not _is_prediction(part):
                _require(not names_of(part) & (predicted | names), f"{part.name} uses a prediction")
        predicted |= names


def _is_prediction(part: Statement) -> bool:
    return not isinstance(part, Factor) and part.role in (
        SampleRole.PREDICTED,
        EquationRole.PREDICTED,
    )


def _base(declared: Mapping[str, Dimension], name: str) -> str:
    seen = {name}
    while name in declared and (like := declared[name].like) is not None and like not in seen:
        name = like
        seen.add(name)
    return name


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise InternalError(what)


def _define(known: dict[str, Dims], name: str, dims: Dims) -> None:
    _require(name not in known, f"{name} is defined twice")
    known[name] = dims


def _check_recurrence(
    declared: Mapping[str, Dimension], node: Recurrence, known: dict[str, Dims]
) -> None:
    inside = {series.name: series.dims for series in node.series}
    for i, series in enumerate(node.series):
        _define(known, series.name, series.dims)
        _require(node.dim in series.dims, f"{series.name} does not run along {node.dim}")
        later = {s.name for s in node.series[i:]}
        for part in (*series.starts, series.step):
            _check_part(declared, part, {**known, **inside}, in_recurrence=True)
            for expr in node_exprs(part):
                _require(not _unshifted(expr) & later, f"{series.name} needs its own value")


def _unshifted(expr: Expr) -> set[str]:
    if isinstance(expr, Shift):
        return set()
    if isinstance(expr, Ref):
        return {expr.name}
    return set().union(*(_unshifted(child) for child in children(expr)))


def _check_part(
    declared: Mapping[str, Dimension],
    node: Sample | Equation,
    known: Mapping[str, Dims],
    in_recurrence: bool,
) -> None:
    for expr in node_exprs(node):
        _check_expr(declared, expr, known)
        if not in_recurrence and node.slice is None:
            shifted = any(isinstance(part, Shift) for part in walk(expr))
            _require(not shifted, f"{node.name} shifts without a slice")
    if isinstance(node, Equation):
        _require(set(node.value.dims) <= set(node.dims), f"{node.name} has too many dimensions")
        return
    events = node.event_dims
    _require(
        node.dims[len(node.dims) - len(events) :] == events, f"events of {node.name} are not last"
    )
    is_observed = node.role is SampleRole.OBSERVED
    _require(is_observed == (node.value is not None), f"{node.name}: a value goes with observing")
    _check_distribution(node.distribution, node)


def _check_distribution(distribution: Distribution, node: Sample) -> None:
    roles = {p.name: p.role for p in distribution.form.parameters}
    allowed = set(node.dims)
    if distribution.category_dim is not None:
        allowed.add(distribution.category_dim)
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution | tuple):
            continue
        is_inside = set(argument.dims) <= allowed
        _require(
            is_inside or roles[name] is Role.MATRIX,
            f"{name} of {node.name} has too many dimensions",
        )


def _check_expr(declared: Mapping[str, Dimension], expr: Expr, known: Mapping[str, Dims]) -> None:
    for node in walk(expr):
        _require(len(set(node.dims)) == len(node.dims), "an expression repeats a dimension")
        _require(declared.keys() >= set(node.dims), "an expression has an unknown dimension")
        match node:
            case Ref(name, dims):
                _require(name in known, f"{name} is used before it is defined")
                _require(known[name] == dims, f"{name} is used with other dimensions")
            case Op(arguments=arguments) | ConstArray(items=arguments):
                union = {d for a in arguments for d in a.dims}
                is_union = union == set(node.dims) or isinstance(node, ConstArray)
                _require(is_union, "an operation has not its arguments' dimensions")
            case Reduce(_, over, argument):
                _require(
                    set(argument.dims) - set(over) == set(node.dims),
                    "a reduction keeps a dimension",
                )
                _require(set(over) <= set(argument.dims), "a reduction over what is not there")
                shifted = {part.dim for part in walk(argument) if isinstance(part, Shift)}
                _require(not shifted & set(over), "a shift is reduced over")
            case Cumulate(_, along, argument):
                _require(
                    along in argument.dims and argument.dims == node.dims,
                    "a running sum changes shape",
                )
            case Contract(left, right, over):
                both = (set(left.dims) | set(right.dims)) - {over}
                _require(both == set(node.dims), "a product of matrices has wrong dimensions")
                _require(
                    over in left.dims and over in right.dims, "a product over what is not shared"
                )
            case Gather(base, indices):
                gone = {dim for dim, _ in indices}
                _require(gone <= set(base.dims), "a gather along what is not there")
                for dim, index in indices:
                    into = index.type.dim
                    is_alike = into is None or _base(declared, into) == _base(declared, dim)
                    _require(is_alike, f"an index into {into} gathers along {dim}")
                new = {d for _, index in indices for d in index.dims}
                _require(
                    (set(base.dims) - gone) | new == set(node.dims), "a gather has wrong dimensions"
                )
            case Pick(base, dim):
                _require(set(base.dims) - {dim} == set(node.dims), "a pick has wrong dimensions")
            case Shift(base, dim, lag):
                _require(declared[dim].is_ordered, f"{dim} is shifted and has no order")
                _require(lag != 0 and base.dims == node.dims, "a shift changes shape")
            case Const() | Coordinate() | IndexOf() | LabelOf() | Size() | ArrayCall():
                pass
