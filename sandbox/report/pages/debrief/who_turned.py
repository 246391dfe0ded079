"""Who turned, seat by seat: from what it put or backed itself, on which line, and what it said of its own change."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sandbox.content.acts import Trait, has
from sandbox.content.language import Lang
from sandbox.game.entries import Item
from sandbox.game.stock import quotable
from sandbox.game.wording import sentences
from sandbox.record.line import Line
from sandbox.report.pages.debrief.reader import Reader
from sandbox.report.pages.debrief.turning_point import TurningPoint

# What people say of a change of their own; a sentence that asks, or says what others should give up, is none.
_CHANGED: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(
        r"\bI(?:['’]d| had)(?:n['’]t| not| never) (?:counted|thought|seen|known|reckoned|considered|looked at)\b"
        r"|\bI(?:['’]ve| have)? chang(?:e|ed) my mind\b|\bI (?:was|have been|stand) (?:wrong|corrected|mistaken)\b"
        r"|\bI (?:take|took) (?:that|it|this) back\b|\bI (?:withdraw|give way|no longer (?:insist|ask|want|object))\b"
        r"|\bI give (?:that|it|this) up\b|\b(?:that|this) one I give up\b"
        r"|\byou(?:['’]ve| have) (?:convinced|persuaded) me\b"
        r"|\bI used to (?:think|believe|say)\b",
        re.IGNORECASE,
    ),
    "zh": re.compile(
        r"(?<![他她你您])我(?:这边|也|就)?(?:收回|让一步|退一步|改主意|改口|认错|想错了|原先以为|原来以为|原以为|本来以为|以前以为)"
        r"|我[^，。；]{0,5}不再(?:提|坚持|要求|反对|争)|我也不说[^，。；]{1,8}了|我(?:真|还)?没(?:算到|想到|料到)|被[你您]说[服动]了"
    ),
}  # fmt: skip

_AWAY: dict[Trait, str] = {"votes_against": "against", "abstains": "abstained"}


def turned(reader: Reader) -> Iterator[TurningPoint]:
    """Yield each line in which a seat gave up what it had put or backed itself, or spoke of a change of its own.

    A seat stands for the options of what it puts and of the proposal that it backs or votes for, in whatever stage;
    whoever votes against a motion that it moved or backed, or abstains from it, gave that up too.
    """
    stands: dict[str, dict[str, tuple[str, str]]] = {}
    put = {item.line: item for item in reader.session.entries("proposal")}
    host = reader.game.scenario.tour.host
    for line in reader.lines:
        if line["seat"] == host or line["id"] in reader.session.stood_in:
            continue
        own = stands.setdefault(line["seat"], {})
        told = [*_gave_up(reader, line, put, own), *_left(reader, line, put), *_said(reader, line)]
        if told:
            text = reader.label("gap").join(text for text, _ in told)
            before = dict.fromkeys(earlier for _, earlier in told if earlier)
            yield TurningPoint("turned", text, (line["id"], *before), frozenset({line["seat"]}))


def _gave_up(
    reader: Reader, line: Line, put: dict[str, Item], own: dict[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Yield each question on which a line leaves what its seat stood for, and keep what it stands for now."""
    backs = has(line["act"], "votes_for" if line["vote"] else "supports")
    item = put.get(line["id"]) or (put.get(line["about"]) if backs else None)
    known = reader.game.scenario.decision_by_id
    for key, option in (item.terms if item else {}).items():
        before, at = own.get(key, (option, ""))
        own[key] = option, line["id"]
        if before != option and key in known:
            options = known[key].options
            text = reader.label(
                "why.turned", name=reader.name(line["seat"]), question=reader.text(known[key].question),
                before=reader.text(options[before]), after=reader.text(options[option]),
            )  # fmt: skip
            yield text, at


def _left(reader: Reader, line: Line, put: dict[str, Item]) -> Iterator[tuple[str, str]]:
    """Yield a vote against a motion that its seat moved or backed, or an abstention from it."""
    item = put.get(line["about"])
    away = [way for trait, way in _AWAY.items() if has(line["act"], trait)]
    if not line["vote"] or item is None or not away:
        return
    backed = [
        said["id"]
        for said in reader.lines
        if said["seat"] == line["seat"] and said["about"] == item.line and has(said["act"], "supports")
        if not said["vote"] and not (said["id"] in put and set(put[said["id"]].terms.items()) - set(item.terms.items()))
    ]
    backed += [item.line] if item.owner == line["seat"] else []
    if backed:
        yield reader.label(f"why.turned.{away[0]}", name=reader.name(line["seat"])), backed[-1]


def _said(reader: Reader, line: Line) -> Iterator[tuple[str, str]]:
    """Yield the sentence in which whoever speaks tells of a change of their own, in their words."""
    if not quotable(reader.game, line["says"]):
        return
    for sentence in sentences(line["says"]):
        if _CHANGED[reader.game.spec.lang].search(sentence) and not sentence.endswith(("?", "？")):
            yield reader.label("why.turned.aloud", name=reader.name(line["seat"]), says=reader.quote(sentence).text), ""
            return
