"""What a model is made of, as a table for people and as data for programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from gendsl.analysis.parameterisation import Choice, parameterisations
from gendsl.analysis.pfn_blocks import question
from gendsl.api.setting import Fixed
from gendsl.api.shapes import observed_names, scored_names
from gendsl.api.summation import SummationRow, summation_rows
from gendsl.distributions.support import SupportKind
from gendsl.ir.expr import Const, Expr
from gendsl.ir.network import Layer, Network
from gendsl.ir.ode import OdeSystem
from gendsl.ir.printer import print_pieces
from gendsl.ir.program import (
    Data,
    Dimension,
    Elimination,
    Equation,
    EquationRole,
    Factor,
    FunctionChoice,
    Program,
    Range,
    Recurrence,
    Sample,
    SampleRole,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DimensionRow:
    """A dimension and where its size comes from."""

    name: str
    size: str
    is_ordered: bool
    line: int


@dataclass(frozen=True, slots=True)
class DataRow:
    """A data array that the model wants."""

    name: str
    dims: tuple[str, ...]
    type: str
    is_optional: bool
    is_observed: bool
    line: int
    is_set: bool = False
    is_matched: bool = False


@dataclass(frozen=True, slots=True)
class QuantityRow:
    """A random site, an equation or a factor; `role` says what becomes of it."""

    name: str
    dims: tuple[str, ...]
    role: str
    type: str
    distribution: str | None
    sampled_as: str | None
    reason: str | None
    line: int


@dataclass(frozen=True, slots=True)
class InferenceRow:
    """An inference program."""

    name: str
    program: str


@dataclass(frozen=True, slots=True)
class PfnRow:
    """A block of a prior-data fitted network."""

    name: str
    predicts: str
    rows: tuple[int, int]


@dataclass(frozen=True, slots=True)
class TrainedRow:
    """A trained network that the program names."""

    name: str
    file: str
    predicts: str
    rows: tuple[int, int]


@dataclass(frozen=True, slots=True, repr=False)
class Description:
    """Everything that `gendsl info` shows."""

    model: str
    file: str
    dimensions: tuple[DimensionRow, ...]
    data: tuple[DataRow, ...]
    quantities: tuple[QuantityRow, ...]
    inference: tuple[InferenceRow, ...]
    conditioned: Mapping[str, Any] = field(default_factory=dict)
    intervened: Mapping[str, Any] = field(default_factory=dict)
    summed_out: tuple[SummationRow, ...] = ()
    pfns: tuple[PfnRow, ...] = ()
    trained: tuple[TrainedRow, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, fit for JSON."""
        return asdict(self)

    def __str__(self) -> str:
        observed = [q for q in self.quantities if q.role == "observed"]
        latent = [q for q in self.quantities if q.role == "latent"]
        parts = [
            f"model {self.model} ({self.file}): {len(latent)} latent, {len(observed)} observed",
            _section("dimensions", [(d.name, _size(d)) for d in self.dimensions]),
            _section("data", [(_indexed(d.name, d.dims), d.type, _use(d)) for d in self.data]),
            _section("quantities", [_quantity(q) for q in self.quantities]),
            _section("summed out", [row.cells for row in self.summed_out]),
            _section("inference", [(i.name, i.program) for i in self.inference]),
            _section("networks", [(p.name, p.predicts, _rows(p)) for p in self.pfns]),
            _section("trained networks", [(t.name, t.predicts, t.file) for t in self.trained]),
            _section("conditioned on", [(n, "=", str(v)) for n, v in self.conditioned.items()]),
            _section("set from outside", [(n, "=", str(v)) for n, v in self.intervened.items()]),
        ]
        return "\n\n".join(part for part in parts if part)

    __repr__ = __str__


def describe(
    program: Program, fixed: Fixed | None = None, pfns: tuple[PfnRow, ...] = ()
) -> Description:
    """Describe a program, what of it the user fixed, and the networks whose prior it is."""
    observed = observed_names(program)
    return Description(
        program.name,
        program.source.name,
        tuple(_dimension_row(program, dimension) for dimension in _own_dimensions(program)),
        tuple(_data_row(datum, datum.name in observed) for datum in program.data),
        tuple(_quantity_rows(program)),
        tuple(
            InferenceRow(inference.name, print_pieces(inference))
            for inference in program.inference
        ),
        **(fixed or Fixed()).to_attributes(),
        summed_out=summation_rows(program),
        pfns=pfns,
        trained=tuple(
            TrainedRow(each.name, each.path, question(each.pfn), each.pfn.rows)
            for each in program.trained
        ),
    )  # fmt: skip


def _rows(pfn: PfnRow) -> str:
    return f"{pfn.rows[0]} to {pfn.rows[1]} rows"


def _own_dimensions(program: Program) -> Iterable[Dimension]:
    """The dimensions that the source declares."""
    made = frozenset(name for choice in program.functions for name in choice.made)
    return (d for d in program.dimensions if d.name not in made)


def _dimension_row(program: Program, dimension: Dimension) -> DimensionRow:
    every = (w for network in program.networks for w in network.windows)
    window = next((w for w in every if w.into == dimension.name), None)
    if dimension.size is not None and window is not None:
        size = f"windows along {window.along}"
    elif dimension.like is not None:
        size = f"like {dimension.like}"
    elif dimension.labels is not None:
        size = "{" + ", ".join(dimension.labels) + "}"
    elif dimension.size is not None:
        size = _text(dimension.size)
    elif dimension.sizes is not None:
        size = f"{dimension.sizes[0]} to {dimension.sizes[1]}, from the data"
    else:
        size = "from the data"
    return DimensionRow(dimension.name, size, dimension.is_ordered, dimension.span.line)


def _data_row(datum: Data, is_observed: bool) -> DataRow:
    kind = str(datum.type) if datum.support in _PLAIN else datum.support.value
    type_ = _ranged(kind, datum.range)
    return DataRow(
        datum.name, datum.dims, type_, datum.is_optional, is_observed, datum.span.line,
        datum.is_fixed, datum.is_matched,
    )  # fmt: skip


def _quantity_rows(program: Program) -> Iterable[QuantityRow]:
    yield from map(_function_row, program.functions)
    yield from map(_network_row, program.networks)
    choices = parameterisations(program)
    scored = scored_names(program)
    made = frozenset(name for choice in program.functions for name in choice.made)
    made |= {n for f in program.networks for call in f.calls for n in (call.values, *call.hidden)}
    for node in program.nodes:
        match node:
            case Sample() | Equation() if node.name in made:
                pass
            case Recurrence():
                for series in node.series:
                    yield _statement_row(series.step, choices, f" (recurrence over {node.dim})")
            case OdeSystem():
                yield from _state_rows(node)
            case Sample() if node.value is not None and node.name not in scored:
                yield replace(_statement_row(node, choices), role="conditioned on")
            case Sample() | Equation() | Factor():
                yield _statement_row(node, choices)
            case Elimination():
                pass  # a description is of the program as it was written


def _function_row(choice: FunctionChoice) -> QuantityRow:
    return QuantityRow(
        choice.name, choice.dims, "random function", "real", _one_line(choice.span.text),
        f"{choice.solver}, {choice.form}", choice.reason, choice.span.line,
    )  # fmt: skip


def _network_row(network: Network) -> QuantityRow:
    return QuantityRow(
        network.name, () if network.units is None else (network.units,), "network", "real",
        None, None, "; ".join(map(_layer_text, network.layers)), network.span.line,
    )  # fmt: skip


def _layer_text(layer: Layer) -> str:
    """`layer1: Dense [col] to [f.layer1.unit], tanh`."""
    given = f"[{', '.join(layer.inputs)}]" if layer.inputs else "a number"
    made = "a number" if layer.units is None else f"[{layer.units}]"
    name = layer.name.rpartition(".")[2]
    return ", ".join((f"{name}: {layer.kind} {given} to {made}", *layer.activation))


def _state_rows(node: OdeSystem) -> Iterable[QuantityRow]:
    how = f"solved by {node.solver.stiffness.value}"
    how += f"(rtol = {node.solver.rtol:g}, atol = {node.solver.atol:g})"
    for state in node.states:
        role = "state of " + node.name + (", for predictions" if node.is_prediction else "")
        yield QuantityRow(state.name, state.dims, role, "real", None, None, how, state.span.line)


def _statement_row(
    node: Sample | Equation | Factor, choices: dict[str, Choice], how: str = ""
) -> QuantityRow:
    match node:
        case Sample():
            choice = choices.get(node.name)
            kind = node.type.kind.value if node.support in _PLAIN else node.support.value
            return QuantityRow(
                node.name,
                node.dims,
                _ROLES[node.role],
                _ranged(str(node.type) if node.support in _PLAIN else kind, node.range),
                _one_line(node.distribution.span.text) + how,
                choice.form if choice else None,
                choice.reason if choice else None,
                node.span.line,
            )
        case Equation():
            return QuantityRow(
                node.name, node.dims, _EQUATION_ROLES[node.role], str(node.type),
                None, None, how.strip() or None, node.span.line,
            )  # fmt: skip
        case Factor():
            return QuantityRow(node.name, (), "factor", "real", None, None, None, node.span.line)


_PLAIN = (
    SupportKind.REAL, SupportKind.INT, SupportKind.BOOL, SupportKind.INDEX, SupportKind.ANY
)  # fmt: skip
_ROLES = {
    SampleRole.LATENT: "latent",
    SampleRole.OBSERVED: "observed",
    SampleRole.PREDICTED: "predicted",
    SampleRole.AUXILIARY: "auxiliary",
}
_EQUATION_ROLES = {
    EquationRole.SAVED: "computed",
    EquationRole.LET: "computed, not saved",
    EquationRole.PREDICTED: "predicted",
    EquationRole.INTERNAL: "computed for predictions, not saved",
}


def _ranged(kind: str, range: Range) -> str:
    lower = "" if range.lower is None else _text(range.lower)
    upper = "" if range.upper is None else _text(range.upper)
    below = "<" if range.is_lower_strict else "<="
    above = "<" if range.is_upper_strict else "<="
    if lower and upper:
        return f"{lower} {below} {kind} {above} {upper}"
    if lower:
        return f"{kind} {'>' if range.is_lower_strict else '>='} {lower}"
    return f"{kind} {above} {upper}" if upper else kind


def _text(expr: Expr) -> str:
    if isinstance(expr, Const):
        return f"{expr.value:g}" if isinstance(expr.value, float) else str(expr.value)
    return _one_line(expr.span.text) if expr.span is not None else "(an expression)"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _indexed(name: str, dims: tuple[str, ...]) -> str:
    return f"{name}[{', '.join(dims)}]" if dims else name


def _size(row: DimensionRow) -> str:
    return f"{row.size}, ordered" if row.is_ordered else row.size


def _use(row: DataRow) -> str:
    use = "set" if row.is_set else "observed" if row.is_observed else "given"
    if row.is_matched:
        use = "matched, or given"
    return f"{use}, may be missing" if row.is_optional else use


def _quantity(row: QuantityRow) -> tuple[str, ...]:
    said = row.distribution or ""
    if row.sampled_as:
        said += f"  {row.sampled_as.replace('_', '-')}: {row.reason}"
    elif row.distribution is None and row.reason:
        said = row.reason
    return (_indexed(row.name, row.dims), row.role, row.type, said)


def _section(title: str, rows: list[tuple[str, ...]]) -> str:
    if not rows:
        return ""
    columns = range(len(rows[0]) - 1)
    widths = [max(len(row[i]) for row in rows) for i in columns]
    lines = [
        "  " + "  ".join([*(row[i].ljust(widths[i]) for i in columns), row[-1]]).rstrip()
        for row in rows
    ]
    return "\n".join([title, *lines])
