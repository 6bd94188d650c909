"""What an inference program asks for, after the caller's own wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceProgram, Program
from gendsl.resolve.inference import PIECES, setting_problem


@dataclass(frozen=True, slots=True)
class NutsSettings:
    """The settings of `nuts(...)`, and the name of the inference program that they belong to."""

    name: str
    chains: int
    warmup: int
    draws: int
    target_accept: float
    max_depth: int

    def __str__(self) -> str:
        shown = [f"{f.name} = {getattr(self, f.name)}" for f in fields(self) if f.name != "name"]
        return f"{self.name} = nuts({', '.join(shown)})"


def settings_of(
    program: Program, name: str | None, wishes: Mapping[str, int | float | None]
) -> NutsSettings:
    """Return the settings of the named inference program, or of the file's first one.

    Wishes that are not `None` take precedence over what the program says.

    Raises:
        UsageError: if there is no inference program of that name.
        ValueError: if a wish is out of range.
    """
    chosen = _choose(program, name)
    (piece,) = chosen.pieces
    settings = dict(piece.settings)
    rows = {setting.name: setting for setting in PIECES[piece.name].settings}
    for key, value in wishes.items():
        if value is not None:
            problem = setting_problem(rows[key], value)
            if problem is not None:
                raise ValueError(problem)
            settings[key] = value
    return NutsSettings(chosen.name, **settings)  # type: ignore[arg-type]


def _choose(program: Program, name: str | None) -> InferenceProgram:
    if name is None:
        return program.inference[0]
    names = [inference.name for inference in program.inference]
    if name not in names:
        close = nearest(name, names)
        raise UsageError(
            Diagnostic(
                "G0806",
                f"`{program.source.name}` has no inference program `{name}`",
                notes=(f"it has {listed(names)}",),
                help=f"did you mean `{close}`?" if close else None,
            )
        )
    return program.inference[names.index(name)]
