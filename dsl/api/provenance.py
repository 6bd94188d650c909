"""What every result says of how it came about."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from gendsl.api.compilation import Checked
from gendsl.api.pfn_declared import networks_of
from gendsl.api.runtime import versions
from gendsl.results.attributes import hash_of


def provenance(
    checked: Checked, format: str, seed: int, precision: str, device: str
) -> dict[str, Any]:
    """Return the attributes that every result has."""
    networks = networks_of(checked.program)
    return {
        "format": format,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "creation_library": "gendsl",
        "inference_library": "gendsl",
        "model_name": checked.program.name,
        "model_file": checked.source.name,
        "model_text": checked.source.text,
        "model_hash": hash_of("\n".join([checked.source.text, *networks.values()])),
        "model_imports": dict(checked.imports),
        "model_networks": networks,
        "seed": seed,
        "precision": precision,
        "device": device,
        "versions": versions(),
        **checked.fixed.to_attributes(),
    }
