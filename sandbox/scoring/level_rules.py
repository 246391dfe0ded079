"""The rules by which levels are counted; what each level takes stands in the rubric, in words.

A rule looks at acts, terms, conditions, votes and the ledger, so it misses what is only said. Of words it takes no more
than whom a question is put to, and whether a condition has the name of a reporting task. Officials are leaders,
overseers, officials, Party secretaries and frontline staff; newcomers are residents without a household registered
here, locals those with one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sandbox.content.acts import has
from sandbox.content.cards import RANKED, RESIDENTS, Topic
from sandbox.content.language import Lang
from sandbox.content.rubric import Criterion, Rubric, RuleName
from sandbox.game.language.wording import content_words
from sandbox.game.ledger.entries import Item
from sandbox.game.motions.hanging import names_task, takes_back, traced
from sandbox.game.session import Session
from sandbox.record.line import ALL, DecisionTaken, Line
from sandbox.scoring.assessment import bound_by, terms_settled
from sandbox.scoring.counted import CountedLevel, CountedNote, only
from sandbox.scoring.holders import accepted_in, unheld
from sandbox.scoring.inclusion import shaped_alike
from sandbox.scoring.measures import (
    departments_absent,
    departments_committed,
    departments_needed,
    measure,
    promises_of_options,
)
from sandbox.scoring.needs_first import asked_first

_SERVED_OR_SERVING = (*RESIDENTS, "provider")


def counted_levels(rubric: Rubric, session: Session) -> Mapping[str, CountedLevel]:
    """Return the counted levels of a session by criterion, for each criterion that has a rule."""
    return {
        criterion.id: counted_level(criterion, session)
        for criterion in rubric.criteria
        if criterion.counted is not None
    }


def counted_level(criterion: Criterion, session: Session) -> CountedLevel:
    """Return the level of a criterion by its rule, or by its measure and the cuts between levels.

    Raises:
        ValueError: the criterion has no rule.
    """
    rule = criterion.counted
    if rule is None:
        raise ValueError(f"criterion '{criterion.id}' is not counted")
    if not session.in_stages(criterion.stages):
        return CountedLevel(None, case="unplayed")
    if rule.rule is not None:
        counted = RULES[rule.rule](session)
        made = session.entries("promise") if rule.rule == "promises_sound" and counted.level else []
        named = {item.line for item in promises_of_options(session)} if made else ()
        return counted._replace(
            evidence=tuple(dict.fromkeys(counted.evidence)),
            notes=(*counted.notes, *_left_out(rule.rule, counted, session)),
            unnamed=_unnamed(session) if rule.rule == "duplicates_lifted" else (),
            promises=len(made),
            taken_back=tuple(item.line for item in made if item.state == "withdrawn"),
            in_words=tuple(item for item in made if item.line not in named),
        )
    value = measure(criterion.measure, session) if criterion.measure else None
    return CountedLevel(None if value is None else 1 + bisect_right(rule.cuts or (), value))


def who_binds(session: Session) -> CountedLevel:
    """Officials alone, or residents and providers as well (LR)."""
    decisions = _counting(session)
    if not decisions:
        return CountedLevel(None, case="undecided")
    personas, rules = session.game.personas, session.game.governance.rules
    evidence = tuple(decision["id"] for decision in decisions)
    binding = [seat for decision in decisions for seat in bound_by(session.game, decision)]
    officials = [seat for seat in binding if personas[seat].kind in RANKED]
    if len(officials) == len(binding):
        own = [item for item in session.items if item.owner in _seats(session, _SERVED_OR_SERVING) and item.terms]
        kept = [item for item in own if item.kind == "promise" and item.state == "kept"]
        if kept:
            return CountedLevel(3, (*(item.line for item in kept), *evidence), "kept")
        if own:
            return CountedLevel(2, (own[0].line, *evidence), "put")
        heard = any(decision["votes"].keys() - _seats(session, RANKED) for decision in decisions)
        return CountedLevel(2, evidence, "heard") if heard else CountedLevel(1, evidence)
    people = [
        decision
        for decision in decisions
        if any(personas[seat].kind in _SERVED_OR_SERVING for seat in bound_by(session.game, decision, for_it=True))
    ]
    binding_people = [decision for decision in people if decision["carried"] and decision["terms"]]
    outnumbered = 2 * len(officials) >= len(binding)
    if not binding_people or outnumbered:
        return CountedLevel(3, evidence, "outnumbered" if outnumbered else "nothing")
    living_there = _seats(session, RESIDENTS)
    residents = any(
        living_there.intersection(bound_by(session.game, decision, for_it=True)) for decision in binding_people
    )
    vetoes = {seat for seat, position in session.game.positions.items() if position in rules.aggregation.veto}
    if residents and vetoes <= _seats(session, _SERVED_OR_SERVING):
        return CountedLevel(5, evidence)
    return CountedLevel(4, evidence, "veto" if residents else "providers")


def promises_sound(session: Session) -> CountedLevel:
    """Whether promises are within remit, or put right by whoever may (LA)."""
    promises = promises_of_options(session)
    if not promises:
        return CountedLevel(None, case="no_option" if session.entries("promise") else "no_promise")
    # What fell with its motion or was taken back binds nobody any more: nothing shows what would have become of it.
    promises = [item for item in promises if item.state not in ("fallen", "withdrawn") or _overstepped(item)]
    if not promises:
        return CountedLevel(None, case="fallen")
    # Said again, a promise is no other one: its last state counts, and whoever opposed it at any time.
    same: dict[tuple[str, tuple[tuple[str, str], ...]], list[Item]] = {}
    for item in promises:
        same.setdefault((item.owner, tuple(sorted(item.terms.items()))), []).append(item)
    overstepped = [group for group in same.values() if _overstepped(group[-1])]
    righted = [group for group in overstepped if _put_right(session, group[-1])]
    left = [group for group in overstepped if group not in righted]
    left += [group for group in same.values() if group[-1].state == "broken" and not _overstepped(group[-1])]
    if not left:
        notes: tuple[CountedNote, ...] = ("righted",) if any(map(_overstepped, promises)) else ()
        return CountedLevel(5, tuple(item.line for item in promises), notes=notes)
    evidence = tuple(item.line for group in (*left, *righted) for item in group)
    opposed = [any(item.objectors for item in group) for group in left]
    if len(righted) > len(left) and all(opposed):
        return CountedLevel(4, evidence)
    if righted or all(opposed):
        return CountedLevel(3, evidence, "opposed" if all(opposed) else "righted")
    if any(opposed):
        return CountedLevel(2, evidence)
    beyond = {_overstepped(group[-1]) for group in left}
    return CountedLevel(1, evidence, only({True: "beyond", False: "broken"}, beyond))


def payer_and_provider(session: Session) -> CountedLevel:
    """Whether who pays and who delivers are settled, and accepted by whoever may commit to it (GW, FO)."""
    topics: tuple[Topic, ...] = ("payer", "provider")
    by_topic = {topic: [q for q in session.game.scenario.decisions if q.topic == topic] for topic in topics}
    if not all(by_topic.values()) or not session.in_stages(session.game.able("decides")):
        return CountedLevel(None, case="unplayed" if all(by_topic.values()) else "one_question")
    bound, decisions = terms_settled(session), _counting(session)
    evidence = tuple(decision["id"] for decision in decisions)
    settled = [topic for topic in topics if any(q.id in bound for q in by_topic[topic])]
    if settled == list(topics):
        questions = [q for topic in topics for q in by_topic[topic] if q.id in bound]
        accepted = [accepted_in(session, q.id, bound[q.id], q.holders(bound[q.id])) for q in questions]
        return CountedLevel(5 if all(accepted) else 4, (*filter(None, accepted), *evidence))
    if settled:
        return CountedLevel(3, evidence, settled[0])
    asked = {q.id for topic in topics for q in by_topic[topic]}
    named = [item.line for item in session.items if item.kind in ("proposal", "promise") and asked & item.terms.keys()]
    return CountedLevel(2, (*named, *evidence)) if named else CountedLevel(1, evidence)


def departments_agree(session: Session) -> CountedLevel:
    """Whether the departments that are needed commit themselves together (LA)."""
    desks = departments_needed(session)
    if len(desks) < 2:
        return CountedLevel(None, case="one_desk")
    reached = {name for line in session.lines for name in (line["seat"], line["to"])}
    reached |= {seat for decision in session.decisions for seat in bound_by(session.game, decision)}
    if not reached.intersection(desks):
        return CountedLevel(None, case="unreached")
    first = departments_committed(session)
    carried = [decision for decision in session.carried if decision["terms"]]
    turned = {
        line["to"]: line["id"]
        for line in session.lines
        if line["to"] in desks and (has(line["act"], "seeks") or has(line["act"], "hands_down"))
    }
    evidence = (*first.values(), *(decision["id"] for decision in carried if len(first) > 1))
    absent, aside = departments_absent(session), _aside(session, first.values()) if carried else ()
    seated = {name for names in desks.values() for name in names}
    named = session.game.scenario.departments
    missing = tuple(named[name] for name in absent if name in seated)
    unseated = tuple(named[name] for name in absent if name not in seated)
    if len(first) > 1:
        if not carried:
            return CountedLevel(3, evidence, "nothing", missing=missing, unseated=unseated)
        return CountedLevel(4 if absent else 5, evidence, missing=missing, unseated=unseated, aside=aside)
    others = desks.keys() - first.keys()
    sought = [line for seat, line in turned.items() if seat in others]
    evidence += tuple(sought)
    level = 3 if others <= turned.keys() else 2 if sought else 1
    return CountedLevel(level, evidence, "sought" if level == 3 else "", missing=missing, unseated=unseated)


def _aside(session: Session, events: Collection[str]) -> tuple[str, ...]:
    """Return those of some lines that are votes for what fell, or name options of which not all were decided."""
    settled = terms_settled(session).items()
    named = [line for line in session.lines if line["id"] in events and (line["vote"] or line["terms"])]
    return tuple(line["id"] for line in named if line["vote"] or not line["terms"].items() <= settled)


def duplicates_lifted(session: Session) -> CountedLevel:
    """Whether a report that repeats another is brought up, taken upward, and lifted by whoever owns it (PC)."""
    scenario = session.game.scenario
    repeats = {task.id for task in scenario.tasks if task.duplicates}
    handed = [item for item in session.entries("task") if item.duplicate]
    lifting = [line for line in session.lines if line["task"] in repeats and has(line["act"], "lifts")]
    if not handed and not lifting:
        return _named_alone(session, repeats)
    lifted = {line["task"] for line in lifting if _owns(session, line["seat"], line["task"])}
    evidence = (*(item.line for item in handed), *(line["id"] for line in lifting))
    hung = [
        (item, decision["id"])
        for item in handed
        for decision in session.decisions
        if takes_back(scenario, session.items, item, decision)
    ]
    evidence += tuple(decision for _, decision in hung)
    decided = [item for item, decision in hung if item.history[-1:] == ((decision, "lifted"),)]
    standing = [item for item in handed if item.task not in lifted and item not in decided]
    if not standing and (lifted or decided):
        return CountedLevel(5, evidence, "" if lifted else "decided")
    raised = [line for item in standing for line in _raised(session, item)]
    evidence += tuple(line["id"] for line in raised)
    sent_back = any(item.state == "lifted" for item in standing)
    unowned = bool(lifting) or sent_back
    if unowned or hung or any(has(line["act"], "escalates") for line in raised):
        case = "part" if lifted or decided else "unowned" if unowned else "demanded" if hung else "upward"
        return CountedLevel(4, evidence, case)
    against = any(has(line["act"], "opposes") for line in raised) or any(
        item.owner == task.deliverer and names_task(scenario, task.task, item.condition)
        for task in standing
        for item in session.entries("proposal")
    )
    return CountedLevel(3 if against else 2 if raised else 1, evidence)


RULES: Mapping[RuleName, Callable[[Session], CountedLevel]] = {
    "who_binds": who_binds, "asked_first": asked_first, "promises_sound": promises_sound,
    "shaped_alike": shaped_alike, "payer_and_provider": payer_and_provider,
    "departments_agree": departments_agree, "duplicates_lifted": duplicates_lifted,
}  # fmt: skip


# Rules by which a condition of the decision could be what a level wants, and which cannot tell whether it is.
_BLIND: tuple[RuleName, ...] = ("payer_and_provider", "departments_agree", "duplicates_lifted")

# Rules whose lowest level says that nothing was put, or nothing decided of what was put: an option that was asked for
# without naming it is none.
_BY_OPTIONS: tuple[RuleName, ...] = ("who_binds", "shaped_alike")


def _left_out(rule: RuleName, counted: CountedLevel, session: Session) -> tuple[CountedNote, ...]:
    """Return notes on what a level leaves out of a decision: its conditions, missing consent, and concessions."""
    hangs = any(decision["condition"] for decision in session.carried)
    notes: tuple[CountedNote, ...] = ()
    if rule in _BLIND and hangs and counted.level in (1, 2, 3, 4) and counted.case not in ("demanded", "named"):
        notes = ("conditions",)
    if rule == "payer_and_provider" and counted.level == 5:
        notes = ("hanging",) if hangs else ()
        notes += ("unheld",) if any(unheld(session, decision) for decision in session.carried) else ()
    if rule in _BY_OPTIONS and counted.level == 1 and _conceded(session):
        notes = ("conceded",)
    return notes


def _conceded(session: Session) -> bool:
    """Return whether an option was decided with which another seat gave way to a resident or a provider."""
    theirs, bound = _seats(session, _SERVED_OR_SERVING), terms_settled(session).items()
    gave_way = (line for line in session.lines if has(line["act"], "yields") and line["to"] in theirs)
    return any(line["terms"].items() & bound for line in gave_way)


# So many words (in Chinese, pairs of characters) that a condition has of a report tell that it speaks of that.
_SPEAKS_OF: dict[Lang, int] = {"en": 2, "zh": 3}


def _unnamed(session: Session) -> tuple[str, ...]:
    """Return the decision's conditions that speak of a report without naming it and come from the seat that got it."""
    scenario, lang = session.game.scenario, session.game.spec.lang
    return tuple(
        dict.fromkeys(
            part
            for decision in session.carried
            for origin, part in traced(session.items, decision["condition"])
            for item in session.entries("task")
            for task in [scenario.task_by_id[item.task]]
            if origin.owner == item.deliverer and not names_task(scenario, task.id, part)
            if len(content_words(part, lang) & content_words(task.text.get(lang), lang)) >= _SPEAKS_OF[lang]
        )
    )


def _counting(session: Session) -> Sequence[DecisionTaken]:
    return session.carried or session.decisions[-1:]


def _seats(session: Session, kinds: Iterable[str]) -> set[str]:
    return {seat for seat, card in session.game.personas.items() if card.kind in kinds}


def _overstepped(item: Item) -> bool:
    return "beyond_remit" in (item.state, *(state for _, state in item.history))


def _put_right(session: Session, item: Item) -> bool:
    """Return whether a promise beyond remit was confirmed, kept or withdrawn, by a seat in charge or its own speaker.

    If a decision settles otherwise than was promised, the promise is broken, and nobody put it right.
    """
    broken = item.state == "broken" and item.history[-1][0] in {decision["id"] for decision in session.decisions}
    if item.state != "beyond_remit" and not broken:
        return True
    for line in session.after(item.line):
        taken_on = line["seat"] in item.authority and has(line["act"], "commits")
        if not broken and taken_on and item.terms.items() <= line["terms"].items():
            return True
        if line["seat"] == item.owner and has(line["act"], "yields") and line["to"] in (ALL, *item.objectors):
            return True
    return False


def _owns(session: Session, seat: str, task: str) -> bool:
    """Return whether a seat may lift a reporting task: it hands the task down, or stands above the seat that does."""
    game = session.game
    owners = {item.owner for item in session.entries("task") if item.task == task} or {
        seat_card.persona
        for seat_card in game.scenario.seats
        if any(point.task == task and has(point.act, "hands_down") for point in seat_card.points)
    }
    return not owners or any(seat == owner or game.levels[seat] < game.levels[owner] for owner in owners)


def _named_alone(session: Session, repeats: Iterable[str]) -> CountedLevel:
    """Return the level where no seat hands down or lifts a report that repeats another: by conditions that name one."""
    scenario, motions = session.game.scenario, session.entries("proposal")
    named = [task for task in repeats if any(names_task(scenario, task, item.condition) for item in motions)]
    if not named:
        return CountedLevel(None, case="none_handed")
    decided = [
        (item.line, decision["id"])
        for decision in session.carried
        for item, part in traced(session.items, decision["condition"])
        if any(names_task(scenario, task, part) for task in named)
    ]
    if decided:
        return CountedLevel(4, tuple(event for pair in decided for event in pair), "named")
    put = [item.line for item in motions if any(names_task(scenario, task, item.condition) for task in named)]
    return CountedLevel(3, tuple(put[:1]), "named")


def _raised(session: Session, item: Item) -> list[Line]:
    """Return where a task is brought up by the seat that got it: what it asks, opposes or escalates afterwards.

    Questions and objections count in the stage in which the task was handed down, going over somebody's head in later
    ones too. Another's line counts where it names the task.
    """

    def raises(line: Line) -> bool:
        here = line["stage"] == item.stage and (has(line["act"], "seeks") or has(line["act"], "opposes"))
        own = line["seat"] == item.deliverer and (here or has(line["act"], "escalates"))
        return (own or line["task"] == item.task) and not line["vote"] and not has(line["act"], "hands_down")

    return [line for line in session.after(item.line) if raises(line)]
