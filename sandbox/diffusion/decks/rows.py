"""A row of a deck: what a session's log says about the place that held the meeting. No judge is asked.

``form``: something can be shown: a decision is carried, or every plan has been filed, with a section of its own (PC,
PV). ``substance``: how much of it is more than that, the mean of what there is to count of

- plans' own sections against those that stand as handed down (AR);
- the terms that residents wanted, in what was decided (LA, FO);
- whether a carried decision has agreed on a payer who is not government alone (EP);
- promises made at the table that their speakers had the authority to make (LA);
- where a review was held, what fell due that reached those for whom it was, a year later (LA, FO, PV),

and 0 where nothing was decided. The paper names no measure for either; this one is derived from it. ``kept``: the share
of what fell due in a review that was kept, on paper or in substance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile
from math import nan, prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sandbox.content.library import Library
from sandbox.content.words import refusal
from sandbox.game.ledger.entries import within_remit
from sandbox.game.review.inspection import share
from sandbox.game.session import Session
from sandbox.scoring.assessment import assess, sections_copied
from sandbox.scoring.reviewed import AFTER_A_YEAR, kept_after_a_year

_CODES = 1 << 16


class Row(NamedTuple):
    """The result of a session; nan where there is nothing to count. The columns are those of a deck."""

    form: int
    substance: float
    hierarchical: float
    horizontal: float
    burden: float
    copied: float
    kept: float
    variant: int


def columns(rows: Sequence[Row]) -> NDArray[np.float32]:
    """Return rows as an array, one line each."""
    return np.array(rows, np.float32).reshape(len(rows), len(Row._fields))


@dataclass(frozen=True)
class Variants:
    """Codes for the terms that may be bound, over all cases of a deck; 0 where nothing is bound.

    Args:
        scenarios: the cases, by id.

    Raises:
        InputError: there are more versions than codes.
    """

    library: Library
    scenarios: Sequence[str]

    def __post_init__(self) -> None:
        if sum(self._sizes.values()) >= _CODES:
            raise refusal("deck.refused.variants", number=sum(self._sizes.values()), most=_CODES - 1)

    @cached_property
    def _sizes(self) -> Mapping[str, int]:
        return {
            name: prod(len(question.options) + 1 for question in self.library.scenario(name).decisions)
            for name in dict.fromkeys(self.scenarios)
        }

    def code(self, scenario: str, terms: Mapping[str, str]) -> int:
        """Return the code of the terms that were bound in a case."""
        code = 0
        for question in self.library.scenario(scenario).decisions:
            options = list(question.options)
            place = options.index(terms[question.id]) + 1 if question.id in terms else 0
            code = code * (len(options) + 1) + place
        before = sum(self._sizes[name] for name in takewhile(lambda name: name != scenario, self._sizes))
        return before + code if code else 0

    def terms(self, code: int) -> tuple[str, dict[str, str]]:
        """Return the case and the terms of a code; both are empty where nothing was bound."""
        for name, size in self._sizes.items():
            if not code:
                break
            if code < size:
                terms: dict[str, str] = {}
                for question in reversed(self.library.scenario(name).decisions):
                    options = list(question.options)
                    code, place = divmod(code, len(options) + 1)
                    if place:
                        terms[question.id] = options[place - 1]
                return name, dict(reversed(terms.items()))
            code -= size
        return "", {}


def row_of(session: Session, variants: Variants) -> Row:
    """Return the row of a session that came to its end."""
    carried = [decision for decision in session.decisions if decision["carried"]]
    filed = bool(session.plans) and all(plan.lines for plan in session.plans)
    above, beside = assess(session)
    copied = sections_copied(session)
    payers = [set(decision["payer"]) != {"government"} for decision in carried if decision["payer_agreed"]]
    made = [item for item in session.items if item.kind == "promise" and item.stage and item.terms]
    more = [
        None if copied is None else 1 - copied,
        beside.indicators["needs_met"],
        float(any(payers)),
        share(sum(within_remit(session.game.scenario, item.owner, item.terms) for item in made), len(made)),
        AFTER_A_YEAR["kept_in_substance"](session),
    ]
    known = [value for value in more if value is not None]
    bound = {key: option for decision in carried for key, option in decision["terms"].items()}
    return Row(
        form=int(bool(carried) or filed),
        substance=sum(known) / len(known) if carried else 0.0,
        hierarchical=_number(above.total),
        horizontal=_number(beside.total),
        burden=_burden(session),
        copied=1.0 if copied is None else copied,
        kept=_number(kept_after_a_year(session)),
        variant=variants.code(session.spec.scenario, bound),
    )


def _number(value: float | None) -> float:
    return nan if value is None else value


def _burden(session: Session) -> float:
    """Return the mean change of burden from the first pulse to the last, over all seats."""
    first, last = session.pulses[0]["levels"], session.pulses[-1]["levels"]
    moved = [last[seat]["burden"] - first[seat]["burden"] for seat in first if seat in last]
    return sum(moved) / len(moved) if moved else 0.0
