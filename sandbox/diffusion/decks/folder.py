"""Where decks are kept: a file for each kind of place, named by a digest of all that its sessions are made from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from math import isnan
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock

from sandbox.content.words import fault
from sandbox.content.words.kept import kept, read_again
from sandbox.diffusion.deck import UNUSABLE, Kind
from sandbox.diffusion.decks.cells import CELLS, Cell, Dealing
from sandbox.diffusion.decks.play import DeckSessions
from sandbox.diffusion.decks.rows import Row, columns
from sandbox.errors import StorageError
from sandbox.record.folder import Folder, make_private, writable

FILLS = "sandbox diffuse deck NETWORK --by-model N"
"""The command by which a model plays sessions of a deck."""
_DIGITS = 16
_SCHEMA = 1


class TornError(Exception):
    """A file that does not hold what it should."""


@dataclass(frozen=True)
class Sampled:
    """A session of a deck that a model played.

    Args:
        number: which of the cell's sessions, from 0.
        session: the name of its folder.
        row: its result.
    """

    cell: Cell
    number: int
    session: str
    model: str
    row: Row


class DeckFolder(Folder):
    """``runs/decks/``: one process at a time writes to it, and others wait.

    Args:
        runs: the user's folder of sessions.
    """

    def __init__(self, runs: Path, dealing: Dealing) -> None:
        super().__init__(runs / "decks")
        self._dealing = dealing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder; wait while another process holds it, since its sessions serve all.

        Raises:
            StorageError: it cannot be made or written.
        """
        with writable(self.path, "deck.refused.unwritable"):
            make_private(self.path)
            held = FileLock(self.path / ".lock", mode=0o600).acquire()
        with held:
            yield

    @cached_property
    def _digests(self) -> dict[Kind, str]:
        return {kind: self._dealing.digest(kind) for kind in self._dealing.kinds}

    def digest(self, kind: Kind) -> str:
        """Return the digest of a kind's sessions."""
        return self._digests[kind]

    def path_of(self, kind: Kind) -> Path:
        """Return the file of a kind."""
        return self.path / f"{kind.governance}-{kind.city}-{self.digest(kind)[:_DIGITS]}.npz"

    def read(self, kind: Kind) -> DeckSessions | None:
        """Return the sessions of a kind that are kept; None where there are none.

        Raises:
            TornError: its file is torn or another's, or cannot be read.
        """
        path = self.path_of(kind)
        try:
            packed = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise TornError from error
        try:
            with np.load(BytesIO(packed), allow_pickle=False) as arrays:
                manifest = json.loads(arrays["manifest"].tobytes())
                rows, ends = arrays["rows"], arrays["ends"]
            return self._played(kind, manifest, rows, ends)
        except UNUSABLE as error:
            raise TornError from error

    def _played(self, kind: Kind, manifest: Any, rows: Any, ends: Any) -> DeckSessions:
        if (manifest["schema"], manifest["digest"]) != (_SCHEMA, self.digest(kind)):
            raise ValueError("it holds other sessions")
        if rows.shape != (ends[-1], len(Row._fields)) or ends.shape != (len(CELLS),) or (np.diff(ends) < 0).any():
            raise ValueError("rows are missing")
        starts = [0, *ends[:-1]]
        return DeckSessions(
            kind,
            tuple(tuple(map(_row, rows[start:end])) for start, end in zip(starts, ends, strict=True)),
            {int(place): read_again(why) for place, why in manifest["empty"].items()},
        )

    def keep(self, played: DeckSessions) -> None:
        """Keep the sessions of a kind.

        Raises:
            StorageError: they cannot be written.
        """
        manifest = {
            "schema": _SCHEMA,
            "digest": self.digest(played.kind),
            "empty": {place: kept(why) for place, why in played.empty.items()},
        }
        rows = [row for cell in played.rows for row in cell]
        buffer = BytesIO()
        np.savez_compressed(
            buffer,
            allow_pickle=False,
            manifest=np.frombuffer(json.dumps(manifest, ensure_ascii=False).encode(), np.uint8),
            rows=columns(rows),
            ends=np.cumsum([len(cell) for cell in played.rows]),
        )
        self.write(self.path_of(played.kind), buffer.getvalue())

    def sampled(self, kind: Kind) -> tuple[Sampled, ...]:
        """Return the sessions of a kind that models played.

        Raises:
            StorageError: the file that lists them is torn or another's.
        """
        path = self._list_of(kind)
        try:
            known = json.loads(path.read_bytes())
            return tuple(
                Sampled(
                    Cell(kind, *CELLS[each["cell"]]), each["number"], each["session"], each["model"],
                    _row(each["row"]),
                )
                for each in known
            )  # fmt: skip
        except FileNotFoundError:
            return ()
        except UNUSABLE as error:
            raise fault(StorageError, "deck.refused.list", path=path, command=FILLS) from error

    def keep_sampled(self, kind: Kind, sampled: Sequence[Sampled]) -> None:
        """Keep the list of sessions of a kind that models played, in place of the one before.

        Raises:
            StorageError: it cannot be written.
        """
        known = [
            {
                "cell": CELLS.index((each.cell.channel, each.cell.stand)), "number": each.number,
                "session": each.session, "model": each.model, "row": [None if isnan(x) else x for x in each.row],
            }
            for each in sampled
        ]  # fmt: skip
        self.write(self._list_of(kind), json.dumps(known, ensure_ascii=False, indent=1) + "\n")

    def _list_of(self, kind: Kind) -> Path:
        return self.path_of(kind).with_suffix(".by_model.json")


def _row(values: Sequence[Any]) -> Row:
    form, *shares, variant = (float("nan") if value is None else float(value) for value in values)
    substance, above, beside, burden, copied, kept = shares
    return Row(int(form), substance, above, beside, burden, copied, kept, int(variant))
