"""Lines that the facilitator removed: the log keeps their words, readers get a note in their place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, cast

from sandbox.game.game import Game
from sandbox.game.language.stock import is_stock
from sandbox.game.language.wording import continued
from sandbox.game.ledger.entries import Item
from sandbox.game.ledger.matters import brief_matter
from sandbox.game.minutes.minutes import take_minutes
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.plans import written
from sandbox.game.state import Minutes, State
from sandbox.record.events import Event, LineRemoved
from sandbox.record.line import Line


def taken_off(events: Iterable[Event]) -> frozenset[str]:
    """Return the ids of the lines that are removed at the end of a log."""
    last = {event.payload["line"]: event.payload["off"] for event in events if isinstance(event, LineRemoved)}
    return frozenset(line for line, off in last.items() if off)


def without_words(
    game: Game, state: State, events: Sequence[Event], lines: Collection[str]
) -> tuple[State, tuple[Event, ...]]:
    """Return a session's state and log without the words of some lines.

    Acts, options and counts stay. The words go from every place that repeats them: the ledger, plans, minutes,
    conditions of other motions and of decisions, news of a review, quotes of judges.
    """
    note = _Note(game, state, lines)
    shown: State = {
        **state,
        "lines": [note.line(line) for line in state["lines"]],
        "ledger": note.ledger,
        "decisions": [note.record(taken) for taken in state["decisions"]],
        "desk": {**state["desk"], "news": [note.news(news) for news in state["desk"]["news"]]},
    }
    shown["minutes"] = _minutes(game, shown, lines)
    texts = {minutes["stage"]: minutes["text"] for minutes in shown["minutes"]}
    return shown, tuple(replace(event, payload=note.payload(event, texts)) for event in events)


class _Note:
    """Puts a note in place of the words of some lines, of what they wrote into plans, and of their conditions."""

    def __init__(self, game: Game, state: State, hidden: Collection[str]) -> None:
        self._text, self._semi, self._hidden = game.words("mark.taken_off"), game.words("semi"), hidden
        self._lang = game.spec.lang
        sections = (written(game, line) for line in state["lines"] if line["section"] and line["id"] in hidden)
        self._written = sorted(filter(None, sections), key=len, reverse=True)  # one may have written behind another
        self._conditions: set[str] = set()
        brought: set[str] = set()
        for line in state["lines"]:
            parts = {*hangs_on(line["condition"])}
            if line["id"] in hidden:
                self._conditions |= parts - brought
            brought |= parts
        self._motions = {taken["id"]: taken["motion"] for taken in state["decisions"]}
        self.ledger = tuple(map(self._item, state["ledger"]))
        self._matters = {  # by which the program quotes entries
            brief_matter(game, item): brief_matter(game, shown)
            for item, shown in zip(state["ledger"], self.ledger, strict=True)
            if item.says != shown.says and not is_stock(game, item.says)
        }

    def line(self, line: Line) -> Line:
        own = ("says", "text", "promises") if line["id"] in self._hidden else ()
        gone = {key: self._text for key in own if cast(Any, line)[key]}
        kept = {"says": self._quoting(line["says"]), "text": self._plan(line["text"])}
        return cast(Line, self.record(line) | kept | gone)

    def news(self, news: Any) -> Any:
        return {**news, "text": self._quoting(news["text"])}

    def _item(self, item: Item) -> Item:
        off = self._motions.get(item.line, item.line) in self._hidden and item.says
        says = self._text if off else self._condition(item.says)
        return replace(item, says=says, condition=self._condition(item.condition))

    def record(self, values: Any) -> Any:
        """Return a line or a decision without the conditions."""
        texts = {key: self._condition(value) for key, value in values.items() if isinstance(value, str)}
        return {**values, **texts} if self._conditions else values

    def payload(self, event: Event, minutes: dict[str, str]) -> Any:
        said = event.payload
        if event.kind == "line":
            return self.line(said)
        if event.kind == "decision":
            return self.record(said)
        if event.kind == "inject":
            return self.news(said)
        if event.kind == "plan":
            gone = {section: self._text for section, line in said["lines"].items() if line in self._hidden}
            texts = {section: self._plan(text) for section, text in said["sections"].items()}
            return {**said, "sections": texts | gone}
        if event.kind == "minutes":
            return {**said, "text": minutes.get(event.stage, said["text"])}
        if event.kind == "score":
            return self._score(said) | {"also": [self._score(quoted) for quoted in said.get("also", ())]}
        return said

    def _score(self, said: Any) -> Any:
        return {**said, "quote": self._text} if said["turn"] in self._hidden and said["quote"] else said

    def _quoting(self, text: str) -> str:
        for matter, shown in self._matters.items():
            text = text.replace(matter, shown)
        return text

    def _plan(self, text: str) -> str:
        for part in self._written:
            before = continued(part, "-", self._lang)[:-1]
            if text == part or text.startswith(before):
                return continued(self._text, text[len(before) :], self._lang)
        return text

    def _condition(self, text: str) -> str:
        parts = hangs_on(text) if self._conditions else []
        if self._conditions.isdisjoint(parts):
            return text
        return self._semi.join(dict.fromkeys(self._text if part in self._conditions else part for part in parts))


def _minutes(game: Game, state: State, hidden: Collection[str]) -> list[Minutes]:
    """Return the minutes, taken anew from the first stage in which one of the lines was spoken."""
    order = [stage.id for stage in game.stages]
    places = (order.index(line["stage"]) for line in state["lines"] if line["id"] in hidden)
    first = min(places, default=len(order))

    def anew(minutes: Minutes) -> Minutes:
        number = order.index(minutes["stage"])
        if number < first:
            return minutes
        lines = [line for line in state["lines"] if order.index(line["stage"]) <= number]
        turn = sum(line["stage"] == minutes["stage"] for line in lines)
        taken = [each for each in state["decisions"] if order.index(each["stage"]) <= number]
        then: State = {**state, "stage": number, "turn": turn, "lines": lines, "decisions": taken}
        return {**minutes, "text": take_minutes(game, then)["text"]}

    return [anew(minutes) for minutes in state["minutes"]]
