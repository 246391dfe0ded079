"""Which experiment a command is about, where it is kept, and what commands say of going on with it."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from sandbox.cli import options
from sandbox.cli.printing import echo
from sandbox.errors import InterruptedSessionError, SandboxError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sandbox.cli.console import Console
    from sandbox.experiment.design import Design
    from sandbox.experiment.locking import Lock
    from sandbox.experiment.store import Store

__all__ = [
    "KEPT", "PlayedBy", "Which", "as_options", "cap_options", "early_sessions", "folder_options", "going_on",
    "say_unlocked",
]  # fmt: skip

KEPT = "what is done is kept; go on with: "
PlayedBy = Annotated[
    str | None,
    Option(
        help="Model that plays where the design names none, or embedded; none: rules only (default: the one that "
        "played so far, or else SANDBOX_MODEL, or else embedded)."
    ),
]


@dataclass(frozen=True)
class Which:
    """Which experiment, and where it is kept: the options of every command of this module."""

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
        """What names the same experiment in another command."""
        return self.design + (f" --store {self._shown}" if self.store else "")

    @property
    def _shown(self) -> str:
        from sandbox.experiment.database import shown_store

        return shown_store(self.store)

    def card(self, places: options.Places) -> tuple[Design, Path]:
        """Return the design and its file; raises `InputError` where there is none, or it is faulty."""
        from sandbox.experiment.design import open_design

        return open_design(places.library, self.design)

    def opened(self, design: Design, places: options.Places, *, make: bool = False) -> Store:
        """Open the store; raises `NoStoreError` where there is none and none is to be made."""
        from sandbox.experiment.store import Store, store_path

        store = Store(self.store or store_path(places.runs, design.id), design.id, make=make)
        if store.database.notice:
            echo(store.database.notice, err=True)
        return store

    def known(self, design: Design, places: options.Places) -> Store | None:
        """Open the store, where there is one."""
        from sandbox.experiment.database import NoStoreError

        try:
            return self.opened(design, places)
        except NoStoreError:
            return None


def early_sessions(which: Which, design: Design, lock: Lock | None, places: options.Places) -> tuple[int, int]:
    """Return how many sessions were played before a lock, or under another, and how many are finished."""
    with which.known(design, places) or nullcontext() as known:
        if known is None:
            return 0, 0
        done = sum(count.number for count in known.counts() if count.state == "done" and not count.null)
        return known.early(lock) if lock else done, done


def say_unlocked(console: Console, which: Which, design: Design, lock: Lock | None, places: options.Places) -> None:
    """Say before sessions are played that hypotheses are not locked."""
    if design.hypotheses and lock is None:
        content = f" --content {places.content}" if places.content else ""
        command = f"sandbox experiment lock {which.named}{content}"
        note = f"not locked, so that its hypotheses will be exploratory; lock it first: {command}"
        console.print(note, style="yellow", markup=False, soft_wrap=True)


@contextmanager
def going_on(hint: str) -> Iterator[None]:
    """Let whatever ends the work early say how it goes on."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise InterruptedSessionError(f"interrupted; {hint}") from error
    except SandboxError as error:
        error.hint = hint
        raise


def cap_options(means: options.Means, places: options.Places) -> str:
    """Return the options without which another run would keep to no cap, or would look elsewhere."""
    values = {"--gguf": means.gguf, "--max-tokens": means.max_tokens, "--budget": means.budget}
    return as_options(values) + folder_options(places)


def folder_options(places: options.Places) -> str:
    """Return the options without which another command would look elsewhere."""
    from sandbox.settings import Settings

    own = places.out and places.out.resolve() != Settings.from_environment().runs.resolve()
    return as_options({"--content": places.content, "--out": places.out if own else None})


def as_options(values: Mapping[str, object]) -> str:
    """Return options as they are written, those that have no value left out."""
    return "".join(f" {name} {value}" for name, value in values.items() if value is not None)
