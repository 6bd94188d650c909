"""The grammar: no conflicts, tables up to date, one list of keywords."""

import json
import re
from importlib.resources import files

import pytest

from gendsl.frontend.words import SOFT_KEYWORDS, is_name, keywords
from gendsl.grammar.compile_grammar import compile_grammar, conflicts
from gendsl.grammar.soft_words import SOFT_WORDS
from gendsl.grammar.tables import grammar_text


def test_the_grammar_has_no_conflicts():
    assert conflicts(grammar_text()) == []


def test_a_shift_reduce_conflict_is_noticed():
    dangling = 'start: s\ns: "i" s | "i" s "e" s | "x"\nSPACE: " "\n'
    assert conflicts(dangling)


def test_a_reduce_reduce_conflict_is_noticed():
    from lark.exceptions import GrammarError

    with pytest.raises(GrammarError):
        conflicts('start: a | b\na: "x"\nb: "x"\nSPACE: " "\n')


def test_the_stored_tables_are_those_of_the_grammar():
    stored = files("gendsl.grammar").joinpath("tables.json").read_text("utf-8")
    assert json.loads(stored) == json.loads(json.dumps(compile_grammar(grammar_text()))), (
        "run `python -m gendsl.grammar.compile_grammar`"
    )


def test_keywords():
    assert keywords() == set(
        [
            "import",
            "def",
            "submodel",
            "model",
            "infer",
            "dim",
            "data",
            "let",
            "predict",
            "observe",
            "factor",
            "where",
            "as",
            "and",
            "or",
            "not",
            "like",
            "from",
            "by",
            "ode",
            "kernel",
            "net",
            "match",
            "to",
            "on",
            "ordered",
            "pfn",
            "given",
            "require",
        ]
    )
    assert keywords() > SOFT_KEYWORDS
    rule = re.search(r"^_free_name:(.*?)\n\n", grammar_text(), re.DOTALL | re.MULTILINE)
    assert {"NAME", *SOFT_WORDS} == {"FACTOR", *re.findall(r"[A-Z]+", rule[1])}
    assert is_name("factor")
    assert not is_name("data")
    assert not is_name("beta.tau")
    assert not is_name("e\u0301")
