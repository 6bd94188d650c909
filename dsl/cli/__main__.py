"""`gendsl` as a process of its own: `python -m gendsl.cli`, and the command that is installed.

It differs from `main` in what only a whole process may do. Importing JAX makes so many objects that
looking for unused ones, again and again, took a tenth of a second; taking all modules apart at the
end took three tenths, which is as long as all of the sampling.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import NoReturn

_OBJECTS_BETWEEN_COLLECTIONS = 200_000


def run() -> NoReturn:
    """Run the command line, and end the process."""
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 30, 30)
    from gendsl.cli.main import main

    try:
        main()
    except SystemExit as end:
        if not isinstance(end.code, int | None):
            raise
        _leave(end.code or 0)
    _leave(0)


def _leave(code: int) -> NoReturn:
    """End the process with what is to be done at its end, but for taking the interpreter apart."""
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except (OSError, ValueError):
        # Python itself says this of a reader that has gone away.
        code = code or 120
    os._exit(code)


if __name__ == "__main__":
    run()
