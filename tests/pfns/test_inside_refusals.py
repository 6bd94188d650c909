"""Trained networks that another model uses wrongly."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from inside_cases import MODEL

from gendsl.api.pfn_trained import TrainedPfn
from gendsl.diagnostics.source import Source
from gendsl.pipeline import check

LINE = "  z[new] ~ lin(X = X_new, tau = 0.7) given X = X, y = y\n"
WRONG = {
    "z[new] ~ lin(X = X_new, tau = 0.7)": ("G1034", "lacks `X`, `y`"),
    "z[new] ~ lin(X = X_new) given X = X, y = y": ("G1034", "lacks `tau`"),
    "z[new] ~ lin(X = X_new, taw = 1) given X = X, y = y": ("G1034", "reads no `taw`"),
    "z[new] ~ lin(1, X_new, 3) given X = X, y = y": ("G1034", "has 2 inputs"),
    "z[new] ~ lin(X = X_new, tau = 1) given X = X, tau = 1, y = y": ("G1034", "reads no `tau`"),
    "z[new] ~ lin(X = X_new, tau = 1) given X = X, y = 1": ("G1036", "rows of the context"),
    "z[new] ~ lin(X = X_new, tau = 1) given X = X, y = w": ("G1036", "has rows along `new`"),
    "z[new] ~ lin(X = w, tau = 1) given X = X, y = y": ("G1036", "has columns"),
    "z[new] ~ lin(X = X_new, tau = w) given X = X, y = y": ("G1036", "one number for all rows"),
    "z ~ lin(X = X_new, tau = 1) given X = X, y = y": ("G1036", "has columns"),
    "z[new] ~ Normal(0, 1) given y = y": ("G1035", "takes no context"),
    "z[new] ~ linn(X = X_new) given y = y": ("G1035", "takes no context"),
    "count[new] ~ kinds(1.0) given length = y, kind = y": ("G1037", "a whole number"),
    "y2[new] ~ kinds(1.0) given length = y, kind = k": ("G0311", "draws whole numbers"),
    "z[new] : real > 0 ~ lin(X = X_new, tau = 1) given X = X, y = y": ("G0304", "be truncated"),
    "k[seen] ~ kinds(1.0) given length = y, kind = k": ("G1039", "is given `k`"),
    "y[seen] ~ lin(X = X, tau = 1) given X = X, y = y + 1": ("G1039", "is given `y`"),
    "h[seen] = not k\n  k[seen] ~ kinds(1.0) given length = y, kind = h": ("G1039", "is given `k`"),
    "h[seen] ~ Bernoulli(0.5)\n  y2[new] ~ Normal(0, 1)\n"
    "  k2[new] ~ kinds(1.0) given length = y, kind = h": ("G1039", "discrete and latent"),
    "data j[seen] : bool?\n  j[seen] ~ Bernoulli(0.5)\n"
    "  k2[new] ~ kinds(1.0) given length = y, kind = j": ("G1039", "has missing values"),
}


@pytest.mark.parametrize("written", WRONG, ids=range(len(WRONG)))
def test_wrong_use_has_a_place_and_a_way_out(folder: Path, written: str) -> None:
    code, words = WRONG[written]
    more = "  data y2[new] : real\n  data k[seen] : bool\n"
    kept = LINE if code == "G1039" else ""  # found once all statements are typed
    text = 'pfn kinds from "kinds.pfn"\n' + MODEL.replace(LINE, f"{kept}{more}  {written}\n")
    path = str(folder / "wrong.gen")
    found = [d for d in check(Source(path, text)) if d.code.startswith(code) and words in d.message]
    assert found, "\n".join(f"{d.code} {d.message}" for d in check(Source(path, text)))
    assert found[0].span is not None and found[0].label and found[0].help


def test_bounds_are_refused_with_a_way_out(folder: Path) -> None:
    text = MODEL.replace("  z[new] ~", "  z[new] : real > 0 ~")
    [found] = [d for d in check(Source(str(folder / "m.gen"), text)) if d.code == "G0304"]
    assert "on the log scale" in str(found.help) and "drop the bound" in str(found.help)


def test_chosen_members_and_predictions_may_be_given(folder: Path) -> None:
    """Members that an index names may be others; a prediction reads draws."""
    text = """\
pfn kinds from "kinds.pfn"
model m {
  dim seen
  dim row
  data length[row] : real > 0
  data kind[row] : bool
  data at[seen] : row
  data on[row] : bool
  kind[row] ~ kinds(length) given length = length[at], kind = kind[at] where on
  h[row] ~ Bernoulli(0.5)
  data w[row] : real
  w[row] ~ Normal(h, 1)
  predict k2[row] ~ kinds(length) given length = length, kind = h
}
"""
    assert not [d.code for d in check(Source(str(folder / "m.gen"), text))]


def test_networks_of_latents_have_no_distribution_of_a_row(folder: Path, line: TrainedPfn) -> None:
    from gendsl.resolve.pfns.files import NetworkFiles

    source = Source(str(folder / "m.gen"), MODEL)
    read = NetworkFiles.network

    def of_latents(self, name, reporter):
        return replace(read(self, name, reporter), target=None)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(NetworkFiles, "network", of_latents)
        assert next(d.code for d in check(source)) == "G1034"


def test_a_prior_can_not_use_one(folder: Path) -> None:
    block = """
pfn second {
  prior = m
  predict w given v
  rows = 2..8
  inputs = v ~ Normal(0, 1)
  network = transformer(layers = 1, width = 8, heads = 1, head = mixture(2))
  train = adam(steps = 10, batch = 8)
}
"""
    source = Source(str(folder / "m.gen"), MODEL + block)
    [found] = [d for d in check(source) if d.code == "G1032"]
    assert "lin" in found.message and found.help
