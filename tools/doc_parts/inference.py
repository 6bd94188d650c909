"""The pieces of inference programs and their settings."""

from __future__ import annotations

from typing import Any

from doc_parts.markdown import code, table


def inference_pieces() -> str:
    """The pieces of inference programs: what each takes and returns."""
    from gendsl.resolve.inference_piece import Holds
    from gendsl.resolve.inference_table import PIECES

    holds = {Holds.NOTHING: "", Holds.SITES: "quantities", Holds.KERNELS: "kernels"}
    return table(
        ("piece", "what it is", "is given", "takes", "returns", "gradients"),
        (
            (
                code(f"{row.name}(...)"),
                row.help,
                holds[row.holds],
                " or ".join(result.value for result in row.takes),
                row.returns.value,
                "yes" if row.has_gradient else "",
            )
            for row in PIECES.values()
        ),
    )


def inference_settings() -> str:
    """The settings of the pieces of inference programs, of the schedules and of flows."""
    from gendsl.resolve.inference_calls import FLOWS, SCHEDULES
    from gendsl.resolve.inference_piece import RUN
    from gendsl.resolve.inference_table import PIECES

    owners = [("a program of chains", RUN)]
    owners += [(code(row.name), row.settings) for row in PIECES.values() if row.settings]
    calls = (*SCHEDULES.values(), *FLOWS.values())
    owners += [(code(row.name), row.settings) for row in calls]
    return table(
        ("of", "setting", "default", "values", "meaning"),
        (
            (owner if i == 0 else "", code(s.name), _default(s), _values(s), s.help)
            for owner, settings in owners
            for i, s in enumerate(settings)
        ),
    )


def inference_engines() -> str:
    """The pieces of inference programs that each engine has, and what runs them in Pyro."""
    from gendsl.backends.pyro.inference.table import LIBRARY_PIECES
    from gendsl.resolve.inference_table import PIECES

    return table(
        ("piece", "engine `gendsl`", "engine `pyro`"),
        (
            (
                code(name),
                "yes",
                code(LIBRARY_PIECES[name].runs) if name in LIBRARY_PIECES else "",
            )
            for name in PIECES
        ),
    )


def library_settings() -> str:
    """The settings that Pyro's own kernels and guides have, by what becomes of each."""
    from gendsl.backends.pyro.inference.table import LIBRARY_PIECES

    return table(
        ("of", "setting", "in Pyro"),
        (
            (code(row.name) if i == 0 else "", code(name), _in_pyro(row, name))
            for row in LIBRARY_PIECES.values()
            for i, name in enumerate(row.settings)
        ),
    )


def _in_pyro(row: Any, name: str) -> str:
    words = row.words.get(name, {})
    said = "; ".join(f"{code(word)}: {meaning}" for word, meaning in words.items())
    return f"{row.settings[name]}: {said}" if said else row.settings[name]


def _default(setting: Any) -> str:
    if setting.default is None:
        return ""
    number = isinstance(setting.default, int | float)
    return f"{setting.default:g}" if number else code(setting.default)


def _values(setting: Any) -> str:
    from gendsl.resolve.inference_calls import FLOWS, SCHEDULES
    from gendsl.resolve.inference_piece import MANY, Kind

    match setting.kind:
        case Kind.CHOICE:
            return ", ".join(map(code, setting.words))
        case Kind.SCHEDULE:
            return " or ".join(code(f"{name}(...)") for name in SCHEDULES)
        case Kind.FLOW:
            return " or ".join(code(f"{name}(...)") for name in FLOWS)
        case Kind.GUIDE:
            return ", ".join(map(code, (*setting.words, *(f"{name}(...)" for name in FLOWS))))
        case Kind.KERNEL | Kind.WEIGHTS | Kind.DIMENSION | Kind.NETWORK:
            return str(setting.kind)
        case _ if setting.upper < MANY:
            return f"{setting.lower:g} to {setting.upper:g}"
        case _:
            return f"{setting.lower:g} or more"
