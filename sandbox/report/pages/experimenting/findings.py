"""What the sessions of an experiment show: hypotheses, all other effects, cases, rules alone, H and P, variance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from sandbox.report.document.blocks import (
    BREAK,
    Block,
    Bullets,
    Details,
    Facts,
    Paragraph,
    Section,
    Span,
    Spans,
    Table,
    Tone,
    plain,
)
from sandbox.report.pages.experimenting.few import by_block, few_cases, least_q
from sandbox.report.pages.experimenting.figures import (
    across_chart,
    apart_chart,
    case_chart,
    others_chart,
    pulse_charts,
    turns_chart,
    values_chart,
)
from sandbox.report.pages.experimenting.judging import judges
from sandbox.report.pages.experimenting.reader import Reader, figure, finer, signed
from sandbox.report.pages.parts import note, percent, table

if TYPE_CHECKING:
    from sandbox.experiment.analysis.across import Across
    from sandbox.experiment.analysis.analysis import Summary
    from sandbox.experiment.analysis.results import Effect, Tested

__all__ = ["findings"]

_SURE = 0.05
_STRONGEST = 12  # effects that are drawn; the tables have all
_PARTS = ("scenario", "arm_by_scenario", "replicate", "rest", "judge", "vote")
_TONES: dict[str, Tone] = {"supported": "good", "small": "good", "opposite": "bad", "equivalent": "accent"}


def findings(reader: Reader) -> tuple[Section, ...]:
    """Return the sections on what was found; one that has nothing to show is left out."""
    sections = (
        _hypotheses(reader), _scenarios(reader), _across(reader), _rules_alone(reader), _values(reader),
        _others(reader), _turns(reader), _apart(reader), _pulses(reader), judges(reader), _variance(reader),
    )  # fmt: skip
    return tuple(section for section in sections if section.blocks)


def _hypotheses(reader: Reader) -> Section:
    title, tested = reader.say("hypotheses"), reader.analysis.effects.tested
    if not tested:
        return Section("hypotheses", title, (note(reader.say("hypotheses.none")),))
    family = sum(item.confirmatory for item in tested) or len(tested)
    keys = ("hypotheses.hypothesis", "expected", "hypotheses.difference", "hypotheses.chance", "hypotheses.too_small")
    head = (*(reader.say(key) for key in keys), reader.say("verdict"))
    rows = tuple(_hypothesis(reader, item) for item in tested)
    anchors = tuple(f"hypothesis-{item.hypothesis.id}" for item in tested)
    result = Table(
        reader.say("hypotheses.table"), head, rows, anchors, (26, 15, 19, 12, 12, 16), titled=False
    )  # fmt: skip
    blocks: list[Block] = [note(reader.counted("hypotheses.note", family)), result]
    if any(item.verdict in ("small", "equivalent") for item in tested):
        blocks.append(note(reader.say("hypotheses.skew")))
    grown = [(item, item.overall) for item in tested if item.overall is not None]
    if grown:
        columns = [reader.say(f"hypotheses.{key}") for key in ("hypothesis", "difference", "unadjusted")]
        cells = [
            (reader.row(item), reader.cell(overall.outcome, overall.pair), figure(overall.pair.p_permutation))
            for item, overall in grown
        ]
        blocks += [note(reader.say("hypotheses.grown_note")), table(reader.say("hypotheses.grown"), columns, cells)]
    return Section("hypotheses", title, tuple(blocks))


def _hypothesis(reader: Reader, tested: Tested) -> tuple[Spans, ...]:
    name, effect = tested.hypothesis, tested.effect
    smallest = reader.say("hypotheses.smallest", smallest=reader.change(name.outcome, name.smallest, sign=False))
    kind = reader.say(f"hypotheses.{'confirmatory' if tested.confirmatory else 'exploratory'}")
    kinds = [reader.say("hypotheses.primary"), kind] if tested.primary else [kind]
    size = reader.size(tested) if tested.verdict in ("supported", "small", "opposite") else None
    return (
        (Span(reader.outcome(name.outcome)), BREAK, Span(reader.contrast(tested), style="soft")),
        (Span(reader.say(f"expected.{name.direction}")), BREAK, Span(smallest, style="soft")),
        reader.cell(name.outcome, effect.pair if effect else None),
        plain(figure(tested.p)),
        plain(figure(tested.p_equivalence)),
        (
            Span(reader.say(f"verdict.{tested.verdict}"), style="tag", tone=_TONES.get(tested.verdict, "")), BREAK,
            *(() if size is None else (Span(size), BREAK)), Span(" · ".join(kinds), style="soft"),
        ),
    )  # fmt: skip


def _scenarios(reader: Reader) -> Section:
    blocks: list[Block] = []
    for tested in reader.analysis.effects.tested:
        chart = case_chart(reader, tested)
        if chart is None or tested.effect is None:
            continue
        uneven = tested.effect.uneven
        if uneven is None:
            alike = len({round(case.pair.estimate, 9) for case in tested.effect.scenarios.values()}) == 1
            words = reader.say("scenarios.same" if alike else "scenarios.unknown")
        else:
            key = "scenarios.uneven" if uneven < _SURE else "scenarios.even"
            words = reader.say(key, p=reader.chance(uneven))
        blocks += [chart, note(words)]
    if blocks:
        draws = f"{reader.analysis.case_draws:,}"
        blocks[:0] = [note(reader.say("scenarios.note")), note(reader.say("scenarios.interval", draws=draws))]
    return Section("scenarios", reader.say("scenarios"), tuple(blocks))


def _across(reader: Reader) -> Section:
    blocks: list[Block] = []
    for tested in reader.analysis.effects.tested:
        for across in tested.effect.across if tested.effect else ():
            blocks += [across_chart(reader, tested, across), note(_held(reader, tested, across))]
    if blocks:
        blocks.insert(0, note(reader.say("across.note")))
    factors = {
        across.factor: reader.say(f"factor.{across.factor}")
        for tested in reader.analysis.effects.tested
        for across in (tested.effect.across if tested.effect else ())
    }
    return Section("across", reader.say("across", factors=reader.label.join(factors.values())), tuple(blocks))


def _held(reader: Reader, tested: Tested, across: Across) -> str:
    """Return whether sign and size of an effect hold across the levels of a factor."""
    signs = {None: "none", True: "same", False: "differ"}
    lowest, highest = (level.pair.estimate for level in across.ends)
    if highest - lowest < 1e-9:
        return reader.say("across_sign.alike")
    low, high = (reader.change(tested.hypothesis.outcome, estimate) for estimate in (lowest, highest))
    size = "unknown" if across.p is None else "uneven" if across.p < _SURE else "even"
    values = {} if across.p is None else {"p": reader.chance(across.p)}
    sign = reader.say(f"across_sign.{signs[across.same_sign]}", low=low, high=high)
    return sign + reader.label("gap") + reader.say(f"across_size.{size}", **values)


def _rules_alone(reader: Reader) -> Section:
    title = reader.say("rules_alone")
    tested = [item for item in reader.analysis.effects.tested if item.effect and item.effect.null]
    if not tested:
        return Section("rules-alone", title, ())
    head = [reader.say("hypotheses.hypothesis"), reader.say("rules_alone.effect"), reader.say("forest.alone")]
    head += [reader.say("rules_alone.beyond"), reader.say("rules_alone.part")]
    rows: list[tuple[str | Spans, ...]] = []
    for item in tested:
        effect = item.effect
        assert effect is not None
        part = reader.say("rules_alone.unsure") if effect.rules_part is None else percent(effect.rules_part)
        cells = [reader.cell(effect.outcome, pair) for pair in (effect.pair, effect.null, effect.beyond)]
        rows.append((reader.row(item), *cells, part))
    result = table(reader.say("rules_alone.table"), head, rows)
    return Section("rules-alone", title, (note(reader.say("rules_alone.note")), result))


def _values(reader: Reader) -> Section:
    blocks: list[Block] = []
    for outcome in reader.analysis.values:
        chart = values_chart(reader, outcome)
        if chart is not None:
            blocks.append(chart)
            counts = reader.counts(outcome)
            blocks += [note(reader.outcome(outcome) + reader.label("colon") + counts)] if counts else []
    if reader.analysis.summaries:
        blocks.append(Details(reader.say("values.all"), (_means(reader),)))
        counted = ((reader.outcome(name), plain(reader.counts(name))) for name in reader.analysis.summaries)
        blocks.append(Details(reader.say("values.counts"), (Facts(tuple(counted)),)))
    return Section("values", reader.say("values"), tuple(blocks))


def _means(reader: Reader) -> Table:
    """Return every outcome by arm: its mean, with the standard deviation of its sessions below."""
    arms = reader.analysis.arms
    rows = []
    for outcome, held in reader.analysis.summaries.items():
        cells: list[str | Spans] = [reader.outcome(outcome)]
        for arm in arms:
            summary = held.get(arm)
            cells.append(_mean(reader, outcome, summary) if summary else "–")
        rows.append(cells)
    return table(reader.say("values.table"), [reader.label("measure"), *map(reader.arm, arms)], rows)


def _mean(reader: Reader, outcome: str, summary: Summary) -> Spans:
    spread = reader.say("values.deviation", deviation=reader.change(outcome, summary.deviation, sign=False))
    count = reader.say("values.count", count=summary.sessions)
    return (
        Span(reader.value(outcome, summary.mean)),
        BREAK,
        Span(f"{spread}{reader.label('semi')}{count}", style="soft"),
    )


def _others(reader: Reader) -> Section:
    effects = reader.analysis.effects.others
    if not effects:
        return Section("effects", reader.say("effects"), ())
    clear = [effect for effect in effects if effect.q is not None and effect.q < _SURE and effect.pair.d is not None]
    strongest = sorted(clear, key=lambda effect: -abs(effect.pair.d or 0))[:_STRONGEST]
    blocks: list[Block] = [note(reader.say("effects.note"))]
    if clear:
        caption = reader.say("effects.figure", count=len(strongest), all=len(clear))
        blocks.append(others_chart(reader, strongest, "others", caption))
    elif count := sum(effect.q is not None for effect in effects):
        blocks.append(Paragraph(plain(reader.say("effects.none", count=count))))
    blocks += [Paragraph(plain(said)) for said in least_q(reader)]
    if any(few_cases(reader, effect) for effect in effects):
        blocks.append(note(reader.say("effects.few_cases")))
    for arm in reader.analysis.arms:
        own = [effect for effect in effects if effect.arm == arm]
        if own:
            blocks.append(Details(reader.say("effects.all", arm=reader.arm(arm)), (_effects(reader, arm, own),)))
    return Section("effects", reader.say("effects"), tuple(blocks))


def _effects(reader: Reader, arm: str, effects: Sequence[Effect]) -> Table:
    beside = any(effect.null for effect in effects)
    head = [reader.label("measure"), reader.say("effects.blocks"), reader.say("effects.difference")]
    head.append(reader.say("effects.standard"))
    head += [reader.say("effects.rules"), reader.say("effects.beyond")] if beside else []
    head.append(reader.say("effects.q"))
    rows = []
    for effect in effects:
        blocks: Spans = plain(str(effect.pair.pairs))
        if few_cases(reader, effect):
            blocks = (*blocks, BREAK, Span(by_block(reader, effect), style="soft"))
        row: list[str | Spans] = [reader.outcome(effect.outcome), blocks]
        row += [reader.cell(effect.outcome, effect.pair), reader.standard(effect.pair)]
        row += [reader.cell(effect.outcome, pair) for pair in (effect.null, effect.beyond)] if beside else []
        rows.append([*row, figure(effect.q)])
    return table(reader.say("effects.table", arm=reader.arm(arm)), head, rows)


def _turns(reader: Reader) -> Section:
    chart = turns_chart(reader)
    return Section("turns", reader.say("turns"), (note(reader.say("turns.note")), chart) if chart else ())


def _apart(reader: Reader) -> Section:
    title = reader.say("apart")
    if not reader.analysis.apart:
        return Section("apart", title, ())
    head = [reader.say(key) for key in ("values.arm", "apart.gap", "apart.together", "apart.p")]
    rows = []
    for apart in reader.analysis.apart:
        together = reader.say("apart.unknown") if apart.together is None else signed(apart.together)
        gap = reader.cell("hierarchical_minus_horizontal", apart.gap)
        rows.append((reader.arm(apart.arm), gap, together, figure(apart.p)))
    blocks = (note(reader.say("apart.note")), apart_chart(reader), table(reader.say("apart.table"), head, rows))
    return Section("apart", title, blocks)


def _pulses(reader: Reader) -> Section:
    charts: list[Block] = [*pulse_charts(reader)]
    if charts:
        asked = not reader.analysis.by_rules and "free" in reader.styles
        charts.insert(0, note(reader.say("pulses.asked" if asked else "pulses.by_rule")))
    return Section("pulses", reader.say("pulses"), tuple(charts))


def _variance(reader: Reader) -> Section:
    held = reader.analysis.components
    rows, blocks = [], list[Block]()
    for outcome, components in held.items():
        if components.why:
            blocks.append(note(reader.say(f"variance.{components.why}", outcome=reader.outcome(outcome))))
            continue
        shares = components.shares
        rows.append((reader.outcome(outcome), shares))
    if rows:
        parts = [part for part in _PARTS if any(part in shares for _, shares in rows)]
        cells = [(name, *(percent(shares[part]) if part in shares else "–" for part in parts)) for name, shares in rows]
        head = (reader.label("measure"), *(reader.say(f"variance.{part}") for part in parts))
        blocks.insert(0, table(reader.say("variance.table"), head, cells, figures=True))
        blocks += [note(reader.say("variance.panel"))] if "judge" in parts else []
        checks = tuple(map(plain, _checks(reader)))
        if checks:
            few = any(item.effect and item.effect.cluster == "block" for item in reader.analysis.effects.tested)
            freedom = max(1, len(reader.analysis.scenarios) - 1)
            said = reader.say("variance.checks_few", freedom=freedom) if few else reader.say("variance.checks")
            blocks += [note(said), Bullets(checks)]
            missing = [f"{reader.row(item)}{reader.label.paren(str(item.effect.missing))}"
                       for item in reader.analysis.effects.tested if item.effect and item.effect.missing]  # fmt: skip
            if missing:
                blocks.append(note(reader.say("variance.checks_missing", list=reader.parts(missing))))
    if blocks:
        blocks.insert(0, note(reader.say("variance.note")))
    return Section("variance", reader.say("variance"), tuple(blocks))


def _checks(reader: Reader) -> Iterator[str]:
    """Yield what the mixed model gives for the hypotheses, beside the paired effect."""
    for tested in reader.analysis.effects.tested:
        name = tested.hypothesis
        components = reader.analysis.components[name.outcome]
        if name.arm in components.effects:
            mean, low, high = components.effects[name.arm]
            fine = finer(name.outcome, low, high)
            interval = reader.interval(name.outcome, low, high, fine)
            change = reader.change(name.outcome, mean, fine=fine) + reader.label.paren(interval)
            yield reader.row(tested) + reader.label("colon") + change
