"""Measures of acts: dissent, contested proposals, concessions without new information, drift to agreement.

Acts of personas count, whoever worded the line; votes are left out, since a body that has talked well may well agree.
Support with other terms or a condition of its own is a counter-offer: it neither agrees nor objects, but contests the
proposal that it is put against.
"""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import has
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.ledger import ledger
from sandbox.game.motions.standing_for import counter_offers
from sandbox.record.line import ALL, Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged
from sandbox.scoring.audit.playing import contests
from sandbox.scoring.measures import cites, objects

# Fewest lines of personas, votes aside, of a stage that should have an objection.
_LINES = 5


def dissent(sessions: Sequence[Audited]) -> Finding:
    """Return the share of objections and refusals among all stances of personas; counter-offers are counted apart."""
    against, supporting, offers = 0, 0, 0
    for session in sessions:
        counters = _counter_offers(session)
        against += sum(map(objects, session.lines))
        supporting += sum(_supports(line) and line["id"] not in counters for line in session.lines)
        offers += sum(line["id"] in counters for line in session.lines)
    n = against + supporting
    return judged("dissent", against / n if n else None, n, beside={"counter_offers": offers} if offers else None)


def fewest_objections(sessions: Sequence[Audited]) -> Finding:
    """Return the number of objections in the stage with the fewest, among stages with enough lines for one.

    Refusals, counter-offers and votes against a motion count as well. The evidence is the stages without any.
    """
    counts: list[int] = []
    calm: list[Evidence] = []
    for session in sessions:
        names = {stage.id: stage.name.get(session.lang) for stage in session.session.game.stages}
        for stage, count in contests(session.session).items():
            if sum(line["stage"] == stage and not line["vote"] for line in session.lines) >= _LINES:
                counts.append(count)
                calm += [] if count else [Evidence(session.id, "", names[stage])]
    return judged("objections", min(counts, default=None), len(counts), calm)


def contested(sessions: Sequence[Audited]) -> Finding:
    """Return the share of contested proposals among those of personas, counter-offers included.

    A proposal is contested if another seat objected to it, put a counter-offer against it, or voted against it. What is
    told of the year after proposes nothing.
    """
    n, calm = 0, []
    for session in sessions:
        reviews = session.session.game.able("reviews")
        talk = [line for line in session.session.lines if line["stage"] not in reviews]
        # A concession would remove its seat from an entry's objectors.
        lines = [line for line in talk if not has(line["act"], "yields")]
        items = ledger(session.session.game.scenario, lines)
        objectors = {item.line: item.objectors for item in items if item.kind == "proposal"}
        offers = _counter_offers(session)
        countered = {_countered(session, items, line) for line in lines if line["id"] in offers}
        lost = {decision["motion"] for decision in session.session.decisions if not all(decision["votes"].values())}
        proposals = [line for line in session.lines if line["id"] in objectors]
        n += len(proposals)
        calm += [session.evidence(x) for x in proposals if not objectors[x["id"]] and x["id"] not in lost | countered]
    return judged("contested", (n - len(calm)) / n if n else None, n, calm)


def unfounded_concessions(sessions: Sequence[Audited]) -> Finding:
    """Return the share of concessions before which the seat had heard nothing new since its last objection.

    New is a line of another seat, heard by this one, with a fact, with terms, or answering its question. The concession
    of a seat that never objected is not counted.
    """
    n, unfounded = 0, []
    for session in sessions:
        lines, counted = session.session.lines, {line["id"] for line in session.lines}
        informs = [bool(line["terms"] or line["facts"]) or cites(session.session, line) for line in lines]
        doubts: dict[str, int] = {}
        asked: set[str] = set()
        for index, line in enumerate(lines):
            seat = line["seat"]
            if has(line["act"], "yields") and line["id"] in counted and seat in doubts:
                n += 1
                heard = range(doubts[seat] + 1, index)
                if not any(_new_to(seat, lines[x], informs[x], seat in asked) for x in heard):
                    unfounded.append(session.evidence(line))
            if objects(line):
                doubts[seat] = index
            if has(line["act"], "asks") or line["says"].rstrip().endswith(("?", "？")):
                asked.add(seat)
    return judged("unfounded_concessions", len(unfounded) / n if n else None, n, unfounded)


def agreement_drift(sessions: Sequence[Audited]) -> Finding:
    """Return the share of support among stances in the second halves of sessions, less that in the first halves."""
    halves: tuple[list[bool], list[bool]] = ([], [])
    for session in sessions:
        counters = _counter_offers(session)
        for index, line in enumerate(session.session.lines):
            if line["id"] in counters:
                continue
            if line["origin"] in ("model", "card", "agent") and (objects(line) or _agrees(line)):
                halves[2 * index >= len(session.session.lines)].append(_agrees(line))
    early, late = halves
    n = min(len(early), len(late))  # a difference is known no better than the smaller half
    if not n:
        return judged("agreement_drift", None, 0)
    before, after = sum(early) / len(early), sum(late) / len(late)
    beside = {"early": round(before, 3), "late": round(after, 3)}
    return judged("agreement_drift", after - before, n, beside=beside)


def _supports(line: Line) -> bool:
    return has(line["act"], "supports") and not has(line["act"], "yields") and not line["vote"]


def _counter_offers(session: Audited) -> set[str]:
    """Return the ids of lines that support with other terms or a condition of their own, also of people."""
    put = counter_offers(session.session.items, session.session.lines)
    return {line["id"] for line in session.session.lines if line["id"] in put and _supports(line)}


def _countered(session: Audited, items: Sequence[Item], offer: Line) -> str:
    """Return the id of the proposal that a counter-offer is about: the one it names, else the latest possible one."""
    if offer["about"]:
        return offer["about"]
    order = [line["id"] for line in session.session.lines]
    before = order[: order.index(offer["id"])]
    return next(
        (
            item.line
            for item in reversed(items)
            if item.line in before
            and item.kind in ("proposal", "promise")
            and item.owner != offer["seat"]
            and offer["to"] in (ALL, item.owner)
        ),
        "",
    )


def _agrees(line: Line) -> bool:
    return _supports(line) or has(line["act"], "yields")


def _new_to(seat: str, line: Line, informs: bool, asked: bool) -> bool:
    """Return whether a line told another seat something new: facts, terms, or an answer if that seat had asked."""
    if line["seat"] == seat or seat not in line["visible_to"]:
        return False
    return informs or (asked and has(line["act"], "answers") and line["to"] in (seat, ALL))
