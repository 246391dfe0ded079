"""Played sessions and experiments as `import sandbox` gives them: tables of plain rows."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from numbers import Real
from pathlib import Path
from typing import Any

from sandbox.arguments import check_texts
from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.errors import InputError, UnknownError
from sandbox.experiment.export.export import Tables
from sandbox.experiment.export.session_tables import columns_of, tables_of
from sandbox.experiment.outcomes import outcomes_of, own_levels, own_name
from sandbox.experiment.planning.locking import locked
from sandbox.experiment.store.store import Store
from sandbox.game.session import Session as Played
from sandbox.session.agents import code_version

Rows = list[dict[str, Any]]
_KINDS = {"s": "object", "i": "Int64", "f": "float64", "b": "boolean"}


@dataclass(frozen=True, repr=False)
class Session:
    """A session that was played.

    Its tables are lists of plain rows, for `pandas.DataFrame` or `polars.DataFrame`. The columns are those of `sandbox
    export`, whose codebook explains them; a missing value is None. JSON values, such as ``terms``, are dicts here.
    `frame` makes a data frame that has its columns even without rows.

    Args:
        path: its folder, with the log, the report and the scores.
        played: the session as the program itself reads it; its interface may change between versions.
    """

    path: Path
    played: Played

    def __repr__(self) -> str:
        return f"<Session {self.id}: {self._in_short}>"

    def _repr_html_(self) -> str:
        report = self.path.resolve() / "report.html"
        link = f' – <a href="{report.as_uri()}" target="_blank">report.html</a>' if report.is_file() else ""
        return f"<b>Session {escape(self.id)}</b>: {escape(self._in_short)}{link}"

    @property
    def _in_short(self) -> str:
        spec, lines = self.played.spec, len(self.played.lines)
        state = "finished" if self.finished else "not finished"
        seats = [f"{name} for {seat}" for seat, name in {**spec.models, **spec.agents}.items() if name != spec.model]
        who = "; ".join([spec.model or "unnamed", *seats])
        return f"{spec.scenario}, {spec.governance}, {who}, seed {spec.seed}, {lines} lines, {state}"

    @property
    def id(self) -> str:
        """Its id."""
        return self.path.name

    @property
    def finished(self) -> bool:
        """Whether it came to its end."""
        return self.played.finished

    @cached_property
    def tables(self) -> Mapping[str, Rows]:
        """All tables by name, as `sandbox export` writes them."""
        return tables_of(self.played, self.id, self.path.parent)

    def frame(self, table: str) -> Any:
        """Return a table as a `pandas.DataFrame`, with all of its columns even where it has no row.

        Yes or no is ``boolean``, whole numbers ``Int64``, numbers ``float64``; missing values stay missing.

        Raises:
            InputError: there is no such table; or pandas is missing, which the ``lab`` extra brings.
        """
        return frame_of(self.tables, columns_of(own_levels(self.played.game.rubric)), table)

    @cached_property
    def outcomes(self) -> Mapping[str, float | None]:
        """Every outcome by name; None where the session gives nothing to measure."""
        return outcomes_of(self.played)

    @property
    def seats(self) -> Rows:
        """One row a seat."""
        return self.tables["seats"]

    @property
    def lines(self) -> Rows:
        """One row a line."""
        return self.tables["lines"]

    @property
    def decisions(self) -> Rows:
        """One row a decision."""
        return self.tables["decisions"]

    @property
    def votes(self) -> Rows:
        """One row a vote; ``for_it`` is None for an abstention."""
        return self.tables["votes"]

    @property
    def ledger(self) -> Rows:
        """One row a proposal, promise, task or decision, and what became of it."""
        return self.tables["ledger"]

    @property
    def promises(self) -> Rows:
        """The rows of the ledger that are promises."""
        return [row for row in self.ledger if row["entry"] == "promise"]

    @property
    def pulses(self) -> Rows:
        """One row a seat and moment: trust, conviction, burden, 1 to 5."""
        return self.tables["pulses"]

    @property
    def scores(self) -> Rows:
        """One row for each counted level and each judge's vote on a criterion."""
        return self.tables["scores"]


@dataclass(frozen=True, repr=False)
class Experiment:
    """An experiment that was begun; it is read anew for each of its tables when that is first asked for.

    Args:
        path: the file of the design; its lock lies beside it.
        store: where its sessions are kept: the path of a SQLite file, or a URL.
        runs: the folder of sessions, which holds the calibrations of judges.
    """

    design: Design
    path: Path
    store: str | Path
    library: Library
    runs: Path

    def __repr__(self) -> str:
        return f"<Experiment {self.id}: {len(self.sessions)} sessions>"

    @property
    def id(self) -> str:
        """The id of its design."""
        return self.design.id

    @cached_property
    def sessions(self) -> Rows:
        """One row a session of the design, also of those that failed or are still to be played."""
        with self._opened() as store:
            return list(self._tables(store).wide())

    @cached_property
    def tables(self) -> Mapping[str, Rows]:
        """All tables by name, as `sandbox experiment export` writes them, plus columns that are empty in all rows."""
        with self._opened() as store:
            known = self._tables(store)
            tables: dict[str, Rows] = {name: [] for name in known.columns}
            for rows_by_table, _ in known.rows():
                for name, rows in rows_by_table.items():
                    tables[name] += [{**dict.fromkeys(known.columns[name]), **row} for row in rows]
        return tables

    @cached_property
    def effects(self) -> Rows:
        """One row an effect, overall and at each level, as `sandbox experiment report --data` writes them.

        Hypotheses of a locked design are ``confirmatory``; all else is exploratory.

        Raises:
            InputError: nothing is finished that could be analysed, or the ``lab`` extra is missing.
        """
        try:
            from sandbox.experiment.analysis.analysis import analyse_store
            from sandbox.experiment.analysis.frames import EFFECTS, effect_rows
        except ImportError as error:
            raise _no_lab("effects") from error
        with self._opened() as store:
            analysis = analyse_store(store, self.design, locked(self.path), self.library, self.runs)
        return [{**dict.fromkeys(EFFECTS), **row} for row in effect_rows(analysis)]

    def measure(self, name: str, value: Measure) -> Mapping[str, float | None]:
        """Compute your own outcome of each finished session, and return the values by session id.

        The values are kept in the store as ``own_NAME``. Hypotheses of the design may be about them, and tables,
        `effects` and the report show them like any other outcome, beside those of sessions by the rules alone. Sessions
        that finish later have no value until you measure again, which replaces all values. A hypothesis about such an
        outcome is exploratory unless `sandbox.study` locked this very function with the design: its ``version``, or the
        digest of its source, is kept with the time, and so is every other version that was used under that name.

        Args:
            name: lower-case letters, digits and underscores.
            value: returns a number for a session, or None where there is nothing to measure.

        Raises:
            InputError: the name or the function's ``version`` cannot be used, or the function returned something else
                than a finite number.
            StorageError: the store cannot be read or written.
        """
        outcome = own_name(name)
        try:
            version = code_version("measure", name, value)
        except InputError:
            if hasattr(value, "version"):
                raise
            version = ""  # as of code that was typed in
        with self._opened() as store:
            values = {}
            for run, played in self._tables(store).finished():
                try:
                    values[run] = _number(name, run, value(Session(self.runs / run, played)))
                except Exception as error:
                    error.add_note(f"measure {name}, session {run}")
                    raise
            store.give(outcome, values, version, " ".join((inspect.getdoc(value) or "").partition("\n\n")[0].split()))
        for table in ("sessions", "tables", "effects"):
            vars(self).pop(table, None)
        return values

    def frame(self, table: str) -> Any:
        """Return a table, or ``effects``, as a `pandas.DataFrame`; kinds and errors are those of `Session.frame`."""
        if table == "effects":
            rows = self.effects
            from sandbox.experiment.analysis.frames import EFFECTS

            return frame_of({table: rows}, {table: EFFECTS}, table)
        with self._opened() as store:
            columns = self._tables(store).columns
        return frame_of({"sessions": self.sessions} if table == "sessions" else self.tables, columns, table)

    def _opened(self) -> Store:
        return Store(self.store, self.id, make=False)

    def _tables(self, store: Store) -> Tables:
        return Tables(store, self.library, self.runs)


Measure = Callable[[Session], float | None]
"""A function that gives each session an outcome of one's own, or None where it gives nothing to measure."""


def frame_of(tables: Mapping[str, Rows], columns: Mapping[str, Mapping[str, str]], table: str) -> Any:
    """Return a table as a `pandas.DataFrame`.

    ``columns`` are those of each table, each with its kind (s, i, f, b).

    Raises:
        InputError: there is no such table, or pandas is missing.
    """
    check_texts(table=table)
    if table not in tables:
        raise UnknownError("table", table, columns)
    try:
        import pandas
    except ImportError as error:
        raise _no_lab("pandas") from error
    kinds = columns[table]
    return pandas.DataFrame(tables[table], columns=list(kinds)).astype({
        name: _KINDS[kind] for name, kind in kinds.items()
    })  # fmt: skip


def _number(name: str, session: str, value: object) -> float | None:
    if value is None:
        return None
    if not isinstance(value, Real) or not math.isfinite(value):
        raise refusal("experiment.refused.own_value", name=name, session=session, value=repr(value)[:80])
    return float(value)


def _no_lab(what: str) -> InputError:
    return refusal("experiment.refused.extra", what=what, command="pip install 'governance-sandbox[lab]'")
