"""Neighbouring areas that are alike: a factor over the edges, on the space of sums of zero."""

import jax
import numpy as np
from backend_cases.compiled import bound, compiled, log_density, position_of

TEXT = """model icar {
  dim area, edge
  data node1[edge] : area
  data node2[edge] : area
  phi[area] : sum_to_zero ~ Flat()
  factor -0.5 * sum[edge]((phi[node1] - phi[node2])^2)
}"""
NODE1, NODE2 = np.array([0, 1, 2, 3, 0]), np.array([1, 2, 3, 4, 2])


def precision() -> np.ndarray:
    """Degrees on the diagonal, -1 where areas are neighbours (Besag, York & Mollié 1991)."""
    Q = np.zeros((5, 5))
    for a, b in zip(NODE1, NODE2, strict=True):
        Q[a, a] += 1
        Q[b, b] += 1
        Q[a, b] -= 1
        Q[b, a] -= 1
    return Q


def test_the_density_is_that_of_the_intrinsic_autoregression():
    sizes = {"area": 5, "edge": 5}
    density = compiled(TEXT).bind(bound({"node1": NODE1, "node2": NODE2}, sizes))
    found, wanted = [], []
    for seed in range(4):
        position = position_of(density, seed)
        phi = np.asarray(density.constrain(density.data, position)["phi"])
        assert abs(phi.sum()) < 1e-12
        found.append(float(log_density(density, position)))
        wanted.append(-0.5 * phi @ precision() @ phi)
    np.testing.assert_allclose(np.diff(found), np.diff(wanted), rtol=1e-9)


def test_the_covariance_is_the_inverse_on_that_space():
    """The Hessian in the position's coordinates, taken back, is the pseudo-inverse of Q."""
    sizes = {"area": 5, "edge": 5}
    density = compiled(TEXT).bind(bound({"node1": NODE1, "node2": NODE2}, sizes))
    start = position_of(density)
    hessian = jax.hessian(lambda p: log_density(density, p))(start)
    back = jax.jacobian(lambda p: density.constrain(density.data, p)["phi"])(start)
    covariance = back @ np.linalg.inv(-np.asarray(hessian)) @ back.T
    np.testing.assert_allclose(covariance, np.linalg.pinv(precision()), atol=1e-9)
