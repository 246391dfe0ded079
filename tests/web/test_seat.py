"""A player's page on a phone: whose turn and why, what is begun lasts, the vote shows its motion, and what
comes of an answer is in view."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from sandbox.content.language import Lang
from sandbox.content.words import Words
from tests.content.folders import LIBRARY
from tests.web.served import HastyServer, Person, WebServer, asked, browser
from tests.web.tables import MAYOR, TENANT, Made, make_table

pytestmark = pytest.mark.browser

_PHONE = {"width": 390, "height": 844}
_TWICE = {"width": 195, "height": 422}  # the same phone, with everything drawn twice as large
_LEAST = 44
_TERMS = ".yours .q-expansion-item:has([data-term])"
# Counts the tones that are played, and the times that the phone shakes.
_LISTEN = """
window.tones = 0; window.shakes = 0;
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
navigator.vibrate = () => { window.shakes += 1; return true; };
"""
_SIZES = """least => [...document.querySelectorAll('button, a, [role=tab], [role=checkbox], .switch, input, textarea')]
  .map(one => [one.closest('.q-field, .switch') || one, one])
  .filter(([box]) => box.offsetParent && box.offsetHeight < least)
  .map(([box, one]) => [one.outerHTML.slice(0, 120), box.offsetHeight])"""


@dataclass
class _Table:
    made: Made
    desk: Person
    mayor: Person
    tenant: Person
    words: Words

    async def asked(self) -> tuple[Person, Person]:
        """Wait until one of the two is asked for a line or a vote; return that person and the other."""
        person = await asked(self.mayor, self.tenant)
        return person, self.tenant if person is self.mayor else self.mayor

    async def pass_to(self, person: Person) -> None:
        """Let the other one say something until a person is asked."""
        while (await self.asked())[0] is not person:
            await self.speak()

    async def speak(self) -> None:
        """Let whoever is asked say something."""
        speaker, _ = await self.asked()
        await _write(speaker, "inform", "The hall is empty.")
        await speaker.press("[data-send]")


@asynccontextmanager
async def _table(server: WebServer, lang: Lang, **setup: Any) -> AsyncIterator[_Table]:
    """Seat two people with phones at a table, whose session has begun."""
    made = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, **setup)
    async with browser() as chromium:
        people = [await _visit(chromium, url) for url in (made.desk, made.seats[MAYOR], made.seats[TENANT])]
        await people[0].page.click("[data-start]")
        for person in people[1:]:
            await person.pulse()
        yield _Table(made, people[0], people[1], people[2], Words(lang))
        for person in people:
            assert person.faults == []


async def _visit(chromium: Browser, url: str) -> Person:
    context = await chromium.new_context(viewport=_PHONE, has_touch=True)  # type: ignore[arg-type]
    person = Person(await context.new_page())
    await person.page.add_init_script(_LISTEN)
    await person.go(url)
    return person


async def _write(person: Person, act: str, words: str) -> None:
    """Begin a turn; on a phone the keyboard may send nothing but the words."""
    change, button = person.page.locator("[data-change-act]:visible"), person.page.locator(f".yours [data-act={act}]")
    if await change.count():
        await change.press("Enter")
        await expect(button).to_be_visible()  # a key goes to what has the focus, and what is folded away takes none
    await button.press("Enter")  # what is asked may still scroll into view
    await expect(button).to_have_attribute("aria-pressed", "true")
    await person.page.fill("[data-says]", words)


# A play that asserts much takes little longer than one that asserts a thing: it is the pages that take their time.


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_until_somebody_has_spoken_what_comes_and_what_one_can_do_comes_first(
    server: WebServer, lang: Lang
) -> None:
    stages = ("training", "public_engagement")
    made, words = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, stages=stages), Words(lang)
    async with browser() as chromium:
        people = [await _visit(chromium, url) for url in (made.desk, *made.seats.values())]
        desk, mayor, tenant = people
        await _lobby_says_what_comes(mayor, stages, words)
        await desk.page.click("[data-start]")
        for person in (mayor, tenant):
            box, log = person.page.locator(".yours"), person.page.locator(".log")
            await expect(box).to_be_visible()
            asks, said = await box.bounding_box(), await log.bounding_box()
            assert asks
            assert said
            assert asks["y"] < 200  # under the title and whose turn it is
            assert said["y"] > asks["y"] + asks["height"]
            await expect(box.locator("[data-send-pulse]")).to_be_in_viewport()
            assert any(words("opening") in each for each in person.wire), (
                "a slow link has something to read before the scripts come"
            )
            await expect(person.page.locator(".opening")).to_be_hidden()
            await person.page.set_viewport_size(_TWICE)  # type: ignore[arg-type]
            assert await person.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            await person.page.set_viewport_size(_PHONE)  # type: ignore[arg-type]
            await expect(log).to_contain_text(words.text("table.to_come").partition("{")[0])
            await person.pulse()
        person = await asked(mayor, tenant)
        page = person.page
        await expect(page.locator(".yours [data-act]").first).to_be_in_viewport()
        answer, inform = (page.locator(f".yours [data-act={act}]") for act in ("answer", "inform"))
        await expect(answer).to_have_accessible_name(re.compile(words("turn.waits.question")))
        looks = "one => getComputedStyle(one, '::before').borderStyle + getComputedStyle(one).color"
        assert await answer.evaluate(looks) != await inform.evaluate(looks)
        await page.click("[data-send]")
        refusal = page.locator(".yours .refusal")
        await expect(refusal).to_have_text(words("turn.need_act"))
        await page.wait_for_timeout(1500)  # the page is drawn anew meanwhile
        await expect(refusal).to_be_visible()
        await page.click(".yours [data-act=propose]")
        await _no_label_is_cut(person, words)
        for one in (mayor, tenant):
            assert await one.page.evaluate(_SIZES, _LEAST) == []
        await _write(person, "inform", "The hall is empty.")
        await expect(refusal).to_have_text("")
        await person.press("[data-send]")
        await expect(page.locator(".to-come")).to_be_hidden()
        assert [one.faults for one in people] == [[], [], []]


async def _lobby_says_what_comes(person: Person, stages: tuple[str, ...], words: Words) -> None:
    page = person.page
    for name in stages:
        await expect(page.locator("[data-stages]")).to_contain_text(LIBRARY.stage(name).name.get(words.lang))
    await person.unfold("[data-stages]")
    await expect(page.locator("[data-stages] li")).to_have_count(2)
    shown = page.locator("[data-how-long], [data-right], [data-told-case]")
    order = [await shown.nth(place).get_attribute("data-right") is None for place in range(3)]
    assert order == [True, False, True], "what comes stands before the card"
    await person.unfold("[data-acts]")
    for act in ("ask", "promise"):
        await expect(page.locator("[data-acts]").get_by_text(words(f"guide.example.{act}"))).to_be_visible()
    assert await page.evaluate(_SIZES, _LEAST) == []


async def _no_label_is_cut(person: Person, words: Words) -> None:
    """Look at the terms of a proposal, and at the title with the language beside it."""
    page = person.page
    title, link = page.locator(".bar h1"), page.locator(".bar nav a")
    (above, beside) = (await title.bounding_box(), await link.bounding_box())
    assert above
    assert beside
    assert beside["x"] >= above["x"] + above["width"]
    assert beside["y"] < above["y"] + above["height"]
    await person.unfold(_TERMS)
    await expect(page.locator("label:has([data-term])").first).to_be_visible()
    await expect(page.locator("[data-condition]")).to_be_visible()
    label = page.get_by_text(words("turn.condition"), exact=True)
    assert await label.evaluate("one => one.scrollWidth <= one.clientWidth && one.offsetHeight > 20")
    await expect(page.get_by_label(words("turn.condition"))).to_be_visible()
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


_SMALL = {"width": 360, "height": 740}
_MESSAGE: Mapping[Lang, str] = {
    "en": "The inspection comes a week earlier than planned, and it will look at the hall, the list of children and "
    "the contract that pays the teachers.",
    "zh": "检查提前一周，要看礼堂、孩子名单和付给老师报酬的那份合同，请大家今天就定下来怎么办。",
}


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_a_turn_calls_shows_why_and_is_in_view_on_a_small_phone(server: WebServer, lang: Lang) -> None:
    async with _table(server, lang) as table:
        person, other = await table.asked()
        await other.page.mouse.click(5, 5)  # a browser sounds only after a touch
        await expect(person.page.locator(".turnbar [role=status]")).to_have_text(table.words("table.yours"))
        await expect(person.page.locator(".turnbar .why")).not_to_be_empty()
        bar = await person.page.locator(".turnbar").bounding_box()
        assert bar
        assert bar["y"] >= 0
        await expect(person.page).to_have_title(re.compile(f"^● {table.words('title.turn')} · "))
        await expect(other.page).not_to_have_title(re.compile("^●"))
        name = {MAYOR: "Bo", TENANT: "Anna"}[MAYOR if person is table.mayor else TENANT]
        await expect(other.page.locator(".turnbar [role=status]")).to_contain_text(name)
        tones = await other.page.evaluate("tones")
        await _write(person, "ask", "Who has the key? " * 4)
        await person.page.click("[data-send]")
        await expect(person.page.locator(".log")).to_contain_text("Who has the key?")
        await expect(person.page).not_to_have_title(re.compile("^●"))
        await table.pass_to(other)
        page = other.page
        await expect(page.locator(".yours")).to_be_in_viewport()
        await page.wait_for_function("most => tones >= most", arg=tones + 2)
        assert await page.evaluate("tones") == tones + 2
        assert await page.evaluate("shakes") > 0
        await page.set_viewport_size(_SMALL)  # type: ignore[arg-type]
        await page.evaluate("turn.view()")
        heard, send = page.locator("[data-heard]"), page.locator("[data-send]")
        for shown in (heard, page.locator(".yours [data-act]:visible").last, send):
            await expect(shown).to_be_in_viewport(ratio=1)
        # What came from outside hides neither acts nor the field for words; all tabs below are in view.
        await table.desk.page.get_by_role("tab", name=table.words("desk.send")).click()
        await table.desk.page.fill("[data-message]", _MESSAGE[lang])
        await table.desk.page.click("[data-send-message]")
        await expect(page.locator("[data-came]")).to_be_in_viewport(ratio=1)
        await expect(page.locator(".yours [data-act]:visible").last).to_be_in_viewport(ratio=1)
        field, button = await page.locator(".yours .q-textarea").bounding_box(), await send.bounding_box()
        assert field
        assert button
        assert field["y"] + field["height"] <= button["y"] + 20, "below it stands how much has been written"
        ends = await page.locator(".q-tab").evaluate_all("all => all.map(tab => tab.getBoundingClientRect().right)")
        assert max(ends) < _SMALL["width"]
        for act in ("inform", "propose"):
            await _write(other, act, "The hall is empty.")
            await expect(page.locator(".yours [data-act]:visible")).to_have_count(1)
            await expect(send).to_be_in_viewport(ratio=1)
        await page.locator("[data-change-act]").press("Enter")
        await expect(page.locator(".yours [data-act=inform]")).to_be_visible()
        # The sound can be turned off, and the browser remembers it; a call for help waits until it is taken back.
        await page.locator("[data-sound]").uncheck()
        called = table.words("help.called")
        await page.click("[data-help]")
        await expect(page.locator("body")).to_contain_text(called)
        await page.reload()
        await other.alive()
        await expect(page.locator("[data-sound]")).not_to_be_checked()
        await expect(page.locator("body")).to_contain_text(called)
        await page.click("[data-help]")
        await expect(page.locator("body")).not_to_contain_text(called)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_what_is_begun_is_there_on_a_second_phone_after_a_reload_and_after_a_place_that_is_passed(
    server: WebServer, lang: Lang
) -> None:
    async with _table(server, lang, stages=("public_engagement",), turns=40) as table:
        person, _ = await table.asked()
        page = person.page
        await _write(person, "ask", "Half a line")
        await person.kept("says", "act")
        async with browser() as chromium:
            second = await _visit(chromium, page.url)
            await expect(second.page.locator("[data-says]")).to_have_value("Half a line")
            await expect(second.page.locator("[data-act=ask]")).to_have_attribute("aria-pressed", "true")
            await second.page.wait_for_timeout(4000)  # of what two phones change at once the own one's counts
            await second.page.fill("[data-says]", "Half a line, and the rest?")
            await second.page.wait_for_timeout(1000)
            await page.reload()
            await person.alive()
            await expect(page.locator("[data-says]")).to_have_value("Half a line, and the rest?")
            place = await person.place()
            await second.press("[data-send]")
            await person.moved_on(place)  # until the first phone knows it too, it still looks as if it were asked
            await table.pass_to(person)
            assert await page.locator("[data-begun]").count() == 0, "it has been said"
            assert second.faults == []
        await _write(person, "propose", "Half a turn")
        await person.unfold(_TERMS)
        term, addressee = page.locator("label:has([data-term])").first, page.locator("label:has([data-to])")
        for name, field in (("[data-term]", term), ("[data-to]", addressee)):
            await expect(field).to_contain_text(await person.choose(name, 1))
        chosen, to = await term.inner_text(), await addressee.inner_text()
        await person.kept("says", "act", "terms", "to")
        await page.reload()
        await person.alive()
        await expect(page.locator("[data-says]")).to_have_value("Half a turn")
        await expect(page.locator("[data-act=propose]")).to_have_attribute("aria-pressed", "true")
        await expect(term).to_be_visible()
        await expect(term).to_have_text(chosen, use_inner_text=True)
        await expect(addressee).to_have_text(to, use_inner_text=True)
        # The facilitator passes over the turn; at the next one it is offered again.
        place = await person.place()
        await table.desk.page.click("[data-order=skip]")
        await person.moved_on(place)
        await table.pass_to(person)
        await expect(page.locator("[data-begun]")).to_contain_text("Half a turn")
        await expect(page.locator("[data-says]")).to_have_value("")
        await page.click("[data-use-begun]")
        await expect(page.locator("[data-says]")).to_have_value("Half a turn")
        if await page.locator("[data-act=propose]").count():
            await expect(page.locator("[data-act=propose]")).to_have_attribute("aria-pressed", "true")
            await expect(term).to_be_visible()
            await expect(term).to_have_text(chosen, use_inner_text=True)


@pytest.mark.parametrize(("lang", "governance"), [("en", "three_social_interaction"), ("zh", "joint_production")])
async def test_a_motion_s_condition_is_replaced_and_the_vote_shows_it_and_needs_no_words(
    server: WebServer, lang: Lang, governance: str
) -> None:
    async with _table(server, lang, stages=("public_engagement",), turns=12, governance=governance) as table:
        words = table.words
        person, other = await table.asked()
        await _write(person, "propose", "Half and half, I say.")
        await person.unfold(_TERMS)
        await person.choose("[data-term]", 1)
        await person.page.fill("[data-condition]", "open until 7")
        await person.press("[data-send]")
        await table.pass_to(other)
        await _write(other, "support", "With one thing changed.")
        await other.choose("[data-part=about]", "Half and half, I say.")
        await expect(other.page.locator("[data-held]")).to_contain_text("open until 7")
        await other.unfold(_TERMS)
        await other.choose("[data-part=replaces]", "open until 7")
        await other.page.fill("[data-condition]", "a sitter past 7")
        await other.press("[data-send]")
        offer = other.page.locator(".log [data-line]", has_text="With one thing changed.")
        await expect(offer).to_contain_text(words("debrief.condition", condition="a sitter past 7"))
        while not await (await table.asked())[0].page.locator(".votes").count():
            await table.speak()
        person, other = await table.asked()
        page = person.page
        card = page.locator(".motion")
        await expect(card.locator(".quote").first).not_to_be_empty()
        assert await card.locator("dl.terms dd").count() >= 1
        assert await page.locator(".log [data-line]").count() > 0
        assert await page.evaluate(_SIZES, _LEAST) == []
        abstain = await page.locator(".votes [data-act=abstain]").count()
        assert abstain == (governance == "three_social_interaction")
        act, key = ("abstain", "abstained") if abstain else ("support", "vote_for")
        await page.click(f".votes [data-act={act}]")
        if await other.page.locator(".votes").count():  # all vote at once, and a vote is told in its turn
            await other.page.click(f".votes [data-act={act}]")
        for each in (table.desk, table.mayor, table.tenant):
            await expect(each.page.locator(".log")).to_contain_text(words(f"silent.{key}"))


# Nothing is left of a box that asked: no height is held for it, and the end of the transcript is to be seen.
_AFTER = """() => {
  const log = document.querySelector('.log'), at = log.getBoundingClientRect();
  const last = ([...log.querySelectorAll('[data-line], .notice, .stage-head')].pop() || log).getBoundingClientRect();
  const bar = document.querySelector('.turnbar').getBoundingClientRect();
  const slots = [...document.querySelectorAll('.stack')];
  const seen = last.bottom <= Math.min(innerHeight, at.bottom) && last.bottom > Math.max(bar.bottom, at.top);
  const empty = document.querySelector('[data-help]').getBoundingClientRect().top - at.bottom;
  return seen && empty < 150 && !slots.some(slot => slot.style.minHeight);
}"""


async def _end_in_view(person: Person) -> None:
    """Wait until nothing of what was asked is left, and the end of the transcript is in view."""
    await expect(person.page.locator(".yours")).to_have_count(0)
    await person.page.wait_for_function(_AFTER)


@pytest.mark.parametrize("lang", ["en", "zh"])
async def test_when_a_box_is_answered_the_end_is_in_view_and_the_outcome_is_read_from_the_top(
    server: WebServer, lang: Lang
) -> None:
    made = make_table(server, (MAYOR, "Bo"), (TENANT, "Anna"), lang=lang, turns=20)
    async with browser() as chromium:
        desk, bo, anna = [await _visit(chromium, url) for url in (made.desk, made.seats[MAYOR], made.seats[TENANT])]
        await desk.page.click("[data-start]")
        await bo.pulse()
        await _end_in_view(bo)
        await anna.pulse()
        table = _Table(made, desk, bo, anna, Words(lang))
        person, other = await table.asked()
        await _write(person, "propose", "Let us open it.")
        await person.page.click("[data-send]")  # what names no option is asked once whether it should
        await expect(person.page.locator("[data-ask-terms]")).to_contain_text(table.words("turn.ask_terms"))
        await expect(person.page.locator("[data-term]").first).to_be_visible()
        assert "Let us open it." not in await person.page.inner_text(".log")
        await person.page.locator("[data-only-words]").press("Enter")  # its page has gone down to the question
        await expect(person.page.locator(".log")).to_contain_text("Let us open it.")
        if not await person.page.locator(".yours").count():
            await _end_in_view(person)
        await expect(desk.page.locator(".log")).to_contain_text("Let us open it.")
        await desk.page.click("[data-order=end]")
        await desk.page.locator(".q-dialog .q-btn").first.click()
        for one in (anna, bo):  # where nobody has spoken no pulse would be asked
            await expect(one.page.locator("[data-send-pulse]")).to_be_visible()
            await one.page.evaluate("scrollTo(0, document.body.scrollHeight)")
            await one.pulse()
        for one in (bo, anna):
            await expect(one.page.locator("[data-outcome]")).to_be_in_viewport(ratio=1)
            await one.page.wait_for_function("scrollY === 0")
        assert [one.faults for one in (desk, person, other)] == [[], [], []]


async def test_time_that_runs_out_is_seen_and_loses_no_words(hasty_server: HastyServer) -> None:
    async with _table(hasty_server, "en", turns=20, idle="skip") as table:
        person, other = await table.asked()
        await _write(person, "inform", "Nearly said")
        await person.kept("says")
        left = person.page.locator(".turnbar .left")
        await expect(other.page.locator("[data-waiting]")).to_have_text(re.compile("^[0-9]:[0-5][05] so far$"))
        await table.desk.page.fill("[data-turn-seconds]", "90")  # counts from now on
        await table.desk.page.click("[data-turn-time]")
        await expect(left).to_contain_text("1:2")
        await expect(other.page.locator("[data-waiting]")).to_contain_text("1:2")
        told = [await shown.inner_text() for shown in (left, other.page.locator("[data-waiting]"))]
        own, theirs = (sum(int(part) for part in re.findall(r"[0-9]+:([0-9]+)", text)) for text in told)
        assert abs(own - theirs) <= 1, "phones side by side tell the same time"
        hasty_server.let_pass(82)
        await expect(person.page.locator(".turnbar .left.soon")).to_contain_text("0:0")
        await person.page.locator(".q-tabs").scroll_into_view_if_needed()
        hasty_server.let_pass(20)
        over = [table.words("table.overdue.skip"), table.words("table.overdue.before.skip")]  # once it is asked again
        await expect(person.page.locator("[data-overdue]")).to_have_text(re.compile("|".join(map(re.escape, over))))
        await expect(person.page.locator("[data-overdue]")).to_be_in_viewport()
        await expect(person.page.locator(".log .late").last).to_be_in_viewport()
        await table.pass_to(person)
        await expect(person.page.locator("[data-begun]")).to_contain_text("Nearly said")
