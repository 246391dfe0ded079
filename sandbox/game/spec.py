"""What a session is made from, and what it begins from: kept in its log."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from sandbox.content.cards import Lang, Section
from sandbox.content.templates import AS_IS
from sandbox.game.pulse import Pulse

__all__ = ["MAX_SAMPLES", "MAX_TURNS", "PlayStyle", "Promise", "SessionSpec", "Start"]

MAX_TURNS = 500
MAX_SAMPLES = 9
PlayStyle = Literal["free", "directed", "rules"]
# Fields that there were no logs with once: left out where they say nothing, so that the same session has the same log.
_LATER = ("personas", "wording")


class Promise(BaseModel):
    """A promise from before the session: who made it, its words, and the options to which it commits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    seat: str
    says: str
    terms: dict[str, str] = Field(default_factory=dict)


class Start(BaseModel):
    """What a session begins from beside its cards; what is left out comes from these.

    Args:
        pulses: where seats stand before the first stage.
        plan: the plan handed down as it arrived, by section.
        promises: promises that stand; everybody knows of them.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    pulses: dict[str, Pulse] = Field(default_factory=dict)
    plan: dict[Section, str] = Field(default_factory=dict)
    promises: tuple[Promise, ...] = ()


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
        personas: personas that play in the place of others, by the seat in which each sits.
        wording: the wording of the prompts.
        style: whether the model chooses act and addressee (free), the floor policy does (directed), or nobody speaks
            and acts are drawn from those that the rules allow (rules).
        model: name of the model that speaks.
        judge_model: names of the models that judge, with commas between; None where nobody judges.
        judge_samples: votes that each of them gives on a criterion.
        content: digest of all content that the session reads.
        start: what it begins from beside its cards.
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
    personas: dict[str, str] = Field(default_factory=dict)
    wording: str = AS_IS
    style: PlayStyle = "directed"
    model: str = ""
    judge_model: str | None = None
    judge_samples: int = Field(default=1, ge=1, le=MAX_SAMPLES)
    content: str = ""
    start: Start = Start()

    @model_serializer(mode="wrap")
    def _as_ever(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        fields = type(self).model_fields
        plain: dict[str, Any] = handler(self)
        return {
            name: value
            for name, value in plain.items()
            if name not in _LATER or value != fields[name].get_default(call_default_factory=True)
        }
