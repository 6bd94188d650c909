"""Codes of kernels and random functions."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
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
)
