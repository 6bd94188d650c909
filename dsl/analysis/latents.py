"""Errors about latent sites that only the whole program shows."""

from __future__ import annotations

from gendsl.analysis.dependence import depends_on_latents
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.distributions.support import SupportKind
from gendsl.ir.program import Distribution, Program, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import distribution_exprs, names_in, sites


def check_latents(program: Program, reporter: Reporter) -> None:
    """Report discrete latents, and restrictions whose normaliser is unknown and varies."""
    uncertain = depends_on_latents(program)
    for node in latent_sites(program):
        if node.type.kind is not Kind.REAL:
            family = node.distribution.family.name
            reporter.report(
                Diagnostic(
                    "G0406",
                    f"`{node.name}` is discrete, so it can't be sampled by gradients",
                    node.span,
                    f"`{family}` draws"
                    f" {'categories' if node.type.kind is Kind.INDEX else 'whole numbers'}",
                    help=_instead(node),
                )
            )
        elif node.distribution.restriction is not None:
            _check_restriction(node, uncertain, reporter)


def latent_sites(program: Program) -> tuple[Sample, ...]:
    """The latent sites, those inside recurrences included."""
    return tuple(site for site in sites(program) if site.role is SampleRole.LATENT)


def _instead(node: Sample) -> str:
    if node.type.kind is Kind.INDEX:
        return (
            "sum it out: replace what depends on it by a mixture over its values, "
            "`y[row] ~ Mixture(w, Normal(mu, sigma))`, where `mu` has the weights' dimension"
        )
    return (
        "if it is drawn for prediction, write `predict` before it; if it is a count behind the"
        " data, use the distribution with it summed out (`BetaBinomial`, `NegativeBinomial`,"
        " `ZeroInflated`)"
    )


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
    names = ", ".join(f"`{n}`" for n in inferred)
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
