"""What happened, stage by stage, and the transcript that all links of a debrief lead to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from sandbox.game.ledger import Item
from sandbox.record.events import Event
from sandbox.record.line import DecisionTaken, Line
from sandbox.report.debriefing.blocks import (
    Block,
    Bullets,
    Heading,
    Paragraph,
    Said,
    Section,
    Span,
    Spans,
    anchor,
    clean,
    plain,
    words,
)
from sandbox.report.debriefing.material import Material

__all__ = ["happened", "transcript"]


def happened(of: Material) -> Section:
    """Return the section that tells the course of each stage."""
    label = of.label
    blocks: list[Block] = []
    plans: dict[str, object] = {}
    for stage, events in of.stages.items():
        blocks += [Heading(clean(of.stage_name(stage))), Paragraph(_room(of, stage), soft=True)]
        told = tuple(spans for event in events if _new(event, plans) for spans in _told(of, event))
        if told:
            blocks.append(Bullets(told))
        elif of.in_room(stage):
            blocks.append(Paragraph(plain(label("debrief.nothing"))))
        if of.ended.get(stage):
            end = label.of("ended", of.ended[stage])
            blocks.append(Paragraph((words(label("debrief.ended"), "strong"), words(end + label("stop")))))
    if not blocks:
        blocks.append(Paragraph(plain(label("transcript.empty"))))
    return Section("happened", label("debrief.happened"), tuple(blocks))


def transcript(of: Material) -> Section:
    """Return the transcript as far as the reader may see it."""
    label = of.label
    blocks: list[Block] = [Paragraph(plain(label("debrief.transcript.own")), soft=True)] if of.seat else []
    for stage, events in of.stages.items():
        blocks.append(Heading(clean(of.stage_name(stage)), anchor(f"stage-{stage}")))
        said = [one for event in events for one in _said(of, event)]
        blocks += said
        if not said:
            missing = "stage.no_lines" if of.in_room(stage) else "debrief.absent"
            blocks.append(Paragraph(plain(label(missing)), soft=True))
    if not of.stages:
        blocks.append(Paragraph(plain(label("transcript.empty"))))
    return Section("transcript", label("transcript"), tuple(blocks))


def _room(of: Material, stage: str) -> Spans:
    label = of.label
    if not of.in_room(stage):
        return plain(label("debrief.absent"))
    present = label("stage.present") + label("colon") + of.reading.names(of.game.present(stage)) + label("stop")
    count = sum(line["stage"] == stage for line in of.lines)
    return plain(label("debrief.room", present=present, count=count))


def _new(event: Event, plans: dict[str, object]) -> bool:
    """Return whether an event tells something new: a plan that stands as it stood does not."""
    if event.kind != "plan":
        return True
    before, plans[event.seat] = plans.get(event.seat), event.payload["lines"]
    return bool(before != event.payload["lines"])


def _told(of: Material, event: Event) -> Iterator[Spans]:
    """Return an event as points of the timeline; most lines are none."""
    if event.kind == "line":
        for item in of.items:
            if item.line == event.payload["id"] and item.kind != "decision":
                yield _item(of, item)
    elif event.kind == "decision":
        yield _decided(of, cast(DecisionTaken, event.payload))
    elif event.kind == "inject":
        link = Span(of.label("inject"), _place(event), "strong")
        yield (link, words(of.label("colon")), of.quote(str(event.payload["text"])))
    elif event.kind == "order":
        yield from _order(of, event)
    elif event.kind == "plan":
        yield _plan(of, event)


def _item(of: Material, item: Item) -> Spans:
    label, reading = of.label, of.reading
    who = reading.name(item.owner)
    if item.kind == "task":
        who += f" → {reading.name(item.deliverer)}"
    spans = [
        words(label(f"kind.{item.kind}"), "strong"),
        words(f" · {who}{label('colon')}"),
        of.quote(item.says),
        words(" "),
        of.ref(item.line),
        words(" · " + label.of("state", item.state)),
    ]
    changes = of.refs([by for by, _ in item.history[1:]])
    if changes:
        before, after = label.paren("|").split("|")
        spans += [words(before), *changes, words(after)]
    if item.terms and of.game.spec.style != "rules":
        spans.append(words(" · " + label("debrief.terms", terms=reading.terms_text(item.terms)), "soft"))
    return tuple(spans)


def _decided(of: Material, decision: DecisionTaken) -> Spans:
    label, read = of.label, of.reading.decision(decision)
    spans = [Span(label("decision.title"), anchor(read.id), "strong"), words(label("colon") + read.sentence)]
    if read.payer:
        spans.append(words(" " + label("decision.payer") + label("colon") + read.payer + label("stop")))
    if read.motion and of.ref(read.motion).text:
        spans += [words(" " + label("decision.motion") + label("colon")), of.ref(read.motion)]
    return tuple(spans)


def _order(of: Material, event: Event) -> Iterator[Spans]:
    """Return what the facilitator did; news is told where it comes in."""
    order, label = event.payload, of.label
    kind = str(order["kind"])
    if kind == "inject":
        return
    if kind == "whisper":
        key = "debrief.whisper" if of.seat is None else "debrief.whisper.own"
        head = Span(label(key, name=clean(of.reading.name(event.seat))), _place(event), "strong")
        yield (head, words(label("colon")), of.quote(str(order["text"])))
        return
    if kind == "seat":
        kind = f"seat.{order['by']}"
    text = label(f"order.{kind}", name=of.reading.name(event.seat), lines=order["turns"], minutes=order["minutes"])
    if order["id"] in of.refused:
        text += label("debrief.refused")
    yield (words(text, "soft"),)


def _plan(of: Material, event: Event) -> Spans:
    label = of.label
    lines: dict[str, str] = event.payload["lines"]
    own = [(section, line) for section, line in lines.items() if line]
    head = words(label("plans.of", name=of.reading.name(event.seat)) + label("colon"), "strong")
    if not own:
        return (head, words(label("debrief.plan.handed")))
    spans = [head, words(label("debrief.plan.own"))]
    for number, (section, line) in enumerate(own):
        gap = label("list") if number else ""
        spans += [words(gap + label.of("section", section) + " "), of.ref(line)]
    return tuple(spans)


def _place(event: Event) -> str:
    """Return the anchor of news or advice."""
    return anchor(f"{event.kind}-{event.payload['id']}")


def _said(of: Material, event: Event) -> Iterator[Said]:
    label, reading = of.label, of.reading
    if event.kind == "line":
        yield _line(of, cast(Line, event.payload))
    elif event.kind == "inject":
        heard = tuple(event.payload["to"])
        to = reading.name("all") if heard == of.game.present(event.stage) else reading.names(heard)
        who = (words(label("inject"), "strong"), words(f" → {to}"))
        yield Said(_place(event), "news", -1, who, clean(str(event.payload["text"])))
    elif event.kind == "order" and event.payload["kind"] == "whisper":
        key = "debrief.whisper" if of.seat is None else "debrief.whisper.own"
        by = (words(label(key, name=reading.name(event.seat)), "strong"),)
        yield Said(_place(event), "advice", -1, by, clean(str(event.payload["text"])))
    elif event.kind == "decision":
        yield _decision(of, cast(DecisionTaken, event.payload))


def _line(of: Material, line: Line) -> Said:
    label, read = of.label, of.reading.line(line)
    place = anchor(line["id"])
    who: Spans = (
        words(read.seat.name, "strong"),
        words(label.paren(read.seat.role) + f" {read.act} → {read.to} · "),
        Span(clean(line["id"]), place),
        *(words(" · " + text, "soft") for _, text in read.marks),
    )
    about = (plain(label("debrief.terms", terms=read.terms)),) if read.terms else ()
    return Said(place, "line", read.seat.index, who, clean(line["says"]), about)


def _decision(of: Material, decision: DecisionTaken) -> Said:
    label, read = of.label, of.reading.decision(decision)
    about: list[Spans] = []
    if read.payer:
        about.append(plain(label("decision.payer") + label("colon") + read.payer))
    for key, names in (("for", read.votes_for), ("against", read.votes_against)):
        if names:
            about.append(plain(label(f"decision.{key}") + label("colon") + label.join(list(names))))
    if read.left_open:
        about.append(plain(label("decision.left_open", questions=" ".join(read.left_open))))
    who = (words(label("decision.title"), "strong"),)
    return Said(anchor(read.id), "decision", -1, who, clean(read.sentence), tuple(about))
