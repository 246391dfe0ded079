"""An experiment as tables: a row a session, seat, line, decision, vote, promise and more, with a codebook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from sandbox.content.cards import RESIDENTS
from sandbox.content.files import write_whole
from sandbox.content.library import Library
from sandbox.content.words import Words, fault
from sandbox.errors import InputError, StorageError
from sandbox.experiment.by_rules import Games, play_by_rules
from sandbox.experiment.codebook import codebook, columns_told
from sandbox.experiment.countries import CountrySpec, made_from
from sandbox.experiment.outcomes import OUTCOMES
from sandbox.experiment.sheets import Form, Row, Sheets, csv_text
from sandbox.experiment.status import said_players
from sandbox.experiment.store import Store
from sandbox.experiment.worker import Claimed
from sandbox.game.session import Session
from sandbox.game.steps import START
from sandbox.record.events import (
    DecisionMade,
    Event,
    LineSpoken,
    PulseTaken,
    ScoreGiven,
    SessionOpened,
    StageBegun,
)
from sandbox.record.folder import SessionFolder, make_private
from sandbox.session.carried import carry
from sandbox.session.opening import game_of

# The columns of each long table by kind: s text, i whole number, f number, b yes or no.
LONG: dict[str, dict[str, str]] = {
    "seats": {
        "session": "s", "seat": "s", "name": "s", "role": "s", "position": "s", "persona_kind": "s",
        "resident": "b",
    },
    "lines": {
        "session": "s", "number": "i", "line": "s", "stage": "s", "seat": "s", "act": "s", "addressee": "s",
        "says": "s", "terms": "s", "section": "s", "task": "s", "about": "s", "text": "s", "point": "s", "vote": "b",
        "origin": "s", "why": "s", "refused": "i",
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
        "session": "s", "criterion": "s", "how": "s", "judge": "s", "sample": "i", "level": "f", "status": "s",
        "line": "s", "quote": "s", "reason": "s",
    },
    "events": {"session": "s", "seq": "i", "written": "f", "kind": "s", "stage": "s", "seat": "s", "payload": "s"},
}  # fmt: skip
LEDGER: dict[str, str] = {
    "session": "s", "line": "s", "stage": "s", "entry": "s", "seat": "s", "says": "s", "terms": "s", "became": "s",
    "authority": "s", "deliverer": "s", "departments": "s", "task": "s", "duplicate": "b", "supporters": "s",
    "objectors": "s", "condition": "s", "section": "s", "amends": "s",
}  # fmt: skip
Column = tuple[str, Callable[[Mapping[str, Any]], Any]]


def _of(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row[name]


def _used(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: row["usage"].get(name)


def _answered(name: str) -> Callable[[Mapping[str, Any]], Any]:
    return lambda row: (row["answers"] or {}).get(name)


# Columns of the table of sessions, before and after levels and outcomes: each with its kind and how a session has it.
_HEAD: dict[str, Column] = {
    "session": ("s", _of("id")), "arm": ("s", _of("arm")), "block": ("s", _of("block")),
    "scenario": ("s", _of("scenario")), "replicate": ("i", _of("replicate")), "seed": ("i", _of("seed")),
    "null_arm": ("b", _of("null")), "by_rules": ("b", _of("by_rules")), "state": ("s", _of("state")),
    "failure": ("s", lambda row: row["reason"] or None),
}  # fmt: skip
_TAIL: dict[str, Column] = {
    "calls": ("i", _used("calls")), "prompt_tokens": ("i", _used("prompt")), "cached_tokens": ("i", _used("cached")),
    "completion_tokens": ("i", _used("completion")), "answers_unusable": ("i", _answered("unusable")),
    "lines_asked": ("i", _answered("lines")), "lines_given_up": ("i", _answered("given_up")),
    "pulses_asked": ("i", _answered("pulses")), "pulses_by_rule": ("i", _answered("by_rule")),
    "started": ("f", _of("started")), "ended": ("f", _of("ended")), "added_with": ("i", _of("design")),
}  # fmt: skip


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        sessions: sessions in the wide table.
        silent: finished sessions by the rules alone whose events were not kept, and that this program does not play
            the same way any more: they are in the wide table and in no other.
    """

    paths: tuple[Path, ...]
    sessions: int
    silent: int


def export(
    store: Store, library: Library, folder: Path, forms: Sequence[Form] = ("csv",), *, lang: Literal["en", "zh"] = "en",
    logs: bool = False,
) -> Exported:  # fmt: skip
    """Write an experiment as tables, with a codebook that says what is in each column.

    Args:
        store: the store.
        library: the content, from which sessions by the rules alone are played again that left no events.
        folder: where to; it is made where it does not exist, and files in it are replaced.
        forms: ``csv``, ``parquet``.
        lang: language of the codebook, which its name tells where it is not English, as those of reports do.
        logs: whether each session's log is written too, as a folder that ``report``, ``replay`` and ``branch`` open.

    Raises:
        InputError: Parquet is wanted, and the extra is missing.
        StorageError: something cannot be read or written.
    """
    factors, outcomes = dict[str, None](), dict.fromkeys(OUTCOMES)
    for row in store.everything():
        factors |= dict.fromkeys(row["cell"])
        outcomes |= dict.fromkeys(row["outcomes"])
    head, tail = ({name: kind for name, (kind, _) in columns.items()} for columns in (_HEAD, _TAIL))
    wide = {**head, **{f"cell_{factor}": "s" for factor in factors}, **dict.fromkeys(outcomes, "f"), **tail}
    tables = {"sessions": wide, **LONG, "ledger": LEDGER}
    told = columns_told(tables, tuple(factors), lang)
    games, sessions, silent, unfit = Games(library), 0, 0, 0
    book = folder / ("codebook.md" if lang == "en" else f"codebook.{lang}.md")
    try:
        make_private(folder)
        with ExitStack() as stack:
            sheets = {name: Sheets(stack, folder, name, kinds, forms) for name, kinds in tables.items()}
            for row in store.everything():
                sheets["sessions"].write([_wide(row)])
                sessions += 1
                if row["state"] == "done":
                    events = store.events(row["id"]) or _again(row, games)
                    silent += not events and not isinstance(made_from(row["spec"]), CountrySpec)
                    for name, rows in long_tables(row["id"], row["outcomes"], events, library).items():
                        sheets[name].write(rows)
                    ledger = _ledger(row["id"], events, library) if events else []
                    unfit += ledger is None
                    sheets["ledger"].write(ledger or ())
                    if logs and events:
                        write_log(folder / "logs" / row["id"], events, library)
        write_whole(book, codebook(*_about(store, silent, unfit, Words(lang)), told, lang))
    except OSError as error:
        raise fault(StorageError, "storage.unwritable", path=folder, why=error.strerror or error) from error
    paths = [folder / f"{name}.{form}" for form in forms for name in tables]
    return Exported((*paths, book), sessions, silent)


def _about(store: Store, silent: int, unfit: int, words: Words) -> tuple[str, list[str]]:
    """Return the title of the codebook, and what it says of the experiment."""
    notes = []
    for played in store.played:
        at = datetime.fromtimestamp(played.at, UTC).strftime("%Y-%m-%d %H:%M")
        notes.append(words("experiment.codebook.played", at=at, digest=played.digest[:16]))
    notes.append(words("experiment.codebook.players", list=said_players(store.players(), words)))
    if silent:
        notes.append(words("experiment.codebook.silent", number=silent))
    if unfit:
        notes.append(words("experiment.codebook.unfit", number=unfit))
    return words("experiment.codebook.title", experiment=store.name), notes


def _ledger(run: str, events: Sequence[Event], library: Library) -> list[Row] | None:
    """Return the rows of a session in the ledger; None where it does not fit the cards any more."""
    try:
        session = Session.of(game_of(events, library), events)
    except InputError:
        return None
    return [{**row, "session": run} for row in ledger_rows(session)]


def _wide(row: Mapping[str, Any]) -> Row:
    return {
        **{name: value(row) for name, (_, value) in (*_HEAD.items(), *_TAIL.items())},
        **{f"cell_{factor}": level for factor, level in row["cell"].items()}, **row["outcomes"],
    }  # fmt: skip


def table_csv(name: str, rows: Iterable[Row]) -> str:
    """Return rows of a long table as CSV, in a form that spreadsheets read in any language."""
    return "\ufeff" + csv_text(LONG[name], rows)


def long_tables(
    session: str, outcomes: Mapping[str, Any], events: Sequence[Event], library: Library
) -> dict[str, list[Row]]:  # fmt: skip
    """Return the rows of a session in each long table.

    Args:
        session: its id.
        outcomes: its outcomes, by name.
        events: its log.
        library: the content, whose cards say of which kind a seat's persona is.
    """
    tables: dict[str, list[Row]] = {name: [] for name in LONG}
    voters: set[str] = set()  # seats whose vote counts
    ended = {START: 0}  # how many stages have ended at a moment
    for event in events:
        tables["events"].append(_event(event))
        if isinstance(event, SessionOpened):
            cast = event.payload["spec"].get("personas", {})
            voters = _voters(event)
            tables["seats"] += [
                {
                    "seat": seat, **{name: shown[name] for name in ("name", "role", "position")},
                    **_kind(cast.get(seat, seat), library),
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
    tables["scores"] = [*_counted(outcomes), *_judged(events)]
    for rows in tables.values():
        for each in rows:
            each["session"] = session
    return tables


def ledger_rows(session: Session) -> list[Row]:
    """Return one row a proposal, promise, task or decision of a session, and what became of it."""
    return [
        {
            **{name: getattr(item, name) or None for name in ("line", "stage", "says", "deliverer", "task", "condition",
                                                              "section", "amends")},
            "entry": item.kind, "seat": item.owner, "became": item.state, "duplicate": item.duplicate,
            "terms": dict(item.terms) or None,
            **{name: ", ".join(getattr(item, name)) or None
               for name in ("authority", "departments", "supporters", "objectors")},
        }
        for item in session.items
    ]  # fmt: skip


def _voters(opened: SessionOpened) -> set[str]:
    """Return the seats whose vote counts under the rules that a session opens with."""
    positions = opened.payload.get("rules", {}).get("aggregation", {}).get("voters", ())
    return {seat for seat, shown in opened.payload.get("seats", {}).items() if shown["position"] in positions}


def _kind(persona: str, library: Library) -> Row:
    """Return of which kind a persona is; nothing where it is not in the library any more."""
    if persona not in library.cards["persona"]:
        return {}
    kind = library.persona(persona).kind
    return {"persona_kind": kind, "resident": kind in RESIDENTS}


def _event(event: Event) -> Row:
    stage, seat = event.stage or None, event.seat or None
    return {
        "seq": event.seq, "written": round(event.at, 3), "kind": event.kind, "stage": stage, "seat": seat,
        "payload": event.payload,
    }  # fmt: skip


def _line(event: LineSpoken, number: int) -> Row:
    line: Mapping[str, Any] = event.payload
    kept = {name: line[name] for name in LONG["lines"] if name in line}
    return {
        **kept, "number": number, "line": line["id"], "addressee": line["to"], "terms": line["terms"] or None,
        "refused": len(line["rejected"]),
    }  # fmt: skip


def _decision(decision: Mapping[str, Any]) -> Row:
    return {
        **{name: decision[name] for name in LONG["decisions"] if name in decision},
        "decision": decision["id"],
        "taken_by": decision["by"],
        **{name: ", ".join(decision[name]) or None for name in ("vetoed_by", "payer", "fallen")},
        **{name: decision[name] or None for name in ("terms", "unbound")},
    }


def _counted(outcomes: Mapping[str, Any]) -> Iterator[Row]:
    for name, level in outcomes.items():
        if name.startswith("counted_") and level is not None:
            yield {"criterion": name.removeprefix("counted_"), "how": "counted", "level": level}


def _judged(events: Iterable[Event]) -> Iterator[Row]:
    for event in events:
        if isinstance(event, ScoreGiven) and event.payload["judge"]:
            vote: Mapping[str, Any] = event.payload
            kept = {name: vote[name] for name in ("criterion", "judge", "sample", "status", "quote", "reason")}
            level = None if vote["level"] is None else float(vote["level"])
            yield {**kept, "how": "judged", "level": level, "line": vote["turn"]}


def _again(row: Mapping[str, Any], games: Games) -> Sequence[Event]:
    """Return the events of a session by the rules alone, played again; none where it does not come to the same."""
    spec = made_from(row["spec"])
    if not row["by_rules"] or isinstance(spec, CountrySpec):
        return ()
    claimed = Claimed(row["id"], spec)
    played = asyncio.run(play_by_rules(claimed, games, keep=True))
    came_to = played.outcomes or {}
    same = {name: value for name, value in came_to.items() if value is not None or name in OUTCOMES}
    return played.events if same == row["outcomes"] else ()


def write_log(folder: Path, events: Sequence[Event], library: Library) -> None:
    """Write the log of a session as a folder that ``report``, ``replay`` and ``branch`` open.

    Args:
        folder: the folder.
        events: the log.
        library: the content; what is the user's own in it comes along.

    Raises:
        OSError: the folder cannot be made.
        StorageError: the log cannot be written; none is left half written.
    """
    make_private(folder)
    session = SessionFolder(folder)
    if len(library.roots) > 1:
        carry(game_of(events, library, folder), session)
    session.write(session.events, "".join(json.dumps(event.as_dict(), ensure_ascii=False) + "\n" for event in events))
