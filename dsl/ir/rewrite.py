"""Replacing parts of expressions, whatever their kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any, cast, get_args

from gendsl.ir.expr import Expr
from gendsl.ir.program import (
    Argument,
    Distribution,
    Equation,
    Factor,
    Node,
    Range,
    Recurrence,
    Sample,
)
from gendsl.ir.walk import Statement

_KINDS = get_args(Expr)


Choose = Callable[[Expr], Expr | None]
"""What takes the place of an expression; `None` looks inside it instead."""


def rewritten(expr: Expr, choose: Choose) -> Expr:
    """The expression with every outermost part for which `choose` has something replaced by that.

    What takes a part's place must have its dimensions and type.
    """
    chosen = choose(expr)
    if chosen is not None:
        return chosen
    changed = {
        field.name: inner
        for field in fields(expr)
        if (inner := _inside(given := getattr(expr, field.name), choose)) is not given
    }
    return replace(expr, **cast(Any, changed)) if changed else expr


def _inside(value: object, choose: Choose) -> object:
    if isinstance(value, _KINDS):
        return rewritten(cast(Expr, value), choose)
    if isinstance(value, tuple):
        parts = tuple(_inside(part, choose) for part in value)
        is_same = all(new is old for new, old in zip(parts, value, strict=True))
        return value if is_same else parts
    return value


def rewritten_distribution(distribution: Distribution, choose: Choose) -> Distribution:
    """The distribution with its arguments and its truncation rewritten."""
    arguments = tuple((name, _argument(a, choose)) for name, a in distribution.arguments)
    cut = distribution.truncation
    return replace(
        distribution,
        arguments=arguments,
        truncation=None if cut is None else rewritten_range(cut, choose),
    )


def _argument(argument: Argument, choose: Choose) -> Argument:
    if isinstance(argument, Distribution):
        return rewritten_distribution(argument, choose)
    if isinstance(argument, tuple):
        return tuple(rewritten_distribution(part, choose) for part in argument)
    return rewritten(argument, choose)


def rewritten_range(range: Range, choose: Choose) -> Range:
    """The range with its bounds rewritten."""
    lower, upper = (None if b is None else rewritten(b, choose) for b in (range.lower, range.upper))
    return replace(range, lower=lower, upper=upper)


def rewritten_statement(statement: Statement, choose: Choose) -> Statement:
    """The statement with every expression that it evaluates rewritten; its slice stays."""
    match statement:
        case Factor():
            where = None if statement.where is None else rewritten(statement.where, choose)
            return replace(statement, value=rewritten(statement.value, choose), where=where)
        case Sample() | Equation():
            return _part(statement, choose)


def rewritten_recurrence(node: Recurrence, choose: Choose) -> Recurrence:
    """The recurrence with the starts and steps of its series rewritten."""
    series = tuple(
        replace(
            s,
            starts=tuple(_part(start, choose) for start in s.starts),
            step=_part(s.step, choose),
        )
        for s in node.series
    )
    return replace(node, series=series)


def _part(part: Sample | Equation, choose: Choose) -> Sample | Equation:
    if isinstance(part, Equation):
        return replace(part, value=rewritten(part.value, choose))
    value, where = (None if e is None else rewritten(e, choose) for e in (part.value, part.where))
    return replace(
        part,
        distribution=rewritten_distribution(part.distribution, choose),
        range=rewritten_range(part.range, choose),
        value=value,
        where=where,
    )


def with_distributions(
    nodes: Iterable[Node], change: Callable[[Distribution], Distribution]
) -> Iterator[Node]:
    """The nodes with the distribution of every site changed, those in recurrences too."""

    def changed(part: Sample | Equation) -> Sample | Equation:
        if isinstance(part, Equation):
            return part
        new = change(part.distribution)
        return part if new is part.distribution else replace(part, distribution=new)

    for node in nodes:
        if isinstance(node, Sample):
            yield changed(node)
        elif isinstance(node, Recurrence):
            series = tuple(
                replace(s, starts=tuple(map(changed, s.starts)), step=changed(s.step))
                for s in node.series
            )
            yield replace(node, series=series)
        else:
            yield node
