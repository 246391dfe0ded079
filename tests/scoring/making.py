"""Sessions as the scores see them, made by hand or drawn from the rules, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sandbox.content.language import Lang
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.pulse import PulseRound
from sandbox.game.session import Session
from sandbox.game.spec import PlayStyle, SessionSpec
from sandbox.record.line import DecisionTaken, Line
from sandbox.record.log import Log
from tests.game.making import LIBRARY, SEATS, line, session_of
from tests.record.making import order, payload

__all__ = ["drawn", "line", "played", "pulses", "recorded", "vote"]


def played(
    *lines: Line,
    decisions: Sequence[DecisionTaken] = (),
    pulses: Sequence[PulseRound] = (),
    lang: Lang = "en",
    stages: tuple[str, ...] = (),
    governance: str = "joint_production",
    changes: tuple[str, ...] = (),
    city: str = "",
    style: PlayStyle = "directed",
) -> Session:
    """Return a session with these lines."""
    spec = SessionSpec(
        scenario="four_oclock_school", governance=governance, lang=lang, stages=stages, changes=changes, city=city,
        style=style,
    )  # fmt: skip
    return session_of(Game(spec, LIBRARY), lines, decisions, pulses)


def recorded(
    session: Session, name: str, news: Sequence[str] = (), whispers: Sequence[tuple[int, str, str]] = ()
) -> Session:
    """Return a session with a log of its own.

    Args:
        session: the session.
        name: its id.
        news: the words of events from outside, which all come before the first line.
        whispers: the facilitator's advice, each after how many lines, to which seat, and its words.
    """
    log = Log()
    log.append("session", {"id": "session", "session": name, "spec": session.spec.model_dump(mode="json")})
    for number, text in enumerate(news, start=1):
        log.append("inject", {"id": f"N{number}", "turn": 0, "text": text, "to": list(SEATS)})
    for spoken in range(len(session.lines) + 1):
        for number, (after, seat, text) in enumerate(whispers, start=1):
            if after == spoken:
                log.append("order", order(number, "whisper", seat=seat, text=text), seat=seat)
        for said in session.lines[spoken : spoken + 1]:
            _open_stage(log, said["stage"])
            log.append("line", {**said, "why": "", "rejected": []}, said["stage"], said["seat"])
    return replace(session, events=tuple(log))


def _open_stage(log: Log, stage: str) -> None:
    """Write that a stage was opened, where it is not the one being played, and that the one before was closed."""
    opened = log.of("stage")
    if not opened or opened[-1].stage != stage:
        for last in opened[-1:]:
            log.append("minutes", payload("minutes", last.stage), last.stage)
        log.append("stage", payload("stage", stage), stage)


def vote(
    votes: dict[str, bool],
    *,
    terms: dict[str, str] | None = None,
    carried: bool = True,
    payer: str = "",
    stage: str = "public_engagement",
) -> DecisionTaken:
    """Return a decision; without votes it is the mayor's, and without a payer the default pays."""
    return {
        "id": f"D-{stage}",
        "stage": stage,
        "motion": "L001",
        "procedure": "majority" if votes else "chair_decides",
        "by": "body" if votes else "mayor",
        "votes": votes,
        "abstained": [],
        "vetoed_by": [],
        "carried": carried,
        "terms": terms or {},
        "condition": "",
        "unbound": {},
        "payer": payer.split() or ["government"],
        "budget": [{"en": "the fund", "zh": "资金"}],
        "payer_agreed": bool(payer),
        "fallen": [],
    }


def pulses(moment: str = "start", **trust: int) -> PulseRound:
    """Return the pulses of one moment: the trust given, and 3 for everything else."""
    levels = {seat: {"trust": trust.get(seat, 3), "conviction": 3, "burden": 3} for seat in SEATS}
    return {"moment": moment, "levels": levels}  # type: ignore[typeddict-item]


def drawn(governance: str = "joint_production", scenario: str = "four_oclock_school", **spec: Any) -> Session:
    """Play a session in which every turn is drawn from what the rules allow."""
    whole = {"scenario": scenario, "governance": governance, "style": "rules", "model": "none"} | spec
    game = Game(SessionSpec.model_validate(whole), LIBRARY)
    log = Log(clock=lambda: 0.0)
    state = play(game, RandomChoice(game.templates), write=log.append)
    return Session(game, state, tuple(log))
