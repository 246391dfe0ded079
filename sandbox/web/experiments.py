"""The experiments in the folder of sessions: their status, and their reports, made on request."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from sandbox.content.card_files import read_card
from sandbox.content.cards import Text
from sandbox.content.experiment_card import Design
from sandbox.content.files import is_file_name, stamped
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.errors import InputError
from sandbox.experiment.export.export import export
from sandbox.experiment.planning.locking import Lock, lock_path, locked
from sandbox.experiment.store.database import experiment_in
from sandbox.experiment.store.status import Status, status_of
from sandbox.experiment.store.store import Store
from sandbox.llm.usage import Budget
from sandbox.report.document.blocks import ReportDocument
from sandbox.report.document.formats import FORMATS

if TYPE_CHECKING:
    from sandbox.experiment.analysis.analysis import Analysis


_PAGES = 16
Stamp = tuple[tuple[Path, int, int], ...]


@dataclass(frozen=True)
class Entry:
    """An experiment in a list.

    Args:
        name: its store's file, without the ending.
        title: its title; None if unknown.
        design: its design; None if it compares nothing, or cannot be read.
        filed: whether the design's file is among the content, so that its lock is known.
        status: its status; None if its store cannot be read.
        active: time of its last activity, in seconds since 1970.
    """

    name: str
    experiment: str
    title: Text | None = None
    question: Text | None = None
    design: Design | None = None
    filed: bool = False
    lock: Lock | None = None
    status: Status | None = None
    active: float = 0.0
    fault: InputError | None = None


class Experiments:
    """The experiments whose stores lie in the folder of sessions.

    All methods except `page` read files, so call them in a thread.
    """

    def __init__(self, library: Library, runs: Path, prices: Budget) -> None:
        self.library, self._runs = library, runs
        self._prices = replace(prices, max_tokens=None, money=None)
        self._entries: dict[str, tuple[Stamp, Entry | None]] = {}
        self._analyses: dict[str, tuple[Stamp, Analysis]] = {}
        self._pages: dict[tuple[str, Lang, str], tuple[Stamp, str | bytes]] = {}
        self._making = asyncio.Lock()

    def all(self) -> list[Entry]:
        """Return all experiments, the last active first; other files are ignored."""
        entries = (self.entry(path.stem) for path in self._runs.glob("*.sqlite"))
        return sorted(filter(None, entries), key=lambda entry: (-entry.active, entry.name))

    def entry(self, name: str) -> Entry | None:
        """Return an experiment; None if there is no store of this name."""
        if not is_file_name(f"{name}.sqlite-wal"):
            return None
        stamp, known = self._entries.get(name, ((), None))
        # Of a process that has died nothing is heard, and nothing is written either.
        working = known is not None and known.status is not None and bool(known.status.working)
        if working or stamp != self._stamp(name, known):
            path = self._path(name)
            experiment = experiment_in(path) if path.is_file() else ""
            known = self._read(name, experiment) if experiment else None
            self._entries[name] = self._stamp(name, known), known
        return known

    def ready(self, name: str, lang: Lang) -> bool:
        """Return whether the report of an experiment exists and no session has changed since."""
        page = self._pages.get((name, lang, "html"))
        return page is not None and page[0] == self._stamp(name, self.entry(name))

    async def page(self, name: str, lang: Lang, form: str) -> str | bytes:
        """Return the report of an experiment, made in a thread if there is none yet.

        Raises `InputError` if there is no such experiment or report, or the ``lab`` extra is missing.
        """
        async with self._making:  # whoever asks at the same time waits, and nothing is made twice
            return await asyncio.to_thread(self._page, name, lang, form)

    def tables(self, name: str, lang: Lang, folder: Path) -> Path:
        """Write the tables of an experiment as CSV with their codebook, and return the path of the archive.

        Raises `InputError` if there is no such experiment, and `StorageError` if files cannot be written.
        """
        with Store(self._path(name), self._known(name).experiment, make=False) as store:
            export(store, self.library, folder / name, self._runs, lang=lang)
        return Path(shutil.make_archive(str(folder / name), "zip", folder, name))

    def _page(self, name: str, lang: Lang, form: str) -> str | bytes:
        entry = self._known(name)
        key, stamp = (name, lang, form), self._stamp(name, entry)
        if key not in self._pages or self._pages[key][0] != stamp:
            page = FORMATS[form](self._document(entry, lang, stamp))
            self._pages.pop(key, None)
            self._pages[key] = stamp, page
            while len(self._pages) > _PAGES:
                del self._pages[next(iter(self._pages))]
        return self._pages[key][1]

    def _document(self, entry: Entry, lang: Lang, stamp: Stamp) -> ReportDocument:
        if entry.fault is not None:
            raise entry.fault
        if entry.design is None:
            raise refusal("refused.nothing_compared")
        try:
            from sandbox.experiment.analysis.analysis import analyse_store
            from sandbox.report.pages.experiment import experiment_report
        except InputError as error:
            raise refusal("refused.no_lab", command="pip install 'governance-sandbox[lab]'") from error
        if entry.name not in self._analyses or self._analyses[entry.name][0] != stamp:
            with Store(self._path(entry.name), entry.experiment, make=False) as store:
                analysis = analyse_store(store, entry.design, entry.lock, self.library, self._runs)
            self._analyses[entry.name] = stamp, analysis
        return experiment_report(self._analyses[entry.name][1], self.library, lang)

    def _known(self, name: str) -> Entry:
        entry = self.entry(name)
        if entry is None:
            raise refusal("refused.no_experiment")
        return entry

    def _read(self, name: str, experiment: str) -> Entry:
        text, status, active, faults = "", None, 0.0, list[InputError]()
        try:
            with Store(self._path(name), experiment, make=False) as store:
                played, works, status = store.played, store.works(), status_of(store, self._prices)
            text = played[-1].design if played else ""
            active = max([*(state.at for state in played), *(max(work.beat, work.ended or 0.0) for work in works), 0.0])
        except InputError as error:
            faults.append(error)
        title, question, design = _as_run(text)
        file, lock = self._file(experiment), None
        if file is not None:
            try:
                card, lock = read_card(file, "experiment"), locked(file)
                if isinstance(card, Design):
                    title, question, design = card.title, card.question, card
            except InputError as error:
                faults.append(error)
        return Entry(
            name, experiment, title, question, design, file is not None, lock, status, active,
            faults[0] if faults else None,
        )  # fmt: skip

    def _path(self, name: str) -> Path:
        return self._runs / f"{name}.sqlite"

    def _file(self, experiment: str) -> Path | None:
        return self.library.files.get(("experiment", experiment))

    def _stamp(self, name: str, entry: Entry | None) -> Stamp:
        path = self._path(name)
        file = self._file(entry.experiment) if entry else None
        files = [path, path.with_name(f"{path.name}-wal"), *((file, lock_path(file)) if file else ())]
        return tuple(stamp for stamp in map(stamped, files) if stamp[2])


def _as_run(text: str) -> tuple[Text | None, Text | None, Design | None]:
    """Return title, question and design in the text of a design as it was last run, each if it can be read."""
    try:
        data = yaml.safe_load(text)
        texts = [Text.model_validate(data[name]) for name in ("title", "question")]
    except (yaml.YAMLError, ValidationError, LookupError, TypeError):
        return None, None, None
    try:
        return texts[0], texts[1], Design.model_validate(data)
    except ValidationError:
        return texts[0], texts[1], None
