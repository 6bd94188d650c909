"""Checks data of joint types: simplex, ordered, corr and their kin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from gendsl.data.evaluate import Environment
from gendsl.data.given import entry
from gendsl.data.problems import Problems
from gendsl.data.raw import Array
from gendsl.diagnostics.wording import counted
from gendsl.distributions.support import SupportKind, event_ranks
from gendsl.ir.program import Data

TOLERANCE = 1e-6


def check_joint(
    data: Data,
    values: Array,
    missing: NDArray[np.bool_],
    env: Environment,
    problems: Problems,
) -> Array:
    """The values, with a member of the type where one is wholly missing; violations are reported.

    Sums and symmetry hold to 1e-6, as data are often rounded.
    """
    rank = event_ranks.get(data.support, 0)
    if rank == 0 or values.ndim < rank:
        return values
    batch, event = values.shape[: values.ndim - rank], values.shape[values.ndim - rank :]
    flat = values.reshape((-1, *event)).copy()
    absent = missing.reshape((-1, *event))
    faults: list[tuple[int, str]] = []
    for i, part in enumerate(flat):
        if absent[i].all():
            flat[i] = example(data.support, event)
        elif absent[i].any():
            faults.append((i, "is missing in part"))
        elif (reason := fault_of(data.support, part)) is not None:
            faults.append((i, reason))
    if faults:
        at, reason = faults[0]
        labels = tuple(env.labels.get(d) for d in data.dims[: len(batch)])
        called = entry(data, batch, labels, at) if batch else data.name
        more = len(faults) - 1
        problems.error(
            "G0625",
            f"`{called}` is not `{data.support}`: it {reason}",
            data.span,
            label=f"is declared `{data.support}`",
            notes=(f"{counted(more, 'more')} of {len(flat)} like it",) if more else (),
        )
    return flat.reshape(values.shape)


def fault_of(support: SupportKind, value: Array) -> str | None:
    """Why a value is not of the support, or `None` if it is."""
    match support:
        case SupportKind.SIMPLEX:
            if (value < 0).any():
                return f"has the negative entry {value.min():g}"
            return _sum_fault(float(value.sum()), 1.0)
        case SupportKind.SUM_TO_ZERO:
            return _sum_fault(float(value.sum()), 0.0, float(np.abs(value).max()))
        case SupportKind.UNIT_VECTOR:
            length = float(np.sqrt(np.sum(value**2)))
            return None if abs(length - 1) <= TOLERANCE else f"has length {length:g}, not 1"
        case SupportKind.ORDERED | SupportKind.POSITIVE_ORDERED:
            return _order_fault(support, value)
        case SupportKind.CORR | SupportKind.COV | SupportKind.CHOLESKY_CORR:
            return _matrix_fault(support, value)
        case _:
            return None


def _sum_fault(total: float, target: float, scale: float = 1.0) -> str | None:
    is_near = abs(total - target) <= TOLERANCE * max(scale, 1.0)
    return None if is_near else f"sums to {total:.8g}, not {target:g}"


def _order_fault(support: SupportKind, value: Array) -> str | None:
    falls = np.flatnonzero(np.diff(value) <= 0)
    if falls.size:
        i = int(falls[0])
        return f"does not rise from position {i} ({value[i]:g}) to {i + 1} ({value[i + 1]:g})"
    if support is SupportKind.POSITIVE_ORDERED and value[0] < 0:
        return f"starts at {value[0]:g}, below 0"
    return None


def _matrix_fault(support: SupportKind, value: Array) -> str | None:
    if value.shape[0] != value.shape[1]:
        return f"is {value.shape[0]} x {value.shape[1]}, not square"
    if support is SupportKind.CHOLESKY_CORR:
        if np.abs(np.triu(value, 1)).max(initial=0.0) > TOLERANCE:
            return "has entries above its diagonal"
        if (np.diag(value) <= 0).any():
            return "has an entry on its diagonal that is not positive"
        lengths = np.sqrt(np.sum(value**2, axis=1))
        row = int(np.argmax(np.abs(lengths - 1)))
        is_unit = abs(lengths[row] - 1) <= TOLERANCE
        return None if is_unit else f"has row {row} of length {lengths[row]:g}, not 1"
    if np.abs(value - value.T).max() > TOLERANCE * max(1.0, float(np.abs(value).max())):
        return "is not symmetric"
    if support is SupportKind.CORR and np.abs(np.diag(value) - 1).max() > TOLERANCE:
        return "has a diagonal that is not 1"
    try:
        np.linalg.cholesky(value)
    except np.linalg.LinAlgError:
        return "is not positive definite"
    return None


def example(support: SupportKind, event: tuple[int, ...]) -> Array:
    """Some member of the support."""
    n = event[-1]
    match support:
        case SupportKind.SIMPLEX:
            return np.full(event, 1 / n)
        case SupportKind.ORDERED | SupportKind.POSITIVE_ORDERED:
            return np.arange(1.0, n + 1)
        case SupportKind.UNIT_VECTOR:
            return np.full(event, n**-0.5)
        case SupportKind.CORR | SupportKind.COV | SupportKind.CHOLESKY_CORR:
            return np.eye(n)
        case _:
            return np.zeros(event)
