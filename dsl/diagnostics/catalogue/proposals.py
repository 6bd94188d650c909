"""G104x: trained networks that propose, or start, exact inference."""

from __future__ import annotations

from gendsl.diagnostics.catalogue.row import CatalogueRow
from gendsl.diagnostics.diagnostic import Severity

ROWS: tuple[CatalogueRow, ...] = (
    CatalogueRow(
        "G1040",
        Severity.ERROR,
        "a network that the file does not have",
        """\
`importance(proposal = NAME)` and `nuts(init = NAME)` name a `pfn` of the same file: a block, whose
network is given when the program runs, or a trained network.

Wrong:
    infer exact = importance(proposal = robust)
Right:
    pfn robust from "robust.pfn"
    infer exact = importance(proposal = robust)
""",
    ),
    CatalogueRow(
        "G1041",
        Severity.ERROR,
        "a network that is not there",
        """\
A `pfn` block says how a network is trained; the network is in the file that training writes. Give
it where the program runs, `model.infer(data, networks={"robust": "robust.pfn"})`.
""",
    ),
    CatalogueRow(
        "G1042",
        Severity.ERROR,
        "latent quantities that a network does not predict",
        """\
Importance sampling draws every latent quantity of the model, but for those that are integrated or
summed out, from one density. A network has that density for the latents after `predict`, and for
no others. Where it has some of them, chains can start at its draws, `nuts(init = NAME)`: the others
start at random.

Wrong:
    predict y, slope given x
Right:
    predict y, intercept, slope, noise given x
""",
    ),
    CatalogueRow(
        "G1043",
        Severity.ERROR,
        "a network that does not fit the model",
        """\
A network can propose for a model that calls its inputs, its target and its latent quantities as the
network's prior does, with the same types and dimensions; latents need the same support and size
too. What is an input of the network and latent in the model has to be given a value by
`model.condition`. The distributions may differ: weights correct for that.
""",
    ),
    CatalogueRow(
        "G1044",
        Severity.WARNING,
        "a proposal that was trained on another model",
        """\
The model is not the prior that the network was trained on, or that prior requires something of its
draws. What is drawn is still of the model's posterior, since weights, or the chain, correct for the
difference; but the network may have no mass where the posterior has some. k-hat tells of weights
that are too large, and of nothing that no draw came near.
""",
    ),
    CatalogueRow(
        "G1045",
        Severity.ERROR,
        "a network whose draws are all impossible",
        """\
At each of the network's draws the log density of the model could not be computed, or was that of an
impossible place. The network was trained on another prior, or on too little, or the data are unlike
those that it was trained on.
""",
    ),
    CatalogueRow(
        "G1046",
        Severity.WARNING,
        "draws of a network that arithmetic lost",
        """\
Of more than 1% of the network's draws no position in the model could be found that gives their
values back, or the log density there came out as no number. They have weight 0, as a draw outside
of the model's support has, but are not known to be impossible: the evidence is too low by their
share of the weights, and the posterior lacks them. The fit has the shares as
`share_without_position` and `share_without_density`.
""",
    ),
)
