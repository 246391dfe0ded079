"""The judge: one criterion a call, every level with a quote that code checks against the very turn."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sandbox.content.models import Criterion, Lang
from sandbox.content.templates import Templates, unmarked
from sandbox.errors import AnswerError
from sandbox.institution.line import Line
from sandbox.llm.gateway import Call, Gateway, Sampling
from sandbox.llm.structured import UnusableAnswerError
from sandbox.scoring.played import Played

__all__ = ["CANNOT_TELL", "Score", "Status", "Verdict", "judge_criterion", "verify_quote"]

CANNOT_TELL = "cannot tell"
Status = Literal["supported", "unsupported", "cannot_tell", "failed", "not_judged"]
_LEVELS = ("1", "2", "3", "4", "5", CANNOT_TELL)
_SHORTEST_QUOTE = 6
_SAMPLING = Sampling(temperature=0.0, max_tokens=400)


@dataclass(frozen=True)
class Verdict:
    """What a judge answered: a level from 1 to 5, or None when it cannot tell; the turn, its words, and why."""

    level: int | None
    turn: str
    quote: str
    reason: str


@dataclass(frozen=True)
class Score:
    """The score of one criterion.

    Args:
        criterion: the criterion's id.
        level: 1 to 5; None means that there is no score, never a low one.
        status: ``supported`` when the quote stands in the turn; ``unsupported`` when it does not, even when asked
            again; ``cannot_tell``; ``failed`` when the judge gave no usable answer; ``not_judged`` without a judge.
        turn: the line that the quote is from.
        quote: the quoted words.
        reason: the judge's reason, or why there is no score.
        measure: the criterion's measure that needs no judge, if it has one.
    """

    criterion: str
    level: int | None
    status: Status
    turn: str
    quote: str
    reason: str
    measure: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for the log."""
        return dict(vars(self))


async def judge_criterion(
    criterion: Criterion, played: Played, value: float | None, gateway: Gateway, templates: Templates
) -> Score:
    """Ask the judge for one criterion, and once more when its quote cannot be found.

    Args:
        criterion: the criterion.
        played: the session.
        value: the criterion's measure, shown beside the level.
        gateway: the model that judges.
        templates: templates in the session's language.

    Raises:
        EndpointError: the endpoint refused or cannot be reached.
        BudgetReachedError: the budget is used up.
    """
    verdict, complaint = None, ""
    for attempt in (1, 2):
        try:
            verdict = await _ask(criterion, played, gateway, templates, attempt, complaint)
        except AnswerError as error:
            return Score(criterion.id, None, "failed", "", "", str(error.__cause__ or error), value)
        if verdict.level is None:
            return Score(criterion.id, None, "cannot_tell", "", "", verdict.reason, value)
        if verify_quote(verdict.quote, verdict.turn, played.lines):
            return Score(criterion.id, verdict.level, "supported", verdict.turn, verdict.quote, verdict.reason, value)
        complaint = verdict.quote
    assert verdict is not None
    return Score(criterion.id, verdict.level, "unsupported", verdict.turn, verdict.quote, verdict.reason, value)


def verify_quote(quote: str, turn: str, lines: Sequence[Line]) -> bool:
    """Return whether words stand in a turn, letter by letter but for Unicode form (NFKC) and white space."""
    said = next((line["says"] for line in lines if line["id"] == turn), None)
    wanted = _fold(quote)
    return said is not None and len(wanted) >= _SHORTEST_QUOTE and wanted in _fold(said)


def transcript(played: Played) -> list[dict[str, Any]]:
    """Return the transcript by stage, in the form in which judges read it."""
    return [
        {
            "name": name,
            "lines": [
                {
                    "id": line["id"],
                    "role": played.personas[line["seat"]].role.get(played.lang),
                    "act": line["act"],
                    "to": _addressee(played, line["to"], played.lang),
                    "says": _one_line(line["says"]),
                }
                for line in played.in_stages([stage])
            ],
        }
        for stage, name in played.stages.items()
    ]


def _addressee(played: Played, seat: str, lang: Lang) -> str:
    card = played.personas.get(seat)
    return card.role.get(lang) if card else ""


async def _ask(
    criterion: Criterion, played: Played, gateway: Gateway, templates: Templates, attempt: int, complaint: str
) -> Verdict:
    stages = [played.stages[stage] for stage in criterion.stages if stage in played.stages]
    user = templates.render(
        "judge",
        title=played.scenario.title.get(played.lang),
        stages=transcript(played),
        name=criterion.name.get(played.lang),
        question=criterion.question.get(played.lang),
        anchors=[(level, criterion.anchors[level].get(played.lang)) for level in ("1", "3", "5")],
        relevant=stages,
        complaint=_one_line(complaint),
    )
    turns = [line["id"] for line in played.in_stages(criterion.stages) or played.lines]
    schema = {
        "type": "object",
        "properties": {
            "turn": {"type": "string", "enum": turns},
            "quote": {"type": "string", "maxLength": 240},
            "reason": {"type": "string", "maxLength": 300},
            "level": {"type": "string", "enum": list(_LEVELS)},
        },
        "required": ["turn", "quote", "reason", "level"],
        "additionalProperties": False,
    }

    def read(answer: dict[str, Any]) -> Verdict:
        level, reason = str(answer.get("level", "")), str(answer.get("reason") or "").strip()
        turn = str(answer.get("turn") or "")
        if level not in _LEVELS:
            raise UnusableAnswerError(f"level '{level}' is not one of {', '.join(_LEVELS)}")
        if not reason:
            raise UnusableAnswerError("the judge gave no reason")
        if turn not in turns and level != CANNOT_TELL:
            raise UnusableAnswerError(f"turn '{turn[:20]}' is none of those that the criterion concerns")
        quote = str(answer.get("quote") or "").strip().strip('"“”「」')
        number = None if level == CANNOT_TELL else int(level)
        return Verdict(number, turn, quote, reason)

    reply = await gateway.ask(
        Call(
            key=f"judge:{gateway.endpoint.model}:{criterion.id}:{attempt}",
            seat="judge",
            stage="judge",
            messages=(
                {"role": "system", "content": templates.render("system_judge")},
                {"role": "user", "content": user},
            ),
            schema=schema,
            parse=read,
            sampling=_SAMPLING,
            seed=attempt,
        )
    )
    return reply.value


def _fold(text: str) -> str:
    return _one_line(unicodedata.normalize("NFKC", unmarked(text)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
