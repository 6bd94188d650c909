"""G04xx: cycles, recurrences, models and inference programs."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0401",
        Severity.ERROR,
        "no model",
        """\
The file has no model.

Right:
    model coin {
      data heads : int >= 0
      p ~ Beta(1, 1)
      heads ~ Binomial(10, p)
    }
""",
    ),
    CatalogueRow(
        "G0402",
        Severity.ERROR,
        "which model?",
        """\
The file has several models, or none of the name that was asked for; say which with `--model`.
""",
    ),
    CatalogueRow(
        "G0403",
        Severity.ERROR,
        "a definition in terms of itself",
        """\
A quantity can't depend on its own value, directly or through others. A dependence on the past runs
along an ordered dimension.

Wrong:
    a = b + 1
    b = a - 1
Right:
    x[time = first] = 0
    x[time]         = x[time - 1] + 1
""",
    ),
    CatalogueRow(
        "G0404",
        Severity.ERROR,
        "a shift without a start",
        """\
`x[time - 1]` does not exist at the first position: say what the quantity is there.

Wrong:
    x[time] ~ Normal(x[time - 1], 1)
Right:
    x[time = first] ~ Normal(0, 10)
    x[time]         ~ Normal(x[time - 1], 1)
""",
    ),
    CatalogueRow(
        "G0405",
        Severity.ERROR,
        "a shift along a dimension without order",
        """\
Only the members of an ordered dimension follow one another.

Wrong:
    dim time
Right:
    dim time : ordered
""",
    ),
    CatalogueRow(
        "G0406",
        Severity.ERROR,
        "a discrete latent of several numbers",
        """\
Discrete latents are summed out, state by state; a draw of several whole numbers together has too
many of them. Use a distribution in which it is already summed out.

Wrong:
    n[k] ~ Multinomial(10, w)
    y[k] ~ Binomial(n, p)
Right:
    y[k] ~ Binomial(10, w * p)
""",
    ),
    CatalogueRow(
        "G0407",
        Severity.ERROR,
        "an unknown inference program",
        """\
An inference program is a piece, or several with `>>` between them; docs/inference.md lists them.

Right:
    infer main = nuts(chains = 4, warmup = 1000, draws = 1000)
    infer both = cycle(nuts(mu), slice(tau))
""",
    ),
    CatalogueRow(
        "G0408",
        Severity.ERROR,
        "wrong settings of an inference program",
        """\
Settings are named, and each has a range: chains from 1, draws from 1, `target_accept` below 1.

Wrong:
    infer main = nuts(4)
Right:
    infer main = nuts(chains = 4, target_accept = 0.95)
""",
    ),
    CatalogueRow(
        "G0410",
        Severity.ERROR,
        "a submodel that can't be written out",
        """\
A submodel is written out where it is used, so it can't contain itself, nor grow beyond all bounds
by submodels inside submodels.
""",
    ),
    CatalogueRow(
        "G0411",
        Severity.ERROR,
        "an import that fails",
        """\
The path is relative to the folder of the file that imports it; imports may not run in a circle.

Right:
    import "library.gen"
""",
    ),
    CatalogueRow(
        "G0412",
        Severity.ERROR,
        "a start that leaves a gap",
        """\
The starts of a recurrence cover the first positions once each, as many as it looks back.

Wrong:
    x[time = first] = 0
    x[time]         = x[time - 1] + x[time - 2]
Right:
    x[time < 2] = 0
    x[time]     = x[time - 1] + x[time - 2]
""",
    ),
    CatalogueRow(
        "G0413",
        Severity.ERROR,
        "a function that can't be written out",
        """\
A `def` is a formula, written out where it is called: it can't call itself, and it can't grow beyond
all bounds by calls inside calls. What depends on its own past is a recurrence along an ordered
dimension.
""",
    ),
    CatalogueRow(
        "G0414",
        Severity.ERROR,
        "a parameterisation that the site has not",
        """\
Only latent sites have one, and only a location and a scale over the whole line can be taken out.

Right:
    theta[school] ~ Normal(mu, tau) as non_centred
""",
    ),
    CatalogueRow(
        "G0415",
        Severity.ERROR,
        "inference that depends on a prediction",
        """\
What `predict` defines never conditions, so nothing that is inferred or observed may refer to it.

Wrong:
    predict shift ~ Normal(mu, 1)
    y[row] ~ Normal(shift, 1)
Right:
    shift ~ Normal(mu, 1)
    y[row] ~ Normal(shift, 1)
""",
    ),
    CatalogueRow(
        "G0417",
        Severity.ERROR,
        "`where` on a latent",
        """\
`where` says for which rows an observation holds. A latent quantity exists everywhere.

Right:
    y[row] ~ Normal(mu, 1) where is_asked
""",
    ),
    CatalogueRow(
        "G0418",
        Severity.ERROR,
        "a discrete latent without bounds",
        """\
Discrete latents are summed out, so their values must be finitely many, with bounds that are numbers
or data. A declared type cuts off what lies beyond; choose it so wide that hardly anything does.

Wrong:
    N[site] ~ Poisson(rate)
    y[site] ~ Binomial(N, p)
Right:
    N[site] : 0 <= int <= 200 ~ Poisson(rate)
    y[site] ~ Binomial(N, p)

Bounds that move with another latent stand in the distribution, beside declared ones that do not:
    s1 ~ DiscreteUniform(1, n)
    s2 : 1 <= int <= n ~ DiscreteUniform(s1, n)
""",
    ),
    CatalogueRow(
        "G0419",
        Severity.ERROR,
        "discrete latents too entangled to sum out",
        """\
Discrete latents are summed out over tables: each statement may read one entry of a discrete
quantity, through an index too, or entries that follow one another along an ordered dimension.
Two unrelated entries, or entries of two crossing dimensions in one statement, would need a table
over all of them at once. Entries that are read together, `sum[part](z)`, have such a table: 2^13
states for 13 of two values are as many as it may have.

Wrong:
    z[row] ~ Bernoulli(0.5)
    total ~ Normal(sum[row](z), 1)             # with 1000 rows, 2^1000 states
Right:
    z[row] ~ Bernoulli(0.5)
    y[row] ~ Normal(z, 1)                      # one entry for each row

A total that nothing conditions on is a prediction, which may read every entry:
    predict total = sum[row](z)
""",
    ),
    CatalogueRow(
        "G0420",
        Severity.ERROR,
        "starts that need each other",
        """\
Starts of series that feed each other are computed position by position. Where only the data say on
which positions a start holds, it holds as a whole, and must not need what follows from it.

Wrong:
    p[time = m] = q[time - 1]
    q[time <= m] = 3 * p
Right:
    p[time <= m] = 1
    q[time <= m] = 3 * p
""",
    ),
)
