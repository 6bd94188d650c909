"""Slopes of a solution by its sensitivities, solved along with it."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import diffrax
import jax
import jax.numpy as jnp
from jax.custom_derivatives import SymbolicZero
from jax.flatten_util import ravel_pytree


def with_sensitivities(solve, inputs, most):
    """`solve(inputs, adjoint)`, which gives states and whether they could be had.

    Differentiated by at most `most` numbers, the sensitivities d state / d input are solved forward
    with the states, in one run; by more, the solver's steps are gone through backward. Where there
    is no solution the slopes are 0.
    """
    leaves, tree = jax.tree.flatten(inputs)
    back = diffrax.RecursiveCheckpointAdjoint()

    @jax.custom_vjp
    def solved(*leaves):
        return solve(jax.tree.unflatten(tree, leaves), back)

    def forward(*primals):
        moving = [p.value if p.perturbed else None for p in primals]
        flat, unravel = ravel_pytree(moving)

        def states_at(flat, adjoint):
            pairs = zip(unravel(flat), primals, strict=True)
            parts = [p.value if part is None else part for part, p in pairs]
            return solve(jax.tree.unflatten(tree, parts), adjoint)

        if flat.size > most:
            states, pull_back, is_solved = jax.vjp(lambda x: states_at(x, back), flat, has_aux=True)
            return (states, is_solved), (moving, is_solved, pull_back, None)

        def along(direction):
            return jax.jvp(
                lambda x: states_at(x, diffrax.ForwardMode()), (flat,), (direction,), has_aux=True
            )

        directions = jnp.eye(flat.size, dtype=flat.dtype)
        states, slopes, is_solved = jax.vmap(along, out_axes=(None, 0, None))(directions)
        return (states, is_solved), (moving, is_solved, None, slopes)

    def backward(kept, weights):
        moving, is_solved, pull_back, slopes = kept
        weights = jax.tree.map(
            lambda w: jnp.zeros(w.shape, w.dtype) if isinstance(w, SymbolicZero) else w,
            weights[0],
            is_leaf=lambda w: isinstance(w, SymbolicZero),
        )
        flat, unravel = ravel_pytree(moving)
        if pull_back is not None:
            (gradient,) = pull_back(weights)
        else:
            sums = jax.tree.map(lambda s, w: jnp.tensordot(s, w, w.ndim), slopes, weights)
            gradient = sum(jax.tree.leaves(sums), jnp.zeros_like(flat))
        return tuple(unravel(jnp.where(is_solved, gradient, 0.0)))

    solved.defvjp(forward, backward, symbolic_zeros=True)
    return solved(*leaves)
