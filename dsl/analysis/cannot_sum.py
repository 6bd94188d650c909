"""Discrete latents that can't be summed out: which, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.analysis.elimination import TooWide
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import listed
from gendsl.ir.expr import Const, Expr, Op
from gendsl.ir.program import Equation, Sample
from gendsl.ir.walk import names_in, range_exprs

_WAY_OUT = (
    "let each statement read one entry of it, or entries that follow one another; or let it be"
    " continuous: a weight between 0 and 1 in the place of a choice"
)


class CannotSum(Exception):
    """Some discrete sites can't be summed out."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics


def joint_draw(site: Sample) -> Diagnostic:
    """A draw of many numbers together."""
    family = site.distribution.family.name
    return Diagnostic(
        "G0406",
        f"`{site.name}` is discrete and can't be summed out",
        site.span,
        f"`{family}` draws several whole numbers together",
        help="if it is drawn for prediction, write `predict` before it; if it is a count behind the"
        " data, use the distribution with it summed out (`DirichletMultinomial`)",
    )


def unbounded(site: Sample, moving: tuple[str, ...] = ()) -> Diagnostic:
    """A site with infinitely many values, or whose bounds move with what is inferred."""
    family = site.distribution.family.name
    dims = f"[{', '.join(site.dims)}]" if site.dims else ""
    if moving:
        return Diagnostic(
            "G0418",
            f"`{site.name}` is discrete and has no bounds that are known",
            site.span,
            f"its bounds move with {listed(moving)}",
            (),
            (),
            _fixed_bounds(site, dims, frozenset(moving)),
        )
    return Diagnostic(
        "G0418",
        f"`{site.name}` is discrete and has no bounds that are known",
        site.span,
        f"`{family}` draws any whole number here",
        help=f"give it bounds of numbers or data: `{site.name}{dims} : 0 <= int <= 200 ~"
        f" {family}(...)`; what lies beyond them is cut off",
    )


def _fixed_bounds(site: Sample, dims: str, moving: frozenset[str]) -> str:
    """How the bounds that move are said beside some that do not."""
    lower, upper = site.range.lower, site.range.upper
    low = _written(lower) if lower is not None and not names_in(lower) & moving else "0"
    high = _written(upper) if upper is not None and not names_in(upper) & moving else "200"
    family = site.distribution.family.name
    declared = f"`{site.name}{dims} : {low} <= int <= {high} ~ {family}(...)`"
    cut = site.distribution.truncation
    if cut is None or not any(names_in(bound) & moving for bound in range_exprs(cut)):
        return (
            f"declare bounds of numbers or data that hold all of its values: {declared}; where its"
            " own bounds leave a value out, that has the density 0"
        )
    conditions: list[str] = []
    if lower is not None and names_in(lower) & moving:
        conditions.append(f"{_written(lower)} {'<' if cut.is_lower_strict else '<='} {site.name}")
    if upper is not None and names_in(upper) & moving:
        conditions.append(f"{site.name} {'<' if cut.is_upper_strict else '<='} {_written(upper)}")
    return (
        f"declare bounds of numbers or data, {declared}, and say what moves by `factor"
        f" if({' and '.join(conditions)}, 0, -inf)`; the density is then not divided by the"
        " probability of the part that is left"
    )


def _written(bound: Expr) -> str:
    if isinstance(bound, Const):
        return f"{bound.value:g}"
    if bound.span is not None:
        return bound.span.text
    match bound:
        case Op("+" | "-" as sign, (left, right)):
            return f"{_written(left)} {sign} {_written(right)}"
        case _:
            return "..."


def as_prediction(refused: Diagnostic, equation: Equation) -> Diagnostic:
    """The refusal of an equation that nothing is conditioned on: predictions read all entries."""
    dims = f"[{', '.join(equation.dims)}]" if equation.dims else ""
    return replace(
        refused,
        help=f"nothing conditions on it: write `predict {equation.name}{dims} = ...`, which is"
        " computed from drawn values",
    )


def entangled(error: TooWide, spans: Mapping[str, Span]) -> Diagnostic:
    """Two sites of which no narrow table can be made; `spans` has the place of each site."""
    return Diagnostic(
        "G0419",
        f"`{error.site}` and `{error.other}` can't be summed out together",
        spans[error.site],
        error.why,
        (Label(spans[error.other], f"`{error.other}` is discrete too"),),
        (),
        _WAY_OUT,
    )


def unreadable(site: str, why: str, read: Span | None, spans: Mapping[str, Span]) -> Diagnostic:
    """A way of reading a site for which there is no table."""
    return Diagnostic(
        "G0419",
        f"`{site}` can't be summed out: it is read {why}",
        read or spans[site],
        "read here",
        (Label(spans[site], f"`{site}` is discrete"),),
        (),
        _WAY_OUT,
    )
