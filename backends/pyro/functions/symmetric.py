"""Matrices made symmetric."""
# mypy: ignore-errors
# untyped on purpose: this text is pasted into programs for Pyro users to read


def symmetric(x):
    """The symmetric part of a matrix: torch's eigenvectors are those of its lower half alone."""
    return (x + x.mT) / 2
