"""Who taught whom: by channel and distance, the strongest teachers, and one place with its story."""

from __future__ import annotations

import numpy as np

from sandbox.content.network_card import MECHANISMS
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.spread import ABOVE, NEVER
from sandbox.report.document.blocks import Block, Bullets, Callout, Facts, Paragraph, Section, Span, Spans, plain
from sandbox.report.pages.diffusing.courses import by_channel, by_mechanism
from sandbox.report.pages.diffusing.reader import Reader
from sandbox.report.pages.parts import note, percent, table

__all__ = ["example", "story", "taught"]

_TEACHERS = 10
_FROM = ("above", "city", "province", "elsewhere")
_LONGEST = 12  # teachers of a story


def taught(reader: Reader) -> Section:
    """Return the section on who taught whom."""
    spread = reader.spread
    found = spread.taught(_TEACHERS)
    whole = max(1, int(found.counts.sum()))
    rows = []
    for place, channel in enumerate(CHANNELS):
        counts = [int(count) for count in found.counts[place]]
        if not any(counts):
            continue
        cells = (f"{count:,}" if count else "–" for count in counts)
        rows.append((reader.channel(channel), *cells, percent(sum(counts) / whole)))
    head = (
        reader.say("taught.channel"),
        *(reader.label(f"diffusion.from.{name}") for name in _FROM),
        reader.say("share_of"),
    )
    blocks: list[Block] = [
        by_mechanism(reader), by_channel(reader), table(reader.say("taught.table"), head, rows, figures=True),
        note(reader.say("taught.seed", seed=spread.plan.seeds[0])),
    ]  # fmt: skip
    if found.teachers:
        blocks.append(_teachers(reader, found.teachers))
    return Section("taught", reader.say("taught"), tuple(blocks))


def example(reader: Reader) -> int:
    """Return a place worth telling of: one that others taught, with a long way back, that got beyond form if any did.

    Where nobody was taught it is the first that has adopted, and the first of all where none has.
    """
    districts = reader.spread.districts
    pupils = districts.teacher >= 0
    for chosen in (pupils & (districts.substance_at != NEVER), pupils, districts.form_at != NEVER):
        places = np.flatnonzero(chosen)
        if len(places):
            return max((len(_way(reader, int(place))), -int(place)) for place in places[:200])[1] * -1
    return 0


def story(reader: Reader, number: int) -> Section:
    """Return the section on one place: when, from whom, by which channel, and which session was its meeting."""
    network, districts, say = reader.spread.network, reader.spread.districts, reader.say
    at, deep = int(districts.form_at[number]), int(districts.substance_at[number])
    sides = float(districts.hierarchical[number]), float(districts.horizontal[number])
    facts: list[tuple[str, Spans]] = [
        (say("story.lies"), plain(reader.where(number))),
        (say("story.kind"), plain(reader.kind(network.kinds[int(network.kind[number])]))),
        (say("story.strength"), plain(f"{float(network.strength[number]):.2f}")),
    ]
    if at == NEVER:
        return Section(
            "story", say("story", place=reader.place(number)), (Facts(tuple(facts)), note(say("story.none")))
        )
    facts += [
        (say("story.version"), plain(reader.version(int(districts.variant[number])))),
        (say("story.faithful"), plain(percent(float(districts.faithful[number])))),
        (say("story.sides"), plain(say("story.both", first=f"{sides[0]:.2f}", second=f"{sides[1]:.2f}"))),
        (say("story.burden"), plain(f"{float(districts.burden[number]):+.1f}".replace("-", "−"))),
    ]  # fmt: skip
    told: list[Spans] = [plain(_lesson(reader, place)) for place in reversed(_way(reader, number))]
    told.append(
        plain(
            say("story.deep", place=reader.place(number), period=deep)
            if deep != NEVER
            else say("story.shallow", place=reader.place(number), substance=percent(float(districts.substance[number])))
        )
    )
    blocks: list[Block] = [note(say("story.why")), Facts(tuple(facts)), Bullets(tuple(told))]
    if reader.named:
        session = Paragraph(plain(say("story.session", row=int(districts.row[number]))))
        command = Paragraph((Span(f"sandbox diffuse example {reader.named} {number}", style="strong"),))
        blocks.append(Callout("plain", say("story.open"), (session, command), level=3))
    return Section("story", say("story", place=reader.place(number)), tuple(blocks))


def _way(reader: Reader, number: int) -> list[int]:
    """Return a place, its teacher, the teacher's teacher, and so on."""
    teachers, way = reader.spread.districts.teacher, [number]
    while len(way) < _LONGEST and int(teachers[way[-1]]) >= 0 and int(teachers[way[-1]]) not in way:
        way.append(int(teachers[way[-1]]))
    return way


def _lesson(reader: Reader, number: int) -> str:
    """Return when, from whom and by which channel a place took it up in form."""
    districts, say = reader.spread.districts, reader.say
    teacher, channel, at = (int(each[number]) for each in (districts.teacher, districts.channel, districts.form_at))
    values = {"period": at, "place": reader.place(number), "where": reader.where(number)}
    mechanism = int(districts.mechanism[number])
    if mechanism == NEVER:
        return say("story.began", **values)
    values |= {"channel": reader.channel(CHANNELS[channel]), "why": reader.mechanism(MECHANISMS[mechanism])}
    return (
        say("story.above", **values) if teacher == ABOVE else say("story.from", teacher=reader.place(teacher), **values)
    )


def _teachers(reader: Reader, teachers: tuple[tuple[int, int], ...]) -> Block:
    network, districts = reader.spread.network, reader.spread.districts
    rows = []
    for number, pupils in teachers:
        deep = int(districts.substance_at[number])
        rows.append(
            (
                reader.say("taught.place", place=reader.place(number), where=reader.where(number)),
                f"{pupils:,}",
                str(int(districts.form_at[number])),
                "–" if deep == NEVER else str(deep),
                f"{float(network.strength[number]):.2f}",
            )
        )
    keys = ("teacher", "pupils", "form_at", "substance_at", "strength")
    return table(reader.say("taught.strongest"), (reader.say(f"taught.{key}") for key in keys), rows, figures=True)
