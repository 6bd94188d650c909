"""What is written of windows: `Conv[time](8, kernel = 3, stride = 2, padding = same)`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.window_functions import MOST_SLIDES
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.networks.table import PADDINGS
from gendsl.resolve.symbols_of_networks import Slide, Windows

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Binders = tuple[ast.Binder, ...]


def read_windows(
    expressions: Expressions,
    kind: str,
    binders: Binders,
    options: Mapping[str, ast.Argument],
    span: Span,
) -> Windows:
    """The windows of a convolution, which has a `kernel`, and may have `stride` and `padding`.

    Raises:
        Unresolved: for options that say nothing of windows; it has been reported.
    """
    if "kernel" not in options:
        raise _fail(
            expressions,
            f"`{kind}` lacks its `kernel`",
            span,
            "how wide is a window?",
            f"write `{_example(kind, binders)}`",
        )
    sizes = _whole_numbers(expressions, options["kernel"], len(binders))
    strides = (1,) * len(binders)
    if "stride" in options:
        strides = _whole_numbers(expressions, options["stride"], len(binders))
    is_padded = "padding" in options and _is_padded(expressions, options["padding"])
    return _windows(binders, sizes, strides, is_padded, span)


def read_pool(
    expressions: Expressions, binders: Binders, options: Mapping[str, ast.Argument], span: Span
) -> Windows | None:
    """The windows of a pool, each after the last where no `stride` is given.

    Without a size there are none: all along the dimensions is one window.
    """
    if "size" not in options:
        if "stride" in options:
            raise _fail(
                expressions,
                "a `stride` without a size",
                options["stride"].span,
                "without a size there is one window, of all positions",
                f"give it one: `[{_dims(binders)}](2, stride = 2)`",
            )
        return None
    sizes = _whole_numbers(expressions, options["size"], len(binders))
    strides = sizes
    if "stride" in options:
        strides = _whole_numbers(expressions, options["stride"], len(binders))
    return _windows(binders, sizes, strides, False, span)


def whole(binders: Binders, span: Span) -> Windows:
    """One window of all positions."""
    ones = (1,) * len(binders)
    return _windows(binders, ones, ones, False, span)


def check_brackets(expressions: Expressions, kind: str, binders: Binders, span: Span) -> None:
    """The brackets name one dimension or two, each once.

    Raises:
        Unresolved: if they do not; it has been reported.
    """
    wrong = _wrong(binders, span)
    if wrong is not None:
        at, label = wrong
        raise _fail(
            expressions,
            f"`{kind}` slides along one dimension or two, named in brackets",
            at,
            label,
            f"write `{_example(kind, binders)}`",
        )
    for binder in binders:
        expressions.require_dim(binder.dim, binder.span)


def _wrong(binders: Binders, span: Span) -> tuple[Span, str] | None:
    """What is wrong with brackets, and where."""
    if not binders:
        return span, "none named"
    for i, binder in enumerate(binders):
        if binder.lower is not None or binder.by is not None:
            return binder.span, "not the name of a dimension"
        if binder.dim in (b.dim for b in binders[:i]):
            return binder.span, "the second time"
        if i == MOST_SLIDES:
            return binder.span, "one too many"
    return None


def _windows(
    binders: Binders,
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    is_padded: bool,
    span: Span,
) -> Windows:
    slides = tuple(
        Slide(binder.dim, size, stride, binder.span)
        for binder, size, stride in zip(binders, sizes, strides, strict=True)
    )
    return Windows(slides, is_padded, span)


def _whole_numbers(expressions: Expressions, argument: ast.Argument, count: int) -> tuple[int, ...]:
    """`3`, or `[3, 5]`: one for each dimension."""
    value = argument.value
    items = value.items if isinstance(value, ast.Array) else (value,) * count
    what = argument.name or "size"
    if len(items) != count:
        raise _fail(
            expressions,
            f"`{what}` has {len(items)} numbers for {count} "
            + ("dimension" if count == 1 else "dimensions"),
            value.span,
            "one for each dimension in brackets, or one for all",
            f"write `{what} = {3 if count == 1 else [3] * count}`",
        )
    found: list[int] = []
    for item in items:
        match item:
            case ast.Number(int() as number) if number >= 1:
                found.append(number)
            case _:
                raise _fail(
                    expressions,
                    f"`{what}` can't be {item.span.text}",
                    item.span,
                    "must be a whole number, written out, at least 1",
                    f"write `{what} = 2`",
                )
    return tuple(found)


def _is_padded(expressions: Expressions, argument: ast.Argument) -> bool:
    value = argument.value
    name = value.id if isinstance(value, ast.Name) else value.span.text
    if name in PADDINGS:
        return name == "same"
    close = nearest(name, PADDINGS)
    raise _fail(
        expressions,
        f"no padding is called `{name}`",
        value.span,
        "unknown",
        f"did you mean `{close}`?"
        if close
        else f"there are {listed(PADDINGS)}: no zeros beyond the ends, or as many as keep the size",
    )


def _dims(binders: Binders) -> str:
    return ", ".join(dict.fromkeys(b.dim for b in binders[:MOST_SLIDES])) or "time"


def _example(kind: str, binders: Binders) -> str:
    inside = "8, kernel = 3, weight ~ Normal(0, 1 / sqrt(fan_in))" if kind == "Conv" else "2"
    return f"{kind}[{_dims(binders)}]({inside})"


def _fail(expressions: Expressions, message: str, span: Span, label: str, help: str) -> Unresolved:
    return expressions.fail("G0491", message, span, label, help=help)
