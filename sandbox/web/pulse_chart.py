"""Pulses as a picture: for each seat how trust, conviction and burden went from moment to moment."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.pulse import PulseRound

__all__ = ["pulse_chart"]

_NAMES = ("trust", "conviction", "burden")
_WIDTH, _HEIGHT, _LEFT, _TOP, _HIGHEST = 220, 64, 8, 6, 5


def pulse_chart(game: Game, words: Words, rounds: Sequence[PulseRound]) -> str:
    """Return small charts side by side as HTML, one a seat, each level from 1 to 5; empty where nothing was asked."""
    if not rounds:
        return ""
    keys = "".join(f'<span class="pulse-{name}">{escape(words(f"pulse.{name}"))}</span>' for name in _NAMES)
    moments = [game.stage_names.get(pulses["moment"]) or words("moment.start") for pulses in rounds]
    charts = "".join(_chart(game, words, seat, rounds, moments) for seat in game.positions)
    return f'<div class="pulse-keys">{keys}</div><div class="pulse-charts">{charts}</div>'


def _chart(game: Game, words: Words, seat: str, rounds: Sequence[PulseRound], moments: Sequence[str]) -> str:
    taken = [(place, pulses["levels"][seat]) for place, pulses in enumerate(rounds) if seat in pulses["levels"]]
    step = (_WIDTH - 2 * _LEFT) / max(1, len(rounds) - 1)
    lines, told = [], []
    for name in _NAMES:
        points = [(_LEFT + place * step, _y(levels[name])) for place, levels in taken]  # type: ignore[literal-required]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in points)
        lines.append(f'<g class="pulse-{name}"><polyline points="{path}" fill="none"/>{dots}</g>')
        course = " → ".join(str(levels[name]) for _, levels in taken)  # type: ignore[literal-required]
        told.append(f"{words(f'pulse.{name}')} {course}")
    label = escape(f"{game.name(seat)}{words('colon')}{words('semi').join(told)} ({words.join(list(moments))})")
    grid = "".join(f'<line x1="0" x2="{_WIDTH}" y1="{_y(level)}" y2="{_y(level)}"/>' for level in (1, 3, 5))
    return (
        f"<figure><figcaption>{escape(game.name(seat))}</figcaption>"
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{label}"><g class="grid">{grid}</g>'
        f"{''.join(lines)}</svg></figure>"
    )


def _y(level: int) -> float:
    return _TOP + (_HIGHEST - level) * (_HEIGHT - 2 * _TOP) / (_HIGHEST - 1)
