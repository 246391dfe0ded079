"""A session made by hand, of which reports are made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from typing import Any

import pytest

from sandbox.content.language import Lang
from sandbox.experiment.whatif.coach import coach
from sandbox.experiment.whatif.difference import FEWEST
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import PlayStyle, SessionSpec
from sandbox.record.events import Event, EventKind
from sandbox.record.line import Line
from sandbox.record.log import Log
from sandbox.scoring.assessment import assess, incompatibility
from sandbox.scoring.audit.playing import play_measures
from sandbox.scoring.measures import measure, outcome_measures, turn_shares
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import Scorecard, latest_scores
from tests.game.making import LIBRARY, line, session_of
from tests.record.making import payload
from tests.scoring.making import drawn, recorded

QUESTIONS = LIBRARY.scenario("four_oclock_school").decision_by_id
STREET, HIRED = (QUESTIONS["provider"].options[option].en for option in ("street_staff", "social_organisation"))
DISTRICT = QUESTIONS["payer"].options["district"].en
ATTACK = "<script>alert(1)</script> & <img src=https://example.org/x.png onerror=alert(2)>"
QUOTE = 'who signs <b>"our"</b> contract'
ON_PAPER = f"Say we help: {QUOTE}?"
WORDS = (
    ("training", "mayor", "inform", "all", "Haicang began with retired teachers.", "model"),
    ("training", "grid_master", "object", "mayor", ATTACK, "person"),
    ("training", "mayor", "ask", "village_cadre", ON_PAPER, "model"),
    ("public_engagement", "mayor", "propose", "all", "Street staff could run it.", "card"),
    ("public_engagement", "village_cadre", "promise", "migrant_tenant", "The district pays, I promise.", "model"),
    ("public_engagement", "migrant_tenant", "ask", "mayor", "And where is the hook in it?", "model"),
)
VOTES = {"mayor": True, "grid_master": True, "village_cadre": True, "ngo_director": False, "migrant_tenant": False}


@dataclass(frozen=True, eq=False)
class Scored:
    """A game, its log and how it is scored; tests share it, so whoever changes what is in its log takes a copy."""

    game: Game
    events: Sequence[Event]
    score: Callable[[], Scorecard]

    @property
    def card(self) -> Scorecard:
        """Its scores."""
        return self.score()

    def with_card(self, card: Scorecard) -> Scored:
        """Return the same with other scores."""
        return replace(self, score=lambda: card)

    @property
    def as_read(self) -> Session:
        """The session, as its log has it now."""
        return Session.of(self.game, self.events)

    def copy(self) -> Scored:
        """Return the same with a log that may be changed."""
        events = [replace(event, payload=deepcopy(event.payload)) for event in self.events]
        return Scored(self.game, events, self.score)

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The lines as they stand in the log."""
        return [event.payload for event in self.events if event.kind == "line"]


@cache
def make_session(governance: str = "joint_production", lang: Lang = "en") -> Scored:
    """Play a session by hand: training and public engagement, with a vote or a decision of the chair."""
    spec = SessionSpec(
        scenario="four_oclock_school",
        governance=governance,
        lang=lang,
        stages=("training", "public_engagement"),
        seed=7,
        persons=("grid_master",),
        model="speaker-m",
        judge_model="judge-m",
    )
    game = Game(spec, LIBRARY)
    log = Log()
    add = _adder(log)
    add("session", {"id": "session", "session": "S-1", "spec": spec.model_dump(mode="json")})
    count = 0

    def line(stage: str, seat: str, act: str, to: str, says: str, origin: str, vote: bool = False) -> str:
        nonlocal count
        count += 1
        terms = {"propose": {"provider": "street_staff"}, "promise": {"payer": "district"}}.get(act, {})
        if act == "decide":
            terms = {"provider": "social_organisation", "payer": "district"}
        spoken = {
            "id": f"L{count:03d}", "stage": stage, "seat": seat, "act": act, "to": to, "says": says, "terms": terms,
            "section": "", "task": "", "about": "", "text": "", "condition": "", "promises": "", "point": "",
            "facts": [], "vote": vote, "origin": origin, "visible_to": list(game.present(stage)),
            "why": "quiet", "rejected": [],
        }  # fmt: skip
        usage = {"calls": 1, "prompt": 1000, "cached": 400, "completion": 30, "estimated": False}
        if origin != "person":
            add("call", payload("call", f"line:{count}", usage=usage), stage, seat)
        add("line", spoken, stage, seat)
        return str(spoken["id"])

    for number, stage in enumerate(("training", "public_engagement"), start=1):
        present = list(game.present(stage))
        add("stage", payload("stage", stage, number=number, of=2, present=present), stage)
        for one in WORDS:
            if one[0] == stage:
                line(*one)
        if stage == "public_engagement":
            _decide(game, line, add)
        text = f"Minutes of {stage}.\n<i>Noted</i>"
        add("minutes", payload("minutes", stage, text=text, present=present), stage)
    add("close", {"id": "close", "lines": count})
    events = list(log)
    return Scored(game, events, cache(partial(make_card, game, events)))


def _adder(log: Log) -> Any:
    def add(kind: EventKind, payload: dict[str, Any], stage: str = "", seat: str = "") -> None:
        log.append(kind, payload, stage, seat)

    return add


def _decide(game: Game, line: Any, add: Any) -> None:
    stage = "public_engagement"
    base = {"id": f"D-{stage}", "stage": stage, "carried": True}
    if game.governance.id == "command":
        motion = line(stage, "mayor", "decide", "all", "So be it: a contract, and we pay.", "model")
        terms = {"provider": "social_organisation", "payer": "district"}
        taken = {"motion": motion, "procedure": "chair_decides", "by": "mayor", "votes": {}, "terms": terms}
        agreed = True
    else:
        for seat, stance in VOTES.items():
            act = "support" if stance else "object"
            line(stage, seat, act, "mayor", f"My vote is cast, says {seat}.", "model", vote=True)
        terms = {"provider": "street_staff"}
        taken = {"motion": "L004", "procedure": "majority", "by": "body", "votes": VOTES, "terms": terms}
        agreed = False
    budget = game.governance.rules.payoff.budgets["government"].model_dump()
    paid = {"payer": ["government"], "budget": [budget], "payer_agreed": agreed, "fallen": []}
    add("decision", base | taken | paid | {"abstained": [], "vetoed_by": [], "condition": "", "unbound": {}}, stage)


def make_card(game: Game, events: Sequence[Event], scores: Sequence[Score] | None = None) -> Scorecard:
    """Score a session by hand: one of each status, and one criterion left out."""
    lines: list[Any] = [event.payload for event in events if event.kind == "line"]
    decisions: list[Any] = [event.payload for event in events if event.kind == "decision"]
    session = session_of(game, lines, decisions)
    if scores is None:
        reason = "<script>alert('reason')</script>"
        scores = (
            Score("decision_share", 4, "supported", "L003", QUOTE, reason, 0.2),
            Score("needs_first", 2, "unsupported", "L099", "words that nobody said", "Misread.", 0.0),
            Score("promise_integrity", None, "cannot_tell", "", "", "The record does not show it.", 0.5),
            Score("referee_role", None, "failed", "", "", "no usable answer", None),
            Score("inclusion", 1, "supported", "L006", "where is the hook", "A doubt.", 0.1),
            Score("local_fit", None, "not_judged", "", "", "its stages were not played", None),
        )
    value = measure("facts_told", session)
    play = {**play_measures(session), "duplicates": 3, "invented_numbers": ["37", "4100"], "fact_lines": value}
    return Scorecard(
        "judge-m",
        tuple(scores),
        outcome_measures(session),
        play,
        turn_shares(session),
        assess(session),
        incompatibility(session),
    )


@lru_cache(100)
def drawn_session(governance: str = "joint_production", scenario: str = "four_oclock_school", **spec: Any) -> Scored:
    """Play a session in which the rules alone play; nobody judges it."""
    session = drawn(governance, scenario, **spec)
    return Scored(session.game, session.events, cache(partial(latest_scores, session)))


def first_drawn(fits: Callable[[Scored], bool], governance: str = "joint_production", **spec: Any) -> Scored:
    """Return the first session, seed by seed, that has what a test needs."""
    for seed in range(1, 200):
        scored = drawn_session(governance, seed=seed, **spec)
        if fits(scored):
            return scored
    raise AssertionError("no session has what is needed")


def told_session(
    lines: Sequence[Line],
    lang: Lang = "en",
    changes: tuple[str, ...] = (),
    governance: str = "joint_production",
    style: PlayStyle = "directed",
) -> Scored:
    """Return a session that consists of these lines, unfinished."""
    stages = tuple(dict.fromkeys(line["stage"] for line in lines))
    spec = SessionSpec(
        scenario="four_oclock_school", governance=governance, lang=lang, model="speaker-m", stages=stages,
        changes=changes, style=style,
    )  # fmt: skip
    game = Game(spec, LIBRARY)
    session = recorded(session_of(game, lines), "S-2")
    return Scored(game, session.events, cache(partial(latest_scores, session)))


def counter_offers(lang: Lang = "en") -> Session:
    """Return a session with a motion that nobody but two heard, counter-offers to it, support and an objection."""
    spec = SessionSpec(scenario="four_oclock_school", governance="joint_production")
    room = list(Game(spec, LIBRARY).present("public_engagement"))
    said = [
        line(1, "mayor", "propose", "ngo_director", terms={"provider": "street_staff"}),
        line(2, "ngo_director", "support", terms={"provider": "social_organisation"}, about="L001"),
        line(3, "mayor", "object", terms={"provider": "social_organisation", "payer": "shared"}, about="L002"),
        line(4, "local_parent", "support", about="L002"),
        line(5, "migrant_tenant", "object", about="L002"),
    ]
    for each in said:
        each["visible_to"] = room if each["to"] == "all" else [each["seat"], each["to"]]
    return told_session(said, lang=lang).as_read


@pytest.fixture(autouse=True)
def _fewer_continuations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Play few continuations of each act in the place of forty: what is told of them reads the same."""
    monkeypatch.setattr("sandbox.report.pages.debrief.coaching.coach", partial(coach, runs=FEWEST))


@pytest.fixture
def session() -> Scored:
    """A session in English under joint production."""
    return make_session()
