"""The text of diagnostics, character by character."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.render import MAX_WIDTH, render, render_all
from gendsl.diagnostics.source import Source, Span

RADON = """\
model radon {
  dim house
  dim county
  data county_of[house] : county
  data y[house] : real
  mu[county] ~ Normal(0, 5)
  sigma[county] ~ HalfNormal(1)

  y[house] ~ Normal(mu, sigma)
}
"""


def source(text, name="radon.gen"):
    return Source(name, text)


def span(where, text, start=0):
    at = where.text.index(text, start)
    return Span(where, at, at + len(text))


def test_the_example_of_the_language_contract():
    radon = source(RADON)
    diagnostic = Diagnostic(
        "G0203",
        "`sigma` has no dimension `row`",
        span(radon, "sigma", RADON.index("Normal(mu")),
        "has dimensions [county], the left side has [house]",
        (Label(span(radon, "county_of"), "this indexes `county` from `house`"),),
        (),
        "gather it: `sigma[county_of]`",
    )
    assert (
        render(diagnostic)
        == """\
error[G0203]: `sigma` has no dimension `row`
  --> radon.gen:9:25
   |
 9 |   y[house] ~ Normal(mu, sigma)
   |                         ^^^^^ has dimensions [county], the left side has [house]
   |
 4 |   data county_of[house] : county
   |        --------- this indexes `county` from `house`
   |
   = help: gather it: `sigma[county_of]`"""
    )


def test_marks_on_one_line_share_it():
    text = source("x = y + z")
    diagnostic = Diagnostic(
        "G0203", "they differ", span(text, "+"), "here", (Label(span(text, "z"), "[row]"),)
    )
    assert render(diagnostic).split("\n")[2:] == [
        "   |",
        " 1 | x = y + z",
        "   |       ^ here",
        "   |         - [row]",
    ]


def test_without_a_place():
    diagnostic = Diagnostic("G0801", "there is no file `a.gen`", notes=("one", "two"), help="three")
    assert render(diagnostic) == (
        "error[G0801]: there is no file `a.gen`\n   = note: one\n   = note: two\n   = help: three"
    )


def test_remarks_of_several_lines_are_indented():
    diagnostic = Diagnostic("G0801", "m", help="write:\n  x = 1")
    assert render(diagnostic).split("\n")[1:] == ["   = help: write:", "             x = 1"]


def test_a_place_in_another_file_is_named():
    here, there = source("x = 1", "a.gen"), source("\nx = 2", "b.gen")
    diagnostic = Diagnostic("G0203", "m", span(here, "x"), "", (Label(span(there, "x"), "first"),))
    assert (
        render(diagnostic)
        == """\
error[G0203]: m
  --> a.gen:1:1
   |
 1 | x = 1
   | ^
  ::: b.gen:2:1
   |
 2 | x = 2
   | - first"""
    )


def test_a_warning_says_so():
    assert render(Diagnostic("G0501", "m")).startswith("warning[G0501]: m")


def test_a_span_over_several_lines_is_underlined_on_each():
    text = source("f(a,\n\n  b)\n")
    diagnostic = Diagnostic("G0203", "m", Span(text, 0, len(text.text) - 1), "all of it")
    assert render(diagnostic).split("\n")[2:] == [
        "   |",
        " 1 | f(a,",
        "   | ^^^^",
        " 2 |",
        " 3 |   b)",
        "   |   ^^ all of it",
    ]


def test_of_a_long_span_the_middle_is_left_out():
    text = source("\n".join("abcdefgh"))
    lines = render(Diagnostic("G0203", "m", Span(text, 0, len(text.text)))).split("\n")
    assert [line[:2].strip() for line in lines if "|" in line and line[1] != " "] == [
        "1",
        "2",
        "7",
        "8",
    ]
    assert lines.count("   ...") == 1


def test_tabs_and_wide_letters_keep_the_underline_in_place():
    text = source("\t高 = e\u0301 + z")
    lines = render(Diagnostic("G0203", "m", span(text, "z"))).split("\n")
    assert lines[-2:] == [
        " 1 |     高 = e\u0301 + z",
        "   |              ^",  # 4 for the tab, 2 for 高, 1 for the accented e
    ]


def test_line_numbers_of_three_digits_widen_the_margin():
    text = source("\n" * 119 + "x")
    assert render(Diagnostic("G0203", "m", span(text, "x"))).split("\n")[1:] == [
        "   --> radon.gen:120:1",
        "    |",
        "120 | x",
        "    | ^",
    ]


def test_the_end_of_a_text_can_be_pointed_at():
    text = source("x = \n")
    assert render(Diagnostic("G0101", "m", Span(text, 5, 5))).endswith(" 2 |\n   | ^")
    assert render(Diagnostic("G0101", "m", Span(text, 3, 3))).endswith(" 1 | x =\n   |    ^")


@pytest.mark.parametrize("at", [0, 500, 999])
def test_of_a_long_line_the_part_around_the_mark_is_shown(at):
    letters = "".join(chr(ord("a") + i % 26) for i in range(1000))
    text = source(letters)
    *_, line, marks = render(Diagnostic("G0203", "m", Span(text, at, at + 1))).split("\n")
    assert len(line) <= MAX_WIDTH + 5
    assert line[marks.index("^")] == letters[at]


def test_colour_adds_escapes_and_nothing_else():
    radon = source(RADON)
    diagnostic = Diagnostic(
        "G0203", "m", span(radon, "sigma"), "l", (Label(span(radon, "mu"), "k"),), ("n",), "h"
    )
    coloured = render(diagnostic, colour=True)
    assert coloured != render(diagnostic)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(diagnostic)


def test_a_text_cannot_steer_the_terminal():
    text = source("x = \x1b[2J\u202e1")
    shown = render(Diagnostic("G0102", "the \x1b[31m character", span(text, "x"), "\x07"))
    assert all(c.isprintable() or c == "\n" for c in shown)


def test_several_are_set_apart():
    one = Diagnostic("G0801", "m")
    assert render_all((one, one)) == "error[G0801]: m\n\nerror[G0801]: m\n"


_texts = st.text(st.sampled_from("ab \t\n\r高\u0301\x1b"), min_size=1, max_size=30)


@given(_texts, st.data())
def test_anything_can_be_rendered(text, data):
    where = source(text)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    shown = render(Diagnostic("G0203", text, Span(where, start, end), text, (), (text,), text))
    assert "^" in shown
    assert all(c.isprintable() or c in "\n\u0301" for c in shown)
    assert all(line == line.rstrip() for line in shown.split("\n"))
