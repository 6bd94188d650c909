"""Functions whose executables are kept on disk where there is a folder for them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property, partial, update_wrapper
from inspect import signature
from typing import Any

from gendsl.executables.identity import identity_of
from gendsl.executables.program import Executable, find_executable, is_storing, keys_of
from gendsl.executables.recent import Recent
from gendsl.executables.store import current_folder
from gendsl.executables.surroundings import setting

FOUND: Recent[Executable | None] = Recent(64)
"""Executables of this process, and what has none."""


def stored(*static: str) -> Callable[[Callable[..., Any]], Stored]:
    """Mark a function as `jax.jit` does, with its static arguments, which come first."""
    return partial(Stored, static)


class Stored:
    """A jitted function; where executables are kept on disk, its own are.

    It takes positional arguments. Whatever can't be kept is left to `jax.jit`: static arguments
    that do not say what they are, arguments that are traced themselves, several devices.
    """

    def __init__(self, static: tuple[str, ...], function: Callable[..., Any]) -> None:
        update_wrapper(self, function)
        names = tuple(signature(function).parameters)
        if names[: len(static)] != static:
            raise ValueError(f"static arguments come first: {static} of {names}")
        self._static = static
        self._function = function

    @cached_property
    def jitted(self) -> Any:
        """The function as `jax.jit` has it."""
        import jax

        return jax.jit(self._function, static_argnames=self._static, keep_unused=True)

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        if not is_storing():
            return self.jitted(*arguments)
        static, rest = arguments[: len(self._static)], arguments[len(self._static) :]
        name = f"{self._function.__module__}.{self._function.__qualname__}"
        return call_stored(name, static, partial(self._with, static), rest)

    def _with(self, static: tuple[Any, ...]) -> Any:
        return _Bound(self.jitted, static)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "jitted":
            raise AttributeError(name)
        return getattr(self.jitted, name)


class _Bound:
    """A jitted function with its first arguments given."""

    def __init__(self, jitted: Any, static: tuple[Any, ...]) -> None:
        self._jitted, self._static = jitted, static

    def __call__(self, *arguments: Any) -> Any:
        return self._jitted(*self._static, *arguments)

    def trace(self, *arguments: Any) -> Any:
        return self._jitted.trace(*self._static, *arguments)


def call_stored(
    name: str, static: Hashable, jitted: Callable[[], Any], arguments: tuple[Any, ...]
) -> Any:
    """Return `jitted()(*arguments)`, by an executable from disk where there is one.

    Args:
        name: says, with `static`, which function it is.
        static: see :func:`identity_of`.
        jitted: makes the jitted function, all of whose arguments are kept (`keep_unused`); not
            called where an executable is found.
    """
    folder = current_folder()
    keys = keys_of(arguments) if folder is not None and is_storing() else None
    if folder is None or keys is None:
        return jitted()(*arguments)
    place = (folder.path, name, static, keys, _precision())

    def find() -> Executable | None:
        identity = identity_of(static)
        if identity is None:
            return None
        return find_executable(name, identity, keys, lambda: jitted().trace(*arguments))

    executable = FOUND.get(place, find)
    return jitted()(*arguments) if executable is None else executable(*arguments)


def _precision() -> Hashable:
    """The settings of JAX that this process is most likely to change between calls."""
    return setting("jax_enable_x64"), setting("jax_default_matmul_precision")
