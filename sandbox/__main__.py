"""``python -m sandbox`` is the command ``sandbox``."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import suppress

__all__ = ["main", "process"]


def main() -> None:
    """Run the command; Ctrl+C ends it with a word at once, also while the program is still being read."""
    told = "interrupted; nothing was begun"
    try:
        from sandbox.cli.app import main as command

        told = "interrupted"
        command()
    except KeyboardInterrupt:
        print(f"sandbox: {told}", file=sys.stderr)  # noqa: T201
        sys.exit(130)


def process() -> None:
    """Run the command as all that this process does."""
    code: int | str | None = None

    def leave() -> None:
        # The embedded engine may be in the midst of an answer: taken apart then, it crashes, whatever the code was.
        if "xllamacpp" in sys.modules:
            for stream in (sys.stdout, sys.stderr):
                with suppress(OSError, ValueError):
                    stream.flush()
            os._exit(code if isinstance(code, int) else bool(code))

    atexit.register(leave)  # what is registered later is done before it
    try:
        main()
    except SystemExit as end:
        code = end.code
        raise


if __name__ == "__main__":
    process()
