"""G03xx: types, supports and distributions."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0301",
        Severity.ERROR,
        "an unknown distribution",
        """\
No distribution and no submodel has this name. Names are written as in the list: `Normal`,
`StudentT`, `HalfCauchy`, `NegativeBinomial`, ...

Wrong:
    mu ~ normal(0, 1)
Right:
    mu ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0302",
        Severity.ERROR,
        "wrong parameters of a distribution",
        """\
A distribution is given the parameters of one of its forms, by position or by name.

Wrong:
    y[row] ~ Poisson(log_mean = eta)
Right:
    y[row] ~ Poisson(log_rate = eta)
""",
    ),
    CatalogueRow(
        "G0303",
        Severity.ERROR,
        "a value of the wrong kind",
        """\
Indices are not numbers, labels are not numbers, and sizes are whole numbers.

Wrong:
    m[row] = 2 * county_of                     # data county_of[row] : county
Right:
    m[row] = 2 * alpha[county_of]
""",
    ),
    CatalogueRow(
        "G0304",
        Severity.ERROR,
        "a truncation that can't be normalised",
        """\
A narrowed support divides by the mass that is left, which needs a distribution function.

Wrong:
    x : real > 0 ~ SkewNormal(0, 1, 4)
Right:
    x : real > 0 ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0305",
        Severity.ERROR,
        "a support that the distribution does not have",
        """\
The declared support must be the distribution's own or a part of it.

Wrong:
    n : int ~ Normal(0, 1)
Right:
    n : int > 0 ~ Poisson(3)
""",
    ),
    CatalogueRow(
        "G0306",
        Severity.ERROR,
        "a restriction that can't be normalised",
        """\
On an ordered or otherwise joint support the constant that normalises the density depends on these
parameters, which are inferred, and it has no closed form; leaving it out would be silently wrong.

Wrong:
    c[k] : ordered ~ Normal(mu, 1)             # mu[k] is inferred
Right:
    c[k] : ordered ~ Normal(0, 5)
""",
    ),
    CatalogueRow(
        "G0307",
        Severity.ERROR,
        "categories without a dimension",
        """\
The probabilities of categories have exactly one dimension that the left side lacks.

Wrong:
    z[row] : k ~ Categorical(p)                # p[row]
Right:
    z[row] : k ~ Categorical(w)                # w[k]
""",
    ),
    CatalogueRow(
        "G0308",
        Severity.ERROR,
        "a number outside a parameter's range",
        """\
This number can never be the parameter, or not beside the others: `Uniform(2, -2)`.

Wrong:
    mu ~ Normal(0, -1)
Right:
    mu ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0309",
        Severity.ERROR,
        "a vector or matrix without its dimensions",
        """\
The last dimensions of the left side are those of one draw: one for a vector, two of the same size
for a matrix.

Wrong:
    w ~ Dirichlet(1)
Right:
    w[k] ~ Dirichlet(1)
""",
    ),
    CatalogueRow(
        "G0310",
        Severity.ERROR,
        "categories that are not members of a dimension",
        """\
Data that are categories are declared with their dimension as type, so that their labels or codes
are checked and no code is off by one.

Wrong:
    data y[row] : int
    y[row] ~ Categorical(p)
Right:
    data y[row] : species
""",
    ),
    CatalogueRow(
        "G0311",
        Severity.ERROR,
        "real data for a distribution of whole numbers",
        """\
Counts are declared `int`.

Wrong:
    data y[row] : real
    y[row] ~ Poisson(rate)
Right:
    data y[row] : int >= 0
""",
    ),
    CatalogueRow(
        "G0312",
        Severity.ERROR,
        "the wrong kind of matrix",
        """\
`cholesky` takes a lower-triangular factor whose rows are the dimension of one draw;
`covariance` and `precision` take whole matrices, which are symmetric.

Wrong:
    L[other, coef] ~ LKJCholesky(2)
    b[group, coef] ~ MultiNormal(mu, cholesky = tau * L)
Right:
    L[coef, other] ~ LKJCholesky(2)
    b[group, coef] ~ MultiNormal(mu, cholesky = tau * L)
""",
    ),
    CatalogueRow(
        "G0313",
        Severity.ERROR,
        "probabilities that do not add up to 1",
        """\
The probabilities of categories, and the weights of a mixture, add up to 1 along the categories. A
simplex adds up to 1 along its last dimension alone, so of a transition matrix the other dimension
is indexed.

Wrong:
    P[state, next] ~ Dirichlet(1)
    z[time] ~ Categorical(P[next = z[time - 1]])
Right:
    P[state, next] ~ Dirichlet(1)
    z[time] ~ Categorical(P[state = z[time - 1]])
""",
    ),
)
