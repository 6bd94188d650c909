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
   keeps it inside the array; it is never reduced over. A look back over a range is like a shift
   by its last lag; one over the whole past may stand anywhere.
7. An index gathers along the dimension into which it points, or along one that is like it.
8. Nothing that is inferred or scored refers to a prediction.
9. Right sides of differential equations have no dimension that their state lacks; a state is asked
   for at times of which each solution has the dimensions, and its own.
10. An elimination sums each of its sites once; its tables have declared axes.
11. What is prepared is computed from data and from what is prepared before it.
"""

from __future__ import annotations

from collections.abc import Mapping

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.distributions.family import Role
from gendsl.ir.chain_functions import array_function
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
    GroupReduce,
    IndexOf,
    LabelOf,
    LookBack,
    Op,
    Pick,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Dimension,
    Distribution,
    Elimination,
    Equation,
    Factor,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)
from gendsl.ir.walk import (
    defined_names,
    is_prediction,
    names_now,
    names_of,
    node_exprs,
    parts,
    walk,
)


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
    for node in (*program.prepared, *program.nodes):
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
            case OdeSystem():
                _check_ode(declared, node, known)
            case Elimination():
                _check_elimination(declared, node, known)
    _check_predictions(program)
    return program


def _check_predictions(program: Program) -> None:
    predicted: set[str] = set()
    for node in program.nodes:
        names = {part.name for part in parts(node) if is_prediction(part)}
        if isinstance(node, OdeSystem):
            _require(
                node.is_prediction or not names_of(node) & predicted,
                f"{node.name} uses a prediction",
            )
            names |= set(defined_names(node)) if node.is_prediction else set()
        for part in parts(node):
            if not is_prediction(part):
                _require(not names_of(part) & (predicted | names), f"{part.name} uses a prediction")
        predicted |= names


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
                _require(not names_now(expr) & later, f"{series.name} needs its own value")


def _check_elimination(
    declared: Mapping[str, Dimension], node: Elimination, known: Mapping[str, Dims]
) -> None:
    summed = [name for part in node.order for name in part]
    _require(sorted(summed) == sorted(s.name for s in node.sites), f"{node.name} is not in order")
    for table in node.tables:
        _require(set(table.axes) <= declared.keys(), f"{node.name} has an unknown axis")
        for expr in node_exprs(table.score):
            _check_expr(declared, expr, known)
        if isinstance(table.score, Sample):
            _check_part(declared, table.score, known, in_recurrence=False)


def _check_ode(declared: Mapping[str, Dimension], node: OdeSystem, known: dict[str, Dims]) -> None:
    inside = {**known, node.time: ()} | {state.name: state.dims for state in node.states}
    for local in node.locals:
        _check_expr(declared, local.value, inside)
        _require(set(local.value.dims) <= set(local.dims), f"{local.name} has too many dimensions")
        inside[local.name] = local.dims
    _check_expr(declared, node.start_time, known)
    _require(not node.start_time.dims, f"{node.name} starts at several times")
    for state in node.states:
        _check_expr(declared, state.derivative, inside)
        _check_expr(declared, state.start, known)
        for expr in (state.derivative, state.start):
            _require(set(expr.dims) <= set(state.dims), f"{state.name} has too many dimensions")
    for jump in node.jumps:
        for expr in (jump.times, jump.amount, *(index for _, index in jump.indices)):
            _check_expr(declared, expr, known)
        indexed = {dim for dim, _ in jump.indices}
        events, dims = set(jump.times.dims), set(node.state(jump.state).dims)
        _require(len(events) <= 1 and not events & dims, f"{jump.state} jumps at too many times")
        _require(indexed <= dims, f"{jump.state} jumps along what it lacks")
        for _, index in jump.indices:
            _require(set(index.dims) <= events, f"{jump.state} jumps along too much")
        _require(
            set(jump.amount.dims) <= events | (dims - indexed), f"{jump.state} jumps by too much"
        )
    for times in node.times:
        _check_expr(declared, times, known)
    for solution in node.solutions:
        wanted = set(node.times[solution.at].dims) | set(node.state(solution.state).dims)
        _require(set(solution.dims) == wanted, f"{solution.name} has wrong dimensions")
        _define(known, solution.name, solution.dims)


def _check_part(
    declared: Mapping[str, Dimension],
    node: Sample | Equation,
    known: Mapping[str, Dims],
    in_recurrence: bool,
) -> None:
    for expr in node_exprs(node):
        _check_expr(declared, expr, known)
        if not in_recurrence and node.slice is None:
            shifted = any(
                isinstance(part, Shift) or (isinstance(part, LookBack) and part.last)
                for part in walk(expr)
            )
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
            is_inside or roles[name] in (Role.MATRIX, Role.FACTOR, Role.QUERY, Role.CONTEXT),
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
            case Op(arguments=arguments):
                union = {d for a in arguments for d in a.dims}
                _require(union == set(node.dims), "an operation has not its arguments' dimensions")
            case ConstArray(items=items):
                union = {d for item in items for d in item.dims}
                is_longer = union < set(node.dims) and len(union) + 1 == len(node.dims)
                _require(is_longer, "an array literal has not one dimension of its own")
            case Reduce(_, over, argument):
                _require(
                    set(argument.dims) - set(over) == set(node.dims),
                    "a reduction keeps a dimension",
                )
                _require(set(over) <= set(argument.dims), "a reduction over what is not there")
                shifted = {part.dim for part in walk(argument) if isinstance(part, Shift)}
                shifted |= {p.along for p in walk(argument) if isinstance(p, LookBack) and p.last}
                _require(not shifted & set(over), "a shift is reduced over")
            case GroupReduce(over=over, index=index, into=into, argument=argument, dims=dims):
                _require(
                    set(dims) == (set(argument.dims) - {over}) | {into}
                    and into not in argument.dims,
                    "a reduction by group has wrong dimensions",
                )
                _require(index.dims == (over,), "a group's index varies along something else")
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
                    target = index.type.dim
                    is_alike = target is None or _base(declared, target) == _base(declared, dim)
                    _require(is_alike, f"an index into {target} gathers along {dim}")
                new = {d for _, index in indices for d in index.dims}
                _require(
                    (set(base.dims) - gone) | new == set(node.dims), "a gather has wrong dimensions"
                )
            case Pick(base, dim):
                _require(set(base.dims) - {dim} == set(node.dims), "a pick has wrong dimensions")
            case Shift(base, dim, lag):
                _require(declared[dim].is_ordered, f"{dim} is shifted and has no order")
                _require(lag != 0 and base.dims == node.dims, "a shift changes shape")
            case LookBack(base, weights, along, lags, first, last, _, dims):
                _require(declared[along].is_ordered, f"{along} is looked back along, unordered")
                _require(along in base.dims, f"nothing runs along {along}")
                _require(first >= 1 and (last is None or last >= first), "a look into the future")
                _require((weights is None) == (lags is None), "weights have a dimension of lags")
                _require(weights is not None or last is not None, "the whole past has weights")
                rest = set() if weights is None else set(weights.dims) - {lags}
                _require(weights is None or lags in weights.dims, "weights have no lags")
                _require(set(base.dims) | rest == set(dims), "a look back changes shape")
                inner = {p.dim for p in walk(base) if isinstance(p, Shift)}
                _require(along not in inner, "a look back at what is shifted")
            case ArrayCall(arguments=arguments, core=core, over=over):
                for argument, own in zip(arguments, core, strict=True):
                    _require(set(own) <= set(argument.dims), "an array lacks an axis")
                free = {
                    d
                    for argument, own in zip(arguments, core, strict=True)
                    for d in argument.dims
                    if d not in own
                }
                row = array_function(node.name)
                _require(row is not None, f"no function of arrays is called {node.name}")
                result = {over[i] for i in row.result} if row is not None else set()
                _require(free | result == set(node.dims), "an array has wrong dimensions")
                inside = [part for a in arguments for part in walk(a)]
                shifted = {part.dim for part in inside if isinstance(part, Shift)}
                _require(not shifted & {*over}, "a shift along an axis of an array")
            case Const() | Coordinate() | IndexOf() | LabelOf() | Size():
                pass
