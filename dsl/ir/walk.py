"""Going through expressions and distributions."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.distributions.family import Role
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LookBack,
    Op,
    Pick,
    Position,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Distribution,
    Elimination,
    Equation,
    Factor,
    Node,
    Program,
    Range,
    Recurrence,
    Sample,
    SampleRole,
)

Statement = Sample | Equation | Factor


def children(expr: Expr) -> tuple[Expr, ...]:
    """The expressions directly inside this one."""
    match expr:
        case Const() | Ref() | Coordinate() | IndexOf() | Size() | LabelOf():
            return ()
        case ConstArray(items):
            return items
        case Op(_, arguments) | ArrayCall(_, arguments):
            return arguments
        case Reduce(argument=argument) | Cumulate(argument=argument):
            return (argument,)
        case Contract(left, right):
            return (left, right)
        case GroupReduce(index=index, argument=argument):
            return (index, argument)
        case LookBack(base, weights):
            return (base,) if weights is None else (base, weights)
        case Gather(base, indices):
            return (base, *(index for _, index in indices))
        case Pick(base) | Shift(base):
            return (base,)


def walk(expr: Expr) -> Iterator[Expr]:
    """The expression and everything inside it, outermost first."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def range_exprs(range: Range) -> tuple[Expr, ...]:
    """The bounds that are there."""
    return tuple(bound for bound in (range.lower, range.upper) if bound is not None)


def distribution_exprs(distribution: Distribution) -> Iterator[Expr]:
    """The expressions among a distribution's arguments, those of inner distributions included."""
    for _, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from distribution_exprs(argument)
        elif isinstance(argument, tuple):
            for component in argument:
                yield from distribution_exprs(component)
        else:
            yield argument
    if distribution.truncation is not None:
        yield from range_exprs(distribution.truncation)


def context_exprs(distribution: Distribution) -> Iterator[Expr]:
    """What trained networks among the distributions read whole, whatever entry is drawn."""
    contexts = {p.name for p in distribution.form.parameters if p.role is Role.CONTEXT}
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from context_exprs(argument)
        elif isinstance(argument, tuple):
            for component in argument:
                yield from context_exprs(component)
        elif name in contexts:
            yield argument


def parts(node: Node) -> tuple[Statement, ...]:
    """The statements that a node is made of.

    Those of a recurrence are the starts and steps of its series, those of an elimination what its
    tables score. Differential equations are none.
    """
    match node:
        case Recurrence():
            return tuple(part for series in node.series for part in (*series.starts, series.step))
        case Elimination():
            return tuple(table.score for table in node.tables)
        case OdeSystem():
            return ()
        case _:
            return (node,)


def statements(program: Program) -> Iterator[Statement]:
    """Every random site, equation and factor in order, those of recurrences too."""
    for node in program.nodes:
        yield from parts(node)


def sites(program: Program) -> Iterator[Sample]:
    """Every random site in order, those of recurrences too."""
    return (part for part in statements(program) if isinstance(part, Sample))


def is_prediction(node: Node) -> bool:
    """Whether a node never conditions."""
    match node:
        case Sample():
            return node.role is SampleRole.PREDICTED
        case Equation():
            return node.role.is_prediction
        case Factor() | Elimination():
            return False
        case OdeSystem():
            return node.is_prediction
        case Recurrence():
            return all(is_prediction(series.step) for series in node.series)


def defined_names(node: Node) -> tuple[str, ...]:
    """The quantities that a node defines."""
    match node:
        case Recurrence():
            return tuple(series.name for series in node.series)
        case Elimination():
            return ()
        case OdeSystem():
            return tuple(solution.name for solution in node.solutions)
        case _:
            return (node.name,)


def names_taken(program: Program) -> frozenset[str]:
    """The names of data and quantities, those that the compiler made included."""
    data = (datum.name for datum in program.data)
    return frozenset((*data, *(name for node in program.nodes for name in defined_names(node))))


def node_exprs(node: Node) -> Iterator[Expr]:
    """Every expression that a node evaluates."""
    match node:
        case Sample():
            yield from distribution_exprs(node.distribution)
            yield from range_exprs(node.range)
            for extra in (node.value, node.where):
                if extra is not None:
                    yield extra
        case Equation():
            yield node.value
        case Factor():
            yield node.value
            if node.where is not None:
                yield node.where
        case Recurrence():
            for part in parts(node):
                yield from node_exprs(part)
        case Elimination():
            for table in node.tables:
                yield from node_exprs(table.score)
                yield from (index for _, index in table.onto if not isinstance(index, Position))
            yield from (index for _, _, index in node.within)
        case OdeSystem():
            yield from node.exprs


def names_in(expr: Expr) -> frozenset[str]:
    """The quantities that an expression refers to."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Ref))


def names_now(expr: Expr) -> frozenset[str]:
    """The quantities that an expression needs at its own position: none that it looks back at."""
    match expr:
        case Ref(name):
            return frozenset((name,))
        case Shift():
            return frozenset()
        case LookBack(weights=weights):
            return frozenset() if weights is None else names_now(weights)
        case _:
            return frozenset().union(*map(names_now, children(expr)))


def names_of(node: Node) -> frozenset[str]:
    """The quantities that a node refers to."""
    names = frozenset(name for expr in node_exprs(node) for name in names_in(expr))
    return names - node.own_names if isinstance(node, OdeSystem) else names
