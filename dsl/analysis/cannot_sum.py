"""Discrete latents that can't be summed out: which, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gendsl.analysis.elimination import TooWide
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import Equation, Sample

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
        other = moving[0]
        return Diagnostic(
            "G0418",
            f"`{site.name}` is discrete and has no bounds that are known",
            site.span,
            f"its bounds move with {listed(moving)}",
            (),
            (),
            f"give it bounds of numbers or data, and say beside it what goes together: `factor"
            f" if({other} < {site.name}, 0, -inf)`",
        )
    return Diagnostic(
        "G0418",
        f"`{site.name}` is discrete and has no bounds that are known",
        site.span,
        f"`{family}` draws any whole number here",
        help=f"give it bounds of numbers or data: `{site.name}{dims} : 0 <= int <= 200 ~"
        f" {family}(...)`; what lies beyond them is cut off",
    )


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
