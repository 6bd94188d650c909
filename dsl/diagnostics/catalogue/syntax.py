"""G01xx: text that is not a program."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0101",
        Severity.ERROR,
        "unexpected text",
        """\
The text does not fit any statement from this point on. The message says what would have fitted.

Wrong:
    mu ~ Normal(0 5)
Right:
    mu ~ Normal(0, 5)
""",
    ),
    CatalogueRow(
        "G0102",
        Severity.ERROR,
        "a character without meaning",
        """\
Names are made of letters (of any alphabet), digits and `_`; operators are ASCII. Text copied from
a web page or a paper often brings typographic characters along.

Wrong:
    x = a − b          # a typographic minus
Right:
    x = a - b
""",
    ),
    CatalogueRow(
        "G0103",
        Severity.ERROR,
        "another language's notation",
        """\
A notation of Stan, BUGS, R or Python that is written differently here. There are no loops and no
blocks for data and parameters: statements hold for every member of the dimensions on their left.

Wrong:
    for (i in 1:N) { y[i] ~ normal(mu, sigma); }
Right:
    y[row] ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0104",
        Severity.ERROR,
        "a malformed string",
        r"""A string stands between double quotes, on one line. Its escapes are \" \\ \n \t \u00e9.

Wrong:
    alpha["C:\data"]
Right:
    alpha["C:\\data"]
""",
    ),
    CatalogueRow(
        "G0105",
        Severity.ERROR,
        "a malformed number",
        """\
Numbers are written `3`, `1_000`, `0.5`, `1e-3`: digits on both sides of a point, and a product with
its `*`.

Wrong:
    x = 2y + .5
Right:
    x = 2 * y + 0.5
""",
    ),
    CatalogueRow(
        "G0106",
        Severity.ERROR,
        "a bracket that is never closed",
        """\
A bracket is open where a statement or the file ends.

Wrong:
    mu ~ Normal(0, 1
Right:
    mu ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0107",
        Severity.ERROR,
        "a bracket that closes nothing",
        """\
A closing bracket has no opening one, or one of another kind.

Wrong:
    mu ~ Normal(x[0), 1)
Right:
    mu ~ Normal(x[0], 1)
""",
    ),
    CatalogueRow(
        "G0108",
        Severity.ERROR,
        "a chain of comparisons",
        """\
Comparisons give 0 or 1 and do not chain, except in a type, where `0 < real < 1` states two bounds.

Wrong:
    inside = 0 < x < 1
Right:
    inside = 0 < x and x < 1
""",
    ),
    CatalogueRow(
        "G0109",
        Severity.ERROR,
        "too deeply nested",
        """\
An expression holds too many others inside one another; a sum of many terms counts each of them.

Wrong:
    x = w1 * z1 + w2 * z2 + w3 * z3 + ...      # hundreds of terms
Right:
    x = sum[k](w * z)
""",
    ),
    CatalogueRow(
        "G0110",
        Severity.ERROR,
        "not a type",
        """\
A type is `real`, `int`, `bool`, the name of a dimension (an index into it), or, for latents, a
joint support such as `simplex`; a number may have bounds, and data may be missing: `real?`.

Wrong:
    data y[row] : 0 < 1
Right:
    data y[row] : 0 < real < 1
""",
    ),
    CatalogueRow(
        "G0111",
        Severity.ERROR,
        "a statement's part that is not allowed",
        """\
A statement is complete but carries something that it cannot have, twice or in a wrong form.

Wrong:
    theta[school] ~ Normal(mu, tau) as centered
Right:
    theta[school] ~ Normal(mu, tau) as centred
""",
    ),
    CatalogueRow(
        "G0112",
        Severity.ERROR,
        "brackets that mean nothing here",
        """\
`f[...](...)` reduces over dimensions, which are named between the brackets, with a range if need
be; `x[...]` indexes, and takes no range.

Wrong:
    x[time = 0..5]
Right:
    sum[k = 0..5](x[time - k])
""",
    ),
    CatalogueRow(
        "G0113",
        Severity.ERROR,
        "no distribution after `~`",
        """\
`~` says how a quantity is distributed; `=` says what it is equal to.

Wrong:
    y ~ 3
Right:
    y = 3
    y ~ Normal(3, 1)
""",
    ),
    CatalogueRow(
        "G0114",
        Severity.ERROR,
        "a keyword used as a name",
        """\
The words that start statements, and `where`, `as`, `and`, `or`, `not`, cannot be names.

Wrong:
    data ~ Normal(0, 1)
Right:
    data_mean ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0115",
        Severity.ERROR,
        "a statement in a wrong place",
        """\
Statements stand inside `model` or `submodel`; `model`, `submodel`, `def`, `import` and `infer`
stand outside of them.

Wrong:
    mu ~ Normal(0, 1)
Right:
    model m {
      mu ~ Normal(0, 1)
    }
""",
    ),
)
