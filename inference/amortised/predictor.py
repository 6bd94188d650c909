"""Prediction by a trained network: one pass, for contexts and queries of any number.

Contexts are filled up to powers of two, and queries come in groups of such sizes, so that a few
compiled programs serve all. What fills up is read by nobody.
"""

from dataclasses import dataclass

import jax
import numpy as np
from numpy.typing import ArrayLike

from gendsl.executables import stored
from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.heads import FlowWeights, Joint
from gendsl.inference.amortised.network import Answers, Network, answer
from gendsl.inference.amortised.predicted import Floats, Predicted, filled
from gendsl.inference.amortised.reference import Reference
from gendsl.inference.amortised.training import Trained

_MOST_QUERIES = 1024


@dataclass(frozen=True)
class Predictor:
    """A trained network that predicts.

    Attributes:
        network: the average of the weights, as training keeps it.
    """

    design: Design
    reference: Reference
    network: Network

    @classmethod
    def of(cls, trained: Trained) -> "Predictor":
        """Return the predictor of what was trained."""
        return cls(trained.design, trained.reference, trained.state.average)

    def predict(self, x: ArrayLike, y: ArrayLike, x_new: ArrayLike) -> Predicted:
        """Return the distributions of targets at ``x_new``, given a context.

        With a leading axis of tasks in all three, that many contexts of one size are read at once.

        Args:
            x: inputs [row, column]; NaN where missing, if the prior has missing inputs.
            y: targets [row].
            x_new: [query, column].

        Raises:
            ValueError: if shapes disagree, there are more columns than the network has, or a number
                is not finite.
        """
        context, targets, queries = self._checked(x, y, x_new)
        is_single = queries.ndim == 2
        if is_single:
            context, targets, queries = context[None], targets[None], queries[None]
        parts = [
            self._answers(context, targets, queries[:, start : start + _MOST_QUERIES])[0]
            for start in range(0, max(queries.shape[1], 1), _MOST_QUERIES)
        ]
        outputs = np.concatenate(parts, axis=1)
        return Predicted(self.design, self.reference, outputs[0] if is_single else outputs)

    def latents(self, x: ArrayLike, y: ArrayLike, seed: int, count: int) -> Floats:
        """Return ``count`` draws [draw, latent] of the latent quantities, given a context.

        Raises:
            ValueError: as :meth:`predict`, or if the network predicts no latent quantities.
        """
        joint, summary = self._summary(x, y)
        draws = _latents(joint, count, self.network.joint, summary, jax.random.key(seed))
        reference = self.reference
        return np.asarray(reference.latent_centre + reference.latent_unit * draws, np.float32)

    def latent_log_density(self, x: ArrayLike, y: ArrayLike, latents: ArrayLike) -> Floats:
        """Return the log density [...] at ``latents`` [..., latent], given a context.

        Raises:
            ValueError: as :meth:`latents`.
        """
        joint, summary = self._summary(x, y)
        place = (np.asarray(latents) - self.reference.latent_centre) / self.reference.latent_unit
        rows = np.asarray(place, np.float32).reshape(-1, joint.count)
        heights = _latent_heights(joint, self.network.joint, summary, rows)
        found = np.asarray(heights) - np.sum(np.log(self.reference.latent_unit))
        return np.asarray(found, np.float32).reshape(place.shape[:-1])

    def _summary(self, x: ArrayLike, y: ArrayLike) -> tuple[Joint, jax.Array]:
        joint = self.design.joint
        if joint is None or self.network.joint is None:
            raise ValueError("this network predicts no latent quantities")
        if np.ndim(x) != 2:
            raise ValueError(f"inputs must have shape [row, column], got {np.shape(x)}")
        context, targets, none = self._checked(x, y, np.zeros((0, np.shape(x)[-1])))
        _, summary = self._answers(context[None], targets[None], none[None])
        return joint, summary[0]  # type: ignore[index]

    def _answers(self, x: Floats, y: Floats, x_new: Floats) -> tuple[Floats, jax.Array | None]:
        """Return the outputs at the queries, and the summary; the arrays are filled up."""
        num_tasks, num_rows, num_columns = x.shape
        num_queries = x_new.shape[1]
        rows, queries = filled(num_rows), filled(num_queries)
        shape = (num_tasks, rows + queries, self.design.columns)
        inputs, targets = np.zeros(shape, np.float32), np.zeros(shape[:2], np.float32)
        inputs[:, :num_rows, :num_columns] = x
        inputs[:, rows : rows + num_queries, :num_columns] = x_new
        targets[:, :num_rows] = y
        found = _answer(
            self.design, rows, self.network, self.reference, inputs, targets,
            np.full(num_tasks, num_rows, np.int32), np.full(num_tasks, num_columns, np.int32),
        )  # fmt: skip
        return np.asarray(found.outputs)[:, rows : rows + num_queries], found.summary

    def _checked(
        self, x: ArrayLike, y: ArrayLike, x_new: ArrayLike
    ) -> tuple[Floats, Floats, Floats]:
        context, targets, queries = (np.asarray(each, np.float32) for each in (x, y, x_new))
        if context.ndim not in (2, 3) or queries.ndim != context.ndim:
            raise ValueError("inputs must have shape [row, column], with tasks ahead if there are")
        is_fit = targets.shape == context.shape[:-1] and queries.shape[:-2] == context.shape[:-2]
        if not is_fit or queries.shape[-1] != context.shape[-1]:
            raise ValueError(
                f"inputs {context.shape}, targets {targets.shape} and new inputs {queries.shape}"
                " do not fit together"
            )
        if not 1 <= context.shape[-1] <= self.design.columns:
            raise ValueError(
                f"{context.shape[-1]} columns, where the network has 1 to {self.design.columns}"
            )
        if not np.isfinite(targets).all():
            raise ValueError("a target is not finite")
        if np.isinf(context).any() or np.isinf(queries).any():
            raise ValueError("an input is infinite")
        has_gaps = np.isnan(context).any() or np.isnan(queries).any()
        if has_gaps and not float(self.reference.has_missing):
            raise ValueError("an input is missing, and the prior has no missing inputs")
        return context, targets, queries


def answers_at(
    predictor: Predictor, x: Floats, y: Floats, num_context: np.ndarray, columns: np.ndarray
) -> Answers:
    """Return the answers at all rows of tasks whose contexts are of different sizes.

    Args:
        x: [task, row, column], as many columns as the network has.
        y: [task, row].
        num_context: the first rows of each task that are its context [task].
        columns: how many columns are there [task].
    """
    found: Answers = _answer(
        predictor.design, x.shape[1], predictor.network, predictor.reference, x, y, num_context,
        columns,
    )  # fmt: skip
    return found


@stored("design", "num_keys")
def _answer(
    design: Design,
    num_keys: int,
    network: Network,
    reference: Reference,
    x: jax.Array,
    y: jax.Array,
    num_context: jax.Array,
    columns: jax.Array,
) -> Answers:
    return answer(design, network, reference, x, y, num_context, columns, num_keys)


@stored("joint", "count")
def _latents(
    joint: Joint, count: int, weights: FlowWeights, summary: jax.Array, key: jax.Array
) -> jax.Array:
    return joint.sample(weights, summary, key, count)


@stored("joint")
def _latent_heights(
    joint: Joint, weights: FlowWeights, summary: jax.Array, latents: jax.Array
) -> jax.Array:
    return jax.vmap(joint.log_density, (None, None, 0))(weights, summary, latents)
