"""Programs built by hand: what the resolver would make of the `.gen` text they carry."""

from __future__ import annotations

from gendsl.diagnostics.source import Source, Span
from gendsl.distributions.support import SupportKind
from gendsl.distributions.table import FAMILIES
from gendsl.ir.expr import Const, Dims, Expr, Op, Ref
from gendsl.ir.function_row import Result
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.program import (
    Argument,
    Data,
    Dimension,
    Distribution,
    Equation,
    EquationRole,
    Node,
    Program,
    Range,
    Sample,
    SampleRole,
    Slice,
)  # fmt: skip
from gendsl.ir.types import BOOL, INT, REAL, ValueType, join


def num(value: float | int) -> Const:
    """A constant."""
    return Const(value, INT if isinstance(value, int) else REAL)


def ref(name: str, *dims: str, type: ValueType = REAL) -> Ref:
    """A reference."""
    return Ref(name, dims, type)


def op(name: str, *arguments: Expr, order: Dims = ()) -> Expr:
    """An elementwise operation."""
    found = dict.fromkeys(d for a in arguments for d in a.dims)
    dims = tuple(d for d in order if d in found) + tuple(d for d in found if d not in order)
    types = tuple(a.type for a in arguments)
    match FUNCTIONS[name].result:
        case Result.BOOL:
            type = BOOL
        case Result.REAL:
            type = REAL
        case Result.INT:
            type = INT
        case Result.JOIN:
            type = join(types)
        case Result.BRANCHES:
            type = join(types[1:])
    return Op(name, arguments, dims, type)


def family_range(distribution: Distribution) -> Range:
    """The bounds of a distribution's draws, where its row gives numbers."""
    support = distribution.family.support
    ends = [
        None if limit is None or isinstance(limit.value, str) else Const(limit.value, REAL)
        for limit in (support.lower, support.upper)
    ]
    return Range(ends[0], ends[1])


def family_support(distribution: Distribution) -> SupportKind:
    """What kind of value a distribution draws; real where its row leaves that open."""
    kind = distribution.family.support.kind
    return SupportKind.REAL if kind in (SupportKind.ANY, SupportKind.INHERITED) else kind


class Builder:
    """Collects the parts of a program; spans are found by searching the text."""

    def __init__(self, name: str, text: str, file: str | None = None) -> None:
        self.name = name
        self.source = Source(file or f"{name}.gen", text)
        self.dimensions: list[Dimension] = []
        self.data: list[Data] = []
        self.nodes: list[Node] = []

    def span(self, text: str) -> Span:
        start = self.source.text.find(text)
        assert start >= 0, text
        return Span(self.source, start, start + len(text))

    def dim(self, name: str, size: Expr | None = None, labels: tuple[str, ...] | None = None,
            is_ordered: bool = False, like: str | None = None) -> None:  # fmt: skip
        span = Span(self.source, 0, 0)
        self.dimensions.append(Dimension(name, size, labels, is_ordered, None, like, span))

    def datum(self, name: str, *dims: str, type: ValueType = REAL, range: Range | None = None,
              is_optional: bool = False) -> Ref:  # fmt: skip
        span = Span(self.source, 0, 0)
        kind = SupportKind(type.kind.value)
        self.data.append(Data(name, dims, type, range or Range(), kind, is_optional, span))
        return Ref(name, dims, type)

    def dist(self, name: str, *arguments: Argument, form: int = 0, event: Dims = (),
             category: str | None = None, truncation: Range | None = None,
             restriction: SupportKind | None = None) -> Distribution:  # fmt: skip
        family = FAMILIES[name]
        chosen = family.forms[form]
        pairs = tuple((p.name, a) for p, a in zip(chosen.parameters, arguments, strict=False))
        return Distribution(
            family, chosen, pairs, event, category, truncation, restriction, Span(self.source, 0, 0)
        )

    def sample(self, text: str, name: str, dims: Dims, distribution: Distribution,
               role: SampleRole = SampleRole.LATENT, value: Expr | None = None,
               where: Expr | None = None, slice: Slice | None = None, type: ValueType = REAL,
               range: Range | None = None,
               support: SupportKind | None = None) -> Sample:  # fmt: skip
        node = Sample(
            name, dims, type, distribution, role, support or family_support(distribution),
            range or family_range(distribution), value, where, slice, None, self.span(text),
        )  # fmt: skip
        return node

    def latent(
        self, text: str, name: str, dims: Dims, distribution: Distribution, **more: object
    ) -> Ref:
        self.nodes.append(self.sample(text, name, dims, distribution, **more))  # type: ignore[arg-type]
        return Ref(name, dims, REAL)

    def observe(self, text: str, value: Ref, distribution: Distribution, name: str | None = None,
                dims: Dims | None = None, **more: object) -> None:  # fmt: skip
        self.nodes.append(
            self.sample(text, name or value.name, dims or value.dims, distribution,
                        SampleRole.OBSERVED, value, type=value.type, **more)  # type: ignore[arg-type]
        )  # fmt: skip

    def equation(self, text: str, name: str, dims: Dims, value: Expr,
                 role: EquationRole = EquationRole.SAVED,
                 slice: Slice | None = None) -> Ref:  # fmt: skip
        self.nodes.append(Equation(name, dims, REAL, value, role, slice, self.span(text)))
        return Ref(name, dims, REAL)

    def program(self) -> Program:
        return Program(
            self.name, self.source, tuple(self.dimensions), tuple(self.data), tuple(self.nodes), ()
        )


EIGHT_SCHOOLS = """model eight_schools {
  dim school
  data y[school]     : real
  data sigma[school] : real > 0

  mu  ~ Normal(0, 5)
  tau ~ HalfCauchy(5)
  theta[school] ~ Normal(mu, tau)

  y[school] ~ Normal(theta, sigma)
}
"""


def eight_schools(is_centred: bool = True) -> Program:
    """The first program of the language's page."""
    b = Builder("eight_schools", EIGHT_SCHOOLS)
    b.dim("school")
    y, sigma = b.datum("y", "school"), b.datum("sigma", "school", range=Range(num(0), None, True))
    mu = b.latent("mu  ~ Normal(0, 5)", "mu", (), b.dist("Normal", num(0), num(5)))
    tau = b.latent("tau ~ HalfCauchy(5)", "tau", (), b.dist("HalfCauchy", num(5)))
    line = "theta[school] ~ Normal(mu, tau)"
    if is_centred:
        theta = b.latent(line, "theta", ("school",), b.dist("Normal", mu, tau))
    else:
        standard = b.dist("Normal", num(0), num(1))
        raw = b.latent(line, "theta.raw", ("school",), standard, role=SampleRole.AUXILIARY)
        theta = b.equation(line, "theta", ("school",), op("+", mu, op("*", tau, raw)))
    b.observe("y[school] ~ Normal(theta, sigma)", y, b.dist("Normal", theta, sigma))
    return b.program()
