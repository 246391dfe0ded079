"""Who taught whom: by channel and distance, the strongest teachers, and the story of one place."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sandbox.content.network_card import MECHANISMS
from sandbox.diffusion.deck import CHANNELS
from sandbox.diffusion.network import ABOVE, NEVER
from sandbox.report.document.blocks import Block, Callout, Section
from sandbox.report.document.compose import Inline, bullets, filled, note, paragraph, strong, table
from sandbox.report.figures import decimal, percent, signed
from sandbox.report.pages.diffusion.courses import by_channel, by_mechanism
from sandbox.report.pages.diffusion.reader import SpreadReader

_TEACHERS = 10
_FROM = ("above", "city", "province", "elsewhere")
_LONGEST = 12  # most teachers in a story
_CANDIDATES = 200  # places of the whole country among which the example is chosen


def taught(reader: SpreadReader) -> Section:
    """Return the section on who taught whom."""
    say = reader.say
    from_below = note(say("taught.absorption") if "absorption" in reader.on else "")
    restated = note(say("taught.restated"))
    blocks = filled(by_mechanism(reader), restated, from_below, by_channel(reader), *who_taught(reader, _TEACHERS))
    return Section("taught", say("taught"), blocks)


def who_taught(reader: SpreadReader, most: int) -> tuple[Block, ...]:
    """Return through which channels and from where places adopted under the first seed, and the strongest teachers."""
    say, spread = reader.say, reader.spread
    teaching = spread.taught(most)
    rows = []
    for place, channel in enumerate(CHANNELS):
        counts = [int(count) for count in teaching.counts[place]]
        if any(counts):
            cells = (f"{count:,}" if count else "–" for count in counts)
            rows.append((reader.card("arrival", channel), *cells, percent(sum(counts) / reader.country.districts)))
    if not rows:
        none = {"pilots": f"{int(reader.plan.courses[0].pilots.sum()):,}", "districts": f"{reader.country.districts:,}"}
        return (note(say("taught.none", seed=spread.plan.seeds[0], **none)),)
    head = (say("taught.channel"), *(reader.label(f"diffusion.from.{name}") for name in _FROM), say("share"))
    seed = note(say("taught.seed", seed=spread.plan.seeds[0]))
    cases = filled(note(_other_case(reader)))
    cases = filled(note(reader.label("gap").join([*_reasons(reader), *_learned(reader)])), *cases)
    return table(say("taught.table"), head, rows, figures=True), seed, *cases, _teachers(reader, teaching.teachers)


def _reasons(reader: SpreadReader) -> Iterator[str]:
    """Yield, for each channel that several mechanisms use, how many places each mechanism brought to adopt."""
    districts = reader.spread.districts
    for place, channel in enumerate(CHANNELS):
        by = districts.mechanism[(districts.channel == place) & (districts.mechanism >= 0)]
        counts = {MECHANISMS[number]: int((by == number).sum()) for number in np.unique(by)}
        if len(counts) > 1:
            told = (
                reader.say("taught.reason", name=reader.mechanism(name), count=f"{n:,}") for name, n in counts.items()
            )
            yield reader.say(
                "taught.by_reason", channel=reader.card("arrival", channel), reasons=reader.label.join(told)
            )


def _learned(reader: SpreadReader) -> Iterator[str]:
    """Yield how many of the places that learned from another had a teacher that already had the reform in substance."""
    districts = reader.spread.districts
    learned = np.flatnonzero((districts.mechanism == MECHANISMS.index("learning")) & (districts.teacher >= 0))
    if len(learned):
        deep, at = districts.substance_at[districts.teacher[learned]], districts.form_at[learned]
        share = percent(float(((deep != NEVER) & (deep < at)).mean()))
        yield reader.say("taught.learned", count=f"{len(learned):,}", share=share)


def _other_case(reader: SpreadReader) -> str:
    """Return how many pupils have adopted another case than their teacher; empty if the deck has one case."""
    districts = reader.spread.districts
    pupils = np.flatnonzero(districts.teacher >= 0)
    if len(reader.country.deck.scenarios) < 2 or not len(pupils):
        return ""
    case = reader.case_of(districts.variant)
    own, theirs = case[pupils], case[districts.teacher[pupils]]
    settled = (own >= 0) & (theirs >= 0)
    other = float((own != theirs)[settled].mean()) if settled.any() else float("nan")
    return reader.say("taught.other_case", share=percent(other))


def example(reader: SpreadReader) -> int:
    """Return a place whose story is worth telling.

    The first of these groups that is not empty is searched for the longest chain of teachers: taught places that
    reached substance; taught places; adopters. If no place has adopted, it is place 0.
    """
    districts = reader.spread.districts
    pupils = districts.teacher >= 0
    for chosen in (pupils & (districts.substance_at != NEVER), pupils, districts.form_at != NEVER):
        places = np.flatnonzero(chosen)
        if len(places):
            looked = places[np.linspace(0, len(places) - 1, min(_CANDIDATES, len(places))).astype(int)]
            return max((len(_way(reader, int(place))), -int(place)) for place in looked)[1] * -1
    return 0


def story(reader: SpreadReader, number: int) -> Section:
    """Return the section on one place: when it adopted, from whom, through which channel, and its meeting's session."""
    network, districts, say = reader.spread.network, reader.spread.districts, reader.say
    at, deep = int(districts.form_at[number]), int(districts.substance_at[number])
    title = say("story", place=reader.place(number))
    facts: dict[str, Inline] = {
        "lies": reader.where(number), "kind": reader.kind(network.kinds[int(network.kind[number])]),
        "strength": decimal(float(network.strength[number])),
    }  # fmt: skip
    if at != NEVER:
        sides = float(districts.hierarchical[number]), float(districts.horizontal[number])
        facts |= {
            "version": reader.version(int(districts.variant[number])),
            "faithful": percent(float(districts.faithful[number])),
            "sides": say("story.both", first=decimal(sides[0]), second=decimal(sides[1])),
            "burden": signed(float(districts.burden[number]), 1),
        }
    known = reader.facts("story", facts)
    if at == NEVER:
        return Section("story", title, (known, note(say("story.none"))))
    way = _way(reader, number)
    sentences = [_lesson(reader, place) for place in reversed(way)]
    if int(districts.teacher[way[-1]]) >= 0:
        sentences.insert(0, say("story.before"))
    if deep != NEVER:
        sentences.append(say("story.deep", place=reader.place(number), period=deep))
    else:
        share = percent(float(districts.substance[number]))
        sentences.append(say("story.shallow", place=reader.place(number), substance=share))
    blocks: list[Block] = [note(say("story.why")), known, bullets(sentences)]
    if reader.named:
        session = paragraph(say("story.session"))
        command = paragraph((strong(f"sandbox diffuse example {reader.named} {reader.called(number)}"),))
        blocks.append(Callout("plain", say("story.open"), (session, command), level=3))
    return Section("story", title, blocks)


def _way(reader: SpreadReader, number: int) -> list[int]:
    teachers, way = reader.spread.districts.teacher, [number]
    while len(way) < _LONGEST and int(teachers[way[-1]]) >= 0 and int(teachers[way[-1]]) not in way:
        way.append(int(teachers[way[-1]]))
    return way


def _lesson(reader: SpreadReader, number: int) -> str:
    districts, say = reader.spread.districts, reader.say
    teacher, channel, at = (int(each[number]) for each in (districts.teacher, districts.channel, districts.form_at))
    values = {"period": at, "place": reader.place(number), "where": reader.where(number)}
    mechanism = int(districts.mechanism[number])
    if mechanism == NEVER:
        return say("story.began", **values)
    values |= {"channel": reader.card("arrival", CHANNELS[channel]), "why": reader.mechanism(MECHANISMS[mechanism])}
    if teacher == ABOVE:
        return say("story.above", **values)
    return say("story.from", teacher=reader.place(teacher), **values)


def _teachers(reader: SpreadReader, teachers: tuple[tuple[int, int], ...]) -> Block:
    network, districts = reader.spread.network, reader.spread.districts
    rows = []
    for number, pupils in teachers:
        deep = int(districts.substance_at[number])
        rows.append((
            reader.say("taught.place", place=reader.place(number), where=reader.where(number)), f"{pupils:,}",
            str(int(districts.form_at[number])), "–" if deep == NEVER else str(deep),
            decimal(float(network.strength[number])),
        ))  # fmt: skip
    keys = ("teacher", "pupils", "form_at", "substance_at", "strength")
    return table(reader.say("taught.strongest"), (reader.say(f"taught.{key}") for key in keys), rows, figures=True)
