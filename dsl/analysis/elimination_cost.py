"""What summing discrete latents out costs: the tables, how they are summed, how large they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from gendsl.analysis.discrete import eliminations
from gendsl.analysis.elimination import Round, in_order, order_of
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.ir.expr import Const, Expr, Op, Size
from gendsl.ir.program import Elimination, HiddenSite, Program

MOST_STATES = 10_000
"""Joint states of one table beyond which it is refused: each gradient visits all of them."""

MOST_ENTRIES = 100_000_000
"""Entries of one table beyond which it is refused: 800 MB in double precision."""


@dataclass(frozen=True, slots=True)
class Length:
    """One axis of a table: a plate, or the states of a site; its length where it is known."""

    name: str
    length: int | None

    def __str__(self) -> str:
        return self.name if self.length is None else str(self.length)


@dataclass(frozen=True, slots=True)
class Cost:
    """What one group of sites costs in one evaluation of the density.

    `plates` and `states` are the axes of the largest table. `operations` counts the entries of all
    tables that are summed over; None where a size is not known.
    """

    sites: tuple[str, ...]
    method: str
    plates: tuple[Length, ...]
    states: tuple[Length, ...]
    operations: int | None

    @property
    def entries(self) -> int | None:
        """How many entries the largest table has."""
        return _product((*self.plates, *self.states))

    @property
    def table(self) -> str:
        """The largest table in words: `row × 3`."""
        return " × ".join(str(axis) for axis in (*self.plates, *self.states)) or "1"


LARGEST_POWER = 1000
"""Powers beyond this one are as much too large."""

FORWARD, ELIMINATION = "forward algorithm", "elimination"


def costs(program: Program, sizes: Mapping[str, int] | None = None) -> tuple[Cost, ...]:
    """The cost of each group of discrete latents that is summed out.

    Raises:
        CannotSum: if some of them can't be.
    """
    return tuple(cost(group, program, sizes) for group in eliminations(program))


def cost(group: Elimination, program: Program, sizes: Mapping[str, int] | None = None) -> Cost:
    """The cost of one group."""
    known = dict(sizes or {})
    sites = {site.name: site for site in group.sites}
    order = order_of(group)
    axes = [_axes(round, sites, program, known) for round in order.rounds]
    widest = max(axes, key=lambda pair: (len(pair[1]), _product((*pair[0], *pair[1])) or 0))
    amounts = [_product((*plates, *states)) for plates, states in axes]
    operations = None if None in amounts else sum(a for a in amounts if a is not None)
    is_forward = any(round.along is not None for round in order.rounds)
    names = tuple(site.name for site in group.sites)
    return Cost(names, FORWARD if is_forward else ELIMINATION, *widest, operations)


def too_large(
    group: Elimination, program: Program, sizes: Mapping[str, int] | None = None
) -> Diagnostic | None:
    """The refusal of a group whose tables are larger than what can be computed with."""
    found = cost(group, program, sizes)
    states = _product(tuple(axis for axis in found.states if axis.length is not None)) or 1
    entries = found.entries
    if states <= MOST_STATES and (entries is None or entries <= MOST_ENTRIES):
        return None
    names = " and ".join(f"`{name}`" for name in found.sites)
    size = f"{_said(states)} joint states" if states > MOST_STATES else f"{_said(entries)} entries"
    shared = next((site for site in group.sites if site.together), None)
    return Diagnostic(
        "G0419",
        f"summing {names} out takes a table of {size}",
        group.span,
        f"{found.table} at each evaluation"
        if shared is None
        else f"read at every position of {listed(shared.together)} at once",
        help="give it fewer values, or tie fewer of them together in one statement"
        if shared is None
        else _WAY_OUT.format(name=shared.name, dims=", ".join(shared.together)),
    )


_WAY_OUT = (
    "let each statement read one entry of `{name}`; a sum that nothing conditions on is a"
    " prediction, `predict total = sum[{dims}]({name})`; a count of alike entries is `Binomial`"
)


def _said(number: int | None) -> str:
    """A number in words: of long ones the magnitude."""
    assert number is not None
    return f"{number:,}" if number < 10**15 else f"about 10^{len(str(number)) - 1}"


def _axes(
    round: Round, sites: Mapping[str, HiddenSite], program: Program, sizes: Mapping[str, int]
) -> tuple[tuple[Length, ...], tuple[Length, ...]]:
    dims = in_order(round.plates, tuple(d.name for d in program.dimensions))
    plates = tuple(Length(dim, known_size(Size(dim), program, sizes)) for dim in dims)
    order = list(sites)
    reads = sorted(round.reads, key=lambda read: (order.index(read[0]), -read[1]))
    states = tuple(
        Length(f"{name} states", known_size(sites[name].configurations, program, sizes))
        for name, _ in reads
    )
    return plates, states


def known_size(size: Expr, program: Program, sizes: Mapping[str, int]) -> int | None:
    """A size as a number, where the source or `sizes` of dimensions say it."""
    match size:
        case Const(value):
            return int(value)
        case Size(dim) if dim in sizes:
            return sizes[dim]
        case Size(dim):
            declared = program.dimension(dim)
            if declared.labels is not None:
                return len(declared.labels)
            if declared.like is not None:
                return known_size(Size(declared.like), program, sizes)
            return None if declared.size is None else known_size(declared.size, program, sizes)
        case Op("^" | "*" as name, (left, right)):
            numbers = (known_size(left, program, sizes), known_size(right, program, sizes))
            return None if None in numbers else _computed(name, *(n or 0 for n in numbers))
        case _:
            return None


def _computed(name: str, left: int, right: int) -> int:
    """A product or a power, which is cut off far beyond what can be computed with."""
    return left * right if name == "*" else left ** min(right, LARGEST_POWER)


def _product(axes: tuple[Length, ...]) -> int | None:
    lengths = [axis.length for axis in axes]
    return None if None in lengths else prod(n for n in lengths if n is not None)
