"""What a seat could do another time at a turning point: from who decides a matter, who may approve it, who chairs."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.decision_card import Decision
from sandbox.experiment.whatif.coach import TurningLine
from sandbox.game.counting import counted
from sandbox.game.wording import content_words, sentences
from sandbox.report.pages.debrief.reader import DebriefReader

# Words that a line has of a question of the case and its options, from which on it is about that.
_ABOUT = 2


def next_time(reader: DebriefReader, point: TurningLine) -> Iterator[str]:
    """Yield, in a sentence or two, what the seat could do another time; it tells nothing that cards keep private."""
    label, line = reader.label, reader.line_by_id[point.line]
    chair = reader.game.chair
    if point.kind in ("evaded", "unheard"):
        key = "chair" if chair not in (line["seat"], point.who) else "own"
        yield label(f"whatif.coach.next.ask.{key}", name=reader.name(point.who), chair=reader.name(chair))
        asks = [part for part in sentences(line["says"]) if part.endswith(("?", "？"))]
        question = _matter(reader, " ".join(asks))
        holders = [] if question is None else [seat for seat in reader.seats if seat in question.remit]
        others = [seat for seat in holders if seat not in (line["seat"], point.who)]
        if question is not None and others:
            asked = reader.text(question.question).rstrip("?？")
            yield label("whatif.coach.next.holds", question=asked, names=reader.names(frozenset(others)))
        return
    if point.kind == "silent":
        yield label("whatif.coach.next.silent")
        return
    if point.kind == "beyond":
        item = next(item for item in reader.session.items if item.line == point.evidence and item.kind == "promise")
        names = reader.names(frozenset(item.authority)) if item.authority else label("whatif.coach.next.body")
        yield label("whatif.coach.next.beyond", names=names)
        return
    taken = next(taken for taken in reader.decisions if taken["id"] == point.evidence)
    how = counted(reader.game, taken)
    ayes = frozenset(seat for seat, vote in how.votes.items() if vote)
    wanted = line["seat"] in ayes  # whoever wanted it looks to those who did not, whoever did not to those who did
    across = (frozenset([*how.votes, *how.abstained]) - ayes if wanted else ayes) - {line["seat"]}
    if across:
        yield label(
            "whatif.coach.next.talk" if wanted else "whatif.coach.next.talk_against", names=reader.names(across)
        )


def _matter(reader: DebriefReader, says: str) -> Decision | None:
    lang = reader.spoken.spec.lang
    said = content_words(says, lang)

    def shared(question: Decision) -> int:
        texts = (question.question, *question.options.values())
        return len(said & frozenset[str]().union(*(content_words(text.get(lang), lang) for text in texts)))

    best = max(reader.game.scenario.decisions, key=shared)
    return best if shared(best) >= _ABOUT else None
