"""Persona consistency: closed questions made from each card, and what the answers come to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.content.schemas import Text
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged, unmeasured

__all__ = ["LETTERS", "Answer", "Passage", "Question", "consistency", "questions"]

Passage = Literal["non_negotiable", "interests", "fears", "authority", "briefing"]
LETTERS = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Question:
    """A closed question to a seat: which passage of a card it is about, four options, and which is its own."""

    seat: str
    passage: Passage
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Answer:
    """An answer to a question; ``given`` is None where the call failed, which is no wrong answer."""

    session: str
    question: Question
    given: int | None


def questions(one: Audited, seed: int) -> list[Question]:
    """Return the questions to the seats that a model played, shuffled by seed.

    Each has four options: the seat's own passage and those of three other personas of the case. Questions for which the
    case has too few different passages are left out, and so are seats for which a person spoke, or nobody.
    """
    people = {line["seat"] for line in one.session.lines if line["origin"] == "person"}
    seats = sorted({line["seat"] for line in one.worded} - people)
    found = []
    for seat in seats:
        for passage in get_args(Passage):
            draw = random.Random(f"{seed}:interview:{seat}:{passage}")
            own = draw.choice(_passages(one, seat, passage))
            others = {
                text
                for other in one.session.game.personas
                if other != seat
                for text in [draw.choice(_passages(one, other, passage))]
                if text not in _passages(one, seat, passage)
            }
            if len(others) < len(LETTERS) - 1:
                continue
            options = [own, *draw.sample(sorted(others), len(LETTERS) - 1)]
            draw.shuffle(options)
            found.append(Question(seat, passage, tuple(options), options.index(own)))
    return found


def consistency(answers: Sequence[Answer]) -> Finding:
    """Return the share of questions that are answered as the seat's own card has it."""
    given = [one for one in answers if one.given is not None]
    if not given:
        return unmeasured("consistency", "failed" if answers else "nothing")
    wrong = [one for one in given if one.given != one.question.right]
    evidence = [Evidence(one.session, "", f"{one.question.seat}: {one.question.passage}") for one in wrong]
    beside = {"chance": 1 / len(LETTERS), "failed": len(answers) - len(given)}
    return judged("consistency", 1 - len(wrong) / len(given), len(given), evidence, beside=beside)


def _passages(one: Audited, seat: str, passage: Passage) -> list[str]:
    card, lang = one.session.game.personas[seat], one.lang
    texts: dict[Passage, tuple[Text, ...]] = {
        "non_negotiable": (card.non_negotiable,),
        "interests": card.interests,
        "fears": card.fears,
        "authority": (card.authority,),
        "briefing": tuple(held.briefing for held in one.session.game.scenario.seats if held.persona == seat),
    }
    return [text.get(lang) for text in texts[passage]]
