"""Notes of a plan: factors and hypotheses without effect or test, overlaps, and the grounds of its power."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations

from sandbox.content.changes import completed, same_rules, with_changes
from sandbox.content.experiment_card import NO_CITY, OF_MODELS, Design, Factor, Hypothesis
from sandbox.content.governance import CHAIR_BINDS, Aggregation, Governance
from sandbox.content.library import Library
from sandbox.content.words import refusal, said
from sandbox.content.words.shares import percent
from sandbox.errors import Said
from sandbox.experiment.outcomes import counted_into, known_outcome
from sandbox.experiment.planning.pairing import copied
from sandbox.experiment.planning.power import (
    CLUSTERED,
    Power,
    blocks_of,
    flipped_of,
    least_p,
    shared_seed,
    tried_out,
)
from sandbox.experiment.planning.runs import Run, idle_without
from sandbox.experiment.playing.countries import CountrySpec
from sandbox.game.checks.limits import undecidable
from sandbox.game.game import Game

_SURE = "decided"  # an outcome that every session has


def inert_factors(design: Design, runs: Sequence[Run], library: Library) -> Iterator[Said]:
    """Yield, for each factor that cannot act on some or all sessions, the reason in words.

    Sessions of the null arm are left out. In play by cards, which costs nothing, some sessions are played at all levels
    of a factor.
    """
    spoken = [run for run in runs if not run.null]
    once = [run for run in spoken if run.spec.by_cards and run.replicate == 1]
    tried = tried_out(design, once, library, cards=True) if all(run.spec.by_cards for run in spoken) else []
    same = copied(design, tried, "lines")
    for factor, (reads, why) in _READERS.items():
        if not _acts_by_words(design, factor):
            continue
        named = said(f"experiment_report.factor.{factor}")
        deaf, reason = sum(not reads(run) for run in spoken), said(f"plan.inert.{why}", setting="style: free")
        if deaf == len(spoken):
            shown = said("plan.inert.one_level" if factor in OF_MODELS else "plan.inert.chance")
            yield said("plan.inert.all", factor=named, why=reason, shown=shown)
        elif deaf:
            yield said("plan.inert.some", factor=named, deaf=deaf, count=len(spoken), why=reason)
        elif factor in same:
            yield said("plan.inert.copies", factor=named, count=len(tried))


def mute_factors(design: Design) -> tuple[str, ...]:
    """Return the factors whose levels can make no difference in rules-only play."""
    return tuple(
        factor for factor in design.varied if factor in (*_READERS, "model") and _acts_by_words(design, factor)
    )


def _acts_by_words(design: Design, factor: Factor) -> bool:
    """Return whether a factor has several levels and can act only through words."""
    chooses = factor == "city" and not design.factors.governance  # each city brings its governance model
    return len(design.factors.levels(factor)) > 1 and not chooses


def idle_rules(design: Design, library: Library) -> Iterator[tuple[str, str]]:
    """Yield each governance model with a named set of changed rules that changes nothing in it.

    The model has these rules already, or does not use them.
    """
    models = design.factors.governance or tuple(
        dict.fromkeys(library.city(city).governance for city in design.factors.city if city != NO_CITY)
    )
    for model in () if design.of_countries else models:
        for level, changes in design.factors.rules.items():
            if changes and model in library.cards["governance"]:
                card = library.governance(model)
                if same_rules(_that_count(with_changes(card, completed(card, changes))), _that_count(card)):
                    yield model, level


def _that_count(card: Governance) -> Governance:
    """Return a governance model; if the chair decides, with rules on votes reset, since these have no effect."""
    aggregation = card.rules.aggregation
    if aggregation.procedure not in CHAIR_BINDS:
        return card
    unused = {name: Aggregation.model_fields[name].default for name in ("quorum", "ballots", "veto", "unless")}
    rules = card.rules.model_copy(update={"aggregation": aggregation.model_copy(update=unused)})
    return card.model_copy(update={"rules": rules})


def untold_summaries(design: Design, runs: Sequence[Run]) -> Iterator[Said]:
    """Yield, in words, the governance models whose summary is in some prompts of a design but not in all."""
    models = {run.spec.governance for run in runs if not isinstance(run.spec, CountrySpec) and run.spec.style == "free"}
    levels = design.factors.rules
    changed, kept = ([level for level in levels if bool(levels[level]) is wanted] for wanted in (True, False))
    if changed and kept:
        for model in sorted(models):
            yield said("plan.summary", model=model, changed=changed, kept=kept)


def left_out(design: Design, library: Library) -> Iterator[Said]:
    """Yield, in words, the mechanisms that are not left out of countries in which they are off anyway."""
    for name, networks in idle_without(design, library).items():
        yield said("plan.off", name=name, networks=networks)


def unmeasured(design: Design, runs: Sequence[Run]) -> Iterator[Said]:
    """Yield, for each hypothesis, in words, what its outcome lacks in this play.

    It may need the user's code, words or a judge (in rules-only play), or sessions at all its levels.
    """
    yield from unplayed(design, runs)
    lacking = ("own",) if any(_worded(run) for run in runs) else ("own", "judge", "words")
    for item in design.hypotheses:
        if (needs := known_outcome(item.outcome).needs) in lacking:
            call = {"call": "sandbox.open_experiment(ID).measure"} if needs == "own" else {}
            yield said(f"plan.unmeasured.{needs}", name=item.id, outcome=item.outcome, **call)
        elif known_outcome(item.outcome).ruled:
            yield said("plan.unmeasured.ruled", name=item.id, outcome=item.outcome)


def unplayed(design: Design, runs: Sequence[Run]) -> Iterator[Said]:
    """Yield, in words, the hypotheses that compare levels without sessions."""
    for item in design.hypotheses:
        if not blocks_of(design, runs, item):
            asked = [*item.at.values(), *item.against.values()] or [design.base_of(item), item.arm]
            played = {level for run in runs if not run.null for level in run.cell.values()}
            levels = [level for level in asked if level not in played] or asked
            yield said("plan.unmeasured.level", name=item.id, levels=levels)


def check_played(design: Design, runs: Sequence[Run]) -> None:
    """Raise `InputError` if a hypothesis compares levels without sessions."""
    for why in unplayed(design, runs):
        raise refusal("plan.lock.unplayed", why=why)


def unconfirmable(design: Design, runs: Sequence[Run], levels: Mapping[str, tuple[bool, float]]) -> Iterator[Said]:
    """Yield, in words, the hypotheses that so few blocks or cases cannot confirm, whatever is played.

    ``levels`` are those of `levels_of`.
    """
    held: dict[tuple[int, bool], list[str]] = defaultdict(list)
    for item in design.hypotheses:
        blocks = [] if known_outcome(item.outcome).ruled else blocks_of(design, runs, item)
        confirmatory, level = levels[item.id]
        if confirmatory and blocks and least_p(blocks) >= level:
            held[flipped_of(blocks), len(blocks) >= CLUSTERED].append(item.id)
    for (count, cases), names in held.items():
        level = max(levels[name][1] for name in names)
        yield said(
            f"plan.unconfirmable.{'cases' if cases else 'blocks'}", names=names, count=count, level=f"{level:.2g}",
            least=f"{2.0 ** (1 - count):.2g}", enough=math.floor(1 - math.log2(level)) + 1,
            cases=said(f"plan.many.{design.case}"),
        )  # fmt: skip


def said_lacking(power: Power) -> Said:
    """Return the message on arms in which all or most sessions tried lack a hypothesis' outcome, with advice."""
    fields = {"name": power.hypothesis.id, "outcome": power.hypothesis.outcome, "sure": _SURE}
    if never := [each.arm for each in power.lacking if each.without == each.sessions]:
        return said("plan.lacking", **fields, arms=never)
    arms = [said("plan.lacking.of", arm=each.arm, without=each.without, count=each.sessions) for each in power.lacking]
    return said("plan.lacking.most", **fields, arms=arms)


def undecided(runs: Sequence[Run], library: Library) -> Iterator[Said]:
    """Yield, in words, each case with a model and changed rules under which nothing can be decided."""
    grounds = {run.spec.ground: run.spec for run in runs if not isinstance(run.spec, CountrySpec)}
    names: dict[tuple[str, str, tuple[str, ...]], Said] = {}
    for spec in grounds.values():
        if why := undecidable(Game(spec, library)):
            names.setdefault((spec.scenario, spec.governance, spec.changes), why.says)
    for (case, model, changes), why_there in names.items():
        key = "plan.undecided.changed" if changes else "plan.undecided"
        yield said(key, case=case, model=model, changes=list(changes), why=why_there)


def _worded(run: Run) -> bool:
    return run.spec.style != "rules"


def _asked(run: Run) -> bool:
    return run.spec.player == "model"


# Whether a session uses a factor, and the key of the reason why others do not.
_READERS: dict[Factor, tuple[Callable[[Run], bool], str]] = {
    "city": (lambda run: run.spec.style == "free", "city"),
    "lang": (_worded, "lang"),
    "style": (_worded, "rules"),
    "personas": (_worded, "rules"),
    "wording": (_asked, "unasked"),
    "temperature": (_asked, "unasked"),
}


def overlaps(design: Design) -> Iterator[tuple[Hypothesis, Hypothesis]]:
    """Yield pairs of hypotheses on the same arm in which the outcome of the first is part of that of the second."""
    for part, whole in permutations(design.hypotheses, 2):
        same = all(getattr(part, name) == getattr(whole, name) for name in ("arm", "base", "at", "against"))
        if same and counted_into(part.outcome, whole.outcome):
            yield part, whole


def said_overlap(part: Hypothesis, whole: Hypothesis, names: str | Sequence[str]) -> Said:
    """Return the message that two hypotheses overlap; ``names`` are their ids, or their arm."""
    outcomes = {"part": said(known_outcome(part.outcome).words), "whole": said(known_outcome(whole.outcome).words)}
    return said("experiment.overlap", **outcomes, names=names)


def rests_on(design: Design, runs: Sequence[Run], powers: Sequence[Power]) -> Iterator[Said]:
    """Yield, in words, the grounds of power: judges and their noise, and the number of cases.

    ``powers`` is empty without the ``lab`` extra.
    """
    judged = [item for item in design.hypotheses if known_outcome(item.outcome).judged]
    if judged:
        names = [said("plan.power.primary", name=item.id) if item.primary else item.id for item in judged]
        yield said("plan.note.judges", names=names, judge=design.judge, command=_calibrate(design))
    if powers:
        yield from _on_clusters(design, runs, powers)
        yield from _on_votes(design, powers)


def _on_clusters(design: Design, runs: Sequence[Run], powers: Sequence[Power]) -> Iterator[Said]:
    scenarios, cases = len({run.scenario for run in runs}), said(f"plan.many.{design.case}")
    if (shared := shared_seed(design, runs)) > 1:
        beside = [
            said(f"experiment_report.factor.{name}") for name in OF_MODELS if len(design.factors.levels(name)) > 1
        ]
        yield said("plan.note.seeds", count=shared, factors=beside)
    if design.compares_countries:
        yield said("plan.note.compared")
    elif scenarios < CLUSTERED:
        yield said("plan.note.few", least=CLUSTERED, cases=cases, count=scenarios)
        if apart := [f"{item.hypothesis.id} ±{item.between:.2g}" for item in powers if item.between]:
            yield said("plan.note.apart", cases=cases, spreads=apart, count=scenarios)


def _on_votes(design: Design, powers: Sequence[Power]) -> Iterator[Said]:
    judged = [item for item in powers if known_outcome(item.hypothesis.outcome).judged]
    # If the design has several votes per judge, any pilot of it tells the noise.
    which = said("plan.note.this_design")
    if design.judge_samples == 1:
        which = said("plan.note.two_votes", setting="judge_samples: 2")
    for item in judged:
        outcome = item.hypothesis.outcome
        if item.judges is None or item.judged is None:
            yield said(
                "plan.note.unknown", judge=design.judge, outcome=outcome, which=which,
                command=_calibrate(design),
            )  # fmt: skip
            continue
        noise = item.judges
        source = said(f"plan.note.by_{noise.basis}", count=noise.freedom)
        parts = "" if noise.again is None else said("plan.note.again", size=f"{noise.again:.2g}")
        if noise.judges > 1:
            size = f"{noise.apart:.2g}"
            parts = said("plan.note.beyond", again=parts, size=size) if parts else said("plan.note.between", size=size)
        yield said("plan.note.noise", size=f"{item.judged:.2g}", parts=parts, outcome=outcome, source=source)
        if item.judging is not None:
            yield said("plan.note.share", share=percent(item.judging), outcome=outcome)
    if judged:
        yield said("plan.note.leaning")


def _calibrate(design: Design) -> str:
    votes = f" --judge-samples {design.judge_samples}" if design.judge_samples > 1 else ""
    return f'sandbox judge calibrate --model "{design.judge}"{votes}'
