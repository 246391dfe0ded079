"""How far an experiment's judges may be relied on: whether they were measured, and how far a panel agrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.experiment.outcomes import OUTCOMES
from sandbox.report.document.blocks import BREAK, Block, Section, Span, Spans, plain
from sandbox.report.pages.experimenting.reader import Reader, signed
from sandbox.report.pages.parts import note, table

if TYPE_CHECKING:
    from sandbox.experiment.analysis.agreement import Agreement

__all__ = ["judges"]


def judges(reader: Reader) -> Section:
    """Return each judged outcome with its judges' standing, their mean levels and their agreement."""
    analysis = reader.analysis
    judged = [name for name in analysis.summaries if OUTCOMES[name].judged]
    if not judged:
        return Section("judges", reader.say("judges"), ())
    panel = {item.outcome: item for item in analysis.agreement}
    keys = ["outcome", "standing", *(("levels", "sessions", "alpha") if panel else ())]
    rows: list[tuple[str | Spans, ...]] = []
    for name in judged:
        standing = reader.say("judges.not_measured" if name in analysis.unreliable else "judges.reliable")
        row: list[str | Spans] = [reader.outcome(name), standing]
        if panel:
            row += _agreed(reader, panel[name]) if name in panel else ["–"] * 3
        rows.append(tuple(row))
    blocks: list[Block] = [note(reader.say("judges.note"))]
    blocks += [note(reader.say("judges.panel"))] if panel else []
    blocks.append(table(reader.say("judges.table"), [reader.say(f"judges.{key}") for key in keys], rows))
    return Section("judges", reader.say("judges"), tuple(blocks))


def _agreed(reader: Reader, agreement: Agreement) -> list[str | Spans]:
    levels: list[Span] = []
    for judge, mean in agreement.judges.items():
        levels += [BREAK] if levels else []
        levels.append(Span(f"{judge}{reader.label('colon')}{mean:.2f}"))
    alpha: Spans = plain(reader.say("judges.same"))
    if agreement.alpha is not None:
        alpha = (Span(signed(agreement.alpha).lstrip("+")),)
        if agreement.low is not None and agreement.high is not None:
            low, high = (signed(end).lstrip("+") for end in (agreement.low, agreement.high))
            alpha += (BREAK, Span(reader.range(low, high), style="soft"))
    return [tuple(levels), str(agreement.sessions), alpha]
