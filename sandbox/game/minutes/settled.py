"""What minutes tell of what was settled: decisions with their conditions, and what fell due in a review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from sandbox.game.game import Game
from sandbox.game.ledger.entries import Account, Item, Ledger, as_taken, motion_of
from sandbox.game.ledger.matters import answering_for, brief_matter, matter
from sandbox.game.motions.beyond import Beyond, beyond, held_by
from sandbox.game.motions.contradicting import clashes_told
from sandbox.game.motions.counting import counted, heard_on
from sandbox.game.motions.doers import doers_said
from sandbox.game.motions.franchise import veto_key
from sandbox.game.motions.hanging import brought, hangs_on
from sandbox.game.motions.ungranted import Record, ungranted
from sandbox.game.motions.unwilling import carried_refused, refused_told
from sandbox.game.review.bodies import bodies_told
from sandbox.game.review.due import due_matters, lapsed
from sandbox.game.review.verdict import closed
from sandbox.game.state import State
from sandbox.record.line import BODY, DecisionTaken, Line

_MOST = 3


def by_line(
    game: Game,
    items: Sequence[Item],
    condition: str,
    own: str = "",
    texts: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """Return the conditions of a motion, each after the line that brought it unless that is the motion's ``own`` line.

    ``texts`` has conditions that are told with more than their words.
    """
    if not condition:
        return ""
    told = [(line, texts.get(part, part)) for line, part in brought(items, condition)]
    return game.words("semi").join(f"{line} {part}" if line not in ("", own) else part for line, part in told)


def _conditions(game: Game, items: Sequence[Item], decision: DecisionTaken, lines: Sequence[Line]) -> dict[str, str]:
    """Return each condition of a decision, with who refused or granted it and what was promised instead, if anything.

    A seat that has not answered a condition yet is named as well, but not the seat that made the decision.
    """
    refused, motion = carried_refused(game, items, decision, lines), as_taken(tuple(items), decision)
    texts = {part: refused_told(game, part, refused) for part in hangs_on(decision["condition"])}
    words, tells = game.words, decision["carried"] and game.spec.style != "directed"
    for said in doers_said(game, items, motion, lines) if tells else ():
        voted = decision["votes"].get(said.seat)
        willing = said.seat not in decision["abstained"] if voted is None else voted
        ways = {
            "promised": "yes", "otherwise": "part", "agreed": "aloud" if willing else "",
            "instead": "" if voted else "instead", "against": "" if voted else "opposed",
            "awaited": "" if voted or said.seat == decision["by"] else "awaited",
        }  # fmt: skip
        how = ways.get(said.what)
        if how and said.condition in texts:
            yes = words(f"ledger.said.{how}", line=said.line, says=said.says)
            texts[said.condition] += words.paren(game.name(said.seat) + words("colon") + yes)
    return texts


def _ungranted(record: Record, decision: DecisionTaken) -> list[str]:
    """Return a sentence for what a body decided and nobody granted who may, and for each body it still goes to."""
    game, words = record.game, record.game.words
    if not (game.weighs_review and decision["carried"] and decision["by"] == BODY):
        return []
    told: list[str] = []
    for question, *seats in ungranted(record, decision):
        options = words("semi").join(option for _, option in game.in_words({question: decision["terms"][question]}))
        names = [game.name(seat) for side in seats for seat in side]
        told.append(words("option_ungranted" if names else "option_ungranted.nobody", names=names, options=options))
    return [*told, *bodies_told(game, decision["terms"])]


def _clash(game: Game, items: Sequence[Item], decision: DecisionTaken) -> str:
    """Return which conditions of a decision may not go together, in words."""
    motion = motion_of(tuple(items), decision["motion"])
    if motion is None:
        return ""
    taken = motion.altered(terms=decision["terms"], condition=decision["condition"])
    return ("" if game.spec.lang == "zh" else " ").join(clashes_told(game, items, taken))


def held_beyond(game: Game, items: Sequence[Item], decision: DecisionTaken) -> list[Beyond]:
    """Return the carried terms that the body cannot bind; none in directed play, where cards hold all promises."""
    return beyond(game, items, decision["unbound"]) if decision["carried"] and game.spec.style != "directed" else []


def payer_beyond(game: Game, items: Sequence[Item], decision: DecisionTaken) -> Beyond | None:
    """Return the carried option on who pays that the body cannot bind, or None; see `held_beyond`."""
    over = held_beyond(game, items, decision)
    return next((each for each in over if game.scenario.decision_by_id[each.question].topic == "payer"), None)


def settled_terms(game: Game, items: Sequence[Item], decisions: Sequence[DecisionTaken]) -> dict[str, str]:
    """Return the options that decisions settle, by question.

    These are the options that they bind, and carried options that the body cannot bind but that the seat in charge
    promised.
    """
    carried = [decision for decision in decisions if decision["carried"]]
    bound = {key: option for decision in carried for key, option in decision["terms"].items()}
    held = (each for decision in carried for each in held_beyond(game, items, decision) if each.promises)
    return {each.question: each.option for each in held} | bound


def default_budgets(game: Game, items: Sequence[Item], decision: DecisionTaken) -> list[str]:
    """Return the budgets that pay for a decision by the rules alone, if no payer was agreed or promised."""
    payer = payer_beyond(game, items, decision)
    if not decision["carried"] or decision["payer_agreed"] or (payer and payer.promises):
        return []
    return [budget[game.spec.lang] for budget in decision["budget"]]


def told_vote(
    game: Game,
    decision: DecisionTaken,
    items: Sequence[Item],
    lines: Sequence[Line],
    promises: Sequence[Item],
    decisions: Sequence[DecisionTaken] = (),
) -> dict[str, Any]:
    """Return what minutes tell of a decision, one of ``decisions``.

    ``promises``, also of earlier stages, may make some of its terms hold.
    """
    how = counted(game, decision)
    over = {each.question: each for each in held_beyond(game, promises, decision)}
    return {
        "motion": decision["motion"], "by_body": decision["by"] == BODY, "carried": decision["carried"],
        "heard_on": heard_on(decision, lines),
        "votes": len(how.votes), "votes_for": sum(how.votes.values()),
        "against": [game.name(seat) for seat, vote in how.votes.items() if not vote],
        "abstained": [game.name(seat) for seat in how.abstained],
        "vetoed": [game.name(seat) for seat in decision["vetoed_by"]],
        "party": bool(veto_key(game, "", decision["vetoed_by"])),
        "terms": game.in_words(decision["terms"]), "condition": by_line(
            game, items, decision["condition"], texts=_conditions(game, items, decision, lines)
        ),
        "clash": _clash(game, items, decision),
        "ungranted": _ungranted(Record(game, items, lines, decisions), decision),
        "unbound": [
            (*asked, held_by(game, over[key]) if key in over else "")
            for key, option in decision["unbound"].items() for asked in game.in_words({key: option})
        ],
        "budgets": default_budgets(game, promises, decision),
        "unpromised": payer_beyond(game, items, decision) is not None, "fallen": decision["fallen"],
        "revived": decision.get("revived", ()),
    }  # fmt: skip


def told_accounts(game: Game, due: Sequence[Item]) -> list[dict[str, Any]]:
    """Return what minutes tell of what fell due; entries that are one matter with one report are told once."""
    return [
        _told_account(game, item, [(each.line, matter(game, each)) for each in others])
        for item, others in due_matters(due)
    ]


def _told_account(game: Game, item: Item, beside: Sequence[tuple[str, str]]) -> dict[str, Any]:
    account = item.account or Account(item.owner)
    return {
        "line": item.line, "matter": matter(game, item), "beside": beside,
        "owner": answering_for(game, item),
        "came_to": item.state, "report": account.report,
        "claim": account.claim, "lost": not_granted(game, account), "few": told_few(game, account),
        "stood": {how: [game.name(seat) for seat in sorted(seats)] for how, seats in account.stood.items()},
    }  # fmt: skip


def not_granted(game: Game, account: Account) -> str:
    """Return, in words, why what fell due was not granted: a body did not, or nobody who may; empty if it was."""
    why = account.lost or account.ungranted
    return why and game.words(f"review.lost.{why}")


def told_few(game: Game, account: Account | None) -> str:
    """Return, in words, how many of those concerned have spoken if they are too few to overturn a report; or empty."""
    return told_voices(game, account) if account is not None and account.few else ""


def told_voices(game: Game, account: Account) -> str:
    """Return, in words, how many of those concerned have spoken; empty if all have, or only others."""
    spoken, heeded = len(account.heeded & account.counts.keys()), len(account.heeded)
    return game.words("review.few", spoken=spoken, of=heeded) if 0 < spoken < heeded else ""


def told_lapses(game: Game, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Return the latest promises that do not fall due, each with the reason."""
    return [
        {
            "line": item.line,
            "matter": brief_matter(game, item),
            "seat": item.owner,
            "owner": game.name(item.owner),
            "why": why,
        }
        for item, why in lapsed(items)[-_MOST:]
    ]


def fell_due(game: Game, state: State, stage: str, reader: str = "") -> list[Item]:
    """Return the entries that fell due in a stage, as they stand after it; none if the stage is no review.

    Only entries that the whole room knows of, or that the ``reader`` knows of, are returned.
    """
    return [item for item in _known(game, closed(state["ledger"]), stage, reader) if item.account]


def lapses_known(game: Game, state: State, stage: str) -> list[Item]:
    """Return what did not fall due in a review and is known to the whole room; none in other stages."""
    return _known(game, state["ledger"], stage)


def _known(game: Game, items: Ledger, stage: str, reader: str = "") -> list[Item]:
    room = ({reader} if reader else set(game.present(stage))) if stage in game.able("reviews") else set[str]()
    return [item for item in items if room and room <= {*item.visible_to, item.owner}]
