"""Faults of a campaign outside its own file: seats, posts, options and rules of the cases that it plays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sandbox.content.campaign_card import Campaign, Community
from sandbox.content.cards import Loc
from sandbox.content.changes import completed, with_changes
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import refusal, said
from sandbox.errors import ContentError, InputError, Problem, UnknownError, unknown
from sandbox.game.game import Game
from sandbox.game.rules import payable
from sandbox.game.spec import Guest, SessionSpec, Start

_ANYBODY = Guest(name="-", role="-", place="-")


def campaign_of(library: Library, name: str) -> Campaign:
    """Return the card of a campaign that can be played.

    Raises:
        InputError: there is no such campaign.
        ContentError: it does not fit the cards that it names; all faults found are listed.
    """
    name = library.id_of("network", name)
    card = library.cards["network"].get(name)
    if not isinstance(card, Campaign):
        campaigns = [each for each in library.named("network") if isinstance(library.network(each), Campaign)]
        if name in library.cards["network"]:
            raise refusal("diffusion.refused.country", name=name, command=f"sandbox diffuse run {name}")
        raise UnknownError("campaign", name, campaigns)
    faults = campaign_faults(card, library)
    if faults:
        raise ContentError(faults)
    return card


def campaign_faults(card: Campaign, library: Library) -> list[Problem]:
    """Return the faults of a campaign of the content, each with file, line and field."""
    return [
        Problem(library.where("network", card.id, loc), field, says)
        for loc, field, says in check_campaign(card, library)
    ]


def check_campaign(card: Campaign, library: Library) -> Iterator[tuple[Loc, str, str]]:
    """Yield the faults of a campaign: the place in its card, the field, and what is allowed there."""
    for place, community in enumerate(card.communities):
        yield from _seats(("communities", place), community, library)
        yield from _unplayable(("communities", place), community, card, library)
    yield from _postings(card, library)
    yield from _namesakes(card, library)
    events = {event.id for each in card.rounds for stage in each.stages for event in library.stage(stage).aftermath}
    for place, order in enumerate(card.orders):
        cases = [library.scenario(card.by_id[each].scenario) for each in order.to or card.by_id]
        yield from _terms(("orders", place, "terms"), {key: (each,) for key, each in order.terms.items()}, cases)
        yield from _names(("orders", place, "outdates"), "fact or point", order.outdates, _endable(cases))
        yield from _names(("orders", place, "rules_out"), "event", order.rules_out, events)
    cases = [library.scenario(each.scenario) for each in card.communities]
    for place, each in enumerate(card.outdated):
        yield from _terms(("outdated", place, "settled"), each.settled, cases)
        yield from _names(("outdated", place, "outdates"), "fact or point", each.outdates, _facts_and_points(cases))
    yield from _barred(card, library)


def _terms(
    loc: Loc, terms: Mapping[str, Sequence[str]], cases: Sequence[Scenario]
) -> Iterator[tuple[Loc, str, str]]:  # fmt: skip
    """Yield each question, and each option of a question, that no case has."""
    options: dict[str, set[str]] = {}
    for case in cases:
        for question in case.decisions:
            options.setdefault(question.id, set()).update(question.options)
    for key, chosen in terms.items():
        if key not in options:
            yield (*loc, key), _field(loc), unknown("question", key, options)
        for option in chosen if key in options else ():
            if option not in options[key]:
                yield (*loc, key), _field((*loc, key)), unknown("option", option, options[key])


def _names(loc: Loc, kind: str, names: Sequence[str], known: set[str]) -> Iterator[tuple[Loc, str, str]]:
    for number, name in enumerate(names):
        if name not in known:
            yield (*loc, number), _field((*loc, number)), unknown(kind, name, known)


def _facts_and_points(cases: Sequence[Scenario]) -> set[str]:
    known = {fact.id for case in cases for fact in case.facts}
    return known | {point.id for case in cases for seat in case.seats for point in seat.points}


def _endable(cases: Sequence[Scenario]) -> set[str]:
    """Return what an order may outdate: facts, points and options."""
    options = {f"{asked.id}.{option}" for case in cases for asked in case.decisions for option in asked.options}
    return _facts_and_points(cases) | options


def _field(loc: Loc) -> str:
    return ".".join(map(str, loc))


def _seats(loc: Loc, community: Community, library: Library) -> Iterator[tuple[Loc, str, str]]:
    seats = [seat.persona for seat in library.scenario(community.scenario).seats]
    for field in ("people", "cast"):
        for seat in getattr(community, field):
            if seat not in seats:
                says = said("network_fault.no_seat", unknown=unknown("seat", seat, seats), case=community.scenario)
                yield (*loc, field, seat), _field((*loc, field)), says
    known = _facts_and_points([library.scenario(community.scenario)])
    for place, matter in enumerate(community.matters):
        for number, point in enumerate(matter.points):
            at: Loc = (*loc, "matters", place, "points", number)
            for field, seat in (("seat", point.seat), ("to", point.to)):
                if seat is not None and seat not in seats:
                    yield (*at, field), _field((*at, field)), unknown("seat", seat, seats)
            yield from _names((*at, "stages"), "stage", point.stages, set(library.named("stage")))
            if point.id in known:
                yield (*at, "id"), _field((*at, "id")), said("content.twice", kind="point", name=point.id)
            known.add(point.id)
    for place, seat in enumerate(community.officials):
        if seat in seats and library.persona(seat).kind in ("resident", "host"):
            where: Loc = (*loc, "officials", place)
            yield where, _field(where), said("network_fault.no_official", seat=seat)


def _unplayable(
    loc: Loc, community: Community, card: Campaign, library: Library
) -> Iterator[tuple[Loc, str, str]]:  # fmt: skip
    """Yield why a community cannot be played: at the start, and after each order that changes rules."""
    changes = community.changes
    wanted: list[tuple[Loc, tuple[str, ...]]] = [(loc, changes)]
    for place, order in enumerate(card.orders):
        if order.changes and community.id in (order.to or card.by_id):
            changes = (*changes, *order.changes)
            wanted.append((("orders", place, "changes"), changes))
    for where, rules in wanted:
        for stages, visits in dict.fromkeys((each.stages, n > 0) for n, each in enumerate(card.rounds)):
            tours = visits and any("tours" in library.stage(stage).abilities for stage in stages)
            hosted = tours and (
                card.tours.rule == "leader" or community.id in (visit.guest for visit in card.tours.named)
            )
            start = Start(host=_ANYBODY if hosted else None)
            spec = _spec(community, library, city=card.city, stages=stages, start=start)
            try:
                whole = completed(library.governance(community.governance), rules)
                Game(spec.model_copy(update={"changes": whole}), library)
            except InputError as error:
                yield where, _field(where), said("network_fault.unplayable", community=community.id, why=error)
                return


def _barred(card: Campaign, library: Library) -> Iterator[tuple[Loc, str, str]]:
    """Yield each option that an order asks for although the rules of a community let nobody pay for it."""
    rules = {each.id: each.changes for each in card.communities}
    for place, order in sorted(enumerate(card.orders), key=lambda pair: pair[1].after):
        for name in order.to or card.by_id:
            community = card.by_id[name]
            rules[name] = (*rules[name], *order.changes)
            try:
                governance = with_changes(library.governance(community.governance), rules[name])
            except InputError:
                return  # said already
            asked = library.scenario(community.scenario).decision_by_id
            for key, option in order.terms.items():
                wanted = asked[key].options.get(option) if key in asked else None
                if wanted is None or payable(governance, wanted):
                    continue
                budgets = governance.rules.payoff.budgets
                lacking = [payer for payer in wanted.paid_by if payer not in budgets]
                loc: Loc = ("orders", place, "terms", key)
                change = f'changes: ["payoff.budgets.{lacking[0]}={{en: …, zh: …}}"]'
                yield loc, _field(loc), said(
                    "network_fault.barred", community=name, governance=community.governance, option=option,
                    payers=lacking, budgets=list(budgets), change=change,
                )  # fmt: skip


def _namesakes(card: Campaign, library: Library) -> Iterator[tuple[Loc, str, str]]:
    """Yield each host of visitors that has the same name as the holder of the same seat in another community."""
    known: dict[tuple[str, str], str] = {}
    for place, community in enumerate(card.communities):
        try:
            game = Game(_spec(community, library, changes=community.changes), library)
        except InputError:
            continue  # said already
        name = community.people.get(game.chair, game.personas[game.chair].name).en
        other = known.setdefault((game.chair, name), community.id)
        if other != community.id:
            loc: Loc = ("communities", place, "people")
            yield loc, _field(loc), said("network_fault.namesake", name=name, seat=game.chair, community=other)


def _spec(community: Community, library: Library, **more: Any) -> SessionSpec:
    seats = {seat.persona for seat in library.scenario(community.scenario).seats}
    cast = {seat: persona for seat, persona in community.cast.items() if seat in seats}
    return SessionSpec(scenario=community.scenario, governance=community.governance, personas=cast, **more)


def _postings(card: Campaign, library: Library) -> Iterator[tuple[Loc, str, str]]:
    for place, move in enumerate(card.transfers.named):
        loc: Loc = ("transfers", "named", place)
        target = card.by_id[move.to]
        case = library.scenario(target.scenario)
        (_, seat), (_, post) = move.left, move.taken
        posts = {each.persona: library.persona(each.persona).kind for each in case.seats}
        own = library.persona(seat).kind
        if post not in posts:
            fit = [name for name, kind in posts.items() if kind == own]
            name = "post" if move.post else "seat"
            key = "network_fault.no_post" if fit else "network_fault.no_such_post"
            says = said(key, community=target.id, case=target.scenario, post=post, posts=fit)
            yield (*loc, name), _field((*loc, name)), says
        elif posts[post] != own:
            says = said("network_fault.other_kind", post=post, kind=posts[post], seat=seat, own=own)
            yield (*loc, "post" if move.post else "seat"), _field(loc), says
