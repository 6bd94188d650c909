"""Latent quantities whose values are given: `tau ~ HalfCauchy(5)` with `tau` = 3.

The quantity becomes data and its statement an observation of them, so that everything downstream
sees the value and its density stays in the joint: p(theta, y, tau) as a function of the rest is
p(theta, y | tau) up to a constant.

Where only some entries are given, and entries are independent, the statement stays under another
name, `theta.own`; `theta = if(theta.is_set, theta.set, theta.own)`, and the density at the given
ones is that of an observation, `theta.given`. Where entries depend on each other (one draw of many,
a recurrence), the quantity becomes optional data, and the rest are inferred as missing data are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from gendsl.diagnostics.diagnostic import InternalError
from gendsl.ir.program import Data, Equation, Node, Program, Recurrence, Sample, Series
from gendsl.ir.statements import as_observation, restricted, step_after_starts
from gendsl.transforms.fixed_data import (
    data_in_part,
    is_set,
    series_named,
    set_in_part,
    set_values,
    standing_for,
    without_series,
)

GIVEN = ".given"


def condition(
    program: Program, names: frozenset[str], partial: frozenset[str] = frozenset()
) -> Program:
    """Let these latent quantities be data; of those in `partial` only some entries are given."""
    data: list[Data] = []
    nodes: list[Node] = []
    for node in program.nodes:
        if isinstance(node, Sample) and node.name in names and node.value is None:
            if node.name in partial and not node.event_dims:
                data += data_in_part(node)
                nodes += (*set_in_part(node), _given_entries(node))
                continue
            data.append(standing_for(node, is_optional=node.name in partial))
            nodes.append(as_observation(node, node.name))
            continue
        chosen = tuple(series_named(node, names))
        if isinstance(node, Recurrence) and chosen:
            nodes += without_series(node, names)
            for series in chosen:
                step = _sample(series.step)
                data.append(standing_for(step, is_optional=series.name in partial))
                nodes += _observed_series(series, node.dim)
        else:
            nodes.append(node)
    return replace(program, data=(*program.data, *data), nodes=tuple(nodes))


def _given_entries(node: Sample) -> Sample:
    """The density of the entries that are given."""
    observed = as_observation(node, node.name + GIVEN)
    return restricted(replace(observed, value=set_values(node)), is_set(node))


def _observed_series(series: Series, dim: str) -> Iterator[Sample]:
    """The starts and the step as observations of one array, under names of their own."""
    for i, part in enumerate((*series.starts, step_after_starts(series, dim))):
        yield as_observation(_sample(part), series.name if i == 0 else f"{series.name}.{i + 1}")


def _sample(part: Sample | Equation) -> Sample:
    if not isinstance(part, Sample):
        raise InternalError(f"{part.name} is computed, and can't be conditioned on")
    return part
