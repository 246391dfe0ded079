"""A session as an audit reads it: its lines by who worded them, and what people brought in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sandbox.content.language import Lang
from sandbox.game.language.wording import content_words
from sandbox.game.session import Session
from sandbox.record.events import LineSpoken, NewsArrived, OrderGiven
from sandbox.record.line import Line
from sandbox.scoring.audit.finding import Evidence
from sandbox.scoring.audit.playing import play_measures


@dataclass(frozen=True)
class Audited:
    """A session as an audit reads it. Lines of people are never counted; others only react to them."""

    session: Session

    @property
    def id(self) -> str:
        """The session's id."""
        return self.session.id

    @property
    def lang(self) -> Lang:
        """The language of the session."""
        return self.session.spec.lang

    @cached_property
    def whispers(self) -> tuple[tuple[int, str, str], ...]:
        """The facilitator's advice: the number of lines before it, the seat that got it, and its words."""
        spoken, whispers = 0, []
        for event in self.session.events:
            spoken += isinstance(event, LineSpoken)
            if isinstance(event, OrderGiven) and event.payload["kind"] == "whisper":
                whispers.append((spoken, event.payload["seat"], event.payload["text"]))
        return tuple(whispers)

    @cached_property
    def news(self) -> tuple[str, ...]:
        """The words of the events from outside."""
        return tuple(event.payload["text"] for event in self.session.events if isinstance(event, NewsArrived))

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of personas, worded by a model, an agent or a card; acts are counted over these."""
        return [line for line in self.session.lines if line["origin"] in ("model", "card", "agent")]

    @cached_property
    def worded(self) -> list[Line]:
        """The lines worded by a model or an agent; words are counted over these alone."""
        return [line for line in self.session.lines if line["origin"] in ("model", "agent")]

    @cached_property
    def names(self) -> dict[str, str]:
        """A replacement word for each name of a persona, in English also for each part of it."""
        names: dict[str, str] = {}
        for index, card in enumerate(self.session.game.personas.values()):
            name = card.name.get(self.lang)
            parts = [part for part in name.split() if content_words(part, "en")] if self.lang == "en" else []  # not: He
            # Without digits, since figures are read from the same lines.
            names |= dict.fromkeys([name, *parts], "seat" + chr(97 + index % 26))
        return names

    @cached_property
    def unnamed(self) -> list[Line]:
        """The lines of `worded` with `names` replaced."""
        return [cast(Line, {**line, "says": replaced(line["says"], self.names, self.lang)}) for line in self.worded]

    @cached_property
    def brought(self) -> list[str]:
        """The texts that people and the facilitator brought into the session, and the events from outside."""
        people = [line["says"] for line in self.session.lines if line["origin"] == "person"]
        return [*people, *self.news, *(text for _, _, text in self.whispers)]

    @cached_property
    def play(self) -> Mapping[str, Any]:
        """The measures of play over the lines of `unnamed`."""
        return play_measures(self.session.with_lines(self.unnamed))

    def evidence(self, line: Line, what: str = "") -> Evidence:
        """Return a line as evidence."""
        return Evidence(self.id, line["id"], what)


def replaced(says: str, words: Mapping[str, str], lang: Lang) -> str:
    """Return a text with words replaced, longer ones first and in any case; in English only whole words."""
    if not words:
        return says
    edge = r"\b" if lang == "en" else ""
    ranked = sorted(words, key=lambda word: (-len(word), word))
    known = {word.lower(): other for word, other in words.items()}
    pattern = "|".join(rf"{edge}{re.escape(word)}{edge}" for word in ranked)
    return re.sub(pattern, lambda match: known[match[0].lower()], says, flags=re.IGNORECASE)
