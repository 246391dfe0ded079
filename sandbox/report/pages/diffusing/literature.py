"""Where countries agree with the literature on diffusion, and where they do not."""

from __future__ import annotations

from collections.abc import Sequence

from sandbox.content.words import Words
from sandbox.diffusion.facts import Shown
from sandbox.report.document.blocks import Block, Paragraph, Section, plain
from sandbox.report.pages.diffusing.reader import Reader
from sandbox.report.pages.parts import note, table

__all__ = ["figures_of", "literature", "verdict_of"]


def literature(reader: Reader, facts: Sequence[Shown]) -> Section:
    """Return the section on the stylised facts.

    Args:
        reader: the spread in words.
        facts: what countries show of them; empty where that was not played.
    """
    say, label = reader.say, reader.label
    if not facts:
        return Section("literature", say("literature"), (note(reader.how("literature.none", "country.more.facts")),))
    missing = [fact for fact in facts if not fact.reproduced]
    summary = say("literature.all", count=len(facts))
    if missing:
        summary = say("literature.some", count=len(facts), missing=len(missing))
    if given := sum(fact.reproduced and fact.by_rule for fact in facts):
        summary = label("gap").join((summary, say("literature.given", given=given)))
    rows = [(figures_of(fact, label), fact.source, label("gap").join(verdict_of(fact, label))) for fact in facts]
    head = (label("diffusion.fact"), label("diffusion.source"), label("diffusion.reproduced"))
    blocks: list[Block] = [
        Paragraph(plain(summary)), table(label("diffusion.facts"), head, rows), note(label("diffusion.facts_note")),
    ]  # fmt: skip
    return Section("literature", say("literature"), tuple(blocks))


def figures_of(fact: Shown, words: Words) -> str:
    """Return what the fact says and what was measured of it."""
    first, second, *third = fact.middle
    last = f"{third[0]:.2f}" if third else ""
    return words(f"diffusion.shown.{fact.fact}", first=f"{first:.2f}", second=f"{second:.2f}", third=last)


def verdict_of(fact: Shown, words: Words) -> tuple[str, ...]:
    """Return whether it is reproduced, and whether that follows from a rule."""
    verdict = words("diffusion.yes" if fact.reproduced else "diffusion.no", held=f"{fact.held:.0%}")
    return (verdict, words("diffusion.by_rule")) if fact.by_rule else (verdict,)
