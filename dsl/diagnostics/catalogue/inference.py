"""G043x to G045x: inference programs that fit no model, or pieces that don't fit together."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0431",
        Severity.ERROR,
        "a kernel for a quantity that is not there",
        """\
The names in a kernel are latent quantities of the model, those of submodels in full.

Wrong:
    infer main = cycle(nuts(mu), slice(sgima))
Right:
    infer main = cycle(nuts(mu), slice(sigma))
""",
    ),
    CatalogueRow(
        "G0432",
        Severity.ERROR,
        "a kernel for what is not inferred",
        """\
Data stay as they are, and what an equation computes follows from what it is made of, so that no
kernel can move either. Name the latent quantities: those that `~` draws and nothing observes. Of
data that may be missing, `z[time] : state?`, the missing entries are a quantity, `z.missing`.

Wrong:
    infer main = cycle(nuts(), gibbs(z))          # data z[time] : state?
Right:
    infer main = cycle(nuts(), gibbs(z.missing))
""",
    ),
    CatalogueRow(
        "G0433",
        Severity.ERROR,
        "a quantity that no kernel moves",
        """\
Where kernels name the quantities that they move, each latent quantity must be in one of them:
one that no kernel moves would stay at its start, and the draws would be of another posterior. A
kernel without names moves everything.

Wrong:
    infer main = cycle(nuts(mu), slice(tau))      # and theta?
Right:
    infer main = cycle(nuts(mu, theta), slice(tau))
""",
    ),
    CatalogueRow(
        "G0434",
        Severity.ERROR,
        "a kernel for another kind of quantity",
        """\
Kernels that take gradients (`nuts`, `hmc`, `chees`, `mala`, `barker`) can't move whole numbers and
categories, which have none; `gibbs` moves nothing else: discrete latents, and the missing entries
of discrete data that other statements read.

Wrong:
    infer main = nuts(mu, z)                      # z : group
Right:
    infer main = nuts(mu)                         # z is summed out exactly
    infer kept = cycle(nuts(mu), gibbs(z))        # z is a coordinate of the chain
""",
    ),
    CatalogueRow(
        "G0435",
        Severity.ERROR,
        "a kernel for a quantity that is summed out",
        """\
Discrete latents are summed out exactly, which mixes better than any kernel that would move them:
what is left has no such coordinate. Their draws are made afterwards, exactly. `gibbs` keeps the
discrete latents of a model as coordinates instead, all of them, missing states among them.

Wrong:
    infer main = cycle(nuts(mu), slice(z))
Right:
    infer main = nuts(mu)
""",
    ),
    CatalogueRow(
        "G0436",
        Severity.ERROR,
        "elliptical slices without a Gaussian prior",
        """\
The elliptical slice sampler draws an ellipse through a draw of the prior, which must be Gaussian in
the coordinates that move, given all others: `Normal`, `MultiNormal` or `GaussianRandomWalk`,
without bounds, not drawn step by step, and read by the distribution of no other latent quantity.
Missing data have no prior of their own. `slice` or `nuts` moves what is refused.

Wrong:
    tau ~ HalfNormal(1)
    f[k] ~ Normal(0, tau)
    infer main = cycle(nuts(f), elliptical_slice(tau))
Right:
    infer main = cycle(nuts(tau), elliptical_slice(f))
""",
    ),
    CatalogueRow(
        "G0437",
        Severity.ERROR,
        "pieces of inference that don't fit each other",
        """\
Each piece returns chains, a weighted population, an approximation, weighted draws or draws, and
takes one of these or nothing. `>>` hands on what the piece before it returns. Kernels are combined
by `cycle(...)` and `mix(...)`.

Wrong:
    infer main = smc() >> nuts()
    infer main = nuts() >> importance()
Right:
    infer main = pathfinder() >> importance() >> resample(1000)
    infer main = cycle(nuts(mu), slice(tau))
""",
    ),
    CatalogueRow(
        "G0438",
        Severity.ERROR,
        "training inside sampling",
        """\
A kernel keeps the posterior because it does not remember where the chain has been. A piece that is
fitted to the posterior (`vi`, `pathfinder`, `laplace`, `smc`) inside `cycle` or `mix` would be
fitted anew along the chain, and the draws would be of something else. Such a piece is a program of
its own; kernels adapt in warm-up only, and stand still afterwards.

Wrong:
    infer main = cycle(vi(guide = full_rank), nuts())
Right:
    infer quick = vi(guide = full_rank)
    infer main  = nuts()
""",
    ),
    CatalogueRow(
        "G0445",
        Severity.ERROR,
        "a flow of nothing",
        """\
A flow maps real numbers. Where all quantities that are inferred are discrete there are none, and
their posterior is drawn from exactly, without any flow.

Wrong:
    infer main = neutra() >> nuts()               # z : group is all that is inferred
Right:
    infer main = nuts()
""",
    ),
    CatalogueRow(
        "G0446",
        Severity.ERROR,
        "a flow of some quantities, or of discrete ones",
        """\
The flow of `neutra` and of `flow_mc` is of all continuous quantities together. Whole numbers and
categories have no place in it: they are summed out exactly, so that no kernel has to move them.

Wrong:
    infer main = flow_mc(z)
    infer main = flow_mc(local = gibbs())
Right:
    infer main = flow_mc(local = nuts())
""",
    ),
    CatalogueRow(
        "G0447",
        Severity.ERROR,
        "a transport without a kernel",
        """\
`neutra` returns a transport: coordinates in which the posterior is nearly normal. Draws come from
the kernel after it, which moves in them: `nuts`, `hmc`, `mala`, `barker`, `random_walk` or `slice`.

Wrong:
    infer main = neutra()
    infer main = neutra() >> cycle(nuts(), slice())
Right:
    infer main = neutra() >> nuts()
""",
    ),
    CatalogueRow(
        "G0448",
        Severity.ERROR,
        "a whole program inside another one",
        """\
`flow_mc` trains one flow of all continuous quantities on the draws of all chains. It is the whole
program; the kernel that moves between its leaps is its setting `local`.

Wrong:
    infer main = cycle(flow_mc(), slice(tau))
Right:
    infer main = flow_mc(local = cycle(nuts(), slice()))
""",
    ),
    CatalogueRow(
        "G0449",
        Severity.ERROR,
        "some quantities behind a transport",
        """\
A transport mixes all coordinates, so behind it there is no coordinate that belongs to one quantity.

Wrong:
    infer main = neutra() >> nuts(mu)
Right:
    infer main = neutra() >> nuts()
""",
    ),
    CatalogueRow(
        "G0450",
        Severity.ERROR,
        "too few chains for a kernel that learns from many",
        """\
`chees` finds its trajectory length in warm-up from how far all chains move in each transition. Of
one chain there is nothing to compare it with; two are enough to run, 16 or more to learn well.

Wrong:
    infer main = chees(chains = 1)
Right:
    infer main = chees(chains = 64)
    infer main = nuts(chains = 1)
""",
    ),
    CatalogueRow(
        "G0451",
        Severity.ERROR,
        "a kernel that learns from chains, for particles",
        """\
Particles of `smc` are moved by a kernel that is tuned to the population at each temperature.
`chees` learns along chains, in warm-up, which particles have not.

Wrong:
    infer main = smc(move = chees())
Right:
    infer main = smc(move = hmc(steps = 8))
""",
    ),
    CatalogueRow(
        "G0452",
        Severity.ERROR,
        "a metric of low rank inside another piece",
        """\
`nuts(metric = low_rank)` learns the directions in which the posterior is long or short from the
draws of whole windows of warm-up, and does so where it is a program of its own. Inside `cycle`,
`mix` or `smc`, or behind `neutra`, a kernel learns a diagonal or a dense metric.

Wrong:
    infer main = cycle(nuts(mu, metric = low_rank), slice(tau))
Right:
    infer main = nuts(metric = low_rank)
    infer both = cycle(nuts(mu, metric = dense), slice(tau))
""",
    ),
    CatalogueRow(
        "G0453",
        Severity.ERROR,
        "superchains of different sizes",
        """\
`superchains = K` starts the chains from K points, each the same number of them, for nested R-hat:
the number of chains, 4 if not given, has to be a multiple of K.

Wrong:
    infer main = nuts(chains = 100, superchains = 16)
Right:
    infer main = nuts(chains = 128, superchains = 16)
""",
    ),
    CatalogueRow(
        "G0454",
        Severity.ERROR,
        "tempering from a prior without draws",
        """\
`smc` starts from draws of the prior, at temperature 0. `Flat` is a density of 1 wherever the type
allows, which has no draws. Write a proper prior, as wide as it may be; or take a program that
starts elsewhere.

Wrong:
    mu ~ Flat()
    infer main = smc()
Right:
    mu ~ Normal(0, 100)
    infer main = smc()
""",
    ),
    CatalogueRow(
        "G0455",
        Severity.ERROR,
        "a batch of no dimension, or of one of several",
        """\
`batch` is how many members of a dimension a gradient is estimated from, `over` the dimension. Where
all data vary along one and the same, that is meant; else `over` says which.

Wrong:
    y[subject, trial] ~ Normal(theta, 1)
    infer main = sgld(batch = 100)
Right:
    y[subject, trial] ~ Normal(theta, 1)
    infer main = sgld(batch = 100, over = trial)
""",
    ),
    CatalogueRow(
        "G0456",
        Severity.ERROR,
        "minibatches that a piece can't read, or that it needs",
        """\
A mean over minibatches is right where what is climbed is itself a sum over rows: the evidence lower
bound of a normal is, the importance-weighted bound, the chi-squared divergence and the fit of a
flow are not. `swag` in turn is of the noise that minibatches make.

Wrong:
    infer main = vi(guide = mean_field, objective = iwae, batch = 100)
Right:
    infer main = vi(guide = mean_field, batch = 100)
""",
    ),
    CatalogueRow(
        "G0457",
        Severity.ERROR,
        "a normal of some quantities where one of all is needed",
        """\
`laplace(w)` is a normal of `w` alone, with the Hessian in it; all other quantities stand at the
mode. The Fisher information, `covariance = diagonal` or `kronecker`, is of all quantities, and so
are the draws that `importance` weights.

Wrong:
    infer main = laplace(w, covariance = kronecker)
    infer mended = laplace(w) >> importance()
Right:
    infer main = laplace(covariance = kronecker)
    infer mended = laplace() >> importance()
""",
    ),
)
