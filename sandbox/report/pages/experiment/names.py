"""The names that an experiment's report uses: of arms, cases, levels, outcomes, models and who played."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Literal

from sandbox.content.experiment_card import AGENT, NO_CITY, Hypothesis
from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.rubric import Criterion, Rubric
from sandbox.errors import SandboxError
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.experiment.outcomes import outcome_of
from sandbox.experiment.planning.players import Player
from sandbox.experiment.planning.runs import runs_of
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.game.game import Game
from sandbox.game.spec import CARDS
from sandbox.report.departures import own_models_told
from sandbox.report.pages.parts import PageWords
from sandbox.session.choice import EMBEDDED, RULES_ONLY


class ExperimentNames(PageWords):
    """The names in the report of an experiment.

    ``named`` names the experiment in a command, with the options that say where it lies; if empty, its id does.
    """

    def __init__(self, analysis: Analysis, library: Library, lang: Lang, named: str = "") -> None:
        self.named = named or analysis.design.id
        self.analysis, self.design = analysis, analysis.design
        super().__init__("experiment_report", library, lang)

    @cached_property
    def games(self) -> Mapping[str, Mapping[str, Mapping[str, Game]]]:
        """Games in this language, by governance model (empty unless rules are compared), case and arm.

        Empty if arms do not differ in rules, or if the design cannot be played any more.
        """
        design, held = self.design, dict[str, dict[str, dict[str, Game]]]()
        if design.of_countries or design.arms not in ("governance", "rules"):
            return held
        try:  # the rules do not depend on the player
            runs = runs_of(design.model_copy(update={"replicates": 1}), self.library, model=RULES_ONLY, style="rules")
        except SandboxError:
            return held
        for run in runs:
            if not run.null and not isinstance(run.spec, CountrySpec):
                under = run.spec.governance if design.arms == "rules" else ""
                by_arm = held.setdefault(under, {}).setdefault(run.scenario, {})
                if run.arm not in by_arm:
                    by_arm[run.arm] = Game(run.spec.model_copy(update={"lang": self.lang}), self.library)
        return held

    def counted(self, key: str, count: int, **values: object) -> str:
        """Return a text for one, or for any other number."""
        return self.say(f"{key}.one", **values) if count == 1 else self.say(f"{key}.more", count=count, **values)

    def elsewhere(self, key: str, stores: Mapping[str, int]) -> str:
        """Return in words which other stores had sessions when the plan was locked."""
        held = self.label.join(f"{name}{self.label.paren(str(count))}" for name, count in stores.items())
        return self.say(key, list=held)

    def level(self, factor: str, level: str) -> str:
        """Return the name of a factor's level from its card, with its id if another level has the same name."""
        levels = dict.fromkeys([*self.design.factors.levels(factor), level])
        return self.label.apart({each: self._name(factor, each) for each in levels})[level]

    def _name(self, factor: str, level: str) -> str:
        if factor == "lang":
            return self.label.of("language", level)
        if factor == "style":
            return self.label.of("style", level)
        if factor == "model":
            return self.model(level)
        if factor == "city" and level == NO_CITY:
            return self.say("no_city")
        if factor == "without":
            return self.say(f"without.{level}")
        if factor == "scenario" and self.design.of_countries:
            factor = "network"
        return self.card(factor, level) if factor in ("scenario", "governance", "city", "network") else level

    def arm(self, level: str) -> str:
        """Return the name of an arm."""
        return self.level(self.design.arms, level)

    def case(self, scenario: str) -> str:
        """Return the name of a case."""
        return self.level("scenario", scenario)

    def moment(self, moment: str) -> str:
        """Return the name of a moment of pulses: the start, or the stage that has just ended."""
        known = moment in self.library.cards["stage"]
        return self.card("stage", moment) if known else self.label.of("moment", moment)

    @property
    def base(self) -> str:
        """Name of the base."""
        return self.arm(self.design.base)

    def base_of(self, hypothesis: Hypothesis) -> str:
        """Return the name of the arm with which a hypothesis compares its own."""
        return self.arm(self.design.base_of(hypothesis))

    def contrast(self, hypothesis: Hypothesis, told: object = True) -> str:
        """Return the arm of a hypothesis and, if ``told``, the arm with which it is compared."""
        arm = self.arm(hypothesis.arm)
        return self.say("contrast", arm=arm, base=self.base_of(hypothesis)) if told else arm

    def outcome(self, name: str) -> str:
        """Return the name of an outcome; for a level of a user's own rubric, that of its criterion."""
        for criterion in () if f"experiment.outcome.{name}" in self.label else self._criteria:
            for how in ("counted", "judged"):
                if name == f"{how}_{criterion.id}":
                    return self.label(f"experiment.level.{how}") + self.label("colon") + criterion.name.get(self.lang)
        return self.label.of("experiment.outcome", name)

    @property
    def _criteria(self) -> tuple[Criterion, ...]:
        rubric = self.library.cards["rubric"].get(self.design.rubric)
        return rubric.criteria if isinstance(rubric, Rubric) else ()

    def counts(self, name: str) -> str:
        """Return what an outcome counts; for a counted level, its rule; empty if there is no text."""
        outcome = outcome_of(name)
        text = self.label(outcome.definition) if outcome and outcome.definition in self.label else ""
        for criterion in self._criteria:
            if name == f"counted_{criterion.id}" and criterion.counted:
                levels = (f"{level} – {words.get(self.lang)}" for level, words in criterion.counted.levels.items())
                text += self.label("gap").join((self.label("stop"), *levels))
        return text

    def model(self, name: str) -> str:
        """Return the name of a model, or words if no model plays."""
        return {RULES_ONLY: self.say("no_model"), CARDS: self.label("models.cards")}.get(name, name)

    def player(self, player: Player) -> str:
        """Return who plays if no factor says it: the rules alone, the cards alone, or a model with its style."""
        model, style = player
        if model in (RULES_ONLY, CARDS):
            return self.say("players.rules" if style == "rules" else "players.cards")
        return self.say("players.model", model=self.model(model), style=self.level("style", style)) if model else ""

    def in_stores(self, players: Mapping[str, Player]) -> str:
        """Return the names of stores, each with its player."""
        return self.label.join(name + self.label.paren(self.player(player)) for name, player in players.items())

    @property
    def styles(self) -> tuple[str, ...]:
        """The styles of play; if models are varied and styles are not, each model has its own."""
        return tuple(dict.fromkeys(style for _, style in self.players))

    @property
    def players(self) -> tuple[Player, ...]:
        """The models that spoke for seats without a model of their own, each with its style."""
        return tuple((model, style) for model, _ in self._seatings for style in self._styles_of(model))

    @property
    def _seatings(self) -> tuple[tuple[str, Mapping[str, str]], ...]:
        """The speakers at each level: a model, and by seat the models and agents that play single seats."""
        factors = self.design.factors
        seatings = (factors.seating(level) for level in factors.levels("model") or (self.analysis.model,))
        return tuple(seating for seating in seatings if seating[0] != RULES_ONLY)

    def _styles_of(self, model: str) -> tuple[str, ...]:
        factors = self.design.factors
        if model == CARDS:
            return ("directed",)
        if model.startswith(AGENT):
            return ("agent",)
        if factors.style or not factors.model:
            return factors.style or (self.analysis.style,)
        return ("directed",) if model == EMBEDDED else ("free",)

    @property
    def by_cards(self) -> Literal["all", "some", ""]:
        """Whether the cards alone speak: in all sessions in which anybody speaks, in some, or in none (empty)."""
        return "" if CARDS not in self.speakers else "all" if {*self.speakers} == {CARDS} else "some"

    @property
    def spoken(self) -> Literal["model", "cards"]:
        """The speaker in the sessions that are compared with those by the rules alone."""
        return "cards" if self.by_cards == "all" else "model"

    @property
    def speakers(self) -> tuple[str, ...]:
        """The speakers: the design's models, or what played if no factor says it; rules are left out."""
        return tuple(dict.fromkeys(name for model, seats in self._seatings for name in (model, *seats.values())))

    @property
    def models(self) -> str:
        """The models that played."""
        names = self.design.factors.levels("model") or ((self.analysis.model,) if self.analysis.model else ())
        return self.label.join(map(self._seated, names)) or self.label("unnamed")

    def _seated(self, level: str) -> str:
        model, seats = self.design.factors.seating(level)
        if not seats:
            return self.model(level)
        own = own_models_told(seats, self.label, lambda held: self.label.join(self.card("persona", x) for x in held))
        return level + self.label("colon") + self.label.of("acted_by", model) + own

    def at(self, hypothesis: Hypothesis) -> str:
        """Return the level of another factor at which a hypothesis holds, and the level compared; empty if none."""
        factor = hypothesis.factor
        if not factor:
            return ""
        names = [self.level(factor, level) for level in (*hypothesis.at.values(), *hypothesis.against.values())]
        key = "at.against" if hypothesis.against else "at.level"
        return self.say(key, factor=self.say(f"factor.{factor}"), level=names[0], other=names[-1])

    def parts(self, texts: Iterable[str]) -> str:
        """Return texts in one line, with separators."""
        return self.label("semi").join(texts)
