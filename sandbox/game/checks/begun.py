"""Which parts of a case that was begun from the card to start from still say what that says."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import yaml

from sandbox.content.language import LANGUAGES
from sandbox.content.scenario_card import Scenario
from sandbox.content.skeletons import skeleton
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc
from sandbox.errors import Said
from sandbox.game.checks.strangers import texts_in

_SHORT = {"en": 15, "zh": 6}
"""The most characters of a text that another case may have as well."""


def still_of_the_example(case: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield of a case with a title of its own, in one warning, the parts with texts of the card that it began from."""
    begun = _begun(case.id)
    if all(case.title.get(lang) == begun.title.get(lang) for lang in LANGUAGES):
        return
    known = {text.get(lang) for _, text in texts_in(begun) for lang in LANGUAGES if len(text.get(lang)) > _SHORT[lang]}
    kept = [loc for loc, text in texts_in(case) if not known.isdisjoint(text.get(lang) for lang in LANGUAGES)]
    if kept:
        parts = dict.fromkeys(str(loc[0]) for loc in kept)
        yield kept[0][:1], ", ".join(parts), said("content.of_the_example", count=len(kept))


@cache
def _begun(case_id: str) -> Scenario:
    return Scenario.model_validate(yaml.safe_load(skeleton("scenario", case_id)))
