"""The folders of content and sessions, and how commands find sessions and campaigns there, including shipped ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from sandbox.cli.options import Content, Out
from sandbox.cli.printing import echo
from sandbox.cli.translation import LANG, translated
from sandbox.errors import ContentError, InputError, Said, SandboxError, UnknownError
from sandbox.settings import Settings

if TYPE_CHECKING:
    from sandbox.content.language import Lang
    from sandbox.content.library import Library
    from sandbox.content.words import Words
    from sandbox.diffusion.campaign.folder import CampaignFolder
    from sandbox.game.session import Session as Played
    from sandbox.record.folder import SessionFolder

# Ids of sessions in the stores of experiments.
_IN_EXPERIMENT = re.compile("[0-9a-f]{16}")
_SHELVES = {"campaign": "network", "country": "network"}
_CARDS = ("scenario", "governance", "city", "rubric", "persona", "stage", "wording", "network", "campaign")


@dataclass(frozen=True)
class Folders:
    """The folders of content and sessions: options of every command that reads or writes a session."""

    content: Content = None
    out: Out = None
    implied: ClassVar[bool] = False  # whether the content is told by something else that a command names

    @cached_property
    def runs(self) -> Path:
        """The folder of sessions, which need not exist; raises `InputError` if its path is something else."""
        runs = self.out or Settings.from_environment().runs
        if runs.exists() and not runs.is_dir():
            raise InputError(translated("{runs} is no folder; name another with --out or SANDBOX_RUNS", runs=runs))
        return runs

    @cached_property
    def library(self) -> Library:
        """All content."""
        from sandbox.content.library import Library

        return Library.load(self.content)

    def words(self, lang: Lang) -> Words:
        """Return the words of a language, including those of the content."""
        from sandbox.content.words import Words

        return Words(lang, self.library.roots)

    def find(self, session: str, *, unplayed: bool = False) -> SessionFolder:
        """Return the folder of a session; raises `InputError` if there is none.

        ``unplayed``: whether ``last`` may be a session in which nothing was played.

        ``showcase`` is shipped with the program and copied to the sessions on first use, so that it can be
        reported on and branched like any other.
        """
        from sandbox.content.card_files import shipped_root
        from sandbox.record.folder import SessionFolder

        name = {"showcase": f"showcase_{LANG}"}.get(session, session)
        shipped = shipped_root() / "cassettes" / name
        if name.startswith("showcase_") and (shipped / "events.jsonl").is_file():
            return SessionFolder.copied(shipped, self.runs / name)
        try:
            return SessionFolder.find(self.runs, session, unplayed=unplayed)
        except InputError as error:
            within = self._of_campaigns(session)
            if len(within) == 1:
                return within[0]
            if _IN_EXPERIMENT.fullmatch(session) and (kept := self._of_experiments(session)):
                return kept
            if (campaign := self.campaign_at(session)) is None:
                if _IN_EXPERIMENT.fullmatch(session):
                    command = "sandbox experiment export DESIGN --to DIR --logs"
                    where = "a session of an experiment lies in its store: {command} writes its log, then say {option}"
                    error.hint = translated(where, command=command, option="--out DIR/logs")
                raise
        from sandbox.content.words import refusal

        command = f"sandbox campaign replay {session}, sandbox campaign report {session}"
        within = SessionFolder.all(campaign.path)
        example = max(within, key=lambda each: each.begun).id if within else ""
        raise refusal("campaign_run.no_session", campaign=campaign.id, command=command, session=example)

    def _of_campaigns(self, ref: str) -> list[SessionFolder]:
        """Return the sessions of campaigns played here whose ids begin with ``ref``."""
        from sandbox.diffusion.campaign.folder import CampaignFolder
        from sandbox.record.folder import SessionFolder

        played = (each for campaign in CampaignFolder.all(self.runs) for each in SessionFolder.all(campaign.path))
        return [folder for folder in played if ref and folder.id.startswith(ref)]

    def _of_experiments(self, session: str) -> SessionFolder | None:
        """Return a finished session of an experiment's store here, with its log written to a folder beside it."""
        from sandbox.experiment.export.export import write_log
        from sandbox.experiment.store.database import experiment_in
        from sandbox.experiment.store.store import Store
        from sandbox.record.folder import SessionFolder

        for path in sorted(self.runs.glob("*.sqlite")):
            if not (name := experiment_in(path)):
                continue
            folder = SessionFolder(self.runs / path.stem / session)
            if folder.has_begun:
                return folder
            with Store(path, name, make=False) as store:
                if session in store.finished and (events := store.events(session)):
                    write_log(folder.path, events, self.library)
                    return folder
        return None

    def campaign(self, ref: str) -> CampaignFolder:
        """Return the folder of a campaign; raises `InputError` if there is none.

        ``showcase`` is a campaign shipped with the program in English, ``showcase_zh`` one in Chinese.
        """
        from sandbox.content.card_files import shipped_root
        from sandbox.diffusion.campaign.folder import CampaignFolder

        name = {"showcase": f"campaign_{LANG}", "showcase_en": "campaign_en", "showcase_zh": "campaign_zh"}.get(ref)
        if name is not None:
            return CampaignFolder.copied(shipped_root() / "cassettes" / name, self.runs / name)
        return CampaignFolder.find(self.runs, ref)

    def campaign_at(self, ref: str) -> CampaignFolder | None:
        """Return the folder of a campaign that was played here; None if there is none."""
        from sandbox.diffusion.campaign.folder import CampaignFolder

        try:
            return CampaignFolder.find(self.runs, ref)
        except InputError:
            return None

    def open(self, session: str) -> tuple[Played, SessionFolder]:
        """Return a session that was played, and its folder.

        Raises:
            InputError: there is no such session, or the content does not fit it.
        """
        from sandbox.session.carried import fits
        from sandbox.session.opening import open_session

        folder = self.find(session)
        with self.content_of("session"):
            opened = open_session(folder, self.library)
        if not fits(opened.game, opened.events):
            echo(f"{folder.id}: {opened.game.words('warn.other_content')}", err=True)
        return opened, folder

    @contextmanager
    def content_of(self, what: str) -> Iterator[None]:
        """Add to the error of a missing card the folders in which it is found.

        Raises:
            InputError: a card is missing.
        """
        from sandbox.content.words import Words

        try:
            yield
        except UnknownError as error:
            if error.kind not in _CARDS:
                raise
            text = (
                "the {what} was played with the {kind} {name}, which is not in {folder}; give its folder with "
                "--content FOLDER"
                if self.content
                else "the {what} was played with the {kind} {name}, which is not here; give its folder with "
                "--content FOLDER"
            )
            kind, near = Words(LANG).of("unknown.kind", error.kind), folders_with(error.kind, error.name)
            told = translated(text, what=translated(what), kind=kind, name=error.name, folder=self.content)
            told += translated(", perhaps --content {folder}", folder=near[0]) if near else ""
            raise InputError(told) from error


class FoldersOfDesign(Folders):
    """Folders with the content of a design that is named by its path."""

    implied = True


def folders_with(kind: str, name: str) -> list[Path]:
    """Return the current folder or its subfolders that have a card missing from the content in use."""
    from sandbox.content.card_files import FOLDERS

    inside = {each: folders[0] for each, folders in FOLDERS.items()}.get(_SHELVES.get(kind, kind))  # type: ignore[call-overload]
    if inside is None or not name.isidentifier():
        return []
    patterns = (f"{inside}/{name}.yaml", f"*/{inside}/{name}.yaml")
    return sorted(file.parents[len(Path(inside).parts)] for pattern in patterns for file in Path().glob(pattern))


def elsewhere(error: SandboxError) -> str:
    """Return lines on the folders with cards that were not found; empty if there are none."""
    named = [(error.kind, error.name)] if isinstance(error, UnknownError) else []
    for problem in error.problems if isinstance(error, ContentError) else ():
        says = getattr(problem, "says", "")
        if isinstance(says, Said) and says.key == "unknown":
            named.append((str(says.values["kind"]), str(says.values["name"])))
    if not named:
        return ""
    from sandbox.content.words import Words

    lies, words = "{kind} {name} is in {folder}/: --content {folder}", Words(LANG)
    lines = [
        translated(lies, kind=words.of("unknown.kind", kind), name=name, folder=folder)
        for kind, name in named
        for folder in folders_with(kind, name)[:1]
    ]
    return "\n".join(dict.fromkeys(lines))
