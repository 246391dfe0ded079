"""All tables at a glance: who is stuck and who calls while they play, and what each came to at the end."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.content.words import Words
from sandbox.experiment.outcomes import outcomes_of
from sandbox.report.reading import Reading
from sandbox.web.frame import Slot, bar, box, div, frame, heading, lang_links, soft
from sandbox.web.glance import Glance, glance_at
from sandbox.web.house import House
from sandbox.web.room import Room
from sandbox.web.schema import TableRow

__all__ = ["tables_page"]

_EVERY = 2.0
_MEASURES = (
    "hierarchical", "horizontal", "questions_settled", "promises_beyond_remit", "turn_share_residents", "trust_change",
    "burden_change",
)  # fmt: skip


def tables_page(house: House, lang: Lang) -> None:
    """Draw the page; it follows the tables by itself."""
    words = house.words(lang)
    frame(words, words("tables.title"))
    with bar(words, words("tables.title")):
        ui.link(words("home.title"), f"/f/{house.store.secret}?lang={lang}")
        lang_links(lang)
    with div("wrap stack"):
        live, over = Slot("tables"), Slot()
    known: dict[str, tuple[str, ...]] = {}

    def show() -> None:
        glances = [glance_at(house, row, words) for row in house.store.tables() if row.state != "over"]
        live.show(tuple(glances), lambda: _draw_live(house, words, glances))
        done = [row for row in house.store.tables() if row.state == "over" and row.id in house.rooms]
        over.show(tuple(row.session for row in done), lambda: _draw_over(house, words, done, known))

    show()
    ui.timer(_EVERY, show)


def _draw_live(house: House, words: Words, glances: Sequence[Glance]) -> None:
    if not glances:
        soft(words("tables.none"))
    for glance in glances:
        with box(classes="stuck" if glance.stuck or glance.calls else "").props(f'data-glance="{glance.row.id}"'):
            heading(2, glance.title)
            soft(words.join([glance.row.code, glance.state, glance.people]))
            if glance.where:
                ui.label(glance.where)
            if glance.waits:
                ui.label(glance.waits).props("data-waiting")
            if glance.stuck:
                ui.label(words("tables.stuck")).classes("who")
            for name in glance.calls:
                ui.label(words("tables.calls", name=name)).classes("who").props("data-calls")
            ui.link(words("home.open"), f"/f/{house.store.secret}/t/{glance.row.id}")


def _draw_over(house: House, words: Words, rows: Sequence[TableRow], known: dict[str, tuple[str, ...]]) -> None:
    """Add what the tables that are over came to, side by side; each session is measured once."""
    if not rows:
        return
    heading(2, words("tables.over"))
    for row in rows:
        if row.session not in known:
            known[row.session] = _came_to(house.rooms[row.id], words)
    heads = [words("tables.table"), words("decision.title"), *(words(f"tables.{name}") for name in _MEASURES)]
    with div("wide"), ui.element("table").classes("plain outcomes").props("data-outcomes"):
        with ui.element("tr"):
            for head in heads:
                with ui.element("th").props('scope="col"'):
                    ui.label(head)
        for row in rows:
            game = house.rooms[row.id].game
            title, model = game.scenario.title.get(words.lang), game.governance.name.get(words.lang)
            with ui.element("tr"):
                with ui.element("th").props('scope="row"'):
                    ui.link(row.code, f"/f/{house.store.secret}/t/{row.id}")
                    soft(words.join([title, model]))
                for text in known[row.session]:
                    with ui.element("td"):
                        ui.label(text)
    soft(words("watch.no_evidence"))


def _came_to(room: Room, words: Words) -> tuple[str, ...]:
    session = room.session()
    reading, values = Reading(session), outcomes_of(session)
    taken = " ".join(reading.decision(decision).sentence for decision in session.decisions)
    numbers = [values[name] for name in _MEASURES]
    return (taken or words("decision.none"), *("–" if value is None else f"{value:.2f}" for value in numbers))
