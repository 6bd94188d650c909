"""States of differential equations at any times, by diffrax."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import dataclasses
import math

import diffrax
import jax
import jax.numpy as jnp

from gendsl.backends.numpyro.odes.sensitivities import with_sensitivities


def solve_ode(
    field, start, args, t0, times, solver, rtol, atol, max_steps, adjoint=None, jumps=None
):
    """Solve `d state / dt = field(t, state, args)` from `state = start` at `t0`.

    `times` is an array of any shape, or a tuple of them, in any order; before `t0` a state is what
    it is at the start. Returns the states at the times, each [*times, *state], for a tuple a tuple
    of them, and whether they could be had: where not, they are NaN. Without an `adjoint`, slopes by
    at most 32 numbers are sensitivities, solved with the states.
    """
    parts = [jnp.asarray(t, float) for t in (times if isinstance(times, tuple) else (times,))]
    flat = jnp.concatenate([jnp.ravel(part) for part in parts])
    inputs = jax.tree.map(lambda x: jnp.asarray(x, float), (start, args, t0, flat, jumps))

    def solve(inputs, adjoint):
        start, args, t0, flat, jumps = inputs
        order = jnp.argsort(flat)
        ts = jnp.maximum(flat[order], t0)
        t1 = ts[-1]
        # diffrax sets these loops itself, but not inside a solver that jumps.
        kinds = {diffrax.ForwardMode: "lax", diffrax.DirectAdjoint: "bounded"}
        method = dataclasses.replace(solver, scan_kind=kinds.get(type(adjoint)))
        controller = diffrax.PIDController(rtol=rtol, atol=atol)
        if jumps is not None:
            start, ts, t1, method, controller = jumps.prepare(start, t0, ts, method, controller)
        # An interval without length has no steps, and so no solution.
        is_still = t1 <= t0
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(field),
            method,
            t0=t0,
            t1=jnp.where(is_still, t0 + 1.0, t1),
            dt0=None,
            y0=start,
            args=args,
            saveat=diffrax.SaveAt(ts=ts),
            stepsize_controller=controller,
            adjoint=adjoint,
            max_steps=max_steps,
            throw=False,
        )
        is_solved = solution.result == diffrax.RESULTS.successful
        place = jnp.argsort(order)
        return jax.tree.map(
            lambda y: jnp.where(is_solved, y[place], jnp.nan), solution.ys
        ), is_solved

    if adjoint is None or isinstance(adjoint, diffrax.ForwardMode):
        most = 32 if adjoint is None else math.inf
        states, is_solved = with_sensitivities(solve, inputs, most)
    else:
        states, is_solved = solve(inputs, adjoint)
    found, first = [], 0
    for part in parts:
        last = first + part.size
        found.append(tuple(y[first:last].reshape(part.shape + y.shape[1:]) for y in states))
        first = last
    return (tuple(found) if isinstance(times, tuple) else found[0]), is_solved
