"""Errors about latent sites that only the whole program shows."""

from __future__ import annotations

from gendsl.analysis.cannot_sum import CannotSum
from gendsl.analysis.dependence import depends_on_latents
from gendsl.analysis.discrete import eliminations
from gendsl.analysis.elimination_cost import too_large
from gendsl.analysis.network_contexts import network_contexts
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.wording import listed
from gendsl.distributions.support import SupportKind
from gendsl.ir.program import Distribution, Program, Sample, SampleRole
from gendsl.ir.walk import distribution_exprs, names_in, sites


def check_latents(program: Program, reporter: Reporter) -> None:
    """Report discrete latents that can't be summed out, and normalisers unknown that vary."""
    try:
        for group in eliminations(program):
            if (problem := too_large(group, program)) is not None:
                reporter.report(problem)
    except CannotSum as error:
        reporter.extend(error.diagnostics)
    reporter.extend(network_contexts(program))
    uncertain = depends_on_latents(program)
    for node in latent_sites(program):
        if node.distribution.restriction is not None:
            _check_restriction(node, uncertain, reporter)


def latent_sites(program: Program) -> tuple[Sample, ...]:
    """The latent sites, those inside recurrences included."""
    return tuple(site for site in sites(program) if site.role is SampleRole.LATENT)


ORDERINGS = (SupportKind.ORDERED, SupportKind.POSITIVE_ORDERED)


def _check_restriction(node: Sample, uncertain: frozenset[str], reporter: Reporter) -> None:
    """The constant is 1 / K! where ordered members are exchangeable; else it must not vary.

    Of a distribution over the whole line, `positive_ordered` also cuts off what is below 0, and
    that part depends on the parameters.
    """
    restriction = node.distribution.restriction
    exprs = tuple(distribution_exprs(node.distribution))
    inferred = sorted({name for expr in exprs for name in names_in(expr)} & uncertain)
    if not inferred:
        return
    event = set(node.event_dims)
    is_exchangeable = not any(event & set(expr.dims) for expr in exprs)
    is_inside = restriction is SupportKind.ORDERED or _is_positive(node.distribution)
    if restriction in ORDERINGS and is_exchangeable and is_inside:
        return
    if (
        restriction is SupportKind.SUM_TO_ZERO
        and _is_centred_normal(node.distribution)
        and is_exchangeable
    ):
        return
    names = listed(inferred)
    reporter.report(
        Diagnostic(
            "G0306",
            f"the density of `{node.name}` on `{restriction.value if restriction else ''}` can't be"
            " normalised",
            node.span,
            f"its constant depends on {names}, which {'is' if len(inferred) == 1 else 'are'}"
            " inferred",
            help="let its parameters be known, or the same for all members; or scale a standard "
            f"one: `z[...] : {restriction.value if restriction else ''} ~ Normal(0, 1)`, then "
            "`scale * z`",
        )
    )


def _is_positive(distribution: Distribution) -> bool:
    lower = distribution.family.support.lower
    return lower is not None and lower.value == 0.0


def _is_centred_normal(distribution: Distribution) -> bool:
    return distribution.family.name == "Normal"
