"""The question that a line answers, and what minutes quote of it."""

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

# Most characters of a question that is told beside its answer, and of a line that is told whole for its question.
LONGEST_QUESTION: dict[Lang, int] = {"en": 160, "zh": 80}
_SHORT: dict[Lang, int] = {"en": 160, "zh": 45}
# What an act does that does not answer whoever asked.
_LEAVES_OPEN: frozenset[Trait] = frozenset({"escalates", "defers"})


def question_of(lines: Sequence[Line], answer: Line) -> Line | None:
    """Return the line whose question a line answers, if it answers any, be it of an earlier stage that it is about.

    Whoever was just asked answers by whatever act, whoever is asked next. An act that asks answers with what it says
    first.
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
    """Return whether a line says something before it asks."""
    return any(not part.endswith(("?", "？")) for part in sentences(line["says"])[:1])


def asks(says: str) -> bool:
    """Return whether words hold a question."""
    return "?" in says or "？" in says


def _grants_by(line: Line, seat: str) -> bool:
    """Return whether a seat meets what it was asked."""
    return line["seat"] == seat and has(line["act"], "grants")


def put_before(question: Line | None, answer: Line, quoted: Collection[str], lang: Lang, *, cut: bool) -> str:
    """Return a question, within quotes, that minutes do not quote otherwise, or empty; to be ``cut``, if it is long.

    A short line is told whole, since what is answered may stand beside its question.
    """
    if question is None or question["id"] in quoted:
        return ""
    says, longest = question["says"], LONGEST_QUESTION[lang]
    asked = within_quotes(says if len(says) <= _SHORT[lang] else questions_in(says, longest, answer["says"]))
    return clauses(asked, longest, "ask") if cut else asked


def questions_in(says: str, longest: int, answer: str = "") -> str:
    """Return what words ask; without a question mark, the sentences that ask for something, or else the last.

    Where they ask more than there is room for, the longest question gives way to its last clauses, else the one goes of
    which an ``answer`` says least at its beginning, or the first. What stands between them and is left out is marked.
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
