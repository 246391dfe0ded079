"""The tables of a store, the same in SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from sandbox.content.words.kept import kept, read_again

SCHEMA = 8
"""Version of the tables: the number of the last revision in ``migrations``."""
VERSION = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)  # fmt: skip
"""Where Alembic keeps the version of a store, as Alembic makes it."""
METADATA = sa.MetaData()


class Message(sa.TypeDecorator[str]):
    """A message that is shown in the reader's language; a message without an entry in the word files is plain text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Return what is stored of a message."""
        return kept(value or "")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Return the message that was stored."""
        return read_again(value or "")


def filled(kind: Any, *names: str, **more: Any) -> list[sa.Column[Any]]:
    """Return columns of a kind that have a value in every row."""
    return [sa.Column(name, kind, nullable=False, **more) for name in names]


META = sa.Table(
    "meta", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
# The versions of the design that were run: one row, or more if it has grown.
DESIGNS = sa.Table(
    "designs", METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *filled(sa.Text, "digest", "design", "model", "style"),
    *filled(sa.Float, "at"),
    sa.Column("lock", sa.Text),  # digest of the lock; empty if there was none, NULL if not known
    sa.Column("cards", sa.JSON(none_as_null=True)),  # digests of cards and templates read; NULL likewise
)  # fmt: skip
RUNS = sa.Table(
    "runs", METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    *filled(sa.Integer, "position"),
    *filled(sa.JSON, "cell"),
    *filled(sa.Text, "arm", "block", "scenario"),
    *filled(sa.Integer, "replicate", "seed"),
    *filled(sa.Boolean, "null", "by_rules"),
    *filled(sa.JSON, "spec"),
    *filled(sa.Integer, "design"),  # number of the design version that added it
    *filled(sa.Boolean, "current"),  # whether it is part of the present design
    *filled(sa.Text, "state"),
    *filled(Message, "reason", default=""),
    *filled(sa.Text, "owner", default=""),
    *(sa.Column(name, sa.Float) for name in ("started", "ended")),
    *(sa.Column(name, sa.JSON(none_as_null=True)) for name in ("outcomes", "pulses", "usage")),
    # Whether it is done except for the judging, which was left for later.
    sa.Column("unjudged", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # How the answers of its models came about (`experiment.judging.answers`); NULL if there are none or not known.
    sa.Column("answers", sa.JSON(none_as_null=True)),
    sa.Index("runs_open", "current", "by_rules", "state", "null", "position"),
    sa.Index("runs_in_order", "current", "position"),
)  # fmt: skip
# The events from one number to another, as in a log file: JSON, one per line, compressed by zlib.
EVENTS = sa.Table(
    "events", METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)  # fmt: skip
GRACE = 120.0
"""Seconds without a beat after which a process counts as gone, if there is no quicker way to tell."""
# Processes that work or have worked on the store: last beat, what they have spent, what they hold for calls in flight.
WORKERS = sa.Table(
    "workers", METADATA,
    sa.Column("owner", sa.Text, primary_key=True),
    *filled(sa.Text, "host", "process"),
    *filled(sa.Float, "begun", "beat"),
    sa.Column("ended", sa.Float),
    *filled(sa.Integer, "calls", default=0),
    *filled(sa.BigInteger, "prompt", "cached", "completion", default=0),
    *filled(sa.Boolean, "estimated", default=False),
    *filled(sa.BigInteger, "held_prompt", "held_completion", default=0),
    sa.Column("money", sa.Float),  # spent (below: held), at the prices of the time; NULL: not known
    sa.Column("held_money", sa.Float),
)  # fmt: skip
# Batches of judges' questions at an endpoint. The row is written before anything is sent, each id of the endpoint as
# soon as it is known. ``held…`` is the most that a batch may take, until its answers are stored.
BATCHES = sa.Table(
    "batches", METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    *filled(sa.Text, "owner", "judge", "address"),  # the owner is the process that sends the batch
    *filled(sa.Float, "made"),
    sa.Column("ended", sa.Float),
    *filled(sa.Text, "file", "batch", default=""),
    *filled(sa.Integer, "number"),
    *filled(sa.BigInteger, "held_prompt", "held_completion"),
    sa.Column("held_money", sa.Float),
)  # fmt: skip
# Questions to judges: those in a batch (its name), and those that failed and must be asked again (empty name).
QUESTIONS = sa.Table(
    "questions", METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("call", sa.Text, primary_key=True),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),  # number of unusable answers
    sa.Column("usage", sa.JSON, nullable=False),  # of these answers
    sa.Column("reason", Message, nullable=False),  # why the last one was unusable
    sa.Index("questions_batch", "batch"),
)  # fmt: skip
# How fast each model is asked by all processes on the store.
PACES = sa.Table(
    "paces", METADATA,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("free", sa.Float, nullable=False),  # from when on no process has leased its time
    sa.Column("pace", sa.Float),  # requests a minute after a 429
    sa.Column("cuts", sa.Integer, nullable=False),  # how often a 429 cut the pace
    sa.Column("cut", sa.Float, nullable=False),  # when that happened last
    sa.Column("grown", sa.Float, nullable=False),  # when the pace last grew, or was cut
    sa.Column("since", sa.Float, nullable=False),  # since when requests are counted
    sa.Column("sent", sa.Integer, nullable=False),  # how many requests since then
    sa.Column("rate", sa.Float, nullable=False),  # requests a minute before that
)  # fmt: skip
