"""Crosses the rules of several governance models, and plays rules-only sessions under combinations of their values.

Each rule takes the value of any of the models; the corners of this space are the models themselves. As the models'
positions differ, they are split as finely as possible: the chair, and each kind of persona by registration. A rule that
names positions of a model then applies to the groups that hold these positions there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.content.cards import Kind
from sandbox.content.governance import SET, Aggregation, Governance, fitting
from sandbox.content.library import Library
from sandbox.content.words import refusal, said
from sandbox.diffusion.pool import in_parallel, pool_of
from sandbox.errors import InputError
from sandbox.experiment.outcomes import OUTCOMES, outcomes_of
from sandbox.experiment.planning.seeds import seed_of
from sandbox.game.game import Game
from sandbox.game.play import RandomChoice, play
from sandbox.game.session import Session
from sandbox.game.spec import SessionSpec

CHAIR = "chair"
_CROSSED = "crossed"
_NAMELESS = "–"  # for names and budgets, whose words nobody reads
# The chair always has the act of deciding, which the aggregation rule opens or closes: if it varied as an act, the
# chair could not decide in most combinations in which nobody else does.
_BINDS = "decide"
_AGGREGATION = ("procedure", "voters", "quorum", "veto", "abstain", "order", "ballots")
_INFORMATION = ("minutes", "lines", "documents", "platform", "asides")
_HELD = ("voters", "veto", "platform", "hierarchical", "horizontal", "plans")
Group = tuple[Kind, bool]
COUNTED = tuple(name for name, outcome in OUTCOMES.items() if outcome.needs == "nothing")
"""The outcomes that rules-only sessions have."""
CHANCES = 4
"""Number of sets of seeds, so that chance alone can be varied with all rules fixed."""
_CHUNK = 4  # points given to a process at once
_FEW = 400  # sessions that take no longer than starting processes
Point = tuple[int, ...]
Values = dict[str, list[float]]


@dataclass(frozen=True)
class CrossedValue:
    """A value that a rule may have.

    Args:
        value: the value as data; positions are the chair and groups of personas.
        models: the governance models that give the rule this value, by id.
    """

    value: Any
    models: tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """A rule with the values that it may have.

    Args:
        path: its path among the rules, as in ``--set``; also ``chair`` for the position of the chair, and
            ``choice.<group>`` with a ``+`` between groups that no model distinguishes.
        levels: its values, unordered but listed in the order of the models.
        groups: the groups whose acts it lists, each a kind and whether registered here.
    """

    path: str
    levels: tuple[CrossedValue, ...]
    groups: tuple[Group, ...] = ()

    def place(self, model: str) -> int:
        """Return the index of a model's value; 0 if the rule has no part in that model."""
        return next((place for place, level in enumerate(self.levels) if model in level.models), 0)


class RuleSpace:
    """The rules in which governance models differ, and the governance models that combinations of their values make.

    Args:
        models: ids of the governance models.
        library: the content.
        cases: ids of the cases; the personas of their seats make the groups.

    Raises:
        InputError: a model or a case does not exist, they do not fit each other, or the models' rules do not differ.
    """

    def __init__(self, models: Sequence[str], library: Library, cases: Sequence[str]) -> None:
        self._library = library
        self._cards = {model: library.governance(model) for model in models}
        for model, card in self._cards.items():
            _check(card)
            for case in cases:
                _ = Game(spec_of(case, model), library)
        personas = (library.persona(seat.persona) for case in cases for seat in library.scenario(case).seats)
        self._groups = tuple(
            sorted(
                {(persona.kind, persona.registered) for persona in personas}, key=lambda group: (group[0], not group[1])
            )
        )
        rules = [rule for rule in self._all() if rule.levels]
        self.rules = tuple(rule for rule in rules if len(rule.levels) > 1)
        """Rules in which the models differ."""
        self.same = tuple(rule for rule in rules if len(rule.levels) == 1)
        """Rules that are the same in all models, about which nothing can be learned."""
        if not self.rules:
            raise refusal("experiment.refused.same_rules", models=list(models))

    def corner(self, model: str) -> tuple[int, ...]:
        """Return the indices of a model's values for `rules`."""
        return tuple(rule.place(model) for rule in self.rules)

    def game(self, case: str, places: Sequence[int]) -> Game:
        """Return the game of a case under a combination of values.

        ``places`` has the index of the value for each of `rules`.

        Raises:
            InputError: these rules cannot be played together; those of the shipped models always can.
        """
        cards = {**self._library.cards, "governance": {_CROSSED: self.card(places)}}
        crossed = Library(cards, self._library.roots, self._library.files, self._library._templates)
        return Game(spec_of(case, _CROSSED), crossed)

    def card(self, places: Sequence[int]) -> Governance:
        """Return the governance model of a combination of values; argument as of `game`."""
        first = next(iter(self._cards.values()))
        values = {rule.path: rule.levels[0].value for rule in self.same}
        values |= {rule.path: rule.levels[place].value for rule, place in zip(self.rules, places, strict=True)}
        positions = {CHAIR: {"single": True, **values.pop(CHAIR)}}
        positions |= {_name(group): {"kinds": [group[0]], "registered": group[1]} for group in self._groups}
        rules: dict[str, Any] = {
            "position": {name: {"name": _NAMELESS, "source": SET, **rule} for name, rule in positions.items()},
            "boundary": {},
            "choice": {},
            "aggregation": {"chair": CHAIR, "source": SET},
            "information": {"source": SET},
            "payoff": {"assessed_by": _NAMELESS, "source": SET},
            "scope": {"source": SET},
            "floor": values.pop("floor"),
        }
        for path, value in values.items():
            kind, _, name = path.partition(".")
            if kind == "boundary":
                rules[kind][name] = {"positions": value, "source": SET}
            elif kind == "choice":
                acts = [*value, _BINDS] if name == CHAIR else value
                rules[kind] |= {group: {"acts": acts, "source": SET} for group in name.split("+")}
            elif name == "budgets":
                rules[kind] |= {**value, "budgets": dict.fromkeys(value["budgets"], _NAMELESS)}
            else:
                rules[kind][name] = value
        rules["aggregation"] = fitting(rules["aggregation"])
        return Governance.model_validate(
            {"id": _CROSSED, "name": _NAMELESS, "summary": _NAMELESS, "source": first.source, "rules": rules}
        )

    def _all(self) -> Iterator[Rule]:
        chairs = {model: card.rules.position[card.rules.aggregation.chair] for model, card in self._cards.items()}
        kinds = {m: {"kinds": list(chair.kinds), "registered": chair.registered} for m, chair in chairs.items()}
        yield self._rule(CHAIR, kinds)
        stages = dict.fromkeys(stage for card in self._cards.values() for stage in card.rules.boundary)
        for stage in stages:
            yield self._rule(f"boundary.{stage}", {m: self._present(card, stage) for m, card in self._cards.items()})
        yield self._acts(CHAIR, {model: card.rules.aggregation.chair for model, card in self._cards.items()})
        alike: dict[tuple[str, ...], list[Group]] = {}
        for group in self._groups:
            alike.setdefault(tuple(_position(card, group) for card in self._cards.values()), []).append(group)
        for held, groups in alike.items():
            name = "+".join(map(_name, groups))
            yield self._acts(name, dict(zip(self._cards, held, strict=True)), tuple(groups))
        said = {name for card in self._cards.values() for name in card.rules.aggregation.model_dump()}
        grown = [name for name in Aggregation.newer if name in said]
        names = [("aggregation", name) for name in (*_AGGREGATION, *grown)]
        names += [("information", name) for name in _INFORMATION]
        names += [("payoff", "budgets"), ("payoff", "hierarchical"), ("payoff", "horizontal")]
        for kind, name in (*names, *(("scope", name) for name in ("decisions", "plans", "tasks"))):
            yield self._rule(f"{kind}.{name}", {m: self._value(card, kind, name) for m, card in self._cards.items()})
        yield self._rule("floor", {model: card.rules.floor for model, card in self._cards.items()})

    def _rule(self, path: str, values: dict[str, Any], groups: tuple[Group, ...] = ()) -> Rule:
        """Return a rule with its different values; models with None have none."""
        models: list[tuple[Any, list[str]]] = []
        for model, value in values.items():
            known = next((names for other, names in models if other == value), None)
            if known is not None:
                known.append(model)
            elif value is not None:
                models.append((value, [model]))
        return Rule(path, tuple(CrossedValue(value, tuple(names)) for value, names in models), groups)

    def _acts(self, name: str, held: dict[str, str], groups: tuple[Group, ...] = ()) -> Rule:
        acts = {model: self._cards[model].rules.choice[position].acts for model, position in held.items()}
        left_out = {_BINDS} if name == CHAIR else set()
        values = {model: sorted(set(allowed) - left_out) for model, allowed in acts.items()}
        return self._rule(f"choice.{name}", values, groups)

    def _present(self, card: Governance, stage: str) -> list[str]:
        rule = card.rules.boundary.get(stage)
        return self._holders(card, card.rules.position if rule is None else rule.positions)

    def _value(self, card: Governance, kind: str, name: str) -> Any:
        """Return the value of a rule in a model; None for rules on votes that the model does not use."""
        if kind == "aggregation" and name != "procedure" and card.rules.aggregation.procedure == "chair_decides":
            return None
        if name == "share" and card.rules.aggregation.procedure != "majority":
            return None
        if name == "budgets":  # with the default payer, who must have a budget
            return {"budgets": sorted(card.rules.payoff.budgets), "default": card.rules.payoff.default}
        value = getattr(getattr(card.rules, kind), name)
        if name in _HELD:
            return self._holders(card, value)
        return sorted(value) if isinstance(value, tuple) else value

    def _holders(self, card: Governance, positions: Iterable[str]) -> list[str]:
        """Return the chair and groups that hold positions in a model."""
        named = set(positions)
        chair = [CHAIR] if card.rules.aggregation.chair in named else []
        return chair + [_name(group) for group in self._groups if _position(card, group) in named]


def spec_of(case: str, governance: str) -> SessionSpec:
    """Return the spec of a rules-only session."""
    return SessionSpec(scenario=case, governance=governance, style="rules", model="none")


def _check(card: Governance) -> None:
    named = [name for name, position in card.rules.position.items() if position.personas]
    for setting, held in (("personas", named), ("unless", list(card.rules.aggregation.unless))):
        if held:
            raise refusal("experiment.refused.uncrossable", model=card.id, positions=held, setting=setting)
    single = [name for name, position in card.rules.position.items() if position.single]
    if single != [card.rules.aggregation.chair]:
        positions = single or said("unknown.none")
        raise refusal("experiment.refused.uncrossable", model=card.id, positions=positions, setting="single: true")


def _position(card: Governance, group: Group) -> str:
    """Return the position of a group in a model; the chair's if the group fits no other."""
    kind, registered = group
    near = {name: rule for name, rule in card.rules.position.items() if not rule.single and kind in rule.kinds}
    fitting = (name for name, rule in near.items() if rule.registered in (None, registered))
    return next(fitting, next(iter(near), card.rules.aggregation.chair))


def _name(group: Group) -> str:
    return group[0] if group[1] else f"{group[0]}_from_elsewhere"


class CrossedRules:
    """Plays combinations of rules, each over the same cases and seeds.

    Args:
        models: ids of the governance models whose rules are crossed.
        cases: ids of the cases.
        content: the user's own content folder, or None.
        seeds: number of sessions of each case under each combination.
        seed: the seed from which all others are made.

    Raises:
        InputError: models and cases do not fit; see `RuleSpace`.
    """

    def __init__(
        self, models: Sequence[str], cases: Sequence[str], content: Path | None, seeds: int, seed: int
    ) -> None:
        self._arguments = (models, cases, content, seeds, seed)
        self.models, self.cases, self.seeds, self.seed = tuple(models), tuple(cases), seeds, seed
        self.space = RuleSpace(models, Library.load(content), cases)

    @property
    def sessions(self) -> int:
        """Number of sessions of a point."""
        return len(self.cases) * self.seeds

    def values(self, point: Point) -> Values | None:
        """Play a point and return the values of each outcome in its sessions; None if it cannot be played.

        A point has the index of the value of each rule in the space and, last, the number of the set of seeds.
        """
        *places, chance = point
        values: Values = {name: [] for name in COUNTED}
        for case in self.cases:
            try:
                game = self.space.game(case, places)
            except InputError:
                return None
            for replicate in range(1, self.seeds + 1):
                sample = game.twin(seed=seed_of(self.seed, {"scenario": case, "chance": str(chance)}, replicate))
                outcomes = outcomes_of(Session(sample, play(sample, RandomChoice(sample.templates))))
                for name in COUNTED:
                    if (value := outcomes[name]) is not None:
                        values[name].append(value)
        return values

    def play(
        self, points: Iterable[Point], cores: int, on_sessions: Callable[[int], None] = lambda _: None
    ) -> dict[Point, Values | None]:
        """Play points, each of them once.

        ``cores`` is how many processes there are at most; few sessions are played in this one. ``on_sessions`` is told
        how many sessions more have been played.
        """
        wanted = list(dict.fromkeys(points))
        if cores == 1 or len(wanted) * self.sessions <= _FEW:
            played = {}
            for point in wanted:
                played[point] = self.values(point)
                on_sessions(self.sessions)
            return played
        chunks = [wanted[at : at + _CHUNK] for at in range(0, len(wanted), _CHUNK)]
        results: dict[Point, Values | None] = {}
        for _, part in in_parallel(pool_of(cores, CrossedRules, *self._arguments), _play, chunks):
            results |= part
            on_sessions(len(part) * self.sessions)
        return {point: results[point] for point in wanted}


def _play(crossed: CrossedRules, points: Sequence[Point]) -> dict[Point, Values | None]:
    return {point: crossed.values(point) for point in points}
