"""G043x: inference programs that don't fit their model, or pieces that don't fit each other."""

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
kernel can move either. Name the latent quantities: those that `~` draws and nothing observes.
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
Kernels that take gradients (`nuts`, `hmc`, `mala`, `barker`) can't move whole numbers and
categories, which have none; `gibbs` moves nothing else.

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
discrete latents of a model as coordinates instead, all of them.

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
without bounds, and read by the distribution of no other latent quantity.

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
)
