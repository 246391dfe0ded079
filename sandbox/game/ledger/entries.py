"""Entries of the ledger: what a proposal, promise, task, decision, or term of a decision holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from sandbox.content.acts import has
from sandbox.content.aftermath import BodyAnswer
from sandbox.content.scenario_card import Scenario
from sandbox.record.line import DecisionTaken, Line, Outcome

ItemKind = Literal["proposal", "promise", "task", "decision", "term"]
ItemState = Literal[
    "open", "confirmed", "kept", "broken", "part", "moot", "unreported", "beyond_remit", "fallen", "withdrawn",
    "disputed", "lifted", "carried", "rejected",
]  # fmt: skip
Claim = Outcome | Literal[""]
Stand = Literal["confirmed", "denied", "said_kept", "said_part", "said_moot"]
Ungranted = Literal["withheld", "nobody"]
# A reporting task that is due, whether or not whoever was handed it has refused.
DUE: tuple[ItemState, ...] = ("open", "disputed")


@dataclass(frozen=True)
class Account:
    """What is known in a review, a year later, about an entry that falls due.

    Args:
        owner: the seat that answers for it now.
        report: the line that reported on it, or empty.
        claim: the outcome that this line claimed, or empty.
        said: the outcome that other seats told of it, by seat.
        harmed: the events that struck it.
        saved: the events that took over what was struck.
        closed: whether the review is over.
        concerned: the seats for whose benefit it was, see `concerned_by`.
        within: the entry with which it is one matter, and with whose report it is told; or empty.
        before: its outcome last year, if it goes on as it was and nobody denied it then; or empty.
        lost: how a body to which it was put failed to decide it; or empty.
        apart: whether it promises more than the options that it names, and so is judged by itself.
        joined: other seats that are to do it too, and may report on it as well.
        by: which of these reported on it, or empty.
        first: in free play, the seat among those concerned that asked for it or was promised it; or empty.
        ungranted: why nobody granted what a body decided: those who may did not agree (``withheld``), or nobody here
            may (``nobody``); else empty.
        by_half: whether those concerned overturn a report only if at least half of them have spoken.
        unnamed: whether it is a condition that names nobody who is to do it: its owner only tells what became of it.
        hears_all: whether each whom it was for or who pays for it is asked, and a word kinder than the report leaves
            that as it is.
        paying: the seats beside its doers that are to pay for it.
    """

    owner: str
    report: str = ""
    claim: Claim = ""
    said: Mapping[str, Outcome] = field(default_factory=dict)
    harmed: tuple[str, ...] = ()
    saved: tuple[str, ...] = ()
    closed: bool = False
    concerned: frozenset[str] = field(default_factory=frozenset)
    within: str = ""
    before: Claim = ""
    lost: BodyAnswer | Literal[""] = ""
    apart: bool = False
    joined: tuple[str, ...] = ()
    by: str = ""
    first: str = ""
    ungranted: Ungranted | Literal[""] = ""
    by_half: bool = False
    unnamed: bool = False
    hears_all: bool = False
    paying: frozenset[str] = field(default_factory=frozenset)

    @property
    def reporter(self) -> str:
        """The seat that reported on it or, as long as nobody has, the seat that answers for it."""
        return self.by or self.owner

    @property
    def doers(self) -> tuple[str, ...]:
        """The seats that are to do it: its owner and those joined to it."""
        return self.owner, *self.joined

    @property
    def witnessed(self) -> dict[str, Outcome]:
        """The outcomes told by witnesses, by seat: all others, and doers that contradict the report.

        If the owner is also one of those concerned and reported in the place of somebody who is away, that is a
        witness's word.
        """
        told: dict[str, Outcome] = {self.owner: self.claim} if self.claim and self.heard and not self.by else {}
        return told | {seat: came for seat, came in self.said.items() if seat not in self.doers or came != self.claim}

    @property
    def heard(self) -> bool:
        """Whether its owner is one of those concerned: it is the promise of somebody who is away."""
        return self.owner in self.concerned

    @property
    def heeded(self) -> frozenset[str]:
        """The seats whose word comes before that of others: those concerned, and those that are to pay."""
        return self.concerned | self.paying

    @property
    def counts(self) -> dict[str, Outcome]:
        """The outcomes that count, by seat: those told by seats heeded or, if none has spoken, by all witnesses."""
        witnessed = self.witnessed
        return {seat: came for seat, came in witnessed.items() if seat in self.heeded} or witnessed

    @property
    def few(self) -> bool:
        """Whether fewer than half of those heeded have spoken, so that they only dispute a report."""
        spoken = self.heeded & self.counts.keys()
        return self.by_half and bool(spoken) and 2 * len(spoken) < len(self.heeded)

    @property
    def gainsaid(self) -> frozenset[str]:
        """The seats whose word counts and is another than the report; a kinder one is none where each is heard."""
        kinder = ("part", "kept") if self.hears_all else None
        return frozenset(
            seat for seat, came in self.counts.items() if came != self.claim and (self.claim, came) != kinder
        )

    @property
    def stood(self) -> dict[Stand, frozenset[str]]:
        """The seats whose word counts, grouped by how they stand to the report; groups without a seat are left out.

        To say that it was not kept denies the report. If the report itself says so, to say kept or moot denies it.
        """
        denies: dict[Outcome, Stand] = {"kept": "denied", "moot": "denied"} if self.claim == "broken" else {}
        ways: dict[Outcome, Stand] = {"kept": "said_kept", "broken": "denied", "part": "said_part", "moot": "said_moot"}
        ways |= {**denies, **({self.claim: "confirmed"} if self.claim else {})}
        told = {seat: ways[came] for seat, came in self.counts.items()}
        held = [how for how in get_args(Stand) if how in told.values()]
        return {how: frozenset(seat for seat in told if told[seat] == how) for how in held}

    @property
    def confirmed(self) -> frozenset[str]:
        """The seats that bear the report out."""
        return self.stood.get("confirmed", frozenset())

    @property
    def denied(self) -> frozenset[str]:
        """The seats that deny it."""
        return self.stood.get("denied", frozenset())


@dataclass(frozen=True)
class Item:
    """An entry of the ledger.

    Args:
        line: the line that made it; for a term of a decision its number, such as ``T1``.
        stage: the stage in which it was made.
        kind: proposal, promise, task, decision or, once a review was opened, a term of a carried decision.
        owner: the seat that made it.
        says: its words.
        terms: the options it commits to, by decision.
        state: open; confirmed (by a seat with the authority, or a proposal by a decision); kept (a promise that a
            decision contains); broken (a promise contradicted by a decision, by a later promise of its owner, or by a
            seat with the authority); beyond_remit (the owner may not commit to a term); fallen (a promise whose motion
            lost); withdrawn (a promise taken back by its owner); disputed (a task refused by the seat that was handed
            it; in a review, an entry on whose outcome those concerned disagree); lifted (a task); carried or rejected
            (a decision).
        authority: the seats that may commit to all of its terms by themselves; empty: only the body may.
        payer: the option on who pays, or empty.
        deliverer: the option on who delivers, or the seat that a task was handed to, or empty.
        departments: departments whose part is needed.
        task: the reporting task.
        duplicate: whether the task repeats another.
        visible_to: the seats that may see it.
        supporters: seats that supported it.
        objectors: seats that objected and have not conceded since; for a condition that fell due, seats that refused
            it.
        condition: its conditions beside its terms, in the words of their owners, or empty.
        section: the section of a plan that it drafts, or empty.
        amends: the proposal that it amends, with more terms or another condition but no other option; or empty.
        base: the proposal out of which it grew: the one it amends, or one of which a supporter changed an option or an
            objector only a condition; or empty.
        beside: the motion beside which a promise was made, and with which it falls; or empty.
        gives: options within its owner's remit that a promise gives for the motion beside which it was made.
        takes_on: the lines of the conditions that a promise takes on, in whole or in part.
        promised_to: the seats to whose benefit a promise is, or ``all``, as its owner says; empty if it does not say.
        asked_of: the seats that are to do or pay something by the condition that its line brought, or by what fell due;
            None if nobody said.
        history: each change of state, with the line, decision or event that caused it.
        account: what is known about it in a review; None if it does not fall due.
    """

    line: str
    stage: str
    kind: ItemKind
    owner: str
    says: str
    terms: Mapping[str, str]
    state: ItemState
    visible_to: tuple[str, ...]
    authority: tuple[str, ...] = ()
    payer: str = ""
    deliverer: str = ""
    departments: tuple[str, ...] = ()
    task: str = ""
    duplicate: bool = False
    supporters: frozenset[str] = field(default_factory=frozenset)
    objectors: frozenset[str] = field(default_factory=frozenset)
    condition: str = ""
    section: str = ""
    amends: str = ""
    base: str = ""
    beside: str = ""
    gives: Mapping[str, str] = field(default_factory=dict)
    takes_on: tuple[str, ...] = ()
    promised_to: tuple[str, ...] = ()
    asked_of: tuple[str, ...] | None = None
    history: tuple[tuple[str, ItemState], ...] = ()
    account: Account | None = None

    @property
    def promised(self) -> Mapping[str, str]:
        """The options that hold by a promise: those that it commits to, or that it ``gives`` beside its words."""
        return self.terms or self.gives

    def turned(self, state: ItemState, by: str) -> Item:
        """Return the entry in another state, with what caused the change."""
        if state == self.state:
            return self
        fields = self.__dict__.copy()
        fields["state"], fields["history"] = state, (*self.history, (by, state))
        return _holding(fields)

    def altered(self, **changes: Any) -> Item:
        """Return the entry with some fields changed; quicker than `replace`, which sets every field anew."""
        return _holding({**self.__dict__, **changes})


def _holding(fields: dict[str, Any]) -> Item:
    """Return an entry with these fields; the constructor of a frozen class sets them one by one, which is slow."""
    item = object.__new__(Item)
    object.__setattr__(item, "__dict__", fields)
    return item


Ledger = tuple[Item, ...]

BLANK = Item("", "", "proposal", "", "", {}, "open", ()).altered()
"""An entry that holds nothing: what others are made from."""


def motion_of(items: Ledger, line: str) -> Item | None:
    """Return the motion that a line made, or None; a promise that the line makes beside it is another entry."""
    for item in reversed(items):
        if item.line == line and item.kind == "proposal":
            return item
    return None


def as_taken(items: Ledger, decision: DecisionTaken) -> Item:
    """Return a decision as the motion that it carried or rejected; the chair may have decided without a motion."""
    made = motion_of(items, decision["motion"]) or BLANK.altered(line=decision["motion"], owner=decision["by"])
    return made.altered(stage=decision["stage"], terms=decision["terms"], condition=decision["condition"])


def proposals_of(items: Sequence[Item]) -> dict[str, Item]:
    """Return the proposals of a ledger, by the line that put each."""
    return {item.line: item for item in items if item.kind == "proposal"}


def movers(items: Sequence[Item]) -> dict[str, str]:
    """Return the mover of each motion, by the line that put it."""
    return {item.line: item.owner for item in items if item.kind == "proposal"}


def differ(terms: Mapping[str, str], own: Mapping[str, str]) -> bool:
    """Return whether two sets of terms have different options on some question."""
    return {**terms, **own} != {**own, **terms}  # then it matters which of them has the last word


def within_remit(scenario: Scenario, seat: str, terms: Mapping[str, str]) -> bool:
    """Return whether a seat may commit to all terms by itself (the paper's section LA on void promises)."""
    known = scenario.decision_by_id
    return not [key for key in terms if key in known and seat not in known[key].holders(terms[key])]


def own_terms(scenario: Scenario, line: Line) -> dict[str, str]:
    """Return the options to which a promising line commits; if it says what it gives, only those within its remit."""
    if not line["promises"]:
        return line["terms"]
    return {key: option for key, option in line["terms"].items() if within_remit(scenario, line["seat"], {key: option})}


def entry_of(
    scenario: Scenario, line: Line, kind: ItemKind, state: ItemState, terms: dict[str, str] | None = None
) -> Item:
    """Return the entry that a line makes; its terms are the line's own unless others are named."""
    task = scenario.task_by_id.get(line["task"]) if kind == "task" else None
    terms, made_by = line["terms"] if terms is None else terms, line["id"]
    fields = BLANK.__dict__.copy()  # which takes less time than to name all
    fields["line"], fields["stage"], fields["kind"], fields["owner"] = made_by, line["stage"], kind, line["seat"]
    fields["says"], fields["terms"], fields["state"] = line["says"], terms, state
    fields["visible_to"] = tuple(line["visible_to"])
    fields["condition"], fields["section"] = line["condition"], line["section"]
    fields["authority"], fields["payer"], fields["deliverer"], fields["departments"] = matters(scenario, terms)
    fields["history"] = ((made_by, state),)
    if "asked_of" in line:
        fields["asked_of"] = tuple(line["asked_of"])
    if kind == "promise":
        if "takes_on" in line:
            fields["takes_on"] = tuple([by for by, answer in line["takes_on"].items() if answer != "no"])
        fields["promised_to"] = tuple(line.get("promised_to", ()))
    if task is not None:
        fields["deliverer"], fields["task"], fields["duplicate"] = line["to"], task.id, bool(task.duplicates)
    return _holding(fields)


def gives_way(line: Line) -> bool:
    """Return whether a line only gives up a doubt, naming neither an option nor a condition.

    A line drawn by the rules has no words in which it could name one, and never counts.
    """
    return has(line["act"], "yields") and line["origin"] != "rules" and not (line["terms"] or line["condition"])


def roots(made: Mapping[str, Item], put: Item | None) -> tuple[Item, ...]:
    """Return the motions out of which one grew, the earliest first, ending with the motion itself."""
    grown: tuple[Item, ...] = ()
    while put is not None and put not in grown:
        grown, put = (put, *grown), made.get(put.base)
    return grown


def matters(scenario: Scenario, terms: Mapping[str, str]) -> tuple[tuple[str, ...], str, str, tuple[str, ...]]:
    """Return the seats that may commit to all terms alone, the payer, the deliverer, and the departments needed."""
    remit, payer, provider, departments = scenario.together(terms)
    return remit, terms.get(payer, ""), terms.get(provider, ""), departments
