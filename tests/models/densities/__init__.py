"""Densities of the reference posteriors in NumPy and SciPy, by the literature of each model."""

from densities import discrete, equations, fields, hierarchical, rates, regression, series
from densities.independent import Independent

_KINDS = (regression, hierarchical, discrete, rates, series, fields, equations)

BY_POSTERIOR = {
    posterior: found
    for kind in _KINDS
    for found in vars(kind).values()
    if isinstance(found, Independent)
    for posterior in found.posteriors
}
