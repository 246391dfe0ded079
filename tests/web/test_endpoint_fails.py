"""The endpoint fails while a class plays: the desk says so in its language, and lets the cards speak from there."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.record.folder import SessionFolder
from sandbox.web.tables.store import WebStore
from tests.stub_endpoint import Received, StubEndpoint, StubReply, error
from tests.web.campaigns import CARD, campaign_content
from tests.web.light import light
from tests.web.playing import begin_year, in_time
from tests.web.served import HastyServer, Streaming
from tests.web.tables import TENANT, make_table


class Failing(Streaming):
    """A model whose endpoint is overloaded as long as that is wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.down = threading.Event()

    def __call__(self, request: Received) -> StubReply:
        if self.down.is_set():
            return error(503, "fake overloaded", headers={"retry-after": "0.2"})
        return super().__call__(request)


async def test_when_the_endpoint_fails_the_cards_speak_the_rest(tmp_path: Path) -> None:
    model, words = Failing(), Words("zh")
    with StubEndpoint(model) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        patch.setenv("SANDBOX_MODEL", "stub")
        with HastyServer(tmp_path, "--house-max-tokens", "1000000") as server:
            table = make_table(server, (TENANT, "Anna"), lang="zh", turns=8, seconds=1)
            for by_cards in (False, True):
                code = make_table(server, lang="zh", by_cards=by_cards).code
                async with light(f"{server.origin}/join/{code}") as page:
                    assert (words("disclosure.none") in page.texts) == by_cards, "what is said there goes to no model"
            async with light(table.desk) as desk, light(table.projector) as wall:
                await desk.click("data-start")
                await in_time(server, lambda: bool(wall.lines()))
                model.down.set()
                again = [words("table.attempt", number=number) for number in range(2, 6)]
                await in_time(server, lambda: any(text in desk.texts for text in again))
                assert not any(text in wall.texts for text in again), "how often it was asked is nothing for the class"
                await desk.wait("data-by-cards")  # no need to wait until it has given up
                await desk.until(lambda: bool(desk.find("data-stopped")), 60)
                assert words("refused.endpoint") in desk.texts
                assert "503" in desk.texts, "the endpoint's own words are there for whoever can read them"
                assert not wall.shows("503")
                before = len(wall.lines())
                await desk.click("data-by-cards")
                await in_time(server, lambda: len(wall.lines()) > before)
                (folder,) = SessionFolder.all(server.runs)
                await in_time(server, lambda: any(event.kind == "close" for event in folder.read()))
                took_over = [event.payload for event in folder.read() if event.kind == "model"]
                assert [(told["model"], told["judge_model"]) for told in took_over] == [("cards", None)]
                spent = sum(
                    event.payload["usage"]["prompt"] + event.payload["usage"]["completion"]
                    for event in folder.read() if event.kind == "call"
                )  # fmt: skip
            most = words("disclosure.most", tokens="1,000,000")
            async with light(f"{server.link}?lang=zh") as home:
                assert words("disclosure.spent", tokens=f"{spent:,}", paid="", most=most) in home.texts
            log = server.log()
    of_table = [line for line in log.splitlines() if line.split(" ", 2)[2].startswith(f"table {table.id}: ")]
    (why,) = [line for line in of_table if " ERROR " in line]
    assert why.endswith("(503)")
    assert {line.split()[1] for line in of_table} == {"INFO", "ERROR"}
    assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} [A-Z]+ ", line) for line in log.splitlines())
    assert not [text for text in ("Anna", "fake overloaded", "sk-secret", "/f/", "/s/") if text in log]


async def test_at_a_table_of_a_campaign_the_cards_speak_too_and_stay(tmp_path: Path) -> None:
    lang: Lang = "zh"
    model, words = Failing(), Words(lang)
    content = campaign_content(tmp_path / "content")
    with StubEndpoint(model) as stub, pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_BASE_URL", stub.base_url)
        patch.setenv("OPENAI_API_KEY", "sk-secret-key")
        patch.setenv("SANDBOX_MODEL", "stub")
        model.down.set()
        with HastyServer(tmp_path, "--content", str(content)) as server:
            async with light(f"{server.link}/campaign?lang={lang}") as form:
                card = form.elements[form.find("data-card")]["props"]
                small = Library.load(content).network(CARD).name.get(lang)
                place = next(each["value"] for each in card["options"] if each["label"] == small)
                await form.do(form.find("data-card"), "update:", place)
                await form.until(lambda: bool(form.find("data-community", "east_gate")))
                await form.click("data-open")
                await form.until(lambda: bool(form.opened))
            (folder,) = CampaignFolder.all(server.runs)
            store = WebStore(server.runs / "tables.sqlite")
            east = next(each.table for each in store.members(folder.path.name) if each.community == "east_gate")
            store.close()
            async with light(server.origin + form.opened[0]) as boss, light(f"{server.link}/t/{east}") as desk:
                await begin_year(boss)
                await desk.wait("data-by-cards")
                assert words("rounds.by_cards_stay") in desk.texts
                await boss.until(lambda: len(boss.all("data-by-cards")) == 2, 60)
                await desk.click("data-by-cards")
                await boss.until(lambda: len(boss.all("data-by-cards")) == 1, 60)  # that of the other table
                await boss.click("data-by-cards")
                await boss.until(lambda: bool(boss.find("data-begin")), 90)
                asked = len(model.requests)
                await begin_year(boss)
                await boss.until(lambda: any(event.kind == "close" for event in folder.read()), 90)
            assert len(model.requests) == asked, "in the second year no model is asked"
            logs = [folder.session(path.parent.name).read() for path in folder.path.glob("*/events.jsonl")]
    assert len(logs) == 4
    for events in logs:
        assert [event.payload["model"] for event in events if event.kind == "model"] == ["cards"]
        assert {event.payload["origin"] for event in events if event.kind == "line"} == {"card"}
