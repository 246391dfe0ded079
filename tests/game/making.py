"""Lines, decisions, personas, rooms and governance models made for tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, TypeVar, get_args

from hypothesis import settings
from hypothesis import strategies as st

from sandbox.content.cards import RULED, SECTIONS_OF_PLAN, Act, Kind, Payer, Topic
from sandbox.content.governance import CHAIR_BINDS, MORE_THAN_HALF, Governance, Procedure
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Scenario
from sandbox.game.game import Game
from sandbox.game.hosting import renamed
from sandbox.game.ledger.ledger import ledger
from sandbox.game.play import spoken
from sandbox.game.pulse import PulseRound
from sandbox.game.session import Session
from sandbox.game.state import Floor, State, first_state
from sandbox.game.steps import make_line
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line, Turn
from tests.content.folders import LIBRARY

__all__ = [
    "LIBRARY",
    "MODELS",
    "PROPERTY",
    "SCENARIO",
    "SCENARIOS",
    "SEATS",
    "STAGES",
    "TURN",
    "changed",
    "decision",
    "floor_of",
    "governances",
    "line",
    "lines",
    "persona",
    "ruled",
    "said",
    "session_of",
    "some",
    "terms_of",
]

One = TypeVar("One")
Rule = Literal["boundary", "choice", "aggregation", "information", "payoff", "scope"]
PROPERTY = settings(derandomize=True, deadline=None, max_examples=8)
SCENARIO: Scenario = LIBRARY.scenario("four_oclock_school")
SCENARIOS = [LIBRARY.scenario(card) for card in LIBRARY.cards["scenario"]]
MODELS = [LIBRARY.governance(card) for card in LIBRARY.cards["governance"]]
SEATS = ["mayor", "grid_master", "village_cadre", "ngo_director", "migrant_tenant"]
STAGES = [stage.id for stage in LIBRARY.stages()]
TURN: Turn = {
    "act": "inform", "to": "all", "says": "x", "terms": {}, "section": "", "task": "", "about": "", "text": "",
    "condition": "", "appends": False, "aside": False, "replaces": "", "promises": "", "also": {},
    "withdraws": "", "takes_on": {}, "promised_to": [],
}  # fmt: skip
_TASKS = [task.id for task in SCENARIO.tasks]
_TERMS = [(one.id, option) for one in SCENARIO.decisions for option in one.options]
_TOPICS: tuple[Topic, ...] = get_args(Topic)
_PAYERS: tuple[Payer, ...] = get_args(Payer)
_PROCEDURES: tuple[Procedure, ...] = get_args(Procedure)


def persona(seat: str, kind: Kind, *, registered: bool = True) -> Persona:
    """Return a persona of a kind."""
    return LIBRARY.persona("mayor").model_copy(update={"id": seat, "kind": kind, "registered": registered})


def changed(governance: str, **rules: Any) -> Governance:
    """Return a shipped governance model with some fields of its rules changed."""
    data = LIBRARY.governance(governance).model_dump()
    for name, fields in rules.items():
        data["rules"][name] |= fields
    return Governance.model_validate(data)


def namesakes(game: Game) -> Game:
    """Return a game after its host was given the surname of the residents' speaker."""
    host = renamed(game.personas["site_host"], {"en": "Qiu Lanying", "zh": "邱兰英"}[game.spec.lang])
    cards = {**game.personas, "site_host": host}
    for name in ("_names_shown", "callings", "addresses", "shared_forms", "names"):
        vars(game).pop(name, None)
    vars(game)["personas"] = cards
    return game


def line(
    number: int,
    seat: str,
    act: Act,
    to: str = "all",
    terms: dict[str, str] | None = None,
    *,
    says: str = "",
    section: str = "",
    task: str = "",
    about: str = "",
    text: str = "",
    condition: str = "",
    promises: str = "",
    vote: bool = False,
    stage: str = "public_engagement",
) -> Line:
    """Return a line that all seats may see."""
    return {
        "id": f"L{number:03d}",
        "stage": stage,
        "seat": seat,
        "act": act,
        "to": to,
        "says": says or f"words of line {number}",
        "terms": terms or {},
        "section": section,
        "task": task,
        "about": about,
        "text": text,
        "condition": condition,
        "promises": promises,
        "point": "",
        "facts": [],
        "vote": vote,
        "origin": "model",
        "visible_to": SEATS,
    }


def decision(
    terms: dict[str, str],
    carried: bool = True,
    about: str = "L001",
    stage: str = "public_engagement",
    votes: dict[str, bool] | None = None,
) -> DecisionTaken:
    """Return a decision of the body."""
    return {
        "id": f"D-{stage}",
        "stage": stage,
        "motion": about,
        "procedure": "majority",
        "by": "body",
        "votes": {"mayor": True, "migrant_tenant": True, "ngo_director": False} if votes is None else votes,
        "abstained": [],
        "vetoed_by": [],
        "carried": carried,
        "terms": terms,
        "condition": "",
        "unbound": {},
        "payer": ["government"],
        "budget": [{"en": "money", "zh": "钱"}],
        "payer_agreed": False,
        "fallen": [],
    }


def session_of(
    game: Game,
    lines: Sequence[Line] = (),
    decisions: Sequence[DecisionTaken] = (),
    pulses: Sequence[PulseRound] = (),
    events: Sequence[Event] = (),
) -> Session:
    """Return a session in which this was said, decided and felt."""
    state: State = {
        **first_state(game),
        "lines": list(lines),
        "decisions": list(decisions),
        "pulses": list(pulses),
        "ledger": ledger(game.scenario, lines, decisions, first_state(game)["ledger"]),
    }
    return Session(game, state, events)


@st.composite
def lines(draw: st.DrawFn, most: int = 15) -> list[Line]:
    """Draw a transcript that passes through the stages in their order."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SEATS),
                st.sampled_from(RULED),
                st.sampled_from([*SEATS, "all"]),
                st.dictionaries(*_term()),
                st.booleans(),
                st.sampled_from(["", *SECTIONS_OF_PLAN]),
                st.sampled_from(["", *_TASKS]),
                st.sampled_from(range(len(STAGES))),
            ),
            max_size=most,
        )
    )
    drawn.sort(key=lambda one: one[-1])
    return [
        line(number, seat, act, to, terms, vote=vote, section=section, task=task, stage=STAGES[stage])
        for number, (seat, act, to, terms, vote, section, task, stage) in enumerate(drawn, start=1)
    ]


def _term() -> tuple[st.SearchStrategy[str], st.SearchStrategy[str]]:
    keys = st.sampled_from([key for key, _ in _TERMS])
    return keys, st.sampled_from([option for _, option in _TERMS])


def some(of: Sequence[One], least: int = 0) -> st.SearchStrategy[list[One]]:
    """Draw some of a sequence, each at most once and in its order."""
    masks = st.integers(0, 2 ** len(of) - 1)
    if least:
        masks = masks.filter(lambda mask: mask.bit_count() >= least)
    return masks.map(lambda mask: [one for index, one in enumerate(of) if mask >> index & 1])


@st.composite
def governances(draw: st.DrawFn, *kinds: Rule) -> Governance:
    """Draw a governance model: a shipped one, in which rules of some kinds are drawn anew."""
    model = draw(st.sampled_from(MODELS))
    positions = list(model.rules.position)
    data = model.model_dump()
    for kind in kinds:
        data["rules"][kind] |= _DRAWN[kind](draw, positions)
    return Governance.model_validate(data)


def _boundary(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    return {stage: {"positions": draw(some(positions, 1)), "source": "inferred"} for stage in STAGES}


def _choice(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    return {position: {"acts": draw(some(RULED, 1)), "source": "inferred"} for position in positions}


def _aggregation(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    procedure = draw(st.sampled_from(_PROCEDURES))
    shares = st.sampled_from([MORE_THAN_HALF, "3/5", "2/3", "3/4"])
    share = {"share": draw(shares)} if procedure == "majority" else {}
    of = {} if procedure in CHAIR_BINDS else {"of": draw(st.sampled_from(["cast", "voters"]))}
    return (
        share
        | of
        | {
            "procedure": procedure,
            "chair": draw(st.sampled_from(positions)),
            "voters": draw(some(positions, 1)),
            "quorum": draw(st.one_of(st.integers(0, 4), shares)),
            "veto": draw(some(positions)),
        }
    )


def _information(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    return {
        "minutes": draw(st.sampled_from(["all", "present"])),
        "lines": draw(st.sampled_from(["room", "parties"])),
        "documents": draw(st.sampled_from(["all", "author_and_chair"])),
        "platform": draw(some(positions)),
    }


def _payoff(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    budgets = draw(some(_PAYERS, 1))
    return {
        "budgets": {payer: {"en": f"money of {payer}", "zh": "钱"} for payer in budgets},
        "default": draw(st.sampled_from(budgets)),
        "hierarchical": draw(some(positions)),
        "horizontal": draw(some(positions)),
    }


def _scope(draw: st.DrawFn, positions: list[str]) -> dict[str, Any]:
    topics = st.one_of(st.sampled_from(["all", "none"]), some(_TOPICS))
    return {"decisions": draw(topics), "plans": draw(some(positions))}


_DRAWN: dict[Rule, Callable[[st.DrawFn, list[str]], dict[str, Any]]] = {
    "boundary": _boundary,
    "choice": _choice,
    "aggregation": _aggregation,
    "information": _information,
    "payoff": _payoff,
    "scope": _scope,
}


@st.composite
def ruled(draw: st.DrawFn, *kinds: Rule) -> tuple[Governance, dict[str, str]]:
    """Draw a governance model and who holds which position under it; one seat, ``head``, holds the chair."""
    model = draw(governances(*kinds))
    chair = model.rules.aggregation.chair
    others = [position for position in model.rules.position if position != chair]
    held = [(f"seat{index}", one) for index, one in enumerate(draw(st.lists(st.sampled_from(others), max_size=6)))]
    held.insert(draw(st.integers(0, len(held))), ("head", chair))
    return model, dict(held)


@st.composite
def terms_of(draw: st.DrawFn, scenario: Scenario) -> dict[str, str]:
    """Draw terms that settle some questions of a scenario."""
    settled = draw(some([one.id for one in scenario.decisions]))
    options = {one.id: sorted(one.options) for one in scenario.decisions}
    return {key: draw(st.sampled_from(options[key])) for key in settled}


def floor_of(seat: str, *acts: Act) -> Floor:
    return {"seat": seat, "why": "quiet", "acts": [*acts], "point": "", "phase": "discussion"}


def said(game: Game, state: State, seat: str, act: Act, **turn: object) -> State:
    """Return the state after a turn, whoever's floor it was."""
    now: State = {**state, "floor": floor_of(seat, act)}
    own: Turn = {**TURN, "act": act, "says": f"Line {len(state['lines']) + 1}.", **turn}  # type: ignore[typeddict-item]
    made = make_line(game, now, own, "model")
    after = spoken(game, now, made, (), None)
    return {**now, "lines": [*state["lines"], made], "ledger": after["ledger"], "turn": state["turn"] + 1}
