"""The turn of a person in a discussion: acts as buttons, addressee, words, and what the turn commits to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from nicegui import ui
from typing_extensions import override

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.ballots import BINDING
from sandbox.game.game import Game
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Line
from sandbox.session.offers import condition_note, open_matters, open_sections, open_tasks, replaceable
from sandbox.session.turns import LONGEST_TEXT
from sandbox.web.asking import Asking, Send
from sandbox.web.drafts import Draft
from sandbox.web.frame import Slot, div, refusals, soft
from sandbox.web.panels import seat_text
from sandbox.web.reasons import why_yours

__all__ = ["TurnBox"]

# Why a seat has the floor where more is wanted of it than the answer to a question.
_OTHERWISE = ("motion", "news", "reports", "confirms", "returns")


class TurnBox(Asking):
    """Asks the person in a seat for a line.

    Args:
        game: the game.
        view: what the seat sees.
        words: the words of the session's language.
        draft: keeps what is begun.
        send: sends the turn; it raises an `InputError` when it is refused.
        skip: passes the floor on, and raises an `InputError` when that is refused; None where a seat must speak.
    """

    def __init__(
        self, game: Game, view: SeatView, words: Words, draft: Draft, send: Send, skip: Callable[[], None] | None
    ) -> None:
        self._skip = skip
        self._terms: dict[str, ui.select] = {}
        self._parts: dict[str, ui.select] = {}
        self._text: ui.textarea | None = None
        self._appends: ui.checkbox | None = None
        self._aside: ui.checkbox | None = None
        self._condition: ui.textarea | None = None
        self._words_only = False
        title = words("decide.title") if view.acts == BINDING else words("table.yours")
        super().__init__(game, view, words, draft, send, title)

    @override
    def _ask(self) -> None:
        words, view, game = self._words, self._view, self._game
        put = self._question_put()
        self._act = view.acts[0] if len(view.acts) == 1 else self._answer if put else None
        ui.label(why_yours(game, view)).classes("prose").props("data-why")
        for line in view.questions[:-1]:
            asked = f"{line['id']} {game.name(line['seat'])}{words('colon')}{line['says']}"
            soft(f"{words('motion.questions')}{words('colon')}{asked}")
        soft(words("table.line_of", turn=view.turn + 1, limit=view.limit))
        with div("acts").props(f'role="group" aria-label="{words("turn.act")}"'):
            self._buttons = {
                act: ui.button(words.doing(act, reviews=view.stage.reviews), on_click=partial(self._choose, act)).props(
                    f'outline data-act="{act}"'
                )
                for act in view.acts
            }
        self._means = ui.label().classes("soft means").props('data-means aria-live="polite"')
        others = {seat: seat_text(game, seat) for seat in view.present if seat != view.seat}
        to = put["seat"] if put and put["seat"] in others else ALL
        self._to = ui.select({ALL: words("everyone"), **others}, value=to, label=words("turn.to"))
        self._to.props("data-to").classes("w-full")
        self._keep(self._to, "to")
        if game.governance.rules.information.lines != "room":
            private = soft(words("turn.private")).classes("only")
            private.bind_visibility_from(self._to, "value", lambda to: to != ALL)
        if game.governance.rules.information.asides and view.acts != BINDING:
            self._aside = ui.checkbox(words("turn.aside")).props("data-aside")
            self._aside.bind_visibility_from(self._to, "value", lambda to: to != ALL)
            self._keep(self._aside, "aside")
        self._words_input(words("turn.says"))
        self._says.on("keydown.ctrl.enter", self._try)
        self._says.on_value_change(lambda: self._settled("turn.need_words"))
        self._question = Slot()
        self._more = div("stack")
        self._refusal()
        with div("pair send"):
            ui.button(words("turn.send"), icon="send", on_click=self._try).props("data-send")
            if self._skip is not None:
                ui.button(words("turn.skip"), on_click=self._pass).props("flat")
            soft(words("turn.hint")).classes("keys")
        self._mark()

    @override
    def _restore(self, parts: Mapping[str, Any]) -> None:
        if parts.get("act") in self._view.acts:
            self._act = cast(Act, parts["act"])
            self._mark()
        _fill(self._to, parts.get("to"))
        self._says.value = str(parts.get("says", self._says.value or ""))
        for key, option in parts.get("terms", {}).items():
            _fill(self._terms.get(key), option)
        if self._chosen_terms:
            self._offers.value = True
        for part, pick in self._parts.items():
            _fill(pick, parts.get(part))
        fields: dict[str, ui.textarea | ui.checkbox | None] = {
            "text": self._text, "condition": self._condition, "appends": self._appends, "aside": self._aside,
        }  # fmt: skip
        for part, field in fields.items():
            if field is not None and part in parts:
                field.value = parts[part]

    @property
    def _answer(self) -> Act | None:
        """The act that answers a question, where it is open."""
        return next((act for act in self._view.acts if has(act, "answers")), None)

    def _question_put(self) -> Line | None:
        """Return the question that waits for the seat, where it may answer and has not the floor for something else."""
        view = self._view
        return view.questions[-1] if view.questions and self._answer and view.why not in _OTHERWISE else None

    def _settled(self, refusal: str) -> None:
        """Take away a refusal whose cause is gone."""
        if self._refused.text == self._words(refusal):
            self._refused.set_text("")

    def _keep(self, field: ui.select | ui.checkbox, part: str) -> None:
        field.on_value_change(lambda change: self._draft.keep(part, change.value))

    def _choose(self, act: Act) -> None:
        self._act = act
        self._draft.keep("act", act)
        self._refused.set_text("")
        self._mark()

    def _pass(self) -> None:
        if self._skip is not None:
            with refusals(self._words, self._refused):
                self._skip()

    def _mark(self) -> None:
        for act, button in self._buttons.items():
            chosen = act == self._act
            button.props(f'aria-pressed="{str(chosen).lower()}"')
            button.props("unelevated", remove="outline") if chosen else button.props("outline", remove="unelevated")
        self._means.set_text(self._meaning(self._act) if self._act else "")
        self._more.clear()
        self._question.show("", lambda: None)
        self._terms, self._parts, self._text, self._appends, self._condition = {}, {}, None, None, None
        self._words_only = False
        with self._more:
            self._commitments()

    def _meaning(self, act: Act) -> str:
        """Return in a line what an act does; in a stage that reviews, a report is confirmed or denied."""
        words, reviewed = self._words, f"review.means.{act}"
        return words(reviewed if self._view.stage.reviews and reviewed in words else f"pack.act.{act}")

    def _commitments(self) -> None:
        words, game, lang = self._words, self._game, self._game.spec.lang
        names = self._act and (has(self._act, "offers") or has(self._act, "counters"))
        if names and self._act and not self._view.stage.reviews:
            opened = has(self._act, "binds") or self._view.why == "motion"
            with ui.expansion(words("turn.terms"), value=opened).classes("w-full") as self._offers:
                for decision in game.scenario.decisions:
                    offered = {key: option.get(lang) for key, option in game.offered[decision.id].items()}
                    choices, label = {"": words("turn.no_term"), **offered}, decision.question.get(lang)
                    term = ui.select(choices, value="", label=label).props(f'data-term="{decision.id}"')
                    term.on_value_change(lambda: self._draft.keep("terms", self._chosen_terms))
                    self._terms[decision.id] = term.classes("w-full")
                if not has(self._act, "binds"):
                    question = words("turn.condition")
                    ui.label(question).classes("soft")  # longer than a field's own label may be
                    self._condition = ui.textarea().props(
                        f'outlined autogrow maxlength="{LONGEST_TEXT}" data-condition aria-label="{question}"'
                    )
                    self._draft.keep_typed(self._condition.classes("w-full"), "condition")
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
                self._parts[part] = pick.classes("w-full").props(f'data-part="{part}"')
                self._keep(pick, part)
        if self._condition and "about" in self._parts and self._act:
            self._conditions(self._act, self._parts["about"])
        if sections:
            above = soft(words("turn.text"))
            self._text = ui.textarea().props(
                f'outlined autogrow maxlength="{LONGEST_TEXT}" data-text aria-label="{words("turn.text")}"'
            )
            self._draft.keep_typed(self._text, "text")
            self._appends = ui.checkbox(words("turn.appends"))
            self._keep(self._appends, "appends")
            for field in (above, self._text.classes("w-full"), self._appends):
                field.bind_visibility_from(self._parts["section"], "value", bool)

    def _conditions(self, act: Act, about: ui.select) -> None:
        """Tell what the motion that is chosen hangs on, and offer what of it may be replaced or struck."""
        view, game, note = self._view, self._game, soft("").props("data-held")
        pick = ui.select({"": self._words("turn.none")}, value="", label=self._words("turn.replaces"))
        self._parts["replaces"] = pick.classes("w-full").props('data-part="replaces"')
        pick.set_visibility(False)
        self._keep(pick, "replaces")

        def tell() -> None:
            line = str(about.value or "")
            note.set_text(condition_note(game, view, act, line))
            choices = replaceable(game, view, act, line)
            pick.set_options({"": self._words("turn.none"), **choices}, value="")
            pick.set_visibility(bool(choices))

        about.on_value_change(tell)

    @property
    def _chosen_terms(self) -> dict[str, str]:
        return {key: str(term.value) for key, term in self._terms.items() if term.value}

    def _bare(self) -> bool:
        """Return whether a proposal or promise names no option, though the rules would let it, and drafts no plan."""
        drafts = self._parts.get("section")
        commits = self._act is not None and (has(self._act, "proposes") or has(self._act, "promises"))
        return commits and bool(self._terms) and not self._chosen_terms and not (drafts and drafts.value)

    def _try(self) -> None:
        """Send the line; a proposal or promise that names no option is asked once whether it should."""
        with refusals(self._words, self._refused):
            if self._act is None:
                raise InputError(self._words("turn.need_act"))
            if not self._said:
                raise InputError(self._words("turn.need_words"))
            if self._bare() and not self._words_only:
                self._offers.value = True
                self._question.show("terms", self._ask_terms)
                return
            self._say()

    def _ask_terms(self) -> None:
        words = self._words

        def only_words() -> None:
            self._words_only = True
            self._try()

        promises = self._act is not None and has(self._act, "promises")
        asks = "turn.ask_promise" if promises else "turn.ask_terms"
        with div("notice stack").props('data-ask-terms role="alert"'):
            ui.label(words(asks)).classes("strong")
            soft(words("turn.ask_promise_why" if promises else "turn.ask_terms_why"))
            ui.button(words("turn.only_words"), on_click=only_words).props("outline data-only-words")

    def _say(self) -> None:
        self._submit(
            to=self._to.value, terms=self._chosen_terms, text=self._text.value if self._text else "",
            condition=self._condition.value if self._condition else "",
            appends=bool(self._appends and self._appends.value),
            aside=bool(self._aside and self._aside.value and self._to.value != ALL),
            **{part: pick.value for part, pick in self._parts.items()},
        )  # fmt: skip


def _fill(field: ui.select | None, value: object) -> None:
    """Choose what was chosen before, where it is still among the choices."""
    if field is not None and value in field.options:
        field.value = value
