"""Voices: who said it, when nobody is named? And closed questions to each persona."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import cast

import pytest

from sandbox.content.language import Lang
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.audit.consistency import Answer, consistency, questions
from sandbox.scoring.audit.voices import distinctness, masked
from tests.game.making import SEATS
from tests.scoring.making import line, played, recorded

VOICES = {
    "mayor": "Signed, stamped, filed: paragraph {}, as the office above will want it.",
    "grid_master": "My feet hurt, stairs again, door {} and nobody home, nobody.",
    "village_cadre": "Ha! Old families know, cousin, ask grandfather about field {}.",
    "ngo_director": "Contract first, staff next; otherwise volunteers vanish by week {}.",
    "migrant_tenant": "Who pays? Shift ends late. My boy waits. Question {}?",
}


def session(name: str, says: Sequence[tuple[str, str]], points: Sequence[str] = (), lang: Lang = "en") -> Audited:
    """Return a session in which seats say things, each with a point where points are given."""
    lines = [
        cast(Line, {**line(number, seat, "inform", says=words), "point": points[number - 1] if points else ""})
        for number, (seat, words) in enumerate(says, start=1)
    ]
    return Audited(recorded(played(*lines, lang=lang), name))


def speaking(name: str, start: int, points: Sequence[str] = ()) -> Audited:
    """Return a session in which each seat speaks six times in a voice of its own."""
    rows = [(seat, VOICES[seat].format(start + number)) for number in range(6) for seat in SEATS]
    return session(name, rows, points)


@pytest.mark.fuzz
def test_voices_of_their_own_are_told_apart_and_the_same_voice_is_not() -> None:
    found = distinctness([speaking("a", 1), speaking("b", 20), speaking("c", 40)])
    assert (found.value, found.n, found.status) == (1.0, 90, "green")
    assert (found.measure.bound, found.beside) == (0.6, {"chance": 0.2, "majority": 0.2})
    rows = [(seat, f"We all agree on point {number}.") for number in range(6) for seat in SEATS]
    same = distinctness([session(name, rows) for name in "abc"])
    assert (same.status, same.n) == ("red", 90)


def test_a_name_gives_nobody_away() -> None:
    cards = played().game.personas
    rows = [(seat, f"I, {cards[seat].name.en}, {cards[seat].role.en}, say {n}.") for n in range(6) for seat in SEATS]
    found = distinctness([session(name, rows) for name in "abc"])
    assert (found.status, found.value) == ("red", 0.2)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_names_and_roles_are_masked(lang: Lang) -> None:
    one = session("a", [], lang=lang)
    cards = one.session.game.personas
    for card in cards.values():
        text = masked(f"{card.name.get(lang)} / {card.role.get(lang).upper()} / x", one)
        assert text == "□ / □ / x"
    if lang == "en":
        assert masked("He Wan says that he, Wan, will", one) == "□ says that he, □, will"
        assert masked("Shen, the mayor's plan; mayoral shenanigans", one) == "□, the □'s plan; mayoral shenanigans"


def test_points_that_sessions_share_are_not_learned_from() -> None:
    names = [f"p{number}" for number in range(30)]
    found = distinctness([speaking(name, 1, names) for name in "abc"])
    assert (found.value, found.status, found.reason) == (None, "not_measured", "same_lines")
    apart = distinctness([speaking(name, 1, [f"{name}{one}" for one in names]) for name in "abc"])
    assert apart.value == 1.0


def test_what_is_not_measured_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    three = [speaking(name, 1) for name in "abc"]
    assert distinctness(three[:2]).reason == "few_sessions"
    chinese = Audited(recorded(played(*three[2].lines, lang="zh"), "z"))
    assert distinctness([*three[:2], chinese]).reason == "few_sessions", "languages are not mixed"
    few = [Audited(each.session.with_lines(each.lines[:2])) for each in three]
    assert distinctness(few).reason == "few_seats"
    monkeypatch.setitem(sys.modules, "sklearn", None)
    found = audit([each.session for each in three])["distinctness"]
    assert (found.value, found.status, found.reason) == (None, "not_measured", "no_lab")


def test_each_seat_is_asked_for_its_own_card_among_three_others() -> None:
    one = speaking("a", 1)
    asked = questions(one, 7)
    assert [len([x for x in asked if x.seat == seat]) for seat in SEATS] == [5] * 5
    for x in asked:
        card = one.session.game.personas[x.seat]
        if x.passage == "non_negotiable":
            assert x.options[x.right] == card.non_negotiable.en
        assert len(set(x.options)) == 4
    assert {x.right for x in asked} == {0, 1, 2, 3}
    assert questions(one, 7) == asked
    assert questions(one, 8) != asked


def test_a_seat_for_which_a_person_spoke_is_not_asked() -> None:
    one = speaking("a", 1)
    lines = [cast(Line, {**x, "origin": "person"}) if x["seat"] == "mayor" else x for x in one.lines]
    asked = questions(Audited(one.session.with_lines(lines)), 7)
    assert {x.seat for x in asked} == set(SEATS) - {"mayor"}


def test_consistency_is_the_share_right_and_a_failed_call_is_not_wrong() -> None:
    asked = questions(speaking("a", 1), 7)
    right = [Answer("a", x, x.right) for x in asked]
    found = consistency(right)
    assert (found.value, found.n, found.status) == (1.0, 25, "green")
    assert found.beside == {"chance": 0.25, "failed": 0}
    half = [replace(x, option=(x.option or 0) - 1 if number % 2 else x.option) for number, x in enumerate(right)]
    wrong = consistency(half)
    assert (wrong.value, wrong.status, len(wrong.evidence)) == (0.52, "red", 12)
    lost = consistency([replace(x, option=None) if number < 5 else x for number, x in enumerate(right)])
    assert (lost.value, lost.n, lost.beside["failed"]) == (1.0, 20, 5)
    nothing = consistency([replace(x, option=None) for x in right])
    assert (nothing.value, nothing.status, nothing.reason) == (None, "not_measured", "failed")
