"""What is wrong with a campaign beyond its own file: seats, posts, options and rules of the cases that it plays."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.campaign_card import Campaign, Community
from sandbox.content.cards import Loc
from sandbox.content.changes import with_changes
from sandbox.content.library import Library
from sandbox.errors import ContentError, InputError, UnknownError, unknown
from sandbox.game.game import Game
from sandbox.game.rules import payable
from sandbox.game.spec import Guest, SessionSpec, Start

__all__ = ["campaign_of", "check_campaign"]

_ANYBODY = Guest(name="-", role="-", place="-")


def campaign_of(library: Library, name: str) -> Campaign:
    """Return the card of a campaign that can be played.

    Raises:
        InputError: there is no such campaign.
        ContentError: it does not fit the cards that it names; with every fault found.
    """
    card = library.cards["network"].get(name)
    if not isinstance(card, Campaign):
        campaigns = [each for each in library.cards["network"] if isinstance(library.network(each), Campaign)]
        raise UnknownError("campaign", name, campaigns)
    faults = [f"{library.where('network', name, loc)}: {said}" for loc, said in check_campaign(card, library)]
    if faults:
        raise ContentError(faults)
    return card


def check_campaign(card: Campaign, library: Library) -> Iterator[tuple[Loc, str]]:
    """Yield what is wrong with a campaign: the place in its card, and its field with what is allowed."""
    for place, community in enumerate(card.communities):
        yield from _seats(("communities", place), community, library)
        yield from _unplayable(("communities", place), community, card, library)
    yield from _postings(card, library)
    yield from _namesakes(card, library)
    for place, order in enumerate(card.orders):
        concerned = [card.by_id[each] for each in order.to or card.by_id]
        options: dict[str, set[str]] = {}
        for each in concerned:
            for question in library.scenario(each.scenario).decisions:
                options.setdefault(question.id, set()).update(question.options)
        for key, option in order.terms.items():
            if key not in options:
                yield ("orders", place, "terms", key), f"orders.{place}.terms: {unknown('question', key, options)}"
            elif option not in options[key]:
                said = unknown("option", option, options[key])
                yield ("orders", place, "terms", key), f"orders.{place}.terms.{key}: {said}"
    yield from _barred(card, library)


def _seats(loc: Loc, community: Community, library: Library) -> Iterator[tuple[Loc, str]]:
    seats = [seat.persona for seat in library.scenario(community.scenario).seats]
    for field in ("people", "cast"):
        for seat in getattr(community, field):
            if seat not in seats:
                said = f"{'.'.join(map(str, loc))}.{field}: {unknown('seat', seat, seats)}"
                yield (*loc, field, seat), f"{said} (the seats of {community.scenario})"
    for place, seat in enumerate(community.officials):
        if seat in seats and library.persona(seat).kind in ("resident", "host"):
            said = f"{'.'.join(map(str, loc))}.officials.{place}: '{seat}' is no official and cannot be transferred"
            yield (*loc, "officials", place), said


def _unplayable(loc: Loc, community: Community, card: Campaign, library: Library) -> Iterator[tuple[Loc, str]]:
    """Yield why a community cannot be played: at the start, and after each order that changes rules."""
    changes = community.changes
    wanted: list[tuple[Loc, str, tuple[str, ...]]] = [(loc, ".".join(map(str, loc)), changes)]
    for place, order in enumerate(card.orders):
        if order.changes and community.id in (order.to or card.by_id):
            changes = (*changes, *order.changes)
            wanted.append((("orders", place, "changes"), f"orders.{place}.changes", changes))
    for where, field, rules in wanted:
        for stages, visits in dict.fromkeys((each.stages, n > 0) for n, each in enumerate(card.rounds)):
            tours = visits and any("tours" in library.stage(stage).abilities for stage in stages)
            hosted = tours and (
                card.tours.rule == "leader" or community.id in (visit.guest for visit in card.tours.named)
            )
            spec = SessionSpec(
                scenario=community.scenario, governance=community.governance, changes=rules, city=card.city,
                stages=stages, personas={s: p for s, p in community.cast.items() if s in _ids(community, library)},
                start=Start(host=_ANYBODY if hosted else None),
            )  # fmt: skip
            try:
                Game(spec, library)
            except InputError as error:
                yield where, f"{field}: '{community.id}' cannot be played: {error}"
                return


def _barred(card: Campaign, library: Library) -> Iterator[tuple[Loc, str]]:
    """Yield each option that an order asks for where the rules of a community let nobody pay for it."""
    rules = {each.id: each.changes for each in card.communities}
    for place, order in sorted(enumerate(card.orders), key=lambda pair: pair[1].after):
        for name in order.to or card.by_id:
            community, field = card.by_id[name], f"orders.{place}.terms"
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
                said = f"'{name}' plays {community.governance}, under which nobody may pay for {option}; "
                said += f"paid by {', '.join(lacking)}, where may pay: {', '.join(budgets)}; "
                said += f"let the order that goes to '{name}' change the rule: "
                said += f'changes: ["payoff.budgets.{lacking[0]}={{en: …, zh: …}}"]'
                yield ("orders", place, "terms", key), f"{field}.{key}: {said}"


def _namesakes(card: Campaign, library: Library) -> Iterator[tuple[Loc, str]]:
    """Yield whoever receives visitors and goes by the name of somebody in the same seat of another community."""
    known: dict[tuple[str, str], str] = {}
    for place, community in enumerate(card.communities):
        spec = SessionSpec(
            scenario=community.scenario, governance=community.governance, changes=community.changes,
            personas={s: p for s, p in community.cast.items() if s in _ids(community, library)},
        )  # fmt: skip
        try:
            game = Game(spec, library)
        except InputError:
            continue  # said already
        name = community.people.get(game.chair, game.personas[game.chair].name).en
        other = known.setdefault((game.chair, name), community.id)
        if other != community.id:
            said = f"{name} ({game.chair}) receives visitors in '{other}' as well; give one of both another name"
            yield ("communities", place, "people"), f"communities.{place}.people: {said}"


def _ids(community: Community, library: Library) -> set[str]:
    return {seat.persona for seat in library.scenario(community.scenario).seats}


def _postings(card: Campaign, library: Library) -> Iterator[tuple[Loc, str]]:
    for place, move in enumerate(card.transfers.named):
        loc: Loc = ("transfers", "named", place)
        field = f"transfers.named.{place}"
        target = card.by_id[move.to]
        case = library.scenario(target.scenario)
        (_, seat), (_, post) = move.left, move.taken
        posts = {each.persona: library.persona(each.persona).kind for each in case.seats}
        own = library.persona(seat).kind
        if post not in posts:
            fit = [name for name, kind in posts.items() if kind == own]
            name = "post" if move.post else "seat"
            said = f"'{target.id}' plays {target.scenario}, which has no seat '{post}'; seats of that kind: "
            yield (*loc, name), f"{field}.{name}: {said}{', '.join(fit) or 'none'}; name one with post"
        elif posts[post] != own:
            said = f"'{post}' is of the kind {posts[post]}, and {seat} of the kind {own}; an official keeps the kind"
            yield (*loc, "post" if move.post else "seat"), f"{field}: {said}"
