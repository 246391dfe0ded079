"""Turning points: what one is; those of decisions, and seats that turned from what they had put or backed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple

from sandbox.content.acts import Trait, has
from sandbox.game.ledger.entries import Item, gives_way, roots
from sandbox.game.motions.backing import left_for
from sandbox.game.motions.counting import Counted, counted, rejected_by, voted_otherwise
from sandbox.game.motions.franchise import veto_key
from sandbox.game.motions.hanging import brought, hangs_on, struck_by
from sandbox.game.motions.standing_for import spoken_for
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.acceptance import doers_away
from sandbox.report.beside_votes import put_by
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.read_decision import put_text
from sandbox.report.voting_words import tally

Side = Literal["keep", "try"]
# Of a long course of conditions only the first and the last steps are told.
_MOST_STEPS, _FIRST, _LAST = 6, 2, 3
# The most options that are told when a seat changes sides, before and after.
_MOST_LEFT, _WAYS = 2, ("before", "after")
# What to keep or to try, for which seat, and the line or decision that shows it.
Statement = tuple[Side, str, str, str]
_AWAY: dict[Trait, str] = {"votes_against": "against", "abstains": "abstained"}


@dataclass(frozen=True)
class TurningPoint:
    """A turning point.

    ``kind`` is one of `KINDS`, or ``answered`` for a point that turned nothing but teaches something. ``evidence`` are
    the lines or decisions that show it, the most telling first; ``seats`` are the seats that it concerns. ``ask`` names
    the question for the talk, if it is not the kind's own. ``so_far`` is what can be told with its first line, before
    what came of it; it is empty if all the evidence has to come first. ``matter`` is the entry of the ledger that it is
    about, if its lines may report on others as well.
    """

    kind: str
    text: str
    evidence: tuple[str, ...]
    seats: frozenset[str] = frozenset()
    teaches: tuple[Statement, ...] = ()
    ask: str = ""
    so_far: str = ""
    matter: str = ""


def stopped(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each motion that fell by one vote, with the votes each of which alone would have carried it."""
    for decision in reader.decisions:
        if text := fell_by_one(reader, decision):
            seats = _by_one(reader, decision)
            cast = [line["id"] for line in _votes(reader, decision) if line["seat"] in seats]
            ask = "stopped.veto" if decision["vetoed_by"] else "stopped"
            what = reader.label("why.stopped.what", line=decision["motion"], what=put_text(reader, decision))
            yield TurningPoint("stopped", what + text, (*cast, decision["id"]), frozenset(seats), ask=ask)


def narrow(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each motion that was carried by one vote, with the votes for it.

    Left out are unanimous decisions, decisions by consensus, and the votes of seats that hold a veto on the motion.
    """
    stops = reader.game.governance.rules.aggregation.stops
    for decision in reader.session.carried:
        able = [seat for seat, vote in decision["votes"].items() if vote]
        able = [seat for seat in able if not stops(reader.game.positions.get(seat), decision["terms"])]
        by_one = {seat: other for seat in able if (other := voted_otherwise(reader.game, decision, seat))}
        unanimous = all(decision["votes"].values()) and not decision["abstained"]
        if not by_one or unanimous or decision["procedure"] == "consensus":
            continue
        key = "why.narrow.share" if reader.game.governance.rules.aggregation.by_share else "why.narrow"
        text = reader.label(key, **votes_in_words(reader, decision, [*by_one.values()]), who=_any_of(reader, by_one))
        cast = [line["id"] for line in _votes(reader, decision) if line["seat"] in by_one]
        yield TurningPoint("narrow", text, (decision["id"], *cast), frozenset(by_one))


def _votes(reader: DebriefReader, decision: DecisionTaken) -> list[Line]:
    return [line for line in reader.lines if line["vote"] and line["about"] == decision["motion"]]


def _any_of(reader: DebriefReader, seats: Mapping[str, Counted]) -> str:
    names = reader.names([*seats])
    return reader.label("why.stopped.any_of", names=names) if len(seats) > 1 else names


def _by_one(reader: DebriefReader, decision: DecisionTaken) -> dict[str, Counted]:
    """Return the seats whose vote alone stopped a motion, each with the count if it had voted for it."""
    asked = () if decision["carried"] else (*decision["votes"], *decision["abstained"])
    others = ((seat, voted_otherwise(reader.game, decision, seat)) for seat in asked)
    return {seat: other for seat, other in others if other is not None}


def fell_by_one(reader: DebriefReader, decision: DecisionTaken) -> str:
    """Return that a motion fell by one vote, and which votes would have carried it; empty if it did not."""
    by_one = _by_one(reader, decision)
    if not by_one:
        return ""
    words = votes_in_words(reader, decision, [*by_one.values()])
    key = veto_key(reader.game, f"why.stopped.{rejected_by(reader.game, decision)}", decision["vetoed_by"])
    return reader.label(key, **words, who=_any_of(reader, by_one))


def votes_in_words(reader: DebriefReader, decision: DecisionTaken, others: Sequence[Counted]) -> dict[str, object]:
    """Return how the votes of a decision were counted, and as ``then`` the counts with the other votes."""
    counts = [tally(reader.label, reader.game, other) for other in others]
    then = reader.label.join(dict.fromkeys(reader.label("why.stopped.tally", **count) for count in counts))
    return {**tally(reader.label, reader.game, counted(reader.game, decision)), "then": then}


def terms_changed(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each question on which another option was put before the decided one, and each change of conditions."""
    for decision in reader.session.carried:
        put = _put(reader, decision)
        for key in decision["terms"]:
            yield from _option(reader, key, [item for item in put if key in item.terms])
        yield from _conditions(reader, decision, [item for item in put if item.condition])


def _put(reader: DebriefReader, decision: DecisionTaken) -> list[Item]:
    """Return the proposals with terms up to a decision's motion, or up to the decision if it has none.

    Proposals that stood beside those from which the motion grew are left out: nobody put them in place of another.
    """
    put = [item for item in reader.session.items if item.kind in ("proposal", "decision") and item.terms]
    last = next((index for index, item in enumerate(put) if item.line in (decision["motion"], decision["id"])), -1)
    before = [item for item in put[: last + 1] if item.kind == "proposal"]
    made, grown = {item.line: item for item in before}, list[str]()
    at = before[-1] if before and before[-1].line == decision["motion"] else None
    while at is not None and at.line not in grown:
        grown.append(at.line)
        answers = "" if has(reader.line_by_id[at.line]["act"], "proposes") else reader.line_by_id[at.line]["about"]
        at = made.get(at.amends) or made.get(at.base) or made.get(answers)
    begun = before.index(made[grown[-1]]) if grown else len(before)
    return [*before[:begun], *(item for item in before[begun:] if item.line in grown)]


def _option(reader: DebriefReader, key: str, put: Sequence[Item]) -> Iterator[TurningPoint]:
    steps = [next(items) for _, items in groupby(put, lambda item: item.terms[key])]
    if len(steps) < 2:
        return
    label, question = reader.label, reader.game.scenario.decision_by_id[key]
    course = label("why.terms.then").join(
        label("why.terms.step", option=reader.text(question.options[item.terms[key]]), name=reader.mover(item))
        for item in steps
    )
    text = label("why.terms", question=reader.text(question.question), course=course)
    yield TurningPoint("terms", text, *_shown(steps))


def _conditions(reader: DebriefReader, decision: DecisionTaken, put: Sequence[Item]) -> Iterator[TurningPoint]:
    steps = [next(items) for _, items in groupby(put, lambda item: item.condition)]
    if len(steps) < 2:
        return
    long = len(steps) > _MOST_STEPS
    first, last = (steps[:_FIRST], steps[-_LAST:]) if long else (steps, [])
    parts = brought(reader.session.items, decision["condition"])
    own = [_brought_by(reader, reader.proposals[by], part) for by, part in parts if by]
    key = "why.clauses" if own else "why.clauses.none"
    text = reader.label(key, count=len(steps), own=reader.label("semi").join(own))
    if left := [_brought_by(reader, reader.proposals[by], part) for by, part in _left_out(reader, put, parts)]:
        text += reader.label("gap") + reader.label("why.clauses.left", left=reader.label("semi").join(left))
    yield TurningPoint("clauses", text, *_shown([*first, *last]))


def _left_out(reader: DebriefReader, put: Sequence[Item], decided: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the dropped conditions of some proposals, with their lines, that no decided condition replaced."""
    items, made = reader.session.items, reader.proposals
    replaced = {each.line for by, _ in decided if by for each in struck_by(items, made[by])}
    built = [(item, made.get(item.amends) or made.get(item.base)) for item in put]
    had = [(item, each) for item, base in built if base for each in brought(items, base.condition)]
    gone = dict.fromkeys(each for item, each in had if each[1] not in hangs_on(item.condition))
    return [(by, part) for by, part in gone if by in made and by not in replaced and (by, part) not in decided]


def _brought_by(reader: DebriefReader, item: Item, part: str) -> str:
    """Return a condition with the seat that brought it, and the other seat's condition that it replaced, if any."""
    before = [each for each in struck_by(reader.session.items, item) if each.owner != item.owner]
    place = [reader.label("why.clauses.place", name=reader.mover(x), line=x.line) for x in before[:1]]
    by = {"condition": part, "name": reader.mover(item), "line": item.line}
    return reader.label("why.clauses.by", **by, place="".join(place))


def _shown(steps: Sequence[Item]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the lines of the steps, the last (and final) one first, and their seats."""
    *before, last = (item.line for item in steps)
    return (last, *before), frozenset(item.owner for item in steps)


def vetoes(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each carried decision on which seats held a veto that they did not use."""
    game = reader.game
    stops = game.governance.rules.aggregation.stops
    for decision in reader.session.carried:
        present = game.present(decision["stage"])
        able = tuple(
            seat for seat in present if seat in decision["votes"] and stops(game.positions.get(seat), decision["terms"])
        )
        if able:
            kind = "let_pass" if veto_key(game, "", able) else "veto"
            first, *_ = (*roots(reader.proposals, reader.proposals.get(decision["motion"])), None)
            own = kind == "let_pass" and first is not None and first.owner in able
            text = reader.label("why.let_pass.own" if own else f"why.{kind}", names=reader.names(able))
            yield TurningPoint(kind, text, (decision["id"],), frozenset(able))


def against(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each decision that was carried against votes or with abstentions, with the words of these seats."""
    for decision in reader.session.carried:
        votes = [
            line for line in _votes(reader, decision) if not has(line["act"], "votes_for")
            if line["origin"] != "nobody" and line["id"] not in reader.session.stood_in
        ]  # fmt: skip
        if votes:
            out = frozenset(line["seat"] for line in votes if has(line["act"], "abstains"))
            no = frozenset(line["seat"] for line in votes) - out
            texts = [reader.label("why.against", names=reader.names(no))] if no else []
            texts += [reader.label("why.against.abstained", names=reader.names(out))] if out else []
            texts += doers_away(reader, decision)
            said = [line["id"] for line in votes if line["says"]]
            yield TurningPoint("against", reader.label("gap").join(texts), (*said, decision["id"]), no | out)


def turned(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each line in which a seat gave up what it had put or backed itself, first those for what was carried.

    A seat stands for the options of what it puts and of the proposal that it backs or votes for, in whatever stage, but
    not for what its objection took over from what it opposes, nor for what its amendment has from what it amends. It
    gives up what it put, and what it backed when the other option was on the table already; nobody does so who backs
    one motion after another, or votes for the next once one has fallen. Whoever leaves an amendment that it moved for
    other options, or backs what was put against its motion, left the whole of it. Whoever votes against a motion
    that it moved or backed, or abstains from it, gave that up too, and whoever backs what they spoke against, or a
    motion with the options of a promise that they spoke against, that.
    """
    points = list[TurningPoint]()
    stands: dict[str, dict[str, _Stand]] = {}
    put, left = reader.proposals, set[str]()
    spoke = {line["id"]: terms for line, terms in spoken_for(reader.session.items, reader.lines)}
    host, reviewed = reader.game.scenario.tour.host, reader.game.able("reviews")
    for line in reader.lines:
        if line["seat"] == host or line["stage"] in reviewed:
            continue
        if line["origin"] == "nobody" or line["id"] in reader.session.stood_in:
            continue
        own = stands.setdefault(line["seat"], {})
        backed = put.get(line["about"]) if has(line["act"], "votes_for") and line["vote"] else None
        takes_sides = line["id"] in put or has(line["act"], "supports")
        terms = backed.terms if backed else spoke.get(line["id"], {}) if takes_sides else {}
        named = line["terms"] if line["id"] in put else terms
        gave_up = [*_gave_up(reader, line, terms, named, own)] or [*_left_motion(reader, line, terms, left)]
        left.update(earlier for _, lines in gave_up for earlier in lines)
        changes = [*gave_up, *_came_round(reader, line), *_left(reader, line)]
        if changes:
            text = reader.label("gap").join(text for text, _ in changes)
            before = dict.fromkeys(earlier for _, lines in changes for earlier in lines)
            ask = ("turned.vote" if backed else "turned.away") if line["vote"] else ""
            points.append(TurningPoint("turned", text, (line["id"], *before), frozenset({line["seat"]}), ask=ask))
    yield from sorted(points, key=lambda point: not _for_what_was_carried(reader, reader.line_by_id[point.evidence[0]]))


def _for_what_was_carried(reader: DebriefReader, line: Line) -> bool:
    away = any(has(line["act"], trait) for trait in _AWAY)
    return not away and any(taken["motion"] in (line["id"], line["about"]) for taken in reader.session.carried)


class _Stand(NamedTuple):
    """The option for which a seat stands on a question, since which line, and whether it put it itself."""

    option: str
    line: str
    put: bool


_Change = tuple[str, Sequence[str]]
"""The text on a change, with the earlier lines that show it."""


def _gave_up(
    reader: DebriefReader, line: Line, terms: Mapping[str, str], named: Mapping[str, str], own: dict[str, _Stand]
) -> Iterator[_Change]:
    """Yield the options that a line gives up, and record in ``own`` what its seat stands for now."""
    label, known = reader.label, reader.game.scenario.decision_by_id
    left: list[tuple[str, str, str]] = []
    for key, option in terms.items():
        before, puts = own.get(key, _Stand(option, "", put=False)), line["id"] in reader.motions
        if key in named or key in own:
            own[key] = _Stand(option, line["id"], put=puts or (before.put and before.option == option))
        if before.option != option and key in known and _on_the_table(reader, line, key, option, before):
            options = known[key].options
            left.append((reader.text(options[before.option]), reader.text(options[option]), before.line))
    if left:
        texts = {way: label("semi").join(each[place] for each in left[:_MOST_LEFT]) for place, way in enumerate(_WAYS)}
        motion = reader.proposals.get(line["about"]) if line["vote"] else None
        key, (by, amended) = ("why.turned.vote", put_by(reader, motion)) if motion else ("why.turned", ("", ""))
        whose = {"by": by, "line": line["about"], "amended": amended}
        yield label(key, name=reader.name(line["seat"]), **whose, **texts), [at for *_, at in left]


def _left_motion(reader: DebriefReader, line: Line, terms: Mapping[str, str], left: set[str]) -> Iterator[_Change]:
    """Yield that a seat left the last motion that it had put for other options, if it is not among those ``left``.

    The motion is an amendment that it replaces, or one against which the motion was put that it backs now.
    """
    here = reader.place(line["id"])
    own = [x for x in reader.proposals.values() if x.owner == line["seat"] and reader.place(x.line) < here]
    item = own[-1] if own and not line["vote"] else None
    if item is None or item.line in left:
        return
    if not (item.base and left_for(reader.session.items, item)) and not _put_against(reader, line, item):
        return
    had = {key: _Stand(option, item.line, put=True) for key, option in item.terms.items()}
    other = [
        key for key, option in terms.items()
        if key in had and had[key].option != option and _on_the_table(reader, line, key, option, had[key])
    ][:_MOST_LEFT]  # fmt: skip
    if other:
        ways = zip(_WAYS, (item.terms, terms), strict=True)
        told = {way: [text for _, text in reader.terms({key: of[key] for key in other})] for way, of in ways}
        texts = {way: reader.label("semi").join(options) for way, options in told.items()}
        yield reader.label("why.turned", name=reader.name(line["seat"]), **texts), [item.line]


def _put_against(reader: DebriefReader, line: Line, item: Item) -> bool:
    """Return whether a line backs a motion that was put in an objection to a motion, or to what had grown from it."""
    backs = has(line["act"], "supports") and not gives_way(line)
    grown = _grown_from(reader, line["about"]) if backs else []
    opposed = [reader.line_by_id[by]["about"] for by in grown if has(reader.line_by_id[by]["act"], "opposes")]
    return any(item.line in _grown_from(reader, motion) for motion in opposed)


def _grown_from(reader: DebriefReader, motion: str) -> list[str]:
    """Return a motion and those from which it grew by amendments, the latest first."""
    grown = list[str]()
    while motion in reader.proposals and motion not in grown:
        grown.append(motion)
        motion = reader.proposals[motion].base
    return grown


def _on_the_table(reader: DebriefReader, line: Line, key: str, option: str, before: _Stand) -> bool:
    """Return whether a seat left its option while that could still be had, and not for one that came up only later."""
    since, now = reader.place(before.line), reader.place(line["id"])
    for taken in reader.decisions:
        votes = [reader.place(each["id"]) for each in _votes(reader, taken)]
        fell = not taken["carried"] and {**taken["terms"], **taken["unbound"]}.get(key) == before.option
        if fell and any(since <= place < now for place in votes[-1:]):
            return False
    put = (item.line for item in reader.session.entries("proposal") if item.terms.get(key) == option)
    return before.put or any(reader.place(each) < since for each in put)


def _came_round(reader: DebriefReader, line: Line) -> Iterator[_Change]:
    backs = has(line["act"], "votes_for" if line["vote"] else "supports") and not gives_way(line)
    if line["about"] not in reader.proposals or not backs:
        return
    terms = reader.proposals[line["about"]].terms.items()
    same = {item.line: item for item in reader.session.entries("promise") if item.terms and item.terms.items() <= terms}
    earlier = [
        said for said in reader.lines[: reader.place(line["id"])]
        if said["seat"] == line["seat"] and said["about"] in (line["about"], *same) and not said["vote"]
    ]  # fmt: skip
    if earlier and has(earlier[-1]["act"], "opposes"):
        label, name, promised = reader.label, reader.name(line["seat"]), same.get(earlier[-1]["about"])
        option = label("semi").join(option for _, option in reader.terms(promised.terms)) if promised else ""
        yield (
            label("why.turned.for.option" if promised else "why.turned.for", name=name, option=option),
            [earlier[-1]["id"]],
        )


def _left(reader: DebriefReader, line: Line) -> Iterator[_Change]:
    put = reader.proposals
    item = put.get(line["about"])
    away = [way for trait, way in _AWAY.items() if has(line["act"], trait)]
    if not line["vote"] or item is None or not away:
        return
    backed = [
        said["id"]
        for said in reader.lines
        if said["seat"] == line["seat"] and said["about"] == item.line and has(said["act"], "supports")
        if not said["vote"] and not (said["id"] in put and set(put[said["id"]].terms.items()) - set(item.terms.items()))
    ]
    backed += [item.line] if item.owner == line["seat"] else []
    if backed:
        yield reader.label(f"why.turned.{away[0]}", name=reader.name(line["seat"])), backed[-1:]
