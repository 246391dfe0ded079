"""Grounding of what a model worded: figures of facts quoted rightly, and figures that stand nowhere.

Only numbers in digits are looked at; the cards write them so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sandbox.content.acts import acts_with
from sandbox.content.schemas import Fact
from sandbox.game.wording import numbers, quantities
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged
from sandbox.scoring.audit.play import case_texts
from sandbox.scoring.measures import carries, cites

__all__ = ["fact_lines", "facts_right", "invented_figures"]

# Acts whose figures are offers, and no claims about how things are.
_OFFERS = (*acts_with("offers"), *acts_with("asks"))
_ID = re.compile(r"\bF\d{1,2}\b")


def fact_lines(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines that carry a fact of the case."""
    n = sum(len(one.worded) for one in sessions)
    bare = [one.evidence(line) for one in sessions for line in one.worded if not cites(one.session, line)]
    return judged("fact_lines", 1 - len(bare) / n if n else None, n, bare)


def facts_right(sessions: Sequence[Audited]) -> Finding:
    """Return the share of the figures quoted from facts that stand there for the same thing.

    A line cites a fact by its point, by its id, or by its words. A figure is wrong where the cited fact counts the same
    thing with other numbers, and no text of the case and nothing said before has this number of it.
    """
    right = 0
    wrong: list[Evidence] = []
    for one in sessions:
        known = {pair for text in (*case_texts(one.session), *one.told) for pair in quantities(text, one.lang)}
        for line in one.worded:
            cited = _cited(one, line)
            pairs = [pair for fact in cited for pair in quantities(fact.text.get(one.lang), one.lang)]
            for number, unit in quantities(_ID.sub("", line["says"]), one.lang):
                same = sorted({figure for figure, counted in pairs if unit and counted == unit})
                if number in same or (not same and number in {figure for figure, _ in pairs}):
                    right += 1
                elif same and (number, unit) not in known:
                    wrong.append(one.evidence(line, f"{number} {unit} ≠ {', '.join(same)}"))
    n = right + len(wrong)
    return judged("facts_right", right / n if n else None, n, wrong)


def invented_figures(sessions: Sequence[Audited]) -> Finding:
    """Return how many figures are told as if they were so, and stand nowhere.

    A figure has a source where it stands in a text of the case, or was said by a person or the facilitator. Proposals,
    promises, decisions and questions may bring figures of their own, which are counted apart; whoever speaks of these
    afterwards invents nothing.
    """
    spoken: set[tuple[str, str]] = set()
    offered: set[tuple[str, str]] = set()
    evidence: list[Evidence] = []
    for one in sessions:
        told = set().union(*(numbers(text) for text in one.told))
        unknown = set(one.play["invented_numbers"]) - told
        for line in one.worded:
            said = numbers(_ID.sub("", line["says"]))
            spoken |= {(one.id, figure) for figure in said}
            new = {figure for figure in said & unknown if (one.id, figure) not in offered}
            if line["act"] in _OFFERS:
                offered |= {(one.id, figure) for figure in new}
            else:
                evidence += [one.evidence(line, figure) for figure in sorted(new)]
    invented = {(one.session, one.what) for one in evidence}
    beside = {"offered": len(offered - invented)}
    return judged("invented_figures", len(invented) if spoken else None, len(spoken), evidence, beside=beside)


def _cited(one: Audited, line: Line) -> list[Fact]:
    named = {*line["facts"], *_ID.findall(line["says"])}
    return [fact for fact in one.session.game.scenario.facts if fact.id in named or carries(fact, line, one.lang)]
