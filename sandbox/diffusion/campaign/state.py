"""The state of a campaign: its log folded once, with the results of its finished sessions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from sandbox.content.campaign_card import Campaign
from sandbox.content.cards import Section
from sandbox.content.faults import short
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.events import CampaignEvent, Departure, Move, Placed, Settings, Toured
from sandbox.diffusion.campaign.plans import Plan
from sandbox.diffusion.campaign.result import Result
from sandbox.game.spec import SessionSpec

Post = tuple[str, str]
# What happens in a round; everything else happens after it, or before the first.
_OF_ROUND = ("campaign", "start", "played", "ranking")


@dataclass(frozen=True)
class Holder:
    """The holder of a post, if it is not the person that the case's card names.

    Args:
        before: where the official served before, in words.
        agenda: what the official brought along, in words.
        terms: the options that the official stands for.
        since: the round after which the official came; 0 if from the beginning.
    """

    name: Mapping[str, str]
    before: str = ""
    agenda: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    since: int = 0


@dataclass(frozen=True)
class Learned:
    """What a community learned in or after a round: from which other (empty: from above), how, from which person.

    ``asked`` means that it was not shown but came out because somebody asked. ``year`` is the round that it tells
    about, ``about`` the question that it settles, if any.
    """

    round: int
    community: str
    origin: str
    channel: str
    source: str
    says: str
    asked: bool
    year: int = 0
    about: str = ""

    @property
    def seen_in(self) -> int:
        """The round in which it can be decided on: the round of the tour, else the one after which it came."""
        return self.round + (self.channel != "sideways")


@dataclass(frozen=True)
class Order:
    """An order of the city after a round."""

    after: int
    text: str
    to: tuple[str, ...]
    terms: Mapping[str, str]
    changes: tuple[str, ...]


@dataclass(frozen=True)
class CampaignState:
    """Where a campaign stands.

    Args:
        card: its card as it was when the campaign began, or with the changes of a branch.
        settings: what all sessions have besides the card.
        branch: where it starts, if it is a branch.
        names: the name of each session that was begun, by round and community.
        specs: the spec of each session that was begun, by its name.
        results: the result of each session that was played according to the log, by its name.
        transfers: the moves after each round.
        plans: the plan with which each community starts, after each round.
        copied: the share of that plan that stands as its origins wrote it.
        tours: which community each community visits, by round and community.
        learned: which community learned what.
    """

    id: str
    card: Campaign
    settings: Settings
    branch: Departure | None = None
    names: Mapping[tuple[int, str], str] = field(default_factory=dict)
    specs: Mapping[str, SessionSpec] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    rankings: Mapping[int, tuple[Placed, ...]] = field(default_factory=dict)
    transfers: Mapping[int, tuple[Move, ...]] = field(default_factory=dict)
    holders: Mapping[Post, Holder] = field(default_factory=dict)
    orders: tuple[Order, ...] = ()
    plans: Mapping[tuple[int, str], Plan] = field(default_factory=dict)
    copied: Mapping[tuple[int, str], float] = field(default_factory=dict)
    tours: Mapping[tuple[int, str], Toured] = field(default_factory=dict)
    learned: tuple[Learned, ...] = ()
    closed: bool = False

    def name(self, round: int, community: str) -> str:
        """Return the name of a community's session in a round, which is also the name of its folder.

        It contains the name of the campaign that played it, so that no two sessions have the same name.
        """
        tail = self.id.rpartition("-")[2]
        return self.names.get((round, community)) or f"r{round}_{community}_{tail}"

    @cached_property
    def communities(self) -> tuple[str, ...]:
        """The communities, in the card's order."""
        return tuple(self.card.by_id)

    def table(self, community: str) -> int:
        """Return the community's number among the communities that play its case, from 1."""
        case = self.card.by_id[community].scenario
        return [each.id for each in self.card.communities if each.scenario == case].index(community) + 1

    def result(self, round: int, community: str) -> Result | None:
        """Return the result of a community's session in a round; None where it was not played."""
        return self.results.get(self.name(round, community))

    def places(self, round: int) -> Mapping[str, int]:
        """Return the place of each community in a round's ranking; empty where there is none yet."""
        return numbered(self.rankings.get(round, ()))

    @property
    def round(self) -> int:
        """The round that is played or comes next, from 1; after the last round, their number plus one."""
        return len(self.rankings) + 1

    def own(self, round: int, community: str) -> Mapping[Section, str]:
        """Return a community's plan at the end of a round; empty where it has none."""
        result = self.result(round, community)
        return result.plan if result else {}


def numbered(ranking: Sequence[Placed]) -> dict[str, int]:
    """Return the place of each community in a ranking, from 1; those with the same H share the place."""
    values = [each["h"] or 0.0 for each in ranking]
    return {each["community"]: 1 + sum(v > own for v in values) for each, own in zip(ranking, values, strict=True)}


def fold_campaign(events: Iterable[CampaignEvent], result: Callable[[str], Result]) -> CampaignState:
    """Return the state that follows from a campaign's log.

    ``result`` returns the result of a finished session by its name.

    Raises:
        InputError: the log does not begin with the campaign, or an event does not fit.
    """
    state: CampaignState | None = None
    for event in events:
        try:
            state = _opened(event) if state is None or event.kind == "campaign" else after_event(state, event, result)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            told = {"path": "campaign.jsonl", "event": event.seq, "kind": event.kind, "why": short(repr(error))}
            raise refusal("campaign.refused.no_course", **told) from error
    if state is None:
        raise refusal("campaign.refused.empty", path="campaign.jsonl")
    return state


def _opened(event: CampaignEvent) -> CampaignState:
    said = event.payload
    if event.kind != "campaign":
        raise refusal("campaign.refused.empty", path="campaign.jsonl")
    card = Campaign.model_validate(said["card"])
    people = ((each.id, seat, name) for each in card.communities for seat, name in each.people.items())
    holders = {(place, seat): Holder(name.model_dump()) for place, seat, name in people}
    return CampaignState(said["campaign"], card, said["settings"], said.get("branch"), holders=holders)


def after_event(state: CampaignState, event: CampaignEvent, result: Callable[[str], Result]) -> CampaignState:
    """Return the state after one more event of the log; the arguments are those of `fold_campaign`."""
    said, round, community = event.payload, event.round, event.community
    match event.kind:
        case "start":
            name = said["session"]
            return replace(
                state,
                names={**state.names, (round, community): name},
                specs={**state.specs, name: SessionSpec.model_validate(said["spec"])},
            )
        case "played":
            return replace(state, results={**state.results, said["session"]: result(said["session"])})
        case "lesson":
            learned = Learned(
                round, community, said["origin"], said["channel"], said["source"], said["says"], said["asked"],
                said.get("year", round - (said["channel"] == "sideways")), said.get("about", ""),
            )  # fmt: skip
            return replace(state, learned=(*state.learned, learned))
        case "ranking":
            if sorted(place["community"] for place in said["places"]) != sorted(state.communities):
                raise ValueError("places")
            return replace(state, rankings={**state.rankings, round: tuple(said["places"])})
        case "transfer":
            moves = {**state.transfers, round: (*state.transfers.get(round, ()), said)}
            return replace(state, transfers=moves, holders=_moved(state.holders, said, round))
        case "order":
            order = Order(round, said["text"], tuple(said["to"]), said["terms"], tuple(said["changes"]))
            return replace(state, orders=(*state.orders, order))
        case "plan":
            return replace(
                state,
                plans={**state.plans, (round, community): said["sections"]},
                copied={**state.copied, (round, community): said["copied"]},
            )
        case "tour":
            return replace(state, tours={**state.tours, (round + 1, community): said})
        case _:
            return replace(state, closed=True)


def shared(events: Sequence[CampaignEvent], round: int) -> list[CampaignEvent]:
    """Return the events that a branch before a round shares: up to the ranking of the previous round."""
    return [event for event in events if event.round < round - 1 or (event.kind in _OF_ROUND and event.round < round)]


def _moved(holders: Mapping[Post, Holder], move: Move, round: int) -> dict[Post, Holder]:
    after = dict(holders)
    name = {"en": move["name"]["en"], "zh": move["name"]["zh"]}
    left, taken = ((post[0], post[1]) if post else None for post in (move["of"], move["to"]))
    if left in after and after[left].name == name:
        del after[left]  # nobody else has come to the post yet
    if taken is not None:
        after[taken] = Holder(name, move["before"], move["agenda"], move["terms"], round)
    return after
