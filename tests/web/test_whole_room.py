"""What a trainer and people in a room notice: all tables at once, a slow model, late comers, what is not yet moved."""

from __future__ import annotations

from pathlib import Path

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin, in_time
from tests.web.served import HastyServer, WebServer
from tests.web.slow import Slow, serving, text_at
from tests.web.tables import TENANT, make_table


async def test_all_tables_are_started_and_paused_and_go_on_at_once(tmp_path: Path) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    with WebServer(tmp_path, "--model", "none") as server:
        first, second, empty = (
            make_table(server, *people, lang=lang, persons=(TENANT,), turns=30, number=number)
            for number, people in ((1, [(TENANT, "Anna")]), (2, [(TENANT, "Bo")]), (3, []))
        )
        async with (
            light(f"{server.link}/tables?lang={lang}") as tables, light(first.desk) as one, light(second.desk) as two,
            light(empty.desk) as three, light(first.seats[TENANT]) as anna,
        ):  # fmt: skip
            glance = tables.find("data-glance", first.id)
            link = tables.find("href", first.desk.removeprefix(server.origin))
            assert link
            start = await tables.wait("data-start-all")
            assert tables.elements[start]["props"]["label"] == words("tables.start_all", count=2)
            assert not tables.find("data-pause-all")
            await tables.click("data-start-all")
            gone = tables.elements[await tables.wait("data-gone", second.id)]
            assert words("tables.number", number=2) in str(gone), "Bo's phone is not there"
            await tables.click("data-without")
            await one.wait("data-order", "pause")
            assert two.find("data-start"), "where everybody is gone it starts only when that is chosen"
            await tables.until(lambda: bool(again := tables.find("data-start-all")) and again != start)
            await tables.click("data-start-all")
            await two.wait("data-order", "pause")
            assert three.find("data-start"), "nobody sits there"
            await anna.wait("data-waiting")  # her page has left the lobby, whose button calls nobody any more
            await anna.click("data-help")
            assert "外来租客" in str(tables.elements[await tables.wait("data-calls")]["text"])
            await tables.click("data-pause-all")
            for desk in (one, two):
                await desk.wait("data-order", "resume")
            await tables.until(lambda: not tables.find("data-start-all") and not tables.find("data-pause-all"))
            await tables.wait("data-paused")
            await tables.until(lambda: not tables.shows(words("state.live")))
            await tables.click("data-resume-all")
            for desk in (one, two):
                await desk.wait("data-order", "pause")
            await tables.until(lambda: not tables.find("data-resume-all"))

            # An event for all: each that plays hears it, and the desk is told which do not.
            async with light(make_table(server, lang=lang, turns=4).desk) as through:
                await through.click("data-start")
                await through.wait("data-next")
            for desk in (one, two):
                await desk.click("data-no-pulses")
            await tables.click("data-inject-all")
            await tables.until(lambda: tables.shows(words("refused.no_text")))
            await tables.do(tables.find("data-event-all"), "update:", "督查组到了。")
            await tables.click("data-inject-all")
            for page in (one, two, anna):
                await page.until(lambda: page.shows("督查组到了。"))  # noqa: B023
            missed = words("tables.number", number=3) + words.paren(words("state.lobby"))
            reached = words("tables.news_reached", count=2), words("tables.news_missed", tables=missed)
            assert text_at(tables, "data-reached") == "".join((*reached, words("tables.news_over", count=1)))
            assert not three.shows("督查组到了。")
            assert glance in tables.elements
            assert link in dict(tables.walk(glance)), "the link is the very same, with the focus of whoever is on it"


async def test_a_slow_model_can_be_left_for_the_cards_before_it_fails(tmp_path: Path) -> None:
    model = Slow()
    with serving(tmp_path, model, _SLOW=0.2) as server:
        table = make_table(server, (TENANT, "Anna"), lang="en", turns=20)
        async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
            await begin(desk)
            await asked(anna)
            await desk.settle()
            assert not desk.find("data-by-cards"), "it has answered so far"
            model.free.clear()
            await anna.say("Who pays?", "ask", "inform")
            await desk.wait("data-by-cards")
            before = len(anna.lines())
            await desk.click("data-by-cards")
            await anna.until(lambda: len(anna.lines()) > before)
            await asked(anna)


async def test_that_there_is_nothing_to_vote_on_is_told_in_time_and_afterwards_why_nothing_was_decided(
    tmp_path: Path,
) -> None:
    words = Words("zh")
    with serving(tmp_path, Slow()) as server:
        table = make_table(server, (TENANT, "Anna"), lang="zh", turns=20, stages=("public_engagement",))
        async with (
            light(table.desk) as desk, light(table.projector) as wall, light(table.seats[TENANT]) as anna,
        ):  # fmt: skip
            await begin(desk)
            await asked(anna)
            lines = len(anna.lines())
            for page in (anna, desk, wall):
                told = words("table.no_motion", count=20 - lines)
                await page.until(lambda: text_at(page, "data-no-motion") == told)  # noqa: B023
            await desk.click("data-order", "end")
            await desk.press(words("desk.end"))
            await anna.answer_pulse()
            why = words("semi").join(words.of("ended", each) for each in ("facilitator", "no_motion"))
            for page in (anna, desk, wall):
                await page.until(lambda: text_at(page, "data-why-none").endswith(words("decision.why_none", why=why)))  # noqa: B023
            assert anna.shows(words("over.nothing")), "the page begins with it"


def said_in(page: LightPage, line: str) -> str:
    """Return a line as it stands on a page."""
    texts = [str(one.get("props", {}).get("innerHTML", "")) for _, one in page.walk()]
    return next((part for text in texts for part in text.split("<article")[1:] if f'"{line}"' in part), "")


async def test_whoever_comes_late_reads_what_the_lobby_tells_and_a_slip_is_taken_off(server: WebServer) -> None:
    table, words = (
        make_table(server, (TENANT, "Anna"), turns=20, lang="en", stages=("training", "public_engagement")),
        Words("en"),
    )
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna, light(table.projector) as wall:
        assert text_at(anna, "data-how-long")
        await desk.click("data-start")
        await anna.unfold("data-guide")

        def told() -> str:
            return "\n".join(str(one) for _, one in anna.walk(anna.find("data-guide")))

        await anna.until(lambda: all(words(f"guide.{part}") in told() for part in ("stages", "acts")))
        await desk.click("data-no-pulses")
        await asked(anna)
        card = anna.find("data-guide")
        await desk.click("data-order", "end")
        await desk.press(words("desk.end"))
        await anna.until(lambda: anna.find("data-guide") not in ("", card))
        await anna.settle()
        assert all(words(f"guide.{part}") in told() for part in ("stages", "acts")), "what is unfolded stays so"
        await desk.click("data-no-pulses")
        await asked(anna)
        slip, note = "Mrs. Sun of block 9 never pays.", words("mark.taken_off")
        await anna.say(slip, "inform", "ask")
        await anna.until(lambda: not anna.find("data-guide"))
        await wall.until(lambda: wall.shows(slip))
        line = next(line for line in wall.lines() if slip in said_in(wall, line))
        for off, stands in (("yes", note), ("no", slip)):
            await desk.open_line(line)
            await desk.click("data-take-off", off)
            for page in (desk, wall, anna):
                await page.until(lambda page=page, stands=stands: stands in said_in(page, line))  # type: ignore[misc]
            await anna.settle()
            assert [page.shows(slip) for page in (wall, anna)] == [stands == slip] * 2


async def test_who_decides_alone_is_told_of_no_line_and_asked_what_is_decided(server: WebServer) -> None:
    lang: Lang = "zh"
    words = Words(lang)
    spec = SessionSpec(scenario="four_oclock_school", governance="command", lang=lang, stages=("public_engagement",))
    chair = Game(spec, Library.load()).chair
    table = make_table(server, (chair, "Bo"), lang=lang, governance="command", stages=("public_engagement",), turns=2)
    async with light(table.desk) as desk, light(table.seats[chair]) as bo:
        await begin(desk)
        await asked(bo)
        while not bo.find("data-act", "decide"):
            await bo.say("Let us hear.", "inform", "ask")
            await asked(bo)
        assert bo.shows(words("decide.title"))
        assert not bo.shows(words("table.line_of", turn=3, limit=2))
        assert bo.elements[bo.find("data-terms")]["props"]["label"] == words("turn.terms.binds")
        await bo.do(bo.find("data-says"), "update:", "So be it.")
        await bo.click("data-send")
        await bo.wait("data-ask-terms")
        unpaid = Library.load().scenario("four_oclock_school").decision_by_id["payer"].options["parents"].get(lang)
        assert bo.shows(words("turn.not_payable", option=unpaid)), "what these rules keep out of a decision is told"
        assert bo.shows(words("turn.ask_decide_why"))


async def test_what_a_persona_said_for_a_person_is_marked_once_on_a_page_opened_later(
    hasty_server: HastyServer,
) -> None:
    mark = Words("en")("mark.persona")
    table = make_table(hasty_server, (TENANT, "Anna"), turns=30, seconds=1, lang="en", by_cards=True)
    async with light(table.desk) as desk, light(table.projector) as wall:
        await desk.click("data-start")
        await in_time(hasty_server, lambda: wall.shows(mark))
        await desk.click("data-order", "pause")
        await wall.open(table.projector)
        marks = [line for line in wall.texts.split("\n") if mark in line]
        assert marks
        assert all(line.count(mark) == 1 for line in marks)
