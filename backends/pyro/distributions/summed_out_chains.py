"""Finite discrete sites of which some are chains, summed out exactly."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read

import math

import torch

from gendsl.backends.pyro.distributions.summed_out import SummedOut, Table, site_of

MOST_PAIRED = 2**22
"""Up to so many numbers, neighbouring positions are combined at once instead of one by one."""


def lag_of(axis):
    """How many positions back an axis of states is: 1 for `z-1`."""
    return int(axis.rsplit("-", 1)[1]) if "-" in axis else 0


class SummedOutChains(SummedOut):
    """`SummedOut` with sites that are read at earlier positions: the forward algorithm."""

    def _eliminated(self, block, tables, reduce):
        if self.hidden[block[0]].along is None:
            return super()._eliminated(block, tables, reduce)
        chain = Chain(self, block, tables, reduce)
        result = chain.paired() if chain.can_be_paired else chain.forward()
        return self._whole(Table(result, " ".join(chain.outer)), chain.outer)


class Chain:
    """The sites of `block` along the positions of one axis; the states of the last ones are kept.

    `outer` are the axes over which there is a chain for each entry.
    """

    def __init__(self, group, block, tables, reduce):
        first = group.hidden[block[0]]
        self.block, self.reduce, self.along = block, reduce, first.along
        self.length, self.sizes = group.sizes[first.along], group.sizes
        self.lags = max(lag_of(a) for t in tables for a in t.axes if site_of(a) in block)
        others = [a for t in tables for a in t.axes if site_of(a) not in block]
        axes = dict.fromkeys([*first.plates, *others])
        self.outer = tuple(axis for axis in axes if axis != first.along)
        self.before = [t for t in tables if self._lag(t) == self.lags]
        self.after = [t for t in tables if self._lag(t) < self.lags]

    def _lag(self, table):
        return max((lag_of(a) for a in table.axes if site_of(a) in self.block), default=0)

    def _states(self, oldest, newest=0):
        """The axes of the states from one lag to another, the oldest first."""
        lags = range(oldest, newest - 1, -1)
        return tuple(f"{site}-{lag}" if lag else site for lag in lags for site in self.block)

    def _span(self, table):
        """The positions that a table holds at."""
        stop = self.length if table.until is None else table.until
        return max(table.since, self._lag(table)), min(stop, self.length)

    def _at(self, table, position, axes):
        """The entries of a table at one position."""
        log = table.on((self.along, *axes))
        return log[0 if len(log) == 1 else position - table.since]

    def _start(self):
        """The log weights of the states at the first positions."""
        alpha, known = torch.zeros(()), min(self.lags, self.length)
        for t in range(known):
            axes = (*self.outer, *self._states(t))
            here = [x for x in (*self.before, *self.after) if x.since <= t < self._span(x)[1]]
            here = [self._at(table, t, axes) for table in here if self._lag(table) <= t]
            if t > 0:
                here.append(alpha[(..., *[None] * len(self.block))])
            alpha = sum(here, torch.zeros(()))
        axes = (*self.outer, *self._states(known - 1))
        return alpha.expand([self.sizes[site_of(axis)] for axis in axes])

    def _later(self, tables, oldest):
        """What tables add after the first positions: the same at each, and by position."""
        axes = (*self.outer, *self._states(oldest))
        same, moving = [], []
        for table in tables:
            log = table.on((self.along, *axes))
            start, stop = self._span(table)
            is_constant, begin = len(log) == 1, max(start, self.lags)
            if is_constant and start <= self.lags and stop == self.length:
                same.append(log[0])
            elif is_constant:
                t = torch.arange(self.lags, self.length).reshape(-1, *[1] * len(axes))
                moving.append(torch.where((t >= start) & (t < stop), log, 0.0))
            elif begin < stop:
                log = log[begin - table.since : stop - table.since]
                empty = [0, 0] * len(axes) + [begin - self.lags, self.length - stop]
                moving.append(torch.nn.functional.pad(log, empty))
        return sum(same, torch.zeros(())), sum(moving) if moving else None

    def forward(self):
        """The log of the sum over all paths, position after position."""
        n, alpha = len(self.block), self._start()
        same_before, before = self._later(self.before, self.lags)
        same_after, after = self._later(self.after, self.lags - 1)
        oldest = tuple(range(-(self.lags + 1) * n, -self.lags * n))
        for t in range(self.length - self.lags):
            log = alpha[(..., *[None] * n)] + same_before
            log = log if before is None else log + before[t]
            alpha = self.reduce(log, oldest) + same_after
            alpha = alpha if after is None else alpha + after[t]
        states = tuple(range(-min(self.lags, self.length) * n, 0))
        return self.reduce(alpha, states)

    @property
    def can_be_paired(self):
        """Whether it is a chain of one lag, of some length, whose pairs take little room."""
        states = math.prod(self.sizes[site] for site in self.block)
        entries = math.prod(self.sizes[site_of(axis)] for axis in self.outer)
        room = entries * self.length * states**3
        return self.lags == 1 and self.length > 2 and room <= MOST_PAIRED

    def paired(self):
        """The same, neighbours combined pairwise, in log2(length) steps."""
        outer = [self.sizes[site_of(axis)] for axis in self.outer]
        states = [self.sizes[site] for site in self.block]
        n, size = len(self.block), math.prod(states)
        same_before, before = self._later(self.before, 1)
        same_after, after = self._later(self.after, 0)
        log = same_before + (0.0 if before is None else before)
        after = same_after + (0.0 if after is None else after)
        after = after.expand(self.length - 1, *outer, *states)
        log = log + after.reshape(self.length - 1, *outer, *[1] * n, *states)
        log = log.expand(self.length - 1, *outer, *states, *states)
        log = log.reshape(self.length - 1, *outer, size, size)
        while len(log) > 1:
            pairs = len(log) // 2
            left, right = log[0 : 2 * pairs : 2, ..., None], log[1 : 2 * pairs : 2, ..., None, :, :]
            log = torch.cat([self.reduce(left + right, (-2,)), log[2 * pairs :]])
        start = self._start().reshape(*outer, size, 1)
        return self.reduce(start + log[0], (-2, -1))
