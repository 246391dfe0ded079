"""The facilitator's bar, always in view: pause, remind, skip, vote, join code, and calls for help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.ledger.entries import motion_of
from sandbox.game.motions.ballots import choosable, motion
from sandbox.game.orders import comes_to_vote
from sandbox.record.payloads import OrderKind
from sandbox.web.desk.desk_tools import TableDesk
from sandbox.web.frame import PagePart, agree, dialog, div, qr_code, refusals, soft
from sandbox.web.links import is_own
from sandbox.web.panels import reading_for
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.waiting import minutes_text


class DeskBar:
    """The bar at the lower edge of the facilitator's page while a session runs."""

    def __init__(self, desk: TableDesk, room: TableRoom) -> None:
        self._desk, self._room, self._words = desk, room, desk.words
        self._reminds: ui.button | None = None
        words = self._words
        with ui.element("footer").classes("desk-bar").props(f'aria-label="{words("desk.controls")}" role="region"'):
            self._calls = DeskCalls(desk)
            self._hold, self._remind, self._steer = PagePart("pair"), PagePart("pair"), PagePart("pair")
            code = ui.button(desk.row.code, icon="qr_code_2", on_click=self._show_code).props("flat no-caps data-code")
            code.classes("code-button").props["aria-label"] = words("lobby.code") + words("colon") + desk.row.code

    def refresh(self) -> None:
        """Offer the present actions, each drawn by itself, so that a press never meets one that is being redrawn."""
        room = self._room
        self._calls.refresh()
        goes = room.running and not room.fold.over
        # A pause holds up the last pulses too, beyond the last stage.
        hold = "resume" if room.running and room.paused else "pause" if goes or room.pulses.wanted else ""
        self._hold.show(hold, lambda: self._draw_hold(hold))
        waits = bool(room.waited) and not room.stopped
        self._remind.show((waits, room.asked, room.pulses.wanted, room.voting), lambda: self._draw_remind(waits))
        steer = (goes, self._talking, self._motions)
        self._steer.show(steer, lambda: self._draw_steer(goes))

    def refresh_time(self) -> None:
        """Disable the reminder for a while after it was sent."""
        if self._reminds is not None:
            audience, waited = self._desk.audience, self._room.waited
            free = any(not audience.rests(seat) for seat in waited)
            self._reminds.set_enabled(free)
            self._reminds.set_text(self._words("remind.do" if free or not waited else "remind.done"))

    # What it knows

    @property
    def _talking(self) -> bool:
        """Whether the seat on the floor may be skipped."""
        floor = self._room.fold.state["floor"]
        return floor is not None and floor["phase"] != "decision"

    @property
    def _motions(self) -> tuple[str, ...] | None:
        game, state = self._room.game, self._room.fold.state
        if not self._talking or "decides" not in game.stages[state["stage"]].abilities:
            return None
        return tuple(item.line for item in choosable(game, state)) if comes_to_vote(game, state) else None

    # What it draws

    def _button(self, kind: OrderKind, icon: str) -> ui.button:
        pressed = ui.button(self._words(f"desk.{kind}"), icon=icon)
        return pressed.props(f"outline data-order={kind}")

    def _draw_hold(self, kind: str) -> None:
        if kind == "resume":
            button = self._button("resume", "play_arrow").props("unelevated", remove="outline")
            button.on_click(lambda: self._desk.order("resume"))
        elif kind:
            self._button("pause", "pause").on_click(lambda: self._desk.order("pause"))

    def _draw_remind(self, waits: bool) -> None:
        self._reminds = None
        if waits:
            self._reminds = ui.button(self._words("remind.do"), icon="vibration", on_click=self._remind_all)
            self._reminds.props("outline data-remind")

    def _draw_steer(self, goes: bool) -> None:
        if goes and self._talking:
            self._button("skip", "skip_next").on_click(self._skip)
        if goes and self._motions is not None:
            self._button("vote", "how_to_vote").on_click(self._ask_vote)

    def _skip(self) -> None:
        """Skip the seat shown as on the floor; not the next one, if the first has spoken meanwhile."""
        if floor := self._room.fold.state["floor"]:
            self._desk.order("skip", seat=floor["seat"])

    def _remind_all(self) -> None:
        for seat in self._room.waited:
            self._desk.audience.remind(seat)
        self.refresh_time()

    def _show_code(self) -> None:
        desk, words = self._desk, self._words
        url = f"{desk.base}/join/{desk.row.code}"
        with dialog(words("lobby.code")) as opened:
            ui.label(desk.row.code).classes("code")
            qr_code(words, url)
            if not is_own(url):
                ui.label(url).classes("link")
            ui.button(words("desk.close"), on_click=opened.close).props("autofocus")

    # The vote

    def _ask_vote(self) -> None:
        words = self._words
        with dialog(self._vote_ends()) as opened:
            first = first_motion(self._room, words, self._motions or ())

            def vote() -> None:
                self._desk.order("vote", motion=str(first.value) if first is not None else "")

            agree(words, opened, words("desk.vote"), vote)

    def _vote_ends(self) -> str:
        words, room, left = self._words, self._room, self._room.left()
        state = room.fold.state
        last = max(state["stage"] + 1, state["desk"]["until"]) == len(room.game.stages)
        asked = words("desk.vote_sure_last" if last else "desk.vote_sure")
        votes = room.game.voters(room.game.stages[state["stage"]].id)
        asked += words("gap") + words("desk.vote_first") if votes and motion(room.game, state) is None else ""
        return asked + (words.paren(words("table.left", time=minutes_text(left))) if left and left > 0 else "")


def first_motion(room: TableRoom, words: Words, motions: Sequence[str]) -> ui.radio | None:
    """Add the choice of the proposal to vote on first, if the rules leave the order open.

    Each is described by its differences: the questions that not all of them settle alike, and its conditions.
    """
    if len(motions) < 2:
        return None
    reading = reading_for(room.shown, words)
    items = [item for line in motions if (item := motion_of(room.shown.state["ledger"], line))]
    keys = dict.fromkeys(key for item in items for key in item.terms)
    apart = [key for key in keys if len({item.terms.get(key) for item in items}) > 1]
    texts = {}
    for item in items:
        terms = [reading.terms_text({key: item.terms[key] for key in apart if key in item.terms})]
        if any(other.condition for other in items):
            held = f"{words('ledger.condition')}{words('colon')}{item.condition}"
            terms.append(held if item.condition else words("desk.unconditional"))
        own = words("semi").join(filter(None, terms))
        texts[item.line] = f"{item.line} {reading.mover(item)}{words('colon')}{own}"
    with div("stack"):
        soft(words("desk.first"))
        chosen = ui.radio(texts, value=motions[0]).props(f'dense data-first aria-label="{words("desk.first")}"')
    return chosen.classes("w-full firsts")


class DeskCalls:
    """The calls for help, each with a button to answer it; the page's title shows the first."""

    def __init__(self, desk: TableDesk) -> None:
        self._desk, self._slot = desk, PagePart("calls")

    def refresh(self) -> None:
        """Show the present calls."""
        audience = self._desk.audience
        calls, back = tuple(audience.calls), dict[str, list[int]]()
        for number, (seat, _) in audience.asking_back.items():
            back.setdefault(seat, []).append(number)
        self._slot.show((calls, back), lambda: self._draw(calls, back))

    def _draw(self, calls: tuple[str, ...], back: Mapping[str, Sequence[int]]) -> None:
        words, house, table = self._desk.words, self._desk.house, self._desk.table
        players, audience = house.store.players(table), self._desk.audience
        roles = {seat: house.role(table, seat, words.lang) for seat in players}
        for seat in calls:
            with div("pair"):
                name = players[seat].name + words.paren(roles[seat]) if seat in players else seat
                self._tell(words("tables.calls", name=name), "data-calls", seat)
                ui.button(words("desk.answered"), on_click=partial(audience.answered, seat)).props("flat data-answered")
        for seat, numbers in back.items():
            if seat in players:
                with div("pair"):
                    key, count = "desk.want_back" if len(numbers) > 1 else "desk.wants_back", len(numbers)
                    told = words(key, name=players[seat].name, role=roles[seat], count=count)
                    self._tell(told, "data-wants-back", seat)
                    for number in numbers:
                        label, let_in = words("desk.let_in", number=number), partial(self._let_in, seat, number)
                        ui.button(label, on_click=let_in).props(f'data-let-in="{number}"')
                    refuse = partial(audience.give_back, seat)
                    ui.button(words("desk.let_nobody_in"), on_click=refuse).props("flat data-let-nobody-in")

    def _tell(self, text: str, prop: str, seat: str) -> None:
        said = ui.label(text).classes("notice who").props('role="alert" data-quiet')
        said.props[prop], said.props["data-turn"], said.props["data-title"] = seat, text, text

    def _let_in(self, seat: str, number: int) -> None:
        house, table = self._desk.house, self._desk.table
        with refusals(self._desk.words):
            self._desk.audience.give_back(seat, number, house.store.reissue(table, seat))
