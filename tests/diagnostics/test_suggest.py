"""Which name is probably meant."""

import pytest

from gendsl.diagnostics.suggest import nearest


@pytest.mark.parametrize(
    ("word", "candidates", "meant"),
    [
        ("sgima", ["mu", "sigma", "tau"], "sigma"),
        ("sigm", ["sigma", "stigma"], "sigma"),
        ("normal", ["Normal", "LogNormal"], "Normal"),
        ("HalfNorml", ["HalfNormal", "Normal"], "HalfNormal"),
        ("noncentred", ["centred", "non_centred"], "non_centred"),
        ("centered", ["centred", "non_centred"], "centred"),
        ("mu", ["xi", "pi"], None),
        ("alpha", ["beta", "gamma"], None),
        ("mu", ["mu"], None),
        ("ab", ["ac", "aa"], "aa"),
        ("x", [], None),
    ],
)
def test_nearest(word, candidates, meant):
    assert nearest(word, candidates) == meant
