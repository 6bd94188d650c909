"""Points far from each other: the host's choice and both backends', against the definition."""

import numpy as np
import torch

from gendsl.backends.numpyro.bases.farthest import farthest as by_jax
from gendsl.backends.pyro.bases.farthest import farthest as by_torch
from gendsl.data.host_functions import ARRAY_FUNCTIONS


def by_definition(points, n):
    """From all distances: the point nearest to the mean, then each farthest from the chosen."""
    scaled = (points - points.mean(0)) / points.std(0)
    distances = ((scaled[:, None] - scaled) ** 2).sum(-1)
    chosen = [int((scaled**2).sum(-1).argmin())]
    while len(chosen) < n:
        chosen.append(int(distances[:, chosen].min(1).argmax()))
    return chosen


def test_choices_are_those_of_the_definition():
    points = np.random.default_rng(3).normal(size=(40, 2)) * [1.0, 50.0]
    wanted = by_definition(points, 12)
    assert len(set(wanted)) == 12
    assert by_jax(points, 12).tolist() == wanted
    assert by_torch(torch.tensor(points), 12).tolist() == wanted
    assert ARRAY_FUNCTIONS["farthest"](points, 12).tolist() == wanted
    assert by_jax(points * [50.0, 1.0], 12).tolist() == wanted  # in units of their own


def test_on_a_line_the_ends_come_after_the_middle():
    x = np.array([3.0, 0.0, 10.0, 4.9, 7.0])
    for chosen in (by_jax(x, 3), by_torch(torch.tensor(x), 3), ARRAY_FUNCTIONS["farthest"](x, 3)):
        assert x[np.asarray(chosen)].tolist() == [4.9, 10.0, 0.0]


def test_of_equal_points_each_is_chosen_once():
    x = np.array([2.0, 1.0, 2.0, 2.0, 5.0])
    for chosen in (by_jax(x, 5), by_torch(torch.tensor(x), 5), ARRAY_FUNCTIONS["farthest"](x, 5)):
        assert sorted(np.asarray(chosen).tolist()) == [0, 1, 2, 3, 4]
