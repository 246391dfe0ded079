"""Assessments and pulses as the report shows them."""

from __future__ import annotations

from typing import Any

from sandbox.report.reading import Reading
from sandbox.scoring.scorecard import Scorecard

__all__ = ["assessment_tables", "pulse_table", "shown"]

_NAMES = ("trust", "conviction", "burden")


def assessment_tables(reading: Reading, card: Scorecard) -> list[dict[str, Any]]:
    """Return both assessments in words: who is asked for it, its indicators, and the total."""
    label = reading.label
    return [
        {
            "side": one.side,
            "name": label(f"side.{one.side}"),
            "by": reading.names(one.assessors) or label("assessments.nobody"),
            "total": shown(one.total) or label("no_value"),
            "rows": [
                {
                    "name": label.of("m", name),
                    "value": shown(value) or label("no_value"),
                    "definition": label.of("d", name),
                }
                for name, value in one.indicators.items()
            ],
        }
        for one in card.assessments
    ]


def pulse_table(reading: Reading) -> dict[str, Any]:
    """Return the pulses: the moments, and for each seat its trust, conviction and burden at each of them."""
    label = reading.label
    events = [event for event in reading.events if event.kind == "pulse"]
    moments = list(dict.fromkeys(event.stage for event in events))
    names = {stage.id: stage.name.get(reading.game.spec.lang) for stage in reading.game.stages}
    origins = {str(event.payload["origin"]) for event in events}
    mark = "*" if len(origins) > 1 else ""
    levels = {(event.stage, event.seat): event.payload for event in events}
    return {
        "moments": [names.get(moment) or label("moment.start") for moment in moments],
        "origin": label(f"pulses.{origins.pop() if len(origins) == 1 else 'mixed'}") if origins else "",
        "rows": [
            {
                "seat": seat,
                "cells": [
                    [(label(f"pulse.{name}"), _level(levels[moment, seat.id], name, mark)) for name in _NAMES]
                    if (moment, seat.id) in levels
                    else []
                    for moment in moments
                ],
            }
            for seat in reading.seats.values()
        ]
        if events
        else [],
    }


def _level(pulse: dict[str, Any], name: str, mark: str) -> str:
    return f"{pulse[name]}{mark if pulse['origin'] == 'rules' else ''}"


def shown(value: float | None) -> str:
    """Return an indicator with two decimals, or an empty text where there was nothing to count."""
    return "" if value is None else f"{value:.2f}"
