"""The start of a deck's sessions: the parts of an arrival laid over the case."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.arrival_card import Arrival
from sandbox.content.cards import Kind, Payer
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.scenario_card import Scenario
from sandbox.game.pulse import Pulse, starting
from sandbox.game.rules import payable
from sandbox.game.spec import Guest, Heard, Post, Promise, Start


def start_of(parts: Sequence[Arrival], library: Library, scenario: str, governance: Governance, lang: Lang) -> Start:
    """Return the start of sessions in which a reform arrives in this way.

    - Pulses are shifted from the case's values and stay within 1 and 5.
    - Promises, what was heard, and posts are added up; of plans and hosts the last one counts.
    - What concerns a seat that the case does not have is left out.
    - The payer of a promise is an option that the rules at work allow.

    ``parts`` are those of the city, the channel and the stand, in this order; parts that say nothing may be missing.
    """
    case = library.scenario(scenario)
    kinds = {seat.persona: library.persona(seat.persona).kind for seat in case.seats}

    def seats(wanted: Sequence[Kind]) -> list[str]:
        return [seat for kind in wanted for seat, own in kinds.items() if own == kind]

    plan = next((part.plan for part in reversed(parts) if part.plan), None)
    host = next((part.host for part in reversed(parts) if part.host), None)
    return Start(
        pulses=dict(_pulses(case, kinds, parts)),
        plan=dict.fromkeys(plan.dropped, "") if plan else {},
        promises=tuple(
            Promise(seat=seat, says=pledge.says.get(lang), terms=_terms(case, governance, pledge.paid_by))
            for part in parts
            for pledge in part.promises
            for seat in seats(pledge.by)[:1]
        ),
        plan_from=plan.origin.get(lang) if plan else "",
        copied=plan.copied if plan else None,
        heard=tuple(
            Heard(seat=seat, says=rumour.says.get(lang), source=rumour.source.get(lang))
            for part in parts
            for rumour in part.heard
            for seat in (seats(rumour.seats) if rumour.seats else ("",))
        ),
        posts=tuple(
            Post(
                seat=seat, name=post.name.get(lang), before=post.before.get(lang), agenda=post.agenda.get(lang),
                terms=_terms(case, governance, post.paid_by),
            )
            for post in (part.post for part in parts if part.post)
            for seat in seats(post.seats)[:1]
        ),
        host=Guest(
            name=host.name.get(lang), role=host.role.get(lang), place=host.place.get(lang),
            shown=tuple(text.get(lang) for text in host.shown), hidden=tuple(text.get(lang) for text in host.hidden),
        )
        if host and case.tour.place is not None
        else None,
    )  # fmt: skip


def _pulses(case: Scenario, kinds: Mapping[str, Kind], parts: Sequence[Arrival]) -> Iterator[tuple[str, Pulse]]:
    """Yield the seats whose pulse differs from that of the case."""
    for seat in case.seats:
        leans = [lean for part in parts if (lean := part.pulses.get(kinds[seat.persona]))]
        own = starting(seat.pulse)
        moved = Pulse(
            trust=_moved(own["trust"], [lean.trust for lean in leans]),
            conviction=_moved(own["conviction"], [lean.conviction for lean in leans]),
            burden=_moved(own["burden"], [lean.burden for lean in leans]),
        )
        if moved != own:
            yield seat.persona, moved


def _terms(case: Scenario, governance: Governance, paid_by: Sequence[Payer] | None) -> dict[str, str]:
    """Return the option by which these payers pay, or the nearest one; none where no option has any of them."""
    wanted = set(paid_by or ())
    options = [
        (len(wanted.symmetric_difference(option.paid_by)), question.id, key)
        for question in case.decisions
        if question.topic == "payer"
        for key, option in question.options.items()
        if wanted.intersection(option.paid_by) and payable(governance, option)
    ]
    nearest = min(options, key=lambda option: option[0], default=None)
    return {nearest[1]: nearest[2]} if nearest else {}


def _moved(level: int, steps: Sequence[int]) -> int:
    return max(1, min(5, level + sum(steps)))
