"""The networks that inference programs name: settings whose value is a `pfn` of the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.program import InferenceCall, InferenceProgram
from gendsl.resolve.inference_piece import Kind
from gendsl.resolve.inference_table import PIECES


def networks_named(inference: InferenceProgram) -> Mapping[str, InferenceCall]:
    """The networks that a program names, each with the piece that does; these are outermost."""
    return {
        str(value): call
        for call in inference.pieces
        for setting in PIECES[call.name].all_settings
        if setting.kind is Kind.NETWORK
        and (value := dict(call.settings).get(setting.name)) is not None
    }


def unknown_networks(inference: InferenceProgram, known: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Say which networks a program names that the file does not have."""
    for name, call in networks_named(inference).items():
        if name in known:
            continue
        close = nearest(name, known)
        has = f"it has {listed(known)}" if known else None
        yield Diagnostic(
            "G1040",
            f"no `pfn` of this file is called `{name}`",
            call.span,
            "names a network",
            help=(f"did you mean `{close}`?" if close else has)
            or f'write `pfn {name} from "{name}.pfn"` beside the model',
        )
