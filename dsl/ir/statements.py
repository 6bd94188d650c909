"""Statements, and data for them, made of other statements."""

from __future__ import annotations

from dataclasses import replace

from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Dims, Expr, Op, Ref
from gendsl.ir.program import Data, Equation, Range, Sample, SampleRole, Series, Slice
from gendsl.ir.types import BOOL


def step_after_starts(series: Series, dim: str) -> Sample | Equation:
    """The step, with the part of the dimension where it holds: after the last start."""
    if series.step.slice is not None or not series.starts:
        return series.step
    last = series.starts[-1].slice
    return replace(series.step, slice=Slice(dim, last.stop if last is not None else None, None))


def as_observation(site: Sample, name: str) -> Sample:
    """The site's distribution as a score of its own value, under another name."""
    value = Ref(site.name, site.dims, site.type, site.span)
    return replace(site, name=name, role=SampleRole.OBSERVED, value=value, parameterisation=None)


def mask(name: str, dims: Dims, span: Span, *, is_fixed: bool = False) -> Data:
    """Data that say of each entry whether something holds of it."""
    return Data(
        name, dims, BOOL, Range(), SupportKind.BOOL, is_optional=False, span=span, is_fixed=is_fixed
    )


def restricted(site: Sample, condition: Expr) -> Sample:
    """The site where a condition holds besides its own."""
    if site.where is None:
        return replace(site, where=condition)
    dims = (*site.where.dims, *(d for d in condition.dims if d not in site.where.dims))
    return replace(site, where=Op("and", (site.where, condition), dims, BOOL, site.span))
