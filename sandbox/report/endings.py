"""Why a stage ended, and why nothing was decided: in words that a table can do something with."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sandbox.content.words import Words
from sandbox.game.counting import counted
from sandbox.game.franchise import veto_key
from sandbox.game.game import Game
from sandbox.game.session import Session
from sandbox.record.line import BODY, DecisionTaken
from sandbox.report.rule_words import needed_text


def why_ended(reason: str, decisions: Iterable[Any]) -> str:
    """Return the key, below ``ended``, of why a stage ended.

    The log has one reason for every end by a vote; where nothing was carried, no decision was made.

    Args:
        reason: why, as the stage's minutes in the log have it.
        decisions: what was decided on in the stage, each with ``carried``.
    """
    carried = any(decision["carried"] for decision in decisions)
    return "none_carried" if reason == "decision_made" and not carried else reason


def why_undecided(session: Session, words: Words) -> str:
    """Return in words why nothing was decided; empty where something was, or no stage that decides has been played.

    Where the facilitator ended the session before the first of them, that is why.
    """
    stages = session.game.able("decides")
    played = [minutes for minutes in session.state["minutes"] if minutes["stage"] in stages]
    if not played and stages and session.finished:
        return words("decision.why_none", why=words("decision.left_out"))
    if not played or any(decision["carried"] for decision in session.decisions):
        return ""
    last = played[-1]
    taken = [decision for decision in session.decisions if decision["stage"] == last["stage"]]
    ended = [why_ended(last["ended"], taken)]
    if ended[0] == "none_carried" and (why := _why_fell(session.game, taken[-1], words)):
        return words("decision.why_none", why=why)
    moved = any(item.kind == "proposal" and item.stage == last["stage"] and item.terms for item in session.items)
    if ended[0] in ("facilitator", "clock") and not moved:
        ended.append("no_motion")
    return words("decision.why_none", why=words("semi").join(words.of("ended", each) for each in ended))


def _why_fell(game: Game, taken: DecisionTaken, words: Words) -> str:
    """Return which rule a motion that fell did not meet, with its votes; empty where one alone decided."""
    how, rule = counted(game, taken), game.governance.rules.aggregation
    if taken["vetoed_by"]:
        names = words.join([game.name(seat) for seat in taken["vetoed_by"]])
        return words(f"decision.fell.{veto_key(game, 'veto', taken['vetoed_by'])}", names=names)
    if taken["by"] != BODY:
        return ""
    yes, no = sum(how.votes.values()), len(how.votes) - sum(how.votes.values())
    key = "missed" if how.missed else "against" if no and rule.procedure == "consensus" else "short"
    counts = {"yes": yes, "no": no, "cast": len(how.votes), "quorum": how.missed}
    return words(f"decision.fell.{key}", needed=needed_text(words, rule, how), **counts)
