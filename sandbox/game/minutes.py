"""Minutes: the short record of a stage, made from its acts without a model call."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.acts import Trait, acts_with
from sandbox.content.cards import Act
from sandbox.game.game import Game
from sandbox.game.ledger import doubters, ledger
from sandbox.game.plans import plans
from sandbox.game.state import Minutes, State, stage_lines
from sandbox.record.line import DecisionTaken, Line

__all__ = ["minutes_text", "shortened", "summary", "take_minutes"]

_MOST = 3
_LONGEST = 160


def minutes_text(
    game: Game,
    stage: str,
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken],
) -> str:
    """Return the minutes of a stage, bounded in length whatever was said; they hold what the whole room may see."""
    lang = game.spec.lang
    room = set(game.present(stage))
    lines = [line for line in lines if room <= set(line["visible_to"])]
    own = [taken for taken in decisions if taken["stage"] == stage]
    items = ledger(game.scenario, lines, own)
    decision = own[-1] if own else None
    bound = decision["terms"] if decision and decision["carried"] else {}
    questions = {question.id: question for question in game.scenario.decisions}
    open_to_all = game.governance.rules.information.documents == "all"
    drawn = plans(game, lines) if stage in game.able("drafts") and open_to_all else ()
    persuaded = doubters(lines) if stage in game.able("tours") else {}
    return game.templates.render(
        "minutes",
        stage=game.library.stage(stage).name.get(lang),
        present=[game.name(seat) for seat in game.present(stage)],
        proposals=[(game.name(x.owner), shortened(x.says)) for x in items if x.kind == "proposal"][-_MOST:],
        doubts=_said(game, lines, acts_with("opposes")),
        concessions=_said(game, lines, acts_with("yields")),
        promises=[(game.name(x.owner), shortened(x.says), x.state) for x in items if x.kind == "promise"][-_MOST:],
        plans=[(game.name(plan.seat), len(plan.sections), len(plan.lines)) for plan in drawn if plan.lines][:_MOST],
        doubters=[(game.name(seat), settled) for seat, settled in persuaded.items()],
        decision=decision,
        terms=[
            (questions[key].question.get(lang), questions[key].options[option].get(lang))
            for key, option in (decision["terms"] if decision else {}).items()
        ],
        open_ones=[question.question.get(lang) for question in game.scenario.decisions if question.id not in bound],
        budgets=[budget[lang] for budget in decision["budget"]] if decision and decision["carried"] else [],
        votes_for=sum(decision["votes"].values()) if decision else 0,
        votes=len(decision["votes"]) if decision else 0,
        vetoed=[game.name(seat) for seat in decision["vetoed_by"]] if decision else [],
    )


def take_minutes(game: Game, state: State) -> Minutes:
    """Return the minutes of the stage that is over."""
    stage = game.stages[state["stage"]].id
    text = minutes_text(game, stage, stage_lines(state), state["decisions"])
    return {"stage": stage, "present": list(game.present(stage)), "text": text, "ended": state["ended"]}


def summary(game: Game, lines: Sequence[Line]) -> str:
    """Return what stands of lines that a prompt no longer shows: the latest proposals, doubts and promises."""
    parts: list[str] = []
    traits: tuple[Trait, ...] = ("proposes", "doubts", "promises")
    for trait in traits:
        for act in acts_with(trait):
            parts += [f"- {name} ({act}): {says}" for name, says in _said(game, lines, (act,))]
    return "\n".join(parts)


def _said(game: Game, lines: Sequence[Line], acts: Sequence[Act]) -> list[tuple[str, str]]:
    said = [line for line in lines if line["act"] in acts and not line["vote"]]
    return [(game.name(line["seat"]), shortened(line["says"])) for line in said][-_MOST:]


def shortened(text: str) -> str:
    """Return a text cut to a bounded length, at the end of a sentence where that can be."""
    if len(text) <= _LONGEST:
        return text
    end = max(text.rfind(mark, 0, _LONGEST) for mark in (". ", "? ", "! ", "。", "？", "！"))
    return text[: end + 1] if end >= _LONGEST // 3 else text[: _LONGEST - 1].rstrip() + "…"
