"""Emitting a program as the text of a module, in NumPy's words; a dialect says them in its own."""

from gendsl.backends.emit.module import Emitted, emit

__all__ = ["Emitted", "emit"]
