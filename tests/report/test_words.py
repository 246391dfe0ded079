"""All that can occur has a word."""

from __future__ import annotations

from typing import get_args

from sandbox.content.cards import ACTS, Section, Topic
from sandbox.content.governance import FloorPolicy, Information, Procedure
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.rubric import MeasureName
from sandbox.content.stage_card import EndRule
from sandbox.content.words import Words
from sandbox.game.ledger.entries import ItemKind, ItemState
from sandbox.game.pulse import Pulse
from sandbox.game.rules import Side
from sandbox.game.spec import PlayStyle
from sandbox.record.payloads import ScoreStatus
from tests.report.conftest import Scored


def test_all_that_can_occur_has_a_label(session: Scored) -> None:
    card = session.card
    counted = {*get_args(MeasureName), *card.outcome, *card.play, *vars(card.apart)}
    counted |= {name for one in card.assessments for name in one.indicators}
    groups: dict[str, tuple[str, ...] | set[str]] = {
        "act": ACTS,
        "may": ACTS,
        "m": {*counted, *get_args(Side)},  # a baseline speaks of both totals
        "d": counted,
        "side": get_args(Side),
        "status": get_args(ScoreStatus),
        "state": get_args(ItemState),
        "kind": get_args(ItemKind),
        "ended": (*get_args(EndRule), "nothing_left_to_raise", "facilitator"),
        "section": get_args(Section),
        "topic": get_args(Topic),
        "scope": ("all", "none"),
        "rules": get_args(Procedure),
        "floor": get_args(FloorPolicy),
        "minutes": _choices(Information, "minutes"),
        "documents": _choices(Information, "documents"),
        "heard": _choices(Information, "lines"),
        "style": get_args(PlayStyle),
        "language": get_args(Lang),
        "pulse": tuple(Pulse.__annotations__),
    }
    wanted = [f"{group}.{name}" for group, names in groups.items() for name in sorted(names)]
    assert {lang: [key for key in wanted if not Words(lang).text(key)] for lang in LANGUAGES} == {"en": [], "zh": []}


def test_an_indicator_has_one_name_in_the_report_of_a_session_and_of_an_experiment() -> None:
    indicators = ("inspection_completeness", "novelty", "decision_share", "needs_met", "self_sustaining")
    measures = dict(zip(indicators, indicators, strict=True)) | {"trust": "trust_residents"}
    for lang in LANGUAGES:
        words = Words(lang)
        for name, outcome in measures.items():
            _, own = words(f"experiment.outcome.{outcome}").replace("：", ": ").replace("’", "'").split(": ")
            assert words(f"m.{name}").lower() == own.lower()


def _choices(rule: type[Information], name: str) -> tuple[str, ...]:
    found = get_args(rule.model_fields[name].annotation)
    assert len(found) > 1
    return found
