"""Turning points of a session, found by code in what its reader may see; each names the lines that show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.content.acts import acts_with, has
from sandbox.content.schemas import Decision
from sandbox.game.ledger import Item
from sandbox.game.rules import binding
from sandbox.record.line import ALL, Line
from sandbox.report.debriefing.apart import pulled_apart
from sandbox.report.debriefing.material import Material

__all__ = ["KINDS", "Finding", "conceded_to", "doubts", "findings", "open_questions", "repeated_tasks", "reply_to"]

KINDS = ("unanswered", "conceded", "beyond", "open", "inject", "twice", "apart")
_ANSWERS = acts_with("grants")


@dataclass(frozen=True)
class Finding:
    """A turning point.

    Args:
        kind: one of `KINDS`.
        text: what happened, in words.
        evidence: the lines or decisions that show it, the telling one first.
        seats: the seats that it concerns.
        reason: why, where a kind has several reasons.
    """

    kind: str
    text: str
    evidence: tuple[str, ...]
    seats: frozenset[str]
    reason: str = ""


def findings(of: Material) -> dict[str, list[Finding]]:
    """Return the turning points of each kind; in a seat's debrief those that concern it come first."""
    found: dict[str, list[Finding]] = {kind: [] for kind in KINDS}
    makers = (_unanswered, _conceded, _beyond, open_questions, _injects, _repeated, _pulled)
    for make in makers:
        for one in make(of):
            found[one.kind].append(one)
    for some in found.values():
        some.sort(key=lambda one: of.seat is not None and of.seat not in one.seats)
    return found


def doubts(lines: Sequence[Line]) -> Iterator[int]:
    """Return the places of the lines that object or refuse, votes aside."""
    for index, line in enumerate(lines):
        if has(line["act"], "opposes") and not line["vote"]:
            yield index


def reply_to(of: Material, index: int) -> Line | None:
    """Return the line of the same stage that answers a line: an answer, a concession or a promise.

    It is addressed to the speaker, raises a point that replies to the speaker's, or is the next line and meant for all.
    """
    lines, asked = of.lines, of.lines[index]
    for place in range(index + 1, len(lines)):
        line = lines[place]
        if line["stage"] != asked["stage"]:
            return None
        if line["seat"] == asked["seat"] or line["vote"] or line["act"] not in _ANSWERS:
            continue
        next_for_all = place == index + 1 and line["to"] == ALL
        if line["to"] == asked["seat"] or next_for_all or _replies(of, line, asked["point"]):
            return line
    return None


def conceded_to(of: Material, index: int) -> Line | None:
    """Return the first later line that concedes to whoever objected, or in which that seat itself concedes."""
    doubt = of.lines[index]
    for line in of.lines[index + 1 :]:
        if not has(line["act"], "yields") or line["vote"]:
            continue
        gave_way = line["to"] == doubt["seat"] and doubt["to"] in (ALL, line["seat"])
        came_round = line["seat"] == doubt["seat"] and line["to"] in (ALL, doubt["to"])
        if gave_way or came_round:
            return line
    return None


def _replies(of: Material, line: Line, point: str) -> bool:
    raised = of.game.points.get(line["point"])
    return bool(point and raised and point in raised[1].replies_to)


def _unanswered(of: Material) -> Iterator[Finding]:
    name = of.reading.name
    for index in doubts(of.lines):
        doubt = of.lines[index]
        if reply_to(of, index) is None and conceded_to(of, index) is None:
            key = "why.unanswered.all" if doubt["to"] == ALL else "why.unanswered"
            text = of.label(key, name=name(doubt["seat"]), to=name(doubt["to"]))
            yield Finding("unanswered", text, (doubt["id"],), frozenset({doubt["seat"], doubt["to"]}))


def _conceded(of: Material) -> Iterator[Finding]:
    name = of.reading.name
    for index in doubts(of.lines):
        doubt, answer = of.lines[index], conceded_to(of, index)
        if answer is not None:
            key = "why.came_round" if answer["seat"] == doubt["seat"] else "why.conceded"
            text = of.label(key, name=name(doubt["seat"]), by=name(answer["seat"]))
            yield Finding("conceded", text, (answer["id"], doubt["id"]), frozenset({doubt["seat"], answer["seat"]}))


def _beyond(of: Material) -> Iterator[Finding]:
    name, label = of.reading.name, of.label
    for item in of.items:
        if item.kind != "promise" or not item.history or item.history[0][1] != "beyond_remit":
            continue
        who = of.reading.names(item.authority) if item.authority else label("why.beyond.body")
        by = item.history[-1][0]
        key = "why.beyond" if item.state == "beyond_remit" else "why.beyond.then"
        text = label(key, name=name(item.owner), who=who, state=label.of("state", item.state))
        evidence = (item.line,) if by == item.line else (item.line, by)
        yield Finding("beyond", text, evidence, frozenset({item.owner, *item.authority}))


def open_questions(of: Material) -> Iterator[Finding]:
    """Return the questions of the case that nothing settled, and why; none to a seat that was not in that room."""
    deciding = [stage.id for stage in of.game.stages if "decides" in stage.abilities and stage.id in of.stages]
    if of.seat is not None:
        deciding = [stage for stage in deciding if of.seat in of.game.present(stage)]
    if not deciding:
        return
    settled = {key for one in of.decisions if one["carried"] for key in one["terms"]}
    for question in of.game.scenario.decisions:
        if question.id in settled:
            continue
        key, evidence, values = _why_open(of, question)
        text = of.label(f"why.open.{key}", question=of.of(question.question), **values)
        if question.topic == "payer":
            text += _default_payer(of)
        yield Finding("open", text, evidence, frozenset(), key)


def _why_open(of: Material, question: Decision) -> tuple[str, tuple[str, ...], dict[str, Any]]:
    key = question.id
    rules = of.game.governance
    proposed = [
        line["id"]
        for line in of.lines
        if (has(line["act"], "proposes") or has(line["act"], "binds")) and key in line["terms"]
    ]
    if not binding(rules, of.game.scenario, {key: ""}):
        return "scope", tuple(proposed[-1:]), {}
    for one in of.decisions:
        motion = of.line.get(one["motion"])
        if one["carried"] or key not in {**one["terms"], **(motion["terms"] if motion else {})}:
            continue
        if one["vetoed_by"]:
            return "veto", (one["id"],), {"names": of.reading.names(one["vetoed_by"])}
        return "outvoted", (one["id"],), {"yes": sum(one["votes"].values()), "cast": len(one["votes"])}
    if not proposed:
        promised = [line["id"] for line in of.lines if has(line["act"], "promises") and key in line["terms"]]
        if promised:
            return "promised", tuple(promised[-1:]), {}
        reason = "unproposed" if of.whole else "unheard"
        return reason, tuple(one["id"] for one in of.decisions[-1:]), {}
    return ("not_put" if of.decisions else "no_decision"), tuple(proposed[-1:]), {}


def _default_payer(of: Material) -> str:
    for one in of.decisions:
        if one["carried"] and not one["payer_agreed"]:
            lang = of.game.spec.lang
            return of.label("why.open.payer", payer=of.label("semi").join(budget[lang] for budget in one["budget"]))
    return ""


def _injects(of: Material) -> Iterator[Finding]:
    label = of.label
    for events in of.stages.values():
        for index, event in enumerate(events):
            if event.kind != "inject":
                continue
            news = of.quote(str(event.payload["text"])).text
            later: list[Any] = [one.payload for one in events[index + 1 :] if one.kind == "line"]
            answer = next((one for one in later if _replies(of, one, str(event.payload["id"]))), None)
            first = answer or next(iter(later), None)
            key = "silent" if first is None else "next" if answer is None else "reacted"
            seats = frozenset({first["seat"]}) if first else frozenset[str]()
            text = label(f"why.inject.{key}", news=news, name=of.reading.name(first["seat"]) if first else "")
            yield Finding("inject", text, (first["id"],) if first else (), seats)


def repeated_tasks(of: Material) -> Iterator[tuple[Item, Item | None]]:
    """Return the tasks handed down that repeat another, with an earlier entry of the same task where there is one."""
    earlier: dict[str, Item] = {}
    for item in of.items:
        if item.kind == "task":
            if item.duplicate or item.task in earlier:
                yield item, earlier.get(item.task)
            earlier.setdefault(item.task, item)


def _repeated(of: Material) -> Iterator[Finding]:
    tasks = {task.id: of.of(task.text) for task in of.game.scenario.tasks}
    for item, before in repeated_tasks(of):
        text = of.label(
            "why.twice", name=of.reading.name(item.owner), to=of.reading.name(item.deliverer), task=tasks[item.task]
        )
        if item.state == "lifted":
            text += of.label("why.twice.lifted")
        evidence = (item.line, *([before.line] if before else []), *(by for by, _ in item.history[1:]))
        yield Finding("twice", text, evidence, frozenset({item.owner, item.deliverer}))


def _pulled(of: Material) -> Iterator[Finding]:
    for text, evidence in pulled_apart(of):
        yield Finding("apart", text, evidence, frozenset())
