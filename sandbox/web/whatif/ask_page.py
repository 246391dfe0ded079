"""The pages at a line of a session: what-ifs, and bookmarks at which a show stops."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

from nicegui import ui

from sandbox.content.language import Lang
from sandbox.experiment.whatif.whatif import WhatifQuestion
from sandbox.experiment.whatif.whatif import asked as question_of
from sandbox.game.moment import Move
from sandbox.report.whatif_words import WhatIfWords
from sandbox.session.turns import LONGEST_PERSON_LINE
from sandbox.web.frame import (
    PagePart,
    bar,
    box,
    confirm,
    div,
    frame,
    lang_links,
    page,
    refusal_line,
    refusals,
    remember_desk,
    soft,
    text_area,
)
from sandbox.web.links import shared_path
from sandbox.web.panels import add_style
from sandbox.web.recordings import ASKS
from sandbox.web.tables.database import LONGEST_TEXT
from sandbox.web.tables.house import House
from sandbox.web.wall.show import Show
from sandbox.web.whatif.ask_answer import AnswerView, choose_button, draw_line_there, draw_models
from sandbox.web.whatif.otherwise import ModelsForm, MoveForm, RuleForm
from sandbox.web.whatif.whatifs import (
    RUNS,
    RUNS_BY_MODEL,
    WhatifAnswer,
    WhatifCourse,
    WhatifProgress,
    WhatIfs,
    first_line,
    fork,
)
from sandbox.web.working import PageWork

_T = TypeVar("_T")
_MOVE, _RULE, _MODELS = "move", "rule", "models"
_CARDS = "cards"  # in an address: they are asked as well
_FIRST = "aggregation.veto"  # the rule that is offered first


class AskPage:
    """The page for what-ifs of a session.

    Lines stay in the session's language; the courses part at the named line, or at a telling one by default.
    Its address changes to name the question, so that opening it again shows the answer again.
    """

    def __init__(
        self, house: House, whatifs: WhatIfs, show: Show, session: str, lang: Lang, asked: Mapping[str, str]
    ) -> None:
        self._house, self._whatifs, self._show, self._session, self._lang = house, whatifs, show, session, lang
        self._words = words = house.words(lang)
        self._line = first_line(show, asked.get("at", ""))
        self._move: MoveForm | None = None
        self._rule: RuleForm | None = None
        self._asked: tuple[WhatifQuestion, str] | None = None
        self._named: dict[str, str] = {}
        self._drawn: WhatifAnswer | None = None
        game = show.session.game
        self._comparing = WhatIfWords(game, words)
        self._view = AnswerView(words, self._comparing, show.session, self._address, self._again, self._ask_cards)
        title = game.scenario.title.get(lang)
        frame(words, words("whatif.page.title", title=title), "ask")
        remember_desk(house.store.secret)
        add_style()
        with bar(words, words("whatif.page.title", title=title)):
            ui.link(words("whatif.page.others"), house.address("show", lang=lang, **ASKS))
            self._shows = ui.link(words("show.open"), "#")
            self._others = lang_links(lang)
        with div("wrap ask"):
            if not self._line:
                soft(words("nobody_yet"))
                return
            with box():
                self._where = PagePart()
                choose_button(show, words, lambda: self._line, self._go)
            with box():
                self._draw_question()
            self._answer = PagePart("stack answers")
        self._answer.show("", self._draw_hint)
        self._client = ui.context.client
        ui.timer(0.05, partial(self._begin, asked), once=True)

    # What is asked

    async def _begin(self, asked: Mapping[str, str]) -> None:
        await self._go(self._line)
        form = next((name for name in (_MODELS, _RULE) if name in asked), _MOVE)
        chosen = {_MOVE: self._move, _RULE: self._rule, _MODELS: self._models}[form]
        if chosen is not None and chosen.choose(asked):
            self._tabs.value = form
            self._runs.value = next((runs for runs in RUNS if str(runs) == asked.get("runs")), RUNS[0])
            await self._ask()
            if asked.get(_CARDS) and self._drawn is not None:
                await self._ask_cards(self._drawn)

    def _remember(self, runs: int, **more: str) -> None:
        named = partial(
            self._house.address, "whatif", self._session, at=self._line, runs=str(runs), **self._named, **more
        )
        for other, link in self._others.items():
            link.props["href"] = named(lang=other)
        with self._client:
            ui.navigate.history.replace(named(lang=self._lang))

    async def _go(self, line: str) -> None:
        place = await asyncio.to_thread(fork, self._show, line, self._lang)
        self._line, words = line, self._words
        path = self._rule.path if self._rule else ""

        def draw_move() -> None:
            self._move = MoveForm(place, words)

        def draw_rule() -> None:
            paths = [offer.path for offer in place.offers]
            first = next((known for known in (path, _FIRST, *paths) if known in paths), None)
            texts = words("whatif.page.which"), "whatif.page.now", words("whatif.page.values")
            self._rule = RuleForm(words, place.offers, texts, first)

        self._where.show(line, lambda: draw_line_there(self._show, words("whatif.page.at", line=line), line))
        self._forms[_MOVE].show(line, draw_move)
        self._forms[_RULE].show(line, draw_rule)
        self._shows.props["href"] = self._shown(self._session, line)
        for other, link in self._others.items():
            link.props["href"] = self._house.address("whatif", self._session, lang=other, at=line)

    def _draw_question(self) -> None:
        words, model = self._words, self._whatifs.model
        self._forms: dict[str, PagePart] = {}
        with ui.tabs().props("no-caps align=left") as self._tabs:
            for name in (_MOVE, _RULE, _MODELS):
                ui.tab(name, label=words(f"whatif.page.{name}")).props(f"data-tab={name}")
        with ui.tab_panels(self._tabs, value=_MOVE, animated=False).classes("w-full"):
            for name in (_MOVE, _RULE):
                with ui.tab_panel(name).style("padding: 0.25rem 0"):
                    self._forms[name] = PagePart()
            with ui.tab_panel(_MODELS).style("padding: 0.25rem 0"), div("stack"):
                self._models = ModelsForm(self._show.session, words)
        with div("pair").bind_visibility_from(self._tabs, "value", _at_a_line):
            soft(words("whatif.page.runs"))
            self._runs = self._offer(RUNS).props("data-runs")
        self._refused = refusal_line()
        with div("pair"):
            self._button = ui.button(words("whatif.page.ask"), on_click=self._ask)
            self._button.classes("ask-button").props("data-ask")
            soft(words("whatif.page.alone")).bind_visibility_from(self._tabs, "value", _at_a_line)
        playing, stop = words("whatif.page.playing"), words("whatif.page.stop")
        self._work = PageWork(words, playing, stop, lambda waits: self._button.set_enabled(not waits))
        if not model:
            return
        with ui.expansion(words("whatif.page.by_model", model=words.of("acted_by", model))) as by_model:
            soft(words("whatif.page.by_model_why"))
            self._says = text_area(words("whatif.page.says"), LONGEST_PERSON_LINE).props("data-says")
            self._says.bind_visibility_from(self._tabs, "value", lambda tab: tab == _MOVE)
            self._model_runs = self._offer(RUNS_BY_MODEL)
            self._estimate = ui.button(words("whatif.page.estimate"), on_click=self._ask_model)
            self._estimate.props("outline data-estimate")
        by_model.classes("w-full").props("data-by-model").bind_visibility_from(self._tabs, "value", _at_a_line)

    def _offer(self, numbers: Sequence[int]) -> ui.radio:
        runs = ui.radio({number: str(number) for number in numbers}, value=numbers[0])
        return runs.props(f'inline aria-label="{self._words("whatif.page.runs")}"')

    def _draw_hint(self) -> None:
        with box():
            ui.label(self._words("whatif.page.hint")).classes("prose")
            soft(self._words("whatif.limits")).classes("limits")

    async def _question(self, says: str | None = None) -> tuple[WhatifQuestion, str]:
        """Return the question and its words; raises `InputError` if nothing is chosen or the rules bar it."""
        words, line = self._words, self._line
        move: Move | None = None
        changes: tuple[str, ...] = ()
        does = ""
        if self._tabs.value == _RULE and self._rule is not None:
            changes, does = self._rule.changes()
            if not changes:
                raise words.refusal("whatif.page.need_rule")
        elif self._move is not None:
            chosen = self._move.move()
            move = Move(chosen.act, chosen.to, says or None, chosen.terms)
            if says is not None and not says:
                raise words.refusal("whatif.page.need_words")
        question = await asyncio.to_thread(question_of, self._show.session, line, move, changes)
        if move is not None:
            other = question.other.line(question.moment.game)
            does = self._comparing.move(other, question.moment.counters(other))
        return question, words(f"whatif.page.asked.{_RULE if changes else _MOVE}", line=line, does=does)

    # What comes of it

    async def _ask(self) -> None:
        if self._tabs.value == _MODELS:
            await self._ask_models()
        elif not self._work.busy:
            with refusals(self._words, self._refused):
                self._asked = await self._question()
                chosen = self._rule if self._tabs.value == _RULE else self._move
                self._named = chosen.chosen if chosen is not None else {}
                await self._again(int(self._runs.value or RUNS[0]))

    async def _ask_models(self) -> None:
        form, library = self._models, self._show.session.game.library
        if not self._work.busy:
            with refusals(self._words, self._refused):
                models, self._named = form.models, form.chosen
                self._remember(RUNS[0])
                work = partial(self._whatifs.by_models, self._show, models, form.players, self._lang)
                await self._play(1, work, lambda answer: draw_models(answer, library))

    async def _again(self, runs: int) -> None:
        if self._asked is not None and not self._work.busy:
            self._runs.value, (question, what) = runs, self._asked
            self._remember(runs)
            await self._play(runs, partial(self._whatifs.by_rules, self._session, question), partial(self._draw, what))

    async def _ask_cards(self, drawn: WhatifAnswer) -> None:
        if self._asked is not None:
            self._remember(drawn.runs, **{_CARDS: "yes"})
            question, what = self._asked
            by_cards = partial(self._whatifs.by_cards, self._session, question)
            await self._play(2 * RUNS[0], by_cards, lambda cards: self._draw(what, drawn, cards))

    async def _ask_model(self) -> None:
        words = self._words
        if self._work.busy:
            return
        self._estimate.disable()
        try:
            with refusals(words, self._refused):
                question, what = await self._question(str(self._says.value or "").strip())
                kept, runs = self._whatifs.by_the_model(self._session, question), int(self._model_runs.value or 1)
                usage, money = await self._whatifs.cost(kept, runs)
                known = words("whatif.page.money", money=f"{money:.2f}") if money is not None else ""
                sure = words(
                    "whatif.page.cost", runs=2 * runs, model=words.of("acted_by", self._whatifs.model),
                    calls=f"{usage.calls:,}", prompt=f"{usage.prompt:,}", written=f"{usage.completion:,}", money=known,
                )  # fmt: skip
                by_model = partial(self._whatifs.played, kept, runs)
                draw = partial(self._draw, what)
                confirm(words, sure, words("whatif.page.go"), partial(self._play, 2 * runs, by_model, draw))
        finally:
            self._estimate.enable()

    async def _play(
        self, total: int, work: Callable[[WhatifProgress], Awaitable[_T]], draw: Callable[[_T], object]
    ) -> None:
        if self._work.busy:
            return
        progress = WhatifProgress(total)
        with refusals(self._words, self._refused):
            answer = await self._work.wait(work(progress), progress, partial(self._count, progress))
            self._answer.show(answer, lambda: draw(answer))
            place = self._answer.element.html_id
            self._client.run_javascript(f"document.getElementById('{place}').scrollIntoView({{block: 'start'}})")

    def _draw(self, what: str, answer: WhatifAnswer, cards: WhatifAnswer | None = None) -> None:
        self._drawn = answer
        self._view.draw(answer, what, cards)

    def _count(self, progress: WhatifProgress) -> tuple[int, int, str]:
        text = self._words("whatif.page.count", played=progress.played, total=progress.total)
        return progress.played, progress.total, text

    def _address(self, course: WhatifCourse) -> str:
        return self._shown(course.session, course.lines[0]["id"] if course.lines else self._line)

    def _shown(self, session: str, line: str) -> str:
        return shared_path(self._house.store.secret, "show", session, lang=self._lang, at=line)


def _at_a_line(tab: str) -> bool:
    """Return whether a tab's question is played from a line on, and not from the beginning."""
    return tab != _MODELS


class BookmarksPage:
    """The facilitator's page of bookmarks: a line, a note for the room, and the existing bookmarks.

    Lines stay in the session's language. It begins with the line that is named or, where the room heard none, one that
    tells.
    """

    def __init__(self, house: House, show: Show, session: str, lang: Lang, at: str) -> None:
        self._house, self._show, self._session, self._lang = house, show, session, lang
        self._words = words = house.words(lang)
        self._line = first_line(show, at)
        title = words("show.bookmarks_of", title=show.session.game.scenario.title.get(lang))
        with page(words, title, "ask", desk=house.store.secret, at=self._line):
            ui.link(words("show.title"), house.address("show", lang=lang))
        with div("wrap ask"):
            if not self._line:
                soft(words("nobody_yet"))
                return
            with box():
                self._where = PagePart()
                choose_button(show, words, lambda: self._line, self._go)
                self._note = text_area(words("show.note_for_all"), LONGEST_TEXT).props("data-note")
                self._refused = refusal_line()
                ui.button(words("show.set_bookmark"), icon="bookmark", on_click=self._keep).props("data-keep")
            with box(words("show.bookmarks")):
                self._kept = PagePart()
                ui.link(words("show.stopping"), self._shown("")).props("data-stopping")
                soft(words("show.stopping_why"))
        self._draw()

    async def _go(self, line: str) -> None:
        self._line = line
        self._draw()

    def _keep(self) -> None:
        with refusals(self._words, self._refused):
            self._house.store.set_bookmark(self._session, self._line, str(self._note.value or ""))
            self._draw()

    def _drop(self, line: str) -> None:
        with refusals(self._words, self._refused):
            self._house.store.delete_bookmark(self._session, line)
            self._draw()

    def _shown(self, line: str) -> str:
        return shared_path(self._house.store.secret, "show", self._session, lang=self._lang, at=line, stops="yes")

    def _draw(self) -> None:
        kept, title = self._house.store.bookmarks(self._session), self._words("show.at_line", line=self._line)
        self._note.value = kept.get(self._line, "")
        self._where.show(self._line, lambda: draw_line_there(self._show, title, self._line))
        self._kept.show(kept, lambda: self._draw_kept(kept))

    def _draw_kept(self, kept: dict[str, str]) -> None:
        words, reading = self._words, self._show.reading
        for line in self._show.room.lines:
            if line["id"] not in kept:
                continue
            row = div("pair")
            row.props["data-bookmark"] = line["id"]
            with row:
                with div("grow"):
                    ui.link(words.join([line["id"], reading.line(line).seat.name]), self._shown(line["id"]))
                    ui.label(kept[line["id"]]).classes("prose")
                change = partial(self._go, line["id"])
                ui.button(words("show.change_bookmark"), on_click=change).props("flat dense")
                ui.button(words("home.delete"), on_click=partial(self._drop, line["id"])).props("flat dense data-drop")
        if not kept:
            soft(words("show.no_bookmarks"))
