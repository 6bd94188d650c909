"""What took tracing to find out about a program, kept beside its executables."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from gendsl.executables.program import current_device, is_storing
from gendsl.executables.store import current_folder
from gendsl.executables.surroundings import surroundings


def remembered(name: str, identity: str | None, find: Callable[[], Any]) -> Any:
    """Return what `find()` returns, a value in JSON, or returned in an earlier process.

    Args:
        name: of what is found: letters and digits.
        identity: a text of everything that decides it, but for what decides any executable; None
            to find it anew.
    """
    folder = current_folder()
    if folder is None or identity is None or not is_storing():
        return find()
    text = "\0".join((name, identity, surroundings(current_device())))
    digest = sha256(text.encode()).hexdigest()
    entry = f"{name}-{digest[:40]}"
    found = folder.read(entry)
    if found is not None and found[0].get("key") == digest and "value" in found[0]:
        return found[0]["value"]
    value = find()
    folder.write(entry, {"key": digest, "value": value})
    return value
