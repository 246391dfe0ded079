"""Tables as files, in CSV or Parquet; in CSV no text can be read as a formula by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Literal, TextIO

from sandbox.content.files import written_whole
from sandbox.content.plain import plain
from sandbox.content.words import refusal
from sandbox.record.folder import make_private, writable

Form = Literal["csv", "parquet"]
FORMATS: tuple[Form, ...] = ("csv", "parquet")
Row = dict[str, Any]
Columns = Mapping[str, Sequence[Any]]

# Beginnings of formulas, with full-width signs; in some spreadsheets a semicolon or a new line also ends a cell.
_FORMULA = re.compile(r"^(?=[\t\n])|(^|[;\t\n])(?=[^\S\t\n]*[=+\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBERS = ("i", "f")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")


def csv_text(columns: Iterable[str], rows: Iterable[Row]) -> str:
    """Return rows as CSV; mappings are written as JSON, and columns that a row lacks are empty."""
    text = io.StringIO()
    _Csv(text, dict.fromkeys(columns, "s")).write(rows)
    return text.getvalue()


@contextmanager
def sheets_in(
    folder: Path, tables: Mapping[str, Mapping[str, str]], forms: Sequence[Form]
) -> Iterator[dict[str, Sheets]]:
    """Open tables in a folder, by name; files get their names when all are whole, and on an error old ones stay.

    Args:
        folder: the folder; it is made if needed.
        tables: the columns of each table by kind: ``s`` text, ``i`` whole number, ``f`` number, ``b`` yes or no.
        forms: the formats of each.

    Raises:
        InputError: Parquet is wanted and the extra is missing.
        StorageError: something cannot be written there.
    """
    with writable(folder):
        make_private(folder)
        with ExitStack() as stack:
            yield {name: Sheets(stack, folder / name, kinds, forms) for name, kinds in tables.items()}


class Sheets:
    """A table in all formats wanted."""

    def __init__(self, stack: ExitStack, path: Path, kinds: Mapping[str, str], forms: Sequence[Form]) -> None:
        self._sheets: list[_Csv | _Parquet] = []
        for form in forms:
            stream = stack.enter_context(written_whole(path.with_name(f"{path.name}.{form}")))
            if form == "csv":
                text = stack.enter_context(io.TextIOWrapper(stream, encoding="utf-8", errors="replace", newline=""))
                self._sheets.append(_Csv(text, kinds))
            else:
                self._sheets.append(stack.enter_context(_Parquet(stream, kinds)))

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows; columns that a row lacks are empty, and mappings are written as JSON."""
        rows = list(rows)  # each format goes through them
        for sheet in self._sheets:
            sheet.write(rows)

    def write_columns(self, columns: Columns) -> None:
        """Write many rows at once, given as all columns of the table, each of its kind; empty cells are None."""
        for sheet in self._sheets:
            sheet.write_columns(columns)


class _Csv:
    def __init__(self, file: TextIO, kinds: Mapping[str, str]) -> None:
        self._writer, self._kinds = csv.DictWriter(file, list(kinds), lineterminator="\n"), kinds
        self._writer.writeheader()
        self._cells = _Cells()

    def write(self, rows: Iterable[Row]) -> None:
        self._writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)

    def write_columns(self, columns: Columns) -> None:
        cells = (
            columns[name] if kind in _NUMBERS else map(self._cells.__getitem__, columns[name])
            for name, kind in self._kinds.items()
        )
        self._writer.writer.writerows(zip(*cells, strict=True))


class _Parquet:
    """Writes some thousand rows at a time, to save memory."""

    _MOST = 5000

    def __init__(self, stream: BinaryIO, kinds: Mapping[str, str]) -> None:
        try:
            import pyarrow as pa
            from pyarrow import parquet
        except ImportError as error:
            command = "pip install 'governance-sandbox[lab]'"
            raise refusal("experiment.refused.extra", what="Parquet", command=command) from error
        types = {"s": pa.string(), "i": pa.int64(), "f": pa.float64(), "b": pa.bool_()}
        self._table, self._concat = pa.Table, pa.concat_tables
        self._schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
        self._writer = parquet.ParquetWriter(stream, self._schema, compression="zstd")
        self._tables: list[Any] = []

    def __enter__(self) -> _Parquet:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._flush()
        self._writer.close()

    def write(self, rows: Iterable[Row]) -> None:
        flat = [{name: _flat(value) for name, value in row.items()} for row in rows]
        self._add(self._table.from_pylist(flat, schema=self._schema))

    def write_columns(self, columns: Columns) -> None:
        self._add(self._table.from_pydict(dict(columns), schema=self._schema))

    def _add(self, table: Any) -> None:
        self._tables.append(table)
        if sum(each.num_rows for each in self._tables) >= self._MOST:
            self._flush()

    def _flush(self) -> None:
        self._writer.write_table(self._concat([self._schema.empty_table(), *self._tables]).combine_chunks())
        self._tables = []


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, Mapping) else value


class _Cells(dict[Any, Any]):
    """Values of text, or of yes and no, for cells of CSV: each is made once, as many rows repeat few of them."""

    def __missing__(self, value: Any) -> Any:
        self[value] = cell = _cell(value)
        return cell


def _cell(value: Any) -> Any:
    """Return a value for a cell of CSV; text is changed so that it is no formula and has no control characters."""
    value = _flat(value)
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    lines = value.replace("\r\n", "\n").replace("\r", "\n")  # a bare return is not quoted and would end the row
    return _FORMULA.sub(r"\1'", plain(lines))
