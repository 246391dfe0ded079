"""Parts of a case that are still copied from the card with which it was begun."""

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
"""Texts of at most so many characters may be the same in two cases."""


def still_of_the_example(case: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield one warning with the parts of a case that still have texts of the card with which it was begun.

    A case with that card's title gives no warning.
    """
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
