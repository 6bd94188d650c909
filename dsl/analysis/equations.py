"""Errors about differential equations that only the whole program shows."""

from __future__ import annotations

from gendsl.analysis.dependence import depends_on_latents
from gendsl.diagnostics.diagnostic import Diagnostic
from gendsl.diagnostics.reporter import Reporter
from gendsl.ir.ode import Adjoint, OdeSystem
from gendsl.ir.program import Program
from gendsl.ir.walk import names_in


def check_odes(program: Program, reporter: Reporter) -> None:
    """Report jumps at times that are inferred: the integrator's stops have no derivative."""
    uncertain = depends_on_latents(program)
    seen: set[tuple[str, object]] = set()
    for node in program.nodes:
        if not isinstance(node, OdeSystem):
            continue
        if node.solver.adjoint is Adjoint.BACKSOLVE:
            for time in (node.start_time, *node.times):
                latent = sorted(names_in(time) & uncertain)
                if latent:
                    reporter.report(
                        Diagnostic(
                            "G0424",
                            f"`backsolve` has no slope by a time, and this depends on"
                            f" `{latent[0]}`, which is inferred",
                            time.span or node.span,
                            "must be data",
                            help="use the default, `adjoint = automatic`",
                        )
                    )
        for jump in node.jumps:
            inferred = sorted(names_in(jump.times) & uncertain)
            if not inferred or (jump.state, jump.span) in seen:
                continue
            seen.add((jump.state, jump.span))
            reporter.report(
                Diagnostic(
                    "G0425",
                    f"the times at which `{jump.state}` jumps depend on `{inferred[0]}`, which is"
                    " inferred",
                    jump.times.span or jump.span,
                    "must be data",
                    help="what is added may be inferred; for a delay let the amount pass through a"
                    " state of its own: `d/dt(waiting) = -rate * waiting`",
                )
            )
