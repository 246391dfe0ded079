"""What is told beside votes: who was against, who may vote, which motions were not put, and who had an interest."""

from __future__ import annotations

from collections.abc import Iterator, Set

from sandbox.content.governance import CHAIR_BINDS
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.conditions import whom_it_asks
from sandbox.game.motions.franchise import franchise
from sandbox.game.motions.hanging import hangs_on
from sandbox.record.line import DecisionTaken
from sandbox.report.acceptance import interested
from sandbox.report.entries import entry_state, why_left
from sandbox.report.read_decision import read_decision
from sandbox.report.reading import Reading


def unput(reading: Reading, stage: str) -> Iterator[tuple[Item, str]]:
    """Yield the motions that were left over after a stage's votes or its chair's decision, each with the reason.

    The reason is in words; if it is the same as for the motion before, a short text says so. Left out are motions that
    were amended, that their mover gave up, or that are contained in what was carried.
    """
    game = reading.game
    taken = [decision for decision in reading.decisions if decision["stage"] == stage]
    if stage not in game.able("decides") or not taken:
        return
    decides = game.governance.rules.aggregation.procedure in CHAIR_BINDS
    items = [item for item in reading.session.entries("proposal") if item.stage == stage and item.terms]
    amended = {item.amends for item in items}
    put = [(decision["terms"] | decision["unbound"], decision["condition"]) for decision in taken]
    before = ""
    for item in items:
        orders = decides and item.owner == game.chair
        left = entry_state(reading, item)[0] == "unput" and item.line not in amended and not orders
        if left and (item.terms, item.condition) not in put:
            why = why_left(reading, item, taken)
            yield item, reading.label("unput.same_reason") if why == before else why
            before = why


def unput_told(reading: Reading, stage: str, room: Set[str] = frozenset()) -> list[str]:
    """Return the motions of a stage that were not put to the vote, each with the reason, as a sentence.

    With a ``room``, only those that all of it heard.
    """
    label = reading.label
    return [
        label("unput", name=name, amended=amended, line=item.line, why=why)
        for item, why in unput(reading, stage)
        if room <= {*item.visible_to}
        for name, amended in [put_by(reading, item)]
    ]


def put_by(reading: Reading, motion: Item, *, cited: bool = False) -> tuple[str, str]:
    """Return who put the proposal from which a motion has grown; and, in words, who amended it since, or nothing.

    For a motion that was put to the vote, the second text also names the seats that were the first to put options of
    it. With ``cited``, each name has its line beside the motion's own, if others had a part in it.
    """
    grown = [motion]
    while (base := reading.proposals.get(grown[-1].base)) is not None:
        grown.append(base)
    *later, first = grown
    put = any(taken["motion"] == motion.line for taken in reading.decisions)
    origins = _put_first(reading, motion) if put else []
    whose = {
        "options": {item.owner: item for item in origins if item not in grown},
        "changes": {item.owner: item for item in later[::-1]},
    }

    def named(item: Item) -> str:
        known = not cited or item.line == motion.line  # whose line stands beside it
        return reading.name(item.owner) + ("" if known else reading.label.paren(item.line))

    told = [
        reading.label(f"meeting.amended.{way}", names=names)
        for way, items in whose.items()
        if (names := [named(item) for owner, item in items.items() if owner != first.owner])
    ]
    mover = reading.mover(first) + (reading.label.paren(first.line) if cited and told else "")
    return mover, reading.label("meeting.amended", ways=reading.label("semi").join(told)) if told else ""


def _put_first(reading: Reading, motion: Item) -> list[Item]:
    """Return the proposals, heard by the whole room, that were the first to put the options of a motion."""
    origins = dict[tuple[str, str], Item]()
    for item in reading.proposals.values():
        if item.line in reading.line_by_id and reading.heard(reading.line_by_id[item.line]):
            for term in item.terms.items():
                origins.setdefault(term, item)
    return [origins[term] for term in motion.terms.items() if term in origins]


def voters_told(reading: Reading, decision: DecisionTaken) -> str:
    """Return who voted against a motion or abstained, and who may vote; empty if nobody voted."""
    label, sides = reading.label, read_decision(reading, decision).sides
    if not any(sides.values()):
        return ""
    told = [(label(f"decision.{way}"), label.join(sides[way])) for way in ("against", "abstained") if sides[way]]
    voters, room = franchise(reading.game, decision["stage"]).voters, reading.game.present(decision["stage"])
    everybody = set(voters) == set(room)
    told.append((label("decision.voters"), label("decision.everybody") if everybody else reading.names(voters)))
    return label("gap").join(head + label("colon") + names + label("stop") for head, names in told)


def interest_told(reading: Reading, decision: DecisionTaken) -> str:
    """Return how seats voted that the motion gives work or costs, or that a condition binds; empty if none voted."""
    label, terms = reading.label, {**decision["terms"], **decision["unbound"]}
    room = reading.game.present(decision["stage"])
    ways = dict.fromkeys(decision["abstained"], "abstained")
    ways |= {seat: "for" if vote else "against" for seat, vote in decision["votes"].items()}
    binds = [
        seat
        for part in hangs_on(decision["condition"])
        for seat in whom_it_asks(reading.spoken, reading.session.items, part, room)
    ]
    own = [seat for seat in dict.fromkeys([*interested(reading.spoken, terms), *binds]) if seat in ways]
    voted = [reading.name(seat) + label.paren(label(f"decision.{ways[seat]}").lower()) for seat in own]
    return label("interested", names=voted) if voted else ""
