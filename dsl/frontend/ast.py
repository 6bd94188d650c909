"""The syntax tree: what was written, nothing resolved.

Spans take no part in equality, so that `parse(print(tree)) == tree` can be stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.diagnostics.source import Span


def _span() -> Span:
    return field(compare=False, repr=False)  # type: ignore[no-any-return]


# --- expressions -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """`3`, `1_000`, `1e-3`: an int when written without point or exponent."""

    value: int | float
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class String:
    """A label such as `"AITKIN"`."""

    value: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Name:
    """A name, possibly dotted: `mu`, `beta.tau`."""

    id: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `not x`."""

    op: str
    operand: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Binary:
    """`+ - * / ^ @`, comparisons, `and`, `or`; `>>` between programs, `|>` between layers."""

    op: str
    left: Expr
    right: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a call, with its name where it was written `name = value`.

    One that `is_prior` was written `name ~ D(...)`, in a layer of a network.
    """

    name: str | None
    value: Expr
    span: Span = _span()
    is_prior: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """`Normal(0, 1)`, `exp(x)`, `if(c, a, b)`, `nuts(chains = 4)`.

    `given` is the context of a trained network: `robust(x = x_new) given x = x, y = y`.
    """

    function: Name
    arguments: tuple[Argument, ...]
    span: Span = _span()
    given: tuple[Argument, ...] = ()


@dataclass(frozen=True, slots=True)
class Binder:
    """`k`, `k = 1..11` (both ends belong to it) or `row by group_of` before a reduction's `(`."""

    dim: str
    lower: Expr | None
    upper: Expr | None
    by: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DimCall:
    """A function over named dimensions: `sum[k](w * x)`, `cumsum[time](x)`."""

    function: Name
    binders: tuple[Binder, ...]
    arguments: tuple[Argument, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class IndexItem:
    """One entry between the brackets: `county_of`, `time - 1`, `"AITKIN"`, or `pair = slope`."""

    dim: str | None
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Index:
    """`alpha[county_of]`, `x[time - 1]`, `xi[item, pair = slope]`."""

    base: Expr
    items: tuple[IndexItem, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Array:
    """`[0, 3]`: takes its dimension from where it stands."""

    items: tuple[Expr, ...]
    span: Span = _span()


type_keywords = (
    "real", "int", "bool", "simplex", "ordered", "positive_ordered", "sum_to_zero", "unit_vector",
    "cholesky_corr", "corr", "cov",
)  # fmt: skip

Expr = Number | String | Name | Unary | Binary | Call | DimCall | Index | Array


# --- pieces of statements --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bound:
    """One side of a type's range; `is_strict` for `<` and `>`."""

    value: Expr
    is_strict: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Type:
    """`real`, `int >= 0`, `0 < real < 1`, `county`, `simplex`, `real?`."""

    name: str
    lower: Bound | None
    upper: Bound | None
    is_optional: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Target:
    """The left side of a statement: `mu`, `theta[school]`, `x[time = first]`, `x[time < 6]`."""

    name: str
    items: tuple[IndexItem, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class DimName:
    """A dimension's name where it is declared."""

    name: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Members:
    """`{slope, intercept}`; a member may be a name or a string."""

    labels: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Sizes:
    """`1..10`: the sizes that a dimension may have, both ends among them."""

    lower: Expr
    upper: Expr
    span: Span = _span()


# --- statements ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DimStatement:
    """`dim a, b`, `dim k = 3`, `dim pair = {a, b}`, `dim time : ordered`, `dim next like state`.

    A range of sizes, `dim row, col = 1..10`, is that of the last name.
    """

    names: tuple[DimName, ...]
    size: Expr | Members | Sizes | None
    is_ordered: bool
    first_code: int | None
    like: DimName | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class DataStatement:
    """`data y[row] : real > 0`."""

    target: Target
    type: Type
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class SampleStatement:
    """`x[dims] : real > 0 ~ D(...) as centred where cond`, or `predict x ~ D(...)`."""

    target: Target
    type: Type | None
    distribution: Call
    parameterisation: str | None
    where: Expr | None
    is_predict: bool
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EquationStatement:
    """`x[dims] = expr`; `keyword` is `""`, `"let"` or `"predict"`."""

    keyword: str
    target: Target
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class ObserveStatement:
    """`observe expr ~ D(...) where cond`."""

    value: Expr
    distribution: Call
    where: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class FactorStatement:
    """`factor expr where cond`."""

    value: Expr
    where: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeDerivative:
    """`d/dt(x[dims]) = expr`: `time` is the `t` of `dt`."""

    time: str
    target: Target
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeValue:
    """`x(0) = expr`, or `x[index](times) += expr` where `is_jump`."""

    state: Call | DimCall
    is_jump: bool
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeLet:
    """`let y[dims] = expr`: a name for a part of the right sides."""

    target: Target
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class OdeSetting:
    """`solver = stiff(rtol = 1e-8)`."""

    name: str
    value: Expr
    span: Span = _span()
    name_span: Span = _span()


OdePart = OdeDerivative | OdeValue | OdeLet | OdeSetting


@dataclass(frozen=True, slots=True)
class OdeStatement:
    """`ode NAME { ... }`: functions of time, by their derivatives."""

    name: str
    parts: tuple[OdePart, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class KernelStatement:
    """`kernel k = RBF(len)`; with `points`, a formula for two of them: `kernel k(x, y) = ...`."""

    name: str
    points: tuple[DimName, DimName] | None
    value: Expr
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class NetStatement:
    """`net f = Dense(50, weight ~ Normal(0, 1)) |> tanh |> Dense(1, weight ~ Normal(0, 1))`."""

    target: Target
    value: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class MatchStatement:
    """`match f to GP(kernel = RBF(1)) on Uniform(-3, 3) by sliced_wasserstein(points = 20)`."""

    network: Name
    process: Call
    inputs: Call
    distance: Call | None
    span: Span = _span()


Statement = (
    DimStatement | DataStatement | SampleStatement | EquationStatement | ObserveStatement
    | FactorStatement | OdeStatement | KernelStatement | NetStatement | MatchStatement
)  # fmt: skip


# --- top level -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a `def` or `submodel`, with its default where it has one."""

    name: str
    default: Expr | None
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Model:
    """`model NAME { ... }`."""

    name: str
    statements: tuple[Statement, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Submodel:
    """`submodel horseshoe(scale)[k] { ... }`."""

    name: str
    parameters: tuple[Parameter, ...]
    dims: tuple[DimName, ...]
    statements: tuple[Statement, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Local:
    """`let a = expr` in the braces of a `def`."""

    name: str
    value: Expr
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Function:
    """`def logistic(t, k, m) = expr`, or local names and an expression in braces."""

    name: str
    parameters: tuple[Parameter, ...]
    locals: tuple[Local, ...]
    value: Expr
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class Import:
    """`import "library.gen"`."""

    path: str
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Infer:
    """`infer NAME = program`."""

    name: str
    program: Expr
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnPredict:
    """`predict y, len given X`."""

    predicted: tuple[Name, ...]
    given: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnRequire:
    """`require y > 0`: draws of the prior for which it does not hold are rejected."""

    condition: Expr
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnDraw:
    """`X ~ Normal(0, 1)`: how something is drawn."""

    target: Name
    distribution: Call
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnDraws:
    """`inputs = X ~ Normal(0, 1), t ~ Uniform(0, 1)`."""

    name: str
    draws: tuple[PfnDraw, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnSetting:
    """`prior = tasks`, or a range: `rows = 8..256`."""

    name: str
    value: Expr
    upper: Expr | None
    span: Span = _span()
    name_span: Span = _span()


PfnPart = PfnPredict | PfnRequire | PfnDraws | PfnSetting


@dataclass(frozen=True, slots=True)
class Pfn:
    """`pfn NAME { ... }`: a network to be trained on draws of a model's prior."""

    name: str
    parts: tuple[PfnPart, ...]
    span: Span = _span()
    name_span: Span = _span()


@dataclass(frozen=True, slots=True)
class PfnFile:
    """`pfn NAME from "robust.pfn"`: a trained network, by the path of its file."""

    name: str
    path: str
    span: Span = _span()
    name_span: Span = _span()


Declaration = Model | Submodel | Function | Import | Infer | Pfn | PfnFile


@dataclass(frozen=True, slots=True)
class File:
    """A whole `.gen` file."""

    declarations: tuple[Declaration, ...]
    span: Span = _span()
