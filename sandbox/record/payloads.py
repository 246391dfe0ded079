"""The content of events: one type for each kind of event, by which a log is checked when it is read."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict  # pydantic reads no other before Python 3.12

from sandbox.content.aftermath import BodyAnswer
from sandbox.content.cards import Act
from sandbox.record.line import DecisionTaken, Line, Origin

OrderKind = Literal[
    "pause", "resume", "inject", "whisper", "message", "seat", "skip", "uncast", "vote", "end", "extend", "finish",
    "restart",
]  # fmt: skip
Giver = Literal["facilitator", "player", "clock"]
_Tokens = Annotated[int, Field(ge=0, le=10**12)]


ScoreStatus = Literal["supported", "unsupported", "cannot_tell", "failed", "refused", "not_judged", "measured"]


class Branch(TypedDict):
    """Where a branch starts: its source session, the line after which it leaves, its changed rules or other seed.

    With another ``rubric`` it is a copy of the whole session, scored by this rubric. A vote that is held again there
    has what earlier votes in its place came to, without their conditions: these are ``superseded``.
    """

    of: str
    at: str
    changes: NotRequired[list[str]]
    seed: NotRequired[int]
    rubric: NotRequired[str]
    superseded: NotRequired[list[DecisionTaken]]


class SeatShown(TypedDict):
    """A seat as a session opens: the name and role of its persona, its position, and the acts that it may perform."""

    name: str
    role: str
    position: str
    acts: list[Act]


class Opened(TypedDict):
    """``session``: the spec, the seats with their positions, who chairs, and the effective rules in full.

    ``program`` is the program that began it, with its version and the digest of its code; earlier logs do not have it.
    If a model plays, it also has the ``temperature`` at which a turn is asked for, and how much ``warmer`` each further
    wording of it is; logs of earlier versions have neither.
    """

    id: str
    session: NotRequired[str]
    program: NotRequired[str]
    spec: dict[str, Any]
    seats: NotRequired[dict[str, SeatShown]]
    chair: NotRequired[str]
    rules: NotRequired[dict[str, Any]]
    temperature: NotRequired[float]
    warmer: NotRequired[float]
    branch: NotRequired[Branch]


class Succeeded(TypedDict):
    """``model``: the models that speak and judge from here on, the style, and the last line before, or empty."""

    id: str
    after: str
    model: str
    judge_model: str | None
    style: Literal["free", "directed", "rules"]
    agents: NotRequired[dict[str, str]]
    models: NotRequired[dict[str, str]]


class StageOpened(TypedDict):
    """``stage``: its number and limit, the seats in the room with their acts, the voters, and the host of a tour."""

    id: str
    number: int
    of: int
    limit: int
    present: list[str]
    acts: dict[str, list[Act]]
    voters: list[str]
    host: str


@with_config(ConfigDict(extra="forbid"))
class Spent(TypedDict):
    """The cost of a call: requests, tokens of the prompt, cached ones, tokens of the answer, and whether estimated."""

    calls: NotRequired[int]
    prompt: NotRequired[_Tokens]
    cached: NotRequired[_Tokens]
    completion: NotRequired[_Tokens]
    estimated: NotRequired[bool]


class Failed(TypedDict):
    """An answer that could not be used: its beginning, and why, in the session's language."""

    text: str
    why: str


class Called(TypedDict):
    """``call``: a finished model call, kept before its answer is used.

    - ``left_out`` names the parts of its sampling that the endpoint refused, so that the answer was drawn without them.
    - ``mode`` says how its schema was asked for if the endpoint refused it as it is: ``closed_schema`` (every property
      required), ``json_object`` (JSON mode) or ``prompt`` (in words alone), in which nothing enforces the schema.
    - ``said`` is what the endpoint says of itself: the ``model`` that answered, if it is not the name asked for, and
      its ``system_fingerprint``.
    - ``failed`` has the earlier answers that could not be used; a call that was given up (``given_up:1:…``, without a
      text) has nothing else.

    Logs of earlier versions have none of these.
    """

    id: str
    digest: str
    model: str
    text: str
    usage: Spent
    seconds: float
    left_out: NotRequired[list[str]]
    mode: NotRequired[Literal["closed_schema", "json_object", "prompt"]]
    said: NotRequired[dict[str, str]]
    failed: NotRequired[list[Failed]]


class Answered(TypedDict):
    """``person``: a person's turn or pulse, kept before it is used."""

    id: str
    turn: NotRequired[dict[str, Any]]
    pulse: NotRequired[dict[str, Any]]


class Joined(TypedDict):
    """``inject``: an event from outside, the number of lines of its stage before it, and the seats that hear it.

    An event drawn in a review has the ``reason`` why it was likely, and the entries of the ledger that it ``strikes``;
    an event of a body may say what it ``answers`` on each entry that was put to it.
    """

    id: str
    turn: int
    text: str
    to: list[str]
    reason: NotRequired[str]
    strikes: NotRequired[list[str]]
    answers: NotRequired[dict[str, BodyAnswer]]


class Order(TypedDict):
    """``order``: a request of the facilitator or a player, or what the end of a time limit brings about.

    Args:
        id: its id, ``O1`` and so on.
        kind: what is to be done: ``vote`` brings the stage to its vote, ``end`` ends it at once, ``finish`` leaves out
            all stages after it, ``seat`` gives a seat to a person or a persona, ``message`` is read by all people and
            no persona, ``restart`` only tells that the program was started anew.
        stage: the stage being played when it was given, or empty between stages.
        seat: the seat that it concerns, or empty; ``skip`` with a seat skips that one only.
        text: the event, the advice or the message, or empty.
        inject: the scenario's event that is brought in, or empty.
        act: the act that goes with the advice, or empty.
        to: the seats that hear of an event; empty for the room.
        by: who takes the seat, or empty.
        turns: lines added to the stage.
        minutes: minutes added to the stage's time.
        motion: line of the proposal that is voted on first, or empty.
        giver: whose order it is.
        lends: whether the persona that takes the seat has it for one turn only. Older logs do not say; there it has if
            a time was over.
    """

    id: str
    kind: OrderKind
    stage: str
    seat: str
    text: str
    inject: str
    act: str
    to: list[str]
    by: Literal["person", "persona", ""]
    turns: int
    minutes: int
    motion: str
    giver: Giver
    lends: NotRequired[bool]


class Directed(TypedDict):
    """``direction``: an order carried out after so many lines of a stage, or why it was not."""

    id: str
    kind: OrderKind
    turn: int
    refused: str


class Removed(TypedDict):
    """``removal``: the facilitator took the words of a line off walls, phones and documents, or put them back."""

    id: str
    line: str
    off: bool


class Spoken(Line):
    """``line``: a line, why its speaker had the floor, and why earlier wordings of it were rejected."""

    why: str
    rejected: list[str]


class Filed(TypedDict):
    """``plan``: a seat's plan after a stage, the lines that wrote its sections, and the share copied, 0 to 1."""

    id: str
    sections: dict[str, str]
    lines: dict[str, str]
    adapted: list[str]
    copied: float


class Minuted(TypedDict):
    """``minutes``: the record of a stage, who took part in it, and why it ended."""

    id: str
    text: str
    ended: str
    present: list[str]


class Pulsed(TypedDict):
    """``pulse``: a seat's pulse at a moment, each 1 to 5, and who gave it."""

    id: str
    trust: int
    conviction: int
    burden: int
    origin: Origin


class Assessed(TypedDict):
    """``assessment``: one side's assessment of the session."""

    id: str
    side: Literal["hierarchical", "horizontal"]
    assessors: list[str]
    indicators: dict[str, float | None]
    total: float | None


class Quoted(TypedDict):
    """Words that a judge quotes, and the line that they are from."""

    turn: str
    quote: str


class Scored(TypedDict):
    """``score``: one vote of a judge on a criterion; ``also`` has the quotes after the first.

    A vote on a gold item has its cost (``usage``). In logs of earlier versions it may be the level that a measure
    decides.
    """

    id: str
    criterion: str
    judge: str
    sample: int
    level: int | None
    status: ScoreStatus
    turn: str
    quote: str
    reason: str
    also: NotRequired[list[Quoted]]
    panel: NotRequired[str]
    criterion_digest: NotRequired[str]
    templates_digest: NotRequired[str]
    usage: NotRequired[Spent]


class Closed(TypedDict):
    """``close``: the session came to its end after so many lines."""

    id: str
    lines: int
