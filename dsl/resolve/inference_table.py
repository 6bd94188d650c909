"""The pieces of inference programs: a row each, with their settings."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gendsl.resolve.inference_piece import (
    BATCH,
    LAST_LAYER,
    LOW_RANK,
    MANY,
    METRIC,
    SITES,
    Holds,
    Kind,
    Moves,
    PieceRow,
    Result,
    Setting,
    count,
    real,
    target_accept,
)

_KERNELS = (
    PieceRow(
        "nuts",
        "the no-U-turn sampler, adapted in windows",
        Result.CHAINS,
        (
            target_accept(0.8),
            count("max_depth", 10, 1, "a trajectory has at most 2^max_depth steps", 15),
            Setting(
                "metric",
                Kind.CHOICE,
                "auto",
                0,
                0,
                "what warm-up learns: a scale for each coordinate, their correlations too, or those"
                " along 16 directions; `auto` is `dense` up to 64 coordinates, of a program of its"
                " own",
                ("auto", "diagonal", "dense", LOW_RANK),
            ),
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
    ),
    PieceRow(
        "hmc",
        "Hamiltonian Monte Carlo: trajectories of about `steps` steps",
        Result.CHAINS,
        (
            count("steps", 16, 1, "leapfrog steps of a trajectory, on average", 10_000),
            target_accept(0.8),
            METRIC,
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
    ),
    PieceRow(
        "chees",
        "Hamiltonian Monte Carlo for many chains: all make as many steps, learnt from all of them",
        Result.CHAINS,
        (
            real(
                "target_accept",
                0.651,
                0.05,
                0.999,
                "aim of the step size, for the harmonic mean over the chains",
            ),
            count("max_steps", 1000, 1, "leapfrog steps of a trajectory, at most", 10_000),
            METRIC,
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
        least_chains=2,
    ),
    PieceRow(
        "mala",
        "the Metropolis-adjusted Langevin algorithm: one step along the gradient",
        Result.CHAINS,
        (target_accept(0.574), METRIC),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
    ),
    PieceRow(
        "barker",
        "Barker's proposal: a step that leans along the gradient, and forgives a wrong step size",
        Result.CHAINS,
        (target_accept(0.4), METRIC),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
    ),
    PieceRow(
        "random_walk",
        "random-walk Metropolis: normal steps, without gradients",
        Result.CHAINS,
        (
            real(
                "target_accept",
                None,
                0.05,
                0.999,
                "aim of the step size; 0.234 if not given, of one coordinate 0.44",
            ),
            METRIC,
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
    ),
    PieceRow(
        "slice",
        "slice sampling along one direction after the other, without gradients",
        Result.CHAINS,
        (METRIC,),
        holds=SITES,
        moves=Moves.CONTINUOUS,
    ),
    PieceRow(
        "elliptical_slice",
        "elliptical slice sampling of quantities with a Gaussian prior; nothing to tune",
        Result.CHAINS,
        holds=SITES,
        moves=Moves.GAUSSIAN,
    ),
    PieceRow(
        "gibbs",
        "Gibbs sampling: keeps discrete quantities as coordinates, in place of summing them out",
        Result.CHAINS,
        holds=SITES,
        moves=Moves.DISCRETE,
    ),
)

_MAP = Setting("map", Kind.FLOW, "flow", 0, 0, "the flow: what bends it, and by how much")

_COMBINATORS = (
    PieceRow(
        "cycle",
        "several kernels, one after the other in each transition",
        Result.CHAINS,
        holds=Holds.KERNELS,
    ),
    PieceRow(
        "mix",
        "one of several kernels in each transition, drawn with fixed probabilities",
        Result.CHAINS,
        (Setting("weights", Kind.WEIGHTS, None, 0.0, MANY, "of each kernel, equal if not given"),),
        holds=Holds.KERNELS,
    ),
    PieceRow(
        "flow_mc",
        "a local kernel, and leaps to where a flow proposes that all chains train in warm-up",
        Result.CHAINS,
        (
            Setting("local", Kind.KERNEL, "nuts", 0, 0, "the kernel that moves between the leaps"),
            count("proposals", 8, 1, "of the flow, in each transition", 10_000),
            _MAP,
        ),
        moves=Moves.CONTINUOUS,
        is_whole=True,
    ),
)

_STOCHASTIC = (
    real(
        "step",
        None,
        1e-9,
        10.0,
        "size of a step, in squared standard deviations; if not given, so small that variances"
        " are about a twentieth too large",
    ),
    count("steps", None, 1, "steps of a transition; if not given, about one over `step`", 100_000),
    Setting(
        "schedule",
        Kind.CHOICE,
        "constant",
        0,
        0,
        "of steps: all equal, shorter from draw to draw, or each draw at the end of a cosine cycle",
        ("constant", "decaying", "cyclical"),
    ),
    count("climb", 2000, 0, "steps of Adam towards a mode, from each start"),
    real("rate", 0.05, 1e-9, 10.0, "of Adam"),
    *BATCH,
)

_GRADIENTS = (
    PieceRow(
        "sgld",
        "stochastic gradient Langevin dynamics: noisy steps along gradients of a part of the rows",
        Result.CHAINS,
        _STOCHASTIC,
        moves=Moves.CONTINUOUS,
        has_gradient=True,
        is_exact=False,
        is_whole=True,
    ),
    PieceRow(
        "sghmc",
        "stochastic gradient Hamiltonian Monte Carlo: a momentum, whose friction takes out the"
        " noise of gradients of a part of the rows",
        Result.CHAINS,
        (real("friction", 0.1, 1e-4, 1.0, "share of the momentum lost in a step"), *_STOCHASTIC),
        moves=Moves.CONTINUOUS,
        has_gradient=True,
        is_exact=False,
        is_whole=True,
    ),
)

_DRAWS = count("draws", 4000, 1, "draws kept")

_OTHERS = (
    PieceRow(
        "smc",
        "sequential Monte Carlo: particles from the prior to the posterior, and the log evidence",
        Result.POPULATION,
        (
            count("particles", 2000, 16, "draws of the prior that it starts from", 10_000_000),
            Setting("temper", Kind.SCHEDULE, "adaptive", 0, 0, "how the likelihood comes in"),
            Setting("move", Kind.KERNEL, "hmc", 0, 0, "the kernel that moves particles"),
            count("moves", 25, 1, "of a particle at a temperature, at most", 10_000),
        ),
        is_exact=False,
    ),
    PieceRow(
        "laplace",
        "Laplace's approximation: a normal at the mode",
        Result.APPROXIMATION,
        (
            count("starts", 4, 1, "climbs; the highest mode is taken", 1000),
            count("steps", 500, 1, "of each climb, at most; their path is kept", 100_000),
            Setting(
                "covariance",
                Kind.CHOICE,
                "full",
                0,
                0,
                "of the Hessian; of it without the curvature of networks; or of the Fisher"
                " information of the rows, always positive: its diagonal, or a Kronecker product"
                " for each quantity",
                ("full", "gauss_newton", "diagonal", "kronecker"),
            ),
            Setting(
                "networks",
                Kind.CHOICE,
                "as_written",
                0,
                0,
                "in predictions and log likelihoods: as they are written, or linear in their"
                " weights about the mode",
                ("as_written", "linear"),
            ),
            Setting(
                "points",
                Kind.CHOICE,
                "mode",
                0,
                0,
                "where quantities stand that are not named, if some are: at the mode of all, or"
                " where the evidence is highest, those named integrated out",
                ("mode", "evidence"),
            ),
            BATCH[1],
            _DRAWS,
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        is_exact=False,
    ),
    PieceRow(
        "pathfinder",
        "Pathfinder: the best of the normals on the way to a mode, from several starts",
        Result.APPROXIMATION,
        (count("paths", 8, 1, "climbs; their normals make a mixture", 1000), _DRAWS),
        is_exact=False,
    ),
    PieceRow(
        "vi",
        "variational inference: a normal or a flow, fitted by stochastic gradients",
        Result.APPROXIMATION,
        (
            Setting(
                "guide",
                Kind.GUIDE,
                "full_rank",
                0,
                0,
                "its covariance: none, any, or of low rank beside a diagonal; or a flow, which is"
                " no normal",
                ("mean_field", "full_rank", "low_rank"),
            ),
            Setting(
                "rank",
                Kind.COUNT,
                5,
                1,
                1000,
                "of `guide = low_rank`",
                only_with=("guide", "low_rank"),
            ),
            Setting(
                "objective",
                Kind.CHOICE,
                "elbo",
                0,
                0,
                "what rises or falls: the evidence lower bound, the importance-weighted bound, or"
                " the forward chi-squared divergence",
                ("elbo", "iwae", "chi_squared"),
            ),
            count(
                "steps", 18_000, 100, "of the optimiser, at most: it stops where it stands still"
            ),
            Setting(
                "noise",
                Kind.CHOICE,
                "shared",
                0,
                0,
                "of a minibatch: ten draws of the guide that all its rows share, or one for each"
                " row, which is a tenth of the work where a batch is large",
                ("shared", "local"),
            ),
            *BATCH,
            _DRAWS,
        ),
        is_exact=False,
    ),
    PieceRow(
        "ensemble",
        "a deep ensemble: optima, each climbed to from a draw of the prior, that count the same",
        Result.OPTIMA,
        (
            count("members", 10, 1, "climbs, each of which is a draw", 100_000),
            Setting(
                "objective",
                Kind.CHOICE,
                "posterior",
                0,
                0,
                "what is climbed: the density of the posterior, or the likelihood alone",
                ("posterior", "likelihood"),
            ),
            count("steps", 5000, 1, "of Adam, its rate falling to 0 as a cosine does"),
            real("rate", 0.05, 1e-9, 10.0, "of Adam"),
            *BATCH,
        ),
        is_exact=False,
        by_position="members",
    ),
    PieceRow(
        "swag",
        "stochastic weight averaging: the normal of where stochastic gradients wander near a mode",
        Result.APPROXIMATION,
        (
            count("rank", 20, 1, "deviations kept beside the variances", 1000),
            count("snapshots", 100, 2, "iterates that mean and variances are of"),
            count("climb", 5000, 0, "steps of Adam towards a mode, before"),
            real("rate", 0.05, 1e-9, 10.0, "of Adam"),
            *BATCH,
            _DRAWS,
        ),
        is_exact=False,
        needs_batch=True,
    ),
    PieceRow(
        "vbll",
        "variational Bayesian last layer: a normal for the weights of a network's last layer, in"
        " closed form; all else is a point, optimised with it",
        Result.APPROXIMATION,
        (
            count("steps", 5000, 0, "of Adam, its rate falling to 0 as a cosine does"),
            real("rate", 0.02, 1e-9, 10.0, "of Adam"),
            *BATCH,
            _DRAWS,
        ),
        holds=SITES,
        moves=Moves.CONTINUOUS,
        is_exact=False,
        default_site=LAST_LAYER,
        is_quadratic=True,
    ),
    PieceRow(
        "annealed_importance",
        "a flow fitted, round after round, to where tempered particles take its draws: finds modes"
        " apart",
        Result.APPROXIMATION,
        (
            _MAP,
            count(
                "particles",
                1024,
                64,
                "draws of the flow in each round, or eight for each coordinate if that is more",
                10_000_000,
            ),
            count("rounds", 3, 1, "of particles and fits", 1000),
            count("moves", 5, 1, "of a particle at a temperature, at most", 10_000),
            count("steps", 1000, 100, "of the optimiser in each round, at most"),
            _DRAWS,
        ),
        is_exact=False,
    ),
    PieceRow(
        "neutra",
        "a flow fitted to the posterior, through which the kernel after it sees it nearly normal",
        Result.TRANSPORT,
        (
            _MAP,
            count("steps", 6000, 100, "of the optimiser, at most: it stops where it stands still"),
        ),
    ),
    PieceRow(
        "importance",
        "draws of an approximation, or of a trained network, weighted by the posterior; the largest"
        " weights are smoothed",
        Result.WEIGHTED,
        (
            Setting(
                "proposal",
                Kind.NETWORK,
                None,
                0,
                0,
                "a `pfn` that predicts the latent quantities, where no approximation comes before",
            ),
            _DRAWS,
        ),
        takes=(Result.APPROXIMATION,),
        is_exact=False,
        instead="proposal",
    ),
    PieceRow(
        "resample",
        "draws in proportion to weights, so that all count the same",
        Result.DRAWS,
        (count("draws", 1000, 1, "draws kept"),),
        takes=(Result.WEIGHTED, Result.POPULATION),
        by_position="draws",
        is_exact=False,
    ),
)

PIECES: Mapping[str, PieceRow] = MappingProxyType(
    {row.name: row for row in (*_KERNELS, *_GRADIENTS, *_COMBINATORS, *_OTHERS)}
)
"""The pieces by name."""
