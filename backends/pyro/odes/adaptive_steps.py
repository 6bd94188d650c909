"""Steps of a Runge-Kutta method, each as long as the error that it makes allows."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import bisect
import math

import torch
from torch.utils.checkpoint import checkpoint

FIRST_STEP = 0.01
"""That of diffrax; a bad one costs a few steps."""


def adaptive_steps(
    rates, y, args, t0, end, ts, solver, rtol, atol, max_steps, stops, jumped, is_checkpointed
):
    """The states [time, entry] at increasing times `ts`, or None where a step fails.

    A step is kept if the root mean square of its error, over `atol + rtol * |y|`, is below 1. The
    next one is 0.9 / error^(1/order) times as long: from 1 to 10 times, after one that is not kept
    0.2 to 0.9 times. `max_steps` counts these too. At each of `stops`, in increasing order, a step
    ends, and what y is from there on is `jumped(y, is_now)`. No slope goes through the lengths.
    """
    wanted, last, found, seen = ts.tolist(), end.item(), [], 0
    t, rate, reached = t0, rates(t0, y, args), y
    until = t + FIRST_STEP
    is_kept, stop = True, bisect.bisect_right(stops, t.item())
    for _ in range(max_steps):
        if stop < len(stops) and until.item() >= stops[stop]:
            until = t.new_tensor(stops[stop])
        if until.item() > last - 100 * math.ulp(last):
            until = end if is_kept else t + 0.5 * (end - t)
        now, then = t.item(), until.item()
        if not then > now:
            return None
        step = (rates, args, t, until, y, rate, rtol, atol)
        if is_checkpointed:
            after, error, stages = checkpoint(
                solver.step, *step, use_reentrant=False, preserve_rng_state=False
            )
        else:
            after, error, stages = solver.step(*step)
        ratio = error_ratio(error, reached, after, rtol, atol)
        if math.isnan(ratio):
            return None
        is_kept = ratio < 1
        growth = 0.9 * ratio ** (-1 / solver.order) if ratio else math.inf
        length = (until - t) * (
            min(max(growth, 1.0), 10.0) if is_kept else min(max(growth, 0.2), 0.9)
        )
        if is_kept:
            is_stop = stop < len(stops) and then == stops[stop]
            count = (bisect.bisect_left if is_stop else bisect.bisect_right)(wanted, then)
            if count > seen:
                share = (ts[seen:count] - t) / (until - t)
                found.append(solver.between(share, until - t, y, after, stages))
                seen = count
            if then >= last:
                return torch.cat(found)
            t, y, rate, reached = until, after, stages[-1], after
            if is_stop:
                y = jumped(y, lambda times, then=then: times == then)
                rate = rates(t, y, args)
                stop += 1
        until = t + length
    return None


@torch.no_grad()
def error_ratio(error, before, after, rtol, atol):
    """The size of an error among what is allowed; infinite where it is no number."""
    most = torch.maximum(torch.abs(before), torch.abs(torch.where(after.isnan(), before, after)))
    error = torch.where(error.isnan(), torch.inf, error)
    return root_mean_square(error / (atol + rtol * most)).item()


def root_mean_square(x):
    """The root of the mean of the squares of all entries."""
    return torch.sqrt(torch.mean(x**2))
