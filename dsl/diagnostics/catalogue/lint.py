"""G05xx: warnings about programs that are valid."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0501",
        Severity.WARNING,
        "a parameter that nothing uses",
        """\
Nothing that is observed or predicted depends on this quantity, so the data say nothing of it.
""",
    ),
    CatalogueRow(
        "G0502",
        Severity.WARNING,
        "data that nothing uses",
        """\
The data are declared and must be given, and no statement refers to them.
""",
    ),
    CatalogueRow(
        "G0503",
        Severity.WARNING,
        "a parameter that may leave its range",
        """\
A scale may become negative, or a probability leave the interval from 0 to 1, for some values of
what it is made of; the density is zero there, and sampling gets stuck at the edge.

Wrong:
    sigma ~ Normal(0, 1)
    y[row] ~ Normal(mu, sigma)
Right:
    sigma ~ HalfNormal(1)
""",
    ),
    CatalogueRow(
        "G0504",
        Severity.WARNING,
        "data that may lie outside the distribution",
        """\
Values are possible that the distribution never draws; one such value makes the whole density zero.
Declare the bound and the data are checked when they are read.

Wrong:
    data y[row] : real
    y[row] ~ Gamma(2, 1)
Right:
    data y[row] : real > 0
""",
    ),
    CatalogueRow(
        "G0505",
        Severity.WARNING,
        "a hard bound",
        """\
A uniform prior, or a narrowed support, rules out everything beyond its ends. Where the ends are not
given by nature, a prior that fades is safer.

Wrong:
    sigma ~ Uniform(0, 100)
Right:
    sigma ~ HalfNormal(50)
""",
    ),
    CatalogueRow(
        "G0506",
        Severity.WARNING,
        "an improper posterior",
        """\
A flat prior on a quantity that no observation depends on: its posterior is not a distribution.
""",
    ),
    CatalogueRow(
        "G0507",
        Severity.WARNING,
        "nothing is observed",
        """\
The model conditions on nothing, so the posterior is the prior.
""",
    ),
    CatalogueRow(
        "G0508",
        Severity.WARNING,
        "a Jacobian may be missing",
        """\
`observe expr ~ D(...)` adds the density of D at the value and no Jacobian. Where the statement is
meant as the prior of a curved function of latents, the log of the absolute derivative is due. A
factor of the same latents is taken to be that.

Right:
    observe log(sigma) ~ Normal(0, 1)
    factor -log(sigma)                         # |d log(sigma) / d sigma| = 1 / sigma
""",
    ),
    CatalogueRow(
        "G0509",
        Severity.WARNING,
        "an impossible prior",
        """\
The declared support and the distribution have nothing in common.
""",
    ),
    CatalogueRow(
        "G0510",
        Severity.WARNING,
        "mass where the data can't be",
        """\
The data are declared within bounds, the distribution is not. Truncate it where the bound is part of
how the data arose; drop the bound where it is not.

Right:
    data y[row] : real > 0
    y[row] : real > 0 ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0511",
        Severity.WARNING,
        "an unused dimension",
        """\
The dimension is declared and nothing has it.
""",
    ),
    CatalogueRow(
        "G0512",
        Severity.WARNING,
        "a squared scale",
        """\
The scale of a distribution is its standard deviation, not its variance (nor its precision).

Wrong:
    y[row] ~ Normal(mu, sigma^2)
Right:
    y[row] ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0513",
        Severity.WARNING,
        "a limit of censoring that is a flag",
        """\
The limits of `Censored` are values on the scale of the data: a value at a limit is known to lie
beyond it. A flag for what was seen chooses between the value itself and no limit.

Wrong:
    time[patient] ~ Censored(Weibull(shape, scale), upper = event)
Right:
    time[patient] ~ Censored(Weibull(shape, scale), upper = if(event, inf, time))
""",
    ),
    CatalogueRow(
        "G0514",
        Severity.WARNING,
        "data scored twice",
        """\
Two statements `y ~ ...` score the same entries, so that their likelihood counts twice. Several
statements about the same data are for different entries, each with its own `where`. Where only the
data say which entries these are, those that both score are counted when the data are read. A
product of densities that is meant is written by `observe`.

Wrong:
    y[row] ~ Normal(mu, 1) where is_first
    y[row] ~ Normal(mu, 2)
Right:
    y[row] ~ Normal(mu, 1) where is_first
    y[row] ~ Normal(mu, 2) where not is_first
Right:
    y[row] ~ Normal(mu, 1)
    observe y ~ Normal(nu, 2)
""",
    ),
)
