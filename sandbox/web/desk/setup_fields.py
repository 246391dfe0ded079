"""Fields of the forms that set up tables and campaigns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import get_args

from nicegui import ui

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import Words
from sandbox.web.frame import heading
from sandbox.web.tables.clock import SECONDS_HELD, VOTE_SECONDS
from sandbox.web.tables.database import Idle
from sandbox.web.tables.house import House

_MOST_SECONDS = 900
_PLANNED_SECONDS = 90  # for a turn, where the whole has a time


def by_cards_choice(house: House, words: Words, value: bool) -> Callable[[], bool]:
    """Add the choice between the house's player and the cards alone; return a function that reads it."""
    by = house.choice.players.by
    if by == "cards":
        return lambda: False
    heading(3, words("setup.others"))
    own = words("setup.by.rules") if by == "rules" else words("setup.by.model", model=house.choice.speaker_name)
    ways = {False: own, True: words("setup.by.cards")}
    chosen = ui.radio(ways, value=value).props(f'aria-label="{words("setup.others")}" data-by-cards')
    return lambda: chosen.value is True


def lang_choice(words: Words, value: Lang) -> ui.radio:
    """Add the choice of the session's language."""
    heading(3, words("setup.lang"))
    langs = ui.radio({lang: Words(lang)("autonym") for lang in LANGUAGES}, value=value)
    return langs.props(f'inline aria-label="{words("setup.lang")}" data-lang')


def hold_choice(words: Words, seconds: int = SECONDS_HELD) -> ui.checkbox:
    """Add the choice whether a line can be taken back for some seconds."""
    return ui.checkbox(words("setup.hold", seconds=SECONDS_HELD), value=bool(seconds)).props("data-hold")


class TurnTimeChoice:
    """The seconds that a person has for a turn (``limit``), and what happens after them (``after``)."""

    def __init__(self, words: Words, seconds: int, idle: Idle, classes: str = "w-full") -> None:
        self._words = words
        self.limit = ui.number(words("setup.seconds"), value=seconds).classes(classes).props("data-turn-seconds")
        self.limit.props["hint"] = words("setup.vote_seconds", vote=VOTE_SECONDS)
        ways: dict[Idle, str] = {way: words(f"setup.idle.{way}") for way in get_args(Idle)}
        self.after = ui.select(ways, value=idle, label=words("setup.idle")).classes(classes)

    def plan(self, *, limited: bool) -> None:
        """Set a limit for turns if the whole session has one, since a lost phone must not stop the room; else none."""
        self.limit.value = (self.limit.value or _PLANNED_SECONDS) if limited else 0

    def told(self) -> str:
        """Return both in a sentence."""
        return turn_time_told(self._words, int(self.limit.value or 0), str(self.after.value))

    def chosen(self) -> tuple[int, Idle]:
        """Return both values; raises `InputError` if the seconds are not a whole number within their bounds."""
        seconds = whole(self._words, self.limit, 0, _MOST_SECONDS)
        return seconds, "skip" if self.after.value == "skip" else "persona"


def turn_time_told(words: Words, seconds: int, idle: str) -> str:
    """Return in a sentence how many seconds a person has for a turn, and what comes after them."""
    key = "turn" if seconds else "no_turn"
    after = words(f"setup.idle.{idle}")
    return words(f"setup.time.{key}", seconds=seconds, after=after, vote=max(VOTE_SECONDS, seconds))


def whole_time_told(words: Words, plan: int, played: int) -> str:
    """Return in a sentence how long all takes: ``plan`` minutes, and ``played`` of them at most; 0 without a limit."""
    return words(f"setup.time.{'plan' if plan else 'by_stage' if played else 'none'}", minutes=plan, played=played)


def whole(words: Words, box: ui.number, least: int, most: int) -> int:
    """Return the whole number in a box; raises `InputError` if it is none, or not from ``least`` to ``most``."""
    value = box.value or 0
    if value != int(value) or not least <= value <= most:
        raise words.refusal("setup.number", field=str(box.props.get("label")), least=least, most=most)
    return int(value)


def number(label: str, value: int | None) -> ui.number:
    """Add a box for a number."""
    return ui.number(label, value=value).classes("w-full")


class CastChoice:
    """A choice, for each seat of a case, of the personas that may replace the case's own.

    If a page has several cases, their fields are numbered.
    """

    def __init__(
        self, house: House, words: Words, case: Scenario, cast: Mapping[str, str], changed: Callable[[], object],
        place: str = "",
    ) -> None:  # fmt: skip
        library = house.library
        seats = {seat.persona: library.seated(case, seat.persona) for seat in case.seats}
        names = [name for name in library.own_first("persona") if name not in seats]
        cards = {name: library.persona(name) for name in names}
        self._boxes: dict[str, ui.select] = {}
        for seat, card in seats.items():
            fitting = {
                name: seat_title(house, words, case, seat, name)
                + (words.paren(words("cards.yours")) if library.owns("persona", name) else "")
                for name, other in cards.items()
                if (other.kind, other.registered) == (card.kind, card.registered)
            }
            if not fitting:
                continue
            options = {"": words("setup.cast.own", name=card.name.get(words.lang)), **fitting}
            value = cast.get(seat, "") if cast.get(seat, "") in options else ""
            box = ui.select(options, value=value, label=card.role.get(words.lang), on_change=changed)
            self._boxes[seat] = box.classes("w-full").props(f'data-cast-seat="{f"{place}." if place else ""}{seat}"')

    @property
    def chosen(self) -> dict[str, str]:
        """The chosen personas other than the case's own, by seat."""
        return {seat: str(box.value) for seat, box in self._boxes.items() if box.value}


def seat_title(house: House, words: Words, case: Scenario, seat: str, persona: str, name: Text | None = None) -> str:
    """Return the name and role of a seat's persona: its own, or the one given."""
    card = house.library.persona(persona) if persona else house.library.seated(case, seat)
    return f"{(name or card.name).get(words.lang)} · {card.role.get(words.lang)}"
