"""The density that a program has given its data: functions of data and of a flat position.

They run the program once each; torch's autograd differentiates them.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from functools import cached_property, partial
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from gendsl.backends.given import Arrays
from gendsl.backends.places import JOINT, SiteSlice
from gendsl.backends.pyro.discovery import Discovery
from gendsl.backends.pyro.draws import Draws
from gendsl.backends.pyro.latents import Coordinates, Known, Latents, part_of
from gendsl.backends.pyro.log_scores import LogScores
from gendsl.backends.pyro.pointwise import Gaps, Pointwise
from gendsl.backends.pyro.recovery import Completion, Scoring, Summation
from gendsl.backends.pyro.solving import LOWEST, flat, is_solved
from gendsl.backends.pyro.unconstrain import solve_position
from gendsl.backends.pyro.visit import (
    Evaluation,
    Keys,
    Values,
    Visitor,
    double_precision,
    seeded,
    total,
)  # fmt: skip
from gendsl.backends.roles import Roles
from gendsl.ir.bound import missing_site
from gendsl.transforms.hide_missing import WHOLE


@dataclass(eq=False)
class Density:
    """A program with its data, in double precision; see `gendsl.backends.protocol.Density`.

    Positions and data are tensors; a key is a whole number. Where discrete latents are summed out,
    `joint` is the density of the program in which they are sites.
    """

    module: ModuleType
    roles: Roles
    static: Mapping[str, int]
    data: Arrays
    joint: Density | None = None

    def __post_init__(self) -> None:
        discovery = Discovery(self.roles)
        self.run(discovery, self.data)
        self.sites: tuple[SiteSlice, ...] = discovery.slices()
        self._by_name = {site.name: site for site in self.sites}
        self._discrete = tuple(discovery.discrete)

    def run(self, visitor: Visitor, data: Arrays, *, predict: bool = False) -> None:
        """Run the program under a visitor."""
        arguments: dict[str, Any] = {**self.static, **data}
        arguments.pop(JOINT, None)
        if predict and self.roles.has_predictions:
            arguments["predict"] = True
        visitor.run(self.module, arguments)

    # --- what it is made of --------------------------------------------------------------

    @property
    def size(self) -> int:
        """How many coordinates a position has."""
        return self.sites[-1].stop if self.sites else 0

    @property
    def observations(self) -> Set[str]:
        """The sites that score data, rather than an expression."""
        return self.roles.observations.keys()

    def observed_part(self, site: str, shape: tuple[int, ...]) -> tuple[slice, ...]:
        """The entries of its data, of this shape, that one of the `observations` scores."""
        return self.roles.part(self.roles.observations[site], shape)

    @property
    def sum_dims(self) -> Mapping[str, tuple[str, ...]]:
        """The axes of log likelihood terms that have discrete latents summed out."""
        return {found.name: found.dims for found in self.roles.sums.values()}

    @cached_property
    def discrete(self) -> frozenset[str]:
        """The discrete latents that are not summed out: sites, and series in place of pieces."""
        pieces = self.roles.pieces
        return frozenset(pieces[name].of if name in pieces else name for name in self._discrete)

    def read(self, position: Tensor, name: str) -> Tensor:
        """A site's coordinates, in their shape.

        Raises:
            ValueError: if no latent site has that name: it is data that were not given.
        """
        site = self._by_name.get(name)
        if site is None:
            raise ValueError(f"the density needs `{name}`, which is neither latent nor given")
        return position[site.start : site.stop].reshape(site.free_shape)

    def evaluate(
        self, data: Arrays, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> Evaluation:
        """One run at a position, discrete latents that are not summed out being given."""
        given = self.in_pieces(discrete or {})
        visitor = Evaluation(partial(self.read, as_position(position)), given)
        self.run(visitor, data)
        return visitor

    # --- the density ---------------------------------------------------------------------

    def log_prior(self, data: Arrays, position: Any) -> Tensor:
        """Log density of the latents, with the Jacobian of their bijections."""
        run = self.evaluate(data, position)
        return total(run.priors) + total(run.jacobians)

    def log_likelihood(self, data: Arrays, position: Any) -> Tensor:
        """Log density of what is observed, and the factors.

        Where equations can't be solved it is the lowest number, with a gradient of 0.
        """
        position = as_position(position)
        terms = self.evaluate(data, position).likelihoods
        return total(terms) if is_solved(terms, self.roles.solves) else flat(LOWEST, position)

    def parts(self, data: Arrays, position: Any) -> tuple[Tensor, Tensor]:
        """`log_prior` and `log_likelihood`; from one run where no equations are solved."""
        if self.roles.solves:
            return self.log_prior(data, position), self.log_likelihood(data, position)
        run = self.evaluate(data, position)
        return total(run.priors) + total(run.jacobians), total(run.likelihoods)

    def log_density(
        self, data: Arrays, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> Tensor:
        """The sum of the two, from one run; -inf where equations can't be solved."""
        position = as_position(position)
        run = self.evaluate(data, position, discrete)
        if not is_solved(run.likelihoods, self.roles.solves):
            return flat(-torch.inf, position)
        return total(run.priors) + total(run.jacobians) + total(run.likelihoods)

    def site_log_densities(
        self, data: Arrays, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> Values:
        """The log density of each latent, observed site and factor, by entry; no Jacobian."""
        run = self.evaluate(data, position, discrete)
        return {**run.priors, **run.likelihoods}

    def pointwise_log_likelihood(self, data: Arrays, position: Any) -> Values:
        """The log density of each observation, by site; NaN where nothing is observed."""
        read = partial(self.read, as_position(position))
        visitor = Pointwise(read, self.roles, data)
        self.run(visitor, data)
        found = visitor.pointwise
        imputed = self.roles.imputed
        if any(site.name in imputed and site.stop > site.start for site in self.sites):
            gaps = Gaps(read, self.roles)
            self.run(gaps, data)
            for name, is_gap in gaps.found.items():
                extra = tuple(range(found[name].dim(), is_gap.dim()))
                is_gap = is_gap.any(dim=extra) if extra else is_gap
                found[name] = torch.where(is_gap, torch.nan, found[name])
        return found

    # --- values --------------------------------------------------------------------------

    def constrain(
        self, data: Arrays, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> Values:
        """Latents and saved quantities by their names in the source; inferred missing entries."""
        if self.joint is not None and discrete is not None:
            values = {**self.latent_values(data, position), **_tensors(discrete)}
            return self.joint.complete(data[JOINT], values)
        run = self.evaluate(data, position, discrete)
        return self._shown(run.values, run.derived)

    def complete(self, data: Arrays, values: Mapping[str, Tensor]) -> Values:
        """Latents and saved quantities, given the values of all latents."""
        visitor = Completion(Known(values, self.roles.pieces))
        self.run(visitor, data)
        return self._shown(visitor.values, visitor.derived)

    def log_likelihood_given(self, data: Arrays, values: Mapping[str, Any]) -> Tensor:
        """Log density of what is observed given the values of all latents; of no summed program."""
        visitor = Scoring(Known(_tensors(values), self.roles.pieces))
        self.run(visitor, data)
        return total(visitor.likelihoods)

    def observing(self, data: Arrays, values: Mapping[str, Any]) -> Arrays:
        """The arrays with these values of data that are observed, in the place of their own."""
        names = self.roles.arguments
        changed = {
            names[name]: torch.as_tensor(value).to(data[names[name]].dtype)
            for name, value in values.items()
            if names.get(name) in data
        }
        if self.joint is None:
            return {**data, **changed}
        return {**data, **changed, JOINT: self.joint.observing(data[JOINT], values)}

    def _shown(self, values: Values, derived: Values) -> Values:
        shown = {name: value for name, value in values.items() if self.roles.is_shown(name)}
        imputed = {n: v for n, v in values.items() if n in self.roles.imputed and v.numel()}
        return {**shown, **derived, **imputed}

    def in_pieces(self, values: Mapping[str, Any]) -> Values:
        """The values, those of a series also under the names of its sites."""
        given = _tensors(values)
        pieces = {site: piece for site, piece in self.roles.pieces.items() if piece.of in given}
        parts = {site: part_of(given[piece.of], piece) for site, piece in pieces.items()}
        return {**given, **parts}

    def latent_values(self, data: Arrays, position: Any) -> Values:
        """Constrained values of every latent site, auxiliary ones too: what `predict` needs."""
        return self.evaluate(data, position).values

    def unconstrain(self, data: Arrays, values: Mapping[str, Any], default: Any = None) -> Tensor:
        """The position at which the named quantities have these values, as far as it can be had.

        A site that is not named, and whose quantity is not, stays at `default` (0).

        Raises:
            ValueError: if a name is no latent's or saved quantity's, or a value is outside its
                support.
        """
        return solve_position(self, data, values, default)

    # --- discrete latents that are summed out --------------------------------------------

    def recover(self, key: int, data: Arrays, position: Any) -> Values:
        """One draw of the discrete latents from their posterior given a position, exactly."""
        if self.joint is None:
            return {}
        keys, drawn = Keys(key), {}
        at = Coordinates(partial(self.read, as_position(position)))
        for group in self._summed(data, at):
            with double_precision(), seeded(keys.next()):
                drawn.update(group.draw())
        return self.joint.without_known(data[JOINT], drawn)

    def without_known(self, data: Arrays, values: Values) -> Values:
        """Discrete values, of partly known data those of the missing entries only."""
        found: Values = {}
        for name, value in values.items():
            whole = name.removesuffix(WHOLE)
            if whole == name:
                found[name] = value
            else:
                found[missing_site(whole)] = value[data[self.roles.gaps[whole]]]
        return found

    def probabilities(self, data: Arrays, values: Mapping[str, Any]) -> Values:
        """The probability of each state (the last axis) given the other latents' values."""
        groups = self._summed(data, Known(_tensors(values), self.roles.pieces))
        with double_precision():
            return {n.removesuffix(WHOLE): p for g in groups for n, p in g.probabilities().items()}

    def most_probable(self, data: Arrays, values: Mapping[str, Any]) -> Values:
        """The jointly most probable discrete latents given the other latents' values."""
        groups = self._summed(data, Known(_tensors(values), self.roles.pieces))
        with double_precision():
            return {n.removesuffix(WHOLE): z for g in groups for n, z in g.most_probable().items()}

    def _summed(self, data: Arrays, latents: Latents) -> list[Any]:
        visitor = Summation(latents)
        self.run(visitor, data)
        return list(visitor.groups.values())

    # --- draws ---------------------------------------------------------------------------

    def generate(
        self, key: int, data: Arrays, position: Any, discrete: Mapping[str, Any] | None = None
    ) -> Values:
        """Replicated data and predictions at a position; draws discrete latents if not given."""
        if self.joint is not None:
            if discrete is None:
                discrete = self.recover(Keys(key).next(), data, position)
            values = {**self.latent_values(data, position), **_tensors(discrete)}
            given = Known(values, self.joint.roles.pieces)
            return Draws(self.joint).replicate(key, data[JOINT], given)
        at = Coordinates(partial(self.read, as_position(position)))
        return Draws(self).replicate(key, data, at)

    def draw_prior(self, key: int, data: Arrays) -> Tensor:
        """One draw of the latents from their prior, as a position; observations play no part.

        Raises:
            CannotSimulate: if a prior is improper.
        """
        return Draws(self).prior(key, data)

    def simulate(self, key: int, data: Arrays) -> Values:
        """One draw of everything from the prior: latents, saved quantities, data, predictions.

        Raises:
            CannotSimulate: if a prior is improper, or an expression is scored.
        """
        return Draws(self).simulate(key, data)

    def predict(
        self, key: int, data: Arrays, values: Mapping[str, Any], is_known: Mapping[str, Any]
    ) -> Values:
        """Data and predictions given latent values, new members drawn from their population.

        `values` are those of `latent_values` on the dimensions of `data`, filled in anyhow where
        `is_known` is false.

        Raises:
            CannotPredict: if a joint draw is known in part.
            CannotSimulate: if a new member has an improper prior.
        """
        return Draws(self).predict(key, data, self.in_pieces(values), is_known)

    @torch.no_grad()
    def log_scores(
        self,
        key: int,
        data: Arrays,
        values: Mapping[str, Any],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, Any],
        observed: str | None,
    ) -> Values:
        """Log density of an outcome by site, given latent values as in `predict`.

        `outcomes` are values of predicted quantities by name; `observed` names data, which is
        scored at its own values: later entries of a series are given earlier ones.

        Raises:
            CannotPredict: if a joint draw is known in part.
            CannotSimulate: if a new member has an improper prior.
        """
        known = self.in_pieces(values)
        visitor = LogScores(Keys(key), self.roles, known, is_known, _tensors(outcomes), observed)
        self.run(visitor, data, predict=True)
        return visitor.log_scores


def as_position(position: Any) -> Tensor:
    """The position as a tensor of doubles; a tensor stays itself, with its gradient."""
    return torch.as_tensor(position, dtype=torch.float64)


def _tensors(values: Mapping[str, Any]) -> Values:
    return {name: torch.as_tensor(value) for name, value in values.items()}
