"""What values a parameter takes, in words."""

from __future__ import annotations

from gendsl.distributions.family import FamilyParameter


def parameter_hint(parameter: FamilyParameter, value: float) -> str:
    """What a number was probably meant as."""
    if parameter.name == "p" and 2 <= value <= 100:
        return f"a percentage is written `{value / 100:g}`"
    if parameter.name == "p":
        return "a log odds is given by its name: `logit = ...`"
    if value == 0 and parameter.name == "scale":
        return "a quantity without spread is an equation, `x = ...`"
    return f"`{parameter.name}` is {parameter.help}"


def describe(parameter: FamilyParameter) -> str:
    """`positive`, `between 0 and 1`, in words."""
    low, high = parameter.support.lower, parameter.support.upper
    if low is not None and high is not None:
        return (
            f"between {low.value:g} and {high.value:g}"
            if isinstance(low.value, float) and isinstance(high.value, float)
            else "within its bounds"
        )
    if low is not None:
        return (
            f"{'greater than' if low.is_strict else 'at least'} {low.value:g}"
            if isinstance(low.value, float)
            else "within its bounds"
        )
    return "within its bounds"
