"""Votes turned about at the end: as the stage ends with what is carried in it, no two motions are carried by that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from nicegui import Client, events, ui
from nicegui.page import page

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.experiment.whatif.whatif import asked
from sandbox.game.game import Game
from sandbox.game.moment import Move
from sandbox.game.session import Session
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.report.whatif_words import WhatIfWords
from sandbox.web.decision_card import votes_turned
from sandbox.web.tables.audience import Viewer
from tests.content.folders import LIBRARY
from tests.session.desk import SEATS, Desk, rules_spec, run
from tests.session.support import new_folder

_AGAINST = SEATS[:2]


async def two_motions(folder: Path, lang: Lang) -> Session:
    """Play a session in which a motion falls by a vote, and another is carried after it."""
    game = Game(rules_spec(lang=lang), LIBRARY)
    terms = [{key: list(options)[place] for key, options in [*game.offered.items()][:1]} for place in (0, 1)]

    class People(Desk):
        async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
            answer = await super().ask(view, state)
            if view.motion is not None:
                falls = view.motion.terms == terms[0] and view.seat in _AGAINST
                return {**answer, "act": "object" if falls else "support"}
            put = {0: terms[0], 1: terms[1]}.get(view.turn, {})
            return {**answer, "act": "propose" if put else "inform", "terms": put}

    spec = rules_spec(
        persons=SEATS, stages=("public_engagement",), turns=8, lang=lang, changes=("aggregation.share=3/4",)
    )
    session = await run(new_folder(folder, lang), spec, People())
    fell, carried = session.decisions
    assert not fell["carried"]
    assert carried["carried"]
    return session


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_was_voted_on_after_a_motion_that_is_carried_by_turned_votes_would_not_have_come_to_it(
    tmp_path: Path, lang: Lang
) -> None:
    session, words, seat = await two_motions(tmp_path, lang), Words(lang), SEATS[0]
    with Client(page("/turned"), request=None) as client:
        votes_turned(session, words, Viewer("player", seat))
        labels = [each for each in client.elements.values() if isinstance(each, ui.label)]
        first, second = [each for each in labels if "data-recount" in each.props]
        before = second.text
        buttons = [each for each in client.elements.values() if each.props.get("data-turn-vote") == seat]

        def press() -> None:
            button = buttons[0]
            for listener in button._event_listeners.values():
                events.handle_event(
                    listener.handler, events.GenericEventArguments(sender=button, client=client, args={})
                )

        press()
        assert session.decisions[0]["carried"] is False
        assert second.text == words("turned.unput")
        assert first.text != second.text
        press()
        assert second.text == before, "as it was"
        assert words("turned.unput") not in first.text


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_what_if_says_which_motion_would_not_have_come_to_the_vote(tmp_path: Path, lang: Lang) -> None:
    session, words = await two_motions(tmp_path, lang), Words(lang)
    fell, carried = session.decisions
    line = next(each for each in session.lines if each["vote"] and each["about"] == fell["motion"]
                and each["seat"] in _AGAINST and has(each["act"], "opposes"))  # fmt: skip
    told = WhatIfWords(session.game, words).recounted(session, asked(session, line["id"], Move(act="support"), ()))
    assert words("whatif.unput", lines=[carried["motion"]]) in told
    rules = asked(session, session.lines[0]["id"], None, ("aggregation.share=more_than_half",))
    told = WhatIfWords(session.game, words).recounted(session, rules)
    assert words("whatif.unput", lines=[carried["motion"]]) in told
    assert told.count(carried["motion"]) == 1, "its votes are not counted anew"
