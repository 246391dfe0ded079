"""What a start makes of the cards: who holds a post, who hosts the tour, and what each seat has heard."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from typing import TYPE_CHECKING, NamedTuple

from sandbox.content.cards import RANKED, Source, Text
from sandbox.content.language import Lang
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact, Scenario, Tour
from sandbox.content.seat_card import Point, ScenarioSeat
from sandbox.content.templates import Piece, marked, unmarked
from sandbox.content.words import Words, refusal
from sandbox.game.language.wording import clauses, quoting_sentences, says_again, takes_up
from sandbox.game.spec import Guest, Heard, Post, Rank, Standing, Start

if TYPE_CHECKING:
    from sandbox.game.game import Game


_MOST_FACTS = 99
# What stands behind the name of a place describes it as it was.
_NAME = re.compile(r"[,;:，；：]")
_ENDS = (".", "!", "?", "…", "。", "！", "？")
# How many questions there are with which visitors ask for what is not shown.
_QUESTIONS = 3


# Characters of what a review tells of a matter of the year before.
_BRIEF: dict[Lang, int] = {"en": 190, "zh": 80}


class Passage(NamedTuple):
    """A passage of a briefing, and what of it participants said before; empty where they said nothing of it."""

    text: str
    said: str = ""


def role_of(guest: Guest, words: Words) -> str:
    """Return the role of a host: of communities that are played over years, with its place."""
    return words("start.role_at", role=guest.role, place=guest.place) if guest.year else guest.role


def renamed(card: Persona, name: str, role: str = "") -> Persona:
    """Return the card of a seat that somebody else holds, under their name; without a role, it keeps its own."""
    return card.model_copy(update={"name": _both(name), "pronoun": None, **({"role": _both(role)} if role else {})})


def in_voice_of(host: Persona, known: Persona) -> Persona:
    """Return the card of a host whom others know from tables of their own: what it may do, and who they are."""
    own = ("manner", "voice", "interests", "constraints", "fears", "private")
    return host.model_copy(update={name: getattr(known, name) for name in own})


def calling_by_name(scenario: Scenario, names: Mapping[str, str]) -> Scenario:
    """Return a case whose points call those who hold a seat by their names, where they call whom the card names.

    ``names`` has for the name of a card, in full, that of whoever holds its seat; given names stand alone as well.
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

    seats = [
        seat.model_copy(update={"points": tuple(
            point.model_copy(update={"says": told(point.says), "privately": told(point.privately)})
            for point in seat.points
        )})
        for seat in scenario.seats
    ]  # fmt: skip
    return scenario.model_copy(update={"seats": tuple(seats)})


def _given(name: str) -> str:
    return name.rpartition(" ")[2] if " " in name else name[1:]


def in_later_year(scenario: Scenario, words: Words, had: Collection[str] = ()) -> Scenario:
    """Return a case as it is told in a year after the first: in the words of its card for later years.

    Where the card has none, its background is told as that of the first year. The place goes by its name alone. Figures
    of what earlier years brought here stand beside those of the case.

    Args:
        scenario: the case.
        words: the words of the language in which it is told.
        had: what this table has had in earlier years, by id.
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


def served_there(start: Start) -> dict[str, Post]:
    """Return the posts whose holders served before at the place that a tour shows, by seat."""
    return {post.seat: post for post in start.posts if start.host is not None and start.host.place in post.before}


def hosted(
    scenario: Scenario, host: Persona, guest: Guest, known: Collection[str], touring: Collection[str], words: Words
) -> Scenario:  # fmt: skip
    """Return a case whose tour leads to a place that has played before.

    What is shown and hidden there takes the place of the case's own facts about the place that is visited. Points of
    and to the old host, and those that carry these facts or answer such a point, fall away; the new host tells what is
    shown, others ask, but for the seats to whom the place is ``known``, and who asks hears what is hidden (PL; that
    anything is hidden is inferred).

    Raises:
        InputError: the case's host is no guest from elsewhere, or there are more facts than a case can hold.
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
            briefing = _both(words("gap").join(passage.text for passage in _of_host(guest, words)))
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


def _of_host(guest: Guest, words: Words) -> list[Passage]:
    """Return what a host knows: whom it shows round, what came about at its place, what visitors have heard there."""
    passages = [Passage(words("start.hosts", place=guest.place))]
    passages += [Passage(words("start.hosts_new"))] if guest.new else []
    past = words("gap").join(_whole(words, each) for each in guest.past)
    passages += (
        [Passage(words("start.hosts_past", year=guest.year, place=guest.place, says=past), past)] if past else []
    )
    inside = words("gap").join(_whole(words, each) for each in guest.inside)
    passages += [Passage(words("start.hosts_inside", place=guest.place, says=inside), inside)] if inside else []
    heard = [_whole(words, each) for each in guest.told]
    return [*passages, *(Passage(words("start.hosts_told", says=each), each) for each in heard)]


def _of_year(guest: Guest, text: str, words: Words) -> str:
    """Return what is told of the place that is visited, with place and year where years are counted."""
    return _whole(words, words("start.seen", place=guest.place, year=guest.year, says=text)) if guest.year else text


def said_by_host(tour: Tour, guest: Guest, point: Point, words: Words) -> str:
    """Return what a host who plays by its cards says: what is told of its place, as somebody there would say it."""
    of_place = dict(zip((*tour.shown, *tour.hidden), (*guest.shown, *guest.hidden), strict=True))
    told = next((fact for fact in point.facts if fact in of_place), "")
    if not (told and guest.year):
        return point.says.get(words.lang)
    frame = "start.shows" if told in tour.shown else "start.owns"
    return _whole(words, words(frame, year=guest.year, says=of_place[told]))


def _dropped(scenario: Scenario, host: str, gone: Set[str]) -> set[str]:
    """Return the points that speak of the case's own tour, or answer only such points."""
    points = [(seat.persona, point) for seat in scenario.seats for point in seat.points]
    dropped = {point.id for seat, point in points if host in (seat, point.to) or gone & set(point.facts)}
    left = {point.id: set(point.replies_to) for _, point in points if point.replies_to}
    while more := {name for name, answered in left.items() if name not in dropped and answered <= dropped}:
        dropped |= more
    return dropped


def _answering(point: Point, dropped: Set[str]) -> Point:
    """Return a point without what it no longer answers."""
    left = tuple(name for name in point.replies_to if name not in dropped)
    return point if left == point.replies_to else point.model_copy(update={"replies_to": left})


def _fact(name: str, text: str) -> Fact:
    return Fact(id=name, text=_both(text), visited=True, source=Source(sections=("PL",), inferred=("text",)))


def _both(text: str) -> Text:
    return Text(en=text, zh=text)


def untold(card: Persona, told: str, lang: Lang) -> list[str]:
    """Return what a persona alone knows and a briefing does not say already."""
    return [text for text in (each.get(lang) for each in card.private) if not takes_up(told, text, lang)]


def briefing(game: Game, seat: str) -> str:
    """Return what only a seat knows: the briefing of its card, and what a start adds.

    These are what its holder brought to the post, what it has heard and from whom, and, for officials, last year's
    rank.
    """
    return game.words("gap").join(passage.text for passage in _passages(game, seat))


def briefing_read(game: Game, seat: str, beside: str = "", *, settles: bool = True) -> Piece:
    """Return the briefing of a seat for a template: what participants said before stands between marks.

    Args:
        game: the game.
        seat: the seat.
        beside: a text whose matter the passages of the program's own leave out.
        settles: whether something is still to be settled, for which a holder of a post may stand.
    """
    lang, gap = game.spec.lang, game.words("gap")
    parts: list[str] = []
    for text, said in _passages(game, seat, settles=settles):
        if said:
            parts.append(marked(text, said))
        elif own := [each for each in quoting_sentences(text) if not (beside and says_again(each, beside, lang))]:
            parts.append(unmarked(gap.join(own)))
    return Piece(gap.join(parts))


def _passages(game: Game, seat: str, *, settles: bool = True) -> list[Passage]:
    words, start = game.words, game.spec.start
    parts = [Passage(game.seats[seat].briefing.get(game.spec.lang))]
    if start.host is not None and seat == game.scenario.tour.host:
        known = served_there(start).values()
        parts = _of_host(start.host, words)
        parts += [Passage(words("start.hosts_known", name=post.name, before=post.before)) for post in known]
    of_first = start.year > 1 and game.personas[seat].kind != "host" and game.seats[seat].later is None
    parts += [Passage(words("start.card_then"))] if of_first else []
    post = game.posts.get(seat)
    if post is not None:
        parts += _posted(game, seat, post, settles=settles)
    own = [each for each in start.heard if each.seat == seat]
    parts += [Passage(_whole(words, _heard_from(words, each))) for each in own]
    if start.rank is not None and game.personas[seat].kind in RANKED:
        # In later years everybody knows how the community was ranked.
        parts += map(Passage, ranked(words, start.rank)) if start.year == 1 else []
        parts += map(Passage, ranked(words, post.rank)) if post is not None and post.rank is not None else []
    return parts


def _posted(game: Game, seat: str, post: Post, *, settles: bool) -> list[Passage]:
    """Return what a holder of a post brought to it: from where, what was decided there, and for what they stand."""
    words, start = game.words, game.spec.start
    parts: list[Passage] = []
    if post.since and not post.held:
        parts.append(Passage(words("start.predecessor", year=post.since)))
    if post.before:
        key = "back" if post.held else "came_in" if post.since else "came_from"
        parts.append(Passage(words(f"start.{key}", before=post.before, year=post.since, held=post.held)))
    if post.agenda:
        # Where years are counted it tells what was decided and promised at another table.
        agenda = _whole(words, words("start.agenda", agenda=post.agenda))
        parts.append(Passage(agenda, post.agenda if post.since else ""))
    wished = [
        words("start.barred" if barred else "start.wish", question=question.rstrip("?？"), option=option)
        for key, (question, option) in zip(_known(game, post), game.in_words(post.terms), strict=True)
        for barred in [start.year > 1 and game.wish(seat, key) != post.terms[key]]
    ]
    return [
        *parts,
        *([Passage(words("start.stands_for", terms=words("semi").join(wished)))] if wished and settles else []),
    ]


def _known(game: Game, post: Post) -> list[str]:
    return [key for key in post.terms if key in game.scenario.decision_by_id]


def ranked(words: Words, rank: Rank) -> list[str]:
    """Return in words where a community stood, and what that brought."""
    key = "start.rank_of" if rank.community else "start.rank"
    parts = [words(key, **rank.model_dump(include={"place", "of", "community"}))]
    parts += [words("start.rank_shared", others=list(rank.shared), order=list(rank.lots))] if rank.shared else []
    return [*parts, *([_whole(words, words("start.brought", brought=rank.brought))] if rank.brought else [])]


def _whole(words: Words, text: str) -> str:
    """Return a text that ends as a sentence does."""
    return text if text.rstrip("”\"')）").endswith(_ENDS) else text + words("stop")


def common_knowledge(game: Game, *, drafting: bool) -> list[str]:
    """Return what a start lets everybody know, in words: who is new in a post, what all have heard, whose plan it is.

    Args:
        game: the game.
        drafting: whether the plan that was handed down is at hand.
    """
    words, start = game.words, game.spec.start
    known = _newly_posted(game)
    everybody = [each for each in start.heard if not each.seat]
    known += [_whole(words, _heard_from(words, each)) for each in everybody]
    if drafting and start.plan_from:
        known.append(words("start.plan_from", source=start.plan_from))
    if drafting and start.copied is not None:
        known.append(words("start.copied", share=f"{start.copied:.0%}"))
    return known


def _heard_from(words: Words, heard: Heard) -> str:
    """Return what was heard, and from whom, if it was from somebody."""
    key = "start.heard" if heard.seat else "start.all_heard"
    return words(key, says=heard.says, source=heard.source) if heard.source else heard.says


def _newly_posted(game: Game) -> list[str]:
    start = game.spec.start
    return [
        game.words("start.back_again" if post.held else "start.new_from", name=post.name, role=game.role(seat),
                   before=post.before, held=post.held)
        for seat, post in game.posts.items()
        if post.before and (not post.since or post.since == start.year)
    ]  # fmt: skip


def aged(game: Game, *, reviews: bool) -> str:
    """Return what stands above the facts of a case in a later year, or in a review a year later; else empty."""
    start = game.spec.start
    if start.year > 1:
        key = "start.aged" if game.scenario.later is None else "start.still"
        return game.words(key, years=start.year - 1, year=start.year)
    return game.words("start.a_year_ago") if reviews else ""


def then(game: Game, stage: str) -> str:
    """Return what stands beside what a card holds of a case, in a review and after it: it was so at the meeting."""
    return game.words("start.as_of_then") if stage in game.able("reviews") else ""


def since(game: Game, stage: str) -> list[tuple[str, list[str]]]:
    """Return what has come about since a case began, each part under a heading; nothing in its first year.

    These are what was decided here last year and what became of it, how the community was ranked, what is known
    beside, and, once the tour has begun, what was shown on it.

    Args:
        game: the game.
        stage: the stage that is played, or empty before the first.
    """
    words, start = game.words, game.spec.start
    guest, reviews = start.host, stage in game.able("reviews")
    parts: list[tuple[str, list[str]]] = []
    if start.year > 1:
        # A review tells of each condition where it falls due, and of the year before in a line each.
        brief = _BRIEF[words.lang] if reviews else 0
        last = [_whole(words, clauses(text, brief) if brief else text) for text in start.last_year]
        last += [words("gap").join(ranked(words, start.rank))] if start.rank is not None else []
        parts.append((words("start.last_year", year=start.year - 1), last))
        stand = [] if reviews else [stands_since(words, each) for each in start.standing]
        parts.append((words("start.standing.heading"), stand))
        known = _newly_posted(game) if reviews else common_knowledge(game, drafting=stage in game.able("drafts"))
        parts.append((words("start.beside"), known))
    # Nothing of another place falls due in a review.
    if guest is not None and guest.year and stage and game.toured(stage) and not reviews:
        shown = [fact.text.get(game.spec.lang) for fact in game.scenario.facts if fact.id in game.scenario.tour.shown]
        parts.append((words("start.visited", place=guest.place), shown))
    return [(heading, texts) for heading, texts in parts if texts]


def stands_since(words: Words, standing: Standing) -> str:
    """Return a condition of an earlier year in words: since when it is in force, and in place of which older ones."""
    key = "start.standing.instead" if standing.instead else "start.standing.of_year"
    return words(key, says=standing.says, year=standing.year, old=standing.instead)
