"""A user's tables as CSV: cells by column, and faults by line and column."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from sandbox.content.words import said
from sandbox.errors import ContentError, Problem

LONGEST = 80
"""Characters of a cell that are told of, or that an id may have."""
_MOST_TOLD = 20
_LIKE = 0.75  # likeness at which a column may be one that is read, misspelt: others may be there


class Faults(list[str]):
    """The faults of a table, up to a limit.

    Args:
        path: the table's path, which each fault names.
    """

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path, self._more = path, 0

    def add(self, line: int, column: str, key: str, /, **values: object) -> None:
        """Add the fault of a key of the words ``table_fault``, with line and column."""
        self.put(line, column, said(f"table_fault.{key}", **values))

    def put(self, line: int, column: str, says: str) -> None:
        """Add a fault with its own message."""
        if len(self) < _MOST_TOLD:
            self.append(Problem(f"{self._path}:{line}", column, says))
        else:
            self._more += 1

    def check(self) -> None:
        """Raise `ContentError` if there are any."""
        if self._more:
            self.append(Problem(f"{self._path}:1", "", said("content.and_more", count=self._more)))
        if self:
            raise ContentError(self)


@dataclass(frozen=True)
class Cells:
    """A column by the lines of its rows; empty texts if the table has no such column."""

    there: bool
    values: Sequence[str]


def read_cells(
    text: str, faults: Faults, required: Sequence[str], known: Sequence[str]
) -> tuple[list[int], dict[str, Cells]]:
    """Return the line numbers of rows, and the cells of each column that is read.

    The first row names the columns; only the ``known`` ones are read.

    Raises:
        ContentError: a required column is missing, one looks like a misspelt known one, or a row does not fit.
    """
    reader = csv.reader(text.removeprefix("\ufeff").splitlines(keepends=True))
    lines, rows = list[int](), list[list[str]]()
    try:
        head = [" ".join(cell.split()).lower() for cell in next(reader, [])]
        for row in reader:
            if not any(map(str.strip, row)):
                continue
            if len(row) != len(head):
                faults.add(reader.line_num, "", "cells", count=len(row), columns=len(head))
            else:
                lines.append(reader.line_num)
                rows.append(row)
    except csv.Error as error:
        faults.add(reader.line_num, "", "csv", why=error)
    for column in required:
        if column not in head:
            faults.add(1, column, "no_column", column=column, columns=known)
    for column in sorted(set(head) - {*known}):
        if meant := get_close_matches(column, [each for each in known if each not in head], 1, _LIKE):
            faults.add(1, column, "meant", near=meant[0], columns=known)
    for column in sorted({column for column in head if column in known and head.count(column) > 1}):
        faults.add(1, column, "twice_column")
    if not rows:
        faults.add(1, "", "empty")
    faults.check()
    read = list(zip(*rows, strict=True))
    return lines, {
        column: Cells(True, [" ".join(cell.split()) for cell in read[head.index(column)]])
        if column in head
        else Cells(False, [""] * len(rows))
        for column in known
    }
