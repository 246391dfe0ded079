"""What a session of a campaign came to, as the city, its visitors and its own next year see it; counted, not judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.content.cards import Section
from sandbox.game.ledger import Item
from sandbox.game.plans import Plan
from sandbox.game.pulse import Pulse
from sandbox.game.session import Session
from sandbox.game.spec import Promise
from sandbox.game.table import unanswered
from sandbox.game.wording import gist, last_sentence
from sandbox.scoring.assessment import assess, questions_settled

__all__ = ["Result", "result_of"]

_LONGEST = 120
_PROMISES = 6
_SHOWN = 4
_HIDDEN = 4
_HEAVY = 5


@dataclass(frozen=True)
class Result:
    """What a session came to.

    Args:
        h: hierarchical assessment, 0 to 1; None where there was nothing to count.
        p: horizontal assessment, likewise.
        terms: the options that bind, by question.
        settled: the same in words.
        plan: the community's plan: that of the drafter who wrote most of it; empty where nobody drafts.
        own: sections that were written in the session itself.
        promises: promises that stand at the end.
        kept: promises that were kept.
        broken: promises that were broken.
        beyond: promises that their speakers had no authority to make.
        form: share of the questions that are settled on paper, 0 to 1.
        substance: share of the promises with terms that are kept, 0 to 1; None where none was made.
        hidden: what a host does not show, in words: broken promises, doubts without an answer, who is overburdened.
        shown: what a host shows, in words.
        pulses: where seats stand at the end.
        host: the seat that receives visitors.
    """

    h: float | None
    p: float | None
    terms: Mapping[str, str]
    settled: tuple[str, ...]
    plan: Mapping[Section, str]
    own: frozenset[Section]
    promises: tuple[Promise, ...]
    kept: int
    broken: int
    beyond: int
    form: float | None
    substance: float | None
    hidden: tuple[str, ...]
    shown: tuple[str, ...]
    pulses: Mapping[str, Pulse]
    host: str


def result_of(session: Session) -> Result:
    """Return what a finished session came to."""
    game = session.game
    above, beside = assess(session)
    terms: dict[str, str] = {}
    for decision in session.decisions:
        if decision["carried"]:
            terms |= decision["terms"]
    settled = tuple(game.words("campaign.settled", question=q.rstrip("?？"), option=o) for q, o in game.in_words(terms))
    promises = [item for item in session.items if item.kind == "promise"]
    standing = [item for item in promises if item.state in ("open", "confirmed", "beyond_remit")]
    states = [item.state for item in promises]
    with_terms = [item for item in promises if item.terms]
    plan = max(session.plans, key=lambda each: len(each.lines), default=None)
    return Result(
        h=above.total,
        p=beside.total,
        terms=terms,
        settled=settled,
        plan=dict(plan.sections) if plan else {},
        own=frozenset(plan.lines) if plan else frozenset(),
        promises=tuple(_promise(item) for item in sorted(standing, key=lambda item: not item.terms)[:_PROMISES]),
        kept=states.count("kept"),
        broken=states.count("broken"),
        beyond=states.count("beyond_remit"),
        form=questions_settled(session),
        substance=round(sum(i.state == "kept" for i in with_terms) / len(with_terms), 3) if with_terms else None,
        hidden=_hidden(session, promises),
        shown=_shown(session, settled, plan),
        pulses=session.pulses[-1]["levels"] if session.pulses else {},
        host=game.chair,
    )


def _promise(item: Item) -> Promise:
    return Promise(seat=item.owner, says=gist(item.says, _LONGEST), terms=dict(item.terms))


def _shown(session: Session, settled: tuple[str, ...], plan: Plan | None) -> tuple[str, ...]:
    """Return what is shown to visitors: what was settled, and the plan's own steps and what it counts as success."""
    words = session.game.words
    written: dict[Section, str] = {name: plan.sections[name] for name in plan.lines} if plan else {}
    parts = [
        words("campaign.shown_plan", section=words.of("section", name), says=gist(written[name], _LONGEST))
        for name in ("steps", "success", "money", "people")
        if name in written
    ]
    return (*settled, *parts)[:_SHOWN]


def _hidden(session: Session, promises: list[Item]) -> tuple[str, ...]:
    game = session.game
    words = game.words
    said = [
        words("campaign.trouble_broken", name=game.name(item.owner), says=gist(item.says, _LONGEST))
        for item in promises
        if item.state == "broken"
    ]
    said += [
        words("campaign.trouble_void", name=game.name(item.owner), says=gist(item.says, _LONGEST))
        for item in promises
        if item.state == "beyond_remit"
    ]
    lines = [line for line in session.lines if not line["vote"]]
    stages = {line["stage"] for line in lines}
    waiting = [
        pair
        for stage in game.stage_names
        if stage in stages
        for pair in unanswered(game, [line for line in lines if line["stage"] == stage], game.present(stage))
    ]
    said += [
        words(
            "campaign.trouble_doubt", name=game.name(line["seat"]), to=game.name(seat), says=last_sentence(line["says"])
        )
        for line, seat in waiting[-1:]
    ]
    if session.pulses:
        last = session.pulses[-1]["levels"]
        heavy = [
            seat for seat, pulse in last.items() if pulse["burden"] >= _HEAVY and game.personas[seat].kind != "host"
        ]
        said += [words("campaign.trouble_burden", names=[game.name(seat) for seat in heavy[:2]])] if heavy else []
    return tuple(dict.fromkeys(said))[:_HIDDEN]
