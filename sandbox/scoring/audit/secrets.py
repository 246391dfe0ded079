"""Secrets: words of a private briefing or a whisper, said by a seat that could not know them.

Only wording is found: a run of words of the secret that is in nothing that the seat could have read or heard. Common
words may follow each other by chance, so a short run counts only with words not heard, or a figure, that nobody but the
secret's owner has in the case. A secret told in other words is not found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial

from sandbox.content.language import Lang
from sandbox.game.language.wording import content_of, content_words, words
from sandbox.scoring.audit.audited import Audited
from sandbox.scoring.audit.finding import Evidence, Finding, judged
from sandbox.scoring.audit.playing import card_texts, public_texts, spoken_texts

# Words in a run (characters in Chinese), and the fewest content words among them, so that no set phrase counts.
_RUN: dict[Lang, int] = {"en": 5, "zh": 7}
_CONTENT: dict[Lang, int] = {"en": 3, "zh": 5}
# Fewest runs plus content words used nowhere else in the case that are more than chance.
_TELLING = 3
Runs = set[tuple[str, ...]]


@dataclass(frozen=True)
class _Secret:
    """What one seat alone knows, from line number ``since`` on; ``advice`` is meant to be followed."""

    owner: str
    since: int
    runs: Runs
    advice: bool


def secrets_leaked(sessions: Sequence[Audited]) -> Finding:
    """Return the number of lines with words of another seat's secret; a seat that tells its own is counted apart."""
    n = 0
    leaks: list[Evidence] = []
    disclosed: list[Evidence] = []
    for session in sessions:
        personas, lang = session.session.game.personas, session.lang
        if len(personas) < 2:
            continue
        secrets = _secrets(session)
        texts = (*(text.get(lang) for text in public_texts(session.session)), *session.news)
        public = Runs().union(*(_runs(text, lang) for text in texts))
        known = {seat: public | _known(session, seat) for seat in personas}
        read = cache(partial(_read, session))  # of a seat whose secret may have been told
        heard_words = {seat: set[str]() for seat in personas}
        own = {seat: Runs().union(*(x.runs for x in secrets if x.owner == seat)) for seat in personas}
        worded = {line["id"] for line in session.worded}
        for index, line in enumerate(session.session.lines):
            spoken, seat = _runs(line["says"], lang), line["seat"]
            if line["id"] in worded:
                n += 1
                heard, fresh = [x for x in secrets if x.since <= index], spoken - known[seat]
                new = fresh - own[seat]
                foreign = [
                    x
                    for x in heard
                    if x.owner != seat
                    and (taken := x.runs & new)
                    and _tells(taken, read(x.owner) | heard_words[seat], lang)
                ]
                if any(x.owner == seat and not x.advice and x.runs & fresh for x in heard):
                    disclosed.append(session.evidence(line, ""))
                for secret in foreign[:1]:
                    words_of = ("" if lang == "zh" else " ").join(min(secret.runs & spoken))
                    leaks.append(session.evidence(line, f"{secret.owner}: {words_of}"))
            for other in {*line["visible_to"], seat} & known.keys():
                known[other] |= spoken
                heard_words[other] |= content_words(line["says"], lang)
    beside = {"disclosed": len(disclosed)}
    return judged("secrets_leaked", len(leaks) if n else None, n, leaks, beside=beside, apart=disclosed)


def _secrets(session: Audited) -> list[_Secret]:
    game, lang = session.session.game, session.lang
    private = [(seat.persona, seat.briefing) for seat in game.scenario.seats]
    private += [(seat, text) for seat, card in game.personas.items() for text in card.private]
    secrets = [_Secret(seat, 0, _runs(text.get(lang), lang), advice=False) for seat, text in private]
    return secrets + [_Secret(seat, since, _runs(text, lang), advice=True) for since, seat, text in session.whispers]


def _known(session: Audited, seat: str) -> Runs:
    """Return the runs of words that a seat knows from its card and lines, without its own secrets."""
    game, lang = session.session.game, session.lang
    texts = [game.personas[seat].role, *card_texts(game.personas[seat])]
    texts += [text for played in game.scenario.seats if played.persona == seat for text in spoken_texts(played)]
    return Runs().union(*(_runs(text.get(lang), lang) for text in texts))


def _read(session: Audited, owner: str) -> set[str]:
    """Return the content words of the case, except those only in texts of ``owner``."""
    game, lang = session.session.game, session.lang
    texts = public_texts(session.session)
    for seat, card in game.personas.items():
        if seat != owner:
            texts += [*card_texts(card), *card.private]
    for played in game.scenario.seats:
        if played.persona != owner:
            texts += [played.briefing, *spoken_texts(played)]
    return set[str]().union(*(content_words(text, lang) for text in (*(x.get(lang) for x in texts), *session.news)))


def _tells(runs: Runs, elsewhere: set[str], lang: Lang) -> bool:
    """Return whether runs of a secret are more than chance: many, or with words or a figure not used elsewhere."""
    telling = {word for run in runs for word in content_of(run, lang)} - elsewhere
    return len(runs) + len(telling) >= _TELLING or any(map(str.isdigit, telling))


@lru_cache(maxsize=4096)
def _runs(text: str, lang: Lang) -> Runs:
    """Return the runs of a text; cached, since all sessions of a case read the same cards, so do not change them."""
    tokens, length = words(text), _RUN[lang]
    runs = {tokens[start : start + length] for start in range(len(tokens) - length + 1)}
    return {run for run in runs if len(content_of(run, lang)) >= _CONTENT[lang]}
