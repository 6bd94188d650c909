"""Kernels made of kernels. Each keeps the target that its parts keep."""

from gendsl.inference.combinators.mix import Mix, mix
from gendsl.inference.combinators.on import On, on
from gendsl.inference.combinators.repeat import Repeat, repeat
from gendsl.inference.combinators.seq import Seq, palindrome, seq

__all__ = ["Mix", "On", "Repeat", "Seq", "mix", "on", "palindrome", "repeat", "seq"]
