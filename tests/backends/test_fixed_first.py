"""A series whose first member is a number and whose others do not look back: a contrast."""

import jax
import numpy as np

import gendsl

TEXT = """model contrast {
  dim row
  dim k : ordered = 4
  data y[row] : k

  b[k = first] = 1
  b[k] ~ Normal(0, 2)
  y[row] ~ Categorical(logit = b)
}
"""


def test_it_can_be_drawn_and_scored() -> None:
    model = gendsl.compile(TEXT)
    prior = model.simulate({}, sizes={"row": 3}, draws=200, seed=0)
    b = np.asarray(prior.prior["b"]).reshape(-1, 4)
    assert np.all(b[:, 0] == 1)
    assert np.all(np.std(b[:, 1:], axis=0) > 1)

    b, y = np.array([1.0, 0.3, -0.2, 1.4]), [0, 3, 1]
    expected = np.sum(jax.nn.log_softmax(b)[np.array(y)]) - np.sum(
        (b[1:] / 2) ** 2 / 2 + np.log(2 * np.sqrt(2 * np.pi))
    )
    assert np.isclose(model.log_density({"b": b}, {"y": y}), expected)
