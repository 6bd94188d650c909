"""Which latent sites are sampled through a standardised one, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from gendsl.analysis.dependence import depends_on_discrete, depends_on_latents, directly_above
from gendsl.analysis.series_form import has_innovations, sets_no_location
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.wording import listed
from gendsl.ir.expr import Expr
from gendsl.ir.program import Distribution, Program, Recurrence, Sample, SampleRole, Series
from gendsl.ir.walk import names_in, names_of

CENTRED, NON_CENTRED = "centred", "non_centred"

Sizes = Mapping[str, int]

PLENTY = 20.0
"""Rows per member from which the centred form is the better one: with n rows of residual variance
s^2 the data outweigh a population of variance t^2 when n > s^2 / t^2, which rarely exceeds this."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The form in which a site is sampled, with the reason in words."""

    site: str
    form: str
    reason: str


def parameterisations(
    program: Program, reporter: Reporter | None = None, sizes: Sizes | None = None
) -> dict[str, Choice]:
    """The choice for every latent site that has one.

    A site can be standardised when its family has a location and a scale, over the whole line. It
    is, unless the source says otherwise, when it has dimensions and its scale is itself inferred:
    there the centred form has the funnel in which samplers get stuck, unless the data say much of
    each member (Betancourt & Girolami 2015, "Hamiltonian Monte Carlo for hierarchical models").
    A prior that reads a discrete latent is a mixture, whose components differ: it stays centred.
    `sizes` of the data's dimensions, where they are known, decide whether they do: `PLENTY` rows a
    member or more.
    """
    uncertain = depends_on_latents(program)
    summed = depends_on_discrete(program)
    choices: dict[str, Choice] = {}
    if reporter is not None:
        _check_forced(program, reporter)
    for node in program.nodes:
        if not isinstance(node, Sample) or node.role is not SampleRole.LATENT:
            continue
        scale = _scale(node.distribution)
        if scale is None:
            continue
        if node.parameterisation is not None:
            choices[node.name] = Choice(node.name, node.parameterisation, "the source says so")
        elif node.dims and names_in(scale) & uncertain and not names_of(node) & summed:
            rows = _rows_per_member(program, node, sizes) if sizes is not None else 0.0
            if rows >= PLENTY:
                reason = f"the data say much of each member ({rows:.0f} rows on average)"
                choices[node.name] = Choice(node.name, CENTRED, reason)
                continue
            inferred = listed(sorted(names_in(scale) & uncertain))
            more = "" if sizes is not None else f"; with {PLENTY:g} rows a member or more, centred"
            reason = f"its scale is inferred ({inferred}){more}"
            choices[node.name] = Choice(node.name, NON_CENTRED, reason)
    for node in program.nodes:
        if isinstance(node, Recurrence) and not names_of(node) & summed:
            for series in node.series:
                chosen = _of_series(program, node, series, uncertain)
                choices |= {} if chosen is None else {series.name: chosen}
    return choices


def _of_series(
    program: Program, node: Recurrence, series: Series, uncertain: frozenset[str]
) -> Choice | None:
    """The choice for a random series; see `series_form` for when its innovations are sampled."""
    step = series.step
    if not isinstance(step, Sample) or not has_innovations(node, series):
        return None
    scale = _scale(step.distribution)
    if scale is None:
        return None
    forced = [p.parameterisation for p in (step, *series.starts) if isinstance(p, Sample)]
    said = next((form for form in forced if form is not None), None)
    if said is not None:
        return Choice(series.name, said, "the source says so")
    inferred = sorted(names_in(scale) & uncertain)
    if not inferred:
        return None
    if sets_no_location(program, series.name):
        names = listed(inferred)
        reason = f"its scale is inferred ({names}), and what is observed has it in a scale alone"
        return Choice(series.name, NON_CENTRED, reason)
    return Choice(series.name, CENTRED, "the data say where it is")


def _rows_per_member(program: Program, node: Sample, sizes: Sizes) -> float:
    """How many draws of other sites, observed ones above all, each member has a direct part in."""
    members = prod(sizes.get(dim, 1) for dim in node.dims)
    rows = sum(
        prod(sizes.get(dim, 1) for dim in other.dims)
        for other in directly_above(program, node.name)
    )
    return rows / max(members, 1)


def _check_forced(program: Program, reporter: Reporter) -> None:
    """Report `as non_centred` where there is no such form."""
    for node in program.nodes:
        is_alone = isinstance(node, Sample)
        parts = [node] if isinstance(node, Sample) else []
        if isinstance(node, Recurrence):
            for series in node.series:
                step = series.step
                if not (
                    isinstance(step, Sample)
                    and _scale(step.distribution) is not None
                    and has_innovations(node, series)
                ):
                    parts += [p for p in (*series.starts, step) if isinstance(p, Sample)]
        for part in parts:
            if part.parameterisation != NON_CENTRED or part.role is not SampleRole.LATENT:
                continue
            if is_alone and _scale(part.distribution) is not None:
                continue
            family = part.distribution.family.name
            reporter.report(
                Diagnostic(
                    "G0414",
                    f"`{part.name}` has no non-centred form",
                    part.span,
                    f"`{family}` here is not a location and a scale over the whole line"
                    if is_alone
                    else f"`{family}` here is not a location and a scale times innovations",
                    (),
                    (),
                    _instead(part, is_alone),
                )
            )


def _instead(node: Sample, is_alone: bool) -> str:
    parts = node.distribution.family.location_scale
    if not is_alone:
        return (
            "give it standard innovations: `z[time] ~ Normal(0, 1)`, then `x[time] = ... + s * z`"
        )
    if parts is not None and parts.location is None and node.distribution.truncation is None:
        family = node.distribution.family.name
        return f"scale a standard one: `z ~ {family}(...)` of scale 1, then `{node.name} = s * z`"
    return "drop `as non_centred`"


def _scale(distribution: Distribution) -> Expr | None:
    """The scale argument of a site that can be standardised."""
    parts = distribution.family.location_scale
    if parts is None or parts.location is None:
        return None
    if distribution.truncation is not None or distribution.restriction is not None:
        return None
    scale = dict(distribution.arguments).get(parts.scale)
    return None if isinstance(scale, Distribution | tuple) else scale
