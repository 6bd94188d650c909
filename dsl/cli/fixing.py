"""The model of which `--set` and `--do` fix quantities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gendsl.api.model import Model


def fixed(model: Model, set_: Sequence[str] | None, do: Sequence[str] | None) -> Model:
    """Return the model with what the options fix.

    Raises:
        UsageError: if an option can't be read, or names what the model does not have.
    """
    if not (set_ or do):
        return model
    from gendsl.api.intervention import fix
    from gendsl.api.model import Model
    from gendsl.api.setting import Fixed, read_settings

    wishes = Fixed(read_settings(set_ or (), "--set"), read_settings(do or (), "--do"))
    return Model(fix(model.checked, wishes))
