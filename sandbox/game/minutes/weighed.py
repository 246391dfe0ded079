"""The choice of lines that minutes tell, and how much of each, at each extent."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sandbox.content.acts import TRAITS, Trait, has
from sandbox.content.language import Lang
from sandbox.game.minutes.asked import question_of, states
from sandbox.record.line import Line

# Most open questions that are told, and most lines if none weighs anything.
MOST_OPEN = 3
# If a stage has at most so many lines, all are told.
_FEW = 5


@dataclass(frozen=True)
class Extent:
    """How much minutes tell. Lines weigh the same at any extent, so that shorter minutes tell less of the same.

    Args:
        lines: the most lines that are told.
        longest: most characters of a line, by language.
        in_full: whether they tell plans, who was persuaded, and what was said with votes.
        once: whether they leave out what a prompt tells elsewhere: conditions that stand with a line above or with a
            motion on the table, the attendance if it is that of now, that a line rewrites a plan, and what was said
            before a question that answers nothing itself.
    """

    lines: int
    longest: Mapping[Lang, int]
    in_full: bool = True
    once: bool = True


# Minutes as people read them.
FULL = Extent(14, {"en": 600, "zh": 220}, once=False)
# For prompts: of the stage before or one that the seat missed (LATEST), and of earlier stages (BRIEF).
LATEST = Extent(8, {"en": 400, "zh": 150})
BRIEF = Extent(5, {"en": 220, "zh": 70}, in_full=False)


def weightiest(
    before: Sequence[Line], lines: Sequence[Line], heavy: Collection[str], grown: Collection[str],
    untold: Collection[str], extent: Extent,
) -> list[Line]:  # fmt: skip
    """Return the lines that minutes tell, in order: all lines of a short stage or a review, else the weightiest.

    A line is told together with what it is about, a question with its answer, and a task with what was said of it.
    Exceptions: lines that tell something stand alone; in brief minutes a promise does too, unless several take up the
    same line. A question alone, of which no more was said, is not told.

    Weights, heaviest first:

    1. lines in ``heavy``, reports, and the last word on a task by a seat that it binds: otherwise a refused or lifted
       task would seem to stand;
    2. the acts in the order of `weights`. A line with a promise, a withdrawal or in ``grown`` (its motion was amended,
       or it is the word of a seat whose condition was struck) weighs like a promise. A line that answers a question,
       also one of ``before``, weighs like an answer.

    Of lines that weigh the same the later comes first, as it may end what was said before. In brief minutes promises
    that are ``untold`` (taken back, or told elsewhere) do not count as promises, and such lines come after others of
    their weight.
    """
    weights: tuple[Trait, ...] = (
        "proposes", "promises", "hands_down", "lifts", "refuses", "doubts", "escalates", "yields", "grants", "tells",
    )  # fmt: skip

    tasks: dict[str, str] = {}
    parties: dict[str, set[str]] = {}
    last: dict[str, str] = {}
    for line in lines:
        task = tasks[line["id"]] = line["task"] or tasks.get(line["about"], "")
        if line["task"]:
            parties.setdefault(task, set()).update((line["seat"], line["to"]))
        if task and line["seat"] in parties[task]:
            last[task] = line["id"]
    talk = [line for line in lines if not line["vote"] and not has(line["act"], "binds")]
    if len(talk) <= _FEW or any(has(line["act"], "reports") for line in talk):
        return talk
    said = [*before, *talk]
    questions = {line["id"]: question_of(said, line) for line in talk}

    def weight(line: Line) -> int:
        if line["id"] in heavy or has(line["act"], "reports") or last.get(tasks[line["id"]]) == line["id"]:
            return 0
        does = {*TRAITS[line["act"]]}
        if line["id"] in elsewhere:
            does.discard("promises")
        elif line["promises"] or "withdraws" in line or line["id"] in grown:
            does.add("promises")
        if questions[line["id"]]:
            does.add("grants")
        place = next((place for place, trait in enumerate(weights) if trait in does), None)
        return len(weights) + (not states(line)) if place is None else place

    lightest = len(weights) + (not extent.once)
    elsewhere = {line["id"] for line in talk if line["id"] in untold and not extent.in_full}
    places = {line["id"]: place for place, line in enumerate(talk)}
    weighed = [(weight(line), line["id"] in elsewhere) for line in talk]
    ranked = sorted(range(len(talk) - 1, -1, -1), key=weighed.__getitem__)
    # Brief minutes tell only what a line says before a question at its end, so its answer need not be told.
    answers = {question["id"]: places[line] for line, question in questions.items() if question and extent.in_full}
    promised = [line["about"] for line in talk if has(line["act"], "promises")]
    taken_up = {about for about in promised if promised.count(about) > 1}
    heaviest = set[int]()
    for place in ranked:
        line = talk[place]
        gives = has(line["act"], "promises") and not extent.in_full and line["about"] not in taken_up
        told_by_itself = has(line["act"], "tells") or gives
        alone = tasks[line["id"]] or questions[line["id"]] or told_by_itself
        with_it = place if alone else places.get(line["about"], place)
        both = heaviest | {place, with_it, answers.get(line["id"], place)}
        if weighed[place][0] < lightest and len(both) <= extent.lines:
            heaviest = both
    return [talk[place] for place in sorted(heaviest)] or talk[-MOST_OPEN:]
