"""The house: all tables of a server, with what they share."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from sandbox.content.faults import first_finding
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words, refusal
from sandbox.errors import SandboxError, UnknownError
from sandbox.game.game import Game
from sandbox.game.spec import BY_CARDS, BY_RULES, Players, SessionSpec, with_seats
from sandbox.record.folder import SessionFolder
from sandbox.session.branch import branch
from sandbox.session.carried import library_of
from sandbox.session.choice import ModelChoice
from sandbox.session.opening import begin, game_of, hand_over, open_session
from sandbox.session.runner import Models
from sandbox.web.cards.own_folder import own_folder
from sandbox.web.links import Reach, path_of
from sandbox.web.seat.asking import Begun
from sandbox.web.tables.audience import Audience
from sandbox.web.tables.database import Idle, Setup, TableRow
from sandbox.web.tables.forgetting import erase_table, forget_expired
from sandbox.web.tables.room import TableRoom, tell_stopped, why_failed
from sandbox.web.tables.store import WebStore

if TYPE_CHECKING:
    from sandbox.web.campaign.campaign_course import Member


@dataclass
class House:
    """What the server's tables share.

    What changes a table raises what `WebStore` raises. What is given the room that was ``shown`` to whoever asks raises
    `InputError` where the table no longer plays there; what plays a session does where it cannot be read or does not
    fit the content, and `StorageError` where it cannot be written.

    Args:
        models: the models; each session gets an account of its own with their budget.
        disclosure: who gets to see what is written: the model's name and where it answers; empty address: here.
        keep_days: how long tables that nobody touches are kept.
        reach: from where the server can be opened.
        shared: a content folder that other houses read as well, and none of them changes.
        rooms: the rooms of the tables that have started.
        faults: why the sessions of other tables cannot be opened.
        members: the tables that belong to a campaign, which says what they play and when.
        drafts: what players have begun to write, by table, seat and when they took it.
        read_again: reads the facilitator's own cards where their files are others by now.
    """

    store: WebStore
    library: Library
    runs: Path
    choice: ModelChoice
    models: Models
    disclosure: tuple[str, str]
    keep_days: int
    reach: Reach = field(default_factory=Reach)
    shared: Path | None = None
    rooms: dict[str, TableRoom] = field(default_factory=dict)
    faults: dict[str, SandboxError] = field(default_factory=dict)
    members: dict[str, Member] = field(default_factory=dict)
    drafts: dict[tuple[str, str, float], Begun] = field(default_factory=dict)
    read_again: Callable[[], None] = lambda: None
    _audiences: dict[str, Audience] = field(default_factory=dict)
    _changing: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    def folder(self, session: str) -> SessionFolder:
        """Return the folder of a session: its own, or one in that of the campaign whose table played it."""
        folder = SessionFolder(self.runs / session)
        campaign = "" if folder.events.is_file() else self.store.campaign_of(session)
        return SessionFolder(self.runs / campaign / session) if campaign else folder

    @cached_property
    def own_content(self) -> Path:
        """The folder of one's own cards: the server's content folder unless it is shared, else beside the sessions."""
        own = self.library.roots[1:]
        return own[0] if own and self.shared is None else own_folder(self.runs)

    def words(self, lang: Lang) -> Words:
        """Return the words of a language, as the content has them."""
        return Words(lang, self.library.roots)

    def case_title(self, setup: Setup, lang: Lang) -> str:
        """Return the title of a table's case; its id if the content has no such case."""
        case = setup.scenario
        return self.library.scenario(case).title.get(lang) if case in self.library.cards["scenario"] else case

    def table_title(self, row: TableRow, lang: Lang) -> str:
        """Return the title of a table's case, preceded by the table's number or, in a campaign, its community."""
        member, room = self.members.get(row.id), self.rooms.get(row.id)
        case = room.game.scenario.title.get(lang) if room is not None else self.case_title(row.setup, lang)
        if member is not None:
            return self.words(lang).join([member.course.place(member.community, lang), case])
        name = self.table_name(row, lang)
        return f"{name} · {case}" if name else case

    def table_told(self, row: TableRow, lang: Lang) -> str:
        """Return the title of a table with its governance model, for people who look after several tables."""
        return f"{self.table_title(row, lang)} · {self.model_name(row.setup, lang)}"

    def model_name(self, setup: Setup, lang: Lang) -> str:
        """Return the governance model of a table; its id if the content has no such model."""
        model = setup.governance
        return self.library.governance(model).name.get(lang) if model in self.library.cards["governance"] else model

    def role(self, table: str, seat: str, lang: Lang) -> str:
        """Return the role in a seat of a table: from its session or, before it starts, from the content."""
        room = self.rooms.get(table)
        card = room.game.personas.get(seat) if room is not None else None
        return (card or self.library.persona(seat)).role.get(lang)

    def table_name(self, row: TableRow, lang: Lang) -> str:
        """Return the name of a table with its number; empty if it has no number, as in a campaign."""
        return self.words(lang)("tables.number", number=row.setup.number) if row.setup.number else ""

    def address(self, *parts: str, **query: str) -> str:
        """Return the address of one of the facilitator's pages."""
        return f"/f/{self.store.secret}{path_of(*parts, **query)}"

    def is_secret(self, text: str) -> bool:
        """Return whether a text is the facilitator's secret."""
        return secrets.compare_digest(text.encode(), self.store.secret.encode())

    def game(self, setup: Setup, persons: tuple[str, ...] = ()) -> Game:
        """Return the game that a setup asks for, with the seats that people hold at its start.

        Raises:
            InputError: something in it is not allowed, or does not fit the content.
        """
        try:
            spec = SessionSpec(
                scenario=setup.scenario, governance=setup.governance, city=setup.city, lang=setup.lang,
                stages=setup.stages, turns=setup.turns, seed=setup.seed, persons=persons,
                personas=dict(setup.cast), **self.players(setup.by_cards)._asdict(),
            )  # fmt: skip
        except ValidationError as error:
            raise refusal("refused.setup", why=first_finding(error)) from error
        return Game(spec, self.library)

    def game_at(self, row: TableRow) -> Game:
        """Return the game that a table plays, or would play if it began now; raises what `game` raises."""
        room, member = self.rooms.get(row.id), self.members.get(row.id)
        if room is not None and not (member is not None and room.over_and_done):
            return room.game
        return member.course.coming(member.community) if member is not None else self.game(row.setup)

    def audience(self, table: str) -> Audience:
        """Return the pages that watch a table."""
        return self._audiences.setdefault(table, Audience())

    def open(self) -> None:
        """Open the rooms of all tables that have started, and continue those that are not finished.

        A session that cannot be opened does not stop the others; ``faults`` holds the reason.
        """
        forget_expired(self)
        for row in self.store.tables():
            if row.state != "lobby":
                try:
                    room = self._room(row)
                    if not self._foreign(row.id, room):
                        room.start()
                except Exception as error:  # noqa: BLE001 - whatever a damaged log brings about
                    self.faults[row.id] = why_failed(row.session, error)
                    tell_stopped("server.stopped", self.faults[row.id], table=row.id, session=row.session)

    def add_tables(self, setup: Setup, count: int) -> list[TableRow]:
        """Open tables with the same setup, each with the lowest number that no other table has, even a finished one."""
        used = {row.setup.number for row in self.store.tables()}
        numbers = itertools.islice((number for number in itertools.count(1) if number not in used), count)
        return [self.store.add_table(replace(setup, number=number)) for number in numbers]

    def take_seat(self, table: str, seat: str, name: str) -> str:
        """Give a seat to a person, who plays it at once where the session runs, and return the person's token."""
        token = self.store.take_seat(table, seat, name)
        if table in self.rooms:
            self.rooms[table].hand(seat, "person", "player")
        self.audience(table).changed()
        return token

    def free_seat(self, table: str, seat: str) -> None:
        """Take a seat from its player, whose link stops working; a persona plays it where the session runs."""
        self.store.free_seat(table, seat)
        self.audience(table).changed()  # first: the page of whoever had it hears nothing more, even if the order fails
        if table in self.rooms:
            self.rooms[table].hand(seat, "persona")

    def fit_tables(self) -> None:
        """Remove seats that an own case no longer has from tables that have not started.

        Players of these seats lose their place. Tables of campaigns stay as they are.
        """
        for row in self.store.tables():
            case = row.setup.scenario
            if row.state == "lobby" and row.id not in self.members and self.library.owns("scenario", case):
                seats = self.library.scenario(case).seat_by_id
                persons = tuple(seat for seat in row.setup.persons if seat in seats)
                cast = {seat: persona for seat, persona in row.setup.cast.items() if seat in seats}
                if (persons, cast) != (row.setup.persons, dict(row.setup.cast)):
                    for seat in self.store.players(row.id).keys() - seats.keys():
                        self.store.free_seat(row.id, seat)
                    self.store.update_setup(row.id, replace(row.setup, persons=persons, cast=cast))

    def limit_turns(self, table: str, seconds: int, idle: Idle) -> None:
        """Set the seconds that a person has for a turn (0 for no limit), and what happens when they are over."""
        self.store.change_setup(table, seconds=seconds, idle=idle)
        if (room := self.rooms.get(table)) is not None:
            room.limit_turns(seconds)
            room.idle = idle
        self.audience(table).changed()

    def start(self, table: str) -> TableRoom:
        """Start the session of a table; seats that nobody took are played by personas.

        Raises `InputError` where the table has started or belongs to a campaign.
        """
        self._check_own(table)
        row = self.store.table(table)
        taken = self.store.players(table)
        self.read_again()
        game = self.game(row.setup, tuple(seat for seat in row.setup.persons if seat in taken))
        # The first event is written here, so that a table never points to a session that says nothing of itself.
        folder = SessionFolder.create(self.runs)
        with folder.log() as log:
            begin(game, log, folder.id)
        self.store.start(table, folder.id)
        return self._go_on(table)

    async def play_round(self, table: str, folder: SessionFolder, game: Game, setup: Setup) -> TableRoom:
        """Let a table play the session of a round of its campaign, from its start or from where it was left."""
        async with self._changing[table]:
            if not folder.events.is_file() or not folder.read():
                taken = self.store.players(table)
                persons = tuple(seat for seat in setup.persons if seat in taken)
                seated = Game(game.spec.model_copy(update={"persons": persons}), self.library)
                with folder.log() as log:
                    begin(seated, log, folder.id)
                    hand_over(log, seated, self._means(table))
            room = self.rooms.get(table)
            if room is None or room.folder.path != folder.path:
                if self.store.table(table).session != folder.id:
                    self.store.play_round(table, folder.id, setup)
                room = self._room(self.store.table(table))
            if not self._foreign(table, room):
                room.start()
            self.audience(table).changed()
            return room

    async def branch(
        self, table: str, shown: TableRoom | None, line: str, seed: int | None = None, changes: tuple[str, ...] = ()
    ) -> TableRoom:
        """Let a table go back to a line and on from there; what was played stays in a session of its own.

        Raises `InputError` where there is no such line, or the table has not started or belongs to a campaign.
        """
        self._check_own(table)
        async with self._change(table, shown):
            if shown is None:
                raise refusal("refused.not_started")
            folder = branch(shown.folder, line, self.library, changes, seed)
            await self._stop(table)
            self.store.move(table, folder.id)
            return self._go_on(table)

    async def play_on(self, table: str, shown: TableRoom | None, session: str) -> TableRoom:
        """Let a table go on with one of its earlier sessions, from where that was left.

        Raises `InputError` where the table has not played it, it is over, or the table belongs to a campaign.
        """
        self._check_own(table)
        async with self._change(table, shown):
            known = {row.session for row in self.store.sessions(table)}
            if session not in known:
                raise UnknownError("session", session, known)
            if open_session(self.folder(session), self.library).finished:
                raise refusal("refused.session_over", session=session)
            await self._stop(table)
            self.store.move(table, session)
            return self._go_on(table)

    async def play_again(self, table: str, governance: str = "") -> None:
        """Let a table that is over wait for another round, under another governance model where one is named.

        Whoever sits there stays, and their pages go along. Raises `InputError` where the table is not over, belongs to
        a campaign, or its case does not fit the model.
        """
        self._check_own(table)
        async with self._changing[table]:
            setup = self.store.table(table).setup
            setup = replace(setup, governance=governance or setup.governance)
            self.game(setup)
            self.store.play_again(table, setup)
            room = self.rooms.pop(table, None)
            self._forget_drafts(table)
            self.faults.pop(table, None)
            self.audience(table).changed()
            if room is not None:
                await room.stop()

    async def go_on(self, table: str, shown: TableRoom | None) -> TableRoom:
        """Play the session of a table from where it stands, by the models of this server.

        Where they take over from others, the log says so.
        """
        async with self._change(table, shown):
            return self._go_on(table)

    def _go_on(self, table: str) -> TableRoom:
        room, row = self.rooms.get(table), self.store.table(table)
        if room is None or self._foreign(table, room):
            folder = self.folder(row.session)
            with folder.log() as log:
                events = tuple(log)
                content = library_of(folder, events, self.library)
                hand_over(log, game_of(events, content, folder.events), self._means(table))
            room = self._room(row)
            self.faults.pop(table, None)
        room.start()
        return room

    async def speak_by_cards(self, table: str, shown: TableRoom | None) -> TableRoom:
        """Let the personas of a table say their cards from here on, without a model; no model judges it either.

        At a table of a campaign they go on so in its later rounds. Raises `InputError` where the table has not started
        or is over.
        """
        async with self._change(table, shown):
            if shown is None:
                raise refusal("refused.not_started")
            if shown.over_and_done:
                raise refusal("refused.table_over", code=self.store.table(table).code)
            await shown.stop()
            self.store.change_setup(table, by_cards=True)
            if (member := self.members.get(table)) is not None:
                member.course.speak_by_cards(member.community)
            with shown.folder.log() as log:
                hand_over(log, shown.game, BY_CARDS)
            room = self._room(self.store.table(table))
            room.start()
            return room

    @asynccontextmanager
    async def _change(self, table: str, shown: TableRoom | None) -> AsyncIterator[None]:
        async with self._changing[table]:
            if self.rooms.get(table) is not shown:
                raise refusal("refused.other_room")
            yield

    async def delete(self, table: str) -> None:
        """Delete a table and its sessions, as `erase_table`; raises `InputError` where it goes with a campaign."""
        self._check_own(table)
        await self.leave(table)
        erase_table(self, self.store.table(table))
        self.audience(table).changed()

    async def leave(self, table: str) -> None:
        """Stop what a table plays, and drop the drafts and faults that are held in memory only."""
        async with self._changing[table]:
            await self._stop(table)
        self.faults.pop(table, None)
        self._forget_drafts(table)

    def _forget_drafts(self, table: str) -> None:
        self.drafts = {key: begun for key, begun in self.drafts.items() if key[0] != table}

    async def close(self) -> None:
        """Stop all sessions and close the endpoints; sessions go on when the server is started again."""
        for room in self.rooms.values():
            await room.stop()
        await self.models.endpoints.close()
        self.store.close()

    async def _stop(self, table: str) -> None:
        if table in self.rooms:
            await self.rooms[table].stop()
            self.rooms.pop(table, None)

    def _check_own(self, table: str) -> None:
        if table in self.members:
            raise refusal("rounds.refused.member")

    def _means(self, table: str) -> Players:
        """Return who plays at a table; a campaign is never judged by a model."""
        member = self.members.get(table)
        if member is None:
            return self.players(self.store.table(table).setup.by_cards)
        if member.by == "model":
            return self.choice.players._replace(judge_model=None)
        return BY_RULES if member.by == "rules" else BY_CARDS

    def players(self, by_cards: bool) -> Players:
        """Return who plays: where personas say their cards nobody judges; else the model or the rules of the house."""
        own = self.choice.players
        return BY_CARDS if by_cards and own.by != "cards" else own

    def reads(self, table: str) -> bool:
        """Return whether a model reads what is said at a table."""
        means = self._means(table)
        return means.by == "model" or means.judge_model is not None

    def _room(self, row: TableRow) -> TableRoom:
        member, models = self.members.get(row.id), self.models

        def over() -> None:
            if member is not None:
                member.ended.set()
            elif self.store.table(row.id).state == "live":
                self.store.finish(row.id)

        def begun(seat: str) -> Begun | None:
            drafts = [draft for key, draft in self.drafts.items() if key[:2] == (row.id, seat)]
            return max(drafts, key=lambda draft: draft.at, default=None)

        if member is not None:
            models = replace(models, judges=(), speaker=models.speaker if member.by == "model" else None)
        elif row.setup.by_cards:
            models = replace(models, judges=models.judges if self.choice.players.by == "cards" else (), speaker=None)
        folder, audience = self.folder(row.session), self.audience(row.id)
        room = TableRoom(folder, self.library, models, row, audience, over, begun)
        _ = room.fold.state  # a log that leads to no state is found out here, and not by a page
        self.rooms[row.id] = room
        return room

    def _foreign(self, table: str, room: TableRoom) -> bool:
        """Return whether an unfinished session was begun by other players; if so, its room is told why."""
        played, own = room.game.spec.players, self._means(table)
        if room.fold.finished or (played[:2] == own[:2] and not room.game.spec.models):
            return False
        model = with_seats(played.model, room.game.spec.models)
        room.stopped = refusal("refused.other_model", model=model, own=own.model)
        return True
