"""Whether what this backend runs on is there."""

from __future__ import annotations

from importlib.util import find_spec

from gendsl.backends.failures import LacksPackage

_PACKAGES = ("torch", "pyro")


def require(model: str) -> None:
    """Do nothing if torch and Pyro are installed.

    Raises:
        LacksPackage: if one of them is not.
    """
    for package in _PACKAGES:
        if find_spec(package) is None:
            raise LacksPackage(model, f"{package} is not installed")
