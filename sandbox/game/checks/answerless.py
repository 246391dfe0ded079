"""Questions on a case's cards to which no card has an answer."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sandbox.content.acts import has
from sandbox.content.cards import Text
from sandbox.content.language import LANGUAGES, Lang
from sandbox.content.library import Library
from sandbox.content.named import Named
from sandbox.content.plain import clipped
from sandbox.content.scenario_card import Scenario
from sandbox.content.seat_card import Point
from sandbox.content.words import Words, said
from sandbox.content.yaml_source import Loc
from sandbox.errors import Said
from sandbox.game.floor.relevance import ANSWERS, nearest

_LONGEST_QUOTE = 24
_HAN = re.compile("[\u4e00-\u9fff]")


def answerless(library: Library, case: Scenario) -> Iterator[tuple[Loc, str, Said]]:
    """Yield the questions on which no other card holds anything, and then the questions that no point answers.

    Nobody can answer the former. A model can answer the latter, but cards alone cannot.
    """
    unreplied = []
    for index, seat in enumerate(case.seats):
        for number, point in enumerate(seat.points):
            if not has(point.act, "asks") or _answered(case, seat.persona, point):
                continue
            loc: Loc = ("seats", index, "points", number, "says")
            named = Named(point.id, _opening(point.says))
            if _known(library, case, seat.persona, point):
                unreplied.append((loc, named))
            else:
                says = said("content.answerless", question=named, point=point.id)
                yield loc, ".".join(map(str, loc)), says
    if unreplied:
        first, names = unreplied[0][0], [name for _, name in unreplied]
        yield first, "seats", said("content.unreplied", points=names, first=str(names[0]))


def _answered(case: Scenario, asker: str, question: Point) -> bool:
    """Return whether a point of another seat answers a question, or answers the question that this one asks again."""
    taken_up = [name for name in question.replies_to if name in case.point_by_id]
    asked = [name for name in taken_up if has(case.point_by_id[name][1].act, "asks")]
    return any(seat != asker for name in (question.id, *asked) for seat, _ in case.replies.get(name, ()))


def _known(library: Library, case: Scenario, asker: str, question: Point) -> bool:
    """Return whether a fact, or anything another seat may raise, is told or keeps private, speaks of a question."""
    others = [seat for seat in case.seats if seat.persona != asker]
    texts = [
        *(fact.text for fact in case.facts),
        *(point.says for seat in others for point in seat.points if not has(point.act, "asks")),
        *(seat.briefing for seat in others),
        *(text for seat in others for text in library.seated(case, seat.persona).private),
    ]
    among = tuple(point.says for _, point in case.point_by_id.values())
    return any(nearest(Words(lang), question.says, texts, among) >= ANSWERS for lang in _langs(question.says))


def _opening(text: Text) -> Text:
    return Text(**{lang: clipped(text.get(lang), _LONGEST_QUOTE) for lang in LANGUAGES})


def _langs(text: Text) -> Sequence[Lang]:
    """Return the languages in which a text is written."""
    return LANGUAGES if text.en != text.zh else ("zh",) if _HAN.search(text.zh) else ("en",)
