"""The turn of a person in a review: one line says what became of several matters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sandbox.content.words import Words
from sandbox.record.folder import SessionFolder
from tests.web.light import LightPage, light
from tests.web.playing import begin
from tests.web.served import WebServer
from tests.web.tables import TENANT, make_table

STAGES = ("public_engagement", "review")


async def _denies(person: LightPage) -> None:
    """Write a line that denies a report, and wait until the page has what belongs to that act."""
    await person.do(person.find("data-says"), "update:", "It is not so.")
    await person.click("data-act", "object")
    await person.settle()


def ticked(person: LightPage) -> set[str]:
    """Return of which further matters a page says what became of them."""
    ticks = person.all("data-also").items()
    return {line for key, line in ticks if person.elements[key]["props"].get("model-value") is not None}


async def test_a_person_says_of_several_matters_what_became_of_them(server: WebServer) -> None:
    table = make_table(server, (TENANT, "Anna"), governance="command", stages=STAGES, turns=9, seed=6, lang="zh")
    async with light(table.desk) as desk, light(table.seats[TENANT]) as anna:
        await begin(desk)
        while True:
            if anna.find("data-send-pulse"):
                await anna.answer_pulse()
                await anna.until(lambda: not anna.find("data-send-pulse"))
            await anna.until(lambda: bool(anna.find("data-send") or anna.find("data-send-pulse")))
            if not anna.find("data-send"):
                continue
            await _denies(anna)
            if len(anna.all("data-also")) > 1:
                break
            await anna.say("I listen.", "inform", "answer")
            await anna.until(lambda: not anna.find("data-send"))
        words, ticks = Words("zh"), {line: key for key, line in anna.all("data-also").items()}
        chief, kept, broken = list(ticks)[:3]
        options = {option["label"] for option in anna.elements[ticks[chief]]["props"]["options"]}
        assert options == {words("turn.kept"), words("turn.broken"), words("turn.part"), words("turn.moot")}
        await anna.choose(ticks[chief], words("turn.kept"))  # and then the line is to be about that one
        about = anna.find("data-part", "about")
        label = next(
            one["label"] for one in anna.elements[about]["props"]["options"] if one["label"].startswith(f"{chief} ")
        )
        await anna.choose(about, label)
        await anna.choose(ticks[kept], words("turn.kept"))
        await anna.choose(ticks[broken], words("turn.broken"))
        async with light(table.seats[TENANT]) as phone:
            await phone.until(lambda: len(ticked(phone)) == 2)
            assert ticked(phone) == {kept, broken}, "what was ticked is there on another phone"
        await anna.click("data-send")
        folder = max(SessionFolder.all(server.runs), key=lambda folder: folder.begun)

        def denied() -> list[Mapping[str, Any]]:
            spoken = (event.payload for event in folder.read() if event.kind == "line")
            return [line for line in spoken if line["says"] == "It is not so."]

        await anna.until(lambda: bool(denied()))
        (line,) = denied()
        assert (line["origin"], line["about"]) == ("person", chief)
        assert line["also"] == {kept: "kept", broken: "broken"}
