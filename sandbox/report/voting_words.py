"""How a body decides, in words: the procedure, the voters, what carries a motion and who may stop it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.governance import Aggregation, share_in_words
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.counting import Counted
from sandbox.game.motions.franchise import bought_off, franchise, partys_own, right_of, veto_key

_BRACKETS = re.compile(r"[（(].*?[)）]")
Side = Literal["yes", "no", "abstain"]


def procedure_text(game: Game) -> str:
    """Return in words how the body decides: procedure, voters, quorum, veto and chair."""
    label, lang, rules = game.words, game.spec.lang, game.governance.rules
    aggregation = rules.aggregation

    def name(position: str, *notes: str) -> str:
        own = rules.position[position]
        holders = [game.name(seat) for seat in own.personas if game.positions.get(seat) == position]
        named = label("rules.named") + label("colon") + label.join(holders) if holders else ""
        told = label("semi").join(filter(None, (named, *notes)))
        return own.name.get(lang) + (label.paren(told) if told else "")

    chair = game.role(game.chair) + label.paren(rules.position[aggregation.chair].name.get(lang))
    share, quorum = share_in_words(label, aggregation.share), label("rules.quorum", count=aggregation.quorum or 1)
    if isinstance(aggregation.quorum, str):
        quorum = label("rules.quorum.share", share=share_in_words(label, aggregation.quorum))
    voters = label.join(map(name, aggregation.voters))
    text = label(f"rules.{counting_key(aggregation)}", voters=voters, share=share, quorum=quorum, chair=chair)
    if aggregation.procedure in ("majority", "consensus"):
        text += label(f"rules.{aggregation.order}", ballots=aggregation.ballots)
    if aggregation.abstain:
        text += label(f"rules.abstain.{aggregation.of}")
    held = [name(position, bought_off(game, position)) for position in aggregation.veto]
    key = "rules.veto.party" if partys_own(game.governance, aggregation.veto) else "rules.veto"
    return text + label(key, names=held) if held else text


def unless_lifted(game: Game, position: str) -> str:
    """Return in brackets what a motion must settle so that the veto of a position does not hold; or an empty text."""
    lifted = bought_off(game, position)
    return game.words.paren(lifted) if lifted else ""


def right_in_words(game: Game, seat: str) -> str:
    """Return which right a seat has when a motion is decided, and when its veto does not hold."""
    right = right_of(game, seat)
    vetoes = (
        right in ("votes_and_stops", "only_stops") and game.positions[seat] in game.governance.rules.aggregation.veto
    )
    key = veto_key(game, f"right.{right}", [seat] if vetoes else [])
    return game.words(key) + (unless_lifted(game, game.positions[seat]) if right == "votes_and_stops" else "")


def carries_text(game: Game, stage: str, motion: Item | None = None) -> str:
    """Return a sentence on how a motion is decided in a stage: who votes, how many votes carry it, and who may stop it.

    It counts all who may vote, since nobody knows before a vote who will not. Without a ``motion``, it also says in
    which cases a veto does not hold.
    """
    terms = motion.terms if motion else None
    label, how, aggregation = game.words, franchise(game, stage, terms), game.governance.rules.aggregation
    count, chair = len(how.votes or how.heard), game.role(game.chair)
    way, share, due = counting_key(aggregation), share_in_words(label, aggregation.share), aggregation.due(count)
    text = label(f"carries.{way}", count=count, carry=how.carry, chair=chair, share=share)
    if how.votes and aggregation.of == "cast":
        text += label("carries.abstain") if aggregation.abstain else ""
    if how.votes and due > (1 if aggregation.of == "cast" else how.carry):
        text += label("carries.quorum", quorum=due)
    stop = [seat for seat in how.stop if game.positions[seat] in aggregation.veto]
    unless = "" if motion else label.join(filter(None, (bought_off(game, position) for position in aggregation.veto)))
    text += label(veto_key(game, "carries.stop", stop), names=offices(game, stop)) if stop else ""
    return text + (label.paren(unless) if unless else "") + label("stop")


def counting_key(rule: Aggregation) -> str:
    """Return the key of the sentence that says how votes are counted under a rule."""
    if rule.of == "voters":
        return f"{rule.procedure}_of_voters"
    return "share" if rule.by_share else rule.procedure


def needed_text(words: Words, rule: Aggregation, how: Counted) -> str:
    """Return in words how many votes for a motion were needed, as its votes were counted."""
    return words(f"share.needed.{rule.of}", share=share_in_words(words, rule.share), count=how.needed)


def tally(words: Words, game: Game, how: Counted) -> dict[str, Any]:
    """Return the counts of a vote under the names that texts use: for, against, cast, quorum, and what is needed."""
    yes, cast = sum(how.votes.values()), len(how.votes)
    needed = needed_text(words, game.governance.rules.aggregation, how)
    return {"yes": yes, "no": cast - yes, "cast": cast, "quorum": how.missed, "needed": needed}


def side_of(act: Act) -> Side:
    """Return the side on which an act votes on a motion."""
    return "yes" if has(act, "votes_for") else "no" if has(act, "votes_against") else "abstain"


def ballot_text(game: Game, seat: str, stage: str, act: Act, motion: Item | None) -> str:
    """Return a vote as it is offered to the person in a seat; if it would stop the motion, the text says so."""
    how: str = (side := side_of(act))
    right = franchise(game, stage, motion.terms if motion else None)
    if seat in right.stop:
        lets_pass = side == "yes" and seat not in right.votes
        how = "no_stops" if side == "no" else "lets_pass" if lets_pass else side
        if how in ("no_stops", "lets_pass") and game.governance.rules.aggregation.stops(game.positions[seat]):
            how = veto_key(game, how, [seat])
    return game.words(f"vote.{how}")


def offices(game: Game, seats: Iterable[str]) -> list[str]:
    """Return the offices of some seats under the rules, each once, without explanations in brackets."""
    names = (game.governance.rules.position[game.positions[seat]].name.get(game.spec.lang) for seat in seats)
    return [*dict.fromkeys(_BRACKETS.sub("", name).strip() for name in names)]


def position_text(words: Words, game: Game, seat: str) -> str:
    """Return the name of a seat's position, with a mark if the rules name its persona for the position."""
    position = game.governance.rules.position[game.positions[seat]]
    return position.name.get(words.lang) + (words.paren(words("rules.named")) if seat in position.personas else "")


def scope_text(game: Game) -> str:
    """Return in words which questions the body may bind."""
    label, scope = game.words, game.governance.rules.scope.decisions
    if isinstance(scope, str):
        return label(f"scope.{scope}")
    return label.join([label(f"topic.{topic}") for topic in scope])
