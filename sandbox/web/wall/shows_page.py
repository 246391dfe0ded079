"""The list of finished sessions that may be shown to a room, or asked about."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.errors import SandboxError
from sandbox.game.spec import CARDS
from sandbox.record.line import BODY
from sandbox.report.departures import models_told
from sandbox.report.read_decision import votes_counted
from sandbox.session.choice import RULES_ONLY
from sandbox.web.frame import MINUTE, box, desk_link, div, heading, page, placed, soft, when
from sandbox.web.links import path_of, shared_path
from sandbox.web.recordings import ASKS, Departure, Recording, Recordings
from sandbox.web.tables.house import House

_MOST = 24


class ShowsPage:
    """The page to choose a session."""

    def __init__(self, house: House, recordings: Recordings, lang: Lang, asks: bool) -> None:
        self._house, self._recordings, self._asks, self._most = house, recordings, asks, _MOST
        self._words = words = house.words(lang)
        title = words("show.asks" if asks else "show.title")
        with page(words, title, "show", desk=house.store.secret, **(ASKS if asks else {})):
            ui.link(words("home.title"), house.address(lang=lang))
        with div("wrap stack"):
            soft(words("show.asks_why" if asks else "show.why"))
            heading(2, words("show.past"))
            self._past = div("stack")
            heading(2, words("show.recorded"))
            self._shipped = div("stack")
            heading(2, words("show.campaign"))
            with div("pair"):
                soft(words("show.campaign_why"))
                report = house.address("show", "campaign", "report.html", lang=lang)
                ui.link(words("show.campaign_report"), report, new_tab=True).props("data-campaign-report")
            self._campaign = div("stack")
            for place in (self._past, self._shipped, self._campaign):
                with place:
                    ui.spinner().props("data-reading")
            ui.timer(0.05, self._begin, once=True)  # the page is there at once, however long logs take to be read

    async def _begin(self) -> None:
        await self._draw_past()
        shipped = await asyncio.to_thread(self._recordings.shipped)
        self._shipped.clear()
        others = [each for each in shipped if each.title is not None and each.lang != self._words.lang]
        with self._shipped:
            self._draw_shelf([each for each in shipped if each not in others])
            if others:
                heading(3, self._words("show.other_language"))
                self._draw_shelf(others)
        of_campaign = await asyncio.to_thread(self._recordings.of_campaign, self._words.lang)
        with self._campaign.clear():
            self._draw_shelf(of_campaign)

    async def _draw_past(self) -> None:
        past, more = await asyncio.to_thread(self._recordings.past, self._most)
        with self._past.clear():
            if not past:
                soft(self._words("show.empty")).props("data-empty")
            self._draw_shelf(past)
            if more:
                ui.button(self._words("show.more"), on_click=self._more).props("outline data-more")

    async def _more(self) -> None:
        self._most += _MOST
        await self._draw_past()

    def _draw_shelf(self, recordings: Sequence[Recording]) -> None:
        with div("shelf"):
            self._draw(recordings)

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
                if recording.round:
                    ui.label(_round(words, recording)).classes("who").props("data-round")
                if at := self._table(recording):
                    ui.label(at).classes("who").props("data-at-table")
                spoken = Words(recording.lang)("autonym")
                begun = [] if recording.shipped else [when(recording.begun, MINUTE[lang])]
                soft(words.join([recording.rules.get(lang), spoken, *begun]))
                if recording.departure:
                    ui.label(_departure(words, recording.departure)).classes("prose").props("data-departure")
                minutes = max(1, round(recording.seconds / 60))
                key = "show.length.single" if recording.stages == 1 else "show.length"
                soft(words(key, stages=recording.stages, lines=recording.lines, minutes=minutes))
                soft(_player(words, recording))
                ui.label(_outcome(words, recording))
                with div("pair"):
                    self._link(recording, asks=self._asks, first=True)
                    self._link(recording, asks=not self._asks, first=False)
                    ui.link(words("show.bookmarks"), self._house.address("show", recording.id, lang=lang))

    def _table(self, recording: Recording) -> str:
        store, row = self._house.store, self._house.store.session(recording.id)
        if row is None or recording.round:
            return ""
        at, words = store.table(row.table), self._words
        name = self._house.table_name(at, words.lang)
        return words.join([*([name] if name else []), at.code, *row.people.values()])

    def _link(self, recording: Recording, *, asks: bool, first: bool) -> None:
        """Add the two actions: the page's own as a filled button, the other as a link."""
        lang, house = self._words.lang, self._house
        asked = house.address("whatif", recording.id, lang=lang)
        address = asked if asks else shared_path(house.store.secret, "show", recording.id, lang=lang)
        text = self._words("show.ask" if asks else "show.open")
        if first:
            button = ui.button(text, icon="alt_route" if asks else "play_arrow")
            button.props("no-caps data-choose").props["href"] = placed(address)
        else:
            ui.link(text, address)


def no_show_page(house: House, lang: Lang, why: SandboxError) -> None:
    """Draw the reason why a session cannot be shown."""
    words = house.words(lang)
    with page(words, words("show.title")):
        desk_link(words("show.title"), path_of("show", lang=lang))
    with div("wrap"):
        ui.label(plain(words.error(why))).classes("notice").props('role="alert"')


def _round(words: Words, recording: Recording) -> str:
    """Return place and year of a campaign's session and, if it was played here, the campaign."""
    if (held := recording.round) is None:
        return ""
    told = [held.community.get(words.lang), words("rounds.year", number=held.year)]
    if not recording.shipped:
        told.append(words("show.of_campaign", campaign=held.campaign.get(words.lang), seed=held.seed))
    return words.join(told)


def _departure(words: Words, branch: Departure) -> str:
    told = branch.told[words.lang]
    if not branch.origin:
        return told
    known = words("show.branch", begun=when(branch.begun, MINUTE[words.lang])) if branch.begun else ""
    return words("gap").join([known or words("show.branch.elsewhere", session=branch.origin), told])


def _player(words: Words, recording: Recording) -> str:
    (_, model, by_seat), *later = recording.speakers
    if later or by_seat:
        played = words("show.by_several", models=plain(models_told(recording.speakers, words)))
    elif model in (RULES_ONLY, CARDS):
        played = words("show.by_rules" if model == RULES_ONLY else "show.by_cards")
    else:
        played = words("show.by", model=words.of("models", plain(model)))
    if not recording.people:
        return played
    return words(f"show.people{'.single' if recording.people == 1 else ''}", played=played, count=recording.people)


def _outcome(words: Words, recording: Recording) -> str:
    taken = recording.decision
    if taken is None:
        return words("decision.none")
    if taken["by"] != BODY and recording.chair:
        return words("decision.chair", name=recording.chair.get(words.lang))
    how = words("decision.carried" if taken["carried"] else "decision.rejected")
    return how + (votes_counted(words, recording.counted) if recording.counted else "")
