"""What happens between two rounds, computed from what happened before: ranking, transfers, orders, plans, tours."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.content.cards import SECTIONS_OF_PLAN, Section
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.events import Arrival, Bilingual, CampaignKind, Channel, Move, Placed, Toured
from sandbox.diffusion.campaign.past import became, decided, how_well, not_carried
from sandbox.diffusion.campaign.plans import Plan, copied, of_anywhere, travelled
from sandbox.diffusion.campaign.result import told_visitors
from sandbox.diffusion.campaign.state import CampaignState, Post, numbered
from sandbox.game.game import Game
from sandbox.game.language.wording import content_words
from sandbox.game.session import Session
from sandbox.game.table import told


@dataclass(frozen=True)
class Step:
    """An event that is due: its kind, its content, and the community that it concerns (empty if none)."""

    kind: CampaignKind
    payload: Any
    community: str = ""


Games = Mapping[str, Game]
# Most matters that an official tells of at the new post.
_BROUGHT = 3
# Most conditions and promises of which an official remembers what became of them.
_OWN = 2


def lessons_of_tours(state: CampaignState, round: int, sessions: Mapping[str, Session]) -> Iterator[Step]:
    """Yield what guests learned on this round's tours: everything that was shown, and what the host said besides."""
    for guest in state.communities:
        tour = state.tours.get((round, guest))
        session = sessions[guest]
        stages = set(session.game.able("tours")) & set(session.game.stage_names)
        if tour is None or not stages:
            continue
        result = state.result(round - 1, tour["host"])
        fates = {each.says: each for each in decided(result)} if result else {}
        said = [(text, False) for text in tour["shown"]] + [(text, True) for text in _came_out(session, tour, stages)]
        for number, (text, asked) in enumerate(said, start=1):
            fate = fates.get(text)
            yield Step("lesson", {
                "id": f"{round}:{guest}:tour{number}", "asked": asked, "origin": tour["host"], "channel": "sideways",
                "source": tour["name"], "year": round - 1, "about": fate.about if fate else "",
                "says": became(fate, session.game.words) if fate and not_carried(fate) else text,
            }, guest)  # fmt: skip


def _came_out(session: Session, tour: Toured, stages: Collection[str]) -> list[str]:
    """Return what a tour did not show and its guests learned all the same.

    Where the rules alone choose the acts and nobody words them, each answer of the host reveals one hidden thing.
    """
    if session.spec.style == "rules":
        return list(told_visitors(session))
    out = told(session.game, session.in_stages(stages))
    hidden = zip(session.game.scenario.tour.hidden, tour["hidden"], strict=True)
    return [text for fact, text in hidden if fact in out]


def ranked(state: CampaignState, round: int) -> Step:
    """Return the ranking by the hierarchical assessment (PV); equal communities share a place and its reward.

    Equal communities are put in an order drawn by lot from the seed. It matters because only the first of the list
    hands down its plan and is visited, and only the officials of the first and the last change places.

    Raises:
        InputError: the log has no finished session of a community.
    """
    lang, brings = state.settings["lang"], state.card.ranking
    lacking = [each for each in state.communities if state.name(round, each) not in state.results]
    if lacking:
        raise refusal("campaign.refused.lacking", round=round, communities=lacking)
    results = {each: state.results[state.name(round, each)] for each in state.communities}
    lots = random.Random(f"{state.settings['seed']}:{round}:ranking").sample(state.communities, len(state.communities))
    order = sorted(lots, key=lambda each: -(results[each].h or 0.0))
    places: list[Placed] = [
        {"community": each, "h": results[each].h, "p": results[each].p, "brought": ""} for each in order
    ]
    numbers = numbered(places)
    last = max(numbers.values())
    for place in places:
        number = numbers[place["community"]]
        place["brought"] = (brings.first if number == 1 else brings.last if number == last else brings.others).get(lang)
    return Step("ranking", {"id": str(round), "places": places})


def transfers_after(state: CampaignState, round: int, games: Games) -> Iterator[Step]:
    """Yield the moves after a round: named officials, moves by rule, displaced officials, and successors (HB)."""
    moves: list[Move] = []
    touched: set[Post] = set()
    newcomers = sum(move["why"] == "newcomer" for each in state.transfers.values() for move in each)

    def moved(left: Post | None, taken: Post | None, why: Any, name: Bilingual) -> None:
        agenda, terms = _agenda(state, round, left, taken, name, games)
        before = games[taken[0]].words("campaign.elsewhere") if taken else ""
        if left is not None:
            before, known = _served(state, left, games), state.holders.get(left)
            # Who comes back is told by the post in between.
            if known and known.since and known.before and (not taken or known.before != _served(state, taken, games)):
                before = games[left[0]].words("campaign.served_earlier", last=before, earlier=known.before)
        moves.append({
            "id": f"{round}:{len(moves) + 1}", "name": name, "of": left, "to": taken, "why": why, "before": before,
            "agenda": agenda, "terms": terms,
        })  # fmt: skip
        touched.update(post for post in (left, taken) if post is not None)

    def follow(post: Post) -> None:
        nonlocal newcomers
        name = state.card.transfers.newcomers[newcomers]
        newcomers += 1
        moved(None, post, "newcomer", {"en": name.en, "zh": name.zh})

    def exchange(left: Post, taken: Post, why: str, displaced: str) -> None:
        holder, other = _holder(state, left, games), _holder(state, taken, games)
        moved(left, taken, why, holder)
        moved(taken, left if displaced == "swap" else None, "displaced", other)
        if displaced == "away":
            follow(left)

    for named in state.card.transfers.named:
        if named.after == round:
            exchange(named.left, named.taken, "named", named.displaced)
    rule, order = state.card.transfers.rule, [place["community"] for place in state.rankings[round]]
    # Where all share the first place, there is no last one to exchange officials with.
    if rule == "first_goes_up" or (rule == "first_to_last" and max(state.places(round).values()) > 1):
        first, last = order[0], order[-1]
        fit = [
            seat
            for seat in state.card.by_id[first].officials
            if (first, seat) not in touched
            and (rule == "first_goes_up" or ((last, seat) not in touched and seat in games[last].positions))
        ]
        for seat in fit[: state.card.transfers.each]:
            if rule == "first_to_last":
                exchange((first, seat), (last, seat), rule, state.card.transfers.displaced)
            else:
                moved((first, seat), None, rule, _holder(state, (first, seat), games))
                follow((first, seat))
    for move in moves:
        yield Step("transfer", move)
        left, taken = move["of"], move["to"]
        result = state.result(round, left[0]) if left is not None and taken is not None else None
        if left is None or taken is None or result is None:
            continue
        for number, fate in enumerate(decided(result)[:_BROUGHT], start=1):
            yield Step("lesson", {
                "id": f"{move['id']}:posting{number}", "asked": False, "origin": left[0], "channel": "posting",
                "source": move["name"][state.settings["lang"]], "says": became(fate, games[left[0]].words),
                "year": round, "about": fate.about,
            }, taken[0])  # fmt: skip


def _served(state: CampaignState, post: Post, games: Games) -> str:
    there = games[post[0]]
    return there.words("campaign.served", place=_place(state, post[0]), role=there.role(post[1]))


def _holder(state: CampaignState, post: Post, games: Games) -> Bilingual:
    known = state.holders.get(post)
    name = known.name if known else games[post[0]].personas[post[1]].name.model_dump()
    return {"en": name["en"], "zh": name["zh"]}


def _agenda(
    state: CampaignState, round: int, left: Post | None, taken: Post | None, name: Bilingual, games: Games
) -> tuple[str, dict[str, str]]:
    """Return what a transferred official brings along: a text, and the options that it stands for.

    The text tells what was decided in the former place, and what the official answered for there, failures first.
    An option is left out, and stays in the text only, if it was not kept, did not apply, was not carried by a body,
    answers a question that the new case does not have, or cannot be paid for in the new place.
    """
    if left is None or taken is None:
        return "", {}
    result = state.result(round, left[0])
    if result is None or not result.settled:
        return "", {}
    offered = games[taken[0]].offered
    failed = {fate.about for fate in decided(result) if fate.became in ("broken", "moot") or not_carried(fate)}
    terms = {
        key: option for key, option in result.terms.items() if option in offered.get(key, {}) and key not in failed
    }
    words = games[taken[0]].words
    settled = [became(fate, words) for fate in decided(result)[:_BROUGHT]]
    agenda = words("campaign.agenda", place=_place(state, left[0]), year=round, settled=words("semi").join(settled))
    own = (each for each in result.fates if not each.about and each.who == name[state.settings["lang"]])
    answered = [became(fate, words) for fate in sorted(own, key=how_well)[:_OWN]]
    if answered:
        agenda += words("gap") + words("campaign.agenda_own", matters=words("semi").join(answered))
    return agenda, terms


def orders_after(state: CampaignState, round: int, source: str) -> Iterator[Step]:
    """Yield the city's orders after a round, and for each community that receives one, that it has heard it.

    ``source`` says in words who gives the orders. Round 0 is before the first.
    """
    due = [order for order in state.card.orders if order.after == round]
    for number, order in enumerate(due, start=1):
        to, text = order.to or state.communities, order.text.get(state.settings["lang"])
        yield Step("order", {
            "id": f"{round}:{number}", "text": text, "to": list(to), "terms": dict(order.terms),
            "changes": list(order.changes),
        })  # fmt: skip
        for community in to:
            yield Step("lesson", {
                "id": f"{round}:{number}:{community}:order", "asked": False, "origin": "", "channel": "above",
                "source": source, "says": text,
            }, community)  # fmt: skip


def carried_plans(state: CampaignState, round: int, games: Games) -> Iterator[Step]:
    """Yield the plan with which each community starts the next round: its own, and what reached it (AR, PL).

    - A section that the city hands down replaces the community's own text if it was written in that round.
    - Everything else (handed down, seen on a tour, brought along by an official) fills only sections that the community
      has never written itself.
    - Figures and names of another place are not carried along.
    - A section that lost on the way everything that a place had added to the city's words changes nothing.
    """
    bases = {community: _base(state, round, community, games[community]) for community in state.communities}
    lang = state.settings["lang"]
    names = {
        each: [_place(state, each), *map(game.name, game.personas), *_bodies(game)] for each, game in games.items()
    }
    things = {each: _things(state, round, each, game) for each, game in games.items()}
    for community in state.communities:
        result = state.result(round, community)
        if result is None or not result.plan:
            continue
        plan = dict(bases[community])
        for origin, channel in _reached(state, round, community):
            if state.card.by_id[origin].scenario != state.card.by_id[community].scenario:
                continue
            draw = random.Random(f"{state.settings['seed']}:{round}:{community}:{origin}:{channel}").random
            there = state.result(round, origin)
            told = of_anywhere(bases[origin], names[origin], things[origin], lang)
            if there is not None and _paid_otherwise(games[community], result.terms, there.terms):
                told = {section: passage for section, passage in told.items() if section != "money"}
            arrived, city = travelled(told, channel, state.card.handover, draw), games[community].scenario.plan
            for section, passage in arrived.items():
                if passage["origin"] and passage["text"] and passage["text"] in city[section].get(lang):
                    continue
                handed_down, kept = channel == "down", bool(passage["text"])
                fresh = there is not None and section in there.own
                own = bases[community][section]["origin"] == community
                if (kept or handed_down) and (not own or (kept and handed_down and fresh)):
                    plan[section] = passage
        origins = {each: state.own(round, each) for each in state.communities}
        origins[""] = {name: text.get(lang) for name, text in games[community].scenario.plan.items()}
        yield Step("plan", {"id": f"{round}:{community}", "sections": plan, "copied": copied(plan, origins)}, community)


def _paid_otherwise(game: Game, terms: Mapping[str, str], other: Mapping[str, str]) -> bool:
    """Return whether two decisions name different payers: then what one plan says of money is not true of the other."""
    paying = [question.id for question in game.scenario.decisions if question.topic == "payer"]
    return any(terms[key] != other[key] for key in paying if key in terms and key in other)


def _things(state: CampaignState, round: int, community: str, game: Game) -> frozenset[str]:
    """Return the content words of a community's own matters and of what its years brought that are in no fact."""
    lang, case = game.spec.lang, game.library.scenario(game.spec.scenario)
    table = state.table(community)
    own = [each.text for each in state.card.by_id[community].matters]
    own += [each.text for each in case.years if each.table == table and each.year <= round and not each.settled]
    words = frozenset[str]().union(*(content_words(text.get(lang), lang) for text in own))
    return words.difference(*(content_words(fact.text.get(lang), lang) for fact in case.facts))


def _bodies(game: Game) -> list[str]:
    """Return how bodies without a seat are named; what they decided belongs to one place only."""
    return [name.get(game.spec.lang) for body in game.scenario.bodies for name in body.names]


def _reached(state: CampaignState, round: int, community: str) -> Iterator[tuple[str, Channel]]:
    """Yield the places from which plans reach a community after a round, each with its channel."""
    leader = state.rankings[round][0]["community"]
    if state.card.handover.rule == "leader" and leader != community:
        yield leader, "down"
    tour = state.tours.get((round, community))
    if tour is not None:
        yield tour["host"], "sideways"
    for move in state.transfers.get(round, ()):
        if move["of"] and move["to"] and move["to"][0] == community:
            yield move["of"][0], "posting"


def _base(state: CampaignState, round: int, community: str, game: Game) -> Plan:
    """Return a community's own plan, section by section, with the origin of each section."""
    result, before = state.result(round, community), state.plans.get((round - 1, community), {})
    plan: dict[Section, Arrival] = {}
    for section in SECTIONS_OF_PLAN:
        if result is not None and section in result.own:
            text = result.plan[section]
            plan[section] = {"text": text, "origin": community, "channel": "own", "hops": 0, "year": round}
        elif section in before:
            plan[section] = before[section]
        else:
            text = game.scenario.plan[section].get(state.settings["lang"])
            plan[section] = {"text": text, "origin": "", "channel": "above", "hops": 0}
    return plan


def next_tours(state: CampaignState, round: int, games: Games) -> Iterator[Step]:
    """Yield which community each community visits in the next round, and what its host shows and hides (PL, PV).

    Guests are not shown what they have settled themselves, unless there is nothing else to show. Rankings and transfers
    of the finished round are in the state; ``games`` are the games of that round.
    """
    hosts = {visit.guest: visit.host for visit in state.card.tours.named if visit.round == round + 1}
    for guest in state.communities:
        host = hosts.get(guest)
        if host is None and state.card.tours.rule == "leader":
            host = _leader(state, round, guest)
        result = state.result(round, host) if host else None
        if host is None or result is None:
            continue
        game, lang, own = games[host], state.settings["lang"], state.result(round, guest)
        new = [each for each in result.shown if own is None or each not in own.settled]
        tour: Toured = {
            "id": f"{round + 1}:{guest}", "host": host, "name": _holder(state, (host, result.host), games)[lang],
            "role": game.personas[result.host].role.get(lang), "place": _place(state, host),
            "shown": new or list(result.shown), "hidden": list(result.hidden),
        }  # fmt: skip
        yield Step("tour", tour, guest)


def _leader(state: CampaignState, round: int, guest: str) -> str:
    """Return the best-ranked other community, among those that play the guest's case where there are any.

    In a place with another case, nothing that was settled can be taken over. Among communities that share a place, it
    is the first by lot, or one that the guest did not visit last time.
    """
    others = {each: place for each, place in state.places(round).items() if each != guest}
    case = state.card.by_id[guest].scenario
    alike = {each: place for each, place in others.items() if state.card.by_id[each].scenario == case} or others
    best = [each for each, place in alike.items() if place == min(alike.values())]
    before = state.tours.get((round, guest))
    return next((each for each in best if not before or each != before["host"]), best[0])


def _place(state: CampaignState, community: str) -> str:
    return state.card.by_id[community].name.get(state.settings["lang"])
