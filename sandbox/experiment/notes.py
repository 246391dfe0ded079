"""What a plan says in words beside its figures: what can come to nothing, what overlaps, what its power rests on."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import permutations

from sandbox.content.changes import completed, same_rules, with_changes
from sandbox.content.experiment_card import NO_CITY, OF_MODELS, Design, Factor, Hypothesis
from sandbox.content.library import Library
from sandbox.content.words import Words
from sandbox.experiment.design import Run
from sandbox.experiment.outcomes import counted_into, known_outcome
from sandbox.experiment.power import CLUSTERED, Power, shared_seed


def inert_factors(design: Design, runs: Sequence[Run]) -> Iterator[str]:
    """Yield of each factor, in words, why it can act on none of the sessions, or on part of them alone.

    Sessions of the null arm, which no model plays by intent, are left out.
    """
    spoken = [run for run in runs if not run.null]
    for factor, (reads, why) in _READERS.items():
        if not _acts_by_words(design, factor):
            continue
        deaf = sum(not reads(run) for run in spoken)
        if deaf == len(spoken):
            shown = "one level alone is played" if factor in OF_MODELS else "what its levels differ by would be chance"
            yield f"{factor} cannot act on these sessions: {why}. Leave it out; {shown}."
        elif deaf:
            yield f"{factor} cannot act on {deaf} of {len(spoken)} sessions: {why}."


def mute_factors(design: Design) -> tuple[str, ...]:
    """Return the factors whose levels can make no difference where the rules alone play."""
    return tuple(
        factor for factor in design.varied if factor in (*_READERS, "model") and _acts_by_words(design, factor)
    )


def _acts_by_words(design: Design, factor: Factor) -> bool:
    """Return whether a factor has levels, and no other way to act than through those who speak."""
    chooses = factor == "city" and not design.factors.governance  # each city brings its governance model
    return len(design.factors.levels(factor)) > 1 and not chooses


def idle_rules(design: Design, library: Library) -> Iterator[tuple[str, str]]:
    """Yield each governance model and named set of changed rules of a design that says what the model says already."""
    models = design.factors.governance or tuple(
        dict.fromkeys(library.city(city).governance for city in design.factors.city if city != NO_CITY)
    )
    for model in () if design.of_countries else models:
        for level, changes in design.factors.rules.items():
            if changes and model in library.cards["governance"]:
                card = library.governance(model)
                if same_rules(with_changes(card, completed(card, changes)), card):
                    yield model, level


def unmeasured(design: Design, runs: Sequence[Run]) -> Iterator[str]:
    """Yield of each hypothesis, in words, that its outcome needs a model or a judge where the rules alone play."""
    if any(_worded(run) for run in runs):
        return
    for item in design.hypotheses:
        if (needs := known_outcome(item.outcome).needs) in ("judge", "words"):
            whom = "a judge" if needs == "judge" else "the words of a model"
            yield f"{item.id} will not be measured: {item.outcome} needs {whom}, and the rules alone play."


def _worded(run: Run) -> bool:
    return run.spec.style != "rules"


def _asked(run: Run) -> bool:
    return run.spec.player == "model"


_BY_RULES = "the rules alone play, and read none of it"
_UNASKED = "no model plays, so that no prompt is sent"
_READERS: dict[Factor, tuple[Callable[[Run], bool], str]] = {
    "city": (lambda run: run.spec.style == "free", "only models that play free (style: free) read a city's setting"),
    "lang": (_worded, "the rules alone play, and draw acts, not words"),
    "style": (_worded, _BY_RULES),
    "personas": (_worded, _BY_RULES),
    "wording": (_asked, _UNASKED),
}


def overlaps(design: Design) -> Iterator[tuple[Hypothesis, Hypothesis]]:
    """Yield pairs of hypotheses about the same arm: one whose outcome is counted into the other's, then that other."""
    for part, whole in permutations(design.hypotheses, 2):
        same = (part.arm, part.at, part.against) == (whole.arm, whole.at, whole.against)
        if same and counted_into(part.outcome, whole.outcome):
            yield part, whole


def said_overlap(part: Hypothesis, whole: Hypothesis, words: Words, names: str) -> str:
    """Return in words that two hypotheses say in part the same thing.

    ``names`` tells which hypotheses are meant: their ids, or their arm.
    """
    outcomes = {"part": words(known_outcome(part.outcome).words), "whole": words(known_outcome(whole.outcome).words)}
    return words("experiment.overlap", **outcomes, names=names)


def rests_on(design: Design, runs: Sequence[Run], powers: Sequence[Power]) -> Iterator[str]:
    """Yield what power rests on: judges, how many cases there are, and how far judges scatter.

    There are no powers without the ``lab`` extra.
    """
    yield from _on_judges(design)
    if powers:
        yield from _on_clusters(design, runs, powers)
        yield from _on_votes(design, powers)


def _on_judges(design: Design) -> Iterator[str]:
    judged = [item for item in design.hypotheses if known_outcome(item.outcome).judged]
    if judged:
        named = ", ".join(f"{item.id} (primary)" if item.primary else item.id for item in judged)
        yield (
            f"Judges: {named} is about a judge's level. It is exploratory, and never primary, unless the judge "
            f"({design.judge}) was measured reliable on it in each language that is played, before the report is "
            f"written: {_calibrate(design)}."
        )


def _on_clusters(design: Design, runs: Sequence[Run], powers: Sequence[Power]) -> Iterator[str]:
    scenarios, cases = len({run.scenario for run in runs}), f"{design.case}s"
    if (shared := shared_seed(design, runs)) > 1:
        beside = [name for name in OF_MODELS if len(design.factors.levels(name)) > 1]
        yield (
            f"Power: {shared} blocks at a time, which differ by {', '.join(beside)} alone, have the same seed. They "
            "may move together, so they count as one here and in the report; more replicates are more of them, more "
            "levels are not."
        )
    if scenarios < CLUSTERED:
        yield (
            f"Power: with fewer than {CLUSTERED} {cases} ({scenarios}) the test takes blocks as independent; what it "
            f"finds holds for these {cases} alone. From {CLUSTERED} on it counts {cases}, which buys what holds "
            f"beyond these {cases} and asks for more of them."
        )
        if apart := [f"{item.hypothesis.id} ±{item.between:.2g}" for item in powers if item.between]:
            yield (
                f"Power: how far an effect differs between {cases} ({', '.join(apart)}, standard deviation) plays no "
                f"part in the power of {scenarios} {cases}: each is taken to have the smallest effect that matters."
            )
    for number, plan in ((scenarios, "this plan"), (2 * scenarios, f"{cases} × 2")):
        least = 2.0 ** (1 - number)
        blocked = [item for item in powers if number >= CLUSTERED and least >= item.level]
        if blocked:
            level = max(item.level for item in blocked)
            enough = math.floor(1 - math.log2(level)) + 1
            whom = "anything" if len(blocked) == len(powers) else ", ".join(item.hypothesis.id for item in blocked)
            yield (
                f"Power: {plan} cannot confirm {whom}: {number} {cases} give no p below {least:.2g} by flips of signs, "
                f"and {level:.2g} is asked for. {enough} {cases} could, or fewer hypotheses."
            )


def _on_votes(design: Design, powers: Sequence[Power]) -> Iterator[str]:
    """Yield what is known of how far judges scatter, and how it enters the power."""
    judged = [item for item in powers if known_outcome(item.hypothesis.outcome).judged]
    for item in judged:
        outcome = item.hypothesis.outcome
        if item.judges is None or item.judged is None:
            yield (
                f"Power: how far judging ({design.judge}) gives the same session another {outcome} each time is not "
                "known. It is part of the spread, but cannot be told apart, nor what more votes would buy. A pilot "
                f"{_tells(design)} tells, and so does a calibration: {_calibrate(design)}."
            )
            continue
        noise = item.judges
        source = {
            "pilot": f"votes on sessions played ({noise.freedom} degrees of freedom)",
            "calibration": f"votes on the gold set, each item judged twice ({noise.freedom} degrees of freedom); its "
            "dialogues are shorter than sessions",
        }[noise.basis]
        parts = "" if noise.again is None else f"the same judge ±{noise.again:.2g} from vote to vote"
        if noise.judges > 1:
            between = f"judges ±{noise.apart:.2g} from each other on the same session"
            parts = f"{parts}, {between} beyond that" if parts else f"{between}, vote to vote included"
        yield (
            f"Power: judging puts ±{item.judged:.2g} of a level (standard deviation; {parts}) on each session's "
            f"{outcome}, by {source}."
        )
        if item.judging is not None:
            yield (
                f"Power: {item.judging:.0%} of the variance of {outcome} within scenarios is from judging, the rest "
                "from replicate to replicate."
            )
    if judged:
        yield (
            "Power: that a judge leans towards an arm is in none of these figures, and no more sessions or votes would "
            "show it; more judges would."
        )


def _tells(design: Design) -> str:
    """Return which pilot tells how far judging scatters: any, where the design has several votes already."""
    return "of this design" if design.judge_samples > 1 else "with judge_samples: 2 in the design"


def _calibrate(design: Design) -> str:
    votes = f" --judge-samples {design.judge_samples}" if design.judge_samples > 1 else ""
    return f'sandbox judge calibrate --model "{design.judge}"{votes}'
