"""From syntax tree to typed program."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Diagnostic, Severity
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.severity import severity_of
from gendsl.diagnostics.source import Source, Span
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.ir.pfn import Pfn
from gendsl.ir.program import Equation, Factor, InferenceProgram, Program, Sample, SampleRole
from gendsl.ir.trained import TrainedNetwork
from gendsl.ir.walk import is_prediction
from gendsl.resolve.closed_submodels import check_submodels
from gendsl.resolve.components import components
from gendsl.resolve.declare import (
    declare_bounds,
    declare_data,
    declare_dims,
    declare_quantities,
    new_symbols,
)
from gendsl.resolve.definitions import is_closed
from gendsl.resolve.expressions import Expressions
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.free import definition_names, free_names
from gendsl.resolve.inference import default_inference, of_model, resolve_inference
from gendsl.resolve.inference_networks import networks_named, unknown_networks
from gendsl.resolve.library import Library, Load, collect
from gendsl.resolve.matching.reading import mark_matched, read_matches, split_matches
from gendsl.resolve.networks.declare import declare_networks, split
from gendsl.resolve.networks.elaborate import elaborate_networks
from gendsl.resolve.networks.sites import declare_weights
from gendsl.resolve.ode_names import declare_odes
from gendsl.resolve.odes import names_in_equations, ode_systems, read_odes
from gendsl.resolve.order import names_used, order_nodes
from gendsl.resolve.pfns.files import ReadNetwork, no_networks
from gendsl.resolve.pfns.read import read_pfn
from gendsl.resolve.random_functions.elaborate import elaborate
from gendsl.resolve.random_functions.names import declare_functions
from gendsl.resolve.random_functions.student_t import written_as_mixtures
from gendsl.resolve.statements import Statements
from gendsl.resolve.submodels import expand
from gendsl.resolve.symbols import Meaning, Symbols


def resolve(
    source: Source,
    file: ast.File,
    load: Load,
    reporter: Reporter,
    model: str | None = None,
    networks: ReadNetwork = no_networks,
) -> Program:
    """The typed program of a file's model.

    Errors go to the reporter, as many as there are; raises `DiagnosticError` if there was one.
    `model` names the model where the file has several; `networks` reads trained ones.
    """
    library = collect(source, file, load, reporter, networks)
    check_submodels(library.submodels, reporter)
    inference = _inference(library, source)
    chosen = _choose(library, source, model, reporter)
    if chosen is None:
        reporter.raise_if_errors()
        raise AssertionError("a missing model is an error")
    program = resolve_model(chosen, library, inference, source, reporter)
    reporter.raise_if_errors()
    assert program is not None
    return program


def resolve_all(
    source: Source,
    file: ast.File,
    load: Load,
    reporter: Reporter,
    networks: ReadNetwork = no_networks,
) -> tuple[Program, ...]:
    """The typed program of each of a file's models: what `check` reads; errors do not raise.

    All the networks that it names are read, whether or not a model uses them.
    """
    library = collect(source, file, load, reporter, networks)
    for name in library.networks.declared:
        with suppress(Unresolved):
            library.networks.network(name, reporter)
    check_submodels(library.submodels, reporter)
    inference = _inference(library, source)
    reporter.extend(problem for program in inference for problem in program.problems)
    # A file of inference programs alone infers the model that it imports.
    is_chosen = bool(library.infers) and len(library.models) == 1
    names = library.own_models or (list(library.models) if is_chosen else [])
    programs = [
        resolve_model(library.models[name], library, inference, source, reporter) for name in names
    ]
    return tuple(p for p in programs if p is not None)


def resolve_pfns(
    source: Source, file: ast.File, load: Load, reporter: Reporter, model: str | None = None
) -> tuple[Pfn, ...]:
    """The typed `pfn` blocks of a file, or those whose prior is one of its models.

    Errors do not raise; a block with errors is left out, and so is one whose prior has errors.
    """
    library = collect(source, file, load, Reporter())

    def extended(prior: ast.Model, added: tuple[ast.Statement, ...]) -> tuple[Program, Reporter]:
        found = Reporter()
        return _resolve_model(prior, library, (), source, found, added), found

    blocks: list[Pfn] = []
    for block in library.pfns:
        found = Reporter()
        with suppress(Unresolved):
            blocks.append(read_pfn(block, library, extended, found))
        if model is None or _names_prior(block, model, library):
            reporter.extend(found.diagnostics)
    return tuple(block for block in blocks if model is None or block.prior == model)


def _names_prior(block: ast.Pfn, model: str, library: Library) -> bool:
    """Whether a block has no other prior than this model, or a name that may be a slip for it."""
    priors = [p.value for p in block.parts if isinstance(p, ast.PfnSetting) and p.name == "prior"]
    names = [prior.id if isinstance(prior, ast.Name) else None for prior in priors]
    return all(
        name is not None
        and (
            name == model
            or (name not in library.models and nearest(name, library.models) in (None, model))
        )
        for name in names
    )


def resolve_model(
    model: ast.Model,
    library: Library,
    inference: tuple[InferenceProgram, ...],
    source: Source,
    reporter: Reporter,
) -> Program | None:
    """One model; `None` when it has errors, which have been reported."""
    found = Reporter()
    program = None
    try:
        program = _resolve_model(model, library, inference, source, found)
    except RecursionError:
        found.report(
            Diagnostic(
                "G0413",
                f"`{model.name}` is nested too deeply once its functions are written out",
                model.name_span,
                "in this model",
                (),
                (),
                "name parts of its formulas by `let`, and use the names",
            )
        )
    reporter.extend(sorted(found.diagnostics, key=lambda d: _place(d, source)))
    return None if found.has_errors else program


def _place(diagnostic: Diagnostic, source: Source) -> tuple[bool, int]:
    """Where a diagnostic stands: those of the file itself first, in the order of its lines."""
    span = diagnostic.span
    return (span is None or span.source is not source, span.start if span is not None else 0)


def _resolve_model(
    model: ast.Model,
    library: Library,
    inference: tuple[InferenceProgram, ...],
    source: Source,
    reporter: Reporter,
    added: tuple[ast.Statement, ...] = (),
) -> Program:
    """One model, as much of it as could be read; `added` are statements beside its own."""
    written, matches = split_matches(model.statements)
    written, nets, priors = split(written)
    written += added
    statements, broken = expand(written, library.submodels, reporter)
    statements = written_as_mixtures(statements, reporter)
    symbols = new_symbols(library.functions, library.submodels)
    symbols.trained = library.networks
    expressions = Expressions(symbols, reporter, lambda name: resolver.kind_of(name))
    resolver = Statements(expressions)
    sizes = declare_dims(expressions, statements)
    sizes |= declare_networks(expressions, nets)
    mark_matched(expressions, matches)
    declare_data(expressions, statements)
    declare_quantities(expressions, statements)
    declare_odes(expressions, statements)
    declare_functions(expressions, statements)
    statements += declare_weights(expressions, statements, priors)
    for name in broken & symbols.quantities.keys():
        symbols.quantities[name].is_broken = True
    declare_bounds(expressions, statements, sizes)
    _resolve_dependencies_first(resolver)
    scored = _resolve_statements(statements, resolver)
    _check_functions(expressions, library)
    blocks = read_odes(expressions)
    # What was read is ordered even where something else was not, for the errors of that.
    definitions = _definitions(expressions, resolver)
    solved = frozenset(n for block in blocks for n in names_in_equations(block))
    definitions, networks = elaborate_networks(expressions, definitions, scored, solved)
    definitions, scored, functions = elaborate(expressions, definitions, scored, solved)
    systems = ode_systems(blocks, *names_used(definitions, scored))
    nodes = order_nodes(definitions, scored, reporter, systems)
    if functions:  # values that are drawn given what is observed stand after it
        nodes = (*(n for n in nodes if not is_prediction(n)), *filter(is_prediction, nodes))
    data = tuple(s.data for s in symbols.quantities.values() if s.data is not None)
    others = [library.models[name] for name in library.own_models if name != model.name]
    own = of_model(inference, model, others) or (default_inference(Span(source, 0, 0)),)
    program = Program(
        model.name, source, tuple(symbols.dims.values()), data, nodes, own,
        functions=functions, networks=networks, trained=_trained(library, own, symbols),
    )  # fmt: skip
    if not matches or added or reporter.has_errors:
        return program

    def extended(more: tuple[ast.Statement, ...]) -> Program | None:
        found = Reporter()
        whole = _resolve_model(model, library, inference, source, found, more)
        reporter.extend(d for d in found.diagnostics if severity_of(d) is Severity.ERROR)
        return None if found.has_errors else whole

    return replace(program, matches=read_matches(matches, program, extended, reporter))


def _trained(
    library: Library, inference: tuple[InferenceProgram, ...], symbols: Symbols
) -> tuple[TrainedNetwork, ...]:
    """The trained networks that the statements use, or the inference programs."""
    found = dict(symbols.used_networks)
    for name in (name for each in inference for name in _declared(library, each)):
        with suppress(Unresolved):  # which is among the problems of the inference program
            found[name] = library.networks.network(name, Reporter())
    return tuple(found.values())


def _resolve_statements(
    statements: tuple[ast.Statement, ...], resolver: Statements
) -> tuple[Sample | Factor, ...]:
    """Resolve every statement; what is scored is returned, definitions are remembered."""
    scored: list[Sample | Factor] = []
    known = resolver.symbols.quantities
    entered = {id(d) for symbol in known.values() for d in symbol.definitions}
    for statement in statements:
        try:
            match statement:
                case ast.SampleStatement() | ast.EquationStatement():
                    if id(statement) not in entered:
                        continue
                    node = resolver.definition(statement)
                    if isinstance(node, Sample) and node.role is SampleRole.OBSERVED:
                        scored.append(node)
                case ast.ObserveStatement():
                    scored.append(resolver.observe(statement))
                case ast.FactorStatement():
                    scored.append(resolver.factor(statement))
                case (
                    ast.DimStatement()
                    | ast.DataStatement()
                    | ast.OdeStatement()
                    | ast.KernelStatement()
                    | ast.NetStatement()
                    | ast.MatchStatement()
                ):
                    pass
        except Unresolved:
            continue
    return tuple(scored)


def _resolve_dependencies_first(resolver: Statements) -> None:
    """Read definitions so that each finds the kinds of what it refers to known.

    Reading on demand alone would nest as deep as the statements depend on each other.
    """
    quantities = resolver.symbols.quantities
    defined = {n: s.definitions for n, s in quantities.items() if s.meaning is not Meaning.DATA}
    edges = {
        name: tuple(
            {f.id: None for d in definitions for f in definition_names(d) if f.id in defined}
        )
        for name, definitions in defined.items()
    }
    for group in components(edges):
        for name in group:
            for definition in defined[name]:
                with suppress(Unresolved):
                    resolver.definition(definition)


def _definitions(
    expressions: Expressions, resolver: Statements
) -> dict[str, tuple[Sample | Equation, ...]]:
    result: dict[str, tuple[Sample | Equation, ...]] = {}
    for name, symbol in expressions.symbols.quantities.items():
        if symbol.meaning is Meaning.DATA:
            continue
        try:
            parts = attempt_each(resolver.definition, symbol.definitions)
        except Unresolved:
            continue
        if parts and not symbol.is_broken:
            result[name] = parts
    return result


def _check_functions(expressions: Expressions, library: Library) -> None:
    """A `def` is closed whether or not it is called; dimensions may be those of another model."""
    for function in library.functions.values():
        bodies = (*(local.value for local in function.locals), function.value)
        used = {free.id for body in bodies for free in free_names(body)}
        if used & library.dims and not used & library.dims <= expressions.symbols.dims.keys():
            continue
        is_closed(expressions, function)


def _inference(library: Library, source: Source) -> tuple[InferenceProgram, ...]:
    """The inference programs; what is wrong with one is kept with it, and stops no other."""
    programs: list[InferenceProgram] = []
    for infer in library.infers:
        found = Reporter()
        try:
            program = resolve_inference(infer, found)
            for name in _declared(library, program):
                library.networks.network(name, found)
        except Unresolved:
            program = InferenceProgram(infer.name, (), infer.span)
        known = *(pfn.name for pfn in library.pfns), *library.networks.declared
        found.extend(unknown_networks(program, known))
        programs.append(replace(program, problems=found.diagnostics))
    if not library.infers:
        programs.append(default_inference(Span(source, 0, 0)))
    return tuple(programs)


def _declared(library: Library, program: InferenceProgram) -> tuple[str, ...]:
    """The networks that an inference program names, and the file declares."""
    return tuple(name for name in networks_named(program) if name in library.networks.declared)


def _choose(
    library: Library, source: Source, model: str | None, reporter: Reporter
) -> ast.Model | None:
    names = library.own_models or list(library.models)
    if model is not None:
        if model in library.models:
            return library.models[model]
        close = nearest(model, tuple(library.models))
        reporter.report(
            Diagnostic(
                "G0402",
                f"{source.name} has no model `{model}`",
                None,
                "",
                (),
                (),
                (
                    f"did you mean `{close}`?"
                    if close
                    else f"it has {', '.join(f'`{n}`' for n in names)}"
                    if names
                    else None
                ),
            )
        )
        return None
    if not names:
        reporter.report(
            Diagnostic(
                "G0401",
                f"{source.name} has no model",
                None,
                "",
                (),
                (),
                "a model is written `model name { ... }`",
            )
        )
        return None
    if len(names) > 1:
        reporter.report(
            Diagnostic(
                "G0402",
                f"{source.name} has {len(names)} models: {', '.join(f'`{n}`' for n in names)}",
                None,
                "",
                (),
                (),
                f"say which with `--model {names[0]}`, or `model=` in Python",
            )
        )
        return None
    return library.models[names[0]]
