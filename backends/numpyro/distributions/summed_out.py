"""Finite discrete sites, summed out exactly."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for NumPyro users to read

import math

import jax
import jax.numpy as jnp
import numpyro.distributions as dist
from numpyro.distributions import constraints

from gendsl.backends.numpyro.distributions.log_sums import log_choice, log_sum


class Hidden:
    """A discrete site: its name, how many values it has, the names and lengths of its axes.

    The values count from `least`. It may be read at earlier positions of the axis `along`. Entries
    along the axes of `together` share one state, of which their values are the digits; there is one
    for each entry of `plates`, the other axes.
    """

    def __init__(self, name, values, axes="", shape=(), *, least=0, along=None, together=""):
        self.name, self.values, self.least, self.along = name, values, least, along
        self.axes, self.shape, self.together = tuple(axes.split()), tuple(shape), together.split()
        self.plates = tuple(axis for axis in self.axes if axis not in self.together)
        lengths = dict(zip(self.axes, self.shape, strict=True))
        self.entries = math.prod(lengths[axis] for axis in self.together)
        self.states = values**self.entries

    def table(self, weights):
        """Log weights on the values of each entry, by state."""
        if not self.together:
            return Table(weights, " ".join((*self.axes, self.name)))
        order = [self.axes.index(axis) for axis in (*self.plates, *self.together)]
        weights = jnp.transpose(weights, (*order, len(order)))
        plates = weights.shape[: len(self.plates)]
        entry = jnp.arange(self.entries)
        digits = jnp.arange(self.states)[:, None] // self.values**entry % self.values
        weights = weights.reshape(*plates, self.entries, self.values)[..., entry, digits]
        return Table(weights.sum(-1), " ".join((*self.plates, self.name)))


class Table:
    """Log densities by the named axes: a discrete site's own name is the axis of its states.

    Leading axes may be left out, and others of length 1, where nothing varies along them.
    `z-1` is the state of `z` one position before, along the axis of its past; there the table holds
    from position `since` to before `until`.
    """

    def __init__(self, log, axes, since=0, until=None):
        self.axes, self.since, self.until = tuple(axes.split()), since, until
        self.log = jnp.reshape(log, (1,) * (len(self.axes) - jnp.ndim(log)) + jnp.shape(log))

    def on(self, axes):
        """The array with these axes, of length 1 where the table lacks one."""
        order = [self.axes.index(axis) for axis in axes if axis in self.axes]
        missing = [i for i, axis in enumerate(axes) if axis not in self.axes]
        return jnp.expand_dims(jnp.transpose(self.log, order), missing)


def site_of(axis):
    """The site whose states an axis has: `z` of `z-1`."""
    return axis.rsplit("-", 1)[0]


def _log_sum(log, axes, *step):
    return log_sum(log, axes, len(step) > 1)


class SummedOut(dist.Distribution):
    """The sum over all values of discrete sites of the product of the tables' densities.

    Sites are summed in `order` (each alone, as they are listed, unless it is given), those in the
    most plates first: over its states, then the logarithms are added up over the plates that the
    remaining ones lack (Obermeyer et al. 2019, "Tensor variable elimination for plated factor
    graphs"). `plates` are the axes that are left in the end. `within` has for an axis the one
    that it lies within, the index that says where in it each position belongs, and its length.
    """

    pytree_data_fields = ("logs",)
    pytree_aux_fields = ("hidden", "marks", "order", "plates", "within")

    def __init__(self, hidden, tables, order=None, plates="", within=(), *, validate_args=None):
        self.within = {inner: where for inner, *where in within}
        self.hidden = {site.name: site for site in hidden}
        self.plates = tuple(plates.split())
        self.order = [tuple(block.split()) for block in order or self.hidden]
        self.logs = tuple(table.log for table in tables)
        self.marks = tuple((" ".join(t.axes), t.since, t.until) for t in tables)
        batch = tuple(self.sizes[plate] for plate in self.plates)
        super().__init__(batch, (), validate_args=validate_args)

    @property
    def support(self):
        return constraints.real

    @property
    def sizes(self):
        """The length of each axis."""
        sizes = {name: site.states for name, site in self.hidden.items()}
        sizes |= {outer: length for outer, _, length in self.within.values()}
        for site in self.hidden.values():
            sizes |= dict(zip(site.axes, site.shape, strict=True))
        return sizes

    def log_prob(self, value=None):
        """The logarithm of the sum, by entry of `plates`; there is no value to give."""
        return self.log_normaliser({}, _log_sum)

    def draw(self, key):
        """One exact joint draw of all sites given everything else."""

        def choose(log, axes, *step):
            own = key
            for number in step:
                own = jax.random.fold_in(own, number)
            return log_choice(log, axes, own)

        return self._chosen(choose)

    def most_probable(self):
        """The jointly most probable values of all sites."""
        return self._chosen(lambda log, axes, *step: log_choice(log, axes, None))

    def probabilities(self):
        """Each site's probabilities given everything else, its states on the last axis."""
        return self._marked(_log_sum)

    def _chosen(self, reduce):
        marked = self._marked(reduce)
        return {name: jnp.argmax(marked[name], -1) + h.least for name, h in self.hidden.items()}

    def _marked(self, reduce):
        """The gradient with respect to a log weight on each state of each site."""
        dtype = jnp.result_type(float, *self.logs)
        zeros = {n: jnp.zeros((*h.shape, h.values), dtype) for n, h in self.hidden.items()}
        return jax.grad(lambda weights: self.log_normaliser(weights, reduce).sum())(zeros)

    def log_normaliser(self, weights, reduce):
        """`log_prob` with weights on states and another way to sum: `reduce(log, axes, *step)`."""
        tables = [Table(log, *mark) for log, mark in zip(self.logs, self.marks, strict=True)]
        for name, weight in weights.items():
            tables.append(self.hidden[name].table(weight))
        for step, block in enumerate(self.order):
            touched = [t for t in tables if any(site_of(axis) in block for axis in t.axes)]
            tables = [t for t in tables if t not in touched]
            plates = self.hidden[block[0]].plates
            inner = [self._product(t, plates) for t in touched]
            tables.append(self._eliminated(block, inner, reduce, step))
        return sum(self._whole(self._product(t, self.plates), self.plates).log for t in tables)

    def _product(self, table, plates):
        """The product over the plates that are not kept: a sum of logarithms."""
        table = self._gathered(table, plates)
        gone = [a for a in table.axes if site_of(a) not in self.hidden and a not in plates]
        if not gone:
            return table
        log, sizes = table.log, self.sizes
        for axis in gone:
            if log.shape[table.axes.index(axis)] == 1:
                log = log * sizes.get(axis, 1)
        log = log.sum(tuple(table.axes.index(axis) for axis in gone))
        kept = " ".join(axis for axis in table.axes if axis not in gone)
        return Table(log, kept, table.since, table.until)

    def _gathered(self, table, plates):
        """The product over each axis that lies within one of the plates, by position of that."""
        inner = next((a for a in table.axes if a not in plates and self._lies_in(a, plates)), None)
        if inner is None:
            return table
        outer, index, length = self.within[inner]
        axes = (inner, *(axis for axis in table.axes if axis != inner))
        log = table.on(axes)
        log = jnp.broadcast_to(log, (len(index), *log.shape[1:]))
        log = jax.ops.segment_sum(log, index, length)
        return self._gathered(Table(log, " ".join((outer, *axes[1:]))), plates)

    def _lies_in(self, axis, plates):
        """Whether an axis lies within one of the plates, or within one that does."""
        outer = self.within.get(axis, [None])[0]
        return outer is not None and (outer in plates or self._lies_in(outer, plates))

    def _whole(self, table, axes):
        """The table with all of these axes, in full length."""
        shape = [self.sizes[site_of(axis)] for axis in axes]
        return Table(jnp.broadcast_to(table.on(axes), shape), " ".join(axes))

    def _eliminated(self, block, tables, reduce, step):
        """The sum over the states of one site."""
        plates = self.hidden[block[0]].plates
        others = dict.fromkeys(a for t in tables for a in t.axes if a not in (*plates, *block))
        axes = (*plates, *others)
        log = sum(table.on((*axes, *block)) for table in tables)
        last = tuple(range(-len(block), 0))
        return self._whole(Table(reduce(log, last, step), " ".join(axes)), axes)
