"""A line: one utterance with its act, speaker, addressee and visibility."""

from __future__ import annotations

from functools import cache
from typing import Literal, NotRequired

from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sandbox.content.cards import Act

ALL = "all"
BODY = "body"
Origin = Literal["model", "person", "card", "rules", "agent", "nobody"]
Outcome = Literal["kept", "broken", "part", "moot"]
Answer = Literal["yes", "part", "no"]


@cache  # the same few numbers, session after session
def line_id(number: int) -> str:
    """Return the id of a line by its number, from 1: the name that every page and message uses for it."""
    return f"L{number:03d}"


class Utterance(TypedDict):
    """What somebody says and does with it; `Turn` explains each field."""

    act: Act
    to: str
    says: str
    terms: dict[str, str]
    section: str
    task: str
    about: str
    text: str
    condition: str
    promises: str
    also: NotRequired[dict[str, Outcome]]
    withdraws: NotRequired[str]
    takes_on: NotRequired[dict[str, Answer]]
    leaves_open: NotRequired[list[str]]
    promised_to: NotRequired[list[str]]
    asked_of: NotRequired[list[str]]


class Turn(Utterance):
    """What a seat does with the floor.

    Args:
        to: the addressee: a seat, or ``all``.
        terms: options to which it commits, by decision.
        section: the section of the speaker's own plan that the words rewrite, or empty.
        task: the reporting task that it hands down or lifts, or empty.
        about: the line that it supports, opposes or answers, or empty.
        text: what the section of the plan says from now on; empty where the words themselves are its text.
        condition: the condition of a proposal, counter-offer or promise beside its terms, or empty.
        appends: whether the text is added to what the section says already, instead of replacing it.
        aside: whether only the addressee hears it, where the rules permit that.
        replaces: the line that brought the condition of the answered motion that the speaker's own condition replaces
            or, without one, strikes; or empty.
        promises: what the speaker itself promises, in few words, by an act of promise or beside another; or empty.
        also: in a review, what became of other matters than the one that it is about, by entry.
        withdraws: the speaker's own earlier promise that it takes back, by its entry in the ledger.
        takes_on: by the line of a condition that asks something of the speaker, whether the speaker will do it.
        leaves_open: the lines of conditions that ask something of the speaker and that it cannot answer yet. A line has
            them only where it supports something: there, saying nothing of a condition would be agreement.
        promised_to: the seats that gain by what it promises, or ``all``.
        asked_of: the seats present that are to do or pay something by its condition; absent where it does not say.
    """

    appends: bool
    aside: bool
    replaces: str


EMPTY_TURN = Turn(
    act="inform", to=ALL, says="", terms={}, section="", task="", about="", text="", condition="", appends=False,
    aside=False, replaces="", promises="",
)  # fmt: skip
"""A turn that does nothing yet: whoever makes one fills in a copy, which takes less time than to name all fields."""


class Line(Utterance):
    """A turn as it stands in the transcript.

    - ``to`` is a seat or ``all``; ``point`` is the scenario's point that was raised, or empty.
    - ``origin`` tells who worded it: a model, a person, the card itself after the model's wordings were rejected, the
      rules-only mode, or nobody, where a person's vote was not cast.
    - ``visible_to`` lists the seats that may ever see it.
    - ``refuses`` is the condition of a motion, in its words, that asks something of the speaker and that the speaker
      will not fulfil.
    - ``asks_nobody`` says that the line is no question to anybody, whatever its words: in free style, its speaker was
      not allowed to ask.
    """

    id: str
    stage: str
    seat: str
    point: str
    facts: list[str]
    vote: bool
    origin: Origin
    visible_to: list[str]
    refuses: NotRequired[str]
    asks_nobody: NotRequired[bool]


class Seldom(TypedDict, total=False):
    """What few decisions have.

    Args:
        uncast: the abstaining seats whose people gave no vote, so that none was cast, for whatever reason.
        revived: the promises, by line, that fell with an earlier motion and stand again, since this one brings the
            same.
    """

    uncast: list[str]
    revived: list[str]


class DecisionTaken(Seldom):
    """A decision of the body.

    Args:
        stage: the stage in which it was taken.
        motion: the line of the motion, or of the chair's decision.
        procedure: the aggregation rule by which it was taken.
        by: the chair who decided, or ``body``.
        votes: each vote cast (true for the motion); advice where the chair decides after a hearing.
        abstained: seats that abstained, and seats whose vote was not cast, which count alike.
        vetoed_by: seats whose vote against stopped it.
        carried: whether it binds.
        terms: what is bound, by decision.
        condition: the motion's condition beside its terms, in words, or empty.
        unbound: terms of the motion that lie outside the body's scope, and so are not bound.
        payer: who pays.
        budget: the payers' budgets under the rules, in the order of ``payer``.
        fallen: the promises, by line, that fall with it: each was made beside a motion that lost.
        payer_agreed: whether the decision names the payer; if not, the rule's default pays.
    """

    id: str
    stage: str
    motion: str
    procedure: str
    by: str
    votes: dict[str, bool]
    abstained: list[str]
    vetoed_by: list[str]
    carried: bool
    terms: dict[str, str]
    condition: str
    unbound: dict[str, str]
    payer: list[str]
    budget: list[dict[str, str]]
    payer_agreed: bool
    fallen: list[str]
