"""The game of a session: the content and rules that its spec names, fixed before the first line."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from sandbox.content.cards import Act, Kind, Lang
from sandbox.content.changes import with_changes
from sandbox.content.governance import Governance
from sandbox.content.library import Library
from sandbox.content.schemas import City, Option, Persona, Point, Rubric, Scenario, ScenarioSeat, Stage
from sandbox.content.words import Words, refusal
from sandbox.errors import InputError, UnknownError, unknown
from sandbox.game.played import Played, PulseRound
from sandbox.game.rules import (
    allowed_acts,
    assessors,
    assign_positions,
    chair_of,
    drafters,
    payable,
    present_seats,
    voters,
)
from sandbox.record.line import DecisionTaken, Line

__all__ = ["LEVELS", "MAX_SAMPLES", "MAX_TURNS", "Game", "PlayStyle", "SessionSpec"]

MAX_TURNS = 500
MAX_SAMPLES = 9
PlayStyle = Literal["free", "directed", "rules"]
# Levels of the cascade by which training is passed down (PR).
LEVELS: dict[Kind, int] = {
    "overseer": 0, "leader": 0, "official": 1, "frontline": 2, "broker": 3, "expert": 3, "provider": 4, "resident": 5,
}  # fmt: skip


class SessionSpec(BaseModel):
    """What a session is made from; kept in its log.

    Args:
        scenario: the case, by id.
        governance: the governance model, by id.
        changes: single rules of the model that are changed, each ``path=value``.
        city: a city whose setting is added, by id; empty for none.
        rubric: the rubric, by id.
        lang: the language of the session.
        stages: stage ids in order; empty for all.
        turns: lines a stage; None for each stage's own limit.
        seed: random seed of the floor policy and of sampling.
        persons: seats taken by people.
        style: whether the model chooses act and addressee (free), the floor policy does (directed), or nobody speaks
            and acts are drawn from those that the rules allow (rules).
        model: name of the model that speaks.
        judge_model: names of the models that judge, with commas between; None where nobody judges.
        judge_samples: votes that each of them gives on a criterion.
        content: digest of all content that the session reads.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    governance: str
    changes: tuple[str, ...] = ()
    city: str = ""
    rubric: str = "core"
    lang: Lang = "en"
    stages: tuple[str, ...] = ()
    turns: int | None = Field(default=None, ge=1, le=MAX_TURNS)
    seed: int = Field(default=1, ge=0, le=2**31 - 1)
    persons: tuple[str, ...] = ()
    style: PlayStyle = "directed"
    model: str = ""
    judge_model: str | None = None
    judge_samples: int = Field(default=1, ge=1, le=MAX_SAMPLES)
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
        _ = self.stages, self.positions, self.rubric, self.city
        for seat in self.spec.persons:
            if seat not in self.positions:
                raise UnknownError("seat", seat, self.positions)
        for stage_id in self.governance.rules.boundary:
            if stage_id not in self.library.cards["stage"]:
                raise InputError(f"rules.boundary: {unknown('stage', stage_id, self.library.cards['stage'])}")
        for seat, position in self.positions.items():
            if set(self.acts(seat)) <= {"decide"}:
                raise refusal("refused.idle_seat", position=position, seat=seat)
        for stage in self.stages:
            if not self.present(stage.id):
                raise refusal("refused.empty_stage", stage=stage.id, governance=self.governance.id)
        for decision in self.scenario.decisions:
            if not self.offered[decision.id]:
                raise refusal(
                    "refused.unpayable", decision=decision.id, governance=self.governance.id,
                    budgets=list(self.governance.rules.payoff.budgets),
                )  # fmt: skip

    @cached_property
    def scenario(self) -> Scenario:
        """The case on the table."""
        return self.library.scenario(self.spec.scenario)

    @cached_property
    def governance(self) -> Governance:
        """The rules-in-use, with the spec's changes."""
        return with_changes(self.library.governance(self.spec.governance), self.spec.changes)

    @cached_property
    def city(self) -> City | None:
        """The city whose setting is added, if any."""
        return self.library.city(self.spec.city) if self.spec.city else None

    @cached_property
    def rubric(self) -> Rubric:
        """The criteria of the score."""
        return self.library.rubric(self.spec.rubric)

    @cached_property
    def words(self) -> Words:
        """The words of the session's language."""
        return Words(self.spec.lang, self.library.roots)

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
    def seats(self) -> dict[str, ScenarioSeat]:
        """The scenario's seats by id."""
        return {seat.persona: seat for seat in self.scenario.seats}

    @cached_property
    def positions(self) -> dict[str, str]:
        """Position of each seat."""
        return assign_positions(self.governance, list(self.personas.values()))

    @cached_property
    def chair(self) -> str:
        """The seat that chairs."""
        return chair_of(self.governance, self.positions)

    @cached_property
    def levels(self) -> dict[str, int]:
        """Level of each seat in a cascade, the highest 0."""
        return {seat: LEVELS[card.kind] for seat, card in self.personas.items()}

    @cached_property
    def points(self) -> dict[str, tuple[str, Point]]:
        """All points of the scenario by id, each with its seat."""
        return {point.id: (seat.persona, point) for seat in self.scenario.seats for point in seat.points}

    @cached_property
    def offered(self) -> dict[str, dict[str, Option]]:
        """The options of each decision that the rules allow somebody to pay for."""
        return {
            decision.id: {key: option for key, option in decision.options.items() if payable(self.governance, option)}
            for decision in self.scenario.decisions
        }

    def present(self, stage: str) -> tuple[str, ...]:
        """Return the seats that take part in a stage."""
        room = self._rooms.get(stage)
        if room is None:
            room = self._rooms[stage] = present_seats(self.governance, self.positions, stage)
        return room

    def acts(self, seat: str) -> tuple[Act, ...]:
        """Return the acts that a seat may perform."""
        return self._acts[seat]

    def voters(self, stage: str) -> tuple[str, ...]:
        """Return the seats that are asked for a vote in a stage."""
        asked = self._voters.get(stage)
        if asked is None:
            asked = self._voters[stage] = voters(self.governance, self.positions, self.present(stage))
        return asked

    @cached_property
    def drafters(self) -> tuple[str, ...]:
        """The seats that draft a plan: in the room of the application stage, with that task under the rules."""
        return drafters(self.governance, self.positions, self.present("application"))

    @cached_property
    def _rooms(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _voters(self) -> dict[str, tuple[str, ...]]:
        return {}

    @cached_property
    def _acts(self) -> dict[str, tuple[Act, ...]]:
        return {seat: allowed_acts(self.governance, position) for seat, position in self.positions.items()}

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

    def played(
        self, lines: Sequence[Line], decisions: Sequence[DecisionTaken], pulses: Sequence[PulseRound] = ()
    ) -> Played:
        """Return a transcript as the scores see it."""
        return Played(
            self.scenario,
            self.governance,
            self.rubric,
            self.personas,
            {stage.id: stage.name.get(self.spec.lang) for stage in self.stages},
            self.spec.lang,
            lines,
            decisions,
            pulses,
            self.drafters if any(stage.id == "application" for stage in self.stages) else (),
            self._assessors,
            self.city,
        )

    @cached_property
    def _assessors(self) -> Mapping[str, tuple[str, ...]]:
        sides: tuple[Literal["hierarchical", "horizontal"], ...] = ("hierarchical", "horizontal")
        return {side: assessors(self.governance, self.positions, side) for side in sides}

    def rng(self, *where: object) -> random.Random:
        """Return a random generator that is the same whenever the session stands at the same place."""
        return random.Random(":".join(str(part) for part in (self.spec.seed, *where)))

    def draws(self, *where: object) -> Callable[[], float]:
        """Return a source of numbers from 0 to 1, the same at the same place; cheaper than `rng` for a few numbers."""
        state = hashlib.blake2b(":".join(map(str, (self.spec.seed, *where))).encode()).digest()
        place = 0

        def draw() -> float:
            nonlocal state, place
            if place == len(state):
                state, place = hashlib.blake2b(state).digest(), 0
            place += 4
            return int.from_bytes(state[place - 4 : place]) / 4294967296

        return draw

    def content_digest(self) -> str:
        """Return a digest of all cards that the session reads."""
        cards: list[BaseModel] = [self.scenario, self.governance, self.rubric, *self.stages]
        cards += self.personas.values()
        if self.city:
            cards.append(self.city)
        joined = "\n".join(card.model_dump_json() for card in cards)
        return hashlib.sha256(joined.encode()).hexdigest()[:16]
