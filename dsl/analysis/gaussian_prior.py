"""Whether a quantity is Gaussian given the others, before the data; and if not, why."""

from __future__ import annotations

from dataclasses import dataclass

from gendsl.analysis.dependence import depends_on_discrete, directly_above
from gendsl.analysis.latents import latent_sites
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import Program, Recurrence, Sample, SampleRole
from gendsl.ir.walk import defined_names, names_of

GAUSSIAN = ("Normal", "MultiNormal", "GaussianRandomWalk")
"""Families that are Gaussian given their parameters."""


@dataclass(frozen=True, slots=True)
class NotGaussian:
    """Why a prior is not Gaussian, in a few words, and what to do instead."""

    reason: str
    way_out: str


def not_gaussian(site: Sample, program: Program) -> NotGaussian | None:
    """What keeps a latent from being Gaussian given the others; None where nothing does."""
    move = f"move it by `slice({site.name})` or `nuts({site.name})`"
    distribution = site.distribution
    if distribution.family.name not in GAUSSIAN:
        return NotGaussian(f"its prior is `{distribution.family.name}`", move)
    if distribution.truncation is not None or distribution.restriction is not None:
        return NotGaussian("its type cuts its prior off", move)
    if site not in program.nodes:
        innovations = (
            f"write innovations, `z[k] ~ Normal(0, 1)`, with `{site.name}` computed from them by"
            " its recurrence, and name `z`"
        )
        return NotGaussian("it is a series, drawn step by step", f"{move}; or {innovations}")
    discrete = sorted(names_of(site) & depends_on_discrete(program))
    if discrete:
        return NotGaussian(f"its prior depends on discrete {listed(discrete)}", move)
    readers = _read_by(site, program)
    if readers:
        return NotGaussian(f"the prior of {listed(readers, 3)} reads it", move)
    return None


def _read_by(site: Sample, program: Program) -> list[str]:
    """The latent quantities whose distributions the site enters."""
    latents = {found.name for found in latent_sites(program)}
    above = directly_above(program, site.name)
    series = [
        name
        for node in program.nodes
        if isinstance(node, Recurrence) and site.name in names_of(node)
        for name in defined_names(node)
        if name in latents
    ]
    return [s.name for s in above if s.role is SampleRole.LATENT] + series
