"""Measures of wording over the lines that a model worded: repetition, thanks and praise, language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from sandbox.content.schemas import Lang
from sandbox.game.wording import assistant_talk, other_language, overlap
from sandbox.scoring.audit.audited import Audited, judged_lines
from sandbox.scoring.audit.finding import Finding, judged
from sandbox.scoring.audit.play import duplicate_pairs

__all__ = ["assistant", "card_lines", "duplicates", "own_language", "repetition", "thanks", "thanks_or_praise"]

# Share of the 4-grams of a line that stand in the line before it.
_COPIED = 0.25
# Courtesy of one speaker to another; "thanks to the contract" gives a cause, and "no thanks" refuses.
_COURTESY: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"(?<!no )(?<!without )\bthanks\b(?! to (?!you\b))|\bthank (?:you|everyone|everybody|all)\b"
        r"|\b(?:i|we)(?:'m| am|'re| are) (?:very |so |truly |deeply )?(?:grateful|thankful)\b"
        r"|\b(?:i|we) (?:really |truly |greatly |deeply |do )?(?:appreciate|admire|applaud|commend)\b"
        r"|\b(?:well said|well put|well done|good point|great point|kudos|bravo)\b"
        r"|\b(?:great|excellent|wonderful|fantastic|brilliant|valuable|insightful) "
        r"(?:point|points|idea|ideas|question|questions|suggestion|suggestions|proposal|work|job|insight|insights)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<!不用)(?<!不必)(?<!没人)谢谢|感谢|多谢|谢过|辛苦(?:你|您|大家|各位)?了|说得(?:真|太|很|非常)?(?:好|对|精彩)"
        r"|讲得(?:真|太|很|非常)?(?:好|精彩)|太好了|真棒|很棒|了不起|佩服|赞赏|欣赏(?:你|您)|好(?:主意|建议|办法|问题)|高见"
    ),
}


def repetition(sessions: Sequence[Audited]) -> Finding:
    """Return the share of 4-grams that a speaker has used before: mean over seats, then over sessions.

    Lines that copy a quarter and more of themselves from the line before are counted apart, and named.
    """
    spoken = [session for session in sessions if session.worded]
    if not spoken:
        return judged("repetition", None, 0)
    copied = [
        session.evidence(line, f"= {before['id']}")
        for session in spoken
        for before, line in pairwise(session.session.lines)
        if line["origin"] == "model" and overlap(line["says"], [before["says"]]) >= _COPIED
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


def thanks(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines that thank or praise somebody."""
    return judged_lines("thanks", sessions, lambda session, line: thanks_or_praise(line["says"], session.lang))


def assistant(sessions: Sequence[Audited]) -> Finding:
    """Return how many lines sound like a chat assistant and not like the role."""
    return judged_lines("assistant_talk", sessions, lambda _, line: assistant_talk(line["says"]))


def card_lines(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines in the card's own words, because the model's wordings were rejected."""
    return judged_lines("card_lines", sessions, lambda _, line: line["origin"] == "card", card=True)


def own_language(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines that are in the session's language."""
    return judged_lines("own_language", sessions, lambda session, line: other_language(line["says"], session.lang))


def thanks_or_praise(says: str, lang: Lang) -> str:
    """Return the words of a line that thank or praise, or an empty text."""
    match = _COURTESY[lang].search(says)
    return match[0] if match else ""
