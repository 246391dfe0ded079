"""What happens between the rounds of a campaign, in words: places and what they rest on, transfers, and orders."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Literal, get_args

from sandbox.content.campaign_card import Campaign
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.state import CampaignState

SideName = Literal["h", "p"]
SIDES: tuple[SideName, ...] = get_args(SideName)
# What stands behind an assessment that lacks what another of the year is a mean of, or that nobody is asked for.
_MARKS = {"lacks": "*", "unasked": "†"}


def lots_told(state: CampaignState, words: Words) -> list[str]:
    """Return what a shared place means, and in which order a lot put those who share it; nothing where none is."""
    drawn, shared = list[str](), False
    for round in state.rankings:
        numbers = state.places(round)
        for number in sorted(set(numbers.values())):
            names = [state.card.by_id[each].name.get(words.lang) for each, own in numbers.items() if own == number]
            shared = shared or len(names) > 1
            if len(names) > 1 and round < len(state.card.rounds):
                drawn.append(words("campaign.drawn", year=words("campaign.year", number=round), places=names))
    return [words("campaign.shared"), *drawn] if shared else []


def place_told(state: CampaignState, round: int, community: str, words: Words) -> str:
    """Return which place a community took in a round, and that it is shared where it is."""
    numbers = state.places(round)
    number = numbers[community]
    key = "place_shared" if list(numbers.values()).count(number) > 1 else "place"
    return words(f"campaign.{key}", number=number)


def marked(state: CampaignState, round: int, community: str, side: SideName) -> str:
    """Return the marks of an assessment: it lacks what another of the year is a mean of too; nobody is asked."""
    own = state.result(round, community)
    others = (state.result(round, each) for each in state.communities)
    if own is None:
        return ""
    lacks = any(other is not None and set(other.rests[side]) - set(own.rests[side]) for other in others)
    return _MARKS["lacks"] * lacks + _MARKS["unasked"] * (side in own.unasked)


def marks_told(state: CampaignState, rounds: Iterable[int], words: Words) -> str:
    """Return what the marks mean that stand behind assessments of some rounds; empty where there are none."""
    used = "".join(marked(state, round, each, side) for round in rounds for each in state.communities for side in SIDES)
    return words("gap").join(words(f"campaign.marks.{key}") for key, mark in _MARKS.items() if mark in used)


def rests_told(state: CampaignState, round: int, community: str, words: Words) -> list[str]:
    """Return of how many indicators both assessments are the means; nothing where the session is not known."""
    result = state.result(round, community)
    return [words("campaign.rests", **{side: len(result.rests[side]) for side in SIDES})] if result else []


def kept_told(key: str, results: Sequence[Result], words: Words) -> str:
    """Return by a key of words how much of what fell due in some sessions was kept, and how much in part."""
    kept, part = sum(result.kept for result in results), sum(result.part for result in results)
    due = kept + part + sum(result.broken for result in results)
    return words(f"campaign.{key}", kept=kept, due=due) + (words("campaign.in_part", count=part) if part else "")


def transfer_text(move: Move, card: Campaign, library: Library, words: Words) -> str:
    """Return a transfer in words: who goes from which post to which."""

    def place(post: tuple[str, str]) -> str:
        return card.by_id[post[0]].name.get(words.lang)

    def role(post: tuple[str, str]) -> str:
        return library.persona(post[1]).role.get(words.lang)

    name, left, taken = move["name"][words.lang], move["of"], move["to"]
    if left and taken and left[1] == taken[1]:
        return words("rounds.same_post", name=name, role=role(left), of=place(left), to=place(taken))
    of, to = (words("rounds.post", place=place(post), role=role(post)) if post else "" for post in (left, taken))
    key = "moves" if of and to else "comes" if to else "goes"
    return words(f"rounds.{key}", name=name, of=of, to=to)


def addressed(to: Collection[str], card: Campaign, words: Words) -> str:
    """Return in parentheses to which communities an order goes, by which it differs from one worded much alike.

    Nothing where it goes to all.
    """
    places = [card.by_id[each].name.get(words.lang) for each in to]
    return words.paren(words.join(places)) if len(places) < len(card.communities) else ""
