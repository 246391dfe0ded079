"""What a debrief is made of: spans of text, and blocks of spans that each format renders in its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from sandbox.content.plain import plain as safe
from sandbox.content.schemas import Lang

__all__ = [
    "Block", "Bullets", "Debrief", "Facts", "Heading", "Paragraph", "Said", "Section", "Span", "Spans", "Table",
    "anchor", "clean", "plain", "words",
]  # fmt: skip

_NOT_IN_XML = re.compile("[\ufffe\uffff]")
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9_-]")
Style = Literal["", "strong", "quote", "soft"]


@dataclass(frozen=True)
class Span:
    """A run of text on one line.

    Args:
        text: the text.
        link: the anchor within the debrief that it leads to, or empty.
        style: how it is set off.
    """

    text: str
    link: str = ""
    style: Style = ""


Spans = tuple[Span, ...]


@dataclass(frozen=True)
class Heading:
    """A heading below that of the section, which stands at level 2."""

    kind: ClassVar[str] = "heading"
    text: str
    anchor: str = ""
    level: Literal[3, 4] = 3


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a ``soft`` one explains."""

    kind: ClassVar[str] = "paragraph"
    spans: Spans
    soft: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list; ``under`` has for each item the lines that stand below it, or is empty."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Spans, ...]
    under: tuple[tuple[Spans, ...], ...] = ()

    @property
    def points(self) -> tuple[tuple[Spans, tuple[Spans, ...]], ...]:
        """Each item with what stands below it."""
        return tuple(zip(self.items, self.under or ((),) * len(self.items), strict=True))


@dataclass(frozen=True)
class Facts:
    """Names with their values."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, Spans], ...]


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row names the row."""

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True)
class Said:
    """Something in the transcript that links lead to.

    Args:
        anchor: where links lead.
        tone: a line, news from outside, advice of the facilitator, or a decision.
        seat: the speaker's place among the seats, from 0; -1 for none.
        who: who does what to whom.
        says: the words.
        about: what else is to be told.
    """

    kind: ClassVar[str] = "said"
    anchor: str
    tone: Literal["line", "news", "advice", "decision"]
    seat: int
    who: Spans
    says: str
    about: tuple[Spans, ...] = ()


Block = Heading | Paragraph | Bullets | Facts | Table | Said


@dataclass(frozen=True)
class Section:
    """A section with its anchor, its title and its blocks."""

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Debrief:
    """A debrief in words of the session's language, ready for any format.

    Args:
        lang: the language.
        kicker: what it is.
        title: the title.
        lede: the question of the case.
        contents: the heading of the list of sections.
        skip: words of the link past the head.
        footer: the caution at the end.
        sections: the sections.
    """

    lang: Lang
    kicker: str
    title: str
    lede: str
    contents: str
    skip: str
    footer: str
    sections: tuple[Section, ...]

    @property
    def anchors(self) -> frozenset[str]:
        """All places that a link may lead to."""
        found = {section.id for section in self.sections}
        for section in self.sections:
            found |= {block.anchor for block in section.blocks if isinstance(block, Heading | Said)} - {""}
        return frozenset(found)


def clean(text: str) -> str:
    """Return text on one line that every format can carry."""
    return " ".join(safe(_NOT_IN_XML.sub("", " ".join(text.split()))).split())


def anchor(name: str) -> str:
    """Return a name as an anchor."""
    return _NO_ANCHOR.sub("_", name)


def words(text: str, style: Style = "") -> Span:
    """Return text as a span; a space at its ends stays."""
    inner = clean(text)
    if not inner:
        return Span(" " if text else "")
    if text[:1] == " ":
        inner = " " + inner
    if text[-1:] == " ":
        inner += " "
    return Span(inner, "", style)


def plain(text: str) -> Spans:
    """Return text as spans without links."""
    return (words(text),)
