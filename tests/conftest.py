"""Options and fixtures of all tests."""

import gc
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

MOST_MAPPINGS = 8000
"""Each compiled program takes some; Linux gives a process 65,530, and then ends it."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write what golden tests compare with"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark slow what a sweep leaves out; which ones depends on the name of the test."""
    seen: Counter[str] = Counter()
    for item in items:
        sweep = item.get_closest_marker("sweep")
        if sweep is None:
            continue
        name = item.nodeid.partition("[")[0]
        (every,) = sweep.args
        if (zlib.crc32(name.encode()) + seen[name]) % every:
            item.add_marker(pytest.mark.slow)
        seen[name] += 1


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared with."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(autouse=True, scope="module")
def few_programs() -> Iterator[None]:
    """Drop what JAX compiled where thousands of tests in one process have left much of it."""
    yield
    if "jax" in sys.modules and _mappings() > MOST_MAPPINGS:
        sys.modules["jax"].clear_caches()
        gc.collect()


def _mappings() -> int:
    """Of memory, in this process; 0 where the system does not say."""
    file = Path("/proc/self/maps")
    return file.read_text().count("\n") if file.exists() else 0
