"""The two assessments at the end, counted from the acts: from above (hierarchical, H), from the side (horizontal, P).

The paper names two systems of assessment and lists no indicators for either (abstract, PC, PV); those here are derived
from what it says is looked at. Each indicator lies between 0 and 1; one with nothing to count is left out of the mean.
Whether anybody petitions is not among them: what residents say in a meeting is no petition, and a session shows nothing
of what they do outside of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.content.acts import has
from sandbox.game.game import Game
from sandbox.game.minutes.settled import settled_terms
from sandbox.game.motions.counting import counted
from sandbox.game.motions.standing_for import spoken_for
from sandbox.game.review.inspection import Value, in_thousandths, mean, share, shown
from sandbox.game.rules import Side
from sandbox.game.session import Session
from sandbox.game.state import apply, first_state
from sandbox.game.steps import decide, hear
from sandbox.record.line import BODY, DecisionTaken
from sandbox.scoring.reviewed import fallen_due, kept_after_a_year

PRIVATE = "trust"
"""The indicator that rests on pulses, which a seat gives in private."""


@dataclass(frozen=True)
class Assessment:
    """One side's assessment.

    Args:
        side: ``hierarchical`` (H) or ``horizontal`` (P).
        assessors: the seats whose assessment it is; empty when the rules ask nobody on this side.
        indicators: each between 0 and 1, or None where the session gives nothing to count.
        total: their mean; None when there are none.
    """

    side: Side
    assessors: tuple[str, ...]
    indicators: Mapping[str, Value]
    total: Value

    @property
    def known(self) -> list[str]:
        """The indicators of which the total is the mean: those that have something to count."""
        return [name for name, value in self.indicators.items() if value is not None]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {**vars(self), "assessors": list(self.assessors), "indicators": dict(self.indicators)}

    @property
    def on_paper(self) -> Assessment:
        """The assessment as it is logged and ranked by, in thousandths; what is analysed is not rounded."""
        indicators = {name: in_thousandths(value) for name, value in self.indicators.items()}
        return replace(self, indicators=indicators, total=in_thousandths(mean(list(indicators.values()))))


@dataclass(frozen=True)
class Incompatibility:
    """Where the two assessments pull apart, and the lower of both.

    ``opposed`` (D) is the share of the acts that move H and P in opposite directions, trust aside, ``gap`` (G) their
    distance, ``burden`` (B) duplicate tasks over all tasks.
    """

    opposed: Value
    gap: Value
    burden: Value
    lower: Value


def assess(session: Session) -> tuple[Assessment, Assessment]:
    """Return both assessments, H first."""
    return _assessment("hierarchical", session), _assessment("horizontal", session)


def without_pulses(side: Assessment) -> Assessment:
    """Return an assessment without what rests on private pulses."""
    if PRIVATE not in side.indicators:
        return side
    indicators = {name: value for name, value in side.indicators.items() if name != PRIVATE}
    return replace(side, indicators=indicators, total=mean(list(indicators.values())))


def unlike(a: Assessment, b: Assessment) -> list[str]:
    """Return the indicators for which only one of two assessments has anything to count."""
    return [name for name in a.indicators if (name in a.known) != (name in b.known)]


def incompatibility(session: Session) -> Incompatibility:
    """Return where H and P pull apart (domain brief: D, G, B and the lower of both)."""
    above, beside = (assessment.total for assessment in assess(session))
    both = (above, beside) if above is not None and beside is not None else None
    return Incompatibility(
        opposed=_opposed(session),
        gap=abs(both[0] - both[1]) if both else None,
        burden=duplicate_tasks(session),
        lower=min(both) if both else None,
    )


def duplicate_tasks(session: Session) -> Value:
    """Return duplicate tasks over all tasks handed down (B; PC).

    A task that is lifted was handed down too, by whomever: where nobody did so in the session, somebody did before.
    """
    tasks, known = session.entries("task"), session.game.scenario.task_by_id
    repeats = [item.duplicate for item in tasks]
    repeats += [bool(known[task].duplicates) for task in tasks_lifted(session) - {item.task for item in tasks}]
    return share(sum(repeats), len(repeats))


def tasks_lifted(session: Session) -> set[str]:
    """Return the tasks of the case, by id, that lines lift, whoever speaks them."""
    known = session.game.scenario.task_by_id
    return {line["task"] for line in session.lines if has(line["act"], "lifts") and line["task"] in known}


def questions_settled(session: Session) -> Value:
    """Share of the questions that are settled: what can be shown (PV)."""
    return shown(session.game, session.state)["visible_outputs"]


def sections_copied(session: Session) -> Value:
    """Mean share of the plans' sections that stand as handed down (AR)."""
    return shown(session.game, session.state)["conformity"]


def decision_share(session: Session) -> Value:
    """Share of those who bound the body that are residents (LR)."""
    binding = [seat for decision in session.decisions for seat in bound_by(session.game, decision)]
    return share(sum(seat in session.game.residents for seat in binding), len(binding))


def bound_by(game: Game, decision: DecisionTaken, for_it: bool = False) -> list[str]:
    """Return who bound the body: those who voted (perhaps only those for the motion), or the chair who decided.

    Whoever only holds a veto has no vote, and is not among them.
    """
    if decision["by"] != BODY:
        return [decision["by"]]
    return [seat for seat, vote in counted(game, decision).votes.items() if vote or not for_it]


def terms_settled(session: Session) -> dict[str, str]:
    """Return the options that carried decisions settle, by question (`settled_terms`)."""
    return settled_terms(session.game, session.items, session.decisions)


def needs_of_residents(session: Session) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what residents stood for last, by seat and question: the option, and the line by which they did.

    What somebody says of it a year later is testimony, and no wish.
    """
    reviews = session.game.able("reviews")
    return {
        (line["seat"], key): (option, line["id"])
        for line, terms in spoken_for(session.items, session.lines)
        if line["seat"] in session.game.residents and line["stage"] not in reviews
        for key, option in terms.items()
    }


def needs_counted(session: Session, registered: bool | None = None) -> tuple[int, int]:
    """Return how many of the options that residents proposed or backed last decisions settle, and how many these are.

    ``registered``: of those alone whose household is registered here, or of newcomers alone; None for all.
    """
    needs, cast = needs_of_residents(session), session.game.personas
    settled = terms_settled(session)
    if registered is not None:
        needs = {(seat, key): need for (seat, key), need in needs.items() if cast[seat].registered is registered}
    return sum(settled.get(key) == option for (_, key), (option, _) in needs.items()), len(needs)


def needs_met(session: Session, registered: bool | None = None) -> Value:
    """Share of the options that residents proposed or backed last which decisions settle (LA, FO).

    ``registered``: as with `needs_counted`.
    """
    return share(*needs_counted(session, registered))


def _promises_kept(session: Session) -> Value:
    """Share of the promises of terms that are confirmed, kept or decided: on paper; once all fell due, of that (LA).

    What was carried though the body cannot bind it, and holds by the promise itself, is decided. A promise beside a
    motion counts where the decision rests on what it gives.
    """
    if fallen_due(session):
        return kept_after_a_year(session)
    decided = terms_settled(session).items()
    stands = [
        item.state in ("confirmed", "kept") or (item.state == "open" and item.promised.items() <= decided)
        for item in session.entries("promise")
        if item.terms or (item.gives and item.gives.items() <= decided)
    ]
    return share(sum(stands), len(stands))


def _trust(session: Session) -> Value:
    """The residents' mean trust at the end, 1 to 5 brought to 0 to 1 (EP)."""
    if not session.pulses:
        return None
    last = session.pulses[-1]["levels"]
    return mean([(last[seat]["trust"] - 1) / 4 for seat in session.game.residents if seat in last])


def _self_sustaining(session: Session) -> Value:
    """Half for who delivers being settled, half for a payer that is not government alone (EP)."""
    if not session.carried:
        return 0.0 if session.decisions else None
    settled = terms_settled(session)
    chosen = [
        (question, settled[question.id]) for question in session.game.scenario.decisions if question.id in settled
    ]
    names = any(question.topic == "provider" for question, _ in chosen)
    shares = any(set(question.options[option].paid_by) - {"government"} for question, option in chosen)
    return (names + shares) / 2


_BESIDE: dict[str, Callable[[Session], Value]] = {
    "decision_share": decision_share, "needs_met": needs_met, "promises_kept": _promises_kept, "trust": _trust,
    "self_sustaining": _self_sustaining,
}  # fmt: skip


def _assessment(side: Side, session: Session) -> Assessment:
    if side == "hierarchical":
        values = shown(session.game, session.state)
    else:
        values = {name: count(session) for name, count in _BESIDE.items()}
    return Assessment(side, session.game.assessors.get(side, ()), values, mean(list(values.values())))


def _opposed(session: Session) -> Value:
    """Return D: each act is added in turn, and the change of both totals compared, without the pulse."""
    game, state = session.game, first_state(session.game)
    before: tuple[Value, Value] = (None, None)
    opposed = 0
    for index, line in enumerate(session.lines):
        state = apply(state, hear(game, state, line))
        if index + 1 == len(session.lines) or session.lines[index + 1]["stage"] != line["stage"]:
            for decision in session.decisions:
                if decision["stage"] == line["stage"]:
                    state = apply(state, decide(game, state, decision))
        above, beside = assess(Session(game, state))
        now = (above.total, beside.total)
        changes = [0.0 if a is None or b is None else b - a for a, b in zip(before, now, strict=True)]
        opposed += changes[0] * changes[1] < 0
        before = now
    return share(opposed, len(session.lines))
