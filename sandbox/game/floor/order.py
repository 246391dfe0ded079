"""The order in which claims to the floor are heard: seats still to be heard, news and questions, then the policy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import repeat
from operator import itemgetter

from sandbox.content.acts import has
from sandbox.game.floor.last_word import owed_last_word
from sandbox.game.floor.policy import Claim, claim_of, floor_order, shares, two_alone, yields
from sandbox.game.floor.purpose import put_off
from sandbox.game.floor.talk import Talk, task_refused
from sandbox.game.floor.touring import tour_claims, visited
from sandbox.game.game import Game
from sandbox.game.language.answered import deferring, unanswered
from sandbox.game.language.questions import called, left_with, named_aloud
from sandbox.game.outside import arrived_by
from sandbox.game.room import Room
from sandbox.game.state import News, State
from sandbox.record.line import ALL, Line

# Lines that are kept for answers: whoever has not spoken does so before these are the last that are left.
_SPARE = 2
_FIRST = itemgetter(0)


def claims_in_order(game: Game, state: State, room: Room, said: Talk, limit: int) -> Iterator[Claim]:
    """Yield the claims to the floor in their order: seats still to be heard, news and questions, then the policy."""
    present, desk, style = room.present, state["desk"], game.style
    talk, speakers, unheard, asks, defers = said
    free, passed, now = style == "free", desk["passed"], len(talk)
    remaining = limit - now
    if free and len(unheard) > 1 and not room.cascade:
        unheard = _by_rank(game, state, unheard)
    away = deferring(talk, present) if defers else ()
    most, share = shares(limit, len(present)) if desk["extra"] else room.shares
    asked = called(game, talk[-1], present) if talk else ""
    refused = task_refused(state["ledger"], talk) if free and talk and not asked else ""
    waits = _held_back(room, said, asked, remaining) if free and unheard and talk else ()
    news = now in room.fresh or (desk["news"] and desk["news"][-1]["stage"] == room.stage)
    concerned = _concerned(game, state, room, speakers, limit) if news else ""
    if waits:
        asked, refused, concerned = ("" if seat in waits else seat for seat in (asked, refused, concerned))
    # Where cards speak, a person who was not heard yet is before the last, so that a line is left for an answer.
    left = remaining - len(unheard) - len(away)
    persons = [*filter(desk["persons"].__contains__, unheard)] if desk["persons"] and game.spec.by_cards else []
    few = left <= len(persons)
    first = _called_now(speakers, asked, refused, concerned, most, room.host) if asked or refused or concerned else []
    if unheard and not few:
        if now > 3 and len({*speakers[-4:]}) == 2:
            # What two have asked each other waits until somebody else has spoken.
            first.insert(0, claim_of(unheard[0], "unheard"))
        elif not (concerned or asked or refused) and left <= _SPARE:
            first.insert(0, claim_of(unheard[0], "quiet"))
    if few or passed or not first or first[0].why == "news" or style == "directed":
        # Otherwise who comes first has the floor, whoever else waits for it.
        if asks:
            first += _called_before(game, talk, speakers, room, asks, asked, most)
        if free and not (room.cascade and unheard):
            first += [*_named(game, said, present, last=remaining == 1), *_left_waiting(game, said, room, most)]
        if waits:
            first = [*_without(first, waits)]
    bound = ""
    if free and room.decides and not few and not (remaining == 1 and _named_first(game, first)):
        bound = _bound(game, state, talk, speakers, _but(present, (*passed, *waits)), remaining, most)
        first = _but_heard(first, unheard) if bound else first
    if few:
        first = _heard_at_last(game, state, room, talk, first, unheard, persons, asked, limit)
        if away:
            first += map(claim_of, away, repeat("returns"))
    if room.tours and visited(game, room):
        first = tour_claims(game, state, limit, unheard) + first
    if first and style != "directed" and not passed:  # whoever comes first has the floor
        speaker = speakers[-1] if speakers else ""
        for claim in first:
            if claim[0] != speaker and claim[0] in present:
                return iter((claim,))
    order = floor_order(
        room.floor,
        game.chair,
        present,
        speakers,
        _turned_to(game, room, said, asked) if talk else "",
        game.draws,
        game.levels if room.cascade and unheard else None,
        first,
        share,
        room.host,
        room.stage,
    )
    order = _without(order, passed) if passed else order
    if bound and not first:
        ahead = next(order, None)
        return iter([ahead if ahead and ahead.seat in unheard and bound not in unheard else claim_of(bound, "named")])
    return order


def _but(seats: Iterable[str], out: Collection[str]) -> list[str]:
    return [seat for seat in seats if seat not in out]


def _but_heard(claims: Iterable[Claim], unheard: Collection[str]) -> list[Claim]:
    return [claim for claim in claims if claim.why != "named" or claim.seat in unheard]


def _without(claims: Iterable[Claim], seats: Collection[str]) -> Iterator[Claim]:
    return (claim for claim in claims if claim.seat not in seats)


def _turned_to(game: Game, room: Room, said: Talk, asked: str) -> str:
    """Return the seat that may answer the last line as its addressee; the speaker itself if it asks for no answer.

    In free play, support and promises ask for no answer, nor does a line to a seat that has spoken while others have
    not. A chair that leads answers all the same.
    """
    talk, speakers, unheard, _, _ = said
    last = talk[-1]
    leads = room.floor == "chair_led" and last["to"] in (ALL, game.chair)
    closed = has(last["act"], "supports") or has(last["act"], "promises") or (unheard and last["to"] in speakers)
    return last["seat"] if game.style == "free" and closed and not (asked or leads) else last["to"]


def _held_back(room: Room, said: Talk, asked: str, left: int) -> list[str]:
    """Return the seats that must wait until all have had a line, even if they are asked; never the host of a tour.

    These are seats that have had two lines. While few lines are left, a seat that has had one and is asked by a line
    that objects or puts a motion waits as well.
    """
    talk, speakers, unheard, _, _ = said
    most = {asked: 1 if left <= 2 * len(unheard) and _puts(talk[-1]) else 2}
    return [seat for seat in {*speakers} - {room.host} if speakers.count(seat) >= most.get(seat, 2)]


def _puts(line: Line) -> bool:
    """Return whether a line objects or puts a motion, even if it ends with a question."""
    return has(line["act"], "doubts") or has(line["act"], "proposes")


def _heard_at_last(
    game: Game,
    state: State,
    room: Room,
    talk: Sequence[Line],
    calls: Sequence[Claim],
    unheard: Sequence[str],
    persons: Sequence[str],
    asked: str,
    limit: int,
) -> list[Claim]:
    """Return the claims of seats that have not spoken, when no more lines than that are left.

    Seats that were called and persons come first. If not all can be heard, at least the question that was just asked is
    answered. Where cards speak, a person's question is answered while more lines are left than seats to be heard.
    """
    left, named = limit - len(talk), [*persons, *map(_FIRST, calls)]
    if room.cascade:
        unheard = sorted(unheard, key=game.levels.__getitem__)
    if named:
        unheard = sorted(unheard, key=named.__contains__, reverse=True)
    scarce = limit < len(room.present) and limit < len(game.of_home(room.present))
    scarce = scarce or (left < len(unheard) and visited(game, room))
    if scarce:
        unheard = _few(game, state, room, unheard, named)[:left]
    claims = [*map(claim_of, unheard, repeat("unheard"))]
    if calls and calls[0].seat == asked and asked not in unheard:
        by_person = talk[-1]["origin"] == "person" and game.spec.by_cards and left > len(unheard)
        if scarce or by_person:
            claims.insert(0, calls[0])
    return claims


def _by_rank(game: Game, state: State, seats: Sequence[str]) -> list[str]:
    """Return the seats that have not spoken in the order in which they will: those heard least first, then residents.

    So the last speaker, to whom nobody can reply, is mostly not a resident.
    """
    said = Counter(line["seat"] for line in state["lines"] if not line["vote"])
    return sorted(seats, key=lambda seat: (said[seat], -game.levels[seat]))


def _named_first(game: Game, claims: Iterable[Claim]) -> bool:
    """Return whether a seat that a line names gets a stage's last line: a bound seat has a last word after it."""
    return bool(game.spec.last_words) and any(claim.why == "named" for claim in claims)


def _called_now(
    speakers: Sequence[str], asked: str, refused: str, concerned: str, most: int, host: str
) -> list[Claim]:  # fmt: skip
    """Return the claims of a seat just asked, of one whose task was just refused, and of one that news concerns.

    They may go one line beyond a seat's share. The host of a tour answers however much it has said.
    """
    claims = []
    if asked and (asked == host or speakers.count(asked) <= most):
        claims.append(claim_of(asked, "asked"))
    if refused and speakers.count(refused) <= most:
        claims.append(claim_of(refused, "addressed"))
    if concerned and speakers.count(concerned) < most + (concerned == asked):
        claims.append(claim_of(concerned, "news"))
    return claims


def _called_before(
    game: Game, talk: Sequence[Line], speakers: Sequence[str], room: Room, asks: Sequence[int], asked: str, most: int,
) -> list[Claim]:  # fmt: skip
    """Return the claims of seats that were asked earlier, by an act that asks, and have not answered."""
    claims = []
    for _, seat in unanswered(game, talk, room.present, asks):
        if seat == room.host or speakers.count(seat) < most + (seat == asked):
            claims.append(claim_of(seat, "asked"))
    return claims


def _left_waiting(game: Game, said: Talk, room: Room, most: int) -> Iterator[Claim]:
    """Yield the claims of seats that a line of any act left with a question, once all seats have been heard."""
    talk, speakers, unheard, _, _ = said
    for line, seat in () if unheard else unanswered(game, talk, room.present):
        if left_with(game, line, seat, room.present) and speakers.count(seat) < most:
            yield claim_of(seat, "asked")


def _named(game: Game, said: Talk, room: Sequence[str], *, last: bool) -> list[Claim]:
    """Return the claims of seats that one of the last two lines names without asking them, if still silent since.

    A line that is addressed to one seat gives no other seat that it names a claim until the next line. So that two
    seats do not keep the floor, no claim arises for a seat that has spoken while others have not, that has two lines
    more than the seat heard least, or where two seats have talked alone. The last line of a stage goes to the seat that
    the chair put off until then, or else to the seat that the line before it names.
    """
    talk, speakers, unheard, _, _ = said
    claims: list[Claim] = []
    for place in () if two_alone(speakers) else (-2, -1)[2 - min(2, len(talk)) :]:
        seat = named_aloud(game, talk[place], room) if place == -2 or talk[-1]["to"] == ALL else ""
        if seat and seat not in (speakers if unheard else speakers[place:]) and not yields(seat, speakers, room):
            claims.append(claim_of(seat, "named"))
    if last and (seat := put_off(game, said, room)):
        claims.append(claim_of(seat, "named"))
    if last and talk and (seat := named_aloud(game, talk[-1], room)) and not yields(seat, speakers, room):
        claims.append(claim_of(seat, "named"))
    return claims


def _bound(
    game: Game,
    state: State,
    talk: Sequence[Line],
    speakers: Sequence[str],
    present: Sequence[str],
    left: int,
    most: int,
) -> str:
    """Return the seat that is to fulfil what the motion has come to ask of it since it spoke; empty if there is none.

    When so few lines are left that it can just still be answered, also a seat whose promise the motion needs, or that
    has spoken of something else since.
    """
    others = (seat for seat in sorted(present, key=speakers.count) if talk and seat != speakers[-1])
    owed = [(seat, owed_last_word(game, state, seat, talk)) for seat in others if speakers.count(seat) <= most]
    bound = [seat for seat, due in owed if due and (due.binds or due.gives)]
    spoke = {seat: place for place, seat in enumerate(speakers)}
    for seat, due in owed:
        since = {line["id"] for line in talk[spoke.get(seat, -1) + 1 :]}
        if due and any(by in since for by, _ in due.binds):
            return seat
    return bound[0] if bound and left <= min(len(bound), _SPARE) + 1 else ""


def _few(game: Game, state: State, room: Room, unheard: Sequence[str], named: Sequence[str]) -> list[str]:
    """Return the seats that have not spoken in the order in which they will, when a stage has fewer lines than seats.

    First seats that are called, then those with a duty (in a cascade the ranks in order; the host of a tour and
    residents on it; those that draft; who chairs a decision), then the others. Among equals those come first that the
    session has heard least.
    """
    said = Counter(line["seat"] for line in state["lines"] if not line["vote"])

    def order(seat: str) -> tuple[bool, int, int, int]:
        hosts, lives = seat == room.host, room.tours and seat in game.residents
        drafts = room.drafts and seat in game.drafters
        duty = 0 if hosts else 1 if lives or drafts or (room.decides and seat == game.chair) else 2
        return seat not in named, game.levels[seat] if room.cascade else 0, duty, said[seat]

    return sorted(unheard, key=order)


def _concerned(game: Game, state: State, room: Room, speakers: Sequence[str], limit: int) -> str:
    """Return the seat that news concerns, or empty: it heard the news, can reply to it and has not spoken since.

    A seat with a point that asks, doubts or opposes comes before others.
    """
    now = len(speakers)
    arrived = arrived_by(game, state, now, limit, now - 1)
    return _taken_up_by(room, arrived, speakers) if arrived else ""


def _taken_up_by(room: Room, arrived: Sequence[News], speakers: Sequence[str]) -> str:
    since, spoke = speakers[arrived[0]["turn"] :], {*speakers}
    claims = []
    for entry in arrived:
        for mildly, place, seat in room.repliers(entry["id"]):
            if seat not in since and (not entry["to"] or seat in entry["to"]):
                claims.append((mildly, seat in spoke, place, seat))
                if seat not in spoke:
                    break  # whoever else replies comes after it
    if not claims:
        claims = [
            (True, seat in spoke, place, seat)
            for entry in arrived
            for place, seat in enumerate(entry["to"])
            if seat not in since
        ]
    return min(claims)[-1] if claims else ""
