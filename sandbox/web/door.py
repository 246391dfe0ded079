"""How people join: join codes, free seats, and the notice of who sees what they write."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui
from typing_extensions import override

from sandbox.content.language import Lang
from sandbox.content.words import Words, refusal
from sandbox.errors import InputError
from sandbox.web.frame import PagePart, box, browser_lang, div, heading, page, page_lang, refusal_line, refusals, soft
from sandbox.web.links import LONGEST_NAME, clean_name
from sandbox.web.tables.audience import Listener
from sandbox.web.tables.database import TableRow
from sandbox.web.tables.house import House
from sandbox.web.throttle import Throttle

_MOST_SEATS = 20
_SEATS = "Object.entries(localStorage).filter(([key]) => key.startsWith('seat:')).map(([, token]) => token)"
_ANSWER_SECONDS = 5.0
_LATELY = 10.0  # seconds


def disclosure(house: House, words: Words, table: str = "") -> None:
    """Say which model sees what is written, at a table or (empty) where tables are set up, and how long it is kept."""
    model, host = house.disclosure if not table or house.reads(table) else ("", "")
    key = "remote" if host else "local" if model else "none"
    told = [words(f"disclosure.{key}", model=model, host=host)]
    if model and not table and house.choice.players.by != "cards":
        told.append(words("disclosure.but_cards"))
    if model and not table:
        told.append(_spent(house, words))
    soft(words("gap").join(told))
    soft(words("kept", days=house.keep_days))
    soft(words("rehearsal"))


def _spent(house: House, words: Words) -> str:
    """Return in words what the models at a house's tables have used since the server began, and their limit."""
    account = house.models.account.whole
    bound, cost = account.budget.max_tokens, account.budget.cost(account.spent)
    paid = words("disclosure.paid", cost=f"{cost:.2f}") if cost is not None else ""
    most = words("disclosure.most", tokens=f"{bound:,}") if bound is not None else ""
    return words("disclosure.spent", tokens=f"{account.spent.total:,}", paid=paid, most=most)


def table_of_code(house: House, pace: Throttle, code: str, who: str) -> TableRow:
    """Return the table of a typed join code; raises `InputError` for a wrong one, or too many tries."""
    row = house.store.table_by_code(code)
    if row is None:
        raise refusal("join.bad_code" if pace.allow("join", who) else "too_many")
    return row


def code_page(houses: Sequence[House], pace: Throttle, lang: Lang, who: str) -> None:
    """Draw the page for typing a join code; wrong ones are counted by the visitor's address.

    The code may be that of a table of any of the houses.
    """
    words, request = houses[0].words(lang), ui.context.client.request
    asked = f"?lang={lang}" if "lang" in request.query_params else ""
    with page(words, words("join.title"), head=words("app")):
        pass
    with div("wrap narrow"), box(words("join.type_code")):
        code = ui.input(words("join.code")).props('autofocus maxlength="20" autocapitalize="characters" data-code')

        refused = refusal_line()

        def go() -> None:
            typed = "".join(letter for letter in str(code.value or "") if letter.isalnum() or letter == "-")
            with refusals(words, refused):
                of = (house for house in houses if house.store.table_by_code(typed) is not None)
                table_of_code(next(of, houses[0]), pace, typed, who)
                ui.navigate.to(f"/join/{typed}{asked}")

        code.on("keydown.enter", go)
        ui.button(words("join.enter"), on_click=go).props("data-enter")
    with div("wrap narrow stack"):
        seats = div("stack")
        soft(words("rehearsal"))
    ui.timer(0.1, lambda: _show_seats(houses, words, seats), once=True)


async def _show_seats(houses: Sequence[House], words: Words, place: ui.element) -> None:
    try:
        tokens = await ui.run_javascript(f"return {_SEATS}", timeout=_ANSWER_SECONDS)
    except TimeoutError:
        return  # the page is gone
    known = [token for token in tokens or () if isinstance(token, str)][-_MOST_SEATS:]
    held = [
        (house, seat, token)
        for token in known
        for house in houses
        if (seat := house.store.place_of(token)) and seat.role == "player"
    ]
    if not held:
        return
    with place, box(words("join.own")):
        for house, seat, token in sorted(held, key=lambda each: -each[1].taken):
            row = house.store.table(seat.table)
            with div("pair"):
                ui.link(house.table_title(row, words.lang), f"/s/{token}?lang={words.lang}").props("data-own-seat")
                soft(words.join([seat.name, words(f"state.{row.state}")]))

        def forget() -> None:
            ui.run_javascript("forgetSeats()")
            place.clear()

        soft(words("join.own_why"))
        ui.button(words("join.forget"), on_click=forget).props("flat data-forget-seats")


def check_name(house: House, words: Words, table: str, name: str, seat: str = "") -> None:
    """Raise `InputError` if somebody else at the table, not in ``seat``, has the name already."""
    asked = clean_name(name)
    others = [place.name.casefold() for other, place in house.store.players(table).items() if other != seat]
    if asked and asked.casefold() in others:
        raise words.refusal("join.same_name", name=asked)


class JoinPage(Listener):
    """The page for taking a free seat; attempts are counted by table and address."""

    def __init__(self, house: House, pace: Throttle, row: TableRow, who: str) -> None:
        self._house, self._pace, self._table, self._who = house, pace, row.id, who
        self._words = words = house.words(page_lang(browser_lang(ui.context.client.request, row.setup.lang)))
        case = house.library.scenario(row.setup.scenario)
        with page(words, words("join.title"), head=house.table_title(row, words.lang)):
            pass
        with div("wrap narrow stack"):
            self._back = box()
            self._back.set_visibility(False)
            with box(words("join.title")):
                ui.label(case.question.get(words.lang)).classes("prose")
                with div("stack"):
                    self._seats = PagePart()
                    self._asked = ui.label().classes("strong").props('role="status" data-asked-back')
                    with div("stack") as self._ask:
                        self._name = ui.input(words("join.name")).props(f'maxlength="{LONGEST_NAME}" counter data-name')
                        self._name.classes("w-full")
                        soft(words("join.name_hint"))
                        take = ui.button(words("join.take"), on_click=self._take)
                        take.props("data-take")
            with box():
                disclosure(house, words, row.id)
        self._seat: ui.radio | None = None
        self._lost = self._own = ""
        self._redrawn = -math.inf
        self._client, self._audience = ui.context.client, house.audience(row.id)
        self.changed()
        self._client.on_delete(self._audience.join(self))
        self._client.on_delete(lambda: self._audience.ask_no_more(self._given_back))
        ui.timer(0.1, self._find_seat, once=True)

    @override
    def changed(self) -> None:
        """Show the seats that are free now; what was typed and chosen stays."""
        try:
            row = self._house.store.table(self._table)
        except InputError:
            row = None
        taken = {seat: place.name for seat, place in self._house.store.players(self._table).items()}
        persons = row.setup.persons if row else ()
        state = row.state if row else ""
        away = [seat for seat in taken if not self._audience.online[seat]]
        self._seats.show((state, taken, persons, away), lambda: self._draw_seats(state, taken, persons, away))
        self._ask.set_visibility(state in ("lobby", "live") and not set(persons) <= set(taken))

    def _draw_seats(
        self, state: str, taken: Mapping[str, str], persons: Sequence[str], away: Sequence[str]
    ) -> None:  # fmt: skip
        words = self._words
        chosen = self._seat.value if self._seat else None
        if self._seat is not None and not chosen:
            self._redrawn = time.monotonic()
        self._seat = None
        if chosen in taken:
            self._lost = str(chosen)
        if state not in ("lobby", "live"):
            soft(words("join.over" if state else "gone"))
            return
        game = self._house.game_at(self._house.store.table(self._table))
        cards = game.personas
        roles = {seat: cards[seat].role.get(words.lang) for seat in persons}
        free = {}
        for seat in persons:
            if seat not in taken:
                wants = words("card.wants") + words("colon") + cards[seat].interests[0].get(words.lang)
                free[seat] = "\n".join([roles[seat][:1].upper() + roles[seat][1:], game.name(seat), wants])
        if len(free) == 1 and self._lost not in taken:
            chosen = next(iter(free))  # the only one; whoever has just lost another may not want it
        if self._lost in taken:
            lost = words("join.lost", role=roles[self._lost], name=taken[self._lost])
            ui.label(lost[:1].upper() + lost[1:]).classes("strong").props('role="alert" data-lost')
        if free:
            if state == "live":
                soft(words("join.running"))
            heading(3, words("join.choose"))
            self._seat = ui.radio(free, value=chosen if chosen in free else None).classes("seats")
            self._seat.props(f'aria-label="{words("join.choose")}"')
        else:
            soft(words("join.none"))
        for seat, name in taken.items():
            if seat in roles:
                with div("pair"):
                    ui.label(f"{roles[seat]}{words('colon')}{words('join.taken', name=name)}")
                    if seat in away:
                        ask = ui.button(words("join.mine", name=name), on_click=partial(self._ask_back, seat))
                        ask.props(f'flat dense no-caps data-mine="{seat}"')
        if any(seat in roles and seat not in away for seat in taken) and (state == "live" or not free):
            soft(words("join.elsewhere")).props("data-elsewhere")
        soft(words("join.watch_why"))
        ui.button(words("join.watch"), on_click=self._watch).props("outline data-watch")

    def _take(self) -> None:
        name, seat = str(self._name.value or ""), str(self._seat.value or "") if self._seat else ""
        with refusals(self._words):
            self._count()
            if not seat:
                lately = time.monotonic() - self._redrawn < _LATELY  # a choice may have come too late for the old list
                raise self._words.refusal("join.list_changed" if lately else "join.need_seat")
            held = self._house.store.place_of(self._own)
            if held is not None and self._house.store.table(self._table).state == "live":
                raise self._words.refusal("join.changed_live")  # what another seat alone knows would be read
            check_name(self._house, self._words, self._table, name, held.seat if held is not None else "")
            self._own = self._house.take_seat(self._table, seat, name)
            if held is not None:  # nobody sits on two seats, and the browser keeps one link
                self._house.free_seat(self._table, held.seat)
            ui.navigate.to(f"/s/{self._own}?lang={self._words.lang}")

    def _watch(self) -> None:
        store, audience = self._house.store, self._audience
        with refusals(self._words):
            self._count()
            if store.place_of(audience.watch_token) is None:
                audience.watch_token = store.add_viewer(self._table, "observer")
            ui.navigate.to(f"/v/{audience.watch_token}?lang={self._words.lang}")

    def _ask_back(self, seat: str) -> None:
        with refusals(self._words):
            self._count()
            number = self._audience.ask_back(seat, self._given_back)
            self._asked.set_text(self._words("join.asked_back", number=number))
            self._client.run_javascript("document.querySelector('[data-asked-back]').scrollIntoView({block: 'center'})")

    def _given_back(self, token: str) -> None:
        with self._client:
            if token:
                ui.navigate.to(f"/s/{token}?lang={self._words.lang}")
            else:
                self._asked.set_text(self._words("join.not_given_back"))

    def _count(self) -> None:
        """Count an attempt at this table from the visitor's address; raises `InputError` if there are too many."""
        if not self._pace.allow("seat", f"{self._table} {self._who}"):
            raise self._words.refusal("too_many")

    async def _find_seat(self) -> None:
        key = json.dumps(f"seat:{self._table}")
        try:
            token = await ui.run_javascript(f"localStorage.getItem({key})", timeout=_ANSWER_SECONDS)
        except TimeoutError:
            return  # the page is gone
        place = self._house.store.place_of(token) if isinstance(token, str) else None
        if place is not None and place.table == self._table:
            self._own, self._name.value = str(token), self._name.value or place.name
            self._back.set_visibility(True)
            with self._back:
                ui.label(self._words("join.back"))
                if self._ask.visible and self._house.store.table(self._table).state == "lobby":
                    soft(self._words("join.change")).props("data-change")
                ui.link(self._words("join.return"), f"/s/{token}?lang={self._words.lang}")
