"""Flows: bijections that are trained, and what they are good for.

:class:`CouplingFlow` and :class:`AutoregressiveFlow` are transports; a kernel sees its target
through one by :func:`gendsl.inference.combinators.through`. They are fitted to a density
(:func:`reverse_kl`, :class:`AnnealedImportance`) or to draws (:class:`MaximumLikelihood`), and
:func:`flow_mc` proposes from one that its chains have trained.
"""

from gendsl.inference.flows.annealed import AnnealedImportance, bridge
from gendsl.inference.flows.flow import AutoregressiveFlow, CouplingFlow, Flow, Theta, standardised
from gendsl.inference.flows.flow_mc import FlowMc, flow_mc, training_of
from gendsl.inference.flows.gate import Gate, effective_share, judge
from gendsl.inference.flows.guide import FlowGuide
from gendsl.inference.flows.learning import FlowParams, FromChains, Latest, Trained
from gendsl.inference.flows.likelihood import Fitted, MaximumLikelihood, first_theta
from gendsl.inference.flows.reverse import near_modes, reverse_kl, variational_flow

__all__ = [
    "AnnealedImportance",
    "AutoregressiveFlow",
    "CouplingFlow",
    "Fitted",
    "Flow",
    "FlowGuide",
    "FlowMc",
    "FlowParams",
    "FromChains",
    "Gate",
    "Latest",
    "MaximumLikelihood",
    "Theta",
    "Trained",
    "bridge",
    "effective_share",
    "first_theta",
    "flow_mc",
    "judge",
    "near_modes",
    "reverse_kl",
    "standardised",
    "training_of",
    "variational_flow",
]
