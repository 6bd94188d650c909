"""A declarative probabilistic programming language compiled to NumPyro."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gendsl.api.crossvalidation import compare
    from gendsl.api.fit import Fit, load
    from gendsl.api.model import Model, compile
    from gendsl.api.pfn_estimators import PfnClassifier, PfnRegressor
    from gendsl.api.pfn_files import load_pfn
    from gendsl.diagnostics.diagnostic import DiagnosticError

__all__ = [
    "DiagnosticError",
    "Fit",
    "Model",
    "PfnClassifier",
    "PfnRegressor",
    "compare",
    "compile",
    "load",
    "load_pfn",
]

_HOMES = {
    "DiagnosticError": "gendsl.diagnostics.diagnostic",
    "Fit": "gendsl.api.fit",
    "Model": "gendsl.api.model",
    "PfnClassifier": "gendsl.api.pfn_estimators",
    "PfnRegressor": "gendsl.api.pfn_estimators",
    "compare": "gendsl.api.crossvalidation",
    "compile": "gendsl.api.model",
    "load": "gendsl.api.fit",
    "load_pfn": "gendsl.api.pfn_files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
