"""Countries in the browser: played by a process of its own, one at a time, and watched by the facilitator alone."""

from __future__ import annotations

import asyncio
import html
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import yaml
from playwright.async_api import expect

import sandbox.web.country.countries
import sandbox.web.country.country_worker
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words, refusal
from sandbox.diffusion.deck import Kind
from sandbox.diffusion.decks.dealt import dealing_of
from sandbox.diffusion.facts import Shown
from sandbox.errors import InputError, StorageError
from sandbox.report.document.html import SCRIPT_HASH
from sandbox.web.country.countries import FOLDER, STAGES, CountryOrders, CountryProgress, Setting, swaps
from sandbox.web.country.country_worker import CountryWorker, facts_in
from tests.diffusion.dealing import deal_once
from tests.report.spreads import country
from tests.web.country_answers import answered, began
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

NAME = "small_country"
SMALL = Setting(NAME, 12, 2)


def content(folder: Path, **changes: Any) -> Path:
    """Write a content folder with the small country, behind which stand few and short sessions."""
    path = folder / "prompts" / "networks" / f"{NAME}.yaml"
    path.parent.mkdir(parents=True)
    deck = {"scenarios": ["clean_up"], "sessions": 1, "turns": 2}
    card = country(deck=deck, **changes).model_dump(mode="json", exclude_defaults=True)
    path.write_text(yaml.safe_dump(card, allow_unicode=True), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def _few_decks(monkeypatch: pytest.MonkeyPatch) -> None:
    deal_once(monkeypatch)


@asynccontextmanager
async def countries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[CountryOrders]:
    """Return countries with a worker that only answers."""
    monkeypatch.setattr(sandbox.web.country.countries, "_answer", answered)
    monkeypatch.setattr(sandbox.web.country.countries, "_begin", began)
    made = CountryOrders(Library.load(content(tmp_path / "own")), tmp_path / "runs")
    yield made
    await made.close()


def worker_of(tmp_path: Path) -> CountryWorker:
    return CountryWorker(tmp_path / "runs", (content(tmp_path / "own"),), [0, 0, 0])


@pytest.mark.fuzz
async def test_countries_are_played_one_at_a_time_and_a_process_that_ends_is_told_and_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with countries(tmp_path, monkeypatch) as made:
        plays, deals = made.seconds(SMALL)
        assert plays >= 1
        assert deals > 0
        waits = [CountryProgress() for _ in range(3)]
        first = asyncio.ensure_future(made.play(Setting(NAME, 12, 10), waits[0]))
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
        assert made.seconds(SMALL)[1] == 0  # its sessions are there
        assert made.seconds(Setting(NAME, 100_000, 10))[0] > plays
        with pytest.raises(InputError) as refused:
            await made.play(Setting("nowhere", 12, 1), CountryProgress())
        assert Words("zh").error(refused.value) == Words("zh").error(
            refusal("country.refused.no_country", network="nowhere")
        )
        with pytest.raises(InputError, match="has ended before it was done"):
            await made.play(Setting(NAME, 12, 5), CountryProgress())
        assert made._pool is None, "whoever plays next has another"


def test_a_country_is_played_once_its_pages_are_kept_and_its_report_tells_more_once_more_was_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker, words = worker_of(tmp_path), Words("en")
    (result, _), (again, _) = worker.play(SMALL), worker.play(SMALL)
    other, _ = worker.play(replace(SMALL, without=("learning",), central_rule=3))
    assert result == again != other

    def page(what: Literal["view", "report"], *results: str, lang: Lang = "en", form: str = "html") -> str:
        return html.unescape(worker.page(what, results, lang, form).read_text(encoding="utf-8"))

    view = worker.page("view", [result], "en", "html")
    written = view.stat().st_mtime_ns
    assert worker.page("view", [result], "en", "html") == view
    assert view.stat().st_mtime_ns == written
    report = page("report", result)
    assert words("spread_page.world") in report
    assert "sandbox " not in report.replace("governance-sandbox ", ""), "no command, but the buttons of the page"
    for button in ("country.more.size", "country.more.facts"):
        assert words(button) in report
    assert words("spread_page.moves.none_here", page=words("country.title")) in report
    title = words("deck.size.title")
    assert title not in report
    for _ in range(2):
        worker.more(result, "size")
        assert worker._told == [STAGES.index("size"), 12, 12]
    assert title in page("report", result, form="md")
    shown = Shown("avoidance", np.array([[0.25, 0.75]]))
    monkeypatch.setattr(sandbox.web.country.country_worker, "of_small_countries", lambda *_: (shown,))
    worker.more(result, "facts")
    (kept,) = facts_in(tmp_path / "runs" / FOLDER / result)
    assert (kept.fact, kept.figures.tolist()) == ("avoidance", [[0.25, 0.75]])
    with pytest.raises(StorageError) as gone:
        worker.more("0" * 16, "size")
    assert gone.value.key == "diffusion.unreadable"


def test_a_rule_that_is_swapped_is_another_country_and_is_told_in_words_without_a_command(tmp_path: Path) -> None:
    worker, words, library = worker_of(tmp_path), Words("zh"), Library.load()
    card = country(deck={"scenarios": ["clean_up"]})
    offered = swaps(card, library)
    assert {"undecided", "no_veto", "chair_alone", "no_payer"} == set(offered)
    assert "payer" not in offered["no_payer"][0]
    dealings = [dealing_of(card, library, changes) for changes in ((), *offered.values())]
    kinds = card.within_region()
    assert len({each.digest(Kind(*kinds[0])) for each in dealings}) == 5, "the sessions of each are played anew"
    with pytest.raises(InputError, match="nobody"):
        worker.play(replace(SMALL, changes=("aggregation.veto=[nobody]",)))
    names = [worker.play(replace(SMALL, changes=changes))[0] for changes in ((), offered["chair_alone"])]
    assert len(set(names)) == 2
    text = html.unescape(worker.page("view", names[1:], "zh", "html").read_text(encoding="utf-8"))
    told = words("spread_page.setting.changes", changes="")
    assert told in text
    assert offered["chair_alone"] == ("aggregation.procedure=chair_decides",)
    assert not [word for word in ("aggregation.procedure=chair_decides", "sandbox diffuse") if word in text]
    assert "procedure" not in text[text.index(told) :][:200]


def test_a_faulty_card_of_ones_own_keeps_no_country_from_being_played(tmp_path: Path) -> None:
    own = content(tmp_path / "own")
    (own / "personas").mkdir()
    (own / "personas" / "neighbour.yaml").write_text("id: neighbour\n", encoding="utf-8")
    assert CountryWorker(tmp_path / "runs", (own,), [0, 0, 0]).play(SMALL)


def test_old_results_are_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.web.country.country_worker._KEPT", 2)
    worker = worker_of(tmp_path)
    names = []
    for rule in (1, 2, 3):
        names.append(worker.play(replace(SMALL, central_rule=rule))[0])
        os.utime(tmp_path / "runs" / FOLDER / names[-1], (rule, rule))
    assert {folder.name for folder in (tmp_path / "runs" / FOLDER).iterdir()} == set(names[1:])


# Whether the map and the curve end above the buttons, which stay at the foot of the window.
SEEN_AT_ONCE = """() => {
  const foot = document.querySelector('.controls').getBoundingClientRect().top;
  const ends = [...document.querySelectorAll('.panels, .plane')].map(each => each.getBoundingClientRect().bottom);
  return scrollY === 0 && ends.length > 1 && Math.max(...ends) <= foot;
}"""


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
            alone = await context.new_page()
            await alone.goto(server.origin + str(await boss.page.get_attribute("[data-view]", "src")))
            await boss.page.set_viewport_size({"width": 1280, "height": 720})
            await alone.set_viewport_size({"width": 1280, "height": 720})
            for shown in (frame, alone):
                async with asyncio.timeout(30):  # once the window has its size
                    while not await shown.evaluate(SEEN_AT_ONCE):
                        await asyncio.sleep(0.1)
            await alone.close()
            await boss.page.set_viewport_size({"width": 1280, "height": 900})
            await boss.page.click("[data-more=size]")
            await expect(boss.page.locator("[data-told=size]")).to_be_visible(timeout=60_000)
            await boss.page.click("[data-hold]")
            await boss.page.locator("[data-mechanism=learning]").click()
            await boss.choose("[data-swap]", 1)
            await boss.page.click("[data-go]")
            await expect(view.locator(".panels.n2")).to_be_visible(timeout=60_000)
            faults += await check(boss.page, "two")
            source = await boss.page.get_attribute("[data-view]", "src")
            await boss.page.reload()
            await boss.alive()
            await expect(boss.page.locator("[data-view]")).to_have_attribute("src", str(source))
            await expect(view.locator(".panels.n2")).to_be_visible(timeout=60_000)
            off = boss.page.locator("[data-mechanism=learning]")
            await expect(off).to_have_attribute("aria-checked", "false")
            slider, told = view.locator("input[type=range]"), view.locator(".told").first
            last = await told.inner_text()
            await slider.focus()
            await slider.press("Home")
            await expect(told).not_to_have_text(last)
            await slider.press("End")
            await expect(told).to_have_text(last)
            rule, orders = boss.page.locator("[data-rule]"), boss.page.locator("[data-mechanism=coercion]")
            await expect(rule).to_be_enabled()
            await orders.click()
            await expect(rule).to_be_disabled()  # without orders no rule would come down
            await orders.click()
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
