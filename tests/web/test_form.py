"""What a player fills in and reads around it: the act form, the pulse, and the page after the session."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx2

from sandbox.content.cards import ACTS
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.web.lines import time_over
from tests.content.folders import LIBRARY
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import HastyServer, WebServer
from tests.web.tables import MAYOR, TENANT, make_table

NAMES = {MAYOR: "Shen Yulan", TENANT: "Luo Mei"}


def text_at(page: LightPage, prop: str, value: str | None = None) -> str:
    """Return all texts inside the first element with a property."""
    inside = (str(one.get("text") or "") for _, one in page.walk(page.find(prop, value)))
    return "\n".join(text for text in inside if text)


def pressed(page: LightPage) -> list[str]:
    """Return the acts that are chosen."""
    acts = page.all("data-act").items()
    return [act for key, act in acts if page.elements[key]["props"].get("aria-pressed") == "true"]


def addressee(page: LightPage) -> str:
    """Return whom the line goes to, as the form shows it."""
    return str(page.elements[page.find("data-to")]["props"]["model-value"]["label"])


def options_of(page: LightPage, key: str) -> list[str]:
    """Return what can be chosen in an element."""
    return [option["label"] for option in page.elements[key]["props"]["options"]]


async def take_an_option(page: LightPage) -> None:
    """Choose the first option of the first question."""
    term = page.find("data-term")
    await page.choose(term, options_of(page, term)[1])


async def test_what_is_left_out_or_in_doubt_is_asked_before_a_turn_is_sent(server: WebServer) -> None:
    lang: Lang = "zh"
    table, words = make_table(server, (MAYOR, "Bo"), lang=lang, turns=40), Words(lang)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(bo)
        assert text_at(bo, "data-means") == ""
        await bo.click("data-send")
        await bo.until(lambda: bo.shows(words("turn.need_act")))
        for act in ("propose", "ask"):
            await bo.click("data-act", act)
            await bo.until(lambda: text_at(bo, "data-means") == words(f"pack.act.{act}"))  # noqa: B023
            assert pressed(bo) == [act]
        assert not bo.shows(words("turn.need_act"))
        await bo.click("data-send")
        await bo.until(lambda: bo.shows(words("turn.need_words")))
        await bo.do(bo.find("data-says"), "update:", "Who has the key?")
        await bo.until(lambda: not bo.shows(words("turn.need_words")))

        name = LIBRARY.persona(TENANT).name.get(lang)
        says = f"{name}，钥匙在谁手里？"
        await bo.click("data-act", "inform")
        await bo.do(bo.find("data-says"), "update:", says)
        await bo.click("data-send")
        await bo.wait("data-ask-whom")
        assert words("turn.ask_whom", name=name) in text_at(bo, "data-ask-whom")
        assert not said(server, MAYOR)
        await bo.click("data-to-name")
        await desk.until(lambda: bool(said(server, MAYOR)))
        assert [(line["to"], line["says"]) for line in said(server, MAYOR)] == [(TENANT, says)]

        await bo.until(
            lambda: any("draft.forget" in frame for frame in bo.heard)
        )  # else it is offered at the next turn
        case = LIBRARY.scenario("four_oclock_school")
        for act, key, own in (("promise", "ask_promise", "我说话算数。"), ("propose", "ask_terms", "我提一条。")):
            await asked(bo)
            await bo.click("data-act", act)
            await bo.do(bo.find("data-says"), "update:", own)
            await bo.click("data-send")
            await bo.wait("data-only-words")
            asks = words(f"turn.terms.{act}s", count=len(case.decisions))
            assert bo.elements[bo.find("data-terms")]["props"]["label"] == asks
            await bo.click("data-choose")
            await bo.until(lambda: not bo.find("data-ask-terms"))
            assert bo.elements[bo.find("data-terms")]["props"]["model-value"] is True, "the options are open"
            await bo.click("data-send")
            await bo.wait("data-only-words")
            assert words(f"turn.{key}") in text_at(bo, "data-ask-terms")
            consents = "".join(case.alone(MAYOR, words))
            why = words("turn.ask_promise_consent", questions=consents) if act == "promise" else ""
            assert (why or words(f"turn.{key}_why")) in text_at(bo, "data-ask-terms")
            assert not bo.shows(f"{own}\n")
            await bo.click("data-only-words")
            await bo.until(lambda: bo.shows(own))  # noqa: B023


async def test_a_proposal_goes_to_the_table_with_an_option_and_what_its_speaker_promises(server: WebServer) -> None:
    words, own = Words("en"), "I sweep the yard myself."
    table = make_table(server, (MAYOR, "Bo"), stages=("public_engagement",))
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(bo)
        assert pressed(bo) == ["propose"], "it is asked for a motion"
        assert bo.shows(words("turn.promises"))
        await bo.choose(bo.find("data-to"), options_of(bo, bo.find("data-to"))[1])
        await bo.click("data-act", "propose")
        await bo.until(lambda: addressee(bo) == words("everyone"))
        await bo.do(bo.find("data-says"), "update:", "The hall opens.")
        await bo.click("data-send")
        await bo.wait("data-ask-terms")
        await take_an_option(bo)
        await bo.until(lambda: not bo.find("data-ask-terms"))
        await bo.do(bo.find("data-promises"), "update:", own)
        await bo.click("data-send")
        await desk.until(lambda: desk.shows(words("mark.promises", says=own)))


async def test_a_line_is_taken_over_with_a_tap_and_a_promise_taken_back(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, (MAYOR, "Bo"), stages=("public_engagement",), turns=40)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(bo)
        offered = bo.all("data-suggested")
        assert 1 <= len(offered) <= 3
        key, point = next(iter(offered.items()))
        points = (each for seat in LIBRARY.scenario("four_oclock_school").seats for each in seat.points)
        card = next(each for each in points if each.id == point)
        await bo.do(key, "click")
        await bo.until(lambda: pressed(bo) == [card.act])
        await bo.until(lambda: bo.elements[bo.find("data-says")]["props"]["value"] == card.says.en)
        await bo.click("data-send")
        await bo.until(lambda: bool(said(server, MAYOR)) and not bo.find("data-send"))
        line = said(server, MAYOR)[0]
        await bo.until(lambda: line["id"] in bo.lines() and card.says.en[:20] in bo.texts)
        assert (line["act"], line["says"], line["terms"]) == (card.act, card.says.en, dict(card.terms))

        await asked(bo)
        await bo.click("data-act", "promise")
        promises = await bo.wait("data-promises")
        await bo.do(bo.find("data-says"), "update:", "You have my word.")
        await bo.do(promises, "update:", "The form goes.")
        await take_an_option(bo)
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("You have my word."))
        await asked(bo)
        await bo.click("data-act", "inform")
        back = await bo.wait("data-part", "withdraws")
        assert bo.elements[back]["props"]["label"] == words("turn.withdraws")
        await bo.choose(back, next(text for text in options_of(bo, back) if "The form goes." in text))
        await bo.do(bo.find("data-says"), "update:", "I cannot keep that.")
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("I cannot keep that."))
    promised = next(line for line in said(server, MAYOR) if "The form goes." in line["promises"])
    assert [line["withdraws"] for line in said(server, MAYOR) if "withdraws" in line] == [promised["id"]]


async def test_whoever_asked_for_time_reads_what_it_brings_back(server: WebServer) -> None:
    elders = "village_cadre"
    table = make_table(server, (elders, "Bo"), lang="en", stages=("public_engagement",), turns=14)
    async with light(table.desk) as desk, light(table.seats[elders]) as bo:
        await begin(desk)
        await asked(bo)
        await bo.click("data-act", "propose")
        await bo.wait("data-term")
        await bo.do(bo.find("data-says"), "update:", "The hall opens.")
        await take_an_option(bo)
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("The hall opens."))
        await bo.wait("data-act", "defer")
        assert not bo.all("data-consulted")
        await bo.click("data-act", "defer")
        await bo.do(bo.find("data-says"), "update:", "I must ask the elders.")
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("I must ask the elders."))
        await bo.wait("data-consulted")
        assert "The elders are of two minds" in text_at(bo, "data-consulted")


async def test_whose_motion_another_amends_reads_so_with_the_next_turn(server: WebServer) -> None:
    table = make_table(
        server, (MAYOR, "Bo"), (TENANT, "Anna"), lang="zh", stages=("public_engagement",), turns=20,
    )  # fmt: skip
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk)

        async def turn_of(person: LightPage) -> None:
            while (now := await asked(bo, anna)) is not person:
                await now.say("I have nothing to add to that.", "inform")

        await turn_of(bo)
        await bo.click("data-act", "propose")
        await bo.do(bo.find("data-says"), "update:", "The hall opens.")
        await bo.wait("data-term")
        await take_an_option(bo)
        await bo.click("data-send")
        await turn_of(anna)
        assert not bo.all("data-overtaken")
        await anna.click("data-act", "support")
        condition, about = await anna.wait("data-condition"), await anna.wait("data-part", "about")
        motion = next(text for text in options_of(anna, about) if "The hall opens." in text)
        await anna.choose(about, motion)
        await anna.do(anna.find("data-says"), "update:", "With a lamp.")
        await anna.do(condition, "update:", "A lamp on the stairs.")
        await anna.click("data-send")
        await turn_of(bo)
        await bo.wait("data-overtaken")
        text = text_at(bo, "data-overtaken")
        own = motion.split()[0]
        assert f"改了提案{own}。" in text


async def test_a_task_without_a_name_is_questioned_and_whoever_decides_alone_takes_over_a_motion_with_another_condition(
    server: WebServer,
) -> None:
    words = Words("en")
    table = make_table(
        server, (MAYOR, "Bo"), lang="en", governance="command", stages=("training", "public_engagement"), turns=24,
    )  # fmt: skip
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await begin(desk)
        await asked(bo)
        await bo.click("data-act", "delegate")
        await bo.do(bo.find("data-says"), "update:", "Have it on my desk tomorrow.")
        await bo.click("data-send")
        await bo.wait("data-ask-task")
        assert words("turn.ask_task") in text_at(bo, "data-ask-task")
        assert not desk.shows("Have it on my desk tomorrow.")
        for part in (await bo.wait("data-part", "task"), bo.find("data-to")):
            labels = [each["label"] for each in bo.elements[part]["props"]["options"]]
            await bo.choose(part, labels[1])
        await bo.until(lambda: not bo.find("data-ask-task"))
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("Have it on my desk tomorrow."))
        await asked(bo)
        await bo.click("data-act", "propose")
        await bo.do(bo.find("data-says"), "update:", "The hall may open.")
        await bo.until(lambda: bo.shows(words("turn.condition")))
        assert not bo.find("data-again")
        await take_an_option(bo)
        await bo.do(bo.find("data-condition"), "update:", "Lamps first.")
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("The hall may open."))
        await desk.click("data-order", "end")
        await desk.press(words("desk.end"))
        await bo.answer_pulse()
        await asked(bo)
        await desk.click("data-order", "end")
        await desk.until(lambda: words("desk.end_sure.undecided") in desk.texts)
        await bo.click("data-act", "propose")
        await bo.do(bo.find("data-says"), "update:", "The hall opens.")
        await bo.wait("data-again")
        await bo.choose(bo.find("data-again"), options_of(bo, bo.find("data-again"))[1])
        await bo.until(lambda: text_at(bo, "data-settles") != words("turn.settles.none"))
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("The hall opens."))
        await desk.click("data-order", "vote")
        await desk.until(lambda: words("desk.vote_sure_last") in desk.texts)
        await desk.press(words("desk.vote"))
        await bo.until(lambda: list(bo.all("data-act").values()) == ["decide"])
        assert bo.shows(words("turn.condition.binds"))
        assert not bo.shows(words("turn.condition"))
        about, replaces = await bo.wait("data-part", "about"), await bo.wait("data-part", "replaces")
        assert bo.elements[about]["props"]["label"] == words("turn.about.binds")
        assert bo.elements[about]["props"]["hint"] == words("turn.about.binds.hint"), "a label is cut on a phone"
        await bo.choose(about, next(text for text in options_of(bo, about) if "The hall opens." in text))
        await bo.until(lambda: "Lamps first." in text_at(bo, "data-held"))
        await bo.choose(replaces, next(text for text in options_of(bo, replaces) if "Lamps first." in text))
        await take_an_option(bo)
        await bo.do(bo.find("data-condition"), "update:", "Open until seven.")
        await bo.do(bo.find("data-says"), "update:", "So it is decided.")
        await bo.click("data-send")
        await desk.until(lambda: desk.shows("So it is decided."))
    folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)
    events = folder.read()
    said = {event.payload["act"]: event.payload for event in events if event.kind == "line" and event.seat == MAYOR}
    assert said["propose"]["condition"] == "Lamps first."
    assert (said["decide"]["about"], said["decide"]["condition"]) == (said["propose"]["id"], "Open until seven.")
    assert [event.payload["condition"] for event in events if event.kind == "decision"] == ["Open until seven."]


def said(server: WebServer, seat: str) -> list[dict[str, Any]]:
    """Return what a seat has said by now in the session that began last, as the log has it."""
    folder = max(SessionFolder.all(server.runs), key=lambda each: each.begun)
    return [event.payload for event in folder.read() if event.kind == "line" and event.seat == seat]


async def test_what_a_card_promises_is_not_questioned(server: WebServer) -> None:
    seat, stages = "grid_master", ("public_engagement",)
    table = make_table(server, (seat, "Bo"), scenario="clean_up", governance="command", stages=stages)
    async with light(table.desk) as desk, light(table.seats[seat]) as bo:
        await begin(desk)
        await asked(bo)
        await bo.do(await bo.wait("data-suggested", "grid_e4"), "click")
        await bo.until(lambda: pressed(bo) == ["promise"])
        await bo.click("data-send")
        await bo.until(lambda: bool(said(server, seat)))
    line = said(server, seat)[0]
    assert (line["act"], line["terms"]) == ("promise", {}), "ready-made, it is sent at once"


async def test_an_act_waits_for_what_it_takes_up_and_whoever_is_asked_finds_the_answer_chosen(
    server: WebServer,
) -> None:
    table, words = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), turns=30), Words("en")
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk)
        seats = {id(bo): (MAYOR, anna), id(anna): (TENANT, bo)}
        person = await asked(bo, anna)
        seat, other = seats[id(person)]
        assert (pressed(person), addressee(person)) == ([], words("everyone")), "nobody has asked"
        acts = list(person.all("data-act").values())
        assert text_at(person, "data-act", "answer").endswith(words("turn.waits.question"))
        assert text_at(person, "data-act", "support").endswith(words("turn.waits.proposal"))
        assert acts == [act for act in ACTS if act in acts], "each in its place, whatever it waits for"
        assert text_at(person, "data-act", "inform") == ""
        theirs = seats[id(other)][0]
        to = person.find("data-to")
        await person.choose(to, next(label for label in options_of(person, to) if NAMES[theirs] in label))
        await person.say("How many evenings can you come?", "ask")
        assert await asked(other) is other
        assert words("pack.act.answer") in other.texts
        assert pressed(other) == ["answer"]
        assert NAMES[seat] in addressee(other)
        await other.do(other.find("data-says"), "update:", "Two, in winter three.")
        await other.click("data-send")
        await person.until(lambda: person.shows("Two, in winter three."))
        line = next(line for line in said(server, theirs) if line["says"] == "Two, in winter three.")
        assert (line["act"], line["to"]) == ("answer", seat)
        mover = await asked(bo, anna)
        await mover.say("Open the school gate at four.", "propose")
        while (supporter := await asked(bo, anna)) is mover:
            await mover.say("Nothing else.", "inform")
        assert text_at(supporter, "data-act", "support") == ""


def over(kind: str, giver: str, by: str = "", seat: str = TENANT, refused: str = "") -> str:
    """Return what the tenant is told of an order that is carried out, or refused."""
    order = {"id": "O1", "kind": kind, "seat": seat, "by": by, "giver": giver}
    given = Event(1, 0.0, "order", "training", seat, order)
    done = Event(2, 0.0, "direction", "training", seat, {"id": "O1", "kind": kind, "refused": refused})
    assert time_over([given, done], given, TENANT) == ""
    return time_over([given, done], done, TENANT)


def test_only_the_clock_ends_somebodys_time() -> None:
    assert over("seat", "clock", "persona") == "speaks"
    assert over("seat", "clock", "person") == "", "handed back"
    assert over("skip", "clock") == "skip"
    assert over("uncast", "clock") == "uncast"
    assert over("skip", "clock", seat=MAYOR) == "", "it is the mayor's"
    assert over("skip", "clock", refused="the vote has begun") == ""
    assert over("seat", "player", "persona") == ""
    assert over("skip", "player") == over("skip", "facilitator") == ""
    assert over("end", "clock", seat="") == ""


async def test_whose_time_is_over_is_told_so_and_everybody_sees_who_spoke(hasty_server: HastyServer) -> None:
    lang: Lang = "zh"
    table, words = make_table(hasty_server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=60), Words(lang)
    async with (
        light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna,
        light(table.observer) as watching,
    ):  # fmt: skip
        await begin(desk)
        late = await asked(bo, anna)
        other = anna if late is bo else bo
        before = len(watching.lines())
        await desk.do(desk.find("data-turn-seconds"), "update:", 600)
        await desk.click("data-turn-time")
        left = re.compile(words("table.left", time=r"(?:10:00|9:\d\d)"))
        await desk.until(lambda: bool(left.search(text_at(desk, "data-waiting"))))
        hasty_server.let_pass(580)
        await late.until(lambda: text_at(late, "data-then") == words("table.then.persona"))
        hasty_server.let_pass(20)
        await late.wait("data-overdue")
        await desk.do(desk.find("data-turn-seconds"), "update:", 0)
        await desk.click("data-turn-time")
        text, earlier = words("table.overdue.persona"), words("table.overdue.before.persona")
        kept = words("table.overdue.speaks")
        assert text_at(late, "data-overdue") in (kept, text, earlier), "it may be their turn again by now"
        await late.until(lambda: text_at(late, "data-lost") in [words("table.lost.said", line=x) for x in late.lines()])
        texts = {kept, text, earlier}  # in the bar above, and in the transcript
        await late.until(lambda: sum(map(late.texts.count, texts)) >= 2)
        assert not any(page.shows(each) for page in (other, watching) for each in (kept, text))
        for page in (late, other, watching, desk):
            await page.until(lambda: page.shows(words("mark.persona")))  # noqa: B023
        assert len(watching.lines()) > before
        async with asyncio.timeout(20):
            while await asked(bo, anna) is not late:
                await other.say("Go on.", "inform", "ask")
                await other.settle()
        assert text_at(late, "data-overdue") == earlier, "of the last time, when the seat is asked again"
        await late.say("Here I am again.", "inform", "ask")
        await late.until(lambda: not late.find("data-overdue"))
        await late.open(table.seats[MAYOR if late is bo else TENANT])
        assert late.shows(kept), "it stands in the transcript for good"
        # Whoever lets the time for two turns running pass reads that the persona keeps the seat.
        await desk.do(desk.find("data-turn-seconds"), "update:", 600)
        await desk.click("data-turn-time")
        async with asyncio.timeout(20):
            while not late.shows(words("table.overdue.kept")):
                if await asked(bo, anna) is late:
                    hasty_server.let_pass(600)
                    await late.until(lambda: not late.find("data-send"))
                else:
                    await other.say("Go on.", "inform", "ask")
                await other.settle()
        assert text_at(late, "data-idle") == words("table.idle.covered")


async def test_each_button_of_a_pulse_tells_its_question_and_level_and_that_its_time_is_over_is_told(
    hasty_server: HastyServer,
) -> None:
    table, words = make_table(hasty_server, (MAYOR, "Bo"), seconds=60), Words("en")
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo:
        await desk.click("data-start")
        await bo.wait("data-send-pulse")
        spoken = []
        for key, name in bo.all("data-pulse").items():
            props = bo.elements[key]["props"]
            assert (props["role"], props["aria-label"]) == ("group", words(f"pulse.ask.{name}"))
            spoken += [option["attrs"]["aria-label"] for option in props["options"]]
        assert len(spoken) == len(set(spoken)) == 15
        assert "Trust: 4 of 5" in spoken
        hasty_server.let_pass(40)
        await bo.until(lambda: text_at(bo, "data-then") == words("table.then.pulse"))
        hasty_server.let_pass(20)
        told = [words("table.overdue.pulse"), words("table.lost.start")]
        await bo.until(lambda: [text_at(bo, part) for part in ("data-overdue", "data-lost")] == told)


async def test_the_end_begins_with_what_was_decided(server: WebServer) -> None:
    words = Words("en")
    table = make_table(server, (TENANT, "Anna"), turns=5, stages=("public_engagement",), governance="command")
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await begin(desk)
        async with asyncio.timeout(60):
            while not anna.find("data-outcome"):  # it may be over before she is asked
                if anna.find("data-send-pulse"):
                    await anna.answer_pulse()
                elif cover := anna.find("data-cover"):
                    await anna.do(cover, "click")
                    await anna.settle()
                await asyncio.sleep(0.05)
        order = [prop for _, one in anna.walk() for prop in ("data-outcome", "data-document", "data-reflect")
                 if prop in one.get("props", {})]  # fmt: skip
        assert order == ["data-outcome", "data-document", "data-reflect"], "one reflects on what one has read"
        told = text_at(anna, "data-outcome")
        assert told.startswith(words("over.done"))
        assert words("over.now") in told, "and with what is to be done now"
        folder = max(SessionFolder.all(server.runs), key=lambda each: each.begun)
        taken = [each.payload for each in folder.read() if each.kind == "decision" and each.payload["carried"]]
        assert sorted(anna.all("data-decided").values()) == sorted(each["id"] for each in taken)
        assert taken
        assert words("over.nothing") not in told


async def test_the_pack_of_a_table_has_the_role_cards_of_those_who_sit_there(server: WebServer) -> None:
    table = make_table(server, (MAYOR, "Bo"), cast={"local_parent": "elder"})
    elder, own = LIBRARY.persona("elder"), LIBRARY.persona("local_parent")
    async with light(table.desk) as desk:
        await desk.unfold("data-change")
        link = str(desk.elements[await desk.wait("data-pack", "html")]["props"]["href"])
        assert "stage=training%3D0" in link, "the plan of time is that of this table"
        page = httpx2.get(f"{server.origin}{link}")
        assert page.status_code == 200
        assert f"{elder.name.en} ({elder.role.en}) sits in the seat of {own.name.en} ({own.role.en})." in page.text
        assert own.non_negotiable.en not in page.text
        roles = str(desk.elements[await desk.wait("data-print", "roles")]["props"]["href"])
        cards = httpx2.get(f"{server.origin}{roles}").text
        assert f"{elder.name.en} ({elder.role.en})" in cards
        assert Words("en")("pack.moments") not in cards, "role cards are printed without the facilitator's guide"
        await desk.choose(desk.find("data-cast-seat", "local_parent"), Words("en")("setup.cast.own", name=own.name.en))
        await desk.until(lambda: "cast" not in str(desk.elements[desk.find("data-pack", "html")]["props"]["href"]))
    refused = httpx2.get(f"{server.origin}{link.replace('elder', 'nobody')}")
    assert refused.status_code == 409
