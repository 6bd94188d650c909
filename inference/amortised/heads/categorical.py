"""Classes: ``P(y = k) = softmax(reference + outputs)_k``, with the prior's own log shares."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np


@dataclass(frozen=True)
class Categorical:
    """``count`` classes, numbered from 0; ``reference`` is the logs of their shares [count].

    Raises:
        ValueError: if ``count`` is below 2.
    """

    count: int = 2

    def __post_init__(self) -> None:
        if self.count < 2:
            raise ValueError(f"there are at least 2 classes, got {self.count}")

    @property
    def num_outputs(self) -> int:
        """See :class:`Head`: the logits, less those of the prior."""
        return self.count

    @property
    def num_inputs(self) -> int:
        """See :class:`Head`: an indicator of each class."""
        return self.count

    def units(self, y: np.ndarray) -> tuple[float, float]:
        """See :class:`Head`: classes have none."""
        return 0.0, 1.0

    def reference(self, y: np.ndarray) -> np.ndarray:
        """See :class:`Head`; each class counts one more than there are in ``y`` [n].

        Raises:
            ValueError: if a number is that of no class.
        """
        numbers = np.asarray(y)
        if not np.isin(numbers, np.arange(self.count)).all():
            raise ValueError(f"classes are the numbers 0 to {self.count - 1}")
        counts = np.bincount(numbers.astype(int), minlength=self.count) + 1.0
        return np.asarray(np.log(counts / counts.sum()), np.float32)

    def encode(self, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        return self._is_class(y).astype(jnp.float32)

    def log_density(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        logs = jax.nn.log_softmax(reference + outputs)
        is_any = self._is_class(y)
        log_probability: jax.Array = jnp.sum(jnp.where(is_any, logs, 0.0), axis=-1)
        return jnp.where(jnp.any(is_any, axis=-1), log_probability, -jnp.inf)

    def probabilities(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """Return the probability of each class [..., class]."""
        return jax.nn.softmax(reference + outputs)

    def cdf(self, reference: jax.Array, outputs: jax.Array, y: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        is_up_to = jnp.arange(self.count, dtype=jnp.float32) <= y[..., None]
        shares = self.probabilities(reference, outputs)
        share: jax.Array = jnp.sum(jnp.where(is_up_to, shares, 0.0), axis=-1)
        return share

    def mean(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`: of the number of the class."""
        numbers = jnp.arange(self.count, dtype=jnp.float32)
        mean: jax.Array = jnp.sum(self.probabilities(reference, outputs) * numbers, axis=-1)
        return mean

    def variance(self, reference: jax.Array, outputs: jax.Array) -> jax.Array:
        """See :class:`Head`: of the number of the class."""
        gaps = jnp.arange(self.count, dtype=jnp.float32)
        gaps = gaps - self.mean(reference, outputs)[..., None]
        shares = self.probabilities(reference, outputs)
        variance: jax.Array = jnp.sum(shares * gaps**2, axis=-1)
        return variance

    def quantile(self, reference: jax.Array, outputs: jax.Array, share: jax.Array) -> jax.Array:
        """See :class:`Head`: the first class up to which there is the share."""
        until = jnp.cumsum(self.probabilities(reference, outputs), axis=-1)
        number: jax.Array = jnp.sum(until[..., :-1] < share[..., None], axis=-1, dtype=jnp.float32)
        return number

    def sample(self, reference: jax.Array, outputs: jax.Array, key: jax.Array) -> jax.Array:
        """See :class:`Head`."""
        return jax.random.categorical(key, reference + outputs).astype(jnp.float32)

    def _is_class(self, y: jax.Array) -> jax.Array:
        return jnp.arange(self.count, dtype=jnp.float32) == y[..., None]
