"""The wall's content at a step of a show: a line with those before it, or a slide."""

from __future__ import annotations

from collections.abc import Sequence

from nicegui import ui

from sandbox.content.plain import plain
from sandbox.content.words import Words
from sandbox.record.line import Line
from sandbox.report.pages.debrief.talk import talk_questions
from sandbox.web.decision_card import both_sides, decision_card, held, outcome, settled, tally
from sandbox.web.frame import box, bullets, div, heading, parts, soft
from sandbox.web.lines import line_markup
from sandbox.web.panels import rules_text, seat_tone
from sandbox.web.tables.audience import PROJECTOR
from sandbox.web.wall.show import Caption, Motion, Show, ShowStep

_BEFORE = 2
_MUCH, _LONG = 260, 420


class Slides:
    """Draws the steps of a show.

    The wall is in the session's language, everything beside it in the presenter's.
    """

    def __init__(self, show: Show, words: Words) -> None:
        self._show, self._words, self._game = show, words, show.session.game
        self._said = self._game.words
        self._lang = show.session.spec.lang

    def draw(self, place: int, captions: Sequence[Caption]) -> None:
        """Draw a step, with its captions."""
        step = self._show.steps[place]
        draw = {
            "title": self._title, "stage": self._stage, "line": lambda _: self._line(place, captions),
            "news": self._news, "decision": self._decision, "outcome": self._outcome, "discussion": self._discussion,
        }[step.kind]  # fmt: skip
        view = div("view told" if captions else "view").props('tabindex=0 role="region"')
        view.props(f'lang="{self._lang}" data-kind="{step.kind}" aria-label="{self._words("show.now")}"')
        with view:
            draw(step)
            if captions:
                with div("captions"):
                    for caption in captions:
                        with div("caption").props("data-caption"):
                            ui.label(caption.title).classes("who")
                            ui.label(caption.text)

    def draw_room(self, step: ShowStep) -> None:
        """Draw the seats in the room of a step, with speaker and addressee."""
        words, game = self._words, self._game
        if step.stage < 0:
            return
        line = step.line
        with box(words("panel.room"), "room"), ui.element("ul").props(f'lang="{self._lang}"'):
            for seat in game.present(game.stages[step.stage].id):
                does = self._does(line, seat) if line else ""
                with ui.element("li").classes(f"{seat_tone(game, seat)} {'speaks' if does else ''}"):
                    parts(game.name(seat)).classes("who")
                    parts(game.role(seat)).classes("soft")
                    if does:
                        parts(does).classes("does").props("data-does")

    def draw_motion(self, motion: Motion | None) -> None:
        """Draw the motion on the table, and the votes cast so far."""
        words = self._words
        if motion is None:
            return
        with box(words("show.voted_on" if motion.called else "show.on_table"), "motion").props("data-motion"):
            if motion.called:
                tally(motion.sides, motion.waiting, words)
            with div("small").props(f'lang="{self._lang}"'):
                soft(f"{self._show.reading.mover(motion.item)} · {motion.item.line}")
                settled(self._game.in_words(motion.item.terms))
                held(motion.item.condition, self._said)

    def _does(self, line: Line, seat: str) -> str:
        read, addressed = self._show.reading.line(line), self._said("show.addressed") if line["to"] == seat else ""
        return read.does if line["seat"] == seat else addressed

    def _title(self, _: ShowStep) -> None:
        game, words = self._game, self._said
        with div("slide"):
            heading(2, game.scenario.title.get(self._lang))
            ui.label(game.scenario.question.get(self._lang)).classes("large")
            ui.label(game.scenario.background.get(self._lang)).props("data-background")
            who = words.join([f"{game.name(seat)}{words.paren(game.role(seat))}" for seat in game.seated])
            ui.label(f"{words('show.cast')}{words('colon')}{who}").props("data-who")
            soft(rules_text(game, words))
            soft(words("rehearsal"))

    def _stage(self, step: ShowStep) -> None:
        card = self._game.stages[step.stage]
        with div("slide"):
            soft(self._said("stage.number", number=step.stage + 1, of=len(self._game.stages)))
            heading(2, card.name.get(self._lang))
            ui.label(card.purpose.get(self._lang)).classes("large")

    def _line(self, place: int, captions: Sequence[Caption]) -> None:
        steps = self._show.steps
        stage = self._game.stages[steps[place].stage]
        number = self._said("stage.number", number=steps[place].stage + 1, of=len(self._game.stages))
        soft(f"{number}{self._said('colon')}{stage.name.get(self._lang)}").classes("where")
        spoken = [step.line for step in steps[: place + 1] if step.line and step.stage == steps[place].stage]
        said, step = spoken[-1], steps[place]
        # What comes with a line takes the room of earlier ones.
        before = max(0, _BEFORE - len(captions) - bool(said["terms"]) - (len(step.text) > _MUCH))
        for line in spoken[-before - 1 : -1]:
            self._article(line, "before")
        self._article(said, "current")

    def _article(self, line: Line, tone: str) -> None:
        read, says = self._show.reading.line(line), plain(line["says"])
        wrote = plain(self._show.written(line))
        section = self._said("colon") + wrote if wrote else ""
        marks = [text + section if kind == "section" else text for kind, text in read.marks if kind != "unaccepted"]
        below = {"says": says}
        if tone == "current":
            below |= {"moved": " · ".join(read.moved), "marks": " · ".join(marks)}
        size = " long" if len(says) > _LONG else ""
        act = f"{self._game.role(line['seat'])} · {read.does}"
        ui.html(line_markup(self._game, line, f"{tone}{size}", act, below), sanitize=False)

    def _news(self, step: ShowStep) -> None:
        with div("slide notice"):
            heading(2, self._said("notice.news"))
            ui.label(step.text).classes("large")

    def _decision(self, step: ShowStep) -> None:
        if step.decision:
            with div("slide decided"):
                decision_card(self._show.reading, step.decision, self._said, 2)

    def _outcome(self, _: ShowStep) -> None:
        session, words = self._show.session, self._said
        with div("slide outcome").props("data-outcome"):
            with div("slide"):
                heading(2, words("watch.outcome"))
                outcome(session, words, PROJECTOR)
            with div("sides"):
                both_sides(session, words)
                soft(words("rehearsal"))

    def _discussion(self, _: ShowStep) -> None:
        with div("slide").props("data-discussion"):
            heading(2, self._said("debrief.discussion"))
            bullets(talk_questions(self._show.session, self._lang))
