"""The codebook of an export: the meaning of each table and column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import get_args

from sandbox.content.files import write_whole
from sandbox.content.language import Lang
from sandbox.content.network_card import MECHANISMS, Channel
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import WhyMoved
from sandbox.experiment.outcomes import STATUS_OF, Outcome, outcome_of
from sandbox.game.ledger.entries import ItemKind, ItemState
from sandbox.game.spec import PlayStyle
from sandbox.record.events import EventKind
from sandbox.record.line import Origin
from sandbox.record.payloads import ScoreStatus
from sandbox.scoring.standing import Mark

_CELL = "cell_"
# Formulas of the chance that a place is reached in a period.
_HAZARD = {"chance": "`1 − exp(−(0.5 + strength) × s)`", "s": "`s`"}
# The names that a column may have, if they are few.
_VALUES = {
    "state": ("done", "failed", "running", "pending"), "addressee": ("all",), "taken_by": ("body",),
    "moment": ("start",), "origin": get_args(Origin), "how": ("counted", "judged"),
    "terms": ("JSON",), "unbound": ("JSON",), "payload": ("JSON",), "kind": get_args(EventKind),
    "status": get_args(ScoreStatus), "standing": get_args(Mark), "agents": ("JSON",), "models": ("JSON",),
    "style": get_args(PlayStyle), "entry": get_args(ItemKind), "became": get_args(ItemState),
    "channel": get_args(Channel), "mechanism": MECHANISMS, "met_channel": get_args(Channel),
    "met_mechanism": MECHANISMS, "came_by": ("sideways", "posting", "above"), "why_moved": get_args(WhyMoved),
}  # fmt: skip


def columns_told(tables: Mapping[str, Mapping[str, str]], factors: Sequence[str], lang: Lang) -> list[str]:
    """Return the meaning of each column of each table, as lines of Markdown.

    ``tables`` has the columns of each table by name, each with its kind (s, i, f, b); ``factors`` are those that the
    experiment varies.

    Raises:
        KeyError: a table or a column has no words.
    """
    words, lines = Words(lang), list[str]()
    for name, kinds in tables.items():
        named = {column: f"`{column}`" for column in kinds}
        lines += ["", f"## {name}", "", words(f"experiment.table.{name}", **_HAZARD, **named), ""]
        head = [words(f"experiment.codebook.{cell}") for cell in ("column", "kind", "meaning")]
        lines += [_row(head), _row(["---"] * len(head))]
        lines += [_row([f"`{column}`", words(f"experiment.kind.{kinds[column]}"), meaning])
                  for column, meaning in _meanings(words, name, kinds, factors)]  # fmt: skip
    return lines


def write_codebook(
    folder: Path, title: str, notes: Sequence[str], columns: Sequence[str], lang: Lang,
    about: str = "experiment.codebook.about",
) -> Path:  # fmt: skip
    """Write the codebook as ``codebook.md`` or, in another language than English, ``codebook.<lang>.md``.

    Args:
        folder: the folder of the tables.
        title: its title.
        notes: notes on the export.
        columns: the lines of `columns_told`; make them before the tables, so that a column without words is found
            before all work is done.
        lang: its language.
        about: key of the words on how the tables are related.

    Raises:
        StorageError: it cannot be written.
    """
    words, path = Words(lang), folder / ("codebook.md" if lang == "en" else f"codebook.{lang}.md")
    opening = [words(about), "", words("experiment.codebook.formulas")]
    write_whole(path, "\n".join([f"# {title}", "", *opening, "", *(f"- {note}" for note in notes), *columns]) + "\n")
    return path


def _meanings(words: Words, table: str, kinds: Mapping[str, str], factors: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column in kinds:
        if (known := outcome_of(column)) is not None:
            yield column, _outcome(words, known)
        elif column.startswith(_CELL) and column.removeprefix(_CELL) in factors:
            factor = column.removeprefix(_CELL)
            name = words(f"experiment_report.factor.{factor}")
            yield column, words("experiment.column.cell", name=name, factor=factor)
        elif column.startswith(STATUS_OF):
            level, names = column.removeprefix(STATUS_OF), words.join(f"`{name}`" for name in get_args(ScoreStatus))
            yield column, words("experiment.column.status_of", level=f"`{level}`") + words.paren(names)
        else:
            names = words.join(f"`{name}`" for name in _VALUES.get(column, ()))
            own = f"experiment.column.{column}.{table}"
            meaning = words(own if own in words else f"experiment.column.{column}")
            yield column, meaning + (words.paren(names) if names else "")


def _outcome(words: Words, outcome: Outcome) -> str:
    name, colon, counts = words.of("experiment.outcome", outcome.name), words("colon"), words(outcome.definition)
    if outcome.own:
        return f"{name}{colon}{counts}"
    if outcome.high is None:
        between = words("experiment.codebook.from", low=f"{outcome.low:g}")
    else:
        between = words("experiment.codebook.range", low=f"{outcome.low:g}", high=f"{outcome.high:g}")
    notes = [between]
    notes += [words("experiment.codebook.worded")] if outcome.worded else []
    notes += [words("experiment.codebook.judged", column="`standing`")] if outcome.judged else []
    return f"{name}{colon}{counts}{words.paren(words('semi').join(notes))}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
