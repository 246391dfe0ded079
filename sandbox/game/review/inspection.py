"""What an inspection finds: papers, signboards and figures that can be shown, and their meaning to officials (PC, PV).

The same counts make up the assessment from above (H); the marks that they are given are inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean

from sandbox.content.words.shares import half_up, percent
from sandbox.game.game import Game
from sandbox.game.ledger.entries import DUE
from sandbox.game.ledger.matters import quoted
from sandbox.game.minutes.settled import settled_terms
from sandbox.game.plans import Plan, plans
from sandbox.game.state import State

Value = float | None
_HIGH, _LOW = 0.67, 0.4
_PAPERS = "inspection_completeness"


def shown(game: Game, state: State) -> dict[str, Value]:
    """Return what can be shown, each value from 0 to 1, or None if there is nothing to count.

    ``visible_outputs``: share of the questions that are settled (PV). ``inspection_completeness``: share of the
    reporting tasks handed down that still stand, papers that an inspection would find (PC). ``conformity``: mean share
    of the plans' sections that stand as handed down (AR). ``novelty``: share of the plans that have a section of their
    own, something new to show (AR, PL).
    """
    settled = settled_terms(game, state["ledger"], state["decisions"])
    tasks = [item for item in state["ledger"] if item.kind == "task"]
    drawn = drafted(game, state)
    return {
        "visible_outputs": share(len(settled), len(game.scenario.decisions)),
        _PAPERS: share(sum(item.state in DUE for item in tasks), len(tasks)),
        "conformity": mean([plan.copied for plan in drawn]),
        "novelty": share(sum(bool(plan.lines) for plan in drawn), len(drawn)),
    }


def drafted(game: Game, state: State) -> Sequence[Plan]:
    """Return the plans as they were filed; empty if no stage of the session makes plans.

    Corrections that a report of the year makes to them are not what that year's inspection finds.
    """
    first, reviews = game.able("drafts")[:1], game.able("reviews")
    filed = [line for line in state["lines"] if line["stage"] not in reviews]
    return plans(game, filed) if set(first) & set(game.stage_names) else ()


def from_above(values: Mapping[str, Value]) -> Value:
    """Return the overall assessment from above: the mean of the values that could be counted."""
    return mean(list(values.values()))


def inspected(game: Game, state: State) -> str:
    """Return what an inspection tells the room: what it found, how it marks that, and what follows (PV).

    If other communities of the city are inspected too, rank and money depend on the marks.
    """
    words, values = game.words, shown(game, state)
    if not set(game.able("decides")) & set(game.stage_names):  # then what was settled before is what papers hold
        keys = {key for item in state["ledger"] if item.account for key in item.terms}
        values["visible_outputs"] = share(len(keys), len(game.scenario.decisions)) if keys else None
    values = {name: in_thousandths(value) for name, value in values.items()}
    total = in_thousandths(from_above(values))
    lifted = [item for item in state["ledger"] if item.kind == "task" and item.state not in DUE]
    room = {*game.present(game.stages[state["stage"]].id)}
    known = {item.task for item in lifted if room <= {*item.visible_to}}
    gone = words.join([quoted(game, game.scenario.task_by_id[task].text.get(game.spec.lang)) for task in sorted(known)])
    found = [
        words("review.inspected.part", name=words(f"review.inspected.{name}"), value=percent(value))
        + (words.paren(words("review.inspected.lifted", tasks=gone)) if gone and name == _PAPERS else "")
        for name, value in values.items()
        if value is not None
    ]
    counted = ""
    if total is not None:
        band = "high" if total >= _HIGH else "low" if total < _LOW else "middle"
        brings = "brings_later" if game.spec.start.own_events else f"brings.{band}"
        counted = words(f"review.{brings}", counted=words("review.counted", points=half_up(100 * total)))
    rank = game.spec.start.rank
    before = ""
    if rank:
        key = "review.inspected.before_shared" if rank.shared else "review.inspected.before"
        before = words(key, place=rank.place, of=rank.of, others=list(rank.shared))
    parts = (words("review.inspected.found", parts=found or words("none")), counted, before)
    return words("gap").join(part for part in parts if part)


def share(part: float, whole: int) -> Value:
    """Return a share; None if the whole is 0."""
    return part / whole if whole else None


def mean(values: Sequence[Value]) -> Value:
    """Return the mean of the values that are known; None if there are none."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None


def in_thousandths(value: Value) -> Value:
    """Return a value rounded to three decimals, as it is told, logged and ranked in play; analyses use it unrounded."""
    return None if value is None else round(value, 3)
