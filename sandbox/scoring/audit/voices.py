"""Distinctness: does a classifier recognise the speaker of a line with all names and roles masked?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from importlib.util import find_spec

from sandbox.content.language import Lang
from sandbox.record.line import Line
from sandbox.scoring.audit.audited import Audited, replaced
from sandbox.scoring.audit.finding import Finding, judged, unmeasured

_SESSIONS = 3
# With three seats or fewer, three times chance is a certainty.
_SEATS = 4
_MASK = "□"


def distinctness(sessions: Sequence[Audited]) -> Finding:
    """Return the share of lines whose speaker is recognised, each session by a classifier trained on the others.

    Character n-grams (TF-IDF) and logistic regression, over lines that a model worded, without votes. Training leaves
    out lines with a point of the session held out: else the point is recognised, not the voice. Groups are of one case
    and language, with at least three sessions.
    """
    groups: dict[tuple[str, Lang], list[Audited]] = defaultdict(list)
    for session in sessions:
        if _lines(session):
            groups[(session.session.game.scenario.id, session.lang)].append(session)
    fitting = [group for group in groups.values() if len(group) >= _SESSIONS]
    if not groups:
        return unmeasured("distinctness", "no_model_lines")
    if not fitting:
        return unmeasured("distinctness", "few_sessions", max(len(group) for group in groups.values()))
    enough = [group for group in fitting if len({x["seat"] for session in group for x in _lines(session)}) >= _SEATS]
    if not enough:
        return unmeasured("distinctness", "few_seats")
    if find_spec("sklearn") is None:
        return unmeasured("distinctness", "no_lab")
    guesses = [guess for group in enough for held in group for guess in _guesses(group, held)]
    if not guesses:
        return unmeasured("distinctness", "same_lines")
    right, majority, chance = (sum(column) / len(guesses) for column in zip(*guesses, strict=True))
    beside = {"chance": round(chance, 3), "majority": round(majority, 3)}
    return judged("distinctness", right, len(guesses), bound=3 * chance, beside=beside)


def masked(says: str, session: Audited) -> str:
    """Return a text with the names and roles of all personas of the case masked."""
    game = session.session.game
    roles = {game.role(seat) for seat in game.positions}
    titles = {name for names in game.callings.values() for name in names if name.islower()}
    return replaced(says, dict.fromkeys((*session.names, *roles, *titles), _MASK), session.lang)


def _lines(session: Audited) -> list[Line]:
    return [line for line in session.worded if not line["vote"]]


def _guesses(group: Sequence[Audited], held: Audited) -> list[tuple[bool, bool, float]]:
    """Return, for each line of a session, whether its seat is recognised, whether it is the commonest, and chance."""
    asked = _lines(held)
    points = {line["point"] for line in asked if line["point"]}
    others = [session for session in group if session is not held]
    known = [(session, line) for session in others for line in _lines(session) if line["point"] not in points]
    seats = [line["seat"] for _, line in known]
    counts = Counter(seats)
    if len(counts) < _SEATS:
        return []
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    analyzer, grams = ("char", (1, 3)) if held.lang == "zh" else ("char_wb", (2, 5))
    learn = TfidfVectorizer(analyzer=analyzer, ngram_range=grams, sublinear_tf=True)
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit(learn.fit_transform([masked(line["says"], session) for session, line in known]), seats)
    guesses = model.predict(learn.transform([masked(line["says"], held) for line in asked]))
    frequent = min(counts, key=lambda seat: (-counts[seat], seat))
    return [
        (str(guess) == line["seat"], frequent == line["seat"], 1 / len(counts))
        for guess, line in zip(guesses, asked, strict=True)
    ]
