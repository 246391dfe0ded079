"""The transcript says who said what to whom, and how it was decided."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.report.pages.ledger import rules_section
from sandbox.report.pages.session import transcript_markdown
from sandbox.report.reading import Reading
from sandbox.session.opening import open_session
from tests.cassette import FOLDER
from tests.game.making import LIBRARY
from tests.record.making import order, payload
from tests.report.conftest import STREET, Scored, drawn_session, first_drawn
from tests.report.reader import latin_words

PLAN = ("problem", "people", "steps", "money", "success")


def test_a_line_names_speaker_role_act_and_addressee(session: Scored) -> None:
    text = transcript_markdown(session.as_read)
    first = "**Shen Yulan** (district mayor) informs → everyone · L001\n\nHaicang began with retired teachers."
    assert first in text
    assert re.search(
        r"\*\*Luo Mei\*\* \(migrant tenant\) asks → Shen Yulan · L\d+\n\nAnd where is the hook in it\?", text
    )


def test_stages_lines_decision_and_minutes_stand_in_their_order(session: Scored) -> None:
    text = transcript_markdown(session.as_read)
    places = [text.index(one) for one in ("# The four", "### Training", "L001", "L003", "### Public", "L004", "L011")]
    places += [text.rindex("> **Decision: "), text.rindex("#### Minutes")]
    assert places == sorted(places)


def test_a_vote_is_counted_and_its_terms_are_named(session: Scored) -> None:
    text = transcript_markdown(session.as_read)
    assert "> **Decision: Carried, 3 for, 2 against**" in text
    assert f"> - Who runs the class? **{STREET}**" in text
    assert "> - **For** – Shen Yulan, Chen Guodong, Huang Jinfu" in text
    assert "> - **Against** – He Wan, Luo Mei" in text
    assert text.count("vote: for") == 3
    assert text.count("vote: against") == 2


def test_words_of_the_card_and_of_a_person_are_marked(session: Scored) -> None:
    rows = transcript_markdown(session.as_read).splitlines()
    assert "card's own words" in next(row for row in rows if " · L004" in row)
    assert "by a person" in next(row for row in rows if " · L002" in row)
    assert not any(mark in next(row for row in rows if " · L001" in row) for mark in ("card's", "person"))


def test_a_session_that_stopped_is_told_as_far_as_it_went(session: Scored) -> None:
    text = transcript_markdown(replace(session, events=session.events[:5]).as_read)
    assert "L001" in text
    assert "L003" not in text
    assert "not been finished; 1 of 2 stages" in text
    assert transcript_markdown(replace(session, events=[]).as_read).startswith("# The four o'clock school")


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_news_plans_and_payer_stand_where_they_belong(lang: Lang) -> None:
    def whole(session: Scored) -> bool:
        carried = any(event.payload["carried"] for event in session.events if event.kind == "decision")
        return carried and any(event.payload["lines"] for event in session.events if event.kind == "plan")

    session = first_drawn(whole, lang=lang)
    text = transcript_markdown(session.as_read).replace("\\", "")
    label = Words(lang)
    stages = {stage.id: stage.name.get(lang) for stage in session.game.stages}
    for event in session.events:
        said = event.payload
        own = text.split(f"\n### {stages[event.stage]}\n")[1].split("\n### ")[0] if event.stage in stages else ""
        if event.kind == "inject":
            lines = [e.payload["id"] for e in session.events if e.kind == "line" and e.stage == event.stage]
            if said["turn"] < len(lines):
                place = own.index(f"> **{label('inject')}** → ")
                assert said["text"] in own[place:].split("\n\n")[0]
                assert own.index(f" · {lines[said['turn'] - 1]}") < place < own.index(f" · {lines[said['turn']]}")
        elif event.kind == "plan":
            plan = own.split(f"#### {label('plans.of', name=session.game.name(event.seat))}")[1].split("\n####")[0]
            for key in PLAN:
                name, line = label(f"section.{key}"), said["lines"].get(key)
                filed = any(f"– {said['sections'][key]} {line}" in earlier for earlier in text.split(own)[:1])
                written = f"- **{name}** – {said['sections'][key]} {line}"
                assert (written in plan) == bool(line and not filed), "what is as before or as handed down is named"
                assert bool(line) or name in plan.rsplit(label("plans.handed"), 1)[1]
                assert bool(line) or f"- **{name}** – {said['sections'][key]}\n" in text
        elif event.kind == "decision":
            budgets = label("semi").join(budget[lang] for budget in said["budget"])
            payer = session.game.scenario.decision_by_id["payer"].options.get(said["terms"].get("payer", ""))
            paid = f"> - **{label('decision.payer')}** – {budgets}" in own
            assert payer is None or f"**{payer.get(lang)}**" in own
            assert paid == (payer is None), "by the rules only where no option says who pays"


def test_of_a_section_that_keeps_what_was_handed_down_only_what_is_new_is_its_drafters() -> None:
    session = first_drawn(lambda drawn: any(e.payload["lines"] for e in drawn.events if e.kind == "plan"))
    filed = next(event for event in session.events if event.kind == "plan" and event.payload["lines"])
    (key, line), *_ = filed.payload["lines"].items()
    own, handed = filed.payload["sections"][key], session.game.plan[key]
    sections = {**filed.payload["sections"], key: f"{handed} {own}"}
    kept = replace(filed, payload={**filed.payload, "sections": sections})
    events = [kept if event is filed else event for event in session.events]
    text = transcript_markdown(replace(session, events=events).as_read).replace("\\", "")
    assert f"- **{Words('en')(f'section.{key}')}** – … {own} {line}" in text
    assert handed in text, "and what it left as it was stands above"


def test_who_heard_a_line_that_not_all_heard_is_marked() -> None:
    lang: Lang = "zh"
    session = drawn_session(lang=lang, changes=("information.lines=parties",))
    label, game = Words(lang), session.game
    rows = transcript_markdown(session.as_read).splitlines()
    private = 0
    for line in session.lines:
        row = next(row for row in rows if f" · {line['id']}" in row)
        names = label.join([game.name(seat) for seat in game.seats if seat in line["visible_to"]])
        assert row.rstrip().endswith(f" {label('mark.private', names=names)}") == (line["to"] != "all")
        private += line["to"] != "all"
    assert 0 < private < len(session.lines)
    of_card, *_ = rules_section(Reading(session.as_read)).blocks
    assert "本场已改动规则" in str(of_card), "what the card says in a sentence need not hold any more"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_whole_transcript_is_in_one_language(lang: Lang) -> None:
    for place, governance in enumerate(sorted(LIBRARY.cards["governance"])[::2]):
        session = drawn_session(governance, lang=lang, seed=place)
        text = transcript_markdown(session.as_read)
        if lang == "zh":
            assert latin_words(text) == set()
        else:
            assert re.findall(r"[\u3400-\u9fff]+", text) == []


@pytest.mark.parametrize(
    ("by", "refused", "marked"), [("person", "", True), ("persona", "", False), ("person", "x", False)]
)
def test_a_seat_handed_to_a_person_is_marked_so(session: Scored, by: Any, refused: str, marked: bool) -> None:
    seat, count = "ngo_director", len(session.events)
    handed = [
        Event(count + 1, 0.0, "order", "", seat, order(1, "seat", seat=seat, by=by)),
        Event(count + 2, 0.0, "direction", "training", seat, payload("direction", "O1", kind="seat", refused=refused)),
    ]
    # Given right after the stage was opened: an order is carried out while a stage is played.
    place = next(index for index, event in enumerate(session.events, start=1) if event.kind == "stage")
    whole = replace(session, events=[*session.events[:place], *handed, *session.events[place:]]).as_read
    seats = Reading(whole).seats
    assert {taken.id for taken in seats.values() if taken.person} == {"grid_master", *([seat] if marked else [])}
    row = next(row for row in transcript_markdown(whole).splitlines() if "He Wan" in row)
    assert ("taken by a person" in row) == marked


def test_a_seat_whose_lines_a_person_spoke_is_marked_so_by_them_alone(session: Scored) -> None:
    spec = session.game.spec.model_copy(update={"persons": ()})
    unseated = replace(session, game=replace(session.game, spec=spec)).as_read
    assert [taken.id for taken in Reading(unseated).seats.values() if taken.person] == ["grid_master"]


def test_in_a_review_acts_are_told_in_the_third_person() -> None:
    texts = [
        transcript_markdown(open_session(SessionFolder(path), LIBRARY))
        for path in sorted((FOLDER / "campaign_en").glob("r[12]_*"))
    ]
    acts = [
        act
        for text in texts
        for act in re.findall(r"^\*\*[^*]+\*\* \([^)]*\) (.*?) → .* · L\d+", text, flags=re.MULTILINE)
    ]
    done = set(acts)
    assert {"confirms", "says that it was kept in part", "answers", "asks"} <= done
    assert done.isdisjoint({"confirm", "deny"})
    label = Words("en")
    assert [label.doing(act, reviews=True) for act in ("support", "object", "ask")] == ["Confirm", "Deny", "Ask"]


def test_what_was_said_stands_once() -> None:
    session = drawn_session(lang="en")
    text = transcript_markdown(session.as_read)
    told = [row for row in text.splitlines() if re.match(r"(?:> )*L\d+ ", row)]
    assert told == [], "minutes tell of lines, which stand above"
    news = [event.payload["text"] for event in session.events if event.kind == "inject"]
    assert {text.count(each) for each in news} == {1}
    assert "#### Minutes" in text
