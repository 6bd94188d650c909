"""Codes of matched priors."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G0493",
        Severity.ERROR,
        "a match of no network, or the second of one",
        """\
`match` names a network of the model whose prior is to be tuned, each network once.

Wrong:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(weight ~ Normal(0, 1))
    match g to GP(kernel = RBF(1)) on Uniform(-3, 3)
Right:
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
""",
    ),
    CatalogueRow(
        "G0494",
        Severity.ERROR,
        "a match to what is no process",
        """\
The prior of a network is matched to that of a random function: `GP` or `StudentTProcess`.

Wrong:
    match f to Normal(0, 1) on Uniform(-3, 3)
Right:
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
""",
    ),
    CatalogueRow(
        "G0495",
        Severity.ERROR,
        "a match with no scale to tune",
        """\
What is tuned are the scales of the priors of weights and biases. Weights that are given, and priors
without a scale, such as `Uniform` or one of a submodel, stay as they are; one at least must have a
scale.

Wrong:
    net f = Dense(50, weight ~ Uniform(-1, 1)) |> tanh |> Dense(weight ~ Uniform(-1, 1))
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
Right:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(weight ~ Normal(0, 1))
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
""",
    ),
    CatalogueRow(
        "G0496",
        Severity.ERROR,
        "a match of functions of other points",
        """\
A network and a process are compared at the same points, which are numbers: a network that starts
with an embedding has none.

Wrong:
    net f = Embedding(4, weight ~ Normal(0, 1)) |> Dense(weight ~ Normal(0, 1))
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
Right:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(weight ~ Normal(0, 1))
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3)
""",
    ),
    CatalogueRow(
        "G0497",
        Severity.ERROR,
        "an unknown distance of a match",
        """\
After `by` stands a distance of random functions and its settings, each with its name. There are
`sliced_wasserstein`, which is taken where nothing is said, and `wasserstein`.

Wrong:
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3) by kl(20)
Right:
    match f to GP(kernel = RBF(1)) on Uniform(-3, 3) by sliced_wasserstein(points = 20)
""",
    ),
    CatalogueRow(
        "G0498",
        Severity.ERROR,
        "a network that can't be matched",
        """\
The distance between a network's values and a process's is that of draws, and has to be a number: a
kernel that is no covariance makes none, nor do weights whose values overflow. What the prior and
the process depend on must be given, and be no network that is matched too. There must be a `match`.

Wrong:
    kernel k(x, y) = abs(x - y)
    match f to GP(kernel = k) on Uniform(-3, 3)
Right:
    kernel k(x, y) = exp(-abs(x - y))
    match f to GP(kernel = k) on Uniform(-3, 3)
""",
    ),
    CatalogueRow(
        "G0499",
        Severity.NOTE,
        "a prior that was matched",
        """\
The scales of a network's priors were tuned by a `match` statement. The distance before and after is
given with its standard error, beside that of the process from draws of its own: what a perfect
match would show, as there are finitely many draws. Factors that the data give, under the names that
the note has, are used as they are.
""",
    ),
)
