"""The door "Ask what if": another move or rule at a line, both ways in figures with intervals, and one each to read."""

from __future__ import annotations

import asyncio
import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Locator, Page, expect

from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.experiment.whatif.continuations import continuation, erase
from sandbox.experiment.whatif.whatif import asked, by_rules
from sandbox.game.moment import Move
from sandbox.game.spec import BY_CARDS, BY_RULES
from sandbox.session.choice import ModelChoice
from sandbox.session.context import FREE
from sandbox.session.runner import Models
from sandbox.web.recordings import Recordings, Stamp
from sandbox.web.tables.house import House
from sandbox.web.tables.store import WebStore
from sandbox.web.wall.show import Show
from sandbox.web.whatif.whatifs import WhatifProgress, WhatIfs, first_line, fork
from tests.cli.conftest import ROOT
from tests.content.folders import LIBRARY
from tests.stub_endpoint import Received, StubEndpoint
from tests.web.light import light
from tests.web.served import Person, Streaming, WebServer, browser
from tests.web.test_pages import check

VETO = ("aggregation.veto=[chair]",)
SESSION = "showcase_en"
LATE = "L034"  # from here on there is little to play
_PATIENCE = 90.0


_shown: dict[Path, Show] = {}


class _ShownOnce(Recordings):
    """Recordings that make those that come with the program ready once for all tests of this process."""

    def _prepare(self, path: Path, stamp: Stamp) -> Show:
        if path.is_relative_to(self._runs):
            return super()._prepare(path, stamp)
        if path not in _shown:
            _shown[path] = super()._prepare(path, stamp)
        return _shown[path]


@pytest.fixture
def whatifs(tmp_path: Path) -> Iterator[WhatIfs]:
    """Answer questions about recorded sessions without a model."""
    store = WebStore(tmp_path / "tables.sqlite")
    runs = tmp_path / "runs"
    runs.mkdir()
    choice = ModelChoice("none", "none", "rules", "")
    house = House(store, LIBRARY, runs, choice, Models(None, (), FREE), ("", ""), 30)
    yield WhatIfs(house, _ShownOnce(LIBRARY, runs))
    store.close()


def show(whatifs: WhatIfs, name: str = SESSION) -> Show:
    return whatifs.recordings.show(name)


async def test_the_page_tells_what_the_command_tells_and_both_courses_can_be_shown(whatifs: WhatIfs) -> None:
    made = show(whatifs)
    question = asked(made.session, first_line(made, ""), None, VETO)
    progress = WhatifProgress(4)
    answer = await whatifs.by_rules(SESSION, question, progress)
    assert list(answer.rows) == by_rules(question, 4)
    assert (progress.played, answer.runs, answer.model) == (4, 4, "")
    at = question.moment.line["id"]
    for course in answer.courses:
        again = whatifs.recordings.show(course.session)
        assert again is course.show
        assert course.lines[0]["id"] == at
        assert [line["id"] for line in again.room.lines][-len(course.lines) :] == [line["id"] for line in course.lines]
    was, other = answer.courses
    assert (was.side, other.side) == ("was", "other")
    assert was.show.session.game.governance.rules.aggregation.veto == ()
    assert other.show.session.game.governance.rules.aggregation.veto == ("chair",)


async def test_what_the_cards_give_is_asked_beside_what_is_drawn(whatifs: WhatIfs) -> None:
    made = show(whatifs)
    question = asked(made.session, first_line(made, ""), None, VETO)
    progress = WhatifProgress(4)
    answer = await whatifs.by_cards(SESSION, question, progress)
    assert (progress.played, answer.runs, answer.model) == (4, 2, "cards")
    assert len(answer.rows) == len(by_rules(question, 2))
    assert {course.show.session.spec.style for course in answer.courses} == {"directed"}
    with pytest.raises(InputError):
        await whatifs.by_cards(SESSION, question, WhatifProgress(4, stopped=True))


async def test_a_case_is_played_under_other_models_from_the_same_seeds_and_can_be_stopped(
    whatifs: WhatIfs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sandbox.web.whatif.whatifs.SEEDS", (1, 2))
    made, models = show(whatifs), ["joint_production", "command"]
    progress = WhatifProgress(0)
    answer = await whatifs.by_models(made, models, BY_CARDS, "zh", progress)
    assert (progress.played, progress.total) == (8, 8), "the rules alone stand beside the cards"
    assert [spec.lang for spec in answer.specs] == ["zh", "zh"]
    for counts in ("played", "by_rules"):
        question = [each for each in answer.summary.settled if each.question == "eligible"]
        assert {arm: sum(getattr(each, counts)[arm] for each in question) for arm in models} == dict.fromkeys(models, 2)
    with pytest.raises(InputError, match="stopped"):
        await whatifs.by_models(made, models, BY_RULES, "en", WhatifProgress(0, stopped=True))
    with pytest.raises(InputError, match="unknown governance"):
        await whatifs.by_models(made, ["joint_production", "nothing"], BY_RULES, "en", WhatifProgress(0))


async def test_what_is_played_can_be_stopped(whatifs: WhatIfs) -> None:
    made = show(whatifs)
    question = asked(made.session, first_line(made, ""), None, VETO)
    progress = WhatifProgress(400)
    work = asyncio.ensure_future(whatifs.by_rules(SESSION, question, progress))
    while progress.played < 2:
        await asyncio.sleep(0.01)
    progress.stopped = True
    with pytest.raises(InputError) as refused:
        await work
    assert refused.value.key == "refused.stopped"
    assert progress.played < 400


async def test_rules_are_told_in_the_language_of_the_page_and_moves_are_those_of_the_rules(whatifs: WhatIfs) -> None:
    made = show(whatifs)
    line = first_line(made, "")
    place = fork(made, line, "zh")
    assert [offer.name for offer in place.offers if not re.search("[\u4e00-\u9fff]", offer.name)] == []
    assert set(place.moment.others) < set(made.session.game.acts(place.moment.seat))
    with pytest.raises(InputError):
        asked(made.session, line, Move("decide"), ())


@pytest.mark.parametrize("name", ["showcase_en", "command_en"])
def test_a_page_begins_at_a_line_that_the_room_heard(whatifs: WhatIfs, name: str) -> None:
    made = show(whatifs, name)
    line = next(line for line in made.room.lines if line["id"] == first_line(made, ""))
    assert not line["vote"]


async def test_courses_go_with_the_session_of_which_they_are(whatifs: WhatIfs) -> None:
    runs, recordings = whatifs.house.runs, whatifs.recordings
    shutil.copytree(ROOT / "cassettes" / SESSION, runs / "mine")
    for name in ("mine", SESSION):
        made = recordings.show(name)
        question = asked(made.session, first_line(made, ""), None, VETO)
        answer = await whatifs.by_rules(name, question, WhatifProgress(1))
        if name == "mine":  # and one that departs from a course
            course = answer.courses[1]
            further = asked(course.show.session, course.lines[0]["id"], None, ("aggregation.ballots=1",))
            await whatifs.by_rules(course.session, further, WhatifProgress(1))
    assert len(list(runs.glob("whatif_*"))) == 3
    erase(runs, ["mine", "elsewhere"])
    left = list(runs.glob("whatif_*"))
    assert len(left) == 1
    folder = continuation(runs, f"{left[0].name}_was_1")
    assert folder is not None
    assert folder.events.is_file()
    assert (runs / "mine").is_dir()


@pytest.mark.parametrize("name", ["whatif_0", "whatif_00000000_was_0", "whatif_00000000_was_1/..", "../x", ""])
def test_what_is_no_course_is_none(tmp_path: Path, name: str) -> None:
    assert continuation(tmp_path, name) is None


async def test_the_chair_and_others_with_it_may_be_given_a_veto_and_what_is_decided_then_is_named(
    server: WebServer,
) -> None:
    asks = f"{server.link}/whatif/{SESSION}?lang=en&at=L049&runs=100&rule=aggregation.veto"
    async with light(asks) as page:
        await page.wait("data-holder")
        offered = [str(page.elements[key]) for key in page.all("data-holder")]
    (chair,) = (place for place, holder in enumerate(offered) if "Lu Wenjuan" in holder)
    (residents,) = (place for place, holder in enumerate(offered) if "Zheng Hui, Luo Mei" in holder)
    async with light(f"{asks}&value={residents},{chair}") as page:
        await page.wait("data-what")
        asked_of = next(text for text in page.texts.splitlines() if text.startswith("What if, after L049"))
        assert asked_of.count("With a veto: ") == 2
        assert "Lu Wenjuan" in asked_of
        assert "Zheng Hui, Luo Mei" in asked_of
        assert "Decided more often: " in page.texts or "Decided less often: " in page.texts
        told = page.texts.partition("Zheng Hui, Luo Mei")[2].replace("of course", "")
        assert not re.search(r"\b[Cc]ourses?\b|continuation", told), told


# In a browser


class Clicks:
    """Counts clicks on a page."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    async def on(self, where: str | Locator) -> None:
        """Click something."""
        self.count += 1
        await (self.page.locator(where) if isinstance(where, str) else where).click()


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
async def test_from_the_home_page_to_what_if_residents_could_veto_are_six_clicks_at_most(
    server: WebServer, lang: Literal["en", "zh"], scheme: Literal["light", "dark"]
) -> None:
    words, faults = Words(lang), list[str]()
    residents = {"en": "consultation hall", "zh": "同心议事厅"}[lang]
    async with browser() as chromium:
        context = await chromium.new_context(color_scheme=scheme, viewport={"width": 1366, "height": 768})
        teacher = Person(await context.new_page())
        page, clicks = teacher.page, Clicks(teacher.page)
        await teacher.go(f"{server.link}?lang={lang}")
        await clicks.on("[data-door=whatif]")
        await clicks.on(f"[data-recording={SESSION}] [data-choose]")
        await clicks.on("[data-tab=rule]")
        await clicks.on(page.locator("[data-holder]", has_text=residents).last)
        await expect(page.locator("[data-ask]")).to_be_in_viewport(ratio=1)
        await clicks.on("[data-ask]")
        await expect(page.locator("[data-sentence]")).to_contain_text("40")
        assert clicks.count <= 6
        answer = page.locator("[data-answer]")
        await expect(answer).to_contain_text(residents)
        await expect(answer).to_contain_text(words("whatif.limits"))
        await expect(answer).not_to_contain_text("(H)" if lang == "en" else "（H）")
        await expect(page.locator("[data-sentence]")).to_be_in_viewport(ratio=1)
        await expect(page.locator("[data-figure=hierarchical] .dot")).to_have_count(1)
        await expect(page.locator("[data-course] article").first).to_be_visible()
        await expect(page.locator("[data-course]").first).to_contain_text(words("whatif.read.coins"))
        drawn = page.locator("[data-course] article", has_text="(drawn by lot)")  # the session is in English
        await expect(drawn.first).to_be_visible()
        told = await answer.inner_text()
        await page.reload()  # its address says what was asked
        await teacher.alive()
        await expect(answer).to_have_text(re.compile(residents))
        assert await answer.inner_text() == told
        await teacher.unfold("[data-figures]")
        await page.get_by_text(words("whatif.page.notes")).click()
        compared = words("whatif.page.rest", small=0, open=0).partition("0")[0]
        await expect(page.locator("li", has_text=compared)).to_be_visible()
        await page.click("[data-options]")
        faults += await check(page, "answer")
        await page.set_viewport_size({"width": 390, "height": 844})
        faults += await check(page, "answer on a phone")
        await page.click("[data-lines]")
        await expect(page.locator("[data-pick]").first).to_be_visible()
        faults += await check(page, "list of lines", "[role=dialog]")
        await page.locator("[data-pick=L007]").last.click()
        await expect(page.locator(".current[data-line=L007]")).to_be_visible()
        await page.click("[data-tab=move]")
        faults += await check(page, "moves on a phone")
        assert not teacher.faults
    assert faults == []


@pytest.mark.browser
async def test_another_move_is_asked_again_of_the_cards_and_with_more_and_its_courses_are_shown(
    server: WebServer,
) -> None:
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1366, "height": 768})
        teacher = Person(await context.new_page())
        page = teacher.page
        await teacher.go(f"{server.link}/show")
        await teacher.go(server.show(SESSION, LATE))
        await page.click("[data-whatif]")
        await page.wait_for_url("**/whatif/*")
        await teacher.alive()
        await expect(page.locator(f".current[data-line={LATE}]")).to_be_visible()
        await page.click("[data-ask]")
        await expect(page.locator("[role=alert]", has_text=Words("en")("whatif.page.need_move"))).to_be_visible()
        await page.locator("[data-acts] .q-radio").first.click()
        await page.click("[data-ask]")
        sentence, cards = page.locator("[data-sentence]").first, page.locator("[data-by-cards]")
        await expect(sentence).to_contain_text("of 40")
        await page.click("[data-ask-cards]")
        await expect(cards).to_be_visible()
        told = await cards.inner_text()
        # What the cards gave comes back by its address, in either language.
        await page.get_by_role("link", name="中文").click()
        await expect(cards).to_contain_text(Words("zh")("whatif.page.by_cards", runs=40))
        await page.get_by_role("link", name="English").click()
        await expect(cards).to_contain_text(Words("en")("whatif.page.by_cards", runs=40))
        await teacher.alive()
        assert await cards.inner_text() == told
        if await page.locator("[data-more]").count():
            await page.click("[data-more]")
            await expect(sentence).to_contain_text("of 100")
        told = await sentence.inner_text()
        await page.reload()
        await teacher.alive()
        await expect(sentence).to_have_text(told)
        async with context.expect_page() as opened:
            await page.click("[data-show-other]")
        wall = Person(await opened.value)
        await expect(wall.page.locator(".current[data-line], [data-kind]").first).to_be_visible()
        assert "/show/whatif_" in wall.page.url
        await expect(page.locator("[data-by-model]")).to_have_count(0)
        assert not teacher.faults


@pytest.mark.browser
async def test_the_whole_case_is_asked_about_and_what_cannot_be_is_said(server: WebServer) -> None:
    async with browser() as chromium:
        context = await chromium.new_context()
        teacher = Person(await context.new_page())
        page, words = teacher.page, Words("en")
        await teacher.go(f"{server.link}/whatif/{SESSION}?lang=en")
        await page.click("[data-tab=models]")
        await page.click("[data-ask]")
        await expect(page.locator(".refusal")).to_contain_text(words("whatif.page.need_model"))
        await page.click("[data-model=command]")
        await page.locator("[data-by] .q-radio", has_text=words("show.by_rules")).click()
        await page.click("[data-ask]")
        answer = page.locator("[data-models]")
        for told in ("Joint production, Command", "Which children may come?", words("seeds.limits")):
            await expect(answer).to_contain_text(told)
        rows = await answer.locator("tbody").inner_text()
        await page.reload()  # its address names what was asked
        await expect(answer.locator("tbody")).to_have_text(rows, use_inner_text=True)
        assert not teacher.faults
        for path, status in (("whatif/nothing", 404), (f"whatif/{SESSION}?at=L999", 200)):
            response = await context.request.get(f"{server.link}/{path}")
            assert response.status == status
        wrong = server.link[: server.link.rindex("/")] + "/nobody"
        assert (await context.request.get(f"{wrong}/whatif/{SESSION}")).status == 404


@pytest.mark.browser
async def test_a_model_is_asked_only_after_its_cost_was_agreed_to_and_can_be_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, words, free = Streaming("support"), Words("en"), threading.Event()

    def reply(request: Received) -> object:
        free.wait(_PATIENCE)  # else all may be answered before anybody can stop it
        return model(request)

    with StubEndpoint(reply) as stub:  # type: ignore[arg-type]
        monkeypatch.setenv("OPENAI_BASE_URL", stub.base_url)
        monkeypatch.setenv("OPENAI_API_KEY", "sk-secret-key")
        monkeypatch.setenv("SANDBOX_MODEL", "stub")
        with WebServer(tmp_path) as server:
            async with browser() as chromium:
                context = await chromium.new_context(viewport={"width": 1366, "height": 768})
                teacher = Person(await context.new_page())
                page = teacher.page
                await teacher.go(f"{server.link}/whatif/{SESSION}?at={LATE}")
                await page.click("[data-tab=rule]")
                await page.locator("[data-holder]").last.click()
                await teacher.unfold("[data-by-model]")
                for agreed in (False, True):
                    await page.click("[data-estimate]")
                    dialog = page.locator("[role=dialog]")
                    await expect(dialog).to_contain_text("10 games by stub")
                    assert model.requests == []
                    name = words("whatif.page.go" if agreed else "cancel")
                    await dialog.get_by_role("button", name=name).click()
                    await expect(dialog).to_have_count(0)
                    await teacher.at_rest()  # the page scrolls back behind a dialog that goes
                await page.click("[data-stop]")
                await expect(page.locator("[role=alert]", has_text=words("refused.stopped"))).to_be_visible()
                free.set()
                await teacher.at_rest()
                await page.click("[data-estimate]")
                await dialog.get_by_role("button", name=words("whatif.page.go")).click()
                await expect(page.locator("[data-sentence]")).to_contain_text("of 5")
                assert model.requests
                assert "sk-secret-key" not in "".join(teacher.wire)
                assert not teacher.faults
