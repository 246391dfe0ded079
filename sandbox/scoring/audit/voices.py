"""Distinctness: can a classifier tell who said a line in which all names and roles are masked?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sandbox.content.schemas import Lang
from sandbox.errors import InputError
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited, replaced
from sandbox.scoring.audit.finding import Finding, judged, unmeasured

__all__ = ["distinctness", "masked"]

_SESSIONS = 3
# With fewer seats three times chance is at or beyond certainty.
_SEATS = 4
_MASK = "□"


def distinctness(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines whose speaker is told right, each session by a classifier trained on the others.

    Character n-grams (TF-IDF) and logistic regression, over what a model worded; votes are left out, and so is from the
    training whatever makes the same point as the session that is held out: else the point is recognised, not the voice.
    Only sessions of one case and language are put together, at least three.
    """
    groups: dict[tuple[str, Lang], list[Audited]] = defaultdict(list)
    for one in sessions:
        if _lines(one):
            groups[(one.session.game.scenario.id, one.lang)].append(one)
    fitting = [group for group in groups.values() if len(group) >= _SESSIONS]
    if not groups:
        return unmeasured("distinctness", "no_model_lines")
    if not fitting:
        return unmeasured("distinctness", "few_sessions", max(len(group) for group in groups.values()))
    enough = [group for group in fitting if len({line["seat"] for one in group for line in _lines(one)}) >= _SEATS]
    if not enough:
        return unmeasured("distinctness", "few_seats")
    try:
        tools = _tools()
    except InputError:
        return unmeasured("distinctness", "no_lab")
    told = [guess for group in enough for held in group for guess in _guesses(group, held, tools)]
    if not told:
        return unmeasured("distinctness", "same_lines")
    right, majority, chance = (sum(column) / len(told) for column in zip(*told, strict=True))
    beside = {"chance": round(chance, 3), "majority": round(majority, 3)}
    return judged("distinctness", right, len(told), bound=3 * chance, beside=beside)


def masked(says: str, one: Audited) -> str:
    """Return words without the names and roles of anybody in the case."""
    roles = {card.role.get(one.lang) for card in one.session.game.personas.values()}
    return replaced(says, dict.fromkeys((*one.names, *roles), _MASK), one.lang)


def _lines(one: Audited) -> list[Line]:
    return [line for line in one.worded if not line["vote"]]


def _guesses(group: Sequence[Audited], held: Audited, tools: tuple[Any, Any]) -> list[tuple[bool, bool, float]]:
    """Return for each line of a session whether it is told right, whether the most frequent seat is, and chance."""
    asked = _lines(held)
    points = {line["point"] for line in asked if line["point"]}
    known = [(one, line) for one in group if one is not held for line in _lines(one) if line["point"] not in points]
    counts = Counter(line["seat"] for _, line in known)
    if len(counts) < _SEATS:
        return []
    vectorizer, classifier = tools
    grams = (1, 3) if held.lang == "zh" else (2, 5)
    learn = vectorizer(analyzer="char" if held.lang == "zh" else "char_wb", ngram_range=grams, sublinear_tf=True)
    seats = sorted(counts)
    model = classifier(C=10.0, max_iter=1000)
    model.fit(learn.fit_transform([masked(line["says"], one) for one, line in known]), [x["seat"] for _, x in known])
    guesses = model.predict(learn.transform([masked(line["says"], held) for line in asked]))
    frequent = min(seats, key=lambda seat: (-counts[seat], seat))
    return [
        (str(guess) == line["seat"], frequent == line["seat"], 1 / len(seats))
        for guess, line in zip(guesses, asked, strict=True)
    ]


def _tools() -> tuple[Any, Any]:
    """Return the classes of the vectorizer and the classifier.

    Raises:
        InputError: the ``lab`` extra is not installed.
    """
    try:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise InputError("distinctness needs scikit-learn: pip install 'governance-sandbox[lab]'") from error
    return TfidfVectorizer, LogisticRegression
