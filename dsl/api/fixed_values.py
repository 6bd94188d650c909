"""The values that a user fixed, bound beside the data and checked as they are."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gendsl.api.compilation import Checked
from gendsl.api.failure import UsageError
from gendsl.api.setting import Fixed, Member, Setting
from gendsl.data.raw import RawData, names_in
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.bound import BoundData, missing_site
from gendsl.ir.expr import Ref
from gendsl.ir.program import Data, Program
from gendsl.ir.types import Kind
from gendsl.ir.walk import sites
from gendsl.transforms.fixed_data import IS_SET, OWN, SET

if TYPE_CHECKING:
    from gendsl.data.problems import Problems

Array = NDArray[Any]

_DTYPES = {Kind.REAL: np.float64, Kind.INT: np.int64, Kind.INDEX: np.int64, Kind.BOOL: np.bool_}


def bind_fixed(checked: Checked, given: object, **options: Any) -> BoundData:
    """Match data with the declarations as `gendsl.data.bind` does, and add the fixed values.

    Priors that are to be matched are tuned, unless the data have their factors.

    Raises:
        DiagnosticError: with everything that does not fit.
    """
    bound = _bound(checked, given, options)
    if not checked.program.matches:
        return bound

    from gendsl.api.matching import with_matches

    return with_matches(checked.program, bound)


def _bound(checked: Checked, given: object, options: dict[str, Any]) -> BoundData:
    """The data with the fixed values; factors of matched priors may be absent."""
    from gendsl.data import bind, raw_of

    program, fixed = checked.program, checked.fixed
    raw = raw_of(given)
    matched = frozenset(datum.name for datum in program.data if datum.is_matched)
    options["optional"] = options.get("optional", frozenset()) | matched
    if not fixed:
        return bind(program, raw, **options)
    _refuse_given_twice(program, fixed, raw)
    late = frozenset(datum.name for datum in program.data if datum.is_fixed)
    raw, direct = _with_declared(program, fixed, raw)
    overridden = {s.name for s in fixed.intervened if program.datum(s.name) is not None} - direct
    optional = options.pop("optional", frozenset()) | late | overridden
    bound = bind(program, raw, optional=optional, **options)
    settings = [s for s in (*fixed.conditioned, *fixed.intervened) if s.name not in direct]
    return _placed(program, settings, bound)


def fixed_draws(
    program: Program, bound: BoundData, drawn: Mapping[str, Array]
) -> tuple[dict[str, Array], frozenset[str]]:
    """Return draws [chain, draw, ...] of what is conditioned on, and the sites not to be shown.

    Entries that were given are the same in every draw; the others are those of `drawn`.
    """
    leading = next((np.shape(values)[:2] for values in drawn.values()), None)
    found: dict[str, Array] = {}
    taken = set(hidden_names(program))
    in_part = {name.removesuffix(OWN) + SET for name in taken}
    for name in sorted(_scored_data(program) - in_part):
        datum = program.datum(name)
        if leading is None or datum is None or not datum.is_fixed:
            continue
        value = bound.arrays[datum.name]
        whole = np.broadcast_to(value, (*leading, *value.shape)).copy()
        site = missing_site(datum.name)
        if site in drawn:
            whole[:, :, np.asarray(bound.missing[datum.name])] = drawn[site]
            taken.add(site)
        found[datum.name] = whole
    return found, frozenset(taken)


def hidden_names(program: Program) -> frozenset[str]:
    """The sites of entries of which some are set: the quantity itself has what is to be shown."""
    return frozenset(
        datum.name.removesuffix(IS_SET) + OWN
        for datum in program.data
        if datum.is_fixed and datum.name.endswith(IS_SET)
    )


def _scored_data(program: Program) -> frozenset[str]:
    return frozenset(site.value.name for site in sites(program) if isinstance(site.value, Ref))


def _refuse_given_twice(program: Program, fixed: Fixed, raw: RawData) -> None:
    """Data can be conditioned on once; an intervention takes the place of what was given."""
    given = names_in(raw)
    for setting in fixed.conditioned:
        datum = program.datum(setting.name)
        if datum is not None and not datum.is_fixed and setting.name in given:
            raise UsageError(
                Diagnostic(
                    "G0903",
                    f"`{setting.name}` is given by the data, and set as well",
                    datum.span,
                    "declared as data",
                    help=f"leave it out of one; `--do {setting.target}=...` replaces what the data "
                    "say",
                )
            )


def _with_declared(program: Program, fixed: Fixed, raw: RawData) -> tuple[RawData, set[str]]:
    """Settings of declared data go in as data do, so that sizes may follow from them.

    What the user fixed otherwise is no data: a column of its name is left out. A number for all
    entries of an array is for later, when the array's size is known.
    """
    from gendsl.data import raw_of
    from gendsl.data.merging import merge
    from gendsl.data.raw import RawData

    values: dict[str, Any] = {}
    hidden = {datum.name for datum in program.data if datum.is_fixed}
    for setting in (*fixed.conditioned, *fixed.intervened):
        datum = program.datum(setting.name)
        if datum is None or datum.is_fixed or setting.at:
            continue
        if np.ndim(_array(setting.value)) == len(datum.dims):
            values[setting.name] = setting.value
    hidden |= set(values)
    kept = RawData(
        {name: array for name, array in raw.arrays.items() if name not in hidden},
        tuple(
            replace(t, columns={n: c for n, c in t.columns.items() if n not in hidden})
            for t in raw.tables
        ),
    )
    return merge([kept, raw_of(values, "what was set")]), set(values)


def _array(value: Any) -> Array:
    """Nested lists as an array; ragged ones as an array of lists."""
    try:
        return np.asarray(value)
    except ValueError:
        return np.asarray(value, dtype=object)


def _placed(program: Program, settings: list[Setting], bound: BoundData) -> BoundData:
    """The bound data with the arrays of what was set."""
    from gendsl.data.bounds import check_bounds
    from gendsl.data.evaluate import Environment
    from gendsl.data.joint import check_joint
    from gendsl.data.problems import Problems

    problems = Problems()
    arrays: dict[str, Array] = {str(n): np.asarray(a) for n, a in bound.arrays.items()}
    missing = dict(bound.missing)
    filled: dict[str, tuple[Data, Array, NDArray[np.bool_]]] = {}
    for setting in settings:
        datum = program.datum(setting.name) or program.datum(setting.name + SET)
        assert datum is not None
        named = replace(datum, name=setting.name)
        if setting.name not in filled:
            shape = tuple(bound.sizes[dim] for dim in datum.dims)
            empty: Array = np.zeros(shape, _DTYPES[datum.type.kind])
            filled[setting.name] = (named, empty, np.zeros(shape, np.bool_))
        _, values, is_set = filled[setting.name]
        _put(setting, named, values, is_set, bound, problems)
    problems.raise_if_any()
    env = Environment(arrays, bound.sizes, bound.labels)
    for name, (named, values, is_set) in filled.items():
        checked = check_bounds(named, values, ~is_set, env, problems)
        if program.datum(name) is None:
            arrays[name + SET], arrays[name + IS_SET] = checked, is_set
            continue
        arrays[name] = check_joint(named, checked, ~is_set, env, problems)
        if named.is_optional:
            missing[name] = ~is_set
    problems.raise_if_any()
    ordered = {d.name: arrays[d.name] for d in program.data if d.name in arrays}
    return replace(bound, arrays=ordered, missing=missing, absent=bound.absent - set(ordered))


def _put(
    setting: Setting,
    datum: Data,
    values: Array,
    is_set: NDArray[np.bool_],
    bound: BoundData,
    problems: Problems,
) -> None:
    """Write a setting's value at its members."""
    place = _place(setting, datum, bound, problems)
    if place is None:
        return
    given = _numbers(setting, datum, bound, problems)
    if given is None:
        return
    if given.shape not in ((), values[place].shape):
        axes = [d for d, at in zip(datum.dims, place, strict=True) if isinstance(at, slice)]
        sizes = ", ".join(f"{dim} ({bound.sizes[dim]})" for dim in axes)
        problems.error(
            "G0902",
            f"`{setting.target}` has {f'the dimensions {sizes}' if axes else 'no dimensions'}, and "
            f"the value {_shape(given.shape)}",
            datum.span,
            label="defined here",
            help="give a number for every entry"
            + (", or one for all of them" if axes else f": `{setting.target} = 1`"),
        )
        return
    values[place] = given
    is_set[place] = True


def _shape(shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"{shape[0]} entr{'y' if shape[0] == 1 else 'ies'}"
    return "the shape " + " x ".join(map(str, shape))


def _place(
    setting: Setting, datum: Data, bound: BoundData, problems: Problems
) -> tuple[int | slice, ...] | None:
    """The setting's part of the array: a position along each dimension that it names."""
    place: dict[str, int] = {}
    for dim, member in setting.at:
        free = [d for d in datum.dims if d not in place]
        named = dim if dim is not None else (free[0] if free else None)
        if named is None or named not in free:
            axes = listed(datum.dims) or "none"
            problems.error(
                "G0902",
                f"`{setting.target}` names "
                + (f"`{dim}`, which is not among its dimensions" if dim else "too many members"),
                datum.span,
                label=f"its dimensions: {axes}",
                help=f"name members of its dimensions: {axes}" if datum.dims else "set it whole",
            )
            return None
        found = _position(member, named, bound)
        if found is None:
            _report_member(setting, datum, named, member, bound, problems)
            return None
        place[named] = found
    return tuple(place.get(dim, slice(None)) for dim in datum.dims)


def _position(member: Member, dim: str, bound: BoundData) -> int | None:
    """The position of a label, or the position itself where the dimension has no labels."""
    labels = bound.labels.get(dim)
    if labels is not None:
        return next((i for i, k in enumerate(labels) if k == member or str(k) == str(member)), None)
    size = bound.sizes[dim]
    is_inside = isinstance(member, int) and -size <= member < size
    return int(member) % size if is_inside else None


def _report_member(
    setting: Setting, datum: Data, dim: str, member: Member, bound: BoundData, problems: Problems
) -> None:
    labels: tuple[Hashable, ...] | None = bound.labels.get(dim)
    close = nearest(str(member), map(str, labels or ()))
    if close is not None:
        help = f'did you mean `"{close}"`?'
    elif labels is not None:
        help = f"its members are {', '.join(map(str, labels[:5]))}" + (
            ", ..." if len(labels) > 5 else ""
        )
    else:
        help = f"it has no labels: its positions are 0 to {bound.sizes[dim] - 1}"
    problems.error(
        "G0902",
        f"`{setting.target}`: `{dim}` has no member `{member}`",
        datum.span,
        label="defined here",
        help=help,
    )


def _numbers(setting: Setting, datum: Data, bound: BoundData, problems: Problems) -> Array | None:
    """The value as numbers of the quantity's kind; labels as positions."""
    given = _array(setting.value)
    kind = datum.type.kind
    flat = given.ravel().tolist()
    made: list[Any] = []
    for value in flat:
        number = _number(value, datum, bound)
        if number is None:
            what = f"a member of `{datum.type.dim}`" if kind is Kind.INDEX else f"of type `{kind}`"
            shown = "a list of uneven length" if isinstance(value, list) else f"`{value}`"
            problems.error(
                "G0902",
                f"`{setting.target}` can't be {shown}: it is {what}",
                datum.span,
                label="defined here",
                help="give a value of that kind",
            )
            return None
        made.append(number)
    return np.array(made, _DTYPES[kind]).reshape(given.shape)


def _number(value: Any, datum: Data, bound: BoundData) -> float | int | bool | None:
    is_number = isinstance(value, int | float)
    match datum.type.kind:
        case Kind.REAL:
            return float(value) if is_number else None
        case Kind.INT:
            return int(value) if is_number and float(value).is_integer() else None
        case Kind.BOOL:
            return bool(value) if is_number and value in (0, 1) else None
        case Kind.INDEX:
            return _position(value, str(datum.type.dim), bound)
