"""What a program can't do, said by site: every backend raises these."""

from __future__ import annotations

from typing import ClassVar


class Refusal(Exception):
    """Names the site and the reason; `code` is a row of the catalogue of errors."""

    code: ClassVar[str]
    sentence: ClassVar[str]
    help: str | None = None

    def __init__(self, site: str, reason: str) -> None:
        super().__init__(self.sentence.format(site=site, reason=reason))
        self.site = site
        self.reason = reason


class CannotInfer(Refusal):
    """A site has no density on a vector of reals."""

    code = "G0705"
    sentence = "`{site}` has no unconstrained coordinates: {reason}"


class HasNoDistribution(CannotInfer):
    """Data have missing values that nothing says how to infer."""

    sentence = "`{site}` has missing values and {reason}"

    def __init__(self, data: str, dims: tuple[str, ...]) -> None:
        super().__init__(data, "no statement says how it is distributed")
        entries = f"[{', '.join(dims)}]" if dims else ""
        self.help = f"add `{data}{entries} ~ ...`"


class CannotSimulate(Refusal):
    """A site can't be drawn: an improper prior, a scored expression, data that lag themselves."""

    code = "G0706"
    sentence = "`{site}` can't be simulated: {reason}"


class CannotPredict(Refusal):
    """Unknown members of a site can't be drawn given the known ones."""

    code = "G0707"
    sentence = "new members of `{site}` can't be drawn: {reason}"
