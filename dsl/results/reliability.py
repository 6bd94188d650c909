"""Whether draws can be trusted: warnings that say what was seen, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted, listed
from gendsl.results import convergence
from gendsl.results.diagonals import judge_diagonals
from gendsl.results.summary import Summary
from gendsl.results.trust import (
    DrawKind,
    judge_approximation,
    judge_flow,
    judge_gradients,
    judge_optima,
    judge_population,
    judge_transport,
    kind_of_draws,
)

if TYPE_CHECKING:
    from gendsl.results.labelled import AnyGroup

LARGEST_R_HAT = 1.01
FEWEST_EFFECTIVE_DRAWS = 100.0
"""For each chain."""
_USUAL_CHAINS = 4
SMALLEST_BFMI = 0.3
_MOST_TIMES = 20
"""As many draws at most are advised; where more were wanted, more draws are not what is."""
_DEEPEST = 15
_MOST_NAMED = 3
_FEWEST_DRAWS_TO_JUDGE = 20


def judge(
    summary: Summary, statistics: AnyGroup, attributes: Mapping[str, Any]
) -> tuple[Diagnostic, ...]:
    """Return the warnings of a run.

    `statistics` is the group `sample_stats`; `attributes` are those of the fit, of which those are
    read that say how it was made.
    """
    return (*_judge_draws(summary, statistics, attributes), *judge_diagonals(attributes))


def _judge_draws(
    summary: Summary, statistics: AnyGroup, attributes: Mapping[str, Any]
) -> tuple[Diagnostic, ...]:
    match kind_of_draws(attributes):
        case DrawKind.INDEPENDENT:
            return tuple(_non_finite(summary))
        case DrawKind.APPROXIMATION:
            return (*judge_approximation(attributes), *_non_finite(summary))
        case DrawKind.POPULATION:
            return (*judge_population(attributes), *_non_finite(summary))
        case DrawKind.OPTIMA:
            return (*judge_optima(attributes), *_non_finite(summary))
        case DrawKind.CHAINS:
            return _judge_chains(summary, statistics, attributes)


def _judge_chains(
    summary: Summary, statistics: AnyGroup, attributes: Mapping[str, Any]
) -> tuple[Diagnostic, ...]:
    return (
        *_interruption(statistics, attributes),
        *_divergences(statistics, attributes),
        *_solver_failures(attributes),
        *_non_finite(summary),
        *_stuck_chains(statistics),
        *_restarts(attributes),
        *judge_transport(attributes),
        *judge_flow(attributes),
        *judge_gradients(attributes),
        *_disagreement(summary, attributes),
        *_small_samples(summary, statistics, attributes),
        *_cut_trajectories(statistics, attributes),
        *_energy(statistics, attributes),
        *_single_chain(statistics),
    )


def _interruption(statistics: AnyGroup, attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if attributes.get("is_interrupted"):
        made, wanted = statistics.sizes["draw"], int(attributes.get("draws", 0))
        yield Diagnostic(
            "G0717",
            f"the run was stopped after {made} of {wanted} draws in each chain",
            help="the same command with the same `--resume` folder makes the others"
            if attributes.get("is_streamed")
            else "the same command with the same seed starts again, and makes these draws and the"
            " others; with `--resume DIR` from the start, a stopped run can go on",
        )


def _divergences(statistics: AnyGroup, attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if "diverging" not in statistics:
        return
    diverging = _values(statistics, "diverging").astype(bool)
    if "solver_failed" in statistics:
        diverging &= ~_values(statistics, "solver_failed").astype(bool)
    count = int(diverging.sum())
    if count == 0:
        return
    chains, draws = np.nonzero(diverging)
    places = ", ".join(
        f"chain {chain} draw {draw}"
        for chain, draw in list(zip(chains, draws, strict=True))[:_MOST_NAMED]
    )
    more = ", ..." if count > _MOST_NAMED else ""
    centred, other = _in_form(attributes, "centred"), _in_form(attributes, "non_centred")
    target = 0.95 if float(attributes.get("target_accept", 0.8)) < 0.95 else 0.99
    smaller = f"smaller steps, `nuts(target_accept = {target})`"
    if centred:
        help = f"write {centred} `as non_centred`; then try {smaller}"
    elif other:
        help = f"try {smaller}; or {other} `as centred` if its members have many observations"
    else:
        help = f"check the priors of scales; then try {smaller}"
    yield Diagnostic(
        "G0711",
        f"{counted(count, 'divergent transition')} of {diverging.size} after warm-up: a part of"
        " the posterior was not visited",
        notes=(f'{places}{more}; all are marked in `sample_stats["diverging"]`',),
        help=help,
    )


def _in_form(attributes: Mapping[str, Any], form: str) -> str:
    """The quantities that are sampled in a form and could be in the other, as text."""
    forms: Mapping[str, str] = attributes.get("parameterisation", {})
    return listed([site for site, own in forms.items() if own == form], _MOST_NAMED)


def _solver_failures(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    after = int(attributes.get("solver_failures", 0))
    before = int(attributes.get("warmup_solver_failures", 0))
    if after == 0:
        return
    yield Diagnostic(
        "G0720",
        f"the ODE solver failed in {after + before} of {int(attributes['evaluations'])}"
        f" evaluations, {after} of them after warm-up",
        notes=(
            "such a proposal is rejected: where the solver fails, the posterior was not visited;"
            ' the transitions are marked in `sample_stats["solver_failed"]`',
        ),
        help="allow more steps, `solver = nonstiff(max_steps = 100_000)`; try `solver = stiff`;"
        " or rule such parameters out by narrower priors",
    )


def _non_finite(summary: Summary) -> Iterator[Diagnostic]:
    names = [v.name for v in summary.variables if not np.isfinite(v.statistics["mean"]).all()]
    if names:
        yield Diagnostic(
            "G0718",
            f"{listed(names, _MOST_NAMED)} {'has' if len(names) == 1 else 'have'} draws that are"
            " not finite",
            help="look for an overflow, a logarithm of 0 or a division by 0 in the equation",
        )


def _stuck_chains(statistics: AnyGroup) -> Iterator[Diagnostic]:
    log_density = _values(statistics, "lp")
    chains, draws = log_density.shape
    if draws < _FEWEST_DRAWS_TO_JUDGE:
        return
    is_still = np.ptp(log_density, axis=1) == 0
    if chains > 1:
        middle = np.median(log_density, axis=1)
        spread = np.median(log_density.std(axis=1))
        is_still |= np.max(middle) - middle > 10.0 * max(float(spread), 1.0)
    stuck = np.flatnonzero(is_still)
    if len(stuck):
        yield Diagnostic(
            "G0716",
            f"chain {', '.join(map(str, stuck))} did not move with the others",
            notes=("its draws are kept, and spoil R-hat and the means",),
            help="run again with another `--seed`; `gendsl plot` shows the chains",
        )


def _restarts(attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    restarts: list[dict[str, Any]] = attributes.get("restarts", [])
    if not restarts:
        return
    yield Diagnostic(
        "G0721",
        f"{counted(len(restarts), 'chain')} went astray in warm-up, and went on from where another"
        " chain stood",
        notes=tuple(
            f"chain {r['chain']}, after {counted(r['transition'], 'transition')}, from chain"
            f" {r['donor']}: the mass around it was about e^-{r['gap']:.0f} of theirs"
            for r in restarts[:_MOST_NAMED]
        ),
        help="run with another `--seed` and compare; if it happens again, narrower priors rule out"
        " what makes no sense",
    )


_NESTED_NOTE = (
    "nested R-hat is above 1.01 by chance, too, where the chains of a superchain have fewer than "
    "about 50 effective draws together"
)


def _disagreement(summary: Summary, attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    # Superchains are run where chains are too short for R-hat itself.
    is_nested = "nested_r_hat" in summary.columns
    worst = _extremes(summary, "nested_r_hat" if is_nested else "r_hat", sign=1.0)
    bad = [(name, value) for name, value in worst if value > LARGEST_R_HAT]
    if bad:
        name, value = bad[0]
        yield Diagnostic(
            "G0712",
            f"the chains disagree on {counted(len(bad), 'quantity', 'quantities')}: "
            f"{'nested ' if is_nested else ''}R-hat is "
            f"{value:.4f} for `{name}` (at most {LARGEST_R_HAT} is fine)",
            notes=(_NESTED_NOTE,) if is_nested else (),
            help=f"draw more (`--warmup {_twice(attributes, 'warmup')} --draws"
            f" {_twice(attributes, 'draws')}`); if R-hat stays, look for two modes or for"
            " quantities that the data cannot tell apart",
        )


def _twice(attributes: Mapping[str, Any], name: str) -> int:
    return 2 * max(1000, int(attributes.get(name, 1000)))


def _small_samples(
    summary: Summary, statistics: AnyGroup, attributes: Mapping[str, Any]
) -> Iterator[Diagnostic]:
    chains, draws = statistics.sizes["chain"], statistics.sizes["draw"]
    # Superchains are many short chains: what is asked of four long ones is enough of all of them.
    is_nested = "nested_r_hat" in summary.columns
    least = FEWEST_EFFECTIVE_DRAWS * (min(chains, _USUAL_CHAINS) if is_nested else chains)
    found: dict[str, float] = {}
    for statistic in ("ess_bulk", "ess_tail"):
        for name, value in _extremes(summary, statistic, sign=-1.0):
            if value < least:
                found[name] = min(value, found.get(name, np.inf))
    if found:
        name = min(found, key=found.__getitem__)
        factor = max(2, int(np.ceil(least / max(found[name], 1.0))))
        wanted = -(-draws * factor // 500) * 500
        if factor > _MOST_TIMES:
            help = _better_mixing(attributes)
        elif wanted <= int(attributes.get("draws", 0)):
            help = "the run was stopped: all of its draws may be enough"
        else:
            help = f"try `--draws {wanted}`"
        yield Diagnostic(
            "G0713",
            f"{counted(len(found), 'quantity has', 'quantities have')} fewer than {least:.0f} "
            f"effective draws: `{name}` has {found[name]:.0f}",
            help=help,
        )


def _better_mixing(attributes: Mapping[str, Any]) -> str:
    """What to do where many times more draws would be wanted: what is not done yet."""
    program = str(attributes.get("inference_program", "nuts("))
    centred, other = _in_form(attributes, "centred"), _in_form(attributes, "non_centred")
    if "nuts(" not in program:
        return "try `nuts()`, whose draws depend less on each other"
    if centred:
        return f"write {centred} `as non_centred`"
    priors = "look for quantities that the data cannot tell apart, and give them narrower priors"
    if other:
        return f"write {other} `as centred` if its members have many observations; or {priors}"
    return priors


def _cut_trajectories(statistics: AnyGroup, attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if "reached_max_treedepth" not in statistics:
        return
    is_cut = _values(statistics, "reached_max_treedepth").astype(bool)
    count = int(is_cut.sum())
    depth = int(attributes.get("max_depth", 10)) + 2
    deeper = f"; or `nuts(max_depth = {depth})`" if depth <= _DEEPEST else ""
    if count:
        yield Diagnostic(
            "G0714",
            f"{counted(count, 'trajectory', 'trajectories')} of {is_cut.size} reached the maximum "
            "tree depth: the draws cost more than they need to",
            help=f"bring predictors to a similar scale{deeper}",
        )


def _energy(statistics: AnyGroup, attributes: Mapping[str, Any]) -> Iterator[Diagnostic]:
    if "energy" not in statistics:
        return
    energy = _values(statistics, "energy")
    if energy.shape[1] < _FEWEST_DRAWS_TO_JUDGE:
        return
    bfmi = convergence.bfmi(energy)
    low = np.flatnonzero(bfmi < SMALLEST_BFMI)
    if len(low):
        centred, other = _in_form(attributes, "centred"), _in_form(attributes, "non_centred")
        way = f"write {centred} `as non_centred`" if centred else "take priors with lighter tails"
        if other and not centred:
            way += f", or write {other} `as centred` if its members have many observations"
        yield Diagnostic(
            "G0715",
            f"the energy mixes slowly in chain {', '.join(map(str, low))}: E-BFMI is "
            f"{np.nanmin(bfmi):.2f} (at least {SMALLEST_BFMI} is fine)",
            help=f"a heavy-tailed prior or a funnel does that: {way}",
        )


def _single_chain(statistics: AnyGroup) -> Iterator[Diagnostic]:
    if statistics.sizes["chain"] == 1:
        yield Diagnostic(
            "G0719",
            "with one chain, R-hat compares only its two halves",
            help="`--chains 4` costs little more",
        )


def _extremes(summary: Summary, statistic: str, sign: float) -> list[tuple[str, float]]:
    """Return every entry's name and statistic, the worst first, without those that have none."""
    pairs = [
        (label, float(value))
        for variable in summary.variables
        for label, value in zip(variable.labels, variable.statistics[statistic], strict=True)
        if not np.isnan(value)
    ]
    return sorted(pairs, key=lambda pair: -sign * pair[1])


def _values(statistics: AnyGroup, name: str) -> NDArray[Any]:
    return np.asarray(statistics[name].transpose("chain", "draw").values)
