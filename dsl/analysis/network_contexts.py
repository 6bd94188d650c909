"""Contexts of trained networks that give no density: hidden values, and what is drawn itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gendsl.analysis.dependence import depends_on_discrete
from gendsl.analysis.hidden_data import hidden_scores
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.source import Span
from gendsl.ir.expr import Expr, Gather, Pick, Ref
from gendsl.ir.program import Equation, Program, Recurrence, Sample, SampleRole
from gendsl.ir.walk import children, context_exprs, names_in, parts, statements

_OTHER_ROWS = (
    "give other rows than are drawn, declared apart: `data x_new[new] : real`, `data y_new[new]"
    " : real`, `y_new[new] ~ ... given x = x, y = y`; or state the model itself"
)


def network_contexts(program: Program) -> Iterator[Diagnostic]:
    """What is wrong with what trained networks are given."""
    hidden = {d.name for d in program.data if hidden_scores(d, program)}
    discrete = depends_on_discrete(program, frozenset(hidden))
    means = {s.name: s.value for s in statements(program) if isinstance(s, Equation)}
    for node in program.nodes:
        series = {s.name for s in node.series} if isinstance(node, Recurrence) else set()
        for part in parts(node):
            if not isinstance(part, Sample):
                continue
            drawn = series if part.value is None else names_in(part.value)
            for given in context_exprs(part.distribution):
                if own := sorted(_entries(given, means) & drawn):
                    yield _of_itself(own[0], given, part)
                elif part.role is not SampleRole.PREDICTED and names_in(given) & discrete:
                    yield _of_discrete(given, discrete, part, program)


def _entries(expr: Expr, means: Mapping[str, Expr]) -> frozenset[str]:
    """What is read entry by entry, through equations; members that are chosen may be others."""
    found: set[str] = set()
    stack, seen = [expr], set[str]()
    while stack:
        part = stack.pop()
        if isinstance(part, Gather | Pick):
            continue
        if isinstance(part, Ref) and part.name not in seen:
            seen.add(part.name)
            if part.name in means:
                stack.append(means[part.name])
            found.add(part.name)
        stack.extend(children(part))
    return frozenset(found)


def _of_itself(name: str, given: Expr, site: Sample) -> Diagnostic:
    return Diagnostic(
        "G1039",
        f"`{name}` is drawn from a network that is given `{name}`: that is no density of it",
        given.span or site.span,
        "has the values that are drawn",
        (Label(site.span, "drawn here"),) if given.span is not None else (),
        (),
        _OTHER_ROWS,
    )


def _of_discrete(
    given: Expr, discrete: frozenset[str], site: Sample, program: Program
) -> Diagnostic:
    name = sorted(names_in(given) & discrete)[0]
    datum = program.datum(name)
    what = "is discrete and has missing values" if datum is not None else "is discrete and latent"
    return Diagnostic(
        "G1039",
        f"a network is given `{name}`, which {what}: it can't be summed out",
        given.span or site.span,
        "all rows are read together",
        _declared(name, program),
        (),
        f"declare it as data, `data {name}{_dims(given)} : ...`"
        if datum is None
        else "leave out the rows in which it is missing, or drop `?`",
    )


def _declared(name: str, program: Program) -> tuple[Label, ...]:
    datum = program.datum(name)
    spans: Iterator[Span] = (s.span for s in statements(program) if s.name == name)
    span = datum.span if datum is not None else next(spans, None)
    return () if span is None else (Label(span, f"`{name}`"),)


def _dims(given: Expr) -> str:
    return f"[{', '.join(given.dims)}]" if given.dims else ""
