"""The columns of a network's inputs: what each stands for, and which numbers it may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from gendsl.analysis.exchangeable import base_dim
from gendsl.analysis.pfn_priors import dims_of, in_columns, size_ranges
from gendsl.ir.expr import Const, Expr
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Data, Program, Range, Sample
from gendsl.ir.types import Kind, ValueType
from gendsl.transforms.drawn_jointly import drawn_jointly


@dataclass(frozen=True, slots=True)
class Domain:
    """What a column may hold: numbers of a kind within bounds, or members of a dimension.

    `members` are written in the source; without them there are `count`, from `first_code`.
    """

    type: ValueType
    lower: float = -float("inf")
    upper: float = float("inf")
    is_lower_strict: bool = False
    is_upper_strict: bool = False
    count: int = 0
    members: tuple[str, ...] | None = None
    first_code: int = 0

    @property
    def is_index(self) -> bool:
        """Whether it holds members of a dimension."""
        return self.type.kind is Kind.INDEX

    def __str__(self) -> str:
        """The bounds in words."""
        low = "" if self.lower == -float("inf") else f"{'>' if self.is_lower_strict else '>='} "
        high = "" if self.upper == float("inf") else f"{'<' if self.is_upper_strict else '<='} "
        ends = [f"{sign}{end:g}" for sign, end in ((low, self.lower), (high, self.upper)) if sign]
        return " and ".join(ends)


@dataclass(frozen=True, slots=True)
class Input:
    """An input of a network: its columns are those of its entries of a row.

    Attributes:
        labels: of the columns, of the most that there may be; ("",) for a single number.
        widths: how many columns it may have.
        is_per_row: whether rows differ in it.
        is_latent: whether it is a latent of the prior, whose value is said at prediction.
        has_gaps: whether entries of it may be missing.
    """

    name: str
    domain: Domain
    labels: tuple[str, ...]
    widths: tuple[int, ...]
    is_per_row: bool
    is_latent: bool
    has_gaps: bool = False

    @property
    def is_ranged(self) -> bool:
        """Whether its number of columns is not fixed."""
        return len(self.widths) > 1

    def column(self, number: int) -> str:
        """What messages call one of its columns."""
        label = self.labels[number]
        return f"{self.name}[{label}]" if label else self.name


def inputs_of(pfn: Pfn) -> tuple[Input, ...]:
    """Return the inputs of a block's network, in the order of their columns."""
    from gendsl.data import bind

    program = drawn_jointly(pfn)
    declared = {d.name for d in program.dimensions}
    ranges = size_ranges(pfn)
    found: list[Mapping[str, int]] = []
    for sizes in product(*(range(low, high + 1) for low, high in ranges.values())):
        known = dict(zip(ranges, sizes, strict=True)) | {pfn.row: pfn.rows[1]}
        known = {name: size for name, size in known.items() if name in declared}
        found.append(bind(program, {}, mode="simulate", sizes=known).sizes)
    return tuple(_input(pfn, each.name, found) for each in in_columns(pfn))


def domain_of_target(pfn: Pfn) -> Domain:
    """Return what the target may be."""
    datum = pfn.program.datum(pfn.target.name)
    assert datum is not None
    return _domain(pfn.program, datum)


def _input(pfn: Pfn, name: str, sizes: list[Mapping[str, int]]) -> Input:
    program = pfn.program
    datum = program.datum(name)
    site = _site(program, name) if datum is None else datum
    dims = dims_of(program, name)
    others = tuple(dim for dim in dims if dim != pfn.row)
    widths = sorted({_product(each[dim] for dim in others) for each in sizes})
    most = max(sizes, key=lambda each: _product(each[dim] for dim in others))
    labels = tuple(
        ", ".join(entry) for entry in product(*(_labels(program, d, most[d]) for d in others))
    )
    return Input(
        name, _domain(program, site), labels, tuple(widths), pfn.row in dims, datum is None,
        name in {each.name for each in pfn.missing},
    )  # fmt: skip


def _site(program: Program, name: str) -> Sample:
    return next(n for n in program.nodes if isinstance(n, Sample) and n.name == name)


def _labels(program: Program, dim: str, size: int) -> tuple[str, ...]:
    named = program.dimension(base_dim(program, dim)).labels
    return named if named is not None else tuple(map(str, range(size)))


def _product(sizes: Iterable[int]) -> int:
    total = 1
    for size in sizes:
        total *= size
    return total


def _domain(program: Program, node: Data | Sample) -> Domain:
    if node.type.kind is Kind.INDEX:
        dimension = program.dimension(base_dim(program, str(node.type.dim)))
        size = dimension.size.value if isinstance(dimension.size, Const) else None
        most = dimension.sizes[1] if dimension.sizes is not None else 0
        count = len(dimension.labels) if dimension.labels else int(size or most)
        return Domain(
            node.type, count=count, members=dimension.labels, first_code=dimension.first_code or 0
        )
    bounds: Range = node.range
    return Domain(
        node.type,
        _number(bounds.lower, -float("inf")),
        _number(bounds.upper, float("inf")),
        bounds.is_lower_strict,
        bounds.is_upper_strict,
    )


def _number(bound: Expr | None, otherwise: float) -> float:
    """A bound that is a number; others can't be known before the prior is run."""
    match bound:
        case Const(int() | float() as value):
            return float(value)
        case _:
            return otherwise
