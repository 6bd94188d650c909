"""What stands after `~`: a family, its form, its arguments and their dimensions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from gendsl.diagnostics.diagnostic import InternalError, Label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted, listed
from gendsl.distributions.family import Family, FamilyParameter, Role
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Const, Dims, Expr
from gendsl.ir.program import Argument, Distribution
from gendsl.resolve.constants import check_constant, check_order
from gendsl.resolve.dimension_errors import dimension_errors
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved, attempt_each
from gendsl.resolve.forms import find_family, find_form, pair
from gendsl.resolve.literal_places import category_of_literal, matrix_place
from gendsl.resolve.literals import literal_depth
from gendsl.resolve.matrix_kinds import check_kind_of_matrix
from gendsl.resolve.pfns.predictions import given_without_network, resolve_prediction
from gendsl.resolve.symbols import Context


@dataclass(frozen=True, slots=True)
class Site:
    """What a distribution is for: its dimensions and, for an index, the dimension it points into.

    `event_rank` is what the declared type asks for (a simplex: 1). `chain` is the dimension whose
    members a chain of categories takes by its step, where this is its start.
    """

    dims: Dims
    into: str | None
    event_rank: int
    span: Span
    chain: str | None = None


def resolve_distribution(
    expressions: Expressions, call: ast.Call, site: Site, context: Context
) -> Distribution:
    """The family in its form, with every argument's dimensions checked against the site's."""
    if call.function.id in expressions.symbols.trained.declared:
        return resolve_prediction(expressions, call, site.dims, site.into, context)
    if call.given:
        raise given_without_network(expressions, call)
    family = find_family(expressions, call)
    form = find_form(expressions, call, family)
    written = pair(call, form)
    rank = max(_event_rank(family, written), site.event_rank)
    if rank > len(site.dims):
        noun = "dimension" if rank == 1 else "dimensions"
        what = "a vector" if rank == 1 else "a matrix"
        is_family = rank == _event_rank(family, written)
        raise expressions.fail(
            "G0309",
            f"`{family.name}` draws {what}" if is_family else f"the declared type is of {what}",
            call.function.span,
            f"needs {rank} {noun}",
            secondary=(Label(site.span, f"has {len(site.dims)}"),),
            help=_event_help(family, rank),
        )
    events = site.dims[len(site.dims) - rank :]
    if len(events) == 2 and not expressions.symbols.are_alike(*events):
        raise expressions.fail(
            "G0309",
            f"`{family.name}` draws a square matrix",
            site.span,
            f"`{events[0]}` and `{events[1]}` may differ in size",
            help=f"declare the second as the first's twin: `dim {events[1]} like {events[0]}`",
        )
    given = [p for p in form.parameters if p.name in written]
    made_of = next((written[p.name] for p in given if p.role is Role.COMPONENTS), None)
    reader = _Arguments(expressions, family, site, events, context, made_of)
    pairs: list[tuple[str, Argument]] = []
    for parameter in given:
        if parameter.role is Role.COMPONENTS and len(pairs) < given.index(parameter):
            break  # What the components vary over follows from the weights.
        with suppress(Unresolved):
            pairs.append((parameter.name, reader.read(parameter, written[parameter.name])))
    if len(pairs) < len(given):
        raise Unresolved
    check_order(expressions, family, given, pairs, written)
    _check_parts(expressions, call, family, tuple(pairs), reader.category_dim)
    return Distribution(
        family, form, tuple(pairs), events, reader.category_dim, None, None, call.span
    )


def _event_help(family: Family, rank: int) -> str:
    """How to give a vector or a matrix its dimensions."""
    dims = "k" if rank == 1 else "k, l"
    twin = "" if rank == 1 else ", with `dim l like k`"
    return f"its last dimensions are those of one draw: `x[{dims}] ~ {family.name}(...)`{twin}"


def _check_parts(
    expressions: Expressions,
    call: ast.Call,
    family: Family,
    pairs: tuple[tuple[str, Argument], ...],
    category_dim: str | None,
) -> None:
    """What a combinator asks of the distributions that it is made of."""
    for name, argument in pairs:
        parts = argument if isinstance(argument, tuple) else (argument,)
        inner = [part for part in parts if isinstance(part, Distribution)]
        if not inner:
            continue
        role = next(p for form in family.forms for p in form.parameters if p.name == name)
        if role.support.kind is SupportKind.INT:
            for part in inner:
                kind = _element_of(part)
                if kind is not SupportKind.INT or _draws_negative(part):
                    raise expressions.fail(
                        "G0302",
                        f"`{name}` of `{family.name}` is a distribution of counts",
                        part.span,
                        f"`{part.family.name}` draws other values",
                        help=f"such as `{family.name}(gate, Poisson(rate))`",
                    )
        kinds = {_element_of(part): part for part in inner}
        if len(kinds) > 1:
            first, second, *_ = kinds.values()
            raise expressions.fail(
                "G0302",
                f"the components of `{family.name}` draw different kinds of value",
                second.span,
                f"`{second.family.name}` draws {_kind_noun(second)}",
                secondary=(Label(first.span, f"`{first.family.name}` draws {_kind_noun(first)}"),),
                help="all components draw real numbers, or all whole numbers",
            )
        if family.name == "Censored" and not inner[0].family.has_cdf:
            raise expressions.fail(
                "G0304",
                f"`{inner[0].family.name}` can't be censored",
                inner[0].span,
                "its distribution function has no usable form",
                help="choose another family",
            )
        size = expressions.known_size(category_dim) if category_dim is not None else None
        if isinstance(argument, tuple) and size is not None and size != len(argument):
            declared = expressions.symbols.dims[category_dim or ""]
            # A dimension that was made for a literal has no name to show.
            is_literal = call.span.start <= declared.span.start < call.span.end
            weights = counted(size, "weight") if is_literal else counted(size, "member")
            of = "" if is_literal else f"`{category_dim}` "
            raise expressions.fail(
                "G0307",
                f"`{family.name}` has {len(argument)} components, {of}{weights}",
                call.span,
                f"{len(argument)} components",
                secondary=(Label(declared.span, weights),),
                help="write one component for each member of the weights' dimension",
            )


def _element_of(distribution: Distribution) -> SupportKind:
    kind = distribution.family.support.kind
    if kind is SupportKind.INHERITED:
        inner = next(
            part
            for _, argument in distribution.arguments
            for part in (argument if isinstance(argument, tuple) else (argument,))
            if isinstance(part, Distribution)
        )
        return _element_of(inner)
    return kind


def _kind_noun(distribution: Distribution) -> str:
    nouns = {
        SupportKind.REAL: "real numbers",
        SupportKind.INT: "whole numbers",
        SupportKind.INDEX: "categories",
    }
    return nouns.get(_element_of(distribution), "joint values")


def _draws_negative(distribution: Distribution) -> bool:
    """Whether a distribution of whole numbers may draw one below 0, as far as its row says."""
    lower = distribution.family.support.lower
    if lower is None:
        return True
    if isinstance(lower.value, float):
        return lower.value < 0
    argument = dict(distribution.arguments).get(lower.value)
    return not isinstance(argument, Const) or float(argument.value) < 0


def _event_rank(family: Family, written: dict[str, ast.Expr]) -> int:
    """How many dimensions one draw has; a combinator has those of what it is made of."""
    inner = [
        value
        for form in family.forms
        for p in form.parameters
        if p.role in (Role.DISTRIBUTION, Role.COMPONENTS) and (value := written.get(p.name))
    ]
    parts = [
        part
        for value in inner
        for part in (value.items if isinstance(value, ast.Array) else (value,))
    ]
    ranks = [
        FAMILIES[part.function.id].event_rank
        for part in parts
        if isinstance(part, ast.Call) and part.function.id in FAMILIES
    ]
    return max((family.event_rank, *ranks))


class _Arguments:
    """Reads the arguments of one distribution; finds the dimension of its categories."""

    def __init__(
        self,
        expressions: Expressions,
        family: Family,
        site: Site,
        events: Dims,
        context: Context,
        components: ast.Expr | None,
    ) -> None:
        self.expressions = expressions
        self.family = family
        self.site = site
        self.events = events
        self.context = context
        self.components = components
        self.category_dim: str | None = None

    def read(self, parameter: FamilyParameter, written: ast.Expr) -> Argument:
        """The argument's typed form, its dimensions and values checked by its role."""
        match parameter.role:
            case Role.DISTRIBUTION:
                return self.inner(written, ())
            case Role.COMPONENTS:
                if isinstance(written, ast.Array):
                    return attempt_each(lambda item: self.inner(item, ()), written.items)
                extra = (self.category_dim,) if self.category_dim is not None else ()
                return self.inner(written, extra)
            case Role.SCALAR:
                return self.value(parameter, written, self.scalar_dims())
            case Role.VECTOR | Role.EVENT:
                return self.value(parameter, written, self.site.dims)
            case Role.MATRIX:
                return self.matrix(parameter, written)
            case Role.FACTOR:
                return self.factor(parameter, written)
            case Role.CATEGORIES | Role.CUTPOINTS:
                return self.categories(parameter, written)
            case Role.QUERY | Role.CONTEXT:
                raise InternalError(f"`{self.family.name}` is read by its network")

    def scalar_dims(self) -> Dims:
        """A family of scalars may vary over every dimension; one of vectors, over the batch."""
        if self.family.event_rank == 0:
            return self.site.dims
        return self.site.dims[: len(self.site.dims) - self.family.event_rank]

    def inner(self, written: ast.Expr, extra: Dims) -> Distribution:
        """A distribution as an argument; `extra` is the dimension over which components vary."""
        if not isinstance(written, ast.Call):
            raise self.expressions.fail(
                "G0302",
                f"`{self.family.name}` is made of distributions",
                written.span,
                "not a distribution",
                help="write one here, such as `Normal(mu, sigma)`",
            )
        events = self.events
        batch = self.site.dims[: len(self.site.dims) - len(events)]
        site = Site((*batch, *extra, *events), self.site.into, 0, self.site.span)
        # A literal lies along the components, if there is one distribution for all of them.
        context = self.context.within(extra)
        context = context.placed((*extra, *events)) if extra else context
        inner = resolve_distribution(self.expressions, written, site, context)
        return inner

    def value(self, parameter: FamilyParameter, written: ast.Expr, allowed: Dims) -> Expr:
        """An expression whose dimensions are among the allowed."""
        event = self.events if parameter.role is Role.VECTOR else ()
        expr = self.read_number(written, event, allowed)
        extra = outside(expr, allowed)
        if extra:
            raise dimension_errors(
                self.expressions, expr, extra, allowed, self.site.dims, written.span
            )
        check_constant(self.expressions, self.family, parameter, expr, written.span)
        return expr

    def read_number(self, written: ast.Expr, event: Dims, allowed: Dims) -> Expr:
        """The typed form; literals as deep as `event` lie along it, others along the allowed."""
        place = event if literal_depth(written) == len(event) else allowed
        known = self.context.literals.dims
        pinned = [d for d in self.site.dims if d not in known]
        context = self.context.placed(tuple(d for d in place if d not in pinned))
        return self.expressions.number_of(written, context)

    def matrix(self, parameter: FamilyParameter, written: ast.Expr) -> Expr:
        """Event dimension and its twin last, whatever the batch."""
        square_place = matrix_place(self.expressions, written, self.events[-1])
        expr = self.read_number(written, square_place, self.site.dims)
        symbols = self.expressions.symbols
        event = self.events[-1]
        batch = self.site.dims[: len(self.site.dims) - len(self.events)]
        square = [d for d in expr.dims if d not in batch and symbols.are_alike(d, event)]
        others = [d for d in expr.dims if d not in batch and d not in square]
        if len(square) != 2 or others:
            raise self.expressions.fail(
                "G0309",
                f"`{parameter.name}` of `{self.family.name}` is a square matrix over `{event}`",
                written.span,
                f"has dimensions [{', '.join(expr.dims)}]" if expr.dims else "is a single number",
                help=f"give it `{event}` and a twin of it, declared `dim other like {event}`",
            )
        twin = next(dim for dim in square if dim != event)
        check_kind_of_matrix(
            self.expressions, parameter, expr, (event, twin), written.span, self.site.span
        )
        return expr

    def factor(self, parameter: FamilyParameter, written: ast.Expr) -> Expr:
        """Event dimension and a dimension of columns last, or two of columns where it is inside."""
        event = self.events[-1]
        expr = self.read_number(written, (event,), self.site.dims)
        columns = outside(expr, self.site.dims)
        if parameter.is_required != (event in expr.dims) or len(columns) != 2 - (
            event in expr.dims
        ):
            raise self.expressions.fail(
                "G0309",
                f"`{parameter.name}` of `{self.family.name}` is a matrix over its columns",
                written.span,
                f"has dimensions [{', '.join(expr.dims)}]" if expr.dims else "is a single number",
                help=f"`factor` has `{event}` and one dimension that the left side lacks",
            )
        return expr

    def categories(self, parameter: FamilyParameter, written: ast.Expr) -> Expr:
        """Exactly one dimension that the site lacks: that of the categories."""
        batch = self.site.dims[: len(self.site.dims) - len(self.events)]
        own: Dims = ()
        if literal_depth(written):
            own = (self.category(parameter, written),)
        expr = self.read_number(written, own, (*batch, *own))
        extra = outside(expr, self.site.dims)
        if len(extra) != 1 or outside(expr, (*batch, *extra)):
            raise self.expressions.fail(
                "G0307",
                f"`{parameter.name}` of `{self.family.name}` has one dimension for the categories",
                written.span,
                (f"has dimensions [{', '.join(expr.dims)}]" if expr.dims else "is a single number")
                + (f", the left side has [{', '.join(self.site.dims)}]" if self.site.dims else ""),
                help=self.categories_help(parameter, expr),
            )
        into = self.site.into
        is_own = self.family.name == "Categorical" and into is not None
        if is_own and not self.expressions.symbols.are_alike(extra[0], into or ""):
            raise self.expressions.fail(
                "G0307",
                f"`{parameter.name}` of `Categorical` varies over `{extra[0]}`, not `{into}`",
                written.span,
                f"its categories are members of `{extra[0]}`",
                secondary=(Label(self.site.span, f"its values are members of `{into}`"),),
                help=f"give it the dimension `{into}`",
            )
        self.category_dim = extra[0]
        return expr

    def category(self, parameter: FamilyParameter, written: ast.Expr) -> str:
        """The dimension of categories that are written as an array literal."""
        if parameter.role is Role.CATEGORIES and self.family.name == "Categorical":
            known = self.site.into or self.site.chain
            if known is not None:
                return known
        return category_of_literal(
            self.expressions, self.family, written, self.components, self.site.dims, self.context
        )

    def categories_help(self, parameter: FamilyParameter, expr: Expr) -> str:
        """The way out where the categories have no dimension, or too many."""
        if self.family.name == "Mixture" and not expr.dims:
            return (
                "write all of the weights, `[p, 1 - p]`, or declare `dim k = 2`, and give the"
                " weights that dimension: `w[k] ~ Dirichlet(1)`"
            )
        if self.family.name == "Categorical" and not expr.dims:
            return (
                "one probability is `Bernoulli(p)`; several are an array over a dimension that the"
                " left side lacks"
            )
        stray = [d for d in expr.dims if d not in self.site.dims]
        if len(stray) > 1:
            return f"it needs exactly one that the left side lacks, here there are {listed(stray)}"
        return f"it needs exactly one that the left side lacks: `{parameter.name}[k]`"
