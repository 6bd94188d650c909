"""Turning generated text into a module, by the import system's own means.

The text is registered with `linecache`, so a traceback shows the generated line. Modules are kept
by the hash of their text: the same program is loaded once.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import linecache
from hashlib import sha256
from importlib.abc import SourceLoader
from types import ModuleType


class TextLoader(SourceLoader):
    """Loads a module from a text in memory."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text

    def get_filename(self, fullname: str) -> str:
        """The name under which tracebacks and `linecache` know the text."""
        return self.path

    def get_data(self, path: str | bytes) -> bytes:
        """The text; there is no compiled file beside it."""
        if path != self.path:
            raise OSError(f"{path!r} is not {self.path}")
        return self.text.encode()


_loaded: dict[str, ModuleType] = {}


def load(text: str) -> ModuleType:
    """Return the module that the text defines."""
    digest = sha256(text.encode()).hexdigest()
    if digest not in _loaded:
        name = f"gendsl_program_{digest[:16]}"
        path = f"<gendsl {digest[:16]}>"
        loader = TextLoader(path, text)
        spec = importlib.util.spec_from_loader(name, loader, origin=path)
        assert spec is not None
        module = importlib.util.module_from_spec(spec)
        linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
        loader.exec_module(module)
        _loaded[digest] = module
    return _loaded[digest]
