"""The projector of a table while it plays: what is said now, who speaks next, motions, and that which is voted on."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.ballots import on_the_table
from sandbox.game.entries import Item
from sandbox.game.session import Session
from sandbox.report.reading import Reading
from sandbox.web.ballots import motion_put
from sandbox.web.decision_card import fallen_told, held, lacks_a_word, put_in_short, put_key, settled
from sandbox.web.frame import PagePart, div, heading, parts, soft
from sandbox.web.lines import Transcript
from sandbox.web.room import TableRoom
from sandbox.web.waiting import decision_waits, minutes_text, thinking_text
from sandbox.web.watch_page import WatchPage

_SIDE_BY_SIDE = 3


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
            self._tabled = PagePart("tabled")
            self._ballot = PagePart("ballot")

    @override
    def refresh(self, room: TableRoom) -> None:
        session = room.shown
        item = motion_put(session.game, session.state)
        table = () if item else on_the_wall(session)
        self._tabled.show((table, session.hides), lambda: draw_tabled(session, self.words, table))
        said = session.state["lines"][-1:]
        shown = bool(said) and said[0]["id"] in {each.line for each in table[-_SIDE_BY_SIDE:]}
        self._tabled.element.classes(replace="tabled with-last" if shown else "tabled")
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


def on_the_wall(session: Session) -> tuple[Item, ...]:
    """Return the motions that the whole room heard and that are still to be decided, without those amended since."""
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
    """Add the latest motions side by side, and name those before; the options in which they differ are strong."""
    game, reading = session.game, Reading(session)
    earlier, table = table[:-_SIDE_BY_SIDE], table[-_SIDE_BY_SIDE:]
    for item in table:
        with div("rival").props(f'data-tabled="{item.line}"'):
            soft(f"{words('show.on_table')}{words('colon')}{item.line} {reading.mover(item)}")
            if earlier and item is table[0]:
                soft(words("show.also_tabled", motions=[f"{each.line} {reading.mover(each)}" for each in earlier]))
            with ui.element("ul"):
                for key, option in item.terms.items():
                    alike = all(other.terms.get(key, option) == option for other in table)
                    with ui.element("li").classes("" if alike else "strong"):
                        [(question, chosen)] = game.in_words({key: option})
                        parts(question).classes("soft")
                        parts(chosen)
            held(item.condition, game.words)


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
