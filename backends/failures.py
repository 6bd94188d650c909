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


class FirstNotGiven(CannotSimulate):
    """Data that lag themselves are drawn from their first entries on, which no statement draws."""

    help = "give these entries, or say how they are distributed: `y[time < 1] ~ ...`"

    def __init__(self, data: str, count: int) -> None:
        entries = "entry is" if count == 1 else f"{count} entries are"
        super().__init__(data, f"its first {entries} conditioned on, and must be given")


class ReadsItself(CannotSimulate):
    """The statement that draws data reads the very entries that it draws."""

    def __init__(self, data: str) -> None:
        super().__init__(
            data, "the statement that says how it is distributed reads the entries that it draws"
        )
        self.help = (
            f"declare what is read there as data of its own, such as a time of censoring "
            f"`data limit[...]` in place of `{data}`, or give `{data}` when predicting"
        )


class CannotPredict(Refusal):
    """Unknown members of a site can't be drawn given the known ones."""

    code = "G0707"
    sentence = "new members of `{site}` can't be drawn: {reason}"


class CannotSay(Refusal):
    """A construct that this backend has no words for, though others do."""

    code = "G0710"
    sentence = "`{site}` can't be said in this backend: {reason}"
    help = "the backend `numpyro` says it"


class LacksPackage(Refusal):
    """What the backend runs on is not installed; `site` is the model's name."""

    code = "G0709"
    sentence = "the model `{site}` can't be run in this backend: {reason}"
    help = "pip install 'gendsl[pyro]'"


class NeedsWhole(Refusal):
    """A statement needs all members of a dimension that is to be read in minibatches."""

    code = "G0765"

    def __init__(self, site: str, dim: str, reason: str) -> None:
        Exception.__init__(self, f"`{dim}` can't be read in minibatches: {reason}")
        self.site = site
        self.reason = reason
        self.help = (
            f"leave `{dim}` out of `minibatch`; members must add to the density by themselves"
        )


class CannotCompute(Refusal):
    """What this backend runs on raised an error at some position; `site` is empty."""

    code = "G0758"
    sentence = "the program can't be computed in this backend: {reason}"
    help = "look for positions outside of their dimension; the backend `numpyro` takes the nearest"

    def __init__(self, error: Exception) -> None:
        first = str(error).strip().partition("\n")[0]
        super().__init__("", f"{type(error).__name__}: {first}")
