"""Lowering recurrences."""
from __future__ import annotations
from gendsl.backends.numpyro.emit.nodes import Placed
from gendsl.backends.numpyro.emit.scope import Scope
from gendsl.backends.numpyro.emit.uses import DataUse
from gendsl.ir.program import Recurrence
def recurrence(node: Recurrence, scope: Scope, uses: DataUse) -> list[Placed]:
    return []
