"""Measures of a session from its acts and lines; no model is asked.

Outcome measures stand beside the rubric's criteria (domain: LR, LA, PR, FO, EP). Whether a session is worth reading and
its simulation sound is measured in `sandbox.scoring.audit`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Container
from functools import lru_cache
from itertools import takewhile

from sandbox.content.acts import has
from sandbox.content.cards import RESIDENTS, Kind
from sandbox.content.language import Lang
from sandbox.content.scenario_card import Fact
from sandbox.game.language.quantities import numbers, quantities, spoken_numbers
from sandbox.game.language.wording import content_words, overlap
from sandbox.game.ledger.entries import Item, own_terms, within_remit
from sandbox.game.motions.standing_for import doubters
from sandbox.game.review.inspection import mean, share
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.scoring.assessment import (
    bound_by,
    decision_share,
    duplicate_tasks,
    questions_settled,
    sections_copied,
    terms_settled,
)
from sandbox.scoring.reviewed import AFTER_A_YEAR


def questions_before_proposal(session: Session) -> float | None:
    """Number of questions, in whatever stage, before the first proposal or decision of the session (LA)."""
    if not session.lines:
        return None
    before = takewhile(lambda line: not has(line["act"], "proposes") and not has(line["act"], "binds"), session.lines)
    return float(sum(has(line["act"], "asks") for line in before))


def promises_within_remit(session: Session) -> float | None:
    """Share of the promises that name an option of the case which their speakers may commit to (LA).

    A promise that names none has no remit to be held to, and is not among them.
    """
    scenario, promises = session.game.scenario, promises_of_options(session)
    return share(sum(within_remit(scenario, item.owner, item.terms) for item in promises), len(promises))


def promises_of_options(session: Session) -> list[Item]:
    """Return the promises that name an option of the case, with that option.

    A promise made beside another act that commits has the options of its line that are its owner's to give.
    """
    beside = {
        line["id"]: own_terms(session.game.scenario, line)
        for line in session.lines
        if line["promises"] and has(line["act"], "commits")
    }
    made = session.entries("promise")
    named = [item.altered(terms=item.promised or beside.get(item.line, {})) for item in made]
    return [item for item in named if item.terms]


def turn_share_residents(session: Session) -> float | None:
    """Share of lines, votes aside, spoken by residents (PR)."""
    return turn_share(session, RESIDENTS)


def turn_share(session: Session, kinds: Container[Kind]) -> float | None:
    """Share of lines, votes aside, spoken by seats whose personas are of some kinds.

    Who votes is a rule: with ballots among the lines, a model in which residents vote would have them speak more.
    """
    spoken = [session.game.personas[line["seat"]].kind in kinds for line in session.discussion]
    return share(sum(spoken), len(spoken))


def facts_told(session: Session) -> float | None:
    """Share of lines, votes aside, that carry a fact of the scenario (AR).

    Lines of a review are left out: facts tell nothing of the year after.
    """
    reviews = session.game.able("reviews")
    lines = [line for line in session.discussion if line["stage"] not in reviews]
    return share(sum(cites(session, line) for line in lines), len(lines))


def own_problems_and_doubts(session: Session) -> float | None:
    """Share of training lines that object or refuse, votes aside: doubts that surface instead of slogans (PR)."""
    lines = session.in_stages([stage.id for stage in session.game.stages if stage.cascade])
    return share(sum(objects(line) for line in lines), len(lines))


def plan_overlap(session: Session) -> float | None:
    """Mean share of the 4-grams of the plans' sections that stand in the plan handed down (AR)."""
    template = list(session.game.plan.values())
    shares = [overlap(text, template) for plan in session.plans for text in plan.sections.values()]
    return mean(shares)


def hidden_facts_told(session: Session) -> float | None:
    """Share of the facts that the tour does not show which came out all the same, in whatever stage (PL, PV)."""
    hidden = [fact for fact in session.game.scenario.facts if fact.id in session.game.scenario.tour.hidden]
    if not session.lines:
        return None
    shared = [fact for fact in hidden if any(carries(fact, line, session.spec.lang) for line in session.lines)]
    return share(len(shared), len(hidden))


def doubters_persuaded(session: Session) -> float | None:
    """Share of those who objected during the learning tour that conceded afterwards (PL)."""
    settled = doubters(session.in_stages(session.game.able("tours")))
    return share(sum(doubt is None for doubt in settled.values()), len(settled))


def _needed(session: Session) -> set[str]:
    return {name for question in session.game.scenario.decisions for name in question.departments}


def departments_needed(session: Session) -> dict[str, set[str]]:
    """Return the seats of departments that the questions need, each with these departments."""
    needed = _needed(session)
    desks = {seat.persona: needed.intersection(seat.departments) for seat in session.game.scenario.seats}
    return {seat: names for seat, names in desks.items() if names and seat in session.game.positions}


def departments_committed(session: Session) -> dict[str, str]:
    """Return the seats of needed departments that commit themselves, each with the line or decision in which (LA).

    A seat commits itself by a committing act with terms, a motion with terms, a section of a plan (in free play not
    where its line only answers, objects or tells, but in sessions of earlier versions), a promise that was neither
    taken back nor fell, a vote for a motion, or its own decision. If all options that a line of it names were decided,
    it is that line; or else the decision that it took or voted for; or else its first such line.
    """
    desks, settled = departments_needed(session), terms_settled(session).items()
    first: dict[str, str] = {}
    named: dict[str, str] = {}
    decided: dict[str, str] = {}
    promised = {item.line: item.state not in ("withdrawn", "fallen") for item in session.entries("promise")}
    motions = {item.line for item in session.entries("proposal") if item.terms}
    words_alone = session.game.style == "free" and session.game.hears_all
    for line in session.lines:
        if line["seat"] not in desks or (has(line["act"], "promises") and not promised.get(line["id"], True)):
            continue
        commits = has(line["act"], "commits")
        binds = commits and (line["terms"] or line["vote"])
        drafts = line["section"] and (commits or not words_alone)
        if binds or drafts or line["id"] in motions or promised.get(line["id"]):
            first.setdefault(line["seat"], line["id"])
            if line["terms"] and line["terms"].items() <= settled:
                named.setdefault(line["seat"], line["id"])
    for decision in session.carried:
        for seat in bound_by(session.game, decision, for_it=True) if decision["terms"] else ():
            if seat in desks:
                first.setdefault(seat, decision["id"])
                decided.setdefault(seat, decision["id"])
    return first | decided | named


def departments_joined(session: Session) -> float | None:
    """Share of the departments needed whose seats commit themselves (LA), as `departments_committed` has it."""
    needed = _needed(session)
    return share(len(needed) - len(departments_absent(session)), len(needed))


def departments_absent(session: Session) -> tuple[str, ...]:
    """Return the departments needed of which no seat commits itself, as the case lists its departments."""
    needed, desks = _needed(session), departments_needed(session)
    joined = {name for seat in departments_committed(session) for name in desks[seat]}
    return tuple(name for name in session.game.scenario.departments if name in needed - joined)


_OUTCOME: dict[str, Callable[[Session], float | None]] = {
    "decision_share": decision_share, "questions_before_proposal": questions_before_proposal,
    "promises_within_remit": promises_within_remit, "turn_share_residents": turn_share_residents,
    "facts_told": facts_told, "questions_settled": questions_settled,
    "own_problems_and_doubts": own_problems_and_doubts, "plan_sections_copied": sections_copied,
    "plan_overlap": plan_overlap, "hidden_facts_told": hidden_facts_told, "doubters_persuaded": doubters_persuaded,
    "departments_joined": departments_joined, "duplicate_tasks": duplicate_tasks,
}  # fmt: skip
# Outcome measures that depend on acts alone, and not on words.
OF_ACTS = tuple(name for name in _OUTCOME if name not in ("facts_told", "plan_overlap", "hidden_facts_told"))


def measure(name: str, session: Session) -> float | None:
    """Return one outcome measure; None where the session gives nothing to measure."""
    return _OUTCOME[name](session)


def outcome_measures(session: Session) -> dict[str, float | None]:
    """Return all outcome measures by name; those of a year later where what was promised fell due."""
    after = AFTER_A_YEAR if session.game.reviewed else {}
    return {name: count(session) for name, count in {**_OUTCOME, **after}.items()}


def turn_shares(session: Session) -> dict[str, float]:
    """Return each seat's share of the lines, votes aside."""
    counts = Counter(line["seat"] for line in session.discussion)
    return {seat: counts[seat] / max(1, len(session.discussion)) for seat in session.game.personas}


def cites(session: Session, line: Line) -> bool:
    """Return whether a line carries a fact of the scenario."""
    return any(carries(fact, line, session.spec.lang) for fact in session.game.scenario.facts)


def carries(fact: Fact, line: Line, lang: Lang) -> bool:
    """Return whether a line carries a fact: one of its numbers with a content word of it, or a third of its words.

    A one-digit number occurs in many other contexts, so it needs two shared words if it does not count the same thing.
    """
    return _carried(fact.text.get(lang), line["says"], lang)


@lru_cache(maxsize=1 << 16)  # whatever is made of a session holds its lines against all facts anew
def _carried(fact: str, says: str, lang: Lang) -> bool:
    words, figures, counted, enough = _sought(fact, lang)
    shared = words & content_words(says, lang)
    if not shared:
        return False
    named = numbers(says) | (spoken_numbers(says) if lang == "zh" else frozenset())
    same = counted & frozenset(quantities(says, lang))
    told = (figures & named) | {number for number, _ in same}
    if all(len(number) == 1 for number in told):
        shared = frozenset(word for word in shared if not _BESIDE_NUMBERS.search(word))
        return len(shared) >= (1 if same else 2 if told else enough)
    return True


# Chinese is cut into pairs of characters: these are pieces of a number with what it counts.
_BESIDE_NUMBERS = re.compile(r"\d|个月")


@lru_cache(maxsize=4096)  # each fact of a case is held against every line
def _sought(text: str, lang: Lang) -> tuple[frozenset[str], frozenset[str], frozenset[tuple[str, str]], float]:
    """Return what a line may have of a fact: words, figures, these with what they count, how many words are enough."""
    wanted, figures = content_words(text, lang), numbers(text)
    counted = frozenset(pair for pair in quantities(text, lang) if pair[1])
    return frozenset(wanted - figures), frozenset(figures), counted, max(3, len(wanted) / 3)


def objects(line: Line) -> bool:
    """Return whether a line objects or refuses, votes aside."""
    return has(line["act"], "opposes") and not line["vote"]
