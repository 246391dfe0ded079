"""What a debrief tells of a vote: one against the voter's own card, and a veto that lay unused."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from sandbox.cli.console import Console
from sandbox.cli.terminal import LiveSession
from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.motions.ballots import BALLOT
from sandbox.game.play import play
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.game.state import State, first_state
from sandbox.record.line import Turn
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.cards import limits_page
from sandbox.report.pages.debrief import make_debrief
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.session import transcript_markdown
from sandbox.report.results import card_of
from sandbox.report.voting_words import carries_text
from sandbox.session.points import card_turn
from sandbox.session.prompts import turn_messages
from tests.content.folders import LIBRARY
from tests.game.making import floor_of

TENANT = "migrant_tenant"
SEATS = tuple(seat.persona for seat in LIBRARY.scenario("four_oclock_school").seats)


def voted(
    seats: tuple[str, ...], vote: str, *, lang: str = "en", changes: tuple[str, ...] = (), seed: int = 1
) -> Session:
    """Play a session by its cards in which people hold some seats and all vote alike."""
    spec = SessionSpec.model_validate({
        "scenario": "four_oclock_school", "governance": "joint_production", "style": "directed", "model": CARDS,
        "persons": seats, "changes": changes, "lang": lang, "seed": seed,
    })  # fmt: skip
    game = Game(spec.model_copy(update={"persons": ()}), LIBRARY)

    def choose(game: Game, state: State) -> Turn:
        turn, floor = card_turn(game, state), state["floor"]
        if floor and floor["seat"] in seats and turn["act"] in BALLOT:
            return {**turn, "act": vote}  # type: ignore[typeddict-item]
        return turn

    log = Log()
    state = play(game, choose, write=log.append)
    for event in log:
        if event.kind == "line" and event.seat in seats:
            event.payload["origin"] = "person"
    return Session(Game(spec, LIBRARY), state, tuple(log))


def debrief(session: Session, folder: Path, seat: str | None = None) -> str:
    return to_markdown(make_debrief(session, card_of(session, folder), seat))


def test_a_vote_against_ones_own_card_is_told_to_its_holder_and_the_facilitator_alone(tmp_path: Path) -> None:
    session = voted((TENANT, "local_parent"), "support", seed=2)
    told = f"{LIBRARY.persona('local_parent').name.en} voted for “for a monthly rent to the collective, 3 years"
    for reader in (None, "local_parent"):
        (crossed,) = (row for row in debrief(session, tmp_path, reader).splitlines() if told in row)
        assert "The card of this seat stands for: rent-free for 1 year" in crossed
    first, _, later = debrief(session, tmp_path, "local_parent").partition('<a id="about"></a>')
    assert told in first, "what concerns the seat stands before all that is folded"
    assert session.game.words("try.card") in first
    assert told not in later, "and once"
    assert told not in debrief(session, tmp_path, TENANT), "what a card holds stays private"


def test_a_vote_for_what_the_card_never_accepts_is_told_as_that(tmp_path: Path) -> None:
    lang: Lang = "zh"
    told = "越过了卡上的这条底线："
    session = voted((TENANT, "local_parent"), "support", lang=lang, seed=5)  # migrants' children alone, who may come
    text = debrief(session, tmp_path, "local_parent")
    crossed = next(row for row in text.splitlines() if told in row)
    assert session.game.scenario.decision_by_id["eligible"].options["migrant_children"].get(lang) in crossed
    assert LIBRARY.persona("local_parent").non_negotiable.get(lang) in crossed
    assert told not in debrief(session, tmp_path, "mayor"), "what a card holds stays private"


def test_who_votes_no_or_is_played_by_a_persona_has_crossed_nothing(tmp_path: Path) -> None:
    assert "stands for: " not in debrief(voted(("local_parent",), "object"), tmp_path)
    assert "stands for: " not in debrief(voted((), "support"), tmp_path)


def test_a_veto_that_was_not_used_is_told_where_there_was_one(tmp_path: Path) -> None:
    seats, told = (TENANT, "local_parent", "teacher_volunteer"), "could have stopped this by a veto"
    assert told in debrief(voted(seats, "support", changes=("aggregation.veto=[resident]",)), tmp_path)
    assert told not in debrief(voted(seats, "support"), tmp_path)


def test_a_vote_that_carries_nothing_ends_in_no_decision(tmp_path: Path) -> None:
    made, none = "a decision was made", "the vote is over, and no motion was carried"
    for vote, told, untold in (("object", none, made), ("support", made, none)):
        session = voted(SEATS, vote)
        assert bool([taken for taken in session.decisions if taken["carried"]]) is (vote == "support")
        console = Console(record=True, width=200, file=io.StringIO())
        with LiveSession(session.game, console, live=False) as shown:
            for event in session.events:
                shown.event(event)
        for text in (console.export_text(), transcript_markdown(session), debrief(session, tmp_path)):
            assert told in text
            assert untold not in text


def test_the_terminal_and_the_papers_tell_with_a_decision_what_the_body_cannot_bind(tmp_path: Path) -> None:
    session = voted(SEATS, "support", changes=("scope.decisions=[payer]",))
    assert session.carried[0]["unbound"]
    (outcome,) = (row for row in debrief(session, tmp_path).splitlines() if "The decision:" in row)
    assert session.game.words("decision.unbound") in outcome
    console = Console(record=True, width=200, file=io.StringIO())
    with LiveSession(session.game, console, live=False) as shown:
        for event in session.events:
            shown.event(event)
    assert session.game.words("decision.unbound") in console.export_text()


@pytest.mark.parametrize(
    ("lang", "of", "share", "base", "told", "half"),
    [
        (
            "zh", "cast", "三分之二以上", "参与表决的{}（5票）",
            ("；须{}赞成", "而按规则要{}赞成。", "要{}赞成。您要是投反对：不通过", "未达到{}赞成，表决未通过。"),
            "过半（|过半数[赞通]|超过一半",
        ),
        (
            "en", "voters", "at least two thirds", "{} of all who have a vote (5)",
            ("; {} had to be for it", "and by the rules {} must be for it.", "where {} must be for it. Had you voted",
             "Not carried: {} must be in favour."),
            "majority of the votes|[Mm]ore than half of the votes",
        ),
    ],
)  # fmt: skip
def test_a_share_is_told_wherever_a_vote_is_and_nowhere_that_half_is_enough(
    lang: str, of: str, share: str, base: str, told: tuple[str, ...], half: str, tmp_path: Path
) -> None:
    changes = ("aggregation.share=2/3", f"aggregation.of={of}")
    session = voted((), "support", lang=lang, changes=changes, seed={"zh": 9, "en": 123}[lang])
    assert [decision["carried"] for decision in session.decisions] == [False, True]
    pages = to_markdown(minutes(session)), to_markdown(limits_page([session.game]))
    course = transcript_markdown(session)
    words, movers = session.game.words, {item.line: item.owner for item in session.entries("proposal")}
    places = [
        course.index(told)
        for put in (decision["motion"] for decision in session.decisions)
        for told in (
            words("transcript.put", motion=put, name=session.game.name(movers[put]), amended=""),
            f"- **{words('decision.motion')}** – {put}",
        )
    ]
    assert places == sorted(places), "each result stands after its votes"
    text = "\n".join([debrief(session, tmp_path), debrief(session, tmp_path, "ngo_director"), *pages])
    for each in told:
        assert each.format(base.format(share)) in text
    game = session.game.twin(style="free", model="a-model", stages=("public_engagement",))
    floor = floor_of("ngo_director", "propose")
    asked = turn_messages(game, {**first_state(game), "floor": floor}, floor, None)[-1]["content"]
    for rule in (text, carries_text(game, "public_engagement"), asked):
        assert re.findall(half, rule) == []
        assert share in rule.lower()
