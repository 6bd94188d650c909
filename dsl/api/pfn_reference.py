"""The exact posterior predictive of a prior, or that of draws by a program of inference.

With draws θ_s of the posterior given a context D, the density of a query is

    p(y | x, D) = E[p(y | x, θ, D)] ≈ 1/S Σ_s p(D, y, θ_s) / p(D, θ_s),

each term a difference of two joint log densities of the model at one position: with one row more,
and without it. That holds whether rows are independent given θ or the model integrates a function
out. A model that has nothing left to draw gives the exact density. Of what a block requires of
latents, the mean is over the draws for which it holds. A bound of a density, or a process that is
built anew from the rows that there are, has no such difference: it would not integrate to 1.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.analysis.pfn_posterior import posterior_program, telling
from gendsl.analysis.pfn_priors import dims_of
from gendsl.analysis.pfn_requirements import as_equations, of_rows
from gendsl.api.calibration_draws import worst_r_hat
from gendsl.api.compilation import Checked
from gendsl.api.failure import InferenceError, UsageError
from gendsl.api.fixed_values import bind_fixed
from gendsl.api.inference_posterior import Posterior, posterior_of
from gendsl.api.inference_program import draw
from gendsl.api.log_densities import log_densities_of
from gendsl.api.lowering import explained, lower, transform
from gendsl.api.model import Model
from gendsl.api.pfn_columns import Input, domain_of_target
from gendsl.api.pfn_plan import classes_of
from gendsl.api.pfn_sampler import first_class
from gendsl.api.posterior import each_draw
from gendsl.api.runtime import computing
from gendsl.api.settings import Plan, plan_of_text
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.ir.bound import BoundData
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Equation, Factor, Node, Program
from gendsl.ir.types import Kind
from gendsl.results.trust import DrawKind

Floats = NDArray[np.float64]

CHAINS = 4
LEAST_KEPT = 20
"""Draws for which holds what is required, below which there is no error of their mean."""
_OF_ROWS = {
    "inducing": "has inducing points that are chosen among the rows",
    "hilbert": "has a box around the rows",
    "vecchia": "has neighbours among the rows",
}
"""By solver of a random function, what is another one with a row more."""


def long_nuts(draws: int = 500) -> Plan:
    """Return `nuts()` with four chains of so many draws, and as many to warm up."""
    return plan_of_text(f"main = nuts(chains = {CHAINS}, warmup = {draws}, draws = {draws})")


@dataclass(frozen=True)
class Judged:
    """Log densities of queries, their Monte Carlo errors [query], and what they took.

    Attributes:
        seconds: of all.
        seconds_of_draws: of these, those for the draws.
        is_exact: whether nothing had to be drawn.
        is_settled: whether all chains agree: R-hat below 1.05; and of draws that are left out,
            whether enough remain for an error.
        kept: the share of draws for which what is required holds. Where they are fewer than
            `LEAST_KEPT`, or of one chain alone, errors are not numbers.
    """

    log_density: Floats
    error: Floats
    seconds: float
    seconds_of_draws: float
    is_exact: bool
    is_settled: bool
    kept: float


@dataclass(frozen=True)
class Reference:
    """The model of a block, and the program of inference by which its posterior is drawn from.

    Raises:
        UsageError: if what is required reads rows, of which some are neither context nor query,
            entries are missing, or the density has no predictive.
    """

    pfn: Pfn
    inputs: tuple[Input, ...]
    plan: Plan = field(default_factory=long_nuts)

    def __post_init__(self) -> None:
        if self.pfn.missing:
            raise UsageError(
                Diagnostic(
                    "G1029",
                    f"data of `{self.pfn.name}` have missing entries: there is no reference for"
                    " them",
                    self.pfn.missing[0].span,
                    "missing in some rows",
                    help="check it by `--no-reference`: calibration needs no reference",
                )
            )
        if classes_of(self.pfn) is None and domain_of_target(self.pfn).type.kind is Kind.INT:
            raise UsageError(
                Diagnostic(
                    "G1029",
                    f"`{self.pfn.target.name}` is whole, and its head has a density: no probability"
                    " of numbers",
                    self.pfn.target.span,
                    "predicted as a number on the line",
                    help="bound it, `0 <= int <= 40`, for which `categorical` is the head; or check"
                    " by `--no-reference`",
                )
            )
        for factor, read in of_rows(self.pfn):
            raise UsageError(
                Diagnostic(
                    "G1029",
                    f"what `{self.pfn.name}` requires reads `{read}`, of rows that are not there",
                    factor.span,
                    "draws of the posterior can't be held against this",
                    help="check it by `--no-reference`: calibration needs no reference",
                )
            )
        for each in self.inputs:
            if each.is_latent and each.is_per_row:
                raise UsageError(
                    Diagnostic(
                        "G1029",
                        f"`{each.name}` is a latent of each `{self.pfn.row}`, and given",
                        self.pfn.span,
                        "with a new row they are more",
                        help="check it by `--no-reference`: calibration needs no reference",
                    )
                )
        for name, node in self._telling.items():
            if self.pfn.row in getattr(node, "dims", ()):
                raise self._told_by(name, node, f"of each `{self.pfn.row}`")
        for reason, span in _no_predictive(self.pfn):
            raise UsageError(
                Diagnostic(
                    "G1049",
                    f"the density of `{self.pfn.program.name}` {reason}",
                    span,
                    "with a row more and without it, these are not of one process",
                    help="write `approx = exact`, or write out an approximation that is built"
                    " without looking at the rows: waves in a box of your own, weighed by numbers",
                )
            )

    def is_exact(self, x: Floats, y: Floats, columns: int) -> bool:
        """Return whether the model has nothing to draw, given a task."""
        model = self._given(x, columns)
        context = self._told(model, x, y, [0], columns)
        program = transform(model.program, sizes=context.sizes)
        with computing(), explained(model.program):
            return self._posterior(program, context).density.size == 0

    def judge(self, x: Floats, y: Floats, num_context: int, columns: int, seed: int) -> Judged:
        """Return the densities of the rows of a task behind its first `num_context`.

        Args:
            x: [row, column], y: [row], as a sampler draws them.
            columns: how many columns there are.

        Raises:
            UsageError: if the model has latents of rows, of which there are more with more rows.
            InferenceError: if a chain can't start, or no draw is as required.
        """
        if not num_context:
            for name, node in self._telling.items():
                raise self._told_by(name, node, "in a context of 0 rows")
        model = self._given(x, columns)
        # Without a context the draws are of the prior, and a row says only what shapes there are.
        known_rows = list(range(num_context))
        context = self._told(model, x, y, known_rows or [0], columns)
        program = transform(model.program, sizes=context.sizes)
        with computing(), explained(model.program):
            before = self._posterior(program, context)
            start = time.perf_counter()
            if known_rows:
                positions, is_settled = self._positions(before, seed)
            else:
                positions, is_settled = self._of_prior(before, seed), True
            seconds_of_draws = time.perf_counter() - start
            chains, length, size = positions.shape
            flat = positions.reshape(chains * length, size)
            is_kept = self._is_kept(before, flat)
            if not is_kept.any():
                raise self._none_kept(len(flat))
            known = (log_densities_of if known_rows else _log_priors_of)(before, flat)
            logs, errors = [], []
            for i in range(num_context, len(y)):
                told = self._told(model, x, y, [*known_rows, i], columns)
                after = self._posterior(program, told)
                if after.density.size != size:
                    raise self._refused()
                terms = (log_densities_of(after, flat) - known).reshape(chains, length)
                log, error = mean_and_error(terms, is_kept.reshape(chains, length))
                logs.append(log)
                errors.append(error)
        return Judged(
            np.array(logs), np.array(errors), time.perf_counter() - start, seconds_of_draws,
            size == 0, is_settled and bool(np.isfinite(errors).all()), float(is_kept.mean()),
        )  # fmt: skip

    def _told(self, model: Model, x: Floats, y: Floats, rows: list[int], columns: int) -> BoundData:
        return self._bound(model, x[rows], y[rows], columns)

    @cached_property
    def _checked(self) -> Checked:
        """What of the model the posterior of a task is of."""
        program = posterior_program(self.pfn)
        # Codes are those of draws: few rows of a task may leave open from where they count.
        dimensions = tuple(
            replace(each, first_code=0) if each.first_code is None else each
            for each in program.dimensions
        )
        return Checked(replace(program, dimensions=dimensions), (), {})

    @cached_property
    def _telling(self) -> dict[str, Node]:
        return telling(self.pfn)

    @cached_property
    def _required(self) -> dict[str, Equation]:
        return as_equations(self.pfn)

    def _is_kept(self, posterior: Posterior, positions: Floats) -> NDArray[np.bool_]:
        """For which positions [draw, dim] all that is required of latents holds."""
        if not self._required or not len(positions):
            return np.ones(len(positions), bool)
        density, names = posterior.density, tuple(self._required)

        def holds(_: Any, position: Any, data: Any) -> dict[str, Any]:
            values = density.constrain(data, position)
            return {name: values[name] for name in names}

        same = "required", density.log_prior, names
        found = each_draw(holds, positions, 0, data=density.data, same=same)
        whole = [np.asarray(found[name]).reshape(len(positions), -1) for name in names]
        return np.asarray(np.all(np.concatenate(whole, axis=1) != 0, axis=1))

    def _given(self, x: Floats, columns: int) -> Model:
        """The model given the latents that the task says, which are the same in all rows.

        Those whose law tells of others are conditioned on; others are set, which is the same
        but for a constant.
        """
        set_: dict[str, Any] = {}
        told: dict[str, Any] = {}
        for each, cells in self._cells(x, columns):
            if each.is_latent:
                value = float(cells[0, 0]) if cells.shape[1] == 1 else cells[0]
                (told if each.name in self._telling else set_)[each.name] = value
        model = Model(self._checked)
        model = model.do(set_) if set_ else model
        return model.condition(told) if told else model

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
        """Draws [chain, draw, dim] of the posterior; an empty one if exact."""
        if posterior.density.size == 0:
            return np.zeros((1, 1, 0)), True
        found = draw(posterior, self.plan, seed=seed, progress=None)
        is_settled = found.kind is not DrawKind.CHAINS or bool(worst_r_hat(found) < 1.05)
        return np.asarray(found.draws, np.float64), is_settled

    def _of_prior(self, posterior: Posterior, seed: int) -> Floats:
        """Draws [chain, draw, dim] of the prior; an empty one if there is nothing to draw."""
        density = posterior.density
        if density.size == 0:
            return np.zeros((1, 1, 0))

        def one(key: Any, _: Any, data: Any) -> dict[str, Any]:
            return {"position": density.draw_prior(key, data)}

        count = CHAINS * self.plan.number("draws")
        same = "drawn of the prior", density.log_prior
        found = each_draw(one, np.zeros(count), seed, data=density.data, same=same)
        return np.asarray(found["position"], np.float64).reshape(CHAINS, -1, density.size)

    def _none_kept(self, count: int) -> InferenceError:
        return InferenceError(
            Diagnostic(
                "G1048",
                f"none of {counted(count, 'draw')} of the posterior is as `{self.pfn.name}`"
                " requires",
                self.pfn.requires[0],
                "required",
                help="more draws may find some; or state the prior so that what is required is"
                " likely",
            )
        )

    def _told_by(self, name: str, node: Any, where: str) -> UsageError:
        return UsageError(
            Diagnostic(
                "G1029",
                f"`{name}` is given, {where}, and its law in `{self.pfn.prior}` tells of what is"
                " inferred",
                node.span,
                "the density with a row more is of this too, not of the target alone",
                help="check it by `--no-reference`: calibration needs no reference",
            )
        )

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


def _no_predictive(pfn: Pfn) -> Iterator[tuple[str, Span]]:
    """Why a difference of two densities is no density of a row, and where."""
    for node in pfn.program.nodes:
        if isinstance(node, Factor) and node.span not in pfn.requires:
            yield "is a bound, or has a factor: it is not normalised", node.span
    for function in pfn.program.functions:
        if function.solver in _OF_ROWS:
            yield f"{_OF_ROWS[function.solver]}: `{function.name}`", function.span


def _log_priors_of(posterior: Posterior, positions: Floats) -> Floats:
    """The log prior density at positions [draw, dim]."""
    density = posterior.density
    if not density.size:
        return np.zeros(len(positions))

    def one(_: Any, position: Any, data: Any) -> dict[str, Any]:
        return {"prior": density.log_prior(data, position)}

    same = "log prior", density.log_prior
    found = each_draw(one, positions, 0, data=density.data, same=same)
    return np.asarray(found["prior"], np.float64)


def mean_and_error(logs: Floats, is_kept: NDArray[np.bool_] | None = None) -> tuple[float, float]:
    """Return the log of the mean of exp(`logs`) [chain, draw] where kept, and its standard error.

    With sums a_c of the terms of a chain and n_c of its kept draws, the mean is m = Σ a_c / Σ n_c,
    and the error that of a ratio, relative to m: the root of C / (C - 1) Σ (a_c - m n_c)^2 over
    Σ a_c. Draws of one chain count as independent, as those of an approximation are; a single
    draw has no error. Where draws are left out, the error is not a number if fewer than
    `LEAST_KEPT` are kept, or those of one chain alone: their spread says nothing of it.
    """
    rows = logs if len(logs) > 1 else logs.T
    kept = np.ones(logs.shape, bool) if is_kept is None else is_kept
    kept = kept if len(logs) > 1 else kept.T
    top = float(rows[kept].max())
    sums = np.where(kept, np.exp(rows - top), 0.0).sum(axis=1)
    counts = kept.sum(axis=1)
    mean = float(sums.sum() / counts.sum())
    units = len(rows)
    if units == 1:
        return top + float(np.log(mean)), 0.0
    if not kept.all() and (counts.sum() < LEAST_KEPT or np.count_nonzero(counts) < 2):
        return top + float(np.log(mean)), float("nan")
    spread = np.sum((sums - mean * counts) ** 2) * units / (units - 1)
    return top + float(np.log(mean)), float(np.sqrt(spread) / sums.sum())
