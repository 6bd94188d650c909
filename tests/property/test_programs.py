"""What holds of every valid program: it prints, resolves, holds, is transformed and emitted."""

import ast as python

import pytest
from generated_programs import seeds, written
from hypothesis import given, settings

from gendsl.backends.numpyro import source_of
from gendsl.diagnostics.diagnostic import DiagnosticError
from gendsl.diagnostics.render import render_all
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.severity import severity_of
from gendsl.diagnostics.source import Source
from gendsl.frontend.format import format_source
from gendsl.frontend.parse import parse
from gendsl.frontend.printer import print_file
from gendsl.ir.verify import verify
from gendsl.pipeline import check, front, load_import
from gendsl.resolve.resolve import resolve
from gendsl.transforms.non_centred import non_centre

QUICK = settings(settings.get_profile("programs"), max_examples=40)
LONG = settings(settings.get_profile("programs"), max_examples=1500)


def holds_of(text):
    """Everything that needs no numbers."""
    source = Source("generated.gen", text)
    tree = parse(source)
    assert parse(Source("printed.gen", print_file(tree))) == tree
    formatted = format_source(source)
    assert format_source(Source("formatted.gen", formatted)) == formatted
    try:
        program = verify(resolve(source, tree, load_import, Reporter()))
    except DiagnosticError as error:
        raise AssertionError(text + render_all(error.diagnostics)) from error
    assert not [d for d in check(source) if severity_of(d) == "error"]
    assert verify(non_centre(program)).data == program.data
    for stage in (program, non_centre(program)):
        python.parse(source_of(stage))
    return program


@QUICK
@given(seeds)
def test_every_stage(seed):
    holds_of(written(seed)[0])


@pytest.mark.slow
@LONG
@given(seeds)
def test_every_stage_of_many(seed):
    holds_of(written(seed)[0])


@QUICK
@given(seeds)
def test_the_order_of_statements_means_nothing(seed):
    text = written(seed)[0]
    head, _, rest = text.rpartition("\nmodel ")
    lines = rest.splitlines()
    first = next(i for i, line in enumerate(lines) if "{" in line)
    last = next(i for i, line in enumerate(lines) if line == "}")
    turned = [*lines[: first + 1], *reversed(lines[first + 1 : last]), *lines[last:]]
    forwards, _ = front(Source("t.gen", text))
    backwards, _ = front(Source("t.gen", head + "\nmodel " + "\n".join(turned) + "\n"))
    assert _named(forwards) == _named(backwards)


def _named(program):
    """The nodes; names such as `observe.2` count statements, so those are left out."""
    counted = ("observe", "factor")
    return {n for n in program.nodes if getattr(n, "name", "").split(".")[0] not in counted}
