"""Sessions in which the cards alone speak: no model, no call, and every word is one that was written for the case."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path
from typing import get_args

import pytest

from sandbox.content.changes import completed
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.skeletons import example
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.matters import quoted
from sandbox.game.motions.ballots import BALLOT
from sandbox.game.motions.counting import heard_on
from sandbox.game.play import play
from sandbox.game.rules import binding
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, SessionSpec
from sandbox.game.state import State
from sandbox.record.folder import SessionFolder
from sandbox.record.line import ALL, DecisionTaken, Line
from sandbox.record.log import Log
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.minutes import minutes
from sandbox.report.pages.session import session_report
from sandbox.report.results import card_of
from sandbox.session.context import DIRECTED
from sandbox.session.orders import OrderBook
from sandbox.session.points import card_turn
from sandbox.session.runner import Models, Watch
from tests.cassette import comparable
from tests.content.folders import LIBRARY, write
from tests.running import run_session
from tests.session.desk import Desk

MODELS = Models(None, (), DIRECTED)


def spec(scenario: str = "clean_up", governance: str = "joint_production", **changes: object) -> SessionSpec:
    base = SessionSpec(scenario=scenario, governance=governance, model=CARDS, style="directed")
    return base.model_copy(update=changes)


def played(folder: Path, given: SessionSpec, watch: Watch | None = None) -> tuple[SessionFolder, Session]:
    kept = SessionFolder.create(folder)
    return kept, asyncio.run(run_session(kept, given, LIBRARY, MODELS, watch or Watch()))


def talked(scenario: str = "clean_up", governance: str = "joint_production", **changes: object) -> tuple[Game, State]:
    """Return a game that the cards play without a log, and its state at the end."""
    game = Game(spec(scenario, governance, **changes), LIBRARY)
    return game, play(game, card_turn)


def votes_again(words: Words) -> set[str]:
    """Return all that is said on a second motion."""
    return {words(key) for key in words for act in BALLOT if key.startswith(f"motion.too.{act}")}


def made_between(lines: Sequence[Line]) -> list[str]:
    """Return the motions that are made after a motion fell: what the body could still agree on."""
    return [line["id"] for before, line in pairwise(lines) if before["vote"] and line["act"] == "propose"]


def written(game: Game) -> set[str]:
    """Return all that cards of a case have their seats say."""
    lang = game.spec.lang
    texts = [point.says for _, point in game.points.values()]
    texts += [point.privately for _, point in game.points.values() if point.privately]
    texts += [text for own in game.seats.values() for text in (own.vote.support, own.vote.object)]
    texts += [card.opening_line for card in game.personas.values()]
    return {text.get(lang) for text in texts}


@pytest.mark.parametrize(
    ("scenario", "lang"),
    [(name, get_args(Lang)[place % 2]) for place, name in enumerate(sorted(LIBRARY.cards["scenario"])[1::4])],
)
def test_a_case_is_talked_through_in_the_words_of_its_cards_and_decided(
    tmp_path: Path, scenario: str, lang: Lang
) -> None:
    _, session = played(tmp_path, spec(scenario, lang=lang))
    assert session.finished
    assert session.decisions, "a vote is held"
    again, between = votes_again(session.game.words), made_between(session.lines)
    said = [
        line["says"]
        for line in session.lines
        if not (line["vote"] and (line["says"] in again or line["about"] in between)) and line["id"] not in between
    ]
    own = [says for says in said if says in written(session.game)]
    assert len(own) >= 0.95 * len(said), "the rest are motions that a rule words, and the chair's call for the vote"
    assert {line["origin"] for line in session.lines if line["id"] not in between} == {"card"}
    assert not [event for event in session.events if event.kind == "call"]
    talk = [line["says"] for line in session.lines if not line["vote"]]
    assert len(talk) - len(set(talk)) <= 2, "nobody says the same again and again"


@pytest.mark.parametrize("case", ["estate_calm", "land_acquisition"])
def test_what_cards_say_off_the_record_hands_down_promises_and_writes_nothing(case: str) -> None:
    aside = list[Line]()
    for seed in range(4):
        game, state = talked(case, "command", seed=seed)
        cards = [line for line in state["lines"] if line["point"]]
        aside += [line for line in cards if len(line["visible_to"]) < len(game.present(line["stage"]))]
    assert aside
    for line in aside:
        assert line["act"] not in ("propose", "promise", "delegate", "refuse", "decide"), line["says"]
        assert (line["terms"], line["section"], line["task"]) == ({}, "", ""), line["says"]


def test_another_seed_is_another_meeting_and_the_same_seed_the_same() -> None:
    lines = [[line["says"] for line in talked(seed=seed)[1]["lines"]] for seed in (1, 1, 2)]
    assert lines[0] == lines[1] != lines[2]


def test_a_session_that_somebody_facilitates_goes_through_the_graph_to_the_same_lines(tmp_path: Path) -> None:
    _, alone = played(tmp_path, spec())
    _, watched = played(tmp_path, spec(), Watch(orders=OrderBook()))
    assert watched.lines == alone.lines


def test_on_a_second_motion_nobody_gives_the_reason_of_the_first_again() -> None:
    meetings = [
        [line["says"] for line in talked("four_oclock_school", seed=seed)[1]["lines"] if line["vote"]]
        for seed in (1, 6, 7, 16)
    ]
    assert {says for said in meetings for says in said} & votes_again(Words("en")), "some of these meetings vote twice"
    for said in meetings:
        assert len(said) == len(set(said)), "and each seat in its own words"


def test_the_street_director_decides_for_the_earmarked_money_and_not_for_money_that_he_says_he_has_not() -> None:
    for seed in range(1, 4):
        _, state = talked(governance="command", seed=seed)
        (decision,) = state["decisions"]
        assert decision["terms"]["payer"] in ("district", "bridge")


def test_what_the_facilitator_whispers_a_seat_says_as_it_is_written(tmp_path: Path) -> None:
    words = "My rooms pay when the lamp is lit, and not before."
    desk = Desk({"stage:training": [("whisper", {"seat": "landlord", "text": words})]})
    _, session = played(tmp_path, spec(), desk.watch())
    said = [line["says"] for line in session.lines if line["seat"] == "landlord"]
    assert said[0] == words


def test_a_line_is_left_standing_for_readers_and_an_order_ends_that(tmp_path: Path) -> None:
    shown: list[str] = []

    def pace(says: str) -> float:
        shown.append(says)
        return 60.0 if len(shown) in (2, 4) else 0.001  # nobody would wait so long for a test

    desk = Desk({f"line:{line}": [("message", {"text": "We go on."})] for line in ("L002", "L004")})
    before = time.monotonic()
    _, session = played(tmp_path, spec(), replace(desk.watch(), pace=pace))
    assert time.monotonic() - before < 20
    assert shown == [line["says"] for line in session.lines]


def test_one_that_was_cut_off_goes_on_to_the_same_end(tmp_path: Path) -> None:
    whole, _ = played(tmp_path, spec())
    lines = whole.events.read_bytes().splitlines(keepends=True)
    for kept in range(1, len(lines), 83):
        cut = SessionFolder.create(tmp_path)
        cut.events.write_bytes(b"".join(lines[:kept]))
        asyncio.run(run_session(cut, spec(), LIBRARY, MODELS, Watch()))
        assert comparable(cut) == comparable(whole)


def test_the_report_says_that_no_model_spoke(tmp_path: Path) -> None:
    _, session = played(tmp_path, spec(lang="zh"))
    assert "人物卡上写好的话" in to_markdown(session_report(session, card_of(session, tmp_path)))


@pytest.mark.parametrize("lang", get_args(Lang))
@pytest.mark.parametrize("scenario", ["land_acquisition", "visitors_first", "mega_estate"])
def test_a_year_later_nobody_says_what_another_has_said_and_residents_speak_as_themselves(
    scenario: str, lang: Lang
) -> None:
    game, state = talked(scenario, lang=lang, seed=4, stages=("public_engagement", "review"))
    lines = [line for line in state["lines"] if line["stage"] == "review"]
    said = [re.sub("“.*”", "", line["says"]) for line in lines]  # of whatever matter
    assert len(said) >= 6
    assert len(set(said)) == len(said)
    first = {line["seat"]: line["says"] for line in reversed(lines) if line["act"] == "support"}
    rows = game.templates.render("review_lines", matter="").splitlines()
    own = {text: key for key, text in (row.split(": ", 1) for row in rows if row)}
    residents = [seat for seat in first if f"confirms_kept.{seat}" in own.values()]
    assert residents
    shared = ("confirms_broken.residents", "confirms_moot.residents")
    keys = {seat: next(own[text] for text in own if text in first[seat]) for seat in residents}
    against = {seat for each in state["decisions"] if each["carried"] for seat, yes in each["votes"].items() if not yes}
    for seat, key in keys.items():
        assert (
            key == f"confirms_kept.{seat}" or key.startswith(shared) or (seat in against and key.endswith(".against"))
        )


@pytest.mark.parametrize("lang", get_args(Lang))
def test_a_year_later_words_go_with_the_act_and_whoever_was_outvoted_does_not_praise_what_was_decided(
    lang: Lang,
) -> None:
    outvoted = other = 0
    for seed in range(1, 9):
        game, state = talked("clean_up", lang=lang, seed=seed, stages=("public_engagement", "review"))
        rows = game.templates.render("review_lines", matter="“”").splitlines()
        keys = [(key, text.split("“”")) for key, text in (row.split(": ", 1) for row in rows if row)]
        lines = [line for line in state["lines"] if line["stage"] == "review"]
        items = {item.line: item for item in state["ledger"]}
        against = {
            seat for each in state["decisions"] if each["carried"] for seat, yes in each["votes"].items() if not yes
        }
        for line in lines:
            also = {key: came for key, came in line.get("also", {}).items() if items[key].terms}
            main = line["about"] if line["about"] in items else next(iter(also), "")
            if line["seat"] in against and main and items[main].kind == "term":
                outvoted += 1
                told = line["says"].casefold()
                said = {key for key, parts in keys if all(part.lstrip(": ").casefold() in told for part in parts)}
                assert any(key.endswith(".against") or "moot" in key for key in said), line["says"]
            own = {"keep": "kept", "break": "broken", "moot": "moot"}.get(line["act"], also.get(main))
            for key, came in also.items():
                if came != own:
                    other += 1
                    question = game.in_words(items[key].terms)[0][0]
                    assert question.rstrip("?？").casefold() in line["says"].casefold()
                    assert quoted(game, question.rstrip("?？")) not in line["says"], "it is no field of a form"
                    assert "As to" not in line["says"]
        assert all(one["says"] != two["says"] for one, two in pairwise(lines))
    assert outvoted
    assert other


@pytest.mark.parametrize("lang", get_args(Lang))
def test_a_chair_without_words_decides_as_most_of_those_heard_would_and_minutes_say_what_they_were_heard_on(
    tmp_path: Path, lang: Lang
) -> None:
    rule = "aggregation.procedure=chair_after_hearing"
    changes = tuple(completed(LIBRARY.governance("joint_production"), (rule,), 1))
    stages = ("public_engagement",)
    _, session = played(tmp_path / "s", spec("hukou_two_doors", seed=3, changes=changes, stages=stages, lang=lang))
    (taken,) = session.decisions
    heard = next(item for item in session.items if item.line == heard_on(taken, session.lines))
    assert 2 * sum(taken["votes"].values()) > len(taken["votes"])
    assert taken["terms"] | taken["unbound"] == heard.terms
    words, mover = Words(lang), session.game.name(heard.owner)
    assert words("meeting.heard.on", name=mover, amended="") in to_markdown(minutes(session))
    assert re.search(rf"(hearing on|事先就) {heard.line}", session.state["minutes"][-1]["text"])
    key, option = next(iter(heard.terms.items()))
    other = next(each for each in session.game.options[key] if each != option)
    otherwise: DecisionTaken = {**taken, "terms": {**taken["terms"], key: other}}
    events = [replace(each, payload=otherwise) if each.kind == "decision" else each for each in session.events]
    told = to_markdown(minutes(Session.of(session.game, events)))
    assert words("meeting.heard.otherwise", name=mover, amended="", terms="@").split("@")[0] in told
    assert words("meeting.stood.against") not in told, "views on another motion are none on what was decided"


def test_nobody_votes_for_what_their_card_never_accepts() -> None:
    cases = [
        name for name in LIBRARY.cards["scenario"] if any(seat.never_accepts for seat in LIBRARY.scenario(name).seats)
    ]
    votes = [
        in_favour
        for name in cases
        for game, state in (talked(name, seed=2),)
        for decision in state["decisions"]
        for seat, in_favour in decision["votes"].items()
        if decision["terms"].items() & game.never_accepts(seat).items()
    ]
    assert votes
    assert not any(votes)


@pytest.mark.parametrize(("lang", "calls"), [("en", "That is the discussion."), ("zh", "讨论就到这里。")])
def test_the_chair_sums_up_what_was_moved_and_calls_the_vote(lang: Lang, calls: str) -> None:
    called = 0
    for seed in range(1, 5):
        game, state = talked(seed=seed, lang=lang)
        for place, line in enumerate(state["lines"]):
            if line["says"].startswith(calls):
                called += 1
                assert (line["seat"], line["act"]) == (game.chair, "inform")
                votes = state["lines"][place + 1]
                assert votes["vote"], "it is the last line before the vote"
                mover = next(item.owner for item in state["ledger"] if item.line == votes["about"])
                name = game.words("calls.me") if mover == game.chair else game.name(mover)
                assert name in line["says"]
    assert called >= 2


def test_a_chair_that_moved_a_motion_too_names_itself_last_and_as_people_do() -> None:
    said = [line["says"] for lang in ("en", "zh") for line in talked(seed=8, lang=lang)[1]["lines"]]
    assert any("one by Ding Yueqin, one by Chen Guodong, one by me." in line for line in said)
    assert any(
        "丁月琴提了一个，陈国栋提了一个，我提了一个。都没有人照原样附议，先提的在前，先表决丁月琴的；" in line
        for line in said
    )


@pytest.mark.parametrize("governance", ["joint_production", "government_community_interaction"])
def test_when_a_motion_fell_somebody_moves_what_the_rules_could_still_carry(governance: str) -> None:
    made, settled, gave_way = 0, 0, 0
    for scenario, seed in product(("one_place_to_vote", "clean_up"), range(1, 7)):
        game, state = talked(scenario, governance, seed=seed)
        for name in made_between(state["lines"]):
            put = next(line for line in state["lines"] if line["id"] == name)
            moved = [line["terms"] for line in state["lines"] if line["id"] < name and line["stage"] == put["stage"]]
            fell = [
                line["terms"]
                for line in state["lines"]
                for taken in state["decisions"]
                if taken["motion"] == line["id"] < name
            ]
            assert put["terms"] not in fell, "nobody votes on the same twice"
            assert all(any(terms.get(key) == option for terms in moved) for key, option in put["terms"].items())
            assert put["terms"] == binding(game.governance, game.scenario, put["terms"])
            votes = [line for line in state["lines"] if line["vote"] and line["about"] == name]
            assert {line["seat"] for line in votes} == {*game.voters(put["stage"])}, "it is what is put next"
            made += 1
            settled += any(taken["motion"] == name and taken["carried"] for taken in state["decisions"])
            gave_way += any("give way" in line["says"] or "I can live with it" in line["says"] for line in votes)
    assert 0 < settled < made, "not every way out is one"
    assert gave_way


def test_nobody_moves_in_a_persons_name_when_a_motion_fell() -> None:
    for seed in range(1, 7):
        game, state = talked("one_place_to_vote", seed=seed, persons=("landless_farmer", "local_parent"))
        for name in made_between(state["lines"]):
            assert next(line["seat"] for line in state["lines"] if line["id"] == name) not in game.spec.persons


def test_where_the_chair_decides_alone_it_calls_no_vote() -> None:
    _, state = talked(governance="command")
    assert not any(line["says"].startswith("That is the discussion.") for line in state["lines"])


def test_a_person_in_the_chair_is_left_to_their_own_words() -> None:
    game, state = talked(persons=("self_gov",))
    assert game.chair == "self_gov"
    assert not any(line["says"].startswith("That is the discussion.") for line in state["lines"])


def test_hardly_anybody_asks_when_no_line_is_left_for_an_answer() -> None:
    asked, late = 0, 0
    for seed in range(1, 4):
        lines = talked(seed=seed)[1]["lines"]
        for place, line in enumerate(lines):
            if line["act"] == "ask" and line["to"] != ALL:
                asked += 1
                later = (after for after in lines[place + 1 :] if after["stage"] == line["stage"] and not after["vote"])
                late += not any(after["seat"] == line["to"] for after in later)
    assert late <= 0.1 * asked, "whose card has nothing else asks all the same"


def test_a_welcome_is_the_first_line_of_the_host_or_is_not_said() -> None:
    for scenario in ("clean_up", "courtyards", "mega_estate"):
        game, state = talked(scenario, seed=1)
        welcomes = {point.id for point in game.seats["site_host"].points if point.opening}
        told = [line["point"] for line in state["lines"] if line["seat"] == "site_host"]
        assert told[0] in welcomes
        assert not welcomes.intersection(told[1:])


@pytest.mark.parametrize(("lang", "made"), [("en", "Made by the rules"), ("zh", "是按规则生成的：L")])
def test_a_decision_that_stands_on_no_card_is_marked_and_does_not_hang_on_the_order_of_options(
    tmp_path: Path, lang: Lang, made: str
) -> None:
    card = example("scenario", "bench").replace(
        "{place: shade, keeper: residents, payer: district}", "{payer: both, place: gate}"
    )
    first, second = (re.search(rf"^      {name}: .*\n", card, re.MULTILINE) for name in ("residents", "office"))
    assert first
    assert second
    other = card.replace(first[0] + second[0], second[0] + first[0])
    kept: list[list[dict[str, str]]] = []
    for number, text in enumerate((card, other)):
        write(tmp_path / str(number), "scenario", "bench", text)
        library = Library.load(tmp_path / str(number))
        games = [Game(spec("bench", "command", lang=lang, seed=seed), library) for seed in range(6)]
        ends = [play(game, card_turn) for game in games]
        kept.append([end["decisions"][0]["terms"] for end in ends])
        decided = [next(line for line in end["lines"] if line["act"] == "decide") for end in ends]
        assert {line["origin"] for line in decided} == {"rules"}
    assert kept[0] == kept[1]
    assert {terms["keeper"] for terms in kept[0]} == {"residents", "office"}, (
        "of what nobody stands for, the seed decides"
    )
    assert {terms["place"] for terms in kept[0]} == {"gate"}, "as the chair's own card has it"
    log = Log()
    play(games[0], card_turn, log.append)
    told = to_markdown(session_report(session := Session.of(games[0], tuple(log)), card_of(session, tmp_path)))
    assert made in told
    assert games[0].words("mark.rules") in told
