"""A variance that a function and the noise around it share, integrated out with the function.

For v ~ InverseGamma(a, b), a kernel v k and noise of standard deviation sqrt(v) s, with S the
covariance k + s^2 and m the mean at the data y,

    y ~ StudentT(2 a, m, S b / a),   v | y ~ InverseGamma(a + n / 2, b + (y - m)' S^-1 (y - m) / 2),

and given y and v the function is normal. Source: Shah, Wilson & Ghahramani (2014), Student-t
Processes as Alternatives to Gaussian Processes, sec. 2-3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeGuard

from gendsl.ir.expr import Const, Dims, Expr, Op, Ref
from gendsl.ir.program import (
    Distribution,
    Equation,
    EquationRole,
    Factor,
    Sample,
    SampleRole,
)
from gendsl.ir.walk import is_prediction, names_in, names_of
from gendsl.resolve.build import number, op
from gendsl.resolve.random_functions.collapse import Collapsed
from gendsl.resolve.random_functions.kernels import Kernel, Scaled, Sum, exprs
from gendsl.resolve.random_functions.reading import Process

Definitions = dict[str, tuple[Sample | Equation, ...]]


@dataclass(frozen=True, slots=True)
class SharedScale:
    """The site of the variance; the kernel and the noise without it; equations of its root."""

    site: Sample
    shape: Expr
    rate: Expr
    kernel: Kernel
    noise: Expr
    roots: frozenset[str]

    @property
    def name(self) -> str:
        """What the variance is called."""
        return self.site.name

    @property
    def df(self) -> Expr:
        """Twice the shape."""
        match self.shape:
            case Op("/", (whole, Const(2 | 2.0))):
                return whole
            case Const(value):
                return number(2.0 * value)
            case _:
                return op("*", (number(2.0), self.shape), ())

    def scaled(self, factor: Expr) -> Expr:
        """The Cholesky factor of the data's scale matrix, of that of S."""
        if self.shape == self.rate:
            return factor
        root = op("sqrt", (op("/", (self.rate, self.shape), ()),), ())
        return op("*", (root, factor), factor.dims)


def shared_scale(
    found: Collapsed,
    process: Process,
    definitions: Definitions,
    scored: tuple[Sample | Factor, ...],
    elsewhere: frozenset[str],
) -> SharedScale | None:
    """The variance that kernel and noise share, if nothing else that is inferred reads it.

    `elsewhere` are the names that points, and the kernels of other functions, refer to.
    """
    for name in _factors(process.kernel):
        parts = definitions.get(name, ())
        if len(parts) != 1 or not isinstance(parts[0], Sample):
            continue
        site = parts[0]
        given = dict(site.distribution.arguments)
        shape, rate = given.get("shape"), given.get("scale")
        if (
            site.distribution.family.name != "InverseGamma"
            or site.role is not SampleRole.LATENT
            or site.dims
            or site.distribution.truncation is not None
            or site.distribution.restriction is not None
            or site.where is not None
            or not _is_expr(shape)
            or not _is_expr(rate)
        ):
            continue
        roots = frozenset(n for n, each in definitions.items() if _is_root(each, name))
        kernel, noise = _without(process.kernel, name), _unscaled(found.scale, name, roots)
        own = {name, *roots}
        if kernel is None or noise is None or own & elsewhere:
            continue
        around = [found.rest, found.coefficient, process.mean, noise, *exprs(kernel)]
        if any(own & names_in(expr) for expr in around if expr is not None):
            continue
        readers = [p for n, each in definitions.items() if n not in own for p in each]
        others = [s for s in scored if s is not found.site]
        if any(own & names_of(p) for p in (*readers, *others) if not is_prediction(p)):
            continue
        return SharedScale(site, shape, rate, kernel, noise, roots)
    return None


def without_scale(definitions: Definitions, shared: SharedScale) -> Definitions:
    """The definitions without the variance; its root is for predictions, or is not needed."""
    rest = {n: each for n, each in definitions.items() if n != shared.name}
    read = set().union(*(names_of(part) for each in rest.values() for part in each))
    for name in sorted(shared.roots):
        [root] = definitions[name]
        assert isinstance(root, Equation)
        if root.role is EquationRole.SAVED:
            rest[name] = (replace(root, role=EquationRole.PREDICTED),)
        elif name in read:
            rest[name] = (replace(root, role=EquationRole.INTERNAL),)
        else:
            del rest[name]
    return rest


def _is_expr(argument: Expr | Distribution | tuple[Distribution, ...] | None) -> TypeGuard[Expr]:
    return argument is not None and not isinstance(argument, Distribution | tuple)


def _factors(kernel: Kernel) -> tuple[str, ...]:
    """The names that a kernel is scaled by."""
    match kernel:
        case Scaled(factor, inner):
            return (*sorted(names_in(factor)), *_factors(inner))
        case Sum(left=left):
            return _factors(left)
        case _:
            return ()


def _without(kernel: Kernel, name: str) -> Kernel | None:
    """The kernel divided by a quantity that scales all of it; `None` where it does not."""
    match kernel:
        case Scaled(Ref(found), inner) if found == name:
            return inner
        case Scaled(factor, inner, span):
            rest = _divided(factor, lambda part: isinstance(part, Ref) and part.name == name)
            if rest is not None:
                return Scaled(rest, inner, span)
            below = _without(inner, name)
            return None if below is None else Scaled(factor, below, span)
        case Sum(left, right, span):
            one, other = _without(left, name), _without(right, name)
            return None if one is None or other is None else Sum(one, other, span)
        case _:
            return None


def _divided(expr: Expr, is_factor: Callable[[Expr], bool]) -> Expr | None:
    """A product without one of its factors; `None` where that is none."""
    match expr:
        case _ if is_factor(expr):
            return number(1.0)
        case Op("*", (left, right)):
            inner = _divided(left, is_factor)
            if inner is not None:
                return _times(inner, right, expr.dims)
            inner = _divided(right, is_factor)
            return None if inner is None else _times(left, inner, expr.dims)
        case Op("/", (left, right)):
            inner = _divided(left, is_factor)
            return None if inner is None else op("/", (inner, right), expr.dims)
        case _:
            return None


def _times(left: Expr, right: Expr, order: Dims) -> Expr:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Const) and one.value == 1:
            return other
    return op("*", (left, right), order)


def _unscaled(scale: Expr, name: str, roots: frozenset[str]) -> Expr | None:
    """The noise divided by the root of the variance; `None` where it is not scaled by it."""

    def is_root(expr: Expr) -> bool:
        return _is_root_of(expr, name) or (isinstance(expr, Ref) and expr.name in roots)

    return _divided(scale, is_root)


def _is_root(parts: tuple[Sample | Equation, ...], name: str) -> bool:
    """Whether a definition is the root of the variance."""
    match parts:
        case (Equation(value=value, slice=None),):
            return _is_root_of(value, name)
        case _:
            return False


def _is_root_of(expr: Expr, name: str) -> bool:
    match expr:
        case Op("sqrt", (Ref(found),)):
            return found == name
        case _:
            return False
