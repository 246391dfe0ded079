"""The live transcript on a page, and the notes on whose time for a turn or a pulse is over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from html import escape
from typing import cast

from nicegui import ui
from nicegui.events import GenericEventArguments

from sandbox.content.acts import has
from sandbox.content.words import Words
from sandbox.game.fold import line_of
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.game.steps import START
from sandbox.record.events import Event, LineSpoken, OrderGiven
from sandbox.record.line import ALL, DecisionTaken, Line
from sandbox.report.act_words import act_text, does_text
from sandbox.report.departures import departure_of
from sandbox.report.document.html import blocks_to_html
from sandbox.report.endings import why_ended
from sandbox.report.pages.parts import decision_box
from sandbox.report.read_decision import read_decision
from sandbox.web.decision_card import by_role
from sandbox.web.frame import div, soft
from sandbox.web.panels import add_style, as_said, reading_for, seat_tone
from sandbox.web.tables.audience import Viewer
from sandbox.web.tables.ballots import sealed
from sandbox.web.tables.waiting import left_behind_told

_BLOCK = 50
_TOLD = ("skip", "uncast", "seat", "vote", "extend")  # the end of a stage tells why it came
_PRESSED = "(event) => { const tool = event.target.closest('[data-tool]'); if (tool) emit(tool.dataset.tool); }"
_LOCK = '<i class="q-icon material-icons" aria-hidden="true">lock</i> '


class Transcript:
    """A live transcript of what a viewer may see.

    Each event is one element of the page, and what was said before the page was opened comes in blocks: a session may
    have hundreds of lines, and the server keeps the elements of every page.
    The tools are called with the id of a line when its button is pressed; without them lines have none. Without
    ``votes`` the decision alone tells who voted how.
    """

    def __init__(
        self, session: Callable[[], Session], viewer: Viewer, words: Words, tools: Callable[[str], None] | None = None,
        tall: bool = False, *, votes: bool = True,
    ) -> None:  # fmt: skip
        first = session()
        self._game, self._viewer, self._words, self._tools = first.game, viewer, words, tools
        # What the program says of a line is in the page's language; names are those that the table hears.
        self._session, self._reading = session, reading_for(first, words)
        self._before = {line["id"] for line in first.lines}
        self._counters = viewer.counters(first, first.lines)
        self._departure = departure_of(replace(first, game=first.game.with_words(words.lang)))
        self._last, self._ids, self._votes = 0, set[str](), votes
        self._sealed: list[Event] = []
        add_style()
        self._log = ui.element("section").classes("log tall" if tall else "log")
        self._log.props(f'role="log" aria-live="polite" tabindex="0" aria-label="{words("table.transcript")}"')
        if tools is not None:
            self._log.on("click", lambda pressed: self._press(pressed, tools), js_handler=_PRESSED)
        with self._log:
            self._lines = ui.element("div")
            if not first.lines and not first.finished:
                seat, game = viewer.seat, first.game
                here = [stage for stage in game.stages if not seat or seat in game.present(stage.id)]
                told = "table.to_come" if here[:1] == list(game.stages[:1]) else "table.to_come.later"
                soft(words(told, stages=[stage.name.get(words.lang) for stage in here])).classes("to-come")
            with div("line partial").props('aria-hidden="true"') as self._partial:
                self._who = ui.label().classes("who")
                self._says = ui.label().classes("says")
        self._partial.set_visibility(False)
        if viewer.role != "projector":  # nobody scrolls a wall
            told = f'<button type="button" class="newer" hidden>{escape(words("table.new_lines"))} <b></b> ↓</button>'
            ui.html(told, sanitize=False)

    def replay(self, events: Sequence[Event]) -> None:
        """Show what happened before the page was opened."""
        shown = [markup for markup in map(self._told, events) if markup]
        for start in range(0, len(shown), _BLOCK):
            self._add("".join(shown[start : start + _BLOCK]))

    def again(self, session: Session) -> None:
        """Show all anew after words were taken off or put back."""
        self._reading, self._last, self._sealed = reading_for(session, self._words), 0, []
        self._lines.clear()
        self.replay(session.events)

    def event(self, event: Event) -> None:
        """Show an event, if the viewer may see it."""
        markup = self._told(event)
        if event.kind == "line" and markup:
            self._partial.set_visibility(False)
        if markup:
            self._add(markup)

    def partial(self, seat: str, words: str) -> None:
        """Show the words of a line so far; empty words hide it."""
        self._partial.set_visibility(bool(words))
        if words:
            self._partial.classes(replace=f"line partial {seat_tone(self._game, seat)}")
            self._who.set_text(self._game.name(seat))
            self._says.set_text(words)

    def _add(self, markup: str) -> None:
        with self._lines:
            ui.html(markup, sanitize=False)  # every text in it is escaped

    def _press(self, pressed: GenericEventArguments, tools: Callable[[str], None]) -> None:
        """Open the tools of a line; a page can send anything, so unknown ids are ignored."""
        if isinstance(pressed.args, str) and pressed.args in self._ids:
            tools(str(pressed.args))

    def _told(self, event: Event) -> str:
        """Return an event as HTML, after the votes held back until everybody had voted."""
        # An event may be told to a page that was drawn anew, with this event, just before.
        if event.seq <= self._last:
            return ""
        self._last = event.seq
        session, waiting = self._session(), [*self._sealed, event]
        self._sealed = [] if self._viewer.all else [each for each in waiting if sealed(self._game, session.state, each)]
        return "".join(self._markup(each) for each in waiting if each not in self._sealed)

    def _markup(self, event: Event) -> str:
        """Return an event as HTML; empty if the viewer may not see it, or it is not shown."""
        branched = self._branched(event)
        if self._viewer.seat and (late := time_over(self._session().events, event, self._viewer.seat)):
            return self._notice("late", self._words(f"table.overdue.{late}"))
        if unanswered(self._game, self._session().events, event, self._viewer.seat):
            return self._notice("late", self._words("table.unanswered"))
        sees = self._viewer.sees(self._game, event)
        if event.kind == "line" and not event.payload["vote"] and self._viewer.shut_out(self._game, event.stage):
            return self._speaker(event.seat)
        show = {
            "stage": self._stage, "line": self._line, "inject": self._inject, "decision": self._decision,
            "minutes": self._ended, "order": self._order, "direction": self._direction,
        }.get(event.kind)  # fmt: skip
        return (show(event) if show is not None and sees else "") + branched

    def _branched(self, event: Event) -> str:
        """Return the note that the table went back to a line, also for viewers who did not hear that line."""
        departure = self._departure
        if departure is None or event.kind != "line" or event.payload["id"] != departure.line:
            return ""
        return self._notice("branched", departure.text)

    def _stage(self, event: Event) -> str:
        stage, lang = next(card for card in self._game.stages if card.id == event.stage), self._words.lang
        number = self._words("stage.number", number=event.payload["number"], of=event.payload["of"])
        head = f"{number}{self._words('colon')}{stage.name.get(lang)}"
        shown = f"<h3>{escape(head)}</h3>" + _tag("div", "soft", escape(stage.purpose.get(lang)))
        known = self._viewer.known(self._game, self._session().items, event.stage)
        behind = left_behind_told(self._game, self._words, stage, known, self._viewer.seat)
        behind += [self._words("watch.closed")] if self._viewer.shut_out(self._game, event.stage) else []
        return _tag("div", "stage-head", shown + "".join(_tag("div", "notice", escape(text)) for text in behind))

    def _speaker(self, seat: str) -> str:
        """Return the note on who spoke, for a line whose words are not shown."""
        role = _tag("span", "act", escape(self._game.role(seat, self._words.lang)))
        return _tag(
            "article", f"line {seat_tone(self._game, seat)}", _tag("span", "who", escape(self._game.name(seat))) + role
        )

    def _line(self, event: Event) -> str:
        line = line_of(cast(LineSpoken, event))
        if line["vote"] and not self._votes:
            return ""
        self._ids.add(line["id"])
        # What a report or a condition is on stands among what has been said since the page was opened.
        anew = line["stage"] in self._game.able("reviews") or line["condition"]
        read = (reading_for(self._session(), self._words) if anew else self._reading).line(line)
        private = self._private(line)
        known = {"unaccepted", "private"} if private else {"unaccepted"}
        known |= {"person"} if self._viewer.role == "projector" else set()  # those of the personas are marked
        marks = [text for kind, text in read.marks if kind not in known]
        stands_in = line["id"] in self._session().stood_in and "persona" not in dict(read.marks)
        marks += [self._words("mark.persona")] if stands_in else []
        says = as_said(self._game, line["says"], self._words)
        below = {"says": says, "only": private, "moved": " · ".join(read.moved), "marks": " · ".join(marks)}
        tool = ""
        if self._tools is not None:
            label = escape(self._words("desk.menu", line=line["id"]))
            tool = f'<button type="button" class="tool" data-tool="{line["id"]}" aria-label="{label}">⋮</button>'
        to = self._words("everyone") if line["to"] == ALL else self._game.name(line["to"])
        about = f"{self._game.role(line['seat'], self._words.lang)} · {self._does(line, to)}"
        tone = f"{'private' if private else ''} {'gone' if line['id'] in self._reading.session.hides else ''}".strip()
        return line_markup(self._game, line, tone, about, below, tool)

    def _does(self, line: Line, to: str) -> str:
        words, game, counters = self._words, self._game, self._offers(line)
        if line["vote"] and not line["says"]:
            return act_text(words, line, game, counters)
        shown = self._session().lines if line["about"] in self._ids else ()
        about = next((other for other in shown if other["id"] == line["about"]), None)
        known = about is not None and (has(about["act"], "proposes") or about["id"] in self._offers(about))
        return does_text(words, line, game, counters, {about["id"]: about["seat"]} if known and about else {}, to)

    def _offers(self, line: Line) -> Mapping[str, bool]:
        """Return a mapping with the line's id if, as the viewer knows it, the line is a counter-offer."""
        return self._counters if line["id"] in self._before else self._viewer.counters(self._session(), [line])

    def _private(self, line: Line) -> str:
        heard = line["visible_to"]
        if len(heard) >= len(self._game.present(line["stage"])):
            return ""
        return self._only([seat for seat in heard if seat != line["seat"]])

    def _only(self, seats: Sequence[str]) -> str:
        if not self._viewer.seat:
            return self._words("only.names", names=self._reading.names(seats))
        others = [seat for seat in seats if seat != self._viewer.seat]
        mine = len(others) < len(seats)
        key = "only.names" if not mine else "only.you_and" if others else "only.you"
        return self._words(key, **({"names": self._reading.names(others)} if others else {}))

    def _inject(self, event: Event) -> str:
        to = event.payload["to"]
        whole = set(to) >= set(self._game.present(event.stage))
        text = f"{self._words('notice.news')}{self._words('colon')}{event.payload['text']}"
        return self._notice("", text) if whole else self._notice("private", text, self._only(to))

    def _decision(self, event: Event) -> str:
        reading, taken = reading_for(self._session(), self._words), cast(DecisionTaken, event.payload)
        read = replace(read_decision(reading, taken), sides=by_role(self._game, taken, self._words))
        box = decision_box(reading, read, "")
        blocks = _tag("div", "blocks", blocks_to_html(box.blocks))
        tone = "" if event.payload["carried"] else " lost"
        return _tag("div", f"notice decision{tone}", f"<h4>{escape(box.title)}</h4>{blocks}")

    def _ended(self, event: Event) -> str:
        taken = (decision for decision in self._session().decisions if decision["stage"] == event.stage)
        why = self._words.of("ended", why_ended(event.payload["ended"], taken))
        return self._notice("quiet", self._words("notice.stage_ended", why=why))

    def _order(self, event: Event) -> str:
        if event.payload["kind"] == "message":
            return self._notice("", f"{self._words('notice.message')}{self._words('colon')}{event.payload['text']}")
        kind = event.payload["kind"]
        if kind == "finish" or (kind in _TOLD and self._viewer.all):
            return self._notice("quiet", self._reading.order(cast(OrderGiven, event)))
        if event.payload["kind"] != "whisper":
            return ""
        own = self._viewer.seat == event.seat
        head = self._words("notice.whisper" if own else "notice.whisper_to", name=self._game.name(event.seat))
        only = self._only([event.seat]) if own else ""
        return self._notice("private whisper", f"{head}{self._words('colon')}{event.payload['text']}", only)

    def _direction(self, event: Event) -> str:
        refused = event.payload["refused"]
        return self._notice("quiet", self._words("notice.refused", why=refused)) if refused else ""

    def _notice(self, tone: str, text: str, only: str = "") -> str:
        lock = _tag("div", "only", _LOCK + escape(only)) if only else ""
        return _tag("div", f"notice {tone}".rstrip(), lock + escape(text))


def line_markup(game: Game, line: Line, tone: str, act: str, below: Mapping[str, str], tool: str = "") -> str:
    """Return a line as HTML: with a tone of its own, its act, further texts below by class, and a tool."""
    who = _tag("span", "who", escape(game.name(line["seat"]))) + _tag("span", "act", escape(f"{act} · {line['id']}"))
    notes = (_tag("div", kind, _LOCK * (kind == "only") + escape(text)) for kind, text in below.items() if text)
    classes = f"line {seat_tone(game, line['seat'])} {tone}".rstrip()
    return f'<article class="{classes}" data-line="{escape(line["id"])}">{who}{"".join(notes)}{tool}</article>'


def _tag(name: str, classes: str, inner: str) -> str:
    return f'<{name} class="{classes}">{inner}</{name}>' if classes else f"<{name}>{inner}</{name}>"


def time_over(events: Sequence[Event], event: Event, seat: str) -> str:
    """Return what follows if an event says that a seat's time for a turn is over; empty for any other event.

    It is ``speaks`` where the persona is to speak, ``skip`` where the turn is passed over, and ``uncast`` where it was
    a vote.
    """
    if event.kind != "direction" or event.payload["refused"]:
        return ""
    given = (each.payload for each in reversed(events) if each.kind == "order")
    order = next(order for order in given if order["id"] == event.payload["id"])
    kind = "speaks" if order["by"] == "persona" else order["kind"]
    own = (order["giver"], order["seat"]) == ("clock", seat)
    return kind if own and kind in ("speaks", "skip", "uncast") else ""


def unanswered(game: Game, events: Sequence[Event], event: Event, seat: str) -> bool:
    """Return whether an event is the pulse of a seat whose person was asked for it and did not answer."""
    if event.kind != "pulse" or (event.seat, event.payload["origin"]) != (seat, "rules"):
        return False
    before = [each for each in events if each.seq < event.seq]
    hands = [
        each.payload["by"]
        for each in before
        if each.kind == "order" and each.payload["kind"] == "seat" and each.payload["seat"] == seat
    ]
    held = hands[-1] == "person" if hands else seat in game.spec.persons
    if not held or event.stage == START:
        return held
    spoken = any(each.kind == "line" and each.stage == event.stage for each in before)
    return spoken and seat in game.present(event.stage)
