"""Makes `build/tree/gendsl`, the import package as links, for tools that read folders.

Type checkers and import-linter can't follow an editable install's import hook. Only files are
links, since import-linter does not descend into linked folders.
"""

import shutil
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
TREE = REPOSITORY / "build" / "tree" / "gendsl"
ROOTS = {"dsl": TREE} | {
    folder: TREE / folder for folder in ("grammar", "backends", "inference", "models")
}

shutil.rmtree(TREE, ignore_errors=True)
for folder, target in ROOTS.items():
    for source in (REPOSITORY / folder).rglob("*.py"):
        link = target / source.relative_to(REPOSITORY / folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source)
