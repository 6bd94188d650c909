"""The text of our own distributions, as a generated program needs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from pathlib import Path

FOLDERS = {
    Path(__file__).parent: "distributions that NumPyro lacks",
    Path(__file__).parent.parent / "odes": "differential equations",
    Path(__file__).parent.parent / "bases": "bases of functions",
}
"""Where the modules are that generated programs carry, and what they are."""

PACKAGES = frozenset(f"gendsl.backends.numpyro.{folder.name}" for folder in FOLDERS)
"""What they import one another as."""

HEADER: tuple[str, ...] = (
    "import diffrax",
    "import dataclasses",
    "import functools",
    "import math",
    "import jax",
    "import jax.numpy as jnp",
    "import numpyro.distributions as dist",
    "from jax import lax",
    "from jax.custom_derivatives import SymbolicZero",
    "from jax.flatten_util import ravel_pytree",
    "from jax.scipy import special",
    "from numpyro.distributions import constraints",
    "from numpyro.distributions.util import validate_sample",
)
"""Every import that a module of this folder may use, siblings apart, in the order to print them."""

_DEFINED = re.compile(r"^(?:(?:class|def) (\w+)|(\w+) = )", re.MULTILINE)
_IMPORTED = re.compile(r"^from (\S+) import ", re.MULTILINE)


def inlined(helpers: Iterable[str]) -> tuple[tuple[str, ...], str]:
    """Return the imports and the source text of these helper modules and of those that they need.

    Siblings come before what uses them, each once; docstrings of modules and imports are left out.
    The imports are lines of `HEADER`, in its order.
    """
    chosen: dict[str, ast.Module] = {}
    for helper in helpers:
        _add(helper, chosen)
    lines = {
        ast.unparse(node)
        for tree in chosen.values()
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom) and _sibling(node) is None
    }
    bodies = [_body(_path(helper).read_text(encoding="utf-8"), chosen[helper]) for helper in chosen]
    return tuple(line for line in HEADER if line in lines), "\n\n\n".join(bodies)


def names_defined(helpers: Iterable[str]) -> frozenset[str]:
    """Return the names that the pasted text defines, which a program must not use for its own.

    They are read off the lines: parsing would take longer than all else that emits a program.
    """
    texts: dict[str, str] = {}
    left = list(helpers)
    while left:
        helper = left.pop()
        if helper not in texts:
            texts[helper] = _path(helper).read_text(encoding="utf-8")
            parents = (name.rpartition(".") for name in _IMPORTED.findall(texts[helper]))
            left += [module for package, _, module in parents if package in PACKAGES]
    found = (pair for text in texts.values() for pair in _DEFINED.findall(text))
    return frozenset(function or constant for function, constant in found)


def top_level_names(tree: ast.Module) -> list[str]:
    """Return the names of a module's classes, functions and constants."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names.extend(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


def _add(helper: str, chosen: dict[str, ast.Module]) -> None:
    if helper in chosen:
        return
    tree = ast.parse(_path(helper).read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and (sibling := _sibling(node)) is not None:
            _add(sibling, chosen)
    chosen[helper] = tree


def _sibling(node: ast.Import | ast.ImportFrom) -> str | None:
    if not isinstance(node, ast.ImportFrom) or node.module is None:
        return None
    package, _, module = node.module.rpartition(".")
    return module if package in PACKAGES else None


def _path(helper: str) -> Path:
    paths = [folder / f"{helper}.py" for folder in FOLDERS]
    return next((path for path in paths if path.exists()), paths[0])


def _body(text: str, tree: ast.Module) -> str:
    """The text after the module's docstring and imports, comments and spacing kept."""
    last = 0
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        last = node.end_lineno or 0
    return "\n".join(text.splitlines()[last:]).strip("\n")
