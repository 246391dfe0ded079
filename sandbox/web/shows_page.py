"""The list of the sessions that can be shown: recorded ones, and those of this computer."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.record.line import BODY
from sandbox.web.frame import bar, box, desk_link, div, frame, heading, lang_links, page, remember_desk, soft, when
from sandbox.web.house import House
from sandbox.web.links import path_of, shared_path
from sandbox.web.recordings import ASKS, Recording, Recordings

__all__ = ["ShowsPage", "no_show_page"]

_MOST = 24


class ShowsPage:
    """The page on which a session is chosen."""

    def __init__(self, house: House, recordings: Recordings, lang: Lang, asks: bool) -> None:
        self._house, self._recordings, self._asks, self._most = house, recordings, asks, _MOST
        self._words = words = house.words(lang)
        title = words("show.asks" if asks else "show.title")
        frame(words, title, "show")
        remember_desk(house.store.secret)
        with bar(words, title):
            ui.link(words("home.title"), house.address(lang=lang))
            lang_links(lang, **(ASKS if asks else {}))
        with div("wrap stack"):
            soft(words("show.asks_why" if asks else "show.why"))
            heading(2, words("show.recorded"))
            self._shipped = div("shelf")
            heading(2, words("show.past"))
            self._past = div("stack")

    async def begin(self) -> None:
        """Show the sessions."""
        shipped = await asyncio.to_thread(self._recordings.shipped)
        with self._shipped:
            self._draw(shipped)
        await self._draw_past()

    async def _draw_past(self) -> None:
        past, more = await asyncio.to_thread(self._recordings.past, self._most)
        self._past.clear()
        with self._past:
            if not past:
                soft(self._words("show.empty")).props("data-empty")
            with div("shelf"):
                self._draw(past)
            if more:
                ui.button(self._words("show.more"), on_click=self._more).props("outline data-more")

    async def _more(self) -> None:
        self._most += _MOST
        await self._draw_past()

    def _draw(self, recordings: Sequence[Recording]) -> None:
        words, lang = self._words, self._words.lang
        for recording in recordings:
            with box() as shown:
                shown.props["data-recording"] = recording.id
                if recording.title is None or recording.rules is None:
                    heading(3, recording.id)
                    why = plain(words.error(recording.fault)) if recording.fault else ""
                    ui.label(words("show.damaged", why=why)).classes("notice prose")
                    continue
                heading(3, recording.title.get(lang))
                if recording.community is not None:
                    year = words("rounds.year", number=recording.year)
                    ui.label(words.join([recording.community.get(lang), year])).classes("who").props("data-round")
                soft(
                    words.join(
                        [recording.rules.get(lang), Words(recording.lang)("autonym"), when(recording.begun, "%Y-%m-%d")]
                    )
                )
                soft(_length(words, recording))
                soft(_player(words, recording))
                ui.label(_outcome(words, recording))
                with div("pair"):
                    self._link(recording, asks=self._asks, first=True)
                    self._link(recording, asks=not self._asks, first=False)

    def _link(self, recording: Recording, *, asks: bool, first: bool) -> None:
        """Add a way on: the one that the page is for as its filled button, the other as a link."""
        lang, house = self._words.lang, self._house
        asked = house.address("whatif", recording.id, lang=lang)
        address = asked if asks else shared_path(house.store.secret, "show", recording.id, lang=lang)
        text = self._words("show.ask" if asks else "show.open")
        if first:
            ui.button(text, icon="alt_route" if asks else "play_arrow").props(f'href="{address}" no-caps data-choose')
        else:
            ui.link(text, address)


def no_show_page(house: House, lang: Lang, why: SandboxError) -> None:
    """Draw why a session cannot be shown."""
    words = house.words(lang)
    with page(words, words("show.title")):
        desk_link(words("show.title"), path_of("show", lang=lang))
    with div("wrap"):
        ui.label(plain(words.error(why))).classes("notice").props('role="alert"')


def _length(words: Words, recording: Recording) -> str:
    minutes = max(1, round(recording.seconds / 60))
    return words("show.length", stages=recording.stages, lines=recording.lines, minutes=minutes)


def _player(words: Words, recording: Recording) -> str:
    """Return which model played a session; one without is drawn from the rules."""
    if recording.model == "none":
        return words("show.by_rules")
    return words("show.by", model=plain(recording.model))


def _outcome(words: Words, recording: Recording) -> str:
    taken = recording.decision
    if taken is None:
        return words("decision.none")
    if taken["by"] != BODY and recording.chair:
        return words("decision.chair", name=recording.chair.get(words.lang))
    votes = taken["votes"]
    key = "decision.carried" if taken["carried"] else "decision.rejected"
    return words(key, yes=sum(votes.values()), cast=len(votes))
