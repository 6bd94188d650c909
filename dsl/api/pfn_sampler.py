"""Tasks of a `pfn` block: one compiled function of a key that draws a batch of them.

A task is a draw of the prior and of the inputs. Draws for which a requirement does not hold, or
that are not finite, are rejected, and drawn anew in rounds until the batch is full: what is kept
has the law of the model given that it holds. Where dimensions have ranges of sizes, a batch has one
size of each, drawn uniformly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import TYPE_CHECKING, Any

from gendsl.analysis.pfn_priors import in_columns, num_classes, size_ranges
from gendsl.analysis.task_nodes import requirements, task_nodes
from gendsl.api.failure import UsageError
from gendsl.api.inference_chains import has_solver
from gendsl.api.lowering import explained, lower
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted
from gendsl.ir.pfn import Pfn, PfnName
from gendsl.ir.program import Equation, Program, Sample
from gendsl.transforms.drawn_jointly import drawn_jointly

if TYPE_CHECKING:
    from gendsl.inference.amortised.tasks import Tasks

MOST_ROUNDS = 1000
"""Batches drawn to fill one, at most; what is not full by then is not valid."""


@dataclass(frozen=True)
class TaskSampler:
    """Draws `batch` tasks of `rows` rows; call it with a key, inside compiled code or outside.

    Computations are in double precision, whatever that of the code around: a covariance with little
    noise has no factor in single. What comes back is in single.
    """

    pfn: Pfn
    batch: int
    rows: int

    def __call__(self, key: Any) -> Tasks:
        """Return the tasks of a key."""
        tasks: Tasks = self._compiled(key)
        return tasks

    @cached_property
    def draw(self) -> Callable[[Any], Tasks]:
        """The sampler as a function that is one object, by which JAX knows what it compiled."""

        def draw(key: Any) -> Tasks:
            return self(key)

        return draw

    @cached_property
    def apart(self) -> TaskSampler:
        """A sampler whose tasks do not share sizes: one at a time where sizes have ranges."""
        return self if len(self._draws) == 1 else replace(self, batch=1)

    @cached_property
    def columns(self) -> int:
        """How many columns of inputs there are at most."""
        return max(draw.columns for draw in self._draws)

    def acceptance_rate(self, draws: int = 1024, seed: int = 0) -> float:
        """Return the share of draws that are kept, over all sizes.

        Raises:
            UsageError: if none is.
        """
        import jax

        assert self._draws
        batch = _in_double(
            lambda key: self._once(key).valid.mean(), calls_host=has_solver(self.pfn.program)
        )
        rounds = max(1, -(-draws // self.batch))
        keys = jax.random.split(jax.random.key(seed), rounds)
        rate = float(sum(float(batch(key)) for key in keys)) / rounds
        if rate == 0.0:
            raise UsageError(
                Diagnostic(
                    "G1014",
                    f"none of {counted(rounds * self.batch, 'draw')} of `{self.pfn.prior}` is kept",
                    self.pfn.requires[0] if self.pfn.requires else self.pfn.span,
                    "required of each" if self.pfn.requires else "not finite",
                    help="state the prior so that what is required is likely: narrow the supports"
                    " of its quantities",
                )
            )
        return rate

    @property
    def _drawn_rows(self) -> int:
        """Where rows may be required of, the most: the law of fewer is that of a part of them."""
        return max(self.rows, self.pfn.rows[1]) if self.pfn.requires else self.rows

    @cached_property
    def _compiled(self) -> Callable[[Any], Tasks]:
        """The function lowered in double precision: as it is, it can be called from single."""
        assert self._draws  # made here, since not while JAX traces
        return _in_double(self._filled, calls_host=has_solver(self.pfn.program))

    @cached_property
    def _draws(self) -> tuple[_Draw, ...]:
        """How to draw at each combination of sizes."""
        import jax

        program = drawn_jointly(self.pfn)
        ranges = size_ranges(self.pfn)
        with jax.enable_x64(True), explained(program):
            return tuple(
                _draw_at(self.pfn, program, {**dict(zip(ranges, sizes, strict=True)),
                                             self.pfn.row: self._drawn_rows})
                for sizes in product(*(range(low, high + 1) for low, high in ranges.values()))
            )  # fmt: skip

    def _once(self, key: Any) -> Tasks:
        """A batch in which draws that are rejected are marked."""
        import jax

        key_size, key_draws = jax.random.split(key)
        with explained(self.pfn.program):
            branches = [self._branch(draw) for draw in self._draws]
            if len(branches) == 1:
                return branches[0](key_draws)
            chosen = jax.random.randint(key_size, (), 0, len(branches))
            found: Tasks = jax.lax.switch(chosen, branches, key_draws)
            return found

    def _branch(self, draw: _Draw) -> Callable[[Any], Tasks]:
        import jax

        def of_batch(key: Any) -> Tasks:
            keys = jax.random.split(key, self.batch)
            tasks = jax.vmap(lambda each: _task(self.pfn, draw, self.columns, each))(keys)
            return tasks._replace(x=tasks.x[:, : self.rows], y=tasks.y[:, : self.rows])

        return of_batch

    def _filled(self, key: Any) -> Tasks:
        """A batch filled up round by round, its size chosen once."""
        import jax

        key_size, key_draws = jax.random.split(key)
        with explained(self.pfn.program):
            branches = [self._until_full(self._branch(draw)) for draw in self._draws]
            if len(branches) == 1:
                return branches[0](key_draws)
            chosen = jax.random.randint(key_size, (), 0, len(branches))
            found: Tasks = jax.lax.switch(chosen, branches, key_draws)
            return found

    def _until_full(self, draw: Callable[[Any], Tasks]) -> Callable[[Any], Tasks]:
        import jax
        import jax.numpy as jnp

        def goes_on(state: tuple[Any, Tasks]) -> Any:
            turn, kept = state
            return (turn < MOST_ROUNDS) & ~kept.valid.all()

        def filled(key: Any) -> Tasks:
            def once_more(state: tuple[Any, Tasks]) -> tuple[Any, Tasks]:
                turn, kept = state
                return turn + 1, _into_gaps(kept, draw(jax.random.fold_in(key, turn)))

            shapes = jax.eval_shape(draw, key)
            empty = jax.tree.map(lambda leaf: jnp.zeros(leaf.shape, leaf.dtype), shapes)
            found: Tasks = jax.lax.while_loop(goes_on, once_more, (jnp.int32(0), empty))[1]
            return found

        return filled


def _in_double(function: Callable[[Any], Any], *, calls_host: bool) -> Callable[[Any], Any]:
    """A compiled function of a key that computes in double precision wherever it is called.

    It is lowered once, by itself: called from code in single precision, JAX would lower parts of it
    (draws of random bits) in that. What asks the host, as solvers of differential equations do to
    report errors, can't be: it is called from code in double precision, or from none.
    """
    import jax

    from gendsl.inference.amortised.tasks import Tasks

    def of_data(data: Any) -> Any:
        found = function(jax.random.wrap_key_data(data))
        return tuple(found) if isinstance(found, Tasks) else found

    compiled = jax.jit(of_data)
    with jax.enable_x64(True):
        spec = jax.eval_shape(jax.random.key_data, jax.random.key(0))
        # What calls the host, as solvers of differential equations do, can't be exported.
        apply = compiled if calls_host else jax.jit(jax.export.export(compiled)(spec).call)

    def called(key: Any) -> Any:
        data = jax.random.key_data(key)
        is_traced = isinstance(data, jax.core.Tracer)
        if calls_host and is_traced and not jax.config.read("jax_enable_x64"):
            raise ValueError(
                "tasks of this prior are drawn in double precision: call the sampler outside of"
                " compiled code, or compile under `jax.enable_x64(True)`"
            )
        with jax.enable_x64(True):
            found = apply(data)
        return Tasks(*found) if isinstance(found, tuple | list) else found

    return called


def _into_gaps(kept: Tasks, new: Tasks) -> Tasks:
    """The accepted draws, in their order, in the places that are still empty."""
    import jax
    import jax.numpy as jnp

    order = jnp.argsort(~new.valid, stable=True)
    rank = jnp.cumsum(~kept.valid) - 1
    is_filled = ~kept.valid & (rank < new.valid.sum())
    source = order[jnp.maximum(rank, 0)]

    def merged(old: Any, fresh: Any) -> Any:
        mask = is_filled.reshape(-1, *(1 for _ in old.shape[1:]))
        return jnp.where(mask, fresh[source], old)

    result: Tasks = jax.tree.map(merged, kept, new)
    return result


# --- one task --------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Draw:
    """A density at some sizes, and how many columns its inputs have."""

    density: Any
    columns: int
    axes: Mapping[str, int | None]
    """Of each input, which axis runs over the rows."""


def _draw_at(pfn: Pfn, program: Program, sizes: Mapping[str, int]) -> _Draw:
    from gendsl.data import bind

    known = {name: size for name, size in sizes.items() if _is_declared(program, name)}
    bound = bind(program, {}, mode="simulate", sizes=known)
    density = lower(program).bind(bound)
    columns, axes = 0, {}
    for each in in_columns(pfn):
        dims = _dims(program, each.name)
        axes[each.name] = dims.index(pfn.row) if pfn.row in dims else None
        width = 1
        for dim in dims:
            width *= 1 if dim == pfn.row else bound.sizes[dim]
        columns += width
    return _Draw(density, columns, axes)


def _is_declared(program: Program, name: str) -> bool:
    return any(d.name == name for d in program.dimensions)


def _dims(program: Program, name: str) -> tuple[str, ...]:
    """The dimensions of a quantity of the program of tasks."""
    return next(
        node.dims
        for node in program.nodes
        if isinstance(node, Sample | Equation) and node.name == name
    )


def _task(pfn: Pfn, draw: _Draw, columns: int, key: Any) -> Tasks:
    """One task, and whether it is kept."""
    import jax.numpy as jnp

    from gendsl.backends.numpyro.coordinates import simulate_with_coordinates
    from gendsl.inference.amortised.tasks import Tasks

    names = frozenset(each.name for each in pfn.latents)
    missing = {each.name: each.site for each in pfn.missing}
    values, coordinates = simulate_with_coordinates(draw.density, key, names)
    y = jnp.asarray(values[pfn.target.name], jnp.float64) - first_class(pfn)
    parts = [_column(values[name], axis, len(y)) for name, axis in draw.axes.items()]
    gaps = [
        _column(values[missing[name]], axis, len(y)) if name in missing else jnp.zeros_like(part)
        for (name, axis), part in zip(draw.axes.items(), parts, strict=True)
    ]
    x = jnp.concatenate(parts, axis=1).astype(jnp.float32)
    flat = [jnp.ravel(coordinates[each.name]) for each in pfn.latents]
    latents = jnp.concatenate([jnp.zeros(0), *flat]).astype(jnp.float32)
    y = y.astype(jnp.float32)
    valid = jnp.isfinite(x).all() & jnp.isfinite(y).all() & jnp.isfinite(latents).all()
    for name in requirements(pfn):
        valid &= jnp.asarray(values[name], bool).all()
    x = jnp.where(jnp.concatenate(gaps, axis=1) > 0, jnp.nan, x)
    x = jnp.pad(x, ((0, 0), (0, columns - x.shape[1])))
    return Tasks(x, y, jnp.int32(draw.columns), latents, valid)


def _column(value: Any, axis: int | None, rows: int) -> Any:
    """The columns [row, column] of an input; of one that is the same for all rows, repeated."""
    import jax.numpy as jnp

    value = jnp.asarray(value, jnp.float64)
    if axis is None:
        return jnp.broadcast_to(jnp.ravel(value), (rows, value.size))
    return jnp.moveaxis(value, axis, 0).reshape(rows, -1)


def first_class(pfn: Pfn) -> int:
    """What class number 0 of a task stands for; 0 where the target is a number."""
    head = dict(pfn.network.settings)["head"]
    site = task_nodes(pfn).nodes[pfn.target.name]
    classes = num_classes(pfn, site) if isinstance(site, Sample) else None
    is_class = getattr(head, "name", None) == "categorical"
    return classes[0] if is_class and classes is not None else 0


# --- latent quantities -----------------------------------------------------------------------


@dataclass(frozen=True)
class LatentPlaces:
    """Which coordinates of a row are which latent's, in the program of tasks.

    Attributes:
        shapes: of the coordinates of each latent, in their order.
    """

    program: Program
    density: Any
    shapes: Mapping[str, tuple[int, ...]]

    @property
    def count(self) -> int:
        """How many coordinates there are."""
        return sum(map(prod, self.shapes.values()))

    def split(self, row: Any) -> dict[str, Any]:
        """The coordinates of each latent, of all of them side by side."""
        import jax.numpy as jnp

        found, start = {}, 0
        for name, shape in self.shapes.items():
            found[name] = jnp.reshape(row[start : start + prod(shape)], shape)
            start += prod(shape)
        return found


def latent_places(pfn: Pfn) -> LatentPlaces:
    """Return the coordinates of what a block predicts of latents."""
    import jax

    from gendsl.backends.numpyro.coordinates import simulate_with_coordinates

    names = [each.name for each in pfn.latents]
    program = drawn_jointly(pfn)
    sizes = {name: high for name, (_, high) in size_ranges(pfn).items()} | {pfn.row: pfn.rows[0]}
    with jax.enable_x64(True), explained(program):
        density, key = _draw_at(pfn, program, sizes).density, jax.random.key(0)
        found = jax.eval_shape(lambda: simulate_with_coordinates(density, key, frozenset(names))[1])
    return LatentPlaces(program, density, {name: tuple(found[name].shape) for name in names})


def latents_of(pfn: Pfn) -> Callable[[Any], dict[str, Any]]:
    """Return a function of coordinates [draw, latent] side by side to latents [draw, ...].

    Raises:
        UsageError: if a support depends on what is not predicted, which draws differently by key.
    """
    import jax
    import jax.numpy as jnp
    import numpy as np

    from gendsl.backends.numpyro.coordinates import simulate_from_coordinates

    places = latent_places(pfn)
    names, program = [*places.shapes], places.program

    def of_row(row: Any, key: Any) -> dict[str, Any]:
        values = simulate_from_coordinates(places.density, key, places.split(row))
        return {name: values[name] for name in names}

    compiled = jax.jit(jax.vmap(of_row, (0, None)))

    def of_rows(coordinates: Any, seed: int = 0) -> dict[str, Any]:
        with jax.enable_x64(True), explained(program):
            rows = jnp.asarray(np.asarray(coordinates), jnp.float64)
            found = compiled(rows, jax.random.key(seed))
            return {name: np.asarray(values) for name, values in found.items()}

    at = np.random.default_rng(0).standard_normal((2, places.count))
    one, other = of_rows(at), of_rows(at, seed=1)
    for each in pfn.latents:
        if not np.allclose(one[each.name], other[each.name], rtol=1e-9, atol=0.0, equal_nan=True):
            raise _support_moves(each)
    return of_rows


def _support_moves(latent: PfnName) -> UsageError:
    return UsageError(
        Diagnostic(
            "G1030",
            f"the support of `{latent.name}` depends on what is not predicted with it",
            latent.span,
            "a draw of the network could not be put into it",
            help="predict those too on which its bounds depend, or state it by a quantity of fixed"
            " bounds, as `b = a * share` with `share ~ Uniform(0, 1)`",
        )
    )
