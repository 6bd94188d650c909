"""A straight line with normal noise, whose posterior and evidence are known."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

X = np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0])
Y = np.array([0.3, -0.2, 0.9, 1.9, 1.2, 2.8, 2.9])


def closed_form() -> tuple[NDArray[Any], NDArray[Any], float]:
    """Mean and covariance of a and b, and the log evidence."""
    design = np.stack([np.ones_like(X), X], axis=1)
    prior = np.diag([1.0, 4.0])
    covariance = np.linalg.inv(np.linalg.inv(prior) + design.T @ design)
    of_data = np.eye(len(Y)) + design @ prior @ design.T
    quadratic = Y @ np.linalg.solve(of_data, Y)
    log_evidence = -0.5 * (quadratic + np.linalg.slogdet(2 * np.pi * of_data)[1])
    return covariance @ design.T @ Y, covariance, float(log_evidence)


MEAN, COVARIANCE, LOG_EVIDENCE = closed_form()
