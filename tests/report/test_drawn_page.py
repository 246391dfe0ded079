"""The page of sessions in which the rules alone play: assessments, pulses, plans, news, decisions, who heard what."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.motions.counting import counted
from sandbox.game.state import first_state
from sandbox.record.events import Event
from sandbox.report.figures import measured
from sandbox.report.money_words import motion_payer_text
from sandbox.report.read_decision import votes_counted
from sandbox.report.voting_words import offices
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.scorecard import NullSpread, latest_scores
from tests.game.making import LIBRARY, line, said
from tests.report.conftest import Scored, drawn_session, first_drawn, told_session
from tests.report.reader import Page, latin_words, render, report_html, table_rows, words_of
from tests.session.support import spec_of

LANGS: tuple[Lang, ...] = ("en", "zh")
MODELS = sorted(LIBRARY.cards["governance"])
SCENARIOS = sorted(LIBRARY.cards["scenario"])
PARTIES = ("information.lines=parties",)
HEARING = (
    "aggregation.voters=frontline,broker,provider,resident",
    "aggregation.procedure=chair_after_hearing",
)


def part(text: str, start: str, end: str) -> str:
    """Return the part of a page from one mark to the next."""
    begin = text.index(start)
    return text[begin : text.index(end, begin + len(start))]


def section(text: str, name: str) -> str:
    return part(text, f'<section id="{name}">', "</section>")


def stage_part(text: str, stage: str) -> str:
    start = text.index(f'<h3 id="stage-{stage}"')
    return re.split(r'<p class="over">|</section>', text[start:], maxsplit=1)[0]


def events_of(session: Scored, kind: str) -> list[Event]:
    return [event for event in session.events if event.kind == kind]


def altered(session: Scored, kind: str, **fields: Any) -> Scored:
    """Return a session in whose log all events of a kind have some fields in other words."""
    events = [replace(e, payload=e.payload | fields) if e.kind == kind else e for e in session.events]
    return replace(session, events=events)


def counted_as(shown: str) -> float:
    """Return a number as it is shown, a share in per cent or not."""
    return float(shown.removesuffix("%")) / 100 if shown.endswith("%") else float(shown)


def decided(session: Scored) -> bool:
    return any(event.payload["carried"] for event in events_of(session, "decision"))


# Assessments


def test_both_assessments_stand_side_by_side_with_their_indicators() -> None:
    for governance, lang in zip(MODELS[::2], cycle(LANGS), strict=False):
        session = drawn_session(governance, lang=lang)
        label = Words(lang)
        text, _ = render(session)
        shown = section(text, "assessments")
        figures = re.findall(r'<div class="box plain" id="(\w+)">(.*?)</div>', shown, re.S)
        assert [side for side, _ in figures] == ["hierarchical", "horizontal"]
        for (_, figure), one, letter in zip(figures, session.card.assessments, "HP", strict=True):
            head = words_of(part(figure, "<h3>", "</h3>"))
            assert letter in head
            assert one.total is not None
            assert head.endswith(f"{one.total:.2f}")
            names = [session.game.name(seat) for seat in one.assessors]
            assert all(name in figure for name in names)
            assert (label("assessments.nobody") in figure) == (not names)
            rows = table_rows(figure)[1:]
            day = {
                name: f"{name}.day" if f"m.{name}.day" in label else name for name in one.indicators
            }  # no review played
            expected = [
                (
                    f"{label(f'm.{day[name]}')} {label(f'd.{day[name]}')}",
                    measured(value, label, name=name),
                )
                for name, value in one.indicators.items()
            ]
            assert [value for _, value in rows] == [value for _, value in expected]
            assert all(told.startswith(name) for (told, _), (name, _) in zip(rows, expected, strict=True))


def test_where_they_pull_apart_is_told_in_four_numbers() -> None:
    lang: Lang = "zh"
    session = first_drawn(lambda one: one.card.apart.burden is not None, "command", lang=lang)
    label, apart = Words(lang), vars(session.card.apart)
    rows = table_rows(section(render(session)[0], "assessments"))[-4:]
    assert [name for name, _, _ in rows] == [label(f"m.{name}") for name in ("opposed", "gap", "burden", "lower")]
    for (_, shown, _), value in zip(rows, apart.values(), strict=True):
        assert counted_as(shown) == pytest.approx(value, abs=0.006)


def test_an_assessment_without_anything_to_count_has_no_number() -> None:
    text, _ = render(told_session([line(1, "mayor", "inform", stage="training")]))
    figure = part(section(text, "assessments"), 'id="horizontal">', "</div>")
    assert "Assessment from the side (P): nothing to measure" in words_of(figure)
    shown = [value for _, value in table_rows(figure)[1:]]
    assert shown[1:3] == [
        "missing, not 0: no resident stood for an option",
        "missing, not 0: no promise names an option",
    ]
    assert all(value.startswith("missing, not 0: ") for value in shown)


# Pulses


def test_the_pulse_of_each_seat_stands_at_each_moment() -> None:
    lang: Lang = "en"
    session = drawn_session("command", lang=lang)
    label = Words(lang)
    text, page = render(session)
    head, *rows = table_rows(section(text, "pulses"))
    stages = [stage.name.get(lang) for stage in session.game.stages]
    assert head[1:] == [label("moment.start"), *stages]
    seats = list(session.game.seats)
    assert [row[0].startswith(session.game.name(seat)) for row, seat in zip(rows, seats, strict=True)] == [True] * len(
        seats
    )
    taken = events_of(session, "pulse")
    assert len(taken) == len(seats) * (1 + len(stages))
    cells = {(event.stage, event.seat): event.payload for event in taken}
    for row, seat in zip(rows, seats, strict=True):
        for shown, moment in zip(row[1:], ["start", *(stage.id for stage in session.game.stages)], strict=True):
            levels = cells[moment, seat]
            assert shown == " ".join(
                f"{label(f'pulse.{name}')} {levels[name]}" for name in ("trust", "conviction", "burden")
            )
    assert label("pulses.rules") in page.sections["pulses"]


def test_the_page_says_when_a_model_answered_for_the_seats() -> None:
    session = altered(drawn_session(), "pulse", origin="model")
    pulses = render(session)[1].sections["pulses"]
    assert "Answered by the model for each seat." in pulses
    assert "nobody was asked" not in pulses


def test_a_session_stopped_before_its_end_shows_the_pulses_so_far_and_one_without_pulses_no_table() -> None:
    session = drawn_session()
    known = [event for event in session.events if event.kind != "pulse" or event.stage in ("start", "training")]
    head = table_rows(section(render(replace(session, events=known))[0], "pulses"))[0]
    assert head[1:] == ["Start", "Training"]
    none = [event for event in session.events if event.kind != "pulse"]
    assert table_rows(section(render(replace(session, events=none))[0], "pulses")) == []


# Plans


def test_plans_name_the_line_that_wrote_each_section() -> None:
    lang: Lang = "zh"

    def rewritten(session: Scored) -> bool:
        return all(any(e.payload["lines"] for e in events_of(session, "plan") if e.stage == stage) for stage in stages)

    stages = ("application", "learning_tour")
    session = first_drawn(rewritten, lang=lang)
    label = Words(lang)
    text, page = render(session)
    filed = events_of(session, "plan")
    for stage in stages:
        drawn_plans = part(stage_part(text, stage), f"<summary>{label('plans')}", "</details>")
        plans = [event for event in filed if event.stage == stage]
        handed = label("plans.handed_down") in drawn_plans
        assert drawn_plans.count("<h4>") == len(plans) + handed
        assert handed == (stage == stages[0]), "once"
        for plan in plans:
            name = label("plans.of", name=session.game.name(plan.seat))
            own = drawn_plans.split(f"<h4>{name}</h4>")[1].split("<h4>")[0]
            rows = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", own, re.S))
            before = [each.payload["sections"] for each in filed if each.seat == plan.seat and each.stage != stage]
            for key, words in plan.payload["sections"].items():
                wrote, name = plan.payload["lines"].get(key), label(f"section.{key}")
                stood = stage != stages[0] and before[0][key] == words
                assert (name in rows) == (bool(wrote) and not stood), "what stood before is named, and not told again"
                way = label("plans.before" if wrote else "plans.handed")
                assert name in rows or name in words_of(own).split(way)[1]
                if name in rows:
                    assert html.escape(words, quote=False).replace("'", "&#39;") in rows[name]
                    assert re.findall(r'href="#(\w+)"', rows[name]) == [wrote]
                if wrote:
                    assert label("mark.section", name=name) in line_part(text, wrote)
                    assert wrote in page.ids
    assert text.count(f"<summary>{label('plans')}</summary>") == 2


def line_part(text: str, line_id: str) -> str:
    return part(text, f'id="{line_id}">', "</div>")


# News


@pytest.mark.parametrize(("lang", "turns"), [("en", 4), ("zh", None)])
def test_news_stands_between_the_lines_where_it_arrived(lang: Lang, turns: int | None) -> None:
    session = drawn_session(lang=lang, turns=turns)
    label = Words(lang)
    text, _ = render(session)
    found = 0
    for news in events_of(session, "inject"):
        lines = [event.payload["id"] for event in events_of(session, "line") if event.stage == news.stage]
        assert news.payload["turn"] < len(lines), "news reaches somebody who can still speak"
        found += 1
        played = stage_part(text, news.stage)
        before = words_of(played.split(f'id="{lines[news.payload["turn"]]}"')[0])
        heard = label("everyone")
        said = f"{label('inject')} → {heard}{label('colon')}{news.payload['text']}"
        assert said in before.replace(
            f"{label('colon')} {news.payload['text']}", f"{label('colon')}{news.payload['text']}"
        )
        assert words_of(played).count(news.payload["text"]) == 1
        if news.payload["turn"]:
            assert said not in words_of(played.split(f'id="{lines[news.payload["turn"] - 1]}"')[0])
    assert found >= 2


def test_news_for_one_seat_names_that_seat_alone() -> None:
    text, _ = render(altered(drawn_session(), "inject", to=["migrant_tenant"]))
    heads = re.findall(r'<p class="who"><strong>News</strong> → (.*?): ', text)
    assert heads
    assert set(heads) == {"Luo Mei"}


# Decisions


@pytest.mark.parametrize(("lang", "agreed"), [("en", True), ("zh", False)])
def test_who_pays_is_said_and_whether_anybody_agreed_to_it(lang: Lang, agreed: bool) -> None:
    def fits(one: Scored) -> bool:
        return decided(one) and events_of(one, "decision")[-1].payload["payer_agreed"] == agreed

    label, session = Words(lang), first_drawn(fits, lang=lang)
    taken = events_of(session, "decision")[-1].payload
    budgets = label("semi").join(budget[lang] for budget in taken["budget"])
    for condition, suffix in (("", ""), ("the firm pays for the lamp", "_if")):
        page = render(altered(session, "decision", condition=condition))[0]
        settled = words_of(part(page, f'id="{taken["id"]}"', "</div>"))
        question = session.game.scenario.decision_by_id["payer"]
        text = label(f"payer.open{suffix}", budget=budgets, model=session.game.governance.name.get(lang))
        assert (f"{label('decision.payer')} {text}" in settled) != agreed
        if agreed:
            assert settled.count(question.options[taken["terms"]["payer"]].get(lang)) == 1
        assert (budgets in settled) != agreed, "and where it names the payer, the rules' means are none"


def test_money_that_the_case_has_is_named_where_an_option_draws_on_it() -> None:
    lang: Lang = "zh"
    game = Game(spec_of(lang=lang), LIBRARY)
    fact = next(
        fact for fact in game.scenario.facts if fact.id == game.scenario.decision_by_id["payer"].options["shared"].fund
    )

    def told(option: str) -> str:
        state = said(game, first_state(game), "ngo_director", "propose", terms={"payer": option})
        return motion_payer_text(game, state["ledger"][-1])

    assert "80,000" in fact.text.en
    assert fact.text.get(lang).rstrip(".。") in told("shared")
    assert fact.text.get(lang).rstrip(".。") not in told("parents")


def test_a_rejected_motion_names_nobody_who_pays() -> None:
    lang: Lang = "zh"
    session = first_drawn(lambda one: bool(events_of(one, "decision")) and not decided(one), lang=lang)
    settled = part(render(session)[0], f'id="{events_of(session, "decision")[0].payload["id"]}"', "</div>")
    assert Words(lang)("decision.payer") not in settled


def test_a_veto_is_named_with_the_votes_that_it_stopped() -> None:
    lang: Lang = "en"

    def stopped(session: Scored) -> bool:
        return any(event.payload["vetoed_by"] for event in events_of(session, "decision"))

    session = first_drawn(stopped, "one_core_multiple_actors", lang=lang)
    label, game = Words(lang), session.game
    taken = next(e.payload for e in events_of(session, "decision") if e.payload["vetoed_by"])
    text, page = render(session)
    by = label("decision.veto.party", names=offices(game, taken["vetoed_by"]))
    votes = taken["votes"]
    how = label("decision.rejected") + votes_counted(label, counted(game, taken)) + by
    assert how in page.sections[""], "the first screen"
    assert not [seat for seat in taken["vetoed_by"] if game.name(seat) in how], "the office lacked, not the person"
    settled = words_of(part(text, f'id="{taken["id"]}"', "</div>"))
    assert how in settled
    for key, stance in (("for", True), ("against", False)):
        names = label.join([game.name(seat) for seat, vote in votes.items() if vote is stance])
        assert not names or f"{label(f'decision.{key}')} {names}" in settled
    for seat, stance in votes.items():
        ballot = next(e.payload for e in events_of(session, "line") if e.payload["vote"] and e.seat == seat)
        assert label("mark.vote_for" if stance else "mark.vote_against") in line_part(text, ballot["id"])
    core = game.governance.rules.position["core"].name.get(lang)
    assert label("rules.veto.party", names=core).strip() in page.sections["rules"]


def test_a_chair_who_decides_after_a_hearing_stands_beside_the_advice() -> None:
    lang: Lang = "zh"

    def advised(session: Scored) -> bool:
        return any(event.payload["votes"] for event in events_of(session, "decision"))

    session = first_drawn(advised, "command", lang=lang, changes=HEARING)
    label = Words(lang)
    taken = events_of(session, "decision")[-1].payload
    heard = next(line["about"] for line in reversed(session.lines) if line["vote"])
    how = label("decision.chair", name=session.game.name(taken["by"])) + label("decision.heard", line=heard)
    how += votes_counted(label, counted(session.game, taken))
    assert how in render(session)[1].sections[""]


# Who heard what, and which rules


def room_marks(session: Scored) -> dict[str, str]:
    """Return by line the names that the page says heard it; lines without such a mark are left out."""
    text, _ = render(session)
    marks = {}
    private = Words(session.game.spec.lang)("mark.private", names="|").split("|")[0]
    for one in events_of(session, "line"):
        found = re.search(rf'<span class="tag">({private}.*?)</span>', line_part(text, one.payload["id"]))
        if found:
            marks[one.payload["id"]] = html.unescape(found[1])
    return marks


def test_a_line_that_only_its_parties_hear_names_them() -> None:
    lang: Lang = "en"
    session = drawn_session(lang=lang, changes=PARTIES)
    label, game = Words(lang), session.game
    marks = room_marks(session)
    for event in events_of(session, "line"):
        said = event.payload
        present = game.present(event.stage)
        parties = {said["seat"], said["to"], game.chair}
        names = label.join([game.name(seat) for seat in game.seats if seat in parties and seat in present])
        expected = None if said["to"] == "all" else label("mark.private", names=names)
        assert marks.get(said["id"]) == expected, said["id"]
    assert 0 < len(marks) < len(session.lines)
    assert room_marks(drawn_session(lang=lang)) == {}, "where the room hears all"
    assert label("heard.parties") in render(session)[1].sections["rules"]


def test_rules_changed_for_the_session_are_said_first() -> None:
    lang: Lang = "zh"
    changes = ("aggregation.veto=[]", "information.lines=parties")
    label = Words(lang)
    _, changed = render(drawn_session("one_core_multiple_actors", lang=lang, changes=changes))
    opening = changed.sections[""]
    assert "谁把关或有否决权改为“没有人”（原为“" in opening
    assert "aggregation.veto" not in opening, "a rule is told in words"
    assert label("rules.veto.party", names="").strip(" 。.：:") not in changed.sections["rules"]
    _, shipped = render(drawn_session("one_core_multiple_actors", lang=lang))
    assert label("warn.changed", changes="").split(label("colon").strip())[0] not in shipped.sections[""]


def test_the_page_says_that_nobody_spoke() -> None:
    lang: Lang = "zh"
    _, page = render(drawn_session(lang=lang))
    label = Words(lang)
    assert label("warn.rules_only") in page.sections[""]
    assert label("style.rules") in page.sections[""]
    assert label("usage.none") in page.sections["usage"]
    assert label("no_score") not in page.sections["scores"], "of what nobody said nothing is to be judged"
    assert label("audit.status.not_measured") not in page.sections["play"]
    left = [
        finding for finding in audit([drawn_session(lang=lang).as_read]).findings if finding.status == "not_measured"
    ]
    assert label("play.unworded", count=len(left)) in page.sections["play"]


# What the rules alone bring about


def test_what_the_rules_alone_bring_about_stands_beside_the_outcome() -> None:
    lang: Lang = "en"
    session = drawn_session(lang=lang)
    label = Words(lang)
    spreads = {
        "decision_share": NullSpread(40, 0.25, 0.0, 0.5, 0.01),
        "questions_before_proposal": NullSpread(38, 1.5, 0.0, 4.0, 0.2),
    }
    card = replace(session.card, baseline=spreads)
    text, page = render(session.with_card(card))
    head, *rows = table_rows(section(text, "outcome"))
    assert head[2] == label("baseline")
    alone = {row[0]: row[2] for row in rows}
    assert alone.pop(label("m.decision_share")) == "25% (0% to 50%) no different"
    assert alone.pop(label("m.questions_before_proposal")) == "1.5 (0 to 4) no different"
    assert set(alone.values()) == {"–"}
    assert label("baseline.note", sessions=40) in page.sections["outcome"]
    plain = render(session)[1].sections["outcome"]
    assert label("baseline.note", sessions=0)[-20:] not in plain


# The ledger


def test_the_ledger_tells_a_tasks_course_and_that_it_repeats_another() -> None:
    text, _ = render(
        told_session(
            [
                line(1, "mayor", "delegate", "grid_master", task="second_file", says="One file more."),
                line(2, "mayor", "delegate", "grid_master", task="attendance_form", says="The form."),
                line(3, "mayor", "concede", "grid_master", task="second_file"),
            ]
        )
    )
    rows = {row[0].split()[-1]: row for row in table_rows(section(text, "ledger"))[1:]}
    again, form = rows["L001"], rows["L002"]
    assert again[0] == "Task Shen Yulan L001"
    assert again[1].startswith("One file more. Deliverer: Chen Guodong")
    assert "Course: not taken on yet (L001) → lifted (L003)" in again[1]
    assert "repeats another task" in again[1]
    assert again[2] == "lifted"
    assert "repeats" not in form[1]
    assert "Course" not in form[1]
    assert form[2] == "not taken on yet"
    assert "task: a second file of the same attendance" in line_part(text, "L001")


def test_the_ledger_tells_who_has_the_authority_and_which_departments_are_touched() -> None:
    said = [
        line(1, "village_cadre", "promise", "migrant_tenant", terms={"payer": "district"}, says="They will pay."),
        line(2, "mayor", "support", "village_cadre"),
    ]
    text, _ = render(told_session(said))
    _, row = table_rows(section(text, "ledger"))
    assert row[2] == "confirmed"
    assert "Authority: Shen Yulan" in row[1]
    assert "Departments that it needs, by the case: the finance office" in row[1]
    assert "Course: beyond remit (L001) → confirmed (L002)" in row[1]


# Languages, and text that stays text


def test_chinese_pages_hold_no_english_and_english_ones_no_chinese() -> None:
    for scenario in SCENARIOS[::10]:
        place = SCENARIOS.index(scenario)
        governance = MODELS[place % len(MODELS)]
        changes = PARTIES if place % 2 else ()
        _, page = render(drawn_session(governance, scenario, lang="zh", seed=place, changes=changes))
        told, cited, _ = page.text.partition("引用格式：")
        assert cited, "which names the program and digests"
        assert latin_words(told, *changes) <= {"none", "set"}, "the name of no model, and the option of the command"
        _, page = render(drawn_session(governance, scenario, lang="en", seed=place, changes=changes))
        assert re.findall(r"[\u3400-\u9fff]+", page.text) == []
        assert re.findall(r"\b[a-z]+_[a-z_]+\b", page.text) == [], "a name within"


def test_links_lead_to_places_on_the_page_wherever_the_session_stopped() -> None:
    for place, governance in enumerate(MODELS[::2]):
        session = drawn_session(governance, seed=4)
        for kept in [*range(1 + 34 * place, len(session.events), 340), len(session.events)]:
            events = session.events[:kept]
            cut = replace(session, events=events).as_read
            page = Page(report_html(cut, latest_scores(cut)))
            assert page.targets - set(page.ids) == set(), kept
            assert len(page.ids) == len(set(page.ids)), kept
