"""parse(print(tree)) == tree, and the formatter keeps tree and comments."""

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from programs import expressions, files

from gendsl.diagnostics.source import Source
from gendsl.frontend import ast
from gendsl.frontend.format import comments, format_source
from gendsl.frontend.parse import parse
from gendsl.frontend.print_expression import print_expr
from gendsl.frontend.printer import print_file
from gendsl.grammar.lexer import scan
from gendsl.grammar.tables import load_tables

slow_data = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def parse_text(text):
    return parse(Source("test.gen", text))


def parse_expression(text):
    tree = parse_text(f"infer r = {text}")
    [declaration] = tree.declarations
    return declaration.program


@slow_data
@given(files)
def test_a_printed_file_parses_to_itself(tree):
    again = parse_text(print_file(tree))
    assert again == tree
    assert repr(again) == repr(tree)  # which tells 1 from 1.0


@slow_data
@given(expressions)
def test_no_parentheses_are_printed_that_could_be_left_out(expr):
    text = print_expr(expr)
    for opening in _groups(text):
        assert _parsed_without(text, opening) != expr


def _groups(text):
    """Where parentheses open that are not a call's."""
    tokens = scan(text, load_tables())
    operand = {"NAME", "DOTTED", "RSQB", "FACTOR", "LIKE", "FROM", "ORDERED"}
    before = ""
    for token in tokens:
        if token.type == "LPAR" and before not in operand:
            yield token.start
        before = token.type


def _parsed_without(text, opening):
    depth = 0
    for token in scan(text[opening:], load_tables()):
        depth += (token.type == "LPAR") - (token.type == "RPAR")
        if depth == 0:
            closing = opening + token.start
            break
    shorter = f"{text[:opening]} {text[opening + 1 : closing]} {text[closing + 1 :]}"
    try:
        return parse_expression(shorter)
    except Exception:
        return None


@st.composite
def untidy_texts(draw):
    """A program whose spaces, line breaks inside brackets and comments are arbitrary."""
    tree = draw(files)
    tokens = scan(print_file(tree), load_tables())
    comment = st.from_regex(re.compile(r"#[^\r\n]{0,5}"), fullmatch=True)
    out, depth, before = [], 0, None
    for token in tokens:
        if before is not None and token.type != "NEWLINE":
            gap = draw(st.sampled_from(["", "", " ", "   ", "\t"]))
            if depth:
                gap += draw(st.sampled_from(["", "", "", "\n", "\n\n ", "\r\n"]))
                if draw(st.booleans()) and draw(st.booleans()):
                    gap += draw(comment) + "\n"
            if not gap and not _may_touch(before, token):
                gap = " "
            out.append(gap)
        if token.type == "NEWLINE":
            if draw(st.booleans()):
                out.append(draw(comment))
            out.append(draw(st.sampled_from(["\n", "\r\n", "\n\n\n", "\n# own line\n"])))
        else:
            out.append(token.text)
        # The braces of a list of members open after `=`; a block's are no brackets here.
        is_members = token.type == "LBRACE" and before is not None and before.type == "EQUAL"
        depth += token.type in ("LPAR", "LSQB") or is_members
        depth -= token.type in ("RPAR", "RSQB") or (token.type == "RBRACE" and depth > 0)
        before = token
    return tree, "".join(out)


def _may_touch(a, b):
    joined = scan(a.text + b.text, load_tables())
    return [(t.type, t.text) for t in joined] == [(a.type, a.text), (b.type, b.text)]


@slow_data
@given(untidy_texts())
def test_formatting_keeps_the_tree_and_the_comments(case):
    tree, text = case
    formatted = format_source(Source("test.gen", text))
    assert parse_text(formatted) == tree
    assert comments(formatted) == comments(text)


@slow_data
@given(untidy_texts())
def test_formatting_twice_is_formatting_once(case):
    _, text = case
    once = format_source(Source("test.gen", text))
    assert format_source(Source("test.gen", once)) == once


@slow_data
@given(untidy_texts())
def test_formatted_lines_are_clean(case):
    _, text = case
    formatted = format_source(Source("test.gen", text))
    assert "\t" not in formatted.split("#")[0]
    assert "\r" not in formatted
    assert "\n\n\n" not in formatted
    assert all(line == line.rstrip() for line in formatted.split("\n"))
    assert formatted == "" or formatted.endswith("\n")


@slow_data
@given(files)
def test_spans_lie_in_the_source_and_inside_one_another(tree):
    source = Source("test.gen", print_file(tree))
    _check_spans(parse(source), 0, len(source.text))


def _check_spans(node, start, end):
    assert start <= node.span.start <= node.span.end <= end
    for name in node.__slots__:
        value = getattr(node, name)
        for child in value if isinstance(value, tuple) else (value,):
            if hasattr(child, "span"):
                _check_spans(child, node.span.start, node.span.end)
    if isinstance(node, ast.Name):
        assert node.span.text == node.id
