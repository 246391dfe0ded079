"""The command ``sandbox``."""

from __future__ import annotations

import atexit
import errno
import gc
import io
import os
import sys

import typer

from sandbox import __version__
from sandbox.cli.groups import Commands, lazy_group
from sandbox.cli.printing import echo, echo_problem
from sandbox.cli.translation import said, translated, why
from sandbox.content.plain import clipped, plain
from sandbox.errors import ContentError, InterruptedSessionError, SandboxError, StorageError
from sandbox.settings import language

# Modules of this package, and the commands in each, in the order in which help lists them.
_COMMANDS = (
    ("sessions", ("run", "play", "resume", "replay")),
    ("results", ("score", "report", "debrief")),
    ("content", ("show", "list", "validate", "new", "graph", "doctor")),
    ("rules", ("rules",)),
    ("serve", ("serve",)),
    ("whatif", ("branch",)),
    ("sent", ("prompt",)),
    ("whatif", ("whatif",)),
    ("results", ("compare",)),
    ("results", ("export",)),
    ("audit", ("audit",)),
    ("judge", ("judge",)),
    ("experiment", ("experiment",)),
    ("campaign", ("campaign",)),
    ("diffuse", ("diffuse",)),
)
# What a disk, or a device behind an output, says when it takes no more.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS)
# How much is made before it is looked through for garbage: nearly all that a command makes to begin with stays.
_MADE = 10_000
_LONGEST_NAME = 200  # characters of a path, as a message names it
app = Commands(
    name="sandbox",
    help="Role-play of a governance reform: personas and people, under rules that the program enforces.",
    epilog="Begin with: sandbox replay showcase; then: sandbox run --model cards. Both need no model and no key.",
    cls=lazy_group({name: f"{__package__}.{module}" for module, names in _COMMANDS for name in names}),
    no_args_is_help=True,
    add_completion=False,
)


def _version(value: bool) -> None:
    if value:
        from sandbox.content.program import code_digest

        echo(f"governance-sandbox {__version__} ({translated('code {digest}', digest=code_digest())})")
        echo(translated("code: a digest of the program and its content, equal wherever the same files are; no commit"))
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help=translated("Show the version.")
    ),
) -> None:
    """Role-play of a governance reform: personas and people, under rules that the program enforces."""


def main() -> None:
    """Run the command line; a user's errors become one message and an exit code, without a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # where a terminal has no Chinese, JSON still holds it
    gc.set_threshold(_MADE)
    atexit.register(gc.freeze)  # what is left ends with the process, and is not looked through once more
    try:
        language()
        app()
    except SystemExit as end:
        if end.code == InterruptedSessionError.exit_code:  # Typer's own, which says nothing
            raise KeyboardInterrupt from None
        raise
    except SandboxError as error:
        from sandbox.cli.folders import elsewhere

        error.hint = error.hint or elsewhere(error)
        faults = error.problems if isinstance(error, ContentError) else []
        for fault in faults:
            echo_problem(fault, said(fault), "sandbox: ", err=True)
        for line in f"{'' if faults else why(error)}\n{error.hint}".strip().splitlines():
            print(f"sandbox: {plain(line)}", file=sys.stderr)  # noqa: T201
        sys.exit(error.exit_code)
    except OSError as error:
        if error.errno in _FULL:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is not tried again at the end
            cause = translated("cannot write: {why}", why=error.strerror)
        elif error.filename is not None:
            name = clipped(plain(str(error.filename)), _LONGEST_NAME)
            cause = translated("cannot use {name}: {why}", name=name, why=error.strerror)
        elif isinstance(error, FileNotFoundError):
            cause = translated("the folder that it was called in does not exist any more; call it in another")
        else:
            raise
        print(f"sandbox: {cause}", file=sys.stderr)  # noqa: T201
        sys.exit(StorageError.exit_code)
