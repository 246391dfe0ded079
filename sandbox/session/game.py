"""The game of a session: the content and rules that its spec names, fixed before the first line."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from sandbox.content.library import Library
from sandbox.content.models import Act, Governance, Lang, Persona, Point, Rubric, Scenario, Stage
from sandbox.errors import InputError, unknown
from sandbox.institution.line import DecisionTaken, Line
from sandbox.institution.rules import allowed_acts, assign_positions, chair_of, present_seats, voters
from sandbox.scoring.played import Played
from sandbox.settings import TurnStyle

__all__ = ["MAX_TURNS", "Game", "SessionSpec"]

MAX_TURNS = 500


class SessionSpec(BaseModel):
    """What a session is made from; kept in its log.

    Args:
        scenario: the case, by id.
        governance: the governance model, by id.
        rubric: the rubric, by id.
        lang: the language of the session.
        stages: stage ids in order; empty for all.
        turns: lines a stage; None for each stage's own limit.
        seed: random seed of the floor policy and of sampling.
        persons: seats taken by people.
        style: whether the model chooses act and addressee (free) or the floor policy does (directed).
        model: name of the model that speaks.
        judge_model: name of the model that judges; None where nobody judges.
        content: digest of all content that the session reads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    governance: str
    rubric: str = "core"
    lang: Lang = "en"
    stages: tuple[str, ...] = ()
    turns: int | None = Field(default=None, ge=1, le=MAX_TURNS)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    persons: tuple[str, ...] = ()
    style: TurnStyle = "directed"
    model: str = ""
    judge_model: str | None = None
    content: str = ""


@dataclass(frozen=True)
class Game:
    """Everything that the steps of a session need, and that does not change while it runs.

    Raises:
        InputError: the spec names something that does not exist or does not fit; the message says what is allowed.
    """

    spec: SessionSpec
    library: Library = field(repr=False)

    def __post_init__(self) -> None:
        _ = self.stages, self.positions, self.rubric
        for seat in self.spec.persons:
            if seat not in self.positions:
                raise InputError(unknown("seat", seat, self.positions))
        for stage in self.stages:
            if not self.present(stage.id):
                raise InputError(f"nobody may take part in stage '{stage.id}' under '{self.governance.id}'")

    @cached_property
    def scenario(self) -> Scenario:
        """The case on the table."""
        return self.library.scenario(self.spec.scenario)

    @cached_property
    def governance(self) -> Governance:
        """The rules-in-use."""
        governance = self.library.governance(self.spec.governance)
        if governance.id not in self.scenario.governance:
            raise InputError(
                f"scenario '{self.scenario.id}' does not suit governance '{governance.id}'; "
                f"allowed: {', '.join(self.scenario.governance)}"
            )
        return governance

    @cached_property
    def rubric(self) -> Rubric:
        """The criteria of the score."""
        return self.library.rubric(self.spec.rubric)

    @cached_property
    def stages(self) -> tuple[Stage, ...]:
        """The stages in their order."""
        known = self.library.stages()
        if not self.spec.stages:
            return tuple(known)
        chosen = [self.library.stage(stage) for stage in dict.fromkeys(self.spec.stages)]
        return tuple(sorted(chosen, key=lambda stage: stage.order))

    @cached_property
    def personas(self) -> dict[str, Persona]:
        """Persona cards by seat, in the order of the scenario."""
        return {seat.persona: self.library.persona(seat.persona) for seat in self.scenario.seats}

    @cached_property
    def positions(self) -> dict[str, str]:
        """Position of each seat."""
        return assign_positions(self.governance, list(self.personas.values()))

    @cached_property
    def chair(self) -> str:
        """The seat that chairs."""
        return chair_of(self.governance, self.positions)

    @cached_property
    def points(self) -> dict[str, tuple[str, Point]]:
        """All points of the scenario by id, each with its seat."""
        return {point.id: (seat.persona, point) for seat in self.scenario.seats for point in seat.points}

    def present(self, stage: str) -> tuple[str, ...]:
        """Return the seats that take part in a stage."""
        return present_seats(self.governance, self.positions, stage)

    def acts(self, seat: str) -> tuple[Act, ...]:
        """Return the acts that a seat may perform."""
        return allowed_acts(self.governance, self.positions[seat])

    def voters(self, stage: str) -> tuple[str, ...]:
        """Return the seats whose votes count in a stage."""
        return voters(self.governance, self.positions, self.present(stage))

    def turn_limit(self, stage: Stage) -> int:
        """Return the most lines that a stage may have."""
        return self.spec.turns or stage.turns

    def role(self, seat: str) -> str:
        """Return the role's name in the session's language, in lower case where the language has case."""
        role = self.personas[seat].role.get(self.spec.lang)
        return role if role.split()[0].isupper() else role[0].lower() + role[1:]

    def name(self, seat: str) -> str:
        """Return the name on a seat's card, or the seat itself when it is none (``all``)."""
        persona = self.personas.get(seat)
        return persona.name.get(self.spec.lang) if persona else seat

    def played(self, lines: Sequence[Line], decisions: Sequence[DecisionTaken]) -> Played:
        """Return a transcript as the scores see it."""
        names = {stage.id: stage.name.get(self.spec.lang) for stage in self.stages}
        return Played(
            self.scenario,
            self.governance,
            self.rubric,
            self.personas,
            names,
            self.spec.lang,
            lines,
            decisions,
        )

    def rng(self, *where: object) -> random.Random:
        """Return a random generator that is the same whenever the session stands at the same place."""
        return random.Random(":".join(str(part) for part in (self.spec.seed, *where)))

    def content_digest(self) -> str:
        """Return a digest of all cards that the session reads."""
        cards: list[BaseModel] = [self.scenario, self.governance, self.rubric, *self.stages]
        cards += self.personas.values()
        joined = "\n".join(card.model_dump_json() for card in cards)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]
