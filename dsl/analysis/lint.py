"""The linter: what is allowed and probably not meant. A rule is a function in the table below."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from gendsl.analysis.censoring import flags_as_limits
from gendsl.analysis.dependence import ancestors, conditioned, depends_on_latents
from gendsl.analysis.intervals import Interval, interval, intervals
from gendsl.analysis.jacobians import jacobian_statement
from gendsl.analysis.scored_twice import scored_twice
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.distributions.support import Support, SupportKind
from gendsl.ir.expr import Const, Contract, Expr, Gather, Op, Pick, Reduce, Ref, Size
from gendsl.ir.program import (
    Data,
    Distribution,
    Equation,
    Factor,
    Program,
    Range,
    Sample,
    SampleRole,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import (
    names_in,
    names_of,
    node_exprs,
    range_exprs,
    sites,
    statements,
    walk,
)  # fmt: skip


def lint(program: Program, reporter: Reporter) -> None:
    """Report what every rule finds."""
    found = [diagnostic for rule in RULES for diagnostic in rule(program)]
    reporter.extend(sorted(found, key=lambda d: d.span.start if d.span is not None else 0))


def _samples(program: Program, role: SampleRole) -> Iterator[Sample]:
    return (site for site in sites(program) if site.role is role)


def _predicted(program: Program) -> frozenset[str]:
    names: set[str] = set()
    for node in program.nodes:
        is_predicted = (isinstance(node, Sample) and node.role is SampleRole.PREDICTED) or (
            isinstance(node, Equation) and node.role.is_shown
        )
        if is_predicted:
            names |= names_of(node)
    return ancestors(program, frozenset(names))


def unused_latents(program: Program) -> Iterator[Diagnostic]:
    """A latent that no observation, factor or prediction looks at."""
    used = conditioned(program) | _predicted(program)
    for node in _samples(program, SampleRole.LATENT):
        if node.name in used:
            continue
        if node.distribution.family.support.kind is SupportKind.ANY:
            yield Diagnostic(
                "G0506",
                f"the posterior of `{node.name}` is improper",
                node.span,
                "flat, and nothing that is observed depends on it",
                help="give it a proper prior, or use it",
            )
        else:
            yield Diagnostic(
                "G0501",
                f"nothing uses `{node.name}`",
                node.span,
                "its posterior is its prior",
                help="use it in what is observed, or remove it",
            )


def _slice_exprs(program: Program) -> Iterator[Expr]:
    """The ends of the parts of dimensions where statements hold."""
    for part in statements(program):
        if not isinstance(part, Factor) and part.slice is not None:
            yield from (e for e in (part.slice.start, part.slice.stop) if e is not None)


def unused_data(program: Program) -> Iterator[Diagnostic]:
    """Data that no statement, size or bound refers to."""
    used = {name for node in program.nodes for name in names_of(node)}
    used |= {name for expr in _slice_exprs(program) for name in names_in(expr)}
    for dim in program.dimensions:
        used |= names_in(dim.size) if dim.size is not None else set()
    for data in program.data:
        used |= {name for bound in range_exprs(data.range) for name in names_in(bound)}
    for data in program.data:
        if data.name not in used:
            yield Diagnostic(
                "G0502",
                f"the data `{data.name}` are never used",
                data.span,
                "declared here only",
                help="use them, or remove the declaration: variables that are not declared are "
                "ignored",
            )


def _arguments(distribution: Distribution) -> Iterator[tuple[Distribution, str, Support, Expr]]:
    """Every scalar argument with what its parameter takes, inner distributions included."""
    supports = {p.name: p.support for p in distribution.form.parameters}
    for name, argument in distribution.arguments:
        if isinstance(argument, Distribution):
            yield from _arguments(argument)
        elif isinstance(argument, tuple):
            for component in argument:
                yield from _arguments(component)
        else:
            yield distribution, name, supports[name], argument


def parameters_out_of_range(program: Program) -> Iterator[Diagnostic]:
    """A scale that may go negative, a probability that may leave [0, 1]."""
    known = intervals(program)
    for role in (SampleRole.LATENT, SampleRole.OBSERVED, SampleRole.PREDICTED):
        for node in _samples(program, role):
            for distribution, name, support, argument in _arguments(node.distribution):
                if support.kind not in (SupportKind.REAL, SupportKind.INT):
                    continue
                found = interval(argument, known)
                low = support.lower.value if support.lower is not None else None
                high = support.upper.value if support.upper is not None else None
                is_open = support.lower is not None and support.lower.is_strict
                is_below = isinstance(low, float) and found.low < low
                is_above = isinstance(high, float) and found.high > high
                if not is_below and not is_above:
                    continue
                family = distribution.family.name
                span = argument.span or node.span
                wanted = (
                    "positive"
                    if low == 0 and high is None and is_open
                    else (
                        f"within [{low:g}, {high:g}]"
                        if low is not None and high is not None
                        else f"at least {low:g}"
                    )
                )
                yield Diagnostic(
                    "G0503",
                    f"`{name}` of `{family}` may leave its range",
                    span,
                    f"can be {'negative' if low == 0 and is_below else 'out of range'}; must be"
                    f" {wanted}",
                    help=_range_help(argument, low, high, program),
                )


def kernels_out_of_range(program: Program) -> Iterator[Diagnostic]:
    """A length or a scale of a kernel that may go negative."""
    known = intervals(program)
    for function in program.functions:
        for what, value in function.positive:
            if interval(value, known).low < 0:
                yield Diagnostic(
                    "G0503",
                    f"{what} may leave its range",
                    value.span or function.span,
                    "can be negative; must be positive",
                    help=_range_help(value, 0.0, None, program),
                )


def _range_help(
    argument: Expr, low: float | str | None, high: float | str | None, program: Program
) -> str:
    if isinstance(argument, Ref):
        data = program.datum(argument.name)
        bound = f"0 <= {'real'} <= 1" if high == 1.0 else "real > 0"
        if data is not None:
            kind = (
                f"int {'>=' if low == 0.0 else '>'} 0"
                if data.type.kind is Kind.INT and high is None
                else bound
            )
            return f"declare the bound, and the data are checked: `data {_head(data)} : {kind}`"
        if any(isinstance(p, Equation) and p.name == argument.name for p in statements(program)):
            # An equation has no support of its own: what it computes must lie inside.
            inside = "`inv_logit(...)`" if high == 1.0 else "`exp(...)` or `max(..., 0)`"
            return f"`{argument.name}` is computed: let its equation stay there, by {inside}"
        return f"give `{argument.name}` that support: `{argument.name} : {bound} ~ ...`"
    return "use `inv_logit(...)`" if high == 1.0 else "use `exp(...)`, or bound what it is made of"


def observed_support(program: Program) -> Iterator[Diagnostic]:
    """Declared bounds of data against what the distribution can draw."""
    known = intervals(program)
    for node in _samples(program, SampleRole.OBSERVED):
        data = program.datum(node.value.name) if isinstance(node.value, Ref) else None
        if data is None or node.support not in (SupportKind.REAL, SupportKind.INT):
            continue
        declared = known[data.name]
        drawn = Interval(
            interval(node.range.lower, known).low if node.range.lower is not None else -math.inf,
            interval(node.range.upper, known).high if node.range.upper is not None else math.inf,
        )
        family = node.distribution.family.name
        where = (Label(data.span, f"`{data.name}` is declared here"),)
        if declared.low < drawn.low or declared.high > drawn.high:
            shown = _bounds_text(drawn, data, node.range)
            yield Diagnostic(
                "G0504",
                f"`{data.name}` may lie where `{family}` has no mass",
                node.span,
                f"`{family}` draws {shown}",
                where,
                (),
                f"declare it, and the data are checked: `data {_head(data)} : {shown}`",
            )
            continue
        is_cut = (declared.low > drawn.low and math.isfinite(declared.low)) or (
            declared.high < drawn.high and math.isfinite(declared.high)
        )
        if is_cut and node.support is SupportKind.REAL and node.distribution.family.has_cdf:
            shown = _bounds_text(declared, data, data.range)
            yield Diagnostic(
                "G0510",
                f"`{family}` puts mass where `{data.name}` can't be",
                node.span,
                f"`{data.name}` is declared `{shown}`",
                where,
                (),
                f"truncate it, `{_head(data)} : {shown} ~ ...`, or drop the bound from the data",
            )


def _head(data: Data) -> str:
    return f"{data.name}[{', '.join(data.dims)}]" if data.dims else data.name


def _bounds_text(found: Interval, data: Data, range: Range) -> str:
    kind = "int" if data.type.kind is Kind.INT else "real"
    low, high = math.isfinite(found.low), math.isfinite(found.high)
    after, before = "<" if range.is_lower_strict else "<=", "<" if range.is_upper_strict else "<="
    if low and high:
        return f"{found.low:g} {after} {kind} {before} {found.high:g}"
    if low:
        return f"{kind} {after.replace('<', '>')} {found.low:g}"
    return f"{kind} {before} {found.high:g}" if high else kind


NATURAL_ENDS = frozenset({-1.0, 0.0, 1.0, math.pi, -math.pi, 2 * math.pi})


def hard_bounds(program: Program) -> Iterator[Diagnostic]:
    """A latent cut off at numbers that nature does not give."""
    impossible = {d.span for d in impossible_priors(program)}
    for node in _samples(program, SampleRole.LATENT):
        if node.type.kind is not Kind.REAL:
            continue  # a discrete latent needs bounds
        if node.distribution.family.name == "Uniform":
            ends = [
                a for _, a in node.distribution.arguments if not isinstance(a, Distribution | tuple)
            ]
        elif node.distribution.truncation is not None:
            ends = list(range_exprs(node.distribution.truncation))
        else:
            continue
        odd = [e for e in ends if isinstance(e, Const) and float(e.value) not in NATURAL_ENDS]
        if odd and node.span not in impossible:
            numbers = " and ".join(f"{e.value:g}" for e in odd)
            yield Diagnostic(
                "G0505",
                f"`{node.name}` has a hard bound at {numbers}",
                node.span,
                "nothing beyond it is possible, whatever the data say",
                help="if values beyond are only unlikely, use a prior that fades, such as `Normal` "
                "or `HalfNormal`",
            )


def nothing_observed(program: Program) -> Iterator[Diagnostic]:
    """A model that conditions on nothing."""
    has_latent = any(True for _ in _samples(program, SampleRole.LATENT))
    is_scored = any(isinstance(n, Factor) for n in program.nodes) or any(
        True for _ in _samples(program, SampleRole.OBSERVED)
    )
    if has_latent and not is_scored:
        yield Diagnostic(
            "G0507",
            f"`{program.name}` observes nothing",
            next(_samples(program, SampleRole.LATENT)).span,
            "the posterior is the prior",
            help="state what is observed: `data y[row] : real` and `y[row] ~ ...`",
        )


def missing_jacobian(program: Program) -> Iterator[Diagnostic]:
    """`observe` of a curved function of latents: a density on it may need a Jacobian.

    A factor of the same latents is taken to be it.
    """
    uncertain = depends_on_latents(program)
    given = {names_in(n.value) & uncertain for n in program.nodes if isinstance(n, Factor)}
    for node in _samples(program, SampleRole.OBSERVED):
        if (
            node.value is None
            or isinstance(node.value, Ref)
            or not names_in(node.value) & uncertain
        ):
            continue
        is_given = names_in(node.value) & uncertain in given
        if not is_given and not _is_linear(node.value, uncertain):
            found = jacobian_statement(node.value, lambda e: _is_linear(e, uncertain))
            added = "`factor log(abs(...))` of its derivative" if found is None else f"`{found}`"
            yield Diagnostic(
                "G0508",
                "a prior on a curved function of latents may need a Jacobian",
                node.value.span or node.span,
                "not linear in what is inferred",
                help="`observe` adds none: if this is to be the prior of the function's value, add"
                f" {added}; if it is a soft constraint, nothing is missing",
            )


def _is_linear(expr: Expr, uncertain: frozenset[str]) -> bool:
    if not names_in(expr) & uncertain:
        return True
    match expr:
        case Ref():
            return True
        case Op("+" | "-" | "neg", arguments):
            return all(_is_linear(a, uncertain) for a in arguments)
        case Op("*", (left, right)):
            is_scaled = not names_in(left) & uncertain or not names_in(right) & uncertain
            return is_scaled and _is_linear(left, uncertain) and _is_linear(right, uncertain)
        case Op("/", (left, right)):
            return not names_in(right) & uncertain and _is_linear(left, uncertain)
        case Reduce("sum" | "mean", _, argument):
            return _is_linear(argument, uncertain)
        case Contract(left, right):
            return _is_linear(Op("*", (left, right), expr.dims, expr.type), uncertain)
        case Gather(base) | Pick(base):
            return _is_linear(base, uncertain)
        case _:
            return False


def impossible_priors(program: Program) -> Iterator[Diagnostic]:
    """A narrowed support that leaves nothing of the distribution."""
    known = intervals(program)
    for role in (SampleRole.LATENT, SampleRole.OBSERVED):
        for node in _samples(program, role):
            cut = node.distribution.truncation
            if cut is None:
                continue
            low, high = node.range.lower, node.range.upper
            bottom = interval(low, known).low if low is not None else -math.inf
            top = interval(high, known).high if high is not None else math.inf
            support = node.distribution.family.support
            for limit in (support.lower, support.upper):
                if limit is None or not isinstance(limit.value, float):
                    continue
                if limit is support.lower:
                    bottom = max(bottom, limit.value)
                else:
                    top = min(top, limit.value)
            is_whole = node.support is SupportKind.INT
            if bottom > top or (bottom == top and not is_whole):
                yield Diagnostic(
                    "G0509",
                    f"no value of `{node.name}` is possible",
                    node.span,
                    f"`{node.distribution.family.name}` has no mass between these bounds",
                    help="widen the bounds, or choose another distribution",
                )


def unused_dims(program: Program) -> Iterator[Diagnostic]:
    """A dimension that nothing has."""
    used: set[str] = set()
    for data in program.data:
        used |= {*data.dims, data.type.dim or ""}
    for node in program.nodes:
        for expr in node_exprs(node):
            for part in walk(expr):
                used |= set(part.dims)
                if isinstance(part, Size):
                    used.add(part.dim)
        if isinstance(node, Sample | Equation):
            used |= {*node.dims, node.type.dim or ""}
    used |= {d.like for d in program.dimensions if d.like is not None}
    for dim in program.dimensions:
        if dim.size is not None:
            used |= {p.dim for p in walk(dim.size) if isinstance(p, Size)}
    used |= {name for choice in program.functions for name in choice.made}
    for dim in program.dimensions:
        if dim.name not in used:
            yield Diagnostic(
                "G0511",
                f"nothing has the dimension `{dim.name}`",
                dim.span,
                "declared here only",
                help="use it, or remove it",
            )


def squared_scales(program: Program) -> Iterator[Diagnostic]:
    """`Normal(mu, sigma^2)`: a variance where the standard deviation stands."""
    for role in (SampleRole.LATENT, SampleRole.OBSERVED, SampleRole.PREDICTED):
        for node in _samples(program, role):
            for distribution, name, _, argument in _arguments(node.distribution):
                if name != "scale" or distribution.family.location_scale is None:
                    continue
                match argument:
                    case Op("^", (base, Const(2))) | Op("square", (base,)):
                        pass
                    case Op("*", (base, other)) if base == other:
                        pass
                    case _:
                        continue
                shown = base.span.text if base.span is not None else "..."
                yield Diagnostic(
                    "G0512",
                    f"`scale` of `{distribution.family.name}` is a square",
                    argument.span or node.span,
                    "a variance?",
                    help=f"`scale` is the standard deviation: `scale = {shown}`",
                )


Rule = Callable[[Program], Iterator[Diagnostic]]

RULES: tuple[Rule, ...] = (
    unused_latents,
    unused_data,
    unused_dims,
    parameters_out_of_range,
    kernels_out_of_range,
    observed_support,
    hard_bounds,
    nothing_observed,
    missing_jacobian,
    impossible_priors,
    squared_scales,
    flags_as_limits,
    scored_twice,
)
"""The rules, in the order in which they report."""
