"""A role card in rows: who a persona is, and what the player of its seat is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.content.acts import has
from sandbox.content.cards import Act, Text
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.hosting import untold
from sandbox.game.starting import briefing
from sandbox.game.view import SeatView
from sandbox.report.voting_words import position_text, right_in_words

_RAISED = 4


def character(say: Words, card: Persona) -> Iterator[tuple[str, tuple[Text, ...]]]:
    """Yield a persona's traits: what it never gives up, wants, is bound by, fears, may promise, and how it speaks."""
    texts = {
        "never": (card.non_negotiable,), "wants": card.interests, "bound": card.constraints, "fears": card.fears,
        "moves": card.moves, "may": (card.authority,), "speaks": (card.voice.sentences,),
    }  # fmt: skip
    yield from ((say(f"card.{key}"), several) for key, several in texts.items())


def role_rows(
    game: Game, words: Words, seat: str, view: SeatView | None = None, *, derived: bool = False
) -> Iterator[tuple[str, list[str]]]:
    """Yield what a person is told of their seat, in the language of ``words``; with a view also how it stands now.

    ``derived`` says that its last pulse was not given, but derived by a rule. Texts that are to be said at the table
    are given in the session's language as well. A text that exists in one language only is given in that language.
    """
    lang, card, brief = game.spec.lang, game.personas[seat], briefing(game.in_language(words.lang), seat)

    def said(text: Text) -> str:
        own, there = text.get(words.lang), text.get(lang)
        return own if lang == words.lang else f"{own}{words.paren(there)}"

    yield words("card.question"), [game.scenario.question.get(words.lang)]
    right = right_in_words(game.in_language(words.lang), seat)
    yield words("card.here"), [words("card.here.says", model=game.governance.name.get(words.lang), right=right)]
    yield words("card.knows"), [brief, *untold(card, brief, words.lang)]
    yield words("card.opening"), [said(card.opening_line)]
    yield words("card.raise"), [said(point.says) for point in view.points[:_RAISED]] if view else []
    yield from ((heading, [text.get(words.lang) for text in texts]) for heading, texts in character(words, card))
    by_rule = words.paren(words("card.pulse.derived")) if derived else ""
    yield words("card.acts"), [words.join([words.doing(act) for act in game.acts(seat)])]
    yield words("card.pulse"), [pulse_text(words, view.pulse) + by_rule] if view and view.pulse else []


def right_text(game: Game, words: Words, seat: str) -> str:
    """Return what the rules make of a seat: its position, whether it votes, and what it may promise by itself."""
    texts = [position_text(words, game, seat), right_in_words(game.in_language(words.lang), seat)]
    alone = game.scenario.alone(seat, words)
    texts += [f"{words('pack.remit')}{words('colon')}{words('gap').join(alone)}"] if alone else []
    return " · ".join(filter(None, [*texts, funds_told(words, game.scenario, seat)]))


def funds_told(say: Words, case: Scenario, seat: str) -> str:
    """Return which money of the case a seat controls, and that it may not raise it; empty if it controls none."""
    funds = {each.options[option].fund for each in case.decisions for option in each.held(seat)}
    facts = [fact.text.get(say.lang) for fact in case.facts if fact.id in funds]
    return say("pack.remit_fund", facts=say("gap").join(facts)) if facts else ""


def act_means(game: Game, words: Words, act: Act) -> str:
    """Return what an act does under the rules of a game."""
    aggregation, scope = game.governance.rules.aggregation, game.governance.rules.scope
    if has(act, "proposes") and aggregation.procedure in CHAIR_BINDS:
        return words(f"pack.act.{act}.chair", chair=game.role(game.chair, words.lang))
    return words(f"pack.act.{act}.{scope.tasks}" if has(act, "refuses") else f"pack.act.{act}")


def pulse_text(words: Words, levels: Mapping[str, object]) -> str:
    """Return a pulse in one line."""
    return words.join([f"{words(f'pulse.{name}')} {levels[name]}" for name in ("trust", "conviction", "burden")])
