"""G076x to G079x: models as torch modules; minibatches; random functions; linear networks."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS = (
    CatalogueRow(
        "G0765",
        Severity.ERROR,
        "a dimension that cannot be read in minibatches",
        """\
Some members stand for all where the log density is a sum with a term for each of them. A statement
that reads other members than its own (a sum, a step before, an entry that an index names) needs
them all. What is computed of data alone is computed beforehand, of all the data, and may.

Wrong, with `minibatch = "row"`:
    y[row] ~ Normal(mu, sigma)
    factor -0.5 * sum[row](square(y - mu))
Right:
    y[row] ~ Normal(mu, sigma)
    factor -0.5 * square(y - mu)
""",
    ),
    CatalogueRow(
        "G0766",
        Severity.ERROR,
        "a minibatch of what is not there",
        """\
`minibatch` and `sizes` name dimensions of the model, and a minibatch has at least one member:
`model.as_module(data, minibatch={"row": 256})`, `model.source("pyro", minibatch="row")`. Programs
for Pyro read dimensions in minibatches; those for NumPyro are for inference on all the data. In
`module.minibatch` the number of members may be changed, not which dimensions there are.
""",
    ),
    CatalogueRow(
        "G0767",
        Severity.ERROR,
        "a quantity that cannot be a parameter",
        """\
A parameter of a module is a latent quantity of reals that is one point in place of a random site.
What follows from others, discrete quantities, series that run along a dimension, and quantities
whose bounds move with others can't be one, nor what varies along a dimension that is read in
minibatches: infer those with a guide.
""",
    ),
    CatalogueRow(
        "G0768",
        Severity.ERROR,
        "data that a module's call lacks or does not know",
        """\
A module is called with data by name, in place of its own: `module(y=batch)`. Data that it was not
made with must be given at each call, and the size of a dimension that is read in minibatches must
be known: `model.as_module(data)`, or `model.as_module(sizes={"row": 100000}, minibatch="row")`.
""",
    ),
    CatalogueRow(
        "G0769",
        Severity.ERROR,
        "tensors that do not fit a module",
        """\
Data given at a call are numbers of the declared kind: positions from 0 for categories, none beyond
the members that there are, and bools for truth values. They have the axes of their declaration, in
its order, and agree with one another and with the module's own data on the size of each dimension.
Where the dimension is read in minibatches, data of another size are a minibatch themselves: then
all data along it are given. Observations may be more or fewer than the module's; a dimension that
latents alone run along keeps its size. Reals are in float32 or float64.
""",
    ),
    CatalogueRow(
        "G0770",
        Severity.ERROR,
        "minibatches of a program for Pyro, in an inference program",
        """\
`batch` estimates gradients by the program for NumPyro. Leave `backend` out; or train a torch
module, which reads minibatches itself: `model.as_module(data, minibatch={"row": 256})`.
""",
    ),
    CatalogueRow(
        "G0771",
        Severity.WARNING,
        "steps of stochastic gradients that are too long",
        """\
`sgld` and `sghmc` accept every step, and so draw from a wider distribution than the posterior, the
more so the longer the steps and the smaller the minibatches are. By how much is estimated about the
modes where chains start. Take a smaller `step` or a larger `batch`; without `step` one is chosen.
""",
    ),
    CatalogueRow(
        "G0772",
        Severity.ERROR,
        "a batch of all rows, which has no noise",
        """\
`swag` is the normal of where stochastic gradients wander. A `batch` of as many rows as there are
has no noise. Take a smaller one; `laplace()` is a normal about a mode without minibatches.
""",
    ),
    CatalogueRow(
        "G0773",
        Severity.ERROR,
        "the information of what can't be drawn",
        """\
The Fisher information is the variance of the slope over data drawn from the model. A `factor`, and
an expression that `observe` scores, have no such data. Say how the data are distributed, or take
the Hessian: `laplace()`.
""",
    ),
    CatalogueRow(
        "G0774",
        Severity.WARNING,
        "a covariance that rounding leaves without a factor",
        """\
The covariance of a random function's values has no Cholesky factor where its points are too near
each other for its length scale: rounding makes it indefinite. More than the usual 1e-10 of the
mean variance was added to its diagonal then: as little of 1e-9, 1e-8, ..., 1e-2 as gives a factor.
That is noise which the model does not have. Write the noise, a `White` kernel; take points farther
apart, or a prior that keeps the length scale off large values; or compute in float64.

Wrong:
    len ~ HalfCauchy(1)
    f ~ GP(kernel = RBF(len))
Right:
    len ~ Gamma(5, 5)
    f ~ GP(kernel = RBF(len) + White(0.01))
""",
    ),
    CatalogueRow(
        "G0775",
        Severity.ERROR,
        "several functions on a grid",
        """\
`approx = kronecker` solves one function. One function for each member of a dimension is for
`exact`; where the members are the points of one side, the function has a kernel for that side.

Wrong:
    f[region] ~ GP(kernel = RBF(1) * Matern32(2), approx = kronecker)
Right:
    f ~ GP(kernel = RBF(1) * Matern32(2), approx = kronecker)
""",
    ),
    CatalogueRow(
        "G0776",
        Severity.ERROR,
        "points that are no grid",
        """\
The two sides of a grid are along two dimensions of the left side: the function has a value at each
pair of their points. Points that are listed in a table are for `exact`, with a dimension of
coordinates.

Wrong:
    f ~ GP(kernel = RBF(1) * Matern32(2), approx = kronecker)
    y[row] ~ Normal(f(x, z), 1)                # data x[row] : real, data z[row] : real
Right:
    f ~ GP(kernel = RBF(1) * Matern32(2), approx = kronecker)
    y[row, col] ~ Normal(f(x, z), 1)           # data x[row] : real, data z[col] : real
""",
    ),
    CatalogueRow(
        "G0777",
        Severity.ERROR,
        "third derivatives of what has none",
        """\
`laplace(w, points = evidence)` follows how the curvature at the mode changes, by third derivatives.
A solver of differential equations, a function on a grid that is integrated out, and a program for
Pyro have none. Leave `points` out: then the
quantities that are not named stand at the mode. Or leave `backend` out.
""",
    ),
    CatalogueRow(
        "G0779",
        Severity.ERROR,
        "other points in the place of a fit's",
        """\
Where a random function is inferred, it is by its values at the points of the fit, or by weights of
basis functions around them. Data that replace these points when predicting would give the same
values to others. New points have a dimension of their own.

Wrong:
    f ~ GP(kernel = RBF(len))
    n[row] ~ Poisson(log_rate = f(x))          # then other x for `gendsl predict`
Right:
    f ~ GP(kernel = RBF(len))
    n[row] ~ Poisson(log_rate = f(x))
    predict g[grid] = f(z)                     # then other z for `gendsl predict`
""",
    ),
    CatalogueRow(
        "G0785",
        Severity.ERROR,
        "windows that are wider than their signal",
        """\
A convolution or a pool takes windows of what it is given. Without zeros beyond the ends, what it
slides along has at least as many members as a window; each stride and each pool before it leaves
fewer of them. Take narrower windows, or `padding = same`.

Wrong:
    net f = Conv[time](8, kernel = 5, weight ~ Normal(0, 1))   # a `time` of 3 members
      |> Dense(1, weight ~ Normal(0, 1))
Right:
    net f = Conv[time](8, kernel = 3, weight ~ Normal(0, 1))
      |> Dense(1, weight ~ Normal(0, 1))
""",
    ),
    CatalogueRow(
        "G0790",
        Severity.ERROR,
        "linear networks that are not there, or not to be used",
        """\
`laplace(networks = linear)` predicts by networks that are linear in their weights about the mode,
and `covariance = gauss_newton` is of such networks. A model without a network has none. The points
of highest evidence move the mode (`points = evidence`). `importance` weights draws by the posterior
of networks as they are written.

Wrong:
    infer main = laplace(networks = linear) >> importance()
Right:
    infer main = laplace(networks = linear, covariance = gauss_newton)
""",
    ),
    CatalogueRow(
        "G0791",
        Severity.ERROR,
        "networks that can't be taken as linear",
        """\
A network that is called in a recurrence or beside differential equations gives what the next step
starts from, and what is summed out, missing values of discrete data among it, has probabilities
given the network itself. There is no line to put in its place. Leave `networks = linear` or
`covariance = gauss_newton` out: predictions are then by the networks as they are written.
""",
    ),
    CatalogueRow(
        "G0792",
        Severity.ERROR,
        "a Gauss-Newton matrix of a program for Pyro",
        """\
`laplace(covariance = gauss_newton)` differentiates networks alone, which the program for NumPyro
tells apart. Leave `backend` out, or leave `covariance` out for the Hessian.
""",
    ),
)
