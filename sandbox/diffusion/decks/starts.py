"""What a session of a deck begins from: the parts of an arrival laid over the case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.arrival_card import Arrival, Pledge, Posted
from sandbox.content.cards import Kind, Payer
from sandbox.content.governance import Governance
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.schemas import Scenario
from sandbox.game.pulse import Pulse, starting
from sandbox.game.rules import payable
from sandbox.game.spec import Guest, Heard, Post, Promise, Start


def start_of(parts: Sequence[Arrival], library: Library, scenario: str, governance: Governance, lang: Lang) -> Start:
    """Return what sessions begin from where a reform arrived so.

    Pulses move from where the case has them and stay within 1 and 5; promises, what was heard and posts are added up;
    of plans and hosts the last one counts. What a case has no seat for is left out.

    Args:
        parts: the city's, the channel's and the stand's part, in this order; those that say nothing may be missing.
        library: the content.
        scenario: the case, by id.
        governance: the rules at work: who pays a promise is an option that they allow.
        lang: the language of the texts.
    """
    case = _Case(library, library.scenario(scenario), governance, lang)
    plan = next((part.plan for part in reversed(parts) if part.plan), None)
    host = next((part.host for part in reversed(parts) if part.host), None)
    return Start(
        pulses=dict(case.pulses(parts)),
        plan=dict.fromkeys(plan.dropped, "") if plan else {},
        promises=tuple(promise for part in parts for pledge in part.promises for promise in case.promise(pledge)),
        plan_from=plan.origin.get(lang) if plan else "",
        copied=plan.copied if plan else None,
        heard=tuple(
            Heard(seat=seat, says=rumour.says.get(lang), source=rumour.source.get(lang))
            for part in parts
            for rumour in part.heard
            for seat in (case.seats(rumour.seats) if rumour.seats else ("",))
        ),
        posts=tuple(post for part in parts if part.post for post in case.post(part.post)),
        host=Guest(
            name=host.name.get(lang),
            role=host.role.get(lang),
            place=host.place.get(lang),
            shown=tuple(text.get(lang) for text in host.shown),
            hidden=tuple(text.get(lang) for text in host.hidden),
        )
        if host and library.scenario(scenario).tour.place is not None
        else None,
    )


class _Case:
    """A case under some rules, as arrivals speak of it: kinds of seats, and who pays."""

    def __init__(self, library: Library, scenario: Scenario, governance: Governance, lang: Lang) -> None:
        self._kinds: dict[str, Kind] = {seat.persona: library.persona(seat.persona).kind for seat in scenario.seats}
        self._scenario, self._governance, self._lang = scenario, governance, lang

    def seats(self, kinds: Sequence[Kind]) -> list[str]:
        """Return the seats of some kinds, in the order of the kinds."""
        return [seat for kind in kinds for seat, own in self._kinds.items() if own == kind]

    def pulses(self, parts: Sequence[Arrival]) -> Iterator[tuple[str, Pulse]]:
        """Yield the seats that do not start from where the case has them."""
        for seat in self._scenario.seats:
            leans = [lean for part in parts if (lean := part.pulses.get(self._kinds[seat.persona]))]
            own = starting(seat.pulse)
            moved = Pulse(
                trust=_moved(own["trust"], [lean.trust for lean in leans]),
                conviction=_moved(own["conviction"], [lean.conviction for lean in leans]),
                burden=_moved(own["burden"], [lean.burden for lean in leans]),
            )
            if moved != own:
                yield seat.persona, moved

    def promise(self, pledge: Pledge) -> Iterator[Promise]:
        """Yield a promise where the case has a seat that makes it."""
        for seat in self.seats(pledge.by)[:1]:
            yield Promise(seat=seat, says=pledge.says.get(self._lang), terms=self._terms(pledge.paid_by))

    def post(self, posted: Posted) -> Iterator[Post]:
        """Yield a post where the case has a seat for it."""
        for seat in self.seats(posted.seats)[:1]:
            yield Post(
                seat=seat, name=posted.name.get(self._lang), before=posted.before.get(self._lang),
                agenda=posted.agenda.get(self._lang), terms=self._terms(posted.paid_by),
            )  # fmt: skip

    def _terms(self, paid_by: Sequence[Payer] | None) -> dict[str, str]:
        """Return the option by which these pay, or those that come nearest; none where no option has one of them."""
        wanted = set(paid_by or ())
        options = [
            (len(wanted.symmetric_difference(option.paid_by)), question.id, key)
            for question in self._scenario.decisions
            if question.topic == "payer"
            for key, option in question.options.items()
            if wanted.intersection(option.paid_by) and payable(self._governance, option)
        ]
        nearest = min(options, key=lambda option: option[0], default=None)
        return {nearest[1]: nearest[2]} if nearest else {}


def _moved(level: int, steps: Sequence[int]) -> int:
    return max(1, min(5, level + sum(steps)))
