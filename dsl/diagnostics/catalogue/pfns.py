"""G10xx: ranges of sizes, priors of networks, and their training and use."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G1001",
        Severity.ERROR,
        "a range of sizes that is none",
        """\
The sizes that a dimension may have are two whole numbers, the least and the most.

Wrong:
    dim col = 10..1
Right:
    dim col = 1..10
""",
    ),
    CatalogueRow(
        "G1002",
        Severity.ERROR,
        "a dimension outside of its range of sizes",
        """\
`dim col = 1..10` says how many members the model is meant for. The size comes from the data, and
has to be one of these.
""",
    ),
    CatalogueRow(
        "G1003",
        Severity.ERROR,
        "a prior that is no model",
        """\
The prior of a `pfn` block is a model of the file, or of one that it imports.

Wrong:
    pfn amortised { prior = Normal(0, 1) }
Right:
    pfn amortised { prior = tasks }
""",
    ),
    CatalogueRow(
        "G1004",
        Severity.ERROR,
        "a line of a pfn block that is wrong",
        """\
A block says once each: `prior`, `predict ... given ...`, `rows`; where the model takes data as
given, `inputs`; and if the usual ones are not wanted, `network` and `train`. It may `require`
several things. Networks, heads and ways of training are rows of tables, with settings of their own.

Wrong:
    network = transformer(layer = 6, head = bars(128))
Right:
    network = transformer(layers = 6, head = bins(128))
""",
    ),
    CatalogueRow(
        "G1005",
        Severity.ERROR,
        "a range of rows that is none",
        """\
`rows` are the least and the most rows of a task, context and queries together.

Wrong:
    rows = 256..8
Right:
    rows = 8..256
""",
    ),
    CatalogueRow(
        "G1006",
        Severity.ERROR,
        "a name in a pfn block that does not fit its prior",
        """\
What is predicted, given and drawn are data and quantities of the prior, each named once. Of a
random function, its observations are named; and something has to be given.

Wrong:
    predict f given X
Right:
    predict y given X                          # y[row] ~ Normal(f(X), sigma)
""",
    ),
    CatalogueRow(
        "G1007",
        Severity.ERROR,
        "what a network can't predict",
        """\
A network predicts data that the model observes row by row, and latent quantities that are the same
for all rows, are real and have sizes that do not change from task to task. Of data it predicts one
array; others are given, or left out. To learn of latents, it is given what the model observes.

Wrong:
    predict X given y                          # data X : real, and no X ~ ...
Right:
    predict y given X
    predict len, noise given X, y
""",
    ),
    CatalogueRow(
        "G1008",
        Severity.ERROR,
        "data of a prior that nothing draws",
        """\
A task is a draw of everything: what the model takes as given needs a distribution too, in the line
`inputs`. It takes no part when the model is fitted.

Wrong:
    predict y given X
Right:
    predict y given X
    inputs = X ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G1009",
        Severity.ERROR,
        "inputs that a prior can't have",
        """\
The distribution of inputs tells nothing of what is inferred: it is made of numbers, sizes and other
inputs. What the model draws itself is no input. A latent that is given, such as a scale of the
prior that is set at prediction, may have another distribution if its own depends on no other
latent: given its value, all else is as the model says. Values lie within the bounds of the data.

Wrong:
    inputs = X ~ Normal(0, len)                # len ~ Gamma(3, 3)
Right:
    inputs = X ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G1010",
        Severity.ERROR,
        "a prior whose rows can't be exchanged",
        """\
A network sees the rows of a context as a set, of any number. The prior must be the same for all
orders of the rows, and that of some rows must not depend on how many others there are: a statement
that reads neighbours, positions, the number of rows, or a sum over them is not. Approximate solvers
of random functions that are built from all points (`inducing`, `vecchia`, a `state_space`, a box
from the points' range) are not either; the exact one is.

Wrong:
    y[row] ~ Normal(f(X - mean[row](X)), sigma)
Right:
    y[row] ~ Normal(f(X), sigma)
""",
    ),
    CatalogueRow(
        "G1011",
        Severity.ERROR,
        "a prior that can't be drawn from",
        """\
Tasks are draws: every quantity has a proper prior, and nothing is scored that is not data. A factor
changes the density and says nothing of how to draw; what must hold is a line `require` of the
block, whose prior is then the model's given that it holds.

Wrong:
    factor if(a > b, 0, -1e9)
Right:
    pfn amortised { ... require a > b ... }
""",
    ),
    CatalogueRow(
        "G1012",
        Severity.ERROR,
        "a network that does not fit what it predicts",
        """\
`categorical` is for targets with finitely many values: `bool`, an index, an `int` with bounds that
are numbers; `bins` and `mixture` are for numbers. `joint` is for latent targets. The width is a
multiple of the number of heads. Columns that are `equivariant` are those of one input.
""",
    ),
    CatalogueRow(
        "G1013",
        Severity.ERROR,
        "a size that a prior does not know",
        """\
The sizes of a task's dimensions are numbers, or ranges: one size for each batch of tasks. Only one
input may vary in size.

Wrong:
    dim group
Right:
    dim group = 8
    dim group = 2..8
""",
    ),
    CatalogueRow(
        "G1014",
        Severity.ERROR,
        "a prior of which no draw is kept",
        """\
Draws for which a `require` does not hold, or that are not finite, are rejected and drawn anew. If
none of many is kept, nothing can be learnt: state the prior so that what is required is likely.
Where the numbers that are written show that it never holds, no draw is tried.

Wrong:
    slope ~ Normal(0, 1)                       # require slope > 100
Right:
    slope : real > 100 ~ Normal(0, 1)
""",
    ),
    CatalogueRow(
        "G1015",
        Severity.ERROR,
        "a pfn block that is not in the file",
        """\
`gendsl pfn train FILE.gen --name N` trains the block `N` of a file. The name may be left out where
there is one block alone.
""",
    ),
    CatalogueRow(
        "G1016",
        Severity.WARNING,
        "columns that a network does not read",
        """\
The table has columns that are no input of the network and not its target. They are left out. If the
prior should have known of them, it needs more inputs, and a network of its own.
""",
    ),
    CatalogueRow(
        "G1017",
        Severity.WARNING,
        "a context larger than was trained",
        """\
A network was trained on data sets of at most so many rows, context and queries together. What it
says of a larger context was never compared with anything.
""",
    ),
    CatalogueRow(
        "G1018",
        Severity.WARNING,
        "a context whose targets are all the same",
        """\
All targets are one number, and no data set of the prior is like that: a column of another meaning,
a sensor that hangs, or a filter that left one value.
""",
    ),
    CatalogueRow(
        "G1019",
        Severity.WARNING,
        "inputs outside of what a network was trained on",
        """\
None of the data sets that were drawn of the prior has such values. A network knows nothing of the
prior but its draws, so that it extrapolates there. A data set of the prior raises a false alarm
with a chance of 2 in a thousand for each column; a query of more rows than the network was trained
on has more extremes, and raises one more often.
""",
    ),
    CatalogueRow(
        "G1020",
        Severity.WARNING,
        "a context that is not of the prior",
        """\
The mean or the spread of its targets, or how well the network foretells them, is beyond that of all
data sets that were drawn of the prior: other units, another noise, outliers, or another law. Each
of the three raises a false alarm with a chance of 2 in a thousand. A network reads data in the
prior's units; it standardises nothing, since a prior's scale is knowledge.
""",
    ),
    CatalogueRow(
        "G1021",
        Severity.ERROR,
        "a file that is no trained network",
        """\
The file is cut off, was changed, or was never one that `gendsl pfn train` wrote. Nothing of a file
is believed: its texts are parsed as any program is, and its numbers are compared with what these
call for.
""",
    ),
    CatalogueRow(
        "G1022",
        Severity.ERROR,
        "a trained network of another prior",
        """\
A network predicts by the prior that it was trained on. Comments, names of blocks and parts of the
model that the block does not need may differ; the prior, what is predicted, the rows and the
network may not, and to go on with training as it was, that may not either.
""",
    ),
    CatalogueRow(
        "G1023",
        Severity.WARNING,
        "a network whose training is not at its end",
        """\
Training was stopped before its steps or minutes were over: the steps of the optimiser were still
large, and predictions are worse than they could be. Or a budget ended it after less than a
twentieth of the steps that its block has.
""",
    ),
    CatalogueRow(
        "G1024",
        Severity.ERROR,
        "an entry that the prior can't have",
        """\
An entry of a context or of a query is missing, no number, not finite, or outside of the bounds that
the prior declares. The prior draws no missing entries, so the network has never seen any.
""",
    ),
    CatalogueRow(
        "G1025",
        Severity.ERROR,
        "columns that are not those of a network",
        """\
A column that the network needs is missing, or there are more than it has. An input that is one
number a row is the column of its name; those of an array are `X[0]`, `X[1]`, ..., or all columns
that are nothing else. Others are named in their order: `--columns a,b --target c`.
""",
    ),
    CatalogueRow(
        "G1026",
        Severity.ERROR,
        "a file that training would overwrite",
        """\
There is a file of that name, and it may have taken hours. `--resume` goes on with it.
""",
    ),
    CatalogueRow(
        "G1027",
        Severity.ERROR,
        "training that failed",
        """\
The loss is not finite. What was saved before is as it was; a smaller `rate` or a longer `warmup`
keeps training stable.

Wrong:
    train = adam(rate = 1)
Right:
    train = adam(rate = 3e-4)
""",
    ),
    CatalogueRow(
        "G1028",
        Severity.ERROR,
        "classes that are not those of a prior",
        """\
Classes, and members of a dimension, are the prior's labels, its codes, or names of one's own: as
many as the prior has at most, and of a target two at least. In a query there are those of the
context.
""",
    ),
    CatalogueRow(
        "G1029",
        Severity.ERROR,
        "no reference for the check of a network",
        """\
`gendsl pfn check` compares a network with the model's own posterior predictive: exact, or by NUTS.
That needs data without missing entries, and a model whose draws know nothing of single rows, for a
query is a row more. What the block requires may read latents, by which draws of the posterior are
kept or left out, or inputs; what reads the target, or latents and rows together, is of rows that
are neither in a context nor a query. A count without bounds has a density in the network and
probabilities in the model, which can't be compared. Another network is checked by
`--no-reference`: its calibration on new data sets of the prior.
""",
    ),
    CatalogueRow(
        "G1030",
        Severity.ERROR,
        "a predicted latent whose support moves",
        """\
A network predicts latent quantities in coordinates without bounds, and its draws are put back into
their supports. Where a bound is a quantity that is not predicted with it, its value is not known.

Wrong:
    b ~ Uniform(0, a)
    predict b given x
Right:
    b ~ Uniform(0, a)
    predict a, b given x
""",
    ),
    CatalogueRow(
        "G1048",
        Severity.ERROR,
        "no draw of a posterior is as a block requires",
        """\
Where a block requires something of latents, the exact prediction given a context is the mean over
those of the posterior's draws for which it holds. Here it holds for none: under the model without
the requirement the context speaks against it.
""",
    ),
    CatalogueRow(
        "G1049",
        Severity.ERROR,
        "a density without a predictive one",
        """\
The prediction of a row is the density with it over the density without it. That integrates to 1
only if both are of one process. The bound that inducing points give is no density, and these
points, the box of `hilbert` and the neighbours of `vecchia` are found anew with each row. The exact
solver has a predictive density, and so has an approximation that is written out without looking at
the rows.

Wrong:
    f ~ GP(kernel = RBF(0.2), approx = inducing(m = 8))
Right:
    f ~ GP(kernel = RBF(0.2))
""",
    ),
    CatalogueRow(
        "G1054",
        Severity.ERROR,
        "missing entries of what can't be missing",
        """\
`missing = X ~ Uniform(0, 0.5)` draws, for each task and each column of the input, the share of
entries that the network does not see; which, is completely at random. The model declares such data
with `?`, has them for each row, and the block gives them. A share lies between 0 and 1, and tells
nothing of what is inferred.

Wrong:
    data X[row, col] : real
    missing = X ~ Uniform(0, 0.5)
Right:
    data X[row, col] : real?
    missing = X ~ Uniform(0, 0.5)
""",
    ),
)
