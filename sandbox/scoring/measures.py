"""Measures of a session from its acts and lines; no model is asked.

Outcome measures stand beside the rubric's criteria (domain: LR, LA, PR, FO, EP). Play measures tell whether the session
is worth reading: repetition, dissent, facts, roles. Overlap is over word 4-grams (characters in Chinese); similarity is
RapidFuzz's ratio.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations, pairwise
from typing import Any

from sandbox.content.acts import has
from sandbox.content.schemas import Fact, Lang
from sandbox.game.ledger import doubters
from sandbox.game.session import Session
from sandbox.game.wording import (
    assistant_talk,
    content_words,
    numbers,
    other_language,
    overlap,
    similar,
    words,
)
from sandbox.record.line import Line
from sandbox.scoring.assessment import decision_share, duplicate_tasks, questions_settled, sections_copied, share

__all__ = [
    "DUPLICATE",
    "OF_ACTS",
    "carries",
    "case_texts",
    "duplicate_pairs",
    "measure",
    "objects",
    "outcome_measures",
    "play_measures",
    "turn_shares",
]

DUPLICATE = 0.85


def questions_before_proposal(session: Session) -> float | None:
    """Number of questions in public engagement before its first proposal or decision (LA)."""
    lines = session.in_stages(session.game.able("decides"))
    if not lines:
        return None
    asked = 0
    for line in lines:
        if has(line["act"], "proposes") or has(line["act"], "binds"):
            break
        asked += has(line["act"], "asks")
    return float(asked)


def promises_within_remit(session: Session) -> float | None:
    """Share of promises that their speakers had the authority to make (LA)."""
    promises = [item for item in session.items if item.kind == "promise"]
    remit = {one.id: one.remit for one in session.game.scenario.decisions}
    kept = [x for x in promises if all(x.owner in remit.get(key, (x.owner,)) for key in x.terms)]
    return share(len(kept), len(promises))


def resident_turn_share(session: Session) -> float | None:
    """Share of lines spoken by residents (PR)."""
    return share(len(session.by("resident")), len(session.lines))


def local_facts_cited(session: Session) -> float | None:
    """Share of lines that carry a fact of the scenario (AR)."""
    facts = session.game.scenario.facts
    return share(sum(any(carries(f, x, session.spec.lang) for f in facts) for x in session.lines), len(session.lines))


def own_problems_and_doubts(session: Session) -> float | None:
    """Share of training lines that object or refuse, votes aside: doubts that surface instead of slogans (PR)."""
    lines = session.in_stages([stage.id for stage in session.game.stages if stage.cascade])
    return share(sum(objects(line) for line in lines), len(lines))


def plan_overlap(session: Session) -> float | None:
    """Mean share of the 4-grams of the plans' sections that stand in the plan handed down (AR)."""
    template = list(session.game.plan.values())
    shares = [overlap(text, template) for plan in session.plans for text in plan.sections.values()]
    return round(sum(shares) / len(shares), 3) if shares else None


def hidden_facts_told(session: Session) -> float | None:
    """Share of the facts that the tour does not show which came out all the same (PL, PV)."""
    hidden = [fact for fact in session.game.scenario.facts if fact.id in session.game.scenario.tour.hidden]
    lines = session.in_stages(session.game.able("tours"))
    if not lines:
        return None
    return share(sum(any(carries(fact, x, session.spec.lang) for x in lines) for fact in hidden), len(hidden))


def doubters_persuaded(session: Session) -> float | None:
    """Share of those who objected during the learning tour that conceded afterwards (PL)."""
    settled = doubters(session.in_stages(session.game.able("tours")))
    return share(sum(settled.values()), len(settled))


def departments_joined(session: Session) -> float | None:
    """Share of the departments needed whose seats proposed, promised, supported or conceded something (LA)."""
    needed = {name for decision in session.game.scenario.decisions for name in decision.departments}
    active = {line["seat"] for line in session.lines if has(line["act"], "commits") and not line["vote"]}
    joined = {name for seat in session.game.scenario.seats if seat.persona in active for name in seat.departments}
    return share(len(needed & joined), len(needed))


_OUTCOME: dict[str, Callable[[Session], float | None]] = {
    "decision_share": decision_share,
    "questions_before_proposal": questions_before_proposal,
    "promises_within_remit": promises_within_remit,
    "resident_turn_share": resident_turn_share,
    "local_facts_cited": local_facts_cited,
    "handover_terms_filled": questions_settled,
    "own_problems_and_doubts": own_problems_and_doubts,
    "plan_sections_copied": sections_copied,
    "plan_overlap": plan_overlap,
    "hidden_facts_told": hidden_facts_told,
    "doubters_persuaded": doubters_persuaded,
    "departments_joined": departments_joined,
    "duplicate_tasks": duplicate_tasks,
}
# Outcome measures that depend on acts alone, and not on words.
OF_ACTS = tuple(name for name in _OUTCOME if name not in ("local_facts_cited", "plan_overlap", "hidden_facts_told"))


def measure(name: str, session: Session) -> float | None:
    """Return one outcome measure; None where the session gives nothing to measure."""
    return _OUTCOME[name](session)


def outcome_measures(session: Session) -> dict[str, float | None]:
    """Return all outcome measures by name."""
    return {name: count(session) for name, count in _OUTCOME.items()}


def turn_shares(session: Session) -> dict[str, float]:
    """Return each seat's share of the lines."""
    counts = Counter(line["seat"] for line in session.lines)
    return {seat: round(counts[seat] / max(1, len(session.lines)), 3) for seat in session.game.personas}


def carries(fact: Fact, line: Line, lang: Lang) -> bool:
    """Return whether a line carries a fact: one of its numbers with a content word of it, or a third of its words."""
    text = fact.text.get(lang)
    wanted, spoken = content_words(text, lang), content_words(line["says"], lang)
    figures = numbers(text)
    shared = wanted & spoken - figures
    if figures & numbers(line["says"]) and shared:
        return True
    return len(shared) >= max(3, len(wanted) / 3)


def play_measures(session: Session) -> dict[str, Any]:
    """Return the measures of play.

    Returns:
        ``lines``; ``duplicates`` (pairs of lines more similar than `DUPLICATE`); ``own_overlap`` (share of 4-grams
        that a speaker has used before, mean over seats); ``own_overlap_worst`` (of the worst seat);
        ``adjacent_overlap`` (share of 4-grams taken from the line before); ``distinct_2`` (distinct bigrams over all
        bigrams); ``assistant_talk`` and ``other_language`` (lines); ``objections`` (by stage, votes aside);
        ``fact_lines`` (share of lines that carry a fact); ``invented_numbers`` (numbers that stand in no fact, card or
        point); ``card_lines`` (share of lines in the card's own words because the model's wordings were rejected).
    """
    lines, lang = list(session.lines), session.spec.lang
    own = {seat: _own_overlap(lines, seat) for seat in session.game.personas}
    spoken = {seat: value for seat, value in own.items() if value is not None}
    grams = [pair for line in lines for pair in pairwise(words(line["says"]))]
    models = [line for line in lines if line["origin"] != "person"]
    return {
        "lines": len(lines),
        "duplicates": len(duplicate_pairs(lines)),
        "own_overlap": round(sum(spoken.values()) / len(spoken), 3) if spoken else 0.0,
        "own_overlap_worst": max(spoken.values(), default=0.0),
        "adjacent_overlap": round(
            sum(overlap(b["says"], [a["says"]]) for a, b in pairwise(lines)) / max(1, len(lines) - 1), 3
        ),
        "distinct_2": round(len(set(grams)) / len(grams), 3) if grams else 0.0,
        "assistant_talk": sum(assistant_talk(line["says"]) for line in models),
        "other_language": sum(other_language(line["says"], lang) for line in models),
        "objections": {
            stage: sum(objects(line) for line in session.in_stages([stage])) for stage in session.game.stage_names
        },
        "fact_lines": local_facts_cited(session),
        "invented_numbers": sorted(_invented(session, models)),
        "card_lines": share(sum(line["origin"] == "card" for line in lines), len(lines)),
    }


def objects(line: Line) -> bool:
    """Return whether a line objects or refuses, votes aside."""
    return has(line["act"], "opposes") and not line["vote"]


def _own_overlap(lines: Sequence[Line], seat: str) -> float | None:
    own = [line["says"] for line in lines if line["seat"] == seat]
    if not own:
        return None
    return round(sum(overlap(text, own[:index]) for index, text in enumerate(own)) / len(own), 3)


def duplicate_pairs(lines: Sequence[Line]) -> list[tuple[Line, Line]]:
    """Return the pairs of lines that are more similar than `DUPLICATE`."""
    return [(one, other) for one, other in combinations(lines, 2) if similar(one["says"], other["says"]) > DUPLICATE]


def case_texts(session: Session) -> list[str]:
    """Return all texts of the case from which a figure may come: facts, cards, briefings, points, options, news."""
    scenario, lang = session.game.scenario, session.spec.lang
    known = [text.get(lang) for text in (scenario.title, scenario.question, scenario.place, scenario.background)]
    known += [fact.text.get(lang) for fact in scenario.facts]
    known += [option.get(lang) for decision in scenario.decisions for option in decision.options.values()]
    known += [decision.question.get(lang) for decision in scenario.decisions]
    known += [task.text.get(lang) for task in scenario.tasks]
    for seat in scenario.seats:
        known += [seat.briefing.get(lang), seat.vote.support.get(lang), seat.vote.object.get(lang)]
        known += [point.says.get(lang) for point in seat.points]
    for card in session.game.personas.values():
        known += [text.get(lang) for text in (*card.interests, *card.constraints, *card.private, card.opening_line)]
        known += [text.get(lang) for text in (*card.fears, *card.moves, card.authority, card.non_negotiable)]
    if session.game.city:
        city = session.game.city
        known += [text.get(lang) for text in (city.driver, *city.conditions, *(fact.text for fact in city.facts))]
    known += [text.get(lang) for text in scenario.plan.values()]
    return known + [inject.text.get(lang) for inject in scenario.injects]


def _invented(session: Session, lines: Sequence[Line]) -> set[str]:
    people = [line["says"] for line in session.lines if line["origin"] == "person"]
    allowed = set().union(*(numbers(text) for text in (*case_texts(session), *people)))
    return {figure for line in lines for figure in numbers(line["says"])} - allowed
