"""Grounding of a model's words: figures of facts quoted rightly, and figures without a source.

Numbers are those in digits, as in facts; in Chinese lines also small ones in words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain, combinations, permutations

from sandbox.content.acts import acts_with
from sandbox.game.language.quantities import counted_numbers, named_numbers, quantities
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged
from sandbox.scoring.audit.playing import case_texts, reckoned
from sandbox.scoring.measures import carries

# Acts whose figures are offers, not claims of fact.
_OFFERS = (*acts_with("offers"), *acts_with("asks"))
# Figures told as what is left or missing.
_LEFT = re.compile(
    r"(?:后头|剩下?|余下|还差|缺|少)了?(?:\d[\d,.]*|[二两三四五六七八九十][\u3400-\u9fff])"
    r"|\d[\d,.]*(?: \w+)? (?:are |is )?(?:left|missing|short|remain|still (?:ha|lack))"
)
_SUM = 1000  # a number from here on is mostly a sum of money
_TIMES = ("个月", "个星", "年", "天", "周", "month", "week", "year", "day")
_ID = re.compile(r"\b(?:F\d{1,2}|L\d{3})\b")


def facts_right(sessions: Sequence[Audited]) -> Finding:
    """Return the share of figures quoted rightly from facts.

    A line cites a fact by its point, its id, or its words. A figure is wrong if the cited fact has other numbers of the
    same unit, unless a text of the case or of people has this number of it, it can be reckoned from figures of
    the line or as what is left or missing of cited ones, it is the time between two of one fact, or the line promises
    it: an offered price is no claim about another one. What is told of the year after is left out, since facts tell
    nothing of it.
    """
    right = 0
    wrong: list[Evidence] = []
    for session in sessions:
        lang, texts = session.lang, (*case_texts(session.session), *session.brought)
        known, facts = {pair for text in texts for pair in quantities(text, lang)}, session.session.game.scenario.facts
        for line in (line for line in session.worded if not _a_year_later(session, line)):
            named = {*line["facts"], *_ID.findall(line["says"])}
            cited = (fact for fact in facts if fact.id in named or carries(fact, line, lang))
            by_fact = [quantities(fact.text.get(lang), lang) for fact in cited]
            pairs = [*chain.from_iterable(by_fact)]
            for number, unit in quantities(_ID.sub("", line["says"]), lang):
                same = sorted({figure for figure, counted in pairs if unit and counted == unit})
                alike = {figure for figure, counted in pairs if counted[:1] == unit[:1] == "个"}  # counts anything
                if number in {*same, *alike} or (not same and number in {figure for figure, _ in pairs}):
                    right += 1
                elif (
                    same
                    and (number, unit) not in known
                    and number not in named_numbers(line["promises"])
                    and not _worked_out(number, line["says"], pairs, {figure for figure, _ in known})
                    and not _between((number, unit), quantities(line["says"], lang), by_fact)
                ):
                    wrong.append(session.evidence(line, f"{number} {unit} ≠ {', '.join(same)}"))
    n = right + len(wrong)
    return judged("facts_right", right / n if n else None, n, wrong)


def _a_year_later(session: Audited, line: Line) -> bool:
    return line["stage"] in session.session.game.able("reviews")


def _worked_out(number: str, says: str, pairs: Sequence[tuple[str, str]], known: Collection[str]) -> bool:
    """Return whether a figure can be reckoned from others.

    It may be a product of figures of its line; of two sums of money there, the difference, the whole quotient (80,000
    at 11,000 a month last 7) or the months of one at the other a year (80,000 at 132,000 a year last 7); or what is
    left of cited or known figures.
    """
    own = counted_numbers(says) - {number}
    if any(number in named_numbers(part) for part in _LEFT.findall(says)):
        return reckoned(number, {*own, *(figure for figure, _ in pairs)}, known)
    sums = sorted(int(figure) for figure in own if figure.isdigit() and int(figure) >= _SUM)
    between = ((more - less, more // less, 12 * less // more) for less, more in combinations(sums, 2))
    return number in map(str, chain.from_iterable(between)) or reckoned(number, own, own, sums=False)


def _between(
    figure: tuple[str, str], says: Sequence[tuple[str, str]], by_fact: Sequence[Sequence[tuple[str, str]]]
) -> bool:  # fmt: skip
    """Return whether a time lies between two that one fact has, and the line names the longer.

    As who was paid for 18 of 40 months paid for 22.
    """
    number, unit = figure
    return unit in _TIMES and any(
        number == str(int(more) - int(less))
        for fact in by_fact for more, less in permutations([held for held, counted in fact if counted == unit], 2)
        if more.isdigit() and less.isdigit() and (more, unit) in says
    )  # fmt: skip


def invented_figures(sessions: Sequence[Audited]) -> Finding:
    """Return the number of figures that are stated as facts without a source.

    A figure has a source if it is in a text of the case, can be reckoned from figures just named (62 places at 80 yuan
    are 4,960), or came from a person or the facilitator. Offers, promises (also added to another act), decisions,
    questions and lines of a review may bring new figures; these are counted apart and may be repeated afterwards.
    """
    spoken: set[tuple[str, str]] = set()
    offered: set[tuple[str, str]] = set()
    evidence: list[Evidence] = []
    for session in sessions:
        unknown = set(session.play["invented_numbers"]).difference(*map(named_numbers, session.brought))
        for line in session.worded:
            figures = {(session.id, figure) for figure in counted_numbers(_ID.sub("", line["says"]))}
            spoken |= figures
            new = {(name, figure) for name, figure in figures - offered if figure in unknown}
            promised = {(session.id, figure) for figure in unknown.intersection(named_numbers(line["promises"]))}
            apart = line["act"] in _OFFERS or _a_year_later(session, line)
            own = promised | (new if apart else set())
            offered |= own
            evidence += [session.evidence(line, figure) for _, figure in sorted(new - own)]
    invented = {(item.session, item.what) for item in evidence}
    beside = {"offered": len(offered - invented)}
    return judged("invented_figures", len(invented) if spoken else None, len(spoken), evidence, beside=beside)
