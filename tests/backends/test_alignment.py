"""Axes line up by name: random expressions in random orders of dimensions, against xarray."""

import ast

import jax.numpy as jnp
import numpy as np
import xarray as xr
from backend_cases.handmade import Builder, num
from hypothesis import given, settings
from hypothesis import strategies as st

from gendsl.backends.emit.printer import flat
from gendsl.backends.numpyro import lower
from gendsl.ir.bound import BoundData
from gendsl.ir.expr import Contract, Cumulate, Dims, Expr, Gather, Op, Pick, Reduce, Ref
from gendsl.ir.types import REAL, index_into

SIZES = {"a": 2, "b": 3, "c": 4}
DIMS = tuple(SIZES)


def _dims(draw: st.DrawFn, least: int = 0) -> Dims:
    chosen = draw(st.lists(st.sampled_from(DIMS), min_size=least, max_size=3, unique=True))
    return tuple(chosen)


@st.composite
def expressions(draw: st.DrawFn, data: dict[str, Dims], depth: int = 3) -> Expr:
    """An expression of arrays, which it adds to `data`."""
    kinds = ["ref", "op", "sum", "product", "contract", "gather", "pick", "cumsum", "if"]
    kind = draw(st.sampled_from(kinds if depth else ["ref"]))
    inner = lambda: draw(expressions(data, depth - 1))  # noqa: E731
    match kind:
        case "op":
            left, right = inner(), inner()
            return _op(draw(st.sampled_from("+-*")), left, right)
        case "if":
            return _op("if", _op("<", inner(), num(0.0)), inner(), inner())
        case "sum" | "product":
            base = inner() if kind == "sum" else _op("*", inner(), inner())
            if not base.dims:
                return base
            over = tuple(draw(st.lists(st.sampled_from(base.dims), min_size=1, unique=True)))
            left_over = tuple(d for d in base.dims if d not in over)
            return Reduce("sum", over, base, left_over, REAL)
        case "contract":
            left, right = inner(), inner()
            shared = [d for d in left.dims if d in right.dims]
            if not shared:
                return _op("+", left, right)
            over = draw(st.sampled_from(shared))
            union = dict.fromkeys((*left.dims, *right.dims))
            return Contract(left, right, over, tuple(d for d in union if d != over))
        case "gather":
            base = inner()
            if not base.dims:
                return base
            dim = draw(st.sampled_from(base.dims))
            along = _dims(draw)
            name = f"index_{dim}_{len(data)}"
            data[name] = along
            index = Ref(name, along, index_into(dim))
            kept = [d for d in base.dims if d != dim]
            dims = tuple(dict.fromkeys((*along, *kept)))
            return Gather(base, ((dim, index),), dims, REAL)
        case "pick":
            base = inner()
            if not base.dims:
                return base
            dim = draw(st.sampled_from(base.dims))
            return Pick(base, dim, 1, tuple(d for d in base.dims if d != dim), REAL)
        case "cumsum":
            base = inner()
            if not base.dims:
                return base
            return Cumulate("cumsum", draw(st.sampled_from(base.dims)), base, base.dims, REAL)
        case _:
            name = f"x{len(data)}"
            data[name] = _dims(draw)
            return Ref(name, data[name], REAL)


def _op(name: str, *arguments: Expr) -> Expr:
    dims = tuple(dict.fromkeys(d for a in arguments for d in a.dims))
    return Op(name, arguments, dims, REAL)


def meaning(expr: Expr, arrays: dict[str, xr.DataArray]) -> xr.DataArray:
    """What an expression is, by names alone."""
    match expr:
        case Ref(name):
            return arrays[name]
        case Op(name, arguments):
            parts = [meaning(a, arrays) if not hasattr(a, "value") else a.value for a in arguments]
            match name:
                case "if":
                    return xr.where(*parts)
                case "<":
                    return parts[0] < parts[1]
                case "+":
                    return parts[0] + parts[1]
                case "-":
                    return parts[0] - parts[1]
                case _:
                    return parts[0] * parts[1]
        case Reduce(_, over, argument):
            return meaning(argument, arrays).sum(over)
        case Contract(left, right, over):
            return xr.dot(meaning(left, arrays), meaning(right, arrays), dim=over)
        case Gather(base, ((dim, index),)):
            pointer = meaning(index, arrays)
            whole = meaning(base, arrays)
            if dim in pointer.dims:
                pointer = pointer.rename({dim: "_"})
            return whole.isel({dim: pointer}).rename({"_": dim} if "_" in pointer.dims else {})
        case Pick(base, dim, position):
            return meaning(base, arrays).isel({dim: position})
        case Cumulate(_, along, argument):
            return meaning(argument, arrays).cumsum(along)
        case _:
            raise AssertionError(expr)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_expressions_mean_what_their_names_say(data: st.DataObject) -> None:
    names: dict[str, Dims] = {}
    expr = data.draw(expressions(names))
    target = tuple(data.draw(st.permutations(DIMS)))
    b = Builder("m", "z")
    for dim in DIMS:
        b.dim(dim)
    random = np.random.default_rng(len(names))
    arrays: dict[str, np.ndarray] = {}
    for name, dims in names.items():
        shape = tuple(SIZES[d] for d in dims)
        if name.startswith("index_"):
            into = name.split("_")[1]
            b.datum(name, *dims, type=index_into(into))
            arrays[name] = random.integers(0, SIZES[into], shape)
        else:
            b.datum(name, *dims)
            arrays[name] = random.normal(size=shape)
    b.equation("z", "z", target, expr)
    program = lower(b.program())
    density = program.bind(BoundData(arrays, SIZES, dict.fromkeys(DIMS), {}, frozenset()))
    found = density.constrain(density.data, jnp.zeros(0))["z"]
    labelled = {name: xr.DataArray(arrays[name], dims=dims) for name, dims in names.items()}
    blank = xr.DataArray(np.zeros([SIZES[d] for d in target]), dims=target)
    expected = (blank + meaning(expr, labelled)).transpose(*target)
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)


_python = st.recursive(
    st.sampled_from(["x", "y_", "2.5", "3", "f(x, k=1)", "x[0]", "x[:, None]"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "**", "@", "<"]), inner).map(
            lambda parts: f"(({parts[0]}) {parts[1]} ({parts[2]}))"
        ),
        inner.map(lambda text: f"(-({text}))"),
        inner.map(lambda text: f"g({text})"),
    ),
    max_leaves=8,
)


@given(_python)
@settings(deadline=None)
def test_printing_keeps_the_tree(text: str) -> None:
    tree = ast.parse(text, mode="eval").body
    assert ast.dump(ast.parse(flat(tree), mode="eval").body) == ast.dump(tree)
