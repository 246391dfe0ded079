"""What can come to nothing in a design: factors that cannot act on its sessions, and hypotheses on what these lack."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sandbox.content.experiment_card import OF_MODELS, Design, Factor
from sandbox.experiment.design import Run
from sandbox.experiment.outcomes import OUTCOMES

__all__ = ["inert_factors", "mute_factors", "unmeasured"]


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


def unmeasured(design: Design, runs: Sequence[Run]) -> Iterator[str]:
    """Yield of each hypothesis, in words, that its outcome needs a model or a judge where the rules alone play."""
    if any(_worded(run) for run in runs):
        return
    for item in design.hypotheses:
        if (needs := OUTCOMES[item.outcome].needs) in ("judge", "words"):
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
