"""Secrets: words of a private briefing or a whisper in the mouth of a seat that could not know them.

What is found is wording: a run of words that stands in the secret, and in nothing that the seat could have read or
heard. A secret that is told in other words is not found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sandbox.content.schemas import Lang
from sandbox.game.wording import content_words, words
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged

__all__ = ["secrets_leaked"]

# Words in a row; characters in Chinese. At least so many content words among them, so that no set phrase is taken.
_RUN: dict[Lang, int] = {"en": 5, "zh": 7}
_CONTENT: dict[Lang, int] = {"en": 3, "zh": 5}
Runs = set[tuple[str, ...]]


@dataclass(frozen=True)
class _Secret:
    """What one seat alone was told, from which line on, and whether it is advice (which is meant to be followed)."""

    owner: str
    since: int
    runs: Runs
    advice: bool


def secrets_leaked(sessions: Sequence[Audited]) -> Finding:
    """Return how many lines hold words of another seat's secret; a seat's own, spoken aloud, are counted apart."""
    n, disclosed = 0, 0
    leaks: list[Evidence] = []
    for one in sessions:
        if len(one.session.game.personas) < 2:
            continue
        known = {seat: _known(one, seat) for seat in one.session.game.personas}
        own = {seat: _own(one, seat) for seat in one.session.game.personas}
        secrets = list(_secrets(one))
        worded = {line["id"] for line in one.worded}
        for index, line in enumerate(one.session.lines):
            spoken, seat = _runs(line["says"], one.lang), line["seat"]
            if line["id"] in worded:
                n += 1
                found = [x for x in secrets if x.since <= index]
                foreign = [x for x in found if x.owner != seat and x.runs & spoken - known[seat] - own[seat]]
                disclosed += any(x.owner == seat and not x.advice and x.runs & spoken - known[seat] for x in found)
                leaks += [one.evidence(line, f"{x.owner}: {_words(x, spoken, one.lang)}") for x in foreign[:1]]
            for other in {*line["visible_to"], seat} & known.keys():
                known[other] |= spoken
    return judged("secrets_leaked", len(leaks) if n else None, n, leaks, beside={"disclosed": disclosed})


def _secrets(one: Audited) -> Iterator[_Secret]:
    for seat, text in _private(one):
        yield _Secret(seat, 0, _runs(text, one.lang), advice=False)
    for since, seat, text in one.whispers:
        yield _Secret(seat, since, _runs(text, one.lang), advice=True)


def _private(one: Audited) -> list[tuple[str, str]]:
    session, lang = one.session, one.lang
    found = [(seat.persona, seat.briefing.get(lang)) for seat in session.game.scenario.seats]
    return found + [(seat, text.get(lang)) for seat, card in session.game.personas.items() for text in card.private]


def _own(one: Audited, seat: str) -> Runs:
    """Return what a seat may speak of because it alone was told."""
    told = [text for owner, text in _private(one) if owner == seat]
    told += [text for _, owner, text in one.whispers if owner == seat]
    return set().union(*(_runs(text, one.lang) for text in told))


def _known(one: Audited, seat: str) -> Runs:
    """Return what a seat knows before anybody speaks, its own secrets aside: the case in public, and its card."""
    scenario, lang, card = one.session.game.scenario, one.lang, one.session.game.personas[seat]
    texts = [scenario.title, scenario.question, scenario.place, scenario.background, *scenario.plan.values()]
    texts += [fact.text for fact in scenario.facts] + [task.text for task in scenario.tasks]
    for decision in scenario.decisions:
        texts += [decision.question, *decision.options.values()]
    texts += [card.role, *card.interests, *card.constraints, *card.fears, *card.moves, card.authority]
    texts += [card.opening_line, card.non_negotiable]
    for held in scenario.seats:
        if held.persona == seat:
            texts += [held.vote.support, held.vote.object, *(point.says for point in held.points)]
    if one.session.game.city:
        city = one.session.game.city
        texts += [city.driver, *city.conditions, *(fact.text for fact in city.facts)]
    spoken = [text.get(lang) for text in texts]
    return set().union(*(_runs(text, lang) for text in (*spoken, *one.news)))


def _runs(text: str, lang: Lang) -> Runs:
    tokens, run = words(text), _RUN[lang]
    found = {tuple(tokens[start : start + run]) for start in range(len(tokens) - run + 1)}
    return {one for one in found if len(content_words(" ".join(one), lang)) >= _CONTENT[lang]}


def _words(secret: _Secret, spoken: Runs, lang: Lang) -> str:
    return ("" if lang == "zh" else " ").join(min(secret.runs & spoken))
