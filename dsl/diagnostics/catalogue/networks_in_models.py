"""G1031 to G1039: trained networks that programs declare, and draw from."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G1031",
        Severity.ERROR,
        "a file of a trained network that can't be used",
        """\
The path is relative to the folder of the program, as that of an import is, and leads to a file that
`gendsl pfn train` wrote. Nothing of it is believed: what it says of itself, its digest and the text
of its prior are checked when the program is, and its weights before they are used.

Wrong:
    pfn robust from "robust.gen"
Right:
    pfn robust from "robust.pfn"
""",
    ),
    CatalogueRow(
        "G1032",
        Severity.ERROR,
        "a trained network in the prior of another",
        """\
A network's file carries the text of its prior, and nothing that this text would need beside it. A
prior of a `pfn` block is therefore made of distributions of the language.
""",
    ),
    CatalogueRow(
        "G1033",
        Severity.ERROR,
        "a trained network that is no longer the same",
        """\
A program is checked with the network that its file holds then, and a fit knows the digest of the
one that it was made with. Where the file is another later on, results would mix the two.
""",
    ),
    CatalogueRow(
        "G1034",
        Severity.ERROR,
        "a trained network asked otherwise than it was trained",
        """\
In the call stand the inputs of the rows that are predicted, by name or in the order of the block's
`given`; after `given` those of the rows that are known, with their target. `gendsl info` shows what
a network predicts given what. One that predicts latents alone has no distribution of a row.

Wrong:
    z[new] ~ robust(x = x_new)
Right:
    z[new] ~ robust(x = x_new) given x = x, y = y
""",
    ),
    CatalogueRow(
        "G1035",
        Severity.ERROR,
        "a context that is given to no network",
        """\
What stands after `given` are the rows that a trained network has seen. Other distributions have
parameters.

Wrong:
    z[new] ~ Normal(0, 1) given x = x
Right:
    z[new] ~ robust(x = x_new) given x = x, y = y
""",
    ),
    CatalogueRow(
        "G1036",
        Severity.ERROR,
        "dimensions that a trained network can't read",
        """\
A context is read whole: its inputs and its target have rows along one dimension, and an input of
several columns has theirs beside it, in the query too. What is the same for all rows is one number.

Wrong:
    data y : real
    z[new] ~ robust(x = x_new) given x = x, y = y
Right:
    data y[seen] : real
    z[new] ~ robust(x = x_new) given x = x, y = y
""",
    ),
    CatalogueRow(
        "G1037",
        Severity.ERROR,
        "values of another type than a trained network knows",
        """\
A network reads and predicts what its prior declares: numbers, whole numbers, or members of a
dimension with as many of them, in the same order.

Wrong:
    dim kind = {setosa, virginica}             # the prior has three kinds
    data kind_new[new] : kind
Right:
    dim kind = {setosa, versicolor, virginica}
    data kind_new[new] : kind
""",
    ),
    CatalogueRow(
        "G1038",
        Severity.ERROR,
        "columns that a trained network does not read",
        """\
An input of several columns has as many as the prior's text says: `dim col = 1..10`.
""",
    ),
    CatalogueRow(
        "G1039",
        Severity.ERROR,
        "a context that a trained network can't be given",
        """\
What stands after `given` is data or continuous latents. All rows are read together, so that a
discrete latent among them, or discrete data with missing values that other statements read, could
be summed out over all combinations alone. And a statement is given other rows than it draws: each
entry's density given all entries, itself among them, is no density of the data.

Wrong:
    kind[seen] ~ kinds(length) given length = length, kind = kind
Right:
    kind_new[new] ~ kinds(length_new) given length = length, kind = kind
""",
    ),
)
