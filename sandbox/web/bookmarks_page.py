"""The page on which a session that can be shown gets bookmarks: lines at which its show stops, each with a note."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.web.ask_answer import choose_line, draw_line_there
from sandbox.web.database import LONGEST_TEXT
from sandbox.web.frame import PagePart, box, div, page, refusal_line, refusals, soft, text_area
from sandbox.web.house import House
from sandbox.web.links import shared_path
from sandbox.web.show import Show
from sandbox.web.whatifs import first_line


class BookmarksPage:
    """A page of the facilitator: a line, a note for the room, and the bookmarks that are set.

    Lines stay in the session's language.

    Args:
        at: the line that the page begins with; where the room heard no such line, one that tells.
    """

    def __init__(self, house: House, show: Show, session: str, lang: Lang, at: str) -> None:
        self._house, self._show, self._session, self._lang = house, show, session, lang
        self._words = words = house.words(lang)
        self._line = first_line(show, at)
        title = words("show.bookmarks_of", title=show.session.game.scenario.title.get(lang))
        with page(words, title, "ask", desk=house.store.secret, at=self._line):
            ui.link(words("show.title"), house.address("show", lang=lang))
        with div("wrap ask"):
            if not self._line:
                soft(words("nobody_yet"))
                return
            with box():
                self._where = PagePart()
                choose = ui.button(words("whatif.page.choose"), icon="list").props("outline data-lines")
                choose.on_click(lambda: choose_line(show, words, self._line, self._go))
                self._note = text_area(words("show.note_for_all"), LONGEST_TEXT).props("data-note")
                self._refused = refusal_line()
                ui.button(words("show.set_bookmark"), icon="bookmark", on_click=self._keep).props("data-keep")
            with box(words("show.bookmarks")):
                self._kept = PagePart()
                ui.link(words("show.stopping"), self._shown("")).props("data-stopping")
                soft(words("show.stopping_why"))
        self._draw()

    async def _go(self, line: str) -> None:
        self._line = line
        self._draw()

    def _keep(self) -> None:
        with refusals(self._words, self._refused):
            self._house.store.set_bookmark(self._session, self._line, str(self._note.value or ""))
            self._draw()

    def _drop(self, line: str) -> None:
        with refusals(self._words, self._refused):
            self._house.store.delete_bookmark(self._session, line)
            self._draw()

    def _shown(self, line: str) -> str:
        return shared_path(self._house.store.secret, "show", self._session, lang=self._lang, at=line, stops="yes")

    def _draw(self) -> None:
        kept, title = self._house.store.bookmarks(self._session), self._words("show.at_line", line=self._line)
        self._note.value = kept.get(self._line, "")
        self._where.show(self._line, lambda: draw_line_there(self._show, title, self._line))
        self._kept.show(kept, lambda: self._draw_kept(kept))

    def _draw_kept(self, kept: dict[str, str]) -> None:
        words, reading = self._words, self._show.reading
        for line in self._show.room.lines:
            if line["id"] not in kept:
                continue
            row = div("pair")
            row.props["data-bookmark"] = line["id"]
            with row:
                with div("grow"):
                    ui.link(words.join([line["id"], reading.line(line).seat.name]), self._shown(line["id"]))
                    ui.label(kept[line["id"]]).classes("prose")
                change = partial(self._go, line["id"])
                ui.button(words("show.change_bookmark"), on_click=change).props("flat dense")
                ui.button(words("home.delete"), on_click=partial(self._drop, line["id"])).props("flat dense data-drop")
        if not kept:
            soft(words("show.no_bookmarks"))
