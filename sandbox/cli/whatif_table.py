"""A what-if as a table in the terminal: figures of both arms, their differences, and what may be said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.rule import Rule
from rich.table import Column, Table
from rich.text import Text

from sandbox.cli.console import Console, at_right, captioned
from sandbox.cli.terminal import LiveSession
from sandbox.content.words import Words
from sandbox.experiment.whatif.continuations import SIDES, Kept
from sandbox.experiment.whatif.whatif import Compared
from sandbox.game.session import Session
from sandbox.report.whatif_words import WhatIfWords

__all__ = ["add_figure", "add_heading", "as_values", "print_examples", "print_table", "whatif_table"]

_NAMES, _SAID = 20, 15  # columns of a terminal that names, and what is said of them, have at least


def whatif_table(words: Words, title: Iterable[str], first: str, notes: Iterable[str]) -> Table:
    """Return an empty table, in which long names and what is said of them are broken into lines, and nothing is cut."""
    heads = (
        words("whatif.was.head"),
        words("whatif.other.head"),
        f"{words('whatif.change')}\n{words('whatif.interval')}",
    )
    columns = (
        Column(first, ratio=3, min_width=_NAMES, overflow="fold"), *at_right(heads),
        Column(words("whatif.said"), ratio=2, min_width=_SAID, overflow="fold"),
    )  # fmt: skip
    return captioned("\n".join(title), notes, *columns, expand=True)


def add_heading(table: Table, text: str) -> None:
    """Add a row that names what the rows below it are about."""
    table.add_row(Text(text), style="dim")


def add_figure(table: Table, words: Words, cells: tuple[str, str, str], change: str, said: str, margin: str) -> None:
    """Add a figure.

    It has its name and both means, their difference with its interval, what may be said of it, and the difference below
    which it hardly matters.
    """
    clear = said in (words("whatif.verdict.more"), words("whatif.verdict.less"))
    verdict = f"{said}\n{words('whatif.margin', margin=margin)}"
    table.add_row(*map(Text, (*cells, change, verdict)), style="bold" if clear else "")


def print_table(kept: Kept, session: Session, runs: int, rows: Sequence[Compared], comparing: WhatIfWords) -> None:
    """Print what a session came to, both arms of a what-if of it, and what they differ in."""
    words, question = comparing.words, kept.question
    model = kept.player.model if kept.player.style != "rules" else ""
    title = words("whatif.title", line=question.moment.line["id"], name=comparing.name(question.moment.seat))
    notes = comparing.notes(rows, runs, model, question.other.brought)
    heads = [head for head in (title, comparing.happened(session), *comparing.asked(question)) if head]
    table = whatif_table(words, heads, words("whatif.outcome"), notes)
    asked = ""
    for row in rows:
        figure = row.figure
        if figure.option and not (row.was or row.other):
            continue
        if figure.question not in ("", asked):
            asked = figure.question
            add_heading(table, comparing.question(asked))
        name = f"  {comparing.figure(figure)}" if figure.option else comparing.figure(figure)
        cells = (name, comparing.value(figure, row.was), comparing.value(figure, row.other))
        change = f"{comparing.change(row)}\n{comparing.interval(row)}"
        add_figure(table, words, cells, change, comparing.verdict(row), comparing.margin(figure))
    Console().print(table)


def print_examples(kept: Kept, comparing: WhatIfWords) -> None:
    """Print one continuation of each arm from the line on."""
    console, line = Console(), kept.question.moment.line["id"]
    for side in SIDES:
        console.print(Rule(Text(comparing.words(f"whatif.read.{side}"), style="bold")))
        with LiveSession(kept.arm(side).game, console, live=False) as shown:
            begun = False
            for event in kept.folder(side, 1).read():
                begun = begun or (event.kind == "line" and event.payload["id"] == line)
                (shown.event if begun else shown.recall)(event)


def as_values(kept: Kept, session: str, runs: int, rows: Sequence[Compared], comparing: WhatIfWords) -> dict[str, Any]:
    """Return a what-if as plain values."""
    question, player = kept.question, kept.player
    return {
        "session": session, "line": question.moment.line["id"], "seat": question.moment.seat,
        "permitted": question.moment.acts, "was": question.moment.line,
        "other": None if question.changes else question.other.line(question.moment.game),
        "changes": question.changes, "runs": runs, "style": player.style, "model": player.model,
        "outcomes": [{**asdict(row), "name": comparing.figure(row.figure)} for row in rows],
        "notes": comparing.notes(rows, runs, "" if player.style == "rules" else player.model, question.other.brought),
        "examples": {side: str(kept.folder(side, 1).path) for side in SIDES},
    }  # fmt: skip
