"""The pieces of inference programs that Pyro has, and what it calls their settings.

A piece without a row, a setting that a row lacks and a word that a setting lacks are refused: no
wish is passed over in silence. Neither torch nor Pyro is imported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

NOTHING: Mapping[str, Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class LibraryPiece:
    """A piece of inference programs that Pyro has.

    Attributes:
        name: in the language.
        runs: the class or function of Pyro that does it.
        settings: what becomes of each setting, by its name in the language.
        words: of a setting that is a word, what becomes of each that there is something for.
    """

    name: str
    runs: str
    settings: Mapping[str, str]
    words: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: NOTHING)


_RUN = {
    "chains": "kernels of their own, which take turns",
    "warmup": "`warmup_steps`",
    "draws": "`num_samples`",
    "superchains": "starts shared by chains",
    "init": "starts, draws of the network",
    "target_accept": "`target_accept_prob`",
    "metric": "`full_mass`",
}
_METRIC = {"diagonal": "`full_mass=False`", "dense": "`full_mass=True`"}
_DRAWS = "draws of the guide"

_PIECES = (
    LibraryPiece(
        "nuts",
        "pyro.infer.mcmc.NUTS",
        {**_RUN, "max_depth": "`max_tree_depth`"},
        {"metric": {"auto": "`full_mass=True` up to 64 coordinates", **_METRIC}},
    ),
    LibraryPiece(
        "hmc",
        "pyro.infer.mcmc.HMC",
        {**_RUN, "steps": "`num_steps`, the same in each trajectory"},
        {"metric": _METRIC},
    ),
    LibraryPiece(
        "laplace",
        "pyro.infer.autoguide.AutoLaplaceApproximation",
        {
            "starts": "climbs by `torch.optim.LBFGS`",
            "steps": "`max_iter`",
            "covariance": "that of the Hessian",
            "networks": "as they are written",
            "points": "no quantity stands",
            "draws": _DRAWS,
        },
        {
            "covariance": {"full": "as it is"},
            "networks": {"as_written": "as it is"},
            "points": {"mode": "as it is"},
        },
    ),
    LibraryPiece(
        "vi",
        "pyro.infer.SVI",
        {
            "guide": "an automatic guide",
            "rank": "`rank`",
            "objective": "`loss`",
            "steps": "steps of `ClippedAdam`, at most",
            "noise": "draws of the guide for all rows",
            "draws": _DRAWS,
        },
        {
            "guide": {
                "mean_field": "`AutoDiagonalNormal`",
                "full_rank": "`AutoMultivariateNormal`",
                "low_rank": "`AutoLowRankMultivariateNormal`",
            },
            "objective": {"elbo": "`Trace_ELBO`", "iwae": "`RenyiELBO(alpha=0)`"},
            "noise": {"shared": "as it is"},
        },
    ),
    LibraryPiece(
        "flow",
        "pyro.infer.autoguide.AutoNormalizingFlow",
        {
            "kind": "a transform",
            "layers": "transforms, one behind the other",
            "bins": "`count_bins`",
            "width": "`hidden_dims`",
        },
        {
            "kind": {
                "coupling": "`spline_coupling`",
                "autoregressive": "`spline_autoregressive`",
            }
        },
    ),
    LibraryPiece(
        "importance",
        "pyro.infer.importance.vectorized_importance_weights",
        {"proposal": "draws of the network, in the place of a guide", "draws": "`num_samples`"},
    ),
    LibraryPiece(
        "resample",
        "pyro.infer.importance",
        {"draws": "draws in proportion to them"},
    ),
)

LIBRARY_PIECES: Mapping[str, LibraryPiece] = MappingProxyType({row.name: row for row in _PIECES})
"""The pieces, and the calls in their settings, by name."""
