"""The form of a result in JSON: dicts, lists, tuples and named tuples of arrays."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np


class FormError(ValueError):
    """A form that JSON can't have here, or JSON that is no form."""


def to_json(tree: Any) -> Any:
    """Return the form of a tree whose leaves have a shape and a dtype.

    Raises:
        FormError: if a node is of another kind, or a leaf is no array of numbers.
    """
    match tree:
        case None:
            return None
        case dict() if all(isinstance(key, str) for key in tree):
            return {"dict": {key: to_json(part) for key, part in tree.items()}}
        case list():
            return {"list": list(map(to_json, tree))}
        case tuple() if hasattr(tree, "_fields"):
            name = f"{type(tree).__module__}:{type(tree).__qualname__}"
            if _named_tuple(name) is not type(tree):
                raise FormError(f"{name} is no named tuple of gendsl")
            return {"named": name, "parts": list(map(to_json, tree))}
        case tuple():
            return {"tuple": list(map(to_json, tree))}
        case _ if isinstance(getattr(tree, "dtype", None), np.dtype):
            return {"shape": list(tree.shape), "dtype": tree.dtype.name}
        case _:
            raise FormError(f"{type(tree).__name__} is no array")


def from_json(form: Any) -> Any:
    """Return the tree, with a `jax.ShapeDtypeStruct` for each array.

    Raises:
        FormError: if it is not what :func:`to_json` returns.
    """
    import jax
    import jax.numpy as jnp

    match form:
        case None:
            return None
        case {"dict": dict(parts)}:
            return {key: from_json(part) for key, part in parts.items()}
        case {"list": list(parts)}:
            return list(map(from_json, parts))
        case {"tuple": list(parts)}:
            return tuple(map(from_json, parts))
        case {"named": str(name), "parts": list(parts)}:
            kind = _named_tuple(name)
            if kind is None or len(kind._fields) != len(parts):
                raise FormError(f"{name} is no named tuple of {len(parts)} fields")
            return kind(*map(from_json, parts))
        case {"shape": list(shape), "dtype": str(dtype)}:
            try:
                return jax.ShapeDtypeStruct(tuple(map(int, shape)), jnp.dtype(dtype))
            except (TypeError, ValueError) as error:
                raise FormError(str(error)) from None
        case _:
            raise FormError("no form of a result")


def _named_tuple(name: str) -> Any:
    """The class of that name at the top of a module of gendsl, if it is a named tuple."""
    module, _, qualname = name.partition(":")
    if module.partition(".")[0] != "gendsl":
        return None
    try:
        found = getattr(import_module(module), qualname, None)
    except ImportError:
        return None
    is_it = isinstance(found, type) and issubclass(found, tuple) and hasattr(found, "_fields")
    return found if is_it else None
