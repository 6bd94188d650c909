"""Submodels become ordinary statements: names prefixed, dimensions replaced, arguments put in.

`beta[feature] ~ horseshoe(0.1)` with `submodel horseshoe(scale)[k]` turns each statement of the
body into one of the model: its own name `tau` becomes `beta.tau`, the dimension `k` becomes
`feature`, `scale` becomes `0.1`, and `horseshoe[k] = ...` defines `beta[feature]`. Dimensions of
the site that the submodel does not have (the first ones) are added to every statement.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from gendsl.diagnostics.diagnostic import Diagnostic, Label
from gendsl.diagnostics.reporter import Reporter
from gendsl.diagnostics.suggest import nearest
from gendsl.frontend import ast
from gendsl.resolve.closed_submodels import check_closed, check_value, own_dims, own_names
from gendsl.resolve.failure import Unresolved, refused
from gendsl.resolve.renaming import Renaming, renamed

MAX_NESTING = 20
MAX_STATEMENTS = 20_000


@dataclass(slots=True)
class Budget:
    """How many statements the submodels of a model may still become."""

    left: int = MAX_STATEMENTS

    def spend(self, count: int, use: ast.Call, reporter: Reporter) -> None:
        """Take some; where there are none left, that is reported once."""
        if self.left < 0:
            raise Unresolved
        self.left -= count
        if self.left < 0:
            raise refused(
                reporter,
                Diagnostic(
                    "G0410",
                    f"the submodels become more than {MAX_STATEMENTS} statements",
                    use.function.span,
                    "when this one is written out",
                    (),
                    (),
                    "a quantity with dimensions stands for many: `x[k] ~ ...`",
                ),
            )


def expand(
    statements: tuple[ast.Statement, ...],
    submodels: dict[str, ast.Submodel],
    reporter: Reporter,
    stack: tuple[str, ...] = (),
    budget: Budget | None = None,
) -> tuple[tuple[ast.Statement, ...], frozenset[str]]:
    """The statements with every use of a submodel replaced by its body.

    Beside them the names whose submodel could not be used: they stay known, by a statement that
    says nothing, so that their uses are not reported as well.
    """
    budget = budget or Budget()
    broken: set[str] = set()
    result: list[ast.Statement] = []
    for statement in statements:
        called = (
            submodels.get(statement.distribution.function.id)
            if isinstance(statement, ast.SampleStatement)
            else None
        )
        if called is None or not isinstance(statement, ast.SampleStatement):
            result.append(statement)
            continue
        try:
            if len(stack) >= MAX_NESTING and budget.left >= 0:
                budget.left = -1
                raise refused(
                    reporter,
                    Diagnostic(
                        "G0410",
                        f"submodels are nested more than {MAX_NESTING} deep",
                        statement.distribution.function.span,
                        "once too often",
                        (),
                        (),
                        "write some of them out",
                    ),
                )
            body = _instantiate(statement, called, reporter, stack)
            budget.spend(len(body), statement.distribution, reporter)
            inside = (*stack, called.name)
            inner, inner_broken = expand(body, submodels, reporter, inside, budget)
            result.extend(inner)
            broken |= inner_broken
        except Unresolved:
            zero = ast.Number(0.0, statement.span)
            target = statement.target
            result.append(ast.EquationStatement("let", target, zero, statement.span))
            broken.add(target.name)
    return tuple(result), frozenset(broken)


def _instantiate(
    use: ast.SampleStatement, submodel: ast.Submodel, reporter: Reporter, stack: tuple[str, ...]
) -> tuple[ast.Statement, ...]:
    call, name = use.distribution, use.target.name
    defined = Label(submodel.name_span, "defined here")
    if submodel.name in stack:
        raise refused(
            reporter,
            Diagnostic(
                "G0410",
                f"the submodel `{submodel.name}` uses itself",
                call.function.span,
                "used again here",
                (defined,),
                (),
                "a submodel is written out where it is used, so it can't contain itself",
            ),
        )
    for part, what in (
        (use.type, "a type"),
        (use.where, "`where`"),
        (use.parameterisation, "`as`"),
        (call.given[0] if call.given else None, "`given`"),
    ):
        if part is not None:
            raise refused(
                reporter,
                Diagnostic(
                    "G0217",
                    f"{what} does not go with a submodel",
                    call.function.span if isinstance(part, str) else part.span,
                    f"`{submodel.name}` is a submodel",
                    (defined,),
                    (),
                    "write it beside the statement inside the submodel that it is meant for",
                ),
            )
    items = use.target.items
    if len(items) < len(submodel.dims):
        wanted = ", ".join(d.name for d in submodel.dims)
        noun = "dimension" if len(submodel.dims) == 1 else "dimensions"
        raise refused(
            reporter,
            Diagnostic(
                "G0217",
                f"`{submodel.name}` has {len(submodel.dims)} {noun}, `{name}` {len(items)}",
                use.target.span,
                f"needs [{wanted}]",
                (defined,),
                (),
                f"write `{name}[{wanted}] ~ {submodel.name}(...)`, with dimensions of this model",
            ),
        )
    for item in items:
        if item.dim is not None or not isinstance(item.value, ast.Name):
            raise refused(
                reporter,
                Diagnostic(
                    "G0217",
                    "a submodel does not hold for a part of a dimension",
                    item.span,
                    "restricted here",
                    (defined,),
                    (),
                    "name whole dimensions; a start belongs inside the submodel",
                ),
            )
    batch = items[: len(items) - len(submodel.dims)]
    events = items[len(batch) :]
    site_dims = [item.value.id if isinstance(item.value, ast.Name) else "" for item in events]
    renaming = Renaming(
        names={
            n: name if n == submodel.name else f"{name}.{n}"
            for n in (*own_names(submodel), submodel.name)
        },
        dims={d.name: s for d, s in zip(submodel.dims, site_dims, strict=True)}
        | {d: f"{name}.{d}" for d in own_dims(submodel)},
        arguments=_arguments(call, submodel, reporter),
        batch=batch,
    )
    check_value(submodel, reporter)
    check_closed(submodel, reporter)
    body = (renamed(statement, renaming) for statement in submodel.statements)
    return tuple(_predicted(s) if use.is_predict else s for s in body)


def _predicted(statement: ast.Statement) -> ast.Statement:
    """What a prediction is made of is predicted too."""
    match statement:
        case ast.SampleStatement():
            return replace(statement, is_predict=True)
        case ast.EquationStatement(keyword=""):
            return replace(statement, keyword="predict")
        case _:
            return statement


def _arguments(call: ast.Call, submodel: ast.Submodel, reporter: Reporter) -> dict[str, ast.Expr]:
    defined = (Label(submodel.name_span, "defined here"),)
    parameters = [p.name for p in submodel.parameters]
    positional = [a for a in call.arguments if a.name is None]
    if len(positional) > len(parameters):
        raise refused(
            reporter,
            Diagnostic(
                "G0212",
                f"`{submodel.name}` takes {len(parameters)}"
                f" {'argument' if len(parameters) == 1 else 'arguments'}, not {len(positional)}",
                call.span,
                f"{len(positional)} given",
                defined,
                (),
                f"write `{submodel.name}({', '.join(parameters)})`",
            ),
        )
    result = {p: a.value for p, a in zip(parameters, positional, strict=False)}
    for argument in call.arguments:
        if argument.name is None:
            continue
        if argument.name not in parameters:
            close = nearest(argument.name, parameters)
            raise refused(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{submodel.name}` has no parameter `{argument.name}`",
                    argument.span,
                    "unknown parameter",
                    defined,
                    (),
                    f"did you mean `{close}`?"
                    if close
                    else f"it has {', '.join(f'`{p}`' for p in parameters)}"
                    if parameters
                    else "it has none",
                ),
            )
        if argument.name in result:
            raise refused(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{argument.name}` of `{submodel.name}` is given twice",
                    argument.span,
                    "the second time",
                    defined,
                    (),
                    "give each argument once, by position or by name",
                ),
            )
        result[argument.name] = argument.value
    for parameter in submodel.parameters:
        if parameter.name in result:
            continue
        if parameter.default is None:
            raise refused(
                reporter,
                Diagnostic(
                    "G0212",
                    f"`{submodel.name}` lacks its argument `{parameter.name}`",
                    call.span,
                    "missing here",
                    defined,
                    (),
                    f"write `{submodel.name}({', '.join(parameters)})`",
                ),
            )
        result[parameter.name] = parameter.default
    return result
