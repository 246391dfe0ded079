"""Arguments of `sandbox.run` and its like: checked before anything is played, and told by their names in Python."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from errno import EINVAL, ENAMETOOLONG
from numbers import Integral
from os import PathLike
from pathlib import Path
from typing import Any

from sandbox.cli.folders import Folders
from sandbox.cli.values import seeds_of
from sandbox.content.faults import short
from sandbox.content.words import refusal
from sandbox.errors import SandboxError

_OPTION = re.compile(r"--(set|cast|scenario|governance|city|rubric|lang|stages|turns|wording|temperature|seed"
                     r"|model-of|model|judge-model|judge-samples|max-tokens|content|out|store|seeds|districts|periods|sessions"
                     r"|without|format)\b")  # fmt: skip
_RENAMED = {"set": "changes", "model-of": "models", "format": "formats"}


@contextmanager
def in_python() -> Iterator[None]:
    """Let an error that speaks of options of the command line speak of arguments."""
    try:
        yield
    except SandboxError as error:
        error.args = (_as_arguments(str(error)),)
        error.hint = _as_arguments(error.hint)
        raise


def check_texts(**values: object) -> None:
    """Check that arguments are texts; raises `InputError` where one is something else."""
    for name, value in values.items():
        if not isinstance(value, str):
            raise _other(name, "text", value)


def number(name: str, value: object) -> int:
    """Return an argument that is a whole number, that of numpy among them; raises `InputError` for anything else."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise _other(name, "number", value)
    return int(value)


def seeds(name: str, value: object) -> tuple[int, ...]:
    """Return an argument that is several seeds, in order, each of them once; none stays none.

    Raises:
        InputError: it is something else, or a seed cannot be one.
    """
    if not isinstance(value, Iterable) or isinstance(value, str | bytes):
        raise _other(name, "numbers", value)
    numbers = ",".join(str(number(name, each)) for each in value)
    return seeds_of(numbers) if numbers else ()


def path(name: str, value: object) -> Path | None:
    """Return an argument that is a path, whether or not anything lies there; None stays None.

    Raises:
        InputError: it is something else, or no path can be so.
    """
    if value is None:
        return None
    if not isinstance(value, str | PathLike):
        raise _other(name, "path", value)
    place = Path(value)
    try:
        place.lstat()
    except (OSError, ValueError) as error:
        if isinstance(error, ValueError) or error.errno in (ENAMETOOLONG, EINVAL):
            raise _other(name, "path", str(place)) from None
    return place


def texts(name: str, value: object) -> list[str]:
    """Return an argument that is several texts; raises `InputError` for anything else, a single text among it."""
    listed = list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) else None
    if listed is None or not all(isinstance(each, str) for each in listed):
        raise _other(name, "texts", value)
    return listed


def texts_by_seat(name: str, value: object) -> dict[str, str]:
    """Return an argument that is a mapping of seats to texts; raises `InputError` for anything else."""
    if not isinstance(value, Mapping) or not all(isinstance(each, str) for pair in value.items() for each in pair):
        raise _other(name, "by_seat", value)
    return dict(value)


def _other(name: str, wanted: str, value: Any) -> SandboxError:
    return refusal(f"python.{wanted}", name=name, found=short(value if isinstance(value, str) else repr(value)))


def _as_arguments(text: str) -> str:
    return _OPTION.sub(lambda match: _RENAMED.get(match[1], match[1].replace("-", "_")), text)


def folders(content: Path | str | None, out: Path | str | None) -> Folders:
    """Return the folders of own content and of sessions, None for the settings'; raises `InputError` for no path."""
    return Folders(path("content", content), path("out", out))
