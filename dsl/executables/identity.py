"""A text that two static arguments share only if they make the same program.

Numbers, names, tuples, sets, mappings and dataclasses are written out. An object that knows better
has an attribute `identity`, a text or None. Functions and classes go by their name where they are
gendsl's own, since the code of gendsl is part of every key; of others nothing is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from types import FunctionType, MethodType
from typing import Any

import numpy as np


class _UnknownError(Exception):
    """There is no telling what a value is."""


def identity_of(value: Any) -> str | None:
    """Return the text, or None where a part says nothing of itself."""
    try:
        return _written(value)
    except _UnknownError:
        return None


def _written(value: Any) -> str:
    match value:
        case None | bool() | int() | float() | str() | bytes():
            plain = value.value if isinstance(value, Enum) else value
            return f"{_class(value)}:{plain!r}"
        case Enum():
            return f"{_class(value)}.{value.name}"
        case np.dtype() | np.generic():
            return f"{_class(value)}:{value!r}"
        case tuple() | list() | set() | frozenset():
            kind = type(value)
            name = kind.__name__ if kind.__module__ == "builtins" else _own(kind)
            parts = map(_written, value)
            ordered = sorted(parts) if isinstance(value, set | frozenset) else parts
            return f"{name}({','.join(ordered)})"
        case Mapping():
            pairs = sorted(f"{_written(key)}={_written(part)}" for key, part in value.items())
            return f"mapping({','.join(pairs)})"
        case partial():
            return f"partial({_written((value.func, value.args, value.keywords))})"
        case MethodType():
            return f"{_written(value.__self__)}.{value.__func__.__qualname__}"
        case FunctionType() | type():
            return _own(value)
        case _:
            return _of_object(value)


def _of_object(value: Any) -> str:
    said = getattr(value, "identity", None)
    if isinstance(said, str):
        return f"{_class(value)}<{said}>"
    if not is_dataclass(value):
        raise _UnknownError
    parts = (f"{field.name}={_written(getattr(value, field.name))}" for field in fields(value))
    return f"{_own(type(value))}({','.join(parts)})"


def _own(value: Any) -> str:
    """The name of a function or class at the top of a module of gendsl."""
    name: str = value.__qualname__
    if value.__module__.partition(".")[0] != "gendsl" or "<" in name:
        raise _UnknownError
    return f"{value.__module__}:{name}"


def _class(value: Any) -> str:
    return f"{type(value).__module__}:{type(value).__qualname__}"
