"""What a fit says of itself, as attributes that NetCDF and Zarr can hold.

Strings, integers and reals stay as they are; anything else is written as JSON under a key that ends
in `_json`. HDF5 holds at most 64 kB in one attribute, so that longer text continues in `key.1`, ...
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

FIT_FORMAT = "gendsl fit 1"
SIMULATION_FORMAT = "gendsl simulation 1"
CALIBRATION_FORMAT = "gendsl calibration 1"
PREDICTION_FORMAT = "gendsl prediction 1"
LONGEST = 16_000
"""Characters of text in one attribute; none takes more than four bytes."""

_JSON = "_json"


def encode(attributes: Mapping[str, Any]) -> dict[str, str | int | float]:
    """Return attributes that a file can hold."""
    encoded: dict[str, str | int | float] = {}
    for key, value in attributes.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            key, value = key + _JSON, json.dumps(value)
        if isinstance(value, str) and len(value) > LONGEST:
            parts = [value[i : i + LONGEST] for i in range(0, len(value), LONGEST)]
            encoded[key] = parts[0]
            encoded.update({f"{key}.{i}": part for i, part in enumerate(parts[1:], 1)})
        else:
            encoded[key] = value
    return encoded


def decode(attributes: Mapping[Any, Any]) -> dict[str, Any]:
    """Return what was encoded; other programs' attributes come back as they are."""
    whole: dict[str, Any] = {}
    for key in map(str, attributes):
        stem, point, number = key.rpartition(".")
        if not (point and number.isdigit() and stem in attributes):
            value = attributes[key]
            i = 1
            while f"{key}.{i}" in attributes:
                value += attributes[f"{key}.{i}"]
                i += 1
            whole[key] = value.item() if hasattr(value, "item") else value
    return {
        key.removesuffix(_JSON): json.loads(value) if key.endswith(_JSON) else value
        for key, value in whole.items()
    }


def hash_of(text: str) -> str:
    """Return what identifies a model's text."""
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()
