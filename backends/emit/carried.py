"""The text of a backend's own classes and functions, as a generated program needs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """Where the modules are that generated programs carry.

    `folders` says what those of each folder are; `package` is what the folders are imported from,
    by their names. `header` has every import that a module may use, siblings apart, in the order to
    print them.
    """

    package: str
    folders: Mapping[Path, str]
    header: tuple[str, ...]

    @property
    def packages(self) -> frozenset[str]:
        """What the modules import one another as."""
        return frozenset(f"{self.package}.{folder.name}" for folder in self.folders)

    def inlined(
        self, helpers: Iterable[str], before: Collection[str] = ()
    ) -> tuple[tuple[str, ...], str, frozenset[str]]:
        """Return the imports and the source text of these modules and of those that they need.

        Siblings come before what uses them, each once; docstrings of modules and imports are left
        out, and so are modules that stand `before`. The imports are lines of `header`, in its
        order. The last are the modules that the text has.
        """
        chosen: dict[str, ast.Module] = {}
        for helper in helpers:
            self._add(helper, chosen)
        chosen = {name: tree for name, tree in chosen.items() if name not in before}
        lines = {
            ast.unparse(node)
            for tree in chosen.values()
            for node in tree.body
            if isinstance(node, ast.Import | ast.ImportFrom) and self._sibling(node) is None
        }
        bodies = [_body(self._read(helper), chosen[helper]) for helper in chosen]
        imports = tuple(line for line in self.header if line in lines)
        return imports, "\n\n\n".join(bodies), frozenset(chosen)

    def names_defined(self, helpers: Iterable[str]) -> frozenset[str]:
        """Return the names that the pasted text defines, which a program must not use for its own.

        They are read off the lines: parsing would take longer than all else that emits a program.
        """
        texts: dict[str, str] = {}
        left = list(helpers)
        while left:
            helper = left.pop()
            if helper not in texts:
                texts[helper] = self._read(helper)
                parents = (name.rpartition(".") for name in _IMPORTED.findall(texts[helper]))
                left += [module for package, _, module in parents if package in self.packages]
        found = (pair for text in texts.values() for pair in _DEFINED.findall(text))
        return frozenset(function or constant for function, constant in found)

    def every_name(self) -> frozenset[str]:
        """Return the names that all modules together define."""
        return _every_name(self)

    def modules(self) -> list[str]:
        """Return the names of all modules."""
        return [
            path.stem
            for folder in self.folders
            for path in sorted(folder.glob("*.py"))
            if path.stem not in ("__init__", "inline")
        ]

    def has(self, helper: str) -> bool:
        """Return whether there is a module of this name."""
        return self._path(helper).exists()

    def _add(self, helper: str, chosen: dict[str, ast.Module]) -> None:
        if helper in chosen:
            return
        tree = ast.parse(self._read(helper))
        for node in tree.body:
            if isinstance(node, ast.ImportFrom) and (sibling := self._sibling(node)) is not None:
                self._add(sibling, chosen)
        chosen[helper] = tree

    def _sibling(self, node: ast.Import | ast.ImportFrom) -> str | None:
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            return None
        package, _, module = node.module.rpartition(".")
        return module if package in self.packages else None

    def _path(self, helper: str) -> Path:
        paths = [folder / f"{helper}.py" for folder in self.folders]
        return next((path for path in paths if path.exists()), paths[0])

    def _read(self, helper: str) -> str:
        return self._path(helper).read_text(encoding="utf-8")


_DEFINED = re.compile(r"^(?:(?:class|def) (\w+)|(\w+) = )", re.MULTILINE)
_IMPORTED = re.compile(r"^from (\S+) import ", re.MULTILINE)


def top_level_names(tree: ast.Module) -> list[str]:
    """Return the names of a module's classes, functions and constants."""
    names: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            names.append(node.name)
        elif isinstance(node, ast.Assign):
            names.extend(target.id for target in node.targets if isinstance(target, ast.Name))
    return names


@lru_cache(maxsize=4)
def _every_name(carried: Carried) -> frozenset[str]:
    return carried.names_defined(carried.modules())


def _body(text: str, tree: ast.Module) -> str:
    """The text after the module's docstring and imports, comments and spacing kept."""
    last = 0
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if not (is_docstring or isinstance(node, ast.Import | ast.ImportFrom)):
            break
        last = node.end_lineno or 0
    return "\n".join(text.splitlines()[last:]).strip("\n")
