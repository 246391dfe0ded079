"""The vote at a table: everybody who has one may give it at once, and it is taken down in the order of the rules."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.motions.backing import said_on
from sandbox.game.state import State
from sandbox.game.view import SeatView
from sandbox.record.folder import SessionFolder
from sandbox.record.line import Line
from sandbox.report.voting_words import carries_text
from sandbox.web.seat.asking import _stand, left_open
from tests.content.folders import LIBRARY
from tests.session.desk import SEATS, Desk, rules_spec, run
from tests.session.support import new_folder
from tests.web.light import LightPage, light
from tests.web.playing import begin, news
from tests.web.served import WebServer
from tests.web.tables import MAYOR, PARENT, TENANT, make_table


def votes_in(page: LightPage) -> bool:
    """Return whether a page asks for a vote."""
    return bool(page.find("data-act", "support")) and not page.find("data-send")


def cast(server: WebServer) -> list[dict[str, Any]]:
    """Return the votes in the log of the session begun last, in their order."""
    folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
    events = [event for event in folder.read() if event.kind == "line" and event.payload["vote"]]
    return [{**event.payload, "seat": event.seat} for event in events]


def shown_in(page: LightPage, box: str) -> list[str]:
    """Return the texts within an element of a page."""
    return [str(page.elements[key].get("text")) for key, _ in page.walk(box)]


async def decided(server: WebServer, put: str) -> list[dict[str, Any]]:
    """Return the votes on a motion, once it is decided."""
    async with asyncio.timeout(30):
        while True:
            folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
            if any(event.kind == "decision" and event.payload["motion"] == put for event in folder.read()):
                return [vote for vote in cast(server) if vote["about"] == put]
            await asyncio.sleep(0.05)


async def to_the_vote(*pages: LightPage, also: Sequence[LightPage] = ()) -> None:
    """Answer for people, those without a vote ``also``, until all others are asked for their vote."""
    async with asyncio.timeout(30):
        while not all(map(votes_in, pages)):
            for page in (*pages, *also):
                if page.find("data-send-pulse") or page.find("data-send"):
                    await page.settle()
                if page.find("data-send-pulse"):
                    await page.answer_pulse()
                elif page.find("data-send"):
                    await page.say("We should open the hall.", "inform", "propose")
            await news(*pages, *also)


async def test_all_vote_at_once_and_are_heard_in_their_order(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    table = make_table(
        server, (MAYOR, "Bo"), (PARENT, "Li"), (TENANT, "Anna"), lang=lang, turns=5, stages=("public_engagement",)
    )
    async with (
        light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[PARENT]) as li,
        light(table.seats[TENANT]) as anna, light(table.projector) as wall,
    ):  # fmt: skip
        rules = wall.elements[wall.find("data-rules")]["text"]
        how = carries_text(Game(rules_spec(lang=lang, stages=("public_engagement",)), LIBRARY), "public_engagement")
        assert how in rules, "in a sentence, without the list of voters"
        seats = {MAYOR: "Bo", PARENT: "Li", TENANT: "Anna"}
        wall_names = {name: LIBRARY.persona(seat).role.get(lang) for seat, name in seats.items()}
        await begin(desk)
        await to_the_vote(bo, li, anna)
        assert not wall.shows(words("floor.quiet")), "nobody is said on the wall to have said little"
        assert anna.shows(words("vote.open")), "it is not her turn, and she need not wait for it"
        await desk.until(
            lambda: all(name in desk.elements[desk.find("data-waiting")]["text"] for name in ("Bo", "Anna"))
        )
        waits = wall.elements[wall.find("data-waiting")]["text"]
        assert all(name in waits for name in ("Bo", "Li", "Anna")), "together, not one by one"
        assert desk.shows(words("mark.person"))
        assert not wall.shows(words("mark.person")), "what a persona says for somebody is marked"
        await anna.click("data-act", "object")
        await anna.wait("data-vote-kept")
        await li.settle()
        assert TENANT not in [vote["seat"] for vote in cast(server)], "nobody knows of it before its turn"
        await li.click("data-act", "support")
        await li.wait("data-vote-kept")
        await wall.wait("data-given")
        await wall.until(lambda: int(wall.elements[wall.find("data-given")]["props"]["data-given"]) >= 2)
        put = wall.all("data-motion")[wall.find("data-motion")]
        assert how in shown_in(wall, wall.find("data-motion")), "how many carry it"
        assert how in shown_in(anna, anna.find("data-motion")), "for those too who have voted"
        await desk.open_line(put)
        await desk.click("data-take-off", "yes")
        for page in (desk, anna):
            await page.until(lambda page=page: words("mark.taken_off") in shown_in(page, page.find("data-motion")))  # type: ignore[misc]
        for page in (wall, anna, li):
            await page.settle()
            assert not {vote["id"] for vote in cast(server) if vote["about"] == put} & {*page.lines()}, (
                "none before all"
            )
        shown = shown_in(wall, wall.find("data-motion"))
        still = next(text for text in shown if words("vote.waiting", count="|").split("|")[0] in text)
        assert wall_names["Anna"] not in still, "who has voted is not called as somebody who has not"
        assert wall_names["Li"] not in still
        assert still.count(wall_names["Bo"]) == 1, "who is waited for stands once"
        await bo.click("data-act", "support")
        votes = await decided(server, put)
        ids = [vote["id"] for vote in votes]
        await anna.until(lambda: {*ids} <= {*anna.lines()})
        assert [line for line in anna.lines() if line in ids] == ids, "in their order"
        await wall.until(lambda: wall.shows(words("decision.result")) or wall.shows(words("decision.title")))
        assert not {*ids} & {*wall.lines()}, "the wall has the result, and not the last votes above it"
        await anna.until(lambda: not anna.find("data-vote-kept"))
        people = [(vote["seat"], vote["act"]) for vote in votes if vote["origin"] == "person"]
        assert sorted(people) == [(PARENT, "support"), (MAYOR, "support"), (TENANT, "object")]
        assert people[-1] == (MAYOR, "support"), "whoever assesses the others from above votes after them"


async def test_an_objection_that_names_no_motion_is_told_at_each_that_was_moved_before(tmp_path: Path) -> None:
    class People(Desk):
        async def ask(self, view: SeatView, state: State) -> dict[str, Any]:
            answer = await super().ask(view, state)
            if view.motion is not None:
                return {**answer, "act": "object"}
            both = {key: next(iter(options)) for key, options in list(game.offered.items())[:2]}
            other = {key: list(options)[1] for key, options in list(game.offered.items())[:1]}
            moves = {0: ("propose", both), 1: ("propose", other), 2: ("object", {})}
            act, terms = moves.get(view.turn, ("inform", {}))
            return {**answer, "act": act, "terms": terms}

    spec = rules_spec(persons=SEATS, stages=("public_engagement",), turns=8)
    game, folder, desk = Game(spec, LIBRARY), new_folder(tmp_path, "one"), People()
    await run(folder, spec, desk)
    lines = [event.payload for event in folder.read() if event.kind == "line"]
    assert [line["act"] for line in lines[:3]] == ["propose", "propose", "object"]
    for view in [view for view in desk.asked if view.motion is not None]:
        assert view.motion is not None
        said = [*said_on(view.heard, view.motion, "opposes").values()]
        assert [line["id"] for line in said] == ["L003"], "it may be meant for this one, whichever was moved last"
        assert game.words("vote.unnamed") in _stand(game, view, said[0])
        assert not said_on(view.heard, view.motion, "supports")
        named: Line = {**said[0], "id": "L002b", "about": view.motion.line}
        assert view.motion.owner != named["seat"]
        opposed = view.motion.altered(objectors=view.motion.objectors | {named["seat"]})
        heard = [*view.heard[:2], named, *view.heard[2:]]
        assert [line["id"] for line in said_on(heard, opposed, "opposes").values()] == ["L002b"], (
            "the one that names it"
        )
        settled, questions = len(view.motion.terms), [each.question.get("en") for each in game.scenario.decisions]
        assert left_open(game, view.motion, game.words) == questions[settled:], "and what it would not settle"
    assert {view.motion.line for view in desk.asked if view.motion is not None} == {"L001", "L002"}


SECRETARY, DIRECTOR = "community_secretary", "street_director"


async def test_whose_vote_stops_a_motion_knows_it_and_is_asked_twice(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    table = make_table(
        server, (SECRETARY, "Ding"), (DIRECTOR, "Wei"), lang=lang, turns=5, stages=("public_engagement",),
        scenario="clean_up", governance="one_core_multiple_actors",
    )  # fmt: skip
    async with (
        light(table.desk) as desk, light(table.seats[SECRETARY]) as ding, light(table.seats[DIRECTOR]) as wei,
        light(table.projector) as wall,
    ):  # fmt: skip
        stops = words("carries.stop.party", names="|").split("|")[-1]
        assert stops in wall.texts, "on the wall before it begins"
        assert words("right.votes_and_stops.party") in ding.texts, "on her own card"
        assert words("right.none") in wei.texts
        await begin(desk)
        await to_the_vote(ding, also=(wei,))
        await wei.wait("data-vote-no_vote")
        assert wei.shows(words("vote.no_vote"))
        assert wei.find("data-motion"), "who has no vote sees what is voted on"
        assert stops in wall.elements[await wall.wait("data-carries")]["text"]
        put = wall.all("data-motion")[wall.find("data-motion")]
        assert ding.elements[ding.find("data-act", "object")]["props"]["label"] == words("vote.no_stops.party")
        await ding.click("data-act", "object")
        await ding.until(lambda: ding.shows(words("vote.sure_veto.party", role="|").split("|")[1]))
        assert SECRETARY not in [vote["seat"] for vote in cast(server)], "it is asked again first"
        await ding.press(words("vote.no_stops.party"))
        votes = await decided(server, put)
        assert ("object", SECRETARY) in [(vote["act"], vote["seat"]) for vote in votes]
        name = LIBRARY.persona(SECRETARY).name.get(lang)
        await wall.until(lambda: words("decision.veto.party", names="社区党组织") in wall.texts)
        assert words("decision.veto.party", names=name) not in wall.texts


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_the_form_says_how_long_a_vote_has_and_what_minutes_cannot_come_true(
    server: WebServer, lang: Lang
) -> None:
    words = Words(lang)
    table = make_table(
        server, lang=lang, turns=None, seconds=60, plan=45, scenario="clean_up",
        stages=("application", "public_engagement"), minutes={"application": 13, "public_engagement": 21},
        persons=(DIRECTOR,),
    )  # fmt: skip
    async with light(table.desk) as desk:
        await desk.unfold("data-change")
        box = desk.elements[await desk.wait("data-turn-seconds")]
        assert box["props"]["hint"] == words("setup.vote_seconds", vote=120)
        short = words("setup.time.short", lines=22, minutes=26)
        await desk.until(lambda: desk.elements[desk.find("data-short")].get("text") == short)
