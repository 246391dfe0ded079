"""The point that a turn makes if the card or the rules fix it, and the turn of a seat if no model gives it words."""

from __future__ import annotations

from collections.abc import Mapping

from sandbox.content.acts import Trait, acts_with, has
from sandbox.content.cards import Act, Text
from sandbox.content.seat_card import Point
from sandbox.game.floor.calling import CALLS, calls_the_vote
from sandbox.game.floor.directed import whisper_to
from sandbox.game.floor.refused import refusal
from sandbox.game.floor.relevance import ANSWERS, asked_by_person, relevance, said_before
from sandbox.game.game import Game
from sandbox.game.hosting import said_by_host
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import BALLOT, cast_on, motion, votes_of
from sandbox.game.motions.going_along import compromise, fell_here, gives_way_to, vote_stance
from sandbox.game.motions.vote_floor import moved_terms, standing
from sandbox.game.play import RandomChoice
from sandbox.game.state import Floor, State, floor_of, stage_lines
from sandbox.record.line import ALL, EMPTY_TURN, Line, Origin, Turn
from sandbox.session.reviews import review_point

WHISPER = "whisper"
"""Id of the point of a turn that follows the facilitator's advice."""
_ASIDE = 0.25
# What a seat should not do only because its model declined.
_WEIGHTY: tuple[Trait, ...] = ("commits", "opposes", "binds", "hands_down", "escalates", "asks", "votes_against")


def point_of(game: Game, state: State, floor: Floor) -> Point | None:
    """Return the point that a directed turn makes; None in free talk."""
    return None if game.spec.style == "free" else card_point(game, state, floor)


def card_point(game: Game, state: State, floor: Floor) -> Point | None:
    """Return the point that a seat's card fixes for its turn: a point of the scenario, or its vote with the reason.

    It is None if its act is not open, for example to a seat whose person's time was over.
    """
    point = _owed(game, state, floor)
    return point if point is not None and point.act in floor["acts"] else None


def _owed(game: Game, state: State, floor: Floor) -> Point | None:
    if floor["point"]:
        point = game.points[floor["point"]][1]
        aside = is_aside(game, state, floor)
        said = point.model_copy(update={"says": point.privately}) if aside else point
        return _to_whoever_asked(game, state, floor, said)
    whisper = whisper_to(state, floor["seat"])
    if whisper is not None and floor["phase"] == "discussion":
        advised = next((act for act in floor["acts"] if act == whisper["act"]), floor["acts"][0])
        return _made(game, state, WHISPER, advised, whisper["text"])
    if game.stages[state["stage"]].reviews:
        return review_point(game, state, floor)
    if floor["why"] == "motion":
        return _moved(game, state, floor)
    if floor["why"] == "unheard":
        return _made(game, state, "opening", _first(floor, "opens"), game.personas[floor["seat"]].opening_line)
    if floor["why"] == CALLS:
        return _made(game, state, CALLS, floor["acts"][0], calls_the_vote(game, state))
    if floor["why"] == "asked" and (question := asked_by_person(game, state, floor["seat"])):
        return _untold(game, state, floor, question)
    if floor["why"] != "votes":
        return None
    in_favour, item = vote_stance(game, state, floor["seat"])
    own = game.seats[floor["seat"]].vote
    if whisper is not None and whisper["act"] in BALLOT:
        in_favour = whisper["act"] == BALLOT[0]
    to = item.owner if item is not None and item.owner != floor["seat"] else None
    act, says = (BALLOT[0], own.support) if in_favour else (BALLOT[1], own.object)
    return _made(game, state, "vote", act, says, to)


def _made(
    game: Game, state: State, name: str, act: Act, says: Text | str, to: str | None = None,
    terms: Mapping[str, str] | None = None,
) -> Point:  # fmt: skip
    """Return a point that stands on no card."""
    stages = (game.stages[state["stage"]].id,)
    return Point(id=name, stages=stages, act=act, to=to, says=says, terms=terms or {})


def _first(floor: Floor, trait: Trait) -> Act:
    """Return the first open act with a trait, or else the first open act."""
    return next((act for act in floor["acts"] if has(act, trait)), floor["acts"][0])


def _untold(game: Game, state: State, floor: Floor, question: Line) -> Point:
    """Return what a seat says to a person's question if its card has nothing more on it; it is no answer.

    The wording changes each time, in the persona's own ways; a seat that has already told what it knows uses the last
    of them.
    """
    seat, lang = floor["seat"], game.spec.lang
    told = said_before(game, seat, stage_lines(state)) >= ANSWERS
    ways = [way.get(lang) for way in game.personas[seat].voice.evades]
    if not ways:
        ways = [game.words("untold.unknown"), game.words("untold.said" if told else "untold.again")]
    before = [line["says"] for line in state["lines"] if line["seat"] == seat and line["says"] in ways]
    says = ways[-1] if told and before[-1:] != ways[-1:] else ways[len(before) % len(ways)]
    return _made(game, state, "untold", _first(floor, "tells"), says, question["seat"])


def _to_whoever_asked(game: Game, state: State, floor: Floor, point: Point) -> Point:
    """Return a point as an answer to the person who has just asked, if it is on the same matter and asks nothing.

    If the point only tells something, or its act is not open, its act becomes an answer; a point with terms keeps its
    act. A seat that drafts no plan says what the point would write into one.
    """
    lines = stage_lines(state)
    answers = floor["why"] == "asked" and not has(point.act, "asks") and not is_aside(game, state, floor)
    if not answers or not relevance(game, floor["seat"], point, lines):
        return point
    drafts = bool(point.section) and floor["seat"] in game.drafters
    tells = (has(point.act, "tells") or point.act not in floor["acts"]) and not (point.terms or drafts)
    act: Act = next((act for act in acts_with("answers") if tells and act in floor["acts"]), point.act)
    section = point.section if drafts else None
    return point.model_copy(update={"to": lines[-1]["seat"], "act": act, "section": section})


def is_aside(game: Game, state: State, floor: Floor) -> bool:
    """Return whether what is said on a floor is said to its addressee alone.

    Answers to a person are said to all, and nothing is said in private in the name of a person whose time was over.
    """
    if not floor["point"] or floor["seat"] in state["desk"]["absent"] or asked_by_person(game, state, floor["seat"]):
        return False
    return _off_the_record(game, game.points[floor["point"]][1])


def _off_the_record(game: Game, point: Point) -> bool:
    """Return whether a card's point is said to its addressee alone: one in four, where the rules permit asides.

    Motions and decisions are for all to hear. Tasks, promises, terms and sections of a plan are recorded by what is
    said, so a point that has any of them is never an aside.
    """
    recorded = any(has(point.act, does) for does in ("proposes", "binds", "promises", "hands_down", "lifts", "refuses"))
    if not point.privately or recorded or point.terms or point.section:
        return False
    return game.governance.rules.information.asides and game.drawn(f"aside:{point.id}") < _ASIDE


def _moved(game: Game, state: State, floor: Floor) -> Point:
    seat = floor["seat"]
    if fell_here(game, state):
        between = compromise(game, state)
        key = "between" if len(between) == len(game.offered) else "between_part"
        return _made(game, state, "motion", floor["acts"][0], _settling(game, key, between), terms=between)
    again = standing(game, state, seat)
    own = {key: game.wish(seat, key) or option for key, option in moved_terms(game, state, seat).items()}
    terms = own if again is None else dict(again.terms)
    key = "moved" if again is None else "again_if" if again.condition else "again"
    return _made(game, state, "motion", floor["acts"][0], _settling(game, key, terms), terms=terms)


def _settling(game: Game, key: str, terms: Mapping[str, str]) -> str:
    options = (game.offered[question][option].get(game.spec.lang) for question, option in terms.items())
    return game.words(f"motion.{key}", terms=game.words("semi").join(options))


def stand_in(game: Game, state: State, floor: Floor) -> tuple[Turn, Origin]:
    """Return the turn of a seat if the model declined every wording, and the origin of its words.

    A vote is cast, a motion moved and a matter opened in the words of the card. Otherwise the seat says briefly that it
    has nothing to add, with the act that changes least; a chair that must decide decides as most of those heard would,
    or else takes the option of each question that was named most often.
    """
    point = card_point(game, state, floor)
    if point is not None and point.id != WHISPER:  # advice is for one pair of eyes
        turn = turn_of(point, point.says.get(game.spec.lang), aside=False)
        if not refusal(game, state, turn):
            return turn, "card"
    act = min(floor["acts"], key=lambda act: sum(has(act, trait) for trait in _WEIGHTY))
    heard = _carried_in_hearing(game, state, floor) if has(act, "binds") else None
    terms = moved_terms(game, state, floor["seat"]) if has(act, "binds") or floor["why"] == "motion" else {}
    terms = dict(heard.terms) if heard else terms
    says = RandomChoice(game.templates).say(game, act, terms, "", "")
    return {**_turn(act, ALL, says, terms), "about": heard.line if heard else ""}, "rules"


def _carried_in_hearing(game: Game, state: State, floor: Floor) -> Item | None:
    """Return the motion that most of those heard were for; None if most were not, or the chair never accepts it."""
    put = motion(game, state)
    views = [*votes_of(cast_on(state, put)).values()] if put else []
    if put is None or 2 * sum(views) <= len(views) or put.terms.items() & game.never_accepts(floor["seat"]).items():
        return None
    return put


def card_turn(game: Game, state: State) -> Turn:
    """Return the turn of the seat on the floor if only cards speak: a `sandbox.game.play.Choose`.

    For a seat with advice, the facilitator words the turn, and is told so.
    """
    floor = floor_of(state)
    point = card_point(game, state, floor)
    if point is None or not (floor["point"] or point.id == WHISPER):
        turn = stand_in(game, state, floor)[0]
        if turn["act"] in BALLOT[:1] and (gives := gives_way_to(game, state, floor["seat"])):
            return {**turn, "says": _giving_way(game, state, gives)}
        again = turn["act"] in BALLOT and any(
            line["vote"] and (line["seat"], line["says"]) == (floor["seat"], turn["says"]) for line in state["lines"]
        )
        return {**turn, "says": _too(game, floor["seat"], turn["act"])} if again else turn
    guest, tour = game.spec.start.host, game.scenario.tour
    says = (
        said_by_host(tour, guest, point, game.words)
        if guest and floor["seat"] == tour.host
        else point.says.get(game.spec.lang)
    )
    return turn_of(point, says, aside=is_aside(game, state, floor))


def _too(game: Game, seat: str, act: Act) -> str:
    """Return what a seat says if it gave its reasons on another motion: its persona's words, or general ones."""
    key = f"motion.too.{act}"
    own = f"{key}.{game.spec.personas.get(seat, seat)}"
    return game.words(own if own in game.words else key)


def _giving_way(game: Game, state: State, terms: Mapping[str, str]) -> str:
    """Return what a seat says when it votes for options that it did not stand for; voters in turn word it otherwise."""
    way = ("first", "second", "third")[sum(line["vote"] for line in stage_lines(state)) % 3]
    return _settling(game, f"gives_way.{way}", terms)


def turn_of(point: Point, says: str, *, aside: bool) -> Turn:
    """Return the turn that makes a point in given words; only the addressee hears an ``aside``."""
    turn = _turn(point.act, point.to or ALL, says, dict(point.terms))
    return {**turn, "section": point.section or "", "task": point.task or "", "aside": aside}


def _turn(act: Act, to: str, says: str, terms: dict[str, str]) -> Turn:
    return {**EMPTY_TURN, "act": act, "to": to, "says": says, "terms": terms}
