"""What so few cases or blocks can show at most: whether anything could have been confirmed, or have stood out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from sandbox.report.pages.experimenting.reader import Reader, figure

if TYPE_CHECKING:
    from sandbox.experiment.analysis.results import Effect

__all__ = ["by_block", "by_blocks", "few_cases", "least_p", "least_q", "powerless"]


def powerless(reader: Reader, effect: Effect) -> bool:
    """Return whether so few clusters are compared that no p of a hypothesis could be small enough."""
    count = sum(item.effect is not None for item in reader.analysis.effects.tested)
    return effect.pair.p_least * count >= 0.05


def least_p(reader: Reader) -> Iterator[str]:
    """Yield that no hypothesis could have been confirmed, where so few clusters are compared."""
    effects = [item.effect for item in reader.analysis.effects.tested if item.effect is not None]
    if effects and powerless(reader, best := min(effects, key=lambda effect: effect.pair.p_least)):
        yield reader.say("care.least", clusters=reader.drawn(best), p=figure(best.pair.p_least), count=len(effects))


def least_q(reader: Reader) -> Iterator[str]:
    """Yield how small q of the other effects could have become, where one alone could not have stood out."""
    from sandbox.experiment.analysis.multiplicity import reach

    effects = [effect for effect in reader.analysis.effects.others if effect.q is not None]
    if not effects:
        return
    found, best = reach([effect.pair.p_least for effect in effects]), max(effects, key=lambda each: each.pair.clusters)
    clusters = reader.drawn_of(best)
    if found.never:
        yield reader.say("effects.least", clusters=clusters, q=figure(found.p_least))
    elif found.together > 1:
        yield reader.say(
            "effects.least_alone", clusters=clusters, p=figure(found.p_least), q=figure(found.alone),
            together=found.together, count=found.count,
        )  # fmt: skip


def few_cases(reader: Reader, effect: Effect) -> bool:
    """Return whether an effect is tested by block, as its outcome exists in few cases, while others are by case."""
    return effect.cluster != reader.analysis.effects.cluster


def by_block(reader: Reader, effect: Effect) -> str:
    """Return in how few cases an outcome exists that is tested by block."""
    return reader.counted("effects.by_block", effect.cases)


def by_blocks(reader: Reader) -> Iterator[str]:
    """Yield the hypotheses that are tested by block while others are by case, with the number of their cases."""
    for tested in reader.analysis.effects.tested:
        if tested.effect is not None and few_cases(reader, tested.effect):
            yield reader.row(tested) + reader.label.paren(by_block(reader, tested.effect))
