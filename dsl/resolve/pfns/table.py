"""The tables of what a `pfn` block may name: networks, heads, features, training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gendsl.resolve.inference_piece import Kind, Setting, count, real


@dataclass(frozen=True, slots=True)
class PfnRow:
    """A network, a head, ...: its settings; `by_position` is the one that needs no name.

    `parts` are the settings that are calls themselves, each with its default and with the rows that
    it may name.
    """

    name: str
    help: str
    settings: tuple[Setting, ...] = ()
    by_position: str | None = None
    parts: tuple[PfnPartRow, ...] = ()


@dataclass(frozen=True, slots=True)
class PfnPartRow:
    """A setting that is a call; without a default the target decides."""

    name: str
    help: str
    default: str | None
    rows: Mapping[str, PfnRow]


def _table(*rows: PfnRow) -> Mapping[str, PfnRow]:
    return MappingProxyType({row.name: row for row in rows})


HEADS = _table(
    PfnRow(
        "bins",
        "a density that is flat in each of n bins, with half-normal tails; borders are quantiles"
        " of the target under the prior",
        (count("number", 128, 3, "bins", 100_000),),
        "number",
    ),
    PfnRow(
        "mixture",
        "a mixture of n normal densities",
        (count("number", 5, 1, "of its densities", 1000),),
        "number",
    ),
    PfnRow("categorical", "a probability for each value of the target"),
)
"""Distributions of a target that a network may return, by name."""

JOINTS = _table(
    PfnRow(
        "flow",
        "a flow of rational-quadratic splines: the joint density of all latent targets",
        (
            count("layers", 4, 1, "one behind the other", 100),
            count("width", 48, 1, "of the networks that bend the splines", 8192),
            count("bins", 8, 2, "pieces of each spline", 100),
        ),
    )
)
"""Distributions of latent targets, by name."""

FEATURES = _table(
    PfnRow(
        "fourier",
        "each input, and sines and cosines of it with frequencies that are learnt",
        (count("frequencies", 16, 1, "of the waves", 1024),),
        "frequencies",
    ),
    PfnRow("raw", "each input as it is"),
)
"""What a network makes of an input first, by name."""

NETWORKS = _table(
    PfnRow(
        "transformer",
        "a set transformer: rows with a target attend to each other, others to these alone",
        (
            count("layers", 6, 1, "blocks of attention and of a network for each row", 128),
            count("width", 128, 1, "numbers that stand for a row", 8192),
            count("heads", 4, 1, "of each attention; the width is a multiple", 256),
            count("expansion", 4, 1, "hidden units of a row's network, in widths", 16),
            Setting(
                "columns",
                Kind.CHOICE,
                "padded",
                0,
                0,
                "`padded`: in their order; `equivariant`: a set, at the cost of a token for each",
                ("padded", "equivariant"),
            ),
        ),
        parts=(
            PfnPartRow("head", "the distribution of the target", None, HEADS),
            PfnPartRow("joint", "that of latent targets", "flow", JOINTS),
            PfnPartRow("features", "what is made of an input", "fourier", FEATURES),
        ),
    )
)
"""Networks by name."""

TRAINERS = _table(
    PfnRow(
        "adam",
        "Adam with a warm-up and a cosine schedule, each batch drawn anew from the prior",
        (
            count("steps", 20_000, 1, "of the optimiser"),
            count("batch", 64, 1, "tasks drawn for a step", 1 << 20),
            real("rate", 3e-4, 1e-8, 1.0, "the largest step"),
            real("warmup", 0.25, 0.0, 1.0, "the share of steps until the rate is largest"),
            count("accumulate", 1, 1, "batches whose gradients a step adds up", 1 << 16),
            real("average", 0.999, 0.0, 0.999999, "decay of the running mean of the weights"),
            real("decay", 0.0, 0.0, 0.999, "of matrices, at each step by its rate, as in AdamW"),
            real("clip", 1.0, 1e-8, 1e8, "the largest norm of a gradient"),
            Setting(
                "precision",
                Kind.CHOICE,
                "float32",
                0,
                0,
                "of the products of tokens: `bfloat16` is what accelerators are fast in",
                ("float32", "bfloat16"),
            ),
            count("seed", 0, 0, "of the weights and the tasks"),
        ),
    )
)
"""Ways of training by name."""

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "prior": "the model whose draws it learns from: `prior = tasks`",
        "rows": "the least and the most rows of a task: `rows = 8..256`",
        "inputs": "how data are drawn that the model takes as given: `inputs = X ~ Normal(0, 1)`",
        "missing": "how much of an input is missing in a task: `missing = X ~ Uniform(0, 0.5)`",
        "network": "`network = transformer(layers = 6, head = bins(128))`",
        "train": "`train = adam(steps = 20000, batch = 64, rate = 3e-4)`",
    }
)
"""The lines `name = ...` of a block, and what each says."""
