"""What an inference program asks of Pyro's own engine that Pyro does not have."""

from __future__ import annotations

from collections.abc import Iterator

from gendsl.api.failure import UsageError
from gendsl.api.settings import Plan
from gendsl.backends.pyro.inference.table import LIBRARY_PIECES
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceCall, SettingValue
from gendsl.resolve.inference_table import PIECES

_WAY_OUT = "leave `engine` out: the kernels of gendsl run on the same program for Pyro"


def check_engine(plan: Plan) -> None:
    """Make sure that Pyro has every piece of a program, and every setting.

    Raises:
        UsageError: at the first that it does not have.
    """
    for piece in plan.program.pieces:
        for problem in _problems(piece):
            raise UsageError(problem)


def _problems(call: InferenceCall) -> Iterator[Diagnostic]:
    row = LIBRARY_PIECES.get(call.name)
    if row is None:
        able = (name for name in LIBRARY_PIECES if name in PIECES)
        yield Diagnostic(
            "G0760",
            f"Pyro's own engine has no `{call.name}`",
            call.span,
            "not in Pyro",
            notes=(f"it has {listed(able)}",),
            help=_WAY_OUT,
        )
        return
    if call.sites and call.name == "laplace":
        yield Diagnostic(
            "G0760",
            "Pyro's own engine has no `laplace` of some quantities",
            call.span,
            "not in Pyro",
            help=_WAY_OUT,
        )
    for name, value in call.settings:
        if value is None:
            continue
        if name not in row.settings:
            yield _not_set(call, name, value, ())
        words = row.words.get(name)
        if isinstance(value, InferenceCall):
            yield from _problems(value)
        elif words is not None and value not in words:
            yield _not_set(call, name, value, tuple(words))


def _not_set(
    call: InferenceCall, name: str, value: SettingValue, words: tuple[str, ...]
) -> Diagnostic:
    return Diagnostic(
        "G0761",
        f"Pyro's own engine has no `{name} = {value}` for `{call.name}`",
        call.span,
        "not in Pyro",
        notes=(f"of `{name}` it has {listed(words)}",) if words else (),
        help=_WAY_OUT,
    )
