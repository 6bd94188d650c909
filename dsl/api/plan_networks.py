"""The trained networks that an inference program names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.analysis.proposals import problems_of_proposal
from gendsl.api.compilation import Checked
from gendsl.api.pfn_declared import declared_network, trained_network
from gendsl.api.pfn_files import load_pfn
from gendsl.api.proposal_context import context_of
from gendsl.api.proposal_notes import notes_on_prior
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.resolve.inference_networks import networks_named

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn

Networks = Mapping[str, "TrainedPfn | str | Path"]
"""Trained networks, or the paths of their files, by the names that inference programs have."""


def with_networks(plan: Plan, checked: Checked, given: Networks | None = None) -> Plan:
    """Return the plan with the networks that it names.

    Raises:
        DiagnosticError: if one is not there, can't be read, or does not fit the model.
        ValueError: if one is given that the program does not name.
    """
    named = networks_named(plan.program)
    given = given or {}
    if idle := [name for name in given if name not in named]:
        raise ValueError(
            f"the inference program `{plan.program.name}` names no network {listed(idle)}"
        )
    found = {name: _network(name, given, checked.program) for name in named}
    plan = replace(plan, networks={n: network for n, network in found.items() if network})
    for name, call in named.items():
        problems = problems_of_proposal(plan.network(name).prior.pfn, checked.program, call)
        if problems:
            raise DiagnosticError(problems)
    return plan


def notes_on_networks(plan: Plan, checked: Checked, bound: BoundData) -> tuple[Diagnostic, ...]:
    """Return what speaks against a plan's networks: on another prior, or unlike the data.

    Raises:
        DiagnosticError: if they can't read the data.
    """
    notes: list[Diagnostic] = []
    for name, call in networks_named(plan.program).items():
        network = plan.network(name)
        notes += notes_on_prior(network, checked, call)
        notes += context_of(network, bound, is_judged=True).notes
    return tuple(dict.fromkeys(notes))


def attributes_of_networks(plan: Plan) -> dict[str, Any]:
    """Return what a fit records of the networks that it drew from; nothing where there are none."""
    found = {
        name: {
            "pfn": network.name,
            "prior_file": network.prior.source.name,
            "prior_hash": network.about.prior_hash,
            "digest": network.digest,
            "steps": network.num_steps,
        }
        for name, network in plan.networks.items()
    }
    return {"trained_networks": found} if found else {}


def _network(name: str, given: Networks, program: Program) -> TrainedPfn | None:
    """The network that is given, or that the program declares."""
    if name in given:
        own = given[name]
        return load_pfn(own) if isinstance(own, str | Path) else own
    declared = declared_network(program, name)
    return None if declared is None else trained_network(declared)
