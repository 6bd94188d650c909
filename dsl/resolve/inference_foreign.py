"""What other tools call pieces of inference and their settings; read for help only."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

FOREIGN_PIECES: Mapping[str, str] = MappingProxyType(
    {
        "NUTS": "nuts",
        "HMC": "hmc",
        "MALA": "mala",
        "ChEES": "chees",
        "chees_hmc": "chees",
        "dynamic_hmc": "chees",
        "langevin": "mala",
        "metropolis": "random_walk",
        "mh": "random_walk",
        "rwm": "random_walk",
        "rwmh": "random_walk",
        "ess": "elliptical_slice",
        "seq": "cycle",
        "compound": "cycle",
        "mixture": "mix",
        "advi": "vi",
        "svi": "vi",
        "meanfield": "vi",
        "fullrank": "vi",
        "optimize": "laplace",
        "map": "laplace",
        "sequential_monte_carlo": "smc",
        "psis": "importance",
        "sir": "resample",
        "SGLD": "sgld",
        "psgld": "sgld",
        "csgld": "sgld",
        "SGHMC": "sghmc",
        "csghmc": "sghmc",
        "sgmcmc": "sghmc",
        "deep_ensemble": "ensemble",
        "deep_ensembles": "ensemble",
        "SWAG": "swag",
        "swa": "swag",
        "VBLL": "vbll",
        "bayesian_last_layer": "vbll",
    }
)
"""What other tools call a piece."""

FOREIGN_SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "num_chains": "chains",
        "n_chains": "chains",
        "cores": "chains",
        "num_warmup": "warmup",
        "n_warmup": "warmup",
        "iter_warmup": "warmup",
        "tune": "warmup",
        "burnin": "warmup",
        "num_samples": "draws",
        "n_samples": "draws",
        "samples": "draws",
        "iter": "draws",
        "iter_sampling": "draws",
        "output_samples": "draws",
        "adapt_delta": "target_accept",
        "target_accept_prob": "target_accept",
        "max_treedepth": "max_depth",
        "max_tree_depth": "max_depth",
        "num_steps": "steps",
        "num_integration_steps": "steps",
        "n_leapfrog": "steps",
        "num_particles": "particles",
        "n_particles": "particles",
        "kernel": "move",
        "num_paths": "paths",
        "learning_rate": "rate",
        "lr": "rate",
        "step_size": "rate",
        "threshold": "ess",
        "batch_size": "batch",
        "minibatch": "batch",
        "subsample_size": "batch",
    }
)
"""What other tools call a setting; the first that the piece has is meant."""
