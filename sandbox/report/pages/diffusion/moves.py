"""What each mechanism and each rule moves, and where countries agree with the literature on diffusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sandbox.content.words import Words
from sandbox.diffusion.facts import SMALL, Shown
from sandbox.diffusion.spread import Spread, SpreadArm
from sandbox.report.document.blocks import Section, Table
from sandbox.report.document.chart import Chart, Dot, Scale, Strip
from sandbox.report.document.compose import note, paragraph, table
from sandbox.report.figures import NONE, decimal, percent, points, signed
from sandbox.report.pages.diffusion.reader import SpreadReader, half_at
from sandbox.report.pages.parts import PageWords

_FORM, _SUBSTANCE, _AT_ONCE = 1, 0, 5
_MANY = 10  # seeds from which on a range is told, and not each change
_LEAST = 0.1  # length of the scale, so that nothing looks large that is not


def moves(reader: SpreadReader, beside: Sequence[Spread]) -> Section | None:
    """Return the section on what moves the result; None where nothing was played to tell it.

    ``beside`` are results of the same country under other rules or settings, each with seeds that this one has too.
    """
    arms = []
    for arm in reader.spread.arms[1:]:
        arms.append((reader.say("moves.without", names=reader.label.join(map(reader.mechanism, arm.without))), arm))
    for other in beside:
        setting = SpreadReader(other, reader.library, reader.lang, reader.named).setting()
        arms.append((setting or reader.say("moves.card"), other.arms[0]))
    if not arms:
        return None
    parts = {"form": _FORM, "substance": _SUBSTANCE, "at_once": _AT_ONCE}
    pairs = [(name, *paired(reader.plan, arm)) for name, arm in arms]
    rows = [(name, plan, arm, {part: _change(plan, arm, part) for part in parts}) for name, plan, arm in pairs]
    rows.sort(key=lambda row: -abs(float(np.median(row[3]["substance"]))))
    strips = []
    for name, plan, arm, changes in rows:
        bounds = {part: map(float, np.quantile(change, (0.1, 0.5, 0.9))) for part, change in changes.items()}
        dots = tuple(Dot(middle, low, high, parts[part]) for part, (low, middle, high) in bounds.items())
        values = tuple(_points(reader, change) for change in changes.values())
        met = reader.say("moves.met", meetings=reader.met(arm), before=reader.met(plan))
        seeds = {"shared": len(plan.courses), "seeds": len(reader.plan.courses)}
        fewer = reader.say("moves.fewer", **seeds) if seeds["shared"] < seeds["seeds"] else ""
        sooner = reader.label("semi").join(filter(None, (_later(reader, plan, arm), met, fewer)))
        strips.append(Strip(name, dots, values, sooner))
    names = tuple(map(reader.say, parts))
    ends = [edge for *_, changes in rows for change in changes.values() for edge in change]
    scale = in_points(reader, ends)
    head = (reader.say("moves.what"), *names)
    legend = tuple(zip(parts.values(), names, strict=True))
    chart = Chart("moves-chart", reader.say("moves.chart"), head, scale, tuple(strips), legend)
    shared = sorted({len(plan.courses) for _, plan, *_ in rows})
    counted = str(shared[0]) if len(shared) == 1 else reader.say("range", low=shared[0], high=shared[-1])
    about = note(reader.say("moves.note", pairs=counted))
    return Section("moves", reader.say("moves"), (chart, about))


def in_points(words: PageWords, ends: Sequence[float | None]) -> Scale:
    """Return a scale of differences of shares, in points of a hundred, that holds some."""
    scale = words.say("moves.scale")
    return Scale.over(ends, scale, zero=0.0, least=_LEAST, form=lambda value: signed(100 * value, 0))


def paired(plan: SpreadArm, other: SpreadArm) -> tuple[SpreadArm, SpreadArm]:
    """Return both as far as they have seeds in common, in the same order."""
    known = {course.seed: course for course in other.courses}
    shared = tuple(course for course in plan.courses if course.seed in known)
    return replace(plan, courses=shared), replace(other, courses=tuple(known[course.seed] for course in shared))


def _change(plan: SpreadArm, other: SpreadArm, name: str) -> list[float]:
    both = zip(plan.courses, other.courses, strict=True)
    return [float(getattr(changed, name)[-1] - getattr(course, name)[-1]) for course, changed in both]


def _points(reader: SpreadReader, changes: Sequence[float]) -> str:
    """Return the median of changes with their range over seeds; the changes themselves where seeds are few."""
    shown = reader.say("moves.points", change=points(float(np.median(changes))))
    each = [points(change) for change in changes]
    if len(set(each)) == 1:
        return shown
    if len(changes) < _MANY:
        return shown + reader.label.paren(reader.say("moves.by_seed", changes=reader.label.join(each)))
    low, high = (points(float(end)) for end in np.quantile(changes, (0.1, 0.9)))
    return shown + reader.label.paren(reader.say("range", low=low, high=high))


def _later(reader: SpreadReader, plan: SpreadArm, other: SpreadArm) -> str:
    before, plan_reached = half_at(plan, "form")
    after, reached = half_at(other, "form")
    if not plan_reached or not reached:
        return reader.say("moves.half_never") if plan_reached else ""
    if after == before:
        return reader.say("moves.half_same")
    key = "moves.half_later" if after > before else "moves.half_sooner"
    apart = f"{abs(after - before):g}"
    return reader.say(f"{key}.{'one' if apart == '1' else 'more'}", periods=apart)


def facts_table(facts: Sequence[Shown], label: Words) -> Table:
    """Return what countries show of each stylised fact, with its source and whether it is reproduced."""
    rows = []
    for fact in facts:
        first, second, third, *_ = (*map(decimal, fact.middle), "")
        values = {
            "first": first,
            "second": second,
            "third": third,
            "period": f"{fact.middle[-1]:g}".replace("nan", NONE),
        }
        shown = label(f"diffusion.shown.{fact.fact}", **values)
        verdict = [label("diffusion.yes" if fact.reproduced else "diffusion.no", held=percent(fact.held))]
        verdict += [label("diffusion.by_rule")] if fact.by_rule and fact.reproduced else []
        rows.append((shown, fact.source, label("semi").join(verdict)))
    head = (label("diffusion.fact"), label("diffusion.source"), label("diffusion.reproduced"))
    return table(label("diffusion.facts"), head, rows)


def literature(reader: SpreadReader, facts: Sequence[Shown]) -> Section | None:
    """Return the section on the stylised facts; None where they were not looked for."""
    say, label = reader.say, reader.label
    if not facts:
        return None
    missing = [fact for fact in facts if not fact.reproduced]
    summary = say("literature.all", count=len(facts))
    if missing:
        summary = say("literature.some", count=len(facts), missing=len(missing))
    if by_rule := sum(fact.reproduced and fact.by_rule for fact in facts):
        summary = label("gap").join((summary, say("literature.given", given=by_rule)))
    size = {"districts": f"{min(reader.country.districts, SMALL):,}", "seeds": len(facts[0].figures)}
    blocks = (paragraph(summary), facts_table(facts, label), note(label("diffusion.facts_note", **size)))
    return Section("literature", say("literature"), blocks)
