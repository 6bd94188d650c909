"""Programs with pieces lost, doubled or moved: a diagnostic or a program, never anything else."""

from random import Random

import pytest
from generated_programs import seeds, written
from hypothesis import given, settings

from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.render import render_all
from gendsl.diagnostics.severity import severity_of
from gendsl.diagnostics.source import Source
from gendsl.grammar.lexer import scan
from gendsl.grammar.tables import load_tables
from gendsl.ir.verify import verify
from gendsl.pipeline import check, front

QUICK = settings(settings.get_profile("programs"), max_examples=150)
LONG = settings(settings.get_profile("programs"), max_examples=5000)


def mutated(text: str, random: Random) -> str:
    """The text with one to three of its tokens deleted, doubled, swapped or replaced."""
    tokens = [t.text for t in scan(text, load_tables())]
    starts, at = [], 0
    for token in tokens:
        at = text.index(token, at)
        starts.append(at)
        at += len(token)
    pieces = [text[a:b] for a, b in zip([0, *starts[1:]], [*starts[1:], len(text)], strict=True)]
    for _ in range(random.randint(1, 3)):
        i, j = random.randrange(len(pieces)), random.randrange(len(pieces))
        match random.randint(0, 3):
            case 0:
                pieces[i] = ""
            case 1:
                pieces[i] += " " + pieces[i]
            case 2:
                pieces[i], pieces[j] = pieces[j], pieces[i]
            case _:
                pieces[i] = pieces[j]
    return "".join(pieces)


def survives(text: str) -> None:
    """Errors are rendered; what has none is a program that holds."""
    source = Source("mutated.gen", text)
    found = check(source)
    render_all(found)
    if not any(severity_of(d) == "error" for d in found):
        try:
            verify(front(source)[0])
        except DiagnosticError as error:
            assert all(d.code in ("G0401", "G0402") for d in error.diagnostics)


@QUICK
@given(seeds)
def test_mutations(seed):
    survives(mutated(written(seed)[0], Random(seed)))


@pytest.mark.slow
@LONG
@given(seeds)
def test_many_mutations(seed):
    survives(mutated(written(seed)[0], Random(seed)))
