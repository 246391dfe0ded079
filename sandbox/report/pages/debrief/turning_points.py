"""Turning points of a session, found by code in what its reader may see; each has its lines and what they teach."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.content.acts import has
from sandbox.game.language.wording import takes_up
from sandbox.game.ledger.matters import WHOLE, matter
from sandbox.game.review.reporting import reported_of
from sandbox.record.line import Line
from sandbox.report.entries import came_to, entry_state, task_refused
from sandbox.report.pages.debrief.clauses import refused, struck, taken_on
from sandbox.report.pages.debrief.left_open import open_questions
from sandbox.report.pages.debrief.own_card import crossed, without_nod
from sandbox.report.pages.debrief.reader import DebriefReader
from sandbox.report.pages.debrief.replies import objections, questions
from sandbox.report.pages.debrief.scores import pulled_apart
from sandbox.report.pages.debrief.turning_point import (
    Statement,
    TurningPoint,
    against,
    narrow,
    stopped,
    terms_changed,
    turned,
    vetoes,
)

KINDS = (
    "stopped", "narrow", "taken_on", "refused", "struck", "named", "turned", "terms", "clauses", "without_nod",
    "crossed", "against", "veto", "let_pass", "unanswered", "conceded", "denied", "beyond", "open", "inject", "twice",
    "apart",
)  # fmt: skip


def findings(reader: DebriefReader) -> list[TurningPoint]:
    """Return the turning points by kind; in a seat's debrief those that concern it come before the others."""
    makers = (
        stopped, narrow, taken_on, refused, struck, _named, turned, terms_changed, without_nod, crossed, against,
        vetoes, objections, _denied, _beyond, open_questions, _injects, _repeated,
    )  # fmt: skip
    made = [finding for make in makers for finding in make(reader)]
    made += [TurningPoint("apart", text, evidence) for text, evidence in pulled_apart(reader)]
    return sorted(made, key=lambda finding: reader.seat is not None and reader.seat not in finding.seats)


def _named(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each answer to another seat that was the first line to name an option that was decided."""
    named, before = dict[tuple[str, str], Line](), reader.game.spec.start.went_on.items()
    for line in reader.lines:
        for term in line["terms"].items():
            named.setdefault(term, line)
    for taken in reader.session.carried:
        first = [(named[term], term) for term in taken["terms"].items() if term in named.keys() - before]
        for line in {line["id"]: line for line, _ in first}.values():
            asked = reader.line_by_id.get(line["about"])
            own = asked is None or asked["seat"] == line["seat"] or line["id"] in reader.session.stood_in
            if own or asked is None or not has(line["act"], "answers"):
                continue
            terms = {key: option for each, (key, option) in first if each is line}
            words = {"name": reader.name(line["seat"]), "by": reader.name(asked["seat"])}
            options = reader.label("semi").join(option for _, option in reader.terms(terms))
            so_far = reader.label("why.named", **words, options=options)
            text = so_far + reader.label("gap") + reader.label("why.named.decided")
            seats = frozenset({line["seat"], asked["seat"]})
            yield TurningPoint("named", text, (line["id"], asked["id"]), seats, so_far=so_far)


def _denied(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each report of the year that another seat said was not so, in words of their own."""
    reviews = reader.game.able("reviews") if reader.game.style == "free" else ()
    for line in reader.lines:
        item = reported_of(reader.session.items, line["about"]) if line["stage"] in reviews and line["about"] else None
        account = item.account if item and has(line["act"], "opposes") else None
        if item and account and account.report in reader.line_by_id and account.reporter != line["seat"]:
            told = {
                "name": reader.name(line["seat"]),
                "by": reader.name(account.reporter),
                "claim": reader.label(f"review.claim.{account.claim}"),
                "matter": matter(reader.spoken, item, WHOLE),
                "said": reader.label(f"why.denied.said.{account.said.get(line['seat'], 'broken')}"),
            }
            text = reader.label("why.denied", **told, state=came_to(reader, item))
            so_far = reader.label("why.denied.so_far", **told)
            seats = frozenset({line["seat"], account.reporter})
            yield TurningPoint("denied", text, (line["id"], account.report), seats, so_far=so_far, matter=item.line)


def _beyond(reader: DebriefReader) -> Iterator[TurningPoint]:
    label = reader.label
    for item in reader.session.entries("promise"):
        if not item.history or item.history[0][1] != "beyond_remit":
            continue
        who = reader.names(item.authority) if item.authority else label("why.beyond.body")
        by = item.history[-1][0]
        key = "why.beyond" if item.state == "beyond_remit" else "why.beyond.then"
        name = reader.mover(item)
        text = label(key, name=name, who=who, state=entry_state(reader, item)[1])
        so_far = label("why.beyond.so_far", name=name, who=who)
        evidence = (item.line,) if by == item.line else (item.line, by)
        confirm: Statement = ("try", "confirm", item.owner, item.line)
        yield TurningPoint(
            "beyond", text, evidence, frozenset({item.owner, *item.authority}), (confirm,), so_far=so_far
        )


def _injects(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield each piece of news with the seat that spoke next.

    News comes first if that next line put, promised or opposed something, and did not answer a question from before.
    Whether the news moved the seat is not known.
    """
    label = reader.label
    points, reviewed = list[TurningPoint](), reader.game.able("reviews")  # a review begins with the news
    put = questions(reader)
    for stage, events in reader.course.items():
        for index, event in enumerate(events):
            if event.kind != "inject" or stage in reviewed:
                continue
            later: list[Any] = [x.payload for x in events[index + 1 :] if x.kind == "line" and not x.payload["vote"]]
            told = {"news": reader.quote(reader.news(event)).text, "next": "", "line": ""}
            if not later:
                points.append(TurningPoint("inject", label("why.inject.silent", **told), ()))
                continue
            told |= {"next": reader.name(later[0]["seat"]), "line": later[0]["id"]}
            before = [x.payload["id"] for x in events[:index] if x.kind == "line"][-1:]
            asked = [line for line in before if put.get(line, ("",))[0] == later[0]["seat"]]
            if takes_up(later[0]["says"], event.payload["text"], reader.spoken.spec.lang):
                asked = []
            told |= {"asked": asked[0]} if asked else {}
            evidence = (later[0]["id"],) if _moves(later[0]) and not asked else ()
            text = label("why.inject.answering" if asked else "why.inject.next", **told)
            points.append(TurningPoint("inject", text, evidence, frozenset({later[0]["seat"]})))
    yield from sorted(points, key=lambda point: -len(point.evidence))


def _moves(line: Mapping[str, Any]) -> bool:
    holds = any(line.get(field) for field in ("terms", "condition", "promises", "takes_on", "task"))
    return holds or has(line["act"], "opposes")


def _repeated(reader: DebriefReader) -> Iterator[TurningPoint]:
    """Yield the assigned tasks that repeat another, with an earlier entry of the same task if there is one (PC)."""
    tasks = {task.id: reader.text(task.text) for task in reader.game.scenario.tasks}
    earlier: dict[str, str] = {}
    for item in reader.session.entries("task"):
        before = earlier.get(item.task)
        earlier.setdefault(item.task, item.line)
        if not item.duplicate and before is None:
            continue
        owner, to = reader.mover(item), reader.name(item.deliverer)
        so_far = text = reader.label("why.twice", name=owner, to=to, task=tasks[item.task])
        if item.state == "lifted":
            text += reader.label("why.twice.refused" if task_refused(reader, item) else "why.twice.lifted")
        evidence = (item.line, *([before] if before else []), *(by for by, _ in item.history[1:]))
        seats = frozenset({item.owner, item.deliverer})
        task: Statement = ("try", "task", item.owner, item.line)
        yield TurningPoint("twice", text, evidence, seats, (task,), so_far=so_far)
