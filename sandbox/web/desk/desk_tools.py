"""The tools of the facilitator's desk: seats, events, advice, pulses, notes, and actions on a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, cast

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.orders import LONGEST_ORDER
from sandbox.game.outside import due_by_itself
from sandbox.record.events import Event
from sandbox.record.payloads import Order, OrderKind
from sandbox.report.role_card import pulse_text
from sandbox.web.desk.act_choice import ActChoice
from sandbox.web.frame import (
    act_once,
    bullets,
    confirm,
    copy_button,
    dialog,
    div,
    heading,
    qr_code,
    refusals,
    soft,
    tell,
    text_area,
    when,
    yes_or_cancel,
)
from sandbox.web.live import LivePage
from sandbox.web.panels import seat_text
from sandbox.web.seat.pulsebox import pulse_chart
from sandbox.web.tables.audience import OpenPage, Viewer
from sandbox.web.tables.database import LONGEST_TEXT
from sandbox.web.tables.house import House
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.session_tree import session_numbers, take_off
from sandbox.web.throttle import Throttle
from sandbox.web.whatif.otherwise import BranchForm

_SOON = 0.8


class TableDesk(LivePage):
    """The page that the tools work on: the facilitator's page of a table."""

    def __init__(self, house: House, pace: Throttle, table: str, base: str) -> None:
        self.pace, self.base, self.client = pace, base, ui.context.client
        self._open_orders: dict[str, str] = {}
        self.note = ""
        super().__init__(house, table, Viewer("facilitator"))

    @property
    def path(self) -> str:
        """Path of the facilitator's page of the table."""
        return self.house.address("t", self.row.id)

    def debrief(self, form: str, seat: str = "", **query: str) -> str:
        """Return the path of a debrief, of the session or of a seat."""
        return self.house.address("t", self.row.id, f"debrief{f'-{seat}' if seat else ''}.{form}", **query)

    def order(self, kind: OrderKind, **fields: Any) -> bool:
        """Give an order and confirm it on the page; return whether it was accepted."""
        with refusals(self.words):
            if not self.pace.allow("desk", self.house.store.secret):
                raise self.words.refusal("too_often")
            if self.room is None or not self.room.running:
                raise self.words.refusal("table.stopped")
            payload = self.room.book.give(kind, **fields)
            self._open_orders[payload["id"]] = self._done(payload)
            with self._root:  # the button may be gone by then
                ui.timer(_SOON, lambda: self._later(payload), once=True)
            return True
        return False

    def _done(self, order: Order) -> str:
        seat = order["seat"]
        return self.words(f"desk.did.{order['kind']}", name=self.room.game.name(seat) if self.room and seat else "")

    def _later(self, order: Order) -> None:
        if order["id"] in self._open_orders:
            tell(self.words("desk.later_pause" if order["kind"] == "pause" else "desk.later"), "info", 5000)

    @override
    def event(self, event: Event) -> None:
        super().event(event)
        if event.kind == "direction" and event.payload["id"] in self._open_orders:
            done, refused = self._open_orders.pop(event.payload["id"]), event.payload["refused"]
            with self.client:
                if refused:
                    tell(self.words("desk.impossible", why=refused), "negative", 5000)
                else:
                    tell(done)


class SeatList:
    """The seats with their players and actions; ``key`` is what the list depends on."""

    def __init__(self, desk: TableDesk, game: Game) -> None:
        self._desk, self._game, room = desk, game, desk.room
        self._places = desk.house.store.players(desk.row.id)
        self._online = {seat for seat, often in desk.audience.online.items() if often > 0}
        self._at_once = {seat: pages for seat in self._places if (pages := desk.audience.at_once(seat))}
        self._persons = room.persons if room else desk.row.setup.persons
        self._live = room is not None and not room.fold.over
        self.key: object = (
            self._places, self._online, self._at_once, self._persons, desk.row.setup.persons, self._live,
        )  # fmt: skip

    def draw(self) -> None:
        """Draw the list."""
        game = self._game
        for seat in game.seated:
            with div("pair seat-row").props(f'data-seat="{seat}"'):
                with div("grow"):
                    ui.label(seat_text(game, seat, self._desk.words)).classes("who")
                    soft(self._state(seat))
                    if pages := self._at_once.get(seat):
                        self._draw_pages(pages)
                self._buttons(seat)

    def _draw_pages(self, pages: Sequence[OpenPage]) -> None:
        words = self._desk.words
        opened = [when(page.since, "%H:%M") + (words.paren(page.device) if page.device else "") for page in pages]
        text = words("desk.at_once", count=len(pages), first=words.join(opened[:-1]), last=opened[-1])
        ui.label(text).classes("notice").props("data-at-once")

    def _state(self, seat: str) -> str:
        words, place = self._desk.words, self._places.get(seat)
        by = words(f"played_by.{self._game.spec.player}")
        if place is None:
            if seat not in self._desk.row.setup.persons:
                return by
            return words("desk.free" if self._live else "lobby.free", by=by)
        online = words("desk.online" if seat in self._online else "desk.offline")
        if self._desk.room is None:
            ready = words("lobby.ready" if place.ready else "lobby.not_ready")
            return words("desk.by_person", name=place.name) + words.paren(words.join([ready, online]))
        if seat in self._persons:
            return words("desk.by_person", name=place.name) + words.paren(online)
        return words("desk.by_covered", by=by, name=place.name) + words.paren(online)

    def _buttons(self, seat: str) -> None:
        words, place = self._desk.words, self._places.get(seat)
        if place is not None:
            if self._live:
                hand = ("desk.to_persona", "persona") if seat in self._persons else ("desk.to_person", "person")
                self._button(words(hand[0]), lambda: self._desk.order("seat", seat=seat, by=hand[1]))
            more = ui.button(icon="more_vert").props("flat dense round")
            more.props["aria-label"] = words("desk.more", name=self._game.name(seat))
            with more, ui.menu():
                free = partial(self._desk.house.free_seat, self._desk.row.id)
                sure = words("lobby.reissue_sure", name=place.name)
                self._asked(words("lobby.reissue"), sure, seat, self._reissue).props(f'data-reissue="{seat}"')
                sure = words("lobby.no_name_sure", name=place.name, role=self._game.name(seat))
                self._asked(words("lobby.no_name"), sure, seat, self._take_name).props(f'data-no-name="{seat}"')
                sure = words("lobby.free_sure", name=place.name, role=self._game.role(seat, words.lang))
                self._asked(words("lobby.free_seat"), sure, seat, free).props(f'data-free="{seat}"')
        elif self._live:
            if seat not in self._desk.row.setup.persons:
                self._button(words("desk.open_seat"), lambda: self._open(seat))
            self._button(words("desk.play"), lambda: self._open(seat, own=True))

    def _button(self, text: str, act: Callable[[], object]) -> None:
        ui.button(text, on_click=act).props("flat dense no-caps")

    def _asked(self, text: str, sure: str, seat: str, act: Callable[[str], object]) -> ui.menu_item:
        return ui.menu_item(text, lambda: confirm(self._desk.words, sure, text, partial(act, seat)))

    def _take_name(self, seat: str) -> None:
        """Replace the display name of a seat's person by the role's own name, on all pages and papers."""
        desk = self._desk
        desk.house.store.replace_name(desk.row.id, seat, self._game.name(seat))
        desk.audience.changed()

    def _reissue(self, seat: str) -> None:
        desk = self._desk
        url = f"{desk.base}/s/{desk.house.store.reissue(desk.row.id, seat)}"
        desk.audience.changed()
        with dialog(desk.words("lobby.reissue")) as opened:
            ui.label(desk.words("lobby.new_link"))
            qr_code(desk.words, url)
            ui.label(url).classes("soft link")
            with div("pair"):
                ui.button(desk.words("desk.close"), on_click=opened.close)
                copy_button(desk.words, url)

    def _open(self, seat: str, *, own: bool = False) -> None:
        desk, house, table = self._desk, self._desk.house, self._desk.row.id
        with refusals(desk.words):
            house.store.open_seat(table, seat)
            if own:
                ui.navigate.to(f"/s/{house.take_seat(table, seat, desk.words('desk.me'))}", new_tab=True)
            else:
                desk.audience.changed()
                tell(desk.words("desk.opened", code=desk.row.code), "info", 5000)


def send_tab(desk: TableDesk) -> None:
    """Draw the forms for an event from outside, for advice to a seat, and for a message to all people."""
    room, words = desk.room, desk.words
    if room is None:
        return
    game = room.game
    names = {seat: seat_text(game, seat, words) for seat in game.seated}
    heading(3, words("desk.inject"))
    which = ui.select(_events(room, words), value="", label=words("desk.prepared")).props("data-prepared")
    which.on("popup-show", lambda: which.set_options(_events(room, words)))
    text = text_area(words("desk.event_text"), LONGEST_ORDER).props("data-event")
    text.bind_visibility_from(which, "value", lambda chosen: not chosen)
    to = ui.select(names, multiple=True, value=[], label=words("desk.heard_by")).props("use-chips data-heard")

    def inject() -> None:
        own = "" if which.value else str(text.value or "")
        if desk.order("inject", inject=str(which.value), text=own, to=to.value):
            text.value, which.value, to.value = "", "", []

    ui.button(words("desk.inject"), icon="campaign", on_click=inject).props("data-inject")
    ui.separator()
    heading(3, words("desk.whisper"))
    about = soft("").props('data-whisper-about aria-live="polite"')
    seat = ui.select(names, label=words("desk.whisper_seat")).props("data-whisper-seat")
    advice = text_area(words("desk.whisper_text"), LONGEST_ORDER).props("data-whisper")
    with div("") as acts:
        choice = ActChoice(room, words, words("desk.whisper_act"), words("turn.none"))

    def becomes() -> str:
        told = _whispered(room, words, str(seat.value or ""))
        about.set_text(told)
        acts.set_visibility(bool(seat.value) and seat.value not in room.persons)  # a person is not told what to do
        return told

    seat.on_value_change(lambda: choice.offer(str(seat.value or "")))
    seat.on_value_change(becomes)
    becomes()

    def whisper() -> None:
        with refusals(words):
            if not seat.value:
                raise words.refusal("desk.need_seat")
            before = about.text
            if (told := becomes()) != before:  # for a person's eyes, it would be spoken now, or the other way round
                raise words.refusal("desk.whisper_changed", about=told)
            act = choice.act if acts.visible else ""
            if desk.order("whisper", seat=str(seat.value), text=str(advice.value or ""), act=act):
                advice.value = ""

    ui.button(words("desk.whisper"), icon="hearing", on_click=whisper).props("data-send-whisper")
    ui.separator()
    heading(3, words("desk.message"))
    soft(words("desk.message_why"))
    message = text_area(words("desk.message_text"), LONGEST_ORDER).props("data-message")

    def write() -> None:
        if desk.order("message", text=str(message.value or "")):
            message.value = ""

    ui.button(words("desk.message"), icon="chat", on_click=write).props("data-send-message")


def _events(room: TableRoom, words: Words) -> dict[str, str]:
    """Return the events to choose from: free words, or an event of the case with when it arrives by itself."""
    came = {event.payload["id"] for event in room.events if event.kind == "inject"}
    events = {"": words("desk.own_event")}
    for event in room.game.scenario.injects:
        due = due_by_itself(room.game, room.fold.state, event)
        key = "came" if event.id in came else "yours" if not due else "later" if event.turn else "at_once"
        stage = room.game.stage_names.get(event.stage, "")
        how = words(f"desk.event.{key}", stage=stage, turn=event.turn)
        events[event.id] = how + words("colon") + event.text.get(words.lang)
    return events


def speak_for_dialog(desk: TableDesk, room: TableRoom, seat: str) -> None:
    """Ask for the persona's act in a turn of a person who is waited for; the person keeps the seat afterwards."""
    words = desk.words
    with dialog(words("desk.speak_for_name", name=seat_text(room.game, seat, words))) as opened:
        soft(words("desk.speak_for_turn"))
        choice = ActChoice(room, words, words("desk.speak_for_act"), words("desk.speak_for_card"))
        choice.offer(seat)
        soft(words(_told_by(room)))
        text = text_area(words("desk.speak_for_says"), LONGEST_ORDER).props("data-speak-text")

        def go() -> None:
            with refusals(words):
                act, says = choice.act, str(text.value or "").strip()
                if act and not says:
                    raise words.refusal("turn.need_words")
                if seat != room.asked or seat in room.voting:
                    raise room.game.words.refusal("refused.moved_on")
                if desk.order("seat", seat=seat, by="persona", lends=True):
                    if says or act:
                        desk.order("whisper", seat=seat, text=says or words.doing(act), act=act)
                    opened.close()

        yes_or_cancel(words, opened, words("desk.speak_for")).props("data-speak-now").on_click(go)


def _told_by(room: TableRoom) -> str:
    spec = room.game.spec
    return f"desk.whisper_{'cards' if spec.by_cards else 'directed' if spec.style == 'directed' else 'free'}"


def _whispered(room: TableRoom, words: Words, seat: str) -> str:
    """Return in words what happens to advice to a seat, given who holds it now, or in general without a seat."""
    if not seat:
        return words("desk.whisper_free")
    if seat in room.persons:
        return words("desk.whisper_person", name=room.game.name(seat))
    return words(_told_by(room))


def pulses_tab(desk: TableDesk) -> None:
    """Draw all pulses, by moment."""
    room, words = desk.room, desk.words
    rounds = room.fold.state["pulses"] if room else []
    if room is None or not rounds:
        soft(words("desk.pulses_empty"))
        return
    ui.html(pulse_chart(room.game, words, rounds), sanitize=False)
    for pulses in reversed(rounds):
        heading(3, room.game.stage_names.get(pulses["moment"]) or words("moment.start"))
        texts = {seat: pulse_text(words, cast(Any, levels)) for seat, levels in pulses["levels"].items()}
        bullets([f"{room.game.name(seat)}{words('colon')}{text}" for seat, text in texts.items()])


def notes_tab(desk: TableDesk) -> None:
    """Draw the facilitator's notes, and the form for a new one, with what has been typed so far."""
    words, store = desk.words, desk.house.store
    text = text_area(words("desk.note"), LONGEST_TEXT, desk.note).props("data-note")
    text.bind_value_to(desk, "note", lambda value: value or "")

    def keep() -> None:
        with refusals(words):
            store.add_note(desk.row.id, "", str(text.value or ""))
            text.value = ""
            show()

    ui.button(words("desk.note_add"), on_click=keep).props("data-keep-note")
    kept = div("stack")

    def drop(note: int) -> None:
        with refusals(words):
            store.delete_note(note)
            show()

    def show() -> None:
        kept.clear()
        notes = store.notes(desk.row.id)
        numbers = session_numbers(desk.house, desk.row.id)
        with kept:
            if not notes:
                soft(words("desk.notes_empty"))
            for note in notes:
                with div("pair"):
                    with div("grow"):
                        if note.line:
                            soft(words("desk.note_line", line=note.line))
                        if note.session in numbers and note.session != desk.row.session:
                            soft(words("sessions.number", number=numbers[note.session]))
                        ui.label(note.text or words("desk.bookmark")).classes("prose")
                    ui.button(words("home.delete"), on_click=partial(drop, note.id)).props("flat dense")

    show()


def line_dialog(desk: TableDesk, line: str) -> None:
    """Ask what to do with a line: a note on it, a bookmark, or to go back to it and branch."""
    words, room, store = desk.words, desk.room, desk.house.store
    if room is None:
        return
    speaker = [room.game.name(each["seat"]) for each in room.fold.state["lines"] if each["id"] == line]
    with dialog(words.join([line, *speaker])) as opened:
        _draw_take_off(desk, room, line, opened)
        ui.separator()
        text = text_area(words("desk.note"), LONGEST_TEXT)

        def keep(note: Callable[[], int]) -> None:
            with refusals(words):
                note()
                opened.close()
                tell(words("desk.note_kept"), "info", 5000)
                desk.audience.changed()

        with div("pair"):
            add = partial(store.add_note, desk.row.id, line)
            ui.button(words("desk.note_add"), on_click=lambda: keep(lambda: add(str(text.value or ""))))
            mark = ui.button(words("desk.bookmark"), icon="bookmark")
            mark.on_click(lambda: keep(lambda: store.bookmark(desk.row.id, line)))
            mark.props("outline data-bookmark")
        form = None
        if desk.member is None:
            ui.separator()
            form = BranchForm(desk.house, desk.row.id, room, line)

        async def go() -> None:
            if form is not None:
                await form.branch()
                opened.close()

        with div("pair"):
            if form is not None:
                button = ui.button(words("desk.branch"), icon="call_split").props("data-branch")
                act_once(words, button, go, form.refused)
            ui.button(words("cancel"), on_click=opened.close).props("flat")


def _draw_take_off(desk: TableDesk, room: TableRoom, line: str, opened: ui.dialog) -> None:
    """Add the button to take the words of a line off walls, phones and documents, or to restore them."""
    words, off = desk.words, line not in room.shown.hides
    does, done = ("take_off", "taken_off") if off else ("put_back", "put_back_done")

    async def go() -> None:
        await take_off(desk.house, room, desk.row.id, line, off=off)
        opened.close()
        tell(words(f"desk.{done}"))

    soft(words(f"desk.{does}_why"))
    button = ui.button(words(f"desk.{does}"), icon="visibility_off" if off else "visibility")
    act_once(words, button.props(f"outline data-take-off={'yes' if off else 'no'}"), go)
