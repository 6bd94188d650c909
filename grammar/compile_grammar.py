"""Run Lark on the grammar and write its tables: `python -m gendsl.grammar.compile_grammar`.

Lark is needed here only; it raises on a reduce/reduce conflict, and `conflicts` lists the
shift/reduce ones that it would settle in silence.
"""

from __future__ import annotations

import json
import logging
import re
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gendsl.grammar.tables import digest, grammar_text

if TYPE_CHECKING:
    from lark import Lark


class _KeepUnused:
    """Makes Lark keep the terminals that no rule uses: they are lexed to be explained."""

    def __init__(self, terminals: tuple[str, ...]) -> None:
        self.always_accept = terminals

    def process(self, stream: Any) -> Any:
        return stream


def build_lark(grammar: str, is_verbose: bool = False) -> Lark:
    """The grammar in Lark; `GrammarError` where two reductions conflict."""
    from lark import Lark

    terminals = tuple(re.findall(r"^([A-Z_]+)(?:\.-?\d+)?:", grammar, re.MULTILINE))
    return Lark(
        grammar,
        parser="lalr",
        lexer="basic",
        keep_all_tokens=True,
        maybe_placeholders=False,
        postlex=_KeepUnused(terminals),
        debug=is_verbose,
    )


def conflicts(grammar: str) -> list[str]:
    """The shift/reduce conflicts of the grammar, as Lark's log states them."""
    from lark import logger

    found: list[str] = []
    handler = logging.Handler(logging.DEBUG)
    handler.emit = lambda record: found.append(record.getMessage())  # type: ignore[method-assign]
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        build_lark(grammar, is_verbose=True)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
    return [message for message in found if "conflict" in message.lower()]


def _in_order(states: dict[int, Any], start: int) -> list[int]:
    """The states as they are reached from the first: Lark's own numbers differ from run to run."""
    from lark.parsers.lalr_analysis import Shift

    order, known = [start], {start}
    for state in order:
        for _, (action, argument) in sorted(states[state].items()):
            if action is Shift and argument not in known:
                known.add(argument)
                order.append(argument)
    return order


def compile_grammar(grammar: str) -> dict[str, Any]:
    """The tables as JSON data."""
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import Shift

    lark = build_lark(grammar)
    table = lark.parser.parser._parse_table
    words = {t.pattern.value: t.name for t in lark.terminals if t.pattern.value.isalpha()}
    order = {name: i for i, name in enumerate(re.findall(r"^([A-Z_]+)", grammar, re.MULTILINE))}
    spelled = {t.name: t.pattern.value for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    tried = sorted(
        (t for t in lark.terminals if t.name not in words.values()),
        key=lambda t: (
            -t.priority,
            t.name in spelled,
            -len(spelled.get(t.name, "")),
            order[t.name],
        ),
    )
    names = [*sorted(t.name for t in lark.terminals), "$END"]
    rules = sorted(
        lark.rules, key=lambda rule: (rule.origin.name, [s.name for s in rule.expansion])
    )
    rule_number = {rule: i for i, rule in enumerate(rules)}
    states = _in_order(table.states, table.start_states["start"])
    number = {state: i for i, state in enumerate(states)}
    actions: list[dict[int, int]] = []
    gotos: list[dict[str, int]] = []
    for state in states:
        actions.append({})
        gotos.append({})
        for symbol, (action, argument) in sorted(table.states[state].items()):
            if action is not Shift:
                actions[-1][names.index(symbol)] = -1 - rule_number[argument]
            elif symbol in names:
                actions[-1][names.index(symbol)] = number[argument]
            else:
                gotos[-1][symbol] = number[argument]
    return {
        "digest": digest(grammar),
        "patterns": [[t.name, t.pattern.to_regexp()] for t in tried],
        "keywords": dict(sorted(words.items(), key=lambda item: order[item[1]])),
        "symbols": dict(sorted(spelled.items())),
        "terminals": names,
        "rules": [
            [
                rule.origin.name,
                rule.alias or rule.origin.name,
                len(rule.expansion),
                bool(rule.options.expand1 and not rule.alias),
                rule.origin.name.startswith("_"),
            ]
            for rule in rules
        ],
        "actions": actions,
        "gotos": gotos,
        "start_state": number[table.start_states["start"]],
        "end_state": number[table.end_states["start"]],
    }


def main() -> None:
    """Write `tables.json` beside the grammar."""
    grammar = grammar_text()
    found = conflicts(grammar)
    if found:
        raise SystemExit("\n".join(found))
    target = Path(str(files("gendsl.grammar").joinpath("tables.json")))
    target.write_text(json.dumps(compile_grammar(grammar), separators=(",", ":")) + "\n", "utf-8")


if __name__ == "__main__":
    main()
