"""The turn of a person in a discussion: acts as buttons, addressee, words, and commitments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

from nicegui import ui
from typing_extensions import override

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.seat_card import Point
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.motions.vote_floor import BINDING
from sandbox.game.view import SeatView
from sandbox.record.line import ALL
from sandbox.report.role_card import act_means
from sandbox.session.offers import open_sections, waits_for
from sandbox.web.frame import PagePart, div, refusal_line, refusals, soft
from sandbox.web.panels import seat_text
from sandbox.web.seat.asking import Asking, Draft, Send
from sandbox.web.seat.commitments import Commitments, fill, motion_text
from sandbox.web.seat.turn_about import Notice, draw_heard, draw_notices, more_to_know, notices
from sandbox.web.tables.waiting import line_put

_SUGGESTED = 3


class TurnBox(Asking):
    """Asks the person in a seat for a line.

    Without a way to pass the floor on the seat must speak. What came from outside since the last line is told as it
    stands now, and again whenever that has changed.
    """

    def __init__(
        self, game: Game, view: SeatView, words: Words, draft: Draft, send: Send, skip: Callable[[], None] | None,
        since: Sequence[Notice],
    ) -> None:  # fmt: skip
        self._skip, self._since = skip, since
        self._ready = ""
        self._aside: ui.checkbox | None = None
        self._commits: Commitments | None = None
        title = words("decide.title") if view.acts == BINDING else words("table.yours")
        super().__init__(game, view, words, draft, send, title)
        self._box.classes("turn")

    @override
    def _ask(self) -> None:
        words, view, game = self._words, self._view, self._game
        asks = line_put(view)
        put = asks if self._answer and asks in view.questions else None
        self._act = view.acts[0] if len(view.acts) == 1 else self._answer if put else None
        draw_heard(game, view, words)
        self._about = PagePart()
        self._draw_acts()
        drafts = [act for act in view.acts if open_sections(game, view, act)]
        if drafts:
            rewrite = ui.button(words("turn.drafts"), icon="edit_note", on_click=partial(self._choose, drafts[0]))
            rewrite.props("flat dense no-caps data-drafts")
        self._means = ui.label().classes("soft means").props('data-means aria-live="polite"')
        others = {seat: seat_text(game, seat, words) for seat in view.present if seat != view.seat}
        to = put["seat"] if put and put["seat"] in others else ALL
        self._to = ui.select({ALL: words("everyone"), **others}, value=to, label=words("turn.to"))
        self._to.props("data-to").classes("w-full")
        self._to.on_value_change(lambda change: self._draft.keep("to", change.value))
        self._to.on_value_change(self._charged)
        self._matter = div("stack matter")
        if game.governance.rules.information.lines != "room":
            private = soft(words("turn.private")).classes("only")
            private.bind_visibility_from(self._to, "value", lambda to: to != ALL)
        if game.governance.rules.information.asides and view.acts != BINDING:
            aside = self._aside = ui.checkbox(words("turn.aside")).props("data-aside")
            aside.bind_visibility_from(self._to, "value", lambda to: to != ALL)
            aside.on_value_change(lambda change: self._draft.keep("aside", change.value))
        self._came = PagePart()
        self.tell(view, self._since)
        self._words_input(words("turn.says"))
        self._says.on("keydown.ctrl.enter", self._try)
        self._says.on_value_change(lambda: self._settled("turn.need_words"))
        self._suggestions()
        self._question = PagePart()
        self._more = div("stack")
        with div("pair send"):
            self._refused = refusal_line()  # where the button is: on a phone it lies over what stands before it
            sends = "decide.send" if view.acts == BINDING else "turn.send"
            ui.button(words(sends), icon="send", on_click=self._try).props("data-send")
            if self._skip is not None:
                ui.button(words("turn.skip"), on_click=self._pass).props("flat")
            soft(words("turn.hint")).classes("keys")
        self._mark()

    def _draw_acts(self) -> None:
        """Add the acts in fixed order; on a phone, after a choice, only the chosen one and a button for the others."""
        words, view = self._words, self._view
        self._acts = div("acts grid").props(f'role="group" aria-label="{words("turn.act")}"')
        self._buttons: dict[Act, ui.button] = {}
        with self._acts:
            for act in view.acts:
                button = ui.button(words.doing(act, reviews=view.stage.reviews), on_click=partial(self._choose, act))
                self._buttons[act] = button.props(f'outline data-act="{act}"')
                if waits := waits_for(self._game, words, view, act):
                    with button.classes("waiting"):
                        ui.label(waits).classes("waits")
            if len(view.acts) > 1:
                change = ui.button(words("turn.change"), on_click=lambda: self._choose(None)).classes("change")
                change.props("flat data-change-act")

    @override
    def _restore(self, parts: Mapping[str, Any]) -> None:
        if parts.get("act") in self._view.acts:
            self._act = cast(Act, parts["act"])
            self._mark()
        self._says.value = str(parts.get("says", self._says.value or ""))
        if self._commits is not None:
            self._commits.restore(parts)
        for part, field in {"to": self._to, "aside": self._aside}.items():
            fill(field, parts.get(part))

    def tell(self, view: SeatView, since: Sequence[Notice]) -> None:
        """Update the texts on the turn by the seat's present view, without touching what was typed or chosen."""
        self._view = view
        texts = more_to_know(self._game, view, self._words)
        self._about.show(texts, lambda: [ui.label(text).classes(look).props(name) for text, look, name in texts])
        came = notices(view, since, self._words)
        self._came.show(came, lambda: draw_notices(came))

    @property
    def _answer(self) -> Act | None:
        return next((act for act in self._view.acts if has(act, "answers")), None)

    def _settled(self, refusal: str) -> None:
        if self._refused.text == self._words(refusal):
            self._refused.set_text("")

    def _choose(self, act: Act | None) -> None:
        self._act = act
        self._draft.keep("act", act or "")
        self._draft.hold(None)
        self._refused.set_text("")
        if act and has(act, "proposes"):  # a motion is put to the table, whoever asked
            self._to.value = ALL
        self._mark()

    def _pass(self) -> None:
        with refusals(self._words, self._refused):
            if self._skip is not None:
                self._skip()

    def _suggestions(self) -> None:
        raised = [point for point in self._view.points if point.act in self._view.acts][:_SUGGESTED]
        if not raised:
            return
        lang = self._game.spec.lang
        with ui.expansion(self._words("turn.suggest")).classes("w-full").props("data-suggest"):
            for point in raised:
                label = f"{self._words.of('may', point.act)}{self._words('colon')}{point.says.get(lang)}"
                button = ui.button(label, on_click=partial(self._take_over, point)).classes("w-full wrap")
                button.props(f'flat no-caps align=left data-suggested="{point.id}"')

    def _take_over(self, point: Point) -> None:
        self._choose(point.act)
        self._ready = point.says.get(self._game.spec.lang)
        self._says.value = self._ready
        if point.to and point.to in self._to.options:
            self._to.value = point.to
        if self._commits is not None:
            self._commits.restore({"terms": dict(point.terms), "task": point.task or ""})

    def _mark(self) -> None:
        for act, button in self._buttons.items():
            chosen = act == self._act
            button.props(f'aria-pressed="{str(chosen).lower()}"')
            button.props("unelevated", remove="outline") if chosen else button.props("outline", remove="unelevated")
        self._acts.classes("folded" if self._act else "", remove="" if self._act else "folded")
        reviewed = f"review.means.{self._act}"  # in a stage that reviews, a report is confirmed or denied
        means = ""
        if self._act:
            told = self._view.stage.reviews and reviewed in self._words
            means = self._words(reviewed) if told else act_means(self._game, self._words, self._act)
        self._means.set_text(means)
        self._more.clear()
        self._matter.clear()
        self._question.show("", lambda: None)
        self._words_only = False
        before, self._commits = self._commits, None
        if self._act:
            with self._more:
                self._commits = Commitments(
                    self._game, self._view, self._words, self._draft, self._act, self._charged, self._matter
                )
                if before is not None:
                    self._commits.restore({part: before.chosen(part) for part in ("also", "takes_on")})

    def _charged(self) -> None:
        if (
            self._commits is None
            or self._commits.chosen("terms")
            or not self._commits.charges_nobody(str(self._to.value))
        ):
            self._question.show("", lambda: None)

    def _try(self) -> None:
        """Send the line; if options, or a task and who does it, are missing, ask once first."""
        with refusals(self._words, self._refused):
            if self._act is None:
                raise self._words.refusal("turn.need_act")
            if not self._said:
                raise self._words.refusal("turn.need_words")
            commits = self._commits
            assert commits is not None
            aside = bool(self._aside and self._aside.value and self._to.value != ALL)
            turn = {"to": self._to.value, "aside": aside, **commits.parts}
            self._draft.hold(self._whole(**turn))
            if commits.bare and self._said != self._ready and not self._words_only:
                commits.unfold()
                asks = "promise" if has(self._act, "promises") else "terms"
                way = ("decide", "only_words_decide") if has(self._act, "binds") else (asks, "only_words")
                self._question.show("terms", lambda: self._ask_once(*way))
                return
            if (motions := commits.unnamed) and not self._words_only:
                self._question.show(motions, lambda: self._ask_which(motions))
                return
            if (called := self._called_on()) and not self._words_only:
                self._question.show(called, lambda: self._ask_whom(called))
                return
            if commits.charges_nobody(str(self._to.value)) and not self._words_only:
                self._question.show("task", lambda: self._ask_once("task", "only_words_task"))
                return
            self._submit(**turn)

    def _ask_once(self, asks: str, leaves: str) -> None:
        words = self._words

        def only_words() -> None:
            self._words_only = True
            self._try()

        name = "task" if asks == "task" else "terms"
        with div("notice stack").props(f'data-ask-{name} role="alert"'):
            ui.label(words(f"turn.ask_{asks}")).classes("strong")
            consents = words("gap").join(self._game.scenario.alone(self._view.seat, words)) if asks == "promise" else ""
            soft(words("turn.ask_promise_consent", questions=consents) if consents else words(f"turn.ask_{asks}_why"))
            with div("pair"):
                if asks != "task":
                    ui.button(words("turn.choose"), on_click=self._back).props("data-choose")
                ui.button(words(f"turn.{leaves}"), on_click=only_words).props("outline data-only-words")

    def _back(self) -> None:
        self._question.show("", lambda: None)
        if self._commits is not None:
            self._commits.unfold()

    def _ask_which(self, motions: Mapping[str, str]) -> None:
        words = self._words

        def send(line: str) -> None:
            self._words_only = True
            if line and self._commits is not None:
                self._commits.mean(line)
            self._try()

        with div("notice stack").props('data-ask-which role="alert"'):
            ui.label(words("turn.ask_which", act=words.doing(self._act) if self._act else "")).classes("strong")
            for line, text in motions.items():
                options = motion_text(self._game, self._view, line)
                button = ui.button(on_click=partial(send, line)).classes("w-full wrap")
                button.props("flat no-caps align=left").props["data-motion-meant"] = line
                with button, div("stack"):
                    ui.label(text)
                    soft(options).classes("prose")
            ui.button(words("turn.none_of_them"), on_click=lambda: send("")).props("outline data-only-words")

    def _called_on(self) -> str:
        """Return the seat that a line to everybody addresses by name or, in a question, names; or empty."""
        view, names = self._view, self._game.names
        if self._act is None or self._to.value != ALL or has(self._act, "proposes") or view.acts == BINDING:
            return ""
        others = [seat for seat in view.present if seat != view.seat]
        if called := names.last_called(self._said, others.__contains__):
            return called
        named = [seat for seat in others if names.means(self._said, seat)] if has(self._act, "asks") else []
        return named[0] if len(named) == 1 else ""

    def _ask_whom(self, seat: str) -> None:
        """Ask whether a line to everybody is for the seat that it names; either answer sends it."""
        words, name = self._words, self._game.name(seat)

        def send(to: str) -> None:
            self._to.value, self._words_only = to, True
            self._try()

        with div("notice stack").props('data-ask-whom role="alert"'):
            ui.label(words("turn.ask_whom", name=name)).classes("strong")
            with div("pair"):
                ui.button(words("turn.to_name", name=name), on_click=lambda: send(seat)).props("data-to-name")
                ui.button(words("turn.to_all"), on_click=lambda: send(ALL)).props("outline data-only-words")
