"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sandbox.errors import InputError, unknown
from sandbox.settings import Settings

__all__ = [
    "Budget", "Content", "Gguf", "Json", "JudgeModel", "JudgeSamples", "MaxTokens", "Model", "Out", "Quiet",
    "Session", "formats_of", "settings_with",
]  # fmt: skip

Content = Annotated[Path | None, typer.Option("--content", help="Your own content folder; its files win.")]

Session = Annotated[str, typer.Argument(help="Session id, its beginning, its path, or: last (the one begun last)")]
Out = Annotated[Path | None, typer.Option("--out", help="Folder of sessions (default: runs, or SANDBOX_RUNS).")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only where the results are.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="Model at your endpoint, or embedded (default: SANDBOX_MODEL, or else embedded); none: rules only.",
    ),
]
JudgeModel = Annotated[
    str | None,
    typer.Option(
        "--judge-model",
        help="Model that judges (default: the one that plays); several with commas between; none: no judge.",
    ),
]
JudgeSamples = Annotated[
    int,
    typer.Option("--judge-samples", help="Votes of each judge on a criterion; the median counts.", min=1, max=9),
]
Gguf = Annotated[Path | None, typer.Option("--gguf", help="Another GGUF file for the embedded engine.")]
MaxTokens = Annotated[
    int | None,
    typer.Option("--max-tokens", help="Token budget of the session; a call that might exceed it is not made."),
]
Budget = Annotated[
    float | None,
    typer.Option("--budget", help="Money budget, as --max-tokens; needs SANDBOX_PRICE_INPUT and SANDBOX_PRICE_OUTPUT."),
]


def formats_of(written: Iterable[str], allowed: Sequence[str]) -> list[str]:
    """Return the formats that an option names, with commas between or more than once, each of them once.

    Raises:
        InputError: there is no such format; the message says which there are.
    """
    wanted = [part.strip() for option in written for part in option.split(",") if part.strip()]
    for form in wanted:
        if form not in allowed:
            raise InputError(f"--format: {unknown('format', form, allowed)}")
    return list(dict.fromkeys(wanted))


def settings_with(gguf: Path | None) -> Settings:
    """Return the environment's settings, with the GGUF file of an option where one is given."""
    settings = Settings.from_environment()
    return replace(settings, gguf=gguf) if gguf else settings
