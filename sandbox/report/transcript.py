"""The transcript of a session as Markdown."""

from __future__ import annotations

from collections.abc import Iterator

from sandbox.content.plain import plain
from sandbox.game.session import Session
from sandbox.report.document.markdown import escaped
from sandbox.report.reading import ReadDecision, Reading, ReadLine, ReadPlan, ReadStage

__all__ = ["transcript_markdown"]


def transcript_markdown(session: Session) -> str:
    """Return the transcript of a session, finished or not, in the session's language.

    Calls, pulses, assessments and scores are left out.

    Raises:
        KeyError: a line or decision lacks one of its fields.
    """
    reading, game = Reading(session), session.game
    label, lang = reading.label, game.spec.lang
    parts = [
        f"# {_plain(game.scenario.title.get(lang))}",
        _plain(game.scenario.question.get(lang)),
        f"{label('governance')}{label('colon')}{_plain(game.governance.name.get(lang))}",
        f"## {label('seats')}",
        "\n".join(_seats(reading)),
    ]
    for stage in reading.stages:
        parts += _stage(reading, stage)
    if not reading.stages:
        parts.append(f"*{label('transcript.empty')}*")
    if not reading.finished:
        begun = label("warn.unfinished", begun=len(reading.stages), all=len(game.stages))
        parts.append(f"*{begun}*")
    return plain("\n\n".join(part for part in parts if part)) + "\n"


def _seats(reading: Reading) -> Iterator[str]:
    label = reading.label
    for seat in reading.seats.values():
        about = [_plain(seat.role), _plain(seat.position), *([label("person_seat")] if seat.person else [])]
        yield f"- **{_plain(seat.name)}**{label.paren(label.join(about))}"


def _stage(reading: Reading, stage: ReadStage) -> Iterator[str]:
    label, gap = reading.label, reading.label("gap")
    yield f"## {_plain(stage.name)}"
    present = f"{label('stage.present')}{label('colon')}{_plain(stage.present)}"
    yield f"*{_plain(stage.heading)}{label('stop')}{gap}{present}*"
    for number, line in enumerate(stage.lines):
        for news in (news for news in stage.injects if news.turn == number):
            yield f"> **{label('inject')}** → {_plain(news.to)}{label('colon')}{_plain(news.says)}"
        yield _line(reading, line)
    if not stage.lines:
        yield f"*{label('stage.no_lines')}*"
    yield from (_decision(reading, decision) for decision in stage.decisions)
    yield from (_plan(reading, plan) for plan in stage.plans)
    if stage.minutes:
        yield f"### {label('minutes')}"
        yield "\n>\n".join(f"> {_plain(row)}" for row in stage.minutes.splitlines() if row.strip())
    if stage.ended:
        yield f"*{label('stage.ended')}{label('colon')}{_plain(stage.ended)}*"


def _line(reading: Reading, line: ReadLine) -> str:
    label = reading.label
    about = label.join([_plain(part) for part in (line.seat.role, line.act) if part]) + f" → {_plain(line.to)}"
    marks = "".join(f" *[{_plain(words)}]*" for _, words in line.marks)
    said = f"{label('colon')}{_plain(line.says)}" if line.says else ""
    text = f"`{line.id}` **{_plain(line.seat.name)}**{label.paren(about)}{said}{marks}"
    if line.terms:
        text += f"  \n*{label('terms')}{label('colon')}{_plain(line.terms)}*"
    if line.condition:
        text += f"  \n*{label('ledger.condition')}{label('colon')}{_plain(line.condition)}*"
    return text


def _plan(reading: Reading, plan: ReadPlan) -> str:
    label = reading.label
    copied = label("plans.copied", share=plan.copied)
    rows = [f"**{_plain(label('plans.of', name=plan.seat.name))}**{label.paren(copied)}", ""]
    rows += [f"- {name}{label('colon')}{_plain(text)} `{line}`" for name, text, line in plan.sections if line]
    handed = [name for name, _, line in plan.sections if not line]
    if handed:
        rows.append(f"- *{label('plans.handed')}*{label('colon')}{label.join(handed)}")
    return "\n".join(rows)


def _decision(reading: Reading, decision: ReadDecision) -> str:
    label = reading.label
    about = {
        "payer": _plain(decision.payer),
        "motion": f"`{decision.motion}`" if decision.motion else "",
        **{key: _plain(label.join(list(names))) for key, names in decision.sides.items()},
    }
    rows = [f"- {label(f'decision.{key}')}{label('colon')}{text}" for key, text in about.items() if text]
    if decision.left_open:
        rows.append(f"- {_plain(label('decision.left_open', questions=' '.join(decision.left_open)))}")
    taken = f"**{label('decision.title')}**{label('colon')}{_plain(decision.sentence)}"
    return "\n\n".join(filter(None, (taken, "\n".join(rows))))


def _plain(text: str) -> str:
    """Return text on one line, without any meaning as Markdown or HTML."""
    return escaped(" ".join(text.split()))
