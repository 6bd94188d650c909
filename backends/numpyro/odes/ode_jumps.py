"""What is added to states at given times: the integrator stops there, and goes on behind."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import diffrax
import jax
import jax.numpy as jnp


@jax.tree_util.register_pytree_node_class
class Jumps:
    """Additions to a tuple of states: `added` has for each jump of `times` [jump] all of them.

    At the time of a jump the states are those after it. Jumps before the start count at the start.
    """

    def __init__(self, *jumps):
        """Each of `jumps` is the times [jump], which state it is, and what is added [jump, ...]."""
        self.jumps = tuple(
            (jnp.asarray(times, float), i, jnp.asarray(amount, float)) for times, i, amount in jumps
        )

    def tree_flatten(self):
        places = tuple(i for _, i, _ in self.jumps)
        return tuple((times, amount) for times, _, amount in self.jumps), places

    @classmethod
    def tree_unflatten(cls, places, arrays):
        jumps = object.__new__(cls)
        pairs = zip(arrays, places, strict=True)
        jumps.jumps = tuple((times, i, amount) for (times, amount), i in pairs)
        return jumps

    def add(self, state, is_now):
        """The state with every jump of whose times `is_now` holds."""
        changed = list(state)
        for times, i, amount in self.jumps:
            now = is_now(times).astype(amount.dtype)
            changed[i] = changed[i] + jnp.tensordot(now, amount, 1)
        return tuple(changed)

    def prepare(self, start, t0, ts, solver, controller):
        """Start, times, end, solver and controller of a solution that jumps."""
        every = jnp.sort(jnp.concatenate([times for times, _, _ in self.jumps]))
        start = self.add(start, lambda times: times <= t0)
        # A step starts one number behind a jump: what is asked for at the jump is read behind it.
        is_jump = jnp.any(ts[:, None] == every, axis=1) & (ts > t0)
        # Around 0 numbers are so dense that the next ones count as 0.
        size = jnp.maximum(jnp.abs(ts), jnp.finfo(ts.dtype).eps * (ts[-1] - t0))
        ts = jnp.where(is_jump, ts + 8 * jnp.spacing(size), ts)
        # Close to the end steps would be drawn out over a jump that is there.
        t1 = ts[-1] + 1e-3 * (ts[-1] - t0)
        stopping = diffrax.ClipStepSizeController(controller, jump_ts=every)
        return start, ts, t1, Jumping(solver, self.jumps), stopping


class Jumping(diffrax.AbstractWrappedSolver):
    """A solver that adds what is due where a step starts behind a jump."""

    solver: diffrax.AbstractSolver
    jumps: tuple

    @property
    def term_structure(self):
        return self.solver.term_structure

    @property
    def interpolation_cls(self):
        return self.solver.interpolation_cls

    @property
    def scan_kind(self):
        return self.solver.scan_kind

    def order(self, terms):
        return self.solver.order(terms)

    def error_order(self, terms):
        return self.solver.error_order(terms)

    def init(self, terms, t0, t1, y0, args):
        return self.solver.init(terms, t0, t1, y0, args)

    def func(self, terms, t0, y0, args):
        return self.solver.func(terms, t0, y0, args)

    def step(self, terms, t0, t1, y0, args, solver_state, made_jump):
        near = 4 * jnp.maximum(jnp.spacing(jnp.abs(t0)), jnp.finfo(t0.dtype).tiny)
        jumped = Jumps(*self.jumps).add(y0, lambda times: made_jump & (jnp.abs(times - t0) <= near))
        return self.solver.step(terms, t0, t1, jumped, args, solver_state, made_jump)
