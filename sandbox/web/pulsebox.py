"""The private questions of the pulse: how a seat sees it now, on a scale for each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nicegui import ui
from typing_extensions import override

from sandbox.content.words import Words
from sandbox.errors import InputError
from sandbox.game.pulse import Pulse
from sandbox.web.frame import box, refusal_line, refusals, soft

__all__ = ["pulse_box"]

_LEVELS = [1, 2, 3, 4, 5]


def pulse_box(words: Words, role: str, send: Callable[[Mapping[str, int]], None]) -> None:
    """Add the questions of the pulse.

    Args:
        words: the words of the session's language.
        role: as whom the person answers, in words.
        send: sends the levels by question; it raises an `InputError` when they are refused.
    """
    scales: dict[str, _Scale] = {}
    with box(words("pulse.title"), "yours").props(f'aria-label="{words("pulse.title")}"'):
        ui.label(role).classes("strong")
        soft(words("pulse.why"))
        for name in Pulse.__annotations__:
            ui.label(words(f"pulse.ask.{name}"))
            scales[name] = _Scale(words, name)
        refused = refusal_line()

        def answer() -> None:
            with refusals(words, refused):
                chosen = {name: scale.value for name, scale in scales.items()}
                if None in chosen.values():
                    raise InputError(words("pulse.need_all"))
                send(chosen)

        ui.button(words("pulse.send"), on_click=answer).props("data-send-pulse")


class _Scale(ui.toggle):
    """The scale of a question; whoever hears it read out hears which question each of its buttons answers."""

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
