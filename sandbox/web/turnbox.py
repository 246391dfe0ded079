"""The turn of a person in a discussion: acts as buttons, addressee, words, and what the turn commits to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast, get_args

from nicegui import ui
from typing_extensions import override

from sandbox.content.acts import Trait, has
from sandbox.content.cards import Act
from sandbox.content.scenario_card import Point
from sandbox.content.words import Words
from sandbox.game.ballots import BINDING
from sandbox.game.game import Game
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Line, Outcome
from sandbox.session.offers import (
    condition_note,
    consulted_text,
    further_matters,
    open_matters,
    open_sections,
    open_tasks,
    overtaken_text,
    own_promises,
    promise_asked,
    replaceable,
    waits_for,
    wanted_text,
)  # fmt: skip
from sandbox.session.turns import LONGEST_TEXT
from sandbox.web.asking import Asking, Draft, Send
from sandbox.web.frame import PagePart, div, refusal_line, refusals, soft, text_area
from sandbox.web.panels import seat_text, term_fields
from sandbox.web.waiting import no_motion_text, why_yours

# Why a seat has the floor where more is wanted of it than the answer to a question.
_OTHERWISE = ("motion", "news", "reports", "confirms", "returns", "last_word")

_SUGGESTED = 3
# What a line may do that names no option only if its speaker means that.
_COMMITS: tuple[Trait, ...] = ("proposes", "promises")

_Part = ui.select | ui.textarea | ui.checkbox


class TurnBox(Asking):
    """Asks the person in a seat for a line.

    Without a way to pass the floor on the seat must speak.
    """

    def __init__(
        self, game: Game, view: SeatView, words: Words, draft: Draft, send: Send, skip: Callable[[], None] | None
    ) -> None:
        self._skip = skip
        self._ready = ""
        self._aside: ui.checkbox | None = None
        self._also: dict[str, ui.toggle] = {}
        title = words("decide.title") if view.acts == BINDING else words("table.yours")
        super().__init__(game, view, words, draft, send, title)

    @override
    def _ask(self) -> None:
        words, view, game = self._words, self._view, self._game
        put = self._question_put()
        self._act = view.acts[0] if len(view.acts) == 1 else self._answer if put else None
        self._about = PagePart()
        self.tell(view)
        with div("acts").props(f'role="group" aria-label="{words("turn.act")}"'):
            self._buttons: dict[Act, ui.button] = {}
            waits = {act: waits_for(game, words, view, act) for act in view.acts}
            for act in sorted(view.acts, key=lambda act: bool(waits[act])):
                button = ui.button(words.doing(act, reviews=view.stage.reviews), on_click=partial(self._choose, act))
                self._buttons[act] = button.props(f'outline data-act="{act}"')
                if waits[act]:
                    with button.classes("waiting"):
                        ui.label(waits[act]).classes("waits")
        self._means = ui.label().classes("soft means").props('data-means aria-live="polite"')
        others = {seat: seat_text(game, seat) for seat in view.present if seat != view.seat}
        to = put["seat"] if put and put["seat"] in others else ALL
        self._to = ui.select({ALL: words("everyone"), **others}, value=to, label=words("turn.to"))
        self._to.props("data-to").classes("w-full")
        self._keep(self._to, "to")
        self._to.on_value_change(self._charged)
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
        self._suggestions()
        self._question = PagePart()
        self._more = div("stack")
        self._refused = refusal_line()
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
        self._says.value = str(parts.get("says", self._says.value or ""))
        for key, option in parts.get("terms", {}).items():
            _fill(self._terms.get(key), option)
        if self._chosen_terms:
            self._offers.value = True
        self._tick(parts.get("also", {}))
        for part, field in {"to": self._to, "aside": self._aside, **self._parts}.items():
            _fill(field, parts.get(part))

    def tell(self, view: SeatView) -> None:
        """Tell what the turn is about, as the seat sees it by now; nothing that was typed or chosen is touched."""
        self._view = view
        texts = self._texts()
        self._about.show(texts, lambda: [ui.label(text).classes(look).props(name) for text, look, name in texts])

    def _texts(self) -> list[tuple[str, str, str]]:
        """Return what the turn is about, each text with its look and the name of its place."""
        words, view, game = self._words, self._view, self._game
        texts = [
            (why_yours(game, view), "prose", "data-why"), (overtaken_text(game, view), "prose", "data-overtaken"),
            (wanted_text(game, view), "prose", "data-wanted"),
            (consulted_text(game, view) if view.consulted else "", "prose", "data-consulted"),
        ]  # fmt: skip
        for line in view.questions[:-1]:
            asked = f"{line['id']} {game.name(line['seat'])}{words('colon')}{line['says']}"
            texts.append((f"{words('motion.questions')}{words('colon')}{asked}", "soft", ""))
        if view.last_word is None and view.acts != BINDING:
            texts.append((words("table.line_of", turn=view.turn + 1, limit=view.limit), "soft", ""))
            left = no_motion_text(game, words, view.stage, view.limit - view.turn, view.ledger)
            texts.append((left, "prose", "data-no-motion"))
        return [each for each in texts if each[0]]

    @property
    def _answer(self) -> Act | None:
        return next((act for act in self._view.acts if has(act, "answers")), None)

    def _question_put(self) -> Line | None:
        """Return the question that waits for the seat, where it may answer and has not the floor for something else."""
        view = self._view
        return view.questions[-1] if view.questions and self._answer and view.why not in _OTHERWISE else None

    def _settled(self, refusal: str) -> None:
        if self._refused.text == self._words(refusal):
            self._refused.set_text("")

    def _keep(self, field: ui.select | ui.checkbox, part: str) -> None:
        field.on_value_change(lambda change: self._draft.keep(part, change.value))

    def _choose(self, act: Act) -> None:
        self._act = act
        self._draft.keep("act", act)
        self._refused.set_text("")
        if has(act, "proposes"):  # a motion is put to the table, whoever asked
            self._to.value = ALL
        self._mark()

    def _pass(self) -> None:
        with refusals(self._words, self._refused):
            if self._skip is not None:
                self._skip()

    def _suggestions(self) -> None:
        """Add what the card would raise now, for whoever does not know what to say; a tap takes it over."""
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
        self._says.value = point.says.get(self._game.spec.lang)
        if point.to and point.to in self._to.options:
            self._to.value = point.to
        for key, option in point.terms.items():
            _fill(self._terms.get(key), option)
        _fill(self._parts.get("task"), point.task or "")

    def _mark(self) -> None:
        for act, button in self._buttons.items():
            chosen = act == self._act
            button.props(f'aria-pressed="{str(chosen).lower()}"')
            button.props("unelevated", remove="outline") if chosen else button.props("outline", remove="unelevated")
        reviewed = f"review.means.{self._act}"  # in a stage that reviews, a report is confirmed or denied
        means = reviewed if self._view.stage.reviews and reviewed in self._words else f"pack.act.{self._act}"
        self._means.set_text(self._words(means) if self._act else "")
        self._more.clear()
        self._question.show("", lambda: None)
        self._terms: dict[str, ui.select] = {}
        self._parts: dict[str, _Part] = {}
        self._words_only = False
        ticked, self._also = self._ticked, {}
        if self._act:
            with self._more:
                self._commitments(self._act)
        self._tick(ticked)

    def _commitments(self, act: Act) -> None:
        words, game, view = self._words, self._game, self._view
        if game.names_options(view.seat, act) and not view.stage.reviews:
            opened = has(act, "binds") or has(act, "proposes") or view.why == "motion"
            way = next((f"turn.terms.{way}" for way in ("binds", *_COMMITS) if has(act, way)), "turn.terms")
            asks = words(way, count=len(game.scenario.decisions))
            with ui.expansion(asks, value=opened).classes("w-full").props("data-terms") as self._offers:
                self._terms = term_fields(game, words, {})
                for term in self._terms.values():
                    term.on_value_change(self._term_chosen)
                asks = words("turn.condition.binds" if has(act, "binds") else "turn.condition")
                soft(asks)  # longer than a field's own label may be
                typed = text_area(None, LONGEST_TEXT).props("data-condition")
                typed.props["aria-label"] = asks
                self._typed(typed, "condition")
        sections = {name: words.of("section", name) for name in open_sections(game, view, act)}
        tasks = {task.id: task.text.get(game.spec.lang) for task in open_tasks(game, view, act)}
        reports, asks = has(act, "reports"), "about.binds" if has(act, "binds") else "about"
        about = self._pick("about", open_matters(game, view, act), "reports" if reports else asks, first=reports)
        if view.stage.reviews and about is not None:
            self._further(act, about)
        section = self._pick("section", sections)
        if task := self._pick("task", tasks):
            task.on_value_change(self._charged)
        if also := promise_asked(game, view, act):
            soft(also)
            promises = text_area(None, LONGEST_TEXT).props("data-promises")
            promises.props["aria-label"] = also
            self._typed(promises, "promises")
        self._pick("withdraws", own_promises(view))
        if "condition" in self._parts and about is not None:
            self._conditions(act, about)
        if section is not None:
            above, text = soft(words("turn.text")), text_area(None, LONGEST_TEXT).props("data-text")
            text.props["aria-label"] = words("turn.text")
            self._typed(text, "text")
            appends = self._parts["appends"] = ui.checkbox(words("turn.appends"))
            self._keep(appends, "appends")
            for field in (above, text, appends):
                field.bind_visibility_from(section, "value", bool)

    def _typed(self, field: ui.textarea, part: str) -> None:
        self._parts[part] = field
        self._draft.keep_typed(field, part)

    def _pick(
        self, part: str, choices: Mapping[str, str], asks: str = "", *, always: bool = False, first: bool = False
    ) -> ui.select | None:
        """Add the choice of a part of the turn: of none or any, or, with ``first``, of the first or another.

        There is none where there is nothing to choose, unless there may be later.
        """
        if not choices and not always:
            return None
        label = self._words(f"turn.{asks or part}")
        none = {} if first else {"": self._words("turn.none")}
        pick = ui.select({**none, **choices}, value=next(iter(choices)) if first else "", label=label).classes("w-full")
        self._parts[part] = pick.props(f'data-part="{part}"')
        self._keep(pick, part)
        return pick

    def _further(self, act: Act, about: ui.select) -> None:
        """Add of which further matters the line says what became of them; the one that it is about is none of them."""
        words, game, view = self._words, self._game, self._view
        matters = open_matters(game, view, act)
        if len(matters) < 2:
            return
        heads, rows = soft(words("turn.also")), dict[str, ui.element]()
        for line, text in matters.items():
            with div("stack") as rows[line]:
                ui.label(text).classes("prose")
                ways = {outcome: words(f"turn.{outcome}") for outcome in get_args(Outcome)}
                tick = self._also[line] = ui.toggle(ways, clearable=True)
                tick.props(f'data-also="{line}" role="group"').props["aria-label"] = text
                tick.on_value_change(lambda: self._draft.keep("also", self._ticked))

        def show() -> None:
            further = further_matters(game, view, act, str(about.value or ""))
            heads.set_visibility(bool(further))
            for line, row in rows.items():
                row.set_visibility(line in further)
                if line not in further:
                    self._also[line].value = None

        about.on_value_change(show)
        show()

    @property
    def _ticked(self) -> dict[str, str]:
        return {line: str(tick.value) for line, tick in self._also.items() if tick.value}

    def _tick(self, also: Mapping[str, str]) -> None:
        for line, outcome in also.items():
            _fill(self._also.get(line), outcome)

    def _conditions(self, act: Act, about: ui.select) -> None:
        """Tell what the motion that is chosen hangs on, and offer what of it may be replaced or struck."""
        view, game, note = self._view, self._game, soft("").props("data-held")
        pick = self._pick("replaces", {}, always=True)
        assert pick is not None
        pick.set_visibility(False)

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

    def _term_chosen(self) -> None:
        self._draft.keep("terms", self._chosen_terms)
        if self._chosen_terms:
            self._question.show("", lambda: None)

    def _charged(self) -> None:
        if not self._nobody_charged():
            self._question.show("", lambda: None)

    def _nobody_charged(self) -> bool:
        task = self._parts.get("task")
        if task is None or self._act is None or not has(self._act, "hands_down"):
            return False
        return not task.value or self._to.value == ALL

    def _bare(self) -> bool:
        drafts = self._parts.get("section")
        commits = self._act is not None and any(has(self._act, way) for way in ("binds", *_COMMITS))
        commits = commits and self._said != self._ready
        return commits and bool(self._terms) and not self._chosen_terms and not (drafts and drafts.value)

    def _try(self) -> None:
        """Send the line; what names no option, or no task and nobody to do it, is asked once whether it should."""
        with refusals(self._words, self._refused):
            if self._act is None:
                raise self._words.refusal("turn.need_act")
            if not self._said:
                raise self._words.refusal("turn.need_words")
            if self._bare() and not self._words_only:
                self._offers.value = True
                asks = "promise" if has(self._act, "promises") else "terms"
                way = ("decide", "only_words_decide") if has(self._act, "binds") else (asks, "only_words")
                self._question.show("terms", lambda: self._ask_once(*way))
                return
            if (called := self._called_on()) and not self._words_only:
                self._question.show(called, lambda: self._ask_whom(called))
                return
            if self._nobody_charged() and not self._words_only:
                self._question.show("task", lambda: self._ask_once("task", "only_words_task"))
                return
            aside = bool(self._aside and self._aside.value and self._to.value != ALL)
            parts = {part: field.value for part, field in self._parts.items()}
            self._submit(to=self._to.value, terms=self._chosen_terms, also=self._ticked, aside=aside, **parts)

    def _ask_once(self, asks: str, leaves: str) -> None:
        """Add a question before the line is sent, and the button that sends it all the same."""
        words = self._words

        def only_words() -> None:
            self._words_only = True
            self._try()

        name = "task" if asks == "task" else "terms"
        with div("notice stack").props(f'data-ask-{name} role="alert"'):
            ui.label(words(f"turn.ask_{asks}")).classes("strong")
            soft(words(f"turn.ask_{asks}_why"))
            with div("pair"):
                if asks != "task":
                    ui.button(words("turn.choose"), on_click=self._back).props("data-choose")
                ui.button(words(f"turn.{leaves}"), on_click=only_words).props("outline data-only-words")

    def _back(self) -> None:
        """Lead back to the options."""
        self._question.show("", lambda: None)
        self._offers.value = True

    def _called_on(self) -> str:
        """Return whom the words of a line to everybody call by name, or, in a question, name; or empty."""
        view, names = self._view, self._game.names
        if self._act is None or self._to.value != ALL or has(self._act, "proposes") or view.acts == BINDING:
            return ""
        others = [seat for seat in view.present if seat != view.seat]
        if called := names.last_called(self._said, others.__contains__):
            return called
        named = [seat for seat in others if names.means(self._said, seat)] if has(self._act, "asks") else []
        return named[0] if len(named) == 1 else ""

    def _ask_whom(self, seat: str) -> None:
        """Ask whether a line to everybody is to whom its words name; either answer sends it."""
        words, name = self._words, self._game.name(seat)

        def send(to: str) -> None:
            self._to.value, self._words_only = to, True
            self._try()

        with div("notice stack").props('data-ask-whom role="alert"'):
            ui.label(words("turn.ask_whom", name=name)).classes("strong")
            with div("pair"):
                ui.button(words("turn.to_name", name=name), on_click=lambda: send(seat)).props("data-to-name")
                ui.button(words("turn.to_all"), on_click=lambda: send(ALL)).props("outline data-only-words")


def _fill(field: _Part | ui.toggle | None, value: Any) -> None:
    """Fill in what was typed or chosen before, where it is still among the choices."""
    known = value in field.options if isinstance(field, ui.select | ui.toggle) else value is not None
    if field is not None and known:
        field.value = value
