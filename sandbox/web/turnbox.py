"""The turn of a person: acts as buttons, addressee, words, commitments; or the vote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Literal

from nicegui import ui

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.ballots import BALLOT, BINDING
from sandbox.game.game import Game
from sandbox.game.ledger import Item
from sandbox.game.view import SeatView
from sandbox.record.line import ALL
from sandbox.session.offers import motion_asked, motion_texts, open_matters, open_sections, open_tasks
from sandbox.session.turns import LONGEST_PERSON_LINE, LONGEST_TEXT
from sandbox.web.frame import box, div, heading, refusals, soft
from sandbox.web.panels import seat_text

__all__ = ["TurnBox"]

Send = Callable[[Mapping[str, Any]], None]
# What somebody types is kept by the browser until it is sent, so that a lost connection loses nothing.
_KEEP = "(value) => localStorage.setItem('draft:{seat}', JSON.stringify(['{place}', value]))"
_RECALL = (
    "(() => {{ const kept = JSON.parse(localStorage.getItem('draft:{seat}') || '[]'); "
    "return kept[0] === '{place}' ? kept[1] : ''; }})()"
)
_FORGET = "localStorage.removeItem('draft:{seat}')"


class TurnBox:
    """Asks the person in a seat for a turn.

    Args:
        game: the game.
        view: what the seat sees.
        words: the words of the session's language.
        place: the place to which the turn is bound.
        send: sends the turn; it raises an `InputError` when it is refused.
        skip: passes the floor on; None where a seat must speak.
    """

    def __init__(
        self, game: Game, view: SeatView, words: Words, place: str, send: Send, skip: Callable[[], None] | None
    ) -> None:
        self._game, self._view, self._words, self._place, self._send = game, view, words, place, send
        self._act: Act | Literal[""] = view.acts[0] if len(view.acts) == 1 else ""
        self._to: ui.select | None = None
        self._terms: dict[str, ui.select] = {}
        self._parts: dict[str, ui.select] = {}
        self._aside: ui.checkbox | None = None
        self._text: ui.textarea | None = None
        self._appends: ui.checkbox | None = None
        self._condition: ui.input | None = None
        with box(classes="yours").props(f'aria-label="{words("table.yours")}"') as self._box:
            if view.motion is not None:
                self._vote(view.motion)
            else:
                self._turn(skip)

    def _vote(self, motion: Item) -> None:
        words, colon = self._words, self._words("colon")
        heading(2, words("vote.title"))
        put = f"{motion.line} {self._game.name(motion.owner)}{colon}{motion.says}"
        ui.label(f"{words('vote.motion')}{colon}{put}").classes("prose")
        for text in motion_texts(self._game, motion):
            ui.label(text).classes("prose")
        self._says = self._words_input(words("vote.words"))
        with div("acts"):
            for act, key in zip(BALLOT, ("vote.yes", "vote.no"), strict=True):
                ui.button(words(key), on_click=partial(self._cast, act)).props(f'data-act="{act}"')

    def _cast(self, act: Act) -> None:
        own = self._game.seats[self._view.seat].vote
        default = (own.support if has(act, "votes_for") else own.object).get(self._game.spec.lang)
        self._act = act
        self._submit(str(self._says.value or "").strip() or default)

    def _turn(self, skip: Callable[[], None] | None) -> None:
        words, view, game = self._words, self._view, self._game
        heading(2, words("decide.title") if view.acts == BINDING else words("table.yours"))
        soft(words("table.line_of", turn=view.turn + 1, limit=view.limit))
        if view.why == "motion":
            ui.label(motion_asked(words, view)).classes("prose")
        for line in view.questions:
            asked = f"{line['id']} {game.name(line['seat'])}{words('colon')}{line['says']}"
            ui.label(f"{words('motion.questions')}{words('colon')}{asked}").classes("prose")
        with div("acts").props(f'role="group" aria-label="{words("turn.act")}"'):
            self._buttons = {
                act: ui.button(words.doing(act), on_click=partial(self._choose, act)).props(f'outline data-act="{act}"')
                for act in view.acts
            }
        others = {seat: seat_text(game, seat) for seat in view.present if seat != view.seat}
        self._to = ui.select({ALL: words("everyone"), **others}, value=ALL, label=words("turn.to"))
        if game.governance.rules.information.lines != "room":
            private = soft(words("turn.private"))
            private.bind_visibility_from(self._to, "value", lambda to: to != ALL)
        if game.governance.rules.information.asides and view.acts != BINDING:
            self._aside = ui.checkbox(words("turn.aside")).props("data-aside")
            self._aside.bind_visibility_from(self._to, "value", lambda to: to != ALL)
        self._says = self._words_input(words("turn.says"))
        self._more = div("stack")
        with div("pair"):
            ui.button(words("turn.send"), icon="send", on_click=self._send_words).props("data-send")
            if skip is not None:
                ui.button(words("turn.skip"), on_click=skip).props("flat")
            soft(words("turn.hint"))
        self._mark()

    def _words_input(self, label: str) -> ui.textarea:
        area = ui.textarea(label, validation={self._words("turn.long", most=LONGEST_PERSON_LINE): _short})
        area.props(f'outlined autogrow maxlength="{LONGEST_PERSON_LINE}" counter data-says').classes("w-full")
        area.on("update:model-value", js_handler=_KEEP.format(seat=self._view.seat, place=self._place))
        area.on("keydown.ctrl.enter", self._send_words)

        async def recall() -> None:
            kept = await ui.run_javascript(_RECALL.format(seat=self._view.seat, place=self._place), timeout=5.0)
            if isinstance(kept, str) and kept and not area.value:
                area.value = kept[:LONGEST_PERSON_LINE]

        ui.timer(0.1, recall, once=True)
        return area

    def _choose(self, act: Act) -> None:
        self._act = act
        self._mark()

    def _mark(self) -> None:
        for act, button in self._buttons.items():
            chosen = act == self._act
            button.props(f'aria-pressed="{str(chosen).lower()}"')
            button.props("unelevated", remove="outline") if chosen else button.props("outline", remove="unelevated")
        self._more.clear()
        self._terms, self._parts, self._text, self._appends, self._condition = {}, {}, None, None, None
        with self._more:
            self._commitments()

    def _commitments(self) -> None:
        words, game, lang = self._words, self._game, self._game.spec.lang
        if self._act and (has(self._act, "offers") or has(self._act, "counters")):
            with ui.expansion(words("turn.terms"), value=has(self._act, "binds")).classes("w-full"):
                for decision in game.scenario.decisions:
                    offered = {key: option.get(lang) for key, option in game.offered[decision.id].items()}
                    choices, label = {"": words("turn.no_term"), **offered}, decision.question.get(lang)
                    term = ui.select(choices, value="", label=label).props(f'data-term="{decision.id}"')
                    self._terms[decision.id] = term.classes("w-full")
                if not has(self._act, "binds"):
                    self._condition = ui.input(words("turn.condition")).props(
                        f'outlined maxlength="{LONGEST_TEXT}" data-condition'
                    )
                    self._condition.classes("w-full")
        sections = open_sections(game, self._view, self._act) if self._act else ()
        tasks = open_tasks(game, self._view, self._act) if self._act else ()
        open_parts = {
            "about": open_matters(game, self._view, self._act) if self._act else {},
            "section": {name: words.of("section", name) for name in sections},
            "task": {task.id: task.text.get(lang) for task in tasks},
        }
        for part, choices in open_parts.items():
            if choices:
                pick = ui.select({"": words("turn.none"), **choices}, value="", label=words(f"turn.{part}"))
                self._parts[part] = pick.classes("w-full")
        if sections:
            self._text = ui.textarea(words("turn.text")).props(
                f'outlined autogrow maxlength="{LONGEST_TEXT}" data-text'
            )
            self._appends = ui.checkbox(words("turn.appends"))
            for field in (self._text.classes("w-full"), self._appends):
                field.bind_visibility_from(self._parts["section"], "value", bool)

    def _send_words(self) -> None:
        self._submit(str(self._says.value or ""))

    def _submit(self, says: str) -> None:
        with refusals(self._words):
            if not self._act:
                raise InputError(self._words("turn.need_act"))
            if not says.strip():
                raise InputError(self._words("turn.need_words"))
            self._send(
                {
                    "act": self._act, "to": self._to.value if self._to else ALL, "says": says,
                    "terms": {key: term.value for key, term in self._terms.items() if term.value},
                    "section": "", "task": "", "about": "", **{part: pick.value for part, pick in self._parts.items()},
                    "text": self._text.value if self._text else "",
                    "condition": self._condition.value if self._condition else "",
                    "appends": bool(self._appends and self._appends.value),
                    "aside": bool(self._aside and self._aside.value and self._to and self._to.value != ALL),
                }
            )  # fmt: skip
            ui.run_javascript(_FORGET.format(seat=self._view.seat))
            ui.notify(self._words("turn.sent"), type="positive", position="top", timeout=1500)
            self._box.delete()  # at once, and not when the line comes: a second click would be told that all moved on


def _short(value: str | None) -> bool:
    return len(value or "") <= LONGEST_PERSON_LINE
