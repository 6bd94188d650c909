"""Gradients of a posterior from all rows or from minibatches, as an inference program asks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gendsl.api.failure import UsageError
from gendsl.api.inference_posterior import Posterior, sites_of
from gendsl.api.lowering import explained, lower_in_batches
from gendsl.backends.failures import NeedsWhole
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.program import InferenceCall

if TYPE_CHECKING:
    from gendsl.inference.minibatch import Part, Rows


def rows_of(posterior: Posterior, call: InferenceCall) -> tuple[Rows, tuple[Any, Any]]:
    """Return how gradients are estimated, and the pair of data that it takes.

    A `batch` of as many rows as there are, or more, reads them all.

    Raises:
        DiagnosticError: if a statement needs all members of the dimension.
        UsageError: if another backend than NumPyro's is to read minibatches.
    """
    from gendsl.inference.minibatch import Rows

    batch, over = call.setting("batch"), call.setting("over")
    if batch is None:
        return Rows(posterior.target), (posterior.data, ())
    assert isinstance(batch, int) and isinstance(over, str)
    if batch >= posterior.bound.sizes[over]:
        return Rows(posterior.target), (posterior.data, ())
    part, found = _part(posterior, call, over, batch, f"batch = {batch}")
    return Rows(posterior.target, part), (posterior.data, found.data)


def rows_with_draws(posterior: Posterior, call: InferenceCall) -> tuple[Rows, tuple[Any, Any]]:
    """Return the estimate from a `batch` of rows with draws of their own, as `rows_of` does.

    Raises:
        DiagnosticError: if a statement needs all members of the dimension.
        UsageError: if another backend than NumPyro's is to read rows apart.
    """
    from gendsl.inference.minibatch import Rows

    batch, over = call.setting("batch"), call.setting("over")
    assert isinstance(batch, int) and isinstance(over, str)
    part, found = _part(posterior, call, over, 1, f"batch = {batch}")
    part = replace(part, batch=min(batch, part.count), has_draws_of_its_own=True)
    return Rows(posterior.target, part), (posterior.data, found.data)


def one_at_a_time(posterior: Posterior, call: InferenceCall) -> tuple[Part, Any]:
    """Return the estimate from one row, and its density, which has the arrays that it takes.

    Raises:
        DiagnosticError: if a statement needs all members of the dimension.
        UsageError: if another backend than NumPyro's is to read rows apart.
    """
    over = call.setting("over")
    assert isinstance(over, str)
    return _part(posterior, call, over, 1, f"covariance = {call.setting('covariance')}")


def _part(
    posterior: Posterior, call: InferenceCall, over: str, batch: int, asked: str
) -> tuple[Part, Any]:
    """The estimate from `batch` rows, which `asked` asks for, and its density."""
    from gendsl.inference.minibatch import Part
    from gendsl.inference.target import Target

    if posterior.target.is_hosted:
        raise UsageError(
            Diagnostic(
                "G0770",
                f"`{call.name}({asked})` runs on programs for NumPyro only",
                call.span,
                "rows apart",
                help="leave `backend` out; for Pyro, `model.as_module(data, minibatch=...)` trains"
                " in minibatches",
            )
        )
    density: Any = posterior.density
    try:
        program = lower_in_batches(posterior.program, over)
    except NeedsWhole as error:
        error.help = f"leave `{asked.split(' ')[0]}` out: `{call.name}()` reads all of `{over}`"
        with explained(posterior.program):
            raise
    found = program.bind(posterior.bound, density.outline, density.data, batch)
    functions = found.batches
    target = Target(functions.log_prior, functions.log_likelihood, density.size, sites_of(density))
    return Part(target, found.count, batch), found
