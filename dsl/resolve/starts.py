"""What a series is at its first positions, and from where its step holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.ir.expr import Const, Expr
from gendsl.ir.program import Equation, Sample, Series, Slice
from gendsl.ir.start_order import StartsInCircle, start_order
from gendsl.ir.types import Kind
from gendsl.ir.walk import node_exprs
from gendsl.resolve.failure import refused
from gendsl.resolve.looks import Look, first_positions, looks

Part = Sample | Equation
"""A statement that defines a quantity, or a part of one."""


def series_of(name: str, parts: tuple[Part, ...], dim: str, reporter: Reporter) -> Series:
    """The starts of a quantity in order, and its step."""
    starts = [p for p in parts if p.slice is not None and p.slice.stop is not None]
    steps = [p for p in parts if p.slice is None or p.slice.stop is None]
    if not steps:
        raise refused(
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
        raise refused(
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
    for look in (s for e in node_exprs(step) for s in looks(e)):
        where = look.span or step.span
        if look.dim != dim:
            raise refused(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{name}` runs along `{dim}` and looks along `{look.dim}`",
                    where,
                    f"what is this at the first position of `{look.dim}`?",
                    (Label(step.span, f"runs along `{dim}`"),),
                    (),
                    f"name it, with its start: `d[{look.dim} = first] = 0` and"
                    f" `d[{look.dim}] = ...`",
                ),
            )
        if look.lag < 0:
            raise refused(
                reporter,
                Diagnostic(
                    "G0404",
                    f"`{name}` looks ahead along `{dim}`",
                    where,
                    f"what is this at the last position of `{dim}`?",
                    (),
                    (),
                    f"a recurrence looks back: `x[{dim} - {-look.lag}]`",
                ),
            )
        if not starts:
            raise refused(reporter, _no_start(step, look))
    if not starts:
        raise refused(
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
            raise refused(
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
        back = max((s.lag for e in node_exprs(part) for s in looks(e) if not s.is_open), default=0)
        if back > low:
            raise refused(
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
        raise refused(
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
    need = max((s.lag for e in node_exprs(step) for s in looks(e)), default=0)
    if covered < need:
        raise refused(
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


def holds_everywhere(parts: tuple[Part, ...], group: tuple[str, ...]) -> bool:
    """Whether a member of a group that feeds itself is one formula of the same position.

    It looks back at nothing, so it needs no start of its own: the formula holds at the first
    positions too.
    """
    is_one = len(group) > 1 and len(parts) == 1 and parts[0].slice is None
    return is_one and not any(True for e in node_exprs(parts[0]) for _ in looks(e))


def from_the_start(part: Part, others: Sequence[Series], dim: str) -> Series:
    """The series of a formula that holds everywhere, begun where the others of its group are."""
    ends = [s.starts[-1].slice.stop for s in others if s.starts[-1].slice is not None]
    known = [end for end in ends if _number(end) is not None]
    end = max(known, key=lambda e: _number(e) or 0) if len(known) == len(ends) else ends[0]
    start = replace(part, slice=Slice(dim, None, end))
    return Series(part.name, part.dims, part.type, (start,), part, part.span)


def check_order(series: Sequence[Series], dim: str, reporter: Reporter) -> None:
    """Starts are known one after the other."""
    try:
        start_order(series, dim)
    except StartsInCircle as error:
        first, *others = error.parts
        raise refused(
            reporter,
            Diagnostic(
                "G0420",
                f"the start of `{first.name}` needs values that follow from it",
                first.span,
                "where this holds is known with the data only",
                tuple(Label(part.span, "part of the circle") for part in others),
                (),
                f"give `{first.name}` a start that looks at none of the others, or say by a number"
                f" where it holds: `{first.name}[{dim} < 3]`",
            ),
        ) from None


def check_begin(series: Sequence[Series], dim: str, reporter: Reporter) -> None:
    """Where data say how long a start is, all of the series begin their steps at the same place."""
    ends = [s.starts[-1].slice.stop for s in series if s.starts and s.starts[-1].slice is not None]
    if all(isinstance(end, Const) for end in ends) or all(end == ends[0] for end in ends):
        return
    other = next(s for s, end in zip(series, ends, strict=True) if end != ends[0])
    raise refused(
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


def check_no_look(part: Part, reporter: Reporter) -> None:
    """An equation that reads other positions says nothing of the first, or the last, of them."""
    for look in (s for e in node_exprs(part) for s in looks(e) if not s.is_open):
        if look.lag > 0:
            raise refused(reporter, _no_start(part, look))
        raise refused(
            reporter,
            Diagnostic(
                "G0404",
                f"`{part.name}` looks ahead along `{look.dim}`",
                look.span or part.span,
                f"what is this at the last position of `{look.dim}`?",
                (),
                (),
                f"look back instead: `x[{look.dim} - {-look.lag}]`",
            ),
        )


def _no_start(part: Part, look: Look) -> Diagnostic:
    sign = "~" if isinstance(part, Sample) else "="
    return Diagnostic(
        "G0404",
        f"`{part.name}` looks back along `{look.dim}` and has no start",
        look.span or part.span,
        f"what is this at the first position of `{look.dim}`?",
        (Label(part.span, "nothing says where it starts"),),
        (),
        f"add one: `{part.name}[{first_positions(look)}] {sign} ...`",
    )
