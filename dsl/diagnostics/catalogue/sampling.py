"""G07xx: failures while sampling, and draws that should not be trusted."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0701",
        Severity.ERROR,
        "no start with a finite density",
        """\
No starting point was found at which the density and its gradient are finite. A bound that the type
does not state, or a scale that can be zero, is the usual reason.

Wrong:
    sigma ~ Normal(0, 1)
    y[row] ~ Normal(mu, sigma)
Right:
    sigma : real > 0 ~ Normal(0, 1)
    y[row] ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0702",
        Severity.ERROR,
        "a gradient that is not finite",
        """\
The density is finite at the starting points, but its slope is not: a square root or a logarithm
at 0, a power of a negative number, or a branch of `if(c, a, b)` that is not finite where the
other one is taken. Give the quantity a bound that keeps it away from the edge, or use the form
that is stable there (`log1p`, `log_inv_logit`, a distribution's `logits` or `log_rate`).
""",
    ),
    CatalogueRow(
        "G0703",
        Severity.ERROR,
        "stopped before the first draw",
        """\
The run was interrupted during warm-up, so that there is nothing to save. Fewer warm-up steps
(`--warmup`) give draws sooner; a smaller part of the data shows sooner whether a model works.
""",
    ),
    CatalogueRow(
        "G0704",
        Severity.ERROR,
        "nothing to infer",
        """\
Every quantity of the model is data or follows from data, so that there is no posterior to draw
from. `gendsl simulate` draws from such a model; `gendsl info` shows what each quantity is.
""",
    ),
    CatalogueRow(
        "G0705",
        Severity.ERROR,
        "a quantity without coordinates",
        """\
The sampler moves through an unbounded space of reals, into which this quantity cannot be mapped.
The message says why, and which inference would work. Data that may be missing need a statement
that says how they are distributed.
""",
    ),
    CatalogueRow(
        "G0706",
        Severity.ERROR,
        "a quantity that cannot be simulated",
        """\
An improper prior (`Flat`) has no draws, an `observe` of an expression says what must hold but not
how to draw it, and the first values of data that lag themselves must be given where no statement
draws them: write a proper prior, `y[time < 2] ~ ...`, or give the data with `--data`. Data that
stand on their own right side, as a time that is its own limit of censoring does, are not known
there before they are drawn: declare the limit as data of its own. A distribution whose parameter
comes out beyond its range has no draws: give the quantities that make it a support.
""",
    ),
    CatalogueRow(
        "G0707",
        Severity.ERROR,
        "new members that cannot be drawn",
        """\
The members of the quantity are drawn together (an event dimension), so that new ones cannot be
added to those of the fit; new positions of an ordered dimension along which something runs must
come after those of the fit, or be given with them. Missing values of data that others depend on are
inferred with the fit, so that new data may have the fit's own missing values, but no others.
""",
    ),
    CatalogueRow(
        "G0708",
        Severity.ERROR,
        "an approximation that can't be made",
        """\
An approximation is a density near the posterior's mode. Where the posterior has no mode, where it
is flat in some direction, or where its density can't be computed on the way, there is none. A prior
that is proper, and not too wide, gives the posterior a mode; `nuts()` needs none.
""",
    ),
    CatalogueRow(
        "G0709",
        Severity.ERROR,
        "a backend that is not installed",
        """\
Programs of the backend `pyro` run on torch and Pyro, which gendsl does not bring along:
`pip install 'gendsl[pyro]'` does. Their text is written without either:
`gendsl compile --backend pyro` and `model.source("pyro")`.
""",
    ),
    CatalogueRow(
        "G0710",
        Severity.ERROR,
        "what a backend cannot say",
        """\
The backends share a language, but not every library behind them has all of it: torch lacks some
functions. The message names the statement and what is missing; the other backend, `numpyro`, says
everything.
""",
    ),
    CatalogueRow(
        "G0711",
        Severity.WARNING,
        "divergent transitions",
        """\
The sampler's path left the curve that it should have followed: the posterior bends more sharply
than the step size allows, and the draws miss the region where that happens. A few divergences
among thousands of draws still mean that a part of the posterior was not visited.

In this order: write a hierarchical quantity in its other form (`theta[g] ~ Normal(mu, tau) as
non_centred`, or `as centred` where each group has many observations); give scales a prior that
keeps them away from 0 and from values that make no sense; ask for smaller steps, with
`nuts(target_accept = 0.95)`.
""",
    ),
    CatalogueRow(
        "G0712",
        Severity.WARNING,
        "chains that disagree",
        """\
R-hat compares the spread between chains with that within them (rank-normalised and split, as
Vehtari et al., 2021). Above 1.01 the chains have not yet found the same distribution. Draw more;
if it does not fall, look for two modes (`gendsl plot`), for quantities that the data cannot tell
apart, such as the labels of mixture components (an `ordered` type breaks the tie), and for priors
too wide to help.
""",
    ),
    CatalogueRow(
        "G0713",
        Severity.WARNING,
        "too few effective draws",
        """\
Draws of a chain depend on each other; the effective sample size counts how many independent ones
they are worth. Below 100 for each chain (400 for four) neither the quantiles nor R-hat are
reliable. Draw more, or lower the correlation with another parameterisation. Where even twenty
times the draws were not enough, more of them are not what is wanted: quantities that the data can't
tell apart, or a kernel that makes little of each draw, are the usual reason.
""",
    ),
    CatalogueRow(
        "G0714",
        Severity.WARNING,
        "trajectories cut at the maximum tree depth",
        """\
The sampler wanted to go further in one direction than it was allowed. The draws are right but cost
more than they need to: the posterior is much longer in one direction than in another. Bring
predictors to a similar scale, or reparameterise; raising `nuts(max_depth = 12)` only buys time.
""",
    ),
    CatalogueRow(
        "G0715",
        Severity.WARNING,
        "slow mixing of the energy",
        """\
The energy of the chain changes too slowly from draw to draw (E-BFMI below 0.3), so that the tails
of the posterior are hardly visited. A heavy-tailed prior or a funnel is the usual reason: use a
parameterisation `as non_centred`, or a prior with lighter tails.
""",
    ),
    CatalogueRow(
        "G0716",
        Severity.WARNING,
        "a chain that does not move",
        """\
One chain stayed where it was while others moved, or has a density far below that of the others.
Its draws are kept, since leaving a chain out would hide a mode. Run again with another seed; if
it happens again, the posterior has more than one mode, or a start from which there is no way out.
""",
    ),
    CatalogueRow(
        "G0717",
        Severity.WARNING,
        "an interrupted run",
        """\
The run was stopped before it had made all the draws that were asked for. Those that were made are
as good as any; there are only fewer of them. With `--resume DIR` the draws are in that folder too,
and the same command, folder included, makes the rest. Without it the same command with the same
seed begins at the first draw: it makes these draws again, and the rest.
""",
    ),
    CatalogueRow(
        "G0718",
        Severity.WARNING,
        "a quantity that is not finite",
        """\
Some draws of a quantity are infinite or not a number, so that it has no mean. An overflow, a
logarithm of 0 or a division by 0 in a deterministic equation does that.
""",
    ),
    CatalogueRow(
        "G0719",
        Severity.WARNING,
        "a single chain",
        """\
Chains that start in different places and end in the same distribution are the best evidence that
there is nothing else to find. With one chain, R-hat only compares its two halves.
""",
    ),
    CatalogueRow(
        "G0720",
        Severity.WARNING,
        "an ODE solver that fails",
        """\
Differential equations could not be solved at some proposals after warm-up: the solver took more
steps than it may, or met numbers that are not finite. Each such proposal is rejected and counted,
and the run goes on; but parameters at which the solver fails have no part in the posterior. A few
failures in warm-up, far from where the data point, are usual and only counted (the attributes
`warmup_solver_failures` and `evaluations` of the fit).

Right:
    solver = stiff(max_steps = 100_000)
""",
    ),
    CatalogueRow(
        "G0721",
        Severity.WARNING,
        "a chain that went astray in warm-up",
        """\
In warm-up a chain stayed where there is next to none of the posterior's mass: in a small mode, or
on a plateau. It was moved to where another chain stood, and warmed up from there. The mass around
a chain is Laplace's estimate: the mean of the log density plus half the sum of the logarithms of
the variances. Draws after warm-up are as good as any, unless the place that was left is not as
small as that estimate says; the attribute `restarts` of the fit has the numbers.
""",
    ),
    CatalogueRow(
        "G0722",
        Severity.WARNING,
        "an approximation far from the posterior",
        """\
Draws of an approximation, weighted by the posterior's density over its own, are draws of the
posterior if the weights are not too uneven. The shape k of their tail tells: above
min(1 - 1 / log10(draws), 0.7) the approximation lacks a part of the posterior that matters, and
neither its draws nor the weighted ones can be trusted. Vehtari, Simpson, Gelman, Yao and Gabry
(2024), "Pareto smoothed importance sampling".

Right:
    infer main = nuts()
    infer quick = vi(guide = full_rank)
""",
    ),
    CatalogueRow(
        "G0723",
        Severity.WARNING,
        "an approximation that was not finished",
        """\
The optimiser stopped before it stood still, the mode is not a maximum in every direction, or the
density could not be computed at some draws. More steps or starts help the first; the others are the
posterior's own: quantities that the data can't tell apart, a scale that goes to 0, an overflow.

Wrong:
    infer main = laplace()                  # a climb of more than 500 steps
Right:
    infer main = laplace(steps = 5000)
""",
    ),
    CatalogueRow(
        "G0724",
        Severity.WARNING,
        "a poor population",
        """\
The particles of sequential Monte Carlo stand for the posterior by their weights. Where a few of
them have most of the weight, where hardly a move is accepted, or where the islands into which they
are divided disagree on the evidence, there are too few, or the steps in temperature are too long.
The evidence is also found from the particles after each step's moves, on the way back to the
temperature before it. Where the two ways differ, moves reach places in which the particles before
them were not, such as the neck of a funnel: the evidence is off by about as much.

Right:
    infer pop = smc(particles = 10000, temper = adaptive(ess = 0.9))
""",
    ),
    CatalogueRow(
        "G0725",
        Severity.WARNING,
        "a flow that was not used",
        """\
`flow_mc` trains a flow on the draws of all chains in warm-up, and proposes from it only if it
passes two tests on draws that it was not fitted to: its own draws, weighted by the posterior, must
be worth a twentieth of their number, and it must have mass where each chain is. Here it did not
pass, so that the local kernel made all moves: the draws are as good as those of that kernel alone,
and no better at passing between modes. A longer warm-up teaches more; chains that are still on
their way to the posterior teach little.

Right:
    infer main = flow_mc(warmup = 2000, map = flow(layers = 8))
""",
    ),
    CatalogueRow(
        "G0728",
        Severity.WARNING,
        "draws that are not of the posterior",
        """\
In simulation-based calibration the true values are known. Among draws of the posterior their ranks
are uniform, of each quantity, of the log likelihood and of the distance from a random point; here
they are not. `draws too narrow` says that the truth is outside of them too often, `too wide` that
it is in their middle too often, `too low` and `too high` that it is above or below. That is
expected of an approximation. Of an exact program it is a fault: of chains that are too short or
miss a part, or of gendsl, which is then worth a report.
""",
    ),
    CatalogueRow(
        "G0729",
        Severity.WARNING,
        "fits that are left out of calibration",
        """\
Some simulated data could not be fitted, or the chains did not agree, or were worth too few draws.
Which these are depends on the data and not on the true parameters, so that what is said of the
other fits stays right; of these data nothing is known. Data that no one would believe are often the
reason: `gendsl simulate` shows what the priors make.
""",
    ),
    CatalogueRow(
        "G0730",
        Severity.WARNING,
        "a calibration that was interrupted",
        """\
The run was stopped before all simulations were fitted, or all turns of a joint test taken. The test
is of those that were: it holds its rate, and finds less.
""",
    ),
    CatalogueRow(
        "G0731",
        Severity.WARNING,
        "divergent transitions in calibration",
        """\
Some of the fits to simulated data had divergent transitions, that is, missed a part of their
posteriors. Their draws are ranked with the others: where that matters, the ranks show it.
""",
    ),
    CatalogueRow(
        "G0732",
        Severity.WARNING,
        "a kernel that does not keep the posterior",
        """\
Geweke's joint test draws parameters and data in two ways that agree if the kernel keeps the
posterior: forward from the prior, and by turns of the kernel and of the simulation of data. Some
means differ by more than chance. An exact kernel that fails is a fault of gendsl, worth a report.
""",
    ),
    CatalogueRow(
        "G0736",
        Severity.ERROR,
        "a population stopped on its way",
        """\
Sequential Monte Carlo goes from the prior, at temperature 0, to the posterior, at temperature 1. It
was interrupted in between, where its particles are draws of neither, so that there is nothing to
save. Fewer particles or moves, or a cheaper kernel, get to 1 sooner; they make the answer rougher.

Right:
    infer quick = smc(particles = 500, moves = 5)
""",
    ),
    CatalogueRow(
        "G0737",
        Severity.WARNING,
        "an approximation whose draws are off",
        """\
k-hat is about the weights `p / q` of an approximation's draws: a small one says that the draws
reach all of the posterior, and that weighted they can be relied on. It does not say that they can
without their weights: an approximation that is too wide, or that lies to one side, has weights with
a short tail. Here the mean of a quantity's draws lies far from that of the weighted ones.

Right:
    infer main = pathfinder() >> importance() >> resample(1000)
""",
    ),
    CatalogueRow(
        "G0738",
        Severity.WARNING,
        "modes that an approximation has no draws of",
        """\
`laplace` climbs from several starts, and not all ended at one mode: some are maxima that lie four
standard deviations of the approximation or more from the others. Laplace's approximation is the
normal at the highest. The log densities are in the coordinates in which samplers move. A mode is as
important as its height and its width make it: one that is far lower hardly matters unless it is far
wider. k-hat does not see modes in which there are no draws.

Wrong:
    infer quick = laplace()          # the posterior has two modes
Right:
    infer main = smc()
""",
    ),
    CatalogueRow(
        "G0739",
        Severity.WARNING,
        "a transport that was not finished",
        """\
`neutra` fits a flow to the posterior before the chains begin, and its optimiser stopped before it
stood still, or the density could not be computed at some draws of the flow. The chains behind it
are of the posterior itself with any flow, but a poor one bends the posterior less than it should,
or more: R-hat and the effective sample sizes tell what the chains are worth.

Right:
    infer main = neutra(steps = 20000) >> nuts()
""",
    ),
    CatalogueRow(
        "G0755",
        Severity.ERROR,
        "kernels for another backend's programs",
        """\
The engine `gendsl`, which has every kernel of the language, runs the programs of every backend. The
engine `pyro` is Pyro's own sampler and optimiser: they run programs of the backend `pyro` alone.

Wrong:
    gendsl infer model.gen --engine pyro
Right:
    gendsl infer model.gen --backend pyro --engine pyro
""",
    ),
    CatalogueRow(
        "G0756",
        Severity.ERROR,
        "a precision or a device that a backend does not have",
        """\
Programs of the backend `pyro` compute in double precision on the processor. Those of `numpyro` run
in single precision and on GPUs too.

Wrong:
    gendsl infer model.gen --backend pyro --device gpu
Right:
    gendsl infer model.gen --device gpu
""",
    ),
    CatalogueRow(
        "G0757",
        Severity.ERROR,
        "a run that can't be resumed",
        """\
Chains of the engine `gendsl` stream to a folder and go on from it, whatever the backend. Those of
another library keep their state to themselves.

Wrong:
    gendsl infer model.gen --backend pyro --engine pyro --resume run
Right:
    gendsl infer model.gen --backend pyro --resume run
""",
    ),
    CatalogueRow(
        "G0758",
        Severity.ERROR,
        "a program that a backend can't compute",
        """\
torch raises an error where JAX returns a number: for a position outside of its array, say, of which
JAX takes the nearest. The message has torch's own words. Positions that are computed from
quantities should stay inside of their dimension.
""",
    ),
    CatalogueRow(
        "G0760",
        Severity.ERROR,
        "a piece of an inference program that Pyro does not have",
        """\
With the engine `pyro` programs run by Pyro's own kernels and guides: `nuts`, `hmc`, `vi`,
`laplace`, `importance` and `resample`. What else inference programs are made of, and kernels made
of kernels, Pyro does not have; the engine `gendsl` runs all of them on the same program.

Wrong:
    gendsl infer model.gen --backend pyro --engine pyro     # infer main = smc()
Right:
    gendsl infer model.gen --backend pyro
""",
    ),
    CatalogueRow(
        "G0761",
        Severity.ERROR,
        "a setting that Pyro does not have",
        """\
Pyro's own kernels and guides have most settings of inference programs under names of their own.
One that they have nothing for is an error: a run that passed over it would not be what was asked
for.

Wrong:
    infer main = nuts(metric = low_rank)     # with the engine `pyro`
Right:
    infer main = nuts(metric = dense)
""",
    ),
)
