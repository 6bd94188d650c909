"""What an inference program asks for, after the caller's own wishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from gendsl.analysis.improper import no_start
from gendsl.api.failure import UsageError
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Source
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.frontend.parse import parse
from gendsl.ir.printer import print_inference
from gendsl.ir.program import InferenceCall, InferenceProgram, Program, SettingValue
from gendsl.resolve.inference import resolve_inference
from gendsl.resolve.inference_many import too_few_chains
from gendsl.resolve.inference_networks import networks_named
from gendsl.resolve.inference_piece import Result, Setting
from gendsl.resolve.inference_settings import setting_problem
from gendsl.resolve.inference_table import PIECES

if TYPE_CHECKING:
    from gendsl.api.pfn_trained import TrainedPfn


@dataclass(frozen=True, slots=True)
class Plan:
    """An inference program with every setting as it will run; its text is `str(plan)`.

    `networks` are the trained ones that it names.
    """

    program: InferenceProgram
    networks: Mapping[str, TrainedPfn] = field(default_factory=dict, compare=False, repr=False)

    def network(self, name: str) -> TrainedPfn:
        """A trained network that the program names.

        Raises:
            UsageError: if it is not there.
        """
        if name in self.networks:
            return self.networks[name]
        call = networks_named(self.program)[name]
        raise UsageError(
            Diagnostic(
                "G1041",
                f"`{self.program.name}` draws from the network `{name}`, which is not given",
                call.span,
                "needs the trained network",
                help=f'declare it, `pfn {name} from "{name}.pfn"`, in the place of its block; or in'
                f' Python `model.infer(data, networks={{"{name}": "{name}.pfn"}})`',
            )
        )

    @property
    def outer(self) -> InferenceCall:
        """The piece that the program begins with, or the kernel behind a transport."""
        return outer_of(self.program)

    @property
    def transport(self) -> InferenceCall | None:
        """The transport that the program begins with, if it does."""
        first = self.program.pieces[0]
        return None if first is self.outer else first

    @property
    def returns(self) -> Result:
        """What the first piece returns."""
        return PIECES[self.outer.name].returns

    def number(self, name: str, default: int = 1) -> int:
        """A count among the settings of the last outermost piece that has it."""
        value = self.settings.get(name, default)
        return int(value) if isinstance(value, int | float) else default

    @property
    def settings(self) -> dict[str, SettingValue]:
        """The settings of the outermost pieces by name; of two the later one's."""
        return {key: value for piece in self.program.pieces for key, value in piece.settings}

    def attributes(self) -> dict[str, Any]:
        """The settings that are numbers or words, as a fit records them."""
        return {k: v for k, v in self.settings.items() if isinstance(v, int | float | str)}

    def __str__(self) -> str:
        return print_inference(self.program)


def outer_of(program: InferenceProgram) -> InferenceCall:
    """The first piece of a program that is no transport."""
    pieces = program.pieces
    return next((p for p in pieces if PIECES[p.name].returns is not Result.TRANSPORT), pieces[0])


def settings_of(
    program: Program, name: str | None, wishes: Mapping[str, int | float | None]
) -> Plan:
    """Return the named inference program, or the file's first one, with the caller's wishes.

    Wishes that are not `None` take precedence over what the program says.

    Raises:
        DiagnosticError: if the inference program has errors, or nowhere to start.
        UsageError: if there is no inference program of that name, or no piece of it has a setting.
        ValueError: if a wish is out of range.
    """
    chosen = _choose(program, name)
    if chosen.problems:
        raise DiagnosticError(chosen.problems)
    # What is conditioned on needs no start: this is of the model as it is now.
    if (problem := no_start(chosen, program)) is not None:
        raise DiagnosticError((problem,))
    for key, value in wishes.items():
        if value is not None:
            chosen = _with_wish(chosen, key, value)
    few = too_few_chains(chosen.pieces)
    if few is not None:
        raise UsageError(few)
    return Plan(chosen)


def plan_of_fit(attributes: Mapping[str, Any]) -> Plan:
    """Return the program by which a fit was made, from its attributes."""
    return plan_of_text(attributes["inference_program"])


def plan_of_text(text: str) -> Plan:
    """Return the inference program of a text such as `main = nuts(draws = 100)`, without errors."""
    reporter = Reporter()
    (infer,) = parse(Source("the fit", f"infer {text}\n")).declarations
    assert isinstance(infer, ast.Infer)
    return Plan(resolve_inference(infer, reporter))


def _with_wish(program: InferenceProgram, key: str, value: int | float) -> InferenceProgram:
    """The program with a setting changed: of the last outermost piece that has it, else inside."""
    owners = [i for i, piece in enumerate(program.pieces) if _row_of(piece, key) is not None]
    pieces = list(program.pieces)
    if owners:
        pieces[owners[-1]] = _changed(pieces[owners[-1]], key, value)
    else:
        inside = [_changed_inside(piece, key, value) for piece in pieces]
        if inside == pieces:
            raise _has_no_such_setting(program, key)
        pieces = inside
    return replace(program, pieces=tuple(pieces))


def _row_of(call: InferenceCall, key: str) -> Setting | None:
    """The row of a setting that a call has."""
    rows = {s.name: s for s in PIECES[call.name].all_settings}
    return rows.get(key) if any(name == key for name, _ in call.settings) else None


def _changed(call: InferenceCall, key: str, value: int | float) -> InferenceCall:
    row = _row_of(call, key)
    assert row is not None
    problem = setting_problem(row, value)
    if problem is not None:
        raise ValueError(problem)
    settings = tuple((name, value if name == key else old) for name, old in call.settings)
    return replace(call, settings=settings)


def _changed_inside(call: InferenceCall, key: str, value: int | float) -> InferenceCall:
    """The call with a setting changed in every kernel inside that has it."""
    if _row_of(call, key) is not None:
        return _changed(call, key, value)
    parts = tuple(_changed_inside(part, key, value) for part in call.parts)
    settings = tuple(
        (
            n,
            _changed_inside(v, key, value)
            if isinstance(v, InferenceCall) and v.name in PIECES
            else v,
        )
        for n, v in call.settings
    )
    return replace(call, parts=parts, settings=settings)


def _has_no_such_setting(program: InferenceProgram, key: str) -> UsageError:
    names = [
        name
        for piece in program.pieces
        for name, value in piece.settings
        if isinstance(value, int | float) and name in _OPTIONS
    ]
    return UsageError(
        Diagnostic(
            "G0813",
            f"`{program.name} = {program.pieces[0].span.text}` has no setting `{key}`",
            help=f"it has {listed(dict.fromkeys(names))}"
            if names
            else "change its settings in the file",
        )
    )


_OPTIONS = ("chains", "warmup", "draws", "superchains", "target_accept")
"""The settings that the command line has an option for."""


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
