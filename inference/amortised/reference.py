"""What a network has to know of its prior and is not trained: centres, units, borders."""

from typing import NamedTuple

import jax
import numpy as np

from gendsl.inference.amortised.design import Design
from gendsl.inference.amortised.heads.continuous import units_of
from gendsl.inference.amortised.tasks import Tasks


class Reference(NamedTuple):
    """Found from draws of the prior, float32.

    Attributes:
        x_centre, x_unit: of the inputs [column]; all the same where columns are exchangeable.
        has_missing: 1 where draws have missing inputs, else 0 [].
        y_centre, y_unit: of the target [].
        latent_centre, latent_unit: of the latent quantities [latent].
        head: of the head, in units of the target.
    """

    x_centre: jax.Array
    x_unit: jax.Array
    has_missing: jax.Array
    y_centre: jax.Array
    y_unit: jax.Array
    latent_centre: jax.Array
    latent_unit: jax.Array
    head: jax.Array


def shapes_of(design: Design) -> Reference:
    """Return the shapes, as a reference of `jax.ShapeDtypeStruct`."""
    latents = 0 if design.joint is None else design.joint.count
    head = design.head.reference(np.zeros(2)).shape
    shapes = ((design.columns,), (design.columns,), (), (), (), (latents,), (latents,), head)
    return Reference(*(jax.ShapeDtypeStruct(shape, np.float32) for shape in shapes))  # type: ignore[arg-type]


def find_reference(design: Design, tasks: Tasks) -> Reference:
    """Return what ``tasks`` say of their prior; thousands of rows make good borders.

    Raises:
        ValueError: if no task is valid, or their shapes are not the design's.
    """
    is_valid = np.asarray(tasks.valid, bool)
    if not is_valid.any():
        raise ValueError("no draw of the prior is valid")
    x, y = np.asarray(tasks.x)[is_valid], np.asarray(tasks.y)[is_valid]
    latents, columns = np.asarray(tasks.latents)[is_valid], np.asarray(tasks.columns)[is_valid]
    wanted = 0 if design.joint is None else design.joint.count
    if x.shape[-1] != design.columns or latents.shape[-1] != wanted:
        raise ValueError(
            f"tasks have {x.shape[-1]} columns and {latents.shape[-1]} latents,"
            f" and the network {design.columns} and {wanted}"
        )
    centre, unit = design.head.units(y.ravel())
    is_there = np.arange(x.shape[-1]) < columns[:, None, None]
    cells = [x[..., j][(is_there & ~np.isnan(x))[..., j]] for j in range(x.shape[-1])]
    if design.is_exchangeable:
        cells = [np.concatenate(cells)] * len(cells)
    of_x = np.array([units_of(each) if each.size else (0.0, 1.0) for each in cells])
    of_latents = np.array([units_of(row) for row in latents.T]).reshape(-1, 2)
    has_missing = np.any(is_there & np.isnan(x))
    found = (
        of_x[:, 0], of_x[:, 1], has_missing, centre, unit, of_latents[:, 0], of_latents[:, 1],
        design.head.reference((y.ravel() - centre) / unit),
    )  # fmt: skip
    return Reference(*(jax.numpy.asarray(value, np.float32) for value in found))
