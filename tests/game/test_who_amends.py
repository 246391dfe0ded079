"""A choice rule by which support and objections of a position change no motion, and put none beside it."""

from __future__ import annotations

import pytest

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.errors import InputError
from sandbox.game.checks.limits import seat_limits
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import CARDS
from sandbox.game.state import State, first_state
from sandbox.report.document.markdown import table_to_markdown
from sandbox.report.pages.cards import limits_table
from sandbox.report.rule_words import changed_rules
from sandbox.session.prompts import turn_messages
from sandbox.session.schema import turn_schema
from tests.game.making import LIBRARY, floor_of, said
from tests.session.support import spec_of

RULE = "choice.enabler.amends=false"  # the mayor: it may support and object, and not propose
ACTS: tuple[Act, ...] = ("support", "object", "concede", "refuse")
PAID = {"payer": "district"}


def ruled(*changes: str, lang: Lang = "en", **more: object) -> Game:
    given = {"governance": "three_social_interaction", "changes": changes, "lang": lang, **more}
    return Game(spec_of(**given), LIBRARY)


def put(game: Game) -> State:
    return said(game, first_state(game), "local_parent", "propose", terms=PAID)


def motions(session: Session) -> set[str]:
    return {item.owner for item in session.entries("proposal")}


def test_who_may_not_propose_puts_motions_by_counter_offers_unless_a_rule_bars_that() -> None:
    def put_by(*changes: str) -> set[str]:
        games = [ruled(*changes, style="rules", model="none", seed=seed) for seed in range(1, 9)]
        return set().union(*(motions(Session(game, play(game, RandomChoice(game.templates)))) for game in games))

    assert "mayor" in put_by(), "support and objections with other options put motions"
    barred = put_by(RULE)
    assert "mayor" not in barred
    assert "local_parent" in barred


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("given", [{"terms": {"payer": "parents"}}, {"condition": "wages on the tenth"}])
def test_a_turn_that_would_change_a_motion_is_refused_and_one_that_takes_a_side_is_not(
    act: Act, given: dict[str, object]
) -> None:
    game = ruled(RULE, "choice.enabler.acts=[inform, support, object, concede, refuse]", style="free")
    state = put(game)
    with pytest.raises(InputError, match="your position may not change motions"):
        said(game, state, "mayor", act, about="L001", **given)
    side = said(game, state, "mayor", act, about="L001")
    assert len(side["ledger"]) == 1
    other = said(game, state, "teacher_volunteer", "support", about="L001", condition="wages on the tenth")
    assert len(other["ledger"]) == 2, "others still may"


@pytest.mark.parametrize(("lang", "told"), [("en", "You may not change motions"), ("zh", "你不能改提案")])
def test_it_stands_in_prompt_and_schema_of_that_position_alone_where_the_rule_is_set(lang: Lang, told: str) -> None:
    for seat, changes, bars in (("mayor", (RULE,), True), ("mayor", (), False), ("local_parent", (RULE,), False)):
        game = ruled(*changes, lang=lang, style="free")
        state, floor = put(game), floor_of(seat, "support", "object")
        assert (told in turn_messages(game, state, floor, None)[-1]["content"]) is bars
        offered = turn_schema(game, {**state, "floor": floor}, floor, None)["properties"]
        assert not bars or not offered.keys() & {"terms", "condition", "replaces"}
        assert bars or "condition" in offered


def test_cards_play_under_it_and_name_no_options_there() -> None:
    game = ruled(RULE, "choice.council.amends=false", style="directed", model=CARDS)
    session = Session(game, play(game, RandomChoice(game.templates)))
    assert session.lines
    for line in session.lines:
        if not game.amends(line["seat"]) and not line["vote"] and not has(line["act"], "offers"):
            assert not line["terms"]


def test_it_is_told_where_rules_are_told() -> None:
    plain, barred = ruled(), ruled(RULE)
    limits = {limit.seat: limit for limit in seat_limits(plain)}
    assert (limits["mayor"].counters, limits["mayor"].amends) == (("support", "object"), True)
    assert limits["local_parent"].counters == (), "who proposes needs no counter-offer"
    row = [table_to_markdown(limits_table([game])).split("| district mayor |")[1] for game in (plain, barred)]
    assert "counter-offers by: support, object" in row[0].splitlines()[0]
    assert "changes no motion" in row[1].splitlines()[0]
    (change,) = changed_rules(plain, barred)
    assert (change.path, change.name) == ("choice.enabler.amends", "Whether government as enabler may change motions")
    assert change.now == "no: their support and objections change none"


def test_to_abstain_is_no_act_that_somebody_lacks_where_votes_may_be_neither() -> None:
    limits = seat_limits(ruled("aggregation.abstain=true"))
    assert any(limit.votes for limit in limits)
    assert not any("abstain" in limit.acts for limit in limits)


def test_rules_without_it_are_written_as_they_were() -> None:
    assert all("amends" not in own for own in ruled().governance.rules.model_dump(mode="json")["choice"].values())
    assert ruled(RULE).governance.rules.model_dump(mode="json")["choice"]["enabler"]["amends"] is False
