"""Probes keep what was said: words, acts, order, who speaks to whom."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.content.cards import ACTS
from sandbox.content.gold import GoldItem, GoldLine, gold_items, injections
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.persona_card import Persona
from sandbox.scoring.calibration import judged_criteria
from sandbox.scoring.probes import PROBES, ProbeName, other_language, probe, swayed
from tests.game.making import LIBRARY

REWORDING: tuple[ProbeName, ...] = ("verbosity", "politeness", "formatting")
PERSONAS = sorted(LIBRARY.cards["persona"])
LANGS: tuple[Lang, ...] = ("en", "zh")


def persona(name: str) -> Persona:
    return LIBRARY.persona(name)


words = st.one_of(
    st.sampled_from(
        ["The yard opens at seven, I promise.", "No.", "院子七点开门，我保证。", "不行。", "“Yes” — or _no_?"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80).filter(str.strip),
)
lines = st.builds(
    GoldLine,
    seat=st.sampled_from(PERSONAS),
    act=st.sampled_from(ACTS),
    to=st.sampled_from([*PERSONAS, "all"]),
    says=words,
)


@st.composite
def items(draw: st.DrawFn) -> GoldItem:
    dialogue = tuple(draw(st.lists(lines, min_size=2, max_size=7)))
    place = st.integers(0, len(dialogue) - 1)
    return GoldItem(
        id="an_item",
        level=draw(st.integers(1, 5)),
        split="test",
        stage="public_engagement",
        note="A note.",
        swap=draw(st.none() | st.tuples(place, place)),
        dialogue=dialogue,
    )


def shape(item: GoldItem) -> tuple[Any, ...]:
    return item.id, item.level, item.split, item.stage, item.swap


def bare(text: str) -> str:
    return re.sub(r"[\s*_`\"「」]", "", text)


@given(item=items(), lang=st.sampled_from(LANGS), seed=st.integers(0, 9), name=st.sampled_from(PROBES))
def test_the_same_seed_gives_the_same_change(item: GoldItem, lang: Lang, seed: int, name: ProbeName) -> None:
    found = probe(name, item, lang, LIBRARY, seed)
    assert found == probe(name, item, lang, LIBRARY, seed)
    if found is not None:
        assert shape(found) == shape(item)
        assert len(found.dialogue) == len(item.dialogue)
        assert GoldItem.model_validate(found.model_dump()) == found


@given(item=items(), lang=st.sampled_from(LANGS), seed=st.integers(0, 9), name=st.sampled_from(REWORDING))
def test_rewording_keeps_every_word_and_who_said_it(item: GoldItem, lang: Lang, seed: int, name: ProbeName) -> None:
    found = probe(name, item, lang, LIBRARY, seed)
    assert found is not None
    for before, after in zip(item.dialogue, found.dialogue, strict=True):
        assert (after.seat, after.act, after.to) == (before.seat, before.act, before.to)
        assert after.says != before.says
        if name == "formatting":
            assert bare(after.says) == bare(before.says)
        else:
            assert before.says in after.says
            assert len(after.says) - len(before.says) < 45


@given(item=items(), seed=st.integers(0, 9))
def test_order_exchanges_two_lines_alone(item: GoldItem, seed: int) -> None:
    found = probe("order", item, "en", LIBRARY, seed)
    if item.swap is None or item.swap[0] == item.swap[1]:
        assert found is None
        return
    assert found is not None
    first, second = item.swap
    assert (found.dialogue[first], found.dialogue[second]) == (item.dialogue[second], item.dialogue[first])
    assert all(
        one == other
        for place, (one, other) in enumerate(zip(item.dialogue, found.dialogue, strict=True))
        if place not in item.swap
    )


def seats_of(dialogue: Sequence[GoldLine]) -> list[str]:
    return [seat for line in dialogue for seat in (line.seat, line.to)]


@given(item=items(), lang=st.sampled_from(LANGS), seed=st.integers(0, 9))
def test_names_change_one_to_one_within_a_kind(item: GoldItem, lang: Lang, seed: int) -> None:
    found = probe("names", item, lang, LIBRARY, seed)
    if found is None:
        return
    assert [(line.act, line.says) for line in found.dialogue] == [(line.act, line.says) for line in item.dialogue]
    pairs = set(zip(seats_of(item.dialogue), seats_of(found.dialogue), strict=True))
    assert len({before for before, _ in pairs}) == len({after for _, after in pairs}) == len(pairs)
    changed = {(before, after) for before, after in pairs if before != after}
    assert changed
    for before, after in changed:
        one, other = persona(before), persona(after)
        assert (one.kind, one.registered) == (other.kind, other.registered)
        assert one.kind in ("resident", "frontline")
        assert after not in seats_of(item.dialogue)


def test_a_role_that_is_spoken_of_stays() -> None:
    lines = (
        GoldLine(seat="grid_master", act="ask", to="elder", says="Are you well?"),
        GoldLine(seat="elder", act="answer", to="grid_master", says="I am, grid master."),
    )
    item = GoldItem(id="it", level=3, split="test", stage="training", note="n", dialogue=lines)
    found = probe("names", item, "en", LIBRARY)
    assert found is not None
    assert found.dialogue[0].seat == "grid_master"
    assert found.dialogue[0].to not in ("elder", "grid_master")
    said = lines[1].model_copy(update={"says": "网格员，我这个安置老人好着呢。"})
    assert probe("names", item.model_copy(update={"dialogue": (lines[0], said)}), "zh", LIBRARY) is None


@pytest.mark.parametrize("lang", LANGS)
def test_every_shipped_item_has_its_other_language(lang: Lang) -> None:
    for criterion in judged_criteria(LIBRARY.rubric("core")):
        other, found = other_language(criterion.id, lang, LIBRARY)
        assert other != lang
        assert [shape(item) for item in found.values()] == [
            shape(item) for item in gold_items(LIBRARY, criterion.id, lang)
        ]


def test_without_the_other_language_there_is_no_such_probe() -> None:
    (item, *_) = gold_items(LIBRARY, "trust", "en")
    nowhere = Library(LIBRARY.cards, ())
    assert other_language("trust", "en", nowhere) == ("zh", {})
    assert probe("language", item, "en", LIBRARY) is None


@given(item=items(), lang=st.sampled_from(LANGS), seed=st.integers(0, 9))
def test_one_speaker_adds_an_attempt_to_sway_the_judge(item: GoldItem, lang: Lang, seed: int) -> None:
    (found,) = swayed([item], "trust", lang, LIBRARY, seed)
    assert shape(found) == shape(item)
    changed = [
        (old.says, new.says) for old, new in zip(item.dialogue, found.dialogue, strict=True) if old.says != new.says
    ]
    assert len(changed) == 1
    before, after = changed[0]
    assert after.startswith(f"{before} ")
    assert after.removeprefix(f"{before} ") in injections(LIBRARY, lang)


def test_all_attempts_are_tried_over_the_gold_set_even_with_few_items() -> None:
    for items in (2, None):
        for lang in LANGS:
            tried = {
                line.says
                for criterion in judged_criteria(LIBRARY.rubric("core"), ())
                for found in swayed(
                    gold_items(LIBRARY, criterion.id, lang, "test")[:items], criterion.id, lang, LIBRARY
                )
                for line in found.dialogue
            }
            assert all(any(said.endswith(one) for said in tried) for one in injections(LIBRARY, lang))
