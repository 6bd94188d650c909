"""Codes of differential equations."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G0421",
        Severity.ERROR,
        "an incomplete state",
        """\
A state of differential equations has a derivative and a start, both in the same block.

Wrong:
    ode decay {
      d/dt(x) = -k * x
    }
Right:
    ode decay {
      d/dt(x) = -k * x
      x(0) = x0
    }
""",
    ),
    CatalogueRow(
        "G0422",
        Severity.ERROR,
        "equations that don't share their time",
        """\
The equations of a block are solved together: their states are functions of one time, and start at
one time.

Wrong:
    prey(0) = 30
    predator(1) = 4
Right:
    prey(0) = 30
    predator(0) = 4
""",
    ),
    CatalogueRow(
        "G0423",
        Severity.ERROR,
        "a state without a time",
        """\
Outside of its equations a state is a function of time: it has a value once it is said at which
times. Inside them its name alone is its value at the present time, and no other is known.

Wrong:
    y[time] ~ Normal(x, sigma)
Right:
    y[time] ~ Normal(x(ts), sigma)             # data ts[time] : real
""",
    ),
    CatalogueRow(
        "G0424",
        Severity.ERROR,
        "a solver's setting does not exist, or is out of range",
        """\
There are the solvers `nonstiff` and `stiff`, with the settings `rtol`, `atol`, `max_steps` and
`adjoint` (`automatic`, `forward`, `checkpointed`, `direct` or `backsolve`).

Right:
    solver = stiff(rtol = 1e-8, atol = 1e-10, max_steps = 100_000)
""",
    ),
    CatalogueRow(
        "G0425",
        Severity.ERROR,
        "a jump that can't be made",
        """\
A jump adds to a state at times that the data give, one jump for each member of one dimension. What
is added may be inferred, the times may not: the integrator stops at them. `backsolve` can't go back
over a jump.

Wrong:
    depot(time_of + lag) += amount             # lag ~ Exponential(1)
Right:
    depot[subject_of](time_of) += bioavailability * amount
""",
    ),
)
