"""The transcript on a page, line by line as it is spoken."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from nicegui import ui

from sandbox.content.words import Words
from sandbox.game.fold import line_of
from sandbox.game.session import Session
from sandbox.record.events import Event, LineSpoken
from sandbox.record.line import DecisionTaken
from sandbox.report.branches import departure_of
from sandbox.report.reading import Reading
from sandbox.web.frame import div, heading, parts, soft
from sandbox.web.viewer import Viewer

__all__ = ["Transcript"]

_COLOURS = 8


class Transcript:
    """A live transcript of what a viewer may see, for each line with the tools that a function adds, given its id."""

    def __init__(
        self, session: Session, viewer: Viewer, words: Words, tools: Callable[[str], None] | None = None,
        tall: bool = False,
    ) -> None:  # fmt: skip
        self._game, self._viewer, self._words, self._tools = session.game, viewer, words, tools
        self._reading = Reading(session)
        self._departure = departure_of(session)
        self._seen = 0
        self._log = ui.element("section").classes("log tall" if tall else "log")
        self._log.props(f'role="log" aria-live="polite" tabindex="0" aria-label="{words("table.transcript")}"')
        with self._log:
            self._empty = soft(words("nobody_yet"))
            self._lines = ui.element("div")
            with div("line partial").props('aria-hidden="true"') as self._partial:
                self._who = ui.label().classes("who")
                self._says = ui.label().classes("says")
        self._partial.set_visibility(False)

    def event(self, event: Event) -> None:
        """Show an event, if the viewer may see it."""
        # An event may be told to a page that was drawn anew, with this event, just before.
        if event.seq <= self._seen or not self._viewer.sees(self._game, event):
            return
        self._seen = event.seq
        if event.kind == "line":
            self._partial.set_visibility(False)
        show = {
            "stage": self._stage, "line": self._line, "inject": self._inject, "decision": self._decision,
            "minutes": self._ended, "order": self._order, "direction": self._direction,
        }.get(event.kind)  # fmt: skip
        if show is not None:
            self._empty.set_visibility(False)
            with self._lines:
                show(event)

    def partial(self, seat: str, words: str) -> None:
        """Show the words of a line so far; none hide it."""
        self._partial.set_visibility(bool(words))
        if words:
            self._partial.classes(replace=f"line partial {self._colour(seat)}")
            self._who.set_text(self._game.name(seat))
            self._says.set_text(words)

    def _stage(self, event: Event) -> None:
        stage, lang = self._game.library.stage(event.stage), self._words.lang
        with div("stage-head"):
            number = self._words("stage.number", number=event.payload["number"], of=event.payload["of"])
            heading(3, f"{number}{self._words('colon')}{stage.name.get(lang)}")
            soft(stage.purpose.get(lang))

    def _line(self, event: Event) -> None:
        line = line_of(cast(LineSpoken, event))
        read = self._reading.line(line)
        with ui.element("article").classes(f"line {self._colour(line['seat'])}").props(f'data-line="{line["id"]}"'):
            parts(self._game.name(line["seat"])).classes("who")
            parts(f"{self._game.role(line['seat'])} · {read.act} → {read.to} · {line['id']}").classes("act")
            ui.label(line["says"]).classes("says")
            marks = [text for _, text in read.marks] + ([read.terms] if read.terms else [])
            if marks:
                ui.label(" · ".join(marks)).classes("marks")
            if self._tools is not None:
                with div("tools"):
                    self._tools(line["id"])
        if self._departure is not None and self._departure.line == line["id"]:
            self._notice("branched", self._departure.text)

    def _inject(self, event: Event) -> None:
        to = event.payload["to"]
        whole = set(to) >= set(self._game.present(event.stage)) or not self._viewer.all
        head = self._words("notice.news" if whole else "notice.news_to", names=self._reading.names(to))
        self._notice("", f"{head}{self._words('colon')}{event.payload['text']}")

    def _decision(self, event: Event) -> None:
        read = self._reading.decision(cast(DecisionTaken, event.payload))
        with div("notice decision"):
            heading(4, f"{self._words('notice.decision')}{self._words('colon')}{read.how}")
            for question, option in read.terms:
                ui.label(f"{question} {option}")
            if read.condition:
                soft(f"{self._words('ledger.condition')}{self._words('colon')}{read.condition}")
            if read.payer:
                soft(f"{self._words('decision.payer')}{self._words('colon')}{read.payer}")

    def _ended(self, event: Event) -> None:
        why = self._words.of("ended", event.payload["ended"])
        self._notice("quiet", self._words("notice.stage_ended", why=why))

    def _order(self, event: Event) -> None:
        if event.payload["kind"] == "whisper":
            key = "notice.whisper" if self._viewer.seat == event.seat else "notice.whisper_to"
            head = self._words(key, name=self._game.name(event.seat))
            self._notice("whisper", f"{head}{self._words('colon')}{event.payload['text']}")

    def _direction(self, event: Event) -> None:
        if event.payload["refused"]:
            self._notice("quiet", self._words("notice.refused", why=event.payload["refused"]))

    def _notice(self, tone: str, text: str) -> None:
        ui.label(text).classes(f"notice {tone}")

    def _colour(self, seat: str) -> str:
        return f"seat-{list(self._game.personas).index(seat) % _COLOURS}"
