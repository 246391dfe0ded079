"""The projector's page of a table: the last lines large, the motion and its votes, and the outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.ballots import on_the_table
from sandbox.game.session import Session
from sandbox.web.decision_card import (
    fallen_told,
    held,
    lacks_a_word,
    motion_terms,
    moved_by,
    put_in_short,
    put_key,
    vote_again_told,
)
from sandbox.web.frame import PagePart, bullets, div, heading, parts, soft
from sandbox.web.lines import Transcript
from sandbox.web.panels import as_said, called, reading_for, rules_text
from sandbox.web.tables.ballots import motion_put
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import (
    deciding_text,
    decision_waits,
    least_left,
    minutes_text,
    thinking_text,
    waited_for,
)
from sandbox.web.wall.watch_page import WatchPage

_SIDE_BY_SIDE = 3


class ProjectorPage(WatchPage):
    """The page, legible from the last row: few lines, the last one large, and during a vote only the motion."""

    style = "projector"
    _ballot_left: ui.label | None = None

    @override
    def draw_live(self, room: TableRoom) -> None:
        words = self.words
        with div("projector live"):
            self.top(room)
            with div("talk"):
                with div("said"):
                    ui.label(room.game.scenario.question.get(words.lang)).classes("question")
                    ui.label(rules_text(room.game, words)).classes("question rule")
                    self._sits = PagePart("who-sits")
                    self.transcript = Transcript(lambda: room.shown, self.viewer, words, tall=True, votes=False)
                with ui.element("aside").classes("beside"):
                    soft(words("watch.now"))
                    self.now()
                    self.waiting = ui.label().props("data-waiting")
                    self._left = ui.label().classes("left").props('role="timer" data-left')
                    self._no_motion = ui.label().classes("notice").props("data-no-motion")
                    self._again = ui.label().classes("notice").props("data-again")
                    self._free = PagePart()
                    self.tell_language(room)
                    soft(words("rehearsal"))
            self._tabled = PagePart("tabled")
            self._ballot = PagePart("ballot")

    @override
    def refresh(self, room: TableRoom) -> None:
        session = room.shown
        free = not {*self.row.setup.persons} <= self.house.store.players(self.table).keys() and not room.fold.over
        self._free.show(free, lambda: self._draw_free() if free else None)
        names = {seat: place.name for seat, place in self.house.store.players(self.table).items()}
        self._sits.show(names, lambda: self._draw_who_sits(room, names))
        shut = self.shut_out(room)
        item = None if shut else motion_put(session.game, session.state)
        whom = self._called(room)
        deciding = deciding_text(room, self.words, whom) if whom and not shut else ""
        deciding = deciding and (decision_waits(room, self.words) or deciding)
        again = "" if item or shut else vote_again_told(session, self.words)
        self._again.set_text(again)
        self._again.set_visibility(bool(again))
        table = () if item or shut else on_the_wall(session)
        self._tabled.show((table, session.hides), lambda: draw_tabled(session, self.words, table))
        said = session.state["lines"][-1:]
        shown = bool(said) and said[0]["id"] in {each.line for each in table[-_SIDE_BY_SIDE:]}
        self._tabled.element.classes(replace="tabled with-last" if shown else "tabled")
        if deciding:
            self._ballot.show((deciding, table, session.hides), lambda: self._draw_deciding(session, deciding, table))
            return
        self._ballot.show(
            put_key(session, item, room.kept),
            lambda: self._draw_ballot(session, room.kept, item) if item else None,
        )

    def _draw_ballot(self, session: Session, kept: tuple[str, ...], item: Item) -> None:
        self._ballot_left = _draw_ballot(session, self.words, kept, item)

    def _draw_deciding(self, session: Session, deciding: str, table: Sequence[Item]) -> None:
        """Add the note that one seat decides, the rule for it, and the motions on the table."""
        with div("notice decision motion-now").props("data-deciding"):
            heading(2, deciding)
            ui.label(rules_text(session.game, self.words))
            self._ballot_left = ui.label().classes("strong").props('role="timer" data-vote-left')
        with div("tabled"):
            draw_tabled(session, self.words, table)

    def _draw_who_sits(self, room: TableRoom, names: Mapping[str, str]) -> None:
        """Add who sits where, which a wall shows until somebody has spoken."""
        heading(2, self.words("panel.room"))
        bullets([called(room.game, seat, self.words, names.get(seat, "")) for seat in room.game.seated])

    def _draw_free(self) -> None:
        soft(self.words("watch.seats_free", address=f"{self._base}/join"))
        ui.label(self.row.code).classes("code").props("data-code")

    @override
    def refresh_time(self, room: TableRoom) -> None:
        super().refresh_time(room)
        left = least_left(room)
        text = "" if left is None else self.words("table.left", time=minutes_text(left))
        self._left.set_text(text)
        if self._ballot_left is not None and not self._ballot_left.is_deleted:
            self._ballot_left.set_text(text)

    @override
    def waited(self, room: TableRoom) -> str:
        return decision_waits(room, self.words) or self._called(room) or thinking_text(room, self.words, attempts=False)

    def _called(self, room: TableRoom) -> str:
        """Return the seats whose people are waited for, with their roles where they are few."""
        words, players, few = self.words, self.house.store.players(self.table), len(room.waited) < 3
        return words.join([waited_for(room, seat, words, players, role=few) for seat in room.waited])


def on_the_wall(session: Session) -> tuple[Item, ...]:
    """Return the undecided motions that the whole room heard, without those amended since."""
    game, state = session.game, session.state
    stage = next(iter(game.stages[state["stage"] : state["stage"] + 1]), None)  # none once all are over
    if stage is None or "decides" not in stage.abilities:
        return ()
    decided = [taken for taken in state["decisions"] if taken["stage"] == stage.id]
    if any(taken["carried"] for taken in decided):
        return ()  # what was not put to the vote by then is not put any more
    room, done = {*game.present(stage.id)}, {taken["motion"] for taken in decided}
    heard = [item for item in on_the_table(game, state) if room <= {*item.visible_to} and item.line not in done]
    amended = {item.amends for item in heard}
    return tuple(item for item in heard if item.line not in amended)


def draw_tabled(session: Session, words: Words, table: Sequence[Item]) -> None:
    """Add the latest motions side by side, with differing options in bold, and name the earlier ones."""
    reading = reading_for(session, words)
    earlier, table = table[:-_SIDE_BY_SIDE], table[-_SIDE_BY_SIDE:]
    for item in table:
        with div("rival").props(f'data-tabled="{item.line}"'):
            soft(f"{words('show.on_table')}{words('colon')}{item.line} {moved_by(session, words, item)}")
            if earlier and item is table[0]:
                soft(words("show.also_tabled", motions=[f"{each.line} {reading.mover(each)}" for each in earlier]))
            with ui.element("ul"):
                for key, option in item.terms.items():
                    alike = all(other.terms.get(key, option) == option for other in table)
                    with ui.element("li").classes("" if alike else "strong"):
                        [(question, chosen)] = reading.terms({key: option})
                        parts(question).classes("soft")
                        parts(chosen)
            held(item.condition, words)


def _draw_ballot(session: Session, words: Words, kept: tuple[str, ...], item: Item) -> ui.label:
    """Add a motion that is being voted on, and return the element for the time left."""
    put = put_in_short(session, words, kept, item)
    if fell := fallen_told(session, words):
        ui.label(fell).classes("notice decision lost").props("data-fell")
    with div("notice decision motion-now").props(f'data-motion="{item.line}"'):
        heading(2, put.title)
        if item.says:
            ui.label(as_said(session.game, item.says, words)).classes("gist")
        motion_terms(session.game.in_language(words.lang), item)
        for text in lacks_a_word(session, words, item):
            soft(text).props("data-unsaid")
        ui.label(put.carries).classes("strong").props("data-carries")
        with div("count"):
            with div("dots").props('aria-hidden="true"'):
                for number in range(put.of):
                    div("in" if number < put.count else "")
            ui.label(put.given).props('role="status"').props["data-given"] = put.count
            left = ui.label().classes("strong").props('role="timer" data-vote-left')
        if put.waiting:
            soft(put.waiting)
    return left
