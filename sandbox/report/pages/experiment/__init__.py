"""The report of an experiment: its answer with the effects on the first screen, then everything behind it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from sandbox.content.language import Lang
from sandbox.content.library import Library
from sandbox.experiment.analysis.analysis import Analysis
from sandbox.experiment.analysis.results import Effect, Tested, Verdict
from sandbox.experiment.outcomes import known_outcome
from sandbox.llm.usage import Usage
from sandbox.report.document.blocks import Block, Callout, Facts, ReportDocument
from sandbox.report.document.compose import Inline, bullets, filled, note, paragraph
from sandbox.report.pages.experiment.account import account
from sandbox.report.pages.experiment.arms import arms, told
from sandbox.report.pages.experiment.figures import forest, others_chart
from sandbox.report.pages.experiment.findings import findings
from sandbox.report.pages.experiment.reader import ExperimentReader, made_by_rules
from sandbox.report.pages.experiment.warnings import qualified, warnings
from sandbox.report.pages.parts import cautioned
from sandbox.session.choice import NO_JUDGE

_STRONGEST = 8


def experiment_report(analysis: Analysis, library: Library, lang: Lang, named: str = "") -> ReportDocument:
    """Return the report of an experiment.

    `document.drawing.chart_files` gives its charts as files for papers. ``named`` names the experiment in a command,
    with the options that say where it lies; if empty, its id does.
    """
    reader = ExperimentReader(analysis, library, lang, named)
    chart = forest(reader)
    if chart is None and analysis.effects.others:
        others = (effect for effect in analysis.effects.others if not (effect.ruled or effect.few))
        ranked = sorted(others, key=lambda effect: -abs(effect.pair.d or 0))
        chart = others_chart(reader, ranked[:_STRONGEST], "strongest", reader.say("effects.strongest"))
    opening = filled(answer(reader), chart, facts(reader), boxes(reader))
    title, question = analysis.design.title.get(lang), analysis.design.question.get(lang)
    about = tuple(filter(None, (arms(reader), told(reader))))
    return reader.page(title, question, opening, (*about, *findings(reader), *account(reader)))


def answer(reader: ExperimentReader) -> Callout:
    """Return what the sessions show of the primary hypothesis, with the part that the rules make, and of the others.

    A primary hypothesis on levels by judges that were not found reliable is not answered.
    """
    say, primary, tested = reader.say, reader.analysis.effects.primary, reader.analysis.effects.tested
    if not tested:
        return Callout("verdict", say("answer"), (paragraph(say("lead.nothing")),), "answer")
    lead = say("lead.judged", hypothesis=reader.row(tested[0]))
    if primary is not None:
        over_all = reader.over_all(primary) if primary.effect and primary.effect.sparse else []
        lead = reader.label("gap").join((_lead(reader, primary), _said(reader, primary), *over_all))
    exploratory = note(say("lead.exploratory") if primary and not primary.confirmatory else "")
    alone = _alone(reader, primary, primary.effect) if primary and primary.effect is not None else ""
    if alone and (reader.analysis.by_rules or reader.analysis.sessions.null):
        alone += reader.label("gap") + reader.label(f"baseline.{'leaning' if reader.design.of_countries else 'drawn'}")
    rest = [item for item in tested if item is not (primary or tested[0])]
    others = [
        block for kind in (True, False)
        for block in _others(reader, kind, [item for item in rest if item.confirmatory is kind])
    ]  # fmt: skip
    missing = [_selected(reader, item) for item in tested if item.selected]
    apart = [note(text) for text in ([say("selected"), *missing] if missing else ())]
    body = filled(paragraph(lead), exploratory, note(alone), *others, *apart)
    return Callout("verdict", say("answer"), body, "answer")


def _others(reader: ExperimentReader, confirmatory: bool, tested: Sequence[Tested]) -> Iterator[Block]:
    """Yield the results of hypotheses that are all confirmatory or all exploratory, each with its figure."""
    if tested:
        yield note(reader.say(f"others.{'confirmatory' if confirmatory else 'exploratory'}", count=len(tested)))
        ranked = sorted(tested, key=lambda item: get_args(Verdict).index(item.verdict))
        yield bullets(
            reader.row(item) + reader.label("colon") + reader.parts(_in_short(reader, item)) for item in ranked
        )


def _in_short(reader: ExperimentReader, tested: Tested) -> Iterator[str]:
    """Yield the figure of a hypothesis, or in how few blocks it exists; the expectation; the verdict."""
    effect = tested.effect
    if effect is not None:
        yield from reader.sparse(effect)
        if not effect.few:
            yield reader.span(effect.outcome, effect.pair)
            if p := _p(reader, tested):
                yield p
    yield reader.say("expected_to_be", expected=reader.say(f"expected.{tested.hypothesis.direction}"))
    yield from qualified(reader, tested)


def facts(reader: ExperimentReader) -> Facts:
    """Return what was run."""
    analysis, design = reader.analysis, reader.design
    done, spent = sum(analysis.sessions.done.values()), sum(analysis.usage.values(), Usage())
    null = analysis.sessions.null
    sessions = reader.say("facts.sessions_of", done=done, null=null) if null else str(done)
    lock = reader.say("facts.unlocked")
    if analysis.lock is not None:
        early, day = analysis.sessions.early, analysis.lock.time[:10]
        lock = reader.say("facts.late" if early else "facts.locked", day=day, early=early, done=done)
        if analysis.lock.player is not None and not early:
            lock = reader.say("facts.locked_for", day=day, player=reader.player(analysis.lock.player))
    judge = "" if design.judge == NO_JUDGE else design.judge
    if judge and design.judge_samples > 1:
        judge = reader.say("facts.votes", judge=judge, count=design.judge_samples)
    rows: dict[str, Inline] = {
        "sessions": sessions,
        "compared": reader.say(f"factor.{design.arms}") + reader.label.paren(str(len(analysis.arms))),
        "base": reader.base,
        "cases": str(len(analysis.scenarios)),
        "replicates": str(design.replicates),
        "played": " – ".join(analysis.played),
        "model": reader.models,
        "judge": judge,
        "plan": lock,
        "tokens": f"{spent.total:,}" if spent.total else "",
    }
    return reader.facts("facts", rows, "grid")


def boxes(reader: ExperimentReader) -> Block:
    """Return what speaks against trusting the figures, beside what an experiment is."""
    first = reader.say("limits.countries") if reader.design.of_countries else reader.label("caution.rehearsal")
    is_this = [first, reader.say("limits.scope"), reader.label("caution.rules")]
    return cautioned(reader.label, is_this, warnings(reader))


def _lead(reader: ExperimentReader, tested: Tested) -> str:
    name, effect = tested.hypothesis, tested.effect
    values = {"outcome": reader.outcome(name.outcome), "arm": reader.arm(name.arm), "base": reader.base_of(name)}
    if effect is None:
        given = name.outcome in reader.analysis.summaries
        return reader.say("lead.none" if given or not known_outcome(name.outcome).own else "lead.not_given", **values)
    pair = effect.pair
    fine = reader.finer(name.outcome, pair.low, pair.high)
    if name.against:
        at, against = (reader.level(name.factor, levels[name.factor]) for levels in (name.at, name.against))
        values |= {"at": at, "against": against}
    show = reader.change if name.against else reader.value
    values |= {
        "arm_value": show(name.outcome, effect.arm_mean),
        "base_value": show(name.outcome, effect.base_mean),
        "change": reader.change(name.outcome, pair.estimate, fine=fine),
    }
    if effect.few:
        return reader.say("lead.too_few", outcome=values["outcome"], few=reader.in_few(effect))
    held = reader.say("lead.values_against" if name.against else "lead.values", **values)
    if effect.sparse:
        held = reader.say("lead.sparse", few=reader.parts(reader.sparse(effect))) + held
    if at := reader.at(name) if not name.against else "":
        held = at + reader.label("colon") + held
    held += reader.label("gap")
    if pair.low is None or pair.high is None:
        key = "ruled" if effect.ruled else "alike" if pair.alike or pair.zero else "without"
        return held + reader.say(f"lead.{key}", **values)
    interval = reader.interval(name.outcome, pair.low, pair.high, fine)
    told = reader.say("lead.zero" if pair.zero else "lead.with", **values, interval=interval)
    return held + told + _by_case(reader, name.outcome, effect)


def _p(reader: ExperimentReader, tested: Tested) -> str:
    """Return p of a difference, and that it is adjusted, if so; empty if there is none, or no pair differs."""
    if tested.p is None or tested.effect is None or tested.effect.pair.zero:
        return ""
    chance = reader.chance(tested.p)
    return reader.say("said.adjusted", p=chance) if tested.family > 1 else chance


def _by_case(reader: ExperimentReader, outcome: str, effect: Effect) -> str:
    """Return the range of an effect over the cases, and whether its interval is about these cases alone."""
    estimates = [case.pair.estimate for case in effect.scenarios.values()]
    if len(estimates) < 2:
        return ""
    low, high = (reader.change(outcome, end) for end in (min(estimates), max(estimates)))
    key = "few" if effect.cluster == "block" else "many"
    return reader.label("gap") + reader.say(f"lead.{key}", count=len(estimates), low=low, high=high)


def _said(reader: ExperimentReader, tested: Tested) -> str:
    name = tested.hypothesis
    key: str = tested.verdict
    if (tested.verdict, name.direction) == ("supported", "different"):
        key = "supported_different"
    values = {"expected": reader.say(f"expected.{name.direction}")}
    if tested.among:
        return reader.say("said.selected", **values, among=reader.say(f"verdict.{tested.among}"))
    unsure = tested.effect if tested.verdict == "open" else None
    zero = tested.effect is not None and tested.effect.pair.zero and key in ("open", "equivalent")
    if zero:
        key += "_zero"
    elif unsure and tested.powerless:
        key, values["clusters"] = "open_few", reader.drawn(unsure)
    if p := _p(reader, tested):
        values["p"] = p
    smallest = reader.change(name.outcome, name.smallest, sign=False)
    if tested.verdict in ("small", "equivalent") or zero:
        values["smallest"] = smallest
    said = reader.say(f"said.{key}", **values)
    why, shown = tested.against_interval, tested.effect is not None and (tested.inside or tested.effect.pair.sure)
    if why in ("one_sided", "unseen") or (shown and why in ("few", "adjusted", "other")):
        how = "other" if why == "few" else why
        kind = how if how in ("one_sided", "unseen") else f"{'inside' if tested.inside else 'sure'}_{how}"
        drawn = reader.drawn(tested.effect) if tested.effect else ""
        said += reader.label("gap") + reader.say(f"said_against.{kind}", count=tested.family, clusters=drawn)
    if unsure and not tested.powerless and unsure.pair.reach is not None:
        reach = reader.change(name.outcome, unsure.pair.reach, sign=False)
        said += reader.label("gap") + reader.say("said.reach", reach=reach, smallest=smallest)
    if tested.verdict in ("supported", "opposite"):
        said += reader.label("gap") + reader.say(f"said_size.{tested.size}", smallest=smallest)
    return said


def _selected(reader: ExperimentReader, tested: Tested) -> str:
    """Return how many sessions lack an outcome that depends on the arm, and the difference over all sessions."""
    led = tested.primary and tested.effect is not None and tested.effect.sparse  # the lead says it already
    said = (*reader.lacking(tested), *([] if led else reader.over_all(tested)))
    return reader.row(tested) + reader.label("colon") + reader.label("gap").join(said)


def _alone(reader: ExperimentReader, tested: Tested, effect: Effect) -> str:
    """Return how much of an effect the rules alone make; the share only if both effects are clearly not zero."""
    if reader.analysis.by_rules:
        return reader.say("alone.only")
    if not reader.analysis.sessions.null:
        return reader.say("alone.none")
    if effect.null is None:
        needs = known_outcome(effect.outcome).needs
        return reader.say("alone.words" if needs in ("words", "judge") else "alone.unpaired")
    said = reader.say(f"alone.beside_{reader.spoken}", change=reader.beside_p(effect.outcome, effect.null))
    share, beyond = made_by_rules(tested), effect.beyond
    if share is None or beyond is None:
        return said
    ends = reader.share(share)
    if share.estimate < 0:
        then = reader.say("alone.against")
    elif not beyond.clear:
        then = reader.say("alone.all", part=ends, beyond=reader.beside_p(effect.outcome, beyond))
    elif (beyond.estimate > 0) is not (effect.pair.estimate > 0):
        change, taken = (reader.span(effect.outcome, pair) for pair in (effect.pair, beyond))
        then = reader.say("alone.more", change=change, beyond=taken)
    else:
        then = reader.say("alone.part", part=ends)
    return said + reader.label("gap") + then
