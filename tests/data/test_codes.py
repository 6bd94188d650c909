# ruff: noqa: E501 — whole messages
"""Index arrays: labels, codes from 0 and from 1, and what predicting adds."""

from __future__ import annotations

import pytest

from gendsl.data import bind
from gendsl.ir.expr import Const
from gendsl.ir.types import INT


@pytest.fixture
def houses(model):
    def make(dim="county", **settings):
        dims = ["house", model.dim(dim, **settings)]
        return model.program(dims, ["county_of[house] : county", "u[county] : real"])

    return make


NO_U = frozenset({"u"})


@pytest.mark.parametrize(
    ("codes", "positions", "labels"),
    [
        ([0, 2, 1], [0, 2, 1], (0, 1, 2)),
        ([0, 1], [0, 1], (0, 1, 2)),
        ([1, 3, 2], [0, 2, 1], (1, 2, 3)),
        ([3], [2], (1, 2, 3)),
    ],
)
def test_base_shows_at_the_ends(houses, codes, positions, labels) -> None:
    bound = bind(houses(), {"county_of": codes, "u": [1, 2, 3]})
    assert bound.arrays["county_of"].tolist() == positions
    assert bound.labels["county"] == labels


def test_ambiguous_codes(houses, errors) -> None:
    data = {"county_of": [1, 2], "u": [1, 2, 3]}
    assert errors(bind, houses(), data) == [
        "G0617: the codes of `county_of` are from 1 to 2, and `county` has 3 members: they may count"
        " from 0 or from 1 | say which: `dim county : from 1` (or `from 0`)"
    ]
    assert bind(houses(first_code=1), data).arrays["county_of"].tolist() == [0, 1]
    assert bind(houses(first_code=0), data).arrays["county_of"].tolist() == [1, 2]


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (
            [0, 3],
            "G0618: the codes of `county_of` run from 0 to 3, but `county` has 3 members in `u`:"
            " `county_of[0]` is 0 and `county_of[1]` is 3"
            " | count from 0 to 2 or from 1 to 3, or give `county` 4 members in `u`",
        ),
        (
            [1, 5],
            "G0618: `county_of[1]` is the code 5, but `county` has 3 members in `u`"
            " | count from 0 to 2 or from 1 to 3, or give `county` more members in `u`",
        ),
        (
            [-1, 2],
            "G0618: `county_of[0]` is the code -1, but `county` has 3 members in `u`"
            " | count from 0 to 2 or from 1 to 3",
        ),
        ([0, 7], "G0618: `county_of[1]` is 7, which is no member of `county` (0, 1, 2)"),
    ],
)
def test_codes_out_of_range(houses, errors, codes, message) -> None:
    assert errors(bind, houses(), {"county_of": codes, "u": [1, 2, 3]}) == [message]


def test_codes_alone_are_labels(houses, model) -> None:
    bound = bind(houses(), {"county_of": [5, 1, 2, 5]}, optional=NO_U)
    assert bound.sizes["county"] == 3 and bound.labels["county"] == (1, 2, 5)
    assert bound.arrays["county_of"].tolist() == [2, 0, 1, 2]
    bound = bind(houses(first_code=1), {"county_of": [5, 1, 2, 5]}, optional=NO_U)
    assert bound.labels["county"] == (1, 2, 3, 4, 5)


def test_gaps_in_an_ordered_dimension_are_noted(houses) -> None:
    bound = bind(houses(is_ordered=True), {"county_of": [1, 2, 5]}, optional=NO_U)
    assert bound.notes[0].code == "G0631"


def test_text_becomes_sorted_labels(houses, errors) -> None:
    bound = bind(houses(), {"county_of": ["b", "a", "b"]}, optional=NO_U)
    assert bound.labels["county"] == ("a", "b")
    assert bound.arrays["county_of"].tolist() == [1, 0, 1]
    assert errors(bind, houses(), {"county_of": ["b", "a", "b"], "u": [1, 2]}) == [
        "G0613: `county_of` names members of `county`, but nothing says which of the 2 in `u` is"
        " which | list the labels in order, in an entry `county` of the data"
    ]


def test_text_names_a_fixed_size(houses, errors) -> None:
    program = houses(size=Const(2, INT))
    assert bind(program, {"county_of": ["b", "a"]}, optional=NO_U).labels["county"] == ("a", "b")
    assert errors(bind, program, {"county_of": ["b", "a", "c"]}, optional=NO_U)[0].startswith(
        "G0613: `county_of` holds 3 labels of `county`, which has 2 members in `dim county`"
    )


def test_unknown_labels_suggest_the_nearest(houses, errors) -> None:
    data = {"county": ["AITKIN", "ANOKA"], "county_of": ["ANOKA", "AITKEN"], "u": [1, 2]}
    assert errors(bind, houses(), data) == [
        'G0618: `county_of[1]` is "AITKEN", which is no member of `county` ("AITKIN", "ANOKA")'
        ' | did you mean "AITKIN"?'
    ]
    data = {"county": [1, 2], "county_of": ["1", "2"], "u": [1, 2]}
    assert errors(bind, houses(), data)[0].endswith("the labels are numbers: write both in one way")


def test_labels_that_differ_in_digits_are_not_suggested(houses, errors) -> None:
    data = {"county": ["county 13", "Other 3"], "county_of": ["county 3"], "u": [1, 2]}
    assert errors(bind, houses(), data) == [
        'G0618: `county_of[0]` is "county 3", which is no member of `county` ("county 13", "Other 3")'
    ]
    data = {"county": ["county 13", "county 3"], "county_of": ["conty 3"], "u": [1, 2]}
    assert errors(bind, houses(), data)[0].endswith('did you mean "county 3"?')


def test_codes_index_named_members(houses, errors) -> None:
    data = {"county": ["a", "b", "c"], "u": [1, 2, 3]}
    assert bind(houses(), {**data, "county_of": [1, 3]}).arrays["county_of"].tolist() == [0, 2]
    assert errors(bind, houses(), {**data, "county_of": [1, 2]})[0].startswith("G0617")
    members = houses("county = {a, b, c}")
    assert bind(members, {"county_of": [0, 2], "u": [1, 2, 3]}).arrays["county_of"].tolist() == [
        0,
        2,
    ]


def test_numbers_as_labels(houses, errors) -> None:
    data = {"county": [10, 20, 30], "u": [1, 2, 3], "county_of": [30.0, 10.0]}
    assert bind(houses(), data).arrays["county_of"].tolist() == [2, 0]
    assert errors(bind, houses(), {**data, "county_of": [1]}) == [
        "G0618: `county_of[0]` is 1, which is no member of `county` (10, 20, 30)"
    ]


def test_missing_index(model, errors) -> None:
    program = model.program(["row", "state"], ["z[row] : state?"])
    bound = bind(program, {"z": ["b", None, "a"]})
    assert bound.missing["z"].tolist() == [False, True, False]
    assert bound.arrays["z"].tolist() == [1, 0, 0]
    program = model.program(["row", "state"], ["z[row] : state"])
    assert errors(bind, program, {"z": [1, None]})[0] == (
        "G0621: `z[1]` is missing | if values may be missing, declare `state?`"
    )


def test_two_arrays_into_one_dimension(model) -> None:
    program = model.program(
        ["edge", "node", "other like node"], ["a[edge] : node", "b[edge] : other"]
    )
    bound = bind(program, {"a": [1, 2], "b": [3, 3]})
    assert bound.labels["node"] == bound.labels["other"] == (1, 2, 3)
    assert bound.arrays["b"].tolist() == [2, 2]


def test_index_under_the_dimensions_name(houses) -> None:
    bound = bind(houses(), {"county": [1, 2, 2], "u": [1, 2]})
    assert bound.arrays["county_of"].tolist() == [0, 1, 1]


def test_categories_are_the_members(houses) -> None:
    import pandas as pd

    column = pd.Categorical(["lo", "hi"], categories=["lo", "mid", "hi"])
    bound = bind(houses(), pd.DataFrame({"county_of": column}), optional=NO_U)
    assert bound.labels["county"] == ("lo", "mid", "hi")
    assert bound.arrays["county_of"].tolist() == [0, 2]


KNOWN = {"county": ("b", "a"), "house": None}


def test_new_labels_follow_the_known_when_predicting(houses) -> None:
    data = {"county_of": ["c", "a", "b"]}
    bound = bind(houses(), data, mode="predict", known=KNOWN, optional=NO_U)
    assert bound.labels["county"] == ("b", "a", "c")
    assert bound.arrays["county_of"].tolist() == [2, 1, 0]
    bound = bind(houses(), {"county_of": ["a"]}, mode="predict", known=KNOWN, optional=NO_U)
    assert bound.labels["county"] == ("b", "a")


def test_new_codes_follow_the_known(houses) -> None:
    known = {"county": (1, 2, 3)}
    bound = bind(houses(), {"county_of": [2, 7]}, mode="predict", known=known, optional=NO_U)
    assert bound.labels["county"] == (1, 2, 3, 7)
    assert bound.arrays["county_of"].tolist() == [1, 3]


def test_known_labels_name_an_array_of_their_size(houses) -> None:
    data = {"county_of": ["a"], "u": [1, 2]}
    assert bind(houses(), data, mode="predict", known=KNOWN).labels["county"] == ("b", "a")


def test_an_array_keeps_its_order_when_predicting(houses) -> None:
    data = {"county_of": ["c"], "u": [3, 1], "county": ["c", "a"]}
    bound = bind(houses(), data, mode="predict", known=KNOWN)
    assert bound.labels["county"] == ("c", "a")
    assert bound.arrays["u"].tolist() == [3, 1]


def test_new_data_over_a_dimension_list_all_of_it(houses, errors) -> None:
    import pandas as pd

    known = {"county": ("county 3", "county 5")}
    data = {
        "rows": pd.DataFrame({"county_of": ["county 5", "county 13", "county 3", "county 5"]}),
        "counties": pd.DataFrame({"county": ["county 13"], "u": [1.0]}),
    }
    assert errors(bind, houses(), data, mode="predict", known=known) == [
        "G0618: new data give `u` over `county`, so they must list every `county` that their rows"
        ' refer to: "county 5", "county 3" are missing; see `county_of` on row 0 of `rows`'
        " | add them where the new data give `u`, also where the fit knows the member"
    ]


def test_keyed_members_come_known_first(houses) -> None:
    import pandas as pd

    frame = pd.DataFrame({"county": ["c", "a", "c"], "u": [3, 1, 3]})
    bound = bind(houses(), frame, mode="predict", known=KNOWN)
    assert bound.labels["county"] == ("a", "c")
    assert bound.arrays["u"].tolist() == [1, 3]


def test_members_of_the_program_are_never_extended(houses, errors) -> None:
    program = houses("county = {a, b}")
    found = errors(
        bind,
        program,
        {"county_of": ["c"]},
        mode="predict",
        known={"county": ("a", "b")},
        optional=NO_U,
    )
    assert found[0].startswith('G0618: `county_of[0]` is "c", which is no member')


def test_sizes_are_a_fallback_when_predicting(houses) -> None:
    both = frozenset({"u", "county_of"})
    bound = bind(
        houses(), {}, mode="predict", known=KNOWN, sizes={"house": 4, "county": 9}, optional=both
    )
    assert bound.sizes == {"house": 4, "county": 2}


def test_sizes_that_would_fill_the_memory(houses, errors) -> None:
    found = errors(bind, houses(first_code=1), {"county_of": [10**12]}, optional=NO_U)
    assert found == [
        "G0618: the code 1000000000000 of `county_of` would make 1000000000000 members of `county`"
        " | without `from`, only the codes that occur are members"
    ]
    found = errors(bind, houses(), {"county_of": [1], "county": 10**12}, optional=NO_U)
    assert found[0].startswith("G0616: `county` would have 1000000000000 members")


def test_empty_text_is_a_missing_label(model) -> None:
    program = model.program(["row", "state"], ["z[row] : state?"])
    assert bind(program, {"z": ["b", "", "a"]}).missing["z"].tolist() == [False, True, False]
