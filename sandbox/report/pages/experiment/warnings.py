"""What speaks against trusting the figures of an experiment: who played, when it was locked, how few cases it has."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import get_args

from sandbox.experiment.analysis.analysis import rests_on
from sandbox.experiment.analysis.results import Effect, Tested
from sandbox.experiment.judging.answers import MANY
from sandbox.experiment.multiplicity import ALPHA, reach
from sandbox.experiment.outcomes import WITHOUT_SHARE, known_outcome
from sandbox.experiment.planning.notes import idle_rules, overlaps, said_overlap
from sandbox.experiment.planning.runs import idle_without
from sandbox.experiment.store.status import named_card
from sandbox.game.rules import Side
from sandbox.report.figures import finer, least_chance, percent
from sandbox.report.pages.experiment.arms import set_by_rules
from sandbox.report.pages.experiment.reader import ExperimentReader, made_by_rules
from sandbox.report.rule_words import inferred_text

_TWO = 2  # so few sessions may be alike by chance
_NOTHING = 1e-9  # smaller standard deviations count as none
# Outcomes that count ballots or depend on who casts them, with the words that say so.
_SET_IN_PART = {"lines": "share_set.lines", "counted_decision_share": "share_set.level"}


def warnings(reader: ExperimentReader) -> Iterator[str]:
    """Yield what speaks against trusting the figures, a sentence or two each."""
    yield from _of_lock(reader)
    yield from _of_rules(reader)
    constant: dict[str, list[str]] = {}
    for kind, text in _constant(reader):
        constant.setdefault(kind, []).append(text)
    for kind, texts in constant.items():
        yield reader.say(f"care.{kind}", list=reader.parts(texts))
    yield from _idle(reader)
    yield from _decide_apart(reader)
    yield from _assessed(reader)
    yield from _of_hypotheses(reader)
    yield from _of_sessions(reader)
    if inferred := rules_inferred(reader):
        yield reader.counted("care.inferred", len(inferred), models=reader.label.join(inferred))


def _of_rules(reader: ExperimentReader) -> Iterator[str]:
    analysis = reader.analysis
    if analysis.by_rules:
        yield reader.say("care.rules")
        if analysis.effects.tested:
            yield reader.say("care.cheap")
    elif reader.by_cards:
        yield reader.say(f"care.cards_{reader.by_cards}")
    if analysis.inert and not analysis.by_rules:
        factors = reader.label.join(reader.say(f"factor.{name}") for name in analysis.inert)
        yield reader.say("care.copies", factors=factors)
    elif analysis.design.arms in analysis.inert:
        yield reader.say("care.inert", factor=reader.say(f"factor.{analysis.design.arms}"))


def rules_inferred(reader: ExperimentReader) -> dict[str, str]:
    """Return, by the name of each model that is played, the rules that the paper does not state."""
    known = reader.library.cards["governance"]
    cards = [reader.library.governance(model) for model in reader.design.factors.governance if model in known]
    written = {card.name.get(reader.lang): inferred_text(reader.label, card, reader.library) for card in cards}
    return {name: text for name, text in written.items() if text}


def _idle(reader: ExperimentReader) -> Iterator[str]:
    """Yield rule changes that change nothing under a model, so that the same is compared with itself."""
    named = [
        reader.say("care.idle_of", rules=level, model=reader.level("governance", model))
        for model, level in idle_rules(reader.design, reader.library)
    ]
    if named:
        yield reader.say("care.idle", list=reader.parts(named))
    off = [
        reader.say("care.off_of", name=reader.level("without", name), network=reader.level("network", network))
        for name, networks in idle_without(reader.design, reader.library).items()
        for network in networks
    ]
    if off:
        yield reader.say("care.off", list=reader.parts(off))


def _decide_apart(reader: ExperimentReader) -> Iterator[str]:
    """Yield that P depends on how often an arm decides, if some arms decide more or less often than the base."""
    effects = [effect for effect in reader.analysis.effects.plain if effect.base == reader.design.base]
    arms = {effect.arm for effect in effects if effect.outcome == "horizontal"}
    both = {effect.arm: effect.pair.pairs for effect in effects if effect.outcome == "horizontal_carried"}
    apart = {
        effect.arm: effect
        for effect in effects
        if effect.outcome == "decided" and effect.arm in arms and abs(effect.arm_mean - effect.base_mean) > _NOTHING
    }
    if apart:
        shares, counts = [], []
        for arm, effect in apart.items():
            means = {"arm": effect.arm_mean, "base": effect.base_mean}
            values = {name: reader.value("decided", mean) for name, mean in means.items()}
            shares.append(reader.arm(arm) + reader.label.paren(reader.say("care.shares", **values)))
            counts.append(reader.say("care.both", arm=reader.arm(arm), count=both.get(arm, 0), all=effect.pair.pairs))
        listed = {"list": reader.parts(shares), "both": reader.parts(counts)}
        yield reader.say("care.decided", base=reader.base, **listed)


def _assessed(reader: ExperimentReader) -> Iterator[str]:
    """Yield which indicators of H and P some sessions lack."""
    lacked = (
        reader.outcome(part) + reader.label.paren(lacks)
        for side in get_args(Side)
        for part in known_outcome(side).parts
        if part in reader.analysis.summaries and (lacks := reader.lacks(reader.analysis.missing.get(part, {})))
    )
    if listed := reader.parts(lacked):
        yield reader.say("care.unlike", list=listed)


def unasked(reader: ExperimentReader, outcome: str, arms: Collection[str]) -> list[str]:
    """Return, one text each, the assessments behind an outcome that the rules of some arms ask nobody for."""
    sides = [side for side in get_args(Side) if outcome.startswith(get_args(Side)) and side in outcome]
    return [
        reader.say("unasked", side={"hierarchical": "H", "horizontal": "P"}[side], arms=named)
        for side in sides
        if (named := _unasked(reader, side, arms))
    ]


def _unasked(reader: ExperimentReader, side: Side, arms: Collection[str]) -> list[str]:
    """Return the names of arms whose rules ask nobody for an assessment in at least one case."""
    games = [by_arm for cases in reader.games.values() for by_arm in cases.values()]
    nobody = (arm for arm in arms if any(arm in by_arm and not by_arm[arm].assessors[side] for by_arm in games))
    return [reader.arm(arm) for arm in nobody]


def of_rules(reader: ExperimentReader, outcome: str, base: str, arm: str, *, at_level: bool = False) -> list[str]:
    """Return how an arm's rules determine an outcome directly, one text each.

    They may ask nobody for an assessment, or set one of its indicators; then the difference without that indicator is
    told, except beside an effect ``at_level``, since it is over all blocks.
    """
    return [*unasked(reader, outcome, (base, arm)), *_set_of(reader, outcome, base, arm, at_level)]


def remarks(reader: ExperimentReader, tested: Tested) -> Iterator[str]:
    """Yield what a verdict omits: that the rules alone do as much or the reverse, or that cases differ in direction."""
    effect, outcome = tested.effect, tested.hypothesis.outcome
    if tested.hypothesis.against and tested.hypothesis.factor in reader.analysis.inert:
        yield reader.say("remark.copies")
    if effect is None or not effect.testable or effect.constant:
        return
    if effect.null and effect.beyond and effect.null.clear:
        alone, beyond = effect.null, effect.beyond
        if beyond.clear and alone.estimate * beyond.estimate < 0:
            changes = {"alone": reader.span(outcome, alone), "beyond": reader.span(outcome, beyond)}
            yield reader.say("remark.against", **changes)
        elif not beyond.clear and (share := made_by_rules(tested)):
            yield reader.say("remark.alone", part=reader.share(share))
    estimates = [case.pair.estimate for case in effect.scenarios.values()]
    if effect.uneven is not None and effect.uneven < ALPHA and min(estimates) < 0 < max(estimates):
        low, high = (reader.change(outcome, end) for end in (min(estimates), max(estimates)))
        yield reader.say("remark.cases", low=low, high=high)


def qualified(reader: ExperimentReader, tested: Tested) -> list[str]:
    """Return the verdict on a hypothesis with all the remarks that it must be read with."""
    name = tested.hypothesis
    of_arms = of_rules(reader, name.outcome, reader.design.base_of(name), name.arm, at_level=bool(name.at))
    return [reader.verdict(tested), *remarks(reader, tested), *([] if tested.verdict == "ruled" else of_arms)]


def _set_of(reader: ExperimentReader, outcome: str, base: str, arm: str, at_level: bool) -> list[str]:
    if outcome in _SET_IN_PART and arm in set_by_rules(reader, base):
        return [reader.say(_SET_IN_PART[outcome])]
    return [
        reader.say("share_set") if at_level or without == "–" else reader.say("share_set.without", without=without)
        for _, without in _without_share(reader, outcome, base, arm)
    ]


def _without_share(reader: ExperimentReader, outcome: str, base: str, arm: str) -> Iterator[tuple[str, str]]:
    effects = reader.analysis.effects.plain
    held = {effect.outcome: effect.pair for effect in effects if (effect.base, effect.arm) == (base, arm)}
    if outcome in WITHOUT_SHARE and outcome in held and arm in set_by_rules(reader, base):
        without = held.get(WITHOUT_SHARE[outcome])
        if without and without.pairs != held[outcome].pairs:  # it is of other sessions
            without = None
        yield reader.span(outcome, held[outcome]), reader.span(outcome, without)


def _of_lock(reader: ExperimentReader) -> Iterator[str]:
    analysis, sessions, tested = reader.analysis, reader.analysis.sessions, reader.analysis.effects.tested
    if tested and analysis.lock is None:
        yield reader.say("care.unlocked")
    if tested and sessions.early:
        yield reader.say("care.early", early=sessions.early, done=sum(sessions.done.values()))
    if tested and sessions.elsewhere:
        yield reader.elsewhere("care.elsewhere", sessions.elsewhere)
    if tested and analysis.strange and analysis.lock is not None and analysis.lock.player is not None:
        locked, played = reader.player(analysis.lock.player), reader.player(analysis.player)
        yield reader.say("care.strange", locked=locked, played=played)
    if tested and (others := analysis.others_tried):
        yield reader.say("care.others_tried", list=reader.in_stores(others))
    if analysis.lock is not None and analysis.by_rules:
        yield reader.say("care.lock")
    rests = [(item, rests_on(item.hypothesis.outcome, analysis.changed, analysis.by_rules)) for item in tested]
    if otherwise := [item for item, cards in rests if cards and item.why == "changed"]:
        named = dict.fromkeys(named_card(reader.label, card) for _, cards in rests for card in cards)
        yield reader.say("care.changed", list=[*named], names=reader.parts(map(reader.row, otherwise)))
    if own := list(measures_apart(reader)):
        yield reader.say("care.measures", list=reader.parts(own))
    later = [reader.row(item) for item in tested if item.why == "unlocked"]
    if later and analysis.lock is not None and any(item.confirmatory for item in tested):
        yield reader.say("care.later", names=reader.parts(later))


def measures_apart(reader: ExperimentReader) -> Iterator[str]:
    """Yield, for each user-defined outcome, the locked version and the versions that gave it, if these differ."""
    lock, given = reader.analysis.lock, reader.analysis.measures
    for outcome in dict.fromkeys(item.outcome for item in reader.design.hypotheses):
        versions, locked = given.get(outcome, ()), lock.measures.get(outcome, "") if lock else ""
        had = known_outcome(outcome).own and outcome in reader.analysis.summaries
        if lock and had and [version for version, _ in versions] != [locked or None]:
            named = [
                (version or reader.say("measures.unknown"))
                + reader.label.paren(f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC")
                for version, at in versions
            ]
            key = "unlocked" if not locked else "tried" if versions and versions[-1][0] == locked else "given"
            yield reader.say(
                f"measures.{key}", outcome=reader.outcome(outcome), locked=locked,
                list=reader.label.join(named or [reader.say("measures.unknown")]),
            )  # fmt: skip


def _of_hypotheses(reader: ExperimentReader) -> Iterator[str]:
    analysis, tested = reader.analysis, reader.analysis.effects.tested
    judged = [reader.row(item) for item in tested if item.why == "judged"]
    if judged:
        yield reader.say("care.judged", names=reader.parts(judged))
    yield from unfounded(reader)
    relied = [
        reader.row(item) for item in tested if known_outcome(item.hypothesis.outcome).judged and item.why != "judged"
    ]
    if relied:
        yield reader.say("care.bar", names=reader.parts(relied), command="sandbox judge card")
    if own := [name for name in map(str.strip, analysis.design.judge.split(",")) if name in reader.speakers]:
        yield reader.say("care.own_judge", names=reader.label.join(own))
    by_block = ((item, item.effect) for item in tested if item.effect is not None and reader.few_cases(item.effect))
    if few := [reader.row(item) + reader.label.paren(reader.by_block(effect)) for item, effect in by_block]:
        yield reader.say("care.by_block", names=reader.parts(few))
    elif analysis.design.compares_countries:
        yield reader.say("care.compared")
    elif any(item.effect and item.effect.cluster == "block" for item in tested):
        mixed = len(analysis.scenarios) > 1 and any(checks(reader))
        further = reader.label("gap") + reader.say("care.cases_mixed") if mixed else ""
        yield reader.counted("care.cases", len(analysis.scenarios)) + further
    effects = [item.effect for item in tested if item.effect is not None]
    if effects and all(item.powerless for item in tested if item.effect is not None):
        best = min(effects, key=lambda effect: effect.pair.p_least)
        yield reader.say("care.least", clusters=reader.drawn(best), p=least_chance(best.pair.p_least))
    if not tested:
        yield from least_q(reader)
    for part, whole in overlaps(analysis.design):
        yield reader.label.said(said_overlap(part, whole, reader.arm(part.arm)))


def unfounded(reader: ExperimentReader) -> Iterator[str]:
    """Yield the judged outcomes for which, in some arm, most levels rest on quotes that are not valid."""
    named = [
        reader.outcome(outcome) + reader.label.paren("".join(reader.quoted(outcome, reader.analysis.arms)))
        for outcome in reader.analysis.unfounded
    ]
    if named:
        yield reader.say("care.unfounded", list=reader.parts(named))


def least_q(reader: ExperimentReader) -> Iterator[str]:
    """Yield the smallest possible q of the other effects, if one alone could not have stood out."""
    effects = [effect for effect in reader.analysis.effects.others if effect.q is not None]
    if not effects:
        return
    least, best = reach([effect.pair.p_least for effect in effects]), max(effects, key=lambda each: each.pair.clusters)
    clusters = reader.drawn_of(best)
    if least.never:
        yield reader.say("effects.least", clusters=clusters, q=least_chance(least.p_least))
    elif least.together > 1:
        yield reader.say(
            "effects.least_alone", clusters=clusters, p=least_chance(least.p_least), q=least_chance(least.alone),
            together=least.together, count=least.count,
        )  # fmt: skip


def _of_sessions(reader: ExperimentReader) -> Iterator[str]:
    analysis, sessions, tested = reader.analysis, reader.analysis.sessions, reader.analysis.effects.tested
    if sessions.left:
        yield reader.counted("care.left", sessions.left)
    if failed := sum(sessions.failed.values()) + sessions.null_failed:
        yield reader.counted("care.failed", failed) + _by_arm(reader)
    missing = [
        reader.row(item) + reader.label.paren(str(item.effect.missing) + "".join(_left_by_level(reader, item.effect)))
        for item in tested
        if item.effect and item.effect.missing and not item.selected
    ]
    if missing:
        yield reader.say("care.missing", list=reader.parts(missing))
    grown = analysis.grown
    if grown:
        more = sum(sessions.done.values()) - sessions.planned
        yield reader.say("care.grown", planned=sessions.planned, more=more)
    if grown or (sessions.left and any(item.confirmatory for item in tested)):
        yield reader.say("care.looks")
    yield from astray(reader)
    if sessions.added and not grown:
        yield reader.counted("care.added", sessions.added)
    yield from _of_answers(reader)
    if any(usage.estimated for usage in analysis.usage.values()):
        yield reader.say("care.estimated")


def astray(reader: ExperimentReader) -> Iterator[str]:
    """Yield that some of the counted sessions are not part of the current design."""
    sessions = reader.analysis.sessions
    if sessions.astray:
        every = sum(sessions.done.values()) + sessions.null
        command = f"sandbox experiment run {reader.named}"
        yield reader.counted("care.astray", sessions.astray, all=every, command=command)


def _of_answers(reader: ExperimentReader) -> Iterator[str]:
    by_arm = reader.analysis.answers
    for part, most in (("unheld", 0.0), ("unusable", MANY), ("given_up", MANY), ("by_rule", MANY)):
        known = {arm: by_arm[arm].shares.get(part) for arm in reader.analysis.arms if arm in by_arm}
        shares = {arm: share for arm, share in known.items() if share is not None}
        if shares and max(shares.values()) > most:
            arms = reader.parts(f"{reader.arm(arm)} {percent(share)}" for arm, share in shares.items())
            yield reader.say(f"care.{part}", list=arms)


def _by_arm(reader: ExperimentReader) -> str:
    """Return that more sessions failed in some arms than in others, with the numbers; otherwise empty."""
    sessions = reader.analysis.sessions
    failures = {arm: sessions.failed.get(arm, 0) for arm in reader.analysis.arms}
    counts = {arm: (failed, failed + sessions.done.get(arm, 0)) for arm, failed in failures.items()}
    shares = [failed / all_of for failed, all_of in counts.values() if all_of]
    if not shares or max(shares) - min(shares) < _NOTHING:
        return ""
    named = reader.parts(
        reader.say("care.failed_of", arm=reader.arm(arm), failed=failed, all=all_of)
        for arm, (failed, all_of) in counts.items()
    )
    return reader.label("gap") + reader.say("care.failed_apart", list=named)


def _left_by_level(reader: ExperimentReader, effect: Effect) -> Iterator[str]:
    """Yield how many blocks are left at each level of another factor, if the numbers differ."""
    for across in effect.across:
        left = [level.pair.pairs for level in across.levels]
        if len(set(left)) > 1:
            counts = (f"{reader.level(across.factor, level.name)} {level.pair.pairs}" for level in across.levels)
            yield reader.label("semi") + reader.say(
                "care.left_at", factor=reader.say(f"factor.{across.factor}"), list=reader.label.join(counts)
            )


def _constant(reader: ExperimentReader) -> Iterator[tuple[str, str]]:
    """Yield outcomes of hypotheses that are the same in all sessions of an arm, and whether the rules alone make them.

    Each has the key of what is said of its kind: the rules alone give the same, give something else, or are not known.
    """
    hypotheses = [item.hypothesis for item in reader.analysis.effects.tested]
    alone = {
        (effect.outcome, arm): mean
        for effect in reader.analysis.effects.plain
        if effect.null_means
        for arm, mean in zip((effect.arm, effect.base), effect.null_means, strict=True)
    }
    named = {(each.outcome, arm) for each in hypotheses for arm in (reader.design.base_of(each), each.arm)}
    for outcome, held in reader.analysis.summaries.items():
        for arm, summary in held.items():
            lacking = reader.analysis.missing.get(outcome, {}).get(arm)
            every = summary.sessions > _TWO and not (lacking and lacking.missing)
            if (outcome, arm) in named and every and summary.deviation < _NOTHING:
                values = {"outcome": reader.outcome(outcome), "arm": reader.arm(arm)}
                values["value"] = reader.value(outcome, summary.mean)
                by_rules = summary.mean if reader.analysis.by_rules else alone.get((outcome, arm))
                if reader.design.of_countries:  # nobody speaks in them; all is by rules, rates and their length
                    yield "constant_country", reader.say("care.constant_of", **values)
                elif by_rules is None or abs(by_rules - summary.mean) < _NOTHING:
                    yield "constant_open" if by_rules is None else "constant", reader.say("care.constant_of", **values)
                else:
                    share = reader.value(outcome, by_rules)
                    yield "constant_apart", reader.say("care.constant_beside", **values, alone=share)


def checks(reader: ExperimentReader) -> Iterator[str]:
    """Yield the effects of hypotheses over all levels by the mixed model, on the sessions on which these are tested."""
    for tested in reader.analysis.effects.tested:
        name = tested.hypothesis
        components = reader.analysis.components[name.outcome]
        alike = tested.confirmatory or not reader.analysis.grown
        if alike and not (name.at or name.base) and name.arm in components.effects:
            mean, low, high = components.effects[name.arm]
            interval, fine = reader.interval(name.outcome, low, high), finer(name.outcome, low, high)
            change = reader.change(name.outcome, mean, fine=fine) + reader.label.paren(interval)
            yield reader.row(tested) + reader.label("colon") + change
