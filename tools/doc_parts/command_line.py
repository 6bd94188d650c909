"""The commands, read off their functions."""

from __future__ import annotations

import inspect
from enum import Enum
from typing import Any, get_args

from typer.models import ArgumentInfo

from doc_parts.markdown import code, table


def commands() -> str:
    """Each command with its arguments and options, read off the functions' annotations."""
    from gendsl.cli.main import app

    parts = []
    groups = [(f"{group.name} ", group.typer_instance) for group in app.registered_groups]
    commands = [
        (f"{prefix}{command.name}", command)
        for prefix, each in (("", app), *groups)
        if each is not None
        for command in each.registered_commands
    ]
    for name, command in commands:
        assert command.callback is not None
        parameters = inspect.signature(command.callback, eval_str=True).parameters.values()
        arguments, options = [], []
        for parameter in parameters:
            kind, info = get_args(parameter.annotation)[:2]
            if isinstance(info, ArgumentInfo):
                is_required = parameter.default is inspect.Parameter.empty
                arguments.append(str(info.metavar) if is_required else f"[{info.metavar}]")
            else:
                options.append(_option_row(parameter, kind, info))
        parts += [
            f"### {name}",
            inspect.cleandoc(command.callback.__doc__ or ""),
            code(" ".join(["gendsl", name, *arguments, "[OPTIONS]"])),
        ]
        if options:
            parts.append(table(("option", "meaning", "default"), options))
    return "\n\n".join(parts)


def _option_row(parameter: inspect.Parameter, kind: Any, info: Any) -> tuple[str, str, str]:
    # Inside `Annotated`, Typer takes the first name for the default until it reads the signature.
    names = ", ".join([info.default, *info.param_decls])
    kinds = [kind, *get_args(kind)]
    enum = next((k for k in kinds if isinstance(k, type) and issubclass(k, Enum)), None)
    if bool in kinds:
        value = ""
    elif info.metavar:
        value = f" {info.metavar}"
    elif enum is not None:
        value = f" {'|'.join(str(member.value) for member in enum)}"
    else:
        value = " N"
    default = getattr(parameter.default, "value", parameter.default)
    is_there = default is not None and default is not inspect.Parameter.empty
    has_default = is_there and not isinstance(default, bool)
    meaning = " ".join((info.help or "").split())
    return code(names + value), meaning, code(str(default)) if has_default else ""


def exit_codes() -> str:
    """What the process's status says."""
    from gendsl.cli.exit_code import ExitCode

    meanings = {
        ExitCode.DONE: "done",
        ExitCode.WRONG_INPUT: "the model or the data are wrong",
        ExitCode.WRONG_COMMAND: "the command is wrong",
        ExitCode.INFERENCE_FAILED: "model and data fit each other, and inference failed",
        ExitCode.NOT_TO_BE_TRUSTED: "with `--strict`: there are warnings about the draws",
        ExitCode.INTERNAL_ERROR: "a fault of gendsl",
        ExitCode.INTERRUPTED: "interrupted, with nothing to keep (chains only; else 3)",
    }
    return table(("code", "meaning"), ((str(int(c)), meanings[c]) for c in ExitCode))
