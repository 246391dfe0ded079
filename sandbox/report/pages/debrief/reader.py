"""A session in words, as the reader of a debrief may see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.language import Lang
from sandbox.content.words import within_quotes
from sandbox.game.fold import fold
from sandbox.game.language.gist import gist
from sandbox.game.language.stock import quotable
from sandbox.game.language.wording import sentences
from sandbox.game.review.reporting import reports_on
from sandbox.game.session import Session
from sandbox.game.view import sees
from sandbox.record.line import Line
from sandbox.report.document.blocks import Span, Spans, clean
from sandbox.report.document.compose import joined, strong
from sandbox.report.endings import why_ended
from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import Scorecard

_LONGEST: dict[Lang, int] = {"en": 480, "zh": 200}
_STOPS = " .,;:。，；：、…"
_MACHINERY = ("call", "person")


@dataclass(frozen=True)
class DebriefReader(Reading):
    """A session as the reader of a debrief may see it.

    ``seat`` is None for the facilitator. ``ended`` says why stages ended, for the stages in which the reader was
    present or whose minutes they have. ``whole`` says whether the reader heard every line.
    """

    card: Scorecard
    seat: str | None
    ended: Mapping[str, str]
    whole: bool

    @cached_property
    def refused(self) -> frozenset[str]:
        """The facilitator's orders that could not be carried out."""
        carried_out = (event.payload for event in self.events if event.kind == "direction")
        return frozenset(order["id"] for order in carried_out if order["refused"])

    def in_room(self, stage: str) -> bool:
        """Return whether the reader was present in a stage; the facilitator always is."""
        return self.seat is None or self.seat in self.game.present(stage)

    def ref(self, event: str) -> Span:
        """Return a link to a line or decision; an empty span if the reader does not see it here."""
        if event in self.line_by_id:
            return Span(self.cited(event), event)
        if any(decision["id"] == event for decision in self.decisions):
            return Span(self.called(event), event)
        return Span("")

    def refs(self, events: Sequence[str]) -> Spans:
        """Return links with separators between."""
        links = ((link,) for link in map(self.ref, dict.fromkeys(events)) if link.text)
        return joined(links, Span(self.label("list")))

    def quote(self, text: str) -> Span:
        """Return words in quotation marks, cut if they are long."""
        whole = clean(text).strip()
        longest = _LONGEST[self.spoken.spec.lang]
        told = within_quotes(whole if len(whole) <= longest else _cut(whole, longest))
        return Span(f"“{told}”", style="quote")

    def aloud(self, says: str, longest: int, act: Act | None = None) -> str:
        """Return the run of whole sentences that tells most of ``says``, so that it can be read out.

        It has roughly ``longest`` characters; ``act`` is the act of the words.
        """
        whole = clean(says).strip()
        told = [part.strip(_STOPS) for part in gist(whole, longest, act=act).split("…")]
        parts = sentences(whole)
        runs = groupby(parts, lambda part: any(each in part or part.strip(_STOPS) in each for each in told if each))
        kept = [self.spoken.words("gap").join(run) for tells, run in runs if tells]
        asks = act is not None and has(act, "asks")
        return max(kept, key=lambda run: (asks and run.endswith(("?", "？")), len(run)), default=whole)

    def shows(self, events: Sequence[str], matter: str = "") -> tuple[Spans, ...]:
        """Return events as evidence: lines with their words, and links to decisions.

        Events that the reader may not see are left out. Lines that report do what they do on the ``matter``.
        """
        lines = {event: reports_on(self.line_by_id[event], matter) for event in events if event in self.line_by_id}
        rows = [self.said(lines[event]) if event in lines else (self.ref(event),) for event in dict.fromkeys(events)]
        return tuple(spans for spans in rows if spans[0].text)

    def said(self, line: Line) -> Spans:
        """Return what a line does, and to whom, with its words and its link."""
        who = self.name(line["seat"])
        act = f" {self.does(line)}"
        words = quotable(self.game, line["says"])
        said = (Span(act + self.label("colon")), self.quote(words)) if words else (Span(act),)
        return (strong(who), *said, Span(" "), self.ref(line["id"]))


def reader_of(session: Session, card: Scorecard, seat: str | None, lang: Lang | None = None) -> DebriefReader:
    """Return a session as a reader may see it, in a language.

    A seat sees what `sees` allows. None is the facilitator, who sees all but calls of the model and what people typed.
    """
    session = session.shown
    game, events = session.game, session.events
    seen = [event for event in events if (event.kind not in _MACHINERY if seat is None else sees(game, seat, event))]
    ended = {
        event.stage: why_ended(
            str(event.payload["ended"]), (taken for taken in session.decisions if taken["stage"] == event.stage)
        )
        for event in events
        if event.kind == "minutes" and (event in seen or seat in game.present(event.stage))
    }
    whole = all(seat in event.payload["visible_to"] for event in events if event.kind == "line" and seat is not None)
    # Minutes close their stage also if the reader may not read them.
    known = {event.seq for event in seen}
    state = fold(game, [event for event in events if event.kind == "minutes" or event.seq in known])
    read = {event.stage for event in seen if event.kind == "minutes"}
    state = {**state, "minutes": [minutes for minutes in state["minutes"] if minutes["stage"] in read]}
    # What was promised to all where the seat did not sit is known to it once it falls due.
    had = {(item.line, item.kind) for item in state["ledger"]}
    due = [item for item in session.items if item.account and item.account.hears_all and seat in item.visible_to]
    state["ledger"] = (*(item for item in due if (item.line, item.kind) not in had), *state["ledger"])
    return DebriefReader(Session(game, state, seen, session.hides), card, seat, ended, whole, lang=lang)


def _cut(text: str, longest: int) -> str:
    """Return the beginning of a long text, then dots.

    It ends after a whole word, if spaces separate words, and without punctuation before the dots.
    """
    start = text[: longest - 1]
    whole = start.rpartition(" ")[0]
    return (whole if 2 * len(whole) > len(start) else start).rstrip(_STOPS) + "…"
