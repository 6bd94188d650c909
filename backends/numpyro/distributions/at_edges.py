"""Counts whose parameter may lie at an edge, where all of the mass is on one value."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import jax.numpy as jnp
import numpyro.distributions as dist


class AtEdges(dist.Distribution):
    """`family(**{name: argument}, **others)`, also where the argument is 0 or 1.

    There the draw is certain to be `at_0` or `at_1`: the log density is 0 or -inf, exactly, and
    its gradient is 0 where NumPyro's own would be NaN. An edge that is None is none.
    """

    pytree_data_fields = ("argument", "others", "at_0", "at_1")
    pytree_aux_fields = ("family", "name")

    def __init__(self, family, name, argument, at_0=None, at_1=None, **others):
        self.family, self.name, self.argument, self.others = family, name, argument, others
        self.at_0, self.at_1 = at_0, at_1
        self.is_0 = (argument == 0) if at_0 is not None else jnp.zeros(jnp.shape(argument), bool)
        self.is_1 = (argument == 1) if at_1 is not None else jnp.zeros(jnp.shape(argument), bool)
        inside = jnp.where(self.is_0 | self.is_1, 0.5, argument)
        self.base = family(**{name: inside}, **others)
        super().__init__(self.base.batch_shape, ())

    @property
    def support(self):
        return self.base.support

    def log_prob(self, value):
        certain = jnp.where(self.is_1, 0 if self.at_1 is None else self.at_1, self.at_0 or 0)
        at_edge = jnp.where(value == certain, 0.0, -jnp.inf)
        return jnp.where(self.is_0 | self.is_1, at_edge, self.base.log_prob(value))
