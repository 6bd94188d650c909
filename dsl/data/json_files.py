"""Reads JSON: one object whose members are numbers, text and nested lists."""

from __future__ import annotations

import json
from dataclasses import dataclass

from gendsl.data.nested import array_of
from gendsl.data.problems import fail
from gendsl.data.raw import RawArray, RawData, unnamed_axes


def parse_json(text: str, origin: str) -> RawData:
    """The arrays that a JSON object names.

    Raises:
        DiagnosticError: if it is not JSON (with line and column), no object, or repeats a name.
    """
    try:
        value = json.loads(text, object_pairs_hook=_Members)
    except json.JSONDecodeError as error:
        fail(
            "G0603",
            f"{origin} is not JSON: {_lower_first(error.msg)} "
            f"at line {error.lineno}, column {error.colno}",
        )
    except RecursionError:
        fail("G0603", f"{origin} is nested too deeply to be data")
    except ValueError as error:
        fail("G0603", f"{origin} holds a number that can't be read: {error}")
    if not isinstance(value, _Members):
        fail(
            "G0603",
            f"{origin} holds {_kind(value)}, not an object",
            help='write an object from names to values: {"y": [28, 8], "sigma": [15, 10]}',
        )
    arrays: dict[str, RawArray] = {}
    for name, member in value.pairs:
        if name in arrays:
            fail("G0605", f"`{name}` stands twice in {origin}")
        if isinstance(member, _Members):
            fail(
                "G0603",
                f"`{name}` in {origin} is an object",
                help="data are numbers, text, true or false, null, and lists of them",
            )
        values = array_of(name, member, origin)
        arrays[name] = RawArray(name, values, origin, unnamed_axes(values))
    return RawData(arrays)


@dataclass(frozen=True, slots=True)
class _Members:
    """An object's members in order, repeated names kept."""

    pairs: list[tuple[str, object]]


def _kind(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case _:
            return "a list"


def _lower_first(message: str) -> str:
    return message[:1].lower() + message[1:]
