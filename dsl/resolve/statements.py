"""Statements to nodes: one typed node for each, still in written order."""

from __future__ import annotations

from contextlib import suppress

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.distributions.aliases import ALIASES
from gendsl.distributions.family import Family
from gendsl.distributions.support import SupportKind, event_ranks
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, LookBack, Ref, Shift
from gendsl.ir.program import (
    Distribution,
    Equation,
    EquationRole,
    Factor,
    Sample,
    SampleRole,
    Slice,
)
from gendsl.ir.types import INT, REAL, Kind, ValueType, index_into
from gendsl.ir.walk import names_in, walk
from gendsl.resolve.category_starts import category_of_chain, known_start
from gendsl.resolve.dimension_errors import dimension_errors
from gendsl.resolve.distributions import Site, resolve_distribution
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.forms import find_family
from gendsl.resolve.pfns.network_families import family_of, used_network
from gendsl.resolve.reach import held_where_looks_exist
from gendsl.resolve.supports import Declared, declared_type, family_support, narrow
from gendsl.resolve.symbols import Context, Definition, Meaning, Place, is_restricted
from gendsl.resolve.targets import target_shape, target_slice

MAX_UNDER_WAY = 20
"""Only what depends on itself is read on demand in longer chains than this: it is real."""


class Statements:
    """Resolves the statements of one model; each definition once, on demand."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.symbols = expressions.symbols
        self._done: dict[int, Sample | Equation] = {}
        self._failed: set[int] = set()
        self._under_way: set[int] = set()
        self._count: dict[str, int] = {}

    # --- kinds of quantities -------------------------------------------------------------

    def kind_of(self, name: str) -> ValueType:
        """The kind of a quantity's elements; that of a deterministic recurrence is real."""
        symbol = self.symbols.quantities[name]
        if symbol.data is not None:
            return symbol.data.type
        if not symbol.definitions:
            return REAL
        definition = symbol.main
        if isinstance(definition, ast.SampleStatement):
            quick = self._sampled_kind(definition)
            if quick is not None:
                return quick
            # A chain of categories: its start says what they are, for its step refers to itself.
            start = symbol.definitions[0]
            definition = start if is_restricted(start) else definition
        if id(definition) in self._under_way or len(self._under_way) > MAX_UNDER_WAY:
            return REAL
        try:
            return self.definition(definition).type
        except Unresolved:
            self.expressions.uncertain.add(name)
            into = category_of_chain(self.expressions, name)
            return REAL if into is None else index_into(into)

    def _sampled_kind(self, statement: ast.SampleStatement) -> ValueType | None:
        if statement.type is not None and statement.type.name in self.symbols.dims:
            return index_into(statement.type.name)
        name = statement.distribution.function.id
        alias = ALIASES.get(name)
        if name not in FAMILIES and alias is not None and alias.family is not None:
            # What is wrong with the name is reported once; its uses are read as if it were right.
            name = alias.family
        family = FAMILIES.get(name)
        if family is None and name in self.symbols.trained.declared:
            with suppress(Unresolved):
                family = family_of(used_network(self.expressions, statement.distribution))
        if family is None or family.support.kind in (SupportKind.INDEX, SupportKind.INHERITED):
            return None
        return INT if family.is_discrete else REAL

    def definition(self, statement: Definition) -> Sample | Equation:
        """The node of a definition; reported once if it can't be resolved."""
        key = id(statement)
        if key in self._done:
            return self._done[key]
        if key in self._failed:
            raise Unresolved
        self._under_way.add(key)
        try:
            node = (
                self.sample(statement)
                if isinstance(statement, ast.SampleStatement)
                else self.equation(statement)
            )
        except Unresolved:
            self._failed.add(key)
            raise
        finally:
            self._under_way.discard(key)
        self._done[key] = node
        return node

    # --- random sites --------------------------------------------------------------------

    def sample(self, statement: ast.SampleStatement) -> Sample:
        """`x[dims] : type ~ D(...)`."""
        shape = target_shape(self.expressions, statement.target)
        part = target_slice(self.expressions, shape.restricted) if shape.restricted else None
        dims = shape.dims
        context = Context(dims, dims, {}, place=_literals(dims, part))
        name = statement.target.name
        symbol = self.symbols.quantities[name]
        declared = None
        if statement.type is not None:
            declared = declared_type(self.expressions, statement.type, dims, context)
        into = self._into(declared, symbol.data.type if symbol.data is not None else None)
        rank = event_ranks.get(declared.support, 0) if declared is not None else 0
        chain = category_of_chain(self.expressions, name) if part is not None else None
        site = Site(dims, into, rank, statement.target.span, chain)
        distribution = resolve_distribution(self.expressions, statement.distribution, site, context)
        support = narrow(self.expressions, distribution, declared, statement.type)
        is_observed = symbol.meaning is Meaning.DATA
        if symbol.is_broken:
            raise Unresolved
        where = self._where(statement, dims, context, is_observed)
        type = self._element(name, support.distribution, support.support, into, site.span)
        if statement.is_predict:
            role, value = SampleRole.PREDICTED, None
        elif is_observed and symbol.data is not None:
            role = SampleRole.OBSERVED
            value = Ref(name, symbol.dims, symbol.data.type, statement.target.name_span)
            self._check_observed(statement, symbol.data.type, type)
            type = symbol.data.type
        else:
            role, value = SampleRole.LATENT, None
        if statement.parameterisation is not None and role is not SampleRole.LATENT:
            raise self.expressions.fail(
                "G0414",
                f"`{name}` is {role.value}, so it has no parameterisation",
                statement.span,
                f"`as {statement.parameterisation}` is for latent quantities",
                help=f"drop `as {statement.parameterisation}`",
            )
        node = Sample(
            self._unique(name) if is_observed else name,
            dims,
            type,
            support.distribution,
            role,
            support.support,
            support.range,
            value,
            where,
            part,
            statement.parameterisation,
            statement.span,
        )
        return held_where_looks_exist(self.expressions, node, statement) if is_observed else node

    def _unique(self, name: str) -> str:
        """`y`, then `y.2`: data may be scored by several statements."""
        self._count[name] = self._count.get(name, 0) + 1
        return name if self._count[name] == 1 else f"{name}.{self._count[name]}"

    @staticmethod
    def _into(declared: Declared | None, data: ValueType | None) -> str | None:
        for type in (declared.type if declared is not None else None, data):
            if type is not None and type.kind is Kind.INDEX:
                return type.dim
        return None

    def _element(
        self,
        name: str,
        distribution: Distribution,
        support: SupportKind,
        into: str | None,
        span: Span,
    ) -> ValueType:
        if support is SupportKind.INDEX:
            dim = into
            if dim is None and distribution.family.name == "Categorical":
                dim = distribution.category_dim
            if dim is None:
                raise self.expressions.fail(
                    "G0310",
                    f"the categories of `{distribution.family.name}` need a dimension",
                    span,
                    "a category of what?",
                    help=f"declare `data {self._head(name)} : level`, with `dim level`"
                    if self.symbols.quantities[name].data is not None
                    else f"declare it: `{self._head(name)} : level ~ ...`, with `dim level`",
                )
            return index_into(dim)
        return INT if distribution.family.is_discrete or support is SupportKind.INT else REAL

    def _check_observed(
        self, statement: ast.SampleStatement, data: ValueType, drawn: ValueType
    ) -> None:
        """Counts are not observed as reals, nor categories as numbers."""
        family = find_family(self.expressions, statement.distribution)
        name = statement.target.name
        declared = (Label(self.symbols.quantities[name].span, f"declared `{data}` here"),)
        if drawn.kind is Kind.INDEX and data.kind is not Kind.INDEX:
            raise self.expressions.fail(
                "G0310",
                f"`{family.name}` draws categories, `{name}` is `{data}`",
                statement.distribution.span,
                "categories are members of a dimension",
                secondary=declared,
                help=(
                    f"declare `data {self._head(name)} : {drawn.dim}`; its codes or labels are then"
                    " checked"
                ),
            )
        if drawn.kind is not Kind.INDEX and data.kind is Kind.INDEX:
            raise self.expressions.fail(
                "G0310",
                f"`{family.name}` draws numbers, `{name}` is an index",
                statement.distribution.span,
                f"`{name}` points into `{data.dim}`",
                secondary=declared,
                help=f"declare `{name}` as `int` or `real`, or use `Categorical` or"
                " `OrderedLogistic`",
            )
        if drawn.kind is Kind.INT and data.kind is Kind.REAL:
            raise self.expressions.fail(
                "G0311",
                f"`{family.name}` draws whole numbers, `{name}` is `real`",
                statement.distribution.span,
                "can't be observed as reals",
                secondary=declared,
                help=f"declare `data {self._head(name)} : {self._whole(family)}`, or use a"
                " continuous distribution",
            )

    def _head(self, name: str) -> str:
        dims = self.symbols.quantities[name].dims
        return f"{name}[{', '.join(dims)}]" if dims else name

    @staticmethod
    def _whole(family: Family) -> str:
        """The type of data that a family of whole numbers draws."""
        lower, upper = family.support.lower, family.support.upper
        if upper is not None and upper.value == 1.0:
            return "bool"
        return "int >= 0" if lower is not None and lower.value == 0.0 else "int"

    def _where(
        self,
        statement: ast.SampleStatement | ast.ObserveStatement | ast.FactorStatement,
        dims: Dims,
        context: Context,
        is_scored: bool,
    ) -> Expr | None:
        if statement.where is None:
            return None
        if not is_scored:
            raise self.expressions.fail(
                "G0417",
                "`where` is for what is observed",
                statement.where.span,
                "a prediction is made everywhere"
                if isinstance(statement, ast.SampleStatement) and statement.is_predict
                else "a latent exists everywhere",
                help="drop it, or let the parameters vary: `if(cond, a, b)`",
            )
        where = self.expressions.number_of(statement.where, context)
        extra = outside(where, dims)
        if extra:
            raise dimension_errors(self.expressions, where, extra, dims, dims, statement.where.span)
        return where

    # --- the others ----------------------------------------------------------------------

    def equation(self, statement: ast.EquationStatement) -> Equation:
        """`x[dims] = expr`, `let ...`, `predict q = ...`."""
        shape = target_shape(self.expressions, statement.target)
        part = target_slice(self.expressions, shape.restricted) if shape.restricted else None
        context = Context(shape.dims, shape.dims, {}, place=_literals(shape.dims, part))
        into = None if part is None else category_of_chain(self.expressions, statement.target.name)
        if into is not None:
            value = known_start(self.expressions, statement, into, context)
        else:
            value = self.expressions.resolve(statement.value, context)
        extra = outside(value, shape.dims)
        if extra:
            raise dimension_errors(
                self.expressions,
                value,
                extra,
                shape.dims,
                shape.dims,
                statement.value.span,
            )
        role = {
            "": EquationRole.SAVED,
            "let": EquationRole.LET,
            "predict": EquationRole.PREDICTED,
        }[statement.keyword]
        if self.symbols.quantities[statement.target.name].is_broken:
            raise Unresolved
        is_category = into is not None and value.type.kind is not Kind.INDEX
        type = index_into(into) if into is not None and is_category else value.type
        return Equation(statement.target.name, shape.dims, type, value, role, part, statement.span)

    def observe(self, statement: ast.ObserveStatement) -> Sample:
        """`observe expr ~ D(...)`: the value's dimensions are the site's."""
        value = self.expressions.resolve(statement.value, Context((), (), {}))
        into = value.type.dim if isinstance(value, Ref) else None
        if into is None:
            value = self.expressions.number_of(statement.value, Context((), (), {}))
        dims = value.dims
        context = Context(dims, dims, {})
        site = Site(dims, into, 0, statement.value.span)
        distribution = resolve_distribution(self.expressions, statement.distribution, site, context)
        support = narrow(self.expressions, distribution, None, None)
        where = self._where(statement, dims, context, is_scored=True)
        drawn = self._element_or_real(distribution)
        if into is not None and drawn is not Kind.INDEX:
            self.expressions.number_of(statement.value, Context((), (), {}))
        is_certain = not names_in(value) & self.expressions.uncertain
        # A formula is the position of a category, as in `x[k = n - 1]`; a bare name may be a code.
        is_position = value.type.kind is Kind.INT and not isinstance(value, Ref)
        if is_certain and (
            (drawn is Kind.INDEX and not is_position and into is None)
            or (drawn is Kind.INT and value.type.kind is Kind.REAL)
        ):
            family = distribution.family.name
            raise self.expressions.fail(
                "G0310" if drawn is Kind.INDEX else "G0311",
                f"`{family}` draws {'categories' if drawn is Kind.INDEX else 'whole numbers'},"
                " the expression is a number",
                statement.distribution.span,
                "can't be observed as reals" if drawn is Kind.INT else "not a number",
                secondary=(Label(statement.value.span, f"of kind `{value.type}`"),),
                help="observe data that are declared as categories, `data y[row] : k`, or a formula"
                " for the position of the category, from 0: `observe y - 1 ~ ...`"
                if drawn is Kind.INDEX
                else "use a continuous distribution, or observe an expression of `int` data",
            )
        node = Sample(
            f"{self._unique('observe')}",
            dims,
            value.type,
            distribution,
            SampleRole.OBSERVED,
            support.support,
            support.range,
            value,
            where,
            None,
            None,
            statement.span,
        )
        return held_where_looks_exist(self.expressions, node, statement)

    @staticmethod
    def _element_or_real(distribution: Distribution) -> Kind:
        kind = family_support(distribution)
        return {SupportKind.INDEX: Kind.INDEX, SupportKind.INT: Kind.INT}.get(kind, Kind.REAL)

    def factor(self, statement: ast.FactorStatement) -> Factor:
        """`factor expr`."""
        value = self.expressions.number_of(statement.value, Context((), (), {}))
        shifted = tuple(p.dim for p in walk(value) if isinstance(p, Shift))
        shifted += tuple(p.along for p in walk(value) if isinstance(p, LookBack) and p.reach)
        self.expressions.check_reach(value, shifted, "`factor`", statement.value.span)
        context = Context(value.dims, value.dims, {})
        where = self._where(statement, value.dims, context, is_scored=True)
        return Factor(self._unique("factor"), value, where, statement.span)


def _literals(dims: Dims, part: Slice | None) -> Place:
    """The place of array literals: a statement about a part of a dimension lies along the others.

    A literal has an entry for every member.
    """
    return Place(tuple(d for d in dims if part is None or d != part.dim))
