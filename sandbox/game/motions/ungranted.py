"""What a decision settles though nobody accepts it who may commit to it, and what needs a body without a seat (LA)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sandbox.content.acts import has
from sandbox.content.aftermath import Body
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, ItemKind, gives_way
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.record.line import BODY, DecisionTaken, Line


class Record(NamedTuple):
    """What was said and decided in a session so far.

    Args:
        game: the game.
        items: the ledger.
        lines: the transcript.
        decisions: all decisions taken.
    """

    game: Game
    items: Sequence[Item]
    lines: Sequence[Line]
    decisions: Sequence[DecisionTaken]

    def entries(self, kind: ItemKind) -> list[Item]:
        """Return the entries of one kind."""
        return [item for item in self.items if item.kind == kind]


class Unheld(NamedTuple):
    """A question that was decided and that nobody who may commit to it is for.

    Args:
        question: its id.
        against: those who may commit to it and voted against.
        abstained: those who abstained.
        unasked: those who had no vote; where all three are empty, nobody in the room may commit to it.
    """

    question: str
    against: tuple[str, ...]
    abstained: tuple[str, ...]
    unasked: tuple[str, ...]


def granted_in(record: Record, question: str, option: str, remit: Sequence[str]) -> str:
    """Return the line or decision in which a seat that may commit to an option accepts it; empty if none does.

    A seat accepts it by an act that commits, a promise, a counter-offer or support for a motion with the option, or its
    vote. A seat that votes against the binding decision, or abstains, takes back what it said before, unless its own
    last motion or a standing promise has the option and all its conditions were decided too. A withdrawn promise
    accepts nothing.
    """
    binding = [x for x in record.decisions if x["carried"] and x["terms"].get(question) == option]
    turned = {seat for x in binding for seat in (*who_abstained(x), *(s for s, vote in x["votes"].items() if not vote))}
    put = {item.owner: item for item in record.entries("proposal") if item.terms}
    stand = [item for item in record.entries("promise") if item.state not in ("withdrawn", "fallen", "broken")]
    decided = {part for taken in binding for part in hangs_on(taken["condition"])}
    names = {line["id"]: line["terms"] for line in record.lines if line["promises"]}
    asked = {
        item.owner
        for item in (*put.values(), *stand)
        if {**names.get(item.line, {}), **item.terms}.get(question) == option
        if decided.issuperset(part for line, part in brought(record.items, item.condition) if line in ("", item.line))
    }
    may = {seat for seat in remit if seat in asked or seat not in turned}
    motions = {item.line: item.terms for item in record.entries("proposal")}
    back = {item.line for item in record.items if item.state == "withdrawn"}
    for line in record.lines:
        gives = (has(line["act"], "commits") or line["promises"]) and line["id"] not in back
        own = line["terms"] if gives else motions.get(line["id"], {})
        backed = motions.get(line["about"], {}) if has(line["act"], "supports") and not gives_way(line) else {}
        if line["seat"] in may and option in (own.get(question), backed.get(question)):
            return line["id"]
    for taken in binding:
        # The chair, or those who voted for it, and whoever held a veto and let it pass.
        accepting = [seat for seat, vote in taken["votes"].items() if vote] if taken["by"] == BODY else [taken["by"]]
        if may.intersection(accepting):
            return taken["id"]
    return ""


def who_abstained(decision: DecisionTaken) -> list[str]:
    """Return who abstained; a vote that was not cast takes nothing back."""
    return [seat for seat in decision["abstained"] if seat not in decision.get("uncast", ())]


def ungranted(record: Record, decision: DecisionTaken) -> list[Unheld]:
    """Return the questions settled by a carried decision that no seat accepts which may commit to them."""
    if not decision["carried"]:
        return []
    known, votes, waiting = record.game.scenario.decision_by_id, decision["votes"], []
    for key, option in decision["terms"].items():
        may = known[key].holders(option) if key in known else ()
        if key not in known or granted_in(record, key, option, may):
            continue
        seated = [seat for seat in record.game.positions if seat in may]
        against = tuple(seat for seat in seated if votes.get(seat) is False)
        abstained = tuple(seat for seat in seated if seat in who_abstained(decision))
        unasked = tuple(seat for seat in seated if seat not in (*against, *abstained))
        waiting.append(Unheld(key, against, abstained, unasked))
    return waiting


def needing(game: Game, body: Body, terms: Mapping[str, str]) -> list[str]:
    """Return the questions among terms whose option needs a body."""
    known = game.scenario.decision_by_id
    return [
        key
        for key, option in terms.items()
        if key in known and option in known[key].options and body.id in known[key].options[option].bodies
    ]
