"""The caller's language: help is looked up by its English sentences, and errors of usage have our own words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sandbox.errors import InputError, Problem, SandboxError
from sandbox.settings import language

if TYPE_CHECKING:
    from rich.table import Table


_VALUE, _TYPE = re.compile(r"(?<= )[A-Z]+$"), re.compile(r" <\w+>")
_BOUNDS = re.compile(r"; (?=[\d.<>=x-]+\]$)")
_WIDEST = 100  # cells of a line of help

try:
    LANG = language()
except InputError:  # the command says so when it begins
    LANG = "en"


def translated(sentence: str, /, **values: object) -> str:
    """Return a sentence of help or a note in the caller's language, with its values; untranslated ones as they are."""
    return translated_to(LANG, sentence, **values)


def translated_to(lang: str, sentence: str, /, **values: object) -> str:
    """Return a sentence of help or a note in a given language, as `translated` does."""
    text = _sentences().get(sentence, sentence) if lang == "zh" else sentence
    return text.format(**values) if values else text


def said(message: str) -> str:
    """Return a message, or a fault of a file, in the caller's language if it has a key."""
    if LANG == "en":
        return str(message)
    from sandbox.content.words import Words

    return Words(LANG).problem(message) if isinstance(message, Problem) else Words(LANG).said(message)


def why(error: SandboxError) -> str:
    """Return the message of an error, likewise."""
    if LANG == "en":
        return str(error)
    from sandbox.content.words import Words

    return Words(LANG).error(error)


@cache
def _sentences() -> Mapping[str, str]:
    from sandbox.content.yaml_source import read_yaml

    sentences: Mapping[str, str] = read_yaml(Path(__file__).with_name("help_zh.yaml")).data
    return sentences


def chinese_page(command: Any, ctx: Any) -> str:
    """Return the help of a command in Chinese, since Typer breaks lines at spaces, which Chinese does not have."""
    from rich.console import Group
    from rich.padding import Padding
    from rich.text import Text

    from sandbox.cli.console import Console

    usage = " ".join(command.collect_usage_pieces(ctx)).replace("[OPTIONS]", "[选项]")
    parts: list[Any] = [Text(f"用法：{ctx.command_path} {usage}")]
    parts += [Padding(Text(text), (1, 0, 0, 2)) for text in (command.help or "").split("\n\n") if text]
    records = [(each.param_type_name, each.get_help_record(ctx)) for each in command.get_params(ctx)]
    sections = {
        "参数": [record for kind, record in records if record and kind == "argument"],
        "选项": [record for kind, record in records if record and kind == "option"],
        "命令": [
            (name, command.get_command(ctx, name).help.partition("\n")[0])
            for name in (command.list_commands(ctx) if hasattr(command, "list_commands") else ())
        ],
    }
    parts += [Group("", f"{heading}：", _columns(rows)) for heading, rows in sections.items() if rows]
    parts += [Padding(Text(command.epilog), (1, 0, 0, 2))] if command.epilog else []
    page = StringIO()
    width = min(shutil.get_terminal_size().columns, _WIDEST)
    Console(file=page, width=width, highlight=False, markup=False).print(*parts)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _columns(rows: list[tuple[str, str]]) -> Table:
    from rich.table import Table
    from rich.text import Text

    columns = Table.grid(padding=(0, 0, 0, 2), pad_edge=True)
    columns.add_column(no_wrap=True)
    columns.add_column(overflow="fold")
    for name, says in rows:
        told = _BOUNDS.sub("；", says.replace("[default: ", "[默认：").replace("[required]", "[必填]"))
        columns.add_row(_VALUE.sub(lambda word: translated(word[0]), _TYPE.sub("", name)), Text(told))
    return columns


# The class of all such errors has no name that each version of the library offers.
_USAGE: type[Exception] = typer.BadParameter.__bases__[0]
_FOLDER = "DIR"
_PLAYED = ("session", "sessions", "first", "ref")
_MISSING = {
    "--at": "--at is missing: it names a line, as in --at L012",
    "--round": "--round is missing: it names a round, as in --round 2",
}
# Where another course begins, by the option that says so of the other kind of play.
_PARTS = {
    "--at": " A campaign goes by rounds: --round 2. A session goes by lines: sandbox {command} ID --at L012",
    "--round": " A session goes by lines: --at L012. A campaign goes by rounds: sandbox campaign {command} "
    "ID --round 2",
}
_NAMES = re.compile(r"\s\((.*)\)$", re.DOTALL)


@contextmanager
def in_own_words() -> Iterator[None]:
    """Turn the library's errors of usage into errors in the caller's language.

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
        if name == "--to" and error.param.metavar == _FOLDER:
            return translated("--to is missing: it names the folder, as in --to tables")
        if error.param.name in _PLAYED:
            return translated("{name} is missing: what was played, by its id, or last, or showcase", name=name)
        return translated(_MISSING.get(name, "{name} is missing"), name=name)
    if kind == "NoSuchOption":
        near = ", ".join(sorted(error.possibilities or ()))
        alike = translated(" Did you mean {names}?", names=near) if near else ""
        if name == "--model":
            goes_on = (
                " A campaign goes on with the model that it has. Another one from a round on: "
                "sandbox campaign branch ID --round 2 --model NAME"
            )
            plays_not = " Nothing is played here: leave it out. Who played is known from what was kept."
            alike = translated(goes_on if error.ctx.command_path.endswith(" campaign resume") else plays_not)
        if name == "--lang":
            alike = translated(" Help and messages are in the language of SANDBOX_LANG: for 中文, SANDBOX_LANG=zh.")
        if name in _PARTS and error.ctx.info_name in ("whatif", "branch"):
            alike = translated(_PARTS[name], command=error.ctx.info_name)
        return translated("there is no option {name}.", name=name) + alike
    if kind == "BadOptionUsage":
        return translated("{name} takes no value" if "not take" in error.message else "{name} needs a value", name=name)
    if cause is not None and hasattr(cause, "errors"):
        from sandbox.content.faults import finding

        return f"{name}: {said(finding(cause.errors()[0]))}"
    if "unexpected extra" in error.message and (names := _NAMES.search(error.message)):
        if error.ctx.command_path.endswith((" rules", " experiment sensitivity")):
            return translated(
                "nothing is expected at: {names}; models are named by --governance {names}", names=names[1]
            )
        if any(_name(each) == "--to" and each.metavar == _FOLDER for each in error.ctx.command.params):
            return translated("nothing is expected at: {names}; a folder is named by --to {names}", names=names[1])
        if any(_name(each) == "--scenario" for each in error.ctx.command.params):
            return translated("nothing is expected at: {names}; a case is named by --scenario {names}", names=names[1])
        return translated("nothing is expected at: {names}", names=names[1])
    return f"{name}: {error.message}" if name else str(error.format_message())


def _name(parameter: Any) -> str:
    if parameter is None:
        return ""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    return str(max(parameter.opts, key=len))
