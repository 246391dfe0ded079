"""The rules that a facilitator may change during a session: a few values for each, and what each value would do.

A value is offered only if the rules and the game are valid with it (`sandbox.content.changes.with_changes`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from sandbox.content.cards import Act
from sandbox.content.governance import CHAIR_BINDS, MORE_THAN_HALF, FloorPolicy, Procedure, share_in_words
from sandbox.errors import InputError
from sandbox.game.game import Game
from sandbox.game.motions.franchise import partys_own
from sandbox.report.rule_words import RuleWords

_MOST = 5
_VETO = "aggregation.veto"
_BINDS: Act = "decide"
_TELLING: tuple[Act, ...] = ("propose", "object", "promise", "refuse", "escalate", "delegate")
_SHARES = (MORE_THAN_HALF, "2/3", "3/4")
_HOST, _OVERSEER = "host", "overseer"


@dataclass(frozen=True)
class RuleValue:
    """A value that a rule may be given.

    ``changes`` are the changes that give it, each ``path=value``, in this order; ``does`` says what it would do. If the
    value is a list, ``names`` are its members.
    """

    changes: tuple[str, ...]
    does: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleOffer:
    """A rule that may be changed.

    ``path`` is the rule's path, as in ``--set``; ``now`` is what the rule says now. It has at most five other values.
    Only the veto has one value for each position, and several of these may be chosen ``together``.
    """

    path: str
    name: str
    now: str
    values: tuple[RuleValue, ...]

    @property
    def together(self) -> bool:
        """Whether several of its values may be chosen at once."""
        return self.path == _VETO

    def chosen(self, values: Sequence[RuleValue], gap: str) -> RuleValue:
        """Return the one value that results from some values of this rule; each of several adds one more position.

        If the value that leaves the rule to nobody is among them, the positions that have it now lose it.

        Args:
            values: one or several values of this rule.
            gap: the text between two sentences.
        """
        if len(values) == 1:
            return values[0]
        given = [value for value in values if value.names]
        had = given[0].names[:-1] if len(given) == len(values) else ()
        names = (*had, *(value.names[-1] for value in given))
        return RuleValue((_listed(self.path, names),), gap.join(value.does for value in given), names)


def under(game: Game, changes: Sequence[str]) -> Game:
    """Return a game with further rules changed.

    Raises:
        InputError: a change does not fit the rules; the message says what is allowed.
    """
    spec = game.spec
    return Game(spec.model_copy(update={"changes": (*spec.changes, *changes), "content": ""}), game.library)


def rule_offers(game: Game, stage: int = 0) -> tuple[RuleOffer, ...]:
    """Return the rules that may be changed from a stage on, with the values that are valid for them.

    Rules that matter only in stages before that place are left out.
    """
    said = RuleWords(game)
    offers = []
    for path, values in _Values(game, stage).all():
        now = said.value(path)
        offer = RuleOffer(path, said.name(path), now, tuple(v for v in values if _fits(game, path, now, v)))
        if offer.values:
            offers.append(offer if offer.together else replace(offer, values=offer.values[:_MOST]))
    return tuple(offers)


def _fits(game: Game, path: str, now: str, value: RuleValue) -> bool:
    """Return whether the rules are valid with a value, and the rule then says something else."""
    try:
        changed = under(game, value.changes)
    except InputError:
        return False
    return RuleWords(changed).value(path) != now


class _Values:
    def __init__(self, game: Game, stage: int) -> None:
        self._game, self._words = game, game.words
        self._rules, self._said = game.governance.rules, RuleWords(game)
        self._stages = game.stages[stage:]
        held = dict.fromkeys(game.positions.values())
        self._held = [name for name in self._rules.position if name in held]
        self._members = [name for name in self._held if not self._only(name, _HOST)]

    def all(self) -> Iterator[tuple[str, list[RuleValue]]]:
        if self._to_come("decides"):
            yield "aggregation.procedure", list(self._procedures())
            if self._rules.aggregation.procedure != "chair_decides":
                yield from self._votes()
        for name in ("asides", "lines", "minutes", "documents"):
            yield f"information.{name}", self._other(f"information.{name}", self._allowed("information", name))
        yield "information.platform", self._given("information.platform", self._rules.information.platform, none=True)
        yield "payoff.default", list(self._payers())
        yield "scope.decisions", list(self._scopes())
        yield "scope.tasks", self._other("scope.tasks", self._allowed("scope", "tasks"))
        if self._to_come("drafts"):
            yield "scope.plans", self._given("scope.plans", self._rules.scope.plans, taken=True)
        yield "floor", self._other("floor", get_args(FloorPolicy))
        for place, stage in enumerate(self._stages):
            path, rule = f"boundary.{stage.id}", self._rules.boundary.get(stage.id)
            if rule is not None:  # nobody is sent out of the room during the current stage
                yield path, self._given(path, rule.positions, taken=place > 0, field="positions")
        for position in self._members:
            yield f"choice.{position}", list(self._acts(position))

    def _to_come(self, ability: str) -> bool:
        return any(ability in stage.abilities for stage in self._stages)

    def _only(self, position: str, kind: str) -> bool:
        return tuple(self._rules.position[position].kinds) == (kind,)

    def _say(self, key: str, /, **values: object) -> str:
        return self._words(f"rule_offer.{key}", **values)

    def _procedures(self) -> Iterator[RuleValue]:
        rules = self._rules.aggregation
        acts = self._rules.choice[rules.chair].acts
        everybody = [name for name in self._members if not self._only(name, _OVERSEER)]
        for procedure in get_args(Procedure):
            changes = []
            if procedure in CHAIR_BINDS and _BINDS not in acts:
                changes.append(_listed(f"choice.{rules.chair}.acts", [*acts, _BINDS]))
            if procedure != "chair_decides" and not rules.voters:
                changes.append(_listed("aggregation.voters", everybody))
            changes.append(f"aggregation.procedure={procedure}")
            yield RuleValue(tuple(changes), self._say(f"procedure.{procedure}"))

    def _votes(self) -> Iterator[tuple[str, list[RuleValue]]]:
        rules = self._rules.aggregation
        chairless = [name for name in self._members if name != rules.chair]
        everybody = self._listed("aggregation.voters", self._members, "voters.all")
        voters = self._given("aggregation.voters", rules.voters, taken=True)
        yield "aggregation.voters", [*voters[: _MOST - 1], everybody]
        if rules.procedure not in CHAIR_BINDS:
            veto = [
                self._listed(_VETO, [*rules.veto, name], self._veto("given", [name]), who=self._said.holders([name]))
                for name in (*chairless[::-1], rules.chair)
                if name not in rules.veto
            ]
            none = [self._listed(_VETO, [], self._veto("none", rules.veto))] if rules.veto else []
            yield _VETO, [*none, *veto]
            if rules.procedure == "majority":
                yield "aggregation.share", list(self._shares())
            if rules.abstain:
                yield "aggregation.of", self._other("aggregation.of", self._allowed("aggregation", "of"))
            yield "aggregation.quorum", list(self._quorums())
            yield "aggregation.abstain", self._other("aggregation.abstain", ("true", "false"))
            yield "aggregation.order", self._other("aggregation.order", self._allowed("aggregation", "order"))
            yield (
                "aggregation.ballots",
                [
                    RuleValue((f"aggregation.ballots={count}",), self._say(f"ballots.{key}", count=count))
                    for count, key in ((1, "single"), (2, "several"), (3, "several"))
                ],
            )

    def _shares(self) -> Iterator[RuleValue]:
        for share in _SHARES:
            text = self._say("share", share=share_in_words(self._words, share))
            yield RuleValue((f"aggregation.share={share}",), text)

    def _quorums(self) -> Iterator[RuleValue]:
        last = next((stage for stage in self._stages if "decides" in stage.abilities), None)
        voters = len(self._game.voters(last.id)) if last else 0
        yield RuleValue(("aggregation.quorum=0",), self._say("quorum.none"))
        for count in sorted({voters // 2 + 1, voters}):
            yield RuleValue((f"aggregation.quorum={count}",), self._say("quorum.some", count=count, all=voters))

    def _payers(self) -> Iterator[RuleValue]:
        payoff = self._rules.payoff
        for payer, budget in payoff.budgets.items():
            if payer != payoff.default:
                text = self._say("default", budget=budget.get(self._game.spec.lang))
                yield RuleValue((f"payoff.default={payer}",), text)

    def _scopes(self) -> Iterator[RuleValue]:
        topics = dict.fromkeys(decision.topic for decision in self._game.scenario.decisions)
        yield RuleValue(("scope.decisions=all",), self._say("decisions.all"))
        if "payer" in topics:
            rest = [topic for topic in topics if topic != "payer"]
            yield self._listed("scope.decisions", rest, "decisions.no_payer")
        yield RuleValue(("scope.decisions=none",), self._say("decisions.none"))

    def _acts(self, position: str) -> Iterator[RuleValue]:
        acts, path = self._rules.choice[position].acts, f"choice.{position}.acts"
        for act in _TELLING:
            key, now = ("taken", [own for own in acts if own != act]) if act in acts else ("given", [*acts, act])
            yield self._listed(path, now, f"choice.{key}", act=self._words.of("may", act))

    def _veto(self, done: str, positions: Sequence[str]) -> str:
        return f"veto.{done}.party" if partys_own(self._game.governance, positions) else f"veto.{done}"

    def _given(
        self, path: str, has: Sequence[str], *, taken: bool = False, none: bool = False, field: str = ""
    ) -> list[RuleValue]:
        """Return the values that give a rule to one more position, take it from one, or leave it to nobody."""
        key, where = (path.partition(".")[0], f"{path}.{field}") if field else (path.rpartition(".")[2], path)

        def value(names: Sequence[str], done: str, name: str) -> RuleValue:
            return self._listed(where, names, f"{key}.{done}", who=self._said.holders([name]))

        values = [value([*has, name], "given", name) for name in self._members if name not in has]
        for name in self._members if taken else ():
            if name in has and name != self._rules.aggregation.chair:
                values.append(value([own for own in has if own != name], "taken", name))
        return [*values, *([self._listed(where, [], f"{key}.none")] if none and has else [])]

    def _listed(self, path: str, names: Sequence[str], key: str, **values: object) -> RuleValue:
        return RuleValue((_listed(path, names),), self._say(key, **values), tuple(names))

    def _other(self, path: str, allowed: Sequence[str]) -> list[RuleValue]:
        name = path.rpartition(".")[2]
        return [RuleValue((f"{path}={value}",), self._say(f"{name}.{value}")) for value in allowed]

    def _allowed(self, kind: str, name: str) -> tuple[str, ...]:
        annotation = type(getattr(self._rules, kind)).model_fields[name].annotation
        return ("true", "false") if annotation is bool else get_args(annotation)


def _listed(path: str, names: Sequence[str]) -> str:
    return f"{path}=[{', '.join(names)}]"
