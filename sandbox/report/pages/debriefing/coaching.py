"""A seat's turning points with what other acts led to, in words: formative, and no grade."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.cards import Act
from sandbox.experiment.whatif.coach import RUNS, Coached, coach
from sandbox.experiment.whatif.whatif import Compared
from sandbox.game.session import Session
from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Bullets,
    Details,
    Heading,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    plain,
)
from sandbox.report.pages.debriefing.part import part_played
from sandbox.report.pages.debriefing.reader import Reader
from sandbox.report.whatif_words import WhatIfWords

__all__ = ["turning"]


def turning(reader: Reader, session: Session, seat: str) -> Section:
    """Return the turning points of a seat, what its rules left it there, and what that led to.

    Where none is found, it is told what the seat did.

    Args:
        reader: the session as the seat may see it.
        session: the whole session, from which the rest is played again.
        seat: the seat.

    Raises:
        InputError: the log does not fit the game.
    """
    label = reader.label
    coached = coach(session, seat)
    if not coached:
        return part_played(reader, seat)
    notes = f"{label('whatif.coach.note')}{label('gap')}{label('whatif.limits')}"
    blocks: list[Block] = [Paragraph(plain(notes), soft=True)]
    comparing = WhatIfWords(reader.game, label)
    for each in coached:
        blocks += _point(reader, comparing, each)
    return Section("turning", label("whatif.coach"), tuple(blocks))


def _point(reader: Reader, comparing: WhatIfWords, coached: Coached) -> list[Block]:
    label, point = reader.label, coached.point
    acts = [_move(reader, coached, act) for act in point.moves]
    said = reader.shows((point.line,))
    what = label(f"whatif.coach.text.{point.kind}", name=reader.name(point.who) if point.who else "")
    blocks: list[Block] = [
        Heading(label(f"whatif.coach.title.{point.kind}")),
        Paragraph((Span(what), *(said[0] if said else ()))),
    ]
    because = reader.shows((point.evidence,)) if point.evidence != point.line else ()
    if because:
        blocks.append(Paragraph((Span(label("whatif.coach.because") + label("colon"), style="soft"), *because[0])))
    blocks.append(Paragraph(plain(label("whatif.coach.left", acts=acts))))
    return [*blocks, *_led_to(reader, comparing, coached), _course(reader, comparing, coached)]


def _led_to(reader: Reader, comparing: WhatIfWords, coached: Coached) -> list[Block]:
    """Return what the other acts led to: a row for each figure in which one of them may differ."""
    label, others = reader.label, coached.alternatives
    rows = [[other.rows[place] for other in others] for place in range(len(others[0].rows))]
    told = [row for row in rows if any(cell.verdict != "same" for cell in row)]
    same = [comparing.figure(row[0].figure) for row in rows if row not in told]
    acts = [_move(reader, coached, other.act) for other in others]
    if not told:
        return [Paragraph(plain(label("whatif.coach.same", runs=RUNS, acts=acts, outcomes=same)))]
    head = (label("whatif.outcome"), label("whatif.was.head"), *(label("whatif.coach.act", act=act) for act in acts))
    body = tuple(
        (
            plain(comparing.figure(row[0].figure)),
            plain(comparing.value(row[0].figure, row[0].was)),
            *(_cell(comparing, cell) for cell in row),
        )
        for row in told
    )
    blocks: list[Block] = [
        Paragraph(plain(label("whatif.coach.played", runs=RUNS)), soft=True),
        Table(label("whatif.coach.caption"), head, body, titled=False),
    ]
    if same:
        blocks.append(Paragraph(plain(label("whatif.coach.rest", outcomes=same)), soft=True))
    return blocks


def _cell(comparing: WhatIfWords, row: Compared) -> Spans:
    told = comparing.change(row) + comparing.words.paren(comparing.interval(row))
    said = Span(comparing.verdict(row), style="strong" if row.verdict in ("more", "less") else "")
    return (said, BREAK, Span(told, style="soft"))


def _course(reader: Reader, comparing: WhatIfWords, coached: Coached) -> Details:
    label, course = reader.label, coached.course
    lines: Sequence[Spans] = [plain(comparing.move(line, course.counters)) for line in course.lines]
    end = label("whatif.coach.undecided")
    if course.decision is not None:
        end = label("whatif.coach.decided") + reader.decision(course.decision).sentence
    blocks = (
        Paragraph(plain(label("whatif.coach.course_note", runs=RUNS)), soft=True),
        Bullets(tuple(lines)),
        Paragraph(plain(end)),
    )
    return Details(label("whatif.coach.course", act=_move(reader, coached, course.act)), blocks)


def _move(reader: Reader, coached: Coached, act: Act) -> str:
    """Return another move: an act, or the same with other options."""
    words = reader.label.of("may", act)
    return reader.label("whatif.coach.options", act=words) if act == coached.point.act else words
