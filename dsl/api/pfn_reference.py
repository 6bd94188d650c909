"""The exact posterior predictive of a prior, or that of long NUTS runs of the same text.

With draws θ_s of the posterior given a context D, the density of a query is

    p(y | x, D) = E[p(y | x, θ, D)] ≈ 1/S Σ_s p(D, y, θ_s) / p(D, θ_s),

each term a difference of two joint log densities of the model at one position: with one row more,
and without it. That holds whether rows are independent given θ or the model integrates a function
out. A model that has nothing left to draw gives the exact density.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.pfn_priors import dims_of
from gendsl.api.calibration_draws import worst_r_hat
from gendsl.api.compilation import Checked
from gendsl.api.failure import UsageError
from gendsl.api.fixed_values import bind_fixed
from gendsl.api.inference_posterior import Posterior, posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.log_densities import log_densities_of
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.model import Model
from gendsl.api.pfn_columns import Input, domain_of_target
from gendsl.api.pfn_sampler import first_class
from gendsl.api.runtime import computing
from gendsl.api.settings import plan_of_text
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.ir.bound import BoundData
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Factor, Program, Sample

Floats = NDArray[np.float64]

CHAINS = 4


@dataclass(frozen=True)
class Judged:
    """Log densities of queries, their Monte Carlo errors [query], and what they took.

    Attributes:
        is_exact: whether nothing had to be drawn.
        is_settled: whether all chains agree: R-hat below 1.05.
    """

    log_density: Floats
    error: Floats
    seconds: float
    is_exact: bool
    is_settled: bool


@dataclass(frozen=True)
class Reference:
    """The model of a block, with `draws` draws of each of four chains of `nuts()`."""

    pfn: Pfn
    inputs: tuple[Input, ...]
    draws: int = 500

    def judge(self, x: Floats, y: Floats, num_context: int, columns: int, seed: int) -> Judged:
        """Return the densities of the rows of a task behind its first `num_context`.

        Args:
            x: [row, column], y: [row], as a sampler draws them.
            columns: how many columns there are.

        Raises:
            UsageError: if the model has latents of rows, of which there are more with more rows.
            InferenceError: if a chain can't start.
        """
        model = self._given(x)
        context = self._bound(model, x[:num_context], y[:num_context], columns)
        program = transform(model.program, sizes=context.sizes)
        with computing(), explained(model.program):
            before = self._posterior(program, context)
            start = time.perf_counter()
            positions, is_settled = self._positions(before, seed)
            known = log_densities_of(before, positions)
            logs, errors = [], []
            for i in range(num_context, len(y)):
                rows = [*range(num_context), i]
                told = self._bound(model, x[rows], y[rows], columns)
                after = self._posterior(program, told)
                if after.density.size != before.density.size:
                    raise self._refused()
                log, error = mean_and_error(log_densities_of(after, positions) - known)
                logs.append(log)
                errors.append(error)
        seconds = time.perf_counter() - start
        is_exact = before.density.size == 0
        return Judged(np.array(logs), np.array(errors), seconds, is_exact, is_settled)

    @cached_property
    def _checked(self) -> Checked:
        """The model as it was before the block."""
        added = {each.site for each in self.pfn.inputs}
        nodes = tuple(
            node
            for node in self.pfn.program.nodes
            if not (isinstance(node, Sample) and node.name in added)
            and not (isinstance(node, Factor) and node.span in self.pfn.requires)
        )
        program = replace(self.pfn.program, nodes=nodes, inference=())
        return Checked(program, (), {})

    def _given(self, x: Floats) -> Model:
        """The model given the latents that the task says, which are the same in all rows."""
        values: dict[str, Any] = {}
        for each, cells in self._cells(x, x.shape[1]):
            if each.is_latent:
                values[each.name] = float(cells[0, 0]) if cells.shape[1] == 1 else cells[0]
        model = Model(self._checked)
        return model.condition(values) if values else model

    def _cells(self, x: Floats, columns: int) -> list[tuple[Input, Floats]]:
        """Each input with its columns; of those of several widths, the one that fits."""
        fixed = sum(each.widths[0] for each in self.inputs if not each.is_ranged)
        found, start = [], 0
        for each in self.inputs:
            width = columns - fixed if each.is_ranged else each.widths[0]
            found.append((each, x[:, start : start + width]))
            start += width
        return found

    def _bound(self, model: Model, x: Floats, y: Floats, columns: int) -> BoundData:
        data: dict[str, Any] = {self.pfn.target.name: self._target(y)}
        for each, cells in self._cells(x, columns):
            if each.is_latent:
                continue
            dims = dims_of(self.pfn.program, each.name)
            values: Any = cells if each.is_per_row else cells[:1]
            if each.domain.is_index:
                members = each.domain.members
                codes = np.rint(values).astype(int)
                values = codes + each.domain.first_code
                values = np.array(members)[codes] if members is not None else values
            if len(dims) <= 1:
                values = values[:, 0] if each.is_per_row else values.ravel()
            elif each.is_per_row and dims[0] != self.pfn.row:
                values = values.T
            elif not each.is_per_row:
                values = values[0]
            data[each.name] = values if dims else values.item()
        return bind_fixed(model.checked, data)

    def _target(self, y: Floats) -> Any:
        domain, y = domain_of_target(self.pfn), y + first_class(self.pfn)
        if domain.members is not None:
            return np.array(domain.members)[np.rint(y).astype(int)]
        return y + domain.first_code if domain.is_index else y

    def _posterior(self, program: Program, bound: BoundData) -> Posterior:
        return posterior_of(program, lower(program).bind(bound), bound)

    def _positions(self, posterior: Posterior, seed: int) -> tuple[Floats, bool]:
        """Draws [chain * draw, dim] of the posterior, chain by chain; an empty one if exact."""
        if posterior.density.size == 0:
            return np.zeros((1, 0)), True
        plan = plan_of_text(
            f"main = nuts(chains = {CHAINS}, warmup = {self.draws}, draws = {self.draws})"
        )
        found = draw(posterior, plan, seed=seed, progress=None)
        draws = np.asarray(found.draws, np.float64)
        return draws.reshape(-1, draws.shape[-1]), bool(worst_r_hat(found) < 1.05)

    def _refused(self) -> UsageError:
        return UsageError(
            Diagnostic(
                "G1029",
                f"`{self.pfn.prior}` has latent quantities of each `{self.pfn.row}`",
                self.pfn.span,
                "with a new row they are more: its density is no mean over draws",
                help="check it by `--no-reference`: calibration needs no reference",
            )
        )


def mean_and_error(logs: Floats) -> tuple[float, float]:
    """Return log mean exp of `logs`, chain by chain, and its standard error over the chains."""
    top = logs.max()
    weights = np.exp(logs - top)
    mean = weights.mean()
    if len(logs) < CHAINS:
        return float(top + np.log(mean)), 0.0
    chains = weights.reshape(CHAINS, -1).mean(axis=1)
    return float(top + np.log(mean)), float(chains.std(ddof=1) / np.sqrt(CHAINS) / mean)
