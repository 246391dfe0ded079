"""The question that a line answers, and the part of it that minutes quote."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.content.language import Lang
from sandbox.content.words import within_quotes
from sandbox.game.language.courtesy import OPEN, asks_for_nothing
from sandbox.game.language.gist import clauses, gist, quoted
from sandbox.game.language.wording import last_sentence, ngrams, opening, sentences
from sandbox.record.line import Line

# Most characters of a question told beside its answer; and of a line that is told whole as a question.
LONGEST_QUESTION: dict[Lang, int] = {"en": 160, "zh": 80}
_SHORT: dict[Lang, int] = {"en": 160, "zh": 45}
# Acts with these traits do not answer the asker.
_LEAVES_OPEN: frozenset[Trait] = frozenset({"escalates", "defers"})


def question_of(lines: Sequence[Line], answer: Line) -> Line | None:
    """Return the line whose question a line answers, or None; it may be of an earlier stage if the answer is about it.

    - A line whose act answers takes the question of the line that it is about. If it is about none, it takes the latest
      question to its seat in this stage since the seat last granted anything.
    - A line with another act answers if the line that it is about, or the line just before it by its addressee, put a
      question to its seat. If its act asks, it must state something first.
    - Lines that escalate or defer answer nothing.
    """
    does = TRAITS[answer["act"]]
    if _LEAVES_OPEN.intersection(does) or ("asks" in does and not states(answer)):
        return None
    before = list(takewhile(lambda line: line["id"] != answer["id"], lines))
    about = [line for line in before if line["id"] == answer["about"]]
    if "answers" not in does:
        about += [line for line in before[-1:] if line["seat"] == answer["to"]]
        put = (line for line in about if answer["seat"] == line["to"])
        return next((line for line in put if has(line["act"], "asks") or ("asks" in does and asks(line["says"]))), None)
    if about:
        return next((line for line in about if asks(line["says"])), None)
    here = (line for line in reversed(before) if line["stage"] == answer["stage"])
    since = takewhile(lambda line: not _grants_by(line, answer["seat"]), here)
    return next((line for line in since if has(line["act"], "asks") and line["to"] == answer["seat"]), None)


def states(line: Line) -> bool:
    """Return whether a line begins with a statement and not with a question."""
    return any(not part.endswith(("?", "？")) for part in sentences(line["says"])[:1])


def asks(says: str) -> bool:
    """Return whether words contain a question mark."""
    return "?" in says or "？" in says


def _grants_by(line: Line, seat: str) -> bool:
    """Return whether a line of a seat grants something."""
    return line["seat"] == seat and has(line["act"], "grants")


def put_before(question: Line | None, answer: Line, quoted: Collection[str], lang: Lang, *, cut: bool) -> str:
    """Return the words of a question that minutes put before its answer; empty if they are ``quoted`` anyway.

    A short line is given whole; from a longer one only its questions are taken. With ``cut`` a long question is
    shortened.
    """
    if question is None or question["id"] in quoted:
        return ""
    says, longest = question["says"], LONGEST_QUESTION[lang]
    asked = within_quotes(says if len(says) <= _SHORT[lang] else questions_in(says, longest, answer["says"]))
    return clauses(asked, longest, "ask") if cut else asked


def questions_in(says: str, longest: int, answer: str = "") -> str:
    """Return the questions in words; if they have no question mark, sentences that ask for something, or the last.

    If the questions are too long, the longest is cut to its last clauses if that is enough. Otherwise the question is
    dropped that shares least with the beginning of the ``answer``, or the first. Gaps between questions are marked.
    """
    parts = sentences(says)
    put = [place for place, part in enumerate(parts) if part.endswith(("?", "？")) and not asks_for_nothing(part)]
    put = put or [place for place, part in enumerate(parts) if OPEN.search(part)]
    begun = set(ngrams(opening(answer, 0), 2))
    while len(put) > 1 and (over := sum(len(parts[place]) for place in put) - longest) > 0:
        most = max(put, key=lambda place: len(parts[place]))
        cut = clauses(parts[most], len(parts[most]) - over, "ask")
        if len(cut) <= len(parts[most]) - over:
            parts[most] = cut
        else:
            put.remove(min(put, key=lambda place: len(begun & ngrams(parts[place], 2))))
    if len(put) < 2:
        return gist(parts[put[0]] if put else last_sentence(says), longest)
    return quoted(parts[put[0] : put[-1] + 1], [place - put[0] for place in put])
