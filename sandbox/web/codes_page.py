"""The page with the join codes of all tables that people may join, for a projector."""

from __future__ import annotations

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.web.frame import PagePart, div, heading, page, qr_code, soft
from sandbox.web.house import House
from sandbox.web.reach import is_own

_EVERY = 2.0


class CodesPage:
    """A page that follows the tables by itself: of each its join code, and how many seats are taken.

    Args:
        base: the address under which tables are joined, without a last slash.
    """

    def __init__(self, house: House, lang: Lang, base: str) -> None:
        self._house, self._words, self._base = house, house.words(lang), base
        words = self._words
        with page(words, words("codes.title"), "wall"):
            pass
        with div("wall codes"), div("body"):
            own = is_own(base)
            how = words("codes.typed" if own else "codes.how", address=f"{base}/join")
            ui.label(how).classes("year").props("data-how")
            if own:
                soft(words("lobby.only_here")).props("data-only-here")
            self._tables = PagePart("stack")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        house, words = self._house, self._words
        tables = []
        for row in reversed(house.store.tables()):
            if row.state != "over" and row.setup.persons and row.id not in house.members:
                players = house.store.players(row.id)
                if len(players) == len(row.setup.persons):
                    continue  # nobody can join there
                here = words("watch.here", count=len(players), of=len(row.setup.persons))
                tables.append((house.table_told(row, words.lang), row.code, here))
        self._tables.show(tables, lambda: self._draw(tables))

    def _draw(self, tables: list[tuple[str, str, str]]) -> None:
        if not tables:
            soft(self._words("tables.none"))
        with div(f"walls of-{len(tables)}"):
            for title, code, here in tables:
                with ui.element("section").classes("table") as shown:
                    shown.props["data-code-of"] = code
                    heading(2, title)
                    with div("pair"):
                        if not is_own(self._base):
                            qr_code(self._words, f"{self._base}/join/{code}")
                        with div("grow stack"):
                            ui.label(code).classes("code").props("data-code")
                            soft(here)
