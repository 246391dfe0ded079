"""What happened in a community last year, in words: decisions, promises and orders, and what became of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Move
from sandbox.diffusion.campaign.fates import Fate
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.state import CampaignState, Learned, Order, Post

# Most promises of which everybody is told what became of them; what was not kept comes first, then what was in part.
_MOST = 3
_WORST = ("broken", "part")
# Most more of which those are told who made them, or for whom they were.
_OWN = 2
# Most years before the last of which is told in a sentence what was decided.
_EARLIER = 3

Followed = Literal["obeyed", "otherwise", "open"]
FOLLOWED: tuple[Followed, ...] = get_args(Followed)
"""What a community makes of an order to decide something: as ordered, otherwise, or nothing was settled on it."""


def decided(result: Result) -> list[Fate]:
    """Return the decisions, question by question, with what became of each."""
    return [fate for fate in result.fates if fate.about]


def not_carried(fate: Fate) -> bool:
    """Return whether a decision waited for a body that did not carry it, even if its owner kept it."""
    return bool(fate.why) and not fate.by


def became(fate: Fate, words: Words) -> str:
    """Return a decision in words, and whether it was kept if it fell due."""
    if not_carried(fate):
        return fate.says + words.paren(fate.why)
    return words(f"campaign.fate.{fate.became}", says=fate.says) if fate.became else fate.says


def last_year(state: CampaignState, round: int, community: str, words: Words, library: Library) -> list[str]:
    """Return what happened in a community in the year before a round, and which officials left; empty in round 1.

    Each year before that gets one sentence: what was decided and whether it was kept.
    """
    if state.result(round - 1, community) is None:
        return []
    gone = _gone(state.transfers.get(round - 1, ()), state, community, words, library)
    years = range(max(1, round - 1 - _EARLIER), round - 1)
    earlier = [_earlier(state, year, round - 1, community, words) for year in years]
    return [*outcomes(state, round - 1, community, words), *gone, *earlier]


def _earlier(state: CampaignState, year: int, last: int, community: str, words: Words) -> str:
    """Return one sentence on an earlier year: what the community decided, and its place in the ranking.

    Decisions that were kept and that the ``last`` year repeated are only summed up, since that year is told in full.
    """
    result, now = state.result(year, community), state.result(last, community)
    again = result.terms.items() & now.terms.items() if result and now else frozenset()
    same = {question for question, _ in again}
    fates = decided(result) if result else []
    told = [became(each, words) for each in fates if each.about not in same or each.became != "kept" or each.why]
    told += [words("campaign.fate.same")] if len(told) < len(fates) else []
    what = words("semi").join(told) or words("campaign.fate.nothing")
    places = state.places(year)
    if community not in places:
        return words("campaign.fate.earlier_unranked", year=year, what=what)
    level = [each for each, number in places.items() if number == places[community] and each != community]
    shared = [state.card.by_id[each].name.get(words.lang) for each in level]
    key = "campaign.fate.earlier_shared" if shared else "campaign.fate.earlier"
    return words(key, year=year, what=what, place=places[community], of=len(places), others=shared)


def outcomes(state: CampaignState, round: int, community: str, words: Words) -> list[str]:
    """Return what was decided, ordered and promised in a community's finished round, and what became of it."""
    result = state.result(round, community)
    if result is None:
        return []
    ruled = [_here(fate, words) for fate in decided(result)] or [words("campaign.fate.nothing")]
    orders = [each for each in state.orders if each.after == round - 1 and community in each.to and each.terms]
    answered = [words(f"campaign.fate.{followed(order, result)}", text=order.text) for order in orders]
    others = sorted((each for each in result.fates if not each.about), key=how_well)
    promises = [_became(each, "promise", words) for each in _promised(result)[:_MOST]]
    return [*ruled, *result.came, *answered, *_conditions(others, words), *promises]


def followed(order: Order, result: Result) -> Followed:
    """Return whether a community, in the year after an order, decided what the order asked for."""
    bound = {key: result.terms.get(key) for key in order.terms}
    return "open" if not any(bound.values()) else "obeyed" if bound == dict(order.terms) else "otherwise"


def own_promises(result: Result, seat: str, words: Words) -> list[str]:
    """Return the outcomes of promises that `outcomes` leaves out: the seat's own, then those made to it.

    Within each group the worst outcome comes first, then promises made to few seats.
    """
    own = [each for each in _promised(result)[_MOST:] if seat in each.seats]
    own.sort(key=lambda each: (each.seats[0] != seat, how_well(each), len(each.seats)))
    return [_became(each, "promise", words) for each in own[:_OWN]]


def made_by(result: Result, seat: str, words: Words) -> list[str]:
    """Return what became of a seat's own promises."""
    return [_became(each, "promise", words) for each in _promised(result) if each.seats[0] == seat][:_OWN]


def _promised(result: Result) -> list[Fate]:
    """Return the promises that fell due, broken ones first, then those kept in part."""
    promises = (each for each in result.fates if not each.about and not each.condition)
    return sorted(promises, key=how_well)


def how_well(fate: Fate) -> int:
    """Return a sort key that puts what was broken first, then what was kept in part."""
    return _WORST.index(fate.became) if fate.became in _WORST else len(_WORST)


def _conditions(fates: Sequence[Fate], words: Words) -> list[str]:
    """Return what became of the conditions, grouped by seat and outcome.

    A condition with a reason of its own stands alone. A condition that two seats were to fulfil is told once if the
    outcome was the same for both.
    """
    doers: dict[tuple[str, str, str], list[Fate]] = {}
    for fate in fates:
        if fate.condition:
            doers.setdefault((fate.says, fate.became, fate.why), []).append(fate)
    alike: dict[tuple[str, str, str], list[Fate]] = {}
    for group in doers.values():
        who = words.join(list(dict.fromkeys(fate.who for fate in group)))
        alike.setdefault((group[0].became, who, group[0].why), []).append(replace(group[0], who=who))
    return [
        _became(replace(group[0], says=words("semi").join(fate.says for fate in group)), "condition", words)
        for group in alike.values()
    ]


def _here(fate: Fate, words: Words) -> str:
    if not fate.became or not_carried(fate):
        return words("campaign.fate.here", says=became(fate, words))
    if fate.became == "broken" and fate.why and fate.by != fate.who:
        return words("campaign.fate.here_denied", says=fate.says, who=fate.who, why=fate.why, by=fate.by)
    return words(f"campaign.fate.here_{fate.became}", says=fate.says, who=fate.who) + _why(fate, words)


def not_kept(result: Result, words: Words) -> list[str]:
    """Return what was broken, then what was kept in part, each with the reason and the person who gave it.

    Within each group, decisions come first, then conditions, then promises.
    """
    told = []
    for fate in sorted(result.fates, key=lambda each: (how_well(each), not each.about, not each.condition)):
        if fate.became in _WORST:
            what = "condition" if fate.condition else "promise"
            told.append(_here(fate, words) if fate.about else _became(fate, what, words))
    return told


def _became(fate: Fate, what: str, words: Words) -> str:
    return words(f"campaign.fate.{what}_{fate.became}", says=fate.says, who=fate.who) + _why(fate, words)


def _why(fate: Fate, words: Words) -> str:
    """Return the reason in words: what a body decided, or what somebody said; empty where there is none."""
    key = "why_own" if fate.by == fate.who else "why" if fate.by else "why_lost"
    return words(f"campaign.fate.{key}", by=fate.by, why=fate.why) if fate.why else ""


def _gone(moves: Sequence[Move], state: CampaignState, community: str, words: Words, library: Library) -> Iterator[str]:
    for move in moves:
        if move["of"] and move["of"][0] == community:
            role = library.persona(move["of"][1]).role.get(words.lang)
            there = state.card.by_id[move["to"][0]].name.get(words.lang) if move["to"] else words("campaign.elsewhere")
            yield words("campaign.fate.left", name=move["name"][words.lang], role=role, place=there)


def held_before(state: CampaignState, post: Post, round: int) -> int:
    """Return the last year before a round in which the present holder of a post held it before; 0 for never."""
    holder = state.holders[post]
    return max(
        (
            year
            for year, moves in state.transfers.items()
            for move in moves
            if year < min(holder.since, round)
            and move["of"] is not None
            and tuple(move["of"]) == post
            and move["name"]["en"] == holder.name["en"]
        ),
        default=0,
    )


def newest(learned: Sequence[Learned]) -> list[Learned]:
    """Return what was learned, keeping only the latest year for each place and question."""
    last: dict[tuple[str, str], Learned] = {}
    for each in learned:
        key = each.origin, each.about or each.says
        before = last.get(key)
        if before is None or before.year <= each.year:
            last[key] = each
    return [each for each in learned if last[each.origin, each.about or each.says] is each]


@dataclass(frozen=True)
class Seen:
    """What a community saw of another.

    Args:
        lesson: what, when, from whom and how.
        taken: whether the community decided the same in the round in which it could, and not in the one before.
        ordered: whether the city had ordered it to decide the same.
    """

    lesson: Learned
    taken: bool
    ordered: bool


def seen_elsewhere(state: CampaignState) -> list[Seen]:
    """Return what each community saw of others, except what it had decided itself in the round before."""
    return [
        Seen(lesson, settled_alike(state, lesson, lesson.seen_in), _ordered(state, lesson))
        for lesson in state.learned
        if lesson.origin and not settled_alike(state, lesson, lesson.seen_in - 1)
    ]


def _ordered(state: CampaignState, lesson: Learned) -> bool:
    result = state.result(lesson.year, lesson.origin)
    option = result.terms.get(lesson.about) if result else None
    orders = (each for each in state.orders if each.after < lesson.seen_in and lesson.community in each.to)
    return bool(option) and any(each.terms.get(lesson.about) == option for each in orders)


@dataclass(frozen=True)
class Alike:
    """How many questions were settled as seen elsewhere, compared with chance.

    Args:
        of: questions that a community settled in a year in which it had seen another community's option that it did not
            have itself.
        taken: those that it settled with such an option.
        ordered: those of ``taken`` that the city had ordered to be settled in this way.
        by_lot: the mean of ``taken`` if each option were drawn by lot among the options of its question.
    """

    of: int
    taken: int
    ordered: int
    by_lot: float


def came_out_alike(state: CampaignState, library: Library, round: int = 0) -> Alike:
    """Return how many questions were settled as seen elsewhere, in one round or (0) in all rounds."""
    options, taken, ordered = dict[tuple[int, str, str], set[str]](), set(), set()
    for seen in seen_elsewhere(state):
        lesson = seen.lesson
        there, here = state.result(lesson.year, lesson.origin), state.result(lesson.seen_in, lesson.community)
        if there and here and lesson.about in there.terms and lesson.about in here.terms:
            key = lesson.seen_in, lesson.community, lesson.about
            options.setdefault(key, set()).add(there.terms[lesson.about])
            taken |= {key} if seen.taken else set()
            ordered |= {key} if seen.taken and seen.ordered else set()
    shares = {
        key: len(seen) / len(library.scenario(state.card.by_id[key[1]].scenario).decision_by_id[key[2]].options)
        for key, seen in options.items()
        if round in (0, key[0])
    }
    return Alike(len(shares), len(taken & shares.keys()), len(ordered & shares.keys()), sum(shares.values()))


def settled_alike(state: CampaignState, lesson: Learned, round: int) -> bool:
    """Return whether the community that learned something decided the same in a round.

    Options are compared, since the wording of cards may change.
    """
    result, origin = state.result(round, lesson.community), state.result(lesson.year, lesson.origin)
    if result is None:
        return False
    if lesson.about and origin is not None:
        return lesson.about in origin.terms and origin.terms[lesson.about] == result.terms.get(lesson.about)
    return lesson.says in result.settled
