"""What a governance model makes impossible for each seat, read off its rules, and what few lines of discussion mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, get_args

from sandbox.content.acts import acts_with, has
from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import ACTS, Act, PointAct
from sandbox.content.governance import CHAIR_BINDS
from sandbox.content.library import Library
from sandbox.content.stage_card import Stage
from sandbox.content.words import Words, said
from sandbox.errors import Said
from sandbox.game.game import Game
from sandbox.game.rules import has_vote


@dataclass(frozen=True)
class SeatLimits:
    """What a seat cannot do under the rules.

    Args:
        seat: the seat.
        shut_out: the stages in which it has no place.
        acts: the acts that it may not perform in any stage.
        votes: whether it has a vote in the stage that decides.
        drafts: whether it drafts a plan.
        platform: whether it sees the data of the information platform.
        counters: if it may not propose, the acts by which it can still put or change a motion (counter-offers).
        amends: whether its support and objections may change motions at all.
    """

    seat: str
    shut_out: tuple[str, ...]
    acts: tuple[Act, ...]
    votes: bool
    drafts: bool
    platform: bool
    counters: tuple[Act, ...]
    amends: bool


def seat_limits(game: Game) -> list[SeatLimits]:
    """Return what each seat of a game cannot do, in the order of the seats, without a host from elsewhere."""
    deciding = [stage.id for stage in game.stages if "decides" in stage.abilities]
    rules, asked = game.governance.rules, {seat for stage in deciding for seat in game.voters(stage)}
    return [
        SeatLimits(
            seat=seat,
            shut_out=tuple(stage.id for stage in game.stages if seat not in game.present(stage.id)),
            acts=tuple(act for act in get_args(PointAct) if act not in game.acts(seat)),
            votes=has_vote(game.governance, game.positions, seat) and seat in asked,
            drafts=seat in game.drafters,
            platform=position in rules.information.platform,
            counters=_counters(game, seat),
            amends=game.amends(seat),
        )
        for seat, position in game.positions.items()
        if game.personas[seat].kind != "host"
    ]


def _counters(game: Game, seat: str) -> tuple[Act, ...]:
    acts = game.acts(seat)
    if not game.amends(seat) or any(has(act, "proposes") for act in acts):
        return ()
    return tuple(act for act in acts if has(act, "counters"))


class Undecidable(NamedTuple):
    """Why nothing can be decided under the rules at work.

    Args:
        path: the rule that has to change.
        says: what is wrong, in words.
    """

    path: tuple[str, ...]
    says: Said

    def in_words(self, game: Game, words: Words) -> str:
        """Return the reason as a sentence about a game."""
        return words("undecided.session", model=game.governance.name.get(words.lang), why=self.says)


def undecidable(game: Game) -> Undecidable | None:
    """Return why no deciding stage of a game can decide anything; None if one can, or if no stage decides."""
    deciding = [stage for stage in game.stages if "decides" in stage.abilities]
    whys = [_undecidable(game, stage) for stage in deciding]
    return whys[-1] if whys and all(whys) else None


def _undecidable(game: Game, stage: Stage) -> Undecidable | None:
    rule, present, positions = game.governance.rules.aggregation, game.present(stage.id), game.positions
    if rule.procedure in CHAIR_BINDS:
        if not any(has(act, "binds") for act in game.acts(game.chair)):
            acts = [act for act in ACTS if has(act, "binds")]
            return Undecidable(("choice", rule.chair, "acts"), said("undecided.unable", chair=rule.chair, acts=acts))
        if game.chair not in present:
            absent = said("undecided.absent", chair=rule.chair, stage=stage.id)
            return Undecidable(("boundary", stage.id), absent)
        return None
    most = sum(has_vote(game.governance, positions, seat) for seat in game.voters(stage.id))
    if most < rule.due(most):
        return Undecidable(("aggregation", "quorum"), said("undecided.quorum", quorum=rule.due(most), most=most))
    if not any(has(act, "proposes") for seat in present for act in game.acts(seat)):
        there = dict.fromkeys(positions[seat] for seat in present)
        says = said("undecided.unmoved", stage=stage.id, positions=[*there], acts=acts_with("proposes"))
        return Undecidable(("choice",), says)
    return None


def few_lines(game: Game) -> str:
    """Return a note on the stages with fewer lines of discussion than seats; an empty text if there are none."""
    short = [stage for stage in game.stages if game.turn_limit(stage) < len(game.present(stage.id))]
    if not short:
        return ""
    names = [stage.name.get(game.spec.lang) for stage in short]
    return game.words("few.session", lines=game.turn_limit(short[0]), stages=game.words.join(names))


def stages_for_one(game: Game) -> list[tuple[Stage, str]]:
    """Return the stages in which only one seat takes part, each with that seat."""
    rooms = [(stage, game.present(stage.id)) for stage in game.stages]
    return [(stage, room[0]) for stage, room in rooms if len(room) == 1]


def lonely(game: Game) -> list[str]:
    """Return one sentence for each seat that is alone in a stage."""
    lang, say = game.spec.lang, game.words
    alone: dict[str, list[str]] = {}
    for stage, seat in stages_for_one(game):
        alone.setdefault(seat, []).append(say("few.stage", stage=stage.name.get(lang)))
    model = game.governance.name.get(lang)
    return [say("few.alone", model=model, seat=game.name(seat), stages=stages) for seat, stages in alone.items()]


def few_lines_in(card: Campaign, lines: int | None, library: Library, words: Words) -> str:
    """Return a note on the communities of a campaign with more seats than a stage has lines; empty if there are none.

    Args:
        card: the campaign.
        lines: lines of discussion a stage; None for the number on the card, or of each stage.
        library: the cards.
        words: the words of the language.
    """
    most = lines or card.turns
    short = [each for each in card.communities if most and most < len(library.scenario(each.scenario).seats)]
    names = words.join([each.name.get(words.lang) for each in short])
    return words("few.campaign", lines=most, places=names) if short else ""
