"""Play campaigns to the end of the last round, from the start or from where the log stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from typing import Any

from sandbox.content.campaign_card import Campaign
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.words import Words, refusal
from sandbox.diffusion.campaign.between import (
    Step,
    carried_plans,
    lessons_of_tours,
    next_tours,
    orders_after,
    ranked,
    transfers_after,
)
from sandbox.diffusion.campaign.events import Departure, Settings
from sandbox.diffusion.campaign.folder import CampaignFolder, CampaignLog
from sandbox.diffusion.campaign.result import Result, result_of
from sandbox.diffusion.campaign.starts import spec_for
from sandbox.diffusion.campaign.state import CampaignState, after_event, fold_campaign, shared
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec
from sandbox.llm.failures import Retry
from sandbox.record.events import Event
from sandbox.record.folder import SessionFolder
from sandbox.session.carried import library_of
from sandbox.session.opening import game_of, open_session
from sandbox.session.runner import Models, Watch, run_session


@dataclass(frozen=True)
class Table:
    """A session that is due.

    Args:
        name: the session's name, which is also the name of its folder.
        folder: where its log lies, begun or not.
    """

    round: int
    community: str
    name: str
    game: Game
    folder: SessionFolder


Play = Callable[[Table], Awaitable[Session]]
"""Plays one session to its end, or raises; a table with people waits here until these are done."""


def by_models(
    models: Models, on_event: Callable[[Table, Event], None] | None = None, *, in_turn: bool = False,
    on_retry: Callable[[Retry], None] | None = None,
) -> Play:  # fmt: skip
    """Return how personas play: by the named models, or by the rules alone in communities that are played so.

    Args:
        models: the models, which all sessions share.
        on_event: called with every new event of a session.
        in_turn: whether sessions are played one after the other, see `ModelChoice.in_turn`.
        on_retry: called for each request that is made again; None: an outage of an endpoint is not waited out.
    """
    room = asyncio.Semaphore(1) if in_turn else nullcontext()

    async def play(table: Table) -> Session:
        own = replace(models, speaker=None, judges=()) if table.game.spec.style == "rules" else models
        watch = Watch(on_event=(lambda event: on_event(table, event)) if on_event else None, on_retry=on_retry)
        async with room:
            with table.folder.log() as log:
                return await run_session(table.game, log, own, watch, table.name)

    return play


def opening(campaign: str, card: Campaign, settings: Settings, branch: Departure | None = None) -> dict[str, Any]:
    """Return the payload of a campaign's first event."""
    payload = {
        "id": "campaign", "campaign": campaign, "card": card.model_dump(mode="json"), "settings": settings,
    }  # fmt: skip
    return {**payload, "branch": branch} if branch else payload


def open_campaign(
    folder: CampaignFolder, library: Library, session: Callable[[str], Session] | None = None
) -> CampaignState:
    """Return where a campaign stands: its log folded, with the sessions that were played according to it.

    ``session`` opens a session by its name, for callers that read it again.

    Raises:
        InputError: its log or that of a session is missing, empty or damaged, or the content does not fit them.
    """
    opened = session or sessions_of(folder, library)
    return fold_campaign(folder.read(), lambda name: result_of(opened(name)))


def sessions_of(folder: CampaignFolder, library: Library) -> Callable[[str], Session]:
    """Return a function that opens a campaign's sessions by name, each once."""
    return cache(lambda name: open_session(folder.session(name), library))


def retold(state: CampaignState, lang: Lang, session: Callable[[str], Session]) -> CampaignState:
    """Return a campaign told in a language: decisions and names in its words; counts stay as they were.

    ``session`` opens a session by its name.
    """
    own, moves = state.settings["lang"], chain.from_iterable(state.transfers.values())
    names = {move["name"][own]: move["name"][lang] for move in moves}
    names |= {name.get(own): name.get(lang) for each in state.card.communities for name in each.people.values()}
    specs, results = dict[str, SessionSpec](), dict[str, Result]()
    for key, spec in state.specs.items():
        posts = tuple(post.model_copy(update={"name": names.get(post.name, post.name)}) for post in spec.start.posts)
        specs[key] = spec.model_copy(update={"start": spec.start.model_copy(update={"posts": posts})})
    for key, result in state.results.items():
        opened = session(key)
        game = opened.game.twin(lang=lang, content="", start=specs[key].start)
        other = result_of(replace(opened, game=game))
        results[key] = replace(result, settled=other.settled, fates=other.fates, unheard=other.unheard)
    learned = tuple(replace(each, source=names.get(each.source, each.source)) for each in state.learned)
    return replace(state, specs=specs, results=results, learned=learned)


async def run_campaign(folder: CampaignFolder, log: CampaignLog, library: Library, play: Play) -> CampaignState:
    """Play a campaign whose log has begun to its end; what was played is not played again.

    Every step follows from the steps before it and is written unless the log has it. So a campaign that was stopped at
    any point ends with the same log as one that ran through. The sessions of a round run at once.

    Raises:
        InputError: the content does not fit.
        StorageError: a log cannot be written.
        EndpointError: a model's endpoint failed; the campaign can be resumed.
        BudgetReachedError: the budget is used up; the campaign can be resumed.
    """
    course = _Course(folder, log, library, play)
    if not course.copied:
        course.write(0, *orders_after(course.state, 0, course.source))
    else:
        course.moves(course.copied)
    for round in range(course.copied + 1, len(course.state.card.rounds) + 1):
        await course.played(round)
    course.write(len(course.state.card.rounds), Step("close", {"id": "close"}))
    return course.state


class _Course:
    """A running campaign: each step is taken in its order, whether or not the log has it already."""

    def __init__(self, folder: CampaignFolder, log: CampaignLog, library: Library, play: Play) -> None:
        self.folder, self.log, self.library, self.play = folder, log, library, play
        events = list(log)
        if not events:
            raise refusal("campaign.refused.empty", path=folder.events)
        branch = events[0].payload.get("branch")
        self.copied: int = branch["round"] - 1 if branch else 0
        """Rounds that another campaign has played."""
        self._sessions: dict[str, Session] = {}
        self.state = fold_campaign(shared(events, self.copied + 1), self._result)
        words = Words(self.state.settings["lang"], library.roots)
        city = library.city(self.state.card.city).name.get(self.state.settings["lang"])
        self.source = words("campaign.city", city=city)

    def _session(self, name: str) -> Session:
        if name not in self._sessions:
            self._sessions[name] = open_session(self.folder.session(name), self.library)
        return self._sessions[name]

    def _result(self, name: str) -> Result:
        return result_of(self._session(name))

    def write(self, round: int, *steps: Step) -> None:
        """Write the steps that the log does not have yet, and take each step as it stands in the log."""
        for step in steps:
            event = self.log.append(step.kind, step.payload, round, step.community)
            self.state = after_event(self.state, event, self._result)

    async def played(self, round: int) -> None:
        """Play a round, and take what follows from it."""
        names = {each: self.state.name(round, each) for each in self.state.communities}
        for each, name in names.items():
            spec = spec_for(self.state, round, each, self.library).model_dump(mode="json")
            self.write(round, Step("start", {"id": name, "session": name, "spec": spec}, each))
        tables = [self._table(round, each) for each in names]
        ended = await asyncio.gather(*map(self._seated, tables), return_exceptions=True)
        for failed in ended:
            if isinstance(failed, BaseException):
                raise failed
        for each, name in names.items():
            lines = len(self._session(name).lines)
            self.write(round, Step("played", {"id": name, "session": name, "lines": lines}, each))
        self.write(round, ranked(self.state, round))
        self.moves(round)

    def moves(self, round: int) -> None:
        """Take what a round has taught, and what happens between it and the next."""
        sessions = {each: self._session(self.state.name(round, each)) for each in self.state.communities}
        games = {each: session.game for each, session in sessions.items()}
        self.write(round, *lessons_of_tours(self.state, round, sessions))
        rounds = self.state.card.rounds
        if round < len(rounds):
            self.write(round, *transfers_after(self.state, round, games))
            self.write(round, *orders_after(self.state, round, self.source))
            self.write(round, *carried_plans(self.state, round, games))
            if any("tours" in self.library.stage(stage).abilities for stage in rounds[round].stages):
                self.write(round, *next_tours(self.state, round, games))

    def _table(self, round: int, community: str) -> Table:
        name = self.state.name(round, community)
        folder = self.folder.seated(name)
        begun = folder.read() if folder.events.is_file() else []
        content = library_of(folder, begun, self.library)
        game = game_of(begun, content, folder.events) if begun else Game(self.state.specs[name], content)
        return Table(round, community, name, game, folder)

    async def _seated(self, table: Table) -> None:
        events = table.folder.read() if table.folder.events.is_file() else []
        if any(event.kind == "close" for event in events):
            self._sessions[table.name] = Session.of(table.game, events)
        else:
            self._sessions[table.name] = await self.play(table)
