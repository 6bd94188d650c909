"""The joint distribution of parameters and data, forward and by turns, in which a kernel is tested.

Statistics are shares of prior draws below each entry: bounded, whatever the prior's tails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from gendsl.api.calibration_fits import PRIOR_DRAWS
from gendsl.api.inference_chains import keeps_discrete
from gendsl.api.inference_joint import Joint, joint_of
from gendsl.api.inference_kernels import check_moved, kernel_of
from gendsl.api.inference_posterior import posterior_of
from gendsl.api.joint_simulator import Simulator
from gendsl.api.lowering import lower, transform
from gendsl.api.settings import Plan
from gendsl.api.shapes import dims_of
from gendsl.backends.protocol import Density
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.program import Program
from gendsl.results.calibration import LOG_LIKELIHOOD, prior_shares, tolerance
from gendsl.results.groups import coordinate
from gendsl.results.summary import entry_label

if TYPE_CHECKING:
    from gendsl.inference.protocol import Kernel
    from gendsl.inference.randomness import Draws
    from gendsl.inference.target import Target

WARMUP_CHAINS = 4
FORWARD_DRAWS = 5000
_TRIES = 20
"""Simulated data sets among which one should be finite."""


class JointDistribution:
    """A kernel and the joint distribution that it is tested in, for one model and its sizes."""

    def __init__(self, simulator: Simulator, plan: Plan, chains: int, seed: int) -> None:
        import jax

        self.observed = simulator.observed
        checked = simulator.checked
        bound = _without_gaps(_first(simulator, seed))
        program = transform(checked.program, sizes=bound.sizes)
        self.density = lower(program).bind(bound)
        self.ahead = simulator.density()
        self.joint: Joint | None = None
        self.states: Density | None = None
        posterior = posterior_of(program, self.density, bound)
        if keeps_discrete(plan.outer, program):
            assert program.joint is not None
            self.joint = joint_of(posterior)
            self.states = lower(program.joint).bind(bound)
        self.target = posterior.target if self.joint is None else self.joint.target
        self.kernel = _kernel(plan, self.target, program)
        words = np.random.SeedSequence(seed, spawn_key=(10, 0)).generate_state(1)
        self.key = jax.random.key(int(words[0]))
        self._draw_all(chains)
        self.names = _names(self._values_drawn, checked.program, bound)

    def _draw_all(self, chains: int) -> None:
        """Draw in batches for the order of statistics and for warm-up, for starts, and forward.

        Each is apart from the others.
        """
        import jax

        def one(key: Any) -> Any:
            position, data = self._draw(key)
            return position, data, self._compared(data, position)

        batch = jax.jit(jax.vmap(one))
        apart, forward = -(-PRIOR_DRAWS // chains), -(-FORWARD_DRAWS // chains)
        keys = jax.random.split(self.key, (apart + 1 + forward, chains))
        rows = []
        for i, some in enumerate(keys):
            positions, data, values = batch(some)
            if i == 0:
                is_finite = np.isfinite(np.asarray(values[LOG_LIKELIHOOD]))
                if not is_finite.any():
                    raise _none_finite(self.observed)
                self.for_warmup = _entry((positions, data), int(np.argmax(is_finite)))
                self._values_drawn = values
            elif i == apart:
                self.positions, self.data = positions, data
            rows.append(np.asarray(_side_by_side(values, 1)))
        self.ordered = np.sort(np.concatenate(rows[:apart]), axis=0)
        self.tie = tolerance(self.ordered)
        shares = prior_shares(np.concatenate(rows[apart + 1 :]), self.ordered, self.tie)
        self.forward = np.concatenate([shares, (shares - 0.5) ** 2], axis=1)

    def warmed_up(self, count: int, seed: int) -> Any:
        """The kernel's parameters, learnt on a simulated data set, and fixed from then on."""
        import jax

        from gendsl.inference.chain_sampler import ChainSampler

        position, data = self.for_warmup
        sampler = ChainSampler(self.kernel, count)
        # Chains of the test have words of the seed itself: those of warm-up are apart.
        own = int(np.random.SeedSequence(seed, spawn_key=(10, 1)).generate_state(1)[0])
        carry = sampler.init(data, own, np.tile(np.asarray(position), (WARMUP_CHAINS, 1)))
        carry, _, _ = sampler.chunk(data, carry, count)
        learnt = jax.tree.map(lambda leaf: leaf[0], carry.learnt)
        return self.kernel.adaptation.params(learnt, carry.shared)

    def _draw(self, key: Any) -> tuple[Any, Any]:
        """A draw of the joint distribution: position, data."""
        import jax
        import jax.numpy as jnp

        key_prior, key_rest = jax.random.split(key)
        position = self.density.draw_prior(key_prior, self.density.data)
        # Discrete quantities have no values yet, so that they are drawn with the data.
        values = self.density.constrain(self.density.data, position)
        drawn = self.ahead.predict(key_rest, self.ahead.data, values, {})
        if self.joint is None:
            return position, self._observing(self.density.data, drawn)
        states = [
            (jnp.ravel(drawn[z.name]) - z.least).astype(position.dtype) for z in self.joint.discrete
        ]
        return jnp.concatenate([position, *states]), self._observing(self.joint.data, drawn)

    def redraw(self, draws: Draws, data: Any, position: Any) -> Any:
        """Data given the parameters; discrete ones that are summed out are drawn in between."""
        import jax
        import jax.numpy as jnp

        key = jax.random.wrap_key_data(draws.bits(jnp.int32(0)))
        key_discrete, key_data = jax.random.split(key)
        values = self._values(key_discrete, data, position)
        return self._observing(data, self.ahead.predict(key_data, self.ahead.data, values, {}))

    def _values(self, key: Any, data: Any, position: Any) -> dict[str, Any]:
        """The quantities at a position, discrete ones that are summed out drawn exactly."""
        import jax.numpy as jnp

        if self.joint is None:
            discrete = self.density.recover(key, data, position)
            return self.density.constrain(data, position, discrete or None)
        states = {
            z.name: jnp.rint(position[z.start : z.stop]).astype(int).reshape(z.shape) + z.least
            for z in self.joint.discrete
        }
        return self.density.constrain(data[0], position[: self.density.size], states)

    def _observing(self, data: Any, drawn: Mapping[str, Any]) -> Any:
        values = {name: drawn[name] for name in sorted(self.observed)}
        if self.states is None:
            return self.density.observing(data, values)
        return self.density.observing(data[0], values), self.states.observing(data[1], values)

    def _compared(self, data: Any, position: Any) -> dict[str, Any]:
        """The quantities, and the log likelihood.

        Discrete ones that are summed out are drawn with one key: that makes them a function of data
        and position, and any function will do.
        """
        values = self._values(self.key, data, position)
        return {**values, LOG_LIKELIHOOD: self.target.log_likelihood(data, position)}

    def shares(self, data: Any, position: Any) -> Any:
        """Of every entry the share of prior draws below it, and its squared distance from a half.

        These are bounded, so that their means have errors however heavy the prior's tails are.
        """
        import jax
        import jax.numpy as jnp

        row = _side_by_side(self._compared(data, position), 0)

        def share(ordered: Any, value: Any) -> Any:
            gap = self.tie * jnp.where(jnp.isfinite(value), jnp.abs(value), 0.0)
            left = jnp.searchsorted(ordered, value - gap, side="left")
            right = jnp.searchsorted(ordered, value + gap, side="right")
            return (left + right) / (2.0 * len(ordered))

        shares = jax.vmap(share, in_axes=(1, 0))(jnp.asarray(self.ordered, row.dtype), row)
        return jnp.concatenate([shares, (shares - 0.5) ** 2])


def _side_by_side(values: Mapping[str, Any], leading: int) -> Any:
    """Arrays [..., *dims] as one [..., entry], by name."""
    import jax.numpy as jnp

    columns = [
        jnp.reshape(jnp.asarray(values[name], float), (*values[name].shape[:leading], -1))
        for name in sorted(values)
    ]
    return jnp.concatenate(columns, axis=-1)


def _names(drawn: Mapping[str, Any], program: Program, bound: BoundData) -> list[str]:
    """The names of the statistics, in the order in which they are compared."""
    dims, names = dims_of(program), []
    for name in sorted(drawn):
        shape = np.shape(drawn[name])[1:]
        axes = dims.get(name, ())
        if len(axes) != len(shape):
            axes = tuple(f"{name}_dim_{i}" for i in range(len(shape)))
        members = [
            coordinate(size, bound.labels.get(dim)) for dim, size in zip(axes, shape, strict=True)
        ]
        names += [
            entry_label(name, tuple(zip(axes, entry, strict=True))) for entry in product(*members)
        ]
    return [*names, *(f"{name}, spread" for name in names)]


def _entry(batch: Any, i: int) -> Any:
    import jax

    return jax.tree.map(lambda leaf: leaf[i], batch)


def _first(simulator: Simulator, seed: int) -> BoundData:
    """A simulated data set, for its shapes.

    Raises:
        DiagnosticError: if none is finite.
    """
    simulated = simulator.draw(_TRIES, seed)
    for i in range(len(simulated)):
        bound = simulator.data_of(simulated, i)
        if bound is not None:
            return bound
    raise _none_finite(simulator.observed)


def _none_finite(observed: Iterable[str]) -> DiagnosticError:
    help = "look for an overflow: narrower priors, `exp` of something smaller"
    message = f"{listed(sorted(observed))} can't be simulated: no draw is finite"
    return DiagnosticError((Diagnostic("G0706", message, help=help),))


def _without_gaps(bound: BoundData) -> BoundData:
    """The data with what is missing of them filled in: new data have no gaps."""
    missing = {name: np.zeros_like(mask) for name, mask in bound.missing.items()}
    return replace(bound, missing=missing)


def _kernel(plan: Plan, target: Target, program: Program) -> Kernel[Any, Any]:
    """The kernel of a program.

    Raises:
        DiagnosticError: if there is nothing for it to move.
        UsageError: if it leaves something where it is.
    """
    check_moved(plan, target)
    kernel = kernel_of(plan.outer, target) if target.size else None
    if kernel is None:
        raise DiagnosticError((Diagnostic("G0704", f"`{program.name}` has nothing to infer"),))
    return kernel
