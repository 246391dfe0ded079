"""The page of a player while the session runs; what comes before and after are its bases."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from html import escape
from typing import Any, Literal

from nicegui import ui
from nicegui.events import ValueChangeEventArguments
from typing_extensions import override

from sandbox.content.cards import Act
from sandbox.game.motions.ballots import cast_on, uncast_on
from sandbox.game.spec import Player
from sandbox.game.view import SeatView, seat_view
from sandbox.record.events import Event
from sandbox.report.document.html import blocks_to_html
from sandbox.report.pages.pack import observers_sheet
from sandbox.report.voting_words import carries_text, side_of
from sandbox.session.offers import open_matters
from sandbox.web.decision_card import fallen_told, held, lacks_a_word, motion_card, settled
from sandbox.web.frame import PagePart, div, folded, refusals, soft, tell
from sandbox.web.lines import Transcript
from sandbox.web.live import Panels, Tab
from sandbox.web.panels import documents, ledger_panel, role_card, room_panel, seat_text
from sandbox.web.seat.asking import Begun, Draft, VoteBox
from sandbox.web.seat.commitments import motion_text
from sandbox.web.seat.pulsebox import pulse_box
from sandbox.web.seat.seat_over import SeatOver
from sandbox.web.seat.turn_about import (
    Notice,
    before_pulse,
    comes_next,
    count_text,
    decided_text,
    idle_text,
    lost_text,
    news_since,
)
from sandbox.web.seat.turnbox import TurnBox
from sandbox.web.tables.answers import place_of
from sandbox.web.tables.ballots import motion_put
from sandbox.web.tables.room import TableRoom
from sandbox.web.tables.time_watch import Overdue, follows
from sandbox.web.tables.waiting import deciding_text, least_left, minutes_text, waited_for, why_yours

# How a turn is lost in which somebody may have begun to write.
_TAKEN = ("speaks", "persona", "kept", "skip")
_SOON = 30.0
_STEP = 5.0


class SeatPage(SeatOver):
    """The page of a player."""

    _turn: TurnBox
    _counted: ui.label | None = None
    _reads_guide = False

    @override
    def draw_live(self, room: TableRoom) -> None:
        words, game, seat = self.words, room.game, self._seat

        def view() -> SeatView:
            """Return the seat's view; after the last stage that of the last stage."""
            state = room.shown.state
            last = min(state["stage"], len(game.stages) - 1)
            return seat_view(game, state if last == state["stage"] else {**state, "stage": last}, seat)

        def names() -> dict[str, str]:
            return {seat: place.name for seat, place in self.house.store.players(self.table).items()}

        def heard() -> bool:
            """Return whether the player has spoken."""
            return any(line["seat"] == seat and line["origin"] == "person" for line in room.shown.state["lines"])

        def card(seen: SeatView) -> None:
            if not heard():  # who came late has not seen the lobby
                guide = folded(words("guide.title"), lambda: self._guide(game)).props("data-guide")
                guide.set_value(self._reads_guide)  # the card may be drawn anew meanwhile
                guide.on_value_change(self._unfolded)
            own = [event for event in room.shown.events if event.kind == "pulse" and event.seat == seat]
            role_card(game, words, seat, seen, derived=bool(own) and own[-1].payload["origin"] == "rules")

        def tab(title: str, key: Callable[[SeatView], object], build: Callable[[SeatView], None]) -> Tab:
            return words(title), lambda: key(view()), lambda: build(view())

        self.top(room)
        if words.lang != game.spec.lang:
            soft(words("table.other_lang")).classes("wrap").props("data-other-lang")
        with div("turnbar status") as self._bar:
            with div("pair"):
                self.now()
                self._since = soft("").props("data-waiting")
                soft(seat_text(game, seat, words))
            self._left = ui.label().classes("left").props('role="timer"')
            self._then = soft("").classes("then").props("data-then")
            self._late, self._why, self._held = PagePart("late"), PagePart("why"), PagePart("held pair")
        with div("wrap columns"):
            with div("stack"):
                self.transcript = Transcript(lambda: room.shown, self.viewer, words)
                self._asks, self._aside = PagePart(), PagePart()
            self.panels = Panels(
                {
                    "card": tab(
                        "card.title", lambda seen: (seen.stage.id, seen.points, seen.pulse, heard()), card,
                    ),
                    "ledger": tab(
                        "panel.ledger", lambda seen: seen.ledger,
                        lambda seen: ledger_panel(room.shown, words, seen.ledger),
                    ),
                    "documents": tab(
                        "panel.documents", lambda seen: (seen.minutes, repr(seen.plans), seen.facts),
                        lambda seen: documents(room.shown, words, seen),
                    ),
                    "room": tab(
                        "panel.room", lambda seen: (seen.stage.id, names()),
                        lambda seen: room_panel(game, words, seen.stage.id, names()),
                    ),
                }
            )  # fmt: skip

    def _unfolded(self, change: ValueChangeEventArguments[bool]) -> None:
        self._reads_guide = change.value

    @override
    def status(self, room: TableRoom) -> str:
        if self._seat in room.voting:
            return self.words("vote.open")
        if room.asked == self._seat:
            return self.words("table.yours")
        if self._seat in room.pulses.wanted:
            return self.words("pulse.title")
        if room.answers.held[0] == self._seat:
            return self.words("turn.holds")
        if comes_next(room, self._seat):
            return self.words("table.next")
        if room.waited and not room.paused:
            players = self.house.store.players(self.table)
            waited = self.words.join([waited_for(room, each, self.words, players) for each in room.waited])
            return deciding_text(room, self.words, waited) or self.words("table.waiting", name=waited)
        between = room.shown.state["floor"] is None and not room.paused
        return (between and decided_text(room, self.viewer, self.words)) or super().status(room)

    @override
    def event(self, event: Event) -> None:
        super().event(event)
        if event.kind == "order" and event.payload["kind"] == "whisper" and event.seat == self._seat:
            with self._root:
                tell(f"{self.words('notice.whisper')}{self.words('colon')}{event.payload['text']}", "info", 12000)
                ui.run_javascript("turn.call()")

    @override
    def reminded(self, seat: str) -> None:
        if self.room is not None and seat == self._seat and seat in self.room.waited:
            with self._root:
                tell(self.words("remind.room_waits"), "info", 8000)
                ui.run_javascript("turn.call()")

    @override
    def refresh_time(self, room: TableRoom) -> None:
        super().refresh_time(room)
        left, mine = room.turn_time.left(self._seat), self._seat in room.waited
        others = [seconds for seat, seconds in room.waited.items() if seat != self._seat]
        told = ""
        if left is not None:
            told = self.words("table.left", time=minutes_text(left)) if left > 0 else self.words("table.over_time")
        self._left.set_text(told)
        soon = left is not None and left <= _SOON and room.overdue.get(self._seat) != "waits"
        self._then.set_text(self.words(f"table.then.{follows(room, self._seat)}") if soon else "")
        self._left.classes(replace="left soon" if left is not None and left <= _SOON else "left")
        if self._counted is not None and not self._counted.is_deleted:
            rest, key = room.answers.hold.left, "turn.held" if room.answers.held[0] else "vote.counted"
            self._counted.set_text("" if rest is None else self.words(key, seconds=math.ceil(rest)))
        rest = least_left(room)
        if rest is None:  # nobody counts these seconds: a phone's page need not hear of each
            since = self.words("table.gone", time=minutes_text(max(others, default=0.0) // _STEP * _STEP))
        else:
            since = self.words("table.left", time=minutes_text(rest))
        self._since.set_text(since if others and not mine else "")

    @override
    def refresh(self, room: TableRoom) -> None:
        fold, game, state, seat = room.fold, room.game, room.shown.state, self._seat
        voting, put, moment = seat in room.voting, room.ballots.put(state), room.pulses.moment
        holder, turn = room.answers.held
        if voting:
            view = room.ballots.view(state, seat)
            how = carries_text(game.in_language(self.words.lang), view.stage.id, view.motion)
            self._ask(f"vote {put}", how, lambda place: self._draw_vote(room, view, place, put))
        elif room.asked == seat:
            view = seat_view(game, state, seat)
            reasons = why_yours(game.with_words(self.words.lang), view, self.words), count_text(view, self.words)
            why = self.words("gap").join(filter(None, reasons))
            since = news_since(game, room.shown.events, self.viewer, self.words)
            draw = partial(self._draw_turn, room, view, since)
            self._ask(place_of(game, state), why, draw, acts=view.acts)
            self._turn.tell(view, since)
        elif holder == seat:
            self._ask(f"held {place_of(game, state)}", "", lambda _: self._draw_held_turn(room, turn))
        elif seat in room.pulses.wanted:
            role = self.words("pulse.as_role", role=game.role(seat, self.words.lang))
            self._ask(moment, role, lambda place: self._draw_pulse(room, place), "title.pulse")
        elif put and seat in game.present(game.stages[state["stage"]].id):
            self._draw_others_vote(room, put)
        else:
            self._ask(idle_text(room, seat, self.words), "", lambda text: soft(text).props("data-idle"))
        self._held.show(holder == seat, lambda: self._draw_held() if holder == seat else None)
        covered, overdue = seat not in room.persons, room.overdue.get(seat)
        late = "kept" if covered and overdue == "persona" else overdue
        lost = lost_text(room, seat, overdue, self.words) if overdue is not None else ""
        mine = voting or seat in (room.asked, *room.pulses.wanted)
        unsent = late in _TAKEN and bool((begun := room.begun(seat)) and begun.parts.get("says"))
        told = (late, lost, mine, unsent)
        self._late.show(told, lambda: self._draw_late(late, lost, before=mine, unsent=unsent))
        self._bar.classes(replace=f"turnbar status{' mine' if mine else ''}")
        absent = fold.begun and not fold.over and seat not in game.present(game.stages[state["stage"]].id)
        twice = room.audience.online[seat] > 1
        shown, by = (covered, absent, fold.over, self._called, twice), game.spec.player
        self._aside.show(shown, lambda: self._draw_aside(covered, absent, fold.over, by, twice=twice))

    def _ask(
        self, place: str, why: str, draw: Callable[[str], object], title: str = "title.turn", acts: Sequence[Act] = ()
    ) -> None:
        """Show the request for a turn at a place of the session, with the reason on top if there is one.

        It is drawn anew where other acts are allowed, or words were taken off: orders that change nothing of it leave
        alone whoever is typing.
        """
        attributes = f'data-turn="{place}" data-title="{self.words(title)}"'
        self._why.show((place, title, why), lambda: ui.label(why).props(attributes) if why else None)
        hides = self.room.shown.hides if self.room is not None else ()
        self._asks.show((place, title, acts, hides), lambda: draw(place))

    def _draw_late(self, overdue: Overdue | Literal["kept"] | None, lost: str, *, before: bool, unsent: bool) -> None:
        if overdue is not None and before:
            soft(self.words(f"table.overdue.before.{overdue}")).props("data-overdue")
        elif overdue is not None:
            told = [self.words(f"table.overdue.{overdue}")] + [self.words("table.overdue.kept_words")] * unsent
            ui.label(self.words("gap").join(told)).props('role="alert" data-overdue')
        if lost:
            soft(lost).props("data-lost")

    def _draw_vote(self, room: TableRoom, view: SeatView, place: str, put: str) -> None:

        def send(turn: Mapping[str, Any]) -> None:
            self._mine()
            room.answers.vote(self._seat, put, turn)

        if view.motion is not None:
            words, game = self.words, room.game.with_words(self.words.lang)
            lacks = lacks_a_word(room.shown, words, view.motion, self._seat)
            fell = fallen_told(room.shown, words)
            VoteBox(game, view, words, self._begin(place), send, view.motion, fell, lacks)

    def _draw_others_vote(self, room: TableRoom, put: str) -> None:
        """Add the motion that others are still voting on, and the seat's part in it."""
        state, game, words = room.shown.state, room.game, self.words
        item = motion_put(game, state)
        if item is None:
            return
        cast, seat = cast_on(state, item), self._seat
        votes, own = {*cast, *room.kept}, room.ballots.given(state, seat).get("act") or cast.get(seat)
        changes, uncast = (
            room.ballots.may_change(state, seat),
            seat in (*state["desk"]["uncast"], *uncast_on(state, put)),
        )
        waits = "paused" if room.paused and seat in room.persons else "waits"
        asked = seat in game.voters(game.stages[state["stage"]].id)
        place = "uncast" if uncast else "kept" if own else waits if asked else "no_vote"

        def draw(_: str) -> None:
            with div("pair"):
                if own and not uncast:
                    ui.label(words(f"vote.own.{side_of(own)}")).classes("strong").props("data-own-vote")
                if changes:
                    ui.button(words("vote.change"), on_click=self._take_back).props("outline data-take-back")
                    self._counted = soft("").props('role="timer" data-counted')
            ui.label(words(f"vote.{place}")).classes("prose").props(f"data-vote-{place}")
            motion_card(room.shown, words, room.kept, item, seat)

        self._ask(f"{place} {put} {len(votes)} {own} {changes}", "", draw)

    def _draw_held_turn(self, room: TableRoom, turn: Mapping[str, Any]) -> None:
        game, about = room.game.with_words(self.words.lang), str(turn.get("about") or "")
        view = seat_view(room.game, room.shown.state, self._seat)
        ui.label(f"“{turn['says']}”").classes("prose quote")
        if matter := open_matters(game, view, turn["act"]).get(about):
            act = self.words.doing(turn["act"], reviews=view.stage.reviews)
            ui.label(self.words("turn.counts", act=act, matter=matter)).classes("prose").props("data-counts")
            soft(motion_text(game, view, about)).classes("prose")
        if terms := game.in_words(turn.get("terms") or {}):
            settled(terms)
        held(str(turn.get("condition") or ""), self.words)

    def _draw_held(self) -> None:
        ui.button(self.words("turn.take_back"), on_click=self._take_back).props("data-take-back")
        self._counted = ui.label().props('role="timer" data-counted')

    def _take_back(self) -> None:
        with refusals(self.words):
            self._mine()
            if self.room is not None:
                place, turn = self.room.answers.take_back(self._seat)
                for part, value in turn.items():
                    self._begun.keep(place, part, value)

    @property
    def _begun(self) -> Begun:
        return self.house.drafts.setdefault((self.table, self._seat, self._taken), Begun())

    def _begin(self, place: str) -> Draft:
        return Draft(self.table, self._seat, place, self._begun)

    def _draw_turn(self, room: TableRoom, view: SeatView, since: Sequence[Notice], place: str) -> None:
        floor = room.shown.state["floor"]

        def check() -> None:
            self._mine()
            if room.asked != self._seat or place_of(room.game, room.shown.state) != place:
                raise self.words.refusal("turn.moved")

        def send(turn: Mapping[str, Any]) -> None:
            check()
            room.answers.say(self._seat, place, turn)

        def skip() -> None:
            check()
            room.overdue.pop(self._seat, None)
            room.book.give("skip", seat=self._seat, giver="player")

        may_skip = skip if floor is not None and floor["phase"] != "decision" else None
        game = room.game.with_words(self.words.lang)
        self._turn = TurnBox(game, view, self.words, self._begin(place), send, may_skip, since)

    def _draw_pulse(self, room: TableRoom, moment: str) -> None:
        def send(levels: Mapping[str, int]) -> None:
            self._mine()
            room.pulse(self._seat, moment, levels)

        pulse_box(self.words, before_pulse(room, self.viewer, self.words), send)

    def _draw_aside(self, covered: bool, absent: bool, over: bool, by: Player, *, twice: bool) -> None:
        words = self.words
        if twice:
            ui.label(words("table.twice")).classes("notice").props('role="status" data-twice')
        if absent:
            with ui.expansion(words("pack.observers")).classes("w-full").props("data-observers"):
                ui.html(blocks_to_html([*observers_sheet(words)]), sanitize=False).classes("blocks")
        if over:
            return
        with div("pair"):
            self._draw_help()
            if covered:
                soft(words("table.covered", by=words(f"played_by.{by}")))
                ui.button(words("table.take_back"), on_click=lambda: self._hand("person")).props("data-back")
            else:
                ui.button(words("table.cover"), on_click=lambda: self._hand("persona")).props("flat data-cover")
            ui.html(f'<label class="switch"><input type="checkbox" data-sound> {escape(words("table.sound"))}</label>',
                    sanitize=False)  # fmt: skip
            self._link_tables()

    def _hand(self, by: str) -> None:
        with refusals(self.words):
            self._mine()
            if self.room is not None:
                self.room.hand(self._seat, by, "player")
