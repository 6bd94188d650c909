"""Laplace's approximation by the Fisher information: rows drawn anew from the model at the mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from math import ceil, prod
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.failure import UsageError
from gendsl.api.inference_drawn import Array
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_rows import one_at_a_time
from gendsl.api.posterior import each_draw
from gendsl.api.progress import Report
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import Factor, InferenceCall, Sample, SampleRole

if TYPE_CHECKING:
    from gendsl.inference.approximations import Approximation, Block

_ROWS = 4000
_MOST_REPLICATES = 32
_LARGEST = 1024
"""Rows or columns of a block: a larger matrix is cut into blocks of its rows."""


def fit_by_information(
    posterior: Posterior, call: InferenceCall, seed: int, checked: int, progress: Report | None
) -> Approximation:
    """Fit `laplace(covariance = diagonal)`, or `kronecker`.

    Raises:
        NoFiniteStartError: if there is no finite start.
        DiagnosticError: if the rows can't be read apart.
        UsageError: if what is scored can't be drawn, or another backend is to read rows.
    """
    from gendsl.inference.approximations import InformationLaplace

    _check_drawn(posterior, call)
    part, read = one_at_a_time(posterior, call)
    _check_apart(posterior, call)
    blocks = _blocks(posterior) if call.setting("covariance") == "kronecker" else None
    starts, steps = call.setting("starts"), call.setting("steps")
    assert isinstance(starts, int) and isinstance(steps, int)
    method = InformationLaplace(posterior.target, part, blocks, starts, steps)
    return method.fit(
        posterior.data,
        seed,
        partial(
            _replicates, posterior, read, max(1, min(_MOST_REPLICATES, ceil(_ROWS / part.count)))
        ),
        num_check_draws=checked,
        progress=progress,
    )


def _check_apart(posterior: Posterior, call: InferenceCall) -> None:
    """Refuse data beside the rows: the slope of a row would have a share of theirs."""
    over = call.setting("over")
    beside = [
        n.name
        for n in posterior.program.nodes
        if isinstance(n, Sample) and n.role is SampleRole.OBSERVED and over not in n.dims
    ]
    if beside:
        raise UsageError(
            Diagnostic(
                "G0773",
                f"`{call.name}(covariance = {call.setting('covariance')})` adds up rows of"
                f" `{over}`, and `{beside[0]}` is observed beside them",
                call.span,
                "the information of both?",
                help="leave `covariance` out for the Hessian",
            )
        )


def _check_drawn(posterior: Posterior, call: InferenceCall) -> None:
    density: Any = posterior.density
    scored = [n.name for n in posterior.program.nodes if isinstance(n, Factor)]
    scored += sorted(density.outline.roles.expressions)
    if scored:
        raise UsageError(
            Diagnostic(
                "G0773",
                f"`{call.name}(covariance = {call.setting('covariance')})` draws data anew, and a"
                " `factor` or an observed expression has none",
                call.span,
                "the information of what?",
                help="leave `covariance` out for the Hessian",
            )
        )


def _replicates(
    posterior: Posterior, read: Any, count: int, position: Array, seed: int
) -> Sequence[Any]:
    """The arrays of the rows, with data that the model draws at a position; gaps as they are."""
    density = posterior.density

    def one(key: Any, at: Any, data: Any) -> dict[str, Any]:
        return {"data": density.generate(key, data, at)}

    words = np.random.SeedSequence(seed, spawn_key=(14,)).generate_state(1)
    same = "replicates", density.log_prior
    many = np.repeat(np.asarray(position)[None], count, axis=0)
    drawn = each_draw(one, many, int(words[0]) >> 1, data=density.data, same=same)["data"]
    return [read.observing({n: v[i] for n, v in drawn.items()}) for i in range(count)]


def _blocks(posterior: Posterior) -> tuple[Block, ...]:
    """A block for each latent quantity: its last axis across, all others down."""
    return tuple(_cut(posterior))


def _cut(posterior: Posterior) -> Iterator[Block]:
    from gendsl.inference.approximations import Block

    density: Any = posterior.density
    for site in density.sites:
        shape = site.free_shape
        left, right = (prod(shape[:-1]), shape[-1]) if shape else (1, 1)
        if right > _LARGEST:
            left, right = left * right, 1
        for start in range(0, left, _LARGEST):
            rows = min(_LARGEST, left - start)
            yield Block(site.start + start * right, rows, right)
