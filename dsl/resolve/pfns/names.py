"""What the names of a `pfn` block stand for in its prior: a target, latents, inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.expr import Ref
from gendsl.ir.program import Node, Program, Recurrence, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names, names_of, sites
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.pfns.parts import Parts
from gendsl.resolve.random_functions.integrated import is_integrated_out


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a block, sorted by what they are."""

    target: ast.Name
    is_target_predicted: bool
    latents: tuple[ast.Name, ...]
    given: tuple[ast.Name, ...]
    row: str


def read_names(parts: Parts, program: Program, reporter: Reporter) -> Names:
    """Sort the names; every one that is wrong is reported.

    Raises:
        Unresolved: if one is.
    """
    before = len(reporter.diagnostics)
    scored = observed(program)
    _check_once(parts, reporter)
    for name in (*parts.predict.predicted, *parts.predict.given):
        _check_known(name, program, reporter)
    for draw in parts.draws:
        if _check_known(draw.target, program, reporter):
            _check_draw(draw, parts, program, scored, reporter)
    if len(reporter.diagnostics) > before:
        raise Unresolved
    for name in parts.predict.predicted:
        _check_predicted(name, program, scored, reporter)
    for name in parts.predict.given:
        _check_given(name, program, reporter)
    _check_draws_of_given(parts, program, scored, reporter)
    if len(reporter.diagnostics) > before:
        raise Unresolved
    target, is_predicted = _target(parts, scored, reporter)
    dims = next(d.dims for d in program.data if d.name == target.id)
    if len(dims) != 1:
        raise refused(
            reporter,
            Diagnostic(
                "G1007",
                f"`{target.id}` has {'no dimension' if not dims else f'dimensions {listed(dims)}'}:"
                " a row has one number",
                target.span,
                "predicted row by row",
                (Label(_span(program, target.id), "declared here"),),
                help="predict data over one dimension, `data y[row] : real`; others are left out of"
                " the prior, or given",
            ),
        )
    given = tuple(name for name in parts.predict.given if name.id != target.id)
    if not given:
        raise refused(
            reporter,
            Diagnostic(
                "G1006",
                f"nothing tells the rows of `{target.id}` apart",
                parts.predict.span,
                "no inputs",
                help=f"name inputs: `predict {target.id} given X`",
            ),
        )
    latents = tuple(n for n in parts.predict.predicted if n.id != target.id)
    return Names(target, is_predicted, latents, given, dims[0])


def observed(program: Program) -> dict[str, Sample]:
    """The data that a statement of the model scores, with the first that does."""
    found: dict[str, Sample] = {}
    for site in sites(program):
        if site.role is SampleRole.OBSERVED and isinstance(site.value, Ref):
            found.setdefault(site.value.name, site)
    return {name: site for name, site in found.items() if program.datum(name) is not None}


def usual_draw(program: Program, data: str) -> str:
    """A distribution that data of this kind could have, for help texts."""
    datum = program.datum(data)
    kinds = {Kind.INDEX: "Categorical([0.5, 0.5])", Kind.BOOL: "Bernoulli(0.5)"}
    kinds[Kind.INT] = "Poisson(3)"
    return kinds.get(datum.type.kind, "Normal(0, 1)") if datum is not None else "Normal(0, 1)"


def _check_once(parts: Parts, reporter: Reporter) -> None:
    for what, names in (
        ("predicted or given", (*parts.predict.predicted, *parts.predict.given)),
        ("drawn", tuple(draw.target for draw in parts.draws)),
    ):
        seen: dict[str, ast.Name] = {}
        for name in names:
            if name.id in seen:
                _report(
                    reporter,
                    "G1006",
                    f"`{name.id}` is {what} twice",
                    name,
                    "the second time",
                    "name it once"
                    if what == "drawn"
                    else "the context has the values of what is predicted: name it once",
                    (Label(seen[name.id].span, "the first time"),),
                )
            seen.setdefault(name.id, name)


def _check_known(name: ast.Name, program: Program, reporter: Reporter) -> bool:
    known = (*(d.name for d in program.data), *(n for n in _defined(program)))
    if name.id in known:
        return True
    functions = [*(f.name for f in program.functions), *(n.name for n in program.networks)]
    if name.id in functions:
        scored = list(observed(program))
        _report(
            reporter,
            "G1006",
            f"`{name.id}` is a function, and has no entries of its own",
            name,
            "a function",
            f"name what is observed of it: {listed(scored)}"
            if scored
            else "observe it: `y[row] ~ Normal(f(X), sigma)`",
        )
        return False
    close = nearest(name.id, known)
    _report(
        reporter,
        "G1006",
        f"the prior `{program.name}` has no `{name.id}`",
        name,
        "not in the model",
        f"did you mean `{close}`?" if close else f"it has {listed(known)}",
    )
    return False


def _defined(program: Program) -> Iterator[str]:
    for node in program.nodes:
        if not (isinstance(node, Sample) and node.role is SampleRole.OBSERVED):
            yield from defined_names(node)


def _latent(program: Program, name: str) -> Sample | None:
    for node in program.nodes:
        if isinstance(node, Sample) and node.name == name and node.role is SampleRole.LATENT:
            return node
    return None


def _check_draw(
    draw: ast.PfnDraw,
    parts: Parts,
    program: Program,
    scored: dict[str, Sample],
    reporter: Reporter,
) -> None:
    name = draw.target
    if name.id in scored:
        _report(
            reporter,
            "G1009",
            f"`{name.id}` is drawn by the model itself",
            name,
            "drawn a second time",
            f"leave it out of `inputs`; `{program.name}` says how it is distributed",
            (Label(scored[name.id].span, "drawn here"),),
        )
    elif program.datum(name.id) is None:
        site = _latent(program, name.id)
        is_given = any(given.id == name.id for given in parts.predict.given)
        causes = _random_causes(program, site) if site is not None else []
        if site is None or not is_given or causes:
            why = (
                f"`{name.id}` is computed"
                if site is None
                else f"`{name.id}` is not given, so its prior is the model's"
                if not is_given
                else f"the prior of `{name.id}` depends on `{causes[0]}`: its own draws tell of it"
            )
            _report(
                reporter,
                "G1009",
                why,
                name,
                "can't be drawn by another distribution",
                "`inputs` are data of the model, or what is given at prediction and has no causes"
                " that are inferred",
            )


def _random_causes(program: Program, site: Sample) -> list[str]:
    """What is random among that which a site's distribution needs."""
    needed, found = set(names_of(site)), []
    for node in reversed(program.nodes):
        names = set(defined_names(node))
        if needed & names and node is not site:
            if _is_random(node):
                found += sorted(needed & names)
            needed |= names_of(node)
    return found


def _is_random(node: Node) -> bool:
    return isinstance(node, Sample)


def _check_predicted(
    name: ast.Name, program: Program, scored: dict[str, Sample], reporter: Reporter
) -> None:
    if name.id in scored or _latent(program, name.id) is not None:
        return
    if program.datum(name.id) is not None:
        what, help = (
            "data that the model takes as given: nothing says how they are distributed",
            f"predict what the model draws: {listed([*scored])}"
            if scored
            else "give it a distribution in the model: `y[row] ~ Normal(f(X), sigma)`",
        )
    else:
        what, help = _no_latent(program, name.id)
    _report(reporter, "G1007", f"`{name.id}` is {what}", name, "can't be predicted", help)


def _no_latent(program: Program, name: str) -> tuple[str, str]:
    """Why what is neither data nor the quantity of one statement is not predicted; a way out."""
    scans = (node for node in program.nodes if isinstance(node, Recurrence))
    if any(name == series.name for scan in scans for series in scan.series):
        return (
            "drawn step by step, by a recurrence",
            "leave it out; predict what its steps depend on",
        )
    if is_integrated_out(program, name):
        return (
            "integrated out of the prior",
            f"leave `{name}` out of `predict`; or infer the function that it is integrated out"
            " with: `approx = exact(collapse = false)`",
        )
    return "not drawn by one statement", "predict data that are observed, or latents"


def _check_given(name: ast.Name, program: Program, reporter: Reporter) -> None:
    if program.datum(name.id) is None and _latent(program, name.id) is None:
        _report(
            reporter,
            "G1007",
            f"`{name.id}` is not drawn by one statement",
            name,
            "can't be given",
            "give data, or a quantity with a prior of its own",
        )


def _check_draws_of_given(
    parts: Parts, program: Program, scored: dict[str, Sample], reporter: Reporter
) -> None:
    drawn = {draw.target.id for draw in parts.draws}
    for name in parts.predict.given:
        if program.datum(name.id) is not None and name.id not in (*drawn, *scored):
            _report(
                reporter,
                "G1008",
                f"nothing says how `{name.id}` is drawn",
                name,
                "an input without a distribution",
                f"add it to the inputs: `inputs = {name.id} ~ {usual_draw(program, name.id)}`",
                (Label(_span(program, name.id), "declared as data"),),
            )


def _target(parts: Parts, scored: dict[str, Sample], reporter: Reporter) -> tuple[ast.Name, bool]:
    """What is observed row by row: predicted, or else given for the latents to be learnt from."""
    predicted = [n for n in parts.predict.predicted if n.id in scored]
    if len(predicted) > 1:
        raise _report(
            reporter,
            "G1007",
            "a row has one number to predict",
            predicted[1],
            "the second target",
            f"give one of them, `predict {predicted[0].id} given X, {predicted[1].id}`, or leave it"
            " out: a block each",
            (Label(predicted[0].span, "the first"),),
        )
    if predicted:
        return predicted[0], True
    given = [n for n in parts.predict.given if n.id in scored]
    if not given:
        has = f", such as `{next(iter(scored))}`" if scored else ""
        raise _report(
            reporter,
            "G1007",
            f"nothing that is observed tells of {listed([n.id for n in parts.predict.predicted])}",
            parts.predict.predicted[0],
            "to be learnt from nothing",
            f"give what the model observes{has}",
        )
    return given[0], False


def _span(program: Program, name: str) -> Span:
    return next(d.span for d in program.data if d.name == name)


def _report(
    reporter: Reporter,
    code: str,
    message: str,
    at: ast.Name,
    label: str,
    help: str,
    secondary: tuple[Label, ...] = (),
) -> Unresolved:
    return refused(reporter, Diagnostic(code, message, at.span, label, secondary, help=help))
