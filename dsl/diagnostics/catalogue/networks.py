"""Codes of networks."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G0475",
        Severity.ERROR,
        "a prior among the arguments of what is no layer",
        """\
The weights of a network's layers have their priors beside them, `weight ~ Normal(0, 1)`. All else
is drawn in a statement of its own.

Wrong:
    y[row] ~ Normal(mu, sigma ~ HalfNormal(1))
Right:
    sigma ~ HalfNormal(1)
    y[row] ~ Normal(mu, sigma)
""",
    ),
    CatalogueRow(
        "G0476",
        Severity.ERROR,
        "what networks are made of",
        """\
A network is a chain of layers and activations, with `|>` between them. An activation is a row of
its table, another function of one number, or a `def`. A prior follows `~`; `=` is for data and
other quantities.

Wrong:
    net f = Dense(50, weight = Normal(0, 1)) |> tanhh |> Dense(1, weight ~ Normal(0, 1))
Right:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
""",
    ),
    CatalogueRow(
        "G0477",
        Severity.ERROR,
        "a statement `f ~ BNN(...)`",
        """\
`BNN` states a network whose layers have the same priors. Its arguments have names: the sizes of the
hidden layers, the activation after each, the prior of all weights, and that of all biases if it has
any.

Wrong:
    f ~ BNN([50, 50], tanh)
Right:
    f ~ BNN(layers = [50, 50], activation = tanh, weight = Normal(0, 1 / sqrt(fan_in)))
""",
    ),
    CatalogueRow(
        "G0478",
        Severity.ERROR,
        "layers that do not fit together",
        """\
A hidden layer says how many units it has. The last one makes one number, or one for each member of
the dimension on the left side; what a residual block makes is added to what it is given, so its
last layer has as many units as there are inputs. Convolutions and pools slide along dimensions that
their inputs have, and stand before the layers that take all of them together.

Wrong:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(3, weight ~ Normal(0, 1))
Right:
    net f[class] = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(weight ~ Normal(0, 1))
""",
    ),
    CatalogueRow(
        "G0479",
        Severity.ERROR,
        "a layer whose weights have no prior",
        """\
Priors are written, never implied. A layer has one for its weights, and one for its biases if it has
any; a weight may be given instead, `weight = W`.

Wrong:
    net f = Dense(50) |> tanh |> Dense(1, weight ~ Normal(0, 1))
Right:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
""",
    ),
    CatalogueRow(
        "G0480",
        Severity.ERROR,
        "a prior for a weight that does not exist",
        """\
A statement for one weight replaces the prior that the network gives it, and has to name a weight
that there is: layers are counted from 1, activations are none.

Wrong:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
    f.layer3.weight ~ Normal(0, 0.1)
Right:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
    f.layer2.weight ~ Normal(0, 0.1)
""",
    ),
    CatalogueRow(
        "G0481",
        Severity.ERROR,
        "points of a network",
        """\
The coordinates of a point are what the left side lacks, and are the same wherever a network is
called. All other dimensions of the points stay: there is an output for each of their members.

Wrong:
    y[row] ~ Normal(f(X) + f(t), sigma)        # data X[row, col], t[row]
Right:
    y[row] ~ Normal(f(X) + g(t), sigma)
""",
    ),
    CatalogueRow(
        "G0482",
        Severity.ERROR,
        "a network at an index",
        """\
A network takes numbers. The members of a dimension have no distances; an `Embedding` gives each of
them a vector, and stands first in a network that is called at an index.

Wrong:
    net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
    y[house] ~ Normal(f(county_of), sigma)
Right:
    net f = Embedding(4, weight ~ Normal(0, 1)) |> Dense(1, weight ~ Normal(0, 1))
    y[house] ~ Normal(f(county_of), sigma)
""",
    ),
    CatalogueRow(
        "G0483",
        Severity.ERROR,
        "a network that is never called",
        """\
A network enters a model by its values: where nothing calls it, it has no part in it.

Wrong:
    net f = Dense(1, weight ~ Normal(0, 1))
    y[row] ~ Normal(0, sigma)
Right:
    net f = Dense(1, weight ~ Normal(0, 1))
    y[row] ~ Normal(f(X), sigma)
""",
    ),
    CatalogueRow(
        "G0484",
        Severity.ERROR,
        "`fan_in` outside of a layer",
        """\
`fan_in` and `fan_out` count the inputs and the units of the layer whose prior they stand in.
Elsewhere there is `size(dim)`.

Wrong:
    tau ~ HalfNormal(1 / sqrt(fan_in))
Right:
    tau ~ HalfNormal(1 / sqrt(size(col)))
""",
    ),
    CatalogueRow(
        "G0485",
        Severity.ERROR,
        "`last_layer` without one network",
        """\
`last_layer` in an inference program stands for the weights of the last layer of the model's
network. Where there is none, or several, or these weights are data, quantities are named.

Wrong:
    net mean = Dense(1, weight ~ Normal(0, 1))
    net scale = Dense(1, weight ~ Normal(0, 1))
    y[row] ~ Normal(mean(X), exp(scale(X)))
    infer main = laplace(last_layer)
Right:
    net mean = Dense(1, weight ~ Normal(0, 1))
    net scale = Dense(1, weight ~ Normal(0, 1))
    y[row] ~ Normal(mean(X), exp(scale(X)))
    infer main = laplace(mean.layer1.weight)
""",
    ),
    CatalogueRow(
        "G0488",
        Severity.ERROR,
        "a last layer that is not in closed form",
        """\
`vbll` integrates the last layer's weights out in closed form. That takes Normal priors of them that
depend on none of them, and Normal data whose mean alone depends on them, to the first degree.

Wrong:
    net f = Dense(20, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
    y[row] ~ BernoulliLogit(f(X))
    infer main = vbll()
Right:
    net f = Dense(20, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))
    y[row] ~ BernoulliLogit(f(X))
    infer main = laplace(last_layer)
""",
    ),
    CatalogueRow(
        "G0489",
        Severity.ERROR,
        "`points` where all quantities are normal",
        """\
`laplace(w, points = evidence)` is a normal of `w`; all other quantities are points, put where the
evidence is highest. Where none is named, all are normal, and there are no points.

Wrong:
    infer main = laplace(points = evidence)
Right:
    infer main = laplace(w, points = evidence)
""",
    ),
    CatalogueRow(
        "G0490",
        Severity.ERROR,
        "a draw for each row of no minibatch",
        """\
`vi(noise = local)` draws from the guide for each row of a minibatch apart. Without a `batch` all
rows are read at each step, with the draws that they share.

Wrong:
    infer main = vi(guide = mean_field, noise = local)
Right:
    infer main = vi(guide = mean_field, noise = local, batch = 32)
""",
    ),
    CatalogueRow(
        "G0491",
        Severity.ERROR,
        "the windows of a convolution or a pool",
        """\
The brackets name one dimension or two, along which windows slide. A convolution says how wide its
windows are, `kernel`; a pool says it first. `stride` is how far apart they are, `padding` what is
beyond the ends: nothing (`valid`), or as many zeros as keep the size (`same`). Sizes and strides
are whole numbers, one for all dimensions or one for each. Without padding a window is no wider than
what it slides along.

Wrong:
    net f = Conv(8, stride = 0, weight ~ Normal(0, 1)) |> Dense(1, weight ~ Normal(0, 1))
Right:
    net f = Conv[time](8, kernel = 3, weight ~ Normal(0, 1)) |> Dense(1, weight ~ Normal(0, 1))
""",
    ),
)
