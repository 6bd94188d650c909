"""The typed program as text, for reading: what the tests of the compiler compare."""

from __future__ import annotations

from gendsl.ir.expr import (
    ArrayCall,
    Const,
    ConstArray,
    Contract,
    Coordinate,
    Cumulate,
    Dims,
    End,
    Expr,
    Gather,
    GroupReduce,
    IndexOf,
    LabelOf,
    LabelPosition,
    LookBack,
    Op,
    Pick,
    Position,
    Reduce,
    Ref,
    Shift,
    Size,
)
from gendsl.ir.functions import FUNCTIONS
from gendsl.ir.ode import OdeSystem
from gendsl.ir.program import (
    Argument,
    Data,
    Dimension,
    Distribution,
    Elimination,
    Equation,
    Factor,
    InferenceCall,
    InferenceProgram,
    Node,
    Program,
    Range,
    Recurrence,
    Sample,
    SettingValue,
    Slice,
)
from gendsl.ir.types import ValueType


def print_program(program: Program) -> str:
    """Dimensions, data and nodes, one a line."""
    lines = [f"program {program.name}"]
    lines += [f"  {_dimension(d)}" for d in program.dimensions]
    lines += [f"  {_data(d)}" for d in program.data]
    for prepared in program.prepared:
        lines += [f"  prepared {line}" for line in _node(prepared)]
    for node in program.nodes:
        lines += [f"  {line}" for line in _node(node)]
    lines += [f"infer {print_inference(p)}" for p in program.inference if not p.problems]
    return "\n".join(lines) + "\n"


def _dimension(dim: Dimension) -> str:
    text = f"dim {dim.name}"
    if dim.like is not None:
        text += f" like {dim.like}"
    if dim.labels is not None:
        text += f" = {{{', '.join(dim.labels)}}}"
    if dim.size is not None:
        text += f" = {print_expr(dim.size)}"
    return text + (" : ordered" if dim.is_ordered else "")


def _data(data: Data) -> str:
    kind = (
        str(data.type)
        if data.support.value in ("real", "int", "index", "bool")
        else data.support.value
    )
    return (
        f"data {data.name}{_dims(data.dims)} :"
        f" {kind}{_range(data.range)}{'?' if data.is_optional else ''}"
    )


def _dims(dims: Dims) -> str:
    return f"[{', '.join(dims)}]" if dims else ""


def _range(range: Range) -> str:
    text = ""
    if range.lower is not None:
        text += f" {'>' if range.is_lower_strict else '>='} {print_expr(range.lower)}"
    if range.upper is not None:
        text += f" {'<' if range.is_upper_strict else '<='} {print_expr(range.upper)}"
    return text


def _node(node: Node) -> list[str]:
    match node:
        case Sample() | Equation():
            return [_part(node)]
        case Factor():
            where = f" where {print_expr(node.where)}" if node.where is not None else ""
            return [f"factor {node.name} = {print_expr(node.value)}{where}{_holds(node.slice)}"]
        case Recurrence():
            lines = [f"recurrence along {node.dim}"]
            for series in node.series:
                lines += [f"  start {_part(part)}" for part in series.starts]
                lines.append(f"  step  {_part(series.step)}")
            return lines
        case OdeSystem():
            return _ode(node)
        case Elimination():
            return _elimination(node)


def _elimination(node: Elimination) -> list[str]:
    lines = [f"sum {node.name}{_dims(node.dims)}: {', then '.join(map(' '.join, node.order))}"]
    for site in node.sites:
        along = f" along {site.along}, {site.lags} back" if site.along is not None else ""
        least = print_expr(site.least)
        lines.append(f"  over {site.name}{_dims(site.dims)} = {site.states} + {least}{along}")
    for table in node.tables:
        onto = "".join(f" onto {dim} = {_place(index)}" for dim, index in table.onto)
        score = table.score
        text = _node(score)[0] if isinstance(score, Factor) else _part(score)
        lines.append(f"  table{_dims(table.axes)}{onto}: {text}")
    return lines


def _place(place: Expr | Position) -> str:
    return _position(place) if isinstance(place, Position) else print_expr(place)


def _ode(node: OdeSystem) -> list[str]:
    solver = node.solver
    lines = [
        f"ode {node.name} by {solver.stiffness.value}(rtol = {solver.rtol}, atol = {solver.atol},"
        f" max_steps = {solver.max_steps}, adjoint = {solver.adjoint.value})"
        + (" for predictions" if node.is_prediction else "")
    ]
    lines += [f"  let {x.name}{_dims(x.dims)} = {print_expr(x.value)}" for x in node.locals]
    for state in node.states:
        lines.append(f"  d {state.name}{_dims(state.dims)} = {print_expr(state.derivative)}")
        lines.append(f"  {state.name}({print_expr(node.start_time)}) = {print_expr(state.start)}")
    for jump in node.jumps:
        indices = ", ".join(f"{dim} = {print_expr(index)}" for dim, index in jump.indices)
        at = f"[{indices}]" if indices else ""
        lines.append(f"  {jump.state}{at}({print_expr(jump.times)}) += {print_expr(jump.amount)}")
    for solution in node.solutions:
        times = print_expr(node.times[solution.at])
        lines.append(f"  {solution.name}{_dims(solution.dims)} = {solution.state} at {times}")
    return lines


def _part(part: Sample | Equation) -> str:
    holds = _holds(part.slice)
    head = f"{part.role.value} {part.name}{_dims(part.dims)} : {_type(part.type)}"
    if isinstance(part, Equation):
        return f"{head} = {print_expr(part.value)}{holds}"
    scored = f" at {print_expr(part.value)}" if part.value is not None else ""
    where = f" where {print_expr(part.where)}" if part.where is not None else ""
    shape = f" in {part.support.value}{_range(part.range)}"
    return f"{head}{shape} ~ {print_distribution(part.distribution)}{scored}{holds}{where}"


def _holds(part: Slice | None) -> str:
    return f" on {_slice(part)}" if part is not None else ""


def _slice(part: Slice) -> str:
    start = print_expr(part.start) if part.start is not None else "first"
    stop = print_expr(part.stop) if part.stop is not None else "end"
    return f"{part.dim} from {start} to {stop}"


def _type(type: ValueType) -> str:
    return f"index({type.dim})" if type.dim is not None else type.kind.value


def print_distribution(distribution: Distribution) -> str:
    """`Normal(mu, tau)`, with truncation and restriction after it."""
    arguments = ", ".join(f"{name} = {_argument(a)}" for name, a in distribution.arguments)
    text = f"{distribution.family.name}({arguments})"
    if distribution.truncation is not None:
        text += f" cut to{_range(distribution.truncation)}"
    if distribution.restriction is not None:
        text += f" on {distribution.restriction.value}"
    return text


def _argument(argument: Argument) -> str:
    if isinstance(argument, Distribution):
        return print_distribution(argument)
    if isinstance(argument, tuple):
        return f"[{', '.join(print_distribution(d) for d in argument)}]"
    return print_expr(argument)


def _position(position: Position) -> str:
    match position:
        case int():
            return str(position)
        case End():
            return position.value
        case LabelPosition(label):
            return f'"{label}"'


def print_expr(expr: Expr) -> str:
    """An expression in the language's own notation; gathers and shifts are explicit."""
    match expr:
        case Const(value):
            return f"{value!r}"
        case ConstArray(items):
            return f"[{', '.join(print_expr(i) for i in items)}]"
        case Ref(name):
            return name
        case Op(name, arguments):
            parts = [print_expr(a) for a in arguments]
            if FUNCTIONS[name].arity == (2, 2) and not name[0].isalpha():
                return f"({parts[0]} {name} {parts[1]})"
            return f"{name}({', '.join(parts)})"
        case Reduce(name, over, argument):
            return f"{name}[{', '.join(over)}]({print_expr(argument)})"
        case GroupReduce(name, over, index, _, argument):
            return f"{name}[{over} by {print_expr(index)}]({print_expr(argument)})"
        case Cumulate(name, along, argument):
            return f"{name}[{along}]({print_expr(argument)})"
        case Contract(left, right, over):
            return f"({print_expr(left)} @[{over}] {print_expr(right)})"
        case Gather(base, indices):
            inside = ", ".join(f"{dim} = {print_expr(index)}" for dim, index in indices)
            return f"{print_expr(base)}[{inside}]"
        case Pick(base, dim, position):
            return f"{print_expr(base)}[{dim} = {_position(position)}]"
        case Shift(base, dim, lag):
            return f"{print_expr(base)}[{dim} {'-' if lag > 0 else '+'} {abs(lag)}]"
        case LookBack():
            return _look_back(expr)
        case Coordinate(dim):
            return f"pos({dim})"
        case IndexOf(dim, into):
            return f"{dim} as {into}"
        case LabelOf(_, label):
            return f'"{label}"'
        case Size(dim):
            return f"size({dim})"
        case ArrayCall(name, arguments, over=over, literals=literals):
            inside = ", ".join((*(print_expr(a) for a in arguments), *map(str, literals)))
            return f"{name}[{', '.join(over)}]({inside})"


def _look_back(expr: LookBack) -> str:
    """`sum[k = 1..11](x[time - k] * w[lag = k])`; the whole past is `k = 1..`."""
    last = "" if expr.last is None else str(expr.last)
    term = f"{print_expr(expr.base)}[{expr.along} - k]"
    if expr.weights is not None:
        sign = "+" if expr.offset > 0 else "-"
        place = f"k {sign} {abs(expr.offset)}" if expr.offset else "k"
        term += f" * {print_expr(expr.weights)}[{expr.over} = {place}]"
    return f"sum[k = {expr.first}..{last}]({term})"


def print_inference(program: InferenceProgram) -> str:
    """An inference program with all of its settings: `main = nuts(chains = 4, ...)`."""
    return f"{program.name} = {print_pieces(program)}"


def print_pieces(program: InferenceProgram) -> str:
    """The pieces of an inference program, `>>` between them; its codes where it has errors."""
    if program.problems:
        return f"has errors: {', '.join(dict.fromkeys(p.code for p in program.problems))}"
    return " >> ".join(map(_piece, program.pieces))


def _piece(piece: InferenceCall) -> str:
    arguments = [site.name for site in piece.sites]
    arguments += map(_piece, piece.parts)
    arguments += [f"{n} = {_setting(v)}" for n, v in piece.settings if v is not None]
    return f"{piece.name}({', '.join(arguments)})"


def _setting(value: SettingValue) -> str:
    match value:
        case InferenceCall():
            return _piece(value)
        case tuple():
            return f"[{', '.join(map(str, value))}]"
        case _:
            return str(value)
