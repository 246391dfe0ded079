"""Of whom a decision still needs something: bodies and offices without a seat, and who may commit to its options."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.record.line import DecisionTaken
from sandbox.scoring.holders import awaited, offices_consenting, unheld

if TYPE_CHECKING:
    from sandbox.report.reading import Reading


def waits(reading: Reading, decision: DecisionTaken) -> Iterator[str]:
    """Yield of whom a decision still needs something: bodies and offices without a seat, and who may commit to it."""
    label, known = reading.label, reading.game.scenario.decision_by_id
    promised = _offices_promised(reading, decision)
    if bodies := list(dict.fromkeys([*awaited(reading.session, decision), *promised])):
        yield label("decision.awaited", names=[label("decision.body", name=name) for name in bodies])
    yield from _offices_by_fact(reading, decision, bodies)
    lacking, may = dict[str, list[str]](), set[str]()
    for question, *holders in unheld(reading.session, decision):
        may.update(*holders)
        ways = zip(("against", "abstained", "unasked"), holders, strict=True)
        said = [label(f"decision.unheld.{way}", names=reading.names(seats)) for way, seats in ways if seats]
        who = label.join(said) or label("decision.unheld.nobody")
        lacking.setdefault(who, []).append(known[question].question.get(reading.game.spec.lang))
    if lacking:
        waits = [who + label.paren(label("gap").join(asked)) for who, asked in lacking.items()]
        yield label("decision.unheld", who=label("semi").join(waits))
        if told := _still_needed(reading, decision, frozenset(may)):
            yield told


def _offices_promised(reading: Reading, decision: DecisionTaken) -> Iterator[str]:
    """Yield the offices that must countersign first, by promises that came with the options of a decision."""
    if not decision["carried"]:
        return
    for item in reading.session.entries("promise"):
        motion = reading.proposals.get(item.line)
        if motion and item.state != "withdrawn" and motion.terms.items() <= decision["terms"].items():
            yield from offices_consenting(reading.spoken, item.says)


def _offices_by_fact(reading: Reading, decision: DecisionTaken, known: Sequence[str]) -> Iterator[str]:
    """Yield the facts on the money of decided options by which an office must consent that is not ``known`` yet."""
    asked, facts = reading.game.scenario.decision_by_id, {fact.id: fact.text for fact in reading.game.scenario.facts}
    chosen = [asked[key].options[option] for key, option in decision["terms"].items() if key in asked]
    for fund in dict.fromkeys(option.fund for option in chosen if decision["carried"] and option.fund):
        offices_of = offices_consenting(reading.spoken, facts[fund].get(reading.spoken.spec.lang))
        if set(offices_of) - set(known):
            yield reading.label("decision.office_needed", fact=facts[fund].get(reading.game.spec.lang).rstrip(".。"))


def _still_needed(reading: Reading, decision: DecisionTaken, may: frozenset[str]) -> str:
    """Return what a decision needs of those who may commit to it and are not for it, and when they may still do so.

    It is carried all the same. Empty once a review has told what became of it.
    """
    game, label = reading.game, reading.label
    if not may:
        return label("decision.needs.nobody")
    places = [stage.id for stage in game.stages]
    later = game.stages[places.index(decision["stage"]) + 1 :] if decision["stage"] in places else ()
    ahead = [stage for stage in later if may.intersection(game.present(stage.id)) and not reading.session.finished]
    if not ahead:
        return "" if any(stage.reviews for stage in later) else label("decision.needs", names=reading.names(may))
    how = "reports" if ahead[0].reviews else "backs"
    return label(f"decision.needs.{how}", names=reading.names(may), stage=game.stage_names[ahead[0].id])
