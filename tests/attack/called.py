"""Calls the command in this process, and says what of that which came out should not have."""

from __future__ import annotations

import io
import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from sandbox.__main__ import main
from sandbox.content.plain import plain

__all__ = ["LONGEST", "MOST_SECONDS", "Called", "call", "in_time", "jargon", "unfit"]

MOST_SECONDS = 10.0
"""Seconds of processor time that the answer to one input may take."""
LONGEST, _LONGEST_WHOLE = 900, 60_000
"""Characters that one line of a message may have."""
_PATIENCE = 60
# What only a programmer knows: names of types, and what Python and the libraries say of their own accord.
_JARGON = re.compile(
    r"Traceback|pydantic|jinja2|TypedDict|NoneType|\bNone\b|valid (?:string|dictionary|tuple|list|integer|boolean)\b"
    r"|instance of|validation error"
    r"|'\w+' object|has no attribute|unhashable|codec can't|[a-z]Error\b|<class |<function "
    r"|object at 0x|positional arg|keyword arg|not subscriptable|not iterable|not callable|invalid literal"
    r"|could not convert|Expecting |\(char \d+\)|Extra data|recursion|unpack|(?<!!)\bstr\b|\bdict\b|\btuple\b|\[Errno"
    r"|Exceeds the limit|unsupported operand|not supported between|index out of|discriminator|Field required"
    r"|Extra inputs|model_type|surrogates not allowed|embedded null"
)


class TooLongError(BaseException):
    """Something took so long that it was broken off; no handler of the program takes it for an error of its own."""


@dataclass(frozen=True)
class Called:
    """How a command ended: its exit code (None where it broke), seconds of processor time, and what it wrote."""

    code: int | None
    seconds: float
    out: str
    err: str

    def complaints(self, allowed: Sequence[int] = (0, 2)) -> list[str]:
        """Return what should not have been; ``allowed`` are the exit codes that may be."""
        if self.code is None:
            return [f"broke: {self.err[-700:]}"]
        message = self.message
        return [
            *([f"exit code {self.code}: {self.err[-300:]}"] if self.code not in allowed else []),
            *(["no message"] if self.code and not (message + self.out).strip() else []),
            *([f"{self.seconds:.0f} s"] if self.seconds > MOST_SECONDS else []),
            *unfit(message if self.code else ""),
            *(["steers the terminal"] if plain(self.out + self.err) != self.out + self.err else []),
        ]

    @property
    def message(self) -> str:
        """What it said when it was refused."""
        return "\n".join(line.removeprefix("sandbox: ") for line in self.err.splitlines())


def call(
    arguments: Sequence[str], home: Path, environment: Mapping[str, str] | None = None, typed: bytes = b""
) -> Called:
    """Call a command; its sessions lie in ``runs`` of a folder.

    Args:
        arguments: what follows ``sandbox``.
        home: the folder.
        environment: further variables.
        typed: what it reads from the terminal.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace") for _ in range(2))
    read = io.TextIOWrapper(io.BytesIO(typed), encoding="utf-8")
    code: int | None = 0
    began = time.process_time()
    variables = {"SANDBOX_RUNS": str(home / "runs"), "COLUMNS": "100", **(environment or {})}
    with (
        chdir(home), mock.patch.dict(os.environ, variables), mock.patch.object(sys, "argv", ["sandbox", *arguments]),
        mock.patch.object(sys, "stdout", out), mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "stdin", read),
    ):  # fmt: skip
        try:
            with in_time():
                main()
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:  # noqa: BLE001
            code = None
            traceback.print_exc()
    for stream in (out, err):
        stream.flush()
    written = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return Called(code, time.process_time() - began, *written)


@contextmanager
def in_time(seconds: int = _PATIENCE) -> Iterator[None]:
    """Break off what takes longer than so many seconds."""

    def stop(*_: object) -> None:
        raise TooLongError(f"still running after {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def unfit(message: str) -> list[str]:
    """Return what is wrong with the message of an error: words of programmers, too long, what steers a terminal."""
    longest = max(map(len, message.splitlines()), default=0)
    word = jargon(message)
    return [
        *([f"jargon '{word}': {message[:400]}"] if word else []),
        *([f"a line of {longest} characters: {message[:300]}"] if longest > LONGEST else []),
        *([f"a message of {len(message)} characters"] if len(message) > _LONGEST_WHOLE else []),
        *(["steers the terminal"] if plain(message) != message else []),
    ]


def jargon(message: str) -> str:
    """Return the first word of a programmer in a message, or nothing."""
    match = _JARGON.search(message)
    return match[0] if match else ""
