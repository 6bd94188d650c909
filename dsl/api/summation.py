"""What is summed out of a model, how, and at what cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from gendsl.analysis.discrete import eliminations
from gendsl.analysis.elimination_cost import known_size
from gendsl.ir.expr import Const, Expr, Op, Size
from gendsl.ir.printer import print_expr
from gendsl.ir.program import Elimination, HiddenSite, Program, axis_of
from gendsl.ir.types import Kind
from gendsl.transforms.hide_missing import WHOLE
from gendsl.transforms.sum_out import summable


@dataclass(frozen=True, slots=True)
class SummationRow:
    """Discrete quantities that are summed out together.

    `states` says how many values each has, `cost` how many numbers the largest table holds for one
    evaluation of the density; `dims` are those over which the sum still varies.
    """

    names: tuple[str, ...]
    states: tuple[str, ...]
    method: str
    cost: str
    dims: tuple[str, ...]

    @property
    def cells(self) -> tuple[str, ...]:
        """What `gendsl info` shows of it."""
        values = f"{' x '.join(self.states)} value{'s' * (self.states != ('1',))}"
        return (", ".join(self.names), values, self.method, self.cost)


def summation_rows(program: Program) -> tuple[SummationRow, ...]:
    """Describe each group of discrete latents that share a sum."""
    return tuple(_row(group, program) for group in eliminations(summable(program)))


def _row(group: Elimination, program: Program) -> SummationRow:
    along = sorted({site.along for site in group.sites if site.along is not None})
    method = f"forward algorithm over {', '.join(along)}" if along else "variable elimination"
    counts = [_extent([_count(site)], program) for site in group.sites]
    names = [_shown(site) for site in group.sites]
    largest = max(_tables(group), key=len)
    terms = _extent([_size(axis, group) for axis in sorted(largest)], program)
    cost = f"{terms} term{'s' * (terms != '1')}"
    return SummationRow(tuple(names), tuple(counts), method, cost, group.dims)


def _shown(site: HiddenSite) -> str:
    data = site.name.removesuffix(WHOLE)
    indexed = f"{data}[{', '.join(site.dims)}]" if site.dims else data
    return indexed if data == site.name else f"{indexed} where missing"


def _tables(group: Elimination) -> Iterator[frozenset[str]]:
    """The axes of each table that is summed, in the order of elimination."""
    sites = {site.name: site for site in group.sites}
    state_axes = {axis_of(s, lag): s for s in group.sites for lag in range(s.lags + 1)}
    left = [frozenset(table.axes) for table in group.tables]
    for block in group.order:
        own = {axis for axis, site in state_axes.items() if site.name in block}
        touched = [axes for axes in left if axes & own]
        whole = frozenset().union(*touched, *(sites[name].plates for name in block))
        left = [axes for axes in left if axes not in touched]
        gone = {site.along for site in sites.values() if site.name in block}
        left.append(frozenset(axis for axis in whole if axis not in own | gone))
        # The axes whose entries share a state are those of the prior alone.
        yield whole - {dim for name in block for dim in sites[name].together}


def _size(axis: str, group: Elimination) -> Expr:
    for site in group.sites:
        if axis in (axis_of(site, lag) for lag in range(site.lags + 1)):
            return _states(site)
    return Size(axis)


def _count(site: HiddenSite) -> Expr:
    dim = site.type.dim if site.type.kind is Kind.INDEX else None
    return site.count if dim is None else Size(dim)


def _states(site: HiddenSite) -> Expr:
    """How many states there are: a number, or the power of one by the size of a dimension."""
    return replace(site, count=_count(site)).configurations


def _extent(sizes: Iterable[Expr], program: Program) -> str:
    """The product of some sizes, the numbers among them multiplied."""
    number, others = 1, []
    for size in sizes:
        found = known_size(size, program, {})
        if found is not None:
            number *= found
        else:
            others.append(_said(size))
    return " x ".join([str(number)] * (number != 1 or not others) + others)


def _said(size: Expr) -> str:
    match size:
        case Size(dim):
            return dim
        case Op("^", (base, Size(dim))) if isinstance(base, Const):
            return f"{base.value}^{dim}"
        case _:
            return print_expr(size)
