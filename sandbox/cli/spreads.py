"""Results of countries that were played: where they lie, and which one is meant."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from typer import Argument

from sandbox.errors import InputError, unknown

__all__ = ["FOLDER", "Result", "check_lab", "spread_folder"]

FOLDER = "spreads"
_SAYS = "folder of a country that was played, its name or its beginning, or last (the one played last)."
Result = Annotated[str, Argument(metavar="RESULT", help=_SAYS.capitalize())]


def check_lab() -> None:
    """Raise `InputError` where what countries are played and read with is not installed."""
    from importlib.util import find_spec

    from sandbox.content.words import refusal

    if not find_spec("numba"):
        raise refusal("deck.refused.no_lab", command="pip install 'governance-sandbox[lab]'")


def spread_folder(ref: str, runs: Path) -> Path:
    """Return the folder of a result that is named by its path, by its name or the beginning of it, or as ``last``.

    A path to a folder without a result is returned as it is, so that reading it says what is wrong.

    Raises:
        InputError: there is no such result, or more than one.
    """
    from sandbox.diffusion.kept import MANIFEST

    path = Path(ref)
    if path.exists() and ref != "last":
        return path
    known = {file.parent.name: file for file in sorted((runs / FOLDER).glob(f"*/{MANIFEST}"))}
    if ref == "last" and known:
        return max(known.values(), key=lambda file: file.stat().st_mtime_ns).parent
    matches = [ref] if ref in known else [name for name in known if name.startswith(ref)]
    if len(matches) == 1:
        return known[matches[0]].parent
    if matches:
        raise InputError(f"'{ref}' fits {len(matches)} results: {', '.join(matches)}")
    missing = InputError(f"{unknown('result', ref, known)} (looked in {runs / FOLDER})")
    missing.hint = "one is made with: sandbox diffuse run NETWORK"
    raise missing
