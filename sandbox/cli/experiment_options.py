"""The experiment of a command, its store, and whether its design was locked in time."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli.folders import Folders, FoldersOfDesign, elsewhere
from sandbox.cli.going_on import content_option
from sandbox.cli.printing import echo
from sandbox.cli.translation import LANG, said, translated
from sandbox.errors import UnknownError
from sandbox.settings import content_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sandbox.cli.console import Console
    from sandbox.content.experiment_card import Design
    from sandbox.content.library import Library
    from sandbox.experiment.planning.locking import Lock
    from sandbox.experiment.planning.players import Known
    from sandbox.experiment.planning.runs import Run
    from sandbox.experiment.store.store import DesignRun, Store
    from sandbox.session.choice import ModelChoice


PlayedBy = Annotated[
    str | None,
    Option(
        help="Model that plays where the design names none, or embedded; none: the rules alone; cards: the cards "
        "alone (default: the one that played so far, or else SANDBOX_MODEL, or else embedded)."
    ),
]


@dataclass(frozen=True)
class Which:
    """The options of commands for the experiment and its store."""

    design: Annotated[str, Argument(metavar="DESIGN", help="Id of a design (sandbox list experiment), or its path.")]
    store: Annotated[
        str,
        Option(
            help="Path of a SQLite file, or postgresql://user@host/database (default: the design's id with .sqlite, "
            "in the folder of sessions)."
        ),
    ] = ""

    @property
    def named(self) -> str:
        """The arguments that name the same experiment in another command."""
        from sandbox.experiment.store.database import shown_store

        return self.design + (f" --store {shown_store(self.store)}" if self.store else "")

    def card(self, places: Folders) -> tuple[Design, Path, Folders]:
        """Return the design, its file, and the places with the content that goes with it.

        The content is the folder of a design named by its path, unless another folder is named.

        Raises:
            InputError: there is no such design, or it is faulty.
        """
        from sandbox.content.card_files import content_around
        from sandbox.experiment.planning.design import open_design

        if places.content in (None, content_folder()) and (folder := content_around(Path(self.design))):
            places = FoldersOfDesign(folder, places.out)
        try:
            return (*open_design(places.library, self.design), places)
        except UnknownError as error:
            if error.kind == "experiment":
                error.hint = elsewhere(error) or translated("or give the path of its file")
            raise

    def opened(self, design: Design, places: Folders, *, make: bool = False) -> Store:
        """Open the store; raises `NoStoreError` if there is none and ``make`` is false."""
        from sandbox.experiment.store.store import Store, store_path

        store = Store(self.store or store_path(places.runs, design.id), design.id, make=make)
        if store.database.notice:
            echo(said(store.database.notice), err=True)
        return store

    def known(self, design: Design, places: Folders) -> Store | None:
        """Open the store, if there is one."""
        from sandbox.experiment.store.database import NoStoreError

        try:
            return self.opened(design, places)
        except NoStoreError:
            return None


@dataclass(frozen=True)
class EarlierPlay:
    """The sessions that had been played when a design was locked.

    ``early`` counts finished sessions of the store that were played before it was locked, or under another lock;
    ``done`` all of them, without the null arm; ``elsewhere`` those that other stores held then, by store. ``changed``
    are the cards and templates that are not what was locked.
    """

    early: int = 0
    done: int = 0
    elsewhere: Mapping[str, int] = field(default_factory=dict)
    changed: tuple[str, ...] = ()

    @classmethod
    def of(cls, store: Store | None, design: Design, lock: Lock | None, places: Folders) -> EarlierPlay:
        """Return it from a store or, without one, from the lock."""
        from sandbox.experiment.planning.locking import card_digests

        changed = lock.changed(card_digests(design, places.library)) if lock else ()
        if store is None:
            elsewhere = {known.store: len(known.sessions) for known in lock.stores} if lock else {}
            return cls(elsewhere=elsewhere, changed=changed)
        done = sum(count.number for count in store.counts() if count.state == "done" and not count.null)
        return cls(store.early(lock), done, store.elsewhere(lock), changed) if lock else cls(done, done)

    def warnings(self) -> Iterator[str]:
        """Yield reasons against locked hypotheses, one line each."""
        from sandbox.content.words import Words
        from sandbox.experiment.store.status import named_card

        words = Words(LANG)
        if self.changed:
            yield words("plan.lock.changed", cards=[named_card(words, card) for card in self.changed])
        if self.early:
            yield words("plan.lock.early", early=self.early, done=self.done)
        if self.elsewhere:
            stores = [name + words.paren(str(count)) for name, count in self.elsewhere.items()]
            yield words("plan.lock.elsewhere", stores=stores)


def played_early(which: Which, design: Design, lock: Lock | None, places: Folders) -> EarlierPlay:
    """Return the sessions that had been played when a design was locked, by its store and its lock."""
    with which.known(design, places) or nullcontext() as known:
        return EarlierPlay.of(known, design, lock, places)


def known_stores(which: Which, design: Design, places: Folders) -> list[Known]:
    """Return the stores with finished sessions of a design: those in the folder of sessions and the named one."""
    from sandbox.experiment.planning.players import Known, known_in

    files, stores = sorted(places.runs.glob("*.sqlite")), list[Known]()
    if "://" in which.store:
        with which.known(design, places) or nullcontext() as store:
            stores = [Known(store.shown, store.finished, store.player)] if store else []
    elif which.store:
        files.append(Path(which.store))
    return [*known_in(files, design.id), *(known for known in stores if known.sessions)]


def say_lock(console: Console, which: Which, design: Design, lock: Lock | None, places: Folders, store: Store) -> None:
    """Before sessions are played, print that hypotheses are not locked, or reasons against their lock."""
    from sandbox.content.words import Words
    from sandbox.experiment.planning.players import names_player, plays

    words = Words(LANG)
    said = list[str]()
    if lock is not None:
        said += EarlierPlay.of(store, design, lock, places).warnings()
        if lock.player not in (None, store.player) and not names_player(design):
            planned = plays(lock.player or ("", ""))
            said.append(words("plan.lock.player", planned=planned, plays=plays(store.player)))
        said = [words("plan.lock.since", time=lock.time), *said] if said else []
    elif design.hypotheses:
        command = f"sandbox experiment lock {which.named}{content_option(places)}"
        said = [words("plan.lock.first", command=command)]
    for note in said:
        console.print(note, style="yellow", markup=False, soft_wrap=True)


def begin(
    design: Design, path: Path, store: Store, choice: ModelChoice, runs: Sequence[Run], library: Library, *,
    changed: bool = False, scoring: bool = False,
) -> int:  # fmt: skip
    """Write the sessions of a design, their players and the lock to the store.

    With ``scoring`` it does so only if nothing but judge or rubric has changed since.

    Returns:
        The number of finished sessions taken over because only judge or rubric has changed.

    Raises:
        InputError: finished sessions are not part of the design any more, and ``changed`` is not set.
    """
    from sandbox.experiment.store.taken_over import take_over

    begun = _state(design, path, choice, runs, library)
    taken = take_over(store, begun, runs, library, changed=changed)
    if taken or not scoring:
        store.begin(begun, runs, changed=changed)
    return taken


def _state(design: Design, path: Path, choice: ModelChoice, runs: Sequence[Run], library: Library) -> DesignRun:
    from sandbox.experiment.planning.locking import design_digest, locked
    from sandbox.experiment.planning.runs import cards_read
    from sandbox.experiment.store.store import DesignRun

    lock, text = locked(path), path.read_text(encoding="utf-8")
    held = lock.digest if lock else ""
    cards = cards_read(runs, library)
    return DesignRun(design_digest(design), text, choice.speaker_name, choice.style, held, cards=cards)
