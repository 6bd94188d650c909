"""Kernels made of kernels. Each keeps the target that its parts keep."""

from gendsl.inference.combinators.aim import Aim, aim
from gendsl.inference.combinators.correct import Correct, correct
from gendsl.inference.combinators.fixed import Fixed
from gendsl.inference.combinators.independence import Location, Normal, Pushed, independence
from gendsl.inference.combinators.involutive import Involution, Involutive, involutive
from gendsl.inference.combinators.mix import Mix, mix
from gendsl.inference.combinators.multiple import Multiple, multiple
from gendsl.inference.combinators.on import On, on
from gendsl.inference.combinators.proposal import Marginal, Proposal
from gendsl.inference.combinators.repeat import Repeat, repeat
from gendsl.inference.combinators.seq import Seq, palindrome, seq
from gendsl.inference.combinators.temper import temper
from gendsl.inference.combinators.through import Through, through

__all__ = [
    "Aim",
    "Correct",
    "Fixed",
    "Involution",
    "Involutive",
    "Location",
    "Marginal",
    "Mix",
    "Multiple",
    "Normal",
    "On",
    "Proposal",
    "Pushed",
    "Repeat",
    "Seq",
    "Through",
    "aim",
    "correct",
    "independence",
    "involutive",
    "mix",
    "multiple",
    "on",
    "palindrome",
    "repeat",
    "seq",
    "temper",
    "through",
]
