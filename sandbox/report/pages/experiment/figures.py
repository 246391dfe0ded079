"""The charts of an experiment's report: effects with intervals, cases, distributions, H and P, and pulses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.experiment.analysis.means import LEVELS, OutcomeSummary
from sandbox.experiment.analysis.pairs import Pair
from sandbox.experiment.analysis.results import Across, Effect, Tested
from sandbox.experiment.outcomes import known_outcome
from sandbox.report.document.chart import ASIDE, Chart, Dot, Scale, Strip
from sandbox.report.figures import short
from sandbox.report.pages.experiment.reader import ExperimentReader
from sandbox.report.pages.experiment.warnings import of_rules, qualified
from sandbox.report.pages.parts import PULSE

_FEW_VALUES = 5  # of an outcome with so few values, such as levels, how often each occurs is told
_ALIKE = 1e-12  # differences that lie no further apart are alike
_CLUSTERS = 5  # with fewer blocks a case has no interval that is worth drawing


def forest(reader: ExperimentReader) -> Chart | None:
    """Return the effects of the hypotheses, each divided by the smallest that was to matter; None if there are none."""
    strips, beside = [], False
    for tested in reader.analysis.effects.tested:
        outcome, smallest, effect = tested.hypothesis.outcome, tested.hypothesis.smallest, tested.effect
        pair, null = (effect.pair, effect.null) if effect and not effect.few else (None, None)
        dots = _dot(pair, smallest), _dot(null, smallest, ASIDE)
        values = reader.span(outcome, pair), reader.span(outcome, null)
        kinds = [reader.say("hypotheses.primary")] if tested.primary else []
        kinds += [] if tested.confirmatory else [reader.say("hypotheses.exploratory")]
        kinds = [*([reader.in_few(effect)] if effect and (effect.few or effect.sparse) else []), *kinds]
        about, anchor = " · ".join([*qualified(reader, tested), *kinds]), f"hypothesis-{tested.hypothesis.id}"
        strips.append(Strip(reader.row(tested), dots, values, about, anchor, tested.primary))
        beside = beside or null is not None
    if not any(strip.dots[0].value is not None for strip in strips):
        return None
    bases = dict.fromkeys(reader.base_of(tested.hypothesis) for tested in reader.analysis.effects.tested)
    apart = any(tested.hypothesis.against for tested in reader.analysis.effects.tested)
    base = reader.say("forest.own_base") if apart or len(bases) > 1 else "".join(bases)
    scale = {
        "title": reader.say("forest.scale", base=base),
        "band": (-1.0, 1.0),
        "form": lambda multiple: f"{short(multiple)}×",
    }
    head = (reader.say("forest.hypothesis"), _headed(reader, strips, "forest.effect", "forest.effect_alone"))
    return _beside_rules(reader, "forest", reader.say("forest"), head, strips, beside, scale)


def others_chart(reader: ExperimentReader, effects: Sequence[Effect], anchor: str, caption: str) -> Chart:
    """Return effects in standard deviations of sessions, beside those that the rules alone make."""
    strips = []
    for effect in effects:
        about = [reader.arm(effect.arm), *([reader.by_block(effect)] if reader.few_cases(effect) else [])]
        about += of_rules(reader, effect.outcome, effect.base, effect.arm)
        dots = _standard(effect.pair), _standard(effect.null, ASIDE)
        values = reader.standard(effect.pair), reader.standard(effect.null)
        strips.append(Strip(reader.outcome(effect.outcome), dots, values, " · ".join(about)))
    scale = {"title": reader.say("effects.scale", base=reader.base), "least": 1.0}
    head, beside = (reader.label("measure"), reader.say("effects.standard")), any(effect.null for effect in effects)
    return _beside_rules(reader, anchor, caption, head, strips, beside, scale)


def _beside_rules(
    reader: ExperimentReader, anchor: str, caption: str, head: tuple[str, ...], strips: Sequence[Strip], beside: bool,
    scale: Mapping[str, Any],
) -> Chart:  # fmt: skip
    """Return effects, each above that of the rules alone, if the rules alone played any."""
    legend = [(0, reader.say("forest.rules" if reader.analysis.by_rules else f"forest.{reader.spoken}"))]
    if beside:
        head, legend = (*head, reader.say("forest.alone")), [*legend, (ASIDE, reader.say("forest.alone"))]
    else:
        strips = [replace(strip, dots=strip.dots[:1], values=strip.values[:1]) for strip in strips]
    scale = {**scale, "title": scale["title"] + _bars(reader, strips)}
    return Chart(anchor, caption, head, Scale.over(_values(strips), **scale, zero=0.0), tuple(strips), tuple(legend))


def case_chart(reader: ExperimentReader, tested: Tested) -> Chart | None:
    """Return the effect of a hypothesis case by case; None if there is one case, or if a rule alone sets the effect."""
    effect, name = tested.effect, tested.hypothesis
    if effect is None or effect.ruled or effect.few or len(effect.scenarios) < 2:
        return None
    strips = []
    pairs = {
        scenario: case.pair if case.pair.clusters >= _CLUSTERS else replace(case.pair, low=None, high=None)
        for scenario, case in effect.scenarios.items()
    }
    beside = (effect.pair, *pairs.values())
    for scenario, case in effect.scenarios.items():
        pair = pairs[scenario]
        dot = replace(_dot(pair, 1.0), faint=case.differences if len(case.differences) > 1 else ())
        about = reader.counted("scenarios.blocks", case.pair.pairs)
        about += _few(reader, name.outcome, case.differences, points=True)
        shown = reader.span(name.outcome, pair, beside)
        if (
            pair.low is None
            and not (pair.alike or pair.zero)
            and len(case.differences) > 1
            and case.differences[-1] - case.differences[0] < _ALIKE
        ):
            shown += reader.label.paren(reader.say("alike"))
        strips.append(Strip(reader.case(scenario), (dot,), (shown,), about))
    differences = [value for case in effect.scenarios.values() for value in case.differences]
    caption = reader.say("scenarios.figure", hypothesis=reader.row(tested))
    dots = any(dot.faint for strip in strips for dot in strip.dots)
    scale = reader.say("scenarios.scale" if dots else "scenarios.scale_plain", measured=reader.measured(name))
    texts = (caption, reader.say("scenarios.case"), reader.say("scenarios.all"), scale)
    return _part_by_part(reader, tested, effect, f"cases-{name.id}", texts, strips, beside, differences)


def across_chart(reader: ExperimentReader, tested: Tested, effect: Effect, across: Across) -> Chart:
    """Return the effect of a hypothesis over all levels of a factor, and at each level below."""
    name, strips = tested.hypothesis, []
    beside = (effect.pair, *(level.pair for level in across.levels))
    for level in across.levels:
        about = reader.counted("scenarios.blocks", level.pair.pairs)
        values = (reader.span(name.outcome, level.pair, beside),)
        strips.append(Strip(reader.level(across.factor, level.name), (_dot(level.pair, 1.0),), values, about))
    factor = reader.say(f"factor.{across.factor}")
    caption = reader.say("across.figure", hypothesis=reader.row(tested), factor=factor)
    texts = (caption, factor, reader.say("across.all"), reader.say("across.scale", measured=reader.measured(name)))
    return _part_by_part(reader, tested, effect, f"across-{across.factor}-{name.id}", texts, strips, beside)


def _part_by_part(
    reader: ExperimentReader, tested: Tested, effect: Effect, anchor: str, texts: tuple[str, str, str, str],
    strips: Sequence[Strip], beside: Sequence[Pair], values: Sequence[float] = (),
) -> Chart:  # fmt: skip
    """Return an effect over all parts, and below it the effect of each part.

    ``texts`` are the caption, the name of the parts, the name of all parts, and what the scale measures; ``beside`` are
    the differences of all rows.
    """
    caption, parts, every, measured = texts
    outcome, smallest = tested.hypothesis.outcome, tested.hypothesis.smallest
    whole = (reader.span(outcome, effect.pair, beside),)
    shown = (Strip(every, (_dot(effect.pair, 1.0),), whole, strong=True), *strips)
    scale = Scale.over(
        [*_values(shown), *values], measured + _bars(reader, shown), zero=0.0, band=(-smallest, smallest),
        form=reader.tick(outcome, points=True),
    )  # fmt: skip
    return Chart(anchor, caption, (parts, _headed(reader, shown, "forest.effect", "forest.effect_alone")), scale, shown)


def turns_chart(reader: ExperimentReader) -> Chart | None:
    """Return the mean shares of lines by arm; None if no session has lines."""
    summaries = reader.analysis.summaries
    groups = {name: summaries[name] for name in ("turn_share_residents", "turn_share_officials") if name in summaries}
    if not groups:
        return None
    strips = []
    for arm in reader.analysis.arms:
        if any(held := [group.get(arm) for group in groups.values()]):
            count = max(group.sessions for group in held if group)
            strips.append(
                _means(reader, reader.arm(arm), "turn_share_residents", held, reader.counted("values.sessions", count))
            )
    legend = tuple((series, reader.outcome(name)) for series, name in enumerate(groups))
    head = (reader.say("values.arm"), *(words for _, words in legend))
    scale = Scale.of_shares(reader.say("turns.scale") + _bars(reader, strips))
    return Chart("turn-shares", reader.say("turns.figure"), head, scale, tuple(strips), legend)


def values_chart(reader: ExperimentReader, outcome: str) -> Chart | None:
    """Return an outcome session by session and arm by arm; None if no session has it."""
    held = {arm: values for arm in reader.analysis.arms if (values := reader.analysis.values[outcome].get(arm))}
    if not held:
        return None
    strips = []
    for series, (arm, values) in enumerate(held.items()):
        about = reader.counted("values.sessions", len(values)) + _few(reader, outcome, values)
        few = reader.too_few(outcome, arm)
        mean = None if few else reader.analysis.summaries[outcome][arm]
        strip = _means(reader, reader.arm(arm), outcome, (mean,), few or about)
        strips.append(replace(strip, dots=(replace(strip.dots[0], series=series, faint=values),)))
    title = reader.say("values.scale") + _bars(reader, strips)
    known = known_outcome(outcome)
    ends = _values(strips) if known.high is None else [known.low, known.high]
    shown = [*ends, *(value for values in held.values() for value in values)]
    scale = Scale.over(shown, title, form=reader.tick(outcome), least=1.0 if known.high is None else 0.0)
    head = (reader.say("values.arm"), _headed(reader, strips, "values.mean", "values.mean_alone"))
    caption = reader.say("values.figure", outcome=reader.outcome(outcome))
    return Chart(f"values-{outcome}", caption, head, scale, tuple(strips))


def apart_chart(reader: ExperimentReader) -> Chart:
    """Return the means of H and P by arm."""
    strips = tuple(
        _means(
            reader, reader.arm(apart.arm), "hierarchical", (apart.above, apart.beside),
            reader.counted("values.sessions", apart.sessions),
        )
        for apart in reader.analysis.apart
    )  # fmt: skip
    legend = ((0, reader.say("apart.above")), (1, reader.say("apart.beside")))
    head = (reader.say("values.arm"), *(words for _, words in legend))
    scale = Scale.over((0.0, 1.0), reader.say("apart.scale") + _bars(reader, strips))
    return Chart("sides", reader.say("apart.figure"), head, scale, strips, legend)


def pulse_charts(reader: ExperimentReader) -> list[Chart]:
    """Return trust, conviction and burden by moment and arm; empty if no session has pulses."""
    courses = {arm: course for arm in reader.analysis.arms if (course := reader.analysis.courses.get(arm))}
    moments = list(dict.fromkeys(moment for course in courses.values() for moment in course))
    charts = []
    for level in PULSE if len(moments) > 1 else ():
        strips = []
        for moment in moments:
            means = [course.get(moment, {}).get(level) for course in courses.values()]
            strips.append(_means(reader, reader.moment(moment), f"{level}_change", means))
        counts = (max(held[level].sessions for held in course.values() if level in held) for course in courses.values())
        legend = tuple(
            (series, reader.arm(arm) + reader.label.paren(reader.counted("values.sessions", count)))
            for series, (arm, count) in enumerate(zip(courses, counts, strict=True))
        )
        head = (reader.say("pulses.moment"), *(words for _, words in legend))
        name = reader.label(f"pulse.{level}")
        caption = reader.say("pulses.figure", level=name[:1].upper() + name[1:])
        scale = Scale.over(LEVELS, reader.say("pulses.scale") + _bars(reader, strips))
        charts.append(Chart(f"pulse-{level}", caption, head, scale, tuple(strips), legend))
    return charts


def _means(
    reader: ExperimentReader, name: str, outcome: str, means: Sequence[OutcomeSummary | None], about: str = ""
) -> Strip:
    """Return a strip of means, each with its interval, in the unit of an outcome."""
    dots = tuple(
        Dot(mean.mean, mean.low, mean.high, series) if mean else Dot(None, series=series)
        for series, mean in enumerate(means)
    )
    return Strip(name, dots, tuple(reader.mean(outcome, mean) for mean in means), about)


def _bars(reader: ExperimentReader, strips: Sequence[Strip]) -> str:
    """Return what stands behind the name of a scale on intervals: that they are drawn, or why not."""
    kinds = {dot.low is not None for strip in strips for dot in strip.dots if dot.value is not None}
    return reader.label("gap") + reader.say(f"bars.{'some' if len(kinds) > 1 else 'all' if True in kinds else 'none'}")


def _headed(reader: ExperimentReader, strips: Sequence[Strip], key: str, alone: str) -> str:
    """Return the head of a column of values, another one where none of them has an interval."""
    return reader.say(key if any(dot.low is not None for strip in strips for dot in strip.dots) else alone)


def _few(reader: ExperimentReader, outcome: str, values: Sequence[float], *, points: bool = False) -> str:
    """Return how often each value occurs, if there are so few values that dots would lie on top of one another."""
    counts = Counter(round(value, 9) for value in values)
    if len(values) == 1 or len(counts) > _FEW_VALUES or len(values) < 2 * len(counts) or (points and len(counts) == 1):
        return ""
    write = reader.tick(outcome, points=points)
    held = (
        reader.say("values.count_at", count=count, value=write(round(value, 3)))
        for value, count in sorted(counts.items())
    )
    return reader.label("colon") + reader.label("list").join(held)


def _dot(pair: Pair | None, unit: float, series: int = 0) -> Dot:
    if pair is None:
        return Dot(None, series=series)
    low, high = (None if end is None or pair.zero else end / unit for end in (pair.low, pair.high))
    return Dot(pair.estimate / unit, low, high, series)


def _standard(pair: Pair | None, series: int = 0) -> Dot:
    known = pair is not None and pair.d_low is not None
    if pair and pair.zero:
        return Dot(pair.d, series=series)
    return Dot(pair.d, pair.d_low, pair.d_high, series) if pair and known else Dot(None, series=series)


def _values(strips: Sequence[Strip]) -> list[float | None]:
    return [value for strip in strips for dot in strip.dots for value in (dot.value, dot.low, dot.high)]
