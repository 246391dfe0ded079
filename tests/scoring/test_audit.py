"""Every measure of the audit on sessions made by hand, where the right value is plain, and where it must be red."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

import pytest

from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.line import DecisionTaken, Line, Origin
from sandbox.scoring.audit.acts import agreement_drift, contested, dissent, fewest_objections, unfounded_concessions
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.finding import MEASURES, Finding
from sandbox.scoring.audit.grounding import facts_right, invented_figures
from sandbox.scoring.audit.secrets import secrets_leaked
from sandbox.scoring.audit.wordings import duplicates, judged_lines, repetition, thanks_or_praise
from tests.game.making import LIBRARY, MODELS, SEATS, session_of
from tests.scoring.making import drawn, line, played, recorded, vote

Row = tuple[str, str, str]


def session(
    *lines: Line, lang: Lang = "en", decisions: Sequence[DecisionTaken] = (), news: Sequence[str] = (),
    whispers: Sequence[tuple[int, str, str]] = (),
) -> Audited:  # fmt: skip
    """Return a session with these lines, as an audit sees it."""
    return Audited(recorded(played(*lines, lang=lang, decisions=decisions), "S", news, whispers))


def said(*rows: Row, origin: Origin = "model") -> list[Line]:
    """Return lines, each given by seat, act and words."""
    return [
        cast(Line, {**line(number, seat, cast(Act, act), says=says), "origin": origin})
        for number, (seat, act, says) in enumerate(rows, start=1)
    ]


def acted(acts: Sequence[tuple[str, str]]) -> Audited:
    """Return a session of acts, in words of no meaning."""
    return session(*said(*((seat, act, "") for seat, act in acts)))


def verdict(finding: Finding) -> tuple[float | None, int, str]:
    """Return value, count and status of a finding."""
    return finding.value, finding.n, finding.status


def lines_of(finding: Finding) -> list[str]:
    """Return the lines that speak against a session."""
    return [one.line for one in finding.evidence]


def test_dissent_is_the_share_of_stances_that_are_against() -> None:
    calm = acted([("mayor", "support")] * 4 + [("grid_master", "object"), ("mayor", "inform")])
    assert verdict(dissent([calm])) == (0.2, 5, "red")
    lively = acted([("mayor", "support")] * 3 + [("grid_master", "object"), ("mayor", "refuse")])
    assert verdict(dissent([lively])) == (0.4, 5, "green")


def test_votes_are_no_stances() -> None:
    votes = [line(number, "mayor", "support", vote=True) for number in range(1, 9)]
    assert verdict(dissent([session(*votes)])) == (None, 0, "not_measured")
    assert verdict(agreement_drift([session(*votes)])) == (None, 0, "not_measured")


def test_a_proposal_is_contested_by_an_objection_even_when_it_was_withdrawn_and_by_a_vote() -> None:
    proposals = [line(number, "ngo_director", "propose") for number in range(1, 6)]
    doubt = [line(6, "mayor", "object", to="ngo_director"), line(7, "mayor", "concede", to="ngo_director")]
    assert verdict(contested([session(*proposals, *doubt)])) == (0.2, 5, "red")
    lost = session(*proposals, *doubt, decisions=[vote({"mayor": True, "grid_master": False})])
    found = contested([lost])
    assert verdict(found) == (0.4, 5, "green")
    assert lines_of(found) == ["L002", "L003", "L004"]


def countering() -> Audited:
    """Return a session with a proposal, a counter-offer to it, support for that, an objection, and another proposal."""
    terms = {"payer": "district"}
    return session(
        line(1, "ngo_director", "propose", terms=terms),
        line(2, "grid_master", "support", about="L001", terms={"payer": "parents"}),
        line(3, "mayor", "support", about="L002", terms={"payer": "parents"}),
        line(4, "village_cadre", "object", about="L002"),
        line(5, "village_cadre", "propose", terms={"hall": "village"}),
    )


def test_a_counter_offer_neither_agrees_nor_objects_and_contests_what_it_counters() -> None:
    bargained = countering()
    found = dissent([bargained])
    assert (found.value, found.n, found.beside) == (0.5, 2, {"counter_offers": 1})
    proposal, offer, _, objection, _ = bargained.session.lines
    assert agreement_drift([session(proposal, offer, objection)]).n == 0, "nobody takes a side in the first half"
    proposals = contested([bargained])
    assert (proposals.value, proposals.n, lines_of(proposals)) == (0.667, 3, ["L005"])


def test_a_stage_is_calm_where_nobody_objects_counters_or_votes_against() -> None:
    talk = [line(number, "mayor", "inform") for number in range(2, 6)]
    motion = line(1, "ngo_director", "propose", terms={"payer": "district"})
    found = fewest_objections([session(motion, *talk)])
    assert (verdict(found), [one.what for one in found.evidence]) == ((0, 1, "red"), ["Public engagement"])
    offer = line(6, "grid_master", "support", about="L001", terms={"payer": "parents"})
    against = line(6, "grid_master", "object", about="L001", vote=True)
    agrees = line(6, "grid_master", "support", about="L001", vote=True)
    assert verdict(fewest_objections([session(motion, *talk, offer)])) == (1, 1, "green")
    assert verdict(fewest_objections([session(motion, *talk, against)])) == (1, 1, "green")
    assert verdict(fewest_objections([session(motion, *talk, agrees)])) == (0, 1, "red")
    visit = [line(number, "mayor", "inform", stage="learning_tour") for number in range(7, 13)]
    assert verdict(fewest_objections([session(motion, *talk, offer, *visit)])) == (1, 1, "green"), "guests look"


def conceding(between: Sequence[Line]) -> Audited:
    """Return a session in which a seat objects and concedes five times, with the same lines in between."""
    lines: list[Line] = []
    for _ in range(5):
        lines += [line(0, "mayor", "object", says="Never."), *between, line(0, "mayor", "concede", says="All right.")]
    return session(*(cast(Line, {**one, "id": f"L{number:03d}"}) for number, one in enumerate(lines, start=1)))


def test_a_concession_needs_something_new() -> None:
    cases: list[tuple[list[Line], float]] = [
        ([], 1.0),
        ([line(0, "grid_master", "inform", says="Please, do come along.")], 1.0),
        ([line(0, "mayor", "inform", says="Haicang has 400 households a man.")], 1.0),
        ([line(0, "grid_master", "inform", says="A grid has 100 to 200 households, mine has 400.")], 0.0),
        ([line(0, "grid_master", "propose", terms={"payer": "district"})], 0.0),
        ([line(0, "mayor", "ask"), line(0, "grid_master", "answer", to="mayor")], 0.0),
        ([line(0, "mayor", "ask"), line(0, "grid_master", "answer", to="ngo_director")], 1.0),
    ]
    for between, unfounded in cases:
        found = unfounded_concessions([conceding(between)])
        assert verdict(found) == (unfounded, 5, "red" if unfounded else "green")


def test_what_a_seat_could_not_hear_is_nothing_new_to_it() -> None:
    fact = line(0, "grid_master", "inform", says="A grid has 100 to 200 households, mine has 400.")
    aside = cast(Line, {**fact, "visible_to": ["grid_master", "ngo_director"]})
    assert unfounded_concessions([conceding([aside])]).value == 1.0


def test_who_never_objected_gives_nothing_up() -> None:
    assert verdict(unfounded_concessions([acted([("mayor", "concede")] * 9)])) == (None, 0, "not_measured")


def test_drift_compares_the_halves() -> None:
    doubts: list[tuple[str, str]] = [("mayor", "object")] * 10
    nods: list[tuple[str, str]] = [("mayor", "support")] * 9 + [("mayor", "object")]
    found = agreement_drift([acted([*doubts, *nods])])
    assert verdict(found) == (0.9, 10, "red")
    assert found.beside == {"early": 0.0, "late": 0.9}
    assert verdict(agreement_drift([acted([*nods, *doubts])])) == (-0.9, 10, "green")
    assert agreement_drift([acted([("mayor", "object"), ("mayor", "support")])]).reason == "few"


def test_repetition_and_duplicates() -> None:
    again = "we will open the hall for every child of this place from the first day on"
    same = session(*said(*[("mayor", "inform", again)] * 8))
    assert verdict(repetition([same])) == (0.875, 8, "red")
    echo = session(*said(("mayor", "inform", again), ("grid_master", "inform", f"{again}, but who has the key")))
    assert (repetition([echo]).value, repetition([echo]).beside["copied"]) == (0.0, 1)
    assert lines_of(repetition([echo])) == ["L002"]
    found = duplicates([same])
    assert verdict(found) == (28, 8, "red")
    assert (found.evidence[0].line, found.evidence[0].what) == ("L002", "= L001")
    shared = session(*said(("mayor", "inform", again), ("grid_master", "inform", "Who has the key to that door?")))
    assert verdict(duplicates([shared])) == (0, 2, "green")
    assert verdict(duplicates([shared, shared])) == (0, 4, "green"), "sessions are not compared with each other"


def test_thanks_and_praise() -> None:
    cases: list[str] = [
        "Thank you, mayor.",
        "Thanks to you we know.",
        "That is a great idea!",
        "I really appreciate that.",
        "Well put.",
    ]
    for says in cases:
        assert thanks_or_praise(says, "en")


def test_thanks_and_praise_in_chinese() -> None:
    for says in ("谢谢大家。", "说得太好了。", "这是个好主意。", "大家辛苦了！", "真了不起。"):
        assert thanks_or_praise(says, "zh")


def test_no_thanks() -> None:
    cases: list[tuple[str, Lang]] = [
        ("No thanks, keep it.", "en"),
        ("Thanks to the contract the room is warm.", "en"),
        ("It is a thankless job, and a great many forms.", "en"),
        ("It went without thanks.", "en"),
        ("I'm for it.", "en"),
        ("不用谢谢我。", "zh"),
        ("我赞成，我谢绝参观。", "zh"),
        ("这个问题很好回答。", "zh"),
    ]
    for says, lang in cases:
        assert not thanks_or_praise(says, lang)


def test_thanks_are_a_share_of_the_lines() -> None:
    rows: list[Row] = [("mayor", "inform", "The hall is cold."), ("mayor", "inform", "Thank you all.")] * 5
    found = judged_lines("thanks", [session(*said(*rows))])
    assert verdict(found) == (0.5, 10, "red")
    assert (found.evidence[0].line, found.evidence[0].what) == ("L002", "Thank you")
    assert verdict(judged_lines("thanks", [session(*said(*rows[::2] * 2))])) == (0.0, 10, "green")


def test_language() -> None:
    rows: list[Row] = [("mayor", "inform", "Open the hall."), ("mayor", "inform", "Open 大厅 today.")]
    found = judged_lines("own_language", [session(*said(*rows))])
    assert (verdict(found), lines_of(found)) == ((0.5, 2, "red"), ["L002"])
    chinese = session(
        *said(("mayor", "inform", "礼堂以后归NGO用，钥匙两边都有。"), ("mayor", "inform", "We open it.")), lang="zh"
    )
    assert lines_of(judged_lines("own_language", [chinese])) == ["L002"]
    assert verdict(judged_lines("own_language", [session(*said(*rows[:1]))])) == (1.0, 1, "green")


RIGHT = "A grid has 100 to 200 households, and mine had more than 400."


def test_figures_of_facts() -> None:
    cases: list[tuple[str, Lang, list[str]]] = [
        (RIGHT, "en", []),
        ("From 2008 I knocked for 2 months in 20-storey blocks.", "en", []),
        ("A grid has 100 to 300 households, as the rule says; one man had more than 400.", "en", ["300 household"]),
        ("Up and down the 20 storeys it took the grid master 9 months to be known.", "en", ["9 month"]),
        ("F6 says 500 households.", "en", ["500 household"]),
        ("一个网格规定100到200户，我有400多户。", "zh", []),
        ("一个网格规定100到300户，我有400多户。", "zh", ["300 户"]),
        ("一个网格规定一百到二百户，我有四百多户。", "zh", []),
        ("一个网格规定一百到三百户，我有四百多户。", "zh", ["300 户"]),
        ("F12：本地户口的也有十七个孩子没人管。", "zh", []),
        ("F12：本地户口的也有二十七个孩子没人管。", "zh", ["27 个孩"]),
        ("F6：我敲门敲了9个月。", "zh", ["9 个月"]),
        ("F6：2个月敲下来，12个月的合同后头10个月谁付？第3个月就有人问。", "zh", []),
        ("F6：我敲了两个月的门。", "zh", []),
        ("F6：我敲了两个月的门。三个人一个月一万一，光花那八万，七个月出头就没人了。", "zh", []),
        ("F6：我敲了两个月的门。三个人一个月一万一，光花那八万，八个月出头就没人了。", "zh", ["8 个月"]),
        ("F6：我敲了两个月的门。8万光拿来发工资，一年13.2万，七个月出头就见底。", "zh", []),
        ("F6：我敲门敲了九个月。", "zh", ["9 个月"]),
    ]
    for says, lang, wrong in cases:
        found = facts_right([session(*said(("grid_master", "inform", says)), lang=lang)])
        assert [one.what.split(" ≠")[0] for one in found.evidence] == wrong
        assert found.status == ("red" if wrong else "green")


def test_a_figure_between_two_of_the_facts_is_reckoned_and_not_wrong() -> None:
    spec = SessionSpec(scenario="land_acquisition", governance="joint_production", lang="zh")
    for says, wrong in (("F12：四十个月，我掏了二十二个月。", []), ("F12：四十个月，我掏了二十三个月。", ["23 个月"])):
        lines = said(("landless_farmer", "inform", says))
        found = facts_right([Audited(recorded(session_of(Game(spec, LIBRARY), lines, (), ()), "S"))])
        assert [part.what.split(" ≠")[0] for part in found.evidence] == wrong


def test_a_figure_that_somebody_gave_is_neither_wrong_nor_invented() -> None:
    claim = "As for F6, in my house it is 37 households."
    lines = said(("mayor", "inform", claim))
    alone = session(*lines)
    assert facts_right([alone]).status == "red"
    assert verdict(invented_figures([alone])) == (1, 1, "red")
    person = said(("grid_master", "inform", "We are 37 households."), origin="person")
    for other in (
        session(*person, *lines),
        session(*lines, news=["A caller counts 37 households."]),
        session(*lines, whispers=[(0, "mayor", "Say that you have 37 households.")]),
    ):
        assert facts_right([other]).value is None
        assert verdict(invented_figures([other])) == (0, 1, "green")


def test_an_offer_may_have_a_figure_of_its_own_and_others_may_speak_of_it() -> None:
    rows: list[Row] = [
        ("ngo_director", "propose", "Let it be 37 households."),
        ("mayor", "object", "Only 37 households?"),
        ("mayor", "inform", "There are 4100 of them."),
    ]
    found = invented_figures([session(*said(*rows))])
    assert (verdict(found), found.beside, lines_of(found)) == ((1, 2, "red"), {"offered": 1}, ["L003"])
    assert lines_of(invented_figures([session(*said(*rows[::-1]))])) == ["L001", "L002"], "before it was offered"


def test_what_is_told_of_the_year_after_may_have_figures_of_its_own() -> None:
    lines = said(("mayor", "inform", "Kept: 41 evenings, for 4100 yuan."))
    for spoken in lines:
        spoken["stage"] = "review"
    found = invented_figures([session(*lines)])
    assert (verdict(found), found.beside) == ((0, 2, "green"), {"offered": 2})
    later = said(("mayor", "inform", "As for F6, in my house it is 37 households."))
    later[0]["stage"] = "review"
    assert facts_right([session(*later)]).value is None, "nor does it quote a fact wrongly"


def test_a_figure_that_is_promised_beside_is_an_offer() -> None:
    lines, beside = (said(("grid_master", "support", "As for F6, I take on 37 households.")) for _ in range(2))
    for spoken in beside:
        spoken["promises"] = "37 households"
    offered = session(*beside)
    assert verdict(invented_figures([offered])) == (0, 1, "green")
    assert facts_right([offered]).value is None
    assert facts_right([session(*lines)]).status == "red"


def test_where_nobody_gives_a_figure_none_is_counted() -> None:
    calm = session(*said(("mayor", "inform", "The hall is cold.")))
    for measure in (facts_right, invented_figures):
        assert verdict(measure([calm])) == (None, 0, "not_measured")


def briefing(seat: str, lang: Lang = "en") -> str:
    """Return what only a seat knows of the case."""
    return next(x.briefing.get(lang) for x in LIBRARY.scenario("four_oclock_school").seats if x.persona == seat)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_another_seats_secret_is_a_leak_and_ones_own_is_disclosed(lang: Lang) -> None:
    words = briefing("mayor", lang)
    leak = secrets_leaked([session(*said(("village_cadre", "inform", words)), lang=lang)])
    assert verdict(leak) == (1, 1, "red")
    assert leak.evidence[0].what.startswith("mayor: ")
    own = secrets_leaked([session(*said(("mayor", "inform", words)), lang=lang)])
    assert (verdict(own), own.beside) == ((0, 1, "green"), {"disclosed": 1})
    assert [line.line for line in own.apart] == ["L001"], "and it is told which"


def test_common_words_that_fall_into_a_row_are_no_leak() -> None:
    advice = "Give them a second key before the spade goes in"
    told = [(0, "mayor", advice), (0, "grid_master", "The spade is for the snow.")]

    def said_by_the_cadre(says: str) -> int:
        return len(lines_of(secrets_leaked([session(*said(("village_cadre", "inform", says)), whispers=told)])))

    assert said_by_the_cadre("It hangs at the well before the spade goes in.") == 0
    assert said_by_the_cadre("They get a second key before the spade goes in.") == 1


def test_what_was_told_aloud_is_no_secret_any_more_to_those_who_heard_it() -> None:
    rows: list[Row] = [("mayor", "inform", briefing("mayor")), ("village_cadre", "inform", briefing("mayor"))]
    assert secrets_leaked([session(*said(*rows))]).value == 0
    first, second = said(*rows)
    aside = cast(Line, {**first, "visible_to": ["mayor", "grid_master"]})
    assert lines_of(secrets_leaked([session(aside, second)])) == ["L002"]


def test_a_whisper_is_a_secret_from_when_it_was_given_and_following_it_discloses_nothing() -> None:
    advice = "Offer the committee a second key and hold back the money"
    rows: list[Row] = [("mayor", "inform", advice), ("grid_master", "inform", advice)]
    early = session(*said(*rows), whispers=[(0, "grid_master", advice)])
    assert lines_of(secrets_leaked([early])) == ["L001"]
    late = session(*said(*rows), whispers=[(1, "grid_master", advice)])
    found = secrets_leaked([late])
    assert (verdict(found), found.beside) == ((0, 2, "green"), {"disclosed": 0})


def test_lines_of_people_and_of_the_rules_are_never_held_against_it() -> None:
    for origin in ("person", "rules"):
        rows: list[Row] = [
            ("mayor", "object", "谢谢 F6 says 500 households."),
            ("mayor", "concede", "Thank you, 4711 times."),
            ("mayor", "inform", briefing("grid_master")),
            ("mayor", "support", "Thank you, 4711 times."),
            ("mayor", "propose", "Thank you, 4711 times."),
        ]
        found = audit([session(*said(*rows * 4, origin=origin)).session])
        assert {(one.value, one.n, one.status, one.reason) for one in found.findings} == {
            (None, 0, "not_measured", "no_model_lines")
        }


def test_a_cards_own_words_count_as_acts_but_not_as_words() -> None:
    rows: list[Row] = [("mayor", "support", "Thank you, 4711 times.")] * 6
    found = audit([session(*said(*rows, origin="card")).session])
    assert verdict(found["dissent"]) == (0.0, 6, "red")
    assert found["thanks"].reason == found["invented_figures"].reason == "no_model_lines"
    assert [finding.id for finding in found.red()] == ["dissent", "objections"]


def test_a_persona_is_not_blamed_for_what_a_person_says_beside_it() -> None:
    person = said(*[("grid_master", "support", "Thank you, 4711 times.")] * 9, origin="person")
    persona = said(*[("mayor", "object", "The hall is cold.")] * 5)
    found = audit([session(*person, *persona).session])
    assert verdict(found["dissent"]) == (1.0, 5, "green")
    assert found["invented_figures"].value is None
    assert (found.lines, found.worded) == (5, 5)


def test_a_rules_only_session_is_not_measured() -> None:
    for model in [one.id for one in MODELS]:
        found = audit([drawn(model)])
        assert {(x.value, x.status, x.reason) for x in found.findings} == {(None, "not_measured", "no_model_lines")}


def test_no_session_and_no_line_measure_nothing() -> None:
    for sessions in ([], [session().session]):
        assert {finding.value for finding in audit(sessions).findings} == {None}


def test_every_measure_has_a_finding_in_order() -> None:
    assert [finding.id for finding in audit([session().session]).findings] == list(MEASURES)


def test_sessions_are_counted_together() -> None:
    one = acted([("mayor", "support")] * 3)
    other = acted([("mayor", "object")] * 3)
    assert verdict(dissent([one, other])) == (0.5, 6, "green")


def renamed(session: Session, spell: Callable[[str], str]) -> Session:
    """Return a session in which everybody has another name, on the cards and wherever it is spoken."""
    cards = {
        seat: card.model_copy(
            update={"name": card.name.model_copy(update={"en": spell(card.name.en), "zh": spell(card.name.zh)})}
        )
        for seat, card in session.game.personas.items()
    }
    lines: list[Line] = []
    for spoken in session.lines:
        says = spoken["says"]
        for card in session.game.personas.values():
            says = says.replace(card.name.en, spell(card.name.en))
        lines.append(cast(Line, {**spoken, "says": says}))
    library = replace(LIBRARY, cards={**LIBRARY.cards, "persona": {**LIBRARY.cards["persona"], **cards}})
    return recorded(session_of(Game(session.spec, library), lines), session.id)


def test_renaming_personas_changes_nothing() -> None:
    names = {card.name.en for card in played().game.personas.values()}
    rows: list[Row] = []
    for number, name in enumerate(sorted(names) * 3):
        seat = SEATS[number % len(SEATS)]
        rows.append((seat, "object", f"{name}, a grid of 100 to 200 households is line {number} of the rule."))
        rows.append((seat, "concede", f"Thank you, {name}: that makes {number} of us, then."))
    plain = session(*said(*rows)).session
    other = renamed(plain, lambda name: " ".join(f"Zo{part[::-1].lower()}" for part in name.split()))
    assert [line["says"] for line in other.lines] != [line["says"] for line in plain.lines]
    assert audit([other]) == audit([plain])


def test_a_log_is_read_with_its_whispers_and_news() -> None:
    made = drawn(seed=3)
    audited = Audited(Session.of(made.game, made.events))
    assert audited.session.lines == made.lines
    assert list(audited.news) == [event.payload["text"] for event in made.events if event.kind == "inject"]
    assert not audit([audited.session]).scripted
    advised = session(*said(*[("mayor", "ask", "Who pays?")] * 2), whispers=[(1, "mayor", "Ask."), (2, "mayor", "Go.")])
    assert advised.id == "S"
    assert advised.whispers == ((1, "mayor", "Ask."), (2, "mayor", "Go."))
