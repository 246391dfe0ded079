"""Whether a case can be played under the governance models that it names."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.library import Library
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc
from sandbox.errors import InputError, Said
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec


def unplayable(library: Library, case: str) -> Iterator[tuple[Loc, str, Said]]:
    """Yield why a case cannot be played under a model that it names: the place in its card, its field, and why."""
    for place, model in enumerate(library.scenario(case).governance):
        try:
            Game(SessionSpec(scenario=case, governance=model), library)
        except InputError as error:
            yield ("governance", place), "governance", said("content.unplayable", model=model, why=error)
