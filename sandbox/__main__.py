"""``python -m sandbox`` is the command ``sandbox``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command; Ctrl+C ends it with a word at once, also while the program is still being read."""
    try:
        from sandbox.cli.app import main as command

        command()
    except KeyboardInterrupt:
        print("sandbox: interrupted", file=sys.stderr)  # noqa: T201
        sys.exit(130)


if __name__ == "__main__":
    main()
