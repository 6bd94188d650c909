"""Observations of a summed-out latent are held out together with it."""

from __future__ import annotations

import numpy as np

import gendsl
from gendsl.api.held_out import HeldOut
from gendsl.api.settings import settings_of
from gendsl.transforms.hold_out import HELD_OUT

RATERS = """\
model raters {
  dim rating, item
  dim class = {no, yes}
  data item_of[rating] : item
  data answer[rating] : bool
  w[class] ~ Dirichlet(2)
  p[class] ~ Beta(2, 2)
  z[item] ~ Categorical(w)
  answer[rating] ~ Bernoulli(p[z[item_of]])
}
"""


def test_the_rows_of_an_item_leave_the_likelihood_with_it() -> None:
    model = gendsl.compile(RATERS)
    bound = model.bind({"item_of": [0, 1, 0, 2, 1], "answer": [1, 0, 1, 1, 0]})
    with HeldOut(model.checked, bound, settings_of(model.program, None, {})) as held:
        density = held.density
        at = np.linspace(-1, 1, density.size)
        terms = np.asarray(density.pointwise_log_likelihood(density.data, at)["answer"])
        assert terms.shape == (3,)
        mask = held._mask_of("answer", np.array([False, True, False]))
        assert mask.tolist() == [False, True, False, False, True]
        from gendsl.api.lowering import lower

        rest = held._with_masks(held.bound, {"answer" + HELD_OUT: mask})
        without = lower(held.program).bind(rest)
        found = float(without.log_likelihood(without.data, at))
        np.testing.assert_allclose(found, terms[[0, 2]].sum(), rtol=1e-9)


def test_an_item_without_a_statement_that_holds_is_no_observation() -> None:
    """Item 1 has only an excluded answer, item 2 a missing one: two observations are left."""
    text = RATERS.replace("answer[rating] : bool", "answer[rating] : bool?").replace(
        "Bernoulli(p[z[item_of]])", "Bernoulli(p[z[item_of]]) where counts"
    )
    model = gendsl.compile(text.replace("  p[class]", "  data counts[rating] : bool\n  p[class]"))
    data = {
        "item_of": [0, 1, 0, 2, 3],
        "answer": [1, 0, 1, None, 0],
        "counts": [1, 0, 1, 1, 1],
    }
    with HeldOut(model.checked, model.bind(data), settings_of(model.program, None, {})) as held:
        (scored,) = held.scored()
    assert scored.of == "answer"
    assert scored.is_there.tolist() == [True, False, False, True]


def test_all_items_with_a_statement_that_holds_are_observations() -> None:
    model = gendsl.compile(
        RATERS.replace("[z[item_of]])", "[z[item_of]]) where counts").replace(
            "  p[class]", "  data counts[rating] : bool\n  p[class]"
        )
    )
    data = {"item_of": [0, 1, 0], "answer": [1, 0, 1], "counts": [1, 1, 0]}
    with HeldOut(model.checked, model.bind(data), settings_of(model.program, None, {})) as held:
        (scored,) = held.scored()
    assert scored.is_there.tolist() == [True, True]
