"""The projector of a table while it plays: what is said now, who speaks next, and the motion that is voted on."""

from __future__ import annotations

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.entries import Item
from sandbox.game.session import Session
from sandbox.web.ballots import motion_put
from sandbox.web.decision_card import fallen_told, held, lacks_a_word, put_in_short, put_key, settled
from sandbox.web.frame import PagePart, div, heading, soft
from sandbox.web.lines import Transcript
from sandbox.web.room import TableRoom
from sandbox.web.waiting import decision_waits, minutes_text, thinking_text
from sandbox.web.watch_page import WatchPage


class ProjectorPage(WatchPage):
    """The page, to be read from the last row: few lines, the last one large, and in a vote nothing but the motion."""

    style = "projector"

    @override
    def draw_live(self, room: TableRoom) -> None:
        words = self.words
        with div("projector live"):
            self.top(room)
            with div("talk"):
                with div("said"):
                    ui.label(room.game.scenario.question.get(words.lang)).classes("question")
                    self.transcript = Transcript(lambda: room.shown, self.viewer, words, tall=True)
                with ui.element("aside").classes("beside"):
                    soft(words("watch.now"))
                    self.now()
                    self.waiting = ui.label().props("data-waiting")
                    self._left = ui.label().classes("left").props('role="timer" data-left')
                    self._no_motion = ui.label().classes("notice").props("data-no-motion")
                    soft(words("rehearsal"))
            self._ballot = PagePart("ballot")

    @override
    def refresh(self, room: TableRoom) -> None:
        session = room.shown
        item = motion_put(session.game, session.state)
        self._ballot.show(
            put_key(session, item, room.kept),
            lambda: _draw_ballot(session, self.words, room.kept, item) if item else None,
        )

    @override
    def refresh_time(self, room: TableRoom) -> None:
        super().refresh_time(room)
        times = [left for seat in room.waited if (left := room.turn_time.left(seat)) is not None]
        self._left.set_text(minutes_text(max(0.0, min(times))) if times else "")

    @override
    def waited(self, room: TableRoom) -> str:
        """Return the people who are waited for, by their own names and, where they are few, those of their seats."""
        words, players = self.words, self.house.store.players(self.table)
        few = len(room.waited) < 3
        names = []
        for seat in room.waited:
            own, name = players[seat].name if seat in players else "", room.game.name(seat)
            about = [name] if own and few else []
            about += [] if room.audience.online[seat] else [words("table.offline")]
            names.append((own or name) + (words.paren(words.join(about)) if about else ""))
        return decision_waits(room, words) or words.join(names) or thinking_text(room, words, attempts=False)


def _draw_ballot(session: Session, words: Words, kept: tuple[str, ...], item: Item) -> None:
    put, game = put_in_short(session, words, kept, item), session.game
    if fell := fallen_told(session, words):
        ui.label(fell).classes("notice decision lost").props("data-fell")
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, put.title)
        if item.says:
            ui.label(item.says).classes("gist")
        if terms := game.in_words(item.terms):
            settled(terms)
        else:
            ui.label(put.options[0])
        held(item.condition, game.words)
        for text in lacks_a_word(session, item):
            soft(text).props("data-unsaid")
        ui.label(put.carries).classes("strong").props("data-carries")
        with div("count"):
            with div("dots").props('aria-hidden="true"'):
                for number in range(put.of):
                    div("in" if number < put.count else "")
            ui.label(put.given).props('role="status"').props["data-given"] = put.count
        if put.waiting:
            soft(put.waiting)
