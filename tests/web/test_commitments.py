"""What a line commits to: its matter is chosen for whoever speaks, and what it settles told before it is sent."""

from __future__ import annotations

from contextlib import AsyncExitStack

from sandbox.content.words import Words
from sandbox.game.view import seat_view
from sandbox.record.folder import SessionFolder
from sandbox.web.seat.commitments import likely_matter
from tests.game.making import line
from tests.report.conftest import told_session
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table


async def choose(page: LightPage, act: str) -> None:
    """Choose an act."""
    await page.click("data-act", act)
    await page.until(lambda: page.elements[page.find("data-act", act)]["props"].get("aria-pressed") == "true")
    await page.settle()


async def test_a_motion_says_what_it_settles_and_who_objects_means_it(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang="zh", turns=12, stages=("public_engagement",))
    words = Words("zh")
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk)
        person = await asked(bo, anna)
        other = anna if person is bo else bo
        await person.do(person.find("data-says"), "update:", "So we do it.")  # what was begun is recalled no more
        await person.settle()
        await choose(person, "propose")

        def settles() -> str:
            return str(person.elements[person.find("data-settles")]["text"])

        assert settles() == words("turn.settles.none")
        field = person.find("data-term")
        label = str(person.elements[field]["props"]["options"][1]["label"])
        await person.choose(field, label)
        await person.until(lambda: label in settles())
        assert len(person.all("data-term")) == 4
        assert "1" in settles()
        await person.click("data-send")
        while await asked(bo, anna) is person:
            await person.say("The hall is empty.", "inform")
        await choose(other, "object")
        about = other.elements[other.find("data-part", "about")]["props"]
        chosen = next(each for each in about["options"] if each["value"] == about["model-value"]["value"])
        assert chosen["label"] != words("turn.none")
        assert other.elements[other.find("data-terms")]["props"]["model-value"] is False, "the rest is folded"


async def test_of_several_motions_none_is_meant_until_its_supporter_says_which(server: WebServer) -> None:
    seats = ((MAYOR, "Bo"), (TENANT, "Anna"), ("local_parent", "Cai"))
    table = make_table(server, *seats, turns=14, stages=("public_engagement",))
    async with light(table.desk) as desk, light(table.projector) as wall, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(light(table.seats[seat])) for seat, _ in seats]
        await begin(desk)
        movers, options = list[LightPage](), list[str]()
        while len(movers) < 2 or await asked(*people) in movers:
            person = await asked(*people)
            if person in movers:
                await person.say("The hall is empty.", "inform")
                continue
            await choose(person, "propose")
            field = person.find("data-term")
            options.append(str(person.elements[field]["props"]["options"][1 + len(movers)]["label"]))
            await person.choose(field, options[-1])
            await person.do(person.find("data-says"), "update:", "So we do it.")
            await person.click("data-send")
            movers.append(person)
        # Rivals stand side by side on the wall.
        await wall.until(lambda: len(wall.all("data-tabled")) >= len(movers) and all(map(wall.shows, options)))
        assert wall.shows("Which children may come?"), "an option is read with the question that it answers"
        supporter = await asked(*people)
        await choose(supporter, "support")
        about = supporter.elements[supporter.find("data-part", "about")]["props"]
        chosen = next(each for each in about["options"] if each["value"] == about["model-value"]["value"])
        assert chosen["label"] == Words("en")("turn.none")
        await supporter.do(supporter.find("data-says"), "update:", "That key suits me.")
        await supporter.click("data-send")
        await supporter.wait("data-ask-which")
        meant = list(supporter.all("data-motion-meant").values())
        assert len(meant) >= 2
        await supporter.click("data-motion-meant", meant[0])
        await supporter.until(lambda: supporter.shows("That key suits me."))
    folder = max(SessionFolder.all(server.runs), key=lambda each: each.begun)
    turns = [event.payload.get("turn", {}) for event in folder.read() if event.kind == "person"]
    assert [turn["about"] for turn in turns if turn.get("says") == "That key suits me."] == [meant[0]]


def test_who_supports_where_a_stage_decides_means_no_motion_that_it_leaves_behind() -> None:
    earlier = line(1, "ngo_director", "propose", terms={"provider": "social_organisation"}, stage="application")
    for said, meant in (
        (line(2, MAYOR, "inform"), "L001"),
        (line(2, MAYOR, "propose", terms={"payer": "district"}), "L002"),
    ):
        session = told_session([earlier, said]).as_read
        view = seat_view(session.game, session.state, TENANT)
        assert likely_matter(view, "support", ["L001", "L002"]) == meant


def test_who_supports_means_no_proposal_that_names_no_option() -> None:
    moved = line(1, "ngo_director", "propose", terms={"provider": "social_organisation"})
    session = told_session([moved, line(2, MAYOR, "propose")]).as_read
    view = seat_view(session.game, session.state, TENANT)
    assert likely_matter(view, "support", ["L001", "L002"]) == "L001"


async def test_whom_a_condition_asks_something_says_with_a_button_what_of_it_they_take_on(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), turns=14, stages=("public_engagement",))
    names = {MAYOR: "Shen Yulan", TENANT: "Luo Mei"}
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk)
        mover = await asked(bo, anna)
        doer, named = (anna, names[TENANT]) if mover is bo else (bo, names[MAYOR])
        await choose(mover, "propose")
        assert not mover.all("data-takes-on"), "nothing is asked of anybody yet"
        field = mover.find("data-term")
        await mover.choose(field, str(mover.elements[field]["props"]["options"][1]["label"]))

        def hidden() -> bool:
            return "hidden" in mover.elements[mover.find("data-asked-of")]["class"]

        await mover.settle()
        assert hidden(), "there is no condition yet"
        await mover.do(mover.find("data-condition"), "update:", f"{named} counts the children at the door")
        await mover.until(lambda: not hidden())
        assert mover.shows(Words("en")("turn.asked_of"))
        await mover.settle()  # whom it asks is drawn anew with its words
        seat = TENANT if mover is bo else MAYOR
        assert {MAYOR, TENANT} <= {*mover.all("data-asks").values()}, "it may ask itself for something as well"
        await mover.do(mover.find("data-asks", seat), "update:", True)
        await mover.settle()
        await mover.do(mover.find("data-says"), "update:", "So we do it.")
        await mover.click("data-send")
        while await asked(bo, anna) is mover:
            await mover.say("The hall is empty.", "inform")
        await choose(doer, "promise")
        (by,) = doer.all("data-takes-on").values()
        ways = [each["label"] for each in doer.elements[doer.find("data-takes-on", by)]["props"]["options"]]
        assert ways == [Words("en")(f"turn.takes_on.{way}") for way in ("yes", "part")], "no promise is a no"
        assert doer.shows(f"{names[MAYOR] if mover is bo else names[TENANT]} asks of you")
        await doer.choose(doer.find("data-takes-on", by), Words("en")("turn.takes_on.yes"))
        await doer.do(doer.find("data-says"), "update:", "At the door, each evening.")
        await doer.click("data-send")  # it is asked no more to what its promise belongs
        await mover.until(lambda: mover.shows(Words("en")("mark.takes_on.yes", line=by)))
    folder = max(SessionFolder.all(server.runs), key=lambda each: each.begun)
    lines = [event.payload for event in folder.read() if event.kind == "line"]
    assert [line["asked_of"] for line in lines if line["id"] == by] == [[seat]]
    said = [line for line in lines if line.get("takes_on")]
    assert [(each["says"], each["takes_on"]) for each in said] == [("At the door, each evening.", {by: "yes"})]
