"""A replication package: all that an experiment's report rests on, in one archive to be checked and used again."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, insert, select

from sandbox.content.card_files import FOLDERS
from sandbox.content.experiment_card import Design
from sandbox.content.library import Library
from sandbox.content.network_card import Country
from sandbox.content.templates import FOLDER as TEMPLATES
from sandbox.content.words import FOLDER as WORDS
from sandbox.content.words import fault, refusal
from sandbox.errors import StorageError
from sandbox.experiment.planning.locking import card_digests, lock_path
from sandbox.experiment.store.database import Database
from sandbox.experiment.store.store import Store
from sandbox.experiment.store.tables import DESIGNS, EVENTS, GRACE, RUNS, WORKERS
from sandbox.record.folder import Folder, make_private, writable
from sandbox.scoring.standing import JudgeFolder

CONTENT, STORED = "content", "runs"
"""Folders of the package: the cards that sessions read, and the store with the judges' calibrations."""
SUMS = "SHA256SUMS"
"""The file with the checksum of each other file, as ``sha256sum -c`` reads it."""
_OWNERS = select(WORKERS.c.owner).order_by(WORKERS.c.begun, WORKERS.c.owner)
_MANY = 50  # rows at once


def design_in(design: Design) -> str:
    """Return the path of the design's file in the package."""
    return f"{CONTENT}/{FOLDERS['experiment'][0]}/{design.id}.yaml"


def copy_study(store: Store, design: Design, path: Path, library: Library, runs: Path, to: Path) -> None:
    """Copy what an experiment was played from and what was played into a folder.

    These are the design with its lock, every card that its sessions read (shipped ones too, so that a later version of
    the program plays the same), the user's own templates and words, the sessions with their logs, and the calibrations
    of judges. Names of machines and addresses of endpoints are left out.

    Args:
        store: the store.
        design: the design.
        path: its file.
        library: the content.
        runs: the folder of sessions, which holds the calibrations of judges.
        to: an empty folder.

    Raises:
        InputError: processes are at work on the store.
        StorageError: something cannot be read or written.
    """
    alive = store.clock() - GRACE
    if working := [work for work in store.works() if work.ended is None and work.beat >= alive]:
        command = "sandbox experiment status"
        raise refusal("experiment.package.at_work", store=store.shown, count=len(working), command=command)
    own = Path(design_in(design))
    files = {own: path, own.with_suffix(".lock"): lock_path(path)}
    files |= {Path(CONTENT) / name: file for name, file in _cards(design, library)}
    files |= {Path(STORED) / file.relative_to(runs): file for file in _calibrations(runs)}
    for name, file in files.items():
        if name.suffix != ".lock" or file.is_file():  # a design need not be locked
            _copy(file, to / name)
    _copy_store(store, to / STORED / f"{design.id}.sqlite")


def _cards(design: Design, library: Library) -> Iterator[tuple[Path, Path]]:
    """Yield the cards and the user's own templates and words: name in the content folder, and file."""
    read = {*card_digests(design, library)} | {f"stage {stage.id}" for stage in library.stages()}
    for (kind, card_id), file in library.files.items():
        if f"{kind} {card_id}" not in read:
            continue
        folder = Path(FOLDERS[kind][0])
        yield folder / file.name, file
        card = library.cards[kind][card_id]
        if isinstance(card, Country) and card.tables:
            yield from (
                (folder / name, file.with_name(name)) for name in (card.tables.places, card.tables.ties) if name
            )
    for root in library.roots[1:]:
        for part in (TEMPLATES, WORDS):
            yield from ((file.relative_to(root), file) for file in sorted((root / part).rglob("*")) if file.is_file())


def _calibrations(runs: Path) -> Iterator[Path]:
    for folder in JudgeFolder.all(runs):
        yield folder.calibration


def _copy(file: Path, to: Path) -> None:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise fault(StorageError, "storage.unreadable", path=file, why=error.strerror or error) from error
    with writable(to):
        make_private(to.parent)
    Folder(to.parent).write(to, data)


def _copy_store(store: Store, to: Path) -> None:
    """Write a store's sessions to a SQLite file; processes lose the names of their machines."""
    target = Database(to, store.name)
    try:
        with store.database.reading() as source, target.writing(durable=True) as kept:
            names = {owner: f"process {place}" for place, owner in enumerate(source.scalars(_OWNERS), 1)} | {"": ""}

            def plain(row: RowMapping) -> dict[str, Any]:
                hidden = {"host": "", "process": "", "owner": names.get(row.get("owner", ""), "")}
                return {**row, **{name: value for name, value in hidden.items() if name in row}}

            for table in (DESIGNS, RUNS, EVENTS, WORKERS):
                for rows in source.execute(select(table)).mappings().partitions(_MANY):
                    kept.execute(insert(table), [plain(row) for row in rows])
    finally:
        target.close()


def pack(folder: Path, to: Path, name: str) -> None:
    """Pack a folder into a ZIP archive, with the checksums of its files in `SUMS`.

    Args:
        folder: what is packed.
        to: the archive, which is replaced.
        name: the folder that unpacking makes.

    Raises:
        StorageError: the archive cannot be written.
    """
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    sums = "".join(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {_inside(file, folder)}\n" for file in files)
    part = to.with_name(f"{to.name}.part")
    with writable(to):
        make_private(to.parent)
        part.touch(mode=0o600)
        try:
            with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in files:
                    archive.write(file, f"{name}/{_inside(file, folder)}")
                archive.writestr(f"{name}/{SUMS}", sums)
            part.replace(to)
        finally:
            part.unlink(missing_ok=True)


def _inside(file: Path, folder: Path) -> str:
    return file.relative_to(folder).as_posix()
