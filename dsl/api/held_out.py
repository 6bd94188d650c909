"""A model that is fitted again and again without some observations, compiled once.

Every observed site has a mask as data (`gendsl.transforms.hold_out`). Fitting goes with the mask of
a fold; the log likelihood of what the fold leaves out is that of the same program without a mask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gendsl.api.compilation import Checked
from gendsl.api.exact import exact_chains
from gendsl.api.held_out_rows import rows_of
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.runtime import computing
from gendsl.api.sampling import draw_chains, draw_groups
from gendsl.api.settings import NutsSettings
from gendsl.api.shapes import scored_names
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Dims, Ref
from gendsl.ir.program import Elimination, Program, Sample
from gendsl.ir.walk import parts, sites
from gendsl.results import convergence
from gendsl.results.crossvalidation import Refit
from gendsl.results.groups import SAMPLE_DIMS
from gendsl.results.observations import Observations, Scored
from gendsl.transforms.hold_out import HELD_OUT, hold_out

if TYPE_CHECKING:
    from gendsl.inference.run import Chains

_TRIALS = 5
"""Random positions at which it is seen which entries have a log likelihood."""
_BATCH_ELEMENTS = 8_000_000

Array = NDArray[Any]


class FoldProgress(NamedTuple):
    """How many folds are done, of `total`."""

    phase: str
    done: int
    total: int
    num_divergent: int


Report = Callable[[FoldProgress], None]


@dataclass(frozen=True, slots=True)
class Term:
    """A term of the log likelihood: the data that it scores, its axes, and the sites in it."""

    name: str
    of: str
    dims: Dims
    sites: tuple[str, ...]
    group: Elimination | None = None
    """The sum over discrete latents that it is, if it is one."""


def terms_of(program: Program, sizes: Mapping[str, int] | None = None) -> dict[str, Term]:
    """The terms of a model's log likelihood by the names under which a fit has them."""
    found: dict[str, Term] = {}
    summed: set[str] = set()
    for node in transform(program, sizes=sizes).nodes:
        if isinstance(node, Elimination):
            inside = [s for n in node.nodes for s in parts(n) if _is_scored(s)]
            data = {s.value.name for s in inside if isinstance(s.value, Ref)}
            is_one = len(data) == 1 and all(isinstance(s.value, Ref) for s in inside)
            name = next(iter(data)) if is_one else node.name
            names = tuple(s.name for s in inside)
            summed |= set(names)
            if inside:
                found[name] = Term(name, name, node.dims, names, node)
    scored = scored_names(program)
    for site in sites(program):
        if site.name in scored and site.name not in summed:
            found[site.name] = Term(site.name, *_data_and_axes(site, program), (site.name,))
    return found


def _is_scored(part: object) -> Any:
    return isinstance(part, Sample) and part.value is not None


def _data_and_axes(site: Sample, program: Program) -> tuple[str, Dims]:
    """The data that a site scores, and its batch axes in the order in which they stand."""
    if not isinstance(site.value, Ref) or program.datum(site.value.name) is None:
        return site.name, site.batch_dims
    events, dims = site.event_dims, site.value.dims
    follows_data = dims[len(dims) - len(events) :] == events
    return site.value.name, dims[: len(dims) - len(events)] if follows_data else site.batch_dims


class HeldOut:
    """The program with its masks, ready to be fitted; use it as a context."""

    def __init__(
        self,
        checked: Checked,
        bound: BoundData,
        settings: NutsSettings,
        *,
        precision: str = "double",
        device: str | None = None,
    ) -> None:
        self.checked = checked
        self.settings = settings
        self.terms = terms_of(checked.program, bound.sizes)
        self._rows = rows_of(
            checked.program,
            {s: (t.dims, t.group) for t in self.terms.values() for s in t.sites},
            bound,
        )
        masked = {
            site: rows.dims if (rows := self._rows.get(site)) is not None else term.dims
            for term in self.terms.values()
            for site in term.sites
        }
        self.program = transform(hold_out(checked.program, masked), sizes=bound.sizes)
        self.bound = self._with_masks(bound, {})
        self._stack = ExitStack()
        self._where = (precision, device)
        self._density: Density | None = None
        self._pointwise: Any = None

    def __enter__(self) -> HeldOut:
        with ExitStack() as stack:
            stack.enter_context(computing(*self._where))
            stack.enter_context(explained(self.program))
            self._bind()
            self._stack = stack.pop_all()
        return self

    def _bind(self) -> None:
        import jax

        self._density = lower(self.program).bind(self.bound)
        if self._density.size == 0 and self.program.joint is None:
            name = self.checked.program.name
            raise DiagnosticError((Diagnostic("G0704", f"`{name}` has nothing to infer"),))
        pointwise = self._density.pointwise_log_likelihood
        self._pointwise = jax.jit(jax.vmap(pointwise, in_axes=(None, 0)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, trace)

    @property
    def density(self) -> Density:
        """The density of all observations."""
        assert self._density is not None
        return self._density

    def scored(self) -> list[Scored]:
        """The terms with the labels of their axes, and which entries are observations."""
        draws = np.random.default_rng(0).standard_normal((_TRIALS, self.density.size))
        values = self._log_likelihood(draws)
        arrays = {name: array[None] for name, array in values.items()}
        group = draw_groups(
            self.checked.program, self.density, {"log_likelihood": arrays}, self.bound
        )["/log_likelihood"]
        return scored_of(group, {name: term.of for name, term in self.terms.items()})

    def without(
        self,
        held: Iterable[int],
        observations: Observations,
        name: str,
        seed: int,
    ) -> tuple[NDArray[np.float64], Refit]:
        """Fit without these observations; their log likelihood [draw, held], and how it went."""
        which = np.asarray(sorted(held), np.int64)
        masks = {
            site + HELD_OUT: self._mask_of(
                site, self._mask(term, np.isin(observations.numbers[term.name], which))
            )
            for term in self.terms.values()
            if term.name in observations.numbers
            for site in term.sites
        }
        bound = self._with_masks(self.bound, masks)
        density = lower(self.program).bind(bound)
        chains = self._chains(density, bound, seed)
        if chains.is_interrupted:
            raise KeyboardInterrupt
        flat = chains.draws.reshape(-1, chains.draws.shape[-1])
        pooled = observations.pooled(self._log_likelihood(flat))
        worst = convergence.r_hat(np.asarray(chains.draws, np.float64))
        r_hat = float(np.nanmax(worst)) if np.isfinite(worst).any() else float("nan")
        return pooled[:, which], Refit(name, r_hat, int(chains.is_divergent.sum()))

    def _chains(self, density: Density, bound: BoundData, seed: int) -> Chains:
        if density.size == 0 and self.program.joint is not None:
            return exact_chains(density, self.settings)
        return draw_chains(self.program, density, bound, self.settings, seed, None)

    def _log_likelihood(self, positions: Array) -> dict[str, Array]:
        """Terms [draw, ...] at positions, all observations there; in batches of one size."""
        import jax

        count = len(positions)
        example = jax.eval_shape(self._pointwise, self.density.data, positions[:1])
        per_draw = sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(example))
        size = max(1, min(count, _BATCH_ELEMENTS // max(per_draw, 1)))
        pieces: list[dict[str, Array]] = []
        for start in range(0, count, size):
            rows = np.minimum(np.arange(start, start + size), count - 1)
            found = self._pointwise(self.density.data, positions[rows])
            kept = min(size, count - start)
            pieces.append({name: np.asarray(array)[:kept] for name, array in found.items()})
        names = [name for name in pieces[0] if name in self.terms]
        return {name: np.concatenate([piece[name] for piece in pieces]) for name in names}

    def part(self, term: Term) -> tuple[slice, ...]:
        """The entries along the axes of a term that it scores."""
        if term.name not in self.density.observations:
            return (slice(None),) * len(term.dims)
        datum = self.checked.program.datum(term.of)
        assert datum is not None
        whole = tuple(self.bound.sizes[dim] for dim in datum.dims)
        return self.density.observed_part(term.name, whole)[: len(term.dims)]

    def _mask(self, term: Term, is_held: NDArray[np.bool_]) -> NDArray[np.bool_]:
        mask = np.zeros([self.bound.sizes[dim] for dim in term.dims], np.bool_)
        mask[self.part(term)] = is_held
        return mask

    def _mask_of(self, site: str, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        rows = self._rows.get(site)
        return mask if rows is None else rows.of(mask)

    def _with_masks(self, bound: BoundData, masks: Mapping[str, Array]) -> BoundData:
        """The data with these masks; others let everything in."""
        empty = {
            site + HELD_OUT: self._mask_of(
                site, np.zeros([bound.sizes[dim] for dim in term.dims], np.bool_)
            )
            for term in self.terms.values()
            for site in term.sites
        }
        return replace(bound, arrays={**bound.arrays, **empty, **masks})


def scored_of(log_likelihood: Any, of: Mapping[str, str]) -> list[Scored]:
    """The terms of a group `log_likelihood`; what is not among `of` is left out."""
    found = []
    for name, array in log_likelihood.data_vars.items():
        if name not in of:
            continue
        dims = tuple(str(dim) for dim in array.dims if dim not in SAMPLE_DIMS)
        members = tuple(np.asarray(array.coords[dim].values) for dim in dims)
        values = np.asarray(array.transpose(*SAMPLE_DIMS, *dims).values)
        is_there = ~np.isnan(values).all(axis=(0, 1))
        found.append(Scored(str(name), of[str(name)], dims, members, is_there))
    return found
