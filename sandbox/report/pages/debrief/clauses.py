"""Turning points of conditions: another seat's was struck; one was asked of a seat and refused, or taken on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.game.language.wording import takes_up
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.unwilling import carried_refused
from sandbox.record.line import Line
from sandbox.report.exchanges import left_out, took_on
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.replies import questions
from sandbox.report.pages.debrief.turning_point import Statement, TurningPoint


def struck(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each motion that struck another seat's condition from the motion on which it was built.

    Left out are conditions that were decided all the same, and those that their owner gave up: by backing a motion
    without them, or by a vote for what was carried. Motions whose new condition was decided come first.
    """
    made = reader.proposals
    kept = {part for taken in reader.session.carried for part in hangs_on(taken["condition"])}
    rows: list[tuple[bool, TurningPoint]] = []
    for item in made.values():
        base = made.get(item.amends) or made.get(item.base)
        if base is None or item.line in reader.session.stood_in:
            continue
        has_now = hangs_on(item.condition)
        new = [part for part in has_now if part not in hangs_on(base.condition)]
        theirs: dict[str, dict[str, str]] = {}
        for line, part in brought([*made.values()], base.condition):
            if line and made[line].owner != item.owner and part not in has_now and part not in kept:
                theirs.setdefault(made[line].owner, {})[line] = part
        for owner, parts in theirs.items():
            if not _let_go(reader, item, owner, parts):
                rows.append((kept.isdisjoint(new), _struck(reader, item, owner, parts, new)))
    yield from (point for _, point in sorted(rows, key=lambda row: row[0]))


def _struck(reader: DebriefReader, item: Item, owner: str, parts: dict[str, str], new: list[str]) -> TurningPoint:
    label, names = reader.label, {"name": reader.name(item.owner), "by": reader.name(owner)}
    text = label("why.struck", **names, struck=label("semi").join(parts.values()))
    if new:
        text += label("gap") + label("why.struck.new", condition=label("semi").join(new))
    so_far = text
    if any(taken["votes"].get(owner) is False for taken in reader.session.carried):
        text += label("gap") + label("why.struck.against", **names)
    return TurningPoint("struck", text, (item.line, *parts), frozenset({item.owner, owner}), so_far=so_far)


def _let_go(reader: DebriefReader, item: Item, owner: str, parts: dict[str, str]) -> bool:
    """Return whether the owner of struck conditions later backed a motion without them or voted for one carried."""
    if any(taken["votes"].get(owner) for taken in reader.session.carried):
        return True
    own = (line for line in reader.lines[reader.place(item.line) + 1 :] if line["seat"] == owner and not line["vote"])
    backs = (line for line in own if has(line["act"], "supports"))
    backed = (line["id"] if line["id"] in reader.proposals else line["about"] for line in backs)
    motions = (reader.proposals[line] for line in backed if line in reader.proposals)
    return any({*parts.values()}.isdisjoint(hangs_on(motion.condition)) for motion in motions)


def refused(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each line that refuses what a motion asks of its seat, and what came of the condition."""
    for line in reader.lines:
        if line["id"] not in reader.session.stood_in:
            yield from (_refused(reader, line, part) for part in hangs_on(line.get("refuses", "")))


def _refused(reader: DebriefReader, line: Line, part: str) -> TurningPoint:
    label, name = reader.label, reader.name(line["seat"])
    by = next((item for item in reader.proposals.values() if part in hangs_on(item.condition)), None)
    so_far = text = label("why.refused", name=name, by=reader.mover(by) if by else "", condition=part)
    taken = [each for each in reader.session.carried if part in hangs_on(each["condition"])]
    later = took_on(reader, by.line, line["seat"]) if by else None
    way, answer = "out" if reader.session.carried else "", ""
    if taken:
        still = carried_refused(reader.spoken, reader.session.items, taken[-1], reader.lines).get(part, ())
        way = "carried" if any(each["seat"] == line["seat"] for each in still) else "agreed"
        if way == "agreed" and later is not None and by and later["takes_on"][by.line] == "part":
            way, answer = "part", later["id"]
    if way:
        text += label("gap") + label(f"why.refused.{way}", name=name, line=answer)
    evidence = (line["id"], *([by.line] if by else []), *filter(None, [answer]), *(each["id"] for each in taken))
    seats = frozenset({line["seat"], *([by.owner] if by else [])})
    return TurningPoint("refused", text, evidence, seats, ask="refused.out" if way == "out" else "", so_far=so_far)


def taken_on(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each condition that other seats took on, if that changed what the seat that had asked did next.

    The seat dropped a condition in return, or it voted for what it had opposed. A condition that was asked about before
    it was taken on, and was decided, counts too. Elsewhere the point only teaches that the seat asked and that another
    took the condition on.
    """
    put = questions(reader)
    kept = {part for taken in reader.session.carried for part in hangs_on(taken["condition"])}
    for item in reader.proposals.values():
        asked = [part for by, part in brought(reader.session.items, item.condition) if by == item.line]
        said = [took_on(reader, item.line, seat) for seat in reader.game.positions if seat != item.owner]
        lines = sorted(filter(None, said), key=lambda line: reader.place(line["id"]))
        if not asked or not lines or not reader.session.stood_in.isdisjoint([item.line, *(x["id"] for x in lines)]):
            continue
        given = next((line for line in lines if line["takes_on"][item.line] == "yes"), lines[0])
        teaches: tuple[Statement, ...] = (
            ("keep", "got", item.owner, item.line), ("keep", "took", given["seat"], given["id"]),
        )  # fmt: skip
        back, won = left_out(reader, item, asked, given["id"]), _voted_for(reader, item.owner)
        pressed = "" if kept.isdisjoint(asked) else _pressed(reader, item, asked, given, put)
        opposed = has(reader.line_by_id[item.line]["act"], "opposes")
        if not (back or pressed or (won and opposed)):
            yield TurningPoint("answered", "", (), teaches=teaches)
            continue
        label, by, gap = reader.label, reader.name(item.owner), reader.label("gap")
        told = [label("why.taken_on", by=by, condition=label("semi").join(asked), line=item.line)]
        if pressed:
            asker = reader.name(reader.line_by_id[pressed]["seat"])
            told.append(label("why.taken_on.pressed", name=asker, line=pressed))
        for line in lines:
            key = "why.taken_on.yes" if line["takes_on"][item.line] == "yes" else "why.taken_on.part"
            told.append(label(key, name=reader.name(line["seat"]), line=line["id"]))
        so_far = gap.join(told[: 2 + bool(pressed) + lines.index(given)])
        told += [label("why.taken_on.held")] if pressed else []
        told += [label("why.taken_on.back", by=by, line=back)] if back else []
        told += [label("why.taken_on.for" if back else "why.taken_on.over", by=by)] if won and (back or opposed) else []
        seats = frozenset({item.owner, *(line["seat"] for line in lines)})
        evidence = given["id"], back or pressed or item.line
        yield TurningPoint("taken_on", gap.join(told), evidence, seats, teaches, so_far=so_far)


def _pressed(
    reader: DebriefReader, item: Item, asked: Sequence[str], given: Line, put: Mapping[str, tuple[str, bool]]
) -> str:
    """Return the last question about a condition to the seat that then took it on; empty if there was none."""
    between = reader.lines[reader.place(item.line) + 1 : reader.place(given["id"])]
    meant = [line for line in between if line["id"] in put and put[line["id"]][0] == given["seat"]]
    lang = reader.spoken.spec.lang
    return next((x["id"] for x in meant[::-1] if any(takes_up(x["says"], part, lang) for part in asked)), "")


def _voted_for(reader: DebriefReader, seat: str) -> bool:
    return any(taken["votes"].get(seat) for taken in reader.session.carried)
