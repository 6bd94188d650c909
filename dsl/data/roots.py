"""Dimensions that are `like` another share its size and labels: both have one root."""

from __future__ import annotations

from gendsl.ir.program import Dimension, Program


def root_of(program: Program, name: str) -> str:
    """The dimension whose size and labels `name` has."""
    seen = {name}
    while True:
        like = program.dimension(name).like
        if like is None or like in seen:
            return name
        seen.add(like)
        name = like


def kin_of(program: Program, root: str) -> list[Dimension]:
    """The dimensions with this root, itself among them."""
    return [d for d in program.dimensions if root_of(program, d.name) == root]
