"""The arguments of a generated model: what each is for, so that data can be bound to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from gendsl.backends.emit.names import NameTable
from gendsl.ir.expr import Expr
from gendsl.ir.program import Prepared, Program


@dataclass(frozen=True, slots=True)
class DataArgument:
    """A data array; one that `is_generated` may be left out, and is drawn then."""

    data: str


@dataclass(frozen=True, slots=True)
class KnownArgument:
    """Where an optional data array is known; true by default."""

    data: str


@dataclass(frozen=True, slots=True)
class GapsArgument:
    """The indices, one array an axis, of the missing entries of an optional data array."""

    data: str


@dataclass(frozen=True, slots=True)
class GapCountArgument:
    """How many entries of an optional data array are missing."""

    data: str


@dataclass(frozen=True, slots=True)
class SizeArgument:
    """The size of a dimension."""

    dim: str


@dataclass(frozen=True, slots=True)
class BatchArgument:
    """How many members of a dimension are in a minibatch."""

    dim: str


@dataclass(frozen=True, slots=True)
class StatesArgument:
    """How many values a discrete site has that is summed out: `count`, a number made of data."""

    site: str
    count: Expr


@dataclass(frozen=True, slots=True)
class LabelArgument:
    """The position of a label along a dimension."""

    dim: str
    label: str


@dataclass(frozen=True, slots=True)
class PreparedArgument:
    """A quantity of data alone, which the module's function `prepare` computes from `node`."""

    name: str
    node: Prepared


@dataclass(frozen=True, slots=True)
class PredictArgument:
    """Whether predictions are wanted."""


Argument = (
    DataArgument
    | KnownArgument
    | GapsArgument
    | GapCountArgument
    | SizeArgument
    | BatchArgument
    | StatesArgument
    | LabelArgument
    | PreparedArgument
    | PredictArgument
)


@dataclass(slots=True)
class Arguments:
    """The arguments asked for so far, with their Python names.

    `known` are names that arguments have in any function of the module.
    """

    program: Program
    names: NameTable
    asked: dict[Argument, str] = field(default_factory=dict)
    generated: set[str] = field(default_factory=set)
    static: set[str] = field(default_factory=set)
    known: dict[Argument, str] = field(default_factory=dict)

    def ask(self, argument: Argument) -> str:
        """The Python name of an argument, which is one from now on."""
        if argument not in self.asked:
            if argument not in self.known:
                self.known[argument] = self._name(argument)
            self.asked[argument] = self.known[argument]
        return self.asked[argument]

    def ask_data(self, data: str) -> str:
        """The Python name of a data array."""
        return self.ask(DataArgument(data))

    def ask_static(self, data: str) -> str:
        """The Python name of a scalar that must be a Python number, not a traced array."""
        self.static.add(data)
        return self.ask(DataArgument(data))

    def _name(self, argument: Argument) -> str:
        match argument:
            case DataArgument(data):
                return self.names.of(data)
            case KnownArgument(data):
                return self.names.fresh(f"{data}_known")
            case GapsArgument(data):
                return self.names.fresh(f"{data}_missing_at")
            case GapCountArgument(data):
                return self.names.fresh(f"n_{data}_missing")
            case SizeArgument(dim):
                return self.names.fresh(f"n_{dim}")
            case BatchArgument(dim):
                return self.names.fresh(f"batch_{dim}")
            case StatesArgument(site):
                return self.names.fresh(f"n_{site}_states")
            case LabelArgument(dim, label):
                return self.names.fresh(f"{dim}_{label}")
            case PreparedArgument(name):
                return self.names.of(name)
            case PredictArgument():
                return "predict"
