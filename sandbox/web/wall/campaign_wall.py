"""The wall of a campaign: all its tables side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.report.read_decision import read_decision
from sandbox.web.campaign.campaign_course import CampaignCourse
from sandbox.web.campaign.campaign_news import placed, timeline
from sandbox.web.decision_card import (
    PutMotion,
    in_short,
    put_in_short,
)
from sandbox.web.frame import PagePart, bar, div, frame, heading, lang_links, qr_code, soft
from sandbox.web.links import is_own
from sandbox.web.panels import reading_for
from sandbox.web.tables.audience import PROJECTOR, Viewer
from sandbox.web.tables.ballots import motion_put
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import (
    stage_text,
    status_text,
)
from sandbox.web.wall.watch_page import before_page, heard_line

_EVERY = 1.0
# Lines of each table that have room on a wall, by the number of tables.
_LINES = {2: 3, 3: 3, 4: 2}


@dataclass(frozen=True)
class _Seen:
    community: str
    code: str = ""
    here: str = ""
    where: str = ""
    now: str = ""
    lines: tuple[str, ...] = ()
    put: PutMotion | None = None
    decided: str = ""
    carried: bool = False
    over: bool = False
    held: bool = False


class WallPage:
    """The page, kept up to date, with what the whole room hears."""

    def __init__(self, house: House, course: CampaignCourse, lang: Lang, base: str) -> None:
        self._house, self._course, self._base = house, course, base
        self._words = words = house.words(lang)
        frame(words, course.state.card.name.get(lang), "wall")
        with div("wall"):
            with bar(words, course.state.card.name.get(lang)):
                self._year = ui.label().classes("year").props('role="status"')
                lang_links(lang)
            self._body = PagePart("body")
            soft(words("campaign.world")).classes("foot")
        self._show()
        ui.timer(_EVERY, self._show)

    def _show(self) -> None:
        course, words = self._course, self._words
        state = course.state
        year = words("rounds.year_of", number=course.year, of=course.rounds)
        waits = "waiting" if state.rankings else "lobby" if course.seated else "ready"
        how = "over" if state.closed else waits if course.waits else "going"
        self._year.set_text(words.join([year, words(f"rounds.wait.{how}")]))
        if state.rankings and (state.closed or course.waits):
            self._body.show(("between", state.round, state.closed), self._draw_between)
            return
        tables = [self._seen(community, table) for community, table in course.tables.items()]
        self._body.show(tables, lambda: self._draw_tables(tables))

    # Between two rounds

    def _draw_between(self) -> None:
        words, course = self._words, self._course
        round = len(course.state.rankings)
        with div("ranking"), ui.element("ol").props(f'data-ranking="{round}"'):
            for (text, seen), each in zip(placed(course, round, words), course.state.rankings[round], strict=True):
                with ui.element("li"):
                    ui.label(text).classes("place")
                    if not course.state.closed:  # then the table has both sides
                        ui.label(seen).props("data-seen")
                    soft(each["brought"])
        with div("stack"):
            timeline(course, words, room=True)

    # While tables play, and before

    def _seen(self, community: str, table: str) -> _Seen:
        words, course, house = self._words, self._course, self._house
        room, row = house.rooms.get(table), house.store.table(table)
        if room is None or room.folder.id != course.state.name(course.state.round, community):
            players, persons = house.store.players(table), row.setup.persons
            if not persons:
                waits = "rounds.ready" if course.waits else "campaign_wait.wall" if course.ahead(community) else ""
                now = words(waits) if waits else ""
                return _Seen(community, here=words(f"rounds.by.{house.members[table].by}"), now=now)
            here = words("watch.here", count=len(players), of=len(persons))
            return _Seen(community, row.code if course.opened == 0 else "", here)
        if course.held_back(community):
            now = words("rounds.held.through" if course.through(community) else "rounds.held.playing")
            return _Seen(community, here=words(f"rounds.by.{house.members[table].by}"), now=now, held=True)
        over, viewer = room.over_and_done, before_page(house, table, PROJECTOR)
        stage = room.game.stages[min(room.shown.state["stage"], len(room.game.stages) - 1)].id
        shut = not over and viewer.shut_out(room.game, stage)
        item = None if over or shut else motion_put(room.game, room.shown.state)
        put = put_in_short(room.shown, words, room.kept, item) if item else None
        now = words("rounds.done") if over else "" if put else status_text(room, words, why=False)
        taken = [
            each for each in room.shown.state["decisions"] if over or not viewer.shut_out(room.game, each["stage"])
        ]
        lines = (words("watch.closed"),) if shut else self._lines(room, viewer)
        read = reading_for(room.shown, words)
        return _Seen(
            community, where=stage_text(room, words), now=now, put=put,
            lines=() if over or put else lines[-1:] if taken else lines,
            decided=in_short(read_decision(read, taken[-1]), taken[-1], words) if taken else "",
            carried=bool(taken) and taken[-1]["carried"], over=over,
        )  # fmt: skip

    def _lines(self, room: TableRoom, viewer: Viewer) -> tuple[str, ...]:
        game = room.game
        said = (event for event in reversed(room.shown.events) if event.kind == "line")
        talk = (event for event in said if not event.payload["vote"])  # who voted how stands with the decision
        heard = (event for event in talk if viewer.sees(game, event))
        last = list(islice(heard, _LINES.get(len(self._course.tables), 1)))
        session = room.shown
        return tuple(heard_line(session, event, self._words) for event in reversed(last))

    def _draw_tables(self, tables: Sequence[_Seen]) -> None:
        words, course = self._words, self._course
        held, shown_tables = ([seen for seen in tables if seen.held is held] for held in (True, False))
        with div(f"walls of-{len(shown_tables)}"):
            for seen in shown_tables:
                shown = ui.element("section").classes(f"table{' over' if seen.over else ''}")
                with shown.props(f'data-wall="{seen.community}"'):
                    heading(2, course.place(seen.community, words.lang))
                    if seen.decided:
                        kind = "carried" if seen.carried else "lost"
                        with div(f"decided {kind}").props(f"data-decided={kind}"):
                            ui.icon("check_circle" if seen.carried else "cancel").props('aria-hidden="true"')
                            ui.label(seen.decided)
                    if seen.code:
                        with div("pair"):
                            qr_code(words, f"{self._base}/join/{seen.code}")
                            with div("stack"):
                                way = "open_at" if is_own(self._base) else "join_at"
                                ui.label(words(f"rounds.{way}", address=f"{self._base}/join"))
                                ui.label(seen.code).classes("code").props("data-code")
                    if seen.where:
                        ui.label(seen.where).classes("where")
                    if seen.here:
                        ui.label(seen.here)
                    if seen.now:
                        ui.label(seen.now).classes("now")
                    if seen.put is not None:
                        _draw_put(seen.put, words)
                    for line in seen.lines:
                        ui.label(line).classes("said")
        for seen in held:
            with ui.element("section").classes("held").props(f'data-wall="{seen.community}"'):
                heading(2, course.place(seen.community, words.lang))
                ui.label(seen.here)
                ui.label(seen.now).classes("now")


def _draw_put(put: PutMotion, words: Words) -> None:
    with div("put") as shown:
        shown.props["data-given"] = put.count
        ui.label(put.title).classes("now")
        ui.label(words("semi").join(put.options)).props("data-options")
        ui.label(put.carries).classes("where")
        ui.label(put.given)
        if put.waiting:
            ui.label(put.waiting).classes("where")
