"""What an experiment compared: what each arm is, the rules in which arms differ, and who decides in each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sandbox.game.game import Game
from sandbox.report.document.blocks import Block, Details, Section
from sandbox.report.document.compose import Inline, fact_list, note, table
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.rule_words import RuleWords, deciders, rule_values, vetoing

_MANY = 12  # rules; more are folded away


def arms(reader: ExperimentReader) -> Section | None:
    """Return the section on what was compared; None where nothing is known of it but the names."""
    blocks = (*_levels(reader), *_rules(reader), *_deciders(reader))
    return Section("arms", reader.say("arms"), blocks) if blocks else None


def _levels(reader: ExperimentReader) -> Iterator[Block]:
    design, known = reader.design, {}
    for arm in reader.analysis.arms:
        if design.arms == "governance" and arm in reader.library.cards["governance"]:
            known[reader.arm(arm)] = reader.library.governance(arm).summary.get(reader.lang)
        elif design.arms == "rules":
            changes = design.factors.rules.get(arm, ())
            known[reader.arm(arm)] = " · ".join(changes) or reader.say("arms.as_is")
    if known:
        yield fact_list(known.items())


def _rules(reader: ExperimentReader) -> Iterator[Block]:
    names = reader.analysis.arms
    for model, games in reader.games.items():
        case = next(iter(games))
        held = {arm: games[case][arm] for arm in names if arm in games[case]}
        values = {arm: rule_values(game.governance.rules) for arm, game in held.items()}
        words = {arm: RuleWords(game, named=False) for arm, game in held.items()}
        rows = []
        paths = dict.fromkeys(path for rules in values.values() for path in rules)
        for path in sorted(paths, key=lambda path: not path.startswith("aggregation.")):
            if len({repr(rules.get(path)) for rules in values.values()}) > 1:
                name = next(words[arm].name(path) for arm, rules in values.items() if path in rules)
                rows.append((name, *(words[arm].value(path) or "–" for arm in held)))
        if rows:
            caption = reader.say("arms.rules_of", model=reader.card("governance", model)) if model else ""
            head = (reader.say("arms.rule"), *map(reader.arm, held))
            shown = table(caption or reader.say("arms.rules"), head, rows)
            yield shown if len(rows) <= _MANY else Details(reader.say("arms.rules"), (shown,))


def _deciders(reader: ExperimentReader) -> Iterator[Block]:
    names = reader.analysis.arms
    for model, games in reader.games.items():
        rows: list[Sequence[Inline]] = []
        for case, by_arm in games.items():
            cells = []
            for arm in names:
                game = by_arm.get(arm)
                cells.append(_decide(reader, game) if game else "–")
            rows.append((reader.case(case), *cells))
        if rows:
            of = reader.say("arms.deciders_of", model=reader.card("governance", model)) if model else ""
            yield note(reader.say("arms.deciders_note"))
            head = (reader.say("scenarios.case"), *map(reader.arm, names))
            yield table(of or reader.say("arms.deciders"), head, rows)


def _decide(reader: ExperimentReader, game: Game) -> str:
    """Return who votes or decides alone in a session, and who holds a veto, by their roles."""
    said, stop = [reader.label.join(map(game.role, deciders(game)))], [game.role(seat) for seat in vetoing(game)]
    return reader.label("semi").join([*said, *([reader.say("arms.veto", list=stop)] if stop else ())])


def set_by_rules(reader: ExperimentReader, base: str) -> dict[str, Sequence[str]]:
    """Return the arms under which others decide than under a base by rule, each with the cases in which they do."""
    apart = dict[str, Sequence[str]]()
    for arm in reader.analysis.arms:
        cases = [
            case
            for games in reader.games.values()
            for case, by_arm in games.items()
            if arm in by_arm and base in by_arm and deciders(by_arm[arm]) != deciders(by_arm[base])
        ]
        if cases:
            apart[arm] = cases
    return apart
