"""The pages for those who only watch: observer, and projector with big type, from the join code to the questions."""

from __future__ import annotations

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.report.pages.debriefing.apart import without_pulses
from sandbox.report.pages.reviewed import review_sentence
from sandbox.report.reading import Reading
from sandbox.report.rule_words import procedure_text
from sandbox.scoring.assessment import assess
from sandbox.web.decision_card import decision_card, motion_card, motion_key
from sandbox.web.frame import Slot, box, bullets, div, qr_code, soft
from sandbox.web.house import House
from sandbox.web.live import LivePage
from sandbox.web.room import Room
from sandbox.web.viewer import Viewer
from sandbox.web.waiting import waiting_text

__all__ = ["WatchPage", "briefing_slide", "outcome_slide", "questions_slide"]


class WatchPage(LivePage):
    """A page on which everything that the whole room hears is shown, and nothing else."""

    def __init__(self, house: House, table: str, viewer: Viewer, base: str) -> None:
        self._base = base
        super().__init__(house, table, viewer)

    @override
    def draw_lobby(self) -> None:
        words, game = self.words, self.house.game_at(self.row)
        url = f"{self._base}/join/{self.row.code}"
        with div(self.viewer.role):
            self.top()
            with div("wrap slides"):
                with box(words("watch.join")):
                    qr_code(words, url)
                    ui.label(self.row.code).classes("code").props("data-code")
                    ui.label(url).classes("link")
                    self._seats = Slot()
                with box(words("watch.briefing")):
                    briefing_slide(game, words)
            soft(words("rehearsal")).classes("wrap")

    @override
    def refresh_lobby(self) -> None:
        players, setup = self.house.store.players(self.table), self.row.setup
        here = [players[seat].name for seat in setup.persons if seat in players]
        self._seats.show((len(setup.persons), here), lambda: self._draw_here(len(setup.persons), here))

    def _draw_here(self, seats: int, here: list[str]) -> None:
        ui.label(self.words("watch.here", count=len(here), of=seats)).props("data-here")
        soft(self.words.join(here))

    @override
    def draw_live(self, room: Room) -> None:
        with div(f"{self.viewer.role} live"):
            self.top(room)
            with div("wrap stack"):
                soft(room.game.scenario.question.get(self.words.lang))
                self._motion = Slot()
                self.follow(room, tall=True)
                self._waiting = ui.label().classes("soft").props("data-waiting")
                soft(self.words("rehearsal"))

    @override
    def refresh(self, room: Room) -> None:
        game, state = room.game, room.fold.state
        self._motion.show(motion_key(game, state), lambda: motion_card(game, state, self.words))

    @override
    def refresh_time(self, room: Room) -> None:
        super().refresh_time(room)
        waits = waiting_text(room, self.words, self.house.store.players(self.table)) if room.waited else ""
        self._waiting.set_text(waits)

    @override
    def draw_over(self, room: Room) -> None:
        session, words = room.session(), self.words
        with div(self.viewer.role):
            self.top()
            with div("wrap stack"):
                self.between()
                with box(words("watch.outcome")):
                    outcome_slide(session, words)
                with box(words("watch.questions")):
                    questions_slide(session.game, words)
                with ui.expansion(words("table.transcript")).classes("box"):
                    self.follow(room, tall=True)
                    self._status.set_text(words("watch.over"))
                soft(words("rehearsal"))


def briefing_slide(game: Game, words: Words) -> None:
    """Add what everybody at a table knows: the question and what is behind it, how it is decided, and the stages."""
    lang = words.lang
    ui.label(game.scenario.question.get(lang)).classes("who")
    ui.label(game.scenario.background.get(lang)).classes("prose meaning").props("data-background")
    ui.label(f"{game.governance.name.get(lang)}{words('colon')}{procedure_text(game)}").classes("meaning")
    bullets([stage.name.get(lang) for stage in game.stages])


def outcome_slide(session: Session, words: Words) -> None:
    """Add what was decided, by which votes, who pays, and both assessments."""
    reading = Reading(session)
    if not session.decisions:
        ui.label(words("decision.none"))
    for decision in session.decisions:
        with div("notice decision" if decision["carried"] else "notice"):
            decision_card(reading.decision(decision), words, 3)
    if reviewed := review_sentence(session):
        ui.label(f"{words('review.title')}{words('colon')}{reviewed}").props("data-reviewed")
    if session.finished:
        sides = map(without_pulses, assess(session))
        totals = {side.side: "–" if side.total is None else f"{side.total:.2f}" for side in sides}
        bullets([f"{words(f'side.{side}')}{words('colon')}{total}" for side, total in totals.items()])
        ui.label(words("side.meaning")).classes("meaning").props("data-meaning")
        soft(words("show.sides"))
    soft(words("watch.no_evidence"))


def questions_slide(game: Game, words: Words) -> None:
    """Add the questions for the talk afterwards."""
    bullets([question.get(words.lang) for question in game.scenario.discussion])
