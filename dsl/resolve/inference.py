"""`infer NAME = ...`: the pieces of inference programs and their settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.program import InferenceCall, InferenceProgram
from gendsl.resolve.failure import Unresolved, attempt_each


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: its default, the smallest and largest value, what it does."""

    name: str
    default: int | float
    lower: float
    upper: float
    help: str

    @property
    def is_int(self) -> bool:
        """Whether it counts something."""
        return isinstance(self.default, int)


@dataclass(frozen=True, slots=True)
class PieceRow:
    """A piece of an inference program."""

    name: str
    settings: tuple[Setting, ...]
    help: str


MANY = 1e9

PIECES: Mapping[str, PieceRow] = MappingProxyType(
    {
        "nuts": PieceRow(
            "nuts",
            (
                Setting("chains", 4, 1, 4096, "independent chains"),
                Setting("warmup", 1000, 0, MANY, "transitions that adapt, not kept"),
                Setting("draws", 1000, 1, MANY, "transitions kept, of each chain"),
                Setting(
                    "target_accept",
                    0.8,
                    0.05,
                    0.999,
                    "aim of the step size: more is slower and safer",
                ),
                Setting("max_depth", 10, 1, 15, "a trajectory has at most 2^max_depth steps"),
            ),
            "the no-U-turn sampler, adapted in windows",
        )
    }
)
"""The pieces by name."""


FOREIGN_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "num_chains": "chains",
        "n_chains": "chains",
        "cores": "chains",
        "num_warmup": "warmup",
        "n_warmup": "warmup",
        "iter_warmup": "warmup",
        "tune": "warmup",
        "burnin": "warmup",
        "num_samples": "draws",
        "n_samples": "draws",
        "samples": "draws",
        "iter": "draws",
        "iter_sampling": "draws",
        "adapt_delta": "target_accept",
        "target_accept_prob": "target_accept",
        "max_treedepth": "max_depth",
        "max_tree_depth": "max_depth",
    }
)
"""What other tools call a setting; read for help only."""


def resolve_inference(infer: ast.Infer, reporter: Reporter) -> InferenceProgram:
    """The typed form of an `infer` statement."""
    return InferenceProgram(infer.name, (_piece(infer.program, reporter),), infer.span)


def default_inference(span: Span) -> InferenceProgram:
    """What runs where a file has no `infer`: `nuts()`."""
    return InferenceProgram("main", (_with_defaults(PIECES["nuts"], {}, span),), span)


def _piece(program: ast.Expr, reporter: Reporter) -> InferenceCall:
    match program:
        case ast.Call(function, arguments, span):
            row = PIECES.get(function.id)
            if row is None:
                close = nearest(function.id, tuple(PIECES))
                raise _fail(
                    reporter,
                    "G0407",
                    f"no inference program is called `{function.id}`",
                    function.span,
                    "unknown program",
                    (
                        f"did you mean `{close}`?"
                        if close
                        else f"there is {', '.join(f'`{p}(...)`' for p in PIECES)}"
                    ),
                )
            given: dict[str, int | float] = {}
            for name, value in attempt_each(lambda a: _setting(row, a, reporter), arguments):
                if name in given:
                    again = [a for a in arguments if a.name == name][1]
                    raise _fail(
                        reporter,
                        "G0408",
                        f"`{name}` is set twice",
                        again.span,
                        "the second time",
                        "set it once",
                    )
                given[name] = value
            return _with_defaults(row, given, span)
        case ast.Binary(">>", _, _, span):
            raise _fail(
                reporter,
                "G0407",
                "there is nothing yet that `>>` could join",
                span,
                "two programs",
                "run one: `infer main = nuts(chains = 4)`",
            )
        case _:
            is_known = isinstance(program, ast.Name) and program.id in PIECES
            raise _fail(
                reporter,
                "G0407",
                "an inference program is a call",
                program.span,
                "not a call",
                f"write `{program.span.text}()`"
                if is_known
                else "write `infer main = nuts(chains = 4)`",
            )


def _setting(row: PieceRow, argument: ast.Argument, reporter: Reporter) -> tuple[str, int | float]:
    settings = {s.name: s for s in row.settings}
    if argument.name is None:
        raise _fail(
            reporter,
            "G0408",
            f"the settings of `{row.name}` are named",
            argument.span,
            "no name",
            f"write `{row.name}({row.settings[0].name} = {argument.span.text})`",
        )
    setting = settings.get(argument.name)
    if setting is None:
        close = FOREIGN_SETTINGS.get(argument.name) or nearest(argument.name, tuple(settings))
        raise _fail(
            reporter,
            "G0408",
            f"`{row.name}` has no setting `{argument.name}`",
            argument.span,
            "unknown setting",
            f"did you mean `{close}`?"
            if close
            else f"there are {', '.join(f'`{s}`' for s in settings)}",
        )
    written = argument.value
    if isinstance(written, ast.Unary) and isinstance(written.operand, ast.Number):
        written = ast.Number(-written.operand.value, written.span)
    if not isinstance(written, ast.Number):
        raise _fail(
            reporter,
            "G0408",
            f"`{setting.name}` must be a number",
            argument.value.span,
            "not a number",
            f"such as `{setting.name} = {setting.default:g}`",
        )
    value = written.value
    problem = setting_problem(setting, value)
    if problem is not None:
        raise _fail(
            reporter,
            "G0408",
            problem,
            argument.value.span,
            "out of range",
            f"`{setting.name}`: {setting.help}; usually {setting.default:g}",
        )
    return setting.name, value


def setting_problem(setting: Setting, value: int | float) -> str | None:
    """What is wrong with a value of a setting, if anything."""
    if setting.is_int and not isinstance(value, int):
        return f"`{setting.name}` must be a whole number, not {value}"
    if not setting.lower <= value <= setting.upper:
        return (
            f"`{setting.name}` must be between {setting.lower:g} and {setting.upper:g}, not {value}"
        )
    return None


def _with_defaults(row: PieceRow, given: dict[str, int | float], span: Span) -> InferenceCall:
    return InferenceCall(
        row.name, tuple((s.name, given.get(s.name, s.default)) for s in row.settings), span
    )


def _fail(
    reporter: Reporter, code: str, message: str, span: Span, label: str, help: str | None
) -> Unresolved:
    reporter.report(Diagnostic(code, message, span, label, (), (), help))
    return Unresolved()
