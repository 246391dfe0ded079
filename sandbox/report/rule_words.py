"""The rules of a governance model in words: each rule by itself, and what was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sandbox.content.governance import Governance, Rules, share_in_words
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.spec import SessionSpec
from sandbox.report.voting_words import counting_key, scope_text, unless_lifted

_HOLDERS = ("voters", "veto", "platform", "plans", "hierarchical", "horizontal")
_NAMES = {
    "payoff.default": "rules.payer", "payoff.assessed_by": "rules.assessed",
    "aggregation.chair": "sensitivity.rule.chair",
}  # fmt: skip
_SENTENCES = {"minutes": "minutes", "lines": "heard", "documents": "documents", "tasks": "tasks"}


@dataclass(frozen=True)
class RuleChange:
    """A rule that differs between two sets of rules.

    ``path`` is the rule's path, as in ``--set``; ``was`` and ``now`` are what it says under each set, empty if the set
    has no such rule.
    """

    path: str
    name: str
    was: str
    now: str


class RuleWords:
    """Puts the rules of a game into words of its language; ``named``: with the names of those who hold a position."""

    def __init__(self, game: Game, *, named: bool = True) -> None:
        self._named = named
        self._game, self._rules = game, game.governance.rules
        self._words, self._lang = game.words, game.spec.lang

    def name(self, path: str) -> str:
        """Return what a rule is called."""
        words = self._words
        kind, _, rest = path.partition(".")
        if kind == "boundary":
            return words("sensitivity.rule.boundary", stage=self._game.library.stage(rest).name.get(self._lang))
        if kind == "choice":
            position, _, amends = rest.partition(".")
            return words(f"sensitivity.rule.{amends or 'acts'}", who=self.position(position))
        if kind == "position":
            return words("rule_value.holds", who=self.position(rest))
        return words(_NAMES.get(path, f"sensitivity.rule.{path}"))

    def value(self, path: str) -> str:
        """Return what a rule says; empty if the rules have no such path."""
        values, rule = self._values, self._rules.aggregation
        if rule.procedure == "majority":  # told even if the card leaves them at their defaults
            values = {"aggregation.share": rule.share, "aggregation.of": rule.of} | values
        if rule.veto:
            values = {"aggregation.unless": rule.unless} | values
        return self._said(path, values[path]) if path in values else ""

    @cached_property
    def _values(self) -> dict[str, Any]:
        return rule_values(self._rules)

    def position(self, position: str) -> str:
        """Return the name of a position; its id if the rules do not have it."""
        known = self._rules.position.get(position)
        return known.name.get(self._lang) if known else position

    def holders(self, positions: Iterable[str]) -> str:
        """Return positions with the names of those who hold them."""
        words, texts = self._words, []
        if not self._named:
            return words.join(map(self.position, positions)) or words("rule_value.nobody")
        for position in positions:
            names = [self._game.name(seat) for seat, held in self._game.positions.items() if held == position]
            texts += [self.position(position) + words.paren(words.join(names))] if names else []
        return words.join(texts) or words("rule_value.nobody")

    def _said(self, path: str, value: Any) -> str:
        words = self._words
        kind, _, name = path.partition(".")
        if kind == "floor":
            return words(f"floor.{value}").rstrip(".。")
        if kind == "boundary" or name in _HOLDERS:
            return self.holders(value)
        if kind == "choice" and not isinstance(value, bool):
            return words.join([words.of("may", act) for act in value])
        if kind == "choice":
            return words("rule_value.no_amend")
        if kind == "position":
            named = [self._game.library.persona(persona).name.get(self._lang) for persona in value.get("personas", ())]
            return words.join([*named, *(words.of("sensitivity.who", held) for held in value["kinds"])])
        if name in _SENTENCES:
            return words(f"{_SENTENCES[name]}.{value}").rstrip(".。")
        if isinstance(value, bool):
            return words("asides.allowed" if value else "asides.none")
        return self._plain(name, value)

    def _plain(self, name: str, value: Any) -> str:
        words, budgets = self._words, self._rules.payoff.budgets
        if name == "procedure":
            rule = self._rules.aggregation
            return words(f"rule_value.procedure.{counting_key(rule)}", share=share_in_words(words, rule.share))
        if name == "unless":
            told = [self.position(position) + unless_lifted(self._game, position) for position in value]
            return words.join(told) or words("rule_value.no_unless")
        if name in ("order", "of"):
            return words(f"rule_value.{name}.{value}")
        if name == "share" or (name == "quorum" and isinstance(value, str)):
            share = share_in_words(words, value)
            return share if name == "share" else words("rule_value.quorum.share", share=share)
        if name == "quorum":
            return words("rule_value.quorum", count=value) if value else words("rule_value.no_quorum")
        if name == "chair":
            return self.holders([value])
        if name == "default":
            return budgets[value].get(self._lang)
        if name == "budgets":
            return words("semi").join(budget.get(self._lang) for budget in budgets.values())
        if name == "assessed_by":
            return self._rules.payoff.assessed_by.get(self._lang)
        if name == "decisions":
            return scope_text(self._game)
        return str(value)


def changed_rules(before: Game, after: Game, *, named: bool = True) -> tuple[RuleChange, ...]:
    """Return the rules that differ between two games, in the language of the second.

    ``named``: with the names of those who hold a position.
    """
    was, now = rule_values(before.governance.rules), rule_values(after.governance.rules)
    first, second = RuleWords(before, named=named), RuleWords(after, named=named)
    return tuple(
        RuleChange(path, (second if path in now else first).name(path), first.value(path), second.value(path))
        for path in dict.fromkeys([*now, *was])
        if was.get(path) != now.get(path)
    )


def deciders(game: Game) -> tuple[str, ...]:
    """Return the seats that bind the body: those whose positions vote, or the chair alone if the chair decides."""
    rule = game.governance.rules.aggregation
    if rule.procedure == "chair_decides":
        return (game.chair,)
    return tuple(seat for seat, position in game.positions.items() if position in rule.voters)


def vetoing(game: Game) -> tuple[str, ...]:
    """Return the seats that hold a veto."""
    rule = game.governance.rules.aggregation
    return tuple(seat for seat, position in game.positions.items() if position in rule.veto)


def inferred(card: Governance, path: str) -> bool:
    """Return whether a rule is inferred, since the paper does not state it; ``path`` is the rule's, not a field's.

    The floor has no source of its own: it is inferred if the card says so of its rules.
    """
    if path == "floor":
        return "rules" in card.source.inferred
    return bool(_rule(card, path).source == "inferred")


def _rule(card: Governance, path: str) -> Any:
    kind, _, name = path.partition(".")
    rule = getattr(card.rules, kind)
    return rule[name] if name else rule


def marked(words: Words, card: Governance, text: str, *paths: str) -> str:
    """Return what some rules say, with a mark if one of them is inferred or has a source of its author's own."""
    marks = [words("inferred.mark")] if any(inferred(card, path) for path in paths) else []
    marks += dict.fromkeys(filter(None, (own_source(card, path) for path in paths)))
    return text + words.paren(words.join(marks)) if marks else text


def party_text(words: Words, card: Governance) -> str:
    """Return the place of the Party organisation in a governance model, marked if inferred; empty if not stated."""
    if card.party is None:
        return ""
    return card.party.get(words.lang) + (words.paren(words("inferred.mark")) if "party" in card.source.inferred else "")


def own_source(card: Governance, path: str) -> str:
    """Return what the author gives as the source of a rule, or an empty text; ``path`` is as for `inferred`."""
    return "" if path == "floor" else str(_rule(card, path).own_source)


def inferred_text(words: Words, card: Governance, library: Library) -> str:
    """Return in words which rules of a governance model were inferred; empty if none were."""
    return _rules_of(words, card, library, lambda path: inferred(card, path))


def own_text(words: Words, card: Governance, library: Library) -> str:
    """Return in words which rules of a governance model its author took from other sources, and which; or empty."""
    paths = [path.removesuffix(".amends") for path in rule_values(card.rules)]
    paths += ("aggregation", "information", "payoff", "scope")
    known = [path for path in paths if path.partition(".")[0] in ("position", "choice", "boundary") or "." not in path]
    sources = dict.fromkeys(filter(None, (own_source(card, path) for path in known)))

    def of(source: str) -> str:
        return _rules_of(words, card, library, lambda path: own_source(card, path) == source)

    return words("semi").join(source + words("colon") + of(source) for source in sources)


def _rules_of(words: Words, card: Governance, library: Library, chosen: Callable[[str], bool]) -> str:
    rules = card.rules
    kinds = ("aggregation", "information", "payoff", "scope", "floor")
    parts = [words(f"inferred.{kind}") for kind in kinds if chosen(kind)]
    names = {position: own.name.get(words.lang) for position, own in rules.position.items()}
    stages = {stage: library.stage(stage).name.get(words.lang) for stage in rules.boundary}
    for kind, called in (("position", names), ("choice", names), ("boundary", stages)):
        own = [called[name] for name in getattr(rules, kind) if chosen(f"{kind}.{name}")]
        parts += [words(f"inferred.{kind}", names=own)] if own else []
    return words("semi").join(parts)


def rule_values(rules: Rules) -> dict[str, Any]:
    """Return all rules by path (as in ``--set``), without their sources."""
    return dict(_flat(rules.model_dump(mode="json")))


def _flat(rules: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    inner = {"boundary": "positions", "choice": "acts"}
    for kind, rule in rules.items():
        if not isinstance(rule, Mapping):
            yield kind, rule
            continue
        for name, own in rule.items():
            if kind in inner:
                yield f"{kind}.{name}", own[inner[kind]]
                if "amends" in own:
                    yield f"{kind}.{name}.amends", own["amends"]
            elif kind == "position":
                yield f"{kind}.{name}", {key: value for key, value in own.items() if key != "source"}
            elif name != "source":
                yield f"{kind}.{name}", own


def model_told(game: Game) -> str:
    """Return the name of a game's governance model, with what its changed rules say now."""
    name, spec = game.governance.name.get(game.spec.lang), game.spec
    rules = rules_swapped(spec.model_copy(update={"changes": ()}), game.library, spec.changes)
    told = [rule.now or game.words("none") for rule in rules]
    return name + (game.words.paren(game.words("tables.changed", rules=game.words("semi").join(told))) if told else "")


def change_text(words: Words, rule: RuleChange) -> str:
    """Return a rule that was changed in one line: its name, what it says now, and what it said before."""
    none = words("none")
    return words("branch.told.rule", name=rule.name, now=rule.now or none, was=rule.was or none)


def changes_told(spec: SessionSpec, library: Library, changes: Sequence[str], *, named: bool = True) -> list[str]:
    """Return in words what some changes of rules (``path=value``) do; the changes as written if no rule differs.

    The spec is that of a session without these changes. ``named`` adds the names of those who hold a position there,
    for texts about that session alone.
    """
    words = Words(spec.lang, library.roots)
    return [change_text(words, rule) for rule in rules_swapped(spec, library, changes, named=named)] or list(changes)


def told_apart(
    spec: SessionSpec, library: Library, changes: Sequence[str], brought: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return in words the changes of rules that were asked for, and those that were ``brought`` along with them.

    The other arguments are those of `changes_told`.
    """
    words, along = Words(spec.lang, library.roots), [change.partition("=")[0] for change in brought]
    told: tuple[list[str], list[str]] = ([], [])
    for rule in rules_swapped(spec, library, changes):
        came = any(f"{path.removeprefix('rules.')}.".startswith(f"{rule.path}.") for path in along)
        told[came].append(change_text(words, rule))
    return told


def rules_swapped(
    spec: SessionSpec, library: Library, changes: Sequence[str], *, named: bool = True
) -> tuple[RuleChange, ...]:
    """Return the rules that some changes make different; the arguments are those of `changes_told`."""
    if not changes:
        return ()
    before = Game(spec.model_copy(update={"content": ""}), library)
    after = Game(before.spec.model_copy(update={"changes": (*spec.changes, *changes)}), library)
    return changed_rules(before, after, named=named)
