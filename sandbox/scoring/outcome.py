"""What a session came to, as judges read it: remits, news, tasks, plans, proposals, promises, decisions with votes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.content.templates import Piece, marked
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item, as_taken, proposals_of
from sandbox.game.minutes.settled import default_budgets
from sandbox.game.motions.counting import counted
from sandbox.game.motions.doers import doers_said, last_answers
from sandbox.game.motions.hanging import hangs_on
from sandbox.game.review.due import struck
from sandbox.game.session import Session
from sandbox.record.line import ALL, BODY, DecisionTaken
from sandbox.scoring.holders import awaited, unheld

_SAID = {
    "promised": "condition_said.promised", "otherwise": "condition_said.otherwise", "refused": "condition_refused",
}  # fmt: skip


def outcome_of(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Return what a session came to, in words of its language; lines are named by their ids and not quoted again."""
    return {
        "seats": _seats(session),
        "news": _news(session),
        "tasks": [_task(session, item) for item in session.entries("task")],
        "plans": _plans(session),
        "proposals": [_put(session, item) for item in session.entries("proposal") if item.terms],
        "promises": [_promise(session, item) for item in session.entries("promise")],
        "decisions": [_decision(session, decision) for decision in session.decisions],
    }


def _role(session: Session, seat: str) -> str:
    card = session.game.personas.get(seat)
    return card.role.get(session.spec.lang) if card else seat


def _roles(session: Session, seats: Sequence[str]) -> list[str]:
    return [_role(session, seat) for seat in seats]


def _terms(session: Session, terms: Mapping[str, str]) -> list[str]:
    return [" ".join(pair) for pair in session.game.in_words(terms)]


def _came_of(session: Session, item: Item) -> str:
    """Return the state of an entry, and of what fell due who reported what, who confirmed or denied it, and its end."""
    words, account = session.game.words, item.account
    state = words.of("state", _state(session, item))
    if account is None:
        return state
    if not account.claim:
        report = words("review.unsaid", struck=words("review.struck") if struck(item) else "")
    else:
        stood = "".join(
            words("semi") + words(f"review.{how}", names=_roles(session, sorted(seats)))
            for how, seats in account.stood.items()
        )
        report = words("review.said", claim=words(f"review.claim.{account.claim}"), line=account.report, stood=stood)
    return words("review.fell_due", state=state, report=report)


def _state(session: Session, item: Item) -> str:
    """Return the state of an entry: a decision with its terms keeps no promise, and a motion is carried or rejected."""
    put = {decision["motion"]: decision["carried"] for decision in session.decisions if item.kind == "proposal"}
    if item.line in put:
        return "carried" if put[item.line] else "rejected"
    if item.state in ("kept", "confirmed") and item.history[-1][0] in {taken["id"] for taken in session.decisions}:
        return "contained"
    still = {"proposal": "unput", "promise": "due"}
    return still.get(item.kind, "open") if item.state == "open" else item.state


def _decided(session: Session, decision: DecisionTaken) -> list[str]:
    """Return the terms of a decision in words; after a review with what each came to."""
    due = {
        key: item
        for item in session.entries("term")
        if item.history[:1] == ((decision["id"], "open"),)
        for key in item.terms
    }
    paren = session.game.words.paren
    lacks = {
        question: paren(session.game.words(f"decision.unheld.{'option' if any(seats) else 'seatless'}"))
        for question, *seats in (unheld(session, decision) if session.game.style == "free" else ())
        if decision["by"] == BODY
    }
    return [
        text + lacks.get(key, "") + (paren(_came_of(session, due[key])) if key in due else "")
        for key, option in decision["terms"].items()
        for text in _terms(session, {key: option})
    ]


def _seats(session: Session) -> list[dict[str, Any]]:
    game, lang = session.game, session.spec.lang
    positions = game.governance.rules.position
    return [
        {
            "role": _role(session, seat) + _spoken_of(game, seat),
            "position": positions[position].name.get(lang),
            "remit": game.scenario.alone(seat, game.words),
        }
        for seat, position in game.positions.items()
    ]


def _spoken_of(game: Game, seat: str) -> str:
    """Return the pronoun of a seat; recorded judges of directed play read nothing of it."""
    pronoun = game.personas[seat].pronoun if game.style == "free" else None
    return game.words.paren(game.words(f"spoken_of.{pronoun}")) if pronoun else ""


def _news(session: Session) -> list[dict[str, Any]]:
    """Return the news that arrived, the case's own and the facilitator's, each with its stage and place in it.

    What the facilitator told some seats alone is for nobody else's eyes, a judge's included.
    """
    game = session.game
    own = {inject.id: [*inject.to] for inject in game.scenario.injects}
    order = list(game.stage_names)
    return [
        {"stage": game.stage_names[news["stage"]], "after": news["turn"], "text": " ".join(news["text"].split())}
        for news in sorted(session.state["desk"]["news"], key=lambda news: (order.index(news["stage"]), news["turn"]))
        if not news["to"] or {*game.present(news["stage"])} <= {*news["to"]} or news["to"] == own.get(news["id"])
    ]


def _task(session: Session, item: Item) -> dict[str, Any]:
    known, lang = session.game.scenario.task_by_id, session.spec.lang
    task = known[item.task]
    return {
        "line": item.line,
        "text": task.text.get(lang),
        "repeats": known[task.duplicates].text.get(lang) if task.duplicates else "",
        "by": _role(session, item.owner),
        "to": _role(session, item.deliverer),
        "state": session.game.words.of("state", item.state),
    }


def _plans(session: Session) -> list[dict[str, Any]]:
    words = session.game.words
    return [
        {
            "role": _role(session, plan.seat),
            "own": [(words.of("section", name), line, plan.sections[name]) for name, line in plan.lines.items()],
            "copied": [words.of("section", name) for name in plan.sections if name not in plan.lines],
        }
        for plan in session.plans
    ]


def _put(session: Session, item: Item) -> dict[str, Any]:
    """Return what was put; where it keeps all conditions of what it grew out of, what is new in it alone."""
    order, words, rest = session.game.positions, session.game.words, []
    base, own, conditions = proposals_of(session.items).get(item.base), item.terms, hangs_on(item.condition)
    had = hangs_on(base.condition) if base else []
    if base and own.items() & base.terms.items() and base.terms.keys() <= own.keys() and {*had} <= {*conditions}:
        own = {key: option for key, option in own.items() if base.terms.get(key) != option}
        rest, conditions = [words("ledger.otherwise", line=base.line)], [text for text in conditions if text not in had]
    return {
        "line": item.line,
        "role": _role(session, item.owner),
        "terms": _terms(session, own) + rest,
        "condition": words("semi").join(conditions),
        "state": _came_of(session, item),
        "for": _roles(session, [seat for seat in order if seat in item.supporters]),
        "against": _roles(session, [seat for seat in order if seat in item.objectors]),
    }


def _promise(session: Session, item: Item) -> dict[str, Any]:
    """Return a promise, with whom it is for, or was made to, and, where its line says that apart, what was promised."""
    told = {**_put(session, item), "authority": _roles(session, item.authority)}
    for line in session.lines:
        if line["id"] == item.line and line["promises"]:
            told["state"] = marked(item.says + session.game.words("semi") + told["state"], item.says)
            to = _roles(session, [seat for seat in item.promised_to or (line["to"],) if seat != ALL])
            to += [session.game.words("everyone")] * (ALL in item.promised_to)
            told["role"] += f" → {session.game.words.join(to)}" if to else ""
    return told


def _decision(session: Session, decision: DecisionTaken) -> dict[str, Any]:
    how, bodies = counted(session.game, decision), list(awaited(session, decision))
    needs = [session.game.words("decision.awaited", names=bodies).rstrip(".。")] if bodies else []
    return {
        "state": _carried(session, decision),
        "motion": decision["motion"],
        "by": "" if decision["by"] == BODY else _role(session, decision["by"]),
        "for": _roles(session, [seat for seat, vote in how.votes.items() if vote]),
        "against": _roles(session, [seat for seat, vote in how.votes.items() if not vote]),
        "abstained": _roles(session, how.abstained),
        **({"uncast": _roles(session, how.uncast)} if how.uncast else {}),
        "vetoed": _roles(session, decision["vetoed_by"]),
        "terms": _decided(session, decision) + needs,
        "unbound": _terms(session, decision["unbound"]),
        "condition": decision["condition"],
        "payer": default_budgets(session.game, session.items, decision),  # terms or promises say it where it was agreed
        "agreed": decision["payer_agreed"],
    }


def _carried(session: Session, decision: DecisionTaken) -> str:
    """Return whether a decision was carried, what those who are to do what it hangs on have said, and what came of it.

    Judges of earlier sessions did not read what came of a condition.
    """
    game, motion = session.game, as_taken(session.items, decision)
    state = game.words.of("state", "carried" if decision["carried"] else "rejected")
    if not decision["carried"]:
        return state
    room = set(game.present(decision["stage"]))
    heard = [line for line in session.lines if room <= {*line["visible_to"]}]
    told = []
    for said in doers_said(game, session.items, motion, heard):
        if said.what in _SAID and last_answers(heard, said.seat, said.by):
            names = {"line": said.by, "name": _role(session, said.seat), "by": said.line}
            text = game.words(_SAID[said.what], **names, says=said.says).rstrip(".。")
            told.append(marked(text, said.says) if said.says else text)
    for item in session.entries("term") if game.hears_all else ():
        if item.account and not item.terms and item.history[:1] == ((decision["id"], "open"),):
            text = game.words("review.on_condition", text=item.says) + game.words.paren(_came_of(session, item))
            told.append(marked(text, item.says))
    return Piece(game.words("semi").join([state, *told])) if told else state
