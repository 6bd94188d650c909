"""How differential equations are solved in torch, for the emitter's words of diffrax."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType

from gendsl.backends.emit import python as py
from gendsl.backends.pyro.dialect.phrases import Phrase, Speaker


def _solver(name: str, module: str) -> Phrase:
    """A class of a method, which the program carries."""

    def phrase(_: list[ast.expr], __: Mapping[str, ast.expr], speaker: Speaker) -> ast.expr:
        return speaker.helper(module, name)

    return phrase


def _adjoint(is_checkpointed: bool) -> Phrase:
    """How slopes are computed: `_solved` says it with the call."""

    def phrase(_: list[ast.expr], __: Mapping[str, ast.expr], ___: Speaker) -> ast.expr:
        return ast.Constant(is_checkpointed)

    return phrase


def _solved(
    arguments: list[ast.expr], keywords: Mapping[str, ast.expr], speaker: Speaker
) -> ast.expr:
    """`solve_ode(...)`: autograd goes back through the steps, and may be told to keep less."""
    given = dict(keywords)
    match given.pop("adjoint", None):
        case ast.Constant(True):
            given["is_checkpointed"] = ast.Constant(True)
        case _:
            pass
    return py.call("solve_ode", *arguments, **given)


EQUATIONS: Mapping[str, Phrase] = MappingProxyType(
    {
        "solve_ode": _solved,
        "diffrax.Tsit5": _solver("Tsit5", "tsit5"),
        "diffrax.Kvaerno5": _solver("Kvaerno5", "kvaerno5"),
        "diffrax.ForwardMode": _adjoint(is_checkpointed=False),
        "diffrax.DirectAdjoint": _adjoint(is_checkpointed=False),
        "diffrax.RecursiveCheckpointAdjoint": _adjoint(is_checkpointed=True),
        # another equation backward needs little memory, and so do checkpoints, which are exact
        "diffrax.BacksolveAdjoint": _adjoint(is_checkpointed=True),
    }
)
"""The words of this file."""
