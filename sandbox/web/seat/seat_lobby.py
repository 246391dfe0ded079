"""The page of a player before the session: role card, people present, and the call for help."""

from __future__ import annotations

from nicegui import ui
from typing_extensions import override

from sandbox.game.game import Game
from sandbox.web.door import check_name, disclosure
from sandbox.web.frame import PagePart, box, bullets, dialog, div, heading, refusals, soft, yes_or_cancel
from sandbox.web.links import LONGEST_NAME
from sandbox.web.live import LivePage
from sandbox.web.panels import case_card, guide, role_card, rules_text
from sandbox.web.seat.pulsebox import reflection_form
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.database import TablePlace
from sandbox.web.tables.house import House
from sandbox.web.tables.session_tree import earlier_sessions
from sandbox.web.throttle import Throttle


class SeatLobby(LivePage):
    """The page of a player before the session, and the base of the whole page: seat, link, call for help."""

    def __init__(self, house: House, pace: Throttle, token: str, place: TablePlace) -> None:
        self._pace, self._token, self._seat = pace, token, place.seat
        self._taken = place.taken
        super().__init__(house, place.table, Viewer("player", place.seat))
        # The browser keeps the link, so that the join page leads whoever comes back to the same seat.
        ui.run_javascript(f"localStorage.setItem('seat:{self.table}', '{token}')")

    # Lobby

    @override
    def draw_lobby(self) -> None:
        words, game = self.words, self.house.game_at(self.row)
        self.top()
        with div("wrap columns"):
            with div("stack"):
                if self.member is None and self.house.store.sessions(self.table):
                    told = words("lobby.another", rules=rules_text(game, words))
                    ui.label(told).classes("notice").props("data-another-round")
                with box():
                    self._me = PagePart()
                with box(words("guide.title")):
                    self._guide(game)
                with box():
                    role_card(game, words, self._seat)
                case_card(game, words)
            with div("stack"):
                with box(words("lobby.who")):
                    self._who = PagePart()
                with box():
                    ui.label(words("lobby.private_link")).classes("prose")
                    disclosure(self.house, words, self.table)
                self._help = PagePart()
                earlier_sessions(self.house, words, self._token, self._reflection)
                self._link_tables()

    def _link_tables(self) -> None:
        ui.link(self.words("join.tables"), f"/?lang={self.words.lang}").classes("touch").props("data-tables")

    def _reflection(self, session: str = "") -> None:
        """Add the player's reflection on a session of the table; empty for the present one."""
        known = self.house.store.reflections(self.table, session)

        def keep(texts: dict[str, str]) -> None:
            me = self._mine()
            self.house.store.keep_reflection(self.table, self._seat, me.name, texts, session)
            self.audience.changed()

        reflection_form(self.words, {each.seat: each.answers for each in known}.get(self._seat, {}), keep)

    def _guide(self, game: Game) -> None:
        member, setup = self.member, self.row.setup
        if member is not None and self.phase == "lobby":  # its minutes are those of a round that is not begun yet
            setup = member.course.setup(member.community, game)
        guide(game, self.words, setup, self._seat, member.course.rounds if member is not None else 1)

    @override
    def refresh_lobby(self) -> None:
        places = self.house.store.players(self.table)
        me = places.get(self._seat)
        if me is None:
            return
        self._help.show(self._called, self._draw_help)
        begins = self.audience.begins
        free = not begins and not {*self.row.setup.persons} <= places.keys()
        self._me.show((me, begins, free), lambda: self._draw_me(me, begins, free=free))
        shown = [(seat, places.get(seat)) for seat in self.row.setup.persons]
        self._who.show(shown, lambda: self._draw_who(shown))

    def _draw_me(self, me: TablePlace, begins: bool, *, free: bool) -> None:
        words, card = self.words, self.house.game_at(self.row).personas[self._seat]
        heading(2, words("lobby.you", name=me.name, role=card.role.get(words.lang)))
        with div("pair").props('role="status"'):
            if begins or me.ready:
                ui.icon("check_circle").props('aria-hidden="true"')
                ui.label(words("lobby.begins" if begins else "lobby.wait"))
            else:
                ui.button(words("lobby.i_am_ready"), on_click=self._ready).props("data-ready")
            ui.button(words("lobby.rename"), on_click=lambda: self._rename(me)).props("flat")
            if free:
                ui.link(words("lobby.change"), f"/join/{self.row.code}?lang={words.lang}").props("data-other-seat")

    def _draw_who(self, shown: list[tuple[str, TablePlace | None]]) -> None:
        words, texts, game = self.words, [], self.house.game_at(self.row)
        for seat, place in shown:
            role = game.personas[seat].role.get(words.lang)
            if place is None:
                state = words("lobby.free", by=words(f"played_by.{game.spec.player}"))
            else:
                state = place.name + words.paren(words("lobby.ready" if place.ready else "lobby.not_ready"))
            texts.append(f"{role}{words('colon')}{state}")
        bullets(texts)

    def _ready(self) -> None:
        with refusals(self.words):
            self._mine()
            self.house.store.set_ready(self.table, self._seat, True)
            self.audience.changed()

    def _rename(self, me: TablePlace) -> None:
        words = self.words
        with dialog(words("lobby.rename")) as opened:
            name = ui.input(words("join.name"), value=me.name).props(f'maxlength="{LONGEST_NAME}" counter')
            soft(words("join.name_hint"))

            def save() -> None:
                with refusals(self.words):
                    self._mine()
                    check_name(self.house, words, self.table, str(name.value or ""), self._seat)
                    self.house.store.rename(self.table, self._seat, str(name.value or ""))
                    opened.close()
                    self.audience.changed()

            yes_or_cancel(words, opened, words("save")).on_click(save)

    # The facilitator is called

    @property
    def _called(self) -> bool:
        return self._seat in self.audience.calls

    def _draw_help(self) -> None:
        words = self.words

        def press() -> None:
            with refusals(words):
                self._mine()
                (self.audience.answered if self._called else self.audience.call)(self._seat)

        if self._called:
            soft(words("help.called")).props('role="status"')
        text = words("help.take_back" if self._called else "help.call")
        ui.button(text, icon="pan_tool", on_click=press).props(f"{'flat' if self._called else 'outline'} data-help")

    # Who may act

    @override
    def allowed(self) -> bool:
        place = self.house.store.place_of(self._token)
        return place is not None and (place.table, place.seat) == (self.table, self._seat)

    def _mine(self) -> TablePlace:
        """Count an action of the player; raises `InputError` if the link was withdrawn, or there are too many."""
        place = self.house.store.place_of(self._token)
        if place is None or not self.allowed():
            self.end("not_found")
            raise self.words.refusal("not_found")
        if not self._pace.allow("act", self._token):
            raise self.words.refusal("too_often")
        return place
