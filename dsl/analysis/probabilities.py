"""Vectors of probabilities: what must add up to 1 along the categories, and visibly does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gendsl.analysis.intervals import interval
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.distributions.family import FamilyParameter, Role
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import ConstArray, Expr, Gather, IndexOf, Pick, Ref, Shift
from gendsl.ir.program import Distribution, Equation, Program, Sample
from gendsl.ir.walk import sites, statements

TOLERANCE = 1e-6
"""How far the sum of written numbers may be from 1: rounding, not a forgotten digit."""


def check_probabilities(program: Program, reporter: Reporter) -> None:
    """Report vectors of probabilities that are no simplex along the categories.

    A simplex of which another dimension is left, a latent that is no simplex, numbers with another
    sum, the values of a random function or a network. Other formulas are taken at their word, for
    softmax and stick breaking are written as such.
    """
    sources = _sources(program)
    for site in sites(program):
        for distribution, parameter, argument, dim in _vectors(site.distribution):
            found = _origin(argument, dim, sources)
            if found is None:
                continue
            span = argument.span or distribution.span or site.span
            what = f"`{parameter.name}` of `{distribution.family.name}`"
            if isinstance(found, ConstArray):
                problem = _wrong_sum(found, what, span)
            else:
                problem = _wrong_vector(found, sources, argument, dim, what, span)
            if problem is not None:
                reporter.report(problem)


def _vectors(
    distribution: Distribution,
) -> Iterator[tuple[Distribution, FamilyParameter, Expr, str]]:
    """The arguments that must be simplexes, each with the dimension of its categories."""
    parameters = {p.name: p for p in distribution.form.parameters}
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from _vectors(argument)
        elif isinstance(argument, tuple):
            for component in argument:
                yield from _vectors(component)
        elif (parameter := parameters[name]).support.kind is SupportKind.SIMPLEX:
            events = distribution.event_dims
            dim = distribution.category_dim
            if parameter.role is Role.VECTOR:
                dim = events[-1] if events else None
            if dim is not None and dim in argument.dims:
                yield distribution, parameter, argument, dim


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a named quantity comes from: a formula, or values with a dimension that adds up to 1.

    Without either it is random and no simplex; `is_output` says that it is what a random function
    or a network gives.
    """

    span: Span
    value: Expr | None = None
    simplex: str | None = None
    is_output: bool = False


def _sources(program: Program) -> dict[str, _Source]:
    """Of the data that are simplexes, of all that is drawn, and of equations of one statement."""
    found = {
        data.name: _Source(data.span, simplex=data.dims[-1])
        for data in program.data
        if data.support is SupportKind.SIMPLEX
    }
    given = {data.name for data in program.data}
    parts: dict[str, list[Sample | Equation]] = {}
    for part in statements(program):
        if isinstance(part, Sample | Equation) and part.name not in given:
            parts.setdefault(part.name, []).append(part)
    for name, defining in parts.items():
        match defining:
            case [Equation(value=value, slice=None, span=span)]:
                found[name] = _Source(span, value=value)
            case [Sample() as site, *rest] if all(isinstance(p, Sample) for p in rest):
                kinds = {p.support for p in defining if isinstance(p, Sample)}
                if kinds == {SupportKind.SIMPLEX}:
                    found[name] = _Source(site.span, simplex=site.dims[-1])
                elif SupportKind.SIMPLEX not in kinds:
                    found[name] = _Source(site.span)
    for name in _outputs(program) & parts.keys():
        found[name] = _Source(parts[name][0].span, is_output=True)
    return found


def _outputs(program: Program) -> frozenset[str]:
    """The quantities that hold what random functions and networks give, `f(x)`."""
    calls = [call for network in program.networks for call in network.calls]
    called = {call.holder for call in calls} | {call.values for call in calls}
    functions = {choice.name for choice in program.functions}
    names = {part.name for part in statements(program) if isinstance(part, Sample | Equation)}
    return frozenset(
        called | {n for n in names if n.endswith(")") and n.partition("(")[0] in functions}
    )


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries of a named quantity along one of its dimensions."""

    name: str
    dim: str


def _origin(expr: Expr, dim: str, sources: dict[str, _Source]) -> _Entries | ConstArray | None:
    """What the entries along a dimension are entries of; nothing where a formula makes them."""
    match expr:
        case ConstArray(items):
            if expr.own == dim:
                return expr
            # Rows of numbers: the first that is wrong.
            rows = (_origin(item, dim, sources) for item in items)
            arrays = (row for row in rows if isinstance(row, ConstArray))
            return next((row for row in arrays if _total(row) is not None), None)
        case Ref(name) if name in sources:
            value = sources[name].value
            return _Entries(name, dim) if value is None else _origin(value, dim, sources)
        case Gather(base, indices):
            within = dim
            for along, index in indices:
                if dim not in index.dims:
                    continue
                if not isinstance(index, IndexOf):
                    return None
                within = along
            return _origin(base, within, sources)
        case Pick(base):
            return _origin(base, dim, sources)
        case Shift(base, along) if along != dim:
            return _origin(base, dim, sources)
        case _:
            return None


def _total(array: ConstArray) -> float | None:
    """What numbers add up to, if it is not 1; nothing where a formula is among them."""
    ends = [interval(item, {}) for item in array.items]
    if any(end.low != end.high for end in ends):
        return None
    total = sum(end.low for end in ends)
    return None if abs(total - 1) <= TOLERANCE else total


def _wrong_sum(array: ConstArray, what: str, span: Span) -> Diagnostic | None:
    """Numbers that do not add up to 1."""
    total = _total(array)
    if total is None:
        return None
    where = array.span or span
    return Diagnostic(
        "G0313",
        f"{what} adds up to {total:g}, not to 1",
        span,
        "no probabilities",
        () if where == span else (Label(where, "these numbers"),),
        (),
        "give numbers that add up to 1, or divide by their sum: `w / sum[k](w)`",
    )


def _ways_out(entries: _Entries, source: _Source) -> str:
    name, dim = entries.name, entries.dim
    if source.is_output:
        return (
            f"a function gives any numbers: `softmax[{dim}]({name})` are probabilities, and"
            f" `Categorical(logit = {name})` takes them as they are"
        )
    return (
        f"draw it from a distribution of simplexes, `{name}[{dim}] ~ Dirichlet(1)`, or divide by"
        f" the sum: `{name} / sum[{dim}]({name})`"
    )


def _wrong_vector(
    entries: _Entries,
    sources: dict[str, _Source],
    argument: Expr,
    dim: str,
    what: str,
    span: Span,
) -> Diagnostic | None:
    """Entries of something random that do not add up to 1 along the categories."""
    source = sources[entries.name]
    if source.simplex == entries.dim:
        return None
    label = Label(source.span, f"`{entries.name}` is defined here")
    defined = () if source.span.start == span.start else (label,)
    if source.simplex is None:
        return Diagnostic(
            "G0313",
            f"{what} does not add up to 1: `{entries.name}` is no simplex",
            span,
            f"must add up to 1 along `{dim}`",
            defined,
            (),
            _ways_out(entries, source),
        )
    index = _index_along(argument, source.simplex, entries.dim)
    right = f"`{entries.name}[{index}]`" if index is not None else None
    return Diagnostic(
        "G0313",
        f"{what} varies over `{entries.dim}`, but `{entries.name}` adds up to 1 along"
        f" `{source.simplex}`",
        span,
        f"its entries along `{entries.dim}` are no probabilities",
        defined,
        (),
        f"index the other dimension: {right}"
        if right is not None
        else f"declare `{entries.name}` with `{entries.dim}` as its last dimension: along that one"
        " a simplex adds up to 1",
    )


def _index_along(expr: Expr, dim: str, other: str) -> str | None:
    """What stands between the brackets, with the index along one dimension given to another."""
    match expr:
        case Gather(base, indices):
            if dim not in {along for along, _ in indices}:
                return _index_along(base, dim, other)
            written = [
                f"{other} = {index.span.text}" if along == dim else index.span.text
                for along, index in indices
                if index.span is not None and not isinstance(index, IndexOf)
            ]
            return ", ".join(written)
        case Pick(base, along, position):
            if along == dim and isinstance(position, int):
                return f"{other} = {position}"
            return _index_along(base, dim, other)
        case Shift(base):
            return _index_along(base, dim, other)
        case _:
            return None
