"""Levels that are counted from what was done and decided, without a judge."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from sandbox.content.cards import Text
from sandbox.content.language import Lang
from sandbox.content.rubric import Criterion, Level
from sandbox.content.words import Words
from sandbox.game.ledger.entries import Item

CountedNote = Literal["among", "conceded", "conditions", "hanging", "righted", "unheld"]


class CountedLevel(NamedTuple):
    """A level that was counted, never judged.

    Args:
        level: 1 to 5; None, which is never a low level, if the session has nothing to count.
        evidence: the lines, promises and decisions on which it rests.
        case: for a level with several ways to it, the way taken, by its name in the rubric's ``cases``; if there
            is no level, the reason, by its name in ``none``.
        notes: what the rule leaves out in this session, or why the measure beside it differs; each is a
            ``counted.note`` of the words.
        missing: the needed departments whose seats do not commit themselves.
        unseated: the needed departments for which no seat speaks.
        aside: the lines by which seats commit themselves to something other than what was decided.
        unnamed: conditions of the decision that speak of a report without naming it, from the seat that got it.
        promises: number of promises, if the rule is about those that name an option.
        taken_back: the lines of those that their owner took back.
        in_words: promises that name none, which the rule leaves out.
    """

    level: int | None
    evidence: tuple[str, ...] = ()
    case: str = ""
    notes: tuple[CountedNote, ...] = ()
    missing: tuple[Text, ...] = ()
    unseated: tuple[Text, ...] = ()
    aside: tuple[str, ...] = ()
    unnamed: tuple[str, ...] = ()
    promises: int = 0
    taken_back: tuple[str, ...] = ()
    in_words: tuple[Item, ...] = ()


def rule_words(criterion: Criterion, counted: CountedLevel, lang: Lang) -> str:
    """Return what a counted level rests on, as the rubric says, or why there is none; empty where it does not say.

    Of a level with several ways to it, that is the one that was taken.
    """
    rule = criterion.counted
    if rule is None:
        return ""
    if counted.level is None:
        return rule.none[counted.case].get(lang) if counted.case in rule.none else ""
    level: Level = str(counted.level)  # type: ignore[assignment]
    return rule.cases.get(level, {}).get(counted.case, rule.levels[level]).get(lang)


def counted_words(label: Words, criterion: Criterion, counted: CountedLevel) -> str:
    """Return what a counted level rests on, or why there is none, with what is missing and what the rule leaves out."""
    rule = rule_words(criterion, counted, label.lang) or label("scores.nothing_counted")
    named = {"missing": counted.missing, "unseated": counted.unseated}
    absent = [
        label(f"scores.note.{name}", departments=[each.get(label.lang) for each in departments])
        for name, departments in named.items()
        if departments
    ]
    unnamed = [label("scores.note.unnamed", conditions=label("semi").join(counted.unnamed))] if counted.unnamed else []
    notes = [label("scores.note.aside", lines=counted.aside)] if counted.aside else []
    notes += [label(f"scores.note.{note}") for note in counted.notes]
    if counted.in_words:
        spoken_of = counted.promises - len(counted.in_words)
        notes.append(label("scores.note.in_words", count=counted.promises, named=spoken_of))
        if lines := [item.line for item in counted.in_words if item.state == "broken"]:
            notes.append(label("scores.note.in_words.broken", lines=lines))
    if counted.taken_back:
        notes.append(label("scores.note.taken_back", lines=counted.taken_back))
    return label("gap").join([rule, *absent, *notes, *unnamed])


def only(names: Mapping[bool, str], sides: Collection[bool]) -> str:
    """Return the name of the side that is there alone; empty where both are."""
    return names[next(iter(sides))] if len(sides) == 1 else ""
