"""The report on which rule moves which outcome: a heat map, the models as they are, shares, values and methods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.content.program import program
from sandbox.experiment.analysis.sensitivity import Model, RuleEffect, Sensitivity, Value
from sandbox.report.document.blocks import Block, Callout, Details, Facts, ReportDocument, Section
from sandbox.report.document.chart import ASIDE, Chart, Dot, Heat, HeatCell, HeatRow, Scale, Strip
from sandbox.report.document.compose import bullets, fact_list, filled, note, paragraph, table
from sandbox.report.figures import NONE, change, decimal, is_share, percent
from sandbox.report.pages.parts import PageWords, cautioned

_CHANCE, _MOST = "chance", 3


class SensitivityNames(PageWords):
    """The names of rules, models, outcomes and figures in a language."""

    def __init__(self, library: Library, lang: Lang) -> None:
        super().__init__("sensitivity", library, lang)

    def rule(self, path: str) -> str:
        """Return the name of a rule."""
        kind, _, name = path.partition(".")
        if kind == "boundary":
            return self.say("rule.boundary", stage=self.card("stage", name))
        if kind == "choice":
            return self.say("rule.acts", who=[self._who(group) for group in name.split("+")])
        return self.say(f"rule.{path}")

    def models(self, models: tuple[str, ...]) -> str:
        """Return the names of governance models."""
        return self.label.join([self.card("governance", model) for model in models])

    def outcome(self, outcome: str) -> str:
        """Return the name of an outcome."""
        return self.label.of("experiment.outcome", outcome)

    def means_of(self, result: Sensitivity) -> str:
        """Return how many sessions the means of governance models are based on, and what their intervals are."""
        known = [model.sessions for means in result.as_they_are.values() for model in means.values() if model]
        least, most = min(known, default=0), max(known, default=0)
        sessions = (
            f"{least:,}" if least == most else self.label("experiment_report.range", low=f"{least:,}", high=f"{most:,}")
        )
        return self.say("models_method", sessions=sessions, cases=len(result.cases))

    def change(self, outcome: str, effect: RuleEffect) -> str:
        """Return a mean change with half of its interval."""
        return _within(change(outcome, effect.size, sign=False), outcome, effect.conf)

    def value(self, outcome: str, value: Value | None) -> str:
        """Return the effect of a rule's value, with half of its interval; a dash if it was never changed to that."""
        return NONE if value is None else _within(change(outcome, value.change), outcome, value.margin)

    def mean(self, outcome: str, model: Model | None) -> str:
        """Return a mean with half of its interval; a dash if there is none."""
        if model is None:
            return NONE
        mean = percent(model.mean) if is_share(outcome) else decimal(model.mean)
        return _within(mean, outcome, model.margin)

    def _who(self, group: str) -> str:
        kind = group.removesuffix("_from_elsewhere")
        who = self.say(f"who.{kind}")
        return who if kind == group else self.say("who.from_elsewhere", who=who)


def _within(shown: str, outcome: str, margin: float) -> str:
    return f"{shown} ± {change(outcome, margin, sign=False)}"


def sensitivity_report(result: Sensitivity, library: Library, lang: Lang, command: str) -> ReportDocument:
    """Return the report on which rule moves which outcome.

    ``command`` is the command that gives the same figures again.
    """
    names = SensitivityNames(library, lang)
    caution = cautioned(names.label, (names.say("footer"), names.label("caution.rules"), names.say("limit.random")))
    return names.page(
        names.say("title"), names.say("lede", models=names.models(result.models)),
        (_answer(names, result), _heat(names, result), _facts(names, result), caution),
        (
            _models(names, result), _ranks(names, result), _shares(names, result), _values(names, result),
            _methods(names, result, command),
        ),
    )  # fmt: skip


def _answer(names: SensitivityNames, result: Sensitivity) -> Callout:
    say = names.say
    clear = {rule for outcome in result.effects for rule, _ in result.ranked(outcome)}
    many = {"rules": len(result.rules), "outcomes": len(result.effects)}
    lead = say("lead.none", **many, played=f"{result.played:,}")
    if clear:
        strongest = [_strongest(names, result, rule) for rule in result.measured[:_MOST]]
        lead = say(
            "lead.some", **many, clear=len(clear), firm=len(clear) - len(_unsure(names, result)), strongest=strongest
        )
    paths = [rule.path for rule in result.rules]
    idle = [path for path in paths if all(effects[path].size == 0 for effects in result.effects.values())]
    others = [
        note(say(key, rules=[names.rule(path) for path in rules]) if rules else "")
        for key, rules in (("idle", idle), ("same", result.same))
    ]
    return Callout("verdict", say("answer"), filled(paragraph(lead), *others), "answer")


def _unsure(names: SensitivityNames, result: Sensitivity) -> list[str]:
    """Return the rules that stand out from chance, but for no outcome with an interval twice as wide."""
    firm: dict[str, bool] = {}
    for outcome, effects in result.effects.items():
        chance = effects[_CHANCE]
        for rule, effect in result.ranked(outcome):
            firm[rule] = firm.get(rule, False) or effect.size - 2 * effect.conf > chance.size + chance.conf
    return [names.rule(rule) for rule, holds in firm.items() if not holds]


def _in_order(names: SensitivityNames, outcome: str, ranked: Sequence[tuple[str, RuleEffect]]) -> str:
    """Return rules with their effects, the strongest first; a sign shows where the intervals of neighbours overlap."""
    text, before = "", None
    for path, effect in ranked:
        if before is not None:
            text += " ≈ " if before.size - before.conf <= effect.size + effect.conf else " > "
        text, before = f"{text}{names.rule(path)} {names.change(outcome, effect)}", effect
    return text


def _strongest(names: SensitivityNames, result: Sensitivity, rule: str) -> str:
    sizes = {outcome: effects[rule].size / _largest(effects) for outcome, effects in result.effects.items()}
    outcome = max((name for name in sizes if result.effects[name][rule].clear), key=lambda name: sizes[name])
    size = change(outcome, result.effects[outcome][rule].size, sign=False)
    shown = names.label("experiment_report.points", change=size) if is_share(outcome) else size
    return names.say("lead.moves", rule=names.rule(rule), outcome=names.outcome(outcome), change=shown)


def _largest(effects: Mapping[str, RuleEffect]) -> float:
    return max((effect.size for effect in effects.values() if effect.clear), default=1.0)


def _heat(names: SensitivityNames, result: Sensitivity) -> Heat:
    outcomes = list(result.effects)
    largest = {outcome: _largest(result.effects[outcome]) for outcome in outcomes}

    def weight(path: str) -> float:
        held = ((outcome, result.effects[outcome][path]) for outcome in outcomes)
        return sum(effect.size / largest[outcome] for outcome, effect in held if effect.clear)

    paths = sorted((rule.path for rule in result.rules), key=lambda path: -weight(path))
    rows = []
    for path in (*paths, _CHANCE):
        cells = []
        for outcome in outcomes:
            effect = result.effects[outcome][path]
            figure = change(outcome, effect.size, sign=False)
            if effect.clear:
                cells.append(HeatCell(figure, effect.size / largest[outcome]))
            else:
                cells.append(HeatCell(figure if path == _CHANCE else "·" if effect.size else "0"))
        rows.append(HeatRow(names.rule(path), tuple(cells)))
    head = (names.say("heat_rule"), *map(names.outcome, outcomes))
    return Heat("heat", names.say("heat"), head, tuple(rows), names.say("heat_note"))


def _facts(names: SensitivityNames, result: Sensitivity) -> Facts:
    rows = {
        "models": len(result.models), "rules": len(result.rules), "cases": len(result.cases), "sessions": result.played,
        "each": result.sessions, "trajectories": result.trajectories, "samples": result.samples,
    }  # fmt: skip
    return names.facts(
        "facts", {**{key: f"{value:,}" for key, value in rows.items()}, "seed": str(result.seed)}, "grid"
    )


def _models(names: SensitivityNames, result: Sensitivity) -> Section:
    head = (names.say("outcome"), *(names.card("governance", model) for model in result.models), names.say("apart"))
    rows = []
    for outcome in result.outcomes:
        cells = [names.mean(outcome, result.as_they_are[outcome][model]) for model in result.models]
        rows.append((names.outcome(outcome), *cells, names.say("yes" if result.apart(outcome) else "no")))
    shown = table(names.say("models"), head, rows, figures=True)
    return Section("models", names.say("models"), (note(names.say("models_note")), shown, note(names.means_of(result))))


def _ranks(names: SensitivityNames, result: Sensitivity) -> Section:
    rows = []
    for outcome, effects in result.effects.items():
        shown = _in_order(names, outcome, result.ranked(outcome)) or names.say("ranks_none")
        rows.append((names.outcome(outcome), shown, names.change(outcome, effects[_CHANCE])))
    head = (names.say("outcome"), names.say("ranks_rule"), names.say("ranks_chance"))
    gaps = bullets(
        names.say("left_out", outcome=names.outcome(outcome), count=count, all=result.trajectories)
        for outcome, count in result.left_out.items()
        if count
    )
    ranks = table(names.say("ranks"), head, rows, widths=(22, 64, 14), titled=False)
    unsure = _unsure(names, result)
    doubt = note(names.say("unsure", rules=unsure) if unsure else "")
    return Section("ranks", names.say("ranks"), filled(note(names.say("ranks_note")), ranks, doubt, gaps))


def _shares(names: SensitivityNames, result: Sensitivity) -> Section:
    if not result.samples:
        why = names.say("shares_few" if result.measured else "shares_none")
        return Section("shares", names.say("shares"), (note(why),))
    blocks: list[Block] = [note(names.say("shares_note"))]
    for outcome in result.shares:
        if result.ranked(outcome):
            chart = _share_chart(names, result, outcome)
            blocks.append(Details(names.outcome(outcome), (chart,), open=len(blocks) < 3))
    return Section("shares", names.say("shares"), blocks)


def _share_chart(names: SensitivityNames, result: Sensitivity, outcome: str) -> Chart:
    shares = result.shares[outcome]
    strips = []
    for rule in (rule for rule in (*result.measured, "rest", _CHANCE) if rule in shares):
        share = shares[rule]
        parts = ((share.total, share.total_conf, 0), (share.first, share.first_conf, ASIDE))
        dots = tuple(Dot(value, value - conf, value + conf, series) for value, conf, series in parts)
        values = tuple(f"{decimal(value)} ± {decimal(conf)}" for value, conf, _ in parts)
        strips.append(Strip(names.rule(rule), dots, values))
    ends = [end for strip in strips for dot in strip.dots for end in (dot.low, dot.high)]
    scale = Scale.over([*ends, 1.0], names.say("shares_scale"), zero=0.0)
    legend = ((0, names.say("total")), (ASIDE, names.say("first")))
    head = (names.say("heat_rule"), names.say("total"), names.say("first"))
    caption = names.say("shares_figure", outcome=names.outcome(outcome))
    return Chart(f"shares-{outcome}", caption, head, scale, tuple(strips), legend)


def _values(names: SensitivityNames, result: Sensitivity) -> Section:
    rules = {rule.path: rule for rule in result.rules}
    outcomes = [outcome for outcome in result.effects if result.ranked(outcome)]
    head = (names.say("value"), *map(names.outcome, outcomes))
    blocks: list[Block] = [note(names.say("values_note"))]
    for path in result.measured:
        rows = (
            (names.models(level.models), *(names.value(each, result.values[each][path][place]) for each in outcomes))
            for place, level in enumerate(rules[path].levels)
        )
        shown = table(names.rule(path), head, rows, figures=True)
        blocks.append(Details(names.rule(path), (shown,), open=len(blocks) == 1))
    return Section("values", names.say("values"), blocks)


def _methods(names: SensitivityNames, result: Sensitivity, command: str) -> Section:
    tests = len(result.rules) * len(result.effects)
    limits = [names.say(f"limit.{key}") for key in ("circular", "values", "random")]
    libraries = " · ".join(f"{name} {version(name)}" for name in ("SALib", "numpy", "scipy"))
    repeat = [
        (names.say("repeat"), command),
        (names.label("experiment_report.repeat.versions"), f"{program()} · {libraries}"),
    ]
    blocks = (
        paragraph(names.label("gap").join(_sentences(names, result))),
        bullets((*limits, names.say("limit.many", tests=tests))),
        fact_list(repeat),
    )
    return Section("methods", names.say("methods"), blocks)


def _sentences(names: SensitivityNames, result: Sensitivity) -> Iterator[str]:
    values = {
        "models": names.models(result.models), "rules": len(result.rules), "cases": len(result.cases),
        "each": result.sessions, "played": f"{result.played:,}", "trajectories": result.trajectories,
        "samples": result.samples, "count": result.unplayable,
    }  # fmt: skip
    keys = ["space", "play", "morris", "chance"]
    keys += ["sobol"] if result.samples else []
    keys += ["unplayable"] if result.unplayable else []
    for key in keys:
        yield names.say(f"methods_text.{key}", **values)
