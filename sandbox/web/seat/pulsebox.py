"""The private questions of the pulse, charts of pulses by moment, and the reflection form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.pulse import Pulse, PulseRound
from sandbox.report.pages.debrief import REFLECTION
from sandbox.web.frame import box, refusal_line, refusals, soft, tell, text_area
from sandbox.web.tables.database import LONGEST_TEXT

_LEVELS = [1, 2, 3, 4, 5]
_NAMES = ("trust", "conviction", "burden")
_TYPED = 800  # milliseconds without a key after which what is typed is kept
_WIDTH, _HEIGHT, _LEFT, _TOP, _HIGHEST = 220, 64, 8, 6, 5


def pulse_box(words: Words, before: str, send: Callable[[Mapping[str, int]], None]) -> None:
    """Add the questions of the pulse, below what is told before them.

    The function that sends the levels raises `InputError` if they are refused.
    """
    scales: dict[str, _Scale] = {}
    with box(words("pulse.title"), "yours").props(f'aria-label="{words("pulse.title")}"'):
        if before:
            ui.label(before).classes("prose").props("data-before")
        soft(words("pulse.why"))
        for name in Pulse.__annotations__:
            ui.label(words(f"pulse.ask.{name}"))
            scales[name] = _Scale(words, name)
        refused = refusal_line()

        def answer() -> None:
            with refusals(words, refused):
                chosen = {name: scale.value for name, scale in scales.items()}
                if None in chosen.values():
                    raise words.refusal("pulse.need_all")
                send(chosen)

        ui.button(words("pulse.send"), on_click=answer).props("data-send-pulse")


class _Scale(ui.toggle):
    """The scale of a question; screen readers read the question with each button."""

    def __init__(self, words: Words, name: str) -> None:
        short = words(f"pulse.{name}").capitalize()
        self._spoken = [words("pulse.level", name=short, level=level) for level in _LEVELS]
        super().__init__(_LEVELS)
        self.props(f'data-pulse="{name}" role="group" aria-label="{words(f"pulse.ask.{name}")}"')

    @override
    def _update_options(self) -> None:
        super()._update_options()
        self._props["options"] = [
            {**option, "attrs": {"aria-label": spoken}}
            for option, spoken in zip(self._props["options"], self._spoken, strict=True)
        ]


def pulse_chart(game: Game, words: Words, rounds: Sequence[PulseRound]) -> str:
    """Return small charts of pulses as HTML, one per seat, levels 1 to 5; empty without pulses."""
    if not rounds:
        return ""
    keys = "".join(f'<span class="pulse-{name}">{escape(words(f"pulse.{name}"))}</span>' for name in _NAMES)
    moments = [game.stage_names.get(pulses["moment"]) or words("moment.start") for pulses in rounds]
    charts = "".join(_seat_chart(game, words, seat, rounds, moments) for seat in game.positions)
    return f'<div class="pulse-keys">{keys}</div><div class="pulse-charts">{charts}</div>'


def _seat_chart(game: Game, words: Words, seat: str, rounds: Sequence[PulseRound], moments: Sequence[str]) -> str:
    taken = [(place, pulses["levels"][seat]) for place, pulses in enumerate(rounds) if seat in pulses["levels"]]
    step = (_WIDTH - 2 * _LEFT) / max(1, len(rounds) - 1)
    lines, courses = [], []
    for name in _NAMES:
        points = [(_LEFT + place * step, _height_of(levels[name])) for place, levels in taken]  # type: ignore[literal-required]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
        lines.append(f'<g class="pulse-{name}"><polyline points="{path}" fill="none"/>{dots}</g>')
        course = " → ".join(str(levels[name]) for _, levels in taken)  # type: ignore[literal-required]
        courses.append(f"{words(f'pulse.{name}')} {course}")
    label = escape(f"{game.name(seat)}{words('colon')}{words('semi').join(courses)} ({words.join(list(moments))})")
    heights = map(_height_of, (1, 3, 5))
    grid = "".join(f'<line x1="0" x2="{_WIDTH}" y1="{height}" y2="{height}"/>' for height in heights)
    return (
        f"<figure><figcaption>{escape(game.name(seat))}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}"><g class="grid">{grid}</g>'
        f"{''.join(lines)}</svg></figure>"
    )


def _height_of(level: int) -> float:
    return _TOP + (_HIGHEST - level) * (_HEIGHT - 2 * _TOP) / (_HIGHEST - 1)


def reflection_form(words: Words, kept: Mapping[str, str], keep: Callable[[dict[str, str]], None]) -> None:
    """Add the questions of the reflection; texts are stored while they are typed, and a button confirms it.

    The function that stores the answers raises `InputError` if they are refused.
    """
    boxes: dict[str, ui.textarea] = {}
    with box(words("over.reflect")):
        soft(words("over.reflect_why"))
        for question in REFLECTION:
            asks = words(f"over.{question}")
            soft(asks)  # longer than a field's own label may be on a phone
            area = text_area(None, LONGEST_TEXT, kept.get(question, ""))
            boxes[question] = area.props(f'data-q="{question}"')
            area.props["aria-label"] = asks
            area.props["debounce"] = _TYPED

        def answers() -> dict[str, str]:
            return {question: str(area.value or "") for question, area in boxes.items()}

        def keep_typed() -> None:
            with refusals(words):
                keep(answers())

        def save() -> None:
            with refusals(words):
                if not "".join(answers().values()).strip():
                    raise words.refusal("over.nothing_written")
                keep(answers())
                tell(words("over.reflected"))

        for area in boxes.values():
            area.on_value_change(keep_typed)

        ui.button(words("save"), on_click=save).props("data-reflect")
