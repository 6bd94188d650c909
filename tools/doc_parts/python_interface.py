"""The public classes and functions, read off their signatures and docstrings."""

from __future__ import annotations

import inspect
import re
from typing import Any

from doc_parts.markdown import code


def python_reference() -> str:
    """Signatures and docstrings of the public classes and functions."""
    import gendsl
    from gendsl.api.calibration_result import Calibration
    from gendsl.api.pfn_check import PfnCheck
    from gendsl.api.pfn_prediction import PfnPrediction
    from gendsl.api.pfn_trained import TrainedPfn
    from gendsl.api.pfns import PfnBlock
    from gendsl.api.prediction import Prediction
    from gendsl.api.simulation import Simulation
    from gendsl.results.crossvalidation import Comparison, CrossValidation
    from gendsl.results.joint import JointTest
    from gendsl.results.summary import Summary

    parts = []
    for name in ("compile", "load", "compare", "load_pfn"):
        function = getattr(gendsl, name)
        parts += [f"### gendsl.{name}", _signature(name, function), _docstring(function)]
    for cls in (
        gendsl.Model,
        gendsl.Fit,
        Prediction,
        Simulation,
        Summary,
        CrossValidation,
        Calibration,
        JointTest,
        Comparison,
        PfnBlock,
        TrainedPfn,
        PfnPrediction,
        PfnCheck,
        gendsl.PfnRegressor,
        gendsl.PfnClassifier,
    ):
        parts += [f"### {cls.__name__}", _docstring(cls)]
        for name, member in _members(cls):
            if isinstance(member, property):
                parts += [f"#### {cls.__name__}.{name}", _docstring(member.fget)]
            else:
                parts += [
                    f"#### {cls.__name__}.{name}", _signature(name, member), _docstring(member)
                ]  # fmt: skip
    return "\n\n".join(part for part in parts if part)


def _members(cls: type) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__[:-1]):
        for name, member in vars(base).items():
            if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):  # noqa: E501  # fmt: skip
                found[name] = member
    return list(found.items())


def _signature(name: str, function: Any) -> str:
    signature = inspect.signature(function)
    kept = [
        p.replace(annotation=_Written(p.annotation))
        for p in signature.parameters.values()
        if p.name != "self"
    ]
    result = _Written(signature.return_annotation)
    return code(f"{name}{signature.replace(parameters=kept, return_annotation=result)}")


class _Written(str):
    """An annotation that is shown as it is written, without quotes."""

    def __repr__(self) -> str:
        return str(self)


def _docstring(thing: Any) -> str:
    text = inspect.cleandoc(thing.__doc__ or "")
    lines = []
    for line in text.splitlines():
        if line.rstrip() == "Raises:":
            lines.append("Raises:\n")
        elif match := re.fullmatch(r" {4}(\w+): (.*)", line):
            lines.append(f"- `{match[1]}`: {match[2]}")
        else:
            lines.append(line)
    return "\n".join(lines)
