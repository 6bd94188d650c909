"""Syntax tree to text: canonical spacing, and parentheses only where they change the tree.

`parse(print_file(tree)) == tree` for every tree that the parser can make.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from gendsl.frontend import ast
from gendsl.frontend.print_expression import COMPARISON, print_expr, print_items, wrap
from gendsl.frontend.words import print_label

INDENT = "  "


def print_file(tree: ast.File) -> str:
    """The whole file; blocks and functions are set apart by empty lines."""
    parts: list[str] = []
    before: ast.Declaration | None = None
    for declaration in tree.declarations:
        if before is not None and not (_is_short(before) and type(before) is type(declaration)):
            parts.append("")
        parts.append(print_declaration(declaration))
        before = declaration
    return "".join(f"{part}\n" for part in parts)


def _is_short(declaration: ast.Declaration) -> bool:
    if isinstance(declaration, ast.Function) and declaration.locals:
        return False
    return not isinstance(declaration, ast.Model | ast.Submodel | ast.Pfn)


def print_declaration(declaration: ast.Declaration) -> str:
    """One declaration, without a line end."""
    match declaration:
        case ast.Import(path):
            return f"import {print_expr(ast.String(path, declaration.span))}"
        case ast.Function(name, parameters, (), value):
            return f"def {name}({_parameters(parameters)}) = {print_expr(value)}"
        case ast.Function(name, parameters, locals, value):
            lines = [f"let {local.name} = {print_expr(local.value)}" for local in locals]
            return f"def {name}({_parameters(parameters)}) {_braced((*lines, print_expr(value)))}"
        case ast.Infer(name, program):
            return f"infer {name} = {print_expr(program)}"
        case ast.PfnFile(name, path):
            return f"pfn {name} from {print_expr(ast.String(path, declaration.span))}"
        case ast.Pfn(name, parts):
            return f"pfn {name} {_braced(map(_pfn_part, parts))}"
        case ast.Model(name, statements):
            return f"model {name} {_braced(map(print_statement, statements))}"
        case ast.Submodel(name, parameters, dims, statements):
            brackets = f"[{', '.join(dim.name for dim in dims)}]" if dims else ""
            body = _braced(map(print_statement, statements))
            return f"submodel {name}({_parameters(parameters)}){brackets} {body}"
        case _:
            assert_never(declaration)


def _parameters(parameters: tuple[ast.Parameter, ...]) -> str:
    return ", ".join(
        p.name if p.default is None else f"{p.name} = {print_expr(p.default)}" for p in parameters
    )


def _braced(lines: Iterable[str], indent: str = "") -> str:
    """Lines in braces, of which the closing one has this indent."""
    body = "".join(f"{indent}{INDENT}{line}\n" for line in lines)
    return f"{{\n{body}{indent}}}" if body else "{}"


def print_statement(statement: ast.Statement) -> str:
    """One statement, on one line; a block of its own has a line for each part."""
    match statement:
        case ast.DimStatement():
            return _dim(statement)
        case ast.DataStatement(target, type_):
            return f"data {_target(target)} : {print_type(type_)}"
        case ast.SampleStatement(target, type_, call, parameterisation, where, is_predict):
            text = ("predict " if is_predict else "") + _target(target)
            text += f" : {print_type(type_)}" if type_ is not None else ""
            text += f" ~ {print_expr(call)}"
            text += f" as {parameterisation}" if parameterisation is not None else ""
            return text + _where(where)
        case ast.EquationStatement(keyword, target, value):
            return f"{keyword} {_target(target)} = {print_expr(value)}".lstrip()
        case ast.ObserveStatement(value, call, where):
            return f"observe {print_expr(value)} ~ {print_expr(call)}{_where(where)}"
        case ast.FactorStatement(value, where):
            return f"factor {print_expr(value)}{_where(where)}"
        case ast.OdeStatement(name, parts):
            return f"ode {name} {_braced(map(_ode_part, parts), INDENT)}"
        case ast.KernelStatement(name, points, value):
            of = f"({points[0].name}, {points[1].name})" if points is not None else ""
            return f"kernel {name}{of} = {print_expr(value)}"
        case ast.NetStatement(target, value):
            return f"net {_target(target)} = {print_expr(value)}"
        case ast.MatchStatement(network, process, inputs, distance):
            text = f"match {network.id} to {print_expr(process)} on {print_expr(inputs)}"
            return text + (f" by {print_expr(distance)}" if distance is not None else "")
        case _:
            assert_never(statement)


def _pfn_part(part: ast.PfnPart) -> str:
    match part:
        case ast.PfnPredict(predicted, given):
            text = f"predict {', '.join(name.id for name in predicted)}"
            return text + (f" given {', '.join(name.id for name in given)}" if given else "")
        case ast.PfnRequire(condition):
            return f"require {print_expr(condition)}"
        case ast.PfnDraws(name, draws):
            each = (f"{draw.target.id} ~ {print_expr(draw.distribution)}" for draw in draws)
            return f"{name} = {', '.join(each)}"
        case ast.PfnSetting(name, value, upper):
            text = f"{name} = {print_expr(value)}"
            return text + (f"..{print_expr(upper)}" if upper is not None else "")
        case _:
            assert_never(part)


def _ode_part(part: ast.OdePart) -> str:
    match part:
        case ast.OdeDerivative(time, target, value):
            return f"d/d{time}({_target(target)}) = {print_expr(value)}"
        case ast.OdeValue(state, is_jump, value):
            return f"{print_expr(state)} {'+=' if is_jump else '='} {print_expr(value)}"
        case ast.OdeLet(target, value):
            return f"let {_target(target)} = {print_expr(value)}"
        case ast.OdeSetting(name, value):
            return f"{name} = {print_expr(value)}"
        case _:
            assert_never(part)


def print_type(type_: ast.Type) -> str:
    """A type, its name first unless it has two bounds."""
    name = type_.name + ("?" if type_.is_optional else "")
    lower, upper = type_.lower, type_.upper
    if lower is not None and upper is not None:
        left, right = _sign("<", lower), _sign("<", upper)
        return f"{_bound(lower)} {left} {name} {right} {_bound(upper)}"
    if lower is not None:
        return f"{name} {_sign('>', lower)} {_bound(lower)}"
    if upper is not None:
        return f"{name} {_sign('<', upper)} {_bound(upper)}"
    return name


def _sign(sign: str, bound: ast.Bound) -> str:
    return sign if bound.is_strict else sign + "="


def _bound(bound: ast.Bound) -> str:
    if isinstance(bound.value, ast.Name) and bound.value.id in ast.type_keywords:
        return f"({bound.value.id})"  # else it would be read as the type
    return wrap(bound.value, COMPARISON + 1)


def _target(target: ast.Target) -> str:
    return target.name + (f"[{print_items(target.items)}]" if target.items else "")


def _where(condition: ast.Expr | None) -> str:
    return "" if condition is None else f" where {print_expr(condition)}"


def _dim(statement: ast.DimStatement) -> str:
    text = "dim " + ", ".join(name.name for name in statement.names)
    if statement.like is not None:
        return f"{text} like {statement.like.name}"
    if statement.is_ordered or statement.first_code is not None:
        text += " :"
    text += " ordered" if statement.is_ordered else ""
    text += f" from {statement.first_code}" if statement.first_code is not None else ""
    match statement.size:
        case None:
            return text
        case ast.Members(labels):
            return f"{text} = {{{', '.join(print_label(label) for label in labels)}}}"
        case ast.Sizes(lower, upper):
            return f"{text} = {print_expr(lower)}..{print_expr(upper)}"
        case size:
            return f"{text} = {print_expr(size)}"
