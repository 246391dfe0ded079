"""The house: all tables of a server, with what they share."""

from __future__ import annotations

import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.content.library import Library
from sandbox.errors import InputError, SandboxError
from sandbox.game.chronicle import opening
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.llm.usage import Budget
from sandbox.record.folder import SessionFolder
from sandbox.session.branch import branch
from sandbox.session.choice import Choice
from sandbox.session.runner import Models
from sandbox.web.audience import Audience
from sandbox.web.room import Room
from sandbox.web.schema import Setup, TableRow
from sandbox.web.store import Store

__all__ = ["House"]


@dataclass
class House:
    """What the server's tables share.

    Args:
        store: tables, places and notes.
        library: the content.
        runs: folder of sessions.
        choice: which models are meant.
        models: the models.
        budget: bounds of each session.
        disclosure: who gets to see what is written: the model's name and where it answers; empty address: here.
        keep_days: how long tables that nobody touches are kept.
    """

    store: Store
    library: Library
    runs: Path
    choice: Choice
    models: Models
    budget: Budget
    disclosure: tuple[str, str]
    keep_days: int
    rooms: dict[str, Room] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)
    _audiences: dict[str, Audience] = field(default_factory=dict)

    def is_secret(self, given: str) -> bool:
        """Return whether a text is the facilitator's secret."""
        return secrets.compare_digest(given.encode(), self.store.secret.encode())

    def spec_of(self, setup: Setup, persons: tuple[str, ...]) -> SessionSpec:
        """Return the spec of a session that a setup asks for, with the seats that people hold at its start.

        Raises:
            InputError: something in it is not allowed.
        """
        try:
            return SessionSpec(
                scenario=setup.scenario, governance=setup.governance, city=setup.city, lang=setup.lang,
                stages=setup.stages, turns=setup.turns, seed=setup.seed, persons=persons, style=self.choice.style,
                model=self.choice.speaker_name, judge_model=self.choice.judge_name,
            )  # fmt: skip
        except ValueError as error:
            raise InputError(f"the table cannot be set up so: {error}") from error

    def game(self, setup: Setup) -> Game:
        """Return the game of a setup, for a table that has not started.

        Raises:
            InputError: it does not fit the content.
        """
        return Game(self.spec_of(setup, ()), self.library)

    def audience(self, table: str) -> Audience:
        """Return the pages that watch a table."""
        return self._audiences.setdefault(table, Audience())

    def room(self, table: str) -> Room | None:
        """Return the room of a table that has started, or None; ``faults`` tells why a session cannot be opened."""
        return self.rooms.get(table)

    def open(self) -> None:
        """Open the rooms of all tables that have started, and go on with those that are not finished."""
        self.forget_expired()
        for row in self.store.tables():
            if row.state != "lobby":
                try:
                    self._room(row)
                except SandboxError as error:
                    self.faults[row.id] = str(error)
        for room in self.rooms.values():
            if not self._foreign(room):
                room.start()

    def take_seat(self, table: str, seat: str, name: str) -> str:
        """Give a seat to a person, who plays it at once where the session runs.

        Returns:
            The person's token.

        Raises:
            InputError: the table is over, or the seat is not for people or taken.
        """
        token = self.store.take_seat(table, seat, name)
        if table in self.rooms:
            self.rooms[table].hand(seat, "person")
        self.audience(table).changed()
        return token

    def free_seat(self, table: str, seat: str) -> None:
        """Take a seat from its player, whose link stops working; a persona plays it where the session runs.

        Raises:
            InputError: nobody has the seat.
        """
        self.store.free_seat(table, seat)
        self.audience(table).changed()  # first: the page of whoever had it hears nothing more, even if the order fails
        if table in self.rooms:
            self.rooms[table].hand(seat, "persona")

    def start(self, table: str) -> Room:
        """Start the session of a table; seats that nobody took are played by personas.

        Raises:
            InputError: the table has started, or does not fit the content.
            StorageError: the session cannot be written.
        """
        row = self.store.table(table)
        taken = {place.seat for place in self.store.places(table) if place.role == "player"}
        spec = self.spec_of(row.setup, tuple(seat for seat in row.setup.persons if seat in taken))
        folder = self._begin(Game(spec, self.library))
        self.store.start(table, folder.id)
        room = self._room(self.store.table(table))
        room.start()
        return room

    async def branch(self, table: str, line: str, seed: int | None = None, changes: tuple[str, ...] = ()) -> Room:
        """Let a table go back to a line and on from there; what was played stays in a session of its own.

        Raises:
            InputError: there is no such line, or the table has not started.
        """
        old = self.rooms.get(table)
        if old is None:
            raise InputError("the session has not started")
        folder = branch(old.folder, line, self.library, changes, seed)
        await old.stop()
        self.store.move(table, folder.id)
        room = self._room(self.store.table(table))
        room.start()
        return room

    async def delete(self, table: str) -> None:
        """Delete a table and its sessions."""
        room = self.rooms.pop(table, None)
        if room is not None:
            await room.stop()
        self.faults.pop(table, None)
        row = self.store.table(table)
        sessions = list(self._lineage(row.session))
        self.store.delete_table(table)
        for folder in sessions:
            shutil.rmtree(folder.path, ignore_errors=True)
        self.audience(table).changed()

    def forget_expired(self) -> None:
        """Delete the tables that nobody has touched for longer than they are kept."""
        for row in self.store.expired(self.keep_days):
            if row.id not in self.rooms or not self.rooms[row.id].running:
                self.rooms.pop(row.id, None)
                for folder in list(self._lineage(row.session)):
                    shutil.rmtree(folder.path, ignore_errors=True)
                self.store.delete_table(row.id)

    async def close(self) -> None:
        """Stop all sessions; they go on when the server is started again."""
        for room in self.rooms.values():
            await room.stop()
        self.store.close()

    def _begin(self, game: Game) -> SessionFolder:
        # The first event is written here, so that a table never points to a session that says nothing of itself.
        folder = SessionFolder.create(self.runs)
        with folder.log() as log:
            log.append("session", opening(game, folder.id))
        return folder

    def _room(self, row: TableRow) -> Room:
        folder = SessionFolder.find(self.runs, row.session)

        def over() -> None:
            if self.store.table(row.id).state == "live":
                self.store.finish(row.id)

        audience = self.audience(row.id)
        room = Room(folder, self.library, self.models, self.budget, row.setup.minutes, audience, over)
        self.rooms[row.id] = room
        return room

    def _foreign(self, room: Room) -> bool:
        spec = room.spec
        if room.finished or (spec.style == self.choice.style and spec.model == self.choice.speaker_name):
            return False
        room.stopped = f"the session is played by '{spec.model}'; start the server with that model to go on"
        return True

    def _lineage(self, session: str) -> list[SessionFolder]:
        found = []
        while session:
            folder = SessionFolder(self.runs / session)
            if not folder.events.is_file():
                break
            found.append(folder)
            head = next((event for event in folder.read() if event.kind == "session"), None)
            session = (head.payload.get("branch") or {}).get("of", "") if head else ""
        return found
