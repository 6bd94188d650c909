"""Kernels, combinators and samplers with one thing wrong each, for the table in ``mutants.py``."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from gendsl.inference.adaptation import StepAndScale
from gendsl.inference.chain_sampler import ChainCarry, ChainSampler
from gendsl.inference.combinators import Correct, Involutive, Mix, On, Repeat, Seq, Through
from gendsl.inference.kernels import (
    Barker,
    Chees,
    EllipticalSlice,
    Gibbs,
    Hmc,
    Mala,
    RandomWalk,
    Slice,
    Swaps,
)
from gendsl.inference.metropolis import accept
from gendsl.inference.populations import Varied
from gendsl.inference.populations.varied import resized
from gendsl.inference.trajectory_length import StepAndLength
from gendsl.inference.whitening import spread, whiten
from inference_cases import broken, joint, lattice
from inference_cases.lattice import KnotNuts, RingNuts, turn_on_ring


class WalkTakesAll(RandomWalk):
    def step(self, data, params, draws, state):
        for_proposal, for_accept = draws.parts(2)
        noise = for_proposal.normals(self.target.size, state.position.dtype)
        proposed = self.init(data, state.position + params.step_size * spread(params.scale, noise))
        ratio = jnp.where(proposed.log_density > -jnp.inf, 0.0, -jnp.inf)
        return accept(for_accept, ratio, proposed, state)


class WalkFlipped(RandomWalk):
    def step(self, data, params, draws, state):
        for_proposal, for_accept = draws.parts(2)
        noise = for_proposal.normals(self.target.size, state.position.dtype)
        proposed = self.init(data, state.position + params.step_size * spread(params.scale, noise))
        ratio = state.log_density - proposed.log_density
        ratio = jnp.where(proposed.log_density > -jnp.inf, ratio, -jnp.inf)
        return accept(for_accept, ratio, proposed, state)


class WalkStale(RandomWalk):
    def step(self, data, params, draws, state):
        after, info = RandomWalk.step(self, data, params, draws, state)
        return after._replace(log_density=state.log_density), info


class BarkerUncorrected(Barker):
    def correction(self, move, here, there):
        return 0.0 * jnp.sum(move)


class BarkerLooksBack(Barker):
    def correction(self, move, here, there):
        return Barker.correction(self, move, here, here)


class GibbsOfPrior(Gibbs):
    def height(self, data, position):
        return self.target.log_prior(data, position)

    def step(self, data, params, draws, state):
        after, info = Gibbs.step(self, data, params, draws, state)
        return self.refresh(data, after), info


class GibbsAtOnce(Gibbs):
    def step(self, data, params, draws, state):
        position = state.position
        for site, each in zip(self.target.sites, draws.parts(2), strict=True):
            rows = jnp.stack(
                [state.position.at[site.start].set(float(v)) for v in range(site.num_values)]
            )
            heights = jnp.stack([self.height(data, row) for row in rows])
            position = position.at[site.start].set(1.0 * each.choose(heights))
        return self.init(data, position), None


class GibbsTilted(Gibbs):
    def height(self, data, position):
        first = self.target.sites[0].num_values - 1
        return jnp.where(position[0] == first, -2.0, 0.0) + Gibbs.height(self, data, position)

    def step(self, data, params, draws, state):
        after, info = Gibbs.step(self, data, params, draws, state)
        return self.refresh(data, after), info


class HmcFlipped(lattice.RingHmc):
    def energy(self, state, momentum):
        return Hmc.energy(self, state, momentum) + 2.0 * state.log_density


class CheesFlipped(lattice.RingChees):
    def energy(self, state, momentum):
        return lattice.RingChees.energy(self, state, momentum) + 2.0 * state.log_density


class CheesLengthByState(lattice.RingChees):
    def count(self, params, share, state):
        count = lattice.RingChees.count(self, params, share, state)
        return jnp.where(state.position[0] > 0, count, 1)


class CheesWithoutKinetic(Chees):
    def energy(self, state, momentum):
        return -state.log_density


@dataclass(frozen=True, slots=True)
class DescendingLength(StepAndLength):
    def slope(self, seen, acceptance_rate):
        return -StepAndLength.slope(self, seen, acceptance_rate)


@dataclass(frozen=True, slots=True)
class LengthWithoutShare(StepAndLength):
    def slope(self, seen, acceptance_rate):
        seen = seen._replace(share=jnp.ones_like(seen.share))
        return StepAndLength.slope(self, seen, acceptance_rate)


class CheesDescends(Chees):
    adaptation = property(lambda self: DescendingLength(self.target.size, self.wanted, 1000))


class CheesWithoutShare(Chees):
    adaptation = property(lambda self: LengthWithoutShare(self.target.size, self.wanted, 1000))


class HmcWithoutKinetic(Hmc):
    def energy(self, state, momentum):
        return -state.log_density


class HmcMissingHalfStep(Hmc):
    def trajectory(self, data, params, state, momentum, count):
        end, after = Hmc.trajectory(self, data, params, state, momentum, count)
        return end, after - 0.5 * params.step_size * whiten(params.scale, end.gradient)


class MalaUncorrected(Mala):
    def correction(self, noise, back):
        return 0.0 * jnp.sum(noise)


class MalaFlipped(Mala):
    def correction(self, noise, back):
        return -Mala.correction(self, noise, back)


@dataclass(frozen=True, slots=True)
class RestlessStep(StepAndScale):
    """Its step size follows dual averaging, whose gain is made for the trees of NUTS."""

    def update(self, learnt, info, state, is_learning):
        after = StepAndScale.update(self, learnt, info, state, is_learning)
        before, step = learnt.step, after.step
        gain = 20.0 / jnp.sqrt(step.num_updates)
        log_step = before.log_step + gain * (info.acceptance_rate - self.wanted)
        share = 2.0 / (step.num_averaged + 1)
        average = before.log_average + share * (log_step - before.log_average)
        return after._replace(step=step._replace(log_step=log_step, log_average=average))


def _restless(kernel):
    fields = StepAndScale.__slots__
    return RestlessStep(
        *(getattr(type(kernel).__base__.adaptation.fget(kernel), f) for f in fields)
    )


class HmcRestless(Hmc):
    adaptation = property(_restless)


class WalkRestless(RandomWalk):
    adaptation = property(_restless)


class SliceWithoutShrinkCheck(Slice):
    def is_inside(self, place, level):
        return place.log_density > -jnp.inf


class SliceLevelTooLow(Slice):
    def level(self, draws, state):
        return 2.0 * Slice.level(self, draws, state) - state.log_density


class SliceLeftFirst(Slice):
    def limit(self, draws, dtype):
        return jnp.asarray(self.most_steps - 1.0, dtype)


class EllipseHalfBracket(EllipticalSlice):
    def bracket(self, angle):
        return 0.0 * angle, angle


class EllipsePriorTwice(EllipticalSlice):
    def remainder(self, place, whitened):
        return place.log_density


class CorrectUncorrected(Correct):
    def correction(self, data, params, here, there):
        return 0.0 * jnp.sum(here)


class CorrectFlipped(Correct):
    def correction(self, data, params, here, there):
        return -Correct.correction(self, data, params, here, there)


@dataclass(frozen=True, slots=True)
class LeaningWithoutDensity(lattice.Leaning):
    def log_density(self, data, params, drawn, given):
        return 0.0 * drawn[0]


def step_and_go_on(data, params, position, step):
    """Not an involution."""
    return position + step, step


class InvolutiveWithoutJacobian(Involutive):
    def log_determinant(self, data, params, position, auxiliary):
        return 0.0 * jnp.sum(position)


class SwapsFlipped(Swaps):
    def log_ratios(self, gaps, these, those):
        return -Swaps.log_ratios(self, gaps, these, those)


class SwapsWithoutBetas(Swaps):
    def log_ratios(self, gaps, these, those):
        return Swaps.log_ratios(self, jnp.ones_like(gaps), these, those)


class ThroughInnerDensity(Through):
    def step(self, data, params, draws, state):
        after, info = Through.step(self, data, params, draws, state)
        _, log_det = self.transport.push(params[0], state.position)
        return after._replace(log_density=after.log_density + log_det), info


@dataclass(frozen=True, slots=True)
class BentWithoutJacobian(joint.Bent):
    def push(self, theta, position):
        return joint.Bent.push(self, theta, position)[0], 0.0 * position[0]

    def pull(self, theta, position):
        return joint.Bent.pull(self, theta, position)[0], 0.0 * position[0]


class MixByState(Mix):
    def step(self, data, params, draws, state):
        which, *each = draws.parts(3)
        drawn = which.choose(jnp.stack([0.0 * state.position[0], 0.8 * state.position[0]]))
        ends = [
            kernel.step(data, params[k], each[k], kernel.init(data, state.position))[0]
            for k, kernel in enumerate(self.kernels)
        ]
        return jax.tree.map(lambda *rows: jnp.stack(rows)[drawn], *ends), None


class VariedByState(Varied):
    def step(self, data, params, draws, state):
        for_multiple, for_step = draws.parts(2)
        drawn = for_multiple.choose(jnp.stack([0.0 * state.position[0], 0.8 * state.position[0]]))
        multiple = jnp.asarray(self.multiples)[drawn]
        return self.kernel.step(data, resized(self.adaptation, params, multiple), for_step, state)


class SeqClaimsReversible(Seq):
    @property
    def facts(self):
        return Seq.facts.fget(self)._replace(is_reversible=True)


class SeqStale(Seq):
    def step(self, data, params, draws, state):
        before = state.log_density
        for number, each in zip(self.order, draws.parts(len(self.order)), strict=True):
            start = self.kernels[number].init(data, state.position)._replace(log_density=before)
            state, _ = self.kernels[number].step(data, params[number], each, start)
        return self.init(data, state.position), None


class RepeatSameDraws(Repeat):
    def step(self, data, params, draws, state):
        (each,) = draws.parts(1)
        for _ in range(self.times):
            state, info = self.kernel.step(data, params[0], each, state)
        return state, info


class OnForgetsOthers(On):
    def step(self, data, params, draws, state):
        places = np.asarray(self.target.coordinates(self.sites))
        given = (data, jnp.zeros_like(state.position))
        start = self.kernel.init(given, state.position[places])
        end, _ = self.kernel.step(given, params[0], draws, start)
        return self.init(data, state.position.at[places].set(end.position)), None


class OnMovesOthers(On):
    def step(self, data, params, draws, state):
        after, info = On.step(self, data, params, draws, state)
        return self.init(data, after.position * (1.0 + 1e-15)), info


class OnSkipsRefresh(On):
    def step(self, data, params, draws, state):
        after, info = On.step(self, data, params, draws, state)
        return after._replace(log_density=state.log_density), info


class TreeLastLeaf(broken.AlwaysLastLeaf):
    leapfrog = turn_on_ring
    starts = staticmethod(RingNuts.starts)


class TreeNoAcceptance(broken.NoAcceptance):
    leapfrog = turn_on_ring
    starts = staticmethod(RingNuts.starts)


class TreeFlippedEnergy(broken.FlippedEnergy):
    leapfrog = turn_on_ring
    starts = staticmethod(RingNuts.starts)


class TreeOneHalf(KnotNuts):
    def _grow(self, data, params, stream, tree):
        grown = KnotNuts._grow(self, data, params, stream, tree)
        ahead = jax.tree.map(lambda x: x * jnp.nan, grown.saved.ahead)
        return grown._replace(saved=grown.saved._replace(ahead=ahead))


class AdaptsForever(ChainSampler):
    def chunk(self, data, carry: ChainCarry, num_draws: int):
        longer = carry._replace(num_warmup=carry.num_warmup + 1000)
        after, drawn, stats = ChainSampler.chunk(self, data, longer, num_draws)
        return after._replace(num_warmup=carry.num_warmup), drawn, stats


class SameDrawsEachChunk(ChainSampler):
    def chunk(self, data, carry: ChainCarry, num_draws: int):
        again = carry._replace(done=np.zeros_like(carry.done), num_warmup=0)
        after, drawn, stats = ChainSampler.chunk(self, data, again, num_draws)
        return after._replace(done=carry.done + np.uint32(num_draws)), drawn, stats
