"""Persona consistency: closed questions made from the cards, and the share of right answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sandbox.content.cards import Text
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged, unmeasured

Passage = Literal["non_negotiable", "interests", "fears", "authority", "briefing"]
LETTERS = ("A", "B", "C", "D")


@dataclass(frozen=True)
class Question:
    """A closed question to a seat on a passage of its card; ``right`` is the index of its own among four options."""

    seat: str
    passage: Passage
    options: tuple[str, ...]
    right: int


@dataclass(frozen=True)
class Answer:
    """An answer to a question; ``option`` is the index chosen, None if the call failed (not a wrong answer)."""

    session: str
    question: Question
    option: int | None


def questions(session: Audited, seed: int) -> list[Question]:
    """Return the questions to the seats that a model played, shuffled by seed.

    Each has four options: the seat's own passage and those of three other personas of the case. Left out are questions
    for which the case has too few different passages, and seats for which a person or nobody spoke.
    """
    people = {line["seat"] for line in session.session.lines if line["origin"] == "person"}
    made = []
    for seat in sorted({line["seat"] for line in session.worded} - people):
        for passage in get_args(Passage):
            draw = random.Random(f"{seed}:interview:{seat}:{passage}")
            passages = _passages(session, seat, passage)
            own = draw.choice(passages)
            cards = [name for name in session.session.game.personas if name != seat]
            others = {draw.choice(_passages(session, name, passage)) for name in cards} - {*passages}
            if len(others) >= len(LETTERS) - 1:
                options = [own, *draw.sample(sorted(others), len(LETTERS) - 1)]
                draw.shuffle(options)
                made.append(Question(seat, passage, tuple(options), options.index(own)))
    return made


def consistency(answers: Sequence[Answer]) -> Finding:
    """Return the share of right answers: those that choose the passage of the seat's own card."""
    n = sum(answer.option is not None for answer in answers)
    if not n:
        return unmeasured("consistency", "failed" if answers else "nothing")
    wrong = [answer for answer in answers if answer.option not in (None, answer.question.right)]
    evidence = [Evidence(answer.session, "", f"{answer.question.seat}: {answer.question.passage}") for answer in wrong]
    beside = {"chance": 1 / len(LETTERS), "failed": len(answers) - n}
    return judged("consistency", 1 - len(wrong) / n, n, evidence, beside=beside)


def _passages(session: Audited, seat: str, passage: Passage) -> list[str]:
    game = session.session.game
    card = game.personas[seat]
    texts: dict[Passage, tuple[Text, ...]] = {
        "non_negotiable": (card.non_negotiable,),
        "interests": card.interests,
        "fears": card.fears,
        "authority": (card.authority,),
        "briefing": tuple(played.briefing for played in game.scenario.seats if played.persona == seat),
    }
    return [text.get(session.lang) for text in texts[passage]]
