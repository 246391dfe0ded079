"""The version of this program, and a digest of its code and shipped content."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from sandbox import __version__
from sandbox.content.card_files import shipped_root

_CODE = (".css", ".js", ".md", ".py", ".yaml")


def program() -> str:
    """Return the name of the program with `own_version`, as results keep it."""
    return f"governance-sandbox {own_version()}"


def own_version() -> str:
    """Return the version of the program with its `code_digest`."""
    return f"{__version__} (code {code_digest()})"


@cache
def code_digest() -> str:
    """Return a digest of the installed code and shipped content."""
    package = Path(__file__).parents[1]
    shipped, seen = shipped_root(), hashlib.sha256()
    for root, folder in ((package.parent, package), (shipped, shipped / "personas"), (shipped, shipped / "prompts")):
        for path in sorted(folder.rglob("*")):
            if path.suffix in _CODE and "_content" not in path.relative_to(root).parts:
                seen.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
    return seen.hexdigest()[:10]
