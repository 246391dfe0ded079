"""What happens between the rounds of a campaign, in words: places, transfers, orders; each year in two sentences."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Literal, get_args

from sandbox.content.campaign_card import Campaign
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.fates import Fate
from sandbox.diffusion.campaign.past import Alike, came_out_alike
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.game.language.wording import similar
from sandbox.report.figures import decimal

SideName = Literal["h", "p"]
SIDES: tuple[SideName, ...] = get_args(SideName)
# Marks of an assessment that lacks an indicator on which another of that year rests, or for which nobody is asked.
_MARKS = {"lacks": "*", "unasked": "†"}


def lots_told(state: CampaignState, words: Words) -> list[str]:
    """Return what a shared place means, and how a lot ordered those who share one; empty if no place is shared."""
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
    """Return which place a community took in a round, and whether it shares it."""
    numbers = state.places(round)
    number = numbers[community]
    key = "place_shared" if list(numbers.values()).count(number) > 1 else "place"
    return words(f"campaign.{key}", number=number)


def marked(state: CampaignState, round: int, community: str, side: SideName) -> str:
    """Return the marks of an assessment.

    One mark says that it lacks an indicator on which another community's assessment of that year rests, the other that
    nobody is asked for it.
    """
    own = state.result(round, community)
    others = (state.result(round, each) for each in state.communities)
    if own is None:
        return ""
    lacks = any(other is not None and set(other.rests[side]) - set(own.rests[side]) for other in others)
    return _MARKS["lacks"] * lacks + _MARKS["unasked"] * (side in own.unasked)


def marks_told(state: CampaignState, rounds: Iterable[int], words: Words) -> str:
    """Return what the marks behind assessments of some rounds mean; empty if there are no marks."""
    used = "".join(marked(state, round, each, side) for round in rounds for each in state.communities for side in SIDES)
    return words("gap").join(words(f"campaign.marks.{key}") for key, mark in _MARKS.items() if mark in used)


def h_digits(state: CampaignState, round: int) -> int:
    """Return the number of decimals of H that tells all places of a year apart."""
    values = sorted({each["h"] or 0.0 for each in state.rankings[round]})
    return _SHOWN if all(after - before >= _LEAST for before, after in pairwise(values)) else _FINEST


def rests_told(state: CampaignState, round: int, community: str, words: Words) -> list[str]:
    """Return of how many indicators each of the two assessments is the mean; empty if there is no result."""
    result = state.result(round, community)
    return [words("campaign.rests", **{side: len(result.rests[side]) for side in SIDES})] if result else []


def kept_told(key: str, results: Sequence[Result], words: Words) -> str:
    """Return how much of what fell due in some sessions was kept, and kept in part; ``key`` selects the words."""
    kept, part = sum(result.kept for result in results), sum(result.part for result in results)
    due = kept + part + sum(result.broken for result in results)
    return words(f"campaign.{key}", kept=kept, due=due) + (words("campaign.in_part", count=part) if part else "")


def alike_counts(alike: Alike) -> dict[str, int | str]:
    """Return the figures on how many questions came out as had been seen elsewhere, and how many would by lot."""
    return {**asdict(alike), "by_lot": decimal(alike.by_lot, 1)}


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
    """Return in parentheses the communities to which an order goes; empty if it goes to all.

    They tell it apart from an order with similar words.
    """
    places = [card.by_id[each].name.get(words.lang) for each in to]
    return words.paren(words.join(places)) if len(places) < len(card.communities) else ""


_ALIKE = 0.75  # least similarity of two wordings of the same matter
_SHOWN, _LEAST = 2, 0.01  # usual decimals of H, and the smallest gap that they show
_FINEST = 3  # decimals by which places are ranked, shown in a year that has a smaller gap


class CampaignStory:
    """Tells the years of a campaign in a language; without one, in the language in which it was played."""

    def __init__(self, state: CampaignState, library: Library, lang: Lang | None = None) -> None:
        self._state, self._library = state, library
        self._say = Words(lang or state.settings["lang"], library.roots)

    def year(self, round: int) -> tuple[str, str]:
        """Return a past year in two sentences.

        The first tells the ranking and the transfers, the second what came out as seen elsewhere, and what failed.
        """
        say = self._say
        moves = [
            transfer_text(move, self._state.card, self._library, say) for move in self._state.transfers.get(round, ())
        ]
        ranked = say("semi").join([self._ranked(round), *moves])
        alike = came_out_alike(self._state, self._library, round)
        came = say("semi").join(
            [*([say("campaign.story.alike", **alike_counts(alike))] if alike.of else []), self._failed(round)]
        )
        ranked, came = (say("campaign.story.sentence", text=text[0].upper() + text[1:]) for text in (ranked, came))
        return ranked, came

    def _place(self, community: str) -> str:
        return self._state.card.by_id[community].name.get(self._say.lang)

    def _ranked(self, round: int) -> str:
        say, ranking = self._say, self._state.rankings[round]
        numbers, h = self._state.places(round), {each["community"]: each["h"] or 0.0 for each in ranking}
        first = [each for each, number in numbers.items() if number == 1]
        behind = [each for each in numbers if each not in first]
        names = say("campaign.story.and").join(map(self._place, first))
        ahead, digits = h[first[0]] - h[behind[0]] if behind else 0.0, h_digits(self._state, round)
        best, gap = decimal(h[first[0]], digits), decimal(ahead, digits)
        if not behind:
            return say("campaign.story.level", h=best)
        last = [each for each, number in numbers.items() if number == max(numbers.values())]
        beside = [each for each in behind if numbers[each] == numbers[behind[0]]]
        key, second = "shared" if len(first) > 1 else "first", say("campaign.story.and").join(map(self._place, beside))
        told = say(f"campaign.story.{key}", first=names, h=best, gap=gap, second=second)
        brings = self._state.card.ranking.last.get(say.lang)
        lost = say("campaign.story.last", last=say("campaign.story.and").join(map(self._place, last)), brings=brings)
        return told + say("semi") + lost

    def _fates(self, round: int) -> list[tuple[str, Fate]]:
        results = ((each, self._state.result(round, each)) for each in self._state.communities)
        return [(each, fate) for each, result in results if result for fate in result.fates if fate.became]

    def _failed(self, round: int) -> str:
        """Return what failed in a year, the first of these that there is, and how much was kept.

        1. What several communities had settled and none of them kept.
        2. What a community failed to keep for the second year.
        """
        results = [result for each in self._state.communities if (result := self._state.result(round, each))]
        kept = kept_told("story.kept", results, self._say)
        return self._say("semi").join([*self._worst(round), kept])

    def _worst(self, round: int) -> Iterator[str]:
        say, fates, before = self._say, self._fates(round), self._fates(round - 1)
        broken = [(place, fate) for place, fate in fates if fate.became == "broken"]
        for _, fate in broken:
            same = [(where, other) for where, other in fates if _alike(fate, other)]
            where = dict.fromkeys(self._place(at) for at, other in same if other.became == "broken")
            if len(where) > 1 and not any(other.became == "kept" for _, other in same):
                yield say("campaign.story.nobody", what=self._matter(fate), places=list(where))
                return
        for place, fate in broken:
            if any(place == at and other.became == "broken" and _alike(fate, other) for at, other in before):
                yield say("campaign.story.again", what=self._matter(fate), place=self._place(place))
                return

    def _matter(self, fate: Fate) -> str:
        return self._say("campaign.story.decided", text=fate.says) if fate.about else fate.says


def _alike(fate: Fate, other: Fate) -> bool:
    return fate.about == other.about and similar(fate.says, other.says) >= _ALIKE
