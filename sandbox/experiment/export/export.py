"""An experiment as tables: a row per session, seat, line, decision, vote, promise and more, with a codebook."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from sandbox.content.library import Library
from sandbox.content.program import program
from sandbox.content.words import Words
from sandbox.content.yaml_source import parse_yaml
from sandbox.errors import InputError
from sandbox.experiment.export.codebook import columns_told, write_codebook
from sandbox.experiment.export.log_rows import LEDGER, LONG, ledger_rows, long_tables
from sandbox.experiment.export.sheets import Form, Row, sheets_in
from sandbox.experiment.outcomes import OUTCOMES, known_outcome, status_cells, status_columns
from sandbox.experiment.planning.locking import asked_in
from sandbox.experiment.planning.seeds import digest_of
from sandbox.experiment.playing.by_rules import Games, play_by_rules
from sandbox.experiment.playing.countries import CountrySpec, made_from
from sandbox.experiment.playing.worker import Claimed
from sandbox.experiment.store.status import said_players, said_sampling
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder, make_private
from sandbox.scoring.scorecard import standings_in
from sandbox.session.carried import carry
from sandbox.session.opening import game_of

# Columns of the table of sessions before and after levels and outcomes: kind, and place in a row of the store.
_HEAD: dict[str, tuple[str, str]] = {
    "session": ("s", "id"), "arm": ("s", "arm"), "block": ("s", "block"), "scenario": ("s", "scenario"),
    "replicate": ("i", "replicate"), "seed": ("i", "seed"), "null_arm": ("b", "null"), "by_rules": ("b", "by_rules"),
    "state": ("s", "state"), "failure": ("s", "reason"), "model": ("s", "spec.model"), "rubric": ("s", "spec.rubric"),
    "judge_model": ("s", "spec.judge_model"), "said_model": ("s", "answers.said"),
}  # fmt: skip
TOOK: dict[str, tuple[str, str]] = {
    "calls": ("i", "usage.calls"), "prompt_tokens": ("i", "usage.prompt"), "cached_tokens": ("i", "usage.cached"),
    "completion_tokens": ("i", "usage.completion"), "answers_unusable": ("i", "answers.unusable"),
    "lines_asked": ("i", "answers.lines"), "lines_given_up": ("i", "answers.given_up"),
    "lines_closed": ("i", "answers.closed"), "lines_unheld": ("i", "answers.unheld"),
    "pulses_asked": ("i", "answers.pulses"), "pulses_by_rule": ("i", "answers.by_rule"),
}  # fmt: skip
"""Columns on a session's use of models: kind, and place in usage or answers."""
_TAIL: dict[str, tuple[str, str]] = {
    **TOOK,
    "started": ("f", "started"),
    "ended": ("f", "ended"),
    "added_with": ("i", "design"),
}


# Columns on what models did.
_OF_TALK = ("said_model", *[name for name, (_, place) in _TAIL.items() if "." in place])


@dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        paths: the files.
        sessions: number of sessions.
        unfinished: number of unfinished sessions among the logs written.
        silent: number of finished rules-only sessions, in the table of sessions alone, whose events were not stored and
            that this program plays otherwise now.
    """

    paths: tuple[Path, ...]
    sessions: int
    unfinished: int
    silent: int


class Tables:
    """The tables of an experiment.

    Args:
        store: the store.
        library: the content, by which rules-only sessions without stored events are played again.
        runs: the folder of sessions, which holds the calibrations of judges.

    Attributes:
        columns: the columns of each table by name, each with its kind (s, i, f, b).
        factors: the factors that the design varies.
        library: the content.
        judges: the models that judge some of its sessions.
        rubrics: ids of the rubrics by which its sessions are scored.
        empty: columns of the table of sessions without any value, which an export leaves out. Outcomes of hypotheses
            and of judges are never among them, since that they are missing means something; there are none before the
            first session is finished, or while some are played.
        silent: number of sessions that `rows` has passed with rows in the table of sessions alone.
        unfit: number of sessions that `rows` has passed whose log does not fit the cards any more.
    """

    def __init__(self, store: Store, library: Library, runs: Path) -> None:
        self._store, self.library, self._runs, self._games = store, library, runs, Games(library, runs)
        self.silent = self.unfit = 0
        self.judges, self.rubrics = dict[str, None](), dict[str, None]()
        factors, measured = dict[str, None](), dict[str, None]()
        kept, states = asked_in(store.played[-1].design) if store.played else set[str](), set[str]()
        self._of_countries = failed = False
        for row in store.everything():
            factors |= dict.fromkeys(row["cell"])
            self.judges |= dict.fromkeys(filter(None, [row["spec"].get("judge_model")]))
            self.rubrics |= dict.fromkeys(filter(None, [_rubric_of(row)]))
            self._of_countries |= isinstance(made_from(row["spec"]), CountrySpec)
            measured |= dict.fromkeys(row["outcomes"])
            kept.update(name for name, value in _wide(row).items() if value is not None)
            states.add(row["state"])
            failed |= bool(row["reason"])
        outcomes = dict.fromkeys((*OUTCOMES, *measured))
        if self._of_countries:
            known = {name: known_outcome(name) for name in outcomes}
            outcomes = {name: None for name, each in known.items() if each.of_countries or each.own}
        self.factors = tuple(factors)
        head, tail = ({name: kind for name, (kind, _) in columns.items()} for columns in (_HEAD, _TAIL))
        wide = {**head, **{f"cell_{factor}": "s" for factor in factors}, **dict.fromkeys(outcomes, "f")}
        self._statuses = status_columns(outcomes)
        wide |= {**self._statuses, **tail}
        if self.judges:
            kept.update(self._statuses, (name for name in outcomes if known_outcome(name).judged))
        long = {**LONG, "ledger": LEDGER}
        if self._of_countries:  # nobody speaks in one, and a step that was never reached is a result
            silent = {*_OF_TALK, *(() if failed else ("failure",))}
            wide = {name: kind for name, kind in wide.items() if name not in silent}
            kept.update(outcomes)
            long = _curve_columns()
        whole = "done" in states and "running" not in states
        self.empty = tuple(name for name in wide if whole and name not in kept)
        self.columns: Mapping[str, Mapping[str, str]] = {"sessions": wide, **long}

    def wide(self) -> Iterator[Row]:
        """Yield the rows of the table of sessions."""
        for row in self._store.everything():
            yield self._wide(row, self._store.events(row["id"]) if _is_judged(row) else ())

    def finished(self) -> Iterator[tuple[str, Session]]:
        """Yield id and session of each finished one whose log is stored or can be played again, and fits the cards.

        Raises:
            StorageError: the store cannot be read.
        """
        for row in self._store.rows():
            events = self._store.events(row["id"]) or _again(row, self._games)
            if (session := _session(events, self.library) if events else None) is not None:
                yield row["id"], session

    def rows(self) -> Iterator[tuple[Mapping[str, list[Row]], Sequence[Event]]]:
        """Yield, for each session, its rows in all tables (unfinished: that of sessions alone), and its log.

        Raises:
            StorageError: the store cannot be read.
        """
        for row in self._store.everything():
            events: Sequence[Event] = self._store.events(row["id"])
            tables: dict[str, list[Row]] = {"sessions": [self._wide(row, events if _is_judged(row) else ())]}
            if row["state"] == "done" and "curves" in self.columns:
                tables["curves"] = self._curve(row)
                self.silent += not tables["curves"]
            elif row["state"] == "done" and not self._of_countries:
                events = events or _again(row, self._games)
                self.silent += not events
                session = _session(events, self.library) if events else None
                self.unfit += bool(events) and session is None
                standings = standings_in(session, self._runs) if session else {}
                tables |= long_tables(row["id"], row["outcomes"], events, self.library, standings, session)
                tables["ledger"] = [{**item, "session": row["id"]} for item in ledger_rows(session)] if session else []
            yield tables, events

    def _curve(self, row: Mapping[str, Any]) -> list[Row]:
        """Return the curve of a country, played again; empty if the outcomes are not the same."""
        from sandbox.diffusion.spread import figures_of_course
        from sandbox.experiment.export.country_tables import curve_of

        spec, countries = made_from(row["spec"]), self._games.countries
        assert isinstance(spec, CountrySpec)
        try:
            course = countries.course(spec)
        except InputError:
            return []
        came_to = figures_of_course(course, countries.plan(spec).country.districts)
        same = all(row["outcomes"].get(name) == value for name, value in came_to.items())
        return [{"session": row["id"], **each} for each in curve_of(course)] if same else []

    def _wide(self, row: Mapping[str, Any], events: Iterable[Event]) -> Row:
        cells = status_cells(events, self.columns["sessions"])
        wide = {**_wide(row), **dict.fromkeys(self._statuses), **cells}
        return {name: wide[name] for name in self.columns["sessions"] if name in wide}


def export(
    store: Store, library: Library, folder: Path, runs: Path, forms: Sequence[Form] = ("csv",), *,
    lang: Literal["en", "zh"] = "en", logs: bool = False,
) -> Exported:  # fmt: skip
    """Write an experiment as tables, with a codebook.

    Args:
        store: the store.
        library: the content, by which rules-only sessions without stored events are played again.
        folder: the target; it is made if needed, and files in it are replaced.
        runs: the folder of sessions, which holds the calibrations of judges.
        forms: ``csv``, ``parquet``.
        lang: language of the codebook.
        logs: whether to write the log of each session that has begun, failed ones included, as a folder that
            ``report``, ``replay``, ``prompt`` and ``branch`` open.

    Raises:
        InputError: Parquet is wanted and the extra is missing, or a stored calibration of a judge is damaged.
        StorageError: something cannot be read or written.
    """
    known, sessions, unfinished = Tables(store, library, runs), 0, 0
    wide = {name: kind for name, kind in known.columns["sessions"].items() if name not in known.empty}
    columns = {**known.columns, "sessions": wide}
    told = columns_told(columns, known.factors, lang)
    with sheets_in(folder, columns, forms) as sheets:
        for tables, events in known.rows():
            sessions += 1
            (session,) = tables["sessions"]
            for name, rows in tables.items():
                kept = columns[name]
                sheets[name].write([{column: row[column] for column in kept if column in row} for row in rows])
            if logs and events:
                unfinished += session["state"] != "done"
                write_log(folder / "logs" / session["session"], events, library)
    book = write_codebook(folder, *_about(store, known, unfinished, folder / "logs", Words(lang)), told, lang)
    paths = [folder / f"{name}.{form}" for form in forms for name in known.columns]
    return Exported((*paths, book), sessions, unfinished, known.silent)


def _about(store: Store, known: Tables, unfinished: int, logs: Path, words: Words) -> tuple[str, list[str]]:
    notes = [words("experiment.codebook.written", program=program())]
    for played in store.played:
        at = datetime.fromtimestamp(played.at, UTC).strftime("%Y-%m-%d %H:%M")
        notes.append(words("experiment.codebook.played", at=at, digest=played.digest[:16]))
    notes.append(words("experiment.codebook.players", list=said_players(store.players(), words)))
    if sampling := said_sampling(store.players(), bool(known.judges), words):
        notes.append(words("experiment.codebook.sampling", list=sampling))
    for rubric in filter(known.library.cards["rubric"].get, known.rubrics):
        digest = digest_of(known.library.rubric(rubric).model_dump(mode="json"))
        notes.append(words("experiment.codebook.rubric", rubric=rubric, digest=digest[:16]))
    told = store.measures_told
    for outcome, versions in store.measures.items():
        version = versions[-1][0] or words("experiment.codebook.unknown")
        own = words("experiment.codebook.own", outcome=f"`{outcome}`", version=version)
        notes.append(words("colon").join(filter(None, (own, told.get(outcome)))))
    factors = parse_yaml(store.played[-1].design)[0].get("factors", {}) if store.played else {}
    sets = {factor: levels for factor, levels in factors.items() if isinstance(levels, dict)}
    for factor, levels in sets.items():  # whose names say nothing of what they are
        notes += [f"`cell_{factor}` = `{level}`: {json.dumps(held)}" for level, held in levels.items()]
    if known.judges:
        notes.append(words("experiment.codebook.judges", list=[*known.judges]))
    if unfinished:
        notes.append(words("experiment.codebook.unfinished", number=unfinished, command=listed_at(logs)))
    if known.empty:
        empty = words.join(
            f"`{name}`" + (words.paren(words(key)) if (key := f"experiment.column.{name}") in words else "")
            for name in known.empty
        )
        notes.append(words("experiment.codebook.empty", columns=empty))
    numbers = {"silent": known.silent, "unfit": known.unfit}
    notes += [words(f"experiment.codebook.{name}", number=number) for name, number in numbers.items() if number]
    return words("experiment.codebook.title", experiment=store.name), notes


def listed_at(logs: Path) -> str:
    """Return the command that lists the sessions in a folder of logs."""
    return f"sandbox list session --out {logs}"


def _curve_columns() -> dict[str, dict[str, str]]:
    """Return the columns of the curves of countries; none if the extra for countries is not installed."""
    if not find_spec("numba"):
        return {}
    from sandbox.experiment.export.country_tables import TABLES

    return {"curves": {"session": "s", **{
        name: kind for name, kind in TABLES["curves"].items() if name not in ("without", "seed")
    }}}  # fmt: skip


def _session(events: Sequence[Event], library: Library) -> Session | None:
    """Return a session from its log; None if it does not fit the cards any more."""
    try:
        return Session.of(game_of(events, library), events)
    except InputError:
        return None


def _is_judged(row: Mapping[str, Any]) -> bool:
    return row["state"] == "done" and row["spec"].get("judge_model") is not None


def _wide(row: Mapping[str, Any]) -> Row:
    def value(place: str) -> Any:
        group, _, name = place.rpartition(".")
        return ((row[group] or {}) if group else row).get(name)

    return {
        **{name: value(place) for name, (_, place) in (*_HEAD.items(), *_TAIL.items())},
        "rubric": _rubric_of(row), "failure": row["reason"] or None,
        "said_model": "; ".join(value("answers.said") or ()) or None,
        **{f"cell_{factor}": level for factor, level in row["cell"].items()}, **row["outcomes"],
    }  # fmt: skip


def _rubric_of(row: Mapping[str, Any]) -> str | None:
    """Return the id of the rubric by which a session is scored; None for a country."""
    default = SessionSpec.model_fields["rubric"].default
    return row["spec"].get("rubric", default) if "scenario" in row["spec"] else None


def _again(row: Mapping[str, Any], games: Games) -> Sequence[Event]:
    """Return the events of a rules-only session, played again; empty if the outcomes are not the same."""
    spec = made_from(row["spec"])
    if not row["by_rules"] or isinstance(spec, CountrySpec):
        return ()
    claimed = Claimed(row["id"], spec)
    played = asyncio.run(play_by_rules(claimed, games, keep=True))
    came_to = played.outcomes or {}
    same = {name: value for name, value in came_to.items() if value is not None or name in OUTCOMES}
    kept = {name: value for name, value in row["outcomes"].items() if not known_outcome(name).own}
    return played.events if same == kept else ()


def write_log(folder: Path, events: Sequence[Event], library: Library) -> None:
    """Write the log of a session, with the user's own content that it uses, as a folder that other commands open.

    Raises:
        OSError: the folder cannot be made.
        StorageError: the log cannot be written; none is left half written.
    """
    make_private(folder)
    session = SessionFolder(folder)
    if len(library.roots) > 1:
        carry(game_of(events, library, folder), session)
    session.write(session.events, "".join(json.dumps(event.as_dict(), ensure_ascii=False) + "\n" for event in events))
