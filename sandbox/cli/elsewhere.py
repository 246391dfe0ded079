"""Where cards lie that were not found in the content."""

from __future__ import annotations

from pathlib import Path

from sandbox.cli.translation import LANG, translated
from sandbox.errors import ContentError, Said, SandboxError, UnknownError

_SHELVES = {"campaign": "network", "country": "network"}


def folders_with(kind: str, name: str) -> list[Path]:
    """Return the current folder, or those within it, that hold a card which the content in use does not have."""
    from sandbox.content.card_files import FOLDERS

    inside = {each: folders[0] for each, folders in FOLDERS.items()}.get(_SHELVES.get(kind, kind))  # type: ignore[call-overload]
    if inside is None or not name.isidentifier():
        return []
    patterns = (f"{inside}/{name}.yaml", f"*/{inside}/{name}.yaml")
    return sorted(file.parents[len(Path(inside).parts)] for pattern in patterns for file in Path().glob(pattern))


def elsewhere(error: SandboxError) -> str:
    """Return in which folders cards lie that were not found, a line each; empty where nobody knows."""
    named = [(error.kind, error.name)] if isinstance(error, UnknownError) else []
    for problem in error.problems if isinstance(error, ContentError) else ():
        says = getattr(problem, "says", "")
        if isinstance(says, Said) and says.key == "unknown":
            named.append((str(says.values["kind"]), str(says.values["name"])))
    if not named:
        return ""
    from sandbox.content.words import Words

    lies, words = "{kind} {name} is in {folder}/: --content {folder}", Words(LANG)
    lines = [
        translated(lies, kind=words.of("unknown.kind", kind), name=name, folder=folder)
        for kind, name in named
        for folder in folders_with(kind, name)[:1]
    ]
    return "\n".join(dict.fromkeys(lines))
