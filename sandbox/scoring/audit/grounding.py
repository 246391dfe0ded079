"""Grounding of what a model worded: figures of facts quoted rightly, and figures that stand nowhere.

Numbers are those in digits, as facts are written; of what is said in Chinese also small ones in words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from itertools import chain, combinations

from sandbox.content.acts import acts_with
from sandbox.game.language.quantities import counted_numbers, named_numbers, quantities
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged
from sandbox.scoring.audit.playing import case_texts, reckoned
from sandbox.scoring.measures import carries

# Acts whose figures are offers, and no claims about how things are.
_OFFERS = (*acts_with("offers"), *acts_with("asks"))
# Figures that are told as what is left or missing of others.
_LEFT = re.compile(
    r"(?:后头|剩下?|余下|还差|缺|少)了?(?:\d[\d,.]*|[二两三四五六七八九十][\u3400-\u9fff])"
    r"|\d[\d,.]*(?: \w+)? (?:are |is )?(?:left|missing|short|remain|still (?:ha|lack))"
)
_SUM = 1000  # from here on a number is mostly one of money
_ID = re.compile(r"\b(?:F\d{1,2}|L\d{3})\b")


def facts_right(sessions: Sequence[Audited]) -> Finding:
    """Return the share of the figures quoted from facts that stand there for the same thing.

    A line cites a fact by its point, by its id, or by its words. A figure is wrong where the cited fact counts the same
    thing with other numbers, no text of the case and nothing said before has this number of it, it is not reckoned from
    figures of the line, the line does not tell it as what is left or missing of what it cites, and its speaker does not
    promise it beside: a price that is offered is no claim about the one that was asked. What is told of the year after
    is left out, since facts tell nothing of it.
    """
    right = 0
    wrong: list[Evidence] = []
    for session in sessions:
        lang, texts = session.lang, (*case_texts(session.session), *session.brought)
        known, facts = {pair for text in texts for pair in quantities(text, lang)}, session.session.game.scenario.facts
        for line in (line for line in session.worded if not _a_year_later(session, line)):
            named = {*line["facts"], *_ID.findall(line["says"])}
            cited = (fact for fact in facts if fact.id in named or carries(fact, line, lang))
            pairs = [pair for fact in cited for pair in quantities(fact.text.get(lang), lang)]
            for number, unit in quantities(_ID.sub("", line["says"]), lang):
                same = sorted({figure for figure, counted in pairs if unit and counted == unit})
                alike = {figure for figure, counted in pairs if counted[:1] == unit[:1] == "个"}  # of whatever is meant
                if number in {*same, *alike} or (not same and number in {figure for figure, _ in pairs}):
                    right += 1
                elif (
                    same
                    and (number, unit) not in known
                    and number not in named_numbers(line["promises"])
                    and not _worked_out(number, line["says"], pairs, {figure for figure, _ in known})
                ):
                    wrong.append(session.evidence(line, f"{number} {unit} ≠ {', '.join(same)}"))
    n = right + len(wrong)
    return judged("facts_right", right / n if n else None, n, wrong)


def _a_year_later(session: Audited, line: Line) -> bool:
    return line["stage"] in session.session.game.able("reviews")


def _worked_out(number: str, says: str, pairs: Sequence[tuple[str, str]], known: Collection[str]) -> bool:
    """Return whether a figure is reckoned from others.

    It may be a product of figures of its line, by how much one sum of money in it is more than another, how often it
    goes into that (80,000 at 11,000 a month last 7), how many months it lasts where that is spent a year (80,000 at
    132,000 a year last 7), or what is left of those that it cites or knows.
    """
    own = counted_numbers(says) - {number}
    if any(number in named_numbers(part) for part in _LEFT.findall(says)):
        return reckoned(number, {*own, *(figure for figure, _ in pairs)}, known)
    sums = sorted(int(figure) for figure in own if figure.isdigit() and int(figure) >= _SUM)
    between = ((more - less, more // less, 12 * less // more) for less, more in combinations(sums, 2))
    return number in map(str, chain.from_iterable(between)) or reckoned(number, own, own, sums=False)


def invented_figures(sessions: Sequence[Audited]) -> Finding:
    """Return how many figures are stated as if they were so, and stand nowhere.

    A figure has a source where it stands in a text of the case, can be reckoned from figures just named (62 places at
    80 yuan are 4,960), or was said by a person or the facilitator. Proposals, promises (also beside another act),
    decisions and questions may bring figures of their own, and so may all that tells of the year after, which no text
    knows of; these are counted apart, and whoever speaks of them afterwards invents nothing.
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
