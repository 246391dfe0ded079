"""A what-if in the terminal: figures of both arms, their differences and verdicts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from rich.rule import Rule
from rich.text import Text

from sandbox.cli.blocks import show
from sandbox.cli.console import Console
from sandbox.cli.terminal import LiveSession
from sandbox.cli.translation import translated_to
from sandbox.content.words import Words
from sandbox.experiment.whatif.continuations import SIDES, ContinuationFolder, votes_apart
from sandbox.experiment.whatif.whatif import FigureComparison, telling_seed
from sandbox.game.session import Session
from sandbox.game.spec import CARDS
from sandbox.report.document.compose import Inline, below, note, paragraph, soft, strong, table
from sandbox.report.whatif_words import WhatIfWords, verdict

Row = tuple[Inline, ...]
EXPLAIN = "how the words of the last column and the intervals are worked out: --explain"


def figure_row(
    words: Words, row: FigureComparison, name: str, values: tuple[str, str], change: tuple[str, str], margin: str,
    turned: int = 0,
) -> Row:  # fmt: skip
    """Return a figure as a row.

    It has its name and both means, their difference with its interval, what may be said of it, and the difference below
    which it hardly matters; ``turned`` is what the votes that were cast come to.
    """
    clear = row.verdict in ("more", "less")
    texts = name, *values, change[0], verdict(words, row, turned)
    first, *others = ((strong(text),) if clear else text for text in texts)
    was, other, shown, said = others
    return first, was, other, below(shown, change[1]), below(said, words("whatif.margin", margin=margin))


def print_figures(words: Words, title: Sequence[str], first: str, rows: Iterable[Row], notes: Iterable[str]) -> None:
    """Print the question, the figures with a head for their first column, and notes on how to read them."""
    head = (
        first, words("whatif.was.head"), words("whatif.other.head"),
        f"{words('whatif.change')}\n{words('whatif.interval')}", words("whatif.said"),
    )  # fmt: skip
    shown = table("", head, rows, titled=False)
    show(paragraph((strong(title[0]),)), *map(paragraph, title[1:]), shown, *map(note, notes))


def print_table(
    kept: ContinuationFolder, session: Session, runs: int, rows: Sequence[FigureComparison], comparing: WhatIfWords, *,
    explained: bool,
) -> None:  # fmt: skip
    """Print the question and the answer in a sentence, then the session itself, both arms, and all differences.

    ``explained``: whether the notes explain the methods as well.
    """
    words, question = comparing.words, kept.question
    model = kept.player.model if kept.player.style != "rules" else ""
    key = "whatif.title_rules" if question.changes else "whatif.title"
    title = words(key, line=question.moment.line["id"], name=comparing.name(question.moment.seat))
    notes = [*comparing.notes(rows, runs, model, question.other, explained=explained)]
    asked, shown, listed, turned = "", list[Row](), 0, comparing.turned(session, question)
    for row in rows:
        figure = row.figure
        if (figure.option and not (row.was or row.other)) or (figure.condition and row.was == row.other):
            continue
        listed += 1
        if figure.condition and asked != "condition":
            asked = "condition"
            shown.append(((soft(words("whatif.conditions")),), *[""] * 4))
        if figure.question not in ("", asked):
            asked = figure.question
            shown.append(((soft(comparing.question(asked)),), *[""] * 4))
        name = f"  {comparing.figure(figure)}" if figure.option or figure.condition else comparing.figure(figure)
        *values, change = comparing.subtracting(row)
        differs = change, comparing.interval(row)
        shown.append(figure_row(words, row, name, (values[0], values[1]), differs, comparing.margin(figure), turned))
    drawn = "" if model else words("whatif.by_rules")
    notes += [words("whatif.left_out", count=hidden)] if (hidden := len(rows) - listed) else []
    notes += [] if explained else [translated_to(words.lang, EXPLAIN)]
    unmoved = "" if model or question.changes or question.moment.line["vote"] else words("whatif.no_vote")
    apart = comparing.apart(votes_apart(kept, session, runs)) if model == CARDS else ""
    heads = [
        title, comparing.recounted(session, question), comparing.decided(rows, turned), apart, drawn, unmoved,
        comparing.together(session, question), comparing.happened(session), *comparing.asked(question),
    ]  # fmt: skip
    print_figures(
        words, [*filter(None, heads)], words("whatif.outcome"), shown, [note for note in notes if note != drawn]
    )


def print_examples(kept: ContinuationFolder, comparing: WhatIfWords, seed: int) -> None:
    """Print the continuation of each arm from a seed, from the line on."""
    console, line = Console(), kept.question.moment.line["id"]
    for side in SIDES:
        console.print(Rule(Text(comparing.words(f"whatif.read.{side}"), style="bold")))
        if kept.player.style == "rules":
            show(note(comparing.words("whatif.read.coins")), console=console)
        with LiveSession(kept.arm(side).game, console, live=False) as shown:
            begun = False
            for event in kept.folder(side, seed).read():
                begun = begun or (event.kind == "line" and event.payload["id"] == line)
                (shown.event if begun else shown.recall)(event)


def as_values(
    kept: ContinuationFolder, session: Session, runs: int, rows: Sequence[FigureComparison], comparing: WhatIfWords
) -> dict[str, Any]:
    """Return a what-if as plain values."""
    question, player = kept.question, kept.player
    return {
        "session": kept.session, "line": question.moment.line["id"], "seat": question.moment.seat,
        "permitted": question.moment.acts, "was": question.moment.line,
        "other": None if question.changes else question.other.line(question.moment.game),
        "changes": question.changes, "runs": runs, "style": player.style, "model": player.model,
        "recount": comparing.recounted(session, question),
        "outcomes": [{**asdict(row), "name": comparing.figure(row.figure)} for row in rows],
        "notes": comparing.notes(rows, runs, "" if player.style == "rules" else player.model, question.other),
        "examples": {side: str(kept.folder(side, telling_seed(rows)).path) for side in SIDES},
    }  # fmt: skip
