"""Codes of kernels and random functions."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G0458",
        Severity.ERROR,
        "several functions by nearest neighbours",
        """\
`approx = vecchia(neighbours)` solves one function. One function for each member of a dimension is
for `exact`, `hilbert` or `inducing`.

Wrong:
    f[region] ~ GP(kernel = Matern32(len), approx = vecchia)
Right:
    f[region] ~ GP(kernel = Matern32(len), approx = inducing(m = 128))
""",
    ),
    CatalogueRow(
        "G0459",
        Severity.ERROR,
        "a kernel on a grid that is no product of two",
        """\
`approx = kronecker` has a kernel for each side of the grid: `k1 * k2`, the first for the first
argument of `f(x, z)`, the second for the second. Numbers and `Constant` may stand beside them. What
is more than one kernel, but belongs to one side, has a name. A sum of products is for `exact`, with
the points in a table.

Wrong:
    f ~ GP(kernel = RBF(1) + Matern32(2), approx = kronecker)
Right:
    f ~ GP(kernel = RBF(1) * Matern32(2), approx = kronecker)
""",
    ),
    CatalogueRow(
        "G0460",
        Severity.ERROR,
        "a call of a function on a grid",
        """\
A function that is solved by `approx = kronecker` is called at the points of two sides, and its
values are those at all pairs of them. Values at points one by one, derivatives and integrals are
for `exact`.

Wrong:
    y[row, col] ~ Normal(f(x), 1)
Right:
    y[row, col] ~ Normal(f(x, z), 1)
""",
    ),
    CatalogueRow(
        "G0461",
        Severity.ERROR,
        "an unknown kernel",
        """\
A kernel is a row of the table of kernels, or has a name by a `kernel` statement.

Wrong:
    kernel k = RFB(len)
Right:
    kernel k = RBF(len)
""",
    ),
    CatalogueRow(
        "G0462",
        Severity.ERROR,
        "a kernel, or a random function, as a number",
        """\
A kernel says how a function's values at two points vary together; it has no value of its own. A
random function has values once it is called at points.

Wrong:
    f ~ GP(kernel = RBF(len))
    y[row] ~ Normal(f, sigma)
Right:
    f ~ GP(kernel = RBF(len))
    y[row] ~ Normal(f(x), sigma)               # data x[row] : real
""",
    ),
    CatalogueRow(
        "G0463",
        Severity.ERROR,
        "a parameter of a kernel",
        """\
A kernel's parameters are given by position or by name, each once, and those without a default have
to be given. Lengths and scales are positive.

Wrong:
    kernel k = Periodic(1)
Right:
    kernel k = Periodic(period = 1, len = 0.7)
""",
    ),
    CatalogueRow(
        "G0464",
        Severity.ERROR,
        "a kernel with dimensions of its own",
        """\
A kernel is one number for two points. Its lengths may vary over the coordinates of a point, and all
of its parameters over the members for each of which there is a function.

Wrong:
    len[region] ~ Gamma(5, 1)
    f ~ GP(kernel = RBF(len))
    y[row] ~ Normal(f(x), sigma)
Right:
    len[region] ~ Gamma(5, 1)
    f[region] ~ GP(kernel = RBF(len))
    y[row] ~ Normal(f[region_of](x), sigma)
""",
    ),
    CatalogueRow(
        "G0465",
        Severity.ERROR,
        "points of a random function",
        """\
A random function is called at points along one dimension of the left side. Another dimension, which
the left side lacks, has the coordinates of a point, the same ones wherever it is called.

Wrong:
    y[row] ~ Normal(f(grid_x), sigma)          # data grid_x[grid] : real
Right:
    y[row] ~ Normal(f(x), sigma)               # data x[row] : real
    predict g[grid] = f(grid_x)
""",
    ),
    CatalogueRow(
        "G0466",
        Severity.ERROR,
        "a random function that is never called",
        """\
A random function enters a model by its values: where nothing calls it, it has no part in it.

Wrong:
    f ~ GP(kernel = RBF(len))
    y[row] ~ Normal(0, sigma)
Right:
    f ~ GP(kernel = RBF(len))
    y[row] ~ Normal(f(x), sigma)
""",
    ),
    CatalogueRow(
        "G0467",
        Severity.ERROR,
        "a statement of a random function",
        """\
`f ~ GP(mean = 0, kernel = k)` states a Gaussian process. Its arguments have names; the kernel has
to be given. `approx = exact(collapse = false)` infers its values where they would be integrated
out.

Wrong:
    f ~ GP(0, RBF(len))
Right:
    f ~ GP(mean = 0, kernel = RBF(len))
""",
    ),
    CatalogueRow(
        "G0468",
        Severity.ERROR,
        "what kernels are made of",
        """\
A kernel is a sum or a product of kernels, or a positive number times one: other formulas need not
be covariances. A random constant is the kernel `Constant(scale)`.

Wrong:
    kernel k = RBF(len) + 1
Right:
    kernel k = RBF(len) + Constant(1)
""",
    ),
    CatalogueRow(
        "G0469",
        Severity.ERROR,
        "a kernel of points on a line",
        """\
Some kernels are of numbers: Brownian motion, a change at a point. Where points have several
coordinates such a kernel is given one of them, in brackets.

Wrong:
    f ~ GP(kernel = Wiener(1))
    y[row] ~ Normal(f(X), sigma)               # data X[row, col] : real
Right:
    f ~ GP(kernel = Wiener(1)[col = 0])
    y[row] ~ Normal(f(X), sigma)
""",
    ),
    CatalogueRow(
        "G0470",
        Severity.ERROR,
        "kernels added over a dimension",
        """\
`sum[q](k)` adds one kernel for each member of `q`, a dimension of parameters or of the coordinates
of a point; `SpectralMixture` is such a sum, and names its dimension too. Something of the kernel
varies over it, and the points do not stand along it.

Wrong:
    f ~ GP(kernel = SpectralMixture(weight, frequency, scale))
Right:
    f ~ GP(kernel = SpectralMixture[q](weight, frequency, scale))
""",
    ),
    CatalogueRow(
        "G0471",
        Severity.ERROR,
        "a kernel called in the formula of another",
        """\
In the formula of a kernel one with a name is called at two points, which may be computed from those
of the formula.

Wrong:
    kernel base = RBF(1)
    kernel k(x, y) = base(log(x) - log(y))
Right:
    kernel base = RBF(1)
    kernel k(x, y) = base(log(x), log(y))
""",
    ),
    CatalogueRow(
        "G0472",
        Severity.ERROR,
        "functions that vary together",
        """\
A kernel with `Coregion(B)` makes the functions for the members of a dimension vary together; B is
their covariance, a square matrix. Each point is one of one of them: a long table, with an index.

Wrong:
    f[output] ~ GP(kernel = RBF(len) * Coregion(B))
    y[row] ~ Normal(f(x), sigma)
Right:
    f[output] ~ GP(kernel = RBF(len) * Coregion(B))
    y[row] ~ Normal(f[output_of](x), sigma)     # data output_of[row] : output
""",
    ),
    CatalogueRow(
        "G0473",
        Severity.ERROR,
        "the derivative or the integral of a random function",
        """\
`derivative[f](x)` is the slope of a random function at points on a line, `integral[f](a, b)` what
is under it from a to b.

Wrong:
    predict area = integral[f](10)
Right:
    predict area = integral[f](0, 10)
""",
    ),
    CatalogueRow(
        "G0474",
        Severity.ERROR,
        "a function without a slope, or an integral in closed form",
        """\
Functions with the kernel `Matern12` have no slope, those with `White` neither. Integrals are in
closed form for some kernels and their sums only.

Wrong:
    f ~ GP(kernel = Matern12(len))
    predict slope[grid] = derivative[f](grid_x)
Right:
    f ~ GP(kernel = Matern32(len))
    predict slope[grid] = derivative[f](grid_x)
""",
    ),
    CatalogueRow(
        "G0486",
        Severity.ERROR,
        "a kernel that is not Markovian, for the state-space solver",
        """\
`approx = state_space` goes from point to point by a few states, which the functions of most
kernels lack: a smooth one, of `RBF`, has infinitely many. Markovian are the Matérn kernels,
`Wiener`, `Constant`, `Cosine` and `White`, numbers times them, their sums and products.

Wrong:
    f ~ GP(kernel = RBF(len), approx = state_space)
Right:
    f ~ GP(kernel = Matern52(len), approx = state_space)
""",
    ),
    CatalogueRow(
        "G0487",
        Severity.ERROR,
        "a function that is no chain of states",
        """\
`approx = state_space` solves one function on a line: its points are numbers, and go from the
smallest to the largest. Points of several coordinates, and one function for each member of a
dimension, are for `approx = exact`.

Wrong:
    data X[row, col] : real
    f ~ GP(kernel = Matern32(len), approx = state_space)
    y[row] ~ Normal(f(X), sigma)
Right:
    data X[row, col] : real
    f ~ GP(kernel = Matern32(len))
    y[row] ~ Normal(f(X), sigma)
""",
    ),
    CatalogueRow(
        "G0492",
        Severity.ERROR,
        "a kernel without the basis that a solver needs",
        """\
`approx = hilbert(...)` weighs waves by the kernel's spectral density. It knows that of `RBF`,
`Matern12`, `Matern32` and `Matern52`, of sums of them and of their multiples; `Periodic`,
`Constant` and `Linear` are series of their own. A product has none of these. Noise at each point,
`White`, is the likelihood's.

Wrong:
    kernel k = RBF(len) * Periodic(period = 1, len = 0.7)
    f ~ GP(kernel = k, approx = hilbert(m = 40, L = 1.5))
Right:
    kernel k = RBF(len) + Periodic(period = 1, len = 0.7)
    f ~ GP(kernel = k, approx = hilbert(m = 40, L = 1.5))
""",
    ),
)
