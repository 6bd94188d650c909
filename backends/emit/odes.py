"""Lowering differential equations: a function of the right sides, and its solution at times."""

from __future__ import annotations

import ast

from gendsl.backends.emit import python as py
from gendsl.backends.emit.align import aligned, spread
from gendsl.backends.emit.document import Def, Line, Parameter, Return, Statement
from gendsl.backends.emit.expressions import lower
from gendsl.backends.emit.nodes import Placed, note, site_name
from gendsl.backends.emit.scope import Scope, Value
from gendsl.ir.expr import Dims, Expr, Ref
from gendsl.ir.ode import Adjoint, OdeJump, OdeSolution, OdeSystem, Stiffness
from gendsl.ir.walk import walk

SOLVERS = {Stiffness.NONSTIFF: "diffrax.Tsit5", Stiffness.STIFF: "diffrax.Kvaerno5"}
ADJOINTS = {
    Adjoint.FORWARD: "diffrax.ForwardMode",
    Adjoint.CHECKPOINTED: "diffrax.RecursiveCheckpointAdjoint",
    Adjoint.DIRECT: "diffrax.DirectAdjoint",
    Adjoint.BACKSOLVE: "diffrax.BacksolveAdjoint",
}


def unsolved_site(system: str) -> str:
    """The site that rules out where the equations can't be solved."""
    return f"{system}.unsolved"


def ode(node: OdeSystem, scope: Scope) -> list[Placed]:
    """The right sides as a function, the call that solves them, and a name for each solution."""
    names, context = scope.context.names, scope.context
    context.helpers["solve_ode"] = None
    field = names.fresh(node.name)
    inputs = _inputs(node, scope)
    states = names.fresh(f"{node.name}_states")
    solved = names.fresh(f"{node.name}_is_solved")
    keywords: dict[str, ast.expr] = {
        "start": py.sequence([spread(lower(s.start, scope), s.dims, scope) for s in node.states]),
        "args": py.sequence([py.name(name) for name in inputs]),
        "t0": lower(node.start_time, scope).code,
        "times": _times(node, scope),
        "solver": py.call(SOLVERS[node.solver.stiffness]),
        "rtol": py.number(node.solver.rtol),
        "atol": py.number(node.solver.atol),
        "max_steps": py.number(node.solver.max_steps),
    }
    if node.solver.adjoint is not Adjoint.AUTOMATIC:
        keywords["adjoint"] = py.call(ADJOINTS[node.solver.adjoint])
    if node.jumps:
        context.helpers["ode_jumps"] = None
        keywords["jumps"] = py.call("Jumps", *(_jump(jump, node, scope) for jump in node.jumps))
    body: list[Statement] = [
        Line((states, solved), py.call("solve_ode", py.name(field), **keywords)),
    ]
    if not node.is_prediction:
        certain = py.call("jnp.where", py.name(solved), py.number(0.0), py.number(float("-inf")))
        body.append(
            Line((), py.call("numpyro.factor", site_name(unsolved_site(node.name)), certain))
        )
    body += [_solution(s, node, states, scope) for s in node.solutions]
    function = _field(node, field, inputs, scope)
    return [Placed(part, (), node.is_prediction) for part in (function, *body)]


def _inputs(node: OdeSystem, scope: Scope) -> list[str]:
    """What the right sides refer to besides the states: the solver differentiates by it."""
    refs = [r for e in node.right_sides for r in walk(e) if isinstance(r, Ref)]
    outer = {r.name: r for r in refs if r.name not in node.own_names}
    return [_identifier(lower(r, Scope(scope.context)).code) for r in outer.values()]


def _field(node: OdeSystem, name: str, inputs: list[str], scope: Scope) -> Def:
    names = scope.context.names
    time, state, args = (
        names.named(f"{node.name}/{wanted}", wanted)
        for wanted in (node.time.removeprefix(f"{node.name}."), "state", "args")
    )
    local = {s.name: Value(py.name(names.of(s.name)), s.dims) for s in node.states}
    unpacked = tuple(_identifier(value.code) for value in local.values())
    local[node.time] = Value(py.name(time), ())
    body: list[Statement] = [_unpack(unpacked, py.name(state))]
    if inputs:
        body.append(_unpack(tuple(inputs), py.name(args)))
    for part in node.locals:
        inside = Scope(scope.context, started=local)
        code = spread(lower(part.value, inside), part.dims, inside)
        target = names.of(part.name)
        body.append(Line((target,), code, note(part.span)))
        local[part.name] = Value(py.name(target), part.dims)
    inside = Scope(scope.context, started=local)
    rates: list[ast.expr] = []
    for each in node.states:
        target = names.named(f"{node.name}/d {each.name}", f"d_{each.name}")
        code = spread(lower(each.derivative, inside), each.dims, inside)
        body.append(Line((target,), code, note(each.span)))
        rates.append(py.name(target))
    body.append(Return(py.sequence(rates)))
    return Def(name, tuple(Parameter(p) for p in (time, state, args)), tuple(body))


def _unpack(targets: tuple[str, ...], code: ast.expr) -> Line:
    """`a, b = code`; of a tuple of one the member."""
    if len(targets) == 1:
        return Line(targets, py.subscript(code, [py.number(0)]))
    return Line(targets, code)


def _identifier(code: ast.expr) -> str:
    assert isinstance(code, ast.Name)
    return code.id


def _times(node: OdeSystem, scope: Scope) -> ast.expr:
    codes = [_full(times, scope) for times in node.times]
    return codes[0] if len(codes) == 1 else py.sequence(codes)


def _full(expr: Expr, scope: Scope) -> ast.expr:
    """An expression's values, axes in the order of its dimensions."""
    return spread(lower(expr, scope), expr.dims, scope)


def _solution(solution: OdeSolution, node: OdeSystem, states: str, scope: Scope) -> Line:
    """`prey_ts = population_states[0]`; times of each member's own are read along the diagonal."""
    at = [i for i, state in enumerate(node.states) if state.name == solution.state]
    path = [py.number(at[0])]
    code: ast.expr = py.name(states)
    if len(node.times) > 1:
        code = py.subscript(code, [py.number(solution.at)])
    code = py.subscript(code, path)
    events, dims = node.times[solution.at].dims, node.states[at[0]].dims
    shared = [d for d in dims if d in events]
    if shared:
        positions = {d: py.call("jnp.arange", scope.context.size(d)) for d in solution.dims}
        axes = [aligned(Value(positions[d], (d,)), solution.dims) for d in (*events, *dims)]
        code = py.subscript(code, axes)
    time = node.times[solution.at]
    wanted = f"{solution.state}_{time.name}" if isinstance(time, Ref) else f"{solution.state}_at"
    return Line((scope.context.names.named(solution.name, wanted),), code)


def _jump(jump: OdeJump, node: OdeSystem, scope: Scope) -> ast.expr:
    """The times of a jump, which state it changes, and by how much, for each time all of it."""
    context = scope.context
    place = next(i for i, state in enumerate(node.states) if state.name == jump.state)
    dims = node.states[place].dims
    events: Dims = jump.times.dims
    indexed = dict(jump.indices)
    rest = (*events, *(d for d in dims if d not in indexed))
    amount = spread(lower(jump.amount, scope), rest, scope) if rest else _one(jump.amount, scope)
    times = _full(jump.times, scope)
    if not events:
        times = py.call("jnp.atleast_1d", times)
        amount = py.subscript(amount, [py.NEW_AXIS, ast.Constant(...)]) if rest else amount
    if indexed:
        lengths = (
            [context.size(d) for d in (*events, *dims)]
            if events
            else [py.number(1), *(context.size(d) for d in dims)]
        )
        count = context.size(events[0]) if events else py.number(1)
        items: list[ast.expr] = [py.call("jnp.arange", count)]
        items += [
            aligned(lower(indexed[d], scope), events) if d in indexed else py.FULL for d in dims
        ]
        nothing = py.call("jnp.zeros", py.sequence(lengths))
        spot = py.subscript(ast.Attribute(nothing, "at", ast.Load()), items)
        amount = py.method(spot, "add", amount)
    return py.sequence([times, py.number(place), amount])


def _one(amount: Expr, scope: Scope) -> ast.expr:
    return py.call("jnp.atleast_1d", lower(amount, scope).code)
