"""Running an inference program, whatever it returns."""

from __future__ import annotations

from gendsl.api.exact import exact_chains
from gendsl.api.inference_approximations import draw_approximation
from gendsl.api.inference_chains import draw_chains, keeps_discrete, of_chains
from gendsl.api.inference_drawn import Drawn
from gendsl.api.inference_gradients import BY_GRADIENTS, draw_by_gradients
from gendsl.api.inference_optima import draw_optima
from gendsl.api.inference_populations import draw_population
from gendsl.api.inference_posterior import Posterior
from gendsl.api.inference_weighted import draw_weighted
from gendsl.api.progress import Report
from gendsl.api.resuming import Resumption
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import InternalError
from gendsl.resolve.inference_piece import Result
from gendsl.results.trust import DrawKind


def draw(
    posterior: Posterior,
    plan: Plan,
    *,
    seed: int,
    progress: Report | None,
    stream: Resumption | None = None,
    engine: str = "gendsl",
) -> Drawn:
    """Draw from the posterior as an inference program says.

    A posterior of discrete quantities alone is drawn from exactly, unless a kernel keeps them.
    Chains go on from what is in the folder of `stream`, and stream to it.

    Raises:
        InferenceError: if no start is found, or the run is stopped before the first draw.
        UsageError: if there are missing data to infer that no kernel moves.
    """
    program, density = posterior.program, posterior.density
    if density.size == 0 and not keeps_discrete(plan.outer, program):
        return of_chains(exact_chains(density, plan), program, DrawKind.INDEPENDENT)
    if engine == "pyro":
        from gendsl.api.inference_engine import draw_by_engine

        return draw_by_engine(posterior, plan, seed=seed, progress=progress)
    from gendsl.inference.hosts import as_raised

    with as_raised():
        match plan.returns:
            case Result.CHAINS if plan.outer.name in BY_GRADIENTS:
                return draw_by_gradients(posterior, plan, seed, progress, stream)
            case Result.CHAINS:
                return draw_chains(posterior, plan, seed, progress, stream)
            case Result.POPULATION:
                return draw_population(posterior, plan, seed, progress)
            case Result.OPTIMA:
                return draw_optima(posterior, plan, seed, progress)
            case Result.APPROXIMATION:
                return draw_approximation(posterior, plan, seed, progress)
            case Result.WEIGHTED:
                return draw_weighted(posterior, plan, seed)
            case Result.DRAWS | Result.TRANSPORT:
                raise InternalError(f"`{plan.outer.name}` begins a program")
