"""What came in between: events of the year after a session, drawn by rule when a review opens, and the inspection.

Which events there are, what they strike and what shifts their odds is content (the stage's card). This module draws
them from the ledger, the terms and the seed; the city makes no difference. That inspections look at what can be shown
is the paper's (PC, PV); the events, what makes them more or less likely, and all odds are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from sandbox.content.aftermath import Aftermath, BodyAnswer, Condition, Deed, Effect
from sandbox.content.cards import OFFICIALS, Text, Topic
from sandbox.content.language import Lang
from sandbox.content.stage_card import Stage
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item, Ledger
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.motions.counting import counted
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.review.bodies import answers_of_bodies
from sandbox.game.review.due import alike, fall_due, struck, topics
from sandbox.game.review.inspection import inspected
from sandbox.game.review.lasting import deed, repeats
from sandbox.game.rules import payers
from sandbox.game.state import News, State, Update
from sandbox.record.line import BODY, DecisionTaken

INSPECTION, INSPECTED = "inspection", "inspected"
# What is known of an entry as it falls due, before anything has come of it.
_FRESH = Account("")
_KNOWN = (
    "owner",
    "concerned",
    "within",
    "before",
    "apart",
    "joined",
    "first",
    "ungranted",
    "by_half",
    "unnamed",
    "hears_all",
    "paying",
)
# What of a decision is work, and what a payment; all else are rules that are kept.
_DEEDS: dict[Topic, Deed] = {"provider": "work", "payer": "payment"}
# Most events that harm, and most that save.
_MOST = 4
_TOO_MUCH = 4
# What odds come to where other tables of the city have an event, and where this one has it before them.
_ELSEWHERE, _OWN = 0.3, 1.5


def review_opened(game: Game, state: State) -> Update:
    """Return the update with which a review opens: what falls due, and the news of the year.

    The news are the inspection, the facts of the year, answers of bodies without a seat, and drawn events. The update
    is the same whenever it is computed, whatever part of it the log already holds.
    """
    stage = game.stages[state["stage"]]
    fresh = tuple(
        replace(item, account=replace(_FRESH, **{name: getattr(item.account, name) for name in _KNOWN}))
        if item.account and not item.account.closed
        else item
        for item in state["ledger"]
    )
    items = fall_due(game, fresh, state["decisions"], game.present(stage.id), state["lines"])
    arrived: list[News] = []
    if stage.inspection:
        text = stage.inspection.get(game.spec.lang)
        arrived.append({"id": f"{stage.id}:{INSPECTION}", "stage": stage.id, "turn": 0, "text": text, "to": []})
    bodies = answers_of_bodies(game, stage, items)
    for answer in bodies:
        items = with_news(stage, items, answer)
    events = aftermath(game, state, stage, items)
    for event in events:
        items = with_news(stage, items, event)
    events = [*bodies, *events]
    arrived += facts_of_year(game, stage, state["decisions"], items)
    names = {news["id"] for news in (*arrived, *events)}
    others = [news for news in state["desk"]["news"] if news["id"] not in names]
    return {"ledger": items, "desk": {**state["desk"], "news": [*others, *arrived, *events]}}


def facts_of_year(game: Game, stage: Stage, decisions: Sequence[DecisionTaken], items: Ledger) -> list[News]:
    """Return what the case tells about this table's year, to those who know of it, for options that are in force.

    In force is what was decided this year, and what went on from last year undenied. If an event struck an option and
    none took it over, nothing is told that contradicts the event.
    """
    room, in_force = game.present(stage.id), dict(game.spec.start.went_on)
    for decision in decisions:
        in_force |= decision["terms"] if decision["carried"] else {}
    hit = {
        (key, event)
        for item in items
        if item.kind == "term" and item.account and struck(item)
        for key in item.terms
        for event in item.account.harmed
    }
    told: list[News] = []
    here = game.spec.start.table
    for fact in game.scenario.years:
        to = [seat for seat in room if seat in (fact.to or room)]
        came = all(in_force.get(key) in options for key, options in fact.settled.items())
        gone = any((key, event) in hit for key in fact.settled for event in fact.unless)
        if (fact.year, fact.table or here) == (game.spec.start.year, here) and to and came and not gone:
            text, heard = fact.text.get(game.spec.lang), [] if len(to) == len(room) else to
            told.append({"id": f"{stage.id}:{fact.id}", "stage": stage.id, "turn": 0, "text": text, "to": heard})
    return told


def with_news(stage: Stage, items: Ledger, news: News) -> Ledger:
    """Return the ledger after an event, or the answer of a body, that strikes some of its entries."""
    strikes, name = news.get("strikes", []), news["id"].removeprefix(f"{stage.id}:")
    if not strikes:
        return items
    effect: Effect = next((event.effect for event in stage.aftermath if event.id == name), "harms")
    answers = news.get("answers", {}).values()
    lost: BodyAnswer | Literal[""] = next((answer for answer in answers if answer != "agreed"), "")
    return tuple(
        _hit(item, replace(item.account, lost=lost or item.account.lost), name, effect)
        if item.account and item.line in strikes
        else item
        for item in items
    )


def _hit(item: Item, account: Account, event: str, effect: Effect) -> Item:
    if effect == "saves":
        return replace(item, account=replace(account, saved=tuple(dict.fromkeys((*account.saved, event)))))
    return replace(item, account=replace(account, harmed=tuple(dict.fromkeys((*account.harmed, event)))))


def aftermath(game: Game, state: State, stage: Stage, items: Ledger) -> list[News]:
    """Return the events drawn by the seed for what falls due, with the reason for each; those that harm come first.

    The order in which events are tried is drawn too, so that tables do not all meet the same one first. A matter is
    harmed once. Events of earlier years do not come again while there are others.
    """
    drawn: list[News] = []
    for effect in ("harms", "saves"):
        count = 0
        unfit = game.spec.start.unfit_events
        events = [event for event in stage.aftermath if event.effect == effect and event.id not in unfit]
        fresh = [event for event in events if f"{stage.id}:{event.id}" not in game.spec.start.had] or events
        for event in sorted(fresh, key=lambda each: game.drawn(f"aftermath_order:{stage.id}:{each.id}")):
            if count == _MOST:
                break
            draw = game.drawn(f"aftermath:{stage.id}:{event.id}")
            odds = [
                (_odds(game, state, event, item), item)
                for item in items
                if item.account and _may_strike(game, event, items, item)
            ]
            likely = sorted((pair for pair in odds if draw < pair[0]), key=lambda pair: (-pair[0], pair[1].line))
            hit: list[Item] = []
            for _, item in likely:
                if len(hit) < event.most and not any(item in _one_matter(items, other) for other in hit):
                    hit.append(item)
            if hit:
                news = _news(game, state, stage, event, hit, items)
                items = with_news(stage, items, news)
                drawn.append(news)
                count += 1
    return drawn


def _may_strike(game: Game, event: Aftermath, items: Ledger, item: Item) -> bool:
    """Return whether an event may strike an entry: a harming one what stands, a saving one what was struck.

    Conditions, and promises that say the same, are never struck: the people at the table fulfil them. Nor are entries
    that the event's words do not fit: what is done once, what has none of the names it speaks of, and what was struck
    by an event that this one contradicts. What a body did not carry, no event makes good.
    """
    within = item.account.within if item.account else ""
    if within or (item.kind == "term" and not item.terms) or not _fits(game, event, item):
        return False
    fits = set(event.strikes).intersection((topics(game, item) if _options(item) else ()) or ("promise",))
    if not fits or event.effect == "saves":
        harmed = set(item.account.harmed if item.account else ())
        left = {*event.not_after, *(body.id for body in game.scenario.bodies if game.worded)}
        return bool(fits) and struck(item) and not harmed.intersection(left)
    return not any(other.account and other.account.harmed for other in _one_matter(items, item))


def _options(item: Item) -> Mapping[str, str]:
    """Return the options of an entry; none for a promise that says more than the options it names."""
    return {} if item.account and item.account.apart else item.terms


def _one_matter(items: Ledger, item: Item) -> list[Item]:
    """Return the entries that are one matter with this one, except promises that say more than their options."""
    apart = item.account is not None and item.account.apart
    return [
        other
        for other in alike(items, item)
        if other.line == item.line or not (apart or (other.account and other.account.apart))
    ]


def _fits(game: Game, event: Aftermath, item: Item) -> bool:
    """Return whether the words of an event fit an entry."""
    lang, terms = game.spec.lang, _options(item)
    if event.lasting and not terms and not repeats(item.says, lang):
        return False
    if event.deeds and not terms and deed(item.says, lang) not in event.deeds:
        return False
    options = (text for pair in game.in_words(terms) for text in pair)
    text = " ".join([*options, *([] if terms else [item.says])]).casefold()
    if event.names and not _named(event.names, text, lang):
        return False
    return not game.worded or (_fits_closely(game, event, item) and not _named(event.misfits, text, lang))


def _fits_closely(game: Game, event: Aftermath, item: Item) -> bool:
    """Return whether an event suits what an option is about, or who promised a single thing, and the rank.

    An event that is likelier for a high rank does not come to a place known to be ranked low.
    """
    if game.spec.start.rank and event.shifts.get("well_ranked", 0) > 0 and not _well_ranked(game):
        return False
    if _options(item):
        return not event.deeds or any(_DEEDS.get(topic, "rule") in event.deeds for topic in topics(game, item))
    by = game.personas[item.owner].kind
    return len(hangs_on(item.says)) == 1 and (not event.promised_by or by in event.promised_by)


def _named(names: Sequence[Text], text: str, lang: Lang) -> bool:
    return any(name.get(lang).casefold() in text for name in names)


def _odds(game: Game, state: State, event: Aftermath, item: Item) -> float:
    shifts = sum(event.shifts[condition] for condition in _held(game, state, event, item))
    odds, own = event.odds + shifts, game.spec.start.own_events
    return odds * (_OWN if event.id in own else _ELSEWHERE) if own else odds


def _held(game: Game, state: State, event: Aftermath, item: Item) -> list[Condition]:
    """Return the conditions of an event that hold for an entry."""
    decision = _decision_of(state, item)
    bound = decision["terms"] if decision else {}
    who = set(decision["payer"]) if decision else set(payers(game.governance, game.scenario, item.terms)[0])
    providers = {question.id for question in game.scenario.decisions if question.topic == "provider"}
    owner = item.account.owner if item.account else item.owner
    pulse = state["pulses"][-1]["levels"].get(owner) if state["pulses"] else None
    holds: dict[Condition, bool] = {
        "government_pays": who == {"government"},
        "others_pay_too": who != {"government"},
        "residents_pay": "residents" in who,
        "deliverer_named": bool(providers & bound.keys()),
        "chair_alone": decision is not None and decision["by"] != BODY,
        "residents_voted": decision is not None
        and any(vote and seat in game.residents for seat, vote in counted(game, decision).votes.items()),
        "not_decided": decision is None,
        "condition_open": bool(item.condition),
        "overburdened": pulse is not None and pulse["burden"] >= _TOO_MUCH,
        "well_ranked": _well_ranked(game),
        "new_in_post": owner in game.posts and bool(game.posts[owner].before),
    }
    return [condition for condition in event.shifts if holds[condition]]


def _well_ranked(game: Game) -> bool:
    rank = game.spec.start.rank
    return rank is not None and 3 * rank.place <= rank.of


def _decision_of(state: State, item: Item) -> DecisionTaken | None:
    """Return the carried decision of which an entry is a term, or that contains a promise's terms."""
    return next(
        (
            decision
            for decision in reversed(state["decisions"])
            if decision["carried"]
            and item.terms
            and all(decision["terms"].get(key) == option for key, option in item.terms.items())
        ),
        None,
    )


def _news(game: Game, state: State, stage: Stage, event: Aftermath, items: Sequence[Item], whole: Ledger) -> News:
    words, lang = game.words, game.spec.lang
    owner = items[0].account.owner if items[0].account else items[0].owner
    matters = words.join([brief_matter(game, item) for item in items])
    strikes = [other for item in items for other in _one_matter(whole, item) if struck(other) == struck(item)]
    text = event.text.get(lang).format(matter=matters, owner=game.name(owner), place=game.scenario.place.get(lang))
    held = list(dict.fromkeys(name for item in items for name in _held(game, state, event, item)))
    reasons = [words(f"review.condition.{name}") for name in held if event.shifts[name] > 0]
    return {
        "id": f"{stage.id}:{event.id}",
        "stage": stage.id,
        "turn": 0,
        "text": text,
        "to": _hear(game, stage, event, strikes),
        "reason": words("semi").join(reasons) or words("review.by_chance"),
        "strikes": list(dict.fromkeys(item.line for item in strikes)),
    }


def _hear(game: Game, stage: Stage, event: Aftermath, items: Sequence[Item]) -> list[str]:
    """Return the seats that hear of an event; empty for the whole room.

    The event quotes what it strikes, so only seats that know of that hear it: a promise in an aside stays between two.
    """
    room = game.present(stage.id)
    owners = {item.account.owner for item in items if item.account}
    kinds = {seat: card.kind for seat, card in game.personas.items()}
    heard = {
        "room": room,
        "officials": [seat for seat, kind in kinds.items() if kind in OFFICIALS],
        "residents": [seat for seat, kind in kinds.items() if kind in ("resident", "self_governing", "frontline")],
    }[event.known]
    known = [seat for seat in room if all(seat in item.visible_to for item in items)]
    to = [seat for seat in room if seat in owners or (seat in heard and seat in known)]
    return [] if len(to) == len(room) else to


def arrival(game: Game, state: State, talk: int, limit: int) -> News | None:
    """Return what the inspection found, once half as many lines were spoken as there are seats; None at any other time.

    Args:
        game: the game.
        state: where the session stands.
        talk: lines of the discussion so far.
        limit: the most that it may have.
    """
    stage = game.stages[state["stage"]]
    name = f"{stage.id}:{INSPECTED}"
    due = stage.inspection is not None and talk >= min(limit - 1, max(2, len(game.present(stage.id)) // 2))
    if not due or any(news["id"] == name for news in state["desk"]["news"]):
        return None
    return {"id": name, "stage": stage.id, "turn": talk, "text": inspected(game, state), "to": []}
