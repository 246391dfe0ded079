"""Lines, personas and governance models made for tests."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from sandbox.content.library import Library
from sandbox.content.models import ACTS, Act, Governance, Kind, Persona, Scenario
from sandbox.institution.line import Line

__all__ = ["LIBRARY", "SCENARIO", "SEATS", "changed", "line", "lines", "persona"]

LIBRARY = Library.load()
SCENARIO: Scenario = LIBRARY.scenario("four_oclock_school")
SEATS = [seat.persona for seat in SCENARIO.seats]
KINDS: tuple[Kind, ...] = get_args(Kind)
_TERMS = [(one.id, option) for one in SCENARIO.decisions for option in one.options]


def persona(seat: str, kind: Kind) -> Persona:
    """Return a persona of a kind."""
    return LIBRARY.persona("mayor").model_copy(update={"id": seat, "kind": kind})


def changed(governance: str, **rules: dict[str, Any]) -> Governance:
    """Return a shipped governance model with some fields of its rules changed."""
    data = LIBRARY.governance(governance).model_dump()
    for name, fields in rules.items():
        data["rules"][name] |= fields
    return Governance.model_validate(data)


def line(
    number: int,
    seat: str,
    act: Act,
    to: str = "all",
    terms: dict[str, str] | None = None,
    *,
    says: str = "",
    vote: bool = False,
    stage: str = "public_engagement",
) -> Line:
    """Return a line that all seats may see."""
    return {
        "id": f"L{number:03d}",
        "stage": stage,
        "seat": seat,
        "act": act,
        "to": to,
        "says": says or f"words of line {number}",
        "terms": terms or {},
        "point": "",
        "facts": [],
        "vote": vote,
        "origin": "model",
        "visible_to": SEATS,
    }


@st.composite
def lines(draw: st.DrawFn, most: int = 15) -> list[Line]:
    """Draw a transcript."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(SEATS),
                st.sampled_from(ACTS),
                st.sampled_from([*SEATS, "all"]),
                st.dictionaries(*_term()),
                st.booleans(),
            ),
            max_size=most,
        )
    )
    return [
        line(number, seat, act, to, terms, vote=vote)
        for number, (seat, act, to, terms, vote) in enumerate(drawn, start=1)
    ]


def _term() -> tuple[st.SearchStrategy[str], st.SearchStrategy[str]]:
    keys = st.sampled_from([key for key, _ in _TERMS])
    return keys, st.sampled_from([option for _, option in _TERMS])
