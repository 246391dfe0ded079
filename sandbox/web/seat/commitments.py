"""The fields of a line's commitments: options, a condition, a promise, a task, part of a plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

from nicegui import ui

from sandbox.content.acts import Trait, has
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.options import briefly
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Answer, Outcome
from sandbox.session.offers import (
    askable,
    asked_conditions,
    condition_note,
    further_matters,
    gainers,
    open_matters,
    open_sections,
    open_tasks,
    own_promises,
    promise_asked,
    promise_holds,
    replaceable,
)
from sandbox.session.turns import LONGEST_TEXT
from sandbox.web.frame import div, soft, text_area
from sandbox.web.panels import term_fields
from sandbox.web.seat.asking import Draft

# What a line may do that names no option only if its speaker means that.
_COMMITS: tuple[Trait, ...] = ("proposes", "promises")

_Part = ui.select | ui.textarea | ui.checkbox
_Choice = ui.select | ui.toggle


class Commitments:
    """The fields of an act, drawn in the element where this is made.

    Args:
        draft: keeps the choices.
        settled: called when something is chosen that a question before sending may be about.
        about: the element for the choice of what the line is about.
    """

    def __init__(
        self, game: Game, view: SeatView, words: Words, draft: Draft, act: Act, settled: Callable[[], None],
        about: ui.element,
    ) -> None:  # fmt: skip
        self._game, self._view, self._words, self._draft, self._act = game, view, words, draft, act
        self._settled, self._about = settled, about
        self._terms, self._parts = dict[str, _Choice](), dict[str, _Part]()
        self._choices: dict[str, dict[str, _Choice]] = {"terms": self._terms, "also": {}, "takes_on": {}}
        self._asked: dict[str, ui.checkbox] = {}
        self._fold: ui.expansion | None = None
        self._draw()

    # What is chosen

    def chosen(self, part: str) -> dict[str, str]:
        """Return the choices of a part: ``terms`` by question, outcomes (``also``), or answers to conditions."""
        return {key: str(field.value) for key, field in self._choices[part].items() if field.value}

    @property
    def parts(self) -> dict[str, Any]:
        """All choices and texts."""
        asked = {"asked_of": self._asked_of} if self._asked else {}
        return (
            asked
            | {part: self.chosen(part) for part in self._choices}
            | {part: field.value for part, field in self._parts.items()}
        )

    @property
    def _asked_of(self) -> list[str]:
        """The seats that the condition asks to do or pay something."""
        return [seat for seat, tick in self._asked.items() if tick.value]

    @property
    def bare(self) -> bool:
        """Whether the act commits, but neither an option nor an answer to a condition is chosen."""
        drafts, answers = self._parts.get("section"), has(self._act, "promises") and self.chosen("takes_on")
        commits = any(has(self._act, way) for way in ("binds", *_COMMITS))
        return (
            commits and bool(self._terms) and not self.chosen("terms") and not answers and not (drafts and drafts.value)
        )

    @property
    def unnamed(self) -> dict[str, str]:
        """The motions, by line, that a support or objection without a named one may mean."""
        about = self._parts.get("about")
        if about is None or about.value:
            return {}
        matters = open_matters(self._game, self._view, self._act)
        others = _motions_of_others(self._view, self._act, matters)
        return {line: matters[line] for line in others} if len(others) > 1 else {}

    def mean(self, line: str) -> None:
        """Set the motion that the line is about."""
        fill(self._parts.get("about"), line)

    def charges_nobody(self, to: str) -> bool:
        """Return whether a line that hands a task down, to a seat or to all, names no task or nobody to do it."""
        task = self._parts.get("task")
        return task is not None and has(self._act, "hands_down") and (not task.value or to == ALL)

    def unfold(self) -> None:
        """Show the options."""
        if self._fold is not None:
            self._fold.value = True

    def restore(self, parts: Mapping[str, Any]) -> None:
        """Fill in the parts of a draft that are still possible."""
        for name, choices in self._choices.items():
            for key, option in parts.get(name, {}).items():
                fill(choices.get(key), option)
        if self.chosen("terms"):
            self.unfold()
        for part, field in self._parts.items():
            fill(field, parts.get(part))
        for seat in parts.get("asked_of", ()):
            fill(self._asked.get(seat), True)

    # The fields

    def _draw(self) -> None:
        words, game, view, act = self._words, self._game, self._view, self._act
        if holds := promise_holds(game, view, act):
            ui.label(holds).classes("prose").props("data-holds")
        takes = view.last_word is None or has(act, "offers")
        if takes and game.names_options(view.seat, act) and not view.stage.reviews:
            opened = has(act, "binds") or has(act, "proposes") or view.why == "motion"
            self._draw_terms(act, opened)
        rest = self._fold if self._fold is not None and not opened else div("stack")
        sections = {name: words.of("section", name) for name in open_sections(game, view, act)}
        tasks = {task.id: task.text.get(game.spec.lang) for task in open_tasks(game, view, act)}
        reports, asks = has(act, "reports"), "about.binds" if has(act, "binds") else "about"
        with self._about:
            matters = open_matters(game, view, act)
            likely = "" if reports else likely_matter(view, act, matters)
            about = self._pick("about", matters, "reports" if reports else asks, first=reports, value=likely)
            if about is not None:
                self._stands(about)
        if view.stage.reviews and about is not None:
            self._further(about)
        self._ask_of_it()
        with self._about:  # over the words: a plan is what the stage is for
            self._pick_section(sections)
        if task := self._pick("task", tasks):
            task.on_value_change(self._settled)
        with rest:
            if also := promise_asked(game, view, act):
                soft(also)
                promises = text_area(None, LONGEST_TEXT).props("data-promises")
                promises.props["aria-label"] = also
                self._typed(promises, "promises")
                self._pick("promised_to", gainers(game, view))
            self._pick("withdraws", own_promises(view))
            if about is not None and ("condition" in self._parts or (view.last_word and view.last_word.unmet)):
                self._conditions(about)
        if self._terms and not has(act, "promises"):
            self._settles = ui.label().classes("prose").props('data-settles role="status"')
            self._tell_settled()

    def _draw_terms(self, act: Act, opened: bool) -> None:
        words, game = self._words, self._game
        way = next((f"turn.terms.{way}" for way in ("binds", *_COMMITS) if has(act, way)), "turn.terms")
        asks = words(way, count=len(game.scenario.decisions))
        title = asks if opened or has(act, "promises") else words("turn.add")
        with ui.expansion(title, value=opened).classes("w-full").props("data-terms") as self._fold:
            again = self._again()
            self._terms.update(term_fields(game, words, {}))
            for term in self._terms.values():
                term.on_value_change(self._term_chosen)
            if self._view.last_word is None:
                asks = words("turn.condition.binds" if has(act, "binds") else "turn.condition")
                soft(asks)  # longer than a field's own label may be
                typed = text_area(None, LONGEST_TEXT).props("data-condition")
                typed.props["aria-label"] = asks
                self._typed(typed, "condition")
                self._ask_whom(typed)
            if again is not None:
                again.on_value_change(lambda change: self._move_again(str(change.value or "")))

    def _ask_whom(self, condition: ui.textarea) -> None:
        """Ask, once a condition is typed, which of those present must do or pay something by it."""
        asks = self._words("turn.asked_of")
        with div("stack").props('role="group" data-asked-of') as group:
            group.props["aria-label"] = asks
            soft(asks)
            for seat, name in askable(self._game, self._view).items():
                tick = self._asked[seat] = ui.checkbox(name).props(f'data-asks="{seat}"')
                tick.on_value_change(lambda: self._draft.keep("asked_of", self._asked_of))
        group.bind_visibility_from(condition, "value", lambda typed: bool((typed or "").strip()))

    def _pick_section(self, sections: Mapping[str, str]) -> None:
        words, section = self._words, self._pick("section", sections)
        if section is not None:
            now = soft(words("turn.section_why")).props("data-section-now")
            own = next((plan.sections for plan in self._view.plans if plan.seat == self._view.seat), {})
            told = {name: words("turn.section_now", says=says) for name, says in own.items()}
            section.on_value_change(lambda change: now.set_text(told.get(change.value) or words("turn.section_why")))
            above, text = soft(words("turn.text")), text_area(None, LONGEST_TEXT).props("data-text")
            text.props["aria-label"] = words("turn.text")
            self._typed(text, "text")
            appends = self._parts["appends"] = ui.checkbox(words("turn.appends"))
            appends.on_value_change(lambda change: self._draft.keep("appends", change.value))
            for field in (above, text, appends):
                field.bind_visibility_from(section, "value", bool)

    def _again(self) -> ui.select | None:
        motions = earlier_motions(self._view) if has(self._act, "proposes") else {}
        if not motions:
            return None
        words, game = self._words, self._game
        texts = {}
        for line, item in motions.items():
            told = game.words("semi").join(briefly(game, item.terms).values())
            texts[line] = f"{line} {game.name(item.owner)}{words('colon')}{told}"
        pick = ui.select({"": words("turn.none"), **texts}, value="", label=words("turn.again"))
        return pick.classes("w-full wraps").props("data-again")

    def _move_again(self, line: str) -> None:
        if (item := earlier_motions(self._view).get(line)) is not None:
            for key, term in self._terms.items():
                fill(term, item.terms.get(key, ""))
            fill(self._parts["condition"], item.condition)
            self._draft.keep("condition", item.condition)

    def _typed(self, field: ui.textarea, part: str) -> None:
        self._parts[part] = field
        self._draft.keep_typed(field, part)

    def _pick(
        self, part: str, choices: Mapping[str, str], asks: str = "", *, always: bool = False, first: bool = False,
        value: str = "",
    ) -> ui.select | None:  # fmt: skip
        """Add the choice of a part of the turn: any or none or, with ``first``, the first by default.

        Without choices nothing is added, unless there may be some later.
        """
        if not choices and not always:
            return None
        key, words = f"turn.{asks or part}", self._words
        label = words(key)
        none = {} if first else {"": words("turn.none")}
        chosen = next(iter(choices)) if first else value
        pick = ui.select({**none, **choices}, value=chosen, label=label).classes("w-full wraps")
        if f"{key}.hint" in words:
            pick.props["hint"] = words(f"{key}.hint")
        self._parts[part] = pick.props(f'data-part="{part}"')
        pick.on_value_change(lambda change: self._draft.keep(part, change.value))
        return pick

    def _tell_settled(self) -> None:
        """Show above the send button which questions the line would settle, and which it leaves open."""
        words, chosen = self._words, self.chosen("terms")
        options = [str(field.options[field.value]) for field in self._terms.values() if field.value]
        questions = self._game.scenario.decisions
        left = [each.question.get(self._game.spec.lang) for each in questions if each.id not in chosen]
        binds = has(self._act, "proposes") or has(self._act, "binds")
        key = "all" if not left else "some" if chosen else "none" if binds else ""
        numbers = {"count": len(chosen), "of": len(questions)}
        told = {"options": "".join(f"\n• {option}" for option in options) + "\n", "open": words("gap").join(left)}
        self._settles.set_text(words(f"turn.settles.{key}", **numbers, **told) if key else "")

    def _term_chosen(self) -> None:
        self._draft.keep("terms", self.chosen("terms"))
        if not has(self._act, "promises"):
            self._tell_settled()
        if self.chosen("terms"):
            self._settled()

    def _stands(self, about: ui.select) -> None:
        """Show the options of the chosen motion; in a decision they are filled in and may be changed."""
        game, view = self._game, self._view
        note = soft("").classes("prose").props('data-motion aria-live="polite"')

        def tell() -> None:
            note.set_text(motion_text(game, view, str(about.value or "")))
            if has(self._act, "binds"):
                motion = next((item for item in view.proposals if item.line == about.value), None)
                for key, term in self._terms.items():
                    term.value = motion.terms.get(key, "") if motion else ""

        about.on_value_change(tell)
        note.set_text(motion_text(game, view, str(about.value or "")))

    def _further(self, about: ui.select) -> None:
        words, game, view, act = self._words, self._game, self._view, self._act
        matters = open_matters(game, view, act)
        if len(matters) <= has(act, "reports"):
            return
        heads, rows = soft(words("turn.also")), dict[str, ui.element]()
        for line, text in matters.items():
            with div("stack") as rows[line]:
                self._offer("also", line, text, {outcome: words(f"turn.{outcome}") for outcome in get_args(Outcome)})

        def show() -> None:
            further = further_matters(game, view, act, str(about.value or ""))
            heads.set_visibility(bool(further))
            for line, row in rows.items():
                row.set_visibility(line in further)
                if line not in further:
                    self._choices["also"][line].value = None

        about.on_value_change(show)
        show()

    def _ask_of_it(self) -> None:
        """Ask for yes or no to each request of a condition to the seat; without a promise it counts as no."""
        answers = [answer for answer in get_args(Answer) if answer != "no" or not has(self._act, "promises")]
        ways = {answer: self._words(f"turn.takes_on.{answer}") for answer in answers}
        with self._about:
            for line, text in asked_conditions(self._game, self._view).items():
                with div("stack"):
                    self._offer("takes_on", line, text, ways)

    def _offer(self, part: str, line: str, text: str, ways: dict[str, str]) -> None:
        ui.label(text).classes("prose")
        tick = self._choices[part][line] = ui.toggle(ways, clearable=True)
        tick.props('role="group"').props["aria-label"] = text
        tick.props[f"data-{part.replace('_', '-')}"] = line
        tick.on_value_change(lambda: self._draft.keep(part, self.chosen(part)))

    def _conditions(self, about: ui.select) -> None:
        view, game, act, note = self._view, self._game, self._act, soft("").props("data-held")
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
        tell()


def likely_matter(view: SeatView, act: Act, matters: Collection[str]) -> str:
    """Return which of several matters a line is about by default; empty for none.

    An answer is to the question that waits, and who supports, objects or gives in means the motion on the table, where
    there is but one.
    """
    if has(act, "answers"):
        return next((line["id"] for line in reversed(view.questions) if line["id"] in matters), "")
    others = _motions_of_others(view, act, matters)
    return others[0] if len(others) == 1 else ""


def motion_text(game: Game, view: SeatView, line: str) -> str:
    """Return in brief the options of a line's motion, one per line of text; empty if it is no motion."""
    item = next((item for item in view.proposals if item.line == line), None)
    return "\n".join(briefly(game, item.terms).values()) if item else ""


def earlier_motions(view: SeatView) -> dict[str, Item]:
    """Return the motions of earlier stages that a seat knows, by line, in a stage that decides without them."""
    if "decides" not in view.stage.abilities:
        return {}
    made = (item for item in view.ledger if item.kind == "proposal" and item.terms and item.state == "open")
    return {item.line: item for item in made if item.stage != view.stage.id}


def _motions_of_others(view: SeatView, act: Act, matters: Collection[str]) -> list[str]:
    if has(act, "refuses") or not (has(act, "supports") or has(act, "opposes")):
        return []
    others = [item for item in view.proposals if item.line in matters and item.owner != view.seat]
    others = [item for item in others if item.terms] or others  # without options it is never put to a vote
    lines = [item.line for item in others]
    return [line for line in lines if line not in earlier_motions(view)] or lines


def fill(field: _Part | _Choice | None, value: Any) -> None:
    """Fill in an earlier text or choice, if it is still among the choices."""
    known = value in field.options if isinstance(field, ui.select | ui.toggle) else value is not None
    if field is not None and known:
        field.value = value
