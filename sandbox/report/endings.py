"""The end of a stage: why it came, why nothing was decided, and the minutes as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.language.answered import never_answered, unanswered
from sandbox.game.language.stock import without_stock
from sandbox.game.motions.counting import counted, recast
from sandbox.game.motions.franchise import veto_key
from sandbox.game.session import Session
from sandbox.record.line import DecisionTaken
from sandbox.report.voting_words import tally


def why_ended(reason: str, decisions: Iterable[Any]) -> str:
    """Return the key, below ``ended``, that says why a stage ended, from the reason in its minutes and its decisions.

    The log has one reason for every end by a vote, also if nothing was carried; the key tells these apart.
    """
    carried = any(decision["carried"] for decision in decisions)
    return "none_carried" if reason == "decision_made" and not carried else reason


def why_undecided(session: Session, words: Words) -> str:
    """Return in words why nothing was decided; empty if something was, or if no stage that decides has been played.

    If the session ended before the first stage that decides, the reason is that this stage was left out.
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
    fell = {decision["motion"]: why for decision in taken if (why := why_fell(session.game, decision, words))}
    if ended[0] == "none_carried" and fell:
        return words("decision.why_none", why=_of_each(session, fell, words))
    moved = any(item.kind == "proposal" and item.stage == last["stage"] and item.terms for item in session.items)
    if ended[0] in ("facilitator", "clock") and not moved:
        ended.append("no_motion")
    return words("decision.why_none", why=words("semi").join(words.of("ended", each) for each in ended))


def vote_again_at(session: Session) -> str:
    """Return the line to go back to for another vote if uncast votes could have changed the last result; else empty."""
    taken = next(reversed(session.decisions), None)
    uncast = taken.get("uncast", ()) if taken else ()
    if taken is None or not uncast:
        return ""
    out = [seat for seat in taken["abstained"] if seat not in uncast]
    others = [
        recast(session.game, taken, {**taken["votes"], **dict.fromkeys(uncast, way)}, out) for way in (True, False)
    ]
    if all(other["carried"] is taken["carried"] for other in others):
        return ""
    votes = (place for place, line in enumerate(session.lines) if line["vote"] and line["stage"] == taken["stage"])
    first = next(votes, 0)
    return session.lines[first - 1]["id"] if first else ""


def _of_each(session: Session, fell: Mapping[str, str], words: Words) -> str:
    """Return why each motion fell, by its line; if several fell, also with the mover."""
    if len(fell) == 1:
        return "".join(fell.values())
    movers = {item.line: session.game.name(item.owner) for item in session.entries("proposal")}
    return words("semi").join(
        words("decision.fell.of", name=movers[line], line=line, why=why) for line, why in fell.items()
    )


def why_fell(game: Game, taken: DecisionTaken, words: Words) -> str:
    """Return which rules a motion that fell did not meet, with its votes; empty if one seat alone decided."""
    how, rule, told = counted(game, taken), game.governance.rules.aggregation, list[str]()
    if how.short:
        counts = tally(words, game, how)
        key = "missed" if how.missed else "against" if counts["no"] and rule.procedure == "consensus" else "short"
        told.append(words(f"decision.fell.{key}", **counts))
    if taken["vetoed_by"]:
        names = words.join([game.name(seat) for seat in taken["vetoed_by"]])
        told.append(words(f"decision.fell.{veto_key(game, 'veto', taken['vetoed_by'])}", names=names))
    return words("semi").join(told)


def minutes_told(session: Session, stage: str, text: str) -> str:
    """Return the minutes of a stage without stock words, and without questions that have been answered since."""
    game, over = session.game, {minutes["stage"] for minutes in session.state["minutes"]}
    lines, room = session.in_stages([stage]), game.present(stage)
    said = session.in_stages(over)
    left = [question["id"] for question, _ in never_answered(game, lines, room, said)]
    talk = [line for line in lines if not line["vote"]]
    since = {question["id"] for question, _ in unanswered(game, talk, room)}.difference(left)
    colon = game.words("colon")

    def answered(row: str) -> bool:
        """Return whether a row tells of such a question: its kind, then the id of the line."""
        said = row.partition(colon)[2]
        return any(said.startswith(line) for line in since)

    return "\n".join(row for row in without_stock(game, text).splitlines() if not answered(row))
