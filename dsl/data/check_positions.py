"""Positions that the model itself names, against the sizes and labels that the data give."""

from __future__ import annotations

import numpy as np

from gendsl.data.check_bases import check_basis
from gendsl.data.entries_read import Entries, holding, read
from gendsl.data.evaluate import Environment, EvaluationError, broadcast, evaluate
from gendsl.data.problems import Problems
from gendsl.data.wording import nearest_label
from gendsl.diagnostics.source import Span
from gendsl.diagnostics.wording import counted
from gendsl.distributions.family import Role
from gendsl.ir.expr import ArrayCall, Expr, Gather, LabelOf, LabelPosition, LookBack, Pick
from gendsl.ir.program import Equation, Node, Program, Sample
from gendsl.ir.types import Kind
from gendsl.ir.walk import parts


def check_positions(program: Program, env: Environment, problems: Problems) -> None:
    """Report positions and labels that are not there, before an array is read out of its range.

    Computed positions are checked where data alone decide them, at the entries at which their
    statement holds; those inside a branch of `if` are not, because the condition may keep them from
    counting.
    """
    arrays = dict(env.arrays)
    for node in program.nodes:
        known = Environment(arrays, env.sizes, env.labels)
        for expr, entries in holding(node, known):
            for part, at in read(expr, entries):
                match part:
                    case Pick(dim=dim, position=int() as position):
                        _check_position(dim, position, part.span, env, problems)
                    case LookBack(over=str() as dim, last=int() as last, offset=offset):
                        _check_position(dim, last + offset, part.span, env, problems)
                    case Pick(dim=dim, position=LabelPosition(label)) | LabelOf(dim, label):
                        _check_label(dim, label, part.span, env, problems)
                    case ArrayCall():
                        check_basis(part, known, problems)
                    case Gather(indices=indices):
                        for dim, index in indices:
                            if index.type.kind is not Kind.INDEX:
                                _check_computed(dim, index, at, known, problems)
                    case _:
                        pass
        _remember(node, known, arrays)
        for statement in parts(node):
            if isinstance(statement, Sample):
                _check_cutpoints(statement, env, problems)


def _remember(node: Node, known: Environment, arrays: dict[str, np.ndarray]) -> None:
    """Equations of data alone are values like data for what comes after."""
    if isinstance(node, Equation) and node.slice is None:
        try:
            value = evaluate(node.value, known)
            sizes = tuple(known.size(d) for d in node.dims)
        except EvaluationError:
            return
        if node.value.dims == node.dims:
            arrays[node.name] = np.broadcast_to(value, sizes)


def _check_cutpoints(node: Sample, env: Environment, problems: Problems) -> None:
    """Categories are told apart by one cutpoint fewer than there are categories."""
    roles = {p.role for p in node.distribution.form.parameters}
    cut, into = node.distribution.category_dim, node.type.dim
    if Role.CUTPOINTS not in roles or cut is None or into is None:
        return
    cutpoints, categories = env.sizes.get(cut), env.sizes.get(into)
    if cutpoints is not None and categories is not None and cutpoints != categories - 1:
        problems.error(
            "G0627",
            f"`{into}` has {counted(categories, 'member')}, so it takes {categories - 1} cutpoints",
            node.span,
            label=f"`{cut}` has {cutpoints}",
            help=f"declare `dim {cut} = size({into}) - 1`",
        )


def _check_position(
    dim: str, position: int, span: Span | None, env: Environment, problems: Problems
) -> None:
    size = env.sizes.get(dim)
    if size is not None and not 0 <= position < size:
        problems.error(
            "G0627",
            f"`{dim}` has no position {position}",
            span,
            label=f"`{dim}` has {counted(size, 'member')}, at 0 to {size - 1}",
            help="positions count from 0; `first` and `last` name the ends",
        )


def _check_label(
    dim: str, label: str, span: Span | None, env: Environment, problems: Problems
) -> None:
    labels = env.labels.get(dim)
    names = [str(name) for name in labels or ()]
    if label in names:
        return
    close = nearest_label(label, names)
    problems.error(
        "G0627",
        f'`{dim}` has no member "{label}"',
        span,
        label="the data do not know it" if names else f"the data give `{dim}` no labels",
        help=f'did you mean "{close}"?' if close else f"give the labels as an entry `{dim}`",
    )


def _check_computed(
    dim: str, index: Expr, at: Entries, env: Environment, problems: Problems
) -> None:
    size = env.sizes.get(dim)
    try:
        positions = broadcast(evaluate(index, env), index.dims, index.dims, env)
        is_read = at.along(index.dims, env)
    except EvaluationError:
        return
    if size is None:
        return
    is_outside = is_read & ((positions < 0) | (positions >= size))
    if is_outside.any():
        worst = int(np.asarray(positions)[is_outside][0])
        problems.error(
            "G0627",
            f"a computed position along `{dim}` is {worst}",
            index.span,
            label=f"`{dim}` has {counted(size, 'member')}, at 0 to {size - 1}",
            help="keep it inside, or read it only where it is: `if(cond, x[...], 0)`",
        )
