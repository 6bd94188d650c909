"""Whether the tasks of a `pfn` block can be drawn from its prior, and its network predict them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod

from gendsl.analysis.exchangeable import base_dim, not_exchangeable
from gendsl.analysis.improper import is_flat
from gendsl.analysis.pfn_ranges import impossible
from gendsl.analysis.task_nodes import TaskNodes, requirements, task_nodes
from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.wording import listed
from gendsl.ir.expr import Const, Ref, Size
from gendsl.ir.pfn import Pfn, PfnName
from gendsl.ir.program import (
    Dimension,
    Equation,
    Factor,
    InferenceCall,
    Node,
    Program,
    Sample,
    SampleRole,
)
from gendsl.ir.types import Kind
from gendsl.ir.walk import names_in, node_exprs, parts, sites, walk
from gendsl.resolve.pfns.missing import SHARE
from gendsl.resolve.pfns.names import usual_draw

_NUMBERS = (Kind.REAL, Kind.INT)
MOST_SIZES = 64
"""Combinations of sizes for which a sampler is compiled."""


def checked_pfn(pfn: Pfn) -> Pfn:
    """The block with its default head, and with what is wrong among its problems."""
    found = task_nodes(pfn)
    problems = [*_not_drawn(pfn, found), *not_exchangeable(pfn, found.nodes)]
    if not problems:
        problems += [*_sizes(pfn, found.nodes), *_latents(pfn, found.nodes)]
        problems += [*_columns(pfn), *impossible(pfn)]
    if not problems:
        pfn = _with_head(pfn, found.nodes)
        problems += [*_network(pfn, found.nodes)]
    return replace(pfn, problems=(*pfn.problems, *dict.fromkeys(problems)))


# --- draws -----------------------------------------------------------------------------------


def _not_drawn(pfn: Pfn, found: TaskNodes) -> Iterator[Diagnostic]:
    required = {id(node) for node in requirements(pfn).values()}
    for node in pfn.program.nodes:
        for part in parts(node):
            is_factor = isinstance(part, Factor) and id(part) not in required
            is_score = isinstance(part, Sample) and part.role is SampleRole.OBSERVED
            if is_factor or (is_score and not _is_of_data(part, pfn.program)):
                yield Diagnostic(
                    "G1011",
                    f"`{pfn.prior}` can't be drawn from: it scores what is not data",
                    part.span,
                    "changes the density, and says nothing of how to draw",
                    (Label(pfn.span, "draws tasks of it"),),
                    help="write it as a distribution, `x ~ ...`; what must hold is a line"
                    " `require` of the block",
                )
    yield from _not_conditions(pfn)
    if found.circle:
        named = listed([*found.circle])
        yield Diagnostic(
            "G1009",
            f"the draws of {named} need each other"
            if len(found.circle) > 1
            else f"the draw of {named} needs itself",
            pfn.span,
            "of this block",
            help="draw one of them by numbers alone",
        )
    yield from _absent(pfn, found)
    yield from _improper(pfn, found.nodes)
    yield from _in_part(pfn, found.nodes)
    yield from _inputs_that_tell(pfn, found.nodes)


def _is_of_data(part: Sample | Equation | Factor, program: Program) -> bool:
    return (
        isinstance(part, Sample)
        and isinstance(part.value, Ref)
        and program.datum(part.value.name) is not None
    )


def _not_conditions(pfn: Pfn) -> Iterator[Diagnostic]:
    for factor in requirements(pfn).values():
        if factor.value.type.kind is not Kind.BOOL:
            yield Diagnostic(
                "G1004",
                "what is required is a condition",
                factor.span,
                "a number",
                help="compare it: `require slope > 0`",
            )


def _absent(pfn: Pfn, found: TaskNodes) -> Iterator[Diagnostic]:
    for name, reader in found.absent.items():
        datum = pfn.program.datum(name)
        if datum is None:
            continue
        node = found.nodes.get(reader)
        if datum.is_matched:
            help = "tasks are drawn from priors as they are written: leave out `match`"
        else:
            usual = usual_draw(pfn.program, name)
            help = f"add it to the inputs: `inputs = {name} ~ {usual}`"
        yield Diagnostic(
            "G1008",
            f"the prior `{pfn.prior}` reads `{name}`, and nothing says how it is drawn",
            datum.span,
            "declared as data",
            (Label(pfn.span, "draws tasks"),)
            + ((Label(node.span, "read here"),) if node is not None else ()),
            help=help,
        )


def _improper(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    for node in dict.fromkeys(nodes.values()):
        for part in parts(node):
            if isinstance(part, Sample) and is_flat(part.distribution):
                yield Diagnostic(
                    "G1011",
                    f"the prior of `{part.name}` is improper: it has no draws",
                    part.span,
                    "can't be drawn from",
                    (Label(pfn.span, "draws tasks of it"),),
                    help="give it a proper prior, such as `Normal(0, 10)`",
                )


def _in_part(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    for name, node in nodes.items():
        if isinstance(node, Sample) and node.role is SampleRole.OBSERVED:
            twins = [
                s for s in sites(pfn.program) if isinstance(s.value, Ref) and s.value.name == name
            ]
            if len(twins) > 1 or node.where is not None:
                yield Diagnostic(
                    "G1007",
                    f"`{name}` is drawn only where a condition holds",
                    node.span,
                    "of some rows only",
                    (Label(pfn.span, "draws whole tasks"),),
                    help="give all rows one distribution: `Normal(if(c, a, b), sigma)`",
                )


def _inputs_that_tell(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    inputs = {each.name for each in pfn.inputs}
    drawn = [(each, each.name, "distribution") for each in pfn.inputs]
    drawn += [(each, each.site + SHARE, "missing share") for each in pfn.missing]
    for each, site, what in drawn:
        node = nodes.get(site)
        if not isinstance(node, Sample):
            continue
        used = {name for expr in node_exprs(node) for name in names_in(expr)}
        for name in sorted(used - inputs):
            if pfn.program.datum(name) is None or name in nodes:
                yield Diagnostic(
                    "G1009",
                    f"the {what} of `{each.name}` depends on `{name}`, which is inferred",
                    each.span,
                    "would tell of it",
                    help="draw inputs by numbers, sizes and other inputs",
                )


# --- sizes and columns -----------------------------------------------------------------------


def _sizes(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    program = pfn.program
    own = program.dimension(pfn.row)
    least, most = pfn.rows
    limits = own.sizes
    if own.size is not None or own.labels is not None or own.like is not None:
        yield _size_problem(pfn, own, "has a size of its own, and tasks have others")
    elif limits is not None and not limits[0] <= least <= most <= limits[1]:
        text = f"may have {limits[0]} to {limits[1]} members, and tasks have {least} to {most}"
        yield _size_problem(pfn, own, text)
    for name in sorted(used_dims(nodes.values()) - {pfn.row}):
        dimension = program.dimension(base_dim(program, name))
        if dimension.name == pfn.row or dimension.labels or dimension.sizes:
            continue
        if dimension.size is None:
            yield _size_problem(pfn, dimension, "has a size that only data tell")
        elif names_in(dimension.size):
            yield _size_problem(pfn, dimension, "has a size that depends on data")
        elif any(isinstance(p, Size) and p.dim == pfn.row for p in walk(dimension.size)):
            yield _size_problem(pfn, dimension, "has a size that depends on the number of rows")
    ranges = size_ranges(pfn)
    combinations = prod(most - least + 1 for least, most in ranges.values())
    if combinations > MOST_SIZES:
        yield Diagnostic(
            "G1013",
            f"there are {combinations} combinations of sizes, and {MOST_SIZES} is the most",
            pfn.span,
            "a program is compiled for each",
            tuple(Label(program.dimension(name).span, "has a range") for name in ranges),
            help="narrow the ranges, or fix a size",
        )


def _size_problem(pfn: Pfn, dimension: Dimension, what: str) -> Diagnostic:
    is_row = dimension.name == pfn.row
    return Diagnostic(
        "G1013",
        f"`{dimension.name}` {what}",
        dimension.span,
        "declared here",
        (Label(pfn.span, "draws tasks"),),
        help=f"leave the size to the block: `dim {dimension.name}`"
        if is_row
        else f"write `dim {dimension.name} = 8`, or a range, `dim {dimension.name} = 2..8`",
    )


def used_dims(nodes: Iterable[Node]) -> set[str]:
    """The dimensions of some nodes and of what they refer to."""
    found: set[str] = set()
    for node in nodes:
        for part in parts(node):
            found |= set(getattr(part, "dims", ()))
        for expr in node_exprs(node):
            for inner in walk(expr):
                found |= {*inner.dims}
                if isinstance(inner, Size):
                    found.add(inner.dim)
    return found


def in_columns(pfn: Pfn) -> tuple[PfnName, ...]:
    """The inputs in the order of their columns: one whose number of columns varies comes last."""
    return tuple(sorted(pfn.given, key=lambda each: bool(ranged_dims(pfn, each.name))))


def with_kin(program: Program, dims: set[str]) -> set[str]:
    """Some dimensions, those that they are like, and those that their sizes are made of."""
    found: set[str] = set()
    waiting = list(dims)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        dimension = program.dimension(name)
        if dimension.like is not None:
            waiting.append(dimension.like)
        if dimension.size is not None:
            waiting += [part.dim for part in walk(dimension.size) if isinstance(part, Size)]
    return found


def size_ranges(pfn: Pfn) -> dict[str, tuple[int, int]]:
    """The dimensions of a block's tasks that have ranges of sizes, but for the rows."""
    program = pfn.program
    wanted = with_kin(program, used_dims(task_nodes(pfn).nodes.values()))
    return {
        d.name: d.sizes
        for d in program.dimensions
        if d.name in wanted and d.sizes is not None and d.name != pfn.row
    }


def _columns(pfn: Pfn) -> Iterator[Diagnostic]:
    varying = [each for each in pfn.given if ranged_dims(pfn, each.name)]
    if len(varying) > 1:
        yield Diagnostic(
            "G1013",
            f"{listed([each.name for each in varying])} both vary in size",
            varying[1].span,
            "the second input whose number of columns varies",
            help="fix the size of all but one: `dim col = 5`",
        )


def dims_of(program: Program, name: str) -> tuple[str, ...]:
    """The dimensions of data or of a latent."""
    datum = program.datum(name)
    if datum is not None:
        return datum.dims
    return next(n.dims for n in program.nodes if isinstance(n, Sample) and n.name == name)


def ranged_dims(pfn: Pfn, name: str) -> tuple[str, ...]:
    """Those of its dimensions that have a range of sizes."""
    program = pfn.program
    dims = (base_dim(program, dim) for dim in dims_of(program, name) if dim != pfn.row)
    return tuple(dim for dim in dims if _varies(program, dim))


def _varies(program: Program, dim: str) -> bool:
    dimension = program.dimension(dim)
    if dimension.size is not None:
        sizes = (p.dim for p in walk(dimension.size) if isinstance(p, Size))
        return any(_varies(program, base_dim(program, other)) for other in sizes)
    return dimension.sizes is not None


# --- what is predicted -----------------------------------------------------------------------


def _latents(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    for each in pfn.latents:
        site = nodes[each.name]
        assert isinstance(site, Sample)
        if site.type.kind is not Kind.REAL:
            yield _latent_problem(each, "is discrete", "predict the real quantities that it is of")
        elif any(base_dim(pfn.program, dim) == pfn.row for dim in site.dims):
            help = "predict what is the same for all rows"
            yield _latent_problem(each, f"has an entry for each `{pfn.row}`", help)
        elif ranged := ranged_dims(pfn, each.name):
            help = f"fix the size, `dim {ranged[0]} = 5`, or predict other quantities"
            yield _latent_problem(each, f"varies in size with `{ranged[0]}`", help)


def _latent_problem(latent: PfnName, what: str, help: str) -> Diagnostic:
    return Diagnostic(
        "G1007", f"`{latent.name}` {what}", latent.span, "can't be predicted", help=help
    )


def num_classes(pfn: Pfn, site: Sample) -> tuple[int, int] | None:
    """The first and the number of a target's values, where these are finitely many."""
    match site.type.kind:
        case Kind.BOOL:
            return 0, 2
        case Kind.INDEX:
            return 0, _most_members(pfn.program, str(site.type.dim))
        case Kind.INT:
            datum = pfn.program.datum(pfn.target.name)
            ranges = (site.range, *(() if datum is None else (datum.range,)))
            for range_ in ranges:
                match range_.lower, range_.upper:
                    case Const(int() | float() as low), Const(int() | float() as high):
                        first = int(low) + range_.is_lower_strict
                        return first, int(high) - range_.is_upper_strict - first + 1
                    case _:
                        continue
            return None
        case _:
            return None


def _most_members(program: Program, dim: str) -> int:
    dimension = program.dimension(base_dim(program, dim))
    if dimension.labels is not None:
        return len(dimension.labels)
    if isinstance(dimension.size, Const):
        return int(dimension.size.value)
    return dimension.sizes[1] if dimension.sizes is not None else 0


def _with_head(pfn: Pfn, nodes: Mapping[str, Node]) -> Pfn:
    settings = dict(pfn.network.settings)
    if settings["head"] is not None:
        return pfn
    site = nodes[pfn.target.name]
    assert isinstance(site, Sample)
    is_class = site.type.kind in (Kind.BOOL, Kind.INDEX) or num_classes(pfn, site) is not None
    head = (
        InferenceCall("categorical", (), pfn.span)
        if is_class
        else InferenceCall("bins", (("number", 128),), pfn.span)
    )
    settings["head"] = head
    return replace(pfn, network=replace(pfn.network, settings=tuple(settings.items())))


def _network(pfn: Pfn, nodes: Mapping[str, Node]) -> Iterator[Diagnostic]:
    settings = dict(pfn.network.settings)
    head, width, heads = settings["head"], settings["width"], settings["heads"]
    site = nodes[pfn.target.name]
    assert isinstance(head, InferenceCall) and isinstance(site, Sample)
    assert isinstance(width, int) and isinstance(heads, int)
    if width % heads:
        yield Diagnostic(
            "G1012",
            f"a width of {width} is no multiple of {heads} heads",
            pfn.network.span,
            "can't be dealt out",
            help=f"write `width = {max(1, round(width / heads)) * heads}`",
        )
    is_number = site.type.kind in _NUMBERS
    classes = num_classes(pfn, site)
    if head.name == "categorical" and classes is None:
        yield Diagnostic(
            "G1012",
            f"`{pfn.target.name}` has infinitely many values, and `categorical` finitely many",
            head.span,
            "the head of its network",
            help="write `head = bins(128)` or `head = mixture(5)`",
        )
    if head.name != "categorical" and not is_number:
        yield Diagnostic(
            "G1012",
            f"`{pfn.target.name}` is a class, and `{head.name}` is a density of numbers",
            head.span,
            "the head of its network",
            help="write `head = categorical`",
        )
    if settings["columns"] == "equivariant" and len(pfn.given) > 1:
        yield Diagnostic(
            "G1012",
            f"columns of {listed([each.name for each in pfn.given])} can't change places",
            pfn.network.span,
            "takes them for a set",
            help="write `columns = padded`, or give one array",
        )
