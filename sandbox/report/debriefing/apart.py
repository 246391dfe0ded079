"""The two assessments for one reader, and the indicators through which they pull apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sandbox.content.acts import has
from sandbox.report.assessments import shown
from sandbox.report.debriefing.material import Material
from sandbox.scoring.assessment import Value

__all__ = ["SideShown", "pulled_apart", "sides_shown"]

_APART = 0.1
_PRIVATE = "trust"


@dataclass(frozen=True)
class SideShown:
    """One side's assessment as a reader sees it: without what rests on private pulses in a seat's debrief."""

    side: str
    assessors: tuple[str, ...]
    indicators: Mapping[str, Value]
    total: Value


def sides_shown(of: Material) -> tuple[SideShown, ...]:
    """Return both assessments, H first."""
    found = []
    for one in of.card.assessments:
        indicators, total = dict(one.indicators), one.total
        if of.seat is not None and _PRIVATE in indicators:
            del indicators[_PRIVATE]
            known = [value for value in indicators.values() if value is not None]
            total = round(sum(known) / len(known), 3) if known else None
        found.append(SideShown(one.side, one.assessors, indicators, total))
    return tuple(found)


def pulled_apart(of: Material) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Return in words how H and P pull apart, each with the lines or decisions that show it."""
    label, sides = of.label, sides_shown(of)
    above, beside = (one.total for one in sides)
    if above is not None and beside is not None and abs(above - beside) >= _APART:
        high, low = sides if above > beside else sides[::-1]
        up = max(((value, name) for name, value in high.indicators.items() if value is not None), default=(0.0, ""))
        down = min(((value, name) for name, value in low.indicators.items() if value is not None), default=(0.0, ""))
        text = label(
            "why.apart", above=shown(above), beside=shown(beside), gap=shown(abs(above - beside)),
            up=label.of("m", up[1]), high=shown(up[0]), down=label.of("m", down[1]), low=shown(down[0]),
        )  # fmt: skip
        yield text, tuple(one for one in (_evidence(of, down[1]), _evidence(of, up[1])) if one)
    if of.card.apart.opposed:
        yield label("why.opposed", share=f"{100 * of.card.apart.opposed:.0f}%"), ()


def _evidence(of: Material, indicator: str) -> str:
    """Return the line or decision that shows best where an indicator comes from, or nothing."""
    residents = of.game.residents
    bound = {key: option for one in of.decisions if one["carried"] for key, option in one["terms"].items()}
    found: dict[str, list[str]] = {
        "inspection_completeness": [item.line for item in of.items if item.kind == "task"],
        "no_petitions": [
            line["id"]
            for line in of.lines
            if line["seat"] in residents and (has(line["act"], "escalates") or has(line["act"], "refuses"))
        ],
        "needs_met": [
            line["id"]
            for line in of.lines
            if line["seat"] in residents and any(bound.get(key) != option for key, option in line["terms"].items())
        ],
        "promises_kept": [
            item.line
            for item in of.items
            if item.kind == "promise" and item.terms and item.state not in ("confirmed", "kept")
        ],
    }
    rewritten = [line["id"] for line in of.lines if line["section"] and line["seat"] in of.game.drafters]
    found |= {"conformity": rewritten, "novelty": rewritten}
    decided = [one["id"] for one in of.decisions]
    found |= dict.fromkeys(("visible_outputs", "decision_share", "self_sustaining"), decided)
    return next(iter(found.get(indicator, [])), "")
