"""A `pfn` block, typed: a prior, what is predicted given what, a network and its training."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Span
from gendsl.ir.program import InferenceCall, Program


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class PfnName:
    """A name of the prior's that a block says, and where."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnInput:
    """`X ~ Normal(0, 1)`: in the program of the block, `site` is drawn by this for `name`."""

    name: str
    site: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Pfn:
    """`pfn NAME { ... }`.

    `target` is what the prior observes, of which other rows are predicted, and `latents` are
    predicted as they are; `given` are the inputs of the network, in their order. There are `rows`
    of them, the least and the most, along `row`. `program` is the prior with the statements of the
    block added: the site of each of the `inputs`, one for each that may be `missing`, true where an
    entry is, and a factor at each of the `requires`.
    """

    name: str
    prior: str
    target: PfnName
    is_target_predicted: bool
    latents: tuple[PfnName, ...]
    given: tuple[PfnName, ...]
    row: str
    rows: tuple[int, int]
    inputs: tuple[PfnInput, ...]
    missing: tuple[PfnInput, ...]
    requires: tuple[Span, ...] = field(compare=False)
    network: InferenceCall
    train: InferenceCall
    program: Program
    span: Span = _span()
    problems: tuple[Diagnostic, ...] = field(default=(), compare=False)
