"""Rules of a governance model in words: each, how the body decides and who pays, and what was changed of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from sandbox.content.acts import has
from sandbox.content.cards import Act
from sandbox.content.governance import Aggregation, Governance, Rules, share_in_words
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.game.game import Game
from sandbox.game.ledger.entries import Item
from sandbox.game.minutes.settled import default_budgets, payer_beyond
from sandbox.game.motions.beyond import Beyond, held_by
from sandbox.game.motions.counting import Counted
from sandbox.game.motions.franchise import bought_off, franchise, partys_own, right_of, veto_key
from sandbox.game.rules import binding, payable, payers
from sandbox.game.spec import SessionSpec
from sandbox.record.line import DecisionTaken

_BRACKETS = re.compile(r"[（(].*?[)）]")
_SUM = re.compile(r"\d[\d,.]*(?: yuan|万?元)")
_HOLDERS = ("voters", "veto", "platform", "plans", "hierarchical", "horizontal")
Side = Literal["yes", "no", "abstain"]
_NAMES = {
    "payoff.default": "rules.payer", "payoff.assessed_by": "rules.assessed",
    "aggregation.chair": "sensitivity.rule.chair",
}  # fmt: skip
_SENTENCES = {"minutes": "minutes", "lines": "heard", "documents": "documents", "tasks": "tasks"}


@dataclass(frozen=True)
class RuleChange:
    """A rule that is not the same under two sets of rules.

    ``path`` is where it stands, as ``--set`` has it. What it says under either set is empty where that has no such
    rule.
    """

    path: str
    name: str
    was: str
    now: str


class RuleWords:
    """Says the rules of a game, in the language of its session; ``named`` with the names of who holds a position."""

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
        """Return what a rule says; empty where there is none of this path."""
        values, rule = self._values, self._rules.aggregation
        if rule.procedure == "majority":  # said in words also where no card says it
            values = {"aggregation.share": rule.share, "aggregation.of": rule.of} | values
        if rule.veto:
            values = {"aggregation.unless": rule.unless} | values
        return self._said(path, values[path]) if path in values else ""

    @cached_property
    def _values(self) -> dict[str, Any]:
        return rule_values(self._rules)

    def position(self, position: str) -> str:
        """Return the name of a position; its id where the rules do not have it."""
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
            return words(f"rule_value.procedure.{_counting(rule)}", share=share_in_words(words, rule.share))
        if name == "unless":
            told = [self.position(position) + _unless(self._game, position) for position in value]
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
    """Return the rules that are not the same in two games, in the words of the second's language.

    ``named`` with the names of who holds a position.
    """
    was, now = rule_values(before.governance.rules), rule_values(after.governance.rules)
    first, second = RuleWords(before, named=named), RuleWords(after, named=named)
    return tuple(
        RuleChange(path, (second if path in now else first).name(path), first.value(path), second.value(path))
        for path in dict.fromkeys([*now, *was])
        if was.get(path) != now.get(path)
    )


def deciders(game: Game) -> tuple[str, ...]:
    """Return the seats that bind the body: those whose positions vote, or the chair where that decides for it."""
    rule = game.governance.rules.aggregation
    if rule.procedure == "chair_decides":
        return (game.chair,)
    return tuple(seat for seat, position in game.positions.items() if position in rule.voters)


def vetoing(game: Game) -> tuple[str, ...]:
    """Return the seats that hold a veto."""
    rule = game.governance.rules.aggregation
    return tuple(seat for seat, position in game.positions.items() if position in rule.veto)


def inferred(card: Governance, path: str) -> bool:
    """Return whether a rule was inferred, as the paper does not state it; ``path`` is that of the rule, not of a field.

    The floor has no source of its own: it is inferred where the card says so of its rules.
    """
    if path == "floor":
        return "rules" in card.source.inferred
    return bool(_rule(card, path).source == "inferred")


def _rule(card: Governance, path: str) -> Any:
    kind, _, name = path.partition(".")
    rule = getattr(card.rules, kind)
    return rule[name] if name else rule


def marked(words: Words, card: Governance, text: str, *paths: str) -> str:
    """Return what some rules say, with a mark where one of them was inferred or is its author's own."""
    marks = [words("inferred.mark")] if any(inferred(card, path) for path in paths) else []
    marks += dict.fromkeys(filter(None, (own_source(card, path) for path in paths)))
    return text + words.paren(words.join(marks)) if marks else text


def party_text(words: Words, card: Governance) -> str:
    """Return where the Party organisation stands in a governance model, marked where inferred; empty for no word."""
    if card.party is None:
        return ""
    return card.party.get(words.lang) + (words.paren(words("inferred.mark")) if "party" in card.source.inferred else "")


def own_source(card: Governance, path: str) -> str:
    """Return in which words its author tells where a rule comes from, or an empty text; ``path`` as for `inferred`."""
    return "" if path == "floor" else str(_rule(card, path).own_source)


def inferred_text(words: Words, card: Governance, library: Library) -> str:
    """Return in words which rules of a governance model were inferred; empty for none."""
    return _rules_of(words, card, library, lambda path: inferred(card, path))


def own_text(words: Words, card: Governance, library: Library) -> str:
    """Return in words which rules of a governance model its author has from elsewhere, and from where; or empty."""
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
    """Return all rules by path, as ``--set`` has them, without their sources."""
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


def payer_text(game: Game, decision: DecisionTaken, items: Sequence[Item], told: Iterable[str] = ()) -> str:
    """Return how a decision is paid beyond what its options say; empty where they, or what is ``told``, say it all.

    Where an option on who pays is bound, that is what was promised of the money, and what facts tell of it. Else the
    rules say from what, and which rules do; of an option that the body cannot bind, whose promise makes it hold.
    """
    if not decision["carried"]:
        return ""
    if decision["payer_agreed"]:
        facts = _funds(game, decision["terms"], told)
        return game.words("semi").join(filter(None, (*_money_promised(game, decision, items), facts)))
    held = bool(decision["condition"])
    budgets = default_budgets(game, items, decision)
    return _by_rules(game, decision["unbound"], budgets, payer_beyond(game, items, decision), held=held)


def motion_payer_text(game: Game, motion: Item) -> str:
    """Return how a motion would be paid if it were carried, as `payer_text` does."""
    bound = binding(game.governance, game.scenario, motion.terms)
    who, agreed = payers(game.governance, game.scenario, bound)
    if agreed:
        return _funds(game, bound)
    budgets = [game.governance.rules.payoff.budgets[payer].get(game.spec.lang) for payer in who]
    unbound = {key: option for key, option in motion.terms.items() if key not in bound}
    return _by_rules(game, unbound, budgets, held=bool(motion.condition))


def _funds(game: Game, terms: Mapping[str, str], told: Iterable[str] = ()) -> str:
    """Return what facts of the case tell of the money of bound options: of each the parts that name any."""
    asked = game.scenario.decision_by_id
    chosen = [asked[key].options[option] for key, option in terms.items() if key in asked]
    funds = {fact for option in chosen for fact in (option.fund, *(option.sums or ()))}
    known = (fact for fact in game.scenario.facts if fact.id in funds - {*game.spec.start.had})
    texts = [_of_money(fact.text.get(game.spec.lang).rstrip(".。")) for fact in known]
    texts = [text for text in texts if not any(text in other for other in told)]
    return game.words("semi").join(game.words("payer.fund", fact=text) for text in texts)


def _money_promised(game: Game, decision: DecisionTaken, items: Sequence[Item]) -> list[str]:
    """Return what was promised to the whole room of who pays as decided, or of another decided option with a sum.

    Where cards speak, they promise what is written there.
    """
    known, room = game.scenario.decision_by_id, {*game.present(decision["stage"])}
    over = ("withdrawn", "fallen", "beyond_remit")
    stood = [item for item in items if item.kind == "promise" and item.state not in over and room <= {*item.visible_to}]
    return [
        game.words("payer.given", name=game.name(item.owner), line=item.line, says=item.says.rstrip(".。"))
        for item in (stood if game.spec.style == "free" else ())
        for decided in [dict(item.terms.items() & decision["terms"].items())]
        if any(known[key].topic == "payer" or _SUM.search(item.says) for key in decided)
    ]


def _of_money(fact: str) -> str:
    """Return a fact from that part on, between semicolons, which first names a sum."""
    found = _SUM.search(fact)
    head = fact[: found.start()] if found else ""
    return fact[max(map(head.rfind, ";；")) + 1 :].lstrip()


def _by_rules(
    game: Game, unbound: Mapping[str, str], budgets: Sequence[str], term: Beyond | None = None, *, held: bool
) -> str:
    """Return from what the rules have it paid, where conditions that it is ``held`` to say nothing else."""
    label, asked = game.words, game.scenario.decision_by_id
    named = [key for key in unbound if key in asked and asked[key].topic == "payer"]
    option = "".join(text for _, text in game.in_words({key: unbound[key] for key in named}))
    if term and term.promises:
        names, lines = [game.name(item.owner) for item in term.promises], [item.line for item in term.promises]
        return label("payer.promised", option=option, names=names, lines=lines)
    key = ("unbound" if named else "open") + ("_if" if held else "")
    holds = label.paren(held_by(game, term, whole=True)) if term else ""
    budget, model = label("semi").join(budgets), game.governance.name.get(game.spec.lang)
    return label(f"payer.{key}", option=option, holds=holds, budget=budget, model=model)


def procedure_text(game: Game) -> str:
    """Return in words how the body decides: procedure, voters, quorum, veto and chair."""
    label, lang, rules = game.words, game.spec.lang, game.governance.rules
    aggregation = rules.aggregation

    def name(position: str, *notes: str) -> str:
        own = rules.position[position]
        holders = [game.name(seat) for seat in own.personas if game.positions.get(seat) == position]
        named = label("rules.named") + label("colon") + label.join(holders) if holders else ""
        told = label("semi").join(filter(None, (named, *notes)))
        return own.name.get(lang) + (label.paren(told) if told else "")

    chair = game.role(game.chair) + label.paren(rules.position[aggregation.chair].name.get(lang))
    share, quorum = share_in_words(label, aggregation.share), label("rules.quorum", count=aggregation.quorum or 1)
    if isinstance(aggregation.quorum, str):
        quorum = label("rules.quorum.share", share=share_in_words(label, aggregation.quorum))
    voters = label.join(map(name, aggregation.voters))
    text = label(f"rules.{_counting(aggregation)}", voters=voters, share=share, quorum=quorum, chair=chair)
    if aggregation.procedure in ("majority", "consensus"):
        text += label(f"rules.{aggregation.order}", ballots=aggregation.ballots)
    if aggregation.abstain:
        text += label(f"rules.abstain.{aggregation.of}")
    held = [name(position, bought_off(game, position)) for position in aggregation.veto]
    key = "rules.veto.party" if partys_own(game.governance, aggregation.veto) else "rules.veto"
    return text + label(key, names=held) if held else text


def _unless(game: Game, position: str) -> str:
    lifted = bought_off(game, position)
    return game.words.paren(lifted) if lifted else ""


def right_in_words(game: Game, seat: str) -> str:
    """Return what a seat has where a motion is decided, and when its veto does not hold."""
    right = right_of(game, seat)
    vetoes = (
        right in ("votes_and_stops", "only_stops") and game.positions[seat] in game.governance.rules.aggregation.veto
    )
    key = veto_key(game, f"right.{right}", [seat] if vetoes else [])
    return game.words(key) + (_unless(game, game.positions[seat]) if right == "votes_and_stops" else "")


def carries_text(game: Game, stage: str, motion: Item | None = None) -> str:
    """Return in a sentence how a motion is decided in a stage: who votes, how many carry it, and who may stop it.

    It holds whoever does not vote: before a vote nobody knows who will. Where it is not told which motion, it is told
    of a veto when it does not hold.
    """
    terms = motion.terms if motion else None
    label, how, aggregation = game.words, franchise(game, stage, terms), game.governance.rules.aggregation
    count, chair = len(how.votes or how.heard), game.role(game.chair)
    way, share, due = _counting(aggregation), share_in_words(label, aggregation.share), aggregation.due(count)
    text = label(f"carries.{way}", count=count, carry=how.carry, chair=chair, share=share)
    if how.votes and aggregation.of == "cast":
        text += label("carries.abstain") if aggregation.abstain else ""
    if how.votes and due > (1 if aggregation.of == "cast" else how.carry):
        text += label("carries.quorum", quorum=due)
    stop = [seat for seat in how.stop if game.positions[seat] in aggregation.veto]
    unless = "" if motion else label.join(filter(None, (bought_off(game, position) for position in aggregation.veto)))
    text += label(veto_key(game, "carries.stop", stop), names=offices(game, stop)) if stop else ""
    return text + (label.paren(unless) if unless else "") + label("stop")


def _counting(rule: Aggregation) -> str:
    if rule.of == "voters":
        return f"{rule.procedure}_of_voters"
    return "share" if rule.by_share else rule.procedure


def needed_text(words: Words, rule: Aggregation, how: Counted) -> str:
    """Return in words how many had to be for a motion, as its votes were counted."""
    return words(f"share.needed.{rule.of}", share=share_in_words(words, rule.share), count=how.needed)


def tally(words: Words, game: Game, how: Counted) -> dict[str, Any]:
    """Return how votes were counted, by the names that texts have for it: for, against, quorum, what is needed."""
    yes, cast = sum(how.votes.values()), len(how.votes)
    needed = needed_text(words, game.governance.rules.aggregation, how)
    return {"yes": yes, "no": cast - yes, "cast": cast, "quorum": how.missed, "needed": needed}


def side_of(act: Act) -> Side:
    """Return on which side of a motion an act votes."""
    return "yes" if has(act, "votes_for") else "no" if has(act, "votes_against") else "abstain"


def ballot_text(game: Game, seat: str, stage: str, act: Act, motion: Item | None) -> str:
    """Return a vote of a seat as it is offered to its person; where it stops the motion, that is said."""
    how: str = (side := side_of(act))
    right = franchise(game, stage, motion.terms if motion else None)
    if seat in right.stop:
        lets_pass = side == "yes" and seat not in right.votes
        how = "no_stops" if side == "no" else "lets_pass" if lets_pass else side
        if how in ("no_stops", "lets_pass") and game.governance.rules.aggregation.stops(game.positions[seat]):
            how = veto_key(game, how, [seat])
    return game.words(f"vote.{how}")


def offices(game: Game, seats: Iterable[str]) -> list[str]:
    """Return the offices that some seats hold under the rules, each once, without what explains them in brackets."""
    names = (game.governance.rules.position[game.positions[seat]].name.get(game.spec.lang) for seat in seats)
    return [*dict.fromkeys(_BRACKETS.sub("", name).strip() for name in names)]


def position_text(words: Words, game: Game, seat: str) -> str:
    """Return the name of the position that a seat holds, with a mark where the rules name it for that."""
    position = game.governance.rules.position[game.positions[seat]]
    return position.name.get(words.lang) + (words.paren(words("rules.named")) if seat in position.personas else "")


def scope_text(game: Game) -> str:
    """Return in words which questions the body may bind."""
    label, scope = game.words, game.governance.rules.scope.decisions
    if isinstance(scope, str):
        return label(f"scope.{scope}")
    return label.join([label(f"topic.{topic}") for topic in scope])


def unpaid_text(game: Game) -> str:
    """Return in words the options of the case that the rules let nobody pay for, and that are not offered; or empty."""
    words, lang = game.words, game.spec.lang
    options = [option for decision in game.scenario.decisions for option in decision.options.values()]
    return words("semi").join(
        option.get(lang) + words.paren(words.join([words.of("cards.payer", payer) for payer in option.paid_by]))
        for option in options
        if not payable(game.governance, option)
    )


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
    """Return in words what changes of rules (``path=value``) make different; as they are written where no word says it.

    The spec is of a session under the rules as they are without these changes; ``named`` with the names of who holds a
    position there, where what is told is of that session alone.
    """
    words = Words(spec.lang, library.roots)
    return [change_text(words, rule) for rule in rules_swapped(spec, library, changes, named=named)] or list(changes)


def told_apart(
    spec: SessionSpec, library: Library, changes: Sequence[str], brought: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return in words what was asked for among changes of rules, and what was ``brought`` along with it.

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
    """Return which rules changes make different; the arguments are those of `changes_told`."""
    if not changes:
        return ()
    before = Game(spec.model_copy(update={"content": ""}), library)
    after = Game(before.spec.model_copy(update={"changes": (*spec.changes, *changes)}), library)
    return changed_rules(before, after, named=named)
