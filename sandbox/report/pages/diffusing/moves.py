"""What each mechanism and each rule moves: the same countries without it, or under another rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sandbox.diffusion.spread import Arm, Spread
from sandbox.report.document.blocks import Block, Chart, Section
from sandbox.report.document.chart import Dot, Scale, Strip
from sandbox.report.pages.diffusing.reader import Reader, half_at
from sandbox.report.pages.parts import note

__all__ = ["moves"]

_FORM, _SUBSTANCE = 1, 0
_LEAST = 0.1  # length of the scale, so that nothing looks large that is not


def moves(reader: Reader, beside: Sequence[Spread]) -> Section:
    """Return the section on what moves the result.

    Args:
        reader: the spread in words.
        beside: results of the same country and seeds under other rules or settings.
    """
    arms = [(_named(reader, arm), arm) for arm in reader.spread.arms[1:]]
    arms += [(_other(reader, other), other.arms[0]) for other in beside]
    if not arms:
        return Section("moves", reader.say("moves"), (note(reader.how("moves.none")),))
    rows = [
        (name, arm, {part: _change(reader.plan, arm, part) for part in ("form", "substance")}) for name, arm in arms
    ]
    rows.sort(key=lambda row: -abs(row[2]["substance"][1]))
    strips = []
    for name, arm, changes in rows:
        dots = tuple(
            Dot(changes[part][1], changes[part][0], changes[part][2], series)
            for part, series in (("form", _FORM), ("substance", _SUBSTANCE))
        )
        values = tuple(_points(reader, changes[part]) for part in ("form", "substance"))
        strips.append(Strip(name, dots, values, _later(reader, arm)))
    names = reader.say("form"), reader.say("substance")
    ends = [edge for _, _, changes in rows for change in changes.values() for edge in change]
    scale = Scale.over(
        ends, reader.say("moves.scale"), zero=0.0, least=_LEAST,
        form=lambda value: f"{100 * value:+g}".replace("-", "−") if value else "0",
    )  # fmt: skip
    head = (reader.say("moves.what"), *names)
    chart = Chart(
        "moves-chart",
        reader.say("moves.chart"),
        head,
        scale,
        tuple(strips),
        ((_FORM, names[0]), (_SUBSTANCE, names[1])),
    )
    blocks: list[Block] = [chart, note(reader.say("moves.note", seeds=len(reader.plan.courses)))]
    return Section("moves", reader.say("moves"), tuple(blocks))


def _named(reader: Reader, arm: Arm) -> str:
    return reader.say("moves.without", names=reader.label.join(map(reader.mechanism, arm.without)))


def _other(reader: Reader, other: Spread) -> str:
    return Reader(other, reader.library, reader.lang, reader.named).setting() or reader.say("moves.card")


def _change(plan: Arm, other: Arm, name: str) -> tuple[float, float, float]:
    """Return how far a share at the end lies from the plan's, seed by seed: 10th, 50th and 90th percentile."""
    known = {course.seed: float(getattr(course, name)[-1]) for course in plan.courses}
    changes = [
        float(getattr(course, name)[-1]) - known[course.seed] for course in other.courses if course.seed in known
    ] or [0.0]
    low, middle, high = np.quantile(changes, (0.1, 0.5, 0.9))
    return float(low), float(middle), float(high)


def _points(reader: Reader, change: tuple[float, float, float]) -> str:
    low, middle, high = (_signed(100 * value) for value in change)
    shown = reader.say("moves.points", change=middle)
    return shown if low == high else shown + reader.label.paren(reader.say("range", low=low, high=high))


def _signed(points: float) -> str:
    return "0" if abs(points) < 0.05 else f"{points:+.1f}".replace("-", "−")


def _later(reader: Reader, arm: Arm) -> str:
    """Return how much later half of the places have it in form than under the plan."""
    plan, plan_reached = half_at(reader.plan, "form")
    other, reached = half_at(arm, "form")
    if not plan_reached or not reached:
        return reader.say("moves.half_never") if plan_reached else ""
    if other == plan:
        return reader.say("moves.half_same")
    key = "moves.half_later" if other > plan else "moves.half_sooner"
    return reader.say(key, periods=f"{abs(other - plan):g}")
