"""A program read some members of one dimension at a time: an unbiased estimate of its density.

The terms of the members that are there are scaled by how many members there are for each of them,
so the estimate has the log density as its mean, and its gradient the gradient. A position is that
of the whole program: of latents along the dimension it takes the entries of these members.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.emit import Emitted
from gendsl.backends.emit.arguments import BatchArgument, DataArgument
from gendsl.backends.emit.module import plate_name
from gendsl.backends.known import with_masks
from gendsl.backends.load import load
from gendsl.backends.numpyro.inputs import Arrays, inputs
from gendsl.backends.numpyro.outline import Outline
from gendsl.backends.numpyro.solving import is_solved, lowest, where_solved
from gendsl.backends.numpyro.visit import Evaluation, total
from gendsl.backends.roles import roles
from gendsl.executables import identity_of
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program

Given = tuple[jax.Array, Arrays]
"""Positions of members [batch] along the dimension, and the arrays of all members."""


@dataclass(frozen=True, slots=True, eq=False)
class BatchedProgram:
    """A program whose text reads `dim` in minibatches; `whole` are the arguments of the other."""

    program: Program
    emitted: Emitted
    dim: str
    whole: Mapping[Any, str]
    _made: dict[Any, Batches] = field(default_factory=dict, repr=False)

    def bind(
        self, bound: BoundData, outline: Outline, arrays: Arrays, batch: int
    ) -> BatchedDensity:
        """The estimate from `batch` members, its positions those of `outline`.

        Arrays that the whole program has too are shared with it.
        """
        found = inputs(self.program, self.emitted, with_masks(self.program, bound))
        shared = {
            name: arrays[self.whole[argument]]
            for argument, name in self.emitted.arguments
            if name in found.arrays and self.whole.get(argument) in arrays
        }
        own = {**found.arrays, **shared}
        sized = {
            name for argument, name in self.emitted.arguments if argument == BatchArgument(self.dim)
        }
        static = {**found.static, **dict.fromkeys(sized, batch)}
        shapes = str(jax.tree.map(_shape_of, own))
        key = outline, tuple(sorted(static.items())), shapes
        if key not in self._made:
            self._made[key] = Batches(self, outline, static, shapes)
        named = {a.data: n for a, n in self.emitted.arguments if isinstance(a, DataArgument)}
        return BatchedDensity(self._made[key], own, bound.sizes[self.dim], batch, named)


@dataclass(frozen=True, slots=True, eq=False)
class BatchedDensity:
    """The estimate's functions, the arrays that they take, and of how many members it is."""

    batches: Batches
    data: Arrays
    count: int
    batch: int
    arguments: Mapping[str, str]

    def observing(self, values: Mapping[str, Any]) -> Arrays:
        """The arrays with these values of data that are observed, where they are numbers."""
        changed = {}
        for name, value in values.items():
            own = self.data.get(self.arguments.get(name, ""))
            if own is not None:
                known = jnp.asarray(value)
                changed[self.arguments[name]] = jnp.where(
                    jnp.isnan(known) if jnp.issubdtype(known.dtype, jnp.floating) else False,
                    own,
                    known,
                ).astype(own.dtype)
        return {**self.data, **changed}


class Batches:
    """The functions of one program and size of minibatch, of members, arrays and a position."""

    def __init__(
        self, program: BatchedProgram, whole: Outline, static: Mapping[str, int], shapes: str
    ) -> None:
        self.whole = whole
        self.static = dict(static)
        self._program = program
        self._shapes = shapes

    @cached_property
    def identity(self) -> str | None:
        """What decides the functions."""
        parts = (self._program.emitted.source, self.static, self._shapes, self.whole)
        written = identity_of(parts)
        return None if written is None else sha256(written.encode()).hexdigest()

    @cached_property
    def _solves(self) -> frozenset[str]:
        program = self._program
        return roles(program.program, program.emitted, self.static).solves

    def log_prior(self, data: Given, position: jax.Array) -> jax.Array:
        """The estimate of the log density of the latents, with the Jacobian."""
        run = self._run(data, position)
        return total(run.priors) + total(run.jacobians)

    def log_likelihood(self, data: Given, position: jax.Array) -> jax.Array:
        """The estimate of the log density of what is observed and of the factors.

        Where equations can't be solved it is the lowest number, with a gradient of 0.
        """
        if self._solves:
            return where_solved(self._judged, data, position, lowest())
        return total(self._run(data, position).likelihoods)

    def _judged(self, data: Given, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        terms = self._run(data, position).likelihoods
        return total(terms), is_solved(terms, self._solves)

    def _run(self, data: Given, position: jax.Array) -> _OfMembers:
        members, arrays = data
        plate = plate_name(self._program.dim, self._program.program)
        visitor = _OfMembers(partial(self.whole.structure.read, position), plate, members)
        visitor.run(load(self._program.emitted.source), {**self.static, **arrays})
        return visitor


class _OfMembers(Evaluation):
    """The log density of some members along a plate, each term with its scale."""

    def __init__(self, read: Any, plate: str, members: jax.Array) -> None:
        super().__init__(read)
        self._read_all = read
        self.read = self._read_members
        self.plate = plate
        self.members = members
        self._scale: Any = 1.0
        self._frames: Any = ()
        self._batch_rank = 0

    def process_message(self, message: dict[str, Any]) -> None:
        """NumPyro's entry: the plate takes these members, and terms within it are scaled."""
        if message["type"] == "plate":
            if message["name"] == self.plate and message["value"] is None:
                message["value"] = self.members
            return
        if message["type"] == "sample":
            scale = message["scale"]
            self._scale = 1.0 if scale is None else scale
            self._frames = message["cond_indep_stack"]
            self._batch_rank = len(message["fn"].batch_shape)
        elif message["type"] == "control_flow":  # its sites are read by step, in no plate
            self._frames = ()
        super().process_message(message)

    def _read_members(self, name: str) -> jax.Array:
        """The coordinates of a site, of these members where it has an axis for the plate."""
        free: jax.Array = self._read_all(name)
        frame = next((frame for frame in self._frames if frame.name == self.plate), None)
        if frame is None:
            return free
        axis = frame.dim - (free.ndim - self._batch_rank)
        if frame.size == free.shape[axis]:
            return free
        return jnp.take(free, self.members, axis=axis)

    def scanned(self, name: str, fn: Any, values: jax.Array) -> None:
        """Keep a latent's value, its log density and the Jacobian, scaled."""
        super().scanned(name, fn, values)
        self.priors[name] = self._scale * self.priors[name]
        if name in self.jacobians:
            self.jacobians[name] = self._scale * self.jacobians[name]

    def score(self, name: str, fn: Any, value: jax.Array) -> None:
        """The observation's log density is kept, scaled."""
        self.likelihoods[name] = self._scale * fn.log_prob(value)


def _shape_of(array: Any) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(array.shape, array.dtype)
