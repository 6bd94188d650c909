"""What calibration found, in words: a table, and what speaks against an inference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import counted, listed
from gendsl.results.calibration import LEVELS, Check, Coverage
from gendsl.results.table import Rows

_MOST_NAMED = 3
_LARGEST_SHARE = 0.1
"""Of fits that may be left out without a word."""


def render_calibration(
    checks: Sequence[Check],
    coverage: Coverage | None,
    *,
    used: int,
    num_draws: int,
    rate: float,
    is_complete: bool,
) -> str:
    """Return the checks as a table, without a final line end; those that are rejected say how."""
    rows = Rows(("", "mean rank", "spread", "p", "p adjusted", ""), is_complete)
    for name, members in _by_quantity(checks).items():
        rows.add(name, len(members), partial(_row, members, rate))
    lines = [
        f"ranks of true values among {num_draws} draws, of {counted(used, 'fit')} to simulated"
        " data",
        "",
        Rows.joined([rows], how_to_see_all=": `--all` shows them") if checks else "no ranks",
    ]
    if coverage is not None:
        shares = [(level, *coverage.at(level)) for level in LEVELS]
        said = "; of ".join(
            f"{level:.0%} credibility hold the truth in {share:.0%} of fits ({low:.0%} to"
            f" {high:.0%})"
            for level, share, low, high in shares
        )
        lines += ["", f"joint regions of {said}"]
    return "\n".join(lines)


def _row(members: Sequence[Check], rate: float, i: int) -> tuple[str, ...]:
    check = members[i]
    return (
        check.name,
        f"{check.mean:.3f}",
        f"{check.spread:.2f}",
        _probability(check.p),
        _probability(check.adjusted),
        check.direction if check.adjusted <= rate else "",
    )


def _probability(p: float) -> str:
    return f"{p:.3f}" if p >= 0.0005 else f"{p:.0e}" if p > 1e-12 else "<1e-12"


def _by_quantity(checks: Sequence[Check]) -> dict[str, list[Check]]:
    found: dict[str, list[Check]] = {}
    for check in checks:
        found.setdefault(check.name.partition("[")[0], []).append(check)
    return found


def judge_calibration(
    rejected: Sequence[Check],
    *,
    num_checks: int,
    rate: float,
    total: int,
    wanted: int,
    left_out: Mapping[str, int],
    num_diverging: int,
    is_exact: bool,
) -> tuple[Diagnostic, ...]:
    """Return what speaks against an inference, and against what calibration says of it."""
    return (
        *_rejection(rejected, num_checks, rate, is_exact),
        *_left_out(left_out, total),
        *_interruption(total, wanted),
        *_divergences(num_diverging, total),
    )


def _rejection(
    rejected: Sequence[Check], num_checks: int, rate: float, is_exact: bool
) -> Iterator[Diagnostic]:
    if not rejected:
        return
    worst = sorted(rejected, key=lambda check: check.p)
    named = listed([check.name for check in worst], _MOST_NAMED)
    said = "; ".join(f"`{c.name}`: {c.direction}" for c in worst[:_MOST_NAMED])
    yield Diagnostic(
        "G0728",
        f"the draws are not of the posterior: the ranks of {named} are not uniform",
        notes=(
            said,
            f"where all is right, that happens with probability {rate:g} at most"
            + f", over all {num_checks} quantities together" * (num_checks > 1),
        ),
        help="`nuts()` draws from the posterior itself; longer chains or another parameterisation"
        " may do"
        if is_exact
        else "`nuts()` draws from the posterior itself; an approximation needs a wider guide",
    )


def _left_out(left_out: Mapping[str, int], total: int) -> Iterator[Diagnostic]:
    count = sum(left_out.values())
    if not count:
        return
    notes = tuple(f"{counted(number, 'fit')}: {reason}" for reason, number in left_out.items())
    share = count / total
    yield Diagnostic(
        "G0729",
        f"{count} of {counted(total, 'fit')} {'is' if count == 1 else 'are'} left out",
        notes=notes[: 2 * _MOST_NAMED],
        help="nothing is known of the inference there; longer chains, or narrower priors, make"
        " them fewer"
        if share > _LARGEST_SHARE
        else "so few hardly matter, unless your own data are like theirs",
    )


def _interruption(total: int, wanted: int) -> Iterator[Diagnostic]:
    if total < wanted:
        yield Diagnostic(
            "G0730",
            f"the run was stopped after {total} of {counted(wanted, 'simulation')}",
            help="what is said holds for these; the same command with the same seed makes them"
            " again, and the others",
        )


def _divergences(num_diverging: int, total: int) -> Iterator[Diagnostic]:
    if num_diverging:
        yield Diagnostic(
            "G0731",
            f"{num_diverging} of {counted(total, 'fit')} had divergent transitions",
            help="their draws count like others; `as non_centred` or smaller steps,"
            " `nuts(target_accept = 0.95)`, make them fewer",
        )
