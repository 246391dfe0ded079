"""Groups of commands, imported on demand, whose options may come in dataclasses."""

from __future__ import annotations

import inspect
import re
from collections import UserDict
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import wraps
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_group
from typer.models import OptionInfo, ParameterInfo

from sandbox.cli.translation import LANG, chinese_page, in_own_words, translated
from sandbox.errors import InputError, unknown

_LONGEST = 500  # characters of a sentence of help
_PAPERS = ("minutes", "transcript", "handout", "points")
_VALUES = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}
"""The placeholder of an option's value in help."""


class Commands(typer.Typer):
    """The commands of a module; a dataclass among a command's parameters stands for its fields as options."""

    def __init__(self, **settings: Any) -> None:
        said = {name: translated(settings[name]) for name in ("help", "epilog") if name in settings}
        defaults = {"cls": CommandGroup, "rich_markup_mode": None, "pretty_exceptions_enable": False}
        super().__init__(**defaults | settings | said)

    def command(self, *names: Any, **settings: Any) -> Callable[[Any], Any]:
        """Add a command."""

        def add(command: Callable[..., None]) -> Callable[..., None]:
            said = translated(inspect.getdoc(command) or "")
            return super(Commands, self).command(*names, cls=Command, help=said, **settings)(_spread(command))

        return add


class _Helpful:
    def get_help_option(self, ctx: Any) -> Any:
        """Return the help option, with false as default, so that no validator is imported."""
        option = super().get_help_option(ctx)  # type: ignore[misc]
        if option is not None:
            option.default = False
            option.help = translated(option.help)
        return option

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the parts of the usage line; required arguments have the same names as in the list of arguments."""
        pieces = super().collect_usage_pieces(ctx)  # type: ignore[misc]
        return [re.sub(r"\{(\w+)[.}]*", r"\1", piece) + "..." * piece.endswith("...") for piece in pieces]

    def get_help(self, ctx: Any) -> str:
        """Return the page of help."""
        return chinese_page(self, ctx) if LANG == "zh" else super().get_help(ctx)  # type: ignore[misc]


class Command(_Helpful, TyperCommand):
    """A command."""


class CommandGroup(_Helpful, TyperGroup):
    """A group of commands."""

    def make_context(self, *arguments: Any, **settings: Any) -> Any:
        """Read the options before a command."""
        with in_own_words():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Read a command and run it."""
        with in_own_words():
            return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the named command; raises `InputError` if there is none."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
            if args[0] in _PAPERS:
                paper = "{name} is a paper of a session: sandbox report ID --format {name}"
                raise InputError(translated(paper, name=args[0]))
            raise InputError(unknown("command", args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """List the commands, each with its whole first sentence."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(_LONGEST)) for name, command in commands if command])


class _Modules(UserDict[str, Any]):
    """Commands by name, whose modules are imported on first use."""

    def __init__(self, modules: Mapping[str, str]) -> None:
        self.data = dict.fromkeys(modules)
        self._modules = modules

    def __getitem__(self, name: str) -> Any:
        if self.data[name] is None:
            self.data.update(get_group(import_module(self._modules[name]).app).commands)
        return self.data[name]


def lazy_group(modules: Mapping[str, str]) -> type[CommandGroup]:
    """Return a class of groups whose commands are in the ``app`` of modules, in the order of help."""

    class LazyGroup(CommandGroup):
        def __init__(self, **settings: Any) -> None:
            super().__init__(**{**settings, "commands": _Modules(modules)})

    return LazyGroup


def _spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command with each dataclass among its parameters replaced by its fields."""
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}
    parameters = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind: Any = hints[name]
        options = [(name, parameter.default, kind)]
        if name in groups:
            types = get_type_hints(kind, include_extras=True)
            empty = inspect.Parameter.empty
            options = [
                (option.name, empty if option.default is MISSING else option.default, types[option.name])
                for option in fields(kind)
            ]
        for option, default, annotation in options:
            _say(annotation)
            parameters.append(
                inspect.Parameter(option, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
            )

    @wraps(command)
    def spread(**values: Any) -> None:
        for name, kind in groups.items():
            values[name] = kind(**{option.name: values.pop(option.name) for option in fields(kind)})
        command(**values)

    spread.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spread


def _say(annotation: Any) -> None:
    """Translate the help of an option to the caller's language, and set the placeholder of its value if missing."""
    kind, *beside = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    while get_args(kind):  # a list of them, or one that need not be given
        kind = get_args(kind)[0]
    for info in beside:
        if isinstance(info, ParameterInfo) and info.help:
            info.help = translated(info.help)
        if isinstance(info, OptionInfo) and info.metavar is None and kind in _VALUES:
            info.metavar = translated(_VALUES[kind])
