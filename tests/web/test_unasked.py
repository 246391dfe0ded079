"""What a player reads who is not asked just now: nothing says that they were not asked where they were."""

from __future__ import annotations

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from tests.session.support import LIBRARY
from tests.web.light import LightPage, light
from tests.web.playing import asked, begin
from tests.web.served import WebServer
from tests.web.tables import MAYOR, TENANT, make_table
from tests.web.test_votes import cast, to_the_vote, votes_in


def told(page: LightPage, name: str) -> str:
    """Return the text of the first element that a name marks, or an empty text."""
    return str(page.elements[page.find(name)].get("text") or "") if page.find(name) else ""


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_whoever_was_asked_is_skipped_or_paused_reads_it(server: WebServer, lang: Lang) -> None:
    table, words = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=30), Words(lang)
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk, bo)
        await bo.until(lambda: told(bo, "data-idle") == words("pulse.sent", count=1))
        await anna.answer_pulse()
        person = await asked(bo, anna)
        await person.do(person.find("data-says"), "update:", "Half a line")
        await desk.click("data-order", "pause")
        await person.until(lambda: told(person, "data-idle") == words("table.idle.paused"))
        await desk.click("data-order", "resume")
        await person.wait("data-send")
        await desk.click("data-order", "skip")
        texts = {words(f"table.overdue.{key}") for key in ("skipped", "before.skipped")}
        await person.until(lambda: told(person, "data-overdue") in texts)
        # The one asks the other, who is told of it until it is their turn.
        person = await asked(bo, anna)
        other, seat = (anna, TENANT) if person is bo else (bo, MAYOR)
        to, name = person.find("data-to"), LIBRARY.persona(seat).name.get(lang)
        labels = [str(option["label"]) for option in person.elements[to]["props"]["options"]]
        await person.choose(to, next(label for label in labels if name in label))
        await person.say("Who has the key?", "ask")
        await other.until(lambda: bool(other.find("data-send")) or "L0" in told(other, "data-idle"))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_whoever_has_voted_reads_how_and_may_vote_anew_until_it_is_taken_down(
    server: WebServer, lang: Lang
) -> None:
    words = Words(lang)
    table = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=8, stages=("public_engagement",))
    async with light(table.desk) as desk, light(table.seats[MAYOR]) as bo, light(table.seats[TENANT]) as anna:
        await begin(desk, bo, anna)
        await to_the_vote(bo, anna)
        last = bo  # whoever assesses the others from above votes after them
        await last.click("data-act", "object")
        await last.until(lambda: told(last, "data-own-vote") == words("vote.own.no"))
        await last.until(lambda: words("vote.sent") in last.notices)
        await last.click("data-change-vote")
        await last.until(lambda: votes_in(last))
        await last.click("data-act", "support")
        await last.until(lambda: told(last, "data-own-vote") == words("vote.own.yes"))
        while not last.find("data-before"):  # what is rejected may be put amended
            for page in filter(votes_in, (anna, bo)):
                await page.click("data-act", "support")
            await last.settle()
        assert words("vote.own.yes") in told(last, "data-before")
        votes = [vote for vote in cast(server) if vote["seat"] == MAYOR]
        assert votes[0]["act"] == "support", "the vote that was taken back counts for nothing"
