"""How a plan travels: sections are dropped on the way, and what arrives shrinks with every hop (AR, PL; inferred)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

from sandbox.content.campaign_card import Handover
from sandbox.content.cards import SECTIONS_OF_PLAN, Section
from sandbox.content.language import Lang
from sandbox.content.words import Words
from sandbox.diffusion.campaign.events import Arrival, Channel
from sandbox.game.language.quantities import numbers
from sandbox.game.language.wording import content_words, overlap, sentences

Plan = Mapping[Section, Arrival]
# What a plan says a place's problem is, is true of that place alone.
_OF_PLACE: tuple[Section, ...] = ("problem",)
# What tells how it went there.
_PAST = re.compile(r"今年|去年|前年|年前|这一年|\b(?:this|last) year\b|\byears? (?:ago|before)\b", re.IGNORECASE)


def untagged(text: str, words: Words) -> str:
    """Return a section without the leading note of where and when it was written."""
    marks = (words(f"campaign.{key}", place="%P", year="%Y", text="") for key in ("written_here", "copied_from"))
    known = "|".join(re.escape(each.strip()).replace("%P", ".+?").replace("%Y", r"\d+") for each in marks)
    return re.sub(rf"^(?:(?:{known})\s*)+", "", text)


def of_anywhere(plan: Plan, names: Sequence[str], things: Set[str], lang: Lang) -> Plan:
    """Return the sections of a plan that may be told in another place: those without figures, names, things or years.

    The plan's problem is left out. A section travels whole or not at all, since the rest of a section may refer to a
    sentence that was taken out. Text of the city stays as it is. ``names`` are the names of the place and its people;
    ``things`` the content words of what only this place has.
    """

    def fits(section: Section, text: str) -> bool:
        own = numbers(text) or _PAST.search(text) or any(name in text for name in names)
        return section not in _OF_PLACE and not own and things.isdisjoint(content_words(text, lang))

    return {
        section: passage
        for section, passage in plan.items()
        if not (passage["origin"] and passage["text"]) or fits(section, passage["text"])
    }


def _joined(parts: Sequence[str]) -> str:
    """Return parts of a text joined, in Chinese without a space."""
    return ("" if any("\u3400" <= c <= "\u9fff" for part in parts for c in part) else " ").join(parts)


def travelled(plan: Plan, channel: Channel, handover: Handover, draw: Callable[[], float]) -> dict[Section, Arrival]:
    """Return a plan after one more hop.

    Each section arrives with a probability: the channel's share to the power of the section's hops. A section that
    arrives loses its last sentence if it has more than one. ``channel`` is ``down``, ``sideways`` or ``posting``;
    ``draw`` gives numbers from 0 to 1.
    """
    share: float = getattr(handover, channel)
    arrived: dict[Section, Arrival] = {}
    for section in SECTIONS_OF_PLAN:
        passage = plan.get(section)
        number = draw()
        if passage is None or not passage["text"]:
            continue
        hops = passage["hops"] + 1
        parts = sentences(passage["text"])
        kept = parts[:-1] if len(parts) > 1 else parts
        arrived[section] = {
            **passage, "text": _joined(kept) if number < share**hops else "", "channel": channel, "hops": hops,
        }  # fmt: skip
    return arrived


def copied(plan: Plan, origins: Mapping[str, Mapping[Section, str]]) -> float:
    """Return the share of a plan that stands as its origins wrote it, 0 to 1: shared 4-grams, mean over sections.

    ``origins`` are the plans of the communities that its sections come from.
    """
    shares = [
        overlap(passage["text"], [origins[passage["origin"]].get(section, "")]) if passage["text"] else 0.0
        for section, passage in plan.items()
        if passage["origin"] in origins
    ]
    return round(sum(shares) / len(shares), 3) if shares else 0.0


def similarity(first: Mapping[Section, str], second: Mapping[Section, str]) -> float | None:
    """Return how alike two plans are, 0 to 1: shared 4-grams, mean of both directions; None if one has no words."""
    texts = [" ".join(plan.get(section, "") for section in SECTIONS_OF_PLAN).strip() for plan in (first, second)]
    if not all(texts):
        return None
    return round((overlap(texts[0], [texts[1]]) + overlap(texts[1], [texts[0]])) / 2, 3)


def same_options(first: Mapping[str, str], second: Mapping[str, str]) -> float | None:
    """Return the share of the questions settled by both on which they chose the same option; None if there are none."""
    alike, both = options_alike(first, second)
    return round(alike / both, 3) if both else None


def options_alike(first: Mapping[str, str], second: Mapping[str, str]) -> tuple[int, int]:
    """Return on how many questions two decisions chose the same option, and how many questions both settle."""
    both = first.keys() & second.keys()
    return sum(first[key] == second[key] for key in both), len(both)
