"""Statements to nodes: one typed node for each, still in written order."""

from __future__ import annotations

from dataclasses import replace

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.distributions.support import SupportKind, event_ranks
from gendsl.distributions.table import FAMILIES
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr, Ref, Shift, Size
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
from gendsl.ir.walk import distribution_exprs, walk
from gendsl.resolve.build import number, op
from gendsl.resolve.distributions import Site, dimension_error, find_family, resolve_distribution
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.supports import Declared, declared_type, narrow
from gendsl.resolve.symbols import Context, Definition, Meaning
from gendsl.resolve.targets import target_shape, target_slice


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
        """The kind of a quantity's elements; that of a recurrence is real."""
        symbol = self.symbols.quantities[name]
        if symbol.data is not None:
            return symbol.data.type
        if not symbol.definitions:
            return REAL
        definition = symbol.definitions[-1]
        if isinstance(definition, ast.SampleStatement):
            quick = self._sampled_kind(definition)
            if quick is not None:
                return quick
        if id(definition) in self._under_way:
            return REAL
        return self.definition(definition).type

    def _sampled_kind(self, statement: ast.SampleStatement) -> ValueType | None:
        if statement.type is not None and statement.type.name in self.symbols.dims:
            return index_into(statement.type.name)
        family = FAMILIES.get(statement.distribution.function.id)
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
        context = Context(dims, dims, {})
        name = statement.target.name
        symbol = self.symbols.quantities[name]
        declared = None
        if statement.type is not None:
            declared = declared_type(self.expressions, statement.type, dims, context)
        into = self._into(declared, symbol.data.type if symbol.data is not None else None)
        rank = event_ranks.get(declared.support, 0) if declared is not None else 0
        site = Site(dims, into, rank, statement.target.span)
        distribution = resolve_distribution(self.expressions, statement.distribution, site, context)
        support = narrow(self.expressions, distribution, declared, statement.type)
        is_observed = symbol.meaning is Meaning.DATA
        where = self._where(statement, dims, context, is_observed)
        type = self._element(support.distribution, support.support, into, statement.target.span)
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
        return self._held_where_shifts_exist(node) if is_observed else node

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
        self, distribution: Distribution, support: SupportKind, into: str | None, span: Span
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
                    help="declare it: `z[row] : k ~ ...`, with `dim k`",
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
                statement.span,
                "categories are members of a dimension",
                secondary=declared,
                help=(
                    f"declare `data {name}[...] : {drawn.dim}`; its codes or labels are then"
                    " checked"
                ),
            )
        if drawn.kind is not Kind.INDEX and data.kind is Kind.INDEX:
            raise self.expressions.fail(
                "G0310",
                f"`{family.name}` draws numbers, `{name}` is an index",
                statement.span,
                f"`{name}` points into `{data.dim}`",
                secondary=declared,
                help=f"declare `{name}` as `int` or `real`, or use `Categorical`",
            )
        if drawn.kind is Kind.INT and data.kind is Kind.REAL:
            raise self.expressions.fail(
                "G0311",
                f"`{family.name}` draws whole numbers, `{name}` is `real`",
                statement.span,
                "can't be observed as reals",
                secondary=declared,
                help=f"declare `data {name}[...] : int`, or use a continuous distribution",
            )

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
                "a latent exists everywhere",
                help="use `if(cond, a, b)` in its parameters",
            )
        where = self.expressions.number_of(statement.where, context)
        extra = outside(where, dims)
        if extra:
            raise dimension_error(
                self.expressions, where, extra[0], dims, dims, statement.span, statement.where.span
            )
        return where

    def _held_where_shifts_exist(self, node: Sample) -> Sample:
        """Data without a start: the statement holds where every shift that it makes exists."""
        lags: dict[str, tuple[int, int]] = {}
        for expr in distribution_exprs(node.distribution):
            for part in walk(expr):
                if isinstance(part, Shift):
                    low, high = lags.get(part.dim, (0, 0))
                    lags[part.dim] = (max(low, part.lag), max(high, -part.lag))
        if not lags or node.slice is not None:
            return node
        if len(lags) > 1:
            raise self.expressions.fail(
                "G0404",
                f"`{node.name}` shifts along {' and '.join(f'`{d}`' for d in lags)}",
                node.span,
                "along more than one dimension",
                help="name the shifted quantities by equations of their own",
            )
        dim, (back, ahead) = next(iter(lags.items()))
        stop = op("-", (Size(dim), number(ahead)), ()) if ahead else None
        return replace(node, slice=Slice(dim, number(back), stop))

    # --- the others ----------------------------------------------------------------------

    def equation(self, statement: ast.EquationStatement) -> Equation:
        """`x[dims] = expr`, `let ...`, `predict q = ...`."""
        shape = target_shape(self.expressions, statement.target)
        part = target_slice(self.expressions, shape.restricted) if shape.restricted else None
        context = Context(shape.dims, shape.dims, {})
        if isinstance(statement.value, ast.Array) and len(shape.dims) == 1:
            value = self.expressions.array(statement.value, shape.dims[0], context)
        else:
            value = self.expressions.resolve(statement.value, context)
        extra = outside(value, shape.dims)
        if extra:
            raise dimension_error(
                self.expressions,
                value,
                extra[0],
                shape.dims,
                shape.dims,
                statement.target.span,
                statement.value.span,
            )
        role = {
            "": EquationRole.SAVED,
            "let": EquationRole.LET,
            "predict": EquationRole.PREDICTED,
        }[statement.keyword]
        return Equation(
            statement.target.name, shape.dims, value.type, value, role, part, statement.span
        )

    def observe(self, statement: ast.ObserveStatement) -> Sample:
        """`observe expr ~ D(...)`: the value's dimensions are the site's."""
        value = self.expressions.number_of(statement.value, Context((), (), {}))
        dims = value.dims
        context = Context(dims, dims, {})
        site = Site(dims, None, 0, statement.value.span)
        distribution = resolve_distribution(self.expressions, statement.distribution, site, context)
        support = narrow(self.expressions, distribution, None, None)
        where = self._where(statement, dims, context, is_scored=True)
        return Sample(
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

    def factor(self, statement: ast.FactorStatement) -> Factor:
        """`factor expr`."""
        value = self.expressions.number_of(statement.value, Context((), (), {}))
        context = Context(value.dims, value.dims, {})
        where = self._where(statement, value.dims, context, is_scored=True)
        return Factor(self._unique("factor"), value, where, statement.span)
