"""Every form of every row at random arguments, a batch of them at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import special

from distribution_cases.pairs import Pair
from gendsl.distributions.family import FamilyParameter, Role
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES

COUNT = 50
"""How many points a row is compared at."""

SIZE = 3
"""Of vectors, categories and matrices."""

Rng = np.random.Generator


def _scalar(parameter: FamilyParameter, rng: Rng, before: dict[str, Any]) -> Any:
    """Anywhere in the parameter's set; above another parameter where that is the limit."""
    support = parameter.support
    lower = support.lower.value if support.lower is not None else None
    if support.kind is SupportKind.INT:
        least = before[lower] if isinstance(lower, str) else -4 if lower is None else 1
        return least + rng.integers(0, 20, COUNT)
    if isinstance(lower, str):
        return before[lower] + np.exp(rng.normal(size=COUNT))
    if support.upper is not None:
        return special.expit(2.0 * rng.normal(size=COUNT))
    return np.exp(rng.normal(size=COUNT)) if lower == 0.0 else 2.0 * rng.normal(size=COUNT)


def _vector(parameter: FamilyParameter, rng: Rng) -> Any:
    z = rng.normal(size=(COUNT, SIZE))
    match parameter.support.kind:
        case SupportKind.SIMPLEX:
            return special.softmax(z, -1)
        case SupportKind.ORDERED:
            return np.cumsum(np.exp(z), -1) - 3.0
        case _:
            return z if parameter.support.lower is None else np.exp(z)


def _matrix(parameter: FamilyParameter, rng: Rng) -> Any:
    root = np.tril(0.5 * rng.normal(size=(COUNT, SIZE, SIZE)), -1)
    root += np.exp(0.5 * rng.normal(size=(COUNT, SIZE, 1))) * np.eye(SIZE)
    return root if parameter.name == "cholesky" else root @ np.swapaxes(root, 1, 2)


def arguments(parameters: tuple[FamilyParameter, ...], rng: Rng) -> dict[str, Any]:
    """Random arguments of a form without distributions among them."""
    given: dict[str, Any] = {}
    for parameter in parameters:
        if not parameter.is_required:
            continue
        match parameter.role:
            case Role.SCALAR:
                given[parameter.name] = _scalar(parameter, rng, given)
            case Role.MATRIX:
                given[parameter.name] = _matrix(parameter, rng)
            case Role.FACTOR:
                given[parameter.name] = rng.normal(size=(COUNT, SIZE, 2))
            case _:
                given[parameter.name] = _vector(parameter, rng)
    return given


MOVED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "Wishart": lambda a: {**a, "df": a["df"] + SIZE - 1},
    "InverseWishart": lambda a: {**a, "df": a["df"] + SIZE - 1},
}
"""Sets that two parameters make together."""


def _plain() -> list[Pair]:
    pairs = []
    for i, row in enumerate(FAMILIES.values()):
        for j, form in enumerate(row.forms):
            roles = {p.role for p in form.parameters}
            if row.name == "Flat" or roles & {Role.DISTRIBUTION, Role.COMPONENTS}:
                continue
            given = arguments(form.parameters, np.random.default_rng([i, j]))
            pairs.append(Pair(row.name, MOVED.get(row.name, lambda a: a)(given)))
    return pairs


def _pair(name: str, form: int = 0, seed: int = 7) -> Pair:
    parameters = FAMILIES[name].forms[form].parameters
    return Pair(name, arguments(parameters, np.random.default_rng(seed)))


def _built_on_others() -> list[Pair]:
    rng = np.random.default_rng(11)
    gate = special.expit(2.0 * rng.normal(size=COUNT))
    weights = special.softmax(rng.normal(size=(COUNT, SIZE)), -1)
    loc, scale = rng.normal(size=(COUNT, SIZE)), np.exp(rng.normal(size=(COUNT, SIZE)))
    lower = rng.normal(size=COUNT)
    return [
        Pair("ZeroInflated", {"gate": gate, "base": _pair("Poisson")}),
        Pair("ZeroInflated", {"gate": gate, "base": _pair("NegativeBinomial", 1)}),
        Pair("Hurdle", {"gate": gate, "base": _pair("Poisson", 1)}),
        Pair("Hurdle", {"gate": gate, "base": _pair("Binomial", 1)}),
        Pair(
            "Mixture",
            {"weights": weights, "component": Pair("Normal", {"loc": loc, "scale": scale})},
        ),
        Pair(
            "Mixture",
            {"weights": weights, "component": [_pair("Laplace"), _pair("Gamma"), _pair("Uniform")]},
        ),
        Pair("Censored", {"base": _pair("Normal"), "lower": lower, "upper": lower + 1.0}),
        Pair("Censored", {"base": _pair("StudentT"), "upper": lower}),
        Pair("Censored", {"base": _pair("Gamma"), "lower": np.exp(lower)}),
        Pair("Censored", {"base": _pair("NegativeBinomial"), "upper": np.full(COUNT, 3.0)}),
    ]


PAIRS: tuple[Pair, ...] = (*_plain(), *_built_on_others())
"""One for each form, and some of those that are built on others."""
