"""Decks: the same by one process and several, kept, renewed, and every row can be opened as the session that it was."""

from __future__ import annotations

import asyncio
import pickle
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.content.library import Library
from sandbox.content.network_card import Country, DeckOf
from sandbox.content.words import Words
from sandbox.diffusion import pool
from sandbox.diffusion.deck import CHANNELS, STANDS, Cells, Deck, Kind
from sandbox.diffusion.decks import play
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.dealt import Dealt, deal
from sandbox.diffusion.decks.figures import figures_of
from sandbox.diffusion.decks.play import leaning
from sandbox.diffusion.decks.rows import Row, Variants, row_of
from sandbox.diffusion.decks.sample import played_again, sample
from sandbox.diffusion.decks.size import part
from sandbox.diffusion.pool import pool_of
from sandbox.errors import InputError, StorageError, UnknownError
from sandbox.game.game import Game
from sandbox.game.spec import Players
from sandbox.llm.calls import Endpoint
from sandbox.report.document.blocks import Table
from sandbox.report.document.markdown import table_to_markdown
from sandbox.report.pages.diffusion.account import cells_told
from sandbox.session.context import DIRECTED
from sandbox.session.opening import open_session
from sandbox.session.runner import Models
from tests.at_hand import EndpointAtHand
from tests.content.folders import HAN, LIBRARY, shipped, write
from tests.diffusion.countries import made_up_deck
from tests.diffusion.dealing import deal_once
from tests.scripted import ScriptedModel

KINDS = (Kind("three_social_interaction", "chengdu"), Kind("command", "haicang"))
SMALL = DeckOf(scenarios=("clean_up", "plant_gate"), sessions=2, turns=2)


def dealing(settings: DeckOf = SMALL, kinds: tuple[Kind, ...] = KINDS, library: Library = LIBRARY) -> Dealing:
    return Dealing(library, kinds, settings)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("decks")


@pytest.fixture(scope="module")
def dealt(runs: Path) -> Dealt:
    return deal(dealing(), runs)


def same(one: Deck, other: Deck) -> bool:
    floats = [name for name in Cells._fields if getattr(one.cells, name).dtype.kind == "f"]
    return one.digest == other.digest and all(
        np.array_equal(getattr(one.cells, name), getattr(other.cells, name), equal_nan=name in floats)
        for name in Cells._fields
    )


@pytest.mark.fuzz
def test_two_processes_deal_the_deck_of_one_and_each_deal_has_seeds_of_its_own_whatever_the_rules(
    dealt: Dealt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = SMALL.model_copy(update={"sessions": 1})
    majority = few.model_copy(update={"changes": ("aggregation.procedure=majority",)})
    again, changed = replace(dealing(few, KINDS[:1]), deal=7), replace(dealing(majority, KINDS[:1]), deal=7)
    cell = Cell(KINDS[0], *CELLS[0])
    for number in range(2):
        assert again.spec(cell, number).seed == changed.spec(cell, number).seed != dealing().spec(cell, number).seed
    whole = deal(again, tmp_path)
    assert whole.deck.digest != dealt.deck.digest
    assert deal(again, tmp_path).played == 0
    monkeypatch.setattr(play, "_WORTH_PROCESSES", 1)
    monkeypatch.setattr(play, "pool_of", lambda _, *arguments: pool_of(1, *arguments))  # it plays the share of each
    monkeypatch.setattr(pool, "get_context", lambda _: get_context("fork"))  # it begins at once
    handed = again.kinds, again.settings, again.deal
    assert pickle.loads(pickle.dumps(handed)) == handed, "another process gets the same"
    heard: list[int] = []
    other = deal(again, tmp_path / "other", processes=2, on_played=heard.append)
    assert same(whole.deck, other.deck)
    assert sum(heard) == other.played == len(other.deck) == 10
    assert (other.deck.sizes() == 1).all()


def test_what_is_kept_is_not_played_again_and_another_kind_is_added_to_it(dealt: Dealt, runs: Path) -> None:
    begun: list[int] = []
    again = deal(dealing(), runs, on_begin=begun.append)
    assert (begun, again.played, again.renewed) == ([0], 0, {})
    assert same(dealt.deck, again.deck)
    wider = deal(dealing(kinds=(*KINDS, Kind("command", "taicang"))), runs)
    assert wider.played == 20
    assert np.array_equal(wider.deck.cells.substance[:40], dealt.deck.cells.substance)


def test_a_torn_or_foreign_file_is_played_anew_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deal_once(monkeypatch)
    settings = DeckOf(scenarios=("clean_up",), sessions=1, turns=2)
    one = dealing(settings, KINDS[:1])
    first = deal(one, tmp_path)
    deal(dealing(settings, KINDS[1:]), tmp_path)
    (path,), (other,) = ((tmp_path / "decks").glob(f"{kind.governance}*.npz") for kind in KINDS)
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], b"PK\x03\x04 not ours", b"", other.read_bytes()):
        path.write_bytes(damaged)
        again = deal(one, tmp_path)
        assert again.renewed == {path: "torn"}
        assert same(first.deck, again.deck)
    assert deal(one, tmp_path).renewed == {}


def test_rows_that_do_not_come_out_any_more_are_played_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = DeckOf(scenarios=("clean_up",), sessions=1, turns=2)
    one = dealing(settings, KINDS[:1])

    def other(*_: object) -> Row:
        return Row(1, 0.5, 0.5, 0.5, 0.0, 0.5, 0.5, 7)

    with monkeypatch.context() as patched:
        patched.setattr(play, "row_of", other)
        deal(one, tmp_path)
    assert list(deal(one, tmp_path).renewed.values()) == ["outdated"]


def test_a_changed_rule_changes_what_comes_of_meetings(dealt: Dealt, tmp_path: Path) -> None:
    changed = SMALL.model_copy(update={"changes": ("three_social_interaction:aggregation.procedure=consensus",)})
    assert dealing(changed).kinds == KINDS, "which would be refused in the other model"
    other = deal(dealing(changed, KINDS[:1]), tmp_path)
    assert (other.played, len(other.deck)) == (20, 20)
    assert other.deck.digest != dealt.deck.digest
    assert other.deck.cells.form.mean() < dealt.deck.cells.form[:20].mean()


def test_a_rule_that_does_not_exist_or_fit_a_model_is_named() -> None:
    with pytest.raises(InputError, match=r"^command \(a rule .*\): --set aggregation\.procedure=consensus: "):
        dealing(SMALL.model_copy(update={"changes": ("aggregation.procedure=consensus",)}))
    with pytest.raises(UnknownError, match="joint_productio"):
        dealing(SMALL.model_copy(update={"changes": ("joint_productio:aggregation.procedure=consensus",)}))
    with pytest.raises(InputError, match=r"--set aggregation\.vetoes=\[\]"):
        dealing(SMALL.model_copy(update={"changes": ("aggregation.vetoes=[]",)}))
    with pytest.raises(UnknownError, match="clean_up"):
        dealing(SMALL.model_copy(update={"scenarios": ("clean_upp",)}))


def test_the_session_of_every_row_can_be_opened_and_comes_to_the_same_in_both_languages(
    dealt: Dealt, runs: Path
) -> None:
    variants = Variants(LIBRARY, SMALL.scenarios)
    for row in (0, 7, 21, 39):
        meeting = dealt.meeting(row)
        figures = [np.float32(getattr(dealt.deck.cells, name)[row]) for name in Row._fields]
        for lang in ("en", "zh"):
            folder = played_again(dealt.dealing, meeting, runs, lang)
            session = open_session(folder, LIBRARY)
            assert session.finished
            assert session.spec.lang == lang
            assert np.array_equal(np.array(row_of(session, variants), np.float32), figures, equal_nan=True)
            assert played_again(dealt.dealing, meeting, runs, lang).path == folder.path
    assert dealt.meeting(39).cell == Cell(KINDS[1], "catch_up", "form")


def test_another_session_in_the_place_of_an_example_is_left_alone(dealt: Dealt, tmp_path: Path) -> None:
    meeting = dealt.meeting(3)
    folder = played_again(dealt.dealing, meeting, tmp_path)
    folder.path.rename(tmp_path / dealt.meeting(4).name)
    with pytest.raises(InputError, match="another session"):
        played_again(dealt.dealing, dealt.meeting(4), tmp_path)


@pytest.fixture
def untrained(tmp_path: Path) -> Library:
    lines = shipped("governance", "command").replace("id: command", "id: untrained").splitlines()
    lines = [
        "    training: {positions: [broker], source: inferred}" if line.strip().startswith("training:") else line
        for line in lines
    ]
    write(tmp_path, "governance", "untrained", "\n".join(lines) + "\n")
    return Library.load(tmp_path)


def test_a_cell_that_cannot_be_played_is_empty_and_says_why(untrained: Library, tmp_path: Path) -> None:
    settings = DeckOf(scenarios=("clean_up",), sessions=1, turns=2)
    one = dealing(settings, (Kind("untrained", "haicang"),), untrained)
    dealt = deal(one, tmp_path)
    sizes = dealt.deck.sizes()[0]
    assert dict(zip(CHANNELS, sizes.tolist(), strict=True)) == {
        "order": [1, 1], "training": [0, 0], "tour": [1, 1], "posting": [1, 1], "catch_up": [1, 1],
    }  # fmt: skip
    assert [str(cell) for cell in dealt.empty] == [f"untrained × haicang × training × {stand}" for stand in STANDS]
    assert all("training" in why for why in dealt.empty.values())
    assert [row for row in range(len(dealt.deck)) if dealt.meeting(row).cell.channel == "posting"] == [4, 5]
    again = deal(one, tmp_path)  # by others, who read the reason in a language of their own
    assert again.empty == dealt.empty
    assert all(HAN.search(Words("zh").said(why)) for why in again.empty.values())


async def test_what_a_model_plays_joins_its_cell_and_is_gone_on_with(tmp_path: Path) -> None:
    one = dealing(DeckOf(scenarios=("clean_up",), sessions=2, turns=2), KINDS[:1])
    cells = [Cell(KINDS[0], "tour", "fresh")]
    before = deal(one, tmp_path)
    scripted = ScriptedModel()
    with EndpointAtHand(scripted) as stub:
        for asked in (1, 2, 2):
            models = Models(Endpoint("scripted", stub.base_url, "key"), (), DIRECTED)
            played = sample(one, tmp_path, asked, models, Players("directed", "scripted"), cells=cells)
            sampled = await models.endpoints.during(played)
            assert [each.number for each in sampled] == list(range(asked))
        calls = len(scripted.requests)
        await models.endpoints.during(
            sample(one, tmp_path, 2, Models(Endpoint("scripted", stub.base_url, "key"), (), DIRECTED),
                   Players("directed", "scripted"), cells=cells)
        )  # fmt: skip
        assert len(scripted.requests) == calls
    after = await asyncio.to_thread(deal, one, tmp_path)
    assert (after.played, len(after.deck)) == (0, len(before.deck) + 2)
    assert after.deck.digest != before.deck.digest
    assert after.deck.sizes()[0].tolist() == [[2, 2], [2, 2], [4, 2], [2, 2], [2, 2]]
    rows = [row for row in range(len(after.deck)) if after.meeting(row).sampled]
    assert len(rows) == 2
    for row in rows:
        meeting = after.meeting(row)
        session = open_session(played_again(one, meeting, tmp_path), LIBRARY)
        assert (session.spec.model, session.spec.style) == ("scripted", "directed")
        assert (
            np.float32(row_of(session, Variants(LIBRARY, ("clean_up",))).substance) == after.deck.cells.substance[row]
        )
    tour = figures_of(after)[4]
    assert (tour.sessions, tour.by_model, tour.model_form is None) == (2, 2, False)
    (listed,) = (tmp_path / "decks").glob("*.by_model.json")
    listed.write_text("[{", "utf-8")
    with pytest.raises(StorageError, match="--by-model N makes it anew"):
        await asyncio.to_thread(deal, one, tmp_path)


def test_a_cell_in_which_nothing_came_of_any_session_is_not_told_as_a_certainty(dealt: Dealt) -> None:
    deck = made_up_deck(dealt.deck.kinds, sessions=40)
    cells = deck.cells._replace(form=np.zeros_like(deck.cells.form), substance=np.zeros_like(deck.cells.substance))
    failing = replace(dealt, deck=replace(deck, cells=cells))
    figures = figures_of(failing)
    assert {(cell.form, cell.form_low, cell.form_high, cell.error) for cell in figures} == {(0, 0, 0.088, None)}
    country = LIBRARY.network("from_the_top")
    assert isinstance(country, Country)
    blocks = cells_told(country, failing, figures, LIBRARY, Words("en"), wide=False)
    told = "".join(table_to_markdown(block) for block in blocks if isinstance(block, Table))
    assert "0% (0–8.8)" in told
    assert "0.00 ±" not in told


def test_a_part_of_a_deck_keeps_its_cells(dealt: Dealt) -> None:
    deck = made_up_deck(KINDS, sessions=9)
    third = part(deck, 1 / 3, seed=1)
    assert (third.sizes() == 3).all()
    assert not same(third, part(deck, 1 / 3, seed=2))
    assert same(third, part(deck, 1 / 3, seed=1))
    assert (part(dealt.deck, 0.01, seed=1).sizes() == 1).all()


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_the_code_of_bound_terms_can_be_read_back(data: st.DataObject) -> None:
    variants = Variants(LIBRARY, ("clean_up", "plant_gate", "courtyards"))
    scenario = data.draw(st.sampled_from(variants.scenarios))
    terms = {
        question.id: option
        for question in LIBRARY.scenario(scenario).decisions
        if (option := data.draw(st.sampled_from([None, *question.options])))
    }
    code = variants.code(scenario, terms)
    assert 0 <= code < 1 << 16
    assert variants.terms(code) == ((scenario, terms) if terms else ("", {}))


@settings(max_examples=12, deadline=None)
@given(
    scenario=st.sampled_from(sorted(LIBRARY.cards["scenario"])),
    governance=st.sampled_from(sorted(LIBRARY.cards["governance"])),
    city=st.sampled_from(sorted(LIBRARY.cards["city"])),
    place=st.sampled_from(CELLS),
    number=st.integers(0, 1000),
)
def test_every_arrival_plays_in_every_case_under_every_model(
    scenario: str, governance: str, city: str, place: tuple[str, str], number: int
) -> None:
    one = dealing(DeckOf(scenarios=(scenario,)), (Kind(governance, city),))
    cell = Cell(one.kinds[0], *place)  # type: ignore[arg-type]
    (row,) = play.play_rows(one, cell, number, number + 1)
    assert row.form in (0, 1)
    assert 0 <= row.substance <= 1
    assert row.form or not row.substance
    assert -4 <= row.burden <= 4
    assert (row.variant > 0) <= bool(row.form)
    game = Game(one.spec(cell, number), LIBRARY)
    assert game.spec.start.host is None or place[0] in ("tour", "catch_up")
    assert bool(game.spec.start.posts) == (place[0] == "posting")


def test_the_convinced_support_and_the_burdened_ask_for_time() -> None:
    convinced = {"trust": 4, "conviction": 5, "burden": 2}
    spent = {"trust": 2, "conviction": 1, "burden": 5}
    for act, more in (("support", 1), ("propose", 1), ("promise", 1), ("object", -1), ("refuse", -1), ("defer", -1)):
        assert (leaning(act, convinced) - leaning(act, spent)) * more > 0  # type: ignore[arg-type]
    middle = {"trust": 3, "conviction": 3, "burden": 3}
    assert {leaning(act, middle) for act in ("support", "object", "ask", "defer")} == {1.0}  # type: ignore[arg-type]
    assert leaning("support", middle, 1.0) == 4 * leaning("support", middle)  # type: ignore[arg-type]
