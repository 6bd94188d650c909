"""Texts that say what static arguments are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from gendsl.executables import identity_of
from gendsl.inference.kernels.random_walk import RandomWalk
from gendsl.inference.nuts import Nuts
from gendsl.inference.protocol import Status
from gendsl.inference.target import Site, Target


class Said:
    """Knows what it is, as the functions of a bound program do."""

    def __init__(self, identity: str | None) -> None:
        self.identity = identity

    def log_prior(self, data: object, position: object) -> None: ...
    def log_likelihood(self, data: object, position: object) -> None: ...


def target(identity: str | None = "a", size: int = 3) -> Target:
    said = Said(identity)
    return Target(said.log_prior, said.log_likelihood, size, (Site("mu", 0, size),))


@dataclass(frozen=True)
class Foreign:
    """Whose code is not part of the key."""

    value: int = 1


def test_what_differs_is_told_apart() -> None:
    texts = [
        identity_of(value)
        for value in (
            1, 1.0, True, "1", b"1", None, (1,), [1], ((1,),), frozenset({1}), {"1": 1},
            np.float32(1), np.dtype("float32"), Status.DIVERGENT,
            ("a,b",), ("a", "b"), ("a'", "b"), 0.1 + 0.2, 0.3, -0.0, 0.0, Nuts, RandomWalk,
            Nuts(target()), Nuts(target("b")), Nuts(target(size=4)), Nuts(target(), max_depth=9),
            target().log_prior, target().log_likelihood, target("b").log_prior,
            partial(identity_of, 1), partial(identity_of, 2), identity_of,
        )
    ]  # fmt: skip
    assert None not in texts
    assert len(set(texts)) == len(texts)


def test_what_is_equal_has_one_text() -> None:
    assert identity_of(Nuts(target())) == identity_of(Nuts(target()))
    assert identity_of({"a": 1, "b": 2}) == identity_of({"b": 2, "a": 1})


@pytest.mark.parametrize(
    "value",
    [
        lambda x: x,
        (1, (2, lambda x: x)),
        Foreign(),
        np.sin,
        np.zeros(3),
        object(),
        Nuts(target(None)),
        Target(lambda d, z: z, lambda d, z: z, 2),
        partial(np.sum, axis=0),
    ],
)
def test_what_says_nothing_has_none(value: object) -> None:
    assert identity_of(value) is None


def test_a_text_is_the_same_in_every_process() -> None:
    code = (
        "from gendsl.executables import identity_of\n"
        "print(identity_of((frozenset('abcdefgh'), {'x': frozenset('pqrs')})))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1
