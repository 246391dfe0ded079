"""The page for those who only watch a table, and base of the projector's."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.session import Session
from sandbox.record.events import Event, LineSpoken
from sandbox.report.act_words import act_text
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.web.decision_card import (
    both_sides,
    outcome,
    show_motion,
)
from sandbox.web.frame import PagePart, box, bullets, div, qr_code, soft
from sandbox.web.live import LivePage
from sandbox.web.panels import called, rules_text
from sandbox.web.tables.audience import PROJECTOR, Viewer
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom

_LONGEST = 110


class WatchPage(LivePage):
    """A page with everything that the whole room hears, and nothing else."""

    def __init__(self, house: House, table: str, viewer: Viewer, base: str) -> None:
        self._base = base
        super().__init__(house, table, before_page(house, table, viewer))

    @override
    def changed(self) -> None:
        """Draw what has changed; everything if a viewer came whom a stage may exclude."""
        viewer = before_page(self.house, self.table, self.viewer)
        if viewer != self.viewer:
            self.viewer = viewer
            if self.phase == "live":
                self._draw()
        super().changed()

    @override
    def draw_lobby(self) -> None:
        words, game = self.words, self.house.game_at(self.row)
        url = f"{self._base}/join/{self.row.code}"
        with div(self.viewer.role):
            self.top()
            with div("wrap slides"):
                with box(words("watch.join")):
                    qr_code(words, url)
                    ui.label(f"{self._base}/join").classes("link")
                    ui.label(self.row.code).classes("code").props("data-code")
                    self._seats = PagePart()
                again = self.member is None and bool(self.house.store.sessions(self.table))
                with box(words("over.another" if again else "watch.briefing")):
                    briefing_slide(game, words, again=again)
            soft(words("rehearsal")).classes("wrap")

    @override
    def refresh_lobby(self) -> None:
        players, setup, game = self.house.store.players(self.table), self.row.setup, self.house.game_at(self.row)
        here = {seat: players[seat].name for seat in setup.persons if seat in players}
        ready = sum(players[seat].ready for seat in setup.persons if seat in players)

        def draw() -> None:
            ui.label(self.words("watch.here", count=len(here), of=len(setup.persons))).props("data-here")
            if here:
                ui.label(self.words("watch.ready", count=ready, of=len(here))).props("data-ready-count")
            with ui.element("ul").classes("names"):
                for seat in setup.persons:
                    seated = called(game, seat, self.words, here.get(seat, ""))
                    free = "" if seat in here else self.words("colon") + self.words("watch.free")
                    TextElement(tag="li", text=seated + free)

        self._seats.show((len(setup.persons), here, ready), draw)

    @override
    def draw_live(self, room: TableRoom) -> None:
        with div(f"{self.viewer.role} live"):
            self.top(room)
            with div("wrap stack"):
                soft(room.game.scenario.question.get(self.words.lang))
                self.tell_language(room)
                self._motion = PagePart()
                self.follow(room, tall=True)
                self.waiting = ui.label().classes("soft").props("data-waiting")
                soft(self.words("rehearsal"))

    def tell_language(self, room: TableRoom) -> None:
        """Add the language of the table, if it is not the page's."""
        if self.words.lang != room.game.spec.lang:
            soft(self.words("table.other_lang_watched")).props("data-other-lang")

    @override
    def refresh(self, room: TableRoom) -> None:
        if not self.shut_out(room):
            show_motion(self._motion, room.shown, self.words, room.kept)

    def shut_out(self, room: TableRoom) -> bool:
        """Return whether the present stage excludes one of the people in the room."""
        index = min(room.shown.state["stage"], len(room.game.stages) - 1)
        return self.viewer.shut_out(room.game, room.game.stages[index].id)

    @override
    def draw_over(self, room: TableRoom) -> None:
        session, words = room.shown, self.words
        with div(self.viewer.role):
            self.top()
            with div("wrap stack"):
                with div("ended"):
                    with box(words("watch.outcome")):
                        outcome(session, words, PROJECTOR)
                    with box(words("watch.questions"), "questions"):
                        bullets(talk_questions(session, words.lang))
                    if session.finished:
                        with div("sides"):
                            both_sides(session, words)
                self.between()
                if self.viewer.role != "projector":  # nobody scrolls a wall
                    with ui.expansion(words("table.transcript")).classes("box"):
                        self.follow(room, tall=True)
                        self._status.set_text(words("watch.over"))
                soft(words("rehearsal"))


def before_page(house: House, table: str, viewer: Viewer) -> Viewer:
    """Return the viewer of a page that shows what the whole room hears, together with the table's people."""
    return replace(viewer, before=frozenset(house.store.players(table)))


def briefing_slide(game: Game, words: Words, *, again: bool = False) -> None:
    """Add what everybody at a table knows: the question, its background, how it is decided, and the stages.

    For another round (``again``) how it is decided comes first, and the background is left out.
    """
    lang = words.lang
    if again:
        ui.label(rules_text(game, words)).classes("who").props("data-rules")
    ui.label(game.scenario.question.get(lang)).classes("meaning" if again else "who")
    if not again:
        ui.label(game.scenario.background.get(lang)).classes("prose meaning").props("data-background")
        ui.label(rules_text(game, words)).classes("meaning").props("data-rules")
    bullets([stage.name.get(lang) for stage in game.stages])


def heard_line(session: Session, event: Event, words: Words) -> str:
    """Return the speaker and the beginning of a line; without words its act, for a vote how it was cast."""
    line = line_of(cast(LineSpoken, event))
    says = gist(line["says"], _LONGEST) or act_text(words, line, session.game, PROJECTOR.counters(session, [line]))
    by = words.paren(words("mark.persona")) if line["id"] in session.stood_in else ""
    return f"{session.game.name(event.seat)}{by}{words('colon')}{says}"
