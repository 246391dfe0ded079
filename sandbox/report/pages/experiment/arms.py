"""What an experiment compared: the arms and what each was told, the rules in which they differ, and who decides."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence

from sandbox.game.game import Game
from sandbox.report.document.blocks import Block, Details, Heading, Section
from sandbox.report.document.compose import Inline, bullets, fact_list, filled, note, paragraph, table
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.rule_words import RuleWords, changes_told, deciders, rule_values, vetoing
from sandbox.session.prompts import told_to_all

_MANY = 12  # more rules are folded away
_MANY_TOLD = 6  # blocks on what arms were told; more are folded away
# The end of a sentence.
_ENDS = re.compile(r"(?<=[.])\s+|(?<=。)")
_STOPS = ".。"


def arms(reader: ExperimentReader) -> Section | None:
    """Return the section on what was compared; None if only the names are known."""
    blocks = (*_levels(reader), *_rules(reader), *_deciders(reader))
    return Section("arms", reader.say("arms"), blocks) if blocks else None


def told(reader: ExperimentReader) -> Section | None:
    """Return the section on the sentences in which the prompts of arms differ; None if these are not known."""
    games = next(iter(reader.games.values()), {})
    if not games:
        return None
    case, by_arm = next(iter(games.items()))
    game, langs = next(iter(by_arm.values())), reader.design.factors.levels("lang") or ("en",)
    stage = ([stage for stage in game.stage_names if stage in game.able("decides")] or [*game.stage_names])[-1]
    said = [reader.say("told.note", case=reader.case(case), stage=reader.card("stage", stage))]
    said += [] if "free" in reader.styles and not reader.analysis.by_rules else [reader.say("told.unasked")]
    said += [] if reader.lang in langs else [reader.say("told.other_language")]
    models = {model: held[case] for model, held in reader.games.items() if case in held}
    shown = [block for model, held in models.items() for block in _apart(reader, model, held, stage)]
    folded = [Details(reader.say("told.sentences"), tuple(shown))] if len(shown) > _MANY_TOLD else shown
    return Section("told", reader.say("told"), (note(reader.label("gap").join(said)), *folded))


def _apart(reader: ExperimentReader, model: str, games: Mapping[str, Game], stage: str) -> Iterator[Block]:
    """Yield, by arm, the sentences that not all arms read; the ``model`` is named if rules are compared."""
    read = {arm: _sentences(games[arm], stage) for arm in reader.analysis.arms if arm in games}
    same = set.intersection(*({part.rstrip(_STOPS) for line in lines for part in line} for lines in read.values()))
    head = reader.card("governance", model) + reader.label("colon") if model else ""
    own = {arm: [new for line in lines if (new := _new(reader, line, same))] for arm, lines in read.items()}
    if not any(own.values()):
        yield paragraph(head + reader.say("told.same"))
        return
    for arm, lines in own.items():
        yield Heading(head + reader.arm(arm))
        yield bullets(lines or [reader.say("told.nothing")])


def _new(reader: ExperimentReader, line: Sequence[str], same: Collection[str]) -> str:
    """Return the sentences of a line that not all arms read, with dots for the others; empty if there are none."""
    told = ["…" if part.rstrip(_STOPS) in same else part for part in line]
    shown = [part for part, before in zip(told, ["", *told], strict=False) if part != "…" or before != "…"]
    return "" if shown == ["…"] else reader.label("gap").join(shown)


def _sentences(game: Game, stage: str) -> list[list[str]]:
    """Return what all seats read when a stage opens, line by line, each line as sentences."""
    text = told_to_all(Game(game.spec.model_copy(update={"stages": (stage,)}), game.library))
    return [[part for part in _ENDS.split(line.strip("#- ")) if part] for line in text.splitlines()]


def _levels(reader: ExperimentReader) -> Iterator[Block]:
    design, known = reader.design, {}
    for arm in reader.analysis.arms:
        if design.arms == "governance" and arm in reader.library.cards["governance"]:
            known[reader.arm(arm)] = reader.library.governance(arm).summary.get(reader.lang)
        elif design.arms == "rules":
            changes = design.factors.rules.get(arm, ())
            known[reader.arm(arm)] = reader.label("semi").join(_changed(reader, changes)) or reader.say("arms.as_is")
    if known:
        yield fact_list(known.items())
    yield from map(fact_list, filter(None, [tuple(_sets(reader))]))


def _changed(reader: ExperimentReader, changes: Sequence[str]) -> list[str]:
    """Return changes of rules: each as written, then in the words of every model in which it changes something."""
    specs = [
        game.spec.model_copy(update={"lang": reader.lang, "changes": ()})
        for games in reader.games.values()
        for game in next(iter(games.values())).values()
    ]
    shown = []
    for change in changes:
        under: dict[str, dict[str, None]] = {}
        for spec in specs:
            for text in changes_told(spec, reader.library, [change], named=False):
                under.setdefault(text, {})[reader.card("governance", spec.governance)] = None
        texts = [
            text + (reader.label.paren(reader.label.join(models)) if len(under) > 1 else "")
            for text, models in under.items()
            if text != change
        ]
        shown.append(change + (reader.label("colon") + reader.label("semi").join(texts) if texts else ""))
    return shown


def _sets(reader: ExperimentReader) -> Iterator[tuple[str, str]]:
    """Yield the levels, other than arms, to which the design gives names of its own, with what each level is."""
    factors, gap = reader.design.factors, reader.label("semi")
    seated = {
        level: [
            reader.say("arms.seated", persona=reader.card("persona", card), seat=reader.card("persona", seat))
            for seat, card in cast.items()
        ]
        for level, cast in factors.personas.items()
    }
    stages = {level: [reader.card("stage", stage) for stage in held] for level, held in factors.stages.items()}
    rules = {level: _changed(reader, changes) for level, changes in factors.rules.items()}
    named: Mapping[str, Mapping[str, Sequence[str]]] = {"rules": rules, "stages": stages, "personas": seated}
    for factor, sets in named.items():
        for level, held in sets.items() if factor != reader.design.arms else ():
            name = reader.say("level", factor=reader.say(f"factor.{factor}"), level=level)
            yield name, gap.join(held) or reader.say("arms.unchanged")


def _rules(reader: ExperimentReader) -> Iterator[Block]:
    names = reader.analysis.arms
    for model, games in reader.games.items():
        case = next(iter(games))
        held = {arm: games[case][arm] for arm in names if arm in games[case]}
        values = {arm: rule_values(game.governance.rules) for arm, game in held.items()}
        words = {arm: RuleWords(game, named=False) for arm, game in held.items()}
        rows, alone = [], {arm: list[tuple[str, str]]() for arm in held}
        paths = dict.fromkeys(path for rules in values.values() for path in rules)
        for path in sorted(paths, key=lambda path: not path.startswith("aggregation.")):
            if len({repr(rules.get(path)) for rules in values.values()}) > 1:
                name = next(words[arm].name(path) for arm, rules in values.items() if path in rules)
                cells = [words[arm].value(path) or "–" for arm in held]
                has = [arm for arm, cell in zip(held, cells, strict=True) if cell != "–"]
                if len(held) > 2 and len(has) == 1:  # columns of the other arms would be empty
                    alone[has[0]].append((name, words[has[0]].value(path)))
                elif len(set(cells)) > 1:  # otherwise the words are the same
                    rows.append((name, *cells))
        caption = reader.say("arms.rules_of", model=reader.card("governance", model)) if model else ""
        many = len(rows) + sum(map(len, alone.values())) > _MANY  # then the fold has the caption
        heads = (reader.say("arms.rule"), *map(reader.arm, held))
        shown = table(caption or reader.say("arms.rules"), heads, rows, titled=bool(caption) or not many)
        head, widths = (reader.say("arms.rule"), reader.say("arms.own_rule")), (35, 65)
        own = (
            table(reader.say("arms.own_rules", arm=reader.arm(arm)), head, rules, widths=widths)
            for arm, rules in alone.items()
        )
        blocks = filled(shown, *own)
        yield from [Details(reader.say("arms.rules"), blocks)] if many else blocks


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
            if reader.design.arms != "rules" and len(sets := reader.design.factors.levels("rules")) > 1:
                yield note(reader.say("arms.deciders_set", level=sets[0]))
            head = (reader.say("scenarios.case"), *map(reader.arm, names))
            yield table(of or reader.say("arms.deciders"), head, rows)


def _decide(reader: ExperimentReader, game: Game) -> str:
    """Return the roles that vote or decide alone in a session, and those that hold a veto."""
    said, stop = [reader.label.join(map(game.role, deciders(game)))], [game.role(seat) for seat in vetoing(game)]
    return reader.label("semi").join([*said, *([reader.say("arms.veto", list=stop)] if stop else ())])


def set_by_rules(reader: ExperimentReader, base: str) -> dict[str, Sequence[str]]:
    """Return the arms in which the rules let other seats decide than in the base, each with the cases."""
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
