"""The sections of a debrief in their order: expected, happened, why, keep or change; then what it rests on."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.cards import Text
from sandbox.record.line import ALL
from sandbox.report.debriefing.blocks import (
    Block,
    Bullets,
    Facts,
    Heading,
    Paragraph,
    Section,
    Spans,
    Table,
    clean,
    plain,
    words,
)
from sandbox.report.debriefing.course import happened, transcript
from sandbox.report.debriefing.given import REFLECTION, Note, Reflection
from sandbox.report.debriefing.material import Material
from sandbox.report.debriefing.reasons import keep_or_change, why
from sandbox.report.debriefing.scores import criteria, pulses, sides

__all__ = ["sections"]


def sections(of: Material, notes: Sequence[Note], reflections: Sequence[Reflection]) -> tuple[Section, ...]:
    """Return all sections of a debrief.

    Args:
        of: the session as its reader may see it.
        notes: the facilitator's notes; left out of a seat's debrief.
        reflections: what people wrote; in a seat's debrief only that seat's.
    """
    own = [one for one in reflections if of.seat in (None, one.seat)]
    found = (
        _about(of),
        _expected(of),
        happened(of),
        why(of),
        keep_or_change(of),
        pulses(of),
        sides(of),
        criteria(of),
        _discussion(of),
        _notes(of, notes) if of.seat is None else None,
        _reflections(of, own),
        transcript(of),
    )
    return tuple(one for one in found if one is not None)


def _about(of: Material) -> Section:
    label, game, reading = of.label, of.game, of.reading
    rows = [
        (label("debrief.reader"), label("debrief.facilitator") if of.seat is None else of.person(of.seat)),
        (label("governance"), of.of(game.governance.name)),
        *([(label("city"), of.of(game.city.name))] if game.city else []),
        (label("lines" if of.seat is None else "debrief.heard"), str(len(of.lines))),
        *([(label("session"), of.session.id)] if of.session.id else []),
    ]
    blocks: list[Block] = [Facts(tuple((name, plain(value)) for name, value in rows))]
    if not reading.finished:
        text = label("debrief.unfinished", begun=len(reading.stages), all=len(game.stages))
        blocks.append(Paragraph((words(text, "strong"),)))
    if game.spec.style == "rules":
        blocks.append(Paragraph(plain(label("warn.rules_only"))))
    if game.spec.changes:
        blocks.append(Paragraph(plain(label("warn.changed", changes=label.join(list(game.spec.changes))))))
    blocks += [Paragraph(spans) for spans in _outcome(of)]
    return Section("about", label("debrief.about"), tuple(blocks))


def _outcome(of: Material) -> list[Spans]:
    label = of.label
    if of.decisions:
        head = words(label("outcome_heading") + label("colon"), "strong")
        return [
            (head, words(of.reading.decision(one).sentence + " "), *((ref,) if (ref := of.ref(one["id"])).text else ()))
            for one in of.decisions
        ]
    deciding = [stage.id for stage in of.game.stages if "decides" in stage.abilities and stage.id in of.stages]
    if deciding and not any(of.in_room(stage) for stage in deciding):
        return [plain(label("debrief.outcome_unheard"))]
    return [plain(label("decision.none"))]


def _expected(of: Material) -> Section:
    label, game = of.label, of.game
    scenario = game.scenario
    blocks: list[Block] = [
        Paragraph((words(of.of(scenario.question), "strong"),)),
        Paragraph(plain(of.of(scenario.background))),
        Heading(label("debrief.to_settle")),
        Bullets(tuple(plain(of.of(one.question)) for one in scenario.decisions)),
    ]
    if of.seat is not None:
        return Section("expected", label("debrief.expected"), (*blocks, *_aims(of, of.seat, label("debrief.own_part"))))
    head = (label("debrief.stage"), label("debrief.purpose"), label("debrief.product"))
    rows = tuple((plain(of.of(one.name)), plain(of.of(one.purpose)), plain(of.of(one.product))) for one in game.stages)
    blocks += [Heading(label("debrief.stages")), Table(label("debrief.stages.caption"), head, rows)]
    likely = ((label("debrief.good"), plain(of.of(scenario.good))), (label("debrief.bad"), plain(of.of(scenario.bad))))
    blocks.append(Facts(likely))
    blocks.append(Heading(label("debrief.aims")))
    for seat in game.positions:
        blocks += _aims(of, seat, of.person(seat))
    return Section("expected", label("debrief.expected"), tuple(blocks))


def _aims(of: Material, seat: str, heading: str) -> list[Block]:
    label, card = of.label, of.game.personas[seat]
    own = of.game.seats[seat]

    def several(texts: Sequence[Text]) -> Spans:
        return plain(" ".join(of.of(text) for text in texts))

    rows = [
        (label("debrief.wants"), several(card.interests)),
        (label("debrief.non_negotiable"), plain(of.of(card.non_negotiable))),
        (label("debrief.authority"), plain(of.of(card.authority))),
        *([(label("debrief.private"), several(card.private))] if card.private else []),
        (label("debrief.briefing"), plain(of.of(own.briefing))),
    ]
    return [Heading(clean(heading), level=3 if of.seat is not None else 4), Facts(tuple(rows))]


def _discussion(of: Material) -> Section | None:
    questions = of.game.scenario.discussion
    if not questions:
        return None
    blocks = (
        Paragraph(plain(of.label("debrief.discussion.note")), soft=True),
        Bullets(tuple(plain(of.of(one)) for one in questions)),
    )
    return Section("discussion", of.label("debrief.discussion"), blocks)


def _notes(of: Material, notes: Sequence[Note]) -> Section | None:
    label = of.label
    if not notes:
        return None
    items = tuple(
        plain(note.text) if clean(note.text) else (words(label("debrief.bookmark"), "soft"),) for note in notes
    )
    shown = tuple(of.shows((note.line,)) for note in notes)
    blocks = (Paragraph(plain(label("debrief.notes.note")), soft=True), Bullets(items, shown))
    return Section("notes", label("debrief.notes"), blocks)


def _reflections(of: Material, reflections: Sequence[Reflection]) -> Section | None:
    label = of.label
    blocks: list[Block] = []
    for one in reflections:
        rows = tuple(
            (label(f"reflection.{key}"), plain(one.answers[key]))
            for key in REFLECTION
            if clean(one.answers.get(key, ""))
        )
        if not rows:
            continue
        who = of.reading.name(one.seat) if one.seat != ALL else ""
        name = clean(one.name)
        blocks += [Heading(clean(name + label.paren(who) if name and who else name or who)), Facts(rows)]
    if not blocks:
        return None
    title = label("debrief.reflections" if of.seat is None else "debrief.reflections.own")
    return Section("reflections", title, tuple(blocks))
