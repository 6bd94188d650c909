"""Networks of random weights, which tests take for trained."""

from __future__ import annotations

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

import gendsl
from gendsl.api.pfn_columns import inputs_of
from gendsl.api.pfn_plan import design_of, settings_of_training
from gendsl.api.pfn_ranges import ranges_of, with_scores
from gendsl.api.pfn_trained import TrainedPfn
from gendsl.inference.amortised import About, Tasks, begin


def as_trained(
    text: str, name: str, tasks: Tasks, noise: float = 0.3, *, is_scored: bool = True
) -> TrainedPfn:
    """A network of random weights that takes itself for trained."""
    prior = gendsl.compile(text).pfns[name].block
    inputs, settings = inputs_of(prior.pfn), settings_of_training(prior.pfn, steps=1)
    latents = tasks.latents.shape[-1]
    design = design_of(prior.pfn, sum(max(each.widths) for each in inputs), latents)
    with jax.enable_x64(False):
        fresh = begin(design, settings, lambda key: jax.tree.map(jnp.asarray, tasks), 0)
    rng = np.random.default_rng(0)
    average = jax.tree.map(
        lambda leaf: leaf + np.float32(noise) * rng.standard_normal(leaf.shape, np.float32),
        fresh.state.average,
    )
    state = fresh.state._replace(average=average, step=jnp.int32(1))
    about = About(
        text, prior.hash, ranges_of(tasks, inputs, prior.pfn.rows) | {"seed": 0}, None,
        prior.source.name, {}, name, None,
    )  # fmt: skip
    found = TrainedPfn(prior, replace(fresh, state=state), about)
    if not is_scored:
        return found
    ranges = with_scores(about.ranges, found.predictor, tasks)
    return replace(found, about=replace(about, ranges=ranges))
