"""The facilitator's page of a table after its session: another round, papers, reflections, and what was said."""

from __future__ import annotations

from functools import partial

from nicegui import ui
from typing_extensions import override

from sandbox.content.language import LANGUAGES
from sandbox.content.words import Words
from sandbox.report.endings import vote_again_at, why_undecided
from sandbox.web.desk.another_round import another_round
from sandbox.web.desk.desk_lobby import DeskLobby
from sandbox.web.desk.desk_tools import line_dialog, notes_tab
from sandbox.web.frame import PagePart, box, confirm, div, downloads, heading, soft, table
from sandbox.web.lines import Transcript
from sandbox.web.panels import document_reader, seat_text
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.rounds import compared
from sandbox.web.tables.session_tree import people_heads, people_rows, played, session_numbers, session_tree

_FIRST = ("talk",)
"""Sections of the debrief that are unfolded after a session: the outline of the talk that follows."""
UP = "window.scrollTo(0, 0)"
"""Leads a page to its top: it would stay where the button was that began or ended the session."""


class DeskOver(DeskLobby):
    """The facilitator's page once a session is over; its base is the lobby."""

    @override
    def draw_over(self, room: TableRoom) -> None:
        words = self.words
        self.top()
        ui.run_javascript(UP)
        with div("wrap stack"):
            self.between()
            if why := why_undecided(room.shown, words):
                ui.label(f"{words('over.nothing')}{words('gap')}{why}").props("data-why-none")
            self._draw_vote_again(room)
            with div("fit tables"):
                if self.member is None:
                    with box(words("over.another")):
                        another_round(house=self.house, words=words, tables=[self.table])
                        compared(self.house, words, self.table)
                with box(words("over.downloads")).props("data-downloads"):
                    self._downloads(room)
            with box(words("over.next")).props("data-next"):
                soft(words("over.next_why"))
                self._debrief = PagePart()
            with box(words("over.reflections")):
                self._reflections = PagePart()
            with box(), ui.expansion(words("people.file")).classes("w-full").props("data-people"):
                self._people = PagePart()
            with box(words("sessions.title")):
                session_tree(self.house, words, self.row)
            with box(), ui.expansion(words("desk.notes")).classes("w-full"):
                notes_tab(self)
            with box(), ui.expansion(words("over.again")).classes("w-full"):
                soft(words("over.again_why"))
                self.transcript = Transcript(lambda: room.shown, self.viewer, words, partial(line_dialog, self))

    @override
    def refresh_over(self) -> None:
        super().refresh_over()
        if self.room is not None:
            read = partial(document_reader, self.words, self.debrief("html"), unfolded=_FIRST)
            self._debrief.show(self.room.shown.hides, read)
        self._people.show(self.house.store.players(self.table), self._draw_people)
        store = self.house.store
        kept, current = store.reflections(self.table), store.table(self.table).session
        others = [row.session for row in store.sessions(self.table) if row.session != current]
        before = {session: len(written) for session in others if (written := store.reflections(self.table, session))}

        def build() -> None:
            if not kept:
                soft(self.words("over.no_reflections"))
            for reflection in kept:
                role = self.house.role(self.table, reflection.seat, self.words.lang)
                heading(3, f"{reflection.name} · {role}")
                for question, answer in reflection.answers.items():
                    if answer:
                        soft(self.words(f"over.{question}"))
                        ui.label(answer).classes("prose")
            numbers = session_numbers(self.house, self.table) if before else {}
            for session, count in before.items():
                told = self.words("over.reflected_before", number=numbers[session], count=count)
                ui.link(told, f"{self.path}/{session}/debrief.html", new_tab=True).props("data-reflected-before")

        self._reflections.show((kept, before), build)

    def _draw_people(self) -> None:
        words, lang = self.words, self.words.lang
        with div("wide"):
            table("outcomes", people_heads(words), people_rows(self.house, [played(self.house, self.table)], lang))
        ui.link(words("people.csv"), f"{self.path}/people.csv?lang={lang}").props("data-get=people")

    def _downloads(self, room: TableRoom) -> None:
        words = self.words
        rows = {"": words("over.all")}
        for seat, place in self.house.store.players(self.table).items():
            rows[seat] = words("over.of", name=f"{place.name} · {seat_text(room.game, seat, words)}")
        for seat, title in rows.items():
            with div("pair downloads"):
                ui.label(title).classes("grow")
                ui.link(words("over.open"), self.debrief("html", seat), new_tab=True)
                downloads(words("over.download"), partial(self.debrief, seat=seat, download="1"), f":{seat}")
        if room.fold.finished:
            for name in ("handout", "points", "minutes"):
                with div("pair"):
                    ui.link(words(f"over.{name}"), f"{self.path}/{name}.html", new_tab=True).props(f"data-{name}")
                    ui.link(words("over.download_word"), f"{self.path}/{name}.docx").props(f"data-get={name}")
            with div("pair"):
                ui.link(words("over.report"), f"{self.path}/report.html", new_tab=True)
                for lang in LANGUAGES:
                    if lang != room.game.spec.lang:
                        told = Words(lang)
                        paper = ui.link(told("over.told"), f"{self.path}/handout.html?lang={lang}", new_tab=True)
                        paper.props(f'lang="{lang}" data-told')
                        ui.link(told("over.told_report"), f"{self.path}/report.html?lang={lang}", new_tab=True)
                ui.link(words("over.whole"), f"{self.path}/session.zip").props("data-get=zip")
            soft(words("over.whole_why")).props("data-zip-why")

    def _draw_vote_again(self, room: TableRoom) -> None:
        """Add the button to repeat a vote that the votes not cast might have changed."""
        words, line = self.words, vote_again_at(room.shown) if self.member is None else ""
        if not line:
            return
        uncast = room.shown.decisions[-1].get("uncast", ())
        sure, again = words("desk.vote_again.sure", line=line), words("desk.vote_again")
        with div("pair"):
            why = "desk.vote_again.why.single" if len(uncast) == 1 else "desk.vote_again.why"
            soft(words(why, count=len(uncast))).classes("grow")
            ask = partial(confirm, words, sure, again, partial(self.house.branch, self.table, room, line))
            ui.button(again, icon="how_to_vote", on_click=ask).props("data-vote-again")
