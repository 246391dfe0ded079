"""Sessions as tables, as an experiment exports them: those that were played one by one, and of a campaign."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.experiment import campaign_tables
from sandbox.experiment.answers import Answers
from sandbox.experiment.codebook import columns_told, write_codebook
from sandbox.experiment.export import TOOK
from sandbox.experiment.log_rows import LEDGER, LONG, ledger_rows, long_tables
from sandbox.experiment.outcomes import OUTCOMES, outcomes_of, own_levels, status_cells, status_columns
from sandbox.experiment.sheets import Form, Row, sheets_in
from sandbox.game.session import Session
from sandbox.llm.usage import Usage
from sandbox.record.events import CallMade, SessionOpened
from sandbox.scoring.scorecard import standings_in

_Get = Callable[[Session, Mapping[str, Any]], Any]


def _spec(name: str) -> _Get:
    return lambda session, _: None if (value := getattr(session.spec, name)) == "" else value


def _place(name: str) -> _Get:
    return lambda _, place: place.get(name)


def _begun(session: Session) -> Mapping[str, Any]:
    return next((event.payload for event in session.events if isinstance(event, SessionOpened)), {})


def _branch(name: str) -> _Get:
    return lambda session, _: _begun(session).get("branch", {}).get(name)


def _took(place: str) -> _Get:
    group, _, name = place.partition(".")
    if group == "answers":
        return lambda session, _: getattr(Answers.in_log(session.events), name)
    return lambda session, _: sum(
        getattr(Usage(**event.payload["usage"]), name) for event in session.events if isinstance(event, CallMade)
    )


# Columns of the table of sessions, before and after outcomes: each with its kind and how a session has it.
_HEAD: dict[str, tuple[str, _Get]] = {
    "session": ("s", _place("session")), "campaign": ("s", _place("campaign")), "round": ("i", _place("round")),
    "community": ("s", _place("community")), "scenario": ("s", _spec("scenario")),
    "governance": ("s", _spec("governance")),
    "changes": ("s", lambda session, _: "; ".join(session.spec.changes) or None),
    "city": ("s", _spec("city")), "rubric": ("s", _spec("rubric")), "lang": ("s", _spec("lang")),
    "seed": ("i", _spec("seed")), "style": ("s", _spec("style")), "model": ("s", _spec("model")),
    "temperature": ("f", lambda session, _: None if session.untempered else _begun(session).get("temperature")),
    "agents": ("s", lambda session, _: dict(session.spec.agents) or None),
    "models": ("s", lambda session, _: dict(session.spec.models) or None), "judge_model": ("s", _spec("judge_model")),
    "said_model": ("s", lambda session, _: "; ".join(Answers.in_log(session.events).said) or None),
    "branch_of": ("s", _branch("of")), "branch_at": ("s", _branch("at")),
    "copy_by_rubric": ("s", _branch("rubric")),
    "finished": ("b", lambda session, _: session.finished),
    "program": ("s", lambda session, _: _begun(session).get("program")),
}  # fmt: skip
_TAIL: dict[str, tuple[str, _Get]] = {
    **{name: (kind, _took(place)) for name, (kind, place) in TOOK.items()},
    "started": ("f", lambda session, _: round(session.events[0].at, 3) if session.events else None),
    "ended": ("f", lambda session, _: round(session.events[-1].at, 3) if session.finished else None),
}  # fmt: skip
TABLES: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        **{name: kind for name, (kind, _) in _HEAD.items()}, **dict.fromkeys(OUTCOMES, "f"),
        **status_columns(OUTCOMES),
        **{name: kind for name, (kind, _) in _TAIL.items()},
    },
    **LONG, "ledger": LEDGER,
}  # fmt: skip
"""The columns of each table, each with its kind: s text, i whole number, f number, b yes or no."""


def tables_of(
    session: Session, name: str, runs: Path, place: Mapping[str, Any] | None = None
) -> dict[str, list[Row]]:  # fmt: skip
    """Return the rows of a session in each of `TABLES`; a row has every column, and None where there is no value.

    Args:
        session: the session, finished or not.
        name: its id, by which the tables are joined.
        runs: the folder of sessions, which holds the calibrations of judges.
        place: ``campaign``, ``round`` and ``community`` of a campaign's session.

    Raises:
        InputError: a stored calibration of a judge is damaged.
    """
    outcomes, standings = outcomes_of(session), standings_in(session, runs)
    rows = {
        "sessions": [wide_row(session, name, place)],
        **long_tables(name, outcomes, session.events, session.game.library, standings, session),
        "ledger": ledger_rows(session),
    }
    return {
        table: [{**dict.fromkeys(TABLES[table]), **row, "session": name} for row in rows[table]] for table in TABLES
    }  # fmt: skip


def wide_row(session: Session, name: str, place: Mapping[str, Any] | None = None) -> Row:
    """Return the row of a session in the table of sessions; arguments are those of `tables_of`."""
    head, tail = (
        {column: value(session, place or {}) for column, (_, value) in part.items()} for part in (_HEAD, _TAIL)
    )
    levels = {**dict.fromkeys(OUTCOMES), **outcomes_of(session)}
    statuses = {**dict.fromkeys(status_columns(levels)), **status_cells(session.events, levels)}
    return {**head, **levels, **statuses, **tail, "session": name}


def columns_of(own: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Return the columns of each table as `TABLES`, with the levels of rubrics of one's own, as `own_levels` names."""
    return {**TABLES, "sessions": {**TABLES["sessions"], **dict.fromkeys(own, "f"), **status_columns(own)}}


def export_sessions(
    played: Iterable[tuple[Session, str, Mapping[str, Any]]], folder: Path, runs: Path,
    forms: Sequence[Form] = ("csv",), lang: Lang = "en", campaigns: Mapping[str, CampaignState] | None = None,
) -> tuple[tuple[Path, ...], int]:  # fmt: skip
    """Write sessions as tables, with a codebook that says what is in each column.

    Args:
        played: the sessions, each with its id and, of a campaign, its place as for `tables_of`; one is held at a time,
            and one that comes twice is written once.
        folder: where to; it is made where it does not exist, and files in it are replaced.
        runs: the folder of sessions, which holds the calibrations of judges.
        forms: ``csv``, ``parquet``.
        lang: language of the codebook.
        campaigns: campaigns of which sessions are, by id; with any, what lies between their sessions is written too.

    Returns:
        The files, and how many sessions are in them.

    Raises:
        InputError: Parquet is wanted, and the extra is missing; or a stored calibration of a judge is damaged.
        StorageError: something cannot be written.
    """
    own, wide = dict[str, None](), dict[str, Row]()
    with sheets_in(folder, {name: TABLES[name] for name in TABLES if name != "sessions"}, forms) as sheets:
        for session, name, place in played:
            if name in wide:
                continue
            own |= dict.fromkeys(own_levels(session.game.rubric))
            rows = tables_of(session, name, runs, place)
            (wide[name],) = rows.pop("sessions")
            for table, of_table in rows.items():
                sheets[table].write(of_table)
        columns = {**columns_of(own), **(campaign_tables.TABLES if campaigns else {})}
        late = {name: kinds for name, kinds in columns.items() if name == "sessions" or name not in TABLES}
        with sheets_in(folder, late, forms) as last:
            last["sessions"].write(wide.values())
            for name, state in (campaigns or {}).items():
                for table, of_table in campaign_tables.tables_of(name, state).items():
                    last[table].write(of_table)
    title = Words(lang)("experiment.codebook.sessions", count=len(wide))
    book = write_codebook(folder, title, (), columns_told(columns, (), lang), lang)
    return (*(folder / f"{name}.{form}" for form in forms for name in columns), book), len(wide)
