"""A model that is fitted again and again without some observations, compiled once.

Every observed site has a mask as data (`gendsl.transforms.hold_out`). Fitting goes with the mask of
a fold; the log likelihood of what the fold leaves out is that of the same program without a mask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.compilation import Checked
from gendsl.api.held_out_rows import rows_of
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.linear_networks import Weights, about, shows_outputs, weights_at
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.runtime import computing
from gendsl.api.sampling import draw_groups
from gendsl.api.settings import Plan
from gendsl.api.terms import Term, terms_of
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.ir.bound import BoundData
from gendsl.results import convergence
from gendsl.results.crossvalidation import Refit
from gendsl.results.groups import SAMPLE_DIMS
from gendsl.results.observations import Observations, Scored
from gendsl.results.trust import DrawKind
from gendsl.transforms.hold_out import HELD_OUT, hold_out
from gendsl.transforms.shown_outputs import with_shown_outputs

_TRIALS = 5
"""Random positions at which it is seen which entries have a log likelihood."""
_BATCH_ELEMENTS = 8_000_000

Array = NDArray[Any]


class HeldOut:
    """The program with its masks, ready to be fitted; use it as a context."""

    def __init__(
        self,
        checked: Checked,
        bound: BoundData,
        plan: Plan,
        *,
        precision: str = "double",
        device: str | None = None,
    ) -> None:
        self.checked = checked
        self.plan = plan
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
        program = transform(hold_out(checked.program, masked), sizes=bound.sizes)
        self.program = with_shown_outputs(program) if shows_outputs(plan) else program
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
        values = self._log_likelihood(draws, {})
        arrays = {name: array[None] for name, array in values.items()}
        group = draw_groups(
            self.checked.program, self.density, {"log_likelihood": arrays}, self.bound
        )["log_likelihood"].to_dataset()
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
        posterior = posterior_of(self.program, density, bound)
        found = draw(posterior, self.plan, seed=seed, progress=None)
        if found.is_interrupted:
            raise KeyboardInterrupt
        flat = found.draws.reshape(-1, found.draws.shape[-1])
        weights = {} if found.place is None else weights_at(density, found.place)
        pooled = observations.pooled(self._log_likelihood(flat, weights))
        return pooled[:, which], Refit(name, _worst_r_hat(found), found.num_divergent)

    def _log_likelihood(self, positions: Array, weights: Weights) -> dict[str, Array]:
        """Terms [draw, ...] at positions, all observations there; in batches of one size.

        Networks are linear about `weights`, where there are any.
        """
        import jax

        count = len(positions)
        data = about(self.density, weights)
        example = jax.eval_shape(self._pointwise, data, positions[:1])
        per_draw = sum(int(np.prod(leaf.shape)) for leaf in jax.tree.leaves(example))
        size = max(1, min(count, _BATCH_ELEMENTS // max(per_draw, 1)))
        pieces: list[dict[str, Array]] = []
        for start in range(0, count, size):
            rows = np.minimum(np.arange(start, start + size), count - 1)
            found = self._pointwise(data, positions[rows])
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


def _worst_r_hat(found: Drawn) -> float:
    """The largest R-hat of chains; not a number where draws are no chains."""
    if found.kind is not DrawKind.CHAINS:
        return float("nan")
    each = convergence.r_hat(np.asarray(found.draws, np.float64))
    return float(np.nanmax(each)) if np.isfinite(each).any() else float("nan")


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
