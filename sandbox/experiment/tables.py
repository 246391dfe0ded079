"""The tables of a store, the same in SQLite and PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa

SCHEMA = 7
"""Version of the tables, to which `migrations` leads."""
VERSION = sa.Table(
    "alembic_version", sa.MetaData(), sa.Column("version_num", sa.String(32), nullable=False),
    sa.PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)  # fmt: skip
"""Where a store keeps its version; the names are those of Alembic, which once made it."""
METADATA = sa.MetaData()

META = sa.Table(
    "meta", METADATA, sa.Column("name", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False)
)
# Each state in which the design was run: one row, or more where it has grown.
DESIGNS = sa.Table(
    "designs", METADATA,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("design", sa.Text, nullable=False),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("style", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("lock", sa.Text),  # digest of the lock; empty where there was none, NULL where that is not known
    sa.Column("cards", sa.JSON(none_as_null=True)),  # digests of cards and templates read; NULL likewise
)  # fmt: skip
RUNS = sa.Table(
    "runs", METADATA,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("cell", sa.JSON, nullable=False),
    sa.Column("arm", sa.Text, nullable=False),
    sa.Column("block", sa.Text, nullable=False),
    sa.Column("scenario", sa.Text, nullable=False),
    sa.Column("replicate", sa.Integer, nullable=False),
    sa.Column("seed", sa.Integer, nullable=False),
    sa.Column("null", sa.Boolean, nullable=False),
    sa.Column("by_rules", sa.Boolean, nullable=False),
    sa.Column("spec", sa.JSON, nullable=False),
    sa.Column("design", sa.Integer, nullable=False),  # the state of the design with which it came
    sa.Column("current", sa.Boolean, nullable=False),  # whether the design has it still
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default=""),
    sa.Column("owner", sa.Text, nullable=False, default=""),
    sa.Column("started", sa.Float),
    sa.Column("ended", sa.Float),
    sa.Column("outcomes", sa.JSON(none_as_null=True)),
    sa.Column("pulses", sa.JSON(none_as_null=True)),
    sa.Column("usage", sa.JSON(none_as_null=True)),
    # Whether it is done, but for the judging, which was left for later.
    sa.Column("unjudged", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    # How the answers of its models came about (`experiment.answers`); NULL where there are none, or nobody knows.
    sa.Column("answers", sa.JSON(none_as_null=True)),
    sa.Index("runs_open", "current", "by_rules", "state", "null", "position"),
)  # fmt: skip
IN_ORDER = sa.Index("runs_in_order", RUNS.c.current, RUNS.c.position)
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
    sa.Column("host", sa.Text, nullable=False),
    sa.Column("process", sa.Text, nullable=False),
    sa.Column("begun", sa.Float, nullable=False),
    sa.Column("beat", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("calls", sa.Integer, nullable=False, default=0),
    sa.Column("prompt", sa.BigInteger, nullable=False, default=0),
    sa.Column("cached", sa.BigInteger, nullable=False, default=0),
    sa.Column("completion", sa.BigInteger, nullable=False, default=0),
    sa.Column("estimated", sa.Boolean, nullable=False, default=False),
    sa.Column("held_prompt", sa.BigInteger, nullable=False, default=0),
    sa.Column("held_completion", sa.BigInteger, nullable=False, default=0),
)  # fmt: skip
# Batches of judges' questions at an endpoint. The row is there before anything is sent, and each id of the endpoint as
# soon as it is known; ``held`` is the most that a batch may take, until its answers are kept.
BATCHES = sa.Table(
    "batches", METADATA,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),  # the process that puts it
    sa.Column("judge", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("made", sa.Float, nullable=False),
    sa.Column("ended", sa.Float),
    sa.Column("file", sa.Text, nullable=False, default=""),
    sa.Column("batch", sa.Text, nullable=False, default=""),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("held_prompt", sa.BigInteger, nullable=False),
    sa.Column("held_completion", sa.BigInteger, nullable=False),
)  # fmt: skip
# Questions to judges that are in a batch (its name), or that failed and are to be asked again (none).
QUESTIONS = sa.Table(
    "questions", METADATA,
    sa.Column("run", sa.Text, primary_key=True),
    sa.Column("call", sa.Text, primary_key=True),
    sa.Column("batch", sa.Text, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),  # answers that could not be used
    sa.Column("usage", sa.JSON, nullable=False),  # what these took
    sa.Column("reason", sa.Text, nullable=False),  # why the last of them could not be used
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
