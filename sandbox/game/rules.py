"""Position, boundary, choice, aggregation, information, payoff and scope rules as pure functions.

The types of rule are those of Ostrom's rules-in-use.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal

from sandbox.content.acts import has
from sandbox.content.cards import ACTS, Act, Kind, Payer
from sandbox.content.decision_card import Option
from sandbox.content.governance import CHAIR_BINDS, Governance, Position
from sandbox.content.persona_card import Persona
from sandbox.content.scenario_card import Fact, Scenario
from sandbox.content.words import refusal

Side = Literal["hierarchical", "horizontal"]
# Levels of the cascade by which training is passed down (PR).
LEVELS: dict[Kind, int] = {
    "overseer": 0, "leader": 0, "official": 1, "party": 2, "frontline": 2, "broker": 3, "expert": 3, "provider": 4,
    "self_governing": 5, "resident": 5, "host": 5,
}  # fmt: skip


def assign_positions(governance: Governance, personas: Sequence[Persona]) -> dict[str, str]:
    """Return the position of each seat.

    Personas named by a position hold it. Then each position for a single seat is filled, in the order of the rules, by
    the first free persona of the first of its kinds that is present. Every other seat gets the first shared position
    that fits its kind and registration.

    Raises:
        InputError: a seat has no position under the governance model, or nobody holds the chair.
    """
    rules = governance.rules
    held: dict[str, str] = {}
    shared: list[tuple[str, Position]] = []
    seated = {persona.id for persona in personas}
    for position, rule in rules.position.items():
        named = [persona for persona in rule.personas if persona in seated]
        held |= dict.fromkeys(named[:1] if rule.single else named, position)
    filled = {*held.values()}
    for position, rule in rules.position.items():
        if not rule.single:
            shared.append((position, rule))
        elif position in filled:
            continue
        elif free := [persona for persona in personas if persona.id not in held and _fits(rule, persona)]:
            first = min(free, key=lambda persona: rule.kinds.index(persona.kind))
            held[first.id] = position
    positions: dict[str, str] = {}
    for persona in personas:
        place = held.get(persona.id) or next((name for name, rule in shared if _fits(rule, persona)), None)
        if place is None:
            key = "refused.unplaced" if persona.registered else "refused.unplaced_stranger"
            raise refusal(key, seat=persona.id, kind=persona.kind, governance=governance.id)
        positions[persona.id] = place
    if rules.aggregation.chair not in positions.values():
        raise refusal("refused.nobody_chairs", position=rules.aggregation.chair, governance=governance.id)
    return positions


def _fits(rule: Position, persona: Persona) -> bool:
    return persona.kind in rule.kinds and rule.registered in (None, persona.registered)


def present_seats(governance: Governance, positions: Mapping[str, str], stage: str) -> tuple[str, ...]:
    """Return the seats that take part in a stage (boundary rule); a stage without a rule is open to all."""
    rule = governance.rules.boundary.get(stage)
    if rule is None:
        return tuple(positions)
    return tuple([seat for seat, position in positions.items() if position in rule.positions])


def allowed_acts(governance: Governance, position: str) -> tuple[Act, ...]:
    """Return the acts that a position may perform (choice rule), in the order of `ACTS`.

    Only the chair may ``decide``, and only under a procedure by which the chair decides for the body.
    """
    aggregation = governance.rules.aggregation
    binds = aggregation.procedure in CHAIR_BINDS and position == aggregation.chair
    acts = set(governance.rules.choice[position].acts)
    return tuple([act for act in ACTS if act in acts and (binds or not has(act, "binds"))])


def chair_of(governance: Governance, positions: Mapping[str, str]) -> str:
    """Return the seat that chairs."""
    return next(seat for seat, position in positions.items() if position == governance.rules.aggregation.chair)


def voters(governance: Governance, positions: Mapping[str, str], present: Sequence[str]) -> tuple[str, ...]:
    """Return the present seats that are asked for a vote, in voting order (aggregation rule).

    These are the voters and holders of a veto. In a hearing they are the voters except the chair, who decides
    afterwards; if the chair decides alone, there are none. Seats that assess others from above vote late and the chair
    last, so that nobody follows them (inferred, from meetings in which the leading official speaks last).
    """
    aggregation = governance.rules.aggregation
    if aggregation.procedure == "chair_decides":
        return ()
    if aggregation.procedure == "chair_after_hearing":
        asked = {*aggregation.voters} - {aggregation.chair}
    else:
        asked = {*aggregation.voters, *aggregation.veto}
    above = governance.rules.payoff.hierarchical
    seats = [seat for seat in present if positions[seat] in asked]
    return tuple(sorted(seats, key=lambda seat: (positions[seat] == aggregation.chair, positions[seat] in above)))


def vetoes(
    governance: Governance,
    positions: Mapping[str, str],
    votes: Mapping[str, bool],
    terms: Mapping[str, str] = MappingProxyType({}),
) -> tuple[str, ...]:
    """Return the seats whose vote against stops a motion that binds ``terms`` (aggregation rule, veto)."""
    aggregation = governance.rules.aggregation
    if not aggregation.veto:
        return ()
    return tuple([seat for seat, vote in votes.items() if not vote and aggregation.stops(positions[seat], terms)])


def has_vote(governance: Governance, positions: Mapping[str, str], seat: str) -> bool:
    """Return whether the vote of a seat is counted; that of a seat with only a veto is not (aggregation rule)."""
    return positions.get(seat) in governance.rules.aggregation.voters


def carried(
    governance: Governance,
    positions: Mapping[str, str],
    votes: Mapping[str, bool],
    abstained: Iterable[str] = (),
    terms: Mapping[str, str] = MappingProxyType({}),
) -> bool:
    """Return whether a motion is carried: quorum met, no veto, and enough votes for it (aggregation rule).

    The vote of a seat with only a veto is not counted.

    Args:
        governance: the model.
        positions: the position of each seat.
        votes: the votes cast, by seat; true is for the motion.
        abstained: the seats that were asked for a vote and cast none.
        terms: the options that the motion would bind, by question.
    """
    aggregation = governance.rules.aggregation
    entitled_to = aggregation.voters
    counted = [vote for seat, vote in votes.items() if positions.get(seat) in entitled_to]
    entitled = len(counted) + len([seat for seat in abstained if positions.get(seat) in entitled_to])
    if len(counted) < aggregation.due(entitled) or vetoes(governance, positions, votes, terms):
        return False
    return sum(counted) >= aggregation.needed(len(counted), entitled)


def reads_minutes(governance: Governance, seat: str, present: Sequence[str]) -> bool:
    """Return whether a seat reads the minutes of a stage in which ``present`` took part (information rule)."""
    return governance.rules.information.minutes == "all" or seat in present


def hears(
    governance: Governance, chair: str, present: Sequence[str], speaker: str, to: str, *, aside: bool = False
) -> tuple[str, ...]:
    """Return the seats that hear a line (information rule).

    These are all present seats or, by the rule, speaker, addressee and chair; of an aside, speaker and addressee.
    """
    if aside:
        return tuple(seat for seat in present if seat in (speaker, to))
    if governance.rules.information.lines == "room" or to not in present:
        return tuple(present)
    return tuple(seat for seat in present if seat in (speaker, to, chair))


def reads_plan(governance: Governance, chair: str, seat: str, author: str) -> bool:
    """Return whether a seat reads the plan of ``author``: all do, or only author and chair (information rule)."""
    return governance.rules.information.documents == "all" or seat in (author, chair)


def knows_fact(governance: Governance, position: str, fact: Fact) -> bool:
    """Return whether a position knows a fact; facts of the platform need access to it (information rule; LR)."""
    return not fact.platform or position in governance.rules.information.platform


def drafters(governance: Governance, positions: Mapping[str, str], present: Sequence[str]) -> tuple[str, ...]:
    """Return the present seats that draft a plan (scope rule)."""
    return tuple(seat for seat in present if positions[seat] in governance.rules.scope.plans)


def payable(governance: Governance, option: Option) -> bool:
    """Return whether the rules have a budget for each payer of an option (payoff rule)."""
    return all(payer in governance.rules.payoff.budgets for payer in option.paid_by)


def binding(governance: Governance, scenario: Scenario, terms: Mapping[str, str]) -> dict[str, str]:
    """Return those of some terms (options by question) that the body may bind (scope rule)."""
    scope, known = governance.rules.scope.decisions, scenario.decision_by_id
    return {
        key: option
        for key, option in terms.items()
        if key in known and (scope == "all" or (scope != "none" and known[key].topic in scope))
    }


def payers(governance: Governance, scenario: Scenario, terms: Mapping[str, str]) -> tuple[tuple[Payer, ...], bool]:
    """Return who pays, and whether the bound terms say so; if they do not, the default payer does (payoff rule)."""
    for decision in scenario.decisions:
        if decision.topic == "payer" and decision.id in terms:
            return decision.options[terms[decision.id]].paid_by, True
    return (governance.rules.payoff.default,), False


def assessors(governance: Governance, positions: Mapping[str, str], side: Side) -> tuple[str, ...]:
    """Return the seats whose assessment counts on a side, hierarchical or horizontal (payoff rule)."""
    holders = getattr(governance.rules.payoff, side)
    return tuple(seat for seat, position in positions.items() if position in holders)
