"""What a joint test can't be made of: programs without a kernel, data that can't be drawn anew."""

from __future__ import annotations

from gendsl.api.failure import UsageError
from gendsl.api.joint_simulator import Simulator
from gendsl.api.settings import Plan
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.source import Span
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Equation, Recurrence, Sample, SampleRole
from gendsl.ir.walk import defined_names, names_of
from gendsl.resolve.inference_piece import Result
from gendsl.resolve.inference_table import PIECES


def check_has_kernel(plan: Plan) -> None:
    """A joint test is of chains."""
    if plan.transport is not None:
        raise UsageError(
            Diagnostic(
                "G0833",
                f"`{plan.transport.name}(...)` is fitted to the data, which the test draws anew",
                plan.transport.span,
                "no transport for all data",
                help="`gendsl sbc` checks the program; `--with NAME` chooses another one",
            )
        )
    if plan.returns is Result.CHAINS and not PIECES[plan.outer.name].is_exact:
        raise UsageError(
            Diagnostic(
                "G0833",
                f"`{plan.outer.name}(...)` does not keep the posterior, which the test is of",
                plan.outer.span,
                "approximate",
                help="`gendsl sbc` shows by how much; `--with NAME` chooses another program",
            )
        )
    if plan.returns is not Result.CHAINS:
        raise UsageError(
            Diagnostic(
                "G0833",
                f"`{plan.outer.name}(...)` returns {plan.returns.value}, and has no kernel to test",
                plan.outer.span,
                "no kernel",
                help="`gendsl sbc` checks it; `--with NAME` chooses another program",
            )
        )


def check_observed(simulator: Simulator) -> None:
    """New data at each turn have to be drawn given the parameters, and after them.

    Raises:
        DiagnosticError: if there are none, or a parameter's prior depends on them.
    """
    program, reached = simulator.program, set(simulator.observed)
    if not reached:
        message = f"`{program.name}` observes nothing, so that there are no data to draw anew"
        help = "`gendsl sbc` compares the draws with those of the prior"
        raise DiagnosticError((Diagnostic("G0834", message, help=help),))
    for node in program.nodes:
        names = set(defined_names(node))
        causes = sorted((names_of(node) - names) & reached)
        if not causes:
            continue
        match node:
            case Sample(role=SampleRole.LATENT, span=span):
                raise _after_data(node.name, causes, span)
            case Recurrence(series=series, span=span) if any(
                isinstance(part.step, Sample) for part in series
            ):
                raise _after_data(series[0].name, causes, span)
            case Equation() | Recurrence() | OdeSystem():
                reached |= names
            case _:
                pass


def _after_data(name: str, causes: list[str], span: Span) -> DiagnosticError:
    return DiagnosticError(
        (
            Diagnostic(
                "G0835",
                f"the prior of `{name}` depends on `{causes[0]}`, which is observed",
                span,
                "new data can't be drawn given it alone",
                help="`gendsl sbc` checks such a model",
            ),
        )
    )
