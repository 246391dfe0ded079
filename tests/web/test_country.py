"""Countries in the browser: played by a process of its own, one at a time, and watched by the facilitator alone."""

from __future__ import annotations

import asyncio
import html
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import yaml
from playwright.async_api import expect

import sandbox.web.countries
import sandbox.web.country_worker
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.facts import Shown
from sandbox.errors import InputError
from sandbox.report.document.html import SCRIPT_HASH
from sandbox.web.countries import Countries, Progress, Setting, swaps
from sandbox.web.country_worker import FOLDER, Worker, facts_in
from tests.diffusion.dealing import deal_once
from tests.report.spreads import country
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

NAME = "small_country"
SMALL = Setting(NAME, 12, 2)
ANSWERS = """
import json, os, sys, time
for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps({"what": "countries", "done": 1, "of": order["seeds"]}), flush=True)
    if order["seeds"] == 10:
        time.sleep(60)
    if order["seeds"] == 5:
        sys.exit(1)
    print(json.dumps({"result": str(os.getpid()), "seconds": 2.0}), flush=True)
"""


def content(folder: Path, **changes: Any) -> Path:
    """Write a content folder with the small country, behind which stand few and short sessions."""
    path = folder / "prompts" / "networks" / f"{NAME}.yaml"
    path.parent.mkdir(parents=True)
    deck = {"scenarios": ["clean_up"], "sessions": 1, "turns": 4}
    card = country(deck=deck, **changes).model_dump(mode="json", exclude_defaults=True)
    path.write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _few_decks(monkeypatch: pytest.MonkeyPatch) -> None:
    deal_once(monkeypatch)


def order(**changes: Any) -> dict[str, Any]:
    return {"do": "play", "network": NAME, "districts": 12, "seeds": 2, "without": [],
            "central_rule": None, "changes": []} | changes  # fmt: skip


@asynccontextmanager
async def countries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Countries]:
    """Return countries with a worker that only answers."""
    script = tmp_path / "worker.py"
    script.write_text(ANSWERS, encoding="utf-8")
    monkeypatch.setattr(sandbox.web.countries, "_WORKER", (str(script),))
    made = Countries(Library.load(content(tmp_path / "own")), tmp_path / "runs")
    yield made
    await made.close()


async def test_one_country_is_played_at_a_time_and_the_others_hear_how_many_are_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with countries(tmp_path, monkeypatch) as made:
        waits = [Progress() for _ in range(3)]
        long = Setting(NAME, 12, 10)
        first = asyncio.ensure_future(made.play(long, waits[0]))
        others = [asyncio.ensure_future(made.play(SMALL, progress)) for progress in waits[1:]]
        while waits[0].stage == "waits":
            await asyncio.sleep(0.02)
        assert (waits[0].done, waits[0].whole) == (1, 10)
        assert [(each.stage, each.done) for each in waits[1:]] == [("waits", 1), ("waits", 2)]
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        one, two = await asyncio.gather(*others)
        assert one == two  # what was stopped took its process with it, and the next one serves all others


async def test_a_process_that_ends_is_told_and_the_next_country_gets_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with countries(tmp_path, monkeypatch) as made:
        with pytest.raises(InputError, match="has ended before it was done"):
            await made.play(Setting(NAME, 12, 5), Progress())
        plays, deals = made.seconds(SMALL)
        assert plays >= 1
        assert deals > 0
        await made.play(SMALL, Progress())
        assert made.seconds(SMALL)[1] == 0  # its sessions are there
        assert made.seconds(Setting(NAME, 100_000, 10))[0] > plays


def test_a_country_is_played_once_and_its_pages_are_kept(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "runs", content(tmp_path / "own"))
    played = worker.answer(order())
    again = worker.answer(order())
    other = worker.answer(order(without=["learning"], central_rule=3))
    assert played["result"] == again["result"] != other["result"]
    for what, results, lang in (
        ("view", [played["result"], other["result"]], "zh"), ("view", [played["result"]], "en"),
        ("report", [other["result"]], "en"),
    ):  # fmt: skip
        answer = worker.answer({"do": "page", "what": what, "results": results, "lang": lang, "form": "html"})
        page = Path(answer["page"])
        assert Words("zh" if lang == "zh" else "en")("spread_page.world") in html.unescape(page.read_text("utf-8"))
        written = page.stat().st_mtime_ns
        assert worker.answer({"do": "page", "what": what, "results": results, "lang": lang, "form": "html"}) == answer
        assert page.stat().st_mtime_ns == written


def test_a_rule_that_is_swapped_is_another_country_whose_sessions_are_played_anew(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "runs", content(tmp_path / "own"))
    offered = swaps(country(deck={"scenarios": ["clean_up"]}), Library.load())
    assert {"undecided", "no_veto", "chair_alone", "no_payer"} == set(offered)
    assert "payer" not in offered["no_payer"][0]
    names = {worker.answer(order(changes=changes)).get("result") for changes in ((), *offered.values())}
    assert None not in names
    assert len(names) == 5
    refused = worker.answer(order(changes=["aggregation.veto=[nobody]"]))
    assert "nobody" in refused["refused"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_swapped_is_told_in_words_and_no_command_stands_where_officials_look(
    tmp_path: Path, lang: Lang
) -> None:
    worker, words = Worker(tmp_path / "runs", content(tmp_path / "own")), Words(lang)
    for change, rule in (("aggregation.procedure=chair_decides", "procedure"), ("scope.decisions=none", "decisions")):
        name = worker.answer(order(changes=[change]))["result"]
        page = {"do": "page", "what": "view", "results": (name,), "lang": lang, "form": "html"}
        text = html.unescape(Path(worker.answer(page)["page"]).read_text(encoding="utf-8"))
        told = words("spread_page.setting.changes", changes="")
        assert told in text
        assert change not in text
        assert rule not in text[text.index(told) :][:200]
        assert "sandbox diffuse" not in text


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_whole_report_names_no_command_but_the_buttons_of_the_page(tmp_path: Path, lang: Lang) -> None:
    worker, words = Worker(tmp_path / "runs", content(tmp_path / "own")), Words(lang)
    page = {"do": "page", "what": "report", "results": [worker.answer(order())["result"]], "lang": lang, "form": "html"}
    text = html.unescape(Path(worker.answer(page)["page"]).read_text(encoding="utf-8"))
    assert "sandbox " not in text.replace("governance-sandbox ", "")
    for button in ("country.more.size", "country.more.facts"):
        assert words(button) in text
    assert words("spread_page.moves.none_here", page=words("country.title")) in text


def test_a_report_tells_more_in_all_its_forms_once_more_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    worker = Worker(tmp_path / "runs", content(tmp_path / "own"))
    result = worker.answer(order())["result"]

    def report(form: str = "md") -> str:
        asked = {"do": "page", "what": "report", "results": [result], "lang": "en", "form": form}
        return Path(worker.answer(asked)["page"]).read_text("utf-8")

    title = Words("en")("deck.size.title")
    assert title not in report()
    capsys.readouterr()
    for _ in range(2):
        assert worker.answer({"do": "more", "result": result, "extra": "size"}) == {"result": result}
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (told[0], told[-1]) == (
        {"what": "size", "done": 0, "of": 12}, {"what": "size", "done": 12, "of": 12},
    )  # fmt: skip
    assert title in report()
    assert title in html.unescape(report("html"))
    shown = Shown("curves", "Somebody 2000", True, np.array([[0.25, 0.75]]), 1.0)
    monkeypatch.setattr(sandbox.web.country_worker, "of_small_countries", lambda *_: (shown,))
    assert worker.answer({"do": "more", "result": result, "extra": "facts"}) == {"result": result}
    (kept,) = facts_in(tmp_path / "runs" / FOLDER / result)
    assert (kept.fact, kept.by_rule, kept.figures.tolist()) == ("curves", True, [[0.25, 0.75]])
    gone = worker.answer({"do": "more", "result": "0" * 16, "extra": "size"})
    assert gone["key"] == "diffusion.unreadable"


def test_a_faulty_card_of_ones_own_keeps_no_country_from_being_played(tmp_path: Path) -> None:
    own = content(tmp_path / "own")
    (own / "personas").mkdir()
    (own / "personas" / "neighbour.yaml").write_text("id: neighbour\n", encoding="utf-8")
    assert Worker(tmp_path / "runs", own).answer(order())["result"]


def test_what_cannot_be_played_is_refused_in_the_language_of_the_page(tmp_path: Path) -> None:
    worker = Worker(tmp_path / "runs", content(tmp_path / "own"))
    for asked, key in (
        (order(central_rule=99), "country.refused.setting"), (order(network="nowhere"), ""),
        ({"do": "page", "what": "view", "results": ["0" * 16], "lang": "en", "form": "html"}, "diffusion.unreadable"),
    ):  # fmt: skip
        refused = worker.answer(asked)
        assert refused["key"] == key
        assert refused["refused"]
        assert key in ("", *Words("zh"))


def test_old_results_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.web.country_worker._KEPT", 2)
    worker = Worker(tmp_path / "runs", content(tmp_path / "own"))
    names = []
    for rule in (1, 2, 3):
        names.append(worker.answer(order(central_rule=rule))["result"])
        os.utime(tmp_path / "runs" / FOLDER / names[-1], (rule, rule))
    assert {folder.name for folder in (tmp_path / "runs" / FOLDER).iterdir()} == set(names[1:])


async def test_the_process_itself_plays_a_country_and_what_its_report_can_tell_beside(tmp_path: Path) -> None:
    made = Countries(Library.load(content(tmp_path / "own")), tmp_path / "runs")
    result = await made.play(SMALL, Progress())
    progress = Progress()
    await made.more(result, "size", progress)
    assert progress.done == progress.whole > 0
    assert (tmp_path / "runs" / FOLDER / result / "size.json").is_file()
    page = await made.page("report", [result], "en", "html")
    assert page.is_file()
    await made.close()


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
async def test_a_country_is_played_and_watched_beside_another_setting(
    tmp_path: Path, lang: str, scheme: Literal["light", "dark"]
) -> None:
    hostile = {"en": "<script>hacked=1</script>", "zh": "<img src=x onerror=hacked=1>国"}
    own = content(tmp_path / "own", name=hostile, about=hostile)
    faults: list[str] = []
    with WebServer(tmp_path, "--model", "none", "--content", str(own)) as server:
        async with browser() as chromium:
            context = await chromium.new_context(color_scheme=scheme, viewport={"width": 1280, "height": 900})
            boss = Person(await context.new_page())
            await boss.go(f"{server.link}?lang={lang}")
            await boss.page.click("[data-door=country]")
            await boss.alive()
            faults += await check(boss.page, "form")
            await boss.page.locator("[data-network] .q-radio").last.click()
            working = asyncio.ensure_future(boss.page.wait_for_selector("[data-working] progress"))
            await boss.page.locator("[data-go]").click()
            await working
            view = boss.page.frame_locator("[data-view]")
            await expect(view.locator(".playing")).to_be_visible(timeout=120_000)
            faults += await check(boss.page, "one")
            frame = next(frame for frame in boss.page.frames if "view.html" in frame.url)
            assert not await frame.evaluate("'hacked' in window")
            await boss.page.click("[data-more=size]")
            await expect(boss.page.locator("[data-told=size]")).to_be_visible(timeout=60_000)
            await boss.page.click("[data-hold]")
            await boss.page.locator("[data-mechanism=learning]").click()
            await boss.choose("[data-swap]", 1)
            await boss.page.click("[data-go]")
            await expect(view.locator(".panels.n2")).to_be_visible(timeout=60_000)
            faults += await check(boss.page, "two")
            slider, told = view.locator("input[type=range]"), view.locator(".told").first
            last = await told.inner_text()
            await slider.focus()
            await slider.press("Home")
            await expect(told).not_to_have_text(last)
            await slider.press("End")
            await expect(told).to_have_text(last)
            await boss.page.fill("[data-rule]", "77")
            await boss.page.click("[data-go]")
            await expect(boss.page.locator(".refusal")).not_to_be_empty()
            source = str(await boss.page.get_attribute("[data-view]", "src"))
            answer = await context.request.get(server.origin + source)
            policy = answer.headers["content-security-policy"]
            assert f"script-src '{SCRIPT_HASH}'; sandbox allow-scripts" in policy
            report = await boss.page.get_attribute("[data-get=docx]", "href")
            document = await context.request.get(server.origin + str(report), timeout=120_000)
            assert (await document.body()).startswith(b"PK")
            for address in (source, str(report), f"/f/{server.link.rsplit('/', 1)[1]}/country"):
                assert (await context.request.get(server.origin + address.replace("/f/", "/f/x"))).status == 404
            phone = await chromium.new_context(color_scheme=scheme, viewport={"width": 390, "height": 800})
            small = Person(await phone.new_page())
            await small.go(f"{server.link}/country?lang={lang}")
            faults += await check(small.page, "phone")
            await small.page.goto(server.origin + source)
            faults += await check(small.page, "view on a phone")
            assert not [fault for fault in boss.faults if "404" not in fault]
    assert faults == []
