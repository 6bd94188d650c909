"""Finite discrete sites, summed out exactly."""
# ruff: noqa: RUF012
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import pyro.distributions as dist
import torch
from pyro.distributions import constraints

from gendsl.backends.pyro.distributions.log_sums import log_choice, log_sum


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
        weights = weights.permute(*order, len(order))
        plates = weights.shape[: len(self.plates)]
        entry = torch.arange(self.entries)
        digits = torch.arange(self.states)[:, None] // self.values**entry % self.values
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
        log = torch.as_tensor(log)
        self.log = log.reshape((1,) * (len(self.axes) - log.dim()) + log.shape)

    def on(self, axes):
        """The array with these axes, of length 1 where the table lacks one."""
        order = [self.axes.index(axis) for axis in axes if axis in self.axes]
        whole = [slice(None) if axis in self.axes else None for axis in axes]
        return self.log.permute(order)[tuple(whole)]


def site_of(axis):
    """The site whose states an axis has: `z` of `z-1`."""
    return axis.rsplit("-", 1)[0]


class SummedOut(dist.TorchDistribution):
    """The sum over all values of discrete sites of the product of the tables' densities.

    Sites are summed in `order` (each alone, as they are listed, unless it is given), those in the
    most plates first: over its states, then the logarithms are added up over the plates that the
    remaining ones lack (Obermeyer et al. 2019, "Tensor variable elimination for plated factor
    graphs"). `plates` are the axes that are left in the end. `within` has for an axis the one
    that it lies within, the index that says where in it each position belongs, and its length.
    """

    arg_constraints = {}
    support = constraints.real

    def __init__(self, hidden, tables, order=None, plates="", within=(), *, validate_args=None):
        self.within = {inner: where for inner, *where in within}
        self.hidden = {site.name: site for site in hidden}
        self.plates = tuple(plates.split())
        self.order = [tuple(block.split()) for block in order or self.hidden]
        self.tables = tuple(tables)
        batch = tuple(self.sizes[plate] for plate in self.plates)
        super().__init__(batch, validate_args=validate_args)

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
        return self.log_normaliser({}, log_sum)

    def draw(self):
        """One exact joint draw of all sites given everything else."""
        return self._chosen(lambda log, axes: log_choice(log, axes, True))

    def most_probable(self):
        """The jointly most probable values of all sites."""
        return self._chosen(lambda log, axes: log_choice(log, axes, False))

    def probabilities(self):
        """Each site's probabilities given everything else, its states on the last axis."""
        return self._marked(log_sum)

    def _chosen(self, reduce):
        marked = self._marked(reduce)
        return {name: marked[name].argmax(-1) + h.least for name, h in self.hidden.items()}

    def _marked(self, reduce):
        """The gradient with respect to a log weight on each state of each site."""
        with torch.enable_grad():
            weights = {
                name: torch.zeros(*site.shape, site.values).requires_grad_()
                for name, site in self.hidden.items()
            }
            total = self.log_normaliser(weights, reduce).sum()
        return dict(zip(weights, torch.autograd.grad(total, list(weights.values())), strict=True))

    def log_normaliser(self, weights, reduce):
        """`log_prob` with weights on states and another way to sum: `reduce(log, axes)`."""
        tables = list(self.tables)
        for name, weight in weights.items():
            tables.append(self.hidden[name].table(weight))
        for block in self.order:
            touched = [t for t in tables if any(site_of(axis) in block for axis in t.axes)]
            tables = [t for t in tables if t not in touched]
            plates = self.hidden[block[0]].plates
            inner = [self._product(t, plates) for t in touched]
            tables.append(self._eliminated(block, inner, reduce))
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
        log = log.expand(len(index), *log.shape[1:])
        log = log.new_zeros(length, *log.shape[1:]).index_add(0, index, log)
        return self._gathered(Table(log, " ".join((outer, *axes[1:]))), plates)

    def _lies_in(self, axis, plates):
        """Whether an axis lies within one of the plates, or within one that does."""
        outer = self.within.get(axis, [None])[0]
        return outer is not None and (outer in plates or self._lies_in(outer, plates))

    def _whole(self, table, axes):
        """The table with all of these axes, in full length."""
        shape = [self.sizes[site_of(axis)] for axis in axes]
        return Table(table.on(axes).expand(shape), " ".join(axes))

    def _eliminated(self, block, tables, reduce):
        """The sum over the states of one site."""
        plates = self.hidden[block[0]].plates
        others = dict.fromkeys(a for t in tables for a in t.axes if a not in (*plates, *block))
        axes = (*plates, *others)
        log = sum(table.on((*axes, *block)) for table in tables)
        last = tuple(range(-len(block), 0))
        return self._whole(Table(reduce(log, last), " ".join(axes)), axes)
