"""Entries of a log likelihood behind which there is no observation, as conditions exclude all.

A sum over discrete latents, of an `item` say, is over all statements that read these. Where none
of them holds, and where what they score is missing, there is nothing to predict: no observation.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from gendsl.api.held_out_rows import rows_of
from gendsl.api.terms import Term, terms_of
from gendsl.data.evaluate import Environment, EvaluationError, broadcast, evaluate
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Program, Sample
from gendsl.ir.walk import sites

Mask = NDArray[np.bool_]


def without_observation(program: Program, bound: BoundData) -> Mapping[str, Mask]:
    """Of each sum over discrete latents that has conditional statements: where none is scored."""
    conditional = {site.name for site in sites(program) if site.where is not None}
    if not conditional:
        return {}
    scored = {site.name: site for site in sites(program)}
    found: dict[str, Mask] = {}
    for term in terms_of(program, bound.sizes).values():
        if term.group is None or conditional.isdisjoint(term.sites):
            continue
        try:
            found[term.name] = ~_is_scored(term, scored, program, bound)
        except (DiagnosticError, EvaluationError):
            continue  # a condition of what is inferred, or rows of no one entry: all are scored
    return found


def _is_scored(
    term: Term, scored: Mapping[str, Sample], program: Program, bound: BoundData
) -> Mask:
    """Whether a statement holds and its value is known, by entry of a term."""
    places = rows_of(program, {site: (term.dims, term.group) for site in term.sites}, bound)
    mask = np.zeros([bound.sizes[dim] for dim in term.dims], np.bool_)
    for name in term.sites:
        holds, batch = _holds(scored[name], bound), scored[name].batch_dims
        if name in places:
            np.logical_or.at(mask, places[name].places, holds)
            continue
        others = tuple(i for i, dim in enumerate(batch) if dim not in term.dims)
        kept = [dim for dim in batch if dim in term.dims]
        held = np.asarray(holds.any(axis=others))
        mask |= np.transpose(held, [kept.index(dim) for dim in term.dims])
    return mask


def _holds(site: Sample, bound: BoundData) -> Mask:
    """Whether a statement scores an entry, on the site's own axes."""
    env = Environment(bound.arrays, bound.sizes, bound.labels)
    batch = site.batch_dims
    holds = np.ones([bound.sizes[dim] for dim in batch], np.bool_)
    if site.where is not None:
        holds &= broadcast(evaluate(site.where, env), site.where.dims, batch, env).astype(bool)
    if site.slice is not None:
        axis, part = batch.index(site.slice.dim), site.slice
        position = np.arange(bound.sizes[part.dim])
        inside = np.ones(len(position), np.bool_)
        if part.start is not None:
            inside &= position >= evaluate(part.start, env)
        if part.stop is not None:
            inside &= position < evaluate(part.stop, env)
        holds &= inside.reshape([-1 if i == axis else 1 for i in range(len(batch))])
    if isinstance(site.value, Ref) and (missing := bound.missing.get(site.value.name)) is not None:
        dims = site.value.dims
        events = tuple(i for i, dim in enumerate(dims) if dim not in batch)
        is_known = np.asarray((~np.asarray(missing)).any(axis=events))
        holds &= broadcast(is_known, tuple(d for d in dims if d in batch), batch, env)
    return holds
