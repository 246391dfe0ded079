"""Conditions of earlier years: which still stand, and which a newer decision has replaced (LA; inferred)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sandbox.game.game import Game
from sandbox.game.language.wording import content_words, takes_up
from sandbox.game.ledger.entries import Ledger
from sandbox.game.motions.conditions import whom_it_asks, without_seat
from sandbox.game.motions.contradicting import ruled_out
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.review.lasting import in_place_of
from sandbox.game.spec import Standing
from sandbox.record.line import DecisionTaken

# Of the words of a condition, the share that an option has of which it speaks.
_ABOUT = 0.5


def standing_on(game: Game, items: Ledger, decisions: Sequence[DecisionTaken]) -> list[Standing]:
    """Return the conditions of earlier years that still stand: no carried decision has replaced them."""
    return [each for each in game.spec.start.standing if not replaced_by(game, items, each, decisions)]


def replaced_by(game: Game, items: Ledger, standing: Standing, decisions: Sequence[DecisionTaken]) -> str:
    """Return, in words, what has replaced a condition of an earlier year; empty if it still stands.

    It is a condition of a carried decision that asks the same doer for at least as much of the same, or that
    contradicts it; or else another option on the question that it speaks of.
    """
    carried = [each for each in decisions if each["carried"]]
    now = [(part, each["stage"]) for each in carried for part in hangs_on(each["condition"])]
    alike = [part for part, stage in now if _doer(game, items, part, stage) == _doer(game, items, standing.says, stage)]
    if again := in_place_of(standing.says, alike, game.spec.lang):
        return again
    if other := next((part for part, stage in now if ruled_out(game, items, part, standing.says, stage)), ""):
        return other
    terms = {key: option for each in carried for key, option in each["terms"].items()}
    changed = {
        key: terms[key]
        for key, option in standing.terms.items()
        if terms.get(key, option) != option and not brings(game, key, terms[key], standing.says)
    }
    return game.words("semi").join(option for _, option in game.in_words(changed))


def _doer(game: Game, items: Ledger, condition: str, stage: str) -> str:
    room = game.present(stage)
    return next(iter(whom_it_asks(game, items, condition, room)), "") or without_seat(game, condition, room)


def of_questions(game: Game, condition: str, terms: Mapping[str, str]) -> dict[str, str]:
    """Return the options, by question, that were decided together with a condition and that it speaks of.

    Its words take up the option and are mostly about it, or name something the option brings. For example, a guard's
    hours do not depend on whose guard it is.
    """
    lang, texts = game.spec.lang, {key: text for key, (_, text) in zip(terms, game.in_words(terms), strict=True)}
    own = content_words(condition, lang)
    return {
        key: terms[key]
        for key, text in texts.items()
        if brings(game, key, terms[key], condition)
        or (takes_up(condition, text, lang) and len(own & content_words(text, lang)) >= _ABOUT * len(own))
    }


def names_other(game: Game, terms: Mapping[str, str], text: str) -> bool:
    """Return whether a text names something that only options not chosen bring, and nothing that a chosen one does."""
    return any(
        brings(game, key, other, text) and not brings(game, key, option, text)
        for key, option in terms.items()
        for other in game.scenario.decision_by_id[key].options
    )


def brings(game: Game, key: str, option: str, condition: str) -> bool:
    """Return whether a condition names something that an option brings: without that option it asks for nothing."""
    names = game.scenario.decision_by_id[key].options[option].names or ()
    return any(name.get(game.spec.lang).casefold() in condition.casefold() for name in names)


def instead_of(game: Game, items: Ledger, condition: str, decisions: Sequence[DecisionTaken]) -> str:
    """Return, in words, the conditions of earlier years that a condition of this year has replaced."""
    before = [
        each.says
        for each in game.spec.start.standing
        if each.says != condition and replaced_by(game, items, each, decisions) == condition
    ]
    return game.words("semi").join(before)
