"""What a campaign's wall and desk tell of their tables, and what the figures on a wall mean."""

from __future__ import annotations

import asyncio
import contextlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from nicegui import Client, ui
from nicegui.page import page
from playwright.async_api import expect

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.game.fold import fold
from sandbox.game.game import Game
from sandbox.game.motions.standing_for import counter_offers
from sandbox.game.session import Session
from sandbox.record.folder import SessionFolder
from sandbox.report.endings import why_undecided
from sandbox.report.figures import percent
from sandbox.report.pages.parts import measure_words, side_words
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading
from sandbox.report.voting_words import carries_text
from sandbox.scoring.assessment import assess, needs_counted, without_pulses
from sandbox.session.opening import open_session
from sandbox.web.decision_card import motion_terms
from sandbox.web.home_page import _came_to, _lacking
from sandbox.web.links import shared_path
from sandbox.web.wall.projector_page import draw_tabled, on_the_wall
from sandbox.web.wall.room_walls import settled_options
from sandbox.web.wall.watch_page import heard_line
from tests.cassette import FOLDER
from tests.content.folders import LIBRARY
from tests.report.test_votes_told import SEATS, voted
from tests.scoring.making import line, vote
from tests.scoring.making import played as made
from tests.session.support import spec_of
from tests.web.campaigns import PERSON, campaign_content, campaigns_of, plan
from tests.web.light import LightPage, light
from tests.web.playing import begin_year
from tests.web.served import Person, WebServer, browser
from tests.web.tables import MAYOR, PARENT, TENANT, make_table
from tests.web.test_show import put
from tests.web.test_votes import shown_in, to_the_vote


@pytest.mark.parametrize("lang", ["zh"])
async def test_tables_that_wait_for_nobody_are_ready_and_a_result_stands_below_the_title(
    tmp_path: Path, lang: Lang
) -> None:
    content, words = campaign_content(tmp_path / "content", third=True), Words(lang)
    campaigns = campaigns_of(tmp_path)
    alone = campaigns.add(replace(plan(lang), people={}, by_rules=("east_gate", "west_gate")))
    seated = campaigns.add(plan(lang, east_gate=(PERSON,), west_gate=(PERSON,)))
    secret, store = campaigns.house.store.secret, campaigns.house.store
    tables = campaigns.courses[seated].tables
    store.take_seat(tables["east_gate"], PERSON, "Anna")
    west = store.take_seat(tables["west_gate"], PERSON, "Bo")
    await campaigns.close()
    await campaigns.house.close()
    with WebServer(tmp_path, "--model", "none", "--content", str(content)) as server:
        for campaign in (alone, seated):
            desk_at = f"{server.link}/campaign/{campaign}?lang={lang}"
            wall_at = f"{server.origin}{shared_path(secret, 'wall', campaign, lang=lang)}"
            async with light(desk_at) as desk, light(wall_at) as wall:
                assert desk.shows(words.join([words("rounds.ready"), words("rounds.by.rules")]))
                assert wall.shows(words("rounds.ready"))
                assert desk.shows(words("rounds.alone")) == (campaign == alone)
                assert wall.shows(words("rounds.wait.ready")) == (campaign == alone)
                assert desk.shows(words("state.lobby")) == (campaign == seated)
                assert wall.shows(words("rounds.wait.lobby")) == (campaign == seated)
                if campaign == seated:  # East Gate waits for its secretary; West Gate comes to its end
                    assert wall.shows(words("rounds.open_at", address=f"{server.origin}/join"))
                    await begin_year(desk)
                    async with light(f"{server.origin}/s/{west}") as bo:
                        await played(bo, wall)
                    await decided(wall, words)
                    # Nobody sits in South Gate: how it went there is not shown while others have it before them
                    inside = [wall.elements[key] for key, _ in wall.walk(wall.find("data-wall", "south_gate"))]
                    told = [str(each["text"]) for each in inside if each.get("text")]
                    assert {words(f"rounds.held.{how}") for how in ("playing", "through")} & {*told}
                    assert len(told) == 3, "its name, who plays it, and that it is played"


async def test_a_campaigns_wall_shows_what_a_table_votes_on(tmp_path: Path) -> None:
    lang: Lang = "zh"
    content, words = campaign_content(tmp_path / "content"), Words(lang)
    campaigns = campaigns_of(tmp_path)
    campaign = campaigns.add(plan(lang))
    secret, table = campaigns.house.store.secret, campaigns.courses[campaign].tables["east_gate"]
    seat = campaigns.house.store.take_seat(table, PERSON, "Anna")
    game = campaigns.courses[campaign].coming("east_gate")
    await campaigns.close()
    await campaigns.house.close()
    with WebServer(tmp_path, "--model", "none", "--content", str(content)) as server:
        wall_at = f"{server.origin}{shared_path(secret, 'wall', campaign, lang=lang)}"
        desk_at, anna_at = f"{server.link}/campaign/{campaign}?lang={lang}", f"{server.origin}/s/{seat}"
        async with light(desk_at) as desk, light(wall_at) as wall, light(anna_at) as anna:
            await begin_year(desk)
            await to_the_vote(anna)
            await wall.wait("data-given")
            told = shown_in(wall, wall.find("data-wall", "east_gate"))
            assert any(text.startswith(words("vote.now")) for text in told)
            assert carries_text(game, "public_engagement") in told
            options = {each.get(lang) for question in game.scenario.decisions for each in question.options.values()}
            put = shown_in(wall, wall.find("data-options"))[0]
            assert words("vote.no_terms") in put or any(option in put for option in options)
            waiting = words("vote.waiting", count="").rstrip(")）")
            assert any(text.startswith(waiting) and game.role(PERSON) in text for text in told)
            await anna.click("data-act", "support")
            await wall.until(lambda: not wall.find("data-given"))


async def played(person: LightPage, wall: LightPage) -> None:
    """Answer whatever a person is asked until the wall shows a result."""
    async with asyncio.timeout(60):
        while not wall.find("data-decided"):
            await asyncio.sleep(0.05)
            with contextlib.suppress(KeyError, TimeoutError):  # the page has moved on
                if person.find("data-send-pulse"):
                    await person.answer_pulse()
                elif person.find("data-says"):
                    await person.say("Go on.", "object", "ask", "inform")
                    await person.settle()


async def decided(wall: LightPage, words: Words) -> None:
    """Wait for the result of West Gate, which stands right below its name and is not told by its colour alone."""
    box = await wall.wait("data-decided")
    inside = [key for key, _ in wall.walk(wall.find("data-wall", "west_gate"))]
    above = [wall.elements[key]["text"] for key in inside[: inside.index(box)] if wall.elements[key].get("text")]
    assert len(above) == 1
    kind = wall.all("data-decided")[box]
    parts = [one for _, one in wall.walk(box)]
    (icon,) = [one["props"]["name"] for one in parts if "icon" in str(one.get("tag"))]
    (text,) = [str(one["text"]) for one in parts if one.get("text")]
    lost = text.startswith(words("decision.rejected"))
    assert (kind, icon) == (("lost", "cancel") if lost else ("carried", "check_circle"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_vote_without_words_tells_how_it_was_cast(tmp_path: Path, lang: Lang) -> None:
    session, words = showcase(tmp_path, lang), Words(lang)
    game, events = session.game, session.events
    votes = [event for event in events if event.kind == "line" and event.payload["vote"]]
    assert votes
    for event in votes:
        silent: Any = replace(event, payload={**event.payload, "says": ""})
        stance = {"support": "vote_for", "object": "vote_against", "abstain": "abstained"}[event.payload["act"]]
        assert heard_line(session, silent, words) == (
            f"{game.name(event.seat)}{words('colon')}{words(f'silent.{stance}')}"
        )
        assert words(f"silent.{stance}") not in heard_line(session, event, words)


def test_a_counter_offer_without_words_is_called_one(tmp_path: Path) -> None:
    session, words = showcase(tmp_path, "en"), Words("en")
    offers = counter_offers(session.items, [line for line in session.lines if line["act"] == "object"])
    offer = next(event for event in session.events if event.kind == "line" and event.payload["id"] in offers)
    silent: Any = replace(offer, payload={**offer.payload, "says": ""})
    assert heard_line(session, silent, words) == f"{session.game.name(offer.seat)}: objects with a counter-offer"


def test_of_many_motions_the_latest_stand_on_the_wall_and_those_before_are_named(tmp_path: Path) -> None:
    session, words = showcase(tmp_path, "zh"), Words("zh")
    motions = [item for item in session.items if item.kind == "proposal" and item.terms][:4]
    assert len(motions) == 4
    with Client(page("/none"), request=None) as client:
        draw_tabled(session, words, motions)
        shown = [each.props.get("data-tabled") for each in client.elements.values()]
        assert [line for line in shown if line] == [item.line for item in motions[1:]]
        texts = [each.text for each in client.elements.values() if isinstance(each, ui.label)]
        assert words("show.also_tabled", motions=f"{motions[0].line} {Reading(session).mover(motions[0])}") in texts


def test_once_a_motion_is_carried_those_that_were_not_put_to_the_vote_leave_the_wall(tmp_path: Path) -> None:
    session = showcase(tmp_path, "zh")
    places = [place for place, event in enumerate(session.events) if event.kind == "decision"]
    before, after = (
        on_the_wall(replace(session, state=fold(session.game, events), events=events))
        for events in (session.events[: places[-1]], session.events[: places[-1] + 1])
    )
    assert len(before) > 1
    assert after == ()


def showcase(folder: Path, lang: Lang) -> Session:
    """Return a session with votes and counter-offers."""
    return open_session(SessionFolder(put(folder, f"showcase_{lang}").parent), LIBRARY)


def test_the_desk_marks_tables_at_which_fewer_things_count() -> None:
    words = Words("zh")
    offer = line(1, "mayor", "propose", terms={"payer": "district"})
    promise = line(2, "mayor", "promise", terms={"payer": "district"})
    votes = {"mayor": True, "ngo_director": True, "local_parent": True}
    decided = [vote(votes, terms={"payer": "district"}, carried=True)]
    both = [made(offer, promise, decisions=decided), made(offer, decisions=decided)]
    more, fewer = _lacking(both)
    assert not any(more.values())
    assert fewer == {"hierarchical": [], "horizontal": ["promises_kept"]}
    assert [_came_to(each, words, lacks)[1].endswith("*") for each, lacks in zip(both, (more, fewer), strict=True)] == [
        False, True,
    ]  # fmt: skip
    assert _lacking(both[:1]) == [more], "a single table has nothing beside it"


async def test_the_projector_says_what_its_figures_mean(server: WebServer) -> None:
    lang: Lang = "en"
    words = Words(lang)
    table = make_table(server, lang=lang, turns=8, stages=("public_engagement",), governance="command")
    async with light(table.desk) as desk, light(table.projector) as wall:
        await desk.click("data-start")
        await wall.until(lambda: bool(wall.find("data-side")), 30.0)
        folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
        session = open_session(folder, LIBRARY)
        for side in assess(session):
            told = side_words(session, side.side, words)
            assert wall.shows(words(f"side.seen.{side.side}"))
            assert wall.shows(told)
            # In words, without decimals; trust is private, and the wall says that it is left out.
            known, values = without_pulses(side).known, side.indicators
            if "needs_met" in known:  # a share has its base
                met, needs = needs_counted(session)
                base = words("semi") + words("side.needs", met=met, needs=needs)
                assert base in told
                assert values["needs_met"] == met / needs
                told = told.partition(base)[0]
            if len(known) == 1:  # which thing it is, and how much of it
                assert told.endswith(f": {percent(values[known[0]] or 0.0)}")
            else:
                assert sum(map(int, re.findall(r"\d+", told))) == 2 * len(known)
            assert all(measure_words(session, "side.thing", name, words) in told for name in known)
        assert not re.search(r"\b0\.\d\d|（[HP]）|\([HP]\)", wall.texts)
        assert wall.shows(words("show.sides"))
        assert wall.texts.count(words("assessments.by")) == 2, "also where nobody assesses"
        # The page with all tables tells the same, by the same words, and counts what tables of one model decided.
        again = make_table(server, lang=lang, turns=8, stages=("public_engagement",), governance="command")
        async with light(again.desk) as other:
            await other.click("data-start")
        async with light(f"{table.desk.partition('/t/')[0]}/tables?lang={lang}") as tables:
            await tables.until(lambda: bool(tables.find("data-counted")), 30.0)
            assert tables.shows(words("seeds.settled_why"))
            assert tables.shows(words("tables.sides"))
            for side in assess(session):
                assert tables.shows(words(f"side.seen.{side.side}"))
                assert tables.shows(side_words(session, side.side, words, named=False))
            assert not re.search(r"\b1 things", tables.texts)
            assert tables.find("data-case")
            settled = {key: option for taken in session.carried for key, option in taken["terms"].items()}
            for question in session.game.scenario.decisions:
                assert tables.shows(question.question.get(lang))
                assert question.id not in settled or tables.shows(question.options[settled[question.id]].get(lang))
            assert tables.shows(session.game.governance.name.get(lang))
            make_table(server, (TENANT, "Anna"))
            await the_wall_of_results(f"{server.origin}{address_of(tables, 'data-results')}", session, words)
        assert not re.search("scored|grade|评分|打分", words("table.scoring")), "nobody is graded"


async def the_wall_of_results(address: str, session: Session, words: Words) -> None:
    """Look at the page with what all tables came to, which is shown to a class."""
    async with light(address) as wall:
        for question in session.game.scenario.decisions:
            assert wall.shows(question.question.get(words.lang))
        reading = Reading(session)
        assert all(wall.shows(read_decision(reading, taken).how) for taken in session.decisions)
        assert session.carried or wall.shows(why_undecided(session, words))
        assert wall.shows(words("results.not_yet")), "a table has yet to begin"
        private = [words(f"tables.{measure}") for measure in ("trust", "burden")]
        assert not any(wall.shows(text) for text in (*private, "/f/"))
    with pytest.raises(ConnectionError, match="404"):
        async with light(re.sub("[^/]+$", "0" * 32, address)):
            pass


def address_of(page: LightPage, prop: str) -> str:
    """Return where a link leads."""
    return str(page.elements[page.find(prop)]["props"]["href"])


def test_each_assessment_has_one_name() -> None:
    english, chinese = Words("en"), Words("zh")
    for side, names in {
        "hierarchical": ("Assessment from above (H)", "纵向考核（H）"),
        "horizontal": ("Assessment from the side (P)", "横向考核（P）"),
    }.items():
        for key in ("side", "m", "experiment.outcome", "spread_page.courses"):
            assert (english(f"{key}.{side}"), chinese(f"{key}.{side}")) == names
    other = re.compile(
        r"[Hh]ierarchical assessment(?!, from)|[Hh]orizontal assessment|^From (above|the side) \(|上级考核|群众评议"
    )
    assert [key for key in english if other.search(english.text(key))] == []
    assert [key for key in chinese if other.search(chinese.text(key))] == []


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_decision_on_the_wall_says_what_it_waits_for(server: WebServer, lang: Lang) -> None:
    name = {"en": "showcase_en", "zh": "one_core_multiple_actors_zh"}[lang]
    session = open_session(SessionFolder(FOLDER / name), LIBRARY)
    waits = [text for taken in session.decisions for text in read_decision(Reading(session), taken).waits]
    assert waits
    async with light(server.show(name, session.lines[-1]["id"])) as wall:
        await wall.click("data-show", "next")
        await wall.until(lambda: bool(wall.find("data-waits")))
        assert all(map(wall.shows, waits))


@pytest.mark.browser
@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("size", [(1366, 768), (1920, 1080)])
async def test_the_lobby_on_the_projector_is_read_from_the_last_row(
    server: WebServer, lang: Lang, size: tuple[int, int]
) -> None:
    names = [(TENANT, "Margaret O'Sullivan"), (MAYOR, "Bo"), (PARENT, "Chen Wei")]
    table = make_table(server, *names, lang=lang, scenario="four_oclock_school")
    width, height = size
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": width, "height": height})
        wall = Person(await context.new_page())
        await wall.go(table.projector)
        code = wall.page.locator(".code")
        await expect(code).to_be_in_viewport(ratio=1)
        assert await code.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") >= height / 12
        await expect(wall.page.locator(".names")).to_contain_text(LIBRARY.persona(PARENT).name.get(lang))
        for text in ("[data-background]", "[data-rules]", ".names"):
            shown = wall.page.locator(text)
            await expect(shown).to_be_in_viewport(ratio=1)
            pixels = await shown.evaluate("text => parseFloat(getComputedStyle(text).fontSize)")
            assert pixels >= height / 40, "of 1080 lines, 27"
        assert await wall.page.evaluate("document.documentElement.scrollHeight") <= height
        box = await wall.page.locator(".slides .box").last.bounding_box()
        assert box is not None
        assert box["width"] > 0.6 * width
        assert box["y"] + box["height"] > 0.85 * height
        assert wall.faults == []


@pytest.mark.browser
async def test_the_codes_of_all_tables_are_on_the_wall_at_once_and_read_from_the_last_row(tmp_path: Path) -> None:
    with WebServer(tmp_path, "--model", "none", "--url", "https://sandbox.example") as server:
        for number in range(1, 7):
            make_table(server, (MAYOR, "Bo"), persons=(MAYOR, PARENT), number=number)
        async with browser() as chromium:
            wall = Person(await (await chromium.new_context(viewport={"width": 1280, "height": 720})).new_page())
            await wall.go(server.origin + shared_path(server.link.rpartition("/")[2], "codes", ""))
            for code in await wall.page.locator("[data-code]").all():
                await expect(code).to_be_in_viewport(ratio=1)
                assert await code.evaluate("text => parseFloat(getComputedStyle(text).fontSize)") >= 45
            for part in await wall.page.locator(".qr").all():
                await expect(part).to_be_in_viewport(ratio=1)
            assert await wall.page.locator("[data-code]").count() == await wall.page.locator(".qr").count() == 6


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_body_cannot_settle_stands_apart_on_the_ballot(tmp_path: Path, lang: Lang) -> None:
    models = {"scenario": "four_oclock_school", "governance": "government_community_interaction"}
    game = Game(spec_of(**models, lang=lang), LIBRARY)
    some = next(item for item in showcase(tmp_path, "zh").items if item.kind == "proposal" and item.terms)
    for terms, apart in (({"hall": "rented", "payer": "street"}, ["payer"]), ({"hall": "rented"}, [])):
        with Client(page("/none"), request=None) as client:
            motion_terms(game, replace(some, terms=terms, condition=""))
            boxes = [each for each in client.elements.values() if "data-not-settled" in each.props]
            told = [each for box in boxes for each in box.descendants() if isinstance(each, ui.label)]
            assert [each.text for each in told][: len(apart)] == [Words(lang)("vote.beyond")] * len(apart)
            assert len(boxes) == len(apart)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_results_of_tables_tell_what_the_body_could_only_advise(lang: Lang) -> None:
    words, session = Words(lang), voted(SEATS, "support", lang=lang, changes=("scope.decisions=[payer]",))
    (taken,) = session.carried
    told, known = settled_options(session, words), session.game.scenario.decision_by_id
    advice = words.paren(words("results.advice"))
    assert taken["unbound"]
    for question, option in taken["unbound"].items():
        assert told[question] == known[question].options[option].get(lang) + advice
    assert all(advice not in told[question] for question in taken["terms"])
