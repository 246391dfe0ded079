"""The door Show: which sessions are listed, what of them is shown in which order, and how it is steered."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import aiohttp
import pytest
from playwright.async_api import Page, expect

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.rules import Side
from sandbox.record.folder import SessionFolder
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.conditions import conditions_answered
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.debrief.reader import reader_of
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.parts import side_words
from sandbox.report.reading import Reading
from sandbox.report.results import card_of
from sandbox.session.branch import branch
from sandbox.session.opening import open_session
from sandbox.web.links import path_of
from sandbox.web.recordings import Recordings
from sandbox.web.tables.audience import Viewer
from sandbox.web.wall.show import Show
from sandbox.web.wall.shows_page import _departure
from tests.cassette import meeting
from tests.cli.conftest import ROOT
from tests.content.folders import LIBRARY
from tests.running import recorded_spec
from tests.session.desk import rules_spec, run
from tests.session.support import new_folder
from tests.web.light import light
from tests.web.served import Person, WebServer, browser
from tests.web.test_pages import check

CASSETTES = ROOT / "cassettes"
ALL = sorted(path.parent.name for path in CASSETTES.glob("*/events.jsonl"))[::2]
PRIVATE = ("rules_only_command", "one_core_multiple_actors_zh")


@cache
def show(name: str) -> Show:
    """Return a recorded session as it is shown, made once for all tests of this process, which leave it as it is."""
    session = open_session(SessionFolder(CASSETTES / name), LIBRARY)
    return Show(session, card_of(session, CASSETTES))


def put(runs: Path, name: str, as_name: str = "") -> Path:
    """Put a recorded session among those of this computer, and return its log."""
    folder = runs / (as_name or name)
    folder.mkdir(parents=True)
    return Path(shutil.copy(CASSETTES / name / "events.jsonl", folder))


def test_the_lines_are_those_that_the_projector_of_a_table_shows() -> None:
    for name in ALL:
        made, projector = show(name), Viewer("projector")
        heard = [e.payload for e in made.session.events if e.kind == "line" and projector.sees(made.session.game, e)]
        assert [step.line["id"] for step in made.steps if step.line] == [line["id"] for line in heard]
        wrote = {line["id"]: line["text"] for line in heard if line["section"] and line["text"]}
        said = [step.line for step in made.steps if step.line and step.line["id"] in wrote]
        assert [made.written(line) for line in said] == [*wrote.values()]
        assert made.steps[0].kind == "title"
        assert [step.kind for step in made.steps][-2:] == ["outcome", "discussion"]


@pytest.mark.parametrize("name", PRIVATE)
def test_what_was_said_in_private_is_nowhere(name: str) -> None:
    made = show(name)
    private = [line for line in made.session.lines if line["id"] not in {one["id"] for one in made.room.lines}]
    assert private
    texts = [step.text for step in made.steps]
    texts += [part for step in made.steps for caption in step.captions for part in (caption.title, caption.text)]
    texts += [str(step.motion) for step in made.steps]
    heard = {line["says"] for line in made.room.lines}  # drawn lines have the same words
    for line in private:
        assert not any(line["id"] in text or (line["says"] in text and line["says"] not in heard) for text in texts)
    label = made.session.game.words
    told = [side_words(made.session, side, label) for side in get_args(Side)]
    assert not any(label("pulse.trust") in text for text in told)


def test_a_room_guesses_before_what_comes_and_at_no_news_of_which_nothing_came() -> None:
    made = show("showcase_en")
    asked = {made.line_at(place): (made.steps[place].kind, riddle) for place, riddle in made.riddles.items()}
    assert [*asked] == ["L011", "L023", "L040", "L042", "L044", "L047", "L048", "L049", "L051"]
    assert {kind for kind, _ in asked.values()} == {"news", "line"}
    twice = show("rules_only_one_core_multiple_actors")
    after = [twice.line_at(place) for place in twice.riddles if twice.steps[place].kind == "decision"]
    assert after == ["L038"], "also once a vote is over and a stage goes on"
    words = made.session.game.words
    assert asked["L040"][1].text == words("show.guess.news")
    assert "Shen Yulan" in asked["L011"][1].text
    vote = asked["L051"][1].text
    assert vote.startswith("7 may vote: more than half of the votes cast carry it (4 if all vote); at least 3 ")
    assert all(made.session.game.name(seat) in vote for seat in made.session.game.voters("public_engagement"))
    chair = show("command_en")
    news = [chair.line_at(place) for place, step in enumerate(chair.steps) if step.kind == "news"]
    assert {*news}.intersection(map(chair.line_at, chair.riddles)) == {"L019", "L028"} < {*news}, (
        "of the others nothing came"
    )
    (told,) = (place for place, riddle in chair.riddles.items() if "Shen Yulan decides alone" in riddle.text)
    line = chair.steps[told + 1].line
    assert line is not None
    assert line["act"] == "decide", "asked before it is said"


@pytest.mark.parametrize(
    ("name", "who", "against"),
    [
        ("showcase_en", "Lu Wenjuan", "; of the residents, Lu Wenjuan voted against it"),
        ("showcase_zh", "蔡永福", "；居民里蔡永福投了反对票"),
    ],
)
def test_what_residents_get_names_the_resident_who_was_outvoted(name: str, who: str, against: str) -> None:
    session = open_session(meeting(name), LIBRARY)
    label = session.game.words
    assert side_words(session, "horizontal", label).endswith(against)
    assert against not in side_words(session, "hierarchical", label)
    assert against not in side_words(session, "horizontal", label, named=False)
    text = to_markdown(make_debrief(session, card_of(session, CASSETTES)))
    assert label("side.outvoted.why", names=who) in text


def test_captions_are_the_debriefs_and_stand_at_the_line_that_tells() -> None:
    for name in ("command_en", "rules_only_command"):
        made = show(name)
        found = findings(reader_of(made.session, card_of(made.session, CASSETTES), None))
        told = {
            turn.so_far or turn.text: turn.evidence[0] if turn.so_far else max(turn.evidence)
            for turn in found if turn.evidence
        }  # fmt: skip
        shown = {caption.text: step.line["id"] for step in made.steps if step.line for caption in step.captions}
        assert shown
        assert shown.items() <= told.items()


@pytest.mark.parametrize("name", ["showcase_zh", "joint_production_en", "government_community_interaction_en"])
def test_nothing_is_told_of_a_turning_point_before_it_has_come_which_the_debrief_tells(name: str) -> None:
    made, card = show(name), card_of(show(name).session, CASSETTES)
    said, early = set[str](), set[str]()
    found = findings(reader_of(made.session, card, None))
    for step in made.steps:
        said |= {step.line["id"] if step.line else step.decision["id"] if step.decision else ""}
        for caption in step.captions:
            early |= {turn.kind for turn in found if turn.text == caption.text and not said.issuperset(turn.evidence)}
            assert "nobody replied" not in caption.text
            assert not (step.line and "通过" in caption.text), "the vote is yet to come"
            assert not (step.line and caption.title == made.session.game.words("why.open.title")), "and may settle it"
    assert not early
    text = to_markdown(make_debrief(made.session, card))
    later = {"showcase_zh": "这一条后来通过", "joint_production_en": "nobody replied to it directly"}
    assert later.get(name, "was not put to the vote, though nobody stood against it") in text, "the debrief tells it"


def test_marks_lead_to_stages_first_votes_and_turning_points() -> None:
    made = show("showcase_en")
    stages, votes, turns = (made.marks[kind] for kind in ("stage", "vote", "turn"))
    assert [mark.name for mark in stages] == ["Training", "Application", "Learning tour", "Public engagement"]
    assert all(made.steps[mark.step].kind == "stage" for mark in stages)
    twice = show("rules_only_government_community_interaction")
    for session, marks, first in ((made, votes, ["L052"]), (twice, twice.marks["vote"], ["L033", "L038"])):
        assert [session.line_at(mark.step) for mark in marks] == first
        assert all(session.steps[mark.step].kind == "line" for mark in marks)
    assert all(made.steps[mark.step].captions for mark in turns)
    voted = [step for step in made.steps if step.captions and step.line and step.line["vote"]]
    assert not voted, "a caption gives no vote away before all are in"
    assert any(step.captions for step in show("showcase_zh").steps if step.kind == "decision")
    assert len(turns) == sum(bool(step.captions) for step in made.steps)
    chair = show("command_en")
    assert [chair.steps[mark.step].kind for mark in chair.marks["vote"]] == ["decision"]


def test_votes_fall_one_by_one_on_the_motion_that_is_decided() -> None:
    made = show("joint_production_en")
    tallies = [
        (len(step.motion.sides["for"]), len(step.motion.sides["against"]))
        for step in made.steps
        if step.motion and step.line and step.line["vote"]
    ]
    votes = [line for line in made.session.lines if line["vote"]]
    assert [sum(tally) for tally in tallies] == [1, 2, 3, 4, 5, 6, 7] * (len(votes) // 7), "motion by motion"
    assert tallies[-1] == (4, 3)
    last = next(step.motion for step in reversed(made.steps) if step.motion)
    decision = made.session.decisions[-1]
    assert (last.item.line, last.waiting, last.called) == (decision["motion"], (), True)
    assert last.item.terms == decision["terms"]
    assert all(step.motion is None for step in made.steps if 0 <= step.stage < 3)


def test_a_step_lasts_as_long_as_it_is_read_with_its_caption() -> None:
    made = show("showcase_en")
    line = next(step for step in made.steps if step.line and not step.captions)
    assert made.seconds_of(line) == pytest.approx(len(line.text.split()) / 4, rel=0.1)
    told = next(step for step in made.steps if step.captions)
    assert made.seconds_of(told) > made.seconds_of(type(told)(told.kind, told.stage, told.text))
    assert min(made.seconds_of(step) for step in made.steps) >= 2.0
    assert made.seconds_from(len(made.steps) - 1) == made.seconds_of(made.steps[-1])
    assert [step.kind for step in made.steps if step.holds] == ["title", "outcome", "discussion"]


def test_a_line_is_found_and_for_one_that_nobody_heard_the_last_before_it() -> None:
    made = show("rules_only_command")
    ids = [step.line["id"] for step in made.steps if step.line]
    assert made.steps[made.step_of(ids[4])].line == made.room.lines[4]
    unheard = next(line["id"] for line in made.session.lines[1:] if line["id"] not in ids)
    found = made.steps[made.step_of(unheard)].line
    assert found is not None
    assert found["id"] < unheard
    assert (made.step_of("L999"), made.step_of(""), made.line_at(0)) == (0, 0, "")


def test_finished_sessions_are_listed_and_a_damaged_one_is_named(tmp_path: Path) -> None:
    whole = put(tmp_path, "showcase_en", "whole")
    put(tmp_path, "showcase_zh")  # as `sandbox replay showcase --lang zh` leaves it: it comes with the program
    strange = put(tmp_path, "showcase_en", "strange")  # well formed, and of a seat that is not there
    strange.write_text(strange.read_text(encoding="utf-8").replace('"village_cadre"', '"nobody"'), encoding="utf-8")
    for name, lines in (("running", slice(0, 40)), ("damaged", slice(None))):
        log = put(tmp_path, "joint_production_zh", name)
        kept = log.read_text(encoding="utf-8").splitlines(keepends=True)[lines]
        if name == "damaged":
            kept[30] = kept[30].replace('"kind"', '"kin"')
        log.write_text("".join(kept), encoding="utf-8")
    recordings = Recordings(LIBRARY, tmp_path)
    shipped = [entry.id for entry in recordings.shipped()]
    assert shipped[:2] == ["showcase_en", "showcase_zh"]
    assert not [name for name in shipped if name.startswith("rules_only")]
    past, more = recordings.past(9)
    assert ({entry.id for entry in past}, more) == ({"whole", "damaged", "strange"}, False)
    by_name = {entry.id: entry for entry in past}
    assert "events.jsonl:31" in str(by_name["damaged"].fault)
    assert by_name["strange"].fault is not None
    good = by_name["whole"]
    assert (good.fault, good.lang, good.stages, good.lines) == (None, "en", 4, 58)
    assert recordings.past(1)[1]
    whole.unlink()
    assert {entry.id for entry in recordings.past(9)[0]} == {"damaged", "strange"}


async def test_a_branch_says_of_which_session_it_is_one_and_which_rule_was_changed(tmp_path: Path) -> None:
    whole = new_folder(tmp_path, "whole")
    await run(whole, rules_spec())
    new = branch(whole, "L004", LIBRARY, ["aggregation.veto=resident"])
    await run(new, recorded_spec(new))
    past, _ = Recordings(LIBRARY, tmp_path).past(9)
    told = {entry.id: entry.departure for entry in past}
    assert told["whole"] is None
    departure = told[new.id]
    assert departure is not None
    assert (departure.origin, departure.begun) == ("whole", whole.begun)
    rules: dict[Lang, str] = {"en": "Whose consent is needed (veto) – resident of", "zh": "谁把关或有否决权"}
    for lang, rule in rules.items():
        assert "L004" in departure.told[lang]
        assert rule in departure.told[lang]
        assert "2026" not in _departure(Words(lang), replace(departure, begun=0.0))
        assert departure.told[lang] in _departure(Words(lang), departure)


def test_officials_of_a_campaign_are_named_in_the_language_of_the_page() -> None:
    recordings = Recordings(LIBRARY, CASSETTES)
    for lang in get_args(Lang):
        chairs = {entry.chair for entry in recordings.of_campaign(lang) if entry.chair}
        assert chairs
        assert all(chair.en.isascii() and not chair.zh.isascii() for chair in chairs)


def test_only_finished_sessions_of_the_folder_are_shown(tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    log = put(runs, "joint_production_zh", "running")
    log.write_text("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[:40]), encoding="utf-8")
    put(tmp_path, "showcase_en", "elsewhere")
    recordings = Recordings(LIBRARY, runs)
    assert recordings.show("showcase_zh") is recordings.show("showcase_zh")
    for name in ("running", "../elsewhere", "..", ""):
        with pytest.raises(InputError) as refused:
            recordings.show(name)
        assert refused.value.key == ("show.unfinished" if name == "running" else "show.none")
        assert Words("zh").error(refused.value) != str(refused.value)


def test_the_way_to_what_if_names_session_line_and_language() -> None:
    assert path_of("f", "s", "whatif", "a b", lang="zh", at="L012") == "/f/s/whatif/a%20b?lang=zh&at=L012"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """Serve the web app without a model, beside a session whose log is damaged."""
    folder = tmp_path_factory.mktemp("show")
    put(folder / "runs", "showcase_en", "broken").write_text("{}\n", encoding="utf-8")
    with WebServer(folder, "--model", "none") as running:
        yield running


async def test_the_report_of_the_recorded_campaign_is_a_link_and_no_command(server: WebServer) -> None:
    async with light(f"{server.link}/show?lang=zh") as shows, aiohttp.ClientSession() as http:
        address = str(shows.elements[await shows.wait("data-campaign-report")]["props"]["href"])
        assert "sandbox campaign" not in shows.texts
        async with http.get(server.origin + address) as answer:
            assert answer.status == 200
            text = await answer.text()
        assert "三个小区一面旗" in text


async def test_the_next_vote_stops_before_it_and_the_room_may_guess_first(server: WebServer) -> None:
    made = show("showcase_en")
    (vote,) = made.marks["vote"]
    asked, voted = made.riddles[vote.step - 1].text, made.line_at(vote.step)
    async with light(server.show("showcase_en")) as wall:
        await wall.click("data-show", "vote")
        await wall.until(lambda: made.line_at(vote.step - 1) in wall.lines())
        assert not wall.shows(asked)
        await wall.click("data-show", "stop")
        for way in ("back", "vote"):
            await wall.click("data-show", way)
        await wall.until(lambda: wall.shows(asked))
        assert voted not in wall.lines(), "nobody has voted yet"
        await wall.click("data-show", "next")
        await wall.until(lambda: voted in wall.lines())
        for _ in made.steps[vote.step + 1 :]:
            await wall.click("data-show", "next")
        await wall.until(lambda: wall.shows(f"{len(made.steps)} of {len(made.steps)}, the end"))
        assert "about 0 min" not in wall.texts


# Keeps what was on the wall, one after the other: what goes on by itself may be gone before anybody looks.
_SEEN = """() => {
  window.seen = [];
  const look = () => {
    const view = document.querySelector('[data-kind]'), line = document.querySelector('.current');
    const now = line ? line.dataset.line : view && view.dataset.kind;
    if (now && now !== seen[seen.length - 1]) seen.push(now);
  };
  look();
  new MutationObserver(look).observe(document.body, {childList: true, subtree: true, attributes: true});
}"""


async def at(page: Page) -> str:
    """Return which line or slide is on the wall."""
    kind = str(await page.get_attribute("[data-kind]", "data-kind"))
    return str(await page.get_attribute(".current", "data-line")) if kind == "line" else kind


@pytest.mark.browser
@pytest.mark.parametrize(("lang", "scheme"), [("en", "light"), ("zh", "dark")])
async def test_a_session_is_chosen_shown_paused_and_steered(
    server: WebServer, lang: Literal["en", "zh"], scheme: Literal["light", "dark"]
) -> None:
    words, faults = Words(lang), list[str]()
    async with browser() as chromium:
        context = await chromium.new_context(color_scheme=scheme, viewport={"width": 1366, "height": 768})
        teacher = Person(await context.new_page())
        page = teacher.page
        await teacher.go(f"{server.link}?lang={lang}")
        await expect(page.locator("[data-door] h2")).to_have_text(
            [words(f"doors.{d}") for d in ("play", "campaign", "show", "whatif", "country")]
        )
        await page.click("[data-door=show]")
        broken = page.locator("[data-recording=broken]")
        await expect(broken).to_contain_text("events.jsonl:1")
        await expect(page.locator("[data-recording]")).to_have_count(18)
        other: Lang = "zh" if lang == "en" else "en"
        await expect(page.locator("[data-recording]").first).to_have_attribute("data-recording", "broken")
        await expect(page.locator(".shelf").nth(1)).not_to_contain_text(Words(other)("autonym"))
        await expect(page.get_by_role("heading", name=words("show.other_language"))).to_be_visible()
        faults += await check(page, "list")
        await page.click(f"[data-recording=showcase_{lang}] [data-choose]")
        await page.wait_for_url(re.compile(r"/show/\w"))
        await teacher.alive()
        assert await at(page) == "title"
        await expect(page.locator("[data-who]")).to_contain_text("Lu Wenjuan" if lang == "en" else "曹志刚")
        await page.evaluate(_SEEN)
        faults += await check(page, "title")
        play = page.locator("[data-show=play]")
        await expect(play).to_contain_text(words("show.play"))
        await play.click()
        await page.wait_for_function("seen.includes('L001')")  # in its own time, after the stage
        await page.keyboard.press("Space")
        assert (await page.evaluate("seen"))[:3] == ["title", "stage", "L001"]
        await expect(play).to_contain_text(words("show.play"))
        await expect(page.locator("[data-does]").first).to_be_visible()
        await page.click("[data-show=turn]")
        await expect(page.locator("[data-caption]").first).to_be_visible()
        faults += await check(page, "turning point")
        await page.click("[data-show=vote]")
        await page.click("[data-show=next]")
        await expect(page.locator("[data-tally]")).to_contain_text("1")
        await expect(page.locator("[data-motion] .terms dd").first).to_be_visible()
        assert await page.locator("[data-line]").count() <= 3  # what is not on the wall is not in the page
        faults += await check(page, "vote")
        await page.locator("[data-track] .mark.stage").nth(1).click()
        await expect(page.locator("[data-kind=stage]")).to_be_visible()
        box = await page.locator("[data-track]").bounding_box()
        assert box
        await page.mouse.click(box["x"] + box["width"] - 2, box["y"] + 4)
        await expect(page.locator("[data-discussion] li").first).to_be_visible()
        await page.keyboard.press("ArrowLeft")
        recorded = show(f"showcase_{lang}").session
        for _, option in recorded.game.in_words(
            recorded.decisions[-1]["terms"]
        ):  # that on who pays says how it is paid
            await expect(page.locator("[data-outcome] dd", has_text=option)).to_be_visible()
        await expect(page.locator("[data-outcome] [data-payer]")).to_have_count(0)
        shipped = show(f"showcase_{lang}").session
        for side in ("hierarchical", "horizontal"):
            of = page.locator("[data-outcome] .sides .box", has_text=words(f"side.seen.{side}"))
            await expect(of).to_contain_text(side_words(shipped, side, words))
        faults += await check(page, "outcome")
        assert not teacher.faults
    assert faults == []


@pytest.mark.browser
@pytest.mark.parametrize("name", ["showcase_en", "showcase_zh"])
async def test_turning_points_fit_a_common_projector_and_can_be_hidden_until_they_are_shown(
    server: WebServer, name: str
) -> None:
    made = show(name)
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1280, "height": 720})
        teacher = Person(await context.new_page())
        page = teacher.page
        for mark in made.marks["turn"]:
            await teacher.go(server.show(name, made.line_at(mark.step)))
            if await page.locator(".captions").count():  # that of a decision stands on the step after its line
                foot, captions = await page.locator(".show-foot").bounding_box(), page.locator(".captions")
                box = await captions.bounding_box()
                assert foot
                assert box
                assert box["y"] + box["height"] <= foot["y"], f"step {mark.step} is cut"
        await page.keyboard.press("Home")
        await page.keyboard.press("t")
        await expect(page.locator("[data-caption]").first).to_be_visible()
        await page.click("[data-show=hide]")
        await expect(page.locator("[data-caption]")).to_have_count(0)
        await expect(page.locator("[data-track] .mark.turn").first).not_to_be_visible()
        await expect(page.locator("[data-show=turn]")).to_be_disabled()
        where = await at(page)
        await page.keyboard.press("t")
        await page.keyboard.press("h")
        await expect(page.locator("[data-caption]").first).to_be_visible()
        assert await at(page) == where, "no jump gives away what is hidden"
        await expect(page.locator("[data-track] .mark.turn").first).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["showcase_en", "showcase_zh"])
async def test_all_conditions_of_a_motion_stand_on_a_common_projector_at_once(server: WebServer, name: str) -> None:
    made = show(name)
    cut = """() => [...document.querySelectorAll('.view, .show-beside')]
        .filter(each => each.scrollHeight > each.clientHeight).map(each => each.className)"""
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1280, "height": 720})
        teacher = Person(await context.new_page())
        page, listed = teacher.page, []
        await teacher.go(server.show(name))
        for decision in made.room.decisions:
            await page.keyboard.press("v")
            await expect(page.locator(".facts li").last).to_have_text(hangs_on(decision["condition"])[-1])
        for key, kind in (("", "line"), ("End", "discussion"), ("ArrowLeft", "outcome"), ("ArrowLeft", "decision")):
            if key:
                await page.keyboard.press(key)
            await expect(page.locator(f"[data-kind={kind}]")).to_be_visible()
            if kind == "discussion":
                continue
            listed.append(await page.locator(".facts li").all_inner_texts())
            assert await page.evaluate(cut) == [], kind
    decision = made.room.decisions[-1]
    told = conditions_answered(Reading(made.session), decision)  # of what was carried: also who had refused it
    assert listed == [hangs_on(decision["condition"]), told, told]


@pytest.mark.browser
@pytest.mark.parametrize("name", ["showcase_en", "showcase_zh"])
async def test_a_vote_can_be_read_from_the_back_of_a_room_and_on_a_phone(server: WebServer, name: str) -> None:
    small = """() => [...document.querySelectorAll('.show-body *')]
        .filter(each => [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
        .filter(each => each.getBoundingClientRect().height && parseFloat(getComputedStyle(each).fontSize) < 16)
        .map(each => each.innerText)"""
    votes = [step.line["id"] for step in show(name).steps if step.line and step.line["vote"]]
    async with browser() as chromium:
        wide = await chromium.new_context(viewport={"width": 1280, "height": 720})
        narrow = await chromium.new_context(viewport={"width": 390, "height": 844})
        wall, phone = Person(await wide.new_page()), Person(await narrow.new_page())
        for viewer in (wall, phone):
            await viewer.go(server.show(name))
            await viewer.page.keyboard.press("v")
            for vote in votes:
                await viewer.page.keyboard.press("ArrowRight")
                line = viewer.page.locator(f".current[data-line={vote}]")
                await expect(line).to_be_visible()
                if viewer is wall:
                    assert await viewer.page.evaluate(small) == [], vote
                else:
                    assert await line.evaluate("line => line.clientWidth") > 0.8 * 390, "the motion stands below it"


@pytest.mark.browser
async def test_the_keyboard_steers_and_each_viewer_has_a_place_of_their_own(server: WebServer) -> None:
    made = show("showcase_en")
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 1366, "height": 768})
        one, other = Person(await context.new_page()), Person(await context.new_page())
        for viewer in (one, other):
            await viewer.go(server.show("showcase_en", "L010"))
            assert await at(viewer.page) == "L010"
        turn = next(mark.step for mark in made.marks["turn"] if mark.step > made.step_of("L011"))
        votes = [step.line["id"] for step in made.steps if step.line and step.line["vote"]]
        for key, wanted in (
            ("ArrowRight", "stage"), ("ArrowRight", "L011"), ("ArrowLeft", "stage"), ("s", "stage"),
            ("ArrowRight", "L021"), ("Shift+S", "stage"), ("Shift+S", "stage"), ("ArrowRight", "L011"),
            ("t", made.line_at(turn)), ("v", made.line_at(made.step_of(votes[0]) - 1)), ("ArrowRight", votes[0]),
            ("PageDown", votes[1]), ("Home", "title"), ("End", "discussion"), ("ArrowRight", "discussion"),
        ):  # fmt: skip
            await one.page.keyboard.press(key)
            where = f".current[data-line={wanted}]" if wanted.startswith("L") else f"[data-kind={wanted}]"
            await expect(one.page.locator(where)).to_be_visible()
        for key in ("-", "+", "+"):  # none before the last leads to this speed
            await one.page.keyboard.press(key)
        await expect(one.page.locator(".speed")).to_contain_text("1.25")
        assert await at(one.page) == "discussion"  # there is no step after the last
        for key in ("End", "ArrowLeft", "ArrowLeft", "+", "+", "+"):
            await one.page.keyboard.press(key)
        await expect(one.page.locator("[data-kind=decision]")).to_be_visible()
        await one.page.keyboard.press("Space")
        await expect(one.page.locator("[data-outcome]")).to_be_visible()  # and there it rests
        await expect(one.page.locator("[data-show=play]")).to_contain_text("Play")
        assert await at(other.page) == "L010"
        link = other.page.locator("[data-whatif]")
        await expect(link).to_be_hidden()  # whoever was given the address of a show can only watch
        await other.go(f"{server.link}/show")
        await other.go(server.show("showcase_en", "L010"))
        assert server.link not in await other.page.content()
        await link.click()
        await other.page.wait_for_url(f"{server.link}/whatif/showcase_en?lang=en&at=L010")
        await other.page.go_back()
        await other.alive()
        # A bookmark of one's own, at which a show stops; what turned is told once the room has guessed.
        await other.page.click("[data-bookmarks]")
        await other.page.locator("[data-note]").wait_for()
        await other.alive()
        await other.page.fill("[data-note]", "What would you say now?")
        await other.page.click("[data-keep]")
        await expect(other.page.locator("[data-bookmark=L010]")).to_contain_text("What would you say now?")
        await other.page.click("[data-stopping]")
        await other.page.wait_for_url("**stops=yes**")
        await other.alive()
        for key in ("b", "ArrowLeft"):
            await other.page.keyboard.press(key)
        await expect(other.page.locator(".current[data-line=L009]")).to_be_visible()
        for key in ("+", "+", "+", "+", "Space"):
            await other.page.keyboard.press(key)
        await expect(other.page.locator(".current[data-line=L010]")).to_be_visible()
        await expect(other.page.locator("[data-caption]", has_text="What would you say now?")).to_be_visible()
        await expect(other.page.locator("[data-show=play]")).to_contain_text("Play")
        assert await at(other.page) == "L010", "it rests there"
        place, riddle = next(
            (place, riddle) for place, riddle in sorted(made.riddles.items()) if made.steps[place].line
        )
        await other.page.keyboard.press("Home")
        for _ in range(sorted(made.riddles).index(place) + 1):
            await other.page.keyboard.press("t")
        await expect(other.page.locator("[data-caption]").last).to_contain_text(riddle.text)
        captions = made.steps[place + 1].captions
        assert captions[0].text not in await other.page.content()
        await other.page.keyboard.press("ArrowRight")
        await expect(other.page.locator("[data-caption]", has_text=captions[0].text)).to_be_visible()
        assert await at(other.page) == made.line_at(place + 1)
        for key in ("h", "Home", "t"):  # whoever hides them is not stopped by them
            await other.page.keyboard.press(key)
        await expect(other.page.locator("[data-kind=title]")).to_be_visible()
        await other.page.keyboard.press("s")
        # A button that has the focus does what it says, and the space bar nothing beside.
        await other.page.locator("[data-show=stage]").focus()
        await other.page.keyboard.press("Space")
        await expect(other.page.locator("[data-kind=stage]")).to_be_visible()
        await expect(other.page.locator("[data-show=play]")).to_contain_text("Play")
        assert not one.faults + other.faults


@pytest.mark.browser
async def test_on_a_phone_nothing_is_wider_than_the_screen_and_strangers_see_nothing(server: WebServer) -> None:
    faults: list[str] = []
    async with browser() as chromium:
        context = await chromium.new_context(viewport={"width": 390, "height": 844})
        phone = Person(await context.new_page())
        pages = [server.link + where for where in ("", "/show", "/show?for=whatif")]
        for where in (*pages, server.show("showcase_en"), server.show("showcase_zh", "L046", "zh")):
            await phone.go(where)
            faults += await check(phone.page, where)
        for key, wanted in (("Home", "title"), ("v", "line"), ("End", "discussion"), ("ArrowLeft", "outcome"),
                            ("ArrowLeft", "decision")):  # fmt: skip
            await phone.page.keyboard.press(key)
            await expect(phone.page.locator(f"[data-kind={wanted}]")).to_be_visible()
            faults += await check(phone.page, key)
        await phone.go(server.show("broken"))
        await expect(phone.page.locator("[role=alert]")).to_contain_text("events.jsonl:1")
        assert not phone.faults
        shown = server.show("showcase_en").split("?")[0]
        for where in (
            f"{server.link}x/show",
            f"{server.origin}/show",
            f"{server.origin}/show/showcase_en",
            f"{shown}x",
        ):
            assert (await context.request.get(where)).status == 404
        assert (await context.request.get(shown.replace("showcase_en", "showcase_zh"))).status == 404
        for session in ("nothing", "../runs/broken", "tables.sqlite"):
            assert (await context.request.get(server.show(session))).status == 404
    assert faults == []
