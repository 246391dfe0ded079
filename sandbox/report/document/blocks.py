"""The parts of a document: spans of text, and blocks of spans, which each format renders in its own way.

Code that composes a document writes plain text. Characters that no format can carry are removed when the document is
made, and each renderer escapes what its format would read as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from operator import is_
from typing import Any, ClassVar, Literal

from sandbox.content.language import Lang
from sandbox.content.plain import plain as harmless
from sandbox.report.document.chart import Chart, Curves, Heat, some_of
from sandbox.report.document.map_player import Playing

__all__ = [
    "BREAK", "Bar", "BarChart", "Beside", "Block", "Bullets", "Callout", "Chart", "Curves", "Details", "Drawable",
    "Facts", "Heading", "Heat", "Paragraph", "Playing", "Plot", "ReportDocument", "Section", "Span", "Spans", "Table",
    "Tone", "TranscriptEntry", "charted", "clean", "every_block", "plain", "told_below",
]  # fmt: skip

# Characters that XML cannot carry, lone surrogates, and marks that change the direction of writing.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_NO_ANCHOR = re.compile(r"[^A-Za-z0-9_-]")
_FILE = re.compile(r"[A-Za-z0-9_-]+/(?:[a-z]+(?:\.[a-z]+)?\.html|[0-9a-f]+)|compare\.docx\?a=[\w-]+&b=[\w-]+", re.ASCII)
_ANCHORS = frozenset({"anchor", "link", "anchors"})
_NAMES = _ANCHORS | {"file"}
Style = Literal["", "strong", "quote", "soft", "tag", "large", "code"]
Tone = Literal["", "good", "bad", "warn", "accent"]


@dataclass(frozen=True)
class Span:
    """A run of text on one line.

    Spaces at its ends are kept. ``link`` is an anchor within the document, and ``file`` a report beside the document,
    as ``folder/report.html``, the page of a table, as ``t/0f``, or two sessions compared, to download; if there is no
    such place, the span is plain text. ``tone`` is the colour of a ``tag`` or of soft words.
    """

    kind: ClassVar[str] = "span"
    text: str
    link: str = ""
    style: Style = ""
    tone: Tone = ""
    file: str = ""


@dataclass(frozen=True)
class Plot(Span):
    """A value from -1 to 1 with its interval and a threshold (``mark``); formats that cannot draw show its ``text``."""

    kind: ClassVar[str] = "plot"
    low: float | None = None
    value: float | None = None
    high: float | None = None
    mark: float = 0.0


Spans = tuple[Span, ...]
BREAK = Span("\n")


@dataclass(frozen=True)
class Heading:
    """A heading within a section, whose own heading has level 2; ``over`` is small text above it."""

    kind: ClassVar[str] = "heading"
    text: str
    anchor: str = ""
    level: Literal[3, 4] = 3
    over: str = ""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph; a ``soft`` one is an explanation."""

    kind: ClassVar[str] = "paragraph"
    spans: Spans
    soft: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list; ``under`` has the lines below each item, or is empty."""

    kind: ClassVar[str] = "bullets"
    items: tuple[Spans, ...]
    under: tuple[tuple[Spans, ...], ...] = ()

    @property
    def points(self) -> tuple[tuple[Spans, tuple[Spans, ...]], ...]:
        """Each item with the lines below it."""
        return tuple(zip(self.items, self.under or ((),) * len(self.items), strict=True))


@dataclass(frozen=True)
class Facts:
    """Names with values: a list, a grid of short values, or the seats in order and with their colours."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, Spans], ...]
    look: Literal["list", "grid", "seats"] = "list"


@dataclass(frozen=True)
class Table:
    """A table; the first cell of a row names the row.

    ``anchors`` has one anchor for each row, and ``widths`` the relative widths of the columns; both may be empty.
    Without ``titled``, the caption is not shown, as the heading above says the same. ``figures`` are short and aligned
    right.
    """

    kind: ClassVar[str] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Spans, ...], ...]
    anchors: tuple[str, ...] = ()
    widths: tuple[int, ...] = ()
    titled: bool = True
    figures: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar of a bar chart.

    ``length`` is from 0 to 1, or None for no bar at all. ``spoken`` is for readers who cannot see it. A ``hatched`` bar
    is to be read with care. ``seat`` is the place of its seat among the seats; -1 for none. ``bracket`` is a range,
    from 0 to 1, drawn below the bar; a bar that ends within it is drawn pale.
    """

    name: str
    value: str
    length: float | None
    spoken: str
    hatched: bool = False
    seat: int = -1
    bracket: tuple[float, float] | None = None

    @property
    def pale(self) -> bool:
        """Whether the bar ends within its bracket, and so shows no difference."""
        low, high = self.bracket or (1.0, 0.0)
        return self.length is not None and low <= self.length <= high


@dataclass(frozen=True)
class BarChart:
    """A bar chart with a text that says the same; a table in formats that cannot draw.

    A bar is divided into ``parts`` equal parts. The legend explains full and hatched bars, if needed, and ``bracketed``
    the brackets.
    """

    kind: ClassVar[str] = "figure"
    anchor: str
    caption: str
    head: tuple[str, str]
    bars: tuple[Bar, ...]
    parts: int = 1
    legend: tuple[tuple[bool, str], ...] = ()
    bracketed: str = ""

    @property
    def caution(self) -> str:
        """The meaning of a hatched bar; empty if there is none."""
        return next((words for hatched, words in self.legend if hatched), "")


@dataclass(frozen=True)
class TranscriptEntry:
    """An entry of the transcript, to which links may lead.

    ``tone`` is a line, news from outside, or advice of the facilitator. ``seat`` is the speaker's place among the
    seats, from 0; -1 for none. ``who`` says who does what to whom, ``about`` holds further notes, and ``why`` is the
    reason for the speaker's turn, which pages show on hover.
    """

    kind: ClassVar[str] = "said"
    anchor: str
    tone: Literal["line", "news", "advice"]
    seat: int
    who: Spans
    says: str
    about: tuple[Spans, ...] = ()
    why: str = ""


@dataclass(frozen=True)
class Callout:
    """A box with a title: the verdict, a warning, a decision, or a plain one."""

    kind: ClassVar[str] = "callout"
    tone: Literal["verdict", "warning", "decision", "plain"]
    title: str
    blocks: Sequence[Block]
    anchor: str = ""
    level: Literal[2, 3, 4] = 2


@dataclass(frozen=True)
class Details:
    """A block that may be folded; ``about`` is beside its title, and with ``level`` 0 the title is not a heading."""

    kind: ClassVar[str] = "details"
    title: str
    blocks: Sequence[Block]
    about: Spans = ()
    anchor: str = ""
    level: Literal[0, 3] = 0
    open: bool = False


@dataclass(frozen=True)
class Beside:
    """Two blocks side by side, if there is room."""

    kind: ClassVar[str] = "beside"
    blocks: Sequence[Block]


Drawable = Chart | Curves | Heat
"""Blocks that can be drawn as a picture and read as a table."""
Block = (
    Heading
    | Paragraph
    | Bullets
    | Facts
    | Table
    | BarChart
    | Drawable
    | Playing
    | TranscriptEntry
    | Callout
    | Details
    | Beside
)


@dataclass(frozen=True)
class Section:
    """A section with its anchor, its title and its blocks; a ``sheet`` is printed on a page of its own."""

    anchor: str
    title: str
    blocks: Sequence[Block]
    sheet: bool = False


@dataclass(frozen=True)
class ReportDocument:
    """A document in one language, ready for any format.

    Args:
        lang: its language.
        kicker: the kind of document.
        title: its title.
        lede: the sentence below the title.
        contents: the heading of the list of sections.
        skip: the text of the link that skips the head.
        footer: the caution at the end.
        sections: the sections.
        opening: blocks before the list of sections.
        sheets: whether sections are handed out, each on a sheet of paper.
        slim: whether it stands within another page, with a small head and no list of sections.
        filed: whether it looks like a paper of an office: black on white, with a centred title.
        unfolded: the anchors of the sections that a page shows unfolded; None if none is folded. Paper shows all.
    """

    lang: Lang
    kicker: str
    title: str
    lede: str
    contents: str
    skip: str
    footer: str
    sections: Sequence[Section]
    opening: Sequence[Block] = ()
    sheets: bool = False
    slim: bool = False
    filed: bool = False
    unfolded: tuple[str, ...] | None = None

    def folds(self, section: Section) -> bool:
        """Return whether a section is folded."""
        return self.unfolded is not None and section.anchor not in self.unfolded

    def __post_init__(self) -> None:
        """Remove from all texts what a format cannot carry."""
        for field in fields(self):
            object.__setattr__(self, field.name, _fit(getattr(self, field.name), field.name))

    @property
    def courses(self) -> bool:
        """Whether it shows courses over time."""
        return any(isinstance(block, Curves | Playing) for block in every_block(self))

    @property
    def plays(self) -> bool:
        """Whether a block in it plays, for which a page needs a script."""
        return any(isinstance(block, Playing) for block in every_block(self))

    @property
    def anchors(self) -> tuple[str, ...]:
        """All places to which a link may lead, in order."""
        places = [place for block in _within(self.opening) for place in _places(block)]
        for section in self.sections:
            places += [section.anchor, *(place for block in _within(section.blocks) for place in _places(block))]
        return tuple(dict.fromkeys(filter(None, places)))


def charted(chart: Table | BarChart | Drawable | Playing) -> Table:
    """Return a drawing as a table; a table unchanged."""
    if isinstance(chart, Table):
        return chart
    if isinstance(chart, BarChart):
        bars = tuple((plain(bar.name), plain(bar.value)) for bar in chart.bars)
        return Table(chart.caption, chart.head, bars, widths=(75, 25))
    if isinstance(chart, Curves):
        read = tuple((plain(chart.times[at]), *map(plain, chart.shown[at])) for at in chart.read)
        return Table(chart.caption, chart.head, read, figures=True)
    if isinstance(chart, Playing):
        periods = tuple(zip(chart.periods, *(panel.told for panel in chart.panels), strict=True))
        told = tuple(tuple(map(plain, periods[at])) for at in some_of(len(periods)))
        return Table(chart.caption, chart.head, told)
    if isinstance(chart, Heat):
        cells = tuple((plain(row.name), *(plain(cell.text) for cell in row.cells)) for row in chart.rows)
        return Table(chart.caption, chart.head, cells, figures=True)
    rows = []
    for strip in chart.strips:
        about = (BREAK, Span(strip.about, style="soft")) if strip.about else ()
        name = Span(strip.name, strip.link, "strong" if strip.strong else "")
        rows.append(((name, *about), *map(plain, strip.values)))
    return Table(chart.caption, chart.head, tuple(rows))


def told_below(block: Block) -> str:
    """Return the text below the table of a block that other formats draw; empty for other blocks."""
    match block:
        case BarChart():
            return block.caution
        case Chart():
            return block.scale.title
        case Heat():
            return block.note
        case Curves():
            return block.spoken
    return ""


def every_block(document: ReportDocument) -> Iterator[Block]:
    """Yield all blocks of a document, each before the blocks within it."""
    yield from _within(document.opening)
    for section in document.sections:
        yield from _within(section.blocks)


def _within(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        yield from _within(getattr(block, "blocks", ()))


def plain(text: str) -> Spans:
    """Return text as spans without links."""
    return (Span(text),)


def _places(block: Block) -> tuple[str, ...]:
    return getattr(block, "anchor", ""), *(block.anchors if isinstance(block, Table) else ())


def _fit(value: Any, name: str) -> Any:
    """Return a value as every format can carry it; the same object if it needs no change, as most do."""
    if isinstance(value, str):
        fitted = _NO_ANCHOR.sub("_", value) if name in _ANCHORS else clean(value)
        if name == "file" and not _FILE.fullmatch(value):
            fitted = ""
        return value if fitted == value else fitted
    if isinstance(value, tuple | list):
        parts = tuple([_fit(part, name) for part in value])
        return value if isinstance(value, tuple) and all(map(is_, parts, value)) else parts
    if hasattr(value, "__dataclass_fields__") and value is not BREAK:
        changes = {}
        for field, was in vars(value).items():
            kind = was.__class__  # for speed: a page has thousands of spans, most with fields that need no change
            if kind is bool or (kind is str and (not was or (field not in _NAMES and _fits(was)))):
                continue
            if (now := _fit(was, field)) is not was:
                changes[field] = now
        return replace(value, **changes) if changes else value
    return value


def _fits(text: str) -> bool:
    return text.isprintable() and "  " not in text


def clean(text: str) -> str:
    """Return text on one line that every format can carry; one space is kept at each end."""
    if _fits(text):  # the usual case
        return text
    inner = " ".join(_UNFIT.sub(" ", harmless(text)).split())
    if not inner:
        return " " if text else ""
    return (text[0] == " ") * " " + inner + (text[-1] == " ") * " "
