"""Binds data to a program, by name."""

from __future__ import annotations

from collections.abc import Hashable, Mapping

import numpy as np
from numpy.typing import NDArray

from gendsl.data.bounds import check_bounds
from gendsl.data.check_boxes import check_boxes
from gendsl.data.check_literals import are_literals_right
from gendsl.data.check_networks import check_networks
from gendsl.data.check_numbers_of_points import are_points_few_enough
from gendsl.data.check_points import check_points
from gendsl.data.check_positions import check_positions
from gendsl.data.check_scored_twice import check_scored_twice
from gendsl.data.check_starts import check_starts
from gendsl.data.check_times import check_times
from gendsl.data.codes import positions
from gendsl.data.evaluate import Environment
from gendsl.data.joint import check_joint
from gendsl.data.ledger import Ledger
from gendsl.data.matching import match
from gendsl.data.merging import are_equal
from gendsl.data.placing import place
from gendsl.data.problems import Problems
from gendsl.data.python_objects import raw_of
from gendsl.data.question import Mode, Question
from gendsl.data.raw import Array, Labels
from gendsl.data.roots import root_of
from gendsl.data.settle import settle
from gendsl.data.values import Entries, convert
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Ref
from gendsl.ir.program import Data, Program, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import sites


def bind(
    program: Program,
    raw: object,
    *,
    mode: Mode = "fit",
    known: Mapping[str, tuple[Hashable, ...] | None] | None = None,
    sizes: Mapping[str, int] | None = None,
    optional: frozenset[str] = frozenset(),
    kept: frozenset[str] | None = None,
) -> BoundData:
    """The data that a program declares, checked, with sizes and labels of its dimensions.

    `raw` is what `read_data` returns, or anything that `raw_of` takes. `known` has the labels of
    an earlier fit, whose members new ones follow when predicting; `sizes` fixes dimensions (when
    predicting: those of which the data say nothing). Data named in `optional` may be absent; those
    in `kept` are an earlier fit's, in the place of what new data do not give.

    Raises:
        DiagnosticError: with everything that does not fit.
    """
    given = raw_of(raw)
    problems = Problems()
    matched = match(program, given, optional, problems, kept)
    observed = _observed(program)
    converted = [convert(g, problems, is_observed=g.data.name in observed) for g in matched.givens]
    entries = tuple(e for e in converted if e is not None)
    roots = {
        root_of(program, name): labels
        for name, labels in (known or {}).items()
        if _has(program, name)
    }
    ledger = settle(Question(program, given, entries, mode, roots, sizes or {}, problems))
    arrays, missing = _place_all(program, entries, ledger, problems, mode)
    _report_unsized(program, ledger, arrays, matched.absent - optional, problems)
    env = _environment(program, ledger, arrays)
    check_networks(program, env.sizes, problems)
    are_few = are_points_few_enough(program, env, problems)  # what follows computes covariances
    if not are_few or not are_literals_right(program, env, problems):
        problems.raise_if_any()
    for data in program.data:
        if data.name in arrays:
            arrays[data.name] = check_bounds(
                data, arrays[data.name], missing[data.name], env, problems
            )
            arrays[data.name] = check_joint(
                data, arrays[data.name], missing[data.name], env, problems
            )
    problems.raise_if_any()
    check_boxes(program, Environment(arrays, env.sizes, env.labels), problems)
    problems.raise_if_any()
    check_positions(program, Environment(arrays, env.sizes, env.labels), problems)
    check_times(program, Environment(arrays, env.sizes, env.labels), problems)
    check_points(program, Environment(arrays, env.sizes, env.labels), problems)
    check_starts(program, Environment(arrays, env.sizes, env.labels), problems)
    problems.raise_if_any()
    if mode == "fit":
        whole = Environment(arrays, env.sizes, env.labels)
        check_scored_twice(program, whole, missing, problems)
    optional_arrays = {d.name for d in program.data if d.is_optional}
    return BoundData(
        arrays,
        env.sizes,
        env.labels,
        {name: mask for name, mask in missing.items() if name in optional_arrays},
        matched.absent,
        tuple(problems.notes),
    )


def _has(program: Program, name: str) -> bool:
    return any(d.name == name for d in program.dimensions)


def _observed(program: Program) -> set[str]:
    """The data that stand on the left of `~`."""
    return {
        site.value.name
        for site in sites(program)
        if site.role is SampleRole.OBSERVED and isinstance(site.value, Ref)
    }


def _place_all(
    program: Program,
    entries: tuple[Entries, ...],
    ledger: Ledger,
    problems: Problems,
    mode: Mode,
) -> tuple[dict[str, Array], dict[str, NDArray[np.bool_]]]:
    arrays: dict[str, Array] = {}
    missing: dict[str, NDArray[np.bool_]] = {}
    origins: dict[str, str] = {}
    for part in entries:
        data = part.given.data
        values = part.values
        if data.type.kind is Kind.INDEX:
            values = positions(part, program, ledger, problems, mode=mode)
        placed = place(part, values, program, ledger, problems)
        if placed is None:
            continue
        made, mask = placed
        if data.name in arrays:
            _hold_against(
                data, arrays[data.name], origins[data.name], made, part.given.origin, problems
            )
            continue
        arrays[data.name] = np.ascontiguousarray(made).reshape(made.shape)
        missing[data.name], origins[data.name] = mask, part.given.origin
    ordered = [d.name for d in program.data if d.name in arrays]
    return {n: arrays[n] for n in ordered}, {n: missing[n] for n in ordered}


def _hold_against(
    data: Data, first: Array, first_origin: str, second: Array, origin: str, problems: Problems
) -> None:
    if not are_equal(first, second):
        problems.error(
            "G0605",
            f"`{data.name}` differs between {first_origin} and {origin}",
            data.span,
            label="declared here",
            help="give it once, or rename one of the two",
        )


def _environment(program: Program, ledger: Ledger, arrays: Mapping[str, Array]) -> Environment:
    sizes: dict[str, int] = {}
    labels: dict[str, Labels | None] = {}
    for dimension in program.dimensions:
        root = root_of(program, dimension.name)
        size = ledger.size(root)
        if size is not None:
            sizes[dimension.name] = size
            labels[dimension.name] = ledger.labels(root)
    return Environment(arrays, sizes, labels)


def _report_unsized(
    program: Program,
    ledger: Ledger,
    arrays: Mapping[str, Array],
    lost: frozenset[str],
    problems: Problems,
) -> None:
    """A dimension that nothing sizes, unless the data that would have are reported themselves."""
    reported = lost | {d.name for d in program.data if d.name not in arrays and problems.errors}
    for dimension in program.dimensions:
        root = root_of(program, dimension.name)
        if dimension.name != root or ledger.size(root) is not None or root in ledger.faulty:
            continue
        kin = {d.name for d in program.dimensions if root_of(program, d.name) == root}
        speakers = [d for d in program.data if kin & set(d.dims) or d.type.dim in kin]
        if any(d.name in reported for d in speakers) or (
            problems.errors and dimension.size is not None
        ):
            continue
        names = listed(d.name for d in speakers)
        ways = [
            f"`--size {root}=8` on the command line",
            f"an entry `{root}` in the data (its labels, or a number)",
        ]
        ways.append(f"`dim {root} = 8` in the program")
        problems.error(
            "G0614",
            f"the size of `{root}` is not known: "
            + (f"{names} would tell it, but is absent" if names else "no data vary along it"),
            dimension.span,
            label="needs a size",
            help="give " + ", ".join(ways[:-1]) + f", or {ways[-1]}",
        )
