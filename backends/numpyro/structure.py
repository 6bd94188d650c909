"""A program at given sizes: pure functions of data and of a flat position.

Everything that differs between two data sets of the same shapes is an argument, so what is compiled
for one serves the other. The functions can be jitted, differentiated and mapped over positions.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp

from gendsl.backends.numpyro.discovery import Discovery
from gendsl.backends.numpyro.inputs import Arrays
from gendsl.backends.numpyro.latents import Coordinates, Known, Latents, part_of
from gendsl.backends.numpyro.linear_networks import linear_outputs
from gendsl.backends.numpyro.log_scores import LogScores
from gendsl.backends.numpyro.pointwise import Gaps, Pointwise
from gendsl.backends.numpyro.predict import Prediction
from gendsl.backends.numpyro.prior import PriorDraw
from gendsl.backends.numpyro.recovery import Completion, Scoring, Summation
from gendsl.backends.numpyro.sequence import in_sequence
from gendsl.backends.numpyro.simulate import Replication, Simulation
from gendsl.backends.numpyro.solving import is_solved, lowest, where_solved
from gendsl.backends.numpyro.unconstrain import solve_position
from gendsl.backends.numpyro.visit import Evaluation, Keys, Values, Visitor, total
from gendsl.backends.places import JOINT, PLACE
from gendsl.backends.roles import Roles
from gendsl.backends.sequences import Sequences
from gendsl.ir.bound import missing_site
from gendsl.transforms.hide_missing import WHOLE


class Structure:
    """The functions of one program at given sizes; one object for all data of these shapes.

    Where discrete latents are summed out, `joint` is the program in which they are sites: its
    arrays are `data[JOINT]`.
    """

    def __init__(
        self,
        module: ModuleType,
        roles: Roles,
        static: Mapping[str, int],
        arrays: Arrays,
        joint: Structure | None = None,
    ) -> None:
        self.module = module
        self.roles = roles
        self.static = dict(static)
        self.joint = joint
        self.sequences = Sequences(roles, in_sequence, jnp.where)
        discovery = Discovery(roles)
        jax.eval_shape(partial(self._run, discovery), arrays)
        self.sites = discovery.slices()
        self.size = self.sites[-1].stop if self.sites else 0
        self._by_name = {site.name: site for site in self.sites}
        self.discrete = tuple(discovery.discrete)

    @property
    def discrete_names(self) -> frozenset[str]:
        """The discrete latents: sites, and series in the place of their pieces."""
        pieces = self.roles.pieces
        return frozenset(pieces[name].of if name in pieces else name for name in self.discrete)

    def _run(self, visitor: Visitor, data: Arrays, *, predict: bool = False) -> None:
        arguments: dict[str, Any] = {**self.static, **data}
        arguments.pop(JOINT, None)
        place = arguments.pop(PLACE, None)
        if predict and self.roles.has_predictions:
            arguments["predict"] = True
        inside = None
        if place is not None:

            def run(other: Visitor, outside: AbstractContextManager[Any]) -> None:
                other.run(self.module, arguments, outside)

            inside = linear_outputs(run, visitor, self.roles, place)
        visitor.run(self.module, arguments, inside=inside)

    def read(self, position: jax.Array, name: str) -> jax.Array:
        """A site's coordinates, in their shape.

        Raises:
            ValueError: if no latent site has that name: it is data that were not given.
        """
        site = self._by_name.get(name)
        if site is None:
            raise ValueError(f"the density needs `{name}`, which is neither latent nor given")
        return position[site.start : site.stop].reshape(site.free_shape)

    def evaluate(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> Evaluation:
        """One run at a position, discrete latents that are not summed out being given."""
        visitor = Evaluation(partial(self.read, position), self._in_pieces(discrete or {}))
        self._run(visitor, data)
        return visitor

    # --- the density ---------------------------------------------------------------------

    def log_prior(self, data: Arrays, position: jax.Array) -> jax.Array:
        """Log density of the latents, with the Jacobian of their bijections."""
        run = self.evaluate(data, position)
        return total(run.priors) + total(run.jacobians)

    def log_likelihood(self, data: Arrays, position: jax.Array) -> jax.Array:
        """Log density of what is observed, and the factors.

        Where equations can't be solved it is the lowest number, with a gradient of 0.
        """
        if self.roles.solves:
            return where_solved(self._judged_likelihood, data, position, lowest())
        return total(self.evaluate(data, position).likelihoods)

    def _judged_likelihood(self, data: Arrays, position: jax.Array) -> tuple[jax.Array, jax.Array]:
        terms = self.evaluate(data, position).likelihoods
        return total(terms), is_solved(terms, self.roles.solves)

    def log_density(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> jax.Array:
        """The sum of the two, from one run."""

        def judged(given: Any, at: jax.Array) -> tuple[jax.Array, jax.Array]:
            run = self.evaluate(given[0], at, given[1])
            log_density = total(run.priors) + total(run.jacobians) + total(run.likelihoods)
            return log_density, is_solved(run.likelihoods, self.roles.solves)

        if self.roles.solves:
            return where_solved(judged, (data, discrete), position, -jnp.inf)
        return judged((data, discrete), position)[0]

    def site_log_densities(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> Values:
        """The log density of each latent, observed site and factor, by entry; no Jacobian."""
        run = self.evaluate(data, position, discrete)
        return {**run.priors, **run.likelihoods}

    def pointwise_log_likelihood(self, data: Arrays, position: jax.Array) -> Values:
        """The log density of each observation, by site.

        It is NaN where nothing is observed: at missing entries, inferred or not, and where the
        statement does not hold. Of a joint draw with missing entries there is no log density.
        Where discrete latents are summed out, there is one term for all observations that share
        them.
        """
        visitor = Pointwise(partial(self.read, position), self.roles, data)
        self._run(visitor, data)
        found = visitor.pointwise
        if not any(
            site.name in self.roles.imputed and site.stop > site.start for site in self.sites
        ):
            return found
        # traced in any case, since NumPyro refuses NaN among parameters otherwise
        for name, is_gap in jax.jit(self._gaps)(data, position).items():
            is_gap = is_gap.any(axis=tuple(range(found[name].ndim, is_gap.ndim)))
            found[name] = jnp.where(is_gap, jnp.nan, found[name])
        return found

    def _gaps(self, data: Arrays, position: jax.Array) -> Values:
        visitor = Gaps(partial(self.read, position), self.roles)
        self._run(visitor, data)
        return visitor.found

    # --- networks that are linear --------------------------------------------------------

    def weights(self, data: Arrays, position: jax.Array) -> Values:
        """The weights of networks at a position."""
        run = self.evaluate(data, position)
        found = {**run.values, **run.derived}
        return {name: found[name] for name in found.keys() & self.roles.weights}

    def log_density_about(self, data: Arrays, place: jax.Array, position: jax.Array) -> jax.Array:
        """The log density at a position, of the program with networks linear about a place.

        Its Hessian there is the generalised Gauss-Newton matrix.
        """
        return self.log_density({**data, PLACE: self.weights(data, place)}, position)

    # --- values --------------------------------------------------------------------------

    def constrain(
        self, data: Arrays, position: jax.Array, discrete: Mapping[str, jax.Array] | None = None
    ) -> Values:
        """Latents and saved quantities by their names in the source; inferred missing entries.

        Discrete latents, and what is computed from them, need the values that `recover` draws.
        """
        if self.joint is not None and discrete is not None:
            values = {**self.latent_values(data, position), **discrete}
            return self.joint.complete(data[JOINT], values)
        run = self.evaluate(data, position, discrete)
        return self._shown(run.values, run.derived)

    def complete(self, data: Arrays, values: Mapping[str, jax.Array]) -> Values:
        """Latents and saved quantities, given the values of all latents."""
        visitor = Completion(Known(values, self.roles.pieces), self.roles)
        self._run(visitor, data)
        return self._shown(visitor.values, visitor.derived)

    def log_likelihood_given(self, data: Arrays, values: Mapping[str, jax.Array]) -> jax.Array:
        """Log density of what is observed given the values of all latents; of no summed program."""
        visitor = Scoring(Known(values, self.roles.pieces), self.roles)
        self._run(visitor, data)
        return total(visitor.likelihoods)

    def observing(self, data: Arrays, values: Mapping[str, jax.Array]) -> Arrays:
        """The arrays with these values of data that are observed, in the place of their own."""
        arguments = self.roles.arguments
        changed = {
            arguments[name]: jnp.asarray(value).astype(data[arguments[name]].dtype)
            for name, value in values.items()
            if arguments.get(name) in data
        }
        if self.joint is None:
            return {**data, **changed}
        return {**data, **changed, JOINT: self.joint.observing(data[JOINT], values)}

    def _shown(self, values: Values, derived: Values) -> Values:
        shown = {name: value for name, value in values.items() if self.roles.is_shown(name)}
        imputed = {n: v for n, v in values.items() if n in self.roles.imputed and v.size}
        return {**shown, **derived, **imputed}

    def _in_pieces(self, values: Mapping[str, jax.Array]) -> dict[str, jax.Array]:
        """The values, those of a series also under the names of its sites."""
        pieces = {site: piece for site, piece in self.roles.pieces.items() if piece.of in values}
        parts = {site: part_of(values[piece.of], piece) for site, piece in pieces.items()}
        return {**values, **parts}

    def latent_values(self, data: Arrays, position: jax.Array) -> Values:
        """Constrained values of every latent site, auxiliary ones too: what `predict` needs."""
        return self.evaluate(data, position).values

    def unconstrain(
        self, data: Arrays, values: Mapping[str, Any], default: jax.Array | None = None
    ) -> jax.Array:
        """The position at which the named quantities have these values, as far as it can be had.

        A site that is not named, and whose quantity is not, stays at `default` (0).
        """
        return solve_position(self, data, values, default)

    # --- discrete latents that are summed out --------------------------------------------

    def recover(self, key: jax.Array, data: Arrays, position: jax.Array) -> Values:
        """One draw of the discrete latents from their posterior given a position, exactly."""
        if self.joint is None:
            return {}
        keys = Keys(key)
        drawn: Values = {}
        for group in self._summed(data, Coordinates(partial(self.read, position))):
            drawn |= {name: jnp.asarray(v, int) for name, v in group.draw(keys.next()).items()}
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

    def probabilities(self, data: Arrays, values: Mapping[str, jax.Array]) -> Values:
        """The probability of each state of each discrete latent given the other latents' values.

        The states are the last axis.
        """
        groups = self._summed(data, Known(values, self.roles.pieces))
        return {_source(name): p for g in groups for name, p in g.probabilities().items()}

    def most_probable(self, data: Arrays, values: Mapping[str, jax.Array]) -> Values:
        """The jointly most probable discrete latents given the other latents' values."""
        groups = self._summed(data, Known(values, self.roles.pieces))
        found = {_source(name): z for g in groups for name, z in g.most_probable().items()}
        return {name: jnp.asarray(z, int) for name, z in found.items()}

    def _summed(self, data: Arrays, latents: Latents) -> list[Any]:
        visitor = Summation(latents)
        self._run(visitor, data)
        return list(visitor.groups.values())

    # --- draws ---------------------------------------------------------------------------

    def generate(
        self,
        key: jax.Array,
        data: Arrays,
        position: jax.Array,
        discrete: Mapping[str, jax.Array] | None = None,
    ) -> Values:
        """Replicated data and predictions at a position.

        Entries that no statement scores (conditioned on, masked out) keep their data; a missing one
        has its inferred value, or NaN where it is not inferred. Discrete latents that are not given
        are drawn from their posterior.
        """
        if self.joint is not None:
            if discrete is None:
                discrete = self.recover(jax.random.fold_in(key, 0), data, position)
            values = {**self.latent_values(data, position), **discrete}
            given = Known(values, self.joint.roles.pieces)
            return self.joint.replicate(key, data[JOINT], given)
        return self.replicate(key, data, Coordinates(partial(self.read, position)))

    def replicate(self, key: jax.Array, data: Arrays, latents: Latents) -> Values:
        """Replicated data and predictions given the latents; see `generate`."""

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Replication(Keys(key), latents, self.roles)
            self._run(visitor, self.sequences.unmasked(changed), predict=True)
            return visitor.outcome(self.sequences.observations(changed), changed)

        return self.sequences.replicated(run, data)

    def draw_prior(self, key: jax.Array, data: Arrays) -> jax.Array:
        """One draw of the latents from their prior, as a position; observations play no part.

        Raises:
            CannotSimulate: if a prior is improper.
        """
        visitor = PriorDraw(Keys(key))
        self._run(visitor, data)
        parts = [jnp.ravel(visitor.positions[site.name]) for site in self.sites]
        return jnp.concatenate(parts) if parts else jnp.zeros(0)

    def simulate(self, key: jax.Array, data: Arrays) -> Values:
        """One draw of everything: latents, saved quantities, data, predictions.

        Raises:
            CannotSimulate: if a prior is improper, or an expression is scored.
        """
        given = {name: array for name, array in data.items() if name not in self.roles.droppable}

        def run(changed: Arrays) -> Values:
            arrays = {**given, **changed}
            visitor = Simulation(Keys(key), self.roles)
            self._run(visitor, arrays, predict=True)
            return visitor.outcome(self.sequences.observations(arrays), arrays)

        return self.sequences.simulated(run, given)

    def predict(
        self,
        key: jax.Array,
        data: Arrays,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
    ) -> Values:
        """Data and predictions given latent values, new members drawn from their population.

        `values` are those of `latent_values` on the dimensions of `data`, filled in anyhow where
        `is_known` is false. Data that others read go on from the entries that `is_known` marks of
        them. Everything shown is returned.

        Raises:
            CannotPredict: if a joint draw is known in part.
            CannotSimulate: if a new member has an improper prior.
        """

        known = self._in_pieces(values)

        def run(changed: Arrays) -> Values:
            changed = {**data, **changed}
            visitor = Prediction(Keys(key), self.roles, known, is_known)
            self._run(visitor, self.sequences.unmasked(changed), predict=True)
            return visitor.outcome(self.sequences.observations(changed), changed)

        return self.sequences.replicated(run, data, is_known)

    def log_scores(
        self,
        key: jax.Array,
        data: Arrays,
        values: Mapping[str, jax.Array],
        is_known: Mapping[str, Any],
        outcomes: Mapping[str, jax.Array],
        observed: str | None,
    ) -> Values:
        """Log density of an outcome by site, given latent values as in `predict`.

        `outcomes` are values of predicted quantities by name; `observed` names data, which is
        scored at its own values: later entries of a series are given earlier ones.

        Raises:
            CannotPredict: if a joint draw is known in part.
            CannotSimulate: if a new member has an improper prior.
        """
        known = self._in_pieces(values)
        visitor = LogScores(Keys(key), self.roles, known, is_known, outcomes, observed)
        self._run(visitor, data, predict=True)
        return visitor.log_scores


def _source(name: str) -> str:
    """What a hidden quantity is of: itself, or data that are partly known."""
    return name.removesuffix(WHOLE)
