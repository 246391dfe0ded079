"""A session refuses in its own language, whatever is refused, and keeps the refusal in its log as it was told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import pytest

from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.words import Words
from sandbox.errors import BudgetReachedError, InputError
from sandbox.game.floor.agenda import next_floor
from sandbox.game.floor.refused import refusal
from sandbox.game.game import Game
from sandbox.game.orders import LONGEST_ORDER
from sandbox.game.pulse import Pulse
from sandbox.game.state import State, first_state
from sandbox.llm.usage import Budget, Usage
from sandbox.record.events import Event
from sandbox.record.log import FileLog
from sandbox.record.payloads import OrderKind
from sandbox.session.branch import branch
from sandbox.session.orders import OrderBook
from sandbox.session.turns import LONGEST_PERSON_LINE, LONGEST_TEXT, person_turn
from tests.content.folders import HAN, LIBRARY
from tests.game.making import TURN
from tests.session.desk import Desk, Script, rules_spec, run
from tests.session.support import new_folder, of_kind

CASE = LIBRARY.scenario("four_oclock_school")
# Ids are the same in every language: those that are allowed, and what was given instead.
IDS = {
    *(seat.persona for seat in CASE.seats), *(task.id for task in CASE.tasks), *(one.id for one in CASE.injects),
    *(one.id for one in CASE.decisions), *(key for one in CASE.decisions for key in one.options),
    *LIBRARY.cards["stage"], *LIBRARY.cards["persona"], *LIBRARY.cards["governance"], *get_args(OrderKind),
    *("all", "person", "emperor", "dance", "sing", "robot", "flood", "poem", "roof", "red", "None", "persona"),
}  # fmt: skip
ORDERS: list[tuple[Any, dict[str, Any]]] = [
    ("dance", {}),
    ("seat", {"seat": "emperor", "by": "person"}),
    ("seat", {"seat": "mayor", "by": "robot"}),
    ("skip", {"seat": "emperor"}),
    ("whisper", {"seat": "mayor", "text": " \n "}),
    ("whisper", {"seat": "mayor", "text": "x" * (LONGEST_ORDER + 1)}),
    ("whisper", {"seat": "mayor", "text": "x", "act": "sing"}),
    ("inject", {"inject": "flood"}),
    ("inject", {}),
    ("inject", {"text": "x", "to": ["mayor", "emperor"]}),
    ("extend", {}),
    ("extend", {"turns": 501}),
    ("extend", {"minutes": -1}),
]
TURNS: list[tuple[str, dict[str, Any]]] = [
    ("act", {"act": "propose"}),
    ("to", {"to": "migrant_tenant"}),
    ("to", {"to": "emperor"}),
    ("terms", {"terms": {"payer": "parents"}}),
    ("terms", {"terms": {"roof": "red"}}),
    ("section", {"section": "money"}),
    ("task", {"task": "poem"}),
]


def says_it(text: str, lang: Lang) -> bool:
    """Return whether a text is in a language, ids aside."""
    if lang == "en":
        return bool(text) and not HAN.search(text)
    rest = re.sub("|".join(sorted(IDS, key=len, reverse=True)) + r"|rules\.\w+(?:\.\w+)?|L\d+|x{9,}", "", text)
    return bool(HAN.search(rest)) and not re.search("[A-Za-z]", rest)


def seated(lang: Lang) -> tuple[Game, State]:
    """Return a game under command in its last stage, with the tenant on the floor."""
    game = Game(rules_spec(governance="command", lang=lang, stages=(), turns=None), LIBRARY)
    state: State = {**first_state(game), "stage": 3}
    floor = next_floor(game, state)["floor"]
    assert floor is not None
    return game, {**state, "floor": {**floor, "seat": "migrant_tenant", "acts": list(game.acts("migrant_tenant"))}}


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_an_order_that_cannot_be_given(tmp_path: Path, lang: Lang) -> None:
    heard: list[str] = []

    class Clumsy(Desk):
        def _event(self, event: Event) -> None:
            super()._event(event)
            if event.kind == "line" and event.payload["id"] == "L002":
                for kind, fields in ORDERS:
                    with pytest.raises(InputError) as caught:
                        self.book.give(kind, **fields)
                    heard.append(str(caught.value))

    await run(new_folder(tmp_path, "one"), rules_spec(stages=("training",), turns=3, lang=lang), Clumsy())
    assert len(heard) == len(ORDERS)
    assert [text for text in heard if not says_it(text, lang)] == []


NO_PROPOSALS = tuple(
    f"choice.{position}.acts=[inform, ask]" for position in LIBRARY.governance("joint_production").rules.position
)
ARRIVED: Script = {"line:L001": [("inject", {"inject": "fo_in1"})], "line:L004": [("inject", {"inject": "fo_in1"})]}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize(("spec", "script"), [
    ({"stages": ("training",)}, {"line:L001": [("vote", {})]}),
    ({"stages": ("public_engagement",), "changes": NO_PROPOSALS}, {"line:L001": [("vote", {})]}),
    ({"stages": ("training",)}, {"line:L001": [("skip", {"seat": "mayor"}), ("skip", {"seat": "grid_master"})]}),
    ({"stages": ("training",)}, {"line:L001": [("extend", {"turns": 400}), ("extend", {"turns": 400})]}),
    ({"governance": "command"}, {"line:L001": [("inject", {"text": "x", "to": ["migrant_tenant"]})]}),
    ({"stages": ("training", "application")}, {"line:L001": [("end", {}), ("end", {})]}),
], ids=["nothing to decide", "no motion", "passed on", "too many lines", "nobody hears", "stage over"])  # fmt: skip
async def test_an_order_that_comes_out_of_place(
    tmp_path: Path, lang: Lang, spec: dict[str, Any], script: Script
) -> None:
    folder = new_folder(tmp_path, "one")
    await run(folder, rules_spec(**{**spec, "lang": lang}), Desk(script))
    refused = [one["refused"] for one in of_kind(folder, "direction") if one["refused"]]
    assert refused
    assert [text for text in refused if not says_it(text, lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_an_order_that_comes_too_late(tmp_path: Path, lang: Lang) -> None:
    with pytest.raises(InputError) as caught:
        await run(new_folder(tmp_path, "one"), rules_spec(stages=("application",), lang=lang), Desk(ARRIVED))
    assert says_it(str(caught.value), lang)
    folder, book = new_folder(tmp_path, "two"), OrderBook()
    spec = rules_spec(stages=("training",), turns=1, lang=lang)
    await run(folder, spec, Desk())
    log = FileLog(folder.events)
    try:
        book.open(Game(spec, LIBRARY), log)
        with pytest.raises(InputError) as caught:
            book.give("pause")
        assert says_it(str(caught.value), lang)
    finally:
        book.close()
        log.close()
    with pytest.raises(InputError) as caught:
        book.give("pause")
    assert says_it(Words(lang).error(caught.value), lang)


def test_a_turn_that_the_rules_do_not_allow() -> None:
    for lang in LANGUAGES:
        for what, change in TURNS:
            game, state = seated(lang)
            assert refusal(game, state, TURN) == ""
            refused = refusal(game, state, {**TURN, **change})  # type: ignore[typeddict-item]
            assert says_it(refused, lang)
            with pytest.raises(InputError) as caught:
                person_turn(game, state, {**TURN, **change})
            assert says_it(str(caught.value), lang)
            if lang == "en":
                assert refused.startswith(f"{what}: ")
            nobody: State = {**state, "floor": None}
            assert says_it(refusal(game, nobody, TURN), lang)


def test_a_persons_turn_that_is_none() -> None:
    cases: list[dict[str, Any]] = [
    {"act": None}, {"says": " "}, {"says": "x" * (LONGEST_PERSON_LINE + 1)}, {"text": "x" * (LONGEST_TEXT + 1)},
    {"condition": "x" * (LONGEST_TEXT + 1)}, {"act": "x" * 100_000}, {"task": "x" * 100_000},
    {"section": list(range(5_000))}, {"terms": "payer"}, {"terms": ["payer"]}, {"terms": {"payer": ["district"]}},
]  # fmt: skip
    for lang in LANGUAGES:
        for change in cases:
            game, state = seated(lang)
            with pytest.raises(InputError) as caught:
                person_turn(game, state, {"act": "ask", "to": "all", "says": "x", **change})
            assert says_it(str(caught.value), lang)
            assert len(str(caught.value)) < 400


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_pulse_off_the_scale(tmp_path: Path, lang: Lang) -> None:
    class Wild(Desk):
        async def ask_pulses(
            self, moment: str, seats: Sequence[str], keep: Callable[[str, Mapping[str, Any]], Pulse]
        ) -> None:
            del moment, seats
            with pytest.raises(InputError) as caught:
                keep("mayor", {"trust": 9, "conviction": 1, "burden": 1})
            heard.append(str(caught.value))

    heard: list[str] = []
    spec = rules_spec(stages=("training",), turns=1, persons=("mayor",), lang=lang)
    await run(new_folder(tmp_path, "one"), spec, Wild())
    assert heard
    assert [text for text in heard if not says_it(text, lang)] == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_what_is_refused_where_no_language_is_known(tmp_path: Path, lang: Lang) -> None:
    folder = new_folder(tmp_path, "one")
    await run(folder, rules_spec(stages=("training",), turns=2, lang=lang), Desk())
    refused: list[InputError | BudgetReachedError] = []
    spec = rules_spec(lang=lang)
    for fault in (
        lambda: branch(folder, "L099", LIBRARY),
        lambda: Game(rules_spec(lang=lang, persons=("emperor",)), LIBRARY),
        lambda: Game(spec.model_copy(update={"changes": ("choice.resident.acts=[decide]",)}), LIBRARY),
        lambda: LIBRARY.persona("emperor"),
    ):
        with pytest.raises(InputError) as caught:
            fault()
        refused.append(caught.value)
    for budget in (Budget(10), Budget(money=0.1, price_input=1.0, price_output=2.0)):
        refused.append(budget.reached(Usage(calls=1, prompt=20), Usage(prompt=5_000_000)))
    words = Words(lang)
    assert [text for text in map(words.error, refused) if not says_it(text, lang)] == []
    assert all(str(error) == Words("en").error(error) for error in refused), "the message itself is English"
