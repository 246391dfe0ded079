"""Prints text without control characters."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import typer

from sandbox.content.plain import json_text, plain


def echo(text: str, err: bool = False) -> None:
    """Print text and a newline, to standard error with ``err``."""
    typer.echo(plain(text), err=err)


def echo_problem(problem: str, told: str, before: str = "", err: bool = False) -> None:
    """Print the message of a file's fault or warning, its place in red or yellow on a terminal."""
    from rich.text import Text

    from sandbox.cli.console import Console

    doubt, ends = getattr(problem, "severity", "") == "warning", len(getattr(problem, "where", ""))
    text = Text(before + told)
    ends = told.find(": ", ends + 2) if doubt else ends
    text.stylize("yellow" if doubt else "red", len(before), len(before) + max(0, ends))
    Console(stderr=err, highlight=False).print(text, soft_wrap=True)


def echo_paths(paths: Iterable[Path], err: bool = False) -> None:
    """Print paths, one per line."""
    for path in paths:
        echo(str(path), err)


def echo_json(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json_text(value))
