"""What a community's session in a round is made from, and what it inherits from earlier rounds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Set

from sandbox.content.cards import RANKED
from sandbox.content.changes import completed
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Arrival
from sandbox.diffusion.campaign.past import (
    decided,
    held_before,
    last_year,
    made_by,
    newest,
    own_promises,
    settled_alike,
)
from sandbox.diffusion.campaign.result import Result
from sandbox.diffusion.campaign.state import CampaignState, Holder
from sandbox.diffusion.campaign.state import Post as PostOf
from sandbox.game.spec import Guest, Heard, Matter, OwnPoint, Post, Rank, SessionSpec, Start
from sandbox.game.starting import ranked

_HEARD = 8


def spec_for(state: CampaignState, round: int, community: str, library: Library) -> SessionSpec:
    """Return the spec of a session, with its start."""
    card, settings = state.card.by_id[community], state.settings
    by_rules = card.played == "rules" or settings["style"] == "rules"
    orders = [order for order in state.orders if order.after < round and community in order.to]
    lot = f"{settings['seed']}:{round}:{community}"
    changes = (*card.changes, *(change for order in orders for change in order.changes))
    return SessionSpec(
        scenario=card.scenario, governance=card.governance,
        changes=completed(library.governance(card.governance), changes), city=state.card.city, lang=settings["lang"],
        stages=state.card.rounds[round - 1].stages, turns=settings["turns"] or state.card.turns,
        seed=int.from_bytes(hashlib.blake2b(lot.encode(), digest_size=4).digest()) >> 1, personas=card.cast,
        style="rules" if by_rules else settings["style"], model="none" if by_rules else settings["model"],
        start=_start(state, round, community, library),
    )  # fmt: skip


def _start(state: CampaignState, round: int, community: str, library: Library) -> Start:
    last, words = round - 1, Words(state.settings["lang"], library.roots)
    seats = {seat.persona for seat in library.scenario(state.card.by_id[community].scenario).seats}
    result = state.result(last, community)
    arrived = state.plans.get((last, community), {})
    plan = {section: _passage(state, last, community, passage, words) for section, passage in arrived.items()}
    came = {(move["to"][0], move["to"][1]) for move in state.transfers.get(last, ()) if move["to"]}
    tour = state.tours.get((round, community))
    hosted = state.result(last, tour["host"]) if tour else None
    return Start(
        pulses={
            seat: pulse
            for seat, pulse in (result.pulses if result else {}).items()
            if seat in seats and (community, seat) not in came and library.persona(seat).kind != "host"
        },
        plan=plan,
        promises=result.promises if result else (),
        heard=_heard(state, round, community, came, library),
        posts=_posts(state, round, community, library),
        host=Guest(
            name=tour["name"], role=tour["role"], place=tour["place"], shown=tuple(tour["shown"]),
            hidden=tuple(tour["hidden"]), year=last, new=(tour["host"], hosted.host if hosted else "") in came,
            told=tuple(_told_visitors(state, round, tour["host"], community, words)),
            past=tuple(last_year(state, round, tour["host"], words, library)),
            inside=_inside(state, round, tour["host"], community, words, library),
            persona=state.card.by_id[tour["host"]].cast.get(hosted.host, hosted.host) if hosted else "",
        )
        if tour
        else None,
        rank=_rank(state, last, community, words),
        year=round,
        last_year=tuple(last_year(state, round, community, words, library)),
        had=tuple(
            dict.fromkeys(
                (
                    *(result.had if result else ()),
                    *_outdated(state, round, community, library),
                    *_had_elsewhere(state, round, community, library),
                )
            )
        ),
        own_events=_own_events(state, round, community, library),
        unfit_events=tuple(
            dict.fromkeys(
                event
                for order in state.card.orders
                if order.after in (last, round) and community in (order.to or state.communities)
                for event in order.rules_out
            )
        ),
        standing=result.standing if result else (),
        went_on=dict(result.went_on) if result else {},
        decided=result.decided if result else (),
        matters=_matters(state, round, community, came, words),
        table=state.table(community),
    )  # fmt: skip


def _told_visitors(state: CampaignState, round: int, host: str, guest: str, words: Words) -> Iterator[str]:
    """Yield what a place told the visitors of a community in earlier years when they asked, with the year."""
    for year in range(1, round):
        tour, result = state.tours.get((year, guest)), state.result(year, guest)
        if tour and tour["host"] == host and result and result.told:
            place = state.card.by_id[guest].name.get(words.lang)
            yield words("campaign.told_visitors", year=year, place=place, says=words("gap").join(result.told))


def _inside(state: CampaignState, round: int, host: str, guest: str, words: Words, library: Library) -> tuple[str, ...]:
    """Return what a host can tell besides common knowledge: its rank, its promises, also to visitors, what it heard.

    A holder of a post who has served among the guests before knows it.
    """
    rank, result = _rank(state, round - 1, host, words), state.result(round - 1, host)
    own = (*own_promises(result, result.host, words), *result.inside) if result else ()
    holder = state.holders.get((host, result.host)) if result else None
    served = state.card.by_id[guest].name.get(words.lang) in holder.before if holder else False
    from_there = (words("campaign.served_guests", before=holder.before),) if holder and served else ()
    visited = [
        (state.result(round - 1, each), library.scenario(state.card.by_id[each].scenario).tour.host)
        for each in state.communities
        if (tour := state.tours.get((round - 1, each))) and tour["host"] == host
    ]
    gave = [says for there, seat in visited if there for says in made_by(there, seat, words)]
    return (*(ranked(words, rank) if rank else ()), *from_there, *gave, *own)


def _outdated(state: CampaignState, round: int, community: str, library: Library) -> tuple[str, ...]:
    """Return the facts and points of a case that an order, or a decision kept here, has outdated."""
    orders = (order for order in state.card.orders if order.after < round)
    ordered = (name for order in orders if community in (order.to or state.communities) for name in order.outdates)
    result = state.result(round - 1, community)
    kept = {fate.about: result.terms[fate.about] for fate in decided(result) if fate.became == "kept"} if result else {}
    done = (
        name
        for each in state.card.outdated
        if any(kept.get(key) in options for key, options in each.settled.items())
        for name in each.outdates
    )
    bodies = library.scenario(state.card.by_id[community].scenario).bodies
    over = {(each.question, each.option) for each in result.decided} if result else set()
    settled = (each for body in bodies for each in body.settles if (each.question, each.option) in over)
    return (*ordered, *done, *(name for each in settled for name in each.outdates))


def _matters(
    state: CampaignState, round: int, community: str, came: Set[PostOf], words: Words
) -> tuple[Matter, ...]:  # fmt: skip
    """Return the matters of a community's own that have come up so far, and what it left open last year.

    Matters of earlier years come with their year, and nothing more is raised about them. An official who came to a post
    since is not given anything to say about the predecessor's word, and is not asked what became of it.
    """
    lang, result = words.lang, state.result(round - 1, community)
    own = [
        Matter(
            says=matter.text.get(lang)
            if matter.since == round
            else words("campaign.then", year=matter.since, says=matter.text.get(lang)),
            points=tuple(
                OwnPoint(
                    id=point.id, seat=point.seat, stages=point.stages, act=point.act, to=point.to or "",
                    says=point.says.get(lang),
                )
                for point in (matter.points if matter.since == round else ())
            ),
        )
        for matter in state.card.by_id[community].matters
        if matter.since <= round
    ]  # fmt: skip
    left = tuple(
        point
        for point in (result.follow if result else ())
        if not (point.id.endswith("_owner") and (community, point.seat) in came)
        if not (point.id.endswith("_unreported") and (community, point.to) in came)
    )
    return (*own, *((Matter(points=left),) if left else ()))


def _had_elsewhere(state: CampaignState, round: int, community: str, library: Library) -> Iterator[str]:
    """Yield the events of reviews that other communities had in earlier years, so that nobody reads one twice."""
    events = {f"{name}:{each.id}" for name in library.cards["stage"] for each in library.stage(name).aftermath}
    for other in state.communities:
        result = state.result(round - 1, other)
        yield from (each for each in (result.had if result and other != community else ()) if each in events)


def _own_events(state: CampaignState, round: int, community: str, library: Library) -> tuple[str, ...]:
    """Return the events of a review that this community draws first; they change each year and differ by table."""
    places = [each.id for each in state.card.communities]
    stages = [library.stage(name) for name in state.card.rounds[round - 1].stages]
    return tuple(
        event.id
        for stage in stages
        for effect in ("harms", "saves")
        for number, event in enumerate(each for each in stage.aftermath if each.effect == effect)
        if (number + round) % len(places) == places.index(community)
    )


def _heard(
    state: CampaignState, round: int, community: str, came: Set[PostOf], library: Library
) -> tuple[Heard, ...]:  # fmt: skip
    """Return what has been heard: whose table it is, what the ranking looks at (PV), and what was learned since.

    - What was learned of others and was settled here as well is left out.
    - What the ranking looks at is heard by the seats whose work it ranks.
    - What became of their own promises is remembered by the seats that were there.
    """
    lang = state.settings["lang"]
    words = Words(lang, library.roots)
    names = {each.id: each.name.get(lang) for each in state.card.communities}
    here = words("campaign.here", place=names.pop(community), others=list(names.values()))
    city = words("campaign.city", city=library.city(state.card.city).name.get(lang))
    seats = [seat.persona for seat in library.scenario(state.card.by_id[community].scenario).seats]
    measured = (
        Heard(seat=seat, says=words("campaign.measured"), source=city)
        for seat in seats
        if library.persona(seat).kind in RANKED
    )
    heard = [each for each in state.learned if each.round == round - 1 and each.community == community]
    learned = [each for each in newest(heard) if not (each.origin and settled_alike(state, each, round - 1))]
    known = (
        Heard(
            says=words("campaign.seen", place=names[each.origin], year=each.year, says=each.says)
            if each.origin
            else each.says,
            source=each.source,
        )
        for each in learned[-_HEARD:]
    )
    result = state.result(round - 1, community)
    own = (
        Heard(seat=seat, says=words("campaign.reported", year=round - 1, says=says), source="", said=says)
        for seat in seats
        if result and (community, seat) not in came and library.persona(seat).kind != "host"
        for says in own_promises(result, seat, words)
    )
    return (Heard(says=here, source=""), *measured, *own, *known)


def _posts(state: CampaignState, round: int, community: str, library: Library) -> tuple[Post, ...]:
    """Return the holders of posts; for a year the officials stand for what the city has just ordered (HB, PV)."""
    card, lang = state.card.by_id[community], state.settings["lang"]
    questions = library.scenario(card.scenario).decision_by_id
    ordered = {
        key: option
        for order in state.orders
        if order.after == round - 1 and community in order.to
        for key, option in order.terms.items()
        if key in questions and option in questions[key].options
    }
    return tuple(
        Post(
            seat=seat,
            name=holder.name[lang],
            before=holder.before,
            agenda=holder.agenda,
            terms={
                **_still_wanted(state.result(round - 1, community), holder, round),
                **(ordered if seat in card.officials else {}),
            },
            since=holder.since + 1 if holder.since else 0,
            held=held_before(state, (place, seat), round),
            rank=_rank_before(state, round - 1, (place, seat), Words(lang, library.roots)),
        )
        for (place, seat), holder in state.holders.items()
        if place == community
    )


def _still_wanted(result: Result | None, holder: Holder, round: int) -> dict[str, str]:
    """Return the options that the holder of a post brought along, except those settled otherwise here since."""
    here = result.terms if result and 0 < holder.since < round - 1 else {}
    return {key: option for key, option in holder.terms.items() if here.get(key, option) == option}


def _rank_before(state: CampaignState, last: int, post: tuple[str, str], words: Words) -> Rank | None:
    """Return last year's rank of the place that a newly posted official comes from."""
    for move in state.transfers.get(last, ()):
        if move["of"] and move["to"] and tuple(move["to"]) == post:
            return _rank(state, last, move["of"][0], words)
    return None


def _passage(state: CampaignState, last: int, community: str, passage: Arrival, words: Words) -> str:
    """Return a section of a plan as it arrived; text that the city did not write names its place and year."""
    origin, text = passage["origin"], passage["text"]
    if not text or not origin:
        return text
    key = "campaign.written_here" if origin == community else "campaign.copied_from"
    place = state.card.by_id[origin].name.get(state.settings["lang"])
    return words(key, place=place, year=passage.get("year", last), text=text)


def _rank(state: CampaignState, last: int, community: str, words: Words) -> Rank | None:
    places, numbers, lang = state.rankings.get(last, ()), state.places(last), state.settings["lang"]
    for place in places:
        if place["community"] == community:
            level = [each for each, number in numbers.items() if number == numbers[community]]
            return Rank(
                place=numbers[community], of=len(places), brought=words("campaign.brought", text=place["brought"]),
                community=state.card.by_id[community].name.get(lang),
                shared=tuple(state.card.by_id[each].name.get(lang) for each in level if each != community),
                lots=tuple(state.card.by_id[each].name.get(lang) for each in level) if len(level) > 1 else (),
            )  # fmt: skip
    return None
