"""The two assessments for one reader, and the indicators through which they pull apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.pages.parts import measure_words
from sandbox.scoring.assessment import Assessment

__all__ = ["pulled_apart", "sides_shown", "without_pulses"]

_APART = 0.1
_PRIVATE = "trust"


def sides_shown(reader: Reader) -> tuple[Assessment, ...]:
    """Return both assessments, H first; in a seat's debrief without what rests on private pulses."""
    return tuple(without_pulses(side) if reader.seat is not None else side for side in reader.card.assessments)


def without_pulses(side: Assessment) -> Assessment:
    """Return an assessment without what rests on private pulses."""
    if _PRIVATE not in side.indicators:
        return side
    indicators = {name: value for name, value in side.indicators.items() if name != _PRIVATE}
    known = [value for value in indicators.values() if value is not None]
    return replace(side, indicators=indicators, total=round(sum(known) / len(known), 3) if known else None)


def pulled_apart(reader: Reader) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return in words how H and P pull apart, each with the lines or decisions that show it."""
    label, sides = reader.label, sides_shown(reader)
    above, beside = (side.total for side in sides)
    if above is not None and beside is not None and abs(above - beside) >= _APART:
        high, low = sides if above > beside else sides[::-1]
        up = max(((value, name) for name, value in high.indicators.items() if value is not None), default=(0.0, ""))
        down = min(((value, name) for name, value in low.indicators.items() if value is not None), default=(0.0, ""))
        text = label(
            "why.apart", above=f"{above:.2f}", beside=f"{beside:.2f}", gap=f"{abs(above - beside):.2f}",
            higher=label(f"side.{high.side}"), lower=label(f"side.{low.side}"),
            up=measure_words(reader, "m", up[1]), high=f"{up[0]:.2f}",
            down=measure_words(reader, "m", down[1]), low=f"{down[0]:.2f}",
        )  # fmt: skip
        yield text, tuple(event for event in (_evidence(reader, down[1]), _evidence(reader, up[1])) if event)
    if reader.card.apart.opposed:
        yield label("why.opposed", share=f"{100 * reader.card.apart.opposed:.0f}%"), ()


def _evidence(reader: Reader, indicator: str) -> str:
    """Return the line or decision that shows best where an indicator comes from, or nothing."""
    residents = reader.game.residents
    bound = {
        key: option for decision in reader.decisions if decision["carried"] for key, option in decision["terms"].items()
    }
    places: dict[str, list[str]] = {
        "inspection_completeness": [item.line for item in reader.session.items if item.kind == "task"],
        "needs_met": [
            line["id"]
            for line in reader.lines
            if line["seat"] in residents and any(bound.get(key) != option for key, option in line["terms"].items())
        ],
        "promises_kept": [
            item.line
            for item in reader.session.items
            if item.kind == "promise" and item.terms and item.state not in ("confirmed", "kept")
        ],
    }
    rewritten = [line["id"] for line in reader.lines if line["section"] and line["seat"] in reader.game.drafters]
    places |= {"conformity": rewritten, "novelty": rewritten}
    decided = [decision["id"] for decision in reader.decisions]
    places |= dict.fromkeys(("visible_outputs", "decision_share", "self_sustaining"), decided)
    return next(iter(places.get(indicator, [])), "")
