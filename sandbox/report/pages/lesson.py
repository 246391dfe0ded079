"""What a teacher needs around a case: seating of groups, a sheet for scores, points for the talk, and homework."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil

from sandbox.content.governance import FloorPolicy, Governance
from sandbox.content.rubric import Rubric
from sandbox.content.scenario_card import Comment, Scenario
from sandbox.content.words import Words
from sandbox.report.document.blocks import Block, Heading, Section, Table
from sandbox.report.document.compose import Inline, below, bullets, joined, note, paragraph, strong, table

_GROUPS = (12, 24, 36)
_WATCHING = 12  # observers: two for each of their tasks
_RULES = {"majority": "aggregation.procedure=consensus", "consensus": "aggregation.procedure=majority"}
_FLOORS: dict[FloorPolicy, FloorPolicy] = {"chair_led": "open_floor", "open_floor": "chair_led"}
_LINE, _FIRST = "L020", "FIRST"
_BRANCH = {
    "run": "sandbox run --scenario {case} --governance {model} --model cards --lang {lang} --seed 1",
    "transcript": "sandbox show session last",
    "branch": "sandbox branch last --at {line} --set {rule}",
    "resume": "sandbox resume last --model cards",
    "compare": "sandbox compare {first} last --format docx",
    "whatif": "sandbox whatif {first} --at {line} --set {rule} --model cards",
}
_STUDY = {
    "new": "sandbox new experiment study --content mine",
    "edit": "mine/prompts/experiments/study.yaml",
    "plan": "sandbox experiment plan study --content mine --model cards",
    "lock": "sandbox experiment lock study --content mine --model cards",
    "run": "sandbox experiment run study --content mine --model cards",
    "report": "sandbox experiment report study --content mine --charts --lang {lang}",
}


def seating(say: Words, seats: int) -> Table:
    """Return how groups of several sizes sit at tables of ``seats`` seats: one person to a seat, or two."""
    head = [say(f"pack.seating.{name}") for name in ("people", "alike", "pairs")]
    rows = []
    for people in _GROUPS:
        tables = max(1, people // seats)
        alike = _people(say, "alike", tables, min(people, tables * seats), people - tables * seats)
        shared = max(1, ceil((people - _WATCHING) / (2 * seats)))
        sitting = min(people, 2 * seats * shared)
        rows.append((str(people), alike, _people(say, "pairs", shared, sitting, people - sitting)))
    return table(say("pack.seating"), head, rows, widths=(12, 44, 44), titled=False)


def _people(say: Words, way: str, tables: int, sitting: int, watching: int) -> str:
    number = "single" if tables == 1 else "several"
    seated = say(f"pack.seating.{way}.{number}", tables=tables, people=sitting)
    if watching < 0:
        return seated + say("semi") + say("pack.seating.personas", count=-watching)
    return seated + (say("semi") + say("pack.seating.watching", count=watching) if watching else "")


def scoring(say: Words, rubric: Rubric) -> Section:
    """Return a sheet to score a session by hand: what each criterion asks, its levels, and room to write."""
    lang = say.lang
    rows: list[tuple[Inline, ...]] = [
        (
            below((strong(each.name.get(lang)),), each.question.get(lang)),
            *(text.get(lang) for _, text in sorted(each.anchors.items())),
            "",
        )
        for each in rubric.criteria
    ]
    head = say("criterion"), *(say("anchor.level", level=level) for level in (1, 3, 5)), say("pack.scoring.own")
    told = table(say("pack.scoring"), head, rows, widths=(22, 22, 22, 22, 12), titled=False)
    return Section("scoring", say("pack.scoring"), (note(say("pack.scoring.how")), told), sheet=True)


def homework(say: Words, case: Scenario, model: Governance) -> Iterator[Section]:
    """Yield two homework tasks, a sheet each: the commands, what is handed in, and what makes a good answer."""
    procedure = model.rules.aggregation.procedure
    rule = _RULES.get(procedure, f"floor={_FLOORS[model.rules.floor]}")
    named = {"case": case.id, "model": model.id, "rule": rule, "line": _LINE, "first": _FIRST}
    yield _task(say, "branch", _BRANCH, named)
    if len(case.governance) > 1:
        base, other = case.governance[:2]
        settings = f"scenario: [{case.id}]", f"base: {base}", f"governance: [{base}, {other}]", "replicates: 16"
        yield _task(say, "study", _STUDY, {"settings": settings, "other": other, "folder": "runs/study_report"})


def _task(say: Words, task: str, commands: Mapping[str, str], values: Mapping[str, object]) -> Section:
    key = f"pack.homework.{task}"
    rows = [(do.format(lang=say.lang, **values), say(f"{key}.{step}", **values)) for step, do in commands.items()]
    head = [say(f"pack.homework.{name}") for name in ("command", "why")]
    blocks = (
        paragraph(say(f"{key}.ask")),
        note(say("pack.homework.how")),
        table(say(key), head, rows, widths=(56, 44), titled=False),
        Heading(say("pack.homework.hand_in")),
        paragraph(say(f"{key}.hand_in")),
        Heading(say("pack.homework.good")),
        bullets(say(f"{key}.good.{number}") for number in ("first", "second", "third", "fourth")),
        note(say("pack.homework.limit")),
    )
    return Section(f"homework-{task}", say(key), blocks, sheet=True)


def commentary(case: Scenario, say: Words) -> tuple[Block, ...]:
    """Return a case's points for the facilitator to make at the end of the talk; empty if it has none.

    Each point comes with its sources and with what participants get wrong. Players do not see them.
    """
    return (note(say("commentary.note")), *points(case, say)) if case.commentary else ()


def points(case: Scenario, say: Words) -> tuple[Block, ...]:
    """Return the table of a case's points with a note on their sources; empty if it has none."""
    if not case.commentary:
        return ()
    lang = say.lang
    rows = [(each.point.get(lang), joined(_sources(each, say)), each.mistake.get(lang)) for each in case.commentary]
    head = (say(f"commentary.{name}") for name in ("point", "rests_on", "mistake"))
    told = table(say("commentary"), head, rows, widths=(46, 27, 27), titled=False)
    return (note(say("commentary.sources")), told)


def _sources(comment: Comment, say: Words) -> list[str]:
    named = [say(f"paper.{section}") for section in comment.source.sections] or comment.source.names(say.lang)
    law = [say("commentary.law", law=comment.law.get(say.lang))] if comment.law else []
    return [*named, *law]
