"""`z[new] ~ robust(x = x_new) given x = x, y = y`: what a network predicts, as a distribution.

What stands in the call is of each entry of the site, as in any distribution. What stands after
`given` is whole: rows along one dimension, the same for all.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.suggest import nearest
from gendsl.diagnostics.wording import listed
from gendsl.frontend import ast
from gendsl.ir.expr import Dims, Expr
from gendsl.ir.program import Argument, Distribution
from gendsl.ir.trained import NetworkInput, TrainedNetwork
from gendsl.ir.types import Kind
from gendsl.resolve.dimension_errors import dimension_errors
from gendsl.resolve.expressions import Expressions, outside
from gendsl.resolve.failure import Unresolved
from gendsl.resolve.pfns.network_families import family_of, known, used_network
from gendsl.resolve.symbols import Context


def resolve_prediction(
    expressions: Expressions, call: ast.Call, dims: Dims, into: str | None, context: Context
) -> Distribution:
    """The predictive distribution of a network at a site with these dimensions.

    `into` is the dimension that the site points into, if it is declared to.

    Raises:
        Unresolved: if something of the call is wrong, which is reported.
    """
    network = used_network(expressions, call)
    target = network.target
    assert target is not None
    family = family_of(network)
    names = [each.name for each in network.inputs]
    asked = _named(expressions, call, network, call.arguments, names, is_context=False)
    per_row = [each.name for each in network.inputs if each.is_per_row]
    shared = [each for each in names if each not in per_row]
    whole = [*per_row, target.name]
    given = _named(expressions, call, network, call.given, whole, is_context=True)
    reader = _Reader(expressions, network, dims, context)
    pairs: list[tuple[str, Argument]] = []
    for each in network.inputs:
        with suppress(Unresolved):
            pairs.append((each.name, reader.query(each, asked[each.name])))
    rows: list[tuple[str, Expr]] = []
    for name in whole:
        with suppress(Unresolved):
            rows.append((name, reader.known(name, given[name])))
    if len(pairs) < len(names) or len(rows) < len(whole):
        raise Unresolved
    reader.check_rows(rows, given)
    if target.kind is Kind.INDEX and into is not None:
        check_members(expressions, network, into, target.classes, target.labels, call.function)
    pairs += [(known(name), value) for name, value in rows]
    pairs += [(known(name), dict(pairs)[name]) for name in shared]
    return Distribution(
        family, family.forms[0], tuple(pairs), (), None, None, None, call.span, network
    )


def given_without_network(expressions: Expressions, call: ast.Call) -> Unresolved:
    """Report a context that nothing reads."""
    first, last = call.given[0], call.given[-1]
    name = call.function.id
    return expressions.fail(
        "G1035",
        f"`{name}` takes no context",
        replace(first.span, end=last.span.end),
        "given to no network",
        help="`given` is for trained networks, `robust(x = x_new) given x = x, y = y`, that"
        ' `pfn robust from "robust.pfn"` names',
    )


def _named(
    expressions: Expressions,
    call: ast.Call,
    network: TrainedNetwork,
    arguments: Iterable[ast.Argument],
    names: list[str],
    *,
    is_context: bool,
) -> dict[str, ast.Expr]:
    """What was written for each name; those of a call may stand by position."""
    found: dict[str, ast.Expr] = {}
    has_failed = False
    positions = iter(names)
    what = "context" if is_context else "input"
    for argument in arguments:
        name = argument.name if argument.name is not None else next(positions, None)
        if name in names and name not in found:
            found[str(name)] = argument.value
            continue
        has_failed = True
        close = nearest(str(name), names)
        expressions.fail(
            "G1034",
            f"`{network.name}` has {len(names)} inputs"
            if name is None
            else f"`{name}` of `{network.name}` is given twice"
            if name in found
            else f"`{network.name}` reads no `{name}`"
            + (" of each row" if is_context and name in _names(network) else ""),
            argument.span,
            "one too many" if name is None or name in found else f"not in its {what}",
            help=f"did you mean `{close}`?"
            if close is not None and close not in found
            else _usage(network),
        )
    missing = [name for name in names if name not in found]
    if missing and not has_failed:
        expressions.fail(
            "G1034",
            f"`{network.name}` lacks {listed(missing)}"
            + (" of the rows that it is given" if is_context else ""),
            call.span,
            "not given" if not is_context or call.given else "without a context",
            help=_usage(network),
        )
    if missing or has_failed:
        raise Unresolved
    return found


def _names(network: TrainedNetwork) -> list[str]:
    return [each.name for each in network.inputs]


def _usage(network: TrainedNetwork) -> str:
    assert network.target is not None
    asked = ", ".join(f"{name} = ..." for name in _names(network))
    rows = [each.name for each in network.inputs if each.is_per_row]
    whole = ", ".join(f"{name} = ..." for name in (*rows, network.target.name))
    return f"write `{network.name}({asked}) given {whole}`"


class _Reader:
    """Reads the arguments of one call."""

    def __init__(
        self, expressions: Expressions, network: TrainedNetwork, dims: Dims, context: Context
    ) -> None:
        self.expressions = expressions
        self.network = network
        self.dims = dims
        self.context = context
        self.columns: dict[str, str] = {}

    def query(self, each: NetworkInput, written: ast.Expr) -> Expr:
        """An input at the site's entries; one of columns has a dimension that the site lacks."""
        value = self._value(each, written, self.context)
        allowed: Dims = self.dims if each.is_per_row else ()
        extra = outside(value, allowed)
        if not each.is_per_row and not each.has_columns and value.dims:
            raise self.expressions.fail(
                "G1036",
                f"`{each.name}` of `{self.network.name}` is one number for all rows",
                written.span,
                f"has dimensions [{', '.join(value.dims)}]",
                help="give a quantity without dimensions; another value is another data set",
            )
        if each.has_columns and len(extra) == 1:
            self.columns[each.name] = extra[0]
            return value
        if each.has_columns:
            raise self._no_columns(each, value, written)
        if extra:
            raise dimension_errors(
                self.expressions, value, extra, self.dims, self.dims, written.span
            )
        return value

    def known(self, name: str, written: ast.Expr) -> Expr:
        """What is given of all rows."""
        each = next((e for e in self.network.inputs if e.name == name), None)
        whole = Context((), (), {})
        if each is None:
            return self._target(written, whole)
        value = self._value(each, written, whole)
        if name in self.columns and self.columns[name] not in value.dims:
            raise self._no_columns(each, value, written)
        return value

    def check_rows(self, rows: list[tuple[str, Expr]], given: dict[str, ast.Expr]) -> None:
        """All that is given has rows along one dimension."""
        target, value = rows[-1]
        if len(value.dims) != 1:
            raise self._rows_error(target, value, given[target], "has the rows of the context")
        [row] = value.dims
        for name, each in rows[:-1]:
            own = {self.columns[name]} if name in self.columns else set()
            if set(each.dims) != {row, *own} or row in own:
                raise self._rows_error(
                    name, each, given[name], f"has rows along `{row}`, as `{target}`",
                    (Label(given[target].span, f"has [{row}]"),),
                )  # fmt: skip

    def _rows_error(
        self,
        name: str,
        value: Expr,
        written: ast.Expr,
        what: str,
        labels: tuple[Label, ...] = (),
    ) -> Unresolved:
        has = f"has dimensions [{', '.join(value.dims)}]" if value.dims else "is a single number"
        return self.expressions.fail(
            "G1036",
            f"`{name}` given to `{self.network.name}` {what}",
            written.span,
            has,
            secondary=labels,
            help="a context is an array over one dimension, the same for all, such as"
            " `data y[seen] : real`; inputs of several columns have those beside it",
        )

    def _no_columns(self, each: NetworkInput, value: Expr, written: ast.Expr) -> Unresolved:
        has = f"has dimensions [{', '.join(value.dims)}]" if value.dims else "is a single number"
        return self.expressions.fail(
            "G1036",
            f"`{each.name}` of `{self.network.name}` has columns",
            written.span,
            has,
            help="give it one dimension of columns that the left side lacks, the same here and in"
            " the context",
        )

    def _value(self, each: NetworkInput, written: ast.Expr, context: Context) -> Expr:
        if not each.members:
            return self.expressions.number_of(written, context)
        value = self.expressions.resolve(written, context)
        self._check_members(each.name, value, written, each.members, None)
        return value

    def _target(self, written: ast.Expr, context: Context) -> Expr:
        target = self.network.target
        assert target is not None
        if target.kind is not Kind.INDEX:
            value = self.expressions.number_of(written, context)
            if target.classes and value.type.kind is Kind.REAL:
                raise self._other_type(target.name, "a whole number", value, written)
            return value
        value = self.expressions.resolve(written, context)
        self._check_members(target.name, value, written, target.classes, target.labels)
        return value

    def _check_members(
        self,
        name: str,
        value: Expr,
        written: ast.Expr,
        count: int,
        labels: tuple[str, ...] | None,
    ) -> None:
        into = value.type.dim if value.type.kind is Kind.INDEX else None
        if into is None:
            raise self._other_type(name, f"one of {count} members", value, written)
        check_members(self.expressions, self.network, into, count, labels, written)

    def _other_type(self, name: str, what: str, value: Expr, written: ast.Expr) -> Unresolved:
        return self.expressions.fail(
            "G1037",
            f"`{name}` of `{self.network.name}` is {what}",
            written.span,
            f"of kind `{value.type}`",
            help="declare it as the network's prior does, whose file `gendsl pfn info` names",
        )


def check_members(
    expressions: Expressions,
    network: TrainedNetwork,
    into: str,
    count: int,
    labels: tuple[str, ...] | None,
    written: ast.Expr,
) -> None:
    """A dimension has the members that the network knows, as far as they are written.

    Raises:
        Unresolved: if it has others, which is reported.
    """
    symbols = expressions.symbols
    own = symbols.dims[symbols.base_dim(into)].labels
    size = expressions.known_size(into)
    if (size is None or size == count) and (own is None or labels is None or own == labels):
        return
    known = listed(list(labels), 6) if labels else f"{count} members"
    raise expressions.fail(
        "G1037",
        f"`{network.name}` knows {known}, and `{into}` has others",
        written.span,
        f"points into `{into}`",
        secondary=(Label(symbols.dims[symbols.base_dim(into)].span, "declared here"),),
        help="declare the dimension as the prior does, members in the same order",
    )
