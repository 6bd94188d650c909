"""Turns raw entries into numbers of the declared kind, and says which can't be."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gendsl.data.given import Given
from gendsl.data.labels import as_labels
from gendsl.data.problems import Problems
from gendsl.data.raw import Array
from gendsl.data.wording import spell
from gendsl.diagnostics.wording import counted
from gendsl.ir.program import Data
from gendsl.ir.types import Kind

LARGEST_EXACT = 2**53
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
SPECIAL = {
    "inf": np.inf, "+inf": np.inf, "-inf": -np.inf,
    "infinity": np.inf, "+infinity": np.inf, "-infinity": -np.inf,
}  # fmt: skip
PLAIN_REAL = re.compile(r"[0-9.eE+-]*")
PLAIN_INT = re.compile(r"[0-9+-]*")
MISSING = frozenset({"", "na", "nan", "null", "n/a"})
TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Entries:
    """The entries of a given array: numbers, or for an index the labels that it holds."""

    given: Given
    values: Array
    missing: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an entry is no number of the kind."""

    code: str
    reason: str
    help: str | None = None


def convert(given: Given, problems: Problems, *, is_observed: bool) -> Entries | None:
    """The entries as the declared kind; `None` where an error was found.

    Whole numbers may be written 3.0 for an `int`; all-bool arrays are 0/1 in arithmetic; text is a
    number only where the source spells numbers (CSV). Missing entries need `real?` and its kin.
    """
    data = given.data
    if given.values.size == 0:
        axis = given.values.shape.index(0)
        problems.error(
            "G0615",
            f"`{data.name}` in {given.origin} has no entries along `{data.dims[axis]}`",
            data.span,
            label="declared here",
        )
        return None
    if data.type.kind is Kind.INDEX:
        entries = _labels(given)
        faults: dict[int, Fault] = {}
    else:
        values, missing, faults = numbers(given.values, data.type.kind, is_text=given.is_text)
        entries = Entries(given, values, missing)
    if faults:
        _report_faults(given, faults, problems)
        return None
    if entries.missing.any() and not data.is_optional:
        _report_missing(entries, problems, is_observed=is_observed)
        return None
    return entries


def numbers(
    values: Array, kind: Kind, *, is_text: bool
) -> tuple[Array, NDArray[np.bool_], dict[int, Fault]]:
    """Values of the kind, where they are missing (0 stands there), and faults by flat position."""
    target = {Kind.REAL: np.dtype("f8"), Kind.INT: np.dtype("i8")}.get(kind, np.dtype("?"))
    if values.dtype.kind in "ib" and (kind is Kind.REAL or (kind is Kind.INT)):
        faults = {}
        if kind is Kind.INT and values.dtype.kind == "i":
            large = np.flatnonzero(np.abs(values.ravel()) > LARGEST_EXACT)
            faults = {int(i): _too_large(values.ravel()[i]) for i in large[:100]}
        return values.astype(target), np.zeros(values.shape, np.bool_), faults
    if values.dtype.kind == "f" and kind is Kind.REAL:
        missing = np.isnan(values)
        return np.where(missing, 0.0, values), missing, {}
    if values.dtype.kind == "b" and kind is Kind.BOOL:
        return values, np.zeros(values.shape, np.bool_), {}
    spelled = _all_spelled(values.ravel().tolist(), kind) if is_text else None
    if spelled is not None:
        made, missing = spelled
        return made.reshape(values.shape), missing.reshape(values.shape), {}
    return _one_by_one(values, kind, target, is_text=is_text)


def _all_spelled(cells: list[object], kind: Kind) -> tuple[Array, NDArray[np.bool_]] | None:
    """Spelled cells that are all plain numbers or empty, read at once; `None` if some are not."""
    text = ["0" if cell is None else str(cell) for cell in cells]
    plain = {Kind.REAL: PLAIN_REAL, Kind.INT: PLAIN_INT}.get(kind)
    if plain is None or plain.fullmatch("".join(text)) is None:
        return None
    if kind is Kind.INT and max(map(len, text), default=0) > 15:
        return None
    try:
        made = np.array(list(map(float if kind is Kind.REAL else int, text)))
    except ValueError:
        return None
    return made, np.array([cell is None for cell in cells], dtype=np.bool_)


def _one_by_one(
    values: Array, kind: Kind, target: np.dtype[Any], *, is_text: bool
) -> tuple[Array, NDArray[np.bool_], dict[int, Fault]]:
    flat = values.ravel().tolist()
    made: Array = np.zeros(len(flat), dtype=target)
    missing = np.zeros(len(flat), dtype=np.bool_)
    faults: dict[int, Fault] = {}
    has_bools = any(isinstance(v, bool) for v in flat)
    has_numbers = any(isinstance(v, int | float) and not isinstance(v, bool) for v in flat)
    for i, value in enumerate(flat):
        if isinstance(value, bool) and has_bools and has_numbers and kind is not Kind.BOOL:
            found: object = Fault(
                "G0620", f"is {spell(value)}, among numbers", "write 1 for true and 0 for false"
            )
        else:
            found = _one(value, kind, is_text=is_text)
        if isinstance(found, Fault):
            faults[i] = found
        elif found is None:
            missing[i] = True
        else:
            made[i] = found
    return made.reshape(values.shape), missing.reshape(values.shape), faults


def _one(value: object, kind: Kind, *, is_text: bool) -> float | int | bool | Fault | None:
    if isinstance(value, str):
        return _spelled(value, kind, is_text=is_text)
    if value is None or (isinstance(value, float) and value != value):
        return None
    if not isinstance(value, int | float):
        return Fault("G0620", f"is {spell(value)}, which is no number")
    if kind is Kind.REAL:
        try:
            return float(value)
        except OverflowError:
            return _too_large(value)
    if kind is Kind.INT and math.isinf(value):
        way = "whole numbers are finite: declare it `real`, with a bound that is infinite too"
        return Fault("G0620", f"is {value!r}, which is not a whole number", f"{way}: `real <= inf`")
    if isinstance(value, float) and not value.is_integer():
        return Fault("G0620", f"is {value!r}, which is not a whole number")
    if kind is Kind.BOOL:
        return (
            bool(value)
            if value in (0, 1)
            else Fault("G0620", f"is {spell(value)}, neither true nor false")
        )
    return int(value) if abs(value) <= LARGEST_EXACT else _too_large(value)


def _spelled(text: str, kind: Kind, *, is_text: bool) -> float | int | bool | Fault | None:
    folded = text.strip().casefold()
    if kind is Kind.REAL and folded in SPECIAL:
        return float(SPECIAL[folded])
    if is_text and folded in MISSING:
        return None
    if is_text and folded in TRUTHS:
        return TRUTHS[folded]
    is_number = NUMBER.fullmatch(text.strip()) is not None
    if not is_text:
        return Fault(
            "G0620",
            f"is the text {spell(text)}",
            "write the number without quotes" if is_number else None,
        )
    if not is_number:
        comma = re.fullmatch(r"[+-]?[0-9]+,[0-9]+", text.strip()) is not None
        return Fault(
            "G0620",
            f"is {spell(text)}, which is no number",
            "write decimals with a point" if comma else None,
        )
    is_whole = re.fullmatch(r"[+-]?[0-9]+", text.strip()) is not None and len(text) < 4000
    return _one(int(text) if is_whole else float(text), kind, is_text=False)


def _too_large(value: object) -> Fault:
    return Fault(
        "G0623",
        f"is {value}, beyond 2^53",
        "log densities are computed in float64, which holds whole numbers exactly up to 2^53; "
        "an identifier of that size can be an index: `data x[row] : person`",
    )


def _labels(given: Given) -> Entries:
    if given.values.dtype.kind in "ib":
        values = given.values.astype(np.int64)
        return Entries(given, values, np.zeros(values.shape, np.bool_))
    labels = as_labels(given.values, is_text=given.is_text)
    missing = np.array([v is None for v in labels.ravel().tolist()], np.bool_).reshape(labels.shape)
    if all(type(v) is int and abs(v) < 2**63 for v in labels.ravel().tolist()):
        return Entries(given, labels.astype(np.int64), missing)
    return Entries(given, labels, missing)


def _report_faults(given: Given, faults: dict[int, Fault], problems: Problems) -> None:
    flat, fault = next(iter(faults.items()))
    data = given.data
    problems.error(
        fault.code,
        f"{given.place(flat)} {fault.reason}",
        data.span,
        label=f"is declared `{data.type}`",
        notes=_others(len(faults) - 1, given.values.size, "like it"),
        help=fault.help,
    )


def _report_missing(entries: Entries, problems: Problems, *, is_observed: bool) -> None:
    data = entries.given.data
    where = np.flatnonzero(entries.missing.ravel())
    problems.error(
        "G0621",
        f"{entries.given.place(int(where[0]))} is missing",
        data.span,
        label=f"is declared `{data.type}`, which must be there",
        notes=_others(len(where) - 1, entries.missing.size, "missing"),
        help=_way_out(data, is_observed=is_observed),
    )


def _way_out(data: Data, *, is_observed: bool) -> str:
    if is_observed or data.type.kind is not Kind.REAL:
        return f"if values may be missing, declare `{data.type}?`"
    called = f"{data.name}[{', '.join(data.dims)}]" if data.dims else data.name
    leave = "leave the row out" if data.dims else "give a value"
    return f"{leave}, or declare `real?` and say how it is distributed: `{called} ~ ...`"


def _others(more: int, size: int, what: str) -> tuple[str, ...]:
    return (
        (
            f"{counted(more, 'more entry', 'more entries')} of {size} "
            f"{'is' if more == 1 else 'are'} {what}",
        )
        if more
        else ()
    )
