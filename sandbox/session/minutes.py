"""Minutes: the short record of a stage, made from its acts without a model call."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.templates import Templates
from sandbox.institution.ledger import ledger
from sandbox.institution.line import DecisionTaken, Line
from sandbox.session.game import Game

__all__ = ["minutes_text", "summary"]

_MOST = 3
_LONGEST = 160


def minutes_text(
    game: Game,
    stage: str,
    lines: Sequence[Line],
    decisions: Sequence[DecisionTaken],
    templates: Templates,
) -> str:
    """Return the minutes of a stage, bounded in length whatever was said; they hold what the whole room may see."""
    room = set(game.present(stage))
    lines = [line for line in lines if room <= set(line["visible_to"])]
    own = [one for one in decisions if one["stage"] == stage]
    items = ledger(game.scenario, lines, own)
    decision = own[-1] if own else None
    options = {one.id: one.options for one in game.scenario.decisions}
    terms = [
        (next(one for one in game.scenario.decisions if one.id == key).question.get(game.spec.lang),
         options[key][option].get(game.spec.lang))
        for key, option in (decision["terms"] if decision else {}).items()
    ]  # fmt: skip
    return templates.render(
        "minutes",
        stage=game.library.stage(stage).name.get(game.spec.lang),
        present=[game.name(seat) for seat in game.present(stage)],
        proposals=[(game.name(x.owner), _short(x.says)) for x in items if x.kind == "proposal"][-_MOST:],
        doubts=_said(game, lines, ("object", "refuse")),
        concessions=_said(game, lines, ("concede",)),
        promises=[(game.name(x.owner), _short(x.says), x.state) for x in items if x.kind == "promise"][-_MOST:],
        decision=decision,
        terms=terms,
        votes_for=sum(decision["votes"].values()) if decision else 0,
        votes=len(decision["votes"]) if decision else 0,
    )


def summary(game: Game, lines: Sequence[Line]) -> str:
    """Return what stands of lines that a prompt no longer shows: the latest proposals, doubts and promises."""
    parts = []
    for act in ("propose", "object", "promise"):
        for name, says in _said(game, lines, (act,)):
            parts.append(f"- {name} ({act}): {says}")
    return "\n".join(parts)


def _said(game: Game, lines: Sequence[Line], acts: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(game.name(x["seat"]), _short(x["says"])) for x in lines if x["act"] in acts][-_MOST:]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"
