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
    """A message that is said in the language of whoever reads it; one that has no words of its own is mere text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Return what is kept of a message."""
        return kept(value or "")

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> str:  # noqa: ARG002
        """Return the message that was kept."""
        return read_again(value or "")


def filled(kind: Any, *names: str, **more: Any) -> list[sa.Column[Any]]:
    """Return columns of a kind that have a value in every row."""
    return [sa.Column(name, kind, nullable=False, **more) for name in names]


META = sa.Table(
    "meta", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
# Each state in which the design was run: one row, or more where it has grown.
DESIGNS = sa.Table(
    "designs", METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    *filled(sa.Text, "digest", "design", "model", "style"),
    *filled(sa.Float, "at"),
    sa.Column("lock", sa.Text),  # digest of the lock; empty where there was none, NULL where that is not known
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
    *filled(sa.Integer, "design"),  # the state of the design with which it came
    *filled(sa.Boolean, "current"),  # whether the design has it still
    *filled(sa.Text, "state"),
    *filled(Message, "reason", default=""),
    *filled(sa.Text, "owner", default=""),
    *(sa.Column(name, sa.Float) for name in ("started", "ended")),
    *(sa.Column(name, sa.JSON(none_as_null=True)) for name in ("outcomes", "pulses", "usage")),
    # Whether it is done, but for the judging, which was left for later.
    sa.Column("unjudged", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # How the answers of its models came about (`experiment.answers`); NULL where there are none, or nobody knows.
    sa.Column("answers", sa.JSON(none_as_null=True)),
    sa.Index("runs_open", "current", "by_rules", "state", "null", "position"),
    sa.Index("runs_in_order", "current", "position"),
)  # fmt: skip
# The events from one number to another, as a log in a file has them: JSON, one a line, compressed by zlib.
EVENTS = sa.Table(
    "events", METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("last", sa.Integer, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)  # fmt: skip
GRACE = 120.0
"""Seconds without a beat after which a process counts as gone, where it cannot be told at once."""
# Who works or has worked on the store: when it was last heard of, what it has spent, what it holds for calls in flight.
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
    sa.Column("money", sa.Float),  # what was spent and is held, at the prices then; NULL: not known
    sa.Column("held_money", sa.Float),
)  # fmt: skip
# Batches of judges' questions at an endpoint. The row is there before anything is sent, and each id of the endpoint as
# soon as it is known; ``held`` is the most that a batch may take, until its answers are kept.
BATCHES = sa.Table(
    "batches", METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    *filled(sa.Text, "owner", "judge", "address"),  # the owner is the process that puts it
    *filled(sa.Float, "made"),
    sa.Column("ended", sa.Float),
    *filled(sa.Text, "file", "batch", default=""),
    *filled(sa.Integer, "number"),
    *filled(sa.BigInteger, "held_prompt", "held_completion"),
    sa.Column("held_money", sa.Float),
)  # fmt: skip
# Questions to judges that are in a batch (its name), or that failed and are to be asked again (none).
QUESTIONS = sa.Table(
    "questions", METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("call", sa.Text, primary_key=True),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),  # answers that could not be used
    sa.Column("usage", sa.JSON, nullable=False),  # what these took
    sa.Column("reason", Message, nullable=False),  # why the last of them could not be used
    sa.Index("questions_batch", "batch"),
)  # fmt: skip
# How fast each model is asked, by all who work on the store.
PACES = sa.Table(
    "paces", METADATA,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("free", sa.Float, nullable=False),  # from when on its time is leased by nobody
    sa.Column("pace", sa.Float),  # requests a minute to which a 429 has led
    sa.Column("cuts", sa.Integer, nullable=False),  # how often one has
    sa.Column("cut", sa.Float, nullable=False),  # when the last did
    sa.Column("grown", sa.Float, nullable=False),  # when the pace last grew, or was cut
    sa.Column("since", sa.Float, nullable=False),  # since when requests are counted
    sa.Column("sent", sa.Integer, nullable=False),  # how many there have been
    sa.Column("rate", sa.Float, nullable=False),  # how many a minute there were before that
)  # fmt: skip
