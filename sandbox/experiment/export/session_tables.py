"""Single sessions and those of campaigns as tables, in the form of an experiment's export."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.state import CampaignState
from sandbox.experiment.export import campaign_tables
from sandbox.experiment.export.codebook import columns_told, write_codebook
from sandbox.experiment.export.export import TOOK
from sandbox.experiment.export.log_rows import LEDGER, LONG, ledger_rows, long_tables
from sandbox.experiment.export.sheets import Form, Row, sheets_in
from sandbox.experiment.judging.answers import Answers
from sandbox.experiment.outcomes import OUTCOMES, outcomes_of, own_levels, status_cells, status_columns
from sandbox.game.session import Session
from sandbox.llm.usage import Usage
from sandbox.record.events import CallMade, SessionOpened
from sandbox.scoring.scorecard import standings_in

# Columns of the table of sessions before and after outcomes, each with its kind.
_HEAD = {
    "session": "s", "campaign": "s", "round": "i", "community": "s", "scenario": "s", "governance": "s", "changes": "s",
    "city": "s", "rubric": "s", "lang": "s", "seed": "i", "style": "s", "model": "s", "temperature": "f", "agents": "s",
    "models": "s", "judge_model": "s", "said_model": "s", "branch_of": "s", "branch_at": "s", "copy_by_rubric": "s",
    "finished": "b", "program": "s",
}  # fmt: skip
_TAIL = {**{name: kind for name, (kind, _) in TOOK.items()}, "started": "f", "ended": "f"}
_OF_SPEC = ("scenario", "governance", "city", "rubric", "lang", "seed", "style", "model", "judge_model")
TABLES: Mapping[str, Mapping[str, str]] = {
    "sessions": {
        **_HEAD, **dict.fromkeys(OUTCOMES, "f"), **status_columns(OUTCOMES), **_TAIL,
    },
    **LONG, "ledger": LEDGER,
}  # fmt: skip
"""The columns of each table, each with its kind: s text, i whole number, f number, b yes or no."""


def tables_of(
    session: Session, name: str, runs: Path, place: Mapping[str, Any] | None = None
) -> dict[str, list[Row]]:  # fmt: skip
    """Return the rows of a session, finished or not, in each of `TABLES`, with None for missing values.

    ``name`` is its id, which joins the tables; ``runs`` is the folder of sessions, which holds the calibrations of
    judges; ``place`` has ``campaign``, ``round`` and ``community`` of a campaign's session.

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
    """Return the row of a session in the table of sessions; arguments as of `tables_of`."""
    spec, events, answers = session.spec, session.events, Answers.in_log(session.events)
    begun: Mapping[str, Any] = next((event.payload for event in events if isinstance(event, SessionOpened)), {})
    branch = begun.get("branch", {})
    usage = sum((Usage(**event.payload["usage"]) for event in events if isinstance(event, CallMade)), Usage())
    took = {"usage": usage, "answers": answers}
    head: Row = {
        **(place or {}), **{field: getattr(spec, field) for field in _OF_SPEC},
        "city": spec.city or None, "model": spec.model or None, "changes": "; ".join(spec.changes) or None,
        "temperature": None if session.untempered else begun.get("temperature"), "agents": dict(spec.agents) or None,
        "models": dict(spec.models) or None, "said_model": "; ".join(answers.said) or None,
        "branch_of": branch.get("of"), "branch_at": branch.get("at"), "copy_by_rubric": branch.get("rubric"),
        "finished": session.finished, "program": begun.get("program"),
    }  # fmt: skip
    levels = {**dict.fromkeys(OUTCOMES), **outcomes_of(session)}
    statuses = {**dict.fromkeys(status_columns(levels)), **status_cells(events, levels)}
    tail: Row = {}
    for column, (_, where) in TOOK.items():
        group, field = where.split(".")
        tail[column] = getattr(took[group], field)
    tail["started"] = round(events[0].at, 3) if events else None
    tail["ended"] = round(events[-1].at, 3) if session.finished else None
    return {**{column: head.get(column) for column in _HEAD}, **levels, **statuses, **tail, "session": name}


def columns_of(own: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """Return the columns of each table as in `TABLES`, plus levels of users' own rubrics (see `own_levels`)."""
    return {**TABLES, "sessions": {**TABLES["sessions"], **dict.fromkeys(own, "f"), **status_columns(own)}}


def export_sessions(
    played: Iterable[tuple[Session, str, Mapping[str, Any]]], folder: Path, runs: Path,
    forms: Sequence[Form] = ("csv",), lang: Lang = "en", campaigns: Mapping[str, CampaignState] | None = None,
) -> tuple[tuple[Path, ...], int]:  # fmt: skip
    """Write sessions as tables, with a codebook.

    Args:
        played: the sessions, each with its id and its place as for `tables_of` (empty if it is of no campaign); one is
            held in memory at a time, and one that comes twice is written once.
        folder: the target; it is made if needed, and files in it are replaced.
        runs: the folder of sessions, which holds the calibrations of judges.
        forms: ``csv``, ``parquet``.
        lang: language of the codebook.
        campaigns: the campaigns of the sessions, by id, to write their own tables too.

    Returns:
        The files, and the number of sessions in them.

    Raises:
        InputError: Parquet is wanted and the extra is missing, or a stored calibration of a judge is damaged.
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
