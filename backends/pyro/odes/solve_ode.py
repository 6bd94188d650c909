"""States of differential equations at any times, by steps whose size is controlled."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import contextlib

import torch

from gendsl.backends.pyro.odes.adaptive_steps import adaptive_steps
from gendsl.backends.pyro.odes.packed import pack, unpack


def solve_ode(
    field, start, args, t0, times, solver, rtol, atol, max_steps, jumps=None, is_checkpointed=False
):
    """Solve `d state / dt = field(t, state, args)` from `state = start` at `t0`.

    `times` is a tensor of any shape, or a tuple of them, in any order; before `t0` a state is what
    it is at the start. Returns the states at the times, each [*times, *state], for a tuple a tuple
    of them, and whether they could be had: where not, they are NaN. Slopes go back through the
    steps, whose sizes are held; where it `is_checkpointed`, what is computed inside of a step is
    not kept for them, but computed again.
    """
    dtype = torch.get_default_dtype()
    is_one = not isinstance(times, tuple)
    parts = [torch.as_tensor(t, dtype=dtype) for t in ((times,) if is_one else times)]
    flat = torch.cat([part.reshape(-1) for part in parts])
    t0 = torch.as_tensor(t0, dtype=dtype)
    order = torch.argsort(flat.detach())
    ts = torch.maximum(flat[order], t0)
    start = [torch.as_tensor(x, dtype=dtype) for x in start]
    shapes = [x.shape for x in start]

    def rates(t, y, args):
        # Slopes may be asked for where torch's default is another.
        with default_type(dtype):
            return pack(field(t, unpack(y, shapes), args), shapes)

    def jumped(y, is_now):
        return pack(jumps.added(unpack(y, shapes), is_now), shapes)

    y, end, stops = pack(start, shapes), ts[-1], []
    if jumps is not None:
        began = t0.detach()
        y = jumped(y, lambda time: time <= began)
        # Close to the end steps would be drawn out over a jump that is there.
        end, stops = end + 1e-3 * (end - t0), jumps.times
    # An interval without length has no steps, and so no solution.
    end = torch.where(end <= t0, t0 + 1.0, end)
    states = adaptive_steps(
        rates, y, args, t0, end, ts, solver, rtol, atol, max_steps, stops, jumped, is_checkpointed
    )
    is_solved = torch.tensor(states is not None)
    if states is None:
        states = torch.full((len(ts), len(y)), torch.nan, dtype=dtype)
    rows = states[torch.argsort(order)].split([part.numel() for part in parts])
    found = tuple(
        tuple(x.reshape(part.shape + x.shape[1:]) for x in unpack(row, shapes))
        for row, part in zip(rows, parts, strict=True)
    )
    return (found[0] if is_one else found), is_solved


@contextlib.contextmanager
def default_type(dtype):
    """Numbers become tensors of this type."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
