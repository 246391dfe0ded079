"""Two sessions of one case compared: where they part, how their settings differ, and how they came out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args

from sandbox.content.acts import has
from sandbox.experiment.outcomes import Level, mean_pulses, outcomes_of
from sandbox.game.language.answered import never_answered
from sandbox.game.language.courtesy import pleads
from sandbox.game.language.wording import last_sentence
from sandbox.game.session import Session
from sandbox.record.line import Line
from sandbox.report.rule_words import RuleChange, changed_rules

_SAID = ("stage", "seat", "act", "to", "says", "terms", "section", "task", "text", "condition", "promises")
_TOLD: tuple[Literal["id", "seat", "act", "to", "says"], ...] = ("id", "seat", "act", "to", "says")
_MADE_FROM = (
    "governance", "city", "lang", "stages", "turns", "seed", "style", "judge_model", "rubric", "personas", "wording",
    "temperature",
)  # fmt: skip
_LEVELS: tuple[Level, ...] = get_args(Level)


@dataclass(frozen=True)
class Parting:
    """The place where two sessions part.

    ``shared`` is the number of lines that both have from the start, ``last`` the last of them, and ``first`` the next
    line of each session.
    """

    shared: int
    last: Line | None
    first: tuple[Line | None, Line | None]


@dataclass(frozen=True)
class SideBySide:
    """Two sessions of one case, told in the language of the first.

    Raises:
        InputError: the sessions are of different cases.
    """

    a: Session
    b: Session

    def __post_init__(self) -> None:
        """Refuse sessions of different cases."""
        if self.a.spec.scenario != self.b.spec.scenario:
            a, b = (each.scenario.title.get(self.a.spec.lang) for each in (self.a.game, self.b.game))
            raise self.a.game.words.refusal("refused.other_case", a=a, b=b)

    @property
    def both(self) -> tuple[Session, Session]:
        """Both sessions."""
        return self.a, self.b

    @cached_property
    def parting(self) -> Parting:
        """Where they part."""
        ours, others = self.a.lines, self.b.lines
        shared = next(
            (place for place, (a, b) in enumerate(zip(ours, others, strict=False)) if _said(a) != _said(b)),
            min(len(ours), len(others)),
        )
        first = tuple(lines[shared] if shared < len(lines) else None for lines in (ours, others))
        return Parting(shared, ours[shared - 1] if shared else None, (first[0], first[1]))

    @cached_property
    def made_from(self) -> dict[str, tuple[Any, Any]]:
        """The fields in which their specs differ; and, as ``model``, the models that spoke, if these differ."""
        a, b = (session.spec for session in self.both)
        fields = {name: (getattr(a, name), getattr(b, name)) for name in _MADE_FROM}
        fields["model"] = self.a.speakers, self.b.speakers
        return {name: values for name, values in fields.items() if values[0] != values[1]}

    @cached_property
    def rules(self) -> tuple[RuleChange, ...]:
        """The rules that differ."""
        return changed_rules(self.a.game, self.b.game)

    @cached_property
    def outcomes(self) -> dict[str, tuple[float | None, float | None]]:
        """The outcomes of both, by the names that both rubrics have; without those that neither session has."""
        a, b = (outcomes_of(session) for session in self.both)
        return {name: (a[name], b[name]) for name in a if name in b and (a[name], b[name]) != (None, None)}

    @cached_property
    def pulses(self) -> dict[str, tuple[Mapping[str, float], Mapping[str, float]]]:
        """The mean pulses of both at each moment that either has reached; empty for a session that has not."""
        a, b = (mean_pulses(session) for session in self.both)
        return {moment: (a.get(moment, {}), b.get(moment, {})) for moment in dict.fromkeys([*a, *b])}

    @cached_property
    def moved(self) -> dict[str, tuple[Mapping[str, tuple[int, int]], Mapping[str, tuple[int, int]]]]:
        """The seats whose pulses moved differently: for each session, the levels that changed from first to last."""
        a, b = (_moves(session) for session in self.both)
        apart = [seat for seat in dict.fromkeys([*a, *b]) if a.get(seat) != b.get(seat)]
        return {seat: (a.get(seat, {}), b.get(seat, {})) for seat in apart}

    @cached_property
    def alike(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """For each session, the lines that the other has as well, wherever it has them, with its id there."""
        a, b = (_occurrences(session.lines) for session in self.both)
        return {a[said]: b[said] for said in a if said in b}, {b[said]: a[said] for said in b if said in a}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values."""
        parting = self.parting
        return {
            "sessions": [session.id for session in self.both],
            "shared": parting.shared,
            "last": parting.last["id"] if parting.last else None,
            "next": [line and {key: line[key] for key in _TOLD} for line in parting.first],
            "made_from": {name: list(values) for name, values in self.made_from.items()},
            "rules": [vars(rule) for rule in self.rules],
            "decisions": [list(session.decisions) for session in self.both],
            "outcomes": {name: list(values) for name, values in self.outcomes.items()},
            "pulses": {moment: list(values) for moment, values in self.pulses.items()},
        }


def open_questions(session: Session) -> list[tuple[Line, str]]:
    """Return the questions of a session that nobody answered within their stage, each with the seat that was asked.

    - A seat has also answered if it turns to the asker with the reason for its vote, or answers in a later stage.
    - A line that gives way and pleads to leave it at that asks nothing.
    - In free play any line may ask the seat to which it is said. Otherwise only acts that ask count: the question mark
      at the end of a motion or an objection is a turn of speech.
    """
    session = session.shown
    game, lines = session.game, session.lines
    return [
        (line, seat)
        for stage in game.stages
        for line, seat in never_answered(game, session.in_stages([stage.id]), game.present(stage.id), lines)
        if has(line["act"], "asks") or (game.style == "free" and line["to"] == seat)
        if not (has(line["act"], "yields") and pleads(last_sentence(line["says"])))
    ]


def _said(line: Mapping[str, Any]) -> Sequence[object]:
    return [line[name] for name in _SAID]


def _occurrences(lines: Sequence[Line]) -> dict[tuple[str, int], str]:
    """Return the id of each line by what is said in it, and by how often just that was said before."""
    counts, found = Counter[str](), dict[tuple[str, int], str]()
    for line in lines:
        said = json.dumps(_said(line), sort_keys=True)
        found[said, counts[said]] = line["id"]
        counts[said] += 1
    return found


def _moves(session: Session) -> dict[str, dict[str, tuple[int, int]]]:
    if len(session.pulses) < 2:
        return {}
    first, last = session.pulses[0]["levels"], session.pulses[-1]["levels"]
    moves = {}
    for seat, before in first.items():
        after = last.get(seat, before)
        moved = {level: (before[level], after[level]) for level in _LEVELS if before[level] != after[level]}
        if moved:
            moves[seat] = {str(level): both for level, both in moved.items()}
    return moves
