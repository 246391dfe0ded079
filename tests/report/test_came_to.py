"""What became of what fell due: whoever was never granted it does not read that it did not apply."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item
from sandbox.game.play import RandomChoice, play
from sandbox.game.review.verdict import closed
from sandbox.game.session import Session
from sandbox.report.entries import came_to
from sandbox.report.reading import Reading
from sandbox.session.reviews import _shown
from tests.game.making import LIBRARY
from tests.session.support import spec_of


@pytest.mark.parametrize(
    ("lang", "never", "moot"), [("en", "never granted", "did not apply"), ("zh", "未获同意", "不适用")]
)
def test_what_was_never_granted_is_not_told_as_not_applicable(lang: Lang, never: str, moot: str) -> None:
    game = Game(spec_of(lang=lang, style="rules", model="none", stages=("training",)), LIBRARY)
    reading = Reading(Session(game, play(game, RandomChoice(game.templates))))

    def told(claim: Literal["moot", "broken", "kept"], account: Account) -> str:
        item = Item("T1", "training", "term", account.owner, "", {"q": "a"}, "open", ("a", "b"), account=account)
        (item,) = closed((_claimed(item, claim),))
        return came_to(reading, item)

    assert told("broken", Account("a", ungranted="withheld")) == never
    assert told("moot", Account("a", ungranted="nobody")) == never
    assert told("moot", Account("a")) == moot
    assert told("kept", Account("a", ungranted="withheld")) == reading.label("state.kept"), "done all the same"


def _claimed(item: Item, claim: Literal["moot", "broken", "kept"]) -> Item:
    assert item.account is not None
    return replace(item, account=replace(item.account, report="L001", claim=claim))


@pytest.mark.parametrize(
    ("lang", "never"), [("en", "never granted, and nobody’s failure"), ("zh", "没应下的事，不算落空")]
)
def test_who_speaks_in_a_review_reads_that_nobody_failed_in_what_was_never_granted(lang: Lang, never: str) -> None:
    spec = spec_of(lang=lang, style="free", stages=("training", "review"))
    for hears_all in (True, False):
        game = Game(spec.model_copy(update={"hears_all": hears_all}), LIBRARY)
        seat = game.present("training")[0]
        item = Item("T1", "training", "term", seat, "", {}, "open", (), account=Account(seat, ungranted="withheld"))
        told = _shown(game, _claimed(item, "broken"))["stands"]
        assert (told == never) == hears_all, "a session of earlier versions reads as it did"
