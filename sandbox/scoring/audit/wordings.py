"""Measures of single lines, and of wording: repetition, thanks and praise, language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

from sandbox.content.language import Lang, patterns
from sandbox.game.language.wording import assistant_talk, other_language, overlap
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import MEASURES, Finding, judged, unmeasured
from sandbox.scoring.audit.playing import duplicate_pairs
from sandbox.scoring.measures import cites

# Share of a line's 4-grams that are in the line before, from which on it counts as copied.
_COPIED = 0.25
# Courtesy of one speaker to another; "thanks to the contract" gives a cause, and "no thanks" refuses.
_COURTESY = patterns(
    en=r"(?<!no )(?<!without )\bthanks\b(?! to (?!you\b))|\bthank (?:you|everyone|everybody|all)\b"
    r"|\b(?:i|we)(?:'m| am|'re| are) (?:very |so |truly |deeply )?(?:grateful|thankful)\b"
    r"|\b(?:i|we) (?:really |truly |greatly |deeply |do )?(?:appreciate|admire|applaud|commend)\b"
    r"|\b(?:well said|well put|well done|good point|great point|kudos|bravo)\b"
    r"|\b(?:great|excellent|wonderful|fantastic|brilliant|valuable|insightful) "
    r"(?:point|points|idea|ideas|question|questions|suggestion|suggestions|proposal|work|job|insight|insights)\b",
    zh=r"(?<!不用)(?<!不必)(?<!没人)谢谢|感谢|多谢|谢过|辛苦(?:你|您|大家|各位)?了|说得(?:真|太|很|非常)?(?:好|对|精彩)"
    r"|讲得(?:真|太|很|非常)?(?:好|精彩)|太好了|真棒|很棒|了不起|佩服|赞赏|欣赏(?:你|您)|好(?:主意|建议|办法|问题)|高见",
)


def repetition(sessions: Sequence[Audited]) -> Finding:
    """Return the share of 4-grams that a speaker has used before: mean over seats, then over sessions.

    Lines of which a quarter or more is in the line before are counted apart, and are the evidence.
    """
    spoken = [session for session in sessions if session.worded]
    copied = [
        session.evidence(line, f"= {before['id']}")
        for session in spoken
        for before, line in pairwise(session.session.lines)
        if line["origin"] in ("model", "agent") and overlap(line["says"], [before["says"]]) >= _COPIED
    ]

    def mean(figure: str) -> float:
        return float(sum(session.play[figure] for session in spoken) / len(spoken))

    beside = {
        "worst": max(session.play["own_overlap_worst"] for session in spoken),
        "distinct_2": round(mean("distinct_2"), 3),
        "echo": round(mean("adjacent_overlap"), 3),
        "copied": len(copied),
    }
    n = sum(len(session.worded) for session in spoken)
    return judged("repetition", mean("own_overlap"), n, copied, beside=beside)


def duplicates(sessions: Sequence[Audited]) -> Finding:
    """Return the number of pairs of lines within a session that are almost the same."""
    pairs = [(session, pair) for session in sessions for pair in duplicate_pairs(session.unnamed)]
    n = sum(len(session.worded) for session in sessions)
    evidence = [session.evidence(later, f"= {earlier['id']}") for session, (earlier, later) in pairs]
    return judged("duplicates", len(pairs) if n > 1 else None, n, evidence)


# For each measure, whether a line counts, or the words for which it does.
_AGAINST: dict[str, Callable[[Audited, Line], bool | str]] = {
    "thanks": lambda session, line: thanks_or_praise(line["says"], session.lang),
    "assistant_talk": lambda _, line: assistant_talk(line["says"]),
    "own_language": lambda session, line: other_language(line["says"], session.lang),
    "fact_lines": lambda session, line: not cites(session.session, line),
    "card_lines": lambda _, line: line["origin"] == "card",
}


def judged_lines(name: str, sessions: Sequence[Audited]) -> Finding:
    """Return the finding of a measure that counts single lines.

    They thank or praise somebody, sound like a chat assistant, are in another language, carry no fact of the case
    (votes and what is told of the year after need none), or are in the card's own words because the model's were
    rejected. The value is their count or share, by the measure's unit; of a measure with ``at_least``, the share of all
    other lines.
    """
    acts = name == "card_lines"  # counted over all lines of personas, except in play by cards
    lines = [
        (session, line)
        for session in sessions
        if not (acts and session.session.spec.by_cards)
        for line in (session.lines if acts else session.worded)
        if name != "fact_lines" or not (line["vote"] or line["stage"] in session.session.game.able("reviews"))
    ]
    matched = [(session, line, what) for session, line in lines if (what := _AGAINST[name](session, line))]
    evidence = [session.evidence(line, what if isinstance(what, str) else "") for session, line, what in matched]
    if not lines:
        return unmeasured(name, "no_model_lines") if acts else judged(name, None, 0)
    share = len(evidence) / len(lines)
    value = len(evidence) if MEASURES[name].unit == "count" else 1 - share if MEASURES[name].at_least else share
    return judged(name, value, len(lines), evidence)


def thanks_or_praise(says: str, lang: Lang) -> str:
    """Return the first words of a line that thank or praise, or empty."""
    match = _COURTESY[lang].search(says)
    return match[0] if match else ""
