"""What a density can't do, said by site."""

from __future__ import annotations


class CannotSimulate(Exception):
    """A site can't be drawn: an improper prior, a scored expression, data that lag themselves."""

    def __init__(self, site: str, reason: str) -> None:
        super().__init__(f"`{site}` can't be simulated: {reason}")
        self.site = site
        self.reason = reason


class CannotPredict(Exception):
    """Unknown members of a site can't be drawn given the known ones."""

    def __init__(self, site: str, reason: str) -> None:
        super().__init__(f"new members of `{site}` can't be drawn: {reason}")
        self.site = site
        self.reason = reason


class CannotInfer(Exception):
    """A site has no density on a vector of reals."""

    def __init__(self, site: str, reason: str) -> None:
        super().__init__(f"`{site}` has no unconstrained coordinates: {reason}")
        self.site = site
        self.reason = reason
