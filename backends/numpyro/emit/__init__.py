"""Emitting a program as the text of a NumPyro module."""

from gendsl.backends.numpyro.emit.module import Emitted, emit, emit_program

__all__ = ["Emitted", "emit", "emit_program"]
