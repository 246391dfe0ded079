"""The base of boxes that ask a player for a turn, the drafts of turns, and the box for a vote."""

from __future__ import annotations

import json
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement
from typing_extensions import override

from sandbox.content.acts import Trait
from sandbox.content.cards import Act
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.gist import gist
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.backing import said_on
from sandbox.game.motions.franchise import franchise, veto_key
from sandbox.game.view import SeatView
from sandbox.record.line import ALL, Line
from sandbox.report.voting_words import ballot_text, side_of
from sandbox.session.offers import condition_doubts, overtaken_text, promised_otherwise, rejection_text
from sandbox.session.turns import LONGEST_PERSON_LINE
from sandbox.web.decision_card import motion_terms, settled
from sandbox.web.frame import PagePart, box, bullets, confirm, div, heading, refusal_line, refusals, soft, tell
from sandbox.web.panels import quoted, seat_text

Send = Callable[[Mapping[str, Any]], None]
_SHORT = 160
_PARTS = (
    "act", "to", "says", "section", "task", "about", "text", "condition", "replaces", "promises",
    "withdraws", "promised_to",
)  # fmt: skip
_ANSWER_SECONDS = 5.0
# What is typed reaches the server a moment later than the browser's own memory.
_SAME_SECONDS = 3.0
_QUOTED = 220
_COLOURS = {"yes": "positive", "no": "negative"}


class Asking(ABC):
    """Asks the person in a seat for a turn.

    The function that sends the turn raises `InputError` if it is refused.
    """

    _refused: ui.label
    _sent = ""

    def __init__(self, game: Game, view: SeatView, words: Words, draft: Draft, send: Send, title: str) -> None:
        self._game, self._view, self._words, self._draft, self._send = game, view, words, draft, send
        self._act: Act | None = None
        with box(title, "yours").props(f'aria-label="{title}"') as self._box:
            self._begun = PagePart()
            self._ask()
        ui.timer(0.1, self._recall, once=True)

    @abstractmethod
    def _ask(self) -> None:
        """Add the fields of the turn."""

    @abstractmethod
    def _restore(self, parts: Mapping[str, Any]) -> None:
        """Fill in the parts of a draft that are still possible."""

    def _words_input(self, label: str) -> None:
        long = self._words("turn.long", most=LONGEST_PERSON_LINE)
        self._says = ui.textarea(label, validation={long: lambda text: len(text or "") <= LONGEST_PERSON_LINE})
        self._says.props(f'outlined autogrow maxlength="{LONGEST_PERSON_LINE}" counter data-says').classes("w-full")
        self._draft.keep_typed(self._says, "says")

    @property
    def _said(self) -> str:
        return str(self._says.value or "").strip()

    def _submit(self, **turn: Any) -> None:
        with refusals(self._words, self._refused):
            if self._act is None:
                raise self._words.refusal("turn.need_act")
            self._send(self._whole(**turn))
            with self._box:  # the button that was pressed may be gone by now, with the question that it stood in
                self._draft.forget()
                if self._sent:
                    tell(self._words(self._sent))
            self._box.delete()  # at once, and not when the line comes: a second click would be told that all moved on

    def _whole(self, **turn: Any) -> dict[str, Any]:
        """Return the turn with all its parts."""
        left: dict[str, Any] = {**dict.fromkeys(_PARTS, ""), "terms": {}, "appends": False, "aside": False}
        return {**left, "to": ALL, "act": self._act, "says": self._said, **turn}

    async def _recall(self) -> None:
        here, elsewhere = await self._draft.recall()
        if self._box.is_deleted:
            return
        if here and not self._said:
            self._restore(here)
        if elsewhere.get("says") or elsewhere.get("terms"):
            self._begun.show(str(elsewhere), lambda: self._offer(elsewhere))

    def _offer(self, parts: Mapping[str, Any]) -> None:
        """Offer a draft from another place in the session."""
        words = self._words

        def use() -> None:
            self._restore(parts)
            self._begun.element.clear()

        text = gist(str(parts.get("says", "")), _SHORT) or words.doing(str(parts.get("act", "")))
        with div("notice pair").props("data-begun"):
            ui.label(words("turn.begun", says=text)).classes("grow prose")
            ui.button(words("turn.use_begun"), on_click=use).props("outline data-use-begun")
            ui.button(words("turn.drop_begun"), on_click=self._begun.element.clear).props("flat")


@dataclass
class Begun:
    """A player's draft in the server's memory, which is there on another phone too.

    Args:
        place: the place in the session that it is for.
        parts: the parts of the turn.
        before: the draft of an earlier place.
        at: time of the last change, by the server's monotonic clock.
        sent: a turn that was sent and is held until a question about it is answered, by its place.
    """

    place: str = ""
    parts: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    at: float = -math.inf
    sent: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def keep(self, place: str, part: str, value: Any) -> None:
        """Keep a part of the turn for a place."""
        if place != self.place:
            self.place, self.parts, self.before = place, {}, self.parts
        self.parts[part] = value[:LONGEST_PERSON_LINE] if isinstance(value, str) else value
        self.at = time.monotonic()

    def forget(self) -> None:
        """Delete the draft, so that what another phone still keeps counts as older."""
        self.place, self.parts, self.before, self.at, self.sent = "", {}, {}, time.monotonic(), {}


class Draft:
    """The draft of a turn, kept by table, seat and place in the session.

    It outlives a pause, a lost connection, a page that is loaded anew, time that ran out and a branch, by the browser's
    memory, and a lost phone, by the server's.
    """

    def __init__(self, table: str, seat: str, place: str, begun: Begun) -> None:
        self._key, self._place, self._begun = json.dumps(f"draft:{table}:{seat}"), place, begun
        self._at = json.dumps(place)

    def keep(self, part: str, value: Any) -> None:
        """Keep a part of the turn, such as its act."""
        self._begun.keep(self._place, part, value)
        ui.run_javascript(f"draft.keep({self._key}, {self._at}, {json.dumps(part)}, {json.dumps(value)})")

    def hold(self, turn: Mapping[str, Any] | None) -> None:
        """Hold a turn that was sent until a question about it is answered; when time is over it goes out as it is."""
        self._begun.sent = {self._place: turn} if turn else {}

    def keep_typed(self, field: ValueElement[Any], part: str) -> None:
        """Keep the text of a field while it is typed, in the browser also while the connection is lost."""
        handler = f"(value) => draft.keep({self._key}, {self._at}, {json.dumps(part)}, value)"
        field.on("update:model-value", js_handler=handler)
        field.on_value_change(lambda change: self._begun.keep(self._place, part, change.value))

    async def recall(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the drafts for this place and for an earlier one, without parts that do not fit.

        Of the browser's and the server's drafts the later one counts.
        """
        begun = self._begun
        place, parts, before, at = begun.place, begun.parts, begun.before, begun.at
        try:
            kept = await ui.run_javascript(f"draft.aged({self._key})", timeout=_ANSWER_SECONDS)
        except TimeoutError:
            return {}, {}  # the page is gone
        if isinstance(kept, dict) and kept.get("parts"):
            age = kept.get("age")  # in seconds, on the browser's own clock
            if not isinstance(age, int | float) or age <= time.monotonic() - at + _SAME_SECONDS:
                place, parts, before = kept.get("place", ""), kept["parts"], kept.get("before") or {}
        return (_parts(parts), _parts(before)) if place == self._place else ({}, _parts(parts))

    def forget(self) -> None:
        """Delete the draft."""
        self._begun.forget()
        ui.run_javascript(f"draft.forget({self._key})")


def _parts(kept: Any) -> dict[str, Any]:
    """Return the valid parts of a turn in a browser's memory, which anybody may have changed."""
    if not isinstance(kept, dict):
        return {}
    parts: dict[str, Any] = {key: kept[key] for key in _PARTS if isinstance(kept.get(key), str) and kept[key]}
    for name in ("terms", "also", "takes_on"):
        if isinstance(chosen := kept.get(name), dict):
            parts[name] = {str(key): option for key, option in chosen.items() if isinstance(option, str) and option}
    if isinstance(seats := kept.get("asked_of"), list):
        parts["asked_of"] = [seat for seat in seats if isinstance(seat, str)]
    for key in ("appends", "aside"):
        if kept.get(key) is True:
            parts[key] = True
    return parts


class VoteBox(Asking):
    """Asks the person in a seat for a vote on a motion.

    It shows how an earlier one ``fell``, and whose word on a condition it ``lacks``.
    """

    _sent = "vote.sent"

    def __init__(
        self,
        game: Game,
        view: SeatView,
        words: Words,
        draft: Draft,
        send: Send,
        motion: Item,
        fell: str,
        lacks: Sequence[str],
    ) -> None:
        self._motion, self._fell, self._lacks = motion, fell, lacks
        super().__init__(game, view, words, draft, send, words("vote.title"))

    @override
    def _ask(self) -> None:
        words = self._words
        if self._fell:
            ui.label(self._fell).classes("notice decision lost").props("data-fell")
        _motion_card(self._game, self._view, self._motion, self._lacks)
        if text := overtaken_text(self._game, self._view):
            ui.label(text).classes("prose").props("data-overtaken")
        self._words_input(words("vote.words"))
        self._refused = refusal_line()
        with div("acts votes"):
            for act in self._view.acts:
                side, text = (
                    side_of(act),
                    ballot_text(self._game, self._view.seat, self._view.stage.id, act, self._view.motion),
                )
                asks = partial(self._stop, act) if side == "no" and self._stops else partial(self._cast, act)
                button = ui.button(text, on_click=asks, color=_COLOURS.get(side))
                button.props(f'data-act="{act}"' + ("" if side in _COLOURS else " outline"))

    @property
    def _stops(self) -> bool:
        """Whether the seat's vote against the motion stops it, however the others vote."""
        put = self._view.motion
        return self._view.seat in franchise(self._game, self._view.stage.id, put.terms if put else None).stop

    def _stop(self, act: Act) -> None:
        """Ask for confirmation before the vote stops the motion, with the reason."""
        game, seat = self._game, self._view.seat
        veto = game.governance.rules.aggregation.stops(game.positions[seat])
        sure, stops = (veto_key(game, f"vote.{key}", [seat] if veto else []) for key in ("sure_veto", "no_stops"))
        asked = self._words(sure, role=game.role(seat, self._words.lang)) if veto else self._words("vote.sure_all")
        confirm(self._words, asked, self._words(stops), partial(self._cast, act), self._box)

    @override
    def _restore(self, parts: Mapping[str, Any]) -> None:
        self._says.value = str(parts.get("says", ""))

    def _cast(self, act: Act) -> None:
        self._act = act
        self._submit()


def _motion_card(game: Game, view: SeatView, motion: Item, lacks: Sequence[str]) -> None:
    """Add a motion: its mover and words, what it would settle, and lines about it."""
    words = game.words
    with div("motion stack"):
        by = words.paren(words("mark.persona")) if motion.line in view.stood_in else ""
        soft(words("vote.moved", name=seat_text(game, motion.owner, words) + by, line=motion.line))
        ui.label(quoted(game, motion.says, words)).classes("prose quote")
        if motion.terms:
            heading(3, words("motion.terms"))
        motion_terms(game.in_language(words.lang), motion)
        for text in lacks:
            ui.label(text).classes("prose").props("data-unsaid")
        if left := left_open(game, motion, words):
            with div("open").props("data-stays-open"):
                settled([(question, words("vote.open_question")) for question in left])
        for text in (*condition_doubts(game, view, motion), *promised_otherwise(game, view, motion)):
            soft(text).props("data-contradicts")
        if text := rejection_text(game, view):
            soft(text)
        sides: dict[str, Trait] = {"vote.for_it": "supports", "vote.against_it": "opposes"}
        for key, trait in sides.items():
            if said := said_on(view.heard, motion, trait):
                heading(3, words(key))
                bullets([_stand(game, view, line) for line in said.values()])


def left_open(game: Game, motion: Item, words: Words) -> list[str]:
    """Return the questions of the case that a motion with options does not settle."""
    questions = game.scenario.decisions if motion.terms else ()
    return [each.question.get(words.lang) for each in questions if each.id not in motion.terms]


def _stand(game: Game, view: SeatView, line: Line) -> str:
    """Return a line in words, with a note if several motions are on the table and it names none."""
    unnamed = game.words.paren(game.words("vote.unnamed")) if not line["about"] and len(view.proposals) > 1 else ""
    says = quoted(game, gist(line["says"], _QUOTED), game.words)
    return f"{game.name(line['seat'])} · {line['id']}{game.words('colon')}{says}{unnamed}"
