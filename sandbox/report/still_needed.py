"""What a decision still waits for: bodies and offices without a seat, and the seats that may commit to its options."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.content.acts import has
from sandbox.content.language import Lang
from sandbox.content.words import within_quotes
from sandbox.record.line import DecisionTaken, Line
from sandbox.scoring.holders import (
    awaited,
    bodies_known,
    offices_consenting,
    officials_objecting,
    promised_in_words,
    unheld,
)

if TYPE_CHECKING:
    from sandbox.report.reading import Reading

_EMPTY = re.compile(r" ?[（(]\s*[)）]")  # brackets that held nothing else
# The words in which an option says that it is put to a body.
_PUT_TO: dict[Lang, str] = {
    "en": r"(?<=, )whose (?=[^,;]* is put to (?:the |an? )?{name})"
    r"|,? (?:is put to|once) (?:the |an? )?{name}(?: has agreed)?",
    "zh": r"(?:报|交|经)?{name}(?:表决|同意|通过)?[后了]?",
}


def waits(reading: Reading, decision: DecisionTaken) -> Iterator[str]:
    """Yield, as sentences, what a decision still waits for.

    These are the consent of bodies and offices without a seat, and the word of seats that may commit to its options.
    """
    label, known = reading.label, reading.game.scenario.decision_by_id
    if bodies := bodies_asked(reading, decision):
        matters = {name: needing(reading, decision, questions, name) for name, questions in bodies.items()}
        for_what = {name: label("decision.body.for", matters=text) if text else "" for name, text in matters.items()}
        yield label(
            "decision.awaited.told", names=[label("decision.body", name=name, asked=for_what[name]) for name in bodies]
        )
    for _, fact in offices_by_fact(reading, decision, bodies):
        yield label("decision.office_needed", fact=fact)
    lacking: dict[str, dict[str, list[str]]] = {"decision.unheld": {}, "decision.unheld.unnamed": {}}
    may, promised, objecting = set[str](), set[str](), dict[str, Line]()
    for question, *holders in unheld(reading.session, decision):
        may.update(*holders)
        worded = {seat: told for seat in holders[-1] if (told := _in_words(reading, decision, question, seat))}
        promised.update(worded)
        silent = [seat for seat in holders[-1] if seat not in worded]
        ways = zip(("against", "abstained", "unasked"), [*holders[:-1], silent], strict=True)
        said = [label(f"decision.unheld.{way}", names=reading.names(seats)) for way, seats in ways if seats]
        lacks = said if said or worded else [label("decision.unheld.nobody")]
        if not any(holders):
            objecting |= {line["id"]: line for line in officials_objecting(reading.session, decision, question)}
        for key, names in (("decision.unheld", lacks), ("decision.unheld.unnamed", [*worded.values()])):
            asked = lacking[key].setdefault(label.join(names), []) if names else []
            asked.append(known[question].question.get(reading.game.spec.lang))
    for key, holding in lacking.items():
        if entries := [who + label.paren(label("gap").join(asked)) for who, asked in holding.items()]:
            yield label(key, who=label("semi").join(entries))
    if label("decision.unheld.nobody") in lacking["decision.unheld"]:
        yield label("decision.needs.nobody")
    for key, lines in (("objected", [*objecting.values()]), ("escalated", _escalated(reading, decision))):
        quoted = [(reading.name(line["seat"]), line["id"], within_quotes(line["says"].rstrip(".。"))) for line in lines]
        said = [label("decision.quoted", name=name, line=line, says=says) for name, line, says in quoted]
        if said:
            yield label(f"decision.{key}", said=label("semi").join(said))
    yield from _still_needed(reading, decision, may, frozenset(may - promised))
    if away := offices_away(reading, decision, bodies):
        yield label("decision.offices_away", names=[name + label.paren(asked) for name, asked in away])


def bodies_asked(reading: Reading, decision: DecisionTaken) -> dict[str, list[str]]:
    """Return the bodies and offices without a seat whose consent a decision needs, each with its questions.

    An office that must countersign because of a promise beside the options has no questions.
    """
    asked = awaited(reading.session, decision)
    asked |= {office: [] for office in _offices_promised(reading, decision) if office not in asked}
    return {_told(reading, name): questions for name, questions in asked.items()}


def _told(reading: Reading, name: str) -> str:
    """Return the name of a body or office in the reader's language; ``name`` is as it was said."""
    return dict(zip(bodies_known(reading.spoken), bodies_known(reading.game), strict=True)).get(name, name)


def _escalated(reading: Reading, decision: DecisionTaken) -> list[Line]:
    """Return the lines that escalated something in the stage of a carried decision, and that the whole room heard."""
    room = {*reading.game.present(decision["stage"])}
    talk = reading.session.in_stages([decision["stage"]]) if decision["carried"] else ()
    return [line for line in talk if has(line["act"], "escalates") and line["says"] and room <= {*line["visible_to"]}]


def needing(reading: Reading, decision: DecisionTaken, questions: Sequence[str], body: str) -> str:
    """Return in one text the options for which a decision needs a body, without the words that say so themselves."""
    says_so = re.compile(_PUT_TO[reading.game.spec.lang].format(name=re.escape(body)), re.IGNORECASE)
    options = (option for _, option in reading.terms({question: decision["terms"][question] for question in questions}))
    return reading.label("semi").join(_EMPTY.sub("", says_so.sub("", option)) for option in options)


def _in_words(reading: Reading, decision: DecisionTaken, question: str, seat: str) -> str:
    """Return what a seat without a vote promised of a question in words alone, each promise with its line; or empty."""
    made = promised_in_words(reading.session, decision, question, seat)
    told = [reading.label("decision.promise", line=item.line, says=within_quotes(item.says)) for item in made]
    promises = reading.label.join(told)
    return reading.label("decision.unheld.promised", name=reading.name(seat), promises=promises) if told else ""


def _offices_promised(reading: Reading, decision: DecisionTaken) -> Iterator[str]:
    """Yield the offices that must countersign first, according to promises that came with a decision's options."""
    if not decision["carried"]:
        return
    for item in reading.session.entries("promise"):
        motion = reading.proposals.get(item.line)
        if motion and item.state != "withdrawn" and motion.terms.items() <= decision["terms"].items():
            yield from offices_consenting(reading.spoken, item.says)


def offices_by_fact(
    reading: Reading, decision: DecisionTaken, known: Collection[str]
) -> Iterator[tuple[list[str], str]]:
    """Yield the facts on the money of decided options that require the consent of an office that is not ``known`` yet.

    Each comes after the offices that it names.
    """
    asked, facts = reading.game.scenario.decision_by_id, {fact.id: fact.text for fact in reading.game.scenario.facts}
    chosen = [asked[key].options[option] for key, option in decision["terms"].items() if key in asked]
    for fund in dict.fromkeys(option.fund for option in chosen if decision["carried"] and option.fund):
        spoken, told = (facts[fund].get(game.spec.lang) for game in (reading.spoken, reading.game))
        offices = [_told(reading, name) for name in offices_consenting(reading.spoken, spoken)]
        if set(offices) - set(known):
            yield offices, told.rstrip(".。")


def offices_away(reading: Reading, decision: DecisionTaken, known: Collection[str]) -> list[tuple[str, str]]:
    """Return the offices that the case needs for what a decision settles and for which no seat speaks, ``known`` aside.

    Each comes with the questions that need it, in one text.
    """
    game = reading.game
    here = {name for seat in game.positions for name in game.seats[seat].departments}
    asked: dict[str, list[str]] = {}
    for question in game.scenario.decisions if decision["carried"] else ():
        for name in question.departments if question.id in decision["terms"] else ():
            asked.setdefault(name, []).append(reading.text(question.question))
    named = {name: reading.text(game.scenario.departments[name]) for name in asked if name not in here}
    return [
        (text, reading.label("gap").join(asked[name]))
        for name, text in named.items()
        if text.removeprefix("the ") not in known
    ]


def _still_needed(reading: Reading, decision: DecisionTaken, may: set[str], silent: frozenset[str]) -> Iterator[str]:
    """Yield what a decision needs of the seats that may commit to it and are not for it, and when they may still act.

    ``may`` are these seats; those that are not ``silent`` have promised something in words alone. Nothing is yielded
    after a review, which has told what became of the decision.
    """
    game, label = reading.game, reading.label
    places = [stage.id for stage in game.stages]
    later = game.stages[places.index(decision["stage"]) + 1 :] if decision["stage"] in places else ()
    ahead = [stage for stage in later if may.intersection(game.present(stage.id)) and not reading.session.finished]
    if not ahead and any(stage.reviews for stage in later):
        return
    if silent:
        how = "" if not ahead else ".reports" if ahead[0].reviews else ".backs"
        stage = game.stage_names[ahead[0].id] if ahead else ""
        yield label(f"decision.needs{how}", names=reading.names(silent), stage=stage)
