"""Heads: distributions whose numbers a network gives. A new one is a row of :data:`HEADS`."""

from collections.abc import Mapping

from gendsl.inference.amortised.heads.bars import Bars
from gendsl.inference.amortised.heads.categorical import Categorical
from gendsl.inference.amortised.heads.head import Head, Normals
from gendsl.inference.amortised.heads.joint import FlowWeights, Joint
from gendsl.inference.amortised.heads.mixture import Mixture

HEADS: Mapping[str, type[Bars] | type[Categorical] | type[Mixture]] = {
    "bars": Bars,
    "categorical": Categorical,
    "mixture": Mixture,
}
"""By the name that a checkpoint has; each is made of a count."""

__all__ = ["HEADS", "Bars", "Categorical", "FlowWeights", "Head", "Joint", "Mixture", "Normals"]
