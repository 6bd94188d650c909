"""The editor grammar colours a program as the lexer reads it."""

import json
import re

from gendsl.frontend.words import keywords
from gendsl.grammar.editors import textmate


def scopes(line):
    """The scope of each piece of a line: at each place the first rule in the list that matches."""
    rules = [(rule["name"], re.compile(rule["match"])) for rule in textmate()["patterns"]]
    found, at = [], 0
    while at < len(line):
        matches = [(m.start(), i, m) for i, (_, r) in enumerate(rules) if (m := r.search(line, at))]
        if not matches:
            break
        _, i, match = min(matches, key=lambda found: found[:2])
        found.append((match.group().strip(), rules[i][0].removesuffix(".gen")))
        at = max(match.end(), at + 1)
    return found


def test_a_statement():
    assert scopes('  data y[row] : real > 0  # "note"') == [
        ("data", "keyword.control"),
        ("y", "variable.other"),
        ("row", "variable.other"),
        ("real", "variable.other"),
        (">", "keyword.operator"),
        ("0", "constant.numeric"),
        ('# "note"', "comment.line.number-sign"),
    ]


def test_calls_strings_and_operators():
    assert scopes('x ~ Normal(a["#b"], 1e-3) where not σ >= 2') == [
        ("x", "variable.other"),
        ("~", "keyword.operator"),
        ("Normal", "entity.name.function"),
        ("a", "variable.other"),
        ('"#b"', "string.quoted.double"),
        ("1e-3", "constant.numeric"),
        ("where", "keyword.other"),
        ("not", "keyword.operator.word"),
        ("σ", "variable.other"),
        (">=", "keyword.operator"),
        ("2", "constant.numeric"),
    ]


def test_every_keyword_has_a_colour():
    for word in keywords():
        [(text, scope), *_] = scopes(word)
        assert text == word
        assert scope.startswith("keyword")


def test_it_is_json():
    assert json.loads(json.dumps(textmate()))["scopeName"] == "source.gen"
