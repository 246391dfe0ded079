"""The codebook of an export: what is in each table and each column, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import get_args

from sandbox.content.cards import Lang
from sandbox.content.words import Words
from sandbox.experiment.outcomes import OUTCOMES, Outcome
from sandbox.experiment.players import said_players
from sandbox.experiment.store import Store
from sandbox.record.events import EventKind
from sandbox.record.payloads import ScoreStatus

__all__ = ["codebook"]

_CELL = "cell_"
# What stands in a column where that is one of a few names.
_VALUES = {
    "state": ("done", "failed", "running", "pending"), "addressee": ("all",), "taken_by": ("body",),
    "moment": ("start",), "origin": ("model", "person", "card", "rules"), "how": ("counted", "judged"),
    "terms": ("JSON",), "unbound": ("JSON",), "payload": ("JSON",), "kind": get_args(EventKind),
    "status": get_args(ScoreStatus),
}  # fmt: skip


def codebook(
    store: Store, tables: Mapping[str, Mapping[str, str]], factors: Sequence[str], silent: int, lang: Lang
) -> str:
    """Return the codebook as Markdown.

    ``tables`` has the columns of each table, each with its kind (s, i, f, b); ``factors`` is what the design varies,
    and ``silent`` how many finished sessions are in the wide table alone.
    """
    words = Words(lang)
    lines = [
        f"# {words('experiment.codebook.title', experiment=store.name)}",
        "",
        words("experiment.codebook.about"),
        "",
        words("experiment.codebook.formulas"),
        "",
    ]
    for played in store.played:
        at = datetime.fromtimestamp(played.at, UTC).strftime("%Y-%m-%d %H:%M")
        lines.append(f"- {words('experiment.codebook.played', at=at, digest=played.digest[:16])}")
    lines.append(f"- {words('experiment.codebook.players', list=said_players(store.players(), words))}")
    if silent:
        lines.append(f"- {words('experiment.codebook.silent', number=silent)}")
    for name, kinds in tables.items():
        lines += ["", f"## {name}", "", words(f"experiment.table.{name}"), ""]
        head = [words(f"experiment.codebook.{cell}") for cell in ("column", "kind", "meaning")]
        lines += [_row(head), _row(["---"] * len(head))]
        lines += [_row([f"`{column}`", words(f"experiment.kind.{kinds[column]}"), meaning])
                  for column, meaning in _meanings(words, kinds, factors)]  # fmt: skip
    return "\n".join(lines) + "\n"


def _meanings(words: Words, kinds: Mapping[str, str], factors: Sequence[str]) -> Iterator[tuple[str, str]]:
    for column in kinds:
        if column in OUTCOMES:
            yield column, _outcome(words, OUTCOMES[column])
        elif column.startswith(_CELL) and column.removeprefix(_CELL) in factors:
            yield column, words("experiment.column.cell", factor=column.removeprefix(_CELL))
        else:
            names = words.join(f"`{name}`" for name in _VALUES.get(column, ()))
            yield column, words(f"experiment.column.{column}") + (words.paren(names) if names else "")


def _outcome(words: Words, outcome: Outcome) -> str:
    name, colon, counts = words(outcome.words), words("colon"), words(outcome.definition)
    if outcome.high is None:
        between = words("experiment.codebook.from", low=f"{outcome.low:g}")
    else:
        between = words("experiment.codebook.range", low=f"{outcome.low:g}", high=f"{outcome.high:g}")
    notes = [between]
    notes += [words("experiment.codebook.worded")] if outcome.worded else []
    notes += [words("experiment.codebook.judged")] if outcome.judged else []
    return f"{name}{colon}{counts}{words.paren(words('semi').join(notes))}"


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"
