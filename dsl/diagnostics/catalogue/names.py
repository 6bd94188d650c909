"""G02xx: names and dimensions."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0201",
        Severity.ERROR,
        "an unknown name",
        """\
Nothing of this name is declared, sampled or defined in this model.

Wrong:
    y[row] ~ Normal(mu, sgima)
Right:
    y[row] ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0202",
        Severity.ERROR,
        "an unknown dimension",
        """\
A dimension must be declared by `dim` before brackets, types or reductions can name it.

Wrong:
    data y[house] : real
Right:
    dim house
    data y[house] : real
""",
    ),
    CatalogueRow(
        "G0203",
        Severity.ERROR,
        "a dimension that the left side has not",
        """\
The right side of a statement may only have dimensions that its left side has. Gather by an index,
or reduce by name.

Wrong:
    y[house] ~ Normal(mu, sigma)               # sigma[county]
Right:
    y[house] ~ Normal(mu, sigma[county_of])
""",
    ),
    CatalogueRow(
        "G0204",
        Severity.ERROR,
        "a name with two meanings",
        """\
A name is declared or defined once. Several statements about one quantity must say where each
holds, along an ordered dimension.

Wrong:
    mu ~ Normal(0, 1)
    mu ~ Normal(0, 10)
Right:
    x[time = first] ~ Normal(0, 10)
    x[time]         ~ Normal(x[time - 1], 1)
""",
    ),
    CatalogueRow(
        "G0205",
        Severity.ERROR,
        "a dimension that the quantity has not",
        """\
Brackets name dimensions that the quantity in front of them has, indices into them, or labels of
them.

Wrong:
    y[house] ~ Normal(alpha[house], 1)         # alpha[county]
Right:
    y[house] ~ Normal(alpha[county_of], 1)     # data county_of[house] : county
""",
    ),
    CatalogueRow(
        "G0206",
        Severity.ERROR,
        "an unknown member",
        """\
The dimension declares its members, and this is none of them.

Wrong:
    dim pair = {slope, intercept}
    m = xi[pair = slop]
Right:
    m = xi[pair = slope]
""",
    ),
    CatalogueRow(
        "G0207",
        Severity.ERROR,
        "an index that could be meant for two dimensions",
        """\
A label, a position or an index that fits more than one dimension must say which it is for.

Wrong:
    m = x[0]                                   # x[row, col]
Right:
    m[col] = x[row = 0]
""",
    ),
    CatalogueRow(
        "G0208",
        Severity.ERROR,
        "an index that is not one",
        """\
What gathers along a dimension is declared with that dimension as its type; its labels or codes are
then checked when the data are read. A plain `int` could be off by one without anyone noticing.

Wrong:
    data county_of[house] : int
    y[house] ~ Normal(alpha[county_of], 1)
Right:
    data county_of[house] : county
""",
    ),
    CatalogueRow(
        "G0209",
        Severity.ERROR,
        "a gather along the wrong dimension",
        """\
An index points into the dimension that it is declared with; the quantity must have that dimension,
and each dimension is indexed once.

Wrong:
    y[house] ~ Normal(alpha[state_of], 1)      # alpha[county]
Right:
    y[house] ~ Normal(alpha[county_of], 1)
""",
    ),
    CatalogueRow(
        "G0210",
        Severity.ERROR,
        "a matrix product without a dimension to sum over",
        """\
`X @ beta` sums over the one dimension that both sides share and the left side of the statement
lacks.

Wrong:
    m[row] = X @ alpha                         # X[row, feature], alpha[county]
Right:
    m[row] = X @ beta                          # beta[feature]
""",
    ),
    CatalogueRow(
        "G0211",
        Severity.ERROR,
        "an unknown function",
        """\
There is no function of this name. Functions over dimensions name them in brackets.

Wrong:
    total = sum(x)
Right:
    total = sum[row](x)
""",
    ),
    CatalogueRow(
        "G0212",
        Severity.ERROR,
        "wrong arguments",
        """\
A function, submodel or `def` is called with the arguments that it declares.

Wrong:
    m = atan2(x)
Right:
    m = atan2(y, x)
""",
    ),
    CatalogueRow(
        "G0213",
        Severity.ERROR,
        "a reduction over nothing",
        """\
A reduction names dimensions that its argument has, or runs a number over a known range.

Wrong:
    total = sum[county](y)                     # y[house]
Right:
    total = sum[house](y)
    m[time] ~ Normal(sum[k = 1..3](phi[lag = k - 1] * x[time - k]), 1)
""",
    ),
    CatalogueRow(
        "G0214",
        Severity.ERROR,
        "a dimension twice on the left side",
        """\
Dimensions are told apart by their names. A square matrix takes a dimension and its twin.

Wrong:
    P[state, state] ~ Dirichlet(1)
Right:
    dim next like state
    P[state, next] ~ Dirichlet(1)
""",
    ),
    CatalogueRow(
        "G0215",
        Severity.ERROR,
        "dimensions that differ from the declaration",
        """\
Every statement about a quantity names the dimensions with which it is declared.

Wrong:
    data y[house] : real
    y[county] ~ Normal(mu, 1)
Right:
    y[house] ~ Normal(mu[county_of], 1)
""",
    ),
    CatalogueRow(
        "G0216",
        Severity.ERROR,
        "a dimension used as a number",
        """\
A dimension is not a quantity. `pos(time)` is the position along it, from 0, and `size(time)` the
number of its members.

Wrong:
    trend[time] = slope * time
Right:
    trend[time] = slope * pos(time)
""",
    ),
    CatalogueRow(
        "G0217",
        Severity.ERROR,
        "a submodel used wrongly",
        """\
A submodel stands after `~`, with as many dimensions on the left as it has (more come first), and
gives its value under its own name.

Right:
    submodel horseshoe(scale)[k] {
      tau ~ HalfCauchy(scale)
      lambda[k] ~ HalfCauchy(1)
      z[k] ~ Normal(0, 1)
      horseshoe[k] = z * lambda * tau
    }
    beta[feature] ~ horseshoe(0.1)
""",
    ),
    CatalogueRow(
        "G0218",
        Severity.ERROR,
        "a function or distribution used as a value",
        """\
Functions are called; distributions stand after `~`.

Wrong:
    m = Normal(0, 1)
Right:
    m ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G0219",
        Severity.ERROR,
        "an array literal that does not fit its place",
        """\
`[0, 3]` takes its dimension from where it stands, a nested literal as many as it is deep: those of
the left side, or those of them that nothing beside it has. It has one entry for each member.

Wrong:
    m[row, k] = [0, 3]
Right:
    let shift[k] = [0, 3]
    m[row, k] = shift
""",
    ),
    CatalogueRow(
        "G0220",
        Severity.ERROR,
        "a label where a number is needed",
        """\
Labels pick members: in brackets, or compared with an index.

Wrong:
    m[row] = if(sex == 1, "male", "female")
Right:
    m[row] = if(sex_of == "male", a, b)
""",
    ),
    CatalogueRow(
        "G0221",
        Severity.ERROR,
        "a function or submodel that reaches outside",
        """\
A `def` or `submodel` only sees its parameters and what it defines itself, so that it means the same
wherever it is used.

Wrong:
    def line(x) = alpha + beta * x
Right:
    def line(x, alpha, beta) = alpha + beta * x
""",
    ),
    CatalogueRow(
        "G0222",
        Severity.ERROR,
        "a size, bound or start that is not known",
        """\
Data are checked, dimensions sized and statements placed along them before anything is inferred:
bounds, sizes and positions on a left side are made of data, numbers and other sizes.

Wrong:
    data y[row] : real > low                   # low ~ Normal(0, 1)
Right:
    data y[row] : real
    y[row] : real > low ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0240",
        Severity.ERROR,
        "an array function over the wrong dimensions",
        """\
A function of whole arrays names the axes that it works on, and its arguments have them:
a matrix its rows and columns, a vector the rows. Whatever else they vary over is done for each
member.

Wrong:
    L[row, other] = cholesky[row](K)
    a[row] = solve[row, other](K, b)           # b[other]
Right:
    L[row, other] = cholesky[row, other](K)
    a[row] = solve[row, other](K, b[other = row])
""",
    ),
    CatalogueRow(
        "G0241",
        Severity.ERROR,
        "a matrix that may not be square",
        """\
Rows and columns of a square matrix are a dimension and its twin, which has the same size
and labels.

Wrong:
    dim row, other
    L[row, other] = cholesky[row, other](K)
Right:
    dim row
    dim other like row
    L[row, other] = cholesky[row, other](K)
""",
    ),
    CatalogueRow(
        "G0242",
        Severity.ERROR,
        "a local name of a function",
        """\
Each local name in a `def` stands for one thing, and something below uses it.

Wrong:
    def bateman(t, ka, ke) {
      let ratio = ka / (ka - ke)
      exp(-ke * t) - exp(-ka * t)
    }
Right:
    def bateman(t, ka, ke) {
      let ratio = ka / (ka - ke)
      ratio * (exp(-ke * t) - exp(-ka * t))
    }
""",
    ),
    CatalogueRow(
        "G0243",
        Severity.ERROR,
        "a spline basis and knots that do not fit",
        """\
Knots, the two ends among them, increase, and make one spline fewer than there are knots and degrees
together: five knots make seven cubic splines.

Wrong:
    dim knot = 5
    dim basis = 5
    B[row, basis] = bspline[basis](x, knots)
Right:
    dim knot = 5
    dim basis = size(knot) + 2
    B[row, basis] = bspline[basis](x, knots)
""",
    ),
)
