"""Schema of a campaign: communities of one city over rounds, and what happens between the rounds (HB, PL, PV)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from sandbox.content.cards import Card, Id, Loc, Network, PointAct, StageId, Text, fault, ids, known, refuse, unique
from sandbox.content.words import said

MOST_COMMUNITIES = 6
MOST_ROUNDS = 20


class PlacePoint(Card):
    """What a seat may raise about a matter of its own community, as a point of its card."""

    id: Id
    seat: Id
    stages: tuple[StageId, ...] = Field(min_length=1)
    act: PointAct
    to: Id | None = None
    says: Text


class PlaceMatter(Card):
    """A matter that a community has besides its case, and that others which play the case do not have.

    Args:
        since: the first year in which it has it.
        text: what everybody there knows of it.
        points: what seats may raise about it, each once.
    """

    since: int = Field(default=1, ge=1)
    text: Text
    points: tuple[PlacePoint, ...] = Field(min_length=1)


class Community(Card):
    """A community that plays a session in each round.

    Args:
        changes: single rules of its governance model that are changed, each ``path=value``.
        cast: personas that replace others, by seat.
        people: names of the first holders of seats, if they differ from the personas' cards.
        officials: the seats from which officials may be transferred; each has a name among the people.
        matters: matters of its own, besides its case.
        played: by the model named when the campaign is run, or always by the rules alone.
    """

    id: Id
    name: Text
    scenario: Id
    governance: Id
    changes: tuple[str, ...] = ()
    cast: dict[Id, Id] = Field(default_factory=dict)
    people: dict[Id, Text] = Field(default_factory=dict)
    officials: tuple[Id, ...] = ()
    matters: tuple[PlaceMatter, ...] = Field(default=(), max_length=MOST_ROUNDS)
    played: Literal["model", "rules"] = "model"

    @model_validator(mode="after")
    def _named(self) -> Community:
        for place, seat in enumerate(self.officials):
            if seat not in self.people:
                raise fault(("officials", place), said("network_fault.unnamed", seat=seat))
        return self


class Round(Card):
    """A year: the stages that each community plays in it."""

    stages: tuple[StageId, ...] = Field(min_length=1)


class Ranking(Card):
    """What a place in the ranking by the hierarchical assessment brings, in words (PV)."""

    first: Text
    others: Text
    last: Text


class Transfer(Card):
    """A named official who is transferred.

    Args:
        after: after which round.
        of: the community that the official leaves.
        seat: the post there.
        to: the community that the official goes to.
        post: the post there; empty for the same seat.
        displaced: whether the former holder of that post takes the vacant one, or goes away and a newcomer takes it.
    """

    after: int = Field(ge=1)
    of: Id
    seat: Id
    to: Id
    post: Id | None = None
    displaced: Literal["swap", "away"] = "swap"

    @property
    def left(self) -> tuple[str, str]:
        """The post that the official leaves."""
        return self.of, self.seat

    @property
    def taken(self) -> tuple[str, str]:
        """The post that the official takes."""
        return self.to, self.post or self.seat


class Transfers(Card):
    """Transfers of officials between rounds.

    Args:
        rule: by rank: an official of the first community takes the same post in the last one (``first_to_last``), or
            is promoted out of the campaign and a newcomer follows (``first_goes_up``); only named officials (``none``).
        each: how many officials the rule moves after a round.
        displaced: what happens to officials whom ``first_to_last`` displaces, as in a named transfer.
        newcomers: names of those who follow officials that go up or away, in the order in which they come.
    """

    rule: Literal["none", "first_to_last", "first_goes_up"] = "none"
    each: int = Field(default=1, ge=1, le=3)
    displaced: Literal["swap", "away"] = "swap"
    named: tuple[Transfer, ...] = ()
    newcomers: tuple[Text, ...] = ()


class OrderFromAbove(Card):
    """An order of the city.

    Args:
        after: after which round it comes; 0: before the first.
        to: the communities that it goes to; empty for all.
        terms: the options that it asks for, by question; a case without the question is asked for nothing.
        changes: rules that it changes from then on, each ``path=value``.
        outdates: facts and points of the case that no longer hold from then on, by id, and options that are no longer
            available, as ``question.option``.
        rules_out: events of a review that its words contradict, by id: none of them comes in the year that ends with
            the order, nor in the next.
    """

    after: int = Field(ge=0)
    text: Text
    to: tuple[Id, ...] = ()
    terms: dict[Id, Id] = Field(default_factory=dict)
    changes: tuple[str, ...] = ()
    outdates: tuple[str, ...] = ()
    rules_out: tuple[Id, ...] = ()


class Outdated(Card):
    """What no longer holds in a case once something has been settled and kept there.

    Args:
        settled: options, by question: one of them was decided, and kept a year later.
        outdates: facts and points of the case that no longer hold from then on, by id.
    """

    settled: dict[Id, tuple[Id, ...]] = Field(min_length=1)
    outdates: tuple[str, ...] = Field(min_length=1)


class Visit(Card):
    """A learning tour of a round: which community visits which."""

    round: int = Field(ge=2)
    guest: Id
    host: Id


class Tours(Card):
    """Which community visits which on learning tours (PL).

    Args:
        rule: ``leader``: each visits last round's first community among those that play the same case (among all, if no
            other does), and the first itself visits the second; ``none``: tours go where the case says, unless named.
        named: tours that lead elsewhere than the rule says.
    """

    rule: Literal["leader", "none"] = "leader"
    named: tuple[Visit, ...] = ()


class Handover(Card):
    """How a plan travels: what the city hands down after a round, and how much of a plan arrives by each channel.

    Args:
        rule: ``leader``: after a round the city hands the first community's plan down to the others that play the same
            case; ``none``: each goes on with its own.
        down: share of a plan's sections that arrive one level down, from 0 to 1; it falls with each further hop.
        sideways: the same on a learning tour.
        posting: the same where an official brings the plan along.
    """

    rule: Literal["leader", "none"] = "leader"
    down: float = Field(default=0.8, ge=0, le=1)
    sideways: float = Field(default=0.6, ge=0, le=1)
    posting: float = Field(default=0.4, ge=0, le=1)


class Campaign(Network):
    """Several communities of one city over rounds.

    Args:
        city: the city, whose setting all sessions have.
        ranking: what a place in the ranking brings.
        outdated: what no longer holds in the cases once something has been settled and kept.
        turns: lines a stage; nothing for each stage's own limit.
    """

    city: Id
    communities: tuple[Community, ...]
    rounds: tuple[Round, ...]
    ranking: Ranking
    transfers: Transfers = Transfers()
    orders: tuple[OrderFromAbove, ...] = ()
    outdated: tuple[Outdated, ...] = ()
    tours: Tours = Tours()
    handover: Handover = Handover()
    turns: int | None = Field(default=None, ge=1, le=500)

    @property
    def by_id(self) -> Mapping[str, Community]:
        """The communities by id."""
        return {community.id: community for community in self.communities}

    @field_validator("communities", "rounds", mode="after")
    @classmethod
    def _bounded(cls, value: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        least, most = (2, MOST_COMMUNITIES) if info.field_name == "communities" else (1, MOST_ROUNDS)
        if not least <= len(value) <= most:
            raise ValueError(said(f"network_fault.{info.field_name}", most=most, count=len(value)))
        return value

    @model_validator(mode="after")
    def _fits(self) -> Campaign:
        refuse(self, self._faults())
        return self

    def _faults(self) -> Iterator[PydanticCustomError]:
        yield from unique("community", ids("communities", self.communities))
        yield from self._doubled_names()
        yield from self._missing_newcomers()
        places, last = set(self.by_id), len(self.rounds) - 1
        for place, order in enumerate(self.orders):
            yield from known("community", ("orders", place, "to"), order.to, places)
            yield from self._between(("orders", place, "after"), order.after, 0)
        for place, move in enumerate(self.transfers.named):
            loc: Loc = ("transfers", "named", place)
            yield from known("community", (*loc, "of"), [move.of], places)
            yield from known("community", (*loc, "to"), [move.to], places)
            if move.of in places:
                yield from known("official", (*loc, "seat"), [move.seat], set(self.by_id[move.of].officials))
            yield from self._between((*loc, "after"), move.after, 1)
            if move.of == move.to:
                yield fault((*loc, "to"), said("network_fault.there_already", community=move.to))
        yield from islice(self._unfit_postings(), 1)  # each post of a circle would tell of it
        for place, visit in enumerate(self.tours.named):
            where: Loc = ("tours", "named", place)
            yield from known("community", (*where, "guest"), [visit.guest], places)
            yield from known("community", (*where, "host"), [visit.host], places)
            if visit.guest == visit.host:
                yield fault((*where, "host"), said("network_fault.own_guest", community=visit.host))
            if visit.round > last + 1:
                yield fault((*where, "round"), said("network_fault.tour_round", round=visit.round, last=last + 1))
        yield from unique(
            "tour of a round",
            {("tours", "named", n, "guest"): f"{each.guest}, {each.round}" for n, each in enumerate(self.tours.named)},
        )

    def _doubled_names(self) -> Iterator[PydanticCustomError]:
        """Two officials of one name cannot be told apart after a transfer."""
        for lang in ("en", "zh"):
            names: dict[Loc, str] = {
                ("communities", place, "people", seat): getattr(name, lang)
                for place, each in enumerate(self.communities)
                for seat, name in each.people.items()
            }
            newcomers = enumerate(self.transfers.newcomers)
            names |= {("transfers", "newcomers", place): getattr(name, lang) for place, name in newcomers}
            yield from unique("name", names)

    def _missing_newcomers(self) -> Iterator[PydanticCustomError]:
        moves, gaps = self.transfers, len(self.rounds) - 1
        needed = sum(move.displaced == "away" for move in moves.named)
        if moves.rule == "first_goes_up" or (moves.rule == "first_to_last" and moves.displaced == "away"):
            needed += gaps * moves.each
        if needed > len(moves.newcomers):
            lacking = said("network_fault.newcomers", needed=needed, count=len(moves.newcomers))
            yield fault(("transfers", "newcomers"), lacking)

    def _between(self, loc: Loc, after: int, first: int) -> Iterator[PydanticCustomError]:
        last = len(self.rounds) - 1
        if after > last:
            key = "network_fault.between" if last >= first else "network_fault.one_round"
            yield fault(loc, said(key, after=after, first=first, last=last))

    def _unfit_postings(self) -> Iterator[PydanticCustomError]:
        """Between the same rounds, no post is left or taken twice, and postings form no circle."""
        for after in sorted({move.after for move in self.transfers.named}):
            moves = {place: move for place, move in enumerate(self.transfers.named) if move.after == after}
            following = {move.left: (place, move.taken) for place, move in moves.items()}
            for place, move in moves.items():
                ring, post = [move.left], move.taken
                while post in following and post not in ring:
                    ring.append(post)
                    post = following[post][1]
                if post == move.left:
                    way = " → ".join(f"{community}.{seat}" for community, seat in (*ring, post))
                    circle = said("network_fault.circle", round=after, way=way)
                    yield fault(("transfers", "named", place, "to"), circle)
            posts: dict[tuple[str, str], int] = {}
            for place, move in moves.items():
                for post in (move.left, move.taken):
                    if post in posts:
                        twice = said("network_fault.post_twice", post=".".join(post), round=after)
                        yield fault(("transfers", "named", place), twice)
                    posts[post] = place
