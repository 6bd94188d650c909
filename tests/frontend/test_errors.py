"""Syntax errors: their texts, that all are found, and that no text makes the parser fail."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gendsl.diagnostics.catalogue import CATALOGUE
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.render import render_all
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source
from gendsl.frontend.parse import parse
from gendsl.frontend.read import decode

BAD = sorted((Path(__file__).parent / "bad").glob("*.gen"))


def diagnose(text):
    try:
        parse(Source("test.gen", text))
    except DiagnosticError as error:
        return error.diagnostics
    return ()


def test_there_are_bad_programs():
    assert BAD


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_texts_of_errors(path, update_golden):
    source = decode(path.read_bytes(), path.name)
    with pytest.raises(DiagnosticError) as caught:
        parse(source)
    text = render_all(caught.value.diagnostics)
    golden = path.with_suffix(".txt")
    if update_golden:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


ONE_EACH = [
    ("y ~ 3", "G0113"), ("y ~ mu", "G0113"), ("y ~ 2 * Normal(0, 1)", "G0113"),
    ("y ~ Normal(0, 1) + 2", "G0113"), ("mu ~ Normal(0 5)", "G0101"), ("real mu", "G0103"),
    ("real<lower=0> s", "G0103"), ("mu <- 3", "G0103"), ("mu := 3", "G0103"),
    ("x = y ** 2", "G0103"), ("x = 0 < y < 1", "G0108"), ("x = a − b", "G0102"),
    ("x = .5", "G0105"), ("x = 2.", "G0105"), ("x = 3x", "G0105"), ("x = 1__0", "G0105"),
    ("x = 1e999", "G0105"), ('x = "abc', "G0104"), (r'x = "\q"', "G0104"),
    (r'x = "\ud800"', "G0104"), ("x = y[]", "G0112"), ("x = y[1:3]", "G0112"),
    ("x = y[k = 1..3]", "G0112"), ("x = sum[k = 3](y)", "G0112"), ("let x ~ Normal(0, 1)", "G0111"),
    ("data y ~ Normal(0, 1)", "G0111"), ("data y", "G0111"), ("data ~ Normal(0, 1)", "G0114"),
    ("factor[k] ~ Normal(0, 1)", "G0114"), ("x = data", "G0114"), ("x == 3", "G0101"),
    ("x : real = 3", "G0111"), ("x : real > 0", "G0111"), ("y = 3 where x", "G0111"),
    ("x = f(a)(b)", "G0101"), ("x = {1, 2}", "G0101"), ("x = a ? b : c", "G0103"),
    ("y ~ Normal(0, 1) T[0,]", "G0103"), ("x", "G0101"), ("print(x)", "G0101"),
    ("target += 3", "G0103"), ("x = (1 + 2", "G0106"), ("x = 1 + 2)", "G0107"),
    ("x = [1, 2)", "G0107"), ("a.b = 3", "G0111"), ("dim", "G0101"), ("dim a, b = 3", "G0111"),
    ("dim a : orderd", "G0111"), ("dim a : from 0.5", "G0111"), ("y ~ N() as centered", "G0111"),
    ("y ~ N() where a where b", "G0111"), ("y : 0 < 1 ~ N()", "G0110"),
    ("y : real == 1 ~ N()", "G0110"), ("y : 0 < real > 1 ~ N()", "G0110"), ("x² = 3", "G0102"),
    ("x = N(s ~ N())", "G0475"), ("x = a % b", "G0103"), ("def f(x) = 3", "G0115"),
    ("x = a and", "G0101"), ("x = and b", "G0101"), ("x = a * not b", "G0101"),
    ("if (x > 3) { y = 3 }", "G0103"), ("for (i in 1:N) { y[i] ~ N() }", "G0103"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code"), ONE_EACH)
def test_a_mistake_is_reported_once_and_as_what_it_is(text, code):
    found = diagnose(f"model m {{\n  {text}\n}}\n")
    assert [d.code for d in found] == [code]
    assert found[0].span.line == 2


def test_every_independent_error_is_found():
    # Kinds that are said once for a whole file would be missing from the list.
    mistakes = [text for text, code in ONE_EACH if code in ("G0112", "G0113", "G0101", "G0111")]
    mistakes = [text for text in mistakes if not text.endswith("and")][:15]
    assert len(mistakes) == 15
    body = "".join(f"  ok{i} ~ Normal(0, 1)\n  {text}\n" for i, text in enumerate(mistakes))
    found = diagnose(f"model m {{\n{body}}}\n")
    assert [d.span.line for d in found] == [3 + 2 * i for i in range(15)]


def test_errors_of_several_declarations_are_found():
    text = "model a {\n x = = 1\n}\nmodel {\n y = 2 2\n}\ninfer = 3\nmodel c { z = 3 3 }\n"
    assert [d.span.line for d in diagnose(text)] == [2, 4, 7, 8]


def test_a_missing_brace_is_supplied():
    text = "model a {\n x = 1\ninfer r = nuts()\nmodel b {\n y = 2 2\n}\n"
    assert [(d.code, d.span.line) for d in diagnose(text)] == [("G0106", 1), ("G0101", 5)]


def test_a_surplus_brace_is_reported_alone():
    text = "model a {\n x = 1\n}\n}\nmodel b {\n y = 2 2\n}\n"
    assert [(d.code, d.span.line) for d in diagnose(text)] == [("G0107", 4), ("G0101", 6)]


def test_a_block_that_is_never_closed_is_reported_where_it_opens():
    [found] = diagnose("model a {\n  x = 1\n")
    assert (found.code, found.span.text, found.span.line) == ("G0106", "{", 1)


def test_an_unclosed_bracket_leaves_the_next_statements_alone():
    text = "model a {\n  x ~ Normal(0, 1\n  y ~ Normal(0, 1)\n  z = 2 2\n}\n"
    assert [(d.code, d.span.line) for d in diagnose(text)] == [("G0106", 2), ("G0101", 4)]


def test_a_forgotten_right_side_is_reported_where_it_is_missing():
    [found] = diagnose("model a {\n  x ~\n  y ~ Normal(0, 1)\n}\n")
    assert (found.span.line, found.span.text) == (2, "~")


def test_the_number_of_errors_is_bounded():
    found = diagnose("model m {\n" + "  x = 1 1\n" * 1000 + "}")
    assert 10 <= len(found) <= 30


def test_errors_come_in_the_order_of_the_text():
    found = diagnose("model m {\n  x = 1 1\n  y = 2y\n  z = (1\n  w ~ 3\n}\n")
    starts = [d.span.start for d in found]
    assert len(starts) == 4
    assert starts == sorted(starts)


_FRAGMENTS = [
    "model",
    "m",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ",",
    "=",
    "~",
    ":",
    "?",
    "..",
    ">>",
    "|>",
    "<",
    "<=",
    "==",
    "+",
    "-",
    "*",
    "/",
    "@",
    "^",
    "and",
    "or",
    "not",
    "where",
    "as",
    "centred",
    "dim",
    "data",
    "let",
    "predict",
    "observe",
    "factor",
    "from",
    "like",
    "ordered",
    "real",
    "x",
    "y_1",
    "sum",
    "3",
    "1.5",
    "2.",
    ".5",
    "3x",
    '"a"',
    '"b',
    "'c'",
    ";",
    "//",
    "/*",
    "*/",
    "**",
    ":=",
    "+=",
    "&&",
    "||",
    "!",
    "%",
    "$",
    "{",
    "#",
    "\\",
    "−",
    "²",
    "é",
    "\ufeff",
    "\x00",
    "\r",
]
_texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from([*_FRAGMENTS, "\n", "\n  "]), max_size=40).map(" ".join),
    st.lists(st.sampled_from([*_FRAGMENTS, "\n", " "]), max_size=40).map("".join),
)


@settings(deadline=None, max_examples=300)
@given(_texts)
def test_any_text_is_parsed_or_explained(text):
    found = diagnose(text)
    for diagnostic in found:
        assert diagnostic.code in CATALOGUE
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(text)
    if found:
        assert render_all(found).endswith("\n")
    else:
        formatted = format_source(Source("test.gen", text))
        assert format_source(Source("test.gen", formatted)) == formatted
