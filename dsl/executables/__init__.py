"""Compiled programs on disk: a later process neither traces nor compiles what an earlier one did.

Inside `kept_in(folder)`, a function marked `stored` looks for its executable by a key of everything
that decides it: what its static arguments say of themselves (:func:`identity_of`), the shapes and
types of the others, and the :func:`surroundings`. The package knows neither the language nor
inference.
"""

from gendsl.executables.blocks import block_size, in_blocks
from gendsl.executables.folder import Folder
from gendsl.executables.identity import identity_of
from gendsl.executables.matrix_batches import one_after_another
from gendsl.executables.program import (
    Executable,
    current_device,
    find_executable,
    is_storing,
    keys_of,
)
from gendsl.executables.recent import Recent
from gendsl.executables.remembered import remembered
from gendsl.executables.store import current_folder, kept_in
from gendsl.executables.stored import Stored, call_stored, stored
from gendsl.executables.surroundings import setting

__all__ = [
    "Executable",
    "Folder",
    "Recent",
    "Stored",
    "block_size",
    "call_stored",
    "current_device",
    "current_folder",
    "find_executable",
    "identity_of",
    "in_blocks",
    "is_storing",
    "kept_in",
    "keys_of",
    "one_after_another",
    "remembered",
    "setting",
    "stored",
]
