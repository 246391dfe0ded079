"""What a seat did in a session: its lines, questions, offers and votes. For whoever has no turning point to look at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.content.acts import has
from sandbox.game.table import called, demands, unanswered
from sandbox.record.line import BODY, Line
from sandbox.report.document.blocks import Block, Facts, Paragraph, Section, Span, Spans, plain
from sandbox.report.entries import entry_kind, entry_state
from sandbox.report.pages.debriefing.reader import Reader

__all__ = ["part_played"]


def part_played(reader: Reader, seat: str) -> Section:
    """Return what a seat did, each with its lines, and a question to it.

    Args:
        reader: the session as the seat may see it.
        seat: the seat.
    """
    label, spoken = reader.label, [line for line in reader.lines if line["seat"] == seat]
    rows = [(name, told) for name, told in _rows(reader, seat, spoken) if told]
    blocks: tuple[Block, ...] = (Facts(tuple(rows)),) if rows else ()
    closing = label("part.asked" if rows else "part.nothing")
    return Section("turning", label("part"), (*blocks, Paragraph(plain(closing))))


def _rows(reader: Reader, seat: str, spoken: Sequence[Line]) -> Iterator[tuple[str, Spans]]:
    label = reader.label
    talk = [line for line in spoken if not line["vote"]]
    counts = {stage.id: sum(line["stage"] == stage.id for line in talk) for stage in reader.game.stages}
    said = label.join([reader.stage_name(stage) + label.paren(str(count)) for stage, count in counts.items() if count])
    yield label("part.lines"), plain(said) if said else ()
    put, asked = _questions(reader, seat)
    yield label("part.put"), _answered(reader, put)
    yield label("part.got"), _answered(reader, asked)
    yield label("part.doubts"), reader.refs([line["id"] for line in talk if has(line["act"], "opposes")])
    yield label("part.offers"), _offers(reader, seat)
    yield label("part.votes"), _votes(reader, seat)


def _questions(reader: Reader, seat: str) -> tuple[dict[str, bool], dict[str, bool]]:
    """Return the questions that a seat put to others, and those put to it: by line, whether each was answered."""
    put: dict[str, bool] = {}
    asked: dict[str, bool] = {}
    for stage in reader.game.stages:
        lines = [line for line in reader.lines if line["stage"] == stage.id]
        room = reader.game.present(stage.id)
        waiting = {line["id"] for line, _ in unanswered(reader.game, lines, room)}
        for line in lines:
            to = "" if line["vote"] or demands(line["act"]) else called(reader.game, line, room)
            if to and line["seat"] == seat:
                put[line["id"]] = line["id"] not in waiting
            elif to == seat:
                asked[line["id"]] = line["id"] not in waiting
    return put, asked


def _answered(reader: Reader, questions: dict[str, bool]) -> Spans:
    """Return how many questions there were and how many were answered, with links to them."""
    if not questions:
        return ()
    told = reader.label("part.answered", count=len(questions), answered=sum(questions.values()))
    return (Span(told + reader.label("colon")), *reader.refs(list(questions)))


def _offers(reader: Reader, seat: str) -> Spans:
    """Return what a seat put on the table or promised, with what became of each."""
    spans: list[Span] = []
    for item in reader.session.items:
        if item.owner == seat and item.kind in ("proposal", "promise"):
            became = reader.label.paren(entry_state(reader, item)[1])
            gap = [Span(reader.label("semi"))] if spans else []
            spans += [*gap, Span(entry_kind(reader, item) + " "), reader.ref(item.line), Span(became)]
    return tuple(spans)


def _votes(reader: Reader, seat: str) -> Spans:
    """Return how a seat voted, or decided, and what came of it."""
    label, spans = reader.label, list[Span]()
    for taken in reader.decisions:
        if taken["by"] == seat:
            how = "decided"
        elif seat in taken["votes"]:
            how = "for" if taken["votes"][seat] else "against"
        elif seat in taken["abstained"]:
            how = "abstained"
        else:
            continue
        came = label.of("state", "carried" if taken["carried"] else "rejected")
        told = label(f"part.vote.{how}") + (label.paren(came) if taken["by"] == BODY else "")
        spans += [*([Span(label("semi"))] if spans else []), Span(told + " "), reader.ref(taken["id"])]
    return tuple(spans)
