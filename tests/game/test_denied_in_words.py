"""A matter that those whom it was for deny in words is denied, whatever their line is about; and who was asked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.play import spoken
from sandbox.game.review.reporting import reports_on
from sandbox.game.review.verdict import closed
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.game.state import State, apply, first_state
from sandbox.game.steps import make_line, open_stage
from sandbox.game.view import seat_view
from sandbox.record.line import Line
from sandbox.report.entries import entry_course
from sandbox.report.pages.debrief.coaching import part_played
from sandbox.report.pages.debrief.lessons import lessons
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.turning_points import findings
from sandbox.report.pages.ledger import review_section
from sandbox.report.reading import Reading
from sandbox.scoring.assessment import assess
from sandbox.scoring.reviewed import reports_denied
from sandbox.scoring.scorecard import latest_scores
from tests.game.making import LIBRARY, TURN

_LIT: dict[Lang, str] = {"en": "I light the lamp on the tenants' stairs", "zh": "我把租客楼道的灯修亮"}
_BINS: dict[Lang, str] = {
    "en": "I move the bins from under the tenants' stairs to the gate", "zh": "我把租客楼梯底下的垃圾桶挪到大门边"
}  # fmt: skip
_SAYS: dict[Lang, str] = {
    "en": "The lamp is dark. And the bins were never moved, they stand under our stairs.",
    "zh": "灯是黑的。楼梯底下的垃圾桶也没挪到大门边。",
}
_BUT: dict[Lang, str] = {
    "en": "The lamp is not lit. The bins you did move from under our stairs to the gate.",
    "zh": "灯没亮。楼梯底下的垃圾桶倒是挪到大门边了。",
}


def _reviewing(lang: Lang) -> tuple[Game, State]:
    """Return a review in which the company has reported two promises to the tenants as kept."""
    spec = SessionSpec(scenario="clean_up", governance="joint_production", stages=("public_engagement", "review"),
                       style="free", model="m", lang=lang)  # fmt: skip
    game = Game(spec, LIBRARY)
    room = game.present("review")
    items = tuple(
        Item(name, "public_engagement", "promise", "property_manager", says[lang], {}, "open", room)
        for name, says in (("L001", _LIT), ("L002", _BINS))
    )
    state: State = apply(first_state(game), {"stage": 1, "ledger": items})
    state = apply(state, open_stage(game, state))
    return game, _say(game, state, "keep", "x", about="L001", also={"L002": "kept"})


def _say(game: Game, state: State, act: Act, says: str, **turn: object) -> State:
    said = {**TURN, "act": act, "says": says, **turn}
    return spoken(game, state, make_line(game, state, said, "person"), (), None)  # type: ignore[arg-type]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_denies_one_matter_and_says_of_another_that_it_was_not_done_denies_both(lang: Lang) -> None:
    game, state = _reviewing(lang)
    assert state["floor"] is not None
    assert state["floor"]["seat"] == "migrant_tenant"
    state = _say(game, state, "object", _SAYS[lang], to="property_manager", about="L001")
    assert [item.state for item in closed(state["ledger"]) if item.account] == ["broken", "broken"]
    assert seat_view(game, state, "landlord").ledger == state["ledger"], "and whoever heard it knows that"


@pytest.mark.parametrize(("lang", "told"), [("en", "reported as kept"), ("zh", "报告已兑现")])
def test_what_fell_by_others_words_is_told_with_what_the_line_reported(lang: Lang, told: str) -> None:
    game, state = _reviewing(lang)
    state = _say(game, state, "object", _BUT[lang], to="property_manager", about="L001")
    reading = Reading(Session(game, {**state, "ledger": closed(state["ledger"])}, []))
    fell, kept = (item for item in reading.session.items if item.account)
    assert fell.account is not None
    assert f"{fell.account.report}{reading.label('colon')}{told}" in entry_course(reading, fell)
    assert told not in entry_course(reading, kept)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_who_says_of_the_other_that_it_was_done_denies_one(lang: Lang) -> None:
    game, state = _reviewing(lang)
    state = _say(game, state, "object", _BUT[lang], to="property_manager", about="L001")
    assert [item.state for item in closed(state["ledger"]) if item.account] == ["broken", "kept"]


def test_of_two_matters_that_are_much_alike_a_sentence_denies_that_of_which_it_speaks() -> None:
    game, state = _reviewing("en")
    alike = {
        "L001": "I move the bins from under the tenants' stairs",
        "L002": "I wash the bins under the tenants' stairs",
    }
    state = {**state, "ledger": tuple(replace(item, says=alike.get(item.line, item.says)) for item in state["ledger"])}
    says = "The gate was dark. You did not move the bins from under our stairs, tenants' or not."
    state = _say(game, state, "object", says, to="property_manager", about="L001")
    assert [item.state for item in closed(state["ledger"]) if item.account] == ["broken", "kept"]


@pytest.mark.parametrize(
    ("lang", "asked"), [("en", "nobody whom it was for was asked after that"), ("zh", "本是为谁办的，没问过他们")]
)
def test_the_report_says_where_nobody_was_asked_whom_a_matter_was_for(lang: Lang, asked: str) -> None:
    game, state = _reviewing(lang)
    heard = _say(game, state, "inform", "x")

    def told(state: State) -> int:
        session = Session(game, {**state, "ledger": closed(state["ledger"])}, [])
        section = review_section(Reading(session), assess(session))
        return repr(section).count(asked)

    assert (told(state), told(heard)) == (2, 0), "she has spoken, and said nothing of it"


@pytest.mark.parametrize(("lang", "told"), [("en", "told in:"), ("zh", "各人说的经过：")])
def test_the_report_tells_a_year_that_its_speakers_told_and_counts_what_was_called_not_so(
    lang: Lang, told: str
) -> None:
    game, state = _reviewing(lang)
    state = _say(game, state, "object", _BUT[lang], to="property_manager", about="L001", also={"L001": "part"})
    session = Session(game, {**state, "ledger": closed(state["ledger"])}, [])
    assert [item.state for item in session.items if item.account] == ["part", "kept"], "what it says it came to"
    assert reports_denied(session) == 0.5, "of two matters one, though it says in part of what was called kept"
    section = repr(review_section(Reading(session), assess(session)))
    words = Reading(session).label
    marks = [text for _, text in Reading(session).line(session.lines[-1]).marks]
    assert [_LIT[lang] in text for text in marks].count(True) == 1, "one matter is named once"
    assert Reading(session).act(session.lines[-1]) == words("review.does.in_part"), "and is not denied whole"
    assert "too" not in words("mark.also.kept", matter=_LIT[lang]).split(), "nothing else need have been kept"
    assert words("review.world.told") in section
    assert words("review.nothing_between") not in section
    assert section.count(told) == 2
    term = replace(state["ledger"][0], line="T1", kind="term", terms={"gate_list": "sums"}, history=(("D-1", "open"),))
    after = {**session.state, "ledger": (*session.items, *closed((term,)))}
    reader = DebriefReader(Session(game, after, []), latest_scores(session), "migrant_tenant", {}, True)  # type: ignore[arg-type]
    ((option, _),) = [(option, question) for question, option in game.in_words(term.terms)]
    assert option in repr(part_played(reader, "migrant_tenant", turned=True)), "what was decided for her"
    assert option in repr(part_played(reader, "property_manager", turned=True)), "and what the company has to do"
    (point,) = (each for each in findings(reader) if each.kind == "denied")
    assert point.seats == {"migrant_tenant", "property_manager"}
    assert words("why.denied.said.part") in point.text, "and is not told as denied whole"
    assert words("review.claim.kept") in point.text
    assert point.matter == "L001"
    report: Line = {**session.lines[0], "also": {"L002": "part"}}
    assert [reports_on(report, each)["act"] for each in ("L001", "L002")] == ["keep", "part"], "shown by its matter"
    assert "fact" not in [lesson.key for lesson in lessons(reader, [])], "what it tells of the year is none"
