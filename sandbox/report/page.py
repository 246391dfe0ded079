"""The report of a session as one HTML file that needs nothing else."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.content.words import Words
from sandbox.game.ledger import Item
from sandbox.game.rules import allowed_acts
from sandbox.game.session import Session
from sandbox.llm.usage import Usage
from sandbox.report.assessments import assessment_tables, pulse_table, shown
from sandbox.report.audits import red_flags
from sandbox.report.reading import Reading, procedure_text, scope_text
from sandbox.report.standings import judge_caution, judged, missing_quote, standing_mark, standing_words
from sandbox.report.templates import rendered
from sandbox.scoring.audit.auditing import audit
from sandbox.scoring.panel import Score
from sandbox.scoring.scorecard import Scorecard

__all__ = ["report_html"]

_COUNTS = frozenset({"questions_before_proposal", "lines", "duplicates", "assistant_talk", "other_language"})
_FIGURE_LABEL = 30
_ROW, _TOP = 38, 4


def report_html(session: Session, card: Scorecard) -> str:
    """Return the report of a session, finished or not: one self-contained HTML page in the session's language.

    Args:
        session: the session.
        card: its scores; a criterion of the rubric that is not in it is shown as not judged.

    Raises:
        KeyError: a line, decision or call in the log lacks one of its fields.
    """
    reading, game, items = Reading(session), session.game, session.items
    scores = _scores(reading, card)
    flags = red_flags(audit([session]).red(), reading.label)
    return rendered(
        "page.html.j2",
        t=reading.label,
        lang=game.spec.lang,
        game=game,
        reading=reading,
        title=game.scenario.title.get(game.spec.lang),
        facts=_facts(reading, card),
        decisions=[one for stage in reading.stages for one in stage.decisions],
        warnings=_warnings(reading, card, scores, items, {one.id for one in flags}),
        flags=flags,
        scores=scores,
        score_height=_TOP + _ROW * len(scores),
        turns=_turns(reading, card),
        turn_height=_TOP + _ROW * len(reading.seats),
        row=_ROW,
        top=_TOP,
        outcome=[
            {**_measure(reading, name, value), "alone": _alone(reading.label, name, card)}
            for name, value in card.outcome.items()
        ],
        play=[_measure(reading, name, value) for name, value in card.play.items()],
        assessments=assessment_tables(reading, card),
        apart=[
            {**_measure(reading, name, value), "value": shown(value) or reading.label("no_value")}
            for name, value in vars(card.apart).items()
        ],
        pulses=pulse_table(reading),
        baseline_sessions=max((one.sessions for one in card.baseline.values()), default=0),
        ledger=[_entry(reading, item) for item in items],
        rules=_rules(reading),
        positions=_positions(reading),
        judge_caution=judge_caution(reading.label, card),
        usage=_usage(reading),
    )


@dataclass(frozen=True)
class _Row:
    """A criterion with its score as the page shows it."""

    id: str
    name: str
    short: str
    question: str
    level: float | None
    status_id: str
    status: str
    quote: str
    missing: str
    turn: str
    anchored: bool
    reason: str
    measure: str
    value: str
    anchors: tuple[tuple[str, str], ...]
    spoken: str
    votes: str
    mark: str
    standing: str


def _facts(reading: Reading, card: Scorecard) -> list[tuple[str, str]]:
    label, spec = reading.label, reading.game.spec
    judge = card.judge or (spec.judge_model if any(score.level is not None for score in card.scores) else "")
    facts = [
        (label("governance"), reading.game.governance.name.get(spec.lang)),
        *([(label("city"), reading.game.city.name.get(spec.lang))] if reading.game.city else []),
        (label("language"), label(f"language.{spec.lang}")),
        (label("seed"), str(spec.seed)),
        (label("model"), spec.model or label("unnamed")),
        (label("judge"), judge or label("nobody")),
        (label("lines"), str(len(reading.lines))),
        (label("style"), label.of("style", spec.style)),
    ]
    return facts + ([(label("session"), reading.session.id)] if reading.session.id else [])


def _scores(reading: Reading, card: Scorecard) -> list[_Row]:
    label, lang = reading.label, reading.game.spec.lang
    found = {score.criterion: score for score in card.scores}
    anchored = {line["id"] for line in reading.lines}
    rows = []
    for criterion in reading.game.rubric.criteria:
        counted = card.outcome.get(criterion.measure) if criterion.measure else None
        standing = card.standings.get(criterion.id)
        score = found.get(criterion.id) or Score(criterion.id, None, "not_judged", "", "", "", counted)
        name = criterion.name.get(lang)
        key = "scores.none_of" if score.level is None else "scores.level_of"
        spoken = label(key, name=name, level=score.level)
        if score.status == "unsupported":
            spoken += label.paren(label("status.unsupported"))
        rows.append(
            _Row(
                id=criterion.id,
                name=name,
                short=_short(name),
                question=criterion.question.get(lang),
                level=score.level,
                status_id=score.status,
                status=label(f"status.{score.status}"),
                quote=score.quote if score.status == "supported" else "",
                missing=missing_quote(label, score),
                turn=score.turn,
                anchored=score.turn in anchored,
                reason=label.of("reason", score.reason) if score.status == "not_judged" else score.reason,
                measure=label.of("m", criterion.measure) if criterion.measure else "",
                value=_value(label, criterion.measure, score.measure) if criterion.measure else label("no_measure"),
                anchors=tuple(
                    (label("anchor.level", level=level), criterion.anchors[level].get(lang))
                    for level in ("1", "3", "5")
                ),
                spoken=spoken,
                votes=_votes(label, score),
                mark=standing_mark(standing) if judged(score) else "",
                standing=standing_words(label, standing) if judged(score) else "",
            )
        )
    return rows


def _votes(label: Words, score: Score) -> str:
    """Return the votes of a panel in words: the levels that each judge gave, and their spread; nothing for one vote."""
    if len(score.votes) < 2:
        return ""
    given: dict[str, list[str]] = {}
    for vote in score.votes:
        given.setdefault(vote.judge, []).append("–" if vote.level is None else str(vote.level))
    told = label("semi").join(f"{judge} {' '.join(levels)}" for judge, levels in given.items())
    return label("votes", votes=told, spread="–" if score.spread is None else f"{score.spread:g}")


def _turns(reading: Reading, card: Scorecard) -> list[dict[str, Any]]:
    most = max(card.turns.values(), default=0) or 1
    return [
        {
            "seat": seat,
            "short": _short(f"{seat.name}{reading.label('list')}{seat.role}"),
            "width": round(100 * card.turns.get(seat.id, 0) / most, 1),
            "share": _percent(card.turns.get(seat.id, 0)),
        }
        for seat in reading.seats.values()
    ]


def _warnings(
    reading: Reading, card: Scorecard, scores: Sequence[_Row], items: Sequence[Item], flagged: Collection[str]
) -> list[str]:
    """Return what speaks against trusting the session, but for what the audit has flagged already."""
    label, game, play = reading.label, reading.game, card.play
    found: list[str] = []

    def warn(key: str, when: object, **values: object) -> None:
        if when:
            found.append(label(f"warn.{key}", **values))

    warn("unfinished", not reading.finished, begun=len(reading.stages), all=len(game.stages))
    warn("no_lines", not reading.lines)
    warn("rules_only", game.spec.style == "rules")
    warn("changed", game.spec.changes, changes=label.join(list(game.spec.changes)))
    missing = [row.name for row in scores if row.level is None]
    warn("no_score", missing, count=len(missing), all=len(scores), names=label("semi").join(missing))
    weak = [row.name for row in scores if row.status_id == "unsupported"]
    warn("unsupported", weak, count=len(weak), names=label("semi").join(weak))
    levels = [row.level for row in scores if row.level is not None]
    warn("flat", len(levels) > 3 and len(set(levels)) == 1, level=levels[0] if levels else "")
    warn("same_model", card.judge and card.judge == game.spec.model)
    invented = [str(number) for number in play.get("invented_numbers") or ()]
    warn("invented", invented and "invented_figures" not in flagged, numbers=label.join(invented))
    warn("card_lines", play.get("card_lines"), share=_percent(play.get("card_lines") or 0))
    warn("duplicates", "duplicates" not in flagged and play.get("duplicates"), count=play.get("duplicates"))
    spoken = {stage.id: stage.name for stage in reading.stages if stage.lines}
    calm = [spoken[stage] for stage, count in (play.get("objections") or {}).items() if not count and stage in spoken]
    warn("no_objection", calm, names=label.join(calm))
    warn("assistant", play.get("assistant_talk"), count=play.get("assistant_talk"))
    foreign = play.get("other_language")
    warn("other_language", foreign and "own_language" not in flagged, count=foreign)
    void = sum(item.kind == "promise" and item.state == "beyond_remit" for item in items)
    warn("beyond", void, count=void)
    return found


def _measure(reading: Reading, name: str, value: Any) -> dict[str, str]:
    label = reading.label
    if name == "objections" and isinstance(value, dict):
        names = {stage.id: stage.name.get(reading.game.spec.lang) for stage in reading.game.stages}
        shown = label.join([f"{names.get(stage, stage)} {count}" for stage, count in value.items()])
        shown = shown or label("none")
    elif isinstance(value, list | tuple):
        shown = label.join([str(one) for one in value]) or label("none")
    else:
        shown = _value(label, name, value)
    return {"name": label.of("m", name), "value": shown, "definition": label.of("d", name)}


def _value(label: Words, name: str | None, value: float | None) -> str:
    if value is None:
        return label("no_value")
    return f"{value:g}" if name in _COUNTS else _percent(value)


def _alone(label: Words, name: str, card: Scorecard) -> str:
    """Return what the rules alone bring about: the mean and the middle 95% of rules-only sessions."""
    spread = card.baseline.get(name)
    if spread is None:
        return "–"
    mean, low, high = (_value(label, name, value) for value in (spread.mean, spread.low, spread.high))
    return label("baseline.cell", mean=mean, low=low, high=high)


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share == 0 or share >= 0.1 else f"{100 * share:.1f}%"


def _entry(reading: Reading, item: Item) -> dict[str, Any]:
    label = reading.label
    return {
        "id": item.line,
        "kind": label(f"kind.{item.kind}"),
        "owner": reading.name(item.owner),
        "says": "" if item.kind == "decision" else item.says,
        "terms": reading.terms(item.terms),
        "state": label.of("state", item.state),
        "state_id": item.state,
        "about": [
            (label(f"ledger.{name}"), text)
            for name, text in (
                ("authority", reading.names(item.authority) if item.kind in ("proposal", "promise") else ""),
                ("deliverer", reading.name(item.deliverer) if item.kind == "task" else ""),
                ("departments", _departments(reading, item)),
                ("history", _history(label, item)),
            )
            if text
        ]
        + ([(label("kind.task"), _task(reading, item))] if item.task else []),
        "supporters": reading.names(item.supporters) or label("none"),
        "objectors": reading.names(item.objectors) or label("none"),
    }


def _departments(reading: Reading, item: Item) -> str:
    known = reading.game.scenario.departments
    return reading.label.join([known[one].get(reading.game.spec.lang) for one in item.departments if one in known])


def _task(reading: Reading, item: Item) -> str:
    label, task = reading.label, next(one for one in reading.game.scenario.tasks if one.id == item.task)
    text = task.text.get(reading.game.spec.lang)
    return text + label.paren(label("ledger.duplicate")) if item.duplicate else text


def _history(label: Words, item: Item) -> str:
    if len(item.history) < 2:
        return ""
    return " → ".join(label.of("state", state) + label.paren(by) for by, state in item.history)


def _rules(reading: Reading) -> list[tuple[str, str]]:
    label, game, lang = reading.label, reading.game, reading.game.spec.lang
    rules = game.governance.rules

    def holders(positions: Sequence[str]) -> str:
        return label.join([rules.position[one].name.get(lang) for one in positions]) or label("none")

    return [
        (label("rules.decides"), procedure_text(game)),
        (label("rules.scope"), scope_text(game)),
        (label("rules.floor"), label(f"floor.{rules.floor}")),
        (label("rules.minutes"), label(f"minutes.{rules.information.minutes}")),
        (label("rules.budgets"), label("semi").join(one.get(lang) for one in rules.payoff.budgets.values())),
        (label("rules.payer"), rules.payoff.budgets[rules.payoff.default].get(lang)),
        (label("rules.platform"), holders(rules.information.platform)),
        (label("rules.plans"), holders(rules.scope.plans)),
        (label("rules.documents"), label(f"documents.{rules.information.documents}")),
        (label("rules.lines"), label(f"heard.{rules.information.lines}")),
        (label("rules.assessed"), rules.payoff.assessed_by.get(lang)),
    ]


def _positions(reading: Reading) -> list[dict[str, str]]:
    label, game, lang = reading.label, reading.game, reading.game.spec.lang
    rows = []
    for position in game.governance.rules.position:
        holders = [seat for seat, held in game.positions.items() if held == position]
        stages = [stage.name.get(lang) for stage in game.stages if set(holders) & set(game.present(stage.id))]
        if holders:
            everywhere = len(stages) == len(game.stages)
            rows.append(
                {
                    "name": game.governance.rules.position[position].name.get(lang),
                    "holders": reading.names(holders),
                    "acts": label.join([label.of("may", act) for act in allowed_acts(game.governance, position)]),
                    "stages": label("all_stages") if everywhere else label.join(stages) or label("none"),
                }
            )
    return rows


def _usage(reading: Reading) -> dict[str, Any]:
    spent: dict[str, Usage] = defaultdict(Usage)
    for event in reading.events:
        if event.kind == "call":
            spent[event.seat] += Usage(**event.payload["usage"])
    order = [*reading.seats, *(seat for seat in spent if seat not in reading.seats)]
    rows = [
        (reading.label("usage.judge") if seat == "judge" else reading.name(seat), _tokens(spent[seat]))
        for seat in order
        if seat in spent
    ]
    total = sum(spent.values(), Usage())
    return {"rows": rows, "total": _tokens(total), "estimated": total.estimated}


def _tokens(usage: Usage) -> tuple[str, ...]:
    return tuple(f"{count:,}" for count in (usage.calls, usage.prompt, usage.cached, usage.completion))


def _short(text: str) -> str:
    """Return text cut to what fits beside a figure's value on a phone; wide characters count twice."""
    used = 0
    for index, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        if used > _FIGURE_LABEL:
            return text[:index].rstrip() + "…"
    return text
