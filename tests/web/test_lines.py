"""The transcript on a page: what is private looks it, a vote without words has none, and a line costs little."""

from __future__ import annotations

import gc
import re
import tracemalloc
from dataclasses import replace
from html import escape, unescape
from importlib.resources import files
from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.page import page

from sandbox.content.acts import has
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.fold import fold
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import matter
from sandbox.game.motions.vote_floor import left_behind
from sandbox.game.review.reporting import reported_of
from sandbox.game.session import Session
from sandbox.record.events import Event
from sandbox.record.line import ALL
from sandbox.web.decision_card import motion_card
from sandbox.web.lines import Transcript
from sandbox.web.tables.audience import PROJECTOR, Viewer
from sandbox.web.tables.waiting import no_motion_text
from tests.report.conftest import Scored, first_drawn

both = pytest.mark.parametrize("lang", LANGUAGES)
_LINES = 25
_MOST_KB = 10
_ATTACK = '<img src=x onerror=hacked=1> "quoted" & said'


def _session(lang: Lang = "en") -> Session:
    return first_drawn(lambda scored: any(event.kind == "decision" for event in scored.events), lang=lang).as_read


def _lines(session: Session) -> list[Event]:
    return [event for event in session.events if event.kind == "line"]


def _changed(event: Event, **fields: Any) -> Event:
    return replace(event, payload={**event.payload, **fields})


async def _drawn(
    session: Session, viewer: Viewer, *events: Event, tools: bool = False, lang: Lang | None = None
) -> str:
    """Return what a page shows of some events, as HTML; a page in the session's language, or in another."""
    words = Words(lang) if lang else session.game.words
    with Client(page("/transcript"), request=None):
        transcript = Transcript(lambda: session, viewer, words, (lambda _: None) if tools else None)
        for event in events:
            transcript.event(event)
        shown = transcript._lines.default_slot.children
        return "".join(one.content for one in shown if isinstance(one, ui.html))


@both
async def test_a_vote_without_words_says_so(lang: Lang) -> None:
    session = _session(lang)
    vote = next(event for event in _lines(session) if event.payload["vote"])
    words = Words(lang)
    for act, key in (("support", "vote_for"), ("object", "vote_against"), ("abstain", "abstained")):
        shown = await _drawn(session, Viewer("observer"), _changed(vote, act=act, says=""))
        assert words(f"silent.{key}") in shown
        assert "says" not in shown
        assert words(f"mark.{key}") not in shown
        spoken = await _drawn(session, Viewer("observer"), _changed(vote, act=act, says="I have said why."))
        assert words(f"silent.{key}") not in spoken
        assert words(f"mark.{key}") in spoken


async def test_what_the_program_says_of_a_line_is_in_the_language_of_the_page_and_names_are_the_tables() -> None:
    session, words, zh = _session("en"), Words("en"), Words("zh")
    motion = next(e for e in _lines(session) if e.payload["terms"] and not e.payload["vote"])
    motion = _changed(motion, to=ALL)
    seat, game = motion.payload["seat"], session.game
    shown = await _drawn(session, Viewer("facilitator"), motion, lang="zh")
    ((_, option), *_) = game.in_language("zh").in_words(motion.payload["terms"])
    for text in (game.role(seat, "zh"), zh("everyone"), option, game.name(seat)):
        assert text in shown
    for text in (game.role(seat), words("everyone"), game.in_words(motion.payload["terms"])[0][1]):
        assert text not in shown.replace(motion.payload["says"], "")
    (item,) = (each for each in session.items if each.line == motion.payload["id"])
    with Client(page("/motion"), request=None) as client:
        in_stage: Any = {**session.state, "stage": [stage.id for stage in game.stages].index(item.stage)}
        motion_card(replace(session, state=in_stage), zh, (), item)
        card = " ".join(str(getattr(each, "text", "")) for each in client.elements.values())
    assert option in card
    assert " vote" not in card.replace(item.says, ""), "how it is carried is told in Chinese too"
    assert game.name(seat) in card


@both
async def test_what_only_some_hear_looks_private(lang: Lang) -> None:
    session, words = _session(lang), Words(lang)
    line = _lines(session)[0]
    speaker, listener = line.seat, next(seat for seat in session.game.present(line.stage) if seat != line.seat)
    aside = _changed(line, to=listener, visible_to=[speaker, listener])
    heard = await _drawn(session, Viewer("player", listener), aside)
    assert words("only.you") in heard
    assert "private" in heard
    own = await _drawn(session, Viewer("player", speaker), aside)
    assert words("only.names", names=[session.game.name(listener)]) in own
    desk = await _drawn(session, Viewer("facilitator"), aside)
    assert words("only.names", names=[session.game.name(listener)]) in desk
    assert await _drawn(session, Viewer("observer"), aside) == ""
    assert "private" not in await _drawn(session, Viewer("player", listener), line)


async def test_texts_are_text_and_every_line_has_one_button() -> None:
    session = _session()
    line = _changed(_lines(session)[0], says=_ATTACK)
    shown = await _drawn(session, Viewer("facilitator"), line, tools=True)
    assert "<img" not in shown
    assert "&lt;img src=x onerror=hacked=1&gt; &quot;quoted&quot; &amp; said" in shown
    assert re.findall(r'data-tool="(\w+)"', shown) == [line.payload["id"]]
    assert "data-tool" not in await _drawn(session, Viewer("facilitator"), line)


async def test_a_motion_that_was_not_carried_does_not_look_like_a_decision() -> None:
    session = first_drawn(
        lambda one: {event.payload["carried"] for event in one.events if event.kind == "decision"} == {True, False}
    ).as_read
    taken = [event for event in session.events if event.kind == "decision"]
    for event in taken:
        shown = await _drawn(session, PROJECTOR, event)
        assert ("notice decision lost" in shown) == (not event.payload["carried"])


@both
async def test_a_decision_is_told_in_the_words_of_its_options(lang: Lang) -> None:
    scored = first_drawn(
        lambda one: any(event.kind == "decision" and event.payload["carried"] for event in one.events), lang=lang
    )
    session = scored.as_read
    taken = next(event for event in session.events if event.kind == "decision" and event.payload["carried"])
    shown = await _drawn(session, Viewer("observer"), taken)
    for question, option in session.game.in_words(taken.payload["terms"]):
        assert f"{question} <strong>{option}" in unescape(shown)
    agreed = taken.payload["payer_agreed"]
    for text in (session.game.governance.name.get(lang), *(budget[lang] for budget in taken.payload["budget"])):
        assert (text in shown) != agreed, "from what the rules would pay is told where no option says who does"


@both
async def test_what_a_report_is_on_is_told_where_its_words_do_not_tell(lang: Lang) -> None:
    def reviewed(scored: Scored) -> bool:
        return any(event.kind == "line" and has(event.payload["act"], "reports") for event in scored.events)

    session = first_drawn(reviewed, lang=lang, stages=("public_engagement", "review")).as_read
    report = next(event for event in _lines(session) if has(event.payload["act"], "reports"))
    item = reported_of(session.items, report.payload["about"])
    assert item
    mark = escape(Words(lang)("mark.matter", matter=matter(session.game, item)))
    assert mark not in await _drawn(session, Viewer("observer"), report)
    assert mark in await _drawn(session, Viewer("observer"), _changed(report, says="!"))


@both
def test_why_a_seat_has_the_floor_is_said_in_words(lang: Lang) -> None:
    for why in ("unheard", "returns", "news", "asked", "opens", "cascade", "addressed", "chairs", "quiet", "motion"):
        assert f"floor.{why}" in Words(lang)


async def test_a_line_costs_the_server_little() -> None:
    session = _session()
    said = _lines(session)
    many = [
        replace(_changed(said[number % len(said)], says="word " * 60, id=f"L{number:03d}"), seq=1000 + number)
        for number in range(_LINES)
    ]
    with Client(page("/transcript"), request=None) as client:
        transcript = Transcript(lambda: session, Viewer("facilitator"), session.game.words, lambda _: None)
        gc.freeze()  # what is collected below is what the lines leave alone
        tracemalloc.start()
        for event in many:
            transcript.event(event)
        client.outbox.updates.clear()
        gc.collect()
        took = tracemalloc.get_traced_memory()[0]
        tracemalloc.stop()
    assert took / _LINES < 1024 * _MOST_KB


async def test_votes_are_told_together_when_all_are_in_whenever_the_page_is_opened() -> None:
    session = _session("zh")
    votes = [event for event in _lines(session) if event.payload["vote"]]
    put = votes[0].payload["about"]
    votes = [event for event in votes if event.payload["about"] == put]
    assert len(votes) > 2
    ids = [event.payload["id"] for event in votes]
    for opened_at in (0, votes[1].seq + 1):
        told: dict[str, list[list[str]]] = {"projector": [], "facilitator": []}
        for role, viewer in (("projector", PROJECTOR), ("facilitator", Viewer("facilitator"))):
            grown = [Session.of(session.game, session.events[:opened_at])]
            with Client(page("/transcript"), request=None):
                transcript = Transcript(lambda grown=grown: grown[0], viewer, session.game.words)  # type: ignore[misc]
                transcript.replay(session.events[:opened_at])
                for place, event in enumerate(session.events[opened_at:], opened_at + 1):
                    grown[0] = Session.of(session.game, session.events[:place])
                    transcript.event(event)
                    shown = "".join(
                        one.content for one in transcript._lines.default_slot.children if isinstance(one, ui.html)
                    )
                    told[role].append([line for line in re.findall(r'data-line="(L\d+)"', shown) if line in ids])
        assert {len(lines) for lines in told["projector"]} == {0, len(ids)}, "none, and then all"
        assert told["projector"][-1] == told["facilitator"][-1] == ids, "in their order, each once"
        assert 0 < len(told["facilitator"][max(0, votes[1].seq + 1 - opened_at)]) < len(ids), (
            "who facilitates sees each"
        )


def test_who_speaks_has_the_same_colours_at_the_table_and_in_documents() -> None:
    app, document = (files("sandbox") / name for name in ("web/page.css", "report/document/document.css"))
    table = re.findall(r"\.seat-\d \{ --seat: (#\w+); \}", app.read_text(encoding="utf-8"))
    written = re.findall(r"--s\d: (#\w+);", document.read_text(encoding="utf-8"))
    assert len(table) == 16, "of eight seats, by day and by night"
    assert table == written


def _begins_with_a_motion(scored: Scored) -> bool:
    """Return whether a motion that the room heard stands as a later stage begins that decides."""
    return bool(_left_behind(_as_the_last_stage_begins(scored.as_read)))


def _as_the_last_stage_begins(session: Session) -> Session:
    last = max(place for place, event in enumerate(session.events) if event.kind == "stage")
    return Session(session.game, fold(session.game, session.events[: last + 1]), session.events[: last + 1])


def _left_behind(session: Session) -> list[Item]:
    stage = session.game.stages[-1]
    return left_behind(session.game, PROJECTOR.known(session.game, session.items, stage.id), stage)


@both
async def test_as_a_stage_begins_motions_that_stay_behind_are_told_on_walls_desk_and_the_phone_of_who_put_them(
    lang: Lang,
) -> None:
    session, words = _as_the_last_stage_begins(first_drawn(_begins_with_a_motion, lang=lang).as_read), Words(lang)
    event, (item, *_) = session.events[-1], _left_behind(session)
    name, stage = item.line + words.paren(session.game.name(item.owner)), session.game.stages[-1]
    begins = words("table.left_behind", motions=["|"]).partition("|")[0]
    for viewer in (Viewer("facilitator"), PROJECTOR, Viewer("observer")):
        shown = unescape(await _drawn(session, viewer, event))
        assert begins in shown
        assert name in shown
    own = unescape(await _drawn(session, Viewer("player", item.owner), event))
    assert words("table.left_behind.own", motions=["|"]).partition("|")[0] + item.line in own
    assert name not in own
    known = PROJECTOR.known(session.game, session.items, stage.id)
    told = no_motion_text(session.game, words, stage, 8, known)
    assert told.startswith(words("table.no_motion", count=8)), "the wall keeps it beside, as long as it is so"
    assert begins in told
    assert not no_motion_text(session.game, words, stage, 8, [*known, item.altered(stage=stage.id)])
