"""The rows of one session in each long table, whether it was played in an experiment or not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.content.cards import RESIDENTS
from sandbox.content.library import Library
from sandbox.experiment.export.sheets import Row, csv_text
from sandbox.game.session import Session
from sandbox.game.steps import START
from sandbox.record.events import DecisionMade, Event, LineSpoken, PulseTaken, ScoreGiven, SessionOpened, StageBegun
from sandbox.scoring.level_rules import counted_levels
from sandbox.scoring.scorecard import reasons_of
from sandbox.scoring.standing import JudgeStanding, standing_mark
from sandbox.session.opening import spec_of

# The columns of each long table, with their kinds: s text, i whole number, f number, b yes or no.
LONG: dict[str, dict[str, str]] = {
    "seats": {
        "session": "s", "seat": "s", "name": "s", "role": "s", "position": "s", "persona_kind": "s",
        "resident": "b", "model": "s", "agent": "s",
    },
    "lines": {
        "session": "s", "number": "i", "line": "s", "stage": "s", "seat": "s", "act": "s", "addressee": "s",
        "says": "s", "terms": "s", "section": "s", "task": "s", "about": "s", "text": "s", "point": "s", "vote": "b",
        "origin": "s", "why": "s", "refused": "i", "condition": "s", "promises": "s",
    },
    "decisions": {
        "session": "s", "decision": "s", "stage": "s", "motion": "s", "procedure": "s", "taken_by": "s", "carried": "b",
        "vetoed_by": "s", "terms": "s", "unbound": "s", "payer": "s", "payer_agreed": "b", "fallen": "s",
    },
    "votes": {"session": "s", "decision": "s", "stage": "s", "seat": "s", "for_it": "b", "counts": "b"},
    "pulses": {
        "session": "s", "moment": "s", "stages_ended": "i", "seat": "s", "trust": "i", "conviction": "i", "burden": "i",
        "origin": "s",
    },
    "scores": {
        "session": "s", "criterion": "s", "how": "s", "judge": "s", "sample": "i", "level": "f", "standing": "s",
        "status": "s", "line": "s", "quote": "s", "reason": "s",
    },
    "events": {"session": "s", "seq": "i", "written": "f", "kind": "s", "stage": "s", "seat": "s", "payload": "s"},
}  # fmt: skip
LEDGER: dict[str, str] = {
    "session": "s", "line": "s", "stage": "s", "entry": "s", "seat": "s", "says": "s", "terms": "s", "became": "s",
    "authority": "s", "deliverer": "s", "departments": "s", "task": "s", "duplicate": "b", "supporters": "s",
    "objectors": "s", "condition": "s", "section": "s", "amends": "s",
}  # fmt: skip


def table_csv(name: str, rows: Iterable[Row]) -> str:
    """Return rows of a long table as CSV, with a byte order mark so that spreadsheets read it as UTF-8."""
    return "\ufeff" + csv_text(LONG[name], rows)


def long_tables(
    session: str, outcomes: Mapping[str, Any], events: Sequence[Event], library: Library,
    standings: Mapping[str, JudgeStanding], played: Session | None,
) -> dict[str, list[Row]]:  # fmt: skip
    """Return the rows of a session in each long table.

    ``session`` is its id, ``played`` the session itself, for the evidence of its counted levels, or None if its log
    does not fit the cards any more. ``standings`` are those of its judges, by criterion.
    """
    tables: dict[str, list[Row]] = {name: [] for name in LONG}
    voters: set[str] = set()  # seats whose vote counts
    ended = {START: 0}  # number of stages that have ended at a moment
    for event in events:
        tables["events"].append({
            "seq": event.seq, "written": round(event.at, 3), "kind": event.kind, "stage": event.stage or None,
            "seat": event.seat or None, "payload": event.payload,
        })  # fmt: skip
        if isinstance(event, SessionOpened):
            cast = event.payload["spec"].get("personas", {})
            voters, spec = _voters(event), spec_of(events)
            others = {*spec.persons, *spec.agents}
            tables["seats"] += [
                {
                    "seat": seat, **{name: shown[name] for name in ("name", "role", "position")},
                    **_kind(cast.get(seat, seat), library), "model": None if seat in others else spec.model_of(seat),
                    "agent": spec.agents.get(seat),
                }
                for seat, shown in event.payload.get("seats", {}).items()
            ]  # fmt: skip
        elif isinstance(event, StageBegun):
            ended[event.payload["id"]] = event.payload["number"]
        elif isinstance(event, LineSpoken):
            tables["lines"].append(_line(event, len(tables["lines"]) + 1))
        elif isinstance(event, DecisionMade):
            decision: Mapping[str, Any] = event.payload
            tables["decisions"].append(_decision(decision))
            tables["votes"] += [
                {
                    "decision": decision["id"], "stage": decision["stage"], "seat": seat, "for_it": vote,
                    "counts": seat in voters,
                }
                for seat, vote in (*decision["votes"].items(), *((seat, None) for seat in decision["abstained"]))
            ]  # fmt: skip
        elif isinstance(event, PulseTaken):
            pulse: Mapping[str, Any] = event.payload
            levels = {name: pulse[name] for name in ("trust", "conviction", "burden", "origin")}
            at = {"moment": event.stage, "stages_ended": ended[event.stage]}
            tables["pulses"].append({**at, "seat": event.seat, **levels})
    tables["scores"] = [*_counted(outcomes, played), *_judged(events, standings)]
    for rows in tables.values():
        for each in rows:  # logs have empty texts for some missing values, which become None like all others
            each |= {"session": session, **{name: None for name, value in each.items() if value == ""}}
    return tables


def ledger_rows(session: Session) -> list[Row]:
    """Return a row per entry of a session's ledger (proposal, promise, task, decision), with its last state."""
    return [
        {
            **{name: getattr(item, name) or None for name in ("line", "stage", "says", "deliverer", "task", "condition",
                                                              "section", "amends")},
            "entry": item.kind, "seat": item.owner, "became": item.state, "duplicate": item.duplicate,
            "terms": dict(item.terms) or None,
            **{name: ", ".join(getattr(item, name)) or None for name in ("authority", "departments")},
            **{name: ", ".join(sorted(getattr(item, name))) or None for name in ("supporters", "objectors")},
        }
        for item in session.items
    ]  # fmt: skip


def _voters(opened: SessionOpened) -> set[str]:
    """Return the seats whose vote counts by the rules in a session's first event."""
    positions = opened.payload.get("rules", {}).get("aggregation", {}).get("voters", ())
    return {seat for seat, shown in opened.payload.get("seats", {}).items() if shown["position"] in positions}


def _kind(persona: str, library: Library) -> Row:
    """Return the kind of a persona as cells of a row; empty if it is not in the library any more."""
    if persona not in library.cards["persona"]:
        return {}
    kind = library.persona(persona).kind
    return {"persona_kind": kind, "resident": kind in RESIDENTS}


def _line(event: LineSpoken, number: int) -> Row:
    line: Mapping[str, Any] = event.payload
    kept = {name: line[name] for name in LONG["lines"] if name in line}
    return {
        **kept, "number": number, "line": line["id"], "addressee": line["to"], "terms": line["terms"] or None,
        "refused": len(line["rejected"]), **{name: line.get(name) or None for name in ("condition", "promises")},
    }  # fmt: skip


def _decision(decision: Mapping[str, Any]) -> Row:
    return {
        **{name: decision[name] for name in LONG["decisions"] if name in decision},
        "decision": decision["id"],
        "taken_by": decision["by"],
        **{name: ", ".join(decision[name]) or None for name in ("vetoed_by", "payer", "fallen")},
        **{name: decision[name] or None for name in ("terms", "unbound")},
    }


def _counted(outcomes: Mapping[str, Any], played: Session | None) -> Iterator[Row]:
    levels = counted_levels(played.game.rubric, played) if played else {}
    reasons = reasons_of(played, levels) if played else {}
    for outcome, level in outcomes.items():
        name = outcome.removeprefix("counted_")
        if name != outcome and level is not None:
            row: Row = {"criterion": name, "how": "counted", "level": level, "status": "measured"}
            again = levels.get(name)
            if again is not None and again.level == level:  # else the rules of counting have changed since
                row |= {"line": ", ".join(again.evidence) or None, "reason": reasons[name]}
            yield row


def _judged(events: Iterable[Event], standings: Mapping[str, JudgeStanding]) -> Iterator[Row]:
    for event in events:
        if isinstance(event, ScoreGiven) and event.payload["judge"]:
            vote: Mapping[str, Any] = event.payload
            kept = {name: vote[name] for name in ("criterion", "judge", "sample", "status", "quote", "reason")}
            level = None if vote["level"] is None else float(vote["level"])
            standing = None if level is None else standing_mark(standings.get(vote["criterion"]))
            yield {**kept, "how": "judged", "level": level, "standing": standing, "line": vote["turn"]}
