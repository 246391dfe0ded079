"""The page of a player: lobby with role card, the table, and the debrief."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from sandbox.errors import InputError
from sandbox.game.pulse import Pulse
from sandbox.game.view import SeatView, seat_view
from sandbox.report.pages.debrief import REFLECTION
from sandbox.web.door import disclosure
from sandbox.web.frame import Slot, bar, bullets, dialog, heading, refusals, soft
from sandbox.web.house import House
from sandbox.web.lines import Transcript
from sandbox.web.live import LivePage, Panels, clock_text
from sandbox.web.names import LONGEST_NAME
from sandbox.web.pace import Pace
from sandbox.web.panels import documents, ledger_panel, role_card, room_panel
from sandbox.web.room import Room, place_of
from sandbox.web.schema import LONGEST_TEXT, Place
from sandbox.web.turnbox import TurnBox
from sandbox.web.viewer import Viewer

__all__ = ["SeatPage"]

# The browser keeps the link, so that the join page leads whoever comes back to the same seat.
_KEEP = "localStorage.setItem('seat:{table}', '{token}')"


class SeatPage(LivePage):
    """The page of a player.

    Args:
        house: the house.
        pace: counts what the player does.
        token: the player's token.
        place: the player's place.
    """

    def __init__(self, house: House, pace: Pace, token: str, place: Place) -> None:
        self._pace, self._token, self._seat = pace, token, place.seat
        super().__init__(house, place.table, Viewer("player", place.seat))
        ui.run_javascript(_KEEP.format(table=self.table, token=token))

    # Lobby

    def draw_lobby(self) -> None:
        words, game = self.words, self.house.game(self.row.setup)
        with bar(words, self.title()):
            pass
        with ui.element("div").classes("wrap columns"):
            with ui.element("div").classes("stack"):
                with ui.element("section").classes("box"):
                    self._me = Slot()
                with ui.element("section").classes("box"):
                    heading(2, words("lobby.who"))
                    self._who = Slot()
                with ui.element("section").classes("box"):
                    ui.label(words("lobby.private_link")).classes("prose")
                    disclosure(self.house, words)
                    soft(words("rehearsal"))
            with ui.element("section").classes("box"):
                role_card(game, words, self._seat)

    def refresh_lobby(self) -> None:
        places = {one.seat: one for one in self.house.store.places(self.table) if one.role == "player"}
        me = places.get(self._seat)
        if me is None:
            return
        self._me.show(me, lambda: self._draw_me(me))
        shown = [(seat, places[seat].name if seat in places else "") for seat in self.row.setup.persons]
        ready = [seat for seat, one in places.items() if one.ready]
        self._who.show((shown, ready), lambda: self._draw_who(shown, ready))

    def _draw_me(self, me: Place) -> None:
        words, card = self.words, self.house.library.persona(self._seat)
        heading(2, f"{words('lobby.you', name=me.name)} {card.role.get(words.lang)}")
        with ui.element("div").classes("pair").props('role="status"'):
            if me.ready:
                ui.icon("check_circle").props('aria-hidden="true"')
                ui.label(words("lobby.wait"))
            else:
                ui.button(words("lobby.i_am_ready"), on_click=lambda: self._ready(True)).props("data-ready")
            ui.button(words("lobby.rename"), on_click=lambda: self._rename(me)).props("flat")

    def _draw_who(self, shown: list[tuple[str, str]], ready: list[str]) -> None:
        words = self.words
        texts = []
        for seat, name in shown:
            role = self.house.library.persona(seat).role.get(words.lang)
            state = words("lobby.ready" if seat in ready else "lobby.not_ready")
            texts.append(f"{role}{words('colon')}{words.join([name, state]) if name else words('lobby.free')}")
        bullets(texts)

    def _ready(self, ready: bool) -> None:
        with refusals(self.words):
            self._mine()
            self.house.store.set_ready(self.table, self._seat, ready)
            self.house.audience(self.table).changed()

    def _rename(self, me: Place) -> None:
        words = self.words
        with dialog(words("lobby.rename")) as opened:
            name = ui.input(words("join.name"), value=me.name).props(f'maxlength="{LONGEST_NAME}"')
            soft(words("join.name_hint"))

            def save() -> None:
                with refusals(self.words):
                    self._mine()
                    self.house.store.rename(self.table, self._seat, str(name.value or ""))
                    opened.close()
                    self.house.audience(self.table).changed()

            with ui.element("div").classes("pair"):
                ui.button(words("save"), on_click=save)
                ui.button(words("cancel"), on_click=opened.close).props("flat")

    # Table

    def draw_live(self, room: Room) -> None:
        words, game = self.words, room.game
        with bar(words, self.title()):
            ui.label(f"{game.name(self._seat)} · {game.role(self._seat)}").classes("soft")
            self._where = ui.label()
            self._clock = ui.label().props('role="timer"')
        with ui.element("div").classes("wrap columns"):
            with ui.element("div").classes("stack"):
                self.transcript = Transcript(game, self.viewer, words)
                with ui.element("div").classes("box status").props('role="status" aria-live="polite"'):
                    self._status = ui.label()
                self._asks = Slot()
                self._aside = Slot()
            names = [
                (name, words(key))
                for name, key in (
                    ("card", "card.title"), ("ledger", "panel.ledger"),
                    ("documents", "panel.documents"), ("room", "panel.room"),
                )
            ]  # fmt: skip
            self._panels = Panels(names, self._panel_key, self._panel)

    def refresh(self) -> None:
        room = self.room
        if room is None or self.transcript is None:
            return
        mine = room.asked == self._seat
        wanted = self._seat in room.pulses_wanted
        own = "table.yours" if mine else "pulse.title" if wanted else ""
        self._status.set_text(self.words(own) if own else self.status(room))
        self._where.set_text(self.stage_text(room))
        if mine:
            place = place_of(room.game, room.state)
            self._asks.show(("turn", place), lambda: self._draw_turn(room, place))
        elif wanted:
            self._asks.show(("pulse", room.moment), lambda: self._draw_pulse(room.moment))
        else:
            self._asks.show("", lambda: None)
        covered = self._seat not in room.state["desk"]["persons"]
        absent = room.begun and not room.over and self._seat not in room.game.present(self._stage(room))
        self._aside.show((covered, absent, room.over), lambda: self._draw_aside(covered, absent, room.over))

    def refresh_soon(self) -> None:
        self._panels.refresh()

    def refresh_time(self) -> None:
        if self.room is not None:
            self._clock.set_text(clock_text(self.words, self.room.left()))

    def _draw_turn(self, room: Room, place: str) -> None:
        state = room.state
        floor = state["floor"]
        may_pass = floor is not None and floor["phase"] != "decision"

        def here() -> None:
            if room.asked != self._seat or place_of(room.game, room.state) != place:
                raise InputError(self.words("turn.moved"))

        def send(turn: Mapping[str, Any]) -> None:
            self._mine()
            here()
            room.answer(self._seat, place, turn)

        def skip() -> None:
            with refusals(self.words):
                self._mine()
                here()
                room.order("skip", seat=self._seat)

        TurnBox(room.game, seat_view(room.game, state, self._seat), self.words, place, send, skip if may_pass else None)

    def _draw_pulse(self, moment: str) -> None:
        words = self.words
        levels: dict[str, ui.toggle] = {}
        with ui.element("section").classes("box yours").props(f'aria-label="{words("pulse.title")}"'):
            heading(2, words("pulse.title"))
            soft(words("pulse.why"))
            for name in Pulse.__annotations__:
                ui.label(words(f"pulse.ask.{name}"))
                levels[name] = ui.toggle([1, 2, 3, 4, 5]).props(f'data-pulse="{name}"')

            def send() -> None:
                with refusals(self.words):
                    self._mine()
                    if self.room is None:
                        return
                    if any(one.value is None for one in levels.values()):
                        raise InputError(words("pulse.need_all"))
                    self.room.pulse(self._seat, moment, {name: one.value for name, one in levels.items()})

            ui.button(words("pulse.send"), on_click=send).props("data-send-pulse")

    def _draw_aside(self, covered: bool, absent: bool, over: bool) -> None:
        words = self.words
        if absent:
            soft(words("table.not_present"))
        if over:
            return
        with ui.element("div").classes("pair"):
            if covered:
                soft(words("table.covered"))
                ui.button(words("table.take_back"), on_click=lambda: self._hand("person")).props("data-back")
            else:
                ui.button(words("table.cover"), on_click=lambda: self._hand("persona")).props("flat dense data-cover")

    def _hand(self, by: str) -> None:
        with refusals(self.words):
            self._mine()
            if self.room is not None:
                self.room.hand(self._seat, by)

    def _stage(self, room: Room) -> str:
        return room.game.stages[room.state["stage"]].id

    def _view(self) -> SeatView | None:
        room = self.room
        if room is None or room.over or not room.begun:
            return None
        return seat_view(room.game, room.state, self._seat)

    def _panel_key(self, name: str) -> object:
        room, view = self.room, self._view()
        if room is None or view is None:
            return name
        if name == "card":
            return view.stage.id, [one.id for one in view.points], view.pulse
        if name == "ledger":
            return view.ledger
        if name == "documents":
            return len(view.minutes), repr(view.plans), view.facts
        return view.stage.id, self._names()

    def _panel(self, name: str) -> None:
        room, view = self.room, self._view()
        if room is None:
            return
        if name == "card":
            role_card(room.game, self.words, self._seat, view)
        elif view is None:
            soft(self.words("panel.documents_empty"))
        elif name == "ledger":
            ledger_panel(room.game, self.words, view.ledger)
        elif name == "documents":
            documents(room.game, self.words, view)
        else:
            room_panel(room.game, self.words, view.stage.id, self._names())

    def _names(self) -> dict[str, str]:
        return {one.seat: one.name for one in self.house.store.places(self.table) if one.role == "player"}

    # Debrief

    def draw_over(self, _: Room) -> None:
        words = self.words
        with bar(words, self.title()):
            pass
        with ui.element("div").classes("wrap"), ui.element("div").classes("stack"):
            self._draw_reflection()
            with ui.element("section").classes("box"):
                heading(2, words("over.yours"))
                with ui.element("div").classes("pair"):
                    for kind in ("html", "docx", "md"):
                        ui.link(f"{words('over.download')} {kind.upper()}", self._debrief(kind) + "?download=1")
                page = ui.element("iframe").classes("debrief")
                page.props(f'src="{self._debrief("html")}" title="{words("over.yours")}"')

    def _debrief(self, kind: str) -> str:
        return f"/s/{self._token}/debrief.{kind}"

    def _draw_reflection(self) -> None:
        words = self.words
        kept = {one.seat: one.answers for one in self.house.store.reflections(self.table)}.get(self._seat, {})
        boxes: dict[str, ui.textarea] = {}
        with ui.element("section").classes("box"):
            heading(2, words("over.reflect"))
            soft(words("over.reflect_why"))
            for question in REFLECTION:
                box = ui.textarea(words(f"over.{question}"), value=kept.get(question, ""))
                boxes[question] = box.props(f'outlined autogrow maxlength="{LONGEST_TEXT}" data-q="{question}"')
                box.classes("w-full")

            def save() -> None:
                with refusals(self.words):
                    me = self._mine()
                    answers = {question: str(box.value or "") for question, box in boxes.items()}
                    self.house.store.keep_reflection(self.table, self._seat, me.name, answers)
                    self.house.audience(self.table).changed()
                    ui.notify(words("over.reflected"), type="positive")

            ui.button(words("save"), on_click=save).props("data-reflect")

    # Who may act

    def allowed(self) -> bool:
        place = self.house.store.place_of(self._token)
        return place is not None and (place.table, place.seat) == (self.table, self._seat)

    def _mine(self) -> Place:
        """Count a deed of the player; the link may have been withdrawn since the page was opened.

        Raises:
            InputError: it is no longer the player's seat, or too much is sent.
        """
        place = self.house.store.place_of(self._token)
        if place is None or not self.allowed():
            self.end("not_found")
            raise InputError(self.words("not_found"))
        if not self._pace.allow("act", self._token):
            raise InputError(self.words("too_often"))
        return place
