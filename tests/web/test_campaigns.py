"""Campaigns at tables: rounds wait for the facilitator, people keep their seats, and a server that stops goes on."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words, fault
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.errors import InputError, StorageError
from sandbox.game.spec import CARDS
from sandbox.llm.calls import Endpoint
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaign_news import news_of, still_playing
from sandbox.web.campaign.campaigns import Campaigns
from sandbox.web.links import shared_path
from sandbox.web.recordings import Recordings
from tests.cli.conftest import Cli, cli
from tests.content.folders import HAN
from tests.web.campaign_server import served_campaign
from tests.web.campaigns import PERSON, campaign_content, campaigns_of, plan, play_along, until
from tests.web.light import light
from tests.web.served import WebServer
from tests.web.test_form import text_at
from tests.web.test_votes import shown_in

__all__ = ["cli"]

EN = Words("en")


async def opened(campaigns: Campaigns) -> CampaignCourse:
    """Open the small campaign, with Anna as East Gate's secretary."""
    course = campaigns.courses[campaigns.add(plan())]
    campaigns.house.take_seat(course.tables["east_gate"], PERSON, "Anna")
    await until(lambda: course.running)
    return course


async def closed(campaigns: Campaigns) -> None:
    await campaigns.close()
    await campaigns.house.close()


async def restarted(campaigns: Campaigns, tmp_path: Path, course: CampaignCourse) -> tuple[Campaigns, CampaignCourse]:
    """Stop a server and start it again; return its campaigns and the course, which goes on."""
    await closed(campaigns)
    campaigns = campaigns_of(tmp_path)
    campaigns.house.open()
    campaigns.open()
    return campaigns, campaigns.courses[course.id]


async def test_two_rounds_at_tables_wait_for_the_facilitator_go_on_after_a_stop_and_their_sessions_are_told_apart(
    server: WebServer, tmp_path: Path
) -> None:
    campaigns = campaigns_of(tmp_path)
    house, course = campaigns.house, await opened(campaigns)
    east, west = course.tables.values()
    await asyncio.sleep(0.2)
    assert course.waits
    assert not house.rooms  # nothing is played before the facilitator says so
    assert house.game_at(house.store.table(east)).name(PERSON) == "Luo Meihua"
    course.begin()
    await until(lambda: east in house.rooms and house.rooms[east].waited)
    assert house.rooms[east].game.spec.persons == (PERSON,)
    campaigns, course = await restarted(campaigns, tmp_path, course)  # in the midst of the first round
    house = campaigns.house
    assert not course.waits
    await play_along(course)
    assert course.waits
    assert not course.stopped
    first = {table: house.rooms[table].folder.id for table in (east, west)}
    assert house.store.table(east).state == "live"  # whoever comes later still finds a seat
    news = {each.kind: each.texts for each in news_of(course, "east_gate", EN, PERSON)}
    assert news["post"][-2] == (
        "From now on you play Tong Aihua, who served until now at West Gate as community Party secretary."
    )
    assert "East Gate" in "".join(news["rank"])
    assert any(text.startswith(("Decided:", "Nothing was settled")) for text in news["last"])
    assert house.store.players(east)[PERSON].name == "Anna"
    campaigns, course = await restarted(campaigns, tmp_path, course)  # between two rounds
    house = campaigns.house
    await asyncio.sleep(0.2)
    assert course.waits
    assert house.rooms[east].over_and_done
    course.begin()
    await until(lambda: house.rooms[east].folder.id != first[east])
    assert house.rooms[east].game.spec.persons == (PERSON,)
    assert house.rooms[east].game.name(PERSON) == "Tong Aihua"
    assert house.rooms[east].game.spec.start.rank is not None
    await play_along(course)
    await until(lambda: course.state.closed)
    assert {house.store.table(table).state for table in (east, west)} == {"over"}
    assert len(house.store.sessions(east)) == 2
    kinds = [event.kind for event in course.folder.read()]
    assert kinds.count("ranking") == 2
    assert kinds.count("start") == kinds.count("played") == 4
    assert kinds[-1] == "close"
    await closed(campaigns)
    runs, library = house.runs, house.library
    past, _ = Recordings(library, runs).past(9)
    told = {(entry.round.community.en, entry.round.year) for entry in past if entry.round}
    assert told == {(place, year) for place in ("East Gate", "West Gate") for year in (1, 2)}
    shown = shutil.copytree(runs / course.id, server.runs / course.id)
    async with light(f"{server.link}/show?for=whatif&lang=zh") as page:
        await page.until(lambda: len(page.all("data-round")) == 13)  # nine come with the program
        rounds = {page.elements[key]["text"] for key in page.all("data-round")}
    shutil.rmtree(shown)
    places = [each.name.zh for each in course.state.card.communities]
    card, seed = course.state.card.name.zh, course.state.settings["seed"]
    assert rounds >= {f"{place}、第{year}年、{card}（随机种子{seed}）" for place in places for year in (1, 2)}
    log = runs / course.id / "campaign.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace('"kind": "start"', '"kind": "stort"'), encoding="utf-8")
    assert {entry.round for entry in Recordings(library, runs).past(9)[0]} == {None}  # listed all the same


async def test_a_table_of_a_campaign_goes_no_way_of_its_own_and_is_deleted_with_it(tmp_path: Path) -> None:
    campaigns = campaigns_of(tmp_path)
    house, course = campaigns.house, await opened(campaigns)
    east = course.tables["east_gate"]
    with pytest.raises(InputError, match="part of a campaign"):
        house.start(east)
    with pytest.raises(InputError, match="part of a campaign"):
        await house.branch(east, house.rooms.get(east), "T1")
    with pytest.raises(InputError, match="part of a campaign"):
        await house.delete(east)
    course.begin()
    await until(lambda: east in house.rooms)
    await campaigns.delete(course.id)
    assert not house.members
    assert not house.store.tables()
    assert not house.store.campaigns()
    assert not (house.runs / course.id).exists()
    await closed(campaigns)


async def test_a_campaign_that_cannot_be_read_is_no_hindrance_to_the_others(tmp_path: Path) -> None:
    campaigns = campaigns_of(tmp_path)
    course = await opened(campaigns)
    other = campaigns.courses[campaigns.add(plan("zh"))]
    await closed(campaigns)
    log = course.folder.events
    log.write_bytes(log.read_bytes().replace(b'"settings"', b'"sittings"', 1))
    campaigns = campaigns_of(tmp_path)
    campaigns.house.open()
    campaigns.open()
    assert list(campaigns.courses) == [other.id]
    assert "settings" in str(campaigns.faults[course.id])
    await campaigns.delete(course.id)
    assert not campaigns.faults
    assert [row.id for row in campaigns.house.store.campaigns()] == [other.id]
    await closed(campaigns)


async def test_a_table_that_cannot_begin_says_why_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaigns = campaigns_of(tmp_path)
    course = await opened(campaigns)
    with monkeypatch.context() as broken:
        broken.setattr(campaigns.house.store, "play_round", _full)
        course.begin()
        await until(lambda: len(course.faults) == 2)
    assert course.running
    told = course.faults["east_gate"]  # to each facilitator in the language of their page
    assert "no space" in str(told)
    assert HAN.search(Words("zh").error(told))
    course.start()
    await play_along(course)
    assert course.waits
    assert not course.faults
    await closed(campaigns)


def _full(*_: object) -> None:
    raise fault(StorageError, "storage.unwritable", path="tables.sqlite", why="no space left")


async def test_seats_that_the_case_lacks_and_campaigns_that_are_gone_are_refused(tmp_path: Path) -> None:
    campaigns = campaigns_of(tmp_path)
    with pytest.raises(InputError, match="mayor"):
        campaigns.add(plan(east_gate=("mayor",)))
    assert not campaigns.house.store.campaigns()
    assert [card.id for card in campaigns.cards()][-1] == "two_gates"
    await closed(campaigns)


async def test_who_sits_in_a_community_is_chosen_for_the_whole_campaign(tmp_path: Path) -> None:
    campaigns = campaigns_of(tmp_path)
    house, taken = campaigns.house, {"landlord": "elder"}
    course = campaigns.courses[campaigns.add(replace(plan(), cast={"east_gate": taken}))]
    elder, own = house.library.persona("elder"), house.library.persona("landlord")
    games = {community: house.game_at(house.store.table(table)) for community, table in course.tables.items()}
    assert games["east_gate"].personas["landlord"].manner == elder.manner
    assert games["west_gate"].personas["landlord"].manner == own.manner
    assert house.store.table(course.tables["east_gate"]).setup.cast == taken, (
        "a card that sits somewhere is not deleted"
    )
    for wrong in ({"landlord": "mayor"}, {"landlord": "elder", "migrant_tenant": "elder"}):
        with pytest.raises(InputError):
            campaigns.add(replace(plan(), cast={"east_gate": wrong}))
    assert len(house.store.campaigns()) == 1
    await closed(campaigns)
    again = campaigns_of(tmp_path)
    kept = next(iter(again.courses.values()))
    assert kept.coming("east_gate").personas["landlord"].manner == elder.manner
    await closed(again)


async def test_personas_are_chosen_in_the_form_of_a_campaign(tmp_path: Path) -> None:
    lang: Lang = "zh"
    content = campaign_content(tmp_path / "content")
    with WebServer(tmp_path, "--model", "none", "--content", str(content)) as server:
        async with light(f"{server.link}/campaign?lang={lang}") as page:
            card = page.elements[page.find("data-card")]["props"]
            small = Library.load(content).network("two_gates").name.get(lang)
            place = next(each["value"] for each in card["options"] if each["label"] == small)
            await page.do(page.find("data-card"), "update:", place)
            await page.until(lambda: bool(page.find("data-community", "east_gate")))
            elder = Library.load().persona("elder")
            title = f"{elder.name.get(lang)} · {elder.role.get(lang)}"
            await page.choose(await page.wait("data-cast-seat", "east_gate.landlord"), title)

            def sits() -> bool:
                inside = (one for _, one in page.walk(page.find("data-community", "east_gate")))
                boxes = (str(one.get("text")) for one in inside if "checkbox" in str(one.get("tag")))
                return any(box.endswith(f" · {elder.role.get(lang)}") for box in boxes)

            await page.until(sits)
            await page.click("data-open")
            await page.until(lambda: bool(page.opened))
        (log,) = server.runs.glob("two_gates-*/campaign.jsonl")
        said = json.loads(log.read_text(encoding="utf-8").splitlines()[0])["payload"]["card"]
        assert {each["id"]: each["cast"] for each in said["communities"]} == {
            "east_gate": {"landlord": "elder"}, "west_gate": {},
        }  # fmt: skip


async def test_a_campaign_by_cards_asks_no_model_on_a_server_that_has_one(tmp_path: Path) -> None:
    campaigns = campaigns_of(tmp_path)
    house = campaigns.house
    house.choice = ModelChoice("strong", "none", "free", "")
    house.models = Models(Endpoint("strong", "http://127.0.0.1:1/v1", "key"), (), FREE)  # nobody answers there
    course = campaigns.courses[campaigns.add(replace(plan(), people={}, by_cards=True))]
    assert {house.members[table].by for table in course.tables.values()} == {"cards"}
    await until(lambda: course.running)
    course.begin()
    await until(lambda: len(course.state.rankings) == 1)
    for table in course.tables.values():
        session = house.rooms[table].game.spec
        assert (session.model, session.style) == (CARDS, "directed")
        assert {line["origin"] for line in house.rooms[table].fold.state["lines"]} == {"card"}
    again = Campaigns(house)
    assert {house.members[table].by for table in again.courses[course.id].tables.values()} == {"cards"}
    by_model = campaigns.courses[campaigns.add(replace(plan(), people={}))]
    assert {house.members[table].by for table in by_model.tables.values()} == {"model"}
    await closed(campaigns)


async def test_on_this_computers_own_model_people_play_first_and_the_other_tables_one_after_the_other(
    tmp_path: Path,
) -> None:
    campaign_content(tmp_path / "content", third=True)
    campaigns = campaigns_of(tmp_path)
    house = campaigns.house
    house.choice = ModelChoice(None, "none", "rules", "none")
    course = await opened(campaigns)
    east = course.tables["east_gate"]
    for table in course.tables.values():
        house.members[table].by = "model"
    course.begin()
    await until(lambda: east in house.rooms and house.rooms[east].waited)
    assert set(house.rooms) == {east}
    assert [course.ahead(each) for each in course.tables] == [(), ("east_gate",), ("east_gate", "west_gate")]
    assert still_playing(course, EN) == [
        "East Gate: begins", "West Gate: waits for its turn", "South Gate: waits for its turn",
    ]  # fmt: skip
    house.rooms[east].pulses.end()
    await until(lambda: house.rooms[east].fold.state["lines"])
    assert still_playing(course, EN)[0].startswith("East Gate: Stage 1 of 1: Public engagement, ")
    await play_along(course)
    assert [course.ahead(each) for each in course.tables] == [(), (), ()]
    times = [[event.at for event in course.folder.session(course.state.name(1, each)).read()] for each in course.tables]
    assert times[0][-1] <= times[1][0]
    assert times[1][-1] <= times[2][0]
    await closed(campaigns)


async def test_a_year_ends_with_what_was_decided_and_the_wall_says_in_words_how_far_the_ranking_goes(
    tmp_path: Path,
) -> None:
    lang: Lang = "en"
    words = Words(lang)
    async with served_campaign(tmp_path, minutes=20) as campaign:
        secretary = campaign.secretary
        assert text_at(secretary, "data-how-long") == words("guide.years", rounds=2, minutes=20)
        async with light(f"{campaign.server.link}/campaign?lang=zh") as form:
            await form.do(form.find("data-minutes"), "update:", 20)
            limit = form.find("data-turn-seconds")
            await form.until(lambda: "90" in str(form.elements[limit]["props"]))
            assert form.shows(Words("zh")("rounds.ends"))
        await campaign.begin()
        await campaign.until(lambda: campaign.rounds() == 1)
        await secretary.wait("data-news", "rank")
        props = [prop for _, one in secretary.walk() for prop in one.get("props", {})]
        first = [prop for prop in props if prop in ("data-outcome", "data-between", "data-reflect")]
        assert first == ["data-outcome", "data-between", "data-reflect"]
        told = text_at(secretary, "data-outcome")
        assert told.startswith(words("rounds.year_over", year=words("rounds.year_of", number=1, of=2)))
        assert words("rounds.then.waits", year=words("rounds.year", number=2)) in told
        server, name = campaign.server, campaign.folder.path.name
        wall = server.origin + shared_path(server.link.rsplit("/", 1)[1], "wall", name, lang=lang)
        async with light(wall) as page, light(f"{server.link}/campaign/{name}?lang={lang}") as boss:
            await page.until(lambda: bool(page.find("data-trusted")))
            assert words("rounds.small_gaps") in page.texts
            assert words("campaign.noise") not in page.texts
            await boss.until(lambda: bool(boss.find("data-trusted")))
            assert words("campaign.noise") in boss.texts
            since, room = words("rounds.since"), shown_in(page, "0")
            after = words("rounds.in_year", year=words("rounds.year", number=1), text=since)
            assert room.index(after) < room.index(words("campaign.head.community")), "the news come first"
            prefix = words("rounds.in_year", year=words("rounds.year", number=1), text="")
            assert sum(text.startswith(prefix) for text in room) == 1, "no line repeats its year"
            superiors = words("side.seen.hierarchical")
            for each in (page, boss):
                assert f"{superiors}{words('colon')}" in each.texts
                told = re.sub(r"\b[A-Z2-9]{4}-[A-Z2-9]{4}\b", "", each.texts)  # a join code may have an H and a number
                assert not re.search(r"H[)）]? ?\d", told), "a bare number"
                assert "horizontal" not in each.all("data-of").values()
            await campaign.begin()
            await campaign.until(lambda: campaign.rounds() == 2)
            for each in (page, boss):  # it is over: what residents got stands beside what superiors saw
                await each.wait("data-questions")
                sides = [*each.all("data-of").values()]
                assert sides.count("horizontal") == sides.count("hierarchical") == 4, "two communities, two years"
                assert words("side.seen.horizontal") in each.texts
                asked = shown_in(each, each.find("data-questions"))
                case = Library.load(tmp_path / "content").scenario("clean_up")
                assert len({question.get(lang) for question in case.discussion} & {*asked}) == 3


@pytest.mark.fuzz
async def test_a_server_that_is_killed_at_any_moment_loses_nothing_of_a_campaign(tmp_path: Path) -> None:
    async with served_campaign(tmp_path) as campaign:
        east = {year: f"r{year}_east_gate" for year in (1, 2)}
        await campaign.begin()
        await asyncio.sleep(0.02)  # while the round opens
        await campaign.kill()
        if campaign.boss.find("data-begin"):
            await campaign.begin()
        await campaign.until(lambda: len(campaign.lines().get(east[1], ())) > 2)
        await campaign.kill()
        assert not campaign.lost()
        await campaign.until(lambda: campaign.rounds() == 1)
        await campaign.kill()  # between two rounds, or while what comes between them is written
        assert not campaign.lost()
        await campaign.begin()
        await campaign.until(lambda: len(campaign.lines().get(east[2], ())) > 0)
        await campaign.kill()
        assert not campaign.lost()
        await campaign.until(lambda: "close" in campaign.kinds())
        said, kinds = campaign.lines(), campaign.kinds()
    assert [kinds.count(kind) for kind in ("start", "played", "ranking")] == [4, 4, 2]
    assert sorted(said) == ["r1_east_gate", "r1_west_gate", "r2_east_gate", "r2_west_gate"]
    for lines in said.values():
        assert [int(number[1:]) for _, number, _, _ in lines] == list(range(1, len(lines) + 1))
    for year in (1, 2):
        own = [says for seat, _, _, says in said[east[year]] if seat == PERSON and says.startswith("The secretary")]
        assert own
        assert len(own) == len(set(own)), "what the secretary said is there once"


def test_a_campaign_with_people_goes_on_in_the_web_app_and_not_on_the_command_line(cli: Cli, tmp_path: Path) -> None:
    async def half() -> None:
        campaigns = campaigns_of(tmp_path)
        course = await opened(campaigns)
        course.begin()
        await until(lambda: course.tables["east_gate"] in campaigns.house.rooms)
        await closed(campaigns)

    asyncio.run(half())
    (folder,) = CampaignFolder.all(tmp_path / "runs")
    before = folder.events.read_bytes()
    done = cli("campaign", "resume", "last", "--content", tmp_path / "content")
    said = f"people play in campaign {folder.id}; go on with it in the web app: sandbox serve"
    assert (done.code, done.err) == (2, f"sandbox: {said}\n")
    assert folder.events.read_bytes() == before
