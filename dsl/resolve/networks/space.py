"""The dimensions along which windows slide: each layer's are made of those of the one before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gendsl.diagnostics.diagnostic import Label
from gendsl.diagnostics.source import Span
from gendsl.frontend import ast
from gendsl.ir.program import Dimension
from gendsl.resolve.symbols_of_networks import (
    Flatten,
    LayerSymbol,
    Part,
    Pool,
    Residual,
    Slide,
    Windows,
)

if TYPE_CHECKING:
    from gendsl.resolve.expressions import Expressions

Sizes = dict[str, ast.Expr]


def enter_space(expressions: Expressions, parts: tuple[Part, ...]) -> Sizes:
    """Enter the dimensions of windows, and of the places in them; returns their sizes.

    Of n members there are (n - size) // stride + 1 windows, ceil(n / stride) of them with zeros
    beyond the ends. Windows of padded signals that are 1 apart stand along the signal's own.
    """
    space = _Space(expressions)
    space.go_through(parts)
    return space.sizes


class _Space:
    """Goes through the parts of a network; `current` says what a name in brackets has become."""

    def __init__(self, expressions: Expressions) -> None:
        self.expressions = expressions
        self.sizes: Sizes = {}
        self.current: dict[str, str] = {}
        self.gone: dict[str, Part] = {}
        self.flat: Part | None = None

    def go_through(self, parts: tuple[Part, ...]) -> None:
        """Enter the dimensions of all parts, in order."""
        for part in parts:
            match part:
                case LayerSymbol(name=name, windows=Windows() as windows):
                    self.require(part, windows)
                    self.enter(name, windows)
                case LayerSymbol() | Flatten():
                    self.flat = self.flat or part
                case Pool(name=name, windows=windows, is_whole=is_whole):
                    self.require(part, windows)
                    if is_whole:
                        self.leave(part)
                    else:
                        self.enter(name, windows)
                case Residual(inner):
                    before = dict(self.current)
                    self.go_through(inner)
                    self.check_kept(inner, before)
                case _:
                    pass

    def require(self, part: LayerSymbol | Pool, windows: Windows) -> None:
        """What slides is given dimensions along which it can."""
        for slide in windows.slides:
            past = self.flat or self.gone.get(slide.dim)
            if past is not None:
                raise self.expressions.fail(
                    "G0478",
                    f"nothing varies over `{slide.dim}` any more",
                    slide.span,
                    "windows slide along it",
                    secondary=(Label(past.span, "this takes all of it together"),),
                    help="let convolutions and pools stand before it",
                )
            slide.source = self.current.get(slide.dim, slide.dim)

    def enter(self, name: str, windows: Windows) -> None:
        """The dimensions that a layer or a pool makes."""
        for slide in windows.slides:
            slide.kernel = f"{name}.kernel.{slide.dim}"
            self.dimension(slide.kernel, ast.Number(slide.size, slide.span), slide.span)
            if windows.is_padded and slide.stride == 1:
                slide.into = slide.source
            else:
                slide.into = f"{name}.{slide.dim}"
                self.dimension(slide.into, _count(slide, windows.is_padded), slide.span)
            self.current[slide.dim] = slide.into

    def leave(self, pool: Pool) -> None:
        """Nothing that follows a pool of all positions varies over them."""
        for slide in pool.windows.slides:
            self.gone[slide.dim] = pool

    def dimension(self, name: str, size: ast.Expr, span: Span) -> None:
        """Enter one."""
        self.expressions.symbols.dims[name] = Dimension(name, None, None, False, None, None, span)
        self.sizes[name] = size

    def check_kept(self, parts: tuple[Part, ...], before: dict[str, str]) -> None:
        """What a residual block makes stands along the dimensions of what it is given."""
        for part in parts:
            windows = part.windows if isinstance(part, LayerSymbol | Pool) else None
            for slide in () if windows is None else windows.slides:
                if slide.into != before.get(slide.dim, slide.dim):
                    raise self.expressions.fail(
                        "G0478",
                        "what a residual block makes is added to what it is given",
                        part.span,
                        f"changes the size of `{slide.dim}`",
                        help="inside a block, write convolutions with `padding = same` and without"
                        " a `stride`",
                    )


def _count(slide: Slide, is_padded: bool) -> ast.Expr:
    """How many windows there are, as an expression of the size of what they slide along."""
    span = slide.span
    source = ast.Argument(None, ast.Name(slide.source, span), span)
    size = ast.Call(ast.Name("size", span), (source,), span)
    if slide.stride == 1:
        return _plus(size, 1 - slide.size, span)
    if is_padded:
        return _over(_plus(size, slide.stride - 1, span), slide.stride, span)
    return _plus(_over(_plus(size, -slide.size, span), slide.stride, span), 1, span)


def _plus(value: ast.Expr, offset: int, span: Span) -> ast.Expr:
    if offset == 0:
        return value
    sign = "+" if offset > 0 else "-"
    return ast.Binary(sign, value, ast.Number(abs(offset), span), span)


def _over(value: ast.Expr, stride: int, span: Span) -> ast.Expr:
    return ast.Binary("//", value, ast.Number(stride, span), span)
