"""A campaign played at tables: its rounds, tables and state, and what waits for the facilitator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, zip_longest

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import CampaignEvent
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.result import Result, result_of
from sandbox.diffusion.campaign.run import Table, run_campaign
from sandbox.diffusion.campaign.starts import spec_for
from sandbox.diffusion.campaign.state import CampaignState, after_event, fold_campaign
from sandbox.errors import SandboxError
from sandbox.game.game import Game
from sandbox.game.rules import Side
from sandbox.game.session import Session
from sandbox.game.spec import CARDS, Player
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.report.pages.parts import side_words
from sandbox.session.opening import open_session
from sandbox.web.desk.setup_form import time_plan
from sandbox.web.tables.database import CampaignRow, Setup
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom, tell_stopped, why_failed


class CampaignCourse:
    """A campaign at tables, one for each community; its log, with those of its sessions, is the record.

    A round begins by order of the facilitator, or if one of its sessions had begun before the server was stopped.
    If sessions are best played one after the other (`ModelChoice.in_turn`), tables with people play first and at
    once, and then those of the model alone, each in its turn.

    Attributes:
        tables: the id of each community's table.
        state: the state of the campaign.
        opened: the last round that was begun; 0 before the first.
        stopped: why it is stopped; None if it is not.
        faults: why tables could not begin, by community; they try again after `start`.

    Raises:
        InputError: its log is missing, empty or damaged, or the content does not fit it.
    """

    def __init__(self, house: House, row: CampaignRow) -> None:
        self.house, self.id, self._minutes = house, row.id, row.minutes
        self.folder = CampaignFolder(house.runs / row.id)
        self.tables: Mapping[str, str] = {each.community: each.table for each in house.store.members(row.id)}
        self.stopped: SandboxError | None = None
        self.faults: dict[str, SandboxError] = {}
        self._results: dict[str, Result] = {}
        self._sides: dict[tuple[str, Side, Lang, bool], str] = {}
        self._played: set[str] = set()
        self._gate, self._again = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[CampaignState] | None = None
        self.state = fold_campaign(self.folder.read(), self._result)
        begun = (round for (round, _), name in self.state.names.items() if self.folder.session(name).has_begun)
        self.opened = max(begun, default=0)
        settings = self.state.settings
        for community, table in self.tables.items():
            by_rules = "rules" in (self.state.card.by_id[community].played, settings["style"])
            by_cards = settings["model"] == CARDS or house.store.table(table).setup.by_cards
            alone: Player = "cards" if by_cards else house.choice.players.by
            house.members[table] = Member(self, community, "rules" if by_rules else alone)

    # What pages read

    @property
    def lang(self) -> Lang:
        """The language of its sessions."""
        return self.state.settings["lang"]

    @property
    def rounds(self) -> int:
        """The number of its rounds."""
        return len(self.state.card.rounds)

    @property
    def year(self) -> int:
        """The present round, or the last one played."""
        return max(1, len(self.state.rankings) if self.waits or self.state.closed else self.state.round)

    @property
    def waits(self) -> bool:
        """Whether the next round waits for the facilitator."""
        return not self.state.closed and self.state.round > self.opened

    @property
    def running(self) -> bool:
        """Whether it plays, or waits only for the facilitator to begin a round."""
        return self._task is not None and not self._task.done()

    @property
    def seated(self) -> bool:
        """Whether any of its tables has seats for people."""
        return any(self.house.store.table(table).setup.persons for table in self.tables.values())

    def through(self, community: str) -> bool:
        """Return whether a community's table has finished the present round."""
        name, room = self.state.name(self.state.round, community), self.house.rooms.get(self.tables[community])
        return name in self._played or (room is not None and room.folder.id == name and room.over_and_done)

    def ahead(self, community: str) -> tuple[str, ...]:
        """Return the communities that play before one that waits for its turn; empty if it does not wait."""
        if not self.house.choice.in_turn or not self._alone(community) or self.waits or self.through(community):
            return ()
        order = sorted(self.tables, key=self._alone)
        before = [
            each for each in order[: order.index(community)] if self.house.members[self.tables[each]].by == "model"
        ]
        return tuple(each for each in before if not self.through(each))

    def held_back(self, community: str) -> bool:
        """Return whether a community without people must be hidden because people elsewhere still play the round.

        Its course would give away answers to questions that are still before them.
        """
        seated = [each for each, table in self.tables.items() if self.house.store.players(table)]
        return community not in seated and not all(map(self.through, seated))

    def _alone(self, community: str) -> bool:
        table = self.tables[community]
        return self.house.members[table].by == "model" and not self.house.store.table(table).setup.persons

    def coming(self, community: str) -> Game:
        """Return the game of a community's present or next session; after the last round, of the last one."""
        round = min(self.state.round, self.rounds)
        return Game(spec_for(self.state, round, community, self.house.library), self.house.library)

    def place(self, community: str, lang: Lang) -> str:
        """Return the name of a community."""
        return self.state.card.by_id[community].name.get(lang)

    # What the facilitator does

    def begin(self) -> None:
        """Begin the waiting round."""
        if self.waits:
            self.opened = self.state.round
            self._move_on()
            self.start()
            self._tell()

    def start(self) -> None:
        """Go on with the campaign; tables that could not begin try again."""
        self._again.set()
        if not self.running and not self.state.closed:
            self.stopped = None
            self._task = asyncio.create_task(self._run(), name=self.id)
            self._task.add_done_callback(self._ended)
            self._tell()

    def speak_by_cards(self, community: str) -> None:
        """Let the cards speak in a community from now on, in later rounds too, so that no table waits for its model."""
        self.house.members[self.tables[community]].by = "cards"
        self._move_on()
        self._tell()

    async def stop(self) -> None:
        """Stop it; `start` goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # Running

    async def _run(self) -> CampaignState:
        with self.folder.log() as log:
            log.watch(self._take)
            return await run_campaign(self.folder, log, self.house.library, self._play)

    async def _play(self, due: Table) -> Session:
        """Let a community's table play a session once its round has begun, and return it when it is over."""
        house, table = self.house, self.tables[due.community]
        while due.round > self.opened or self.ahead(due.community):
            await self._gate.wait()
        house.members[table].ended.clear()
        room = await self._seated(table, due)
        if not room.over_and_done:
            await house.members[table].ended.wait()
        self._played.add(due.name)
        self._move_on()
        self._tell()
        return open_session(due.folder, house.library)

    def _move_on(self) -> None:
        self._gate.set()
        self._gate = asyncio.Event()

    async def _seated(self, table: str, due: Table) -> TableRoom:
        """Return the room of a begun session; if it cannot begin, wait for `start`."""
        while True:
            try:
                return await self.house.play_round(table, due.folder, due.game, self.setup(due.community, due.game))
            except SandboxError as error:
                self.faults[due.community] = error
            self._again.clear()
            self._tell()
            await self._again.wait()
            self.faults.pop(due.community, None)

    def setup(self, community: str, game: Game) -> Setup:
        """Return the setup of a table in a round: the chosen one, with the stages and minutes of the round."""
        spec, table = game.spec, self.tables[community]
        minutes = time_plan(self.house.library, spec.scenario, spec.stages, self._minutes)
        chosen = self.house.store.table(table).setup
        return replace(
            chosen, stages=spec.stages, turns=spec.turns, seed=spec.seed, minutes=minutes, plan=self._minutes
        )

    def _take(self, event: CampaignEvent) -> None:
        self.state = after_event(self.state, event, self._result)
        if event.kind == "close":
            for table in self.tables.values():
                self.house.store.finish(table)
        if event.kind in ("ranking", "start", "close"):
            self._tell()

    def _ended(self, task: asyncio.Task[CampaignState]) -> None:
        if not task.cancelled():
            if error := task.exception():
                self.stopped = why_failed(task.get_name(), error)
                tell_stopped("server.campaign", self.stopped, error, campaign=self.id)
            self._tell()

    def _tell(self) -> None:
        for table in self.tables.values():
            self.house.audience(table).changed()

    def assessed(self, round: int, community: str, side: Side, words: Words, *, named: bool = True) -> str:
        """Return an assessment of a community in a finished round in words, without figures, for pages during play."""
        name = self.state.name(round, community)
        key = name, side, words.lang, named
        if key not in self._sides:
            self._sides[key] = side_words(self._session(name), side, words, named=named)
        return self._sides[key]

    def talk_questions(self, lang: Lang) -> list[str]:
        """Return the questions for the talk of the cases that were played last, the first of each case first.

        If people played a case at any table, they ask what people did.
        """
        round = len(self.state.rankings)
        played = [self._session(self.state.name(round, each)) for each in self.tables]
        cases = {session.spec.scenario: session for session in sorted(played, key=lambda each: bool(each.persons))}
        asked = (talk_questions(session, lang) for session in cases.values())
        return [question for question in chain(*zip_longest(*asked)) if question]

    def _result(self, session: str) -> Result:
        if session not in self._results:
            self._results[session] = result_of(self._session(session))
        return self._results[session]

    def _session(self, name: str) -> Session:
        return open_session(self.folder.session(name), self.house.library)


@dataclass
class Member:
    """A table of a campaign, for the house.

    Args:
        by: who plays the seats without people.
        ended: set when a session has ended.
    """

    course: CampaignCourse
    community: str
    by: Player
    ended: asyncio.Event = field(default_factory=asyncio.Event)
