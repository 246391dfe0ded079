"""The campaigns played at the tables of a server: opened, resumed after a stop, deleted."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from sandbox.content.campaign_card import Campaign
from sandbox.content.language import Lang
from sandbox.diffusion.campaign.check import campaign_of
from sandbox.diffusion.campaign.events import Settings
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.diffusion.campaign.run import opening
from sandbox.errors import SandboxError, UnknownError
from sandbox.experiment.whatif.continuations import erase
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.tables.database import Idle, Setup
from sandbox.web.tables.forgetting import due_tables, tell_forgotten
from sandbox.web.tables.house import House
from sandbox.web.tables.room import why_failed
from sandbox.web.throttle import in_terminal

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class CampaignPlan:
    """The facilitator's choices for a campaign.

    Args:
        people: the seats for people, by community; communities left out have none.
        cast: by community and seat, the personas that replace others; those left out are as in the card.
        by_rules: the communities in which seats without people play by the rules.
        by_cards: whether personas in all others play by cards, without the model of the house.
        turns: most lines of discussion per stage; None for the card's, or each stage's own.
        minutes: minutes per round; 0 for no time-boxes.
        seconds: seconds that a person has for a turn; 0 for no limit.
        hold: seconds for which a line can be taken back.
    """

    card: str
    lang: Lang
    seed: int
    people: Mapping[str, Sequence[str]]
    cast: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by_rules: Collection[str] = ()
    by_cards: bool = False
    turns: int | None = None
    minutes: int = 0
    seconds: int = 0
    idle: Idle = "persona"
    hold: int = 0


@dataclass
class Campaigns:
    """The campaigns of a house.

    Attributes:
        courses: those that can be played or read, by id, the newest last.
        faults: by id, why others cannot be opened.
    """

    house: House
    courses: dict[str, CampaignCourse] = field(default_factory=dict)
    faults: dict[str, SandboxError] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for row in reversed(self.house.store.campaigns()):
            try:
                self.courses[row.id] = CampaignCourse(self.house, row)
            except Exception as error:  # noqa: BLE001 - whatever a damaged log brings about is no hindrance to others
                self.faults[row.id] = why_failed(row.id, error)

    def cards(self) -> list[Campaign]:
        """Return the campaigns on offer: those whose cards fit the content."""
        library, known = self.house.library, list[Campaign]()
        for name in sorted(library.cards["network"]):
            with suppress(SandboxError):
                known.append(campaign_of(library, name))
        return known

    def open(self) -> None:
        """Resume all campaigns that are not over."""
        self.forget_expired()
        for course in self.courses.values():
            course.start()

    def add(self, plan: CampaignPlan) -> str:
        """Open a campaign with a table for each community, and return its id; it waits for its first round.

        Raises `InputError` if the card is gone or does not fit, a seat is none of its community's, or a persona does
        not fit its seat, and `StorageError` if it cannot be written.
        """
        house = self.house
        card, players = campaign_of(house.library, plan.card), house.players(plan.by_cards)
        card = card.model_copy(update={"communities": tuple(
            each.model_copy(update={
                "played": "rules" if each.id in plan.by_rules else each.played,
                "cast": dict(plan.cast.get(each.id, each.cast)),
            })
            for each in card.communities
        )})  # fmt: skip
        for each in card.communities:
            spec = SessionSpec(
                scenario=each.scenario, governance=each.governance, changes=each.changes, city=card.city,
                stages=card.rounds[0].stages, personas=each.cast,
            )  # fmt: skip
            Game(spec, house.library)  # whoever was chosen has to fit the seat
            seats = [seat.persona for seat in house.library.scenario(each.scenario).seats]
            for seat in plan.people.get(each.id, ()):
                if seat not in seats:
                    raise UnknownError("seat", seat, seats)
        settings: Settings = {
            "lang": plan.lang, "seed": plan.seed, "style": players.style, "model": players.model, "turns": plan.turns,
        }  # fmt: skip
        folder = CampaignFolder.create(house.runs, card.id)
        with folder.log() as log:
            log.append("campaign", opening(folder.id, card, settings))
        setups = {
            each.id: Setup(
                scenario=each.scenario, governance=each.governance, city=card.city, lang=plan.lang,
                stages=card.rounds[0].stages, turns=plan.turns or card.turns, seed=plan.seed,
                persons=tuple(plan.people.get(each.id, ())), minutes={}, seconds=plan.seconds, idle=plan.idle,
                cast=each.cast, hold=plan.hold,
            )
            for each in card.communities
        }  # fmt: skip
        house.store.add_campaign(folder.id, plan.minutes, setups)
        self.courses[folder.id] = CampaignCourse(house, house.store.campaigns()[0])
        self.courses[folder.id].start()
        return folder.id

    async def delete(self, campaign: str) -> None:
        """Delete a campaign with its tables and sessions."""
        course = self.courses.pop(campaign, None)
        self.faults.pop(campaign, None)
        if course is not None:
            await course.stop()
        tables = [row.table for row in self.house.store.members(campaign)]
        for table in tables:
            await self.house.leave(table)
            self.house.members.pop(table, None)
        self._erase(campaign)
        for table in tables:
            self.house.audience(table).changed()

    def forget_expired(self) -> None:
        """Delete the campaigns of which all tables have been due for deletion for a day."""
        old = {row.id: row for row in due_tables(self.house)}
        for row in self.house.store.campaigns():
            tables = {member.table for member in self.house.store.members(row.id)}
            playing = any(table in self.house.rooms and self.house.rooms[table].running for table in tables)
            if tables <= old.keys() and not playing:
                self.courses.pop(row.id, None)
                for table in tables:
                    self.house.rooms.pop(table, None)
                    self.house.members.pop(table, None)
                self._erase(row.id)
                for table in tables:
                    tell_forgotten(self.house, old[table])

    async def close(self) -> None:
        """Stop all campaigns; they resume when the server is started again."""
        for course in self.courses.values():
            await course.stop()

    def _erase(self, campaign: str) -> None:
        house = self.house
        tables = [member.table for member in house.store.members(campaign)]
        sessions = [row.session for table in tables for row in house.store.sessions(table)]
        house.store.delete_campaign(campaign)
        erase(house.runs, sessions)
        shutil.rmtree(house.runs / campaign, ignore_errors=True)
        for table in tables:
            _LOG.info(in_terminal("server.deleted", table=table))
