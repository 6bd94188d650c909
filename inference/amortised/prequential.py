"""Log densities of a task's rows, each given rows before it: how well a task is foretold.

    s_i = log q(y_i | x_i, (x_1, y_1), ..., (x_b, y_b)),  b = 0 for i = 1, else the largest power of
                                                          two below i

A whole chain rule would need a pass for each row; with contexts that double, a task needs one for
each power of two, and all of them are rows of one batch. The mean of ``s`` is a score in nats whose
law under the prior can be found by drawing tasks.

Source: Dawid (1984), "Present position and potential developments: the prequential approach".
"""

import numpy as np
from numpy.typing import ArrayLike

from gendsl.inference.amortised.predicted import Floats, Predicted, filled
from gendsl.inference.amortised.predictor import Predictor, answers_at

_MOST_CELLS = 1 << 17
"""Rows of all passes that are read at once."""


def prequential(predictor: Predictor, x: ArrayLike, y: ArrayLike, columns: ArrayLike) -> Floats:
    """Return the log densities [task, row].

    Args:
        x: inputs [task, row, column]; columns that are not there are not read.
        y: targets [task, row].
        columns: how many there are [task].
    """
    inputs, targets = np.asarray(x, np.float32), np.asarray(y, np.float32)
    there = np.asarray(columns, np.int32)
    rows = filled(inputs.shape[1])
    sizes = context_sizes(rows)  # of the rows that it is filled up to: one program for many
    at_once = max(1, _MOST_CELLS // (len(sizes) * rows))
    at_once = min(at_once, len(inputs))
    parts = []
    for start in range(0, len(inputs), at_once):
        part = _padded(at_once, inputs[start:], targets[start:], there[start:])
        parts.append(_of_part(predictor, sizes, *part))
    return np.concatenate(parts)[: len(inputs)]


def context_sizes(num_rows: int) -> tuple[int, ...]:
    """Return the sizes of contexts: 0, 1, 2, 4, ..., below the number of rows."""
    return (0, *(1 << power for power in range((num_rows - 1).bit_length())))


def _padded(
    count: int, x: Floats, y: Floats, columns: np.ndarray
) -> tuple[Floats, Floats, np.ndarray]:
    """The first ``count`` tasks; the last one stands for those that are missing."""
    places = np.minimum(np.arange(count), len(x) - 1)
    return x[places], y[places], columns[places]


def _of_part(
    predictor: Predictor, sizes: tuple[int, ...], x: Floats, y: Floats, columns: np.ndarray
) -> Floats:
    num_tasks, num_rows, num_columns = x.shape
    rows = filled(num_rows)
    inputs = np.zeros((num_tasks, len(sizes), rows, predictor.design.columns), np.float32)
    targets = np.zeros(inputs.shape[:3], np.float32)
    inputs[:, :, :num_rows, :num_columns] = x[:, None]
    targets[:, :, :num_rows] = y[:, None]
    found = answers_at(
        predictor,
        inputs.reshape(-1, rows, predictor.design.columns),
        targets.reshape(-1, rows),
        np.tile(np.asarray(sizes, np.int32), num_tasks),
        np.repeat(columns, len(sizes)),
    )
    outputs = np.asarray(found.outputs).reshape(num_tasks, len(sizes), rows, -1)
    which = np.searchsorted(sizes, np.arange(num_rows), side="right") - 1
    chosen = outputs[:, which, np.arange(num_rows)]
    return Predicted(predictor.design, predictor.reference, chosen).log_density(y)
