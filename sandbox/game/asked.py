"""The question that a line answers, and what minutes quote of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.game.wording import clauses, gist, last_sentence, ngrams, opening, sentences
from sandbox.record.line import Line

# What an act does that does not answer whoever asked.
_LEAVES_OPEN: frozenset[Trait] = frozenset({"asks", "escalates", "defers"})


def question_of(lines: Sequence[Line], answer: Line) -> Line | None:
    """Return the line whose question a line answers, if it answers any, by whatever act where it was just asked."""
    if _LEAVES_OPEN.intersection(TRAITS[answer["act"]]):
        return None
    before = list(takewhile(lambda line: line["id"] != answer["id"], lines))
    if not has(answer["act"], "answers"):
        asked = [line for line in before if line["id"] == answer["about"]] + before[-1:]
        put = (line for line in asked if has(line["act"], "asks") and answer["seat"] == line["to"])
        return next((line for line in put if answer["to"] == line["seat"]), None)
    if answer["about"]:
        about = (line for line in before if line["id"] == answer["about"])
        return next((line for line in about if "?" in line["says"] or "？" in line["says"]), None)
    since = list(takewhile(lambda line: not _grants_by(line, answer["seat"]), reversed(before)))
    return next((line for line in since if has(line["act"], "asks") and line["to"] == answer["seat"]), None)


def _grants_by(line: Line, seat: str) -> bool:
    """Return whether a seat meets what it was asked."""
    return line["seat"] == seat and has(line["act"], "grants")


def put_before(question: Line | None, answer: Line, kept: Collection[str], longest: int) -> str:
    """Return a question where minutes do not tell of it otherwise, or empty."""
    if question is None or question["id"] in kept:
        return ""
    return questions_in(question["says"], longest, answer["says"])


def questions_in(says: str, longest: int, answer: str = "") -> str:
    """Return what words ask; without a question, their last sentence.

    Where they ask more than there is room for, the longest question gives way to its last clauses, else the one goes of
    which an ``answer`` says least at its beginning, or the first.
    """
    put = [part for part in sentences(says) if part.endswith(("?", "？"))] or [last_sentence(says)]
    begun = set(ngrams(opening(answer, 0), 2))
    while len(put) > 1 and (over := sum(map(len, put)) - longest) > 0:
        most = max(put, key=len)
        cut = clauses(most, len(most) - over, "ask")
        if len(cut) <= len(most) - over:
            put[put.index(most)] = cut
        else:
            put.remove(min(put, key=lambda part: len(begun & ngrams(part, 2))))
    return gist(" ".join(put) if put[-1].endswith("?") else "".join(put), longest)
