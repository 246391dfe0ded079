"""Whom something was for that falls due in a review, and who can know what became of it (LA; inferred)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from sandbox.content.acts import has
from sandbox.content.cards import Kind
from sandbox.content.language import Lang, patterns
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, Ledger, movers
from sandbox.game.motions.conditions import bound, named, places, said_asked, subjects
from sandbox.game.motions.hanging import brought, traced
from sandbox.record.line import ALL, Line

# Words that stand for all residents, for those who rent, and for those who own.
_GROUPS: dict[str, dict[Lang, re.Pattern[str]]] = {
    "all": patterns(
        en=r"\b(?:residents|neighbou?rs|households|villagers|families|every (?:door|household)|each (?:door|household)"
        r"|door to door|from door to door)\b",
        zh=r"居民(?!小组|委|会)|住户|邻居|街坊|村民|家家|挨家|各家|每家|每户|户户|一家一家|一户一户",
    ),
    "tenants": patterns(
        en=r"\b(?:tenant|renter|lodger)s?\b",
        zh=r"租客|租户|房客|租房",
    ),
    "owners": patterns(
        en=r"\b(?:to|for|tells?|shows?|gives?|calls?|calls? on|rings?|visits?)"
        r" (?:(?:the|all|each|every|\d+) )*owners?\b(?!['’])",
        zh=r"[给向让替为对请敲找访][^，；]{0,4}业主(?!大会|会|委)",
    ),
}
_OWNER = patterns(
    en=r"\b(?:landlord|owner)\b",
    zh=r"业主|房东",
)
_OWNERS = patterns(
    en=r"\b(?:landlord|owner)s?\b",
    zh=r"业主|房东",
)
# Who is not to be made to do something, or through whom it is not to be done, stands behind such words.
_SPARED = patterns(
    en=r"(?:\b(?:not|never|no longer|nobody|without)\b|n['’]t\b)[^,;]{0,12}"
    r"\b(?:asks?|asking|makes?|making|has|having|sends?|sending|lets?|by way of|through|by) (?:the )?$",
    zh=r"(?:不|别|免得|没)(?:再|得|许|必|准|能)?(?:叫|让|派|使|劳|用|拉|逼|绕到|经由?|通过|交给)$",
)
# What is told of people, and behind which words those stand from whom it is kept.
_OF_PEOPLE = patterns(
    en=r"\b(?:lists?|names?|registers?|data|records?|numbers?|telephones?|address(?:es)?|cards?|photographs?|photos?)\b",
    zh=r"名单|名字|姓名|名册|登记|台账|底册|信息|电话|住址|证件|身份证|照片",
)
_KEPT_FROM = patterns(
    en=r"\b(?:to|with) (?:no|neither|nor) (?:other )?$"
    r"|(?:\b(?:not|never)\b|n['’]t\b)(?! only)[^,;]{0,40}\b(?:to|with|shows?|tells?) (?:(?:the|an?|any) )?$",
    zh=r"(?:不|别|没)(?!只|光|但)[^，；]{0,8}(?:给|告诉|让)$",
)
_BURDENED: tuple[Kind, ...] = ("frontline", "broker")
# Who asks for something mostly on behalf of others.
_GOVERN: tuple[Kind, ...] = ("overseer", "leader", "official", "party")
# What is between two, such as a rent, and a building or room by its number: who lives elsewhere cannot know of it.
_PRIVATE = patterns(
    en=r"\b(?:rents?|wages?|salar(?:y|ies))\b(?! out)",
    zh=r"租金|房租|租子|涨[^，；]{0,6}租|工资|工钱",
)
_PART = patterns(
    en=r"\b(?:(?:block|building|unit|room|house|staircase) (?:no\. ?)?\d+"
    r"|(?:first|second|third|fourth|fifth) (?:block|building|unit|house))\b",
    zh=r"[一二三四五六七八九十\d]+号?(?:栋|幢|单元|号楼|号房)",
)
# What is done where people pass.
_SEEN = patterns(
    en=r"\b(?:sweep|clean|guard|patrol|repair|mend|plant|paint|hang|light|lamp|gate|lane|stair|bin|door)\w*\b"
    r"|\bpost(?:s|ed)?\b(?! office)",
    zh=r"扫|守|巡|看[^，；]{0,2}门|大门|贴|修|灯|桶|上门|楼道|巷",
)


def concerned_by(game: Game, items: Ledger, item: Item, lines: Sequence[Line]) -> frozenset[str]:
    """Return the seats for whose benefit an entry that falls due was, other than the seat that answers for it.

    - A promise: those its owner named; if a review does not weigh who has spoken, or the owner named nobody, also those
      that asked for the conditions it takes on, and if nobody was named, the addressee. "For all" means everybody in
      the room or, if a review weighs who has spoken, all residents there and the addressee; a promise made to all
      concerns those who can know of it.
    - A condition: the seat that first asked for it or, if the doer put it in place of another, for that other; if it
      said whom it asks, also all others that its words name, but those from whom it keeps what is known of people.
    - If nobody said for whom it is: also the residents its words name, and frontline seats that it is to spare. If only
      officials asked for it or were promised it: also those who live with it. If that is nobody: any seat its words
      name, and else the residents whom the rules make assess it, if they can know.
    - An option: the residents who wanted it.

    What was promised to the host of a tour concerns nobody who could tell of it.
    """
    owner = item.account.owner if item.account else item.owner
    if item.kind != "promise" and item.terms:
        return frozenset(seat for seat in game.residents if wants(game, items, item, lines, seat)) - {owner}
    promised = item.kind == "promise"
    done_by = {owner, item.owner} if promised else {owner, *_doers(game, items, item.says, item.visible_to)}
    hosts = {seat for seat in item.visible_to if game.personas[seat].kind == "host"}
    home = [seat for seat in item.visible_to if seat not in hosts]  # a host may have the same surname and office
    words = frozenset(named(game, item.says, home)) - done_by
    words -= _kept_from(game, item.says, home) if game.hears_all else set()
    first = _promised_to(game, items, item, lines) if promised else _asked_for(game, items, item)
    if item.promised_to and first - hosts:
        return first - hosts - done_by
    # Where a condition says whom it asks, it is for whomever else its words name.
    told = not promised and item.asked_of is not None
    first |= words if told else words.intersection(game.residents | _spared(game, item.says, home))
    first |= _in_groups(game, item.says, home)
    if first and first <= hosts:
        return frozenset()
    first -= hosts
    residents = frozenset(seat for seat in game.residents if seat in item.visible_to and in_the_open(game, item, seat))
    by_officials = all(game.personas[seat].kind in _GOVERN for seat in first)
    if by_officials and first and not first & words:
        first |= residents
    return first - done_by or words or residents.intersection(game.assessors["horizontal"]) - done_by


def in_the_papers(game: Game, promise: Item, room: Sequence[str]) -> tuple[str, ...]:
    """Return the seats that know of a promise once it falls due.

    If each is heard whom something was for, the residents in the ``room`` know of what was promised to all before a
    whole room in which none of them sat, unless it names somebody of that room.
    """
    heard = promise.visible_to
    open_to_all = game.hears_all and ALL in promise.promised_to and {*game.present(promise.stage)} <= {*heard}
    others = [seat for seat in heard if seat != promise.owner]
    if not open_to_all or not game.residents.isdisjoint(heard) or named(game, promise.says, others):
        return heard
    return (*heard, *(seat for seat in room if seat in game.residents))


def who_pays(game: Game, item: Item) -> frozenset[str]:
    """Return the residents, but those who are to do it, that are to pay by an option that was decided.

    They are those whom its words name, alone or as a group.
    """
    lang, paying = game.spec.lang, set[str]()
    for key, option in item.terms.items() if item.kind == "term" else ():
        card = game.scenario.decision_by_id[key].options[option]
        theirs = [seat for seat in item.visible_to if seat in game.residents] if "residents" in card.paid_by else []
        text = card.get(lang)
        paying.update(bound(game, text, theirs))
        if _GROUPS["all"][lang].search(text):
            paying.update(theirs)
        for role, group in ((_OWNER, _OWNERS), (_GROUPS["tenants"], _GROUPS["tenants"])):
            if group[lang].search(text):
                paying.update(seat for seat in theirs if role[lang].search(game.role(seat)))
    return frozenset(paying).difference(item.account.doers if item.account else ())


def _spared(game: Game, text: str, seats: Sequence[str]) -> set[str]:
    """Return which of some frontline seats a text spares from being made to do something."""
    apart = _SPARED[game.spec.lang]
    return {
        seat
        for place, seat in places(game, text, seats)
        if game.personas[seat].kind in _BURDENED and apart.search(text[:place])
    }


def _kept_from(game: Game, text: str, seats: Sequence[str]) -> set[str]:
    """Return from which of some seats a text keeps lists, names and the like: what it asks is not for them."""
    lang = game.spec.lang
    if not _OF_PEOPLE[lang].search(text):
        return set()
    return {seat for place, seat in places(game, text, seats) if _KEPT_FROM[lang].search(text[:place])}


def _doers(game: Game, items: Ledger, condition: str, seats: Sequence[str]) -> set[str]:
    said = said_asked(game, items, condition)
    return {*subjects(game, condition, seats), *bound(game, condition, seats)} if said is None else {*said}


def _asked_for(game: Game, items: Ledger, item: Item) -> frozenset[str]:
    """Return the seats that first asked for a condition, this year or in the year it is from."""
    asked = {each.by for each in game.spec.start.standing if each.says == item.says}
    asked.add(asked_by(game, items, item.says, item.visible_to) or item.owner)
    return frozenset(asked.intersection(item.visible_to))


def asked_by(game: Game, items: Ledger, condition: str, room: Sequence[str]) -> str:
    """Return the seat that first asked for a condition of a motion; empty if nobody had before it was decided.

    If the doer put it in place of another condition, it is the seat that asked for that one.
    """
    owners = movers(items)
    asked = next((owners.get(line, "") for line, _ in brought(items, condition)), "")
    if asked not in (does := _doers(game, items, condition, room)):
        return asked
    return next((origin.owner for origin, _ in traced(items, condition) if origin.owner not in does), asked)


def _promised_to(game: Game, items: Ledger, item: Item, lines: Sequence[Line]) -> frozenset[str]:
    """Return the seats that gain by a promise: named by its owner, its addressee, or whose conditions it takes on.

    The conditions belong to the whole line of the promise: if a review weighs who has spoken, only those whom the owner
    named gain by it.
    """
    owners = movers(items)
    named_all = game.weighs_review and item.promised_to
    asked = frozenset(owners[by] for by in item.takes_on if by in owners and not named_all)
    spoken_to = tuple(line["to"] for line in lines if line["id"] == item.line)
    if ALL in item.promised_to:
        theirs = game.residents.union(item.promised_to, spoken_to).intersection(item.visible_to) - {item.owner}
        return asked.union(theirs if theirs and game.weighs_review else item.visible_to)
    to = item.promised_to or spoken_to
    if ALL in to:
        said = replace(item, kind="term")  # as far as anybody but its owner can know
        return asked | {seat for seat in item.visible_to if in_the_open(game, said, seat)}
    return asked | frozenset(to).intersection(item.visible_to)


def _in_groups(game: Game, text: str, seats: Sequence[str]) -> frozenset[str]:
    """Return which of some seats belong to the groups that a text names.

    Nobody is known to belong to a part of the place, or to be a tenant of a person who is named.
    """
    lang = game.spec.lang
    if _PART[lang].search(text):
        return frozenset()
    members = {
        "all": set(game.residents),
        "tenants": {seat for seat in game.residents if _GROUPS["tenants"][lang].search(game.role(seat))},
        "owners": {seat for seat in game.residents if _OWNER[lang].search(game.role(seat))},
    }
    whose = tuple(f"{game.name(seat)}{mark}" for seat in seats for mark in ("的", "'s ", "’s "))
    return frozenset(
        seat
        for group, patterns in _GROUPS.items()
        if any(not text[: match.start()].endswith(whose) for match in patterns[lang].finditer(text))
        for seat in members[group].intersection(seats)
    )


def in_the_open(game: Game, item: Item, seat: str) -> bool:
    """Return whether a resident can know on their own what became of a condition, or of a promise to everybody.

    They cannot know what is between two people, or concerns a part of the place that their card does not mention. A
    promise was made in the open if it is about something people see as they pass.
    """
    lang = game.spec.lang
    if _PRIVATE[lang].search(item.says):
        return False
    card = game.seats[seat].briefing.get(lang)
    if any(part not in card for part in _PART[lang].findall(item.says)):
        return False
    return item.kind != "promise" or bool(_SEEN[lang].search(item.says))


def wants(game: Game, items: Ledger, item: Item, lines: Sequence[Line], seat: str) -> bool:
    """Return whether a seat wanted an option of an entry: it spoke for it, or has it on its card."""
    terms = item.terms.items()
    return (
        any(point.terms and terms & point.terms.items() for point in game.seats[seat].points)
        or any(
            (seat in other.supporters or (other.amends and other.owner == seat)) and terms & other.terms.items()
            for other in items
            if other.kind == "proposal"
        )
        or any(line["seat"] == seat and has(line["act"], "wants") and terms & line["terms"].items() for line in lines)
    )
