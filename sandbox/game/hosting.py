"""Changes a case for a start: a guest who hosts its tour, new holders of posts, and a later year."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from sandbox.content.cards import Source, Text
from sandbox.content.language import Lang
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact, Scenario, Tour
from sandbox.content.seat_card import Point, ScenarioSeat
from sandbox.content.words import Words, refusal
from sandbox.game.language.wording import takes_up
from sandbox.game.spec import Guest

if TYPE_CHECKING:
    pass

_MOST_FACTS = 99
# Text after the name of a place describes it as it was in the first year.
_NAME = re.compile(r"[,;:，；：]")
_ENDS = (".", "!", "?", "…", "。", "！", "？")
# Number of texts ``start.asks.*``.
_QUESTIONS = 3


class Passage(NamedTuple):
    """A passage of a briefing, and the part of it that participants said before; empty for none."""

    text: str
    said: str = ""


def role_of(guest: Guest, words: Words) -> str:
    """Return the role of a host, with its place if years are counted."""
    return words("start.role_at", role=guest.role, place=guest.place) if guest.year else guest.role


def renamed(card: Persona, name: str, role: str = "") -> Persona:
    """Return a card with another name, no pronoun and, if given, another role."""
    return card.model_copy(update={"name": _both(name), "pronoun": None, **({"role": _both(role)} if role else {})})


def in_voice_of(host: Persona, known: Persona) -> Persona:
    """Return the host's card with manner, voice, interests, constraints, fears and private texts of ``known``."""
    own = ("manner", "voice", "interests", "constraints", "fears", "private")
    return host.model_copy(update={name: getattr(known, name) for name in own})


def calling_by_name(scenario: Scenario, names: Mapping[str, str]) -> Scenario:
    """Return a case whose points name the new holders of seats.

    ``names`` maps the full name on a card to that of the holder. A given name alone is replaced as well.
    """
    called = {old: new for old, new in names.items() if old != new}
    called |= {_given(old): _given(new) for old, new in called.items() if len(_given(old)) > 1}
    if not called:
        return scenario
    by_length = sorted(map(re.escape, called), key=len, reverse=True)
    known = re.compile("|".join(rf"(?a:\b){name}(?a:\b)" if name.isascii() else name for name in by_length))

    def told(text: Text | None) -> Text | None:
        if text is None:
            return None
        en, zh = (known.sub(lambda found: called[found.group()], part) for part in (text.en, text.zh))
        return text if (en, zh) == (text.en, text.zh) else Text(en=en, zh=zh)

    def retold(point: Point) -> Point:
        says, privately = told(point.says), told(point.privately)
        alike = says is point.says and privately is point.privately
        return point if alike else point.model_copy(update={"says": says, "privately": privately})

    seats = [seat.model_copy(update={"points": tuple(map(retold, seat.points))}) for seat in scenario.seats]
    return scenario.model_copy(update={"seats": tuple(seats)})


def _given(name: str) -> str:
    return name.rpartition(" ")[2] if " " in name else name[1:]


def in_later_year(scenario: Scenario, words: Words, had: Collection[str] = ()) -> Scenario:
    """Return a case in its card's words for later years.

    If the card has none, the background is marked as that of the first year. The place is its name alone. Facts also
    have the newer figures that came with events of earlier years.

    Args:
        scenario: the case.
        words: the words of the language in which it is told.
        had: ids of what this table had in earlier years (see `Start`).
    """
    name = _NAME.split(scenario.place.get(words.lang), maxsplit=1)[0]
    background = scenario.later or _both(words("start.then", text=scenario.background.get(words.lang)))
    came = {name.rpartition(":")[2] for name in had}
    newer = [fact.figures for fact in scenario.years if fact.id in came]
    facts = [
        _with_figures(fact, [each[fact.id] for each in newer if fact.id in each], words) for fact in scenario.facts
    ]
    seats = [seat.model_copy(update={"briefing": seat.later}) if seat.later else seat for seat in scenario.seats]
    told = {"place": _both(name), "background": background, "facts": tuple(facts), "seats": tuple(seats)}
    return scenario.model_copy(update=told)


def _with_figures(fact: Fact, newer: Sequence[Text], words: Words) -> Fact:
    text = fact.later or fact.text
    if newer:
        told = words("semi").join(each.get(words.lang) for each in newer)
        text = _both(words("start.newer", says=text.get(words.lang).rstrip(".。"), newer=told))
    return fact.model_copy(update={"text": text}) if text != fact.text else fact


def hosted(
    scenario: Scenario, host: Persona, guest: Guest, known: Collection[str], touring: Collection[str], words: Words
) -> Scenario:  # fmt: skip
    """Return a case whose tour leads to a place that has played before.

    The guest's shown and hidden facts replace the case's own facts about its tour. Points of and to the old host, those
    that carry the old facts, and those that answer only such points are dropped. The new host tells what is shown and
    answers with what is hidden; seats ask, except those in ``known``, who served there before (PL; hidden facts are
    inferred). ``touring`` are the stages that tour.

    Raises:
        InputError: the case's host is not of kind ``host``, or there are more facts than a case can hold.
    """
    if host.kind != "host":
        raise refusal("refused.start_no_guest", scenario=scenario.id, host=host.id)
    taken = {fact.id for fact in scenario.facts}
    free = [f"F{number}" for number in range(1, _MOST_FACTS + 1) if f"F{number}" not in taken]
    if len(guest.shown) + len(guest.hidden) > len(free):
        raise refusal("refused.start_facts", count=len(guest.shown) + len(guest.hidden), most=len(free))
    names = iter(free)
    shown, hidden = (
        [_fact(next(names), _of_year(guest, text, words)) for text in texts] for texts in (guest.shown, guest.hidden)
    )
    kept = [fact for fact in scenario.facts if not fact.visited and fact.id not in scenario.tour.hidden]
    dropped = _dropped(scenario, host.id, taken - {fact.id for fact in kept})
    askers = [seat.persona for seat in scenario.seats if seat.persona not in (host.id, *known)]
    questions = {
        askers[number % len(askers)]: Point(
            id=f"guest_asked_{number}", stages=tuple(touring), act="ask", to=host.id,
            says=_both(words(f"start.asks.{(number + guest.year) % _QUESTIONS + 1}")),
        )
        for number in range(min(len(askers), max(1, len(hidden))))
    }  # fmt: skip
    own = [
        Point(id=f"guest_shows_{number}", stages=tuple(touring), act="inform", says=fact.text, facts=(fact.id,))
        for number, fact in enumerate(shown)
    ]
    own += [
        Point(
            id=f"guest_answers_{number}", stages=tuple(touring), act="answer", says=fact.text, facts=(fact.id,),
            replies_to=tuple(point.id for point in questions.values()),
        )
        for number, fact in enumerate(hidden)
    ]  # fmt: skip

    def seated(seat: ScenarioSeat) -> ScenarioSeat:
        if seat.persona == host.id:
            briefing = _both(words("gap").join(passage.text for passage in host_knows(guest, words)))
            return seat.model_copy(update={"points": tuple(own), "briefing": briefing})
        points = [_answering(point, dropped) for point in seat.points if point.id not in dropped]
        points += [questions[seat.persona]] if seat.persona in questions else []
        return seat.model_copy(update={"points": tuple(points)})

    tour = Tour(
        host=host.id,
        place=_both(guest.place),
        shown=tuple(fact.id for fact in shown),
        hidden=tuple(fact.id for fact in hidden),
    )
    seats = tuple(seated(seat) for seat in scenario.seats)
    return scenario.model_copy(update={"facts": (*kept, *shown, *hidden), "tour": tour, "seats": seats})


def host_knows(guest: Guest, words: Words) -> list[Passage]:
    """Return the briefing of a host: what happened at its place, what else it can tell, what visitors heard before."""
    passages = [Passage(words("start.hosts", place=guest.place))]
    passages += [Passage(words("start.hosts_new"))] if guest.new else []
    past = words("gap").join(as_sentence(words, each) for each in guest.past)
    passages += (
        [Passage(words("start.hosts_past", year=guest.year, place=guest.place, says=past), past)] if past else []
    )
    inside = words("gap").join(as_sentence(words, each) for each in guest.inside)
    passages += [Passage(words("start.hosts_inside", place=guest.place, says=inside), inside)] if inside else []
    heard = [as_sentence(words, each) for each in guest.told]
    return [*passages, *(Passage(words("start.hosts_told", says=each), each) for each in heard)]


def _of_year(guest: Guest, text: str, words: Words) -> str:
    """Return a fact about the visited place, with place and year if years are counted."""
    return (
        as_sentence(words, words("start.seen", place=guest.place, year=guest.year, says=text)) if guest.year else text
    )


def said_by_host(tour: Tour, guest: Guest, point: Point, words: Words) -> str:
    """Return the words of a host's point in play by cards: a fact about its own place, said from the inside."""
    of_place = dict(zip((*tour.shown, *tour.hidden), (*guest.shown, *guest.hidden), strict=True))
    told = next((fact for fact in point.facts if fact in of_place), "")
    if not (told and guest.year):
        return point.says.get(words.lang)
    frame = "start.shows" if told in tour.shown else "start.owns"
    return as_sentence(words, words(frame, year=guest.year, says=of_place[told]))


def _dropped(scenario: Scenario, host: str, gone: Set[str]) -> set[str]:
    """Return the ids of points of or to the host or with ``gone`` facts, and of those that answer only such points."""
    points = [(seat.persona, point) for seat in scenario.seats for point in seat.points]
    dropped = {point.id for seat, point in points if host in (seat, point.to) or gone & set(point.facts)}
    left = {point.id: set(point.replies_to) for _, point in points if point.replies_to}
    while more := {name for name, answered in left.items() if name not in dropped and answered <= dropped}:
        dropped |= more
    return dropped


def _answering(point: Point, dropped: Set[str]) -> Point:
    """Return a point without references to points that were dropped."""
    left = tuple(name for name in point.replies_to if name not in dropped)
    return point if left == point.replies_to else point.model_copy(update={"replies_to": left})


def _fact(name: str, text: str) -> Fact:
    return Fact(id=name, text=_both(text), visited=True, source=Source(sections=("PL",), inferred=("text",)))


def _both(text: str) -> Text:
    return Text(en=text, zh=text)


def untold(card: Persona, told: str, lang: Lang) -> list[str]:
    """Return the private texts of a card that ``told`` does not contain already."""
    return [text for text in (each.get(lang) for each in card.private) if not takes_up(told, text, lang)]


def as_sentence(words: Words, text: str) -> str:
    """Return a text with a full stop, unless it ends like a sentence."""
    return text if text.rstrip("”\"')）").endswith(_ENDS) else text + words("stop")
