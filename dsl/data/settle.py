"""Settles each dimension's size and labels from everything that says something of them.

In order: members written in the program; sizes of the command line; labels or a size given under
the dimension's own name, or in a table of labels alone; size expressions; axes of arrays; key
columns of tables; what an earlier fit knew; index arrays. The first that speaks stands, and what
disagrees with it is an error that names both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Mapping

import numpy as np

from gendsl.data.check_windows import refuse_narrow
from gendsl.data.codes import settle_from_codes
from gendsl.data.evaluate import Environment, EvaluationError, evaluate
from gendsl.data.keys import settle_from_keys
from gendsl.data.labels import labels_of, sort_labels
from gendsl.data.ledger import LARGEST_SIZE, Claim, Ledger
from gendsl.data.lists import settle_from_lists
from gendsl.data.problems import Problems
from gendsl.data.question import Question
from gendsl.data.raw import Array
from gendsl.data.roots import kin_of, root_of
from gendsl.data.skipped_numbers import note_skipped_numbers
from gendsl.data.wording import quote_all, spell
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Dimension, Program
from gendsl.ir.types import Kind


def settle(question: Question) -> Ledger:
    """The size and labels of every dimension that can be had; what disagrees is reported."""
    ledger = Ledger()
    program = question.program
    roots = [d for d in program.dimensions if root_of(program, d.name) == d.name]
    _from_members(question, ledger)
    if question.mode != "predict":
        _from_options(question, ledger)
    _from_entries_of_that_name(question, ledger)
    settle_from_lists(question, ledger)
    _from_expressions(question, ledger)
    _from_axes(question, ledger)
    for root in roots:
        settle_from_keys(question, root, ledger)
        _from_known(question, root, ledger)
    if question.mode == "predict":
        _from_options(question, ledger, is_fallback=True)
    _from_expressions(question, ledger)
    for root in roots:
        settle_from_codes(program, root.name, question.entries, ledger, question.problems)
    _from_expressions(question, ledger)
    for root in roots:
        _name_by_first_code(program, root.name, ledger)
    if question.mode == "fit":
        note_skipped_numbers(program, ledger, question.problems)
    _check_label_lists(question, ledger)
    _check_ranges(question, ledger)
    return ledger


def _check_ranges(question: Question, ledger: Ledger) -> None:
    """`dim col = 1..10`: a size outside of the range is an error."""
    for dimension in question.program.dimensions:
        root = root_of(question.program, dimension.name)
        size = ledger.size(root)
        if dimension.sizes is None or size is None or root in ledger.faulty:
            continue
        least, most = dimension.sizes
        if not least <= size <= most:
            question.problems.error(
                "G1002",
                f"`{dimension.name}` has {counted(size, 'member')} by"
                f" {ledger.claims[root].who}, and may have {least} to {most}",
                dimension.span,
                label=f"from {least} to {most}",
                help="is it an array of the same columns, in the same order? If the model is meant"
                " for more, widen the range",
            )


def _agree(claim: Claim, root: str, ledger: Ledger, problems: Problems) -> None:
    if claim.size > LARGEST_SIZE:
        ledger.faulty.add(root)
        problems.error(
            "G0616",
            f"`{root}` would have {counted(claim.size, 'member')} by {claim.who}; "
            f"{LARGEST_SIZE} is the most",
            claim.span,
            label="its size is from here",
        )
        return
    first = ledger.add(root, claim)
    if first is not None and root not in ledger.faulty:
        ledger.faulty.add(root)
        problems.error(
            "G0612",
            f"`{root}` has {counted(claim.size, 'member')} in {claim.who}, "
            f"but {first.size} in {first.who}",
            claim.span,
            label=f"{claim.size} here",
            secondary=first.pointer,
        )


def _from_members(question: Question, ledger: Ledger) -> None:
    for dimension in question.program.dimensions:
        if dimension.labels is not None:
            root = root_of(question.program, dimension.name)
            who = f"`dim {dimension.name}`"
            claim = Claim(len(dimension.labels), dimension.labels, who, dimension.span)
            _agree(claim, root, ledger, question.problems)


def _from_options(question: Question, ledger: Ledger, *, is_fallback: bool = False) -> None:
    for name, size in question.sizes.items():
        if not any(d.name == name for d in question.program.dimensions):
            if not is_fallback:
                names = quote_all(d.name for d in question.program.dimensions)
                question.problems.error(
                    "G0614", f"a size is given for `{name}`, but the dimensions are {names}"
                )
            continue
        root = root_of(question.program, name)
        if is_fallback and ledger.size(root) is not None:
            continue
        if size < 1:
            question.problems.error(
                "G0615", f"the size given for `{name}` is {size}, not 1 or more"
            )
            continue
        _agree(Claim(size, None, f"the size given for `{name}`"), root, ledger, question.problems)


def _from_entries_of_that_name(question: Question, ledger: Ledger) -> None:
    """An entry named as a dimension is its list of labels, or its size."""
    for dimension in question.program.dimensions:
        array = question.raw.arrays.get(dimension.name)
        if array is None or question.program.datum(dimension.name) is not None:
            continue
        who = f"`{dimension.name}` in {array.origin}"
        root = root_of(question.program, dimension.name)
        if array.values.ndim == 0 and array.values.dtype.kind == "i" and int(array.values) > 0:
            _agree(Claim(int(array.values), None, who), root, ledger, question.problems)
            continue
        if any(e.given.column == dimension.name for e in question.entries):
            continue
        labels = labels_of(array)
        if labels.ndim == 1 and labels.size and not _is_faulty_list(labels.tolist()):
            claim = Claim(labels.size, tuple(labels.tolist()), who)
            _agree(claim, root, ledger, question.problems)


def _is_faulty_list(labels: list[Hashable]) -> bool:
    return None in labels or len(set(labels)) < len(labels)


def _check_label_lists(question: Question, ledger: Ledger) -> None:
    """A list of the right length that repeats a label; one of another length is something else."""
    for dimension in question.program.dimensions:
        array = question.raw.arrays.get(dimension.name)
        if array is None or any(e.given.column == dimension.name for e in question.entries):
            continue
        size = ledger.size(root_of(question.program, dimension.name))
        labels = labels_of(array)
        if labels.shape != (size,) or not _is_faulty_list(labels.tolist()):
            if labels.ndim != 0 and (labels.ndim != 1 or _is_faulty_list(labels.tolist())):
                question.problems.note(
                    "G0630",
                    f"`{dimension.name}` in {array.origin} is not used: it does not list the "
                    "labels "
                    "of that dimension",
                )
            continue
        counted = Counter(labels.tolist())
        again = next((v for v, times in counted.items() if v is not None and times > 1), None)
        question.problems.error(
            "G0613",
            f"`{dimension.name}` in {array.origin} "
            + ("misses a label" if again is None else f"lists the label {spell(again)} twice"),
            dimension.span,
            label="each member needs a label of its own",
        )


def _from_expressions(question: Question, ledger: Ledger) -> None:
    """Sizes such as `dim k = K`; they may depend on each other in any order."""
    waiting = [d for d in question.program.dimensions if d.size is not None]
    arrays = {
        e.given.data.name: e.values
        for e in question.entries
        if e.given.keys is None and e.values.dtype != np.object_ and not e.missing.any()
    }
    has_moved = True
    while has_moved:
        has_moved = False
        for dimension in list(waiting):
            size = _size_of(dimension, arrays, question, ledger)
            if size is None:
                continue
            waiting.remove(dimension)
            has_moved = True
            who = f"`dim {dimension.name}`"
            root = root_of(question.program, dimension.name)
            if size < 1:
                ledger.faulty.add(root)
                if refuse_narrow(question.program, dimension, ledger, question.problems):
                    continue
                question.problems.error(
                    "G0615",
                    f"`{dimension.name}` would have {counted(size, 'member')}",
                    dimension.span,
                    label="its size is computed here",
                )
            else:
                _agree(Claim(size, None, who, dimension.span), root, ledger, question.problems)


def _size_of(
    dimension: Dimension, arrays: Mapping[str, Array], question: Question, ledger: Ledger
) -> int | None:
    if dimension.size is None:
        return None
    program = question.program
    sizes = {d.name: ledger.size(root_of(program, d.name)) for d in program.dimensions}
    env = Environment(
        arrays,
        {name: size for name, size in sizes.items() if size is not None},
        {d.name: ledger.labels(root_of(program, d.name)) for d in program.dimensions},
    )
    try:
        value = evaluate(dimension.size, env)
    except EvaluationError:
        return None
    if value.ndim or not np.isfinite(value) or float(value) != int(value):
        question.problems.error(
            "G0616",
            f"the size of `{dimension.name}` comes out as {spell(value.tolist())}, not a whole "
            "number",
            dimension.span,
            label="its size is computed here",
        )
        return None
    return int(value)


def _from_axes(question: Question, ledger: Ledger) -> None:
    """Axes of dense arrays; each array is held against the result later, whole."""
    for entries in question.entries:
        given = entries.given
        if given.keys is not None:
            continue
        for dim, size, labels in zip(
            given.data.dims, given.values.shape, given.labels, strict=True
        ):
            root = root_of(question.program, dim)
            is_named = labels is not None and len(set(labels)) == len(labels)
            named = labels if is_named else None
            ledger.add(
                root,
                Claim(size, named, f"`{given.data.name}`", given.data.span, True),
            )


def _from_known(question: Question, root: Dimension, ledger: Ledger) -> None:
    """What a fit knew: members that only index arrays speak of, and new ones after them."""
    known = question.known.get(root.name)
    if known is None:
        return
    who = "the fit"
    size = ledger.size(root.name)
    if size is not None:
        if ledger.labels(root.name) is None and size == len(known):
            ledger.name_members(root.name, tuple(known), who)
        return
    labels: list[Hashable] = list(known)
    if question.mode == "predict" and root.size is None and root.labels is None:
        labels += _new_members(question, root, set(labels))
    ledger.name_members(root.name, tuple(labels), who)


def _new_members(question: Question, root: Dimension, known: set[Hashable]) -> list[Hashable]:
    found: list[Hashable] = []
    is_numbered = any(isinstance(v, int | float) for v in known)
    for entries in question.entries:
        data = entries.given.data
        if data.type.kind is not Kind.INDEX or data.type.dim is None:
            continue
        if root_of(question.program, data.type.dim) == root.name:
            held = entries.values.ravel()[~entries.missing.ravel()].tolist()
            found += [v for v in held if is_numbered or not isinstance(v, int)]
    return [v for v in sort_labels(set(found)) if v not in known]


def _name_by_first_code(program: Program, root: str, ledger: Ledger) -> None:
    """`dim county : from 1` names the members 1, 2, ... where nothing else names them."""
    first = next((d.first_code for d in kin_of(program, root) if d.first_code is not None), None)
    size = ledger.size(root)
    if first is not None and size is not None and ledger.labels(root) is None:
        ledger.name_members(root, tuple(range(first, first + size)), ledger.claims[root].who)
