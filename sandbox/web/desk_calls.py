"""Who calls the facilitator: players at their seats, and whoever has lost the phone and asks for the seat back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui

from sandbox.web.desk_tools import TableDesk
from sandbox.web.frame import PagePart, div, refusals


class DeskCalls:
    """The calls, each with what answers it."""

    def __init__(self, desk: TableDesk) -> None:
        self._desk, self._slot = desk, PagePart()

    def refresh(self) -> None:
        """Show who calls now."""
        audience = self._desk.audience
        calls, back = tuple(audience.calls), {seat: [*asking] for seat, asking in audience.asking_back.items()}
        self._slot.show((calls, back), lambda: self._draw(calls, back))

    def _draw(self, calls: tuple[str, ...], back: Mapping[str, Sequence[int]]) -> None:
        words, house, table = self._desk.words, self._desk.house, self._desk.table
        players, audience = house.store.players(table), self._desk.audience
        names = {seat: place.name for seat, place in players.items()}
        for seat in calls:
            with div("pair"):
                said = ui.label(words("tables.calls", name=names.get(seat, seat))).classes("notice who")
                said.props(f'data-calls="{seat}" role="alert"')
                ui.button(words("desk.answered"), on_click=partial(audience.answered, seat)).props("flat data-answered")
        for seat, numbers in back.items():
            if seat in players:
                with div("pair"):
                    role, count = house.role(table, seat, words.lang), len(numbers)
                    key = "desk.want_back" if count > 1 else "desk.wants_back"
                    said = ui.label(words(key, name=names[seat], role=role, count=count)).classes("notice who")
                    said.props(f'data-wants-back="{seat}" role="alert"')
                    for number in numbers:
                        label, let_in = words("desk.let_in", number=number), partial(self._let_in, seat, number)
                        ui.button(label, on_click=let_in).props(f'data-let-in="{number}"')
                    refuse = partial(audience.give_back, seat)
                    ui.button(words("desk.let_nobody_in"), on_click=refuse).props("flat data-let-nobody-in")

    def _let_in(self, seat: str, number: int) -> None:
        house, table = self._desk.house, self._desk.table
        with refusals(self._desk.words):
            self._desk.audience.give_back(seat, number, house.store.reissue(table, seat))
