"""What happened, stage by stage, and the transcript to which all links of a debrief lead."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import cast

from sandbox.content.acts import has
from sandbox.game.language.stock import quotable
from sandbox.game.ledger.entries import Item
from sandbox.record.events import Event, OrderGiven
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.document.blocks import Block, Heading, Section, Span, Spans, TranscriptEntry
from sandbox.report.document.compose import bullets, filled, joined, note, paragraph, soft, strong
from sandbox.report.entries import entry_kind, entry_state, entry_states, promised_if, reported_otherwise
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.parts import decision_box, line_said, news_said
from sandbox.report.read_decision import read_decision


def happened(reader: DebriefReader, marked: Collection[str] = ()) -> Section:
    """Return the section on the course of each stage, with the lines that the facilitator marked."""
    label, blocks, plans = reader.label, list[Block](), dict[str, object]()
    for stage, events in reader.course.items():
        points = bullets(spans for event in events if _new(event, plans) for spans in _points(reader, event, marked))
        nothing = "" if points.items or not reader.in_room(stage) else label("debrief.nothing")
        end = label.of("ended", reader.ended[stage]) if reader.ended.get(stage) else ""
        ended = paragraph((strong(label("debrief.ended")), Span(end + label("stop"))) if end else "")
        blocks += [
            Heading(reader.stage_name(stage)),
            *filled(note(_room(reader, stage)), points, paragraph(nothing), ended),
        ]
    return Section("happened", label("debrief.happened"), blocks or [paragraph(label("transcript.empty"))])


def transcript(reader: DebriefReader) -> Section:
    """Return the transcript that the reader may see."""
    label, blocks = reader.label, list[Block]()
    for stage, events in reader.course.items():
        missing = note(label("stage.no_lines" if reader.in_room(stage) else "debrief.absent"))
        said = [block for event in events for block in _said(reader, event)]
        blocks += [Heading(reader.stage_name(stage), f"stage-{stage}"), *(said or [missing])]
    own = note(label("debrief.transcript.own") if reader.seat else "")
    empty = paragraph("" if reader.course else label("transcript.empty"))
    return Section("transcript", label("transcript"), filled(own, *blocks, empty))


def _room(reader: DebriefReader, stage: str) -> str:
    label = reader.label
    if not reader.in_room(stage):
        return label("debrief.absent")
    present = label("stage.present") + label("colon") + reader.names(reader.game.present(stage)) + label("stop")
    count = sum(line["stage"] == stage for line in reader.lines)
    return label("debrief.room", present=present, count=count)


def _new(event: Event, plans: dict[str, object]) -> bool:
    """Return whether an event tells something new; a plan that is unchanged does not."""
    if event.kind != "plan":
        return True
    before, plans[event.seat] = plans.get(event.seat), event.payload["lines"]
    return bool(before != event.payload["lines"])


def _points(reader: DebriefReader, event: Event, marked: Collection[str]) -> Iterator[Spans]:
    label = reader.label
    if event.kind == "line":
        if event.payload["id"] in marked:
            yield _bookmark(reader, cast(Line, event.payload))
        for item in reader.session.items:
            if item.line == event.payload["id"] and item.kind != "decision":
                yield _item(reader, item)
        if event.stage in reader.game.able("reviews") and reader.game.style == "free":
            yield reader.said(cast(Line, event.payload))
        if event.payload["task"] and has(event.payload["act"], "lifts"):
            task = reader.text(reader.game.scenario.task_by_id[event.payload["task"]].text)
            yield strong(label("debrief.lifted", task=task)), Span(" · "), *reader.said(cast(Line, event.payload))
    elif event.kind == "decision":
        yield _decided(reader, cast(DecisionTaken, event.payload))
    elif event.kind == "inject":
        news = news_said(reader, event)
        yield (Span(label("inject"), news.anchor, "strong"), Span(label("colon")), reader.quote(news.says))
    elif event.kind == "order" and event.payload["kind"] == "whisper":
        advice = _advice(reader, event)
        head = Span(advice.who[0].text, advice.anchor, "strong")
        yield (head, Span(label("colon")), reader.quote(advice.says))
    elif event.kind == "order" and not _told_elsewhere(reader, event):
        yield _order(reader, event)
    elif event.kind == "plan":
        yield _plan(reader, event)


def _told_elsewhere(reader: DebriefReader, order: Event) -> bool:
    """Return whether an order is told elsewhere in the course: as the news that came in, or as the end of the stage."""
    said = order.payload
    ended = said["kind"] == "end" and said["id"] not in reader.refused and said["stage"] in reader.ended
    return ended or said["kind"] == "inject"


def _bookmark(reader: DebriefReader, line: Line) -> Spans:
    head = strong(reader.label("debrief.bookmark"))
    if line["says"] and not quotable(reader.spoken, line["says"]):
        return (head, Span(" · "), *reader.said(line))
    return (head, *_worded(reader, f" · {reader.name(line['seat'])}", line["says"]), Span(" "), reader.ref(line["id"]))


def _worded(reader: DebriefReader, who: str, says: str) -> Spans:
    if not (words := quotable(reader.spoken, says)):
        return (Span(who),)
    return Span(who + reader.label("colon")), reader.quote(words)


def _item(reader: DebriefReader, item: Item) -> Spans:
    label = reader.label
    who = reader.name(item.owner)
    if item.kind == "task":
        who += f" → {reader.name(item.deliverer)}"
    state = entry_state(reader, item)[0]
    told = entry_states(reader, item)[1:]
    put = [by for by, how in told if how == state in ("carried", "rejected")]  # later events are no vote on it
    made_by = put or [by for by, _ in told]
    changes = reader.refs(made_by)
    before, after = label.paren("|").split("|")
    spans = [
        strong(entry_kind(reader, item)),
        *_worded(reader, f" · {who}", item.says),
        Span(" "),
        reader.ref(item.line),
    ]
    spans.append(Span(" · " + _state(reader, item)))
    spans += [Span(before), *changes, Span(reported_otherwise(reader, item, made_by[-1]) + after)] if changes else []
    if item.promised and reader.game.spec.style != "rules":
        spans.append(soft(" · " + _terms(reader, item)))
    if hangs := promised_if(reader, item):
        spans.append(soft(" · " + hangs))
    if item.condition:
        spans.append(soft(" · " + label("debrief.condition", condition=reader.condition(item))))
    return tuple(spans)


def _state(reader: DebriefReader, item: Item) -> str:
    """Return how an entry came out; if it was not put for the same reason as the entry before, a short text says so."""
    state, told = entry_state(reader, item)
    earlier = [
        each for each in reader.session.entries("proposal") if each.stage == item.stage and each.line < item.line
    ]
    unput = [why for kind, why in (entry_state(reader, each) for each in earlier) if kind == "unput"]
    if state == "unput" and unput[-1:] == [told]:
        return reader.label("state.unput") + reader.label.paren(reader.label("unput.same_reason"))
    return told


def _terms(reader: DebriefReader, item: Item) -> str:
    """Return the terms of an entry; for a proposal that answers another, only those that differ."""
    label, made = reader.label, reader.proposals
    line = reader.line_by_id[item.line]
    before = None
    if item.kind == "proposal" and not has(line["act"], "proposes"):
        before = made.get(item.amends) or made.get(item.base) or made.get(line["about"])
    other = {key: x for key, x in item.terms.items() if before is None or before.terms.get(key) != x}
    if before is None or other == item.terms or not before.terms.keys() <= item.terms.keys():
        return label("debrief.terms", terms=reader.terms_text(item.promised))
    key = "debrief.terms_but" if other else "debrief.terms_same"
    return label(key, line=before.line, terms=reader.terms_text(other))


def _decided(reader: DebriefReader, decision: DecisionTaken) -> Spans:
    label, read = reader.label, read_decision(reader, decision)
    spans = [
        Span(label("decision.title" if read.carried else "decision.result"), read.id, "strong"),
        Span(label("colon") + label("gap").join(filter(None, (read.sentence, read.beside)))),
    ]
    if read.motion and reader.ref(read.motion).text:
        spans += [Span(label("gap") + label("decision.motion") + label("colon")), reader.ref(read.motion)]
    return tuple(spans)


def _order(reader: DebriefReader, event: Event) -> Spans:
    """Return what the facilitator, a player or the clock did; for a message to all, with its words."""
    order = cast(OrderGiven, event)
    text = reader.order(order)
    if order.payload["id"] in reader.refused:
        text += reader.label("debrief.refused")
    said = order.payload["text"] if order.payload["kind"] == "message" else ""
    return (soft(text), *((Span(" "), reader.quote(said)) if said else ()))


def _plan(reader: DebriefReader, event: Event) -> Spans:
    label = reader.label
    lines: dict[str, str] = event.payload["lines"]
    own = [(section, line) for section, line in lines.items() if line]
    head = strong(label("plans.of", name=reader.name(event.seat)) + label("colon"))
    if not own:
        return (head, Span(label("debrief.plan.handed")))
    written = ((Span(label.of("section", section) + " "), reader.ref(line)) for section, line in own)
    return (head, Span(label("debrief.plan.own")), *joined(written, Span(label("list"))))


def _said(reader: DebriefReader, event: Event) -> Iterator[Block]:
    if event.kind == "line":
        yield line_said(reader, reader.line(cast(Line, event.payload)))
    elif event.kind == "inject":
        yield news_said(reader, event)
    elif event.kind == "order" and event.payload["kind"] == "whisper":
        yield _advice(reader, event)
    elif event.kind == "decision":
        read = read_decision(reader, cast(DecisionTaken, event.payload))
        yield decision_box(reader, read, read.motion if reader.ref(read.motion).text else "")


def _advice(reader: DebriefReader, event: Event) -> TranscriptEntry:
    key = "debrief.whisper" if reader.seat is None else "debrief.whisper.own"
    by = strong(reader.label(key, name=reader.name(event.seat)))
    return TranscriptEntry(f"order-{event.payload['id']}", "advice", -1, (by,), str(event.payload["text"]))
