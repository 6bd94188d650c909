"""Work on data alone, done once: not at each evaluation of the density.

Equations and parts of expressions that depend on data alone, and that cost something, move out of
the program's nodes into `Program.prepared`. The backend makes them arguments of its model. Left in
place is what is cheaper to compute than to read (sums and products of entries), what is wanted for
predictions only, and what depends on data that may be missing, drawn, or set by the user.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from gendsl.ir.expr import (
    ArrayCall,
    Contract,
    Cumulate,
    Expr,
    GroupReduce,
    LookBack,
    Op,
    Reduce,
    Ref,
    Shift,
)
from gendsl.ir.functions import OPERATORS
from gendsl.ir.program import (
    Equation,
    EquationRole,
    Factor,
    Node,
    Prepared,
    Program,
    Recurrence,
    Sample,
    SampleRole,
)
from gendsl.ir.rewrite import rewritten_recurrence, rewritten_statement
from gendsl.ir.types import Kind
from gendsl.ir.walk import defined_names, names_in, names_of, names_taken, sites, walk

Sizes = Mapping[str, int]

CHEAP = frozenset({"abs", "sign", "square", "min", "max", "relu", "real"})
"""Functions that cost no more than reading their result."""


def precompute(program: Program, sizes: Sizes | None = None) -> Program:
    """The program with work on data alone among `prepared`; the density is the same."""
    fixed = {d.name for d in program.data if not (d.is_optional or d.is_fixed)} - _scored(program)
    known = set(fixed)
    made: dict[str, Prepared] = {}
    for node in program.nodes:
        if _is_of(node, known) and isinstance(node, Equation | Recurrence):
            known |= set(defined_names(node))
            made |= dict.fromkeys(defined_names(node), node)
    wanted = _needed({n for n, node in made.items() if _is_worth_it(node)}, made)
    known = fixed | wanted
    parts = _Parts(known, taken=set(names_taken(program)))
    nodes: list[Node] = []
    prepared: list[Prepared] = []
    for node in program.nodes:
        names = defined_names(node)
        if names and set(names) <= wanted and isinstance(node, Equation | Recurrence):
            prepared.append(node)
            continue
        node = parts.moved_out_of(node)
        prepared += parts.take()
        nodes.append(node)
    return replace(program, nodes=tuple(nodes), prepared=(*program.prepared, *prepared))


def _scored(program: Program) -> set[str]:
    """Data that a statement scores: a simulation leaves them out and draws them."""
    return {
        name for site in sites(program) if site.value is not None for name in names_in(site.value)
    }


def _is_of(node: Node, known: set[str]) -> bool:
    """Whether a node is computed from these quantities alone, wherever it is wanted."""
    match node:
        case Equation(role=role, slice=slice):
            return slice is None and not role.is_prediction and names_of(node) <= known
        case Recurrence(series=series):
            steps = [p for s in series for p in (*s.starts, s.step)]
            is_plain = all(isinstance(p, Equation) and not p.role.is_prediction for p in steps)
            return is_plain and names_of(node) <= known | set(defined_names(node))
        case _:
            return False


def _is_worth_it(node: Prepared) -> bool:
    if isinstance(node, Recurrence):
        return True
    is_condition = node.type.kind is Kind.BOOL
    return bool(names_of(node)) and (is_condition or is_costly(node.value))


def is_costly(expr: Expr) -> bool:
    """Whether computing an expression takes longer than reading its value."""
    for part in walk(expr):
        match part:
            case ArrayCall() | Contract() | Cumulate() | GroupReduce() | LookBack() | Reduce():
                return True
            case Op(name, _, dims) if dims and name not in OPERATORS and name not in CHEAP:
                return True
            case _:
                pass
    return False


def _needed(names: set[str], made: Mapping[str, Prepared]) -> set[str]:
    """The names, and those that they are computed from."""
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found |= set(defined_names(made[name]))
            left += [n for n in names_of(made[name]) if n in made]
    return found


@dataclass(slots=True)
class _Parts:
    """Moves parts of expressions out: each gets a name, the same for equal parts."""

    known: set[str]
    taken: set[str]
    named: dict[Expr, Ref] = field(default_factory=dict)
    made: list[Equation] = field(default_factory=list)

    def take(self) -> list[Equation]:
        """The equations made since the last time."""
        found, self.made = self.made, []
        return found

    def moved_out_of(self, node: Node) -> Node:
        match node:
            case Sample(role=SampleRole.PREDICTED) | Equation(role=EquationRole.PREDICTED):
                return node
            case Sample() | Equation() | Factor():
                return rewritten_statement(node, self.choose)
            case Recurrence():
                return rewritten_recurrence(node, self.choose)
            case _:
                return node

    def choose(self, expr: Expr) -> Expr | None:
        """A reference to the part, if it is of data alone and costs something."""
        names = names_in(expr)
        if isinstance(expr, Ref) or not names or not names <= self.known or expr.span is None:
            return None
        if any(isinstance(part, Shift | LookBack) for part in walk(expr)) or not is_costly(expr):
            return None
        if expr not in self.named:
            name = self._name(expr)
            ref = Ref(name, expr.dims, expr.type, expr.span)
            self.named[expr] = ref
            self.made.append(
                Equation(name, expr.dims, expr.type, expr, EquationRole.LET, None, expr.span)
            )
        return self.named[expr]

    def _name(self, expr: Expr) -> str:
        """`log_E`, `mean_x`: the outermost function and the first quantity that it is of."""
        refs = [part for part in walk(expr) if isinstance(part, Ref)]
        of = next((ref.name for ref in refs if ref.type.kind is not Kind.BOOL), refs[0].name)
        match expr:
            case ArrayCall(name=name) | Reduce(name=name) | Cumulate(name=name):
                wanted = f"{name}_{of}"
            case Op(name=name) if name not in OPERATORS:
                wanted = f"{name}_{of}"
            case _:
                wanted = f"{of}_part"
        while wanted in self.taken:
            wanted += "_"
        self.taken.add(wanted)
        return wanted
