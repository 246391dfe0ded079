"""All tables at a glance: who is stuck and who calls while they play, and what each came to at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from nicegui import ui

from sandbox.content.cards import Lang
from sandbox.content.words import Words
from sandbox.experiment.outcomes import outcomes_of
from sandbox.report.reading import Reading
from sandbox.web.frame import Slot, box, div, heading, page, soft, table
from sandbox.web.house import House
from sandbox.web.room import Room
from sandbox.web.schema import TableRow
from sandbox.web.waiting import stage_text, status_text, waiting_text

__all__ = ["Glance", "glance_at", "glance_box", "tables_page"]

_EVERY = 2.0
_STUCK_SECONDS = 60
"""Seconds for which somebody is waited for until a table counts as stuck."""
_MEASURES = (
    "hierarchical", "horizontal", "questions_settled", "promises_beyond_remit", "turn_share_residents", "trust_change",
    "burden_change",
)  # fmt: skip


@dataclass(frozen=True)
class Glance:
    """A table as the facilitator sees it beside others."""

    row: TableRow
    title: str
    state: str
    people: str
    where: str
    now: str
    waits: str
    stuck: bool
    calls: tuple[str, ...]


def glance_at(house: House, row: TableRow, words: Words) -> Glance:
    """Return a table at a glance."""
    room, players = house.rooms.get(row.id), house.store.players(row.id)
    waited = room.waited if room else {}
    through = room is not None and room.over_and_done
    stopped = room is not None and bool(room.stopped)
    state = "over" if through else "stopped" if stopped else row.state
    return Glance(
        row=row,
        title=house.table_title(row, words.lang),
        state=words(f"state.{state}"),
        people=words("watch.here", count=len(players), of=len(row.setup.persons)),
        where=stage_text(room, words) if room else "",
        now=status_text(room, words) if room and not through and not waited else "",
        waits=waiting_text(room, words, players) if room and waited else "",
        stuck=any(seconds > _STUCK_SECONDS for seconds in waited.values()) or stopped,
        calls=tuple(players[seat].name for seat in house.audience(row.id).calls if seat in players),
    )


def glance_box(
    glance: Glance, words: Words, level: int, about: Callable[[], object], shown: Sequence[str]
) -> ui.element:
    """Add a box with a table at a glance: what stands below its heading of a level, texts of it, and what is urgent."""
    with box(classes="stuck" if glance.stuck or glance.calls else "") as seen:
        heading(level, glance.title)
        about()
        for text in filter(None, shown):
            ui.label(text).props("data-waiting" if text == glance.waits else "")
        if glance.stuck:
            ui.label(words("tables.stuck")).classes("who")
        for name in glance.calls:
            ui.label(words("tables.calls", name=name)).classes("who").props("data-calls")
    return seen


def tables_page(house: House, lang: Lang) -> None:
    """Draw the page; it follows the tables by itself."""
    words = house.words(lang)
    with page(words, words("tables.title")):
        ui.link(words("home.title"), house.address(lang=lang))
    with div("wrap stack"):
        live, over = Slot("tables"), Slot()
    known: dict[str, tuple[str, ...]] = {}

    def show() -> None:
        rows = house.store.tables()
        glances = [glance_at(house, row, words) for row in rows if row.state != "over"]
        live.show(tuple(glances), lambda: _draw_live(house, words, glances))
        done = [row for row in rows if row.state == "over" and row.id in house.rooms]
        over.show(tuple(row.session for row in done), lambda: _draw_over(house, words, done, known))

    show()
    ui.timer(_EVERY, show)


def _draw_live(house: House, words: Words, glances: Sequence[Glance]) -> None:
    if not glances:
        soft(words("tables.none"))
    for glance in glances:
        about = words.join([glance.row.code, glance.state, glance.people])
        with glance_box(glance, words, 2, partial(soft, about), (glance.where, glance.waits)) as shown:
            shown.props(f'data-glance="{glance.row.id}"')
            ui.link(words("home.open"), house.address("t", glance.row.id))


def _draw_over(house: House, words: Words, rows: Sequence[TableRow], known: dict[str, tuple[str, ...]]) -> None:
    """Add what the tables that are over came to, side by side; each session is measured once."""
    if not rows:
        return
    heading(2, words("tables.over"))
    for row in rows:
        if row.session not in known:
            known[row.session] = _came_to(house.rooms[row.id], words)

    def name(row: TableRow) -> None:
        game = house.rooms[row.id].game
        ui.link(row.code, house.address("t", row.id))
        soft(words.join([game.scenario.title.get(words.lang), game.governance.name.get(words.lang)]))

    heads = [words("tables.table"), words("decision.title"), *(words(f"tables.{measure}") for measure in _MEASURES)]
    with div("wide"):
        table("outcomes", heads, [(partial(name, row), *known[row.session]) for row in rows]).props("data-outcomes")
    soft(words("watch.no_evidence"))


def _came_to(room: Room, words: Words) -> tuple[str, ...]:
    session = room.session()
    reading, values = Reading(session), outcomes_of(session)
    taken = " ".join(reading.decision(decision).sentence for decision in session.decisions)
    numbers = [values[name] for name in _MEASURES]
    return (taken or words("decision.none"), *("–" if value is None else f"{value:.2f}" for value in numbers))
