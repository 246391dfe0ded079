"""The findings of an experiment: hypotheses, other effects, cases, rules alone, H and P, judges, variance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import get_args

from sandbox.experiment.analysis.agreement import PanelAgreement
from sandbox.experiment.analysis.mixed import PARTS
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.analysis.results import Across, Effect, Tested
from sandbox.experiment.outcomes import STATUS_OF, known_outcome
from sandbox.game.rules import Side
from sandbox.report.document.blocks import Block, Details, Section, Span, Table, Tone
from sandbox.report.document.compose import Inline, below, bullets, fact_list, joined, note, paragraph, soft, table
from sandbox.report.figures import chance, decimal, finer, percent, signed
from sandbox.report.pages.experiment import figures
from sandbox.report.pages.experiment.reader import ExperimentReader, made_by_rules
from sandbox.report.pages.experiment.warnings import checks, least_q, of_rules, remarks, unasked

_SURE = 0.05
_STRONGEST = 12  # effects in the chart; the tables have all
_TONES: dict[str, Tone] = {"supported": "good", "small": "good", "opposite": "bad", "equivalent": "accent"}


def findings(reader: ExperimentReader) -> tuple[Section, ...]:
    """Return the sections on what was found, without sections that have nothing to show."""
    factors = dict.fromkeys(across.factor for *_, across in _all_across(reader))
    named = reader.say("across", factors=reader.label.join(reader.say(f"factor.{name}") for name in factors))
    sections = {
        "hypotheses": _hypotheses, "scenarios": _scenarios, "across": _across, "rules_alone": _rules_alone,
        "values": _values, "effects": _others, "turns": _turns, "apart": _apart, "pulses": _pulses, "judges": _judges,
        "variance": _variance,
    }  # fmt: skip
    return tuple(
        Section(key.replace("_", "-"), named if key == "across" else reader.say(key), blocks)
        for key, write in sections.items()
        if (blocks := tuple(write(reader)))
    )


def _hypotheses(reader: ExperimentReader) -> Iterator[Block]:
    say, tested = reader.say, reader.analysis.effects.tested
    if not tested:
        yield note(say("hypotheses.none"))
        return
    keys = ("hypotheses.hypothesis", "expected", "hypotheses.difference", "hypotheses.chance", "hypotheses.too_small")
    yield note(reader.counted("hypotheses.note", len(tested)))
    yield table(
        say("hypotheses.table"), map(say, (*keys, "verdict")), (_hypothesis(reader, item) for item in tested),
        anchors=(f"hypothesis-{item.hypothesis.id}" for item in tested), widths=(36, 13, 16, 11, 11, 13), titled=False,
    )  # fmt: skip
    wide = [item for item in tested if item.effect and item.effect.pair.sure and _raw(item) >= _SURE]
    if wide:
        yield note(say("hypotheses.wide", names=reader.parts(map(reader.row, wide))))
    if any(item.verdict in ("small", "equivalent") for item in tested):
        yield note(say("hypotheses.skew"))
    grown = [(item, item.overall) for item in tested if item.overall is not None]
    if grown:
        columns = [say(f"hypotheses.{key}") for key in ("hypothesis", "difference", "unadjusted")]
        cells = [
            (reader.row(item), reader.cell(overall.outcome, overall.pair), chance(overall.pair.p_permutation))
            for item, overall in grown
        ]
        yield note(say("hypotheses.grown_note"))
        yield table(say("hypotheses.grown"), columns, cells)


def _hypothesis(reader: ExperimentReader, tested: Tested) -> tuple[Inline, ...]:
    name, effect = tested.hypothesis, tested.effect
    smallest = reader.say("hypotheses.smallest", smallest=reader.change(name.outcome, name.smallest, sign=False))
    kind = reader.say(f"hypotheses.{'confirmatory' if tested.confirmatory else 'exploratory'}")
    kinds = [*([reader.say("hypotheses.primary")] if tested.primary else []), kind, *remarks(reader, tested)]
    size = reader.size(tested) if tested.verdict in ("supported", "small", "opposite", "open") else ""
    wide = reader.why_against(tested) if tested.against_interval == "one_sided" else []
    zero = effect is not None and effect.pair.zero
    tone: Tone = _TONES.get(tested.verdict, "") if tested.confirmatory else ""
    verdict = Span(reader.tag(tested), style="tag", tone=tone)
    arms = reader.design.base_of(name), name.arm
    adjusted = tested.family > 1 and tested.p is not None and not zero
    raw = [reader.say("hypotheses.raw", p=chance(_raw(tested)))] if adjusted else []
    raw_same = [reader.say("hypotheses.raw", p=chance(tested.raw_equivalence))] if tested.family > 1 else []
    return (
        below(
            reader.outcome(name.outcome),
            reader.contrast(name),
            *filter(None, [reader.at(name)]),
            *reader.quoted(name.outcome, arms),
            *reader.lacking(tested),
            *reader.over_all(tested),
            *reader.bounds(tested),
            *of_rules(reader, name.outcome, *arms, at_level=bool(name.at)),
        ),
        below(reader.say(f"expected.{name.direction}"), smallest),
        reader.whole(effect),
        below("–" if zero else chance(tested.p), *raw),
        below(chance(tested.p_equivalence), *(raw_same if tested.p_equivalence is not None else [])),
        joined(((verdict,), *([size] if size else []), *wide, (soft(" · ".join(kinds)),))),
    )


def _raw(tested: Tested) -> float:
    return 1.0 if tested.effect is None or tested.p is None else tested.effect.pair.p_permutation


def _scenarios(reader: ExperimentReader) -> Iterator[Block]:
    charts = [
        (item.effect, chart) for item in reader.analysis.effects.tested if (chart := figures.case_chart(reader, item))
    ]
    if charts:
        yield note(reader.say("scenarios.note"))
        yield note(reader.say("scenarios.interval", draws=f"{reader.analysis.case_draws:,}"))
    for effect, chart in charts:
        yield chart
        if effect is not None and effect.uneven is not None:
            key = "scenarios.uneven" if effect.uneven < _SURE else "scenarios.even"
            yield note(reader.say(key, p=reader.chance(effect.uneven)))
        elif effect is not None:
            alike = len({round(case.pair.estimate, 9) for case in effect.scenarios.values()}) == 1
            yield note(reader.say("scenarios.same" if alike else "scenarios.unknown"))


def _all_across(reader: ExperimentReader) -> list[tuple[Tested, Effect, Across]]:
    effects = ((item, item.effect) for item in reader.analysis.effects.tested)
    return [(item, effect, each) for item, effect in effects if effect and not effect.ruled for each in effect.across]


def _across(reader: ExperimentReader) -> Iterator[Block]:
    for number, (tested, effect, across) in enumerate(_all_across(reader)):
        if not number:
            yield note(reader.say("across.note"))
        yield figures.across_chart(reader, tested, effect, across)
        yield note(_held(reader, effect, across))


def _held(reader: ExperimentReader, effect: Effect, across: Across) -> str:
    signs, asked = {None: "none", True: "same", False: "differ"}, _is_asked(reader, effect, across)
    lowest, highest = (level.pair.estimate for level in across.ends)
    if highest - lowest < 1e-9:
        return reader.say("across_sign.alike")
    low, high = (reader.change(effect.outcome, estimate) for estimate in (lowest, highest))
    size = "asked" if asked else "unknown" if across.p is None else "uneven" if across.p < _SURE else "even"
    values = {} if across.p is None else {"p": reader.chance(across.p)}
    sign = reader.say(f"across_sign.{signs[across.same_sign]}", low=low, high=high)
    apart = [
        reader.say(
            "across.more", level=reader.level(across.factor, level.name), change=reader.span(effect.outcome, level.pair)
        )
        for level in across.more
    ]  # fmt: skip
    first = reader.level(across.factor, across.levels[0].name)
    more = reader.say("across.against", first=first, list=reader.parts(apart)) if apart and not asked else ""
    said = (more, sign, reader.say(f"across_size.{size}", **values))
    return reader.label("gap").join(filter(None, said))


def _is_asked(reader: ExperimentReader, effect: Effect, across: Across) -> bool:
    """Return whether a hypothesis asks for the difference of an effect between the two levels of a factor."""
    levels = sorted(level.name for level in across.levels)
    return any(
        (item.outcome, item.arm, reader.design.base_of(item), item.factor)
        == (effect.outcome, effect.arm, effect.base, across.factor)
        and levels == sorted((*item.at.values(), *item.against.values()))
        for item in reader.design.hypotheses
    )


def _rules_alone(reader: ExperimentReader) -> Iterator[Block]:
    say, rows = reader.say, list[tuple[Inline, ...]]()
    for item in reader.analysis.effects.tested:
        if (effect := item.effect) and effect.null and not effect.few:
            share = made_by_rules(item)
            unsure = say("verdict.ruled" if effect.ruled else "rules_alone.unsure")
            part = unsure if share is None else reader.share(share)
            cells = [reader.cell(effect.outcome, pair, *_beside(reader, pair)) for pair in (effect.null, effect.beyond)]
            rows.append((reader.row(item), reader.whole(effect), *cells, part))
    if rows:
        columns = (f"forest.{reader.spoken}", "forest.alone", "rules_alone.beyond", "rules_alone.part")
        yield note(say("rules_alone.note"))
        yield table(say("rules_alone.table"), map(say, ("hypotheses.hypothesis", *columns)), rows)


def _beside(reader: ExperimentReader, pair: Pair | None) -> Iterator[str]:
    """Yield p of a difference beside a hypothesis, where it has one, and over how many blocks it is."""
    if pair is not None:
        if pair.low is not None and not pair.zero:
            yield reader.chance(pair.p_permutation)
        yield reader.counted("scenarios.blocks", pair.pairs)


def _values(reader: ExperimentReader) -> Iterator[Block]:
    if reader.analysis.summaries:
        yield note(reader.say("values.means"))
    for outcome in reader.analysis.values:
        if chart := figures.values_chart(reader, outcome):
            yield chart
            if counts := reader.counts(outcome):
                yield note(reader.outcome(outcome) + reader.label("colon") + counts)
    if reader.analysis.summaries:
        counted = fact_list((reader.outcome(name), reader.counts(name)) for name in reader.analysis.summaries)
        yield Details(reader.say("values.all"), (_means(reader),))
        yield Details(reader.say("values.counts"), (counted,))


def _means(reader: ExperimentReader) -> Table:
    arms = reader.analysis.arms
    rows = []
    for outcome, held in reader.analysis.summaries.items():
        cells: list[Inline] = [below(reader.outcome(outcome), *unasked(reader, outcome, arms))]
        for arm in arms:
            summary = held.get(arm)
            if summary is None:
                cells.append("–")
                continue
            if few := reader.too_few(outcome, arm):
                cells.append(below("–", few))
                continue
            fine = finer(outcome, 0.0, summary.deviation)
            deviation = reader.change(outcome, summary.deviation, sign=False, fine=fine)
            spread = [] if summary.alike else [reader.say("values.deviation", deviation=deviation)]
            count = reader.say("values.count", count=summary.sessions)
            cells.append(below(reader.mean(outcome, summary), reader.parts([*spread, count])))
        rows.append(cells)
    head, widths = [reader.label("measure"), *map(reader.arm, arms)], (28, *(72 // len(arms) for _ in arms))
    return table(reader.say("values.table"), head, rows, widths=widths, titled=False)


def _others(reader: ExperimentReader) -> Iterator[Block]:
    effects = reader.analysis.effects.others
    if not effects:
        return
    yield note(reader.say("effects.note"))
    clear = [effect for effect in effects if effect.q is not None and effect.q < _SURE and effect.pair.d is not None]
    free = [effect for effect in clear if not of_rules(reader, effect.outcome, effect.base, effect.arm)]
    strongest = sorted(free, key=lambda effect: -abs(effect.pair.d or 0))[:_STRONGEST]
    if strongest:
        caption = reader.say("effects.figure", count=len(strongest), all=len(free))
        yield figures.others_chart(reader, strongest, "others", caption)
    if len(free) < len(clear):
        yield note(reader.counted("effects.undrawn", len(clear) - len(free)))
    if not clear and (count := sum(effect.q is not None for effect in effects)):
        yield paragraph(reader.say("effects.none", count=count))
    yield from map(paragraph, least_q(reader))
    if any(map(reader.few_cases, effects)):
        yield note(reader.say("effects.few_cases"))
    for arm in reader.analysis.arms:
        if own := [effect for effect in effects if effect.arm == arm]:
            yield Details(reader.say("effects.all", arm=reader.arm(arm)), (_effects(reader, arm, own),))


def _effects(reader: ExperimentReader, arm: str, effects: Sequence[Effect]) -> Table:
    beside = any(effect.null for effect in effects)
    keys = ["blocks", "difference", "standard", *(["rules", "beyond"] if beside else []), "q"]
    rows = []
    for effect in effects:
        few = [reader.by_block(effect)] if reader.few_cases(effect) else []
        arms = reader.design.base, effect.arm
        beside_it = [
            *reader.quoted(effect.outcome, arms), *reader.lacking_in(effect.outcome, arms),
            *of_rules(reader, effect.outcome, *arms),
        ]  # fmt: skip
        row: list[Inline] = [below(reader.outcome(effect.outcome), *beside_it), below(str(effect.pair.pairs), *few)]
        pairs = effect.pair, *((effect.null, effect.beyond) if beside else ())
        shown = [reader.cell(effect.outcome, pair) for pair in pairs]
        standard = reader.standard(effect.pair)
        if effect.few:
            shown[0], standard = below("–", reader.say("effects.few")), "–"
            shown[2:] = ["–"] * len(shown[2:])
        row += [shown[0], standard, *shown[1:]]
        untested = reader.say(f"verdict.{'ruled' if effect.ruled else 'alike' if effect.pair.alike else 'zero'}")
        tested = effect.testable and not effect.pair.zero
        rows.append([*row, "–" if effect.few else chance(effect.q) if tested else untested])
    head = (reader.label("measure"), *(reader.say(f"effects.{key}") for key in keys))
    widths = (34, 8, 13, 16, 11, 11, 7) if beside else (35, 10, 20, 25, 10)
    return table(reader.say("effects.table", arm=reader.arm(arm)), head, rows, widths=widths, titled=False)


def _turns(reader: ExperimentReader) -> Iterator[Block]:
    if chart := figures.turns_chart(reader):
        yield note(reader.say("turns.note"))
        yield chart


def _apart(reader: ExperimentReader) -> Iterator[Block]:
    rows = []
    for apart in reader.analysis.apart:
        together = reader.say("apart.unknown") if apart.together is None else signed(apart.together)
        gap = reader.mean("hierarchical_minus_horizontal", apart.gap)
        nobody = unasked(reader, "hierarchical_minus_horizontal", (apart.arm,))
        rows.append((below(reader.arm(apart.arm), *nobody), gap, together, chance(apart.p)))
    if rows:
        names = {name: reader.outcome(name) for side in get_args(Side) for name in known_outcome(side).parts}
        yield from (note(reader.say(f"apart.{key}", **names)) for key in ("note", "note_p", "note_both"))
        yield figures.apart_chart(reader)
        head = map(reader.say, ("values.arm", "apart.gap", "apart.together", "apart.p"))
        yield table(reader.say("apart.table"), head, rows)


def _pulses(reader: ExperimentReader) -> Iterator[Block]:
    if charts := figures.pulse_charts(reader):
        asked = not reader.analysis.by_rules and "free" in reader.styles
        yield note(reader.say("pulses.asked" if asked else "pulses.by_rule"))
        yield from charts


def _judges(reader: ExperimentReader) -> Iterator[Block]:
    say, analysis, rows = reader.say, reader.analysis, list[list[Inline]]()
    panel = {item.outcome: item for item in analysis.agreement}
    keys = ["outcome", "standing", *(("levels", "sessions", "alpha") if panel else ())]
    for name in analysis.summaries:
        if known_outcome(name).judged:
            standing = say("judges.not_measured" if name in analysis.unreliable else "judges.reliable")
            agreed = _agreed(reader, panel[name]) if name in panel else ["–"] * len(keys[2:])
            rows.append([reader.outcome(name), standing, *agreed])
    if rows:
        yield note(say("judges.note"))
        if panel:
            yield note(say("judges.panel"))
        yield table(say("judges.table"), [say(f"judges.{key}") for key in keys], rows)
    if analysis.quotes:
        head = map(
            say, ("judges.outcome", "values.arm", *(f"judges.{key}" for key in ("stands", "apart", "none", "lost")))
        )
        yield note(say("judges.quotes_note", columns=f"{STATUS_OF}…"))
        yield table(say("judges.quotes"), head, _quotes(reader), figures=True)


def _quotes(reader: ExperimentReader) -> Iterator[tuple[Inline, ...]]:
    for outcome, held in reader.analysis.quotes.items():
        for arm in filter(held.__contains__, reader.analysis.arms):
            counts = Counter(held[arm])
            lost = counts["refused"] + counts["failed"]
            figures_of = counts["supported"], counts["unsupported"], counts["cannot_tell"], lost
            yield reader.outcome(outcome), reader.arm(arm), *map(str, figures_of)


def _agreed(reader: ExperimentReader, agreement: PanelAgreement) -> list[Inline]:
    levels = joined(f"{judge}{reader.label('colon')}{decimal(mean)}" for judge, mean in agreement.judges.items())
    alpha: Inline = reader.say("judges.same")
    if agreement.alpha is not None:
        known = agreement.low is not None and agreement.high is not None
        low, high = (decimal(end or 0.0) for end in (agreement.low, agreement.high))
        alpha = below(decimal(agreement.alpha), *([reader.range(low, high)] if known else []))
    return [levels, str(agreement.sessions), alpha]


def _variance(reader: ExperimentReader) -> Iterator[Block]:
    say, held = reader.say, reader.analysis.components
    rows = [(reader.outcome(outcome), components.shares) for outcome, components in held.items() if not components.why]
    if held:
        yield note(say("variance.note"))
    parts = [part for part in PARTS if any(part in shares for _, shares in rows)]
    if rows:
        cells = [(name, *(percent(shares[part]) if part in shares else "–" for part in parts)) for name, shares in rows]
        head = (reader.label("measure"), *(say(f"variance.{part}") for part in parts))
        yield table(say("variance.table"), head, cells, figures=True)
    none = {name: [say(f"variance.{part}") for part in parts if shares.get(part) == 0] for name, shares in rows}
    if any(none.values()):
        named = reader.parts(name + reader.label.paren(reader.label.join(zero)) for name, zero in none.items() if zero)
        yield note(say("variance.zero", list=named))
    if "scenario" in parts and "arm_by_scenario" not in parts:
        yield note(say("variance.one_block"))
    for outcome, components in held.items():
        if components.why:
            yield note(say(f"variance.{components.why}", outcome=reader.outcome(outcome)))
    if "judge" in parts:
        yield note(say("variance.panel"))
    if rows and reader.analysis.grown:
        yield note(say("variance.planned"))
    if rows and (checked := list(checks(reader))):
        effects = [(item, item.effect) for item in reader.analysis.effects.tested if item.effect]
        few = any(effect.cluster == "block" for _, effect in effects)
        freedom = len(reader.analysis.scenarios) - 1
        yield note(reader.counted("variance.checks_few", freedom) if few else say("variance.checks"))
        yield bullets(checked)
        missing = [(item, effect.missing) for item, effect in effects if effect.missing]
        if missing:
            named = reader.parts(reader.row(item) + reader.label.paren(str(count)) for item, count in missing)
            yield note(say("variance.checks_missing", list=named))
