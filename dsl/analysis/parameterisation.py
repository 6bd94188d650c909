"""Which latent sites are sampled through a standardised one, and why."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.analysis.dependence import depends_on_latents
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.ir.expr import Expr
from gendsl.ir.program import Distribution, Program, Sample, SampleRole
from gendsl.ir.walk import names_in

CENTRED, NON_CENTRED = "centred", "non_centred"


@dataclass(frozen=True, slots=True)
class Choice:
    """The form in which a site is sampled, with the reason in words."""

    site: str
    form: str
    reason: str


def parameterisations(program: Program, reporter: Reporter | None = None) -> dict[str, Choice]:
    """The choice for every latent site that has one.

    A site can be standardised when its family has a location and a scale, over the whole line. It
    is, unless the source says otherwise, when it has dimensions and its scale is itself inferred:
    there the centred form has the funnel in which samplers get stuck, unless the data say much of
    each member (Betancourt & Girolami 2015, "Hamiltonian Monte Carlo for hierarchical models").
    """
    uncertain = depends_on_latents(program)
    choices: dict[str, Choice] = {}
    for node in program.nodes:
        if not isinstance(node, Sample) or node.role is not SampleRole.LATENT:
            continue
        scale = _scale(node.distribution)
        if node.parameterisation == NON_CENTRED and scale is None and reporter is not None:
            name = node.distribution.family.name
            reporter.report(
                Diagnostic(
                    "G0414",
                    f"`{node.name}` has no non-centred form",
                    node.span,
                    f"`{name}` here is not a location and a scale over the whole line",
                    (),
                    (),
                    "drop `as non_centred`",
                )
            )
        if scale is None:
            continue
        if node.parameterisation is not None:
            choices[node.name] = Choice(node.name, node.parameterisation, "the source says so")
        elif node.dims and names_in(scale) & uncertain:
            inferred = ", ".join(f"`{n}`" for n in sorted(names_in(scale) & uncertain))
            reason = f"its scale is inferred ({inferred})"
            choices[node.name] = Choice(node.name, NON_CENTRED, reason)
        elif node.dims:
            choices[node.name] = Choice(node.name, CENTRED, "its scale is known")
    return choices


def _scale(distribution: Distribution) -> Expr | None:
    """The scale argument of a site that can be standardised."""
    parts = distribution.family.location_scale
    if parts is None or parts.location is None:
        return None
    if distribution.truncation is not None or distribution.restriction is not None:
        return None
    scale = dict(distribution.arguments).get(parts.scale)
    return None if isinstance(scale, Distribution | tuple) else scale
