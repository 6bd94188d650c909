"""A traced function that computes once what it says several times.

Functions that run one program for several of their results trace it as often. XLA merges equal
instructions, but no loops and branches, and so none of what a factor of a batch of matrices
becomes: without this, each run factors them anew.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

_UNSEEN = frozenset({"jvp_jaxpr_fun", "jvp_jaxpr_thunk"})
"""Of an equation, how to differentiate it: its values do not depend on that."""
_LARGEST = 100_000
"""Numbers of a constant that is compared by its values rather than as an object."""


def without_repeats(closed: Any) -> Any:
    """Return the jaxpr of a closed one with each equation once, for values and not for slopes.

    Its constants are those of ``closed``.
    """
    jaxpr = closed.jaxpr
    numbers: dict[Any, Hashable] = {
        variable: _constant(value)
        for variable, value in zip(jaxpr.constvars, closed.consts, strict=True)
    }
    first: dict[Hashable, Any] = {}
    same: dict[Any, Any] = {}

    def renamed(atoms: Sequence[Any]) -> list[Any]:
        return [atom if _is_literal(atom) else same.get(atom, atom) for atom in atoms]

    kept = []
    for place, equation in enumerate(jaxpr.eqns):
        key = _key(equation, numbers)
        if key in first:
            same.update(zip(equation.outvars, first[key].outvars, strict=True))
            numbers.update((v, numbers[same[v]]) for v in equation.outvars)
            continue
        first[key] = equation
        numbers.update((v, ("made", place, i)) for i, v in enumerate(equation.outvars))
        kept.append(equation.replace(invars=renamed(equation.invars)))
    return jaxpr.replace(eqns=kept, outvars=renamed(jaxpr.outvars))


def _key(equation: Any, numbers: dict[Any, Hashable]) -> Hashable:
    """What two equations share only if they compute the same; of one with an effect, its own."""
    if equation.effects:
        return id(equation)
    return (
        equation.primitive,
        tuple((n, _said(value)) for n, value in equation.params.items() if n not in _UNSEEN),
        tuple(_atom(atom, numbers) for atom in equation.invars),
        # A result that is dropped has another type, and can't stand for one that is read.
        tuple((str(variable.aval), type(variable)) for variable in equation.outvars),
    )


def _atom(atom: Any, numbers: dict[Any, Hashable]) -> Hashable:
    if _is_literal(atom):
        return ("literal", str(atom.aval), np.asarray(atom.val).tobytes())
    return numbers.get(atom, id(atom))


def _constant(value: Any) -> Hashable:
    import jax

    array = value if isinstance(value, np.ndarray | np.generic | jax.Array) else None
    if (
        array is None
        or array.size > _LARGEST
        or jax.numpy.issubdtype(array.dtype, jax.dtypes.extended)
    ):
        return ("object", id(value))
    return ("constant", array.shape, str(array.dtype), np.asarray(array).tobytes())


def _said(value: Any) -> Hashable:
    """What a parameter says: of a program its equations, by the order of their variables."""
    if hasattr(value, "jaxpr") and hasattr(value, "consts"):
        return ("closed", _program(value.jaxpr, tuple(map(_constant, value.consts))))
    if hasattr(value, "eqns"):
        return ("open", _program(value, (None,) * len(value.constvars)))
    if isinstance(value, tuple | list):
        return tuple(map(_said, value))
    rule = getattr(value, "rule", None)
    if callable(rule):
        return ("rule", id(rule))
    try:
        hash(value)
    except TypeError:
        return ("object", id(value))
    return type(value), value


def _program(jaxpr: Any, consts: Sequence[Hashable]) -> Hashable:
    numbers: dict[Any, Hashable] = {}
    for i, variable in enumerate(jaxpr.constvars):
        numbers[variable] = ("const", i, consts[i])
    for i, variable in enumerate(jaxpr.invars):
        numbers[variable] = ("argument", i, str(variable.aval))
    keys = []
    for i, equation in enumerate(jaxpr.eqns):
        keys.append(_key(equation, numbers))
        for place, variable in enumerate(equation.outvars):
            numbers[variable] = ("made", i, place)
    return tuple(keys), tuple(_atom(atom, numbers) for atom in jaxpr.outvars)


def _is_literal(atom: Any) -> bool:
    return hasattr(atom, "val")
