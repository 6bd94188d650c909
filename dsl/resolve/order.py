"""Statements stand in any order: sort them, find recurrences, refuse cycles."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import (
    ArrayCall,
    Const,
    Contract,
    Cumulate,
    Expr,
    Gather,
    GroupReduce,
    LookBack,
    Pick,
    Reduce,
    Ref,
    Shift,
)
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Equation,
    EquationRole,
    Factor,
    Node,
    Recurrence,
    Sample,
    SampleRole,
    Series,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import children, defined_names, names_in, names_of, node_exprs, walk
from gendsl.resolve.components import components
from gendsl.resolve.failure import Unresolved

Part = Sample | Equation


def order_nodes(
    definitions: dict[str, tuple[Part, ...]],
    scored: tuple[Sample | Factor, ...],
    reporter: Reporter,
    systems: tuple[OdeSystem, ...] = (),
) -> tuple[Node, ...]:
    """Nodes in an order in which each refers only to what stands before it.

    `definitions` has the parts of each quantity; `scored` the observations and factors, on which
    nothing depends; `systems` the differential equations, each a node of all that it defines.
    """
    solved = {f"ode {i}": system for i, system in enumerate(systems)}
    stands_for = {n: key for key, system in solved.items() for n in defined_names(system)}
    stands_for |= {name: name for name in definitions}
    needed = {
        **{n: frozenset().union(*map(names_of, parts)) for n, parts in definitions.items()},
        **{key: names_of(system) for key, system in solved.items()},
    }
    edges = {
        name: tuple(sorted({stands_for[n] for n in names if n in stands_for}))
        for name, names in needed.items()
    }
    nodes: list[Node] = []
    placed: dict[str, int] = {}
    _check_predictions(definitions, scored, systems, reporter)
    for group in components(edges):
        node: Node
        try:
            if group[0] in solved and len(group) == 1 and group[0] not in edges[group[0]]:
                node = solved[group[0]]
            elif any(key in solved for key in group):
                raise _solved_cycle([solved[key] for key in group if key in solved], reporter)
            else:
                node = _node(group, definitions, edges, reporter)
        except Unresolved:
            continue
        placed |= {name: len(nodes) for key in group for name in (key, *_solutions(key, solved))}
        nodes.append(node)
    return _with_scored(tuple(nodes), placed, scored)


def _solutions(key: str, solved: dict[str, OdeSystem]) -> tuple[str, ...]:
    return defined_names(solved[key]) if key in solved else ()


def names_used(
    definitions: dict[str, tuple[Part, ...]], scored: tuple[Sample | Factor, ...]
) -> tuple[frozenset[str], frozenset[str]]:
    """The names to which what is inferred or scored refers, and those to which predictions do."""
    parts = [part for parts in definitions.values() for part in parts]
    inferred = (
        names_of(p) for p in (*parts, *scored) if isinstance(p, Factor) or not _is_predicted(p)
    )
    predicted = (names_of(p) for p in parts if _is_predicted(p))
    return frozenset().union(*inferred), frozenset().union(*predicted)


def _solved_cycle(systems: list[OdeSystem], reporter: Reporter) -> Unresolved:
    first = systems[0]
    return _fail(
        reporter,
        Diagnostic(
            "G0403",
            f"the equations of `{first.name}` need their own solution",
            first.span,
            "solved once what they need is known",
            tuple(Label(s.span, f"`{s.name}` is part of it") for s in systems[1:]),
            (),
            "what changes with the states is a state: put its derivative into the same block",
        ),
    )


def _check_predictions(
    definitions: dict[str, tuple[Part, ...]],
    scored: tuple[Sample | Factor, ...],
    systems: tuple[OdeSystem, ...],
    reporter: Reporter,
) -> None:
    """What is predicted never conditions, so only predictions may refer to it."""
    predicted = {n: parts[0] for n, parts in definitions.items() if _is_predicted(parts[0])}
    if not predicted:
        return
    others = [p for parts in definitions.values() for p in parts if not _is_predicted(p)]
    for part in (*others, *scored, *(s for s in systems if not s.is_prediction)):
        for expr in node_exprs(part):
            for node in walk(expr):
                if isinstance(node, Ref) and node.name in predicted:
                    _fail(
                        reporter,
                        Diagnostic(
                            "G0415",
                            f"`{node.name}` is predicted, so nothing that is inferred may depend"
                            " on it",
                            node.span or part.span,
                            "a prediction",
                            (Label(predicted[node.name].span, "predicted here"),),
                            (),
                            "drop `predict` there if it is to be inferred, or write `predict` here"
                            " too",
                        ),
                    )


def _is_predicted(part: Part) -> bool:
    return part.role in (SampleRole.PREDICTED, EquationRole.PREDICTED)


def _with_scored(
    nodes: tuple[Node, ...], placed: dict[str, int], scored: tuple[Sample | Factor, ...]
) -> tuple[Node, ...]:
    """Each scored node right after the last that it needs."""
    after: dict[int, list[Node]] = {}
    for scoring in scored:
        last = max((placed[n] for n in names_of(scoring) if n in placed), default=-1)
        after.setdefault(last, []).append(scoring)
    result: list[Node] = [*after.get(-1, [])]
    for i, node in enumerate(nodes):
        result += [node, *after.get(i, [])]
    return tuple(result)


def _node(
    group: tuple[str, ...],
    definitions: dict[str, tuple[Part, ...]],
    edges: dict[str, tuple[str, ...]],
    reporter: Reporter,
) -> Node:
    name = group[0]
    parts = definitions[name]
    is_alone = len(group) == 1 and name not in edges[name]
    if is_alone and len(parts) == 1 and parts[0].slice is None:
        _check_no_shift(parts[0], reporter)
        return parts[0]
    dim = _dimension(group, definitions, reporter)
    if any(dim not in definitions[n][0].dims for n in group):
        raise _cycle(group, definitions, reporter)
    ordered = group if is_alone else _within_step(group, definitions, dim, reporter)
    series = tuple(_series(n, definitions[n], dim, reporter) for n in ordered)
    _check_begin(series, dim, reporter)
    return Recurrence(dim, series, series[0].span)


def _check_begin(series: tuple[Series, ...], dim: str, reporter: Reporter) -> None:
    """Where data say how long a start is, all of the series begin their steps at the same place."""
    ends = [s.starts[-1].slice.stop for s in series if s.starts and s.starts[-1].slice is not None]
    if all(isinstance(end, Const) for end in ends) or all(end == ends[0] for end in ends):
        return
    other = next(s for s, end in zip(series, ends, strict=True) if end != ends[0])
    raise _fail(
        reporter,
        Diagnostic(
            "G0412",
            f"`{series[0].name}` and `{other.name}` feed each other, and their starts end at"
            " different positions",
            other.starts[-1].span,
            f"the start of `{other.name}`",
            (Label(series[0].starts[-1].span, f"the start of `{series[0].name}`"),),
            (),
            f"where data say how long a start is, let both hold there: `{other.name}"
            f"[{_restriction(series[0].starts[-1], dim)}] ...`",
        ),
    )


def _restriction(part: Part, dim: str) -> str:
    """`time < N0`, as it is written."""
    inside = part.span.text.partition("[")[2].partition("]")[0]
    return next((item.strip() for item in inside.split(",") if item.strip() != dim), dim)


def _check_no_shift(part: Part, reporter: Reporter) -> None:
    """A shifted equation without a start says nothing of the first positions."""
    for expr in node_exprs(part):
        for shift in _looks(expr):
            if shift.is_open:
                continue
            is_back = shift.lag > 0
            sign = "~" if isinstance(part, Sample) else "="
            raise _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{part.name}` looks back along `{shift.dim}` and has no start"
                    if is_back
                    else f"`{part.name}` looks ahead along `{shift.dim}`",
                    shift.span or part.span,
                    f"what is this at the {'first' if is_back else 'last'} position of"
                    f" `{shift.dim}`?",
                    (Label(part.span, "nothing says where it starts"),) if is_back else (),
                    (),
                    f"add one: `{part.name}[{_first(shift)}] {sign} ...`"
                    if is_back
                    else f"look back instead: `x[{shift.dim} - {-shift.lag}]`",
                ),
            )


@dataclass(frozen=True, slots=True)
class _Look:
    """A place where an expression reads other positions: `lag` is the farthest that it must find.

    A look `is_open` that reads as much of the past as there is.
    """

    base: Expr
    dim: str
    lag: int
    is_open: bool
    span: Span | None


def _first(look: _Look) -> str:
    """The positions that a start must cover, as they are written."""
    return f"{look.dim} = first" if look.lag == 1 else f"{look.dim} < {look.lag}"


def _looks(expr: Expr) -> Iterable[_Look]:
    for node in walk(expr):
        match node:
            case Shift(base, dim, lag):
                yield _Look(base, dim, lag, False, node.span)
            case LookBack(base, along=along, last=last):
                yield _Look(base, along, last or 1, last is None, node.span)
            case _:
                pass


def _dimension(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> str:
    """The one dimension along which the group runs."""
    dims: dict[str, Span] = {}
    for name in group:
        for part in definitions[name]:
            if part.slice is not None:
                dims.setdefault(part.slice.dim, part.span)
            for expr in node_exprs(part):
                for shift in _looks(expr):
                    if names_in(shift.base) & set(group):
                        dims.setdefault(shift.dim, shift.span or part.span)
    if len(dims) == 1:
        return next(iter(dims))
    if not dims:
        raise _cycle(group, definitions, reporter)
    names = " and ".join(f"`{d}`" for d in dims)
    spans = list(dims.values())
    raise _fail(
        reporter,
        Diagnostic(
            "G0403",
            f"`{group[0]}` runs along {names} at once",
            spans[0],
            f"along `{next(iter(dims))}`",
            tuple(Label(dims[d], f"along `{d}`") for d in list(dims)[1:]),
            (),
            "a recurrence runs along one dimension",
        ),
    )


def _within_step(
    group: tuple[str, ...],
    definitions: dict[str, tuple[Part, ...]],
    dim: str,
    reporter: Reporter,
) -> tuple[str, ...]:
    """The group in the order of one step; a cycle of unshifted references has no meaning.

    Nor has a reference to a member's other positions, as by a sum: not all of them are known yet.
    """
    for name in group:
        for expr in (e for part in definitions[name] for e in node_exprs(part)):
            if any(names_in(e) & set(group) for e in _reads_along(expr, dim)):
                raise _cycle(group, definitions, reporter)
            for part in walk(expr):
                if (
                    isinstance(part, Shift)
                    and not isinstance(part.base, Ref)
                    and names_in(part.base) & set(group)
                ):
                    raise _fail(
                        reporter,
                        Diagnostic(
                            "G0404",
                            f"`{name}` looks back at what has no name",
                            part.span or definitions[name][-1].span,
                            "the past of a computed quantity",
                            (),
                            (),
                            f"name it, with its start: `d[{dim} = first] = ...` and"
                            f" `d[{dim}] = ...`; then `d[{dim} - {part.lag}]`",
                        ),
                    )
    direct = {
        name: tuple(
            sorted(
                {
                    ref
                    for part in definitions[name]
                    for expr in node_exprs(part)
                    for ref in _unshifted(expr)
                    if ref in group
                }
            )
        )
        for name in group
    }
    result: list[str] = []
    for circle in components(direct):
        if len(circle) > 1 or circle[0] in direct[circle[0]]:
            raise _cycle(circle, definitions, reporter)
        result += circle
    return tuple(result)


def _unshifted(expr: Expr) -> set[str]:
    """The quantities that are needed at the same position."""
    if isinstance(expr, Shift):
        return set()
    if isinstance(expr, LookBack):
        return set() if expr.weights is None else _unshifted(expr.weights)
    if isinstance(expr, Ref):
        return {expr.name}
    return set().union(*(_unshifted(child) for child in children(expr)))


def _reads_along(expr: Expr, dim: str) -> Iterable[Expr]:
    """What is read at more positions of a dimension than the same one, or one in the past."""
    for part in walk(expr):
        if isinstance(part, LookBack):
            if part.weights is not None and part.over == dim:
                yield part.weights
        elif _runs_along(part, dim):
            yield part


def _runs_along(expr: Expr, dim: str) -> bool:
    """Whether an operation reads more of a dimension than the same position, or a shifted one."""
    match expr:
        case Reduce():
            return dim in expr.over
        case GroupReduce():
            return dim in (expr.over, expr.into)
        case Cumulate():
            return dim == expr.along
        case Contract():
            return dim == expr.over
        case Gather():
            return any(dim == along for along, _ in expr.indices)
        case Pick():
            return dim == expr.dim
        case ArrayCall():
            return any(dim in dims for dims in expr.core)
        case _:
            return False


def _cycle(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]], reporter: Reporter
) -> Unresolved:
    path = _shortest_cycle(group, definitions)
    first = definitions[path[0]][-1]
    others = tuple(Label(definitions[n][-1].span, f"`{n}` is part of it") for n in path[1:4])
    shown = path if len(path) <= 6 else (*path[:5], "...")
    arrows = " → ".join(n if n == "..." else f"`{n}`" for n in (*shown, path[0]))
    message = (
        f"`{path[0]}` is defined by itself"
        if len(path) == 1
        else f"these are defined by each other: {arrows}"
    )
    return _fail(
        reporter,
        Diagnostic(
            "G0403",
            message,
            first.span,
            "needs its own value",
            others,
            (),
            "one of them must not depend on the others; a dependence on the past is written"
            " `x[time - 1]`"
            if len(path) > 1
            else "a dependence on the past is written `x[time - 1]`, along an ordered dimension",
        ),
    )


def _shortest_cycle(
    group: tuple[str, ...], definitions: dict[str, tuple[Part, ...]]
) -> tuple[str, ...]:
    """A shortest way from the group's first name back to it, by breadth-first search."""
    used = {name: {n for part in definitions[name] for n in names_of(part)} for name in group}
    needs = {name: [n for n in group if n in used[name]] for name in group}
    paths: list[tuple[str, ...]] = [(group[0],)]
    seen = set[str]()
    while paths:
        longer: list[tuple[str, ...]] = []
        for path in paths:
            for name in needs[path[-1]]:
                if name == group[0]:
                    return path
                if name not in seen:
                    seen.add(name)
                    longer.append((*path, name))
        paths = longer
    return group


def _series(name: str, parts: tuple[Part, ...], dim: str, reporter: Reporter) -> Series:
    """The starts of a quantity in order, and its step."""
    starts = [p for p in parts if p.slice is not None and p.slice.stop is not None]
    steps = [p for p in parts if p.slice is None or p.slice.stop is None]
    if not steps:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` is only defined at its start",
                parts[0].span,
                "and after this?",
                (),
                (),
                f"add `{_left(parts[0])} ...`, which holds at every later position",
            ),
        )
    step = steps[0]
    if len(steps) > 1:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"two statements say what `{name}` is after its start",
                steps[1].span,
                "the second",
                (Label(step.span, "the first"),),
                (),
                f"a start has an end: `{name}[{dim} = first]`, `{name}[{dim} < 6]`",
            ),
        )
    _check_looks(name, step, starts, dim, reporter)
    starts.sort(key=lambda p: _number(p.slice.start) or 0 if p.slice is not None else 0)
    covered = _covered(name, starts, dim, reporter)
    if covered is not None:
        _check_step(name, step, starts, dim, covered, reporter)
    type = starts[0].type if starts and step.type.kind is Kind.INDEX else step.type
    return Series(name, parts[0].dims, type, tuple(starts), step, step.span)


def _left(part: Part) -> str:
    """The left side with all of its dimensions."""
    return f"{part.name}[{', '.join(part.dims)}] {'~' if isinstance(part, Sample) else '='}"


def _check_looks(name: str, step: Part, starts: list[Part], dim: str, reporter: Reporter) -> None:
    """A recurrence looks back, along its own dimension, and has a start."""
    for shift in (s for e in node_exprs(step) for s in _looks(e)):
        where = shift.span or step.span
        if shift.dim != dim:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{name}` runs along `{dim}` and looks along `{shift.dim}`",
                    where,
                    f"what is this at the first position of `{shift.dim}`?",
                    (Label(step.span, f"runs along `{dim}`"),),
                    (),
                    f"name it, with its start: `d[{shift.dim} = first] = 0` and"
                    f" `d[{shift.dim}] = ...`",
                ),
            )
        if shift.lag < 0:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{name}` looks ahead along `{dim}`",
                    where,
                    f"what is this at the last position of `{dim}`?",
                    (),
                    (),
                    f"a recurrence looks back: `x[{dim} - {-shift.lag}]`",
                ),
            )
        if not starts:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{name}` looks back along `{dim}` and has no start",
                    where,
                    f"what is this at the first position of `{dim}`?",
                    (Label(step.span, "nothing says where it starts"),),
                    (),
                    f"add one: `{name}[{_first(shift)}] {'~' if isinstance(step, Sample) else '='}"
                    " ...`",
                ),
            )
    if not starts:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` is not defined at the first positions of `{dim}`",
                step.span,
                "holds later",
                (),
                (),
                f"say what it is before: `{name}[{dim} = first] ...`, or let this hold everywhere:"
                f" `{_left(step)} ...`",
            ),
        )


def _covered(name: str, starts: list[Part], dim: str, reporter: Reporter) -> int | None:
    """How many first positions the starts cover without gap or overlap; None if not known yet."""
    covered: int | None = 0
    for part in starts:
        assert part.slice is not None
        low = _number(part.slice.start) if part.slice.start is not None else 0
        if low is None or covered is None:
            covered = None
            continue
        if low != covered:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0412",
                    f"the starts of `{name}` leave a gap at position {covered}"
                    if low > covered
                    else f"two starts of `{name}` hold at position {low}",
                    part.span,
                    f"holds from {low}",
                    tuple(Label(p.span, "another start") for p in starts if p is not part),
                    (),
                    f"starts cover the first positions of `{dim}` once each, from `first`",
                ),
            )
        looks = [s for e in node_exprs(part) for s in _looks(e) if not s.is_open]
        back = max((s.lag for s in looks), default=0)
        if back > low:
            raise _fail(
                reporter,
                Diagnostic(
                    "G0404",
                    f"a start of `{name}` looks back along `{dim}` beyond its first position",
                    part.span,
                    f"looks back {back}, holds from {low}",
                    (),
                    (),
                    "a start is known without the past",
                ),
            )
        covered = _number(part.slice.stop)
    return covered


def _check_step(
    name: str, step: Part, starts: list[Part], dim: str, covered: int, reporter: Reporter
) -> None:
    """The step holds where the starts end, and looks back no further than they reach."""
    labels = tuple(Label(p.span, "a start") for p in starts)
    begin = _number(step.slice.start) if step.slice is not None else covered
    if begin is not None and begin != covered:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` is not defined at position {covered}"
                if begin > covered
                else f"`{name}` is defined twice at position {begin}",
                step.span,
                f"holds from {begin}",
                labels,
                (),
                f"leave the condition out: `{_left(step)} ...` holds after the start",
            ),
        )
    need = max((s.lag for e in node_exprs(step) for s in _looks(e)), default=0)
    if covered < need:
        raise _fail(
            reporter,
            Diagnostic(
                "G0412",
                f"`{name}` looks back {need} positions, its start covers {covered}",
                step.span,
                f"needs {need}",
                labels,
                (),
                f"start it with `{name}[{dim} < {need}] ...`",
            ),
        )


def _number(expr: Expr | None) -> int | None:
    return expr.value if isinstance(expr, Const) and isinstance(expr.value, int) else None


def _fail(reporter: Reporter, diagnostic: Diagnostic) -> Unresolved:
    reporter.report(diagnostic)
    return Unresolved()
