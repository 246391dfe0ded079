"""Sessions that can be shown: those shipped with the program, and those finished on this computer."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from sandbox.content.campaign_card import Campaign
from sandbox.content.card_files import shipped_root
from sandbox.content.cards import Text
from sandbox.content.files import is_file_name, stamped
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.diffusion.campaign.folder import CampaignFolder
from sandbox.errors import SandboxError
from sandbox.experiment.whatif.continuations import continuation
from sandbox.game.motions.counting import Counted, counted
from sandbox.game.session import Session, Speaker
from sandbox.record.folder import SessionFolder
from sandbox.record.line import DecisionTaken
from sandbox.report.departures import departure_of
from sandbox.report.results import card_of
from sandbox.session.opening import open_session
from sandbox.web.throttle import in_terminal
from sandbox.web.wall.show import Show

ASKS = {"for": "whatif"}
"""The parameter of the list's address if a session is chosen for a what-if and not to be shown."""

_LOG = logging.getLogger(__name__)
_PREPARED = 8
Stamp = tuple[Path, int, int]


@dataclass(frozen=True)
class CampaignRound:
    """The community and the year of a campaign's session.

    Args:
        names: the names of holders of posts in each language, by each of these names.
    """

    campaign: Text
    seed: int
    community: Text
    year: int
    names: Mapping[str, Text]


@dataclass(frozen=True)
class Departure:
    """The session that a branch departed from, when that was begun (0 if it is gone), and the changes in words.

    For a copy scored by another rubric there is no session.
    """

    origin: str
    begun: float
    told: Mapping[Lang, str]


@dataclass(frozen=True)
class Recording:
    """A session that can be shown, in a list.

    Args:
        id: the name of its folder.
        begun: when it was begun, in seconds since 1970 (UTC).
        speakers: the models that played it, each with the line after which it took over.
        people: number of seats held by people.
        title: the title of its case; None if its log cannot be read.
        lines: number of lines that the whole room heard.
        seconds: its duration at reading pace.
        decision: the last decision, or None.
        counted: how the votes on it were counted.
        chair: the name of the seat that took it; empty if the body did.
        round: community and year of a campaign's session; None for any other.
        departure: the origin of a branch; None for any other.
    """

    id: str
    shipped: bool
    begun: float
    title: Text | None = None
    rules: Text | None = None
    lang: Lang = "en"
    speakers: tuple[Speaker, ...] = (Speaker("", ""),)
    people: int = 0
    stages: int = 0
    lines: int = 0
    seconds: float = 0.0
    decision: DecisionTaken | None = None
    counted: Counted | None = None
    chair: Text | None = None
    fault: SandboxError | None = None
    round: CampaignRound | None = None
    departure: Departure | None = None


class Recordings:
    """The sessions that can be shown; all methods read files, so call them in a thread."""

    def __init__(self, library: Library, runs: Path) -> None:
        self.library, self._runs = library, runs
        self._known: dict[Path, tuple[Stamp, Recording | None]] = {}
        self._prepared = lru_cache(_PREPARED)(self._prepare)

    def shipped(self) -> list[Recording]:
        """Return the sessions shipped with the program, those played by a strong model first."""
        recordings = filter(None, map(self._recording, self._shipped().values()))
        return sorted(recordings, key=lambda entry: (not entry.id.startswith("showcase_"), entry.id))

    def of_campaign(self, lang: Lang) -> list[Recording]:
        """Return the sessions of the campaign shipped in a language, year by year."""
        folders = [each for each in _of_campaigns().values() if each.path.parent.name.endswith(f"_{lang}")]
        return sorted(
            filter(None, map(self._recording, folders)),
            key=lambda entry: (entry.round.year if entry.round else 0, entry.id),
        )

    @staticmethod
    def campaign(lang: Lang) -> CampaignFolder:
        """Return the campaign shipped in a language."""
        return next(each for each in _campaigns() if each.path.name.endswith(f"_{lang}"))

    def past(self, most: int) -> tuple[list[Recording], bool]:
        """Return up to ``most`` sessions finished on this computer, the last begun first.

        Returns:
            The sessions, including damaged ones with their fault, and whether there are more.
        """
        entries = self._past()
        first = list(islice(entries, most))
        return first, next(entries, None) is not None

    def folder(self, session: str) -> SessionFolder:
        """Return the folder of a session or continuation by its id; raises `InputError` if there is none."""
        shipped = self._shipped() | _of_campaigns()
        if session in shipped:
            return shipped[session]
        if not is_file_name(session):
            raise refusal("show.none", session=session)
        of_campaigns = (campaign.session(session) for campaign in CampaignFolder.all(self._runs))
        folders = (continuation(self._runs, session), SessionFolder(self._runs / session), *of_campaigns)
        folder = next((each for each in folders if each is not None and each.events.is_file()), None)
        if folder is None:
            raise refusal("show.none", session=session)
        return folder

    def show(self, session: str) -> Show:
        """Return a session prepared for showing; viewers share it.

        Raises:
            InputError: there is none, it is not finished, or its log is damaged or does not fit the content.
        """
        folder = self.folder(session)
        return self._prepared(folder.path, stamped(folder.events))

    def _prepare(self, path: Path, _: Stamp) -> Show:
        made = self._open(SessionFolder(path), scored=True)
        if made is None:
            raise refusal("show.unfinished", session=path.name)
        return made

    def _open(self, folder: SessionFolder, *, scored: bool) -> Show | None:
        """Return a session prepared for showing, None if it is not finished."""
        try:
            session = open_session(folder, self.library)
            if not session.finished:
                return None
            return Show(session, card_of(session, self._runs) if scored else None)
        except SandboxError:
            raise
        except Exception as error:
            _LOG.exception(in_terminal("server.failed", what=folder.id))
            raise refusal("show.unreadable", error=type(error).__name__) from error

    def _shipped(self) -> dict[str, SessionFolder]:
        """Return the shipped sessions by id, without those that only tests use."""
        folders = SessionFolder.all(shipped_root() / "cassettes")
        return {folder.id: folder for folder in folders if not folder.id.startswith("rules_only_")}

    def _past(self) -> Iterator[Recording]:
        shipped = self._shipped() | _of_campaigns()
        roots = (self._runs, *(campaign.path for campaign in CampaignFolder.all(self._runs)))
        folders = [folder for root in roots for folder in SessionFolder.all(root) if folder.id not in shipped]
        latest = sorted(folders, key=lambda folder: (folder.begun, folder.id), reverse=True)
        yield from filter(None, map(self._recording, latest))

    def _recording(self, folder: SessionFolder) -> Recording | None:
        stamp = stamped(folder.events)
        if not stamp[1]:
            return None  # deleted in this moment
        known = self._known.get(folder.path)
        if known is None or known[0] != stamp:
            known = self._known[folder.path] = stamp, self._read(folder)
        return known[1]

    def _read(self, folder: SessionFolder) -> Recording | None:
        shipped = not folder.path.is_relative_to(self._runs)
        try:
            made = self._open(folder, scored=False)
        except SandboxError as error:
            return Recording(folder.id, shipped, folder.begun, fault=error)
        if made is None:
            return None
        session, spec = made.session, made.session.spec
        held, last = self._round(folder), session.decisions[-1] if session.decisions else None
        chair = session.game.personas.get(last["by"]) if last else None
        name = chair.name if chair else None
        if held and name:
            name = held.names.get(name.get(spec.lang), name)
        return Recording(
            folder.id, shipped, folder.begun, session.game.scenario.title, session.game.governance.name, spec.lang,
            session.speakers, len(session.persons), len(made.marks["stage"]), made.spoken, made.seconds_from(0),
            last, counted(session.game, last) if last else None, name, None, held, self._departure(folder, session),
        )  # fmt: skip

    def _departure(self, folder: SessionFolder, session: Session) -> Departure | None:
        origin = folder.origin[0]
        games = [session.game.in_language(lang) for lang in LANGUAGES] if origin else []
        points = {game.spec.lang: departure_of(replace(session, game=game)) for game in games}
        told = {lang: point.text for lang, point in points.items() if point}
        if not told:
            return None
        known = SessionFolder(folder.path.parent / origin)
        begun = known.begun if is_file_name(origin) and known.events.is_file() else 0.0
        return Departure("" if folder.is_copy else origin, begun, told)

    def _round(self, folder: SessionFolder) -> CampaignRound | None:
        campaign = CampaignFolder(folder.path.parent)
        if not campaign.events.is_file():
            return None
        return _rounds(campaign.path, campaign.events.stat().st_mtime_ns).get(folder.id)


@lru_cache
def _rounds(path: Path, _: int) -> Mapping[str, CampaignRound]:
    """Return community and year of each session of a campaign, by its name; empty if its log cannot be read."""
    campaign = CampaignFolder(path)
    try:
        first, *events = campaign.read()
        card, seed = Campaign.model_validate(first.payload["card"]), int(first.payload["settings"]["seed"])
        held = [name for each in card.communities for name in each.people.values()]
        held += [Text.model_validate(event.payload["name"]) for event in events if event.kind == "transfer"]
        names = {name.get(lang): name for name in held for lang in LANGUAGES}
        return {
            event.payload["session"]: CampaignRound(
                card.name, seed, card.by_id[event.community].name, event.round, names
            )
            for event in events
            if event.kind == "start"
        }
    except (SandboxError, ValueError, KeyError, TypeError):
        _LOG.warning(in_terminal("server.unread", path=campaign.events))
        return {}


def _campaigns() -> list[CampaignFolder]:
    """Return the campaigns that come with the program."""
    return CampaignFolder.all(shipped_root() / "cassettes")


def _of_campaigns() -> dict[str, SessionFolder]:
    """Return the sessions of the campaigns that come with the program, by id."""
    return {folder.id: folder for campaign in _campaigns() for folder in SessionFolder.all(campaign.path)}
