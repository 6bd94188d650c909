"""Models of which some quantities are fixed: `Model.condition` and `Model.do`.

Both are transforms of the program in which the values are data, so a new value compiles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from gendsl.analysis.dependence import depends_on_latents
from gendsl.api.compilation import Checked
from gendsl.api.failure import UsageError
from gendsl.api.setting import Fixed, Setting
from gendsl.api.shapes import observed_names
from gendsl.diagnostics.diagnostic import Diagnostic, DiagnosticError
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.ir.expr import Ref
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import Equation, Factor, Program, Recurrence, Sample, SampleRole
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names, names_in, names_of, range_exprs, statements
from gendsl.transforms.condition import condition
from gendsl.transforms.intervene import intervene


def fix(checked: Checked, fixed: Fixed) -> Checked:
    """Return the model with these quantities fixed besides those that are already.

    Raises:
        UsageError: if a name is not the model's, is fixed twice, or can't be fixed that way.
    """
    original = checked.original or checked.program
    whole = Fixed(
        (*checked.fixed.conditioned, *fixed.conditioned),
        (*checked.fixed.intervened, *fixed.intervened),
    )
    program = fixed_program(original, whole)
    warnings = tuple(w for w in checked.warnings if w.code != "G0507" or not whole.conditioned)
    return replace(checked, program=program, warnings=warnings, original=original, fixed=whole)


def forward(checked: Checked) -> Checked:
    """Return the model for drawing from the prior: what is conditioned on is set.

    That is the same where the quantity depends on nothing that is random.

    Raises:
        DiagnosticError: if it does: then its causes have another distribution than their prior.
    """
    original, fixed = checked.original or checked.program, checked.fixed
    if not fixed.conditioned:
        return checked
    names = {setting.name for setting in fixed.conditioned}
    random = (depends_on_latents(original) | observed_names(original)) - names
    random -= {setting.name for setting in fixed.intervened}
    for statement in statements(original):
        settled = _settled_by(statement)
        causes = sorted((names_of(statement) - {settled}) & random)
        if settled in names and causes:
            raise _needs_inference(settled, causes, statement.span)
    every = Fixed((), (*fixed.intervened, *fixed.conditioned))
    return replace(checked, program=fixed_program(original, every), original=original, fixed=every)


def predictive(checked: Checked, extra: tuple[Setting, ...] = ()) -> Checked:
    """Return the model for predictions: interventions stay, what was conditioned on is drawn.

    Raises:
        UsageError: if a name is not the model's, or is fixed twice.
    """
    fixed = Fixed((), (*checked.fixed.intervened, *extra))
    original = checked.original or checked.program
    return replace(checked, program=fixed_program(original, fixed), original=original, fixed=fixed)


def fixed_program(original: Program, fixed: Fixed) -> Program:
    """The program with everything of `fixed` done to it."""
    _check_each_once(original, fixed)
    declared = {datum.name for datum in original.data}
    for setting in fixed.conditioned:
        if setting.name not in declared:
            _check_conditioned(original, setting)
    for setting in fixed.intervened:
        _check_intervened(original, setting)
    conditioned = _names(s for s in fixed.conditioned if s.name not in declared)
    program = intervene(original, _names(fixed.intervened), _in_part(fixed.intervened))
    return condition(program, conditioned, _in_part(fixed.conditioned))


def _names(settings: Iterable[Setting]) -> frozenset[str]:
    return frozenset(setting.name for setting in settings)


def _in_part(settings: tuple[Setting, ...]) -> frozenset[str]:
    """The quantities of which nothing sets the whole."""
    return _names(settings) - _names(s for s in settings if not s.at)


def _check_each_once(original: Program, fixed: Fixed) -> None:
    for setting in (*fixed.conditioned, *fixed.intervened):
        _check_known(original, setting)
    both = _names(fixed.conditioned) & _names(fixed.intervened)
    if both:
        raise UsageError(
            Diagnostic(
                "G0903",
                f"`{min(both)}` is both conditioned on and set by intervention",
                _place(original, min(both)),
                help="conditioning (`--set`, `condition`) keeps what its value says of its causes; "
                "an intervention (`--do`, `do`) cuts them off: choose one",
            )
        )
    seen: set[str] = set()
    for setting in (*fixed.conditioned, *fixed.intervened):
        if setting.target in seen:
            raise UsageError(
                Diagnostic(
                    "G0903",
                    f"`{setting.target}` is set twice",
                    _place(original, setting.name),
                    help="give it one value",
                )
            )
        seen.add(setting.target)


def _check_known(original: Program, setting: Setting) -> None:
    names = [datum.name for datum in original.data]
    names += [name for node in original.nodes if _is_quantity(node) for name in defined_names(node)]
    if setting.name in names:
        _check_not_solved(original, setting.name)
        return
    close = nearest(setting.name, names)
    help = f"did you mean `{close}`?" if close else f"it has {listed(names, 6)}"
    if any(dimension.name == setting.name for dimension in original.dimensions):
        help = f"`{setting.name}` is a dimension: its size is data (`--size {setting.name}=8`)"
    message = f"`{original.name}` has no quantity `{setting.name}`"
    raise UsageError(Diagnostic("G0901", message, help=help))


def _check_not_solved(original: Program, name: str) -> None:
    """A state of a differential equation is what its equations make of it."""
    for node in original.nodes:
        if isinstance(node, OdeSystem) and name in defined_names(node):
            raise UsageError(
                Diagnostic(
                    "G0904",
                    f"`{name}` solves a differential equation, so it can't be fixed",
                    node.span,
                    "these equations say what it is",
                    help="fix its start, or the parameters of the equations",
                )
            )


def _is_quantity(node: object) -> bool:
    return not isinstance(node, Factor) and not (
        isinstance(node, Sample) and node.value is not None
    )


def _check_conditioned(original: Program, setting: Setting) -> None:
    """Only a latent site can be conditioned on: what is computed has no density of its own."""
    name = setting.name
    for statement in statements(original):
        if not _defines(statement, {name}):
            continue
        if isinstance(statement, Equation):
            raise UsageError(
                Diagnostic(
                    "G0904",
                    f"`{name}` is computed, so it can't be conditioned on",
                    statement.span,
                    "this says what it is",
                    help=f"`--do` sets it whatever this says; or condition on what it is computed "
                    f"from; or observe it: `observe {name} ~ ...`",
                )
            )
        assert isinstance(statement, Sample)
        if statement.role is SampleRole.PREDICTED:
            raise UsageError(
                Diagnostic(
                    "G0904",
                    f"`{name}` is predicted, and predictions never condition",
                    statement.span,
                    "predicted here",
                    help=f"drop `predict` to make it a latent; or set it by `--do {name}=...`",
                )
            )
        is_joint = statement.event_dims or statement.slice is not None or _is_series(original, name)
        if setting.at and is_joint and statement.type.kind is not Kind.REAL:
            raise UsageError(
                Diagnostic(
                    "G0904",
                    f"`{name}` can only be conditioned on as a whole",
                    statement.span,
                    "its entries depend on each other, and are no real numbers",
                    help="give all of its entries",
                )
            )
        bounds = {n for bound in range_exprs(statement.range) for n in names_in(bound)}
        inferred = sorted(bounds & depends_on_latents(original))
        if setting.at and inferred:
            raise UsageError(
                Diagnostic(
                    "G0904",
                    f"`{name}` can only be conditioned on as a whole",
                    statement.span,
                    f"its bounds depend on `{inferred[0]}`, which is inferred",
                    help="give all of its entries",
                )
            )


def _check_intervened(original: Program, setting: Setting) -> None:
    """Entries of data and of a recurrence can't be cut off one by one."""
    if not setting.at:
        return
    name = setting.name
    datum = original.datum(name)
    recurrence = next(
        (n for n in original.nodes if isinstance(n, Recurrence) and name in defined_names(n)), None
    )
    if datum is None and recurrence is None:
        return
    what = "data" if datum is not None else f"a recurrence over `{_dim(recurrence)}`"
    raise UsageError(
        Diagnostic(
            "G0904",
            f"`{name}` can only be set by intervention as a whole",
            _place(original, name),
            f"it is {what}",
            help=f"give all of its entries: `--do {name}={name}.json`",
        )
    )


def _is_series(original: Program, name: str) -> bool:
    return any(isinstance(n, Recurrence) and name in defined_names(n) for n in original.nodes)


def _dim(node: Recurrence | None) -> str:
    return node.dim if node is not None else ""


def _defines(statement: Sample | Equation | Factor, names: set[str]) -> bool:
    return statement.name in names and _is_quantity(statement)


def _settled_by(statement: Sample | Equation | Factor) -> str:
    """The quantity or the data of which a statement says how they come about."""
    if isinstance(statement, Sample) and isinstance(statement.value, Ref):
        return statement.value.name
    return statement.name


def _place(original: Program, name: str) -> Span | None:
    datum = original.datum(name)
    if datum is not None:
        return datum.span
    found = (s.span for s in statements(original) if _defines(s, {name}))
    return next(found, None)


def _needs_inference(name: str, causes: list[str], span: Span) -> DiagnosticError:
    return DiagnosticError(
        (
            Diagnostic(
                "G0905",
                f"the prior given `{name}` can't be drawn from forward",
                span,
                f"its value says something of {listed(causes, 6)}",
                help=f"`gendsl infer --set {name}=...` conditions on it; `--do {name}=...` sets it"
                " from outside, which tells nothing of its causes",
            ),
        )
    )
