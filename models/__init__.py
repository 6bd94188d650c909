"""The library of models: `.gen` files with their titles and sources, listed in `catalogue.toml`."""

from gendsl.models.catalogue import LibraryModel, library

__all__ = ["LibraryModel", "library"]
