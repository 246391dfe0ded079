"""Figures in the texts of a case that occur nowhere else in the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.scenario_card import Scenario
from sandbox.content.words import said
from sandbox.content.yaml_source import Loc
from sandbox.errors import Said
from sandbox.game.checks.strangers import texts_in
from sandbox.game.language.quantities import named_numbers, written_numbers

Figures = Mapping[Lang, frozenset[str]]
_SPOKEN = ("says", "privately")


def figures_from_nowhere(scenario: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the texts of a case (background, later, briefings, points) with a figure that occurs nowhere else in it.

    What other seats know or may raise vouches for a figure; so do a seat's briefing for its points, and the reverse.
    """
    figures = {name: _figures(getattr(scenario, name)) for name in Scenario.model_fields if name != "seats"}
    by_seat = {seat.persona: _figures(seat) for seat in scenario.seats}
    for name in ("background", "later"):
        others = _united(*(value for field, value in figures.items() if field != name), *by_seat.values())
        yield from _alone((name,), getattr(scenario, name), others)
    for index, seat in enumerate(scenario.seats):
        common = _united(*figures.values(), *(own for other, own in by_seat.items() if other != seat.persona))
        said_there = _united(common, _figures(seat.points))
        yield from _alone(("seats", index, "briefing"), seat.briefing, said_there)
        known = _united(common, _figures(seat.briefing))
        for number, point in enumerate(seat.points):
            for name in _SPOKEN:
                yield from _alone(("seats", index, "points", number, name), getattr(point, name), known, point.facts)


def _alone(
    loc: Loc, text: Text | None, known: Figures, facts: tuple[str, ...] = ()
) -> Iterator[tuple[Loc, str, Said]]:  # fmt: skip
    """Yield the figures of a text that are not ``known``; ``facts`` are the facts that the text carries."""
    if text is None:
        return
    for lang in LANGUAGES[:1] if text.en == text.zh else LANGUAGES:  # a plain text is told once
        written = written_numbers(text.get(lang))
        if figures := [written[figure] for figure in sorted(written.keys() - known[lang])]:
            place = loc if text.en == text.zh else (*loc, lang)
            told = {"figures": figures, **({"facts": list(facts)} if facts else {})}
            yield place, ".".join(map(str, place)), said("content.figure" if facts else "content.figure.alone", **told)


def _figures(value: object) -> Figures:
    """Return the figures of all texts in a value, by language."""
    texts = [text for _, text in texts_in(value)]
    return {lang: frozenset[str]().union(*(named_numbers(text.get(lang)) for text in texts)) for lang in LANGUAGES}


def _united(*parts: Figures) -> Figures:
    return {lang: frozenset[str]().union(*(part[lang] for part in parts)) for lang in LANGUAGES}
