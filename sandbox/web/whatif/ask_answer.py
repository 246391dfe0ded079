"""Answers to what-ifs: a sentence, figures of both arms, courses to read; and the list of lines to choose from."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from html import escape

from nicegui import ui

from sandbox.content.library import Library
from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.experiment.whatif.whatif import FigureComparison
from sandbox.game.language.gist import gist
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.report.document.chart import ASIDE, Chart, Dot, Scale, Strip
from sandbox.report.document.html import blocks_to_html, strip_to_html
from sandbox.report.pages.seeds import settled_table, summary_blocks
from sandbox.report.read_decision import read_decision
from sandbox.report.whatif_words import WhatIfWords
from sandbox.web.frame import box, bullets, dialog, div, heading, parts, soft
from sandbox.web.lines import line_markup
from sandbox.web.wall.show import MarkKind, Show
from sandbox.web.whatif.whatifs import RUNS, SEEDS, ModelsAnswer, WhatifAnswer, WhatifCourse

_DECIDED = "decided"
_LINES, _BEFORE = 6, 3
_CLEAR, _UNCLEAR = ("more", "less"), ("open", "alone")
_IN_SHORT, _IN_LIST = 170, 90
_TELLING: tuple[MarkKind, ...] = ("vote", "turn")


class AnswerView:
    """Draws answers within the present element."""

    def __init__(
        self, words: Words, comparing: WhatIfWords, session: Session, address: Callable[[WhatifCourse], str],
        more: Callable[[int], object], cards: Callable[[WhatifAnswer], object],
    ) -> None:  # fmt: skip
        self._words, self._comparing, self._session, self._address, self._more, self._cards = (
            words, comparing, session, address, more, cards,
        )  # fmt: skip

    def draw(self, answer: WhatifAnswer, what: str, cards: WhatifAnswer | None = None) -> None:
        """Draw an answer, with that of the cards to the same question beside it if there is one."""
        words = self._words
        drawn = "" if answer.model else words("whatif.by_rules")
        with box(classes="answer").props("data-answer"):
            heading(2, what)
            if drawn:
                ui.label(drawn).classes("who").props("data-drawn")
            if recount := self._comparing.recounted(self._session, answer.question):
                ui.label(recount).classes("large strong").props("data-recount")
            self._sentence(answer)
            if drawn and cards is None:
                asks = ui.button(words("whatif.page.ask_cards"), on_click=lambda: self._cards(answer))
                asks.props("outline data-ask-cards")
            soft(words("whatif.limits")).classes("limits")
        if cards is not None:
            with box(words("whatif.page.by_cards", runs=cards.runs), "answer").props("data-by-cards"):
                self._sentence(cards)
                if apart := self._comparing.apart(cards.apart):
                    ui.label(apart).props("data-apart")
                with ui.expansion(words("whatif.page.figures", runs=cards.runs)).classes("w-full"):
                    ui.label(self._differences(cards))
                    self._table(_plain(cards), self._turned(cards))
                if conditions := _conditions(cards):
                    self._table(conditions)
        title = words("whatif.page.figures", runs=answer.runs)
        with box(), ui.expansion(title).classes("w-full").props("data-figures"):
            self._table(_plain(answer), self._turned(answer))
            soft(words("whatif.page.plot"))
            if options := _options(answer):
                with ui.expansion(words("whatif.page.options")).classes("w-full").props("data-options"):
                    self._table(options)
            if conditions := _conditions(answer):
                with ui.expansion(words("whatif.conditions")).classes("w-full").props("data-conditions"):
                    self._table(conditions)
            with ui.expansion(words("whatif.page.notes")).classes("w-full"):
                notes = self._comparing.notes(answer.rows, answer.runs, answer.model)[:-1]
                happened = self._comparing.happened(self._session)
                first = [self._differences(answer), *([happened] if happened else [])]
                bullets([*first, *(note for note in notes if note != drawn)])
        heading(2, words("whatif.page.courses"))
        shared = _shared(answer.courses)
        if len({tuple(map(_told, course.lines)) for course in answer.courses}) == 1:
            soft(words("whatif.page.alike")).props("data-alike")
        elif shared:
            soft(words("whatif.page.shared", count=shared))
        with div("courses"):
            for course in answer.courses:
                self._course(course, shared)

    def _sentence(self, answer: WhatifAnswer) -> None:
        words, decided = self._words, _decided(answer)
        if said := self._comparing.decided(answer.rows, self._turned(answer)):
            ui.label(said).classes("large").props("data-sentence")
            if what := self._what(answer):
                ui.label(what).classes("large").props("data-what")
        else:
            ui.label(self._differences(answer))
        if not answer.model and (together := self._comparing.together(self._session, answer.question)):
            soft(together).props("data-together")
        more = next((runs for runs in RUNS if runs > answer.runs), 0)
        if more and not answer.model and any(row.verdict in _UNCLEAR for row in answer.rows if row is not decided):
            button = ui.button(words("whatif.page.more", runs=more), on_click=lambda: self._more(more))
            button.props("outline data-more")

    def _what(self, answer: WhatifAnswer) -> str:
        """Return in words the options with a clear difference in how often they are decided; empty without options."""
        words, options = self._words, _options(answer)
        told = []
        for verdict in _CLEAR:
            if names := [self._comparing.figure(row.figure) for row in options if row.verdict == verdict]:
                told.append(words(f"whatif.page.what.{verdict}", options=words("semi").join(names)))
        how = "open" if any(row.verdict in _UNCLEAR for row in options) else "small"
        if any(row.verdict in _CLEAR for row in _conditions(answer)):
            how = "conditions"
        return words("gap").join(told or [words(f"whatif.page.what.{how}")]) if options else ""

    def _differences(self, answer: WhatifAnswer) -> str:
        words, comparing = self._words, self._comparing
        rest = [row for row in answer.rows if row is not _decided(answer) and not row.figure.condition]
        clear = [
            f"{comparing.figure(row.figure)}{words('gap')}{words.paren(comparing.verdict(row))}"
            for row in rest
            if row.verdict in _CLEAR and not row.figure.option
        ]
        options = sum(row.verdict in _CLEAR for row in rest if row.figure.option)
        small, unclear = (sum(row.verdict in verdicts for row in rest) for verdicts in (("small",), _UNCLEAR))
        texts = [words("whatif.page.differ", outcomes=clear)] if clear else []
        if options:
            texts.append(words("whatif.page.differ_options", count=options))
        return words("gap").join([*texts, words("whatif.page.rest", small=small, open=unclear)])

    def _turned(self, answer: WhatifAnswer) -> int:
        return self._comparing.turned(self._session, answer.question)

    def _table(self, rows: Sequence[FigureComparison], turned: int = 0) -> None:
        words, comparing = self._words, self._comparing
        heads = [
            words("whatif.outcome"), words("whatif.was.head"), words("whatif.other.head"), words("whatif.change"),
            words("whatif.interval"), words("whatif.said"),
        ]  # fmt: skip
        name, was, other, change, interval, said = map(escape, heads)
        chart, asked, body = _forest(rows), "", []
        for place, row in enumerate(rows):
            if row.figure.question not in ("", asked):
                asked = row.figure.question
                question = escape(comparing.question(asked))
                body.append(f'<tr role="row" class="question"><th role="rowheader" colspan="5">{question}</th></tr>')
            low_high = comparing.interval(row)
            cells = [
                (was, comparing.value(row.figure, row.was)), (other, comparing.value(row.figure, row.other)),
                (f"{change}, {interval}", f"{comparing.change(row)}{words.paren(low_high)}"),
            ]  # fmt: skip
            figures = "".join(
                f'<td role="cell" class="figure" data-head="{head}">{escape(text)}</td>' for head, text in cells
            )
            verdict = escape(comparing.verdict(row, turned))
            body.append(
                f'<tr role="row" class="{row.verdict}" data-figure="{escape(row.figure.name)}">'
                f'<th role="rowheader" scope="row">{escape(comparing.figure(row.figure))}</th>{figures}'
                f'<td role="cell" class="strip" aria-hidden="true">{strip_to_html(chart, place)}</td>'
                f'<td role="cell" class="verdict" data-head="{said}">{verdict}</td></tr>'
            )
        columns = (name, was, other, f"{change}<br>{interval}", "", said)
        head = "".join(f'<th role="columnheader" scope="col">{text}</th>' if text else "<td></td>" for text in columns)
        shown = (
            f'<thead role="rowgroup"><tr role="row">{head}</tr></thead><tbody role="rowgroup">{"".join(body)}</tbody>'
        )
        ui.html(f'<table class="forest" role="table">{shown}</table>', sanitize=False)

    def _course(self, course: WhatifCourse, shared: int) -> None:
        words, lines = self._words, course.lines[shared:]
        with box(words(f"whatif.read.{course.side}"), "course").props(f'data-course="{course.side}"'):
            if course.show.session.spec.style == "rules":
                ui.label(words("whatif.read.coins")).props("data-coins")
            draw_lines(course.show, lines[:_LINES])
            left = len(lines) - _LINES
            if left > 0:
                soft(words("whatif.page.left", count=left))
            if taken := course.show.room.decisions:
                ended = read_decision(course.show.reading, taken[-1]).sentence
                ui.label(ended).classes("strong").props(f'lang="{course.show.session.spec.lang}"')
            else:
                ui.label(words("decision.none")).classes("strong")
            ui.link(words("show.open"), self._address(course), new_tab=True).props(f"data-show-{course.side}")


def draw_models(answer: ModelsAnswer, library: Library) -> None:
    """Draw the decisions under several governance models and, folded, the other outcomes of their sessions."""
    spec, summary = answer.specs[0], answer.summary
    words = Words(spec.lang, library.roots)
    names = words.apart(
        {each.governance: library.governance(each.governance).name.get(spec.lang) for each in answer.specs}
    )
    title, *others = summary_blocks(replace(summary, settled=()), answer.specs, len(SEEDS), (), library)
    decided = settled_table(words, library.scenario(spec.scenario), names, summary.settled)
    with box(words("whatif.page.asked.models", models=[*names.values()]), "answer").props("data-models"):
        ui.html(blocks_to_html([title, *decided]), sanitize=False).classes("blocks")
        soft(words("seeds.limits")).classes("limits")
    with box(), ui.expansion(words("seeds.outcomes")).classes("w-full").props("data-outcomes"):
        ui.html(blocks_to_html(others), sanitize=False).classes("blocks")


def _decided(answer: WhatifAnswer) -> FigureComparison | None:
    return next((row for row in answer.rows if row.figure.name == _DECIDED), None)


def _shared(courses: Sequence[WhatifCourse]) -> int:
    """Return the number of lines that the courses share, but never all: the last line of each is always shown."""
    pairs = zip(*(course.lines for course in courses), strict=False)
    same = (len(set(map(_told, pair))) == 1 for pair in pairs)
    last = max(0, min(len(course.lines) for course in courses) - 1)
    return next((place for place, alike in enumerate(same) if not alike and place < last), last)


def _plain(answer: WhatifAnswer) -> list[FigureComparison]:
    return [row for row in answer.rows if not row.figure.option and not row.figure.condition]


def _options(answer: WhatifAnswer) -> list[FigureComparison]:
    return [row for row in answer.rows if row.figure.option and (row.was or row.other)]


def _conditions(answer: WhatifAnswer) -> list[FigureComparison]:
    return [row for row in answer.rows if row.figure.condition and row.was != row.other]


def _told(line: Line) -> tuple[str, ...]:
    return line["seat"], line["act"], line["to"], str(line["terms"])


def _forest(rows: Sequence[FigureComparison]) -> Chart:
    strips, ends = [], list[float | None]()
    for row in rows:
        value, low, high = (
            None if end is None else end / row.figure.smallest
            for end in (row.change.estimate, row.change.low, row.change.high)
        )
        dot = Dot(value, low, high, 0 if row.verdict in _CLEAR else ASIDE)
        strips.append(Strip("", (dot,), ()))
        ends += [value, low, high]
    return Chart("", "", (), Scale.over(ends, "", zero=0.0, band=(-1.0, 1.0), least=6.0), tuple(strips))


def draw_lines(show: Show, lines: Sequence[Line], at: str = "") -> None:
    """Draw lines in short, in the language of their session; the one with the id ``at`` in full and highlighted.

    Of what a coin chose that is told beside it.
    """
    label = show.reading.label
    with div("stack short-lines").props(f'lang="{show.session.spec.lang}"'):
        for line in lines:
            says, whole = plain(line["says"]), line["id"] == at
            read = show.reading.line(line)
            tone, said = ("current", says) if whole else ("before", gist(says, _IN_SHORT))
            does = read.does + (label.paren(label("whatif.read.coin")) if line["origin"] == "rules" else "")
            below = {"says": said, "moved": " · ".join(read.moved) if whole else ""}
            ui.html(line_markup(show.session.game, line, tone, does, below), sanitize=False)


def draw_line_there(show: Show, title: str, at: str) -> None:
    """Draw a line below a heading, after the lines that the room heard just before."""
    lines = show.room.lines
    here = next(place for place, line in enumerate(lines) if line["id"] == at)
    heading(2, title)
    draw_lines(show, lines[max(0, here - _BEFORE) : here + 1], at)


def choose_button(show: Show, words: Words, at: Callable[[], str], pick: Callable[[str], Awaitable[None]]) -> None:
    """Draw the button that opens the list of lines."""
    choose = ui.button(words("whatif.page.choose"), icon="list").props("outline data-lines")
    choose.on_click(lambda: _choose_line(show, words, at(), pick))


def _choose_line(show: Show, words: Words, at: str, pick: Callable[[str], Awaitable[None]]) -> None:
    """Open the list of the lines that the room heard: votes and turning points first, then all by stage."""
    with dialog(words("whatif.page.choose")) as opened:

        async def chosen(line: str) -> None:
            opened.close()
            await pick(line)

        with div("list-head"):
            ui.button(words("cancel"), on_click=opened.close).props("flat")
        with div("stack line-list"):
            for title, entries in _groups(show, words):
                heading(3, title)
                for why, line in entries:
                    read = show.reading.line(line)
                    button = ui.element("button").classes("line-choice").props(f'type="button" data-pick="{read.id}"')
                    if line["id"] == at:
                        button.props('aria-current="true"')
                    with button.on("click", partial(chosen, line["id"])):
                        parts(words.join([read.id, *([why] if why else [])])).classes("strong")
                        parts(f"{read.seat.name} · {read.does}")
                        soft(gist(plain(line["says"]), _IN_LIST)).props(f'lang="{show.session.spec.lang}"')


def _groups(show: Show, words: Words) -> Iterator[tuple[str, list[tuple[str, Line]]]]:
    """Yield headings, each with its lines and the reasons for them; no heading without lines."""
    lines = {line["id"]: line for line in show.room.lines}
    telling = [(mark.name, show.line_at(mark.step)) for kind in _TELLING for mark in show.marks[kind]]
    groups = [(words("whatif.page.telling"), [(name, lines[line]) for name, line in telling if line in lines])]
    for stage in show.session.game.stages:
        in_stage = [("", line) for line in lines.values() if line["stage"] == stage.id]
        groups.append((stage.name.get(words.lang), in_stage))
    yield from (group for group in groups if group[1])
