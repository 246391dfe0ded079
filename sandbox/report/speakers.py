"""Who spoke in a session, in a sentence: models, people, the words of the cards, or acts drawn from the rules."""

from __future__ import annotations

from sandbox.report.reading import Reading

__all__ = ["who_spoke"]


def who_spoke(reading: Reading) -> str:
    """Return who spoke where it was not one model for all seats but those of people; empty where it was.

    What the program said in the seats of people is told apart.

    Args:
        reading: the session.
    """
    stood_in = [line for line in reading.lines if line["id"] in reading.session.stood_in]
    seats = reading.names(frozenset(line["seat"] for line in stood_in))
    apart = reading.label("warn.stood_in", count=len(stood_in), names=seats) if stood_in else ""
    return reading.label("gap").join(filter(None, (_spoke(reading), apart)))


def _spoke(reading: Reading) -> str:
    label, spec = reading.label, reading.game.spec
    if len(reading.session.speakers) > 1:
        return label("warn.models", models=reading.model)
    if spec.style == "rules":
        key = "warn.rules_only"
    elif spec.by_cards:
        key = "warn.cards_only"
    else:
        return ""
    people = {line["seat"] for line in reading.lines if line["origin"] == "person"}
    if not people:
        return label(key)
    alone = all(line["origin"] == "person" for line in reading.lines)
    return label("warn.people_only" if alone else f"{key}.people", count=len(people), names=reading.names(list(people)))
