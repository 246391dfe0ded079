"""What is said of a command that is written wrongly: in the words of this program, where its library has its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer

from sandbox.cli.translation import said, translated
from sandbox.errors import InputError

# The class of all such errors has no name that each version of the library offers.
_USAGE: type[Exception] = typer.BadParameter.__bases__[0]
_NAMES = re.compile(r"\s\((.*)\)$", re.DOTALL)


@contextmanager
def in_own_words() -> Iterator[None]:
    """Let what the library says of a command that is written wrongly be said in the caller's language.

    Raises:
        InputError: the command is written wrongly.
    """
    try:
        yield
    except _USAGE as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        refused = InputError(_words(error))
        context = getattr(error, "ctx", None)
        if context is not None:
            refused.hint = translated("see: {command} --help", command=context.command_path)
        raise refused from error


def _words(error: Any) -> str:
    kind, cause = type(error).__name__, error.__cause__
    name = _name(getattr(error, "param", None)) or getattr(error, "option_name", "")
    if kind == "MissingParameter":
        return translated("{name} is missing", name=name)
    if kind == "NoSuchOption":
        near = ", ".join(sorted(error.possibilities or ()))
        alike = translated(" Did you mean {names}?", names=near) if near else ""
        return translated("there is no option {name}.", name=name) + alike
    if kind == "BadOptionUsage":
        return translated("{name} takes no value" if "not take" in error.message else "{name} needs a value", name=name)
    if cause is not None and hasattr(cause, "errors"):
        from sandbox.content.faults import finding

        return f"{name}: {said(finding(cause.errors()[0]))}"
    if "unexpected extra" in error.message and (names := _NAMES.search(error.message)):
        return translated("nothing is expected at: {names}", names=names[1])
    return f"{name}: {error.message}" if name else str(error.format_message())


def _name(parameter: Any) -> str:
    if parameter is None:
        return ""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return str(max(parameter.opts, key=len))
