"""A document as a Word file, with headings, tables, and links to bookmarks."""

from __future__ import annotations

import datetime
import io
import math
import re
import zipfile
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, assert_never

from sandbox.content.words import Words, refusal
from sandbox.report.document import blocks
from sandbox.report.document.drawing import drawn

if TYPE_CHECKING:
    from docx.document import Document as File
    from docx.text.paragraph import Paragraph as Written


# A fixed moment, so that the same document is the same file.
_MOMENT = datetime.datetime(2000, 1, 1)
_TAGS = {"en": "en-GB", "zh": "zh-CN"}
_FONTS = {"ascii": "Calibri", "hAnsi": "Calibri", "cs": "Calibri", "eastAsia": "Microsoft YaHei"}
_FILED = {"ascii": "Times New Roman", "hAnsi": "Times New Roman", "cs": "Times New Roman", "eastAsia": "FangSong"}
# Documents that are handed out: each style with its size and the space before and after it, in points.
_SHEETS = (
    ("Normal", 9.5, 0, 3), ("List Bullet", 9.5, 0, 2), ("List Bullet 2", 9.5, 0, 2), ("Subtitle", 10, 0, 0),
    ("Title", 18, 0, 4), ("Intense Quote", 10, 2, 4), ("Heading 1", 13, 8, 3), ("Heading 2", 11, 6, 2),
    ("Heading 3", 10, 4, 2), ("Caption", 9, 4, 2), ("Footer", 8, 0, 0),
)  # fmt: skip
_CELL, _LETTER, _EDGES = 9.0, 0.66, 12.0  # points of table text, share of a wide letter, points of both edges
_SHORT, _SHORT_TEXT = 12, 1200  # rows, and letters, up to which a table is kept on one page
_WORD = re.compile(r"[^\s\u2e80-\uffef/–—-]+")  # parts in which no line is broken
_LONGEST_PROPERTY = 255  # the limit of python-docx
_MONOSPACED = "Consolas"
_SOFT, _LINK = "5A5F66", "0B5C5F"
_COLOURS = {"good": "1C6237", "bad": "93291F", "warn": "5C3B00", "accent": _LINK}
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_BREAKS = {"\t": "tab", "\n": "br", "\r": "br"}


def to_docx(document: blocks.ReportDocument) -> bytes:
    """Return a document as a Word file; the same document gives the same bytes.

    Raises:
        InputError: python-docx, which comes with the ``web`` extra, is not installed.
    """
    try:
        import docx
    except ImportError as error:
        raise refusal("no_drawing.docx", command="pip install 'governance-sandbox[web]'") from error
    file = docx.Document()
    _Writer(file, document).write()
    buffer = io.BytesIO()
    file.save(buffer)
    return _steady(buffer.getvalue())


class _Writer:
    def __init__(self, file: File, document: blocks.ReportDocument) -> None:
        self._file = file
        self._body = file._body
        self._document = document
        self._unpictured = False
        # Word allows letters, digits and underscores in the name of a bookmark, 40 at most.
        self._marks = {}
        for number, place in enumerate(document.anchors, start=1):
            self._marks[place] = f"b{number}_" + re.sub(r"\W", "_", place, flags=re.ASCII)[:30]
        self._styles = {style.name: style.style_id for style in file.styles}
        self._opened = 0

    def write(self) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        document = self._document
        self._prepare()
        for text, style in ((document.kicker, "Subtitle"), (document.title, "Title"), (document.lede, "Intense Quote")):
            if text:
                written = self._plain(text, style)
                if document.filed:
                    written.alignment = WD_ALIGN_PARAGRAPH.CENTER
        self._blocks(document.opening)
        if not document.slim:
            self._plain(document.contents, "TOC Heading")
        for section in () if document.slim else document.sections:
            self._spans(self._paragraph("List Bullet"), (blocks.Span(section.title, section.anchor),))
        for section in document.sections:
            title = self._plain(section.title, "Heading 1", section.anchor)
            title.paragraph_format.page_break_before = section.sheet
            self._blocks(section.blocks)
        footer = self._file.sections[0].footer.paragraphs[0]
        footer.text = document.footer
        footer.add_run(" · ")
        _add(footer._p, "fldSimple", instr="PAGE")

    def _prepare(self) -> None:
        from docx.shared import Mm

        page = self._file.sections[0]
        page.page_width, page.page_height = Mm(210), Mm(297)
        margin = Mm(25 if self._document.filed else 16 if self._document.slim else 20)
        page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = margin
        tag, styles = _TAGS[self._document.lang], self._file.styles.element
        for fonts in styles.xpath(".//w:rPr/w:rFonts"):
            for name in list(fonts.attrib):
                del fonts.attrib[name]
            for name, font in (_FILED if self._document.filed else _FONTS).items():
                fonts.set(_W + name, font)
        if self._document.lang == "zh":  # Chinese has no italics
            for slanted in styles.xpath(".//w:rPr/w:i | .//w:rPr/w:iCs"):
                slanted.getparent().remove(slanted)
        if self._document.filed:
            self._as_filed()
        elif self._document.slim:
            self._as_sheets()
        for lang in styles.xpath("w:docDefaults/w:rPrDefault/w:rPr/w:lang"):
            lang.set(_W + "val", tag)
            lang.set(_W + "eastAsia", "zh-CN")
        about = self._file.core_properties
        about.title, about.author, about.comments = self._document.title[:_LONGEST_PROPERTY], "", ""
        about.subject, about.language = self._document.kicker[:_LONGEST_PROPERTY], tag
        about.created = about.modified = _MOMENT

    def _as_filed(self) -> None:
        """Make titles black, and the main title as large as on a paper of an office."""
        from docx.shared import Pt, RGBColor

        styles = self._file.styles
        for name, size in (("Title", 18), ("Heading 1", 13), ("Caption", 11)):
            styles[name].font.color.rgb, styles[name].font.size = RGBColor(0, 0, 0), Pt(size)
        for border in styles["Title"].element.xpath(".//w:pBdr"):
            border.getparent().remove(border)

    def _as_sheets(self) -> None:
        """Make documents that are handed out take few sheets of paper."""
        from docx.shared import Pt

        for name, size, before, after in _SHEETS:
            style = self._file.styles[name]
            style.font.size = Pt(size)
            space = style.paragraph_format
            space.space_before, space.space_after, space.line_spacing = Pt(before), Pt(after), 1.0

    def _blocks(self, parts: Sequence[blocks.Block]) -> None:
        for block, after in zip_longest(parts, parts[1:]):
            self._block(block)
            if isinstance(block, blocks.Paragraph) and isinstance(after, blocks.Bullets):
                self._last.paragraph_format.keep_with_next = True

    def _block(self, block: blocks.Block) -> None:
        if isinstance(block, blocks.Heading):
            if block.over:
                self._note(block.over)
            self._plain(block.text, f"Heading {block.level - 1}", block.anchor)
        elif isinstance(block, blocks.Paragraph):
            self._spans(self._paragraph(), _soft(block.spans) if block.soft else block.spans)
        elif isinstance(block, blocks.Bullets):
            for item, under in block.points:
                self._spans(self._paragraph("List Bullet"), item)
                for spans in under:
                    self._spans(self._paragraph("List Bullet 2"), spans)
        elif isinstance(block, blocks.Facts):
            self._grid([((blocks.Span(name, style="strong"),), spans) for name, spans in block.rows], (), (28, 72))
        elif isinstance(block, blocks.Table | blocks.BarChart | blocks.Drawable | blocks.Playing):
            self._charted(block)
        elif isinstance(block, blocks.TranscriptEntry):
            self._said(block)
        elif isinstance(block, blocks.Callout):
            self._plain(block.title, f"Heading {max(2, block.level - 1)}", block.anchor)
            self._blocks(block.blocks)
        elif isinstance(block, blocks.Details):
            self._plain(block.title, f"Heading {(block.level or 4) - 1}", block.anchor)
            if block.about:
                self._spans(self._paragraph(), block.about)
            self._blocks(block.blocks)
        elif isinstance(block, blocks.Beside):
            self._blocks(block.blocks)
        else:
            assert_never(block)

    def _charted(self, block: blocks.Table | blocks.BarChart | blocks.Drawable | blocks.Playing) -> None:
        """Write a table or a drawing: a drawing as a picture with its caption, and what it lacks as a table."""
        table, anchor = blocks.charted(block), getattr(block, "anchor", "")
        picture = drawn(block, self._document.lang) if isinstance(block, blocks.Drawable) else b""
        if picture:
            written = self._paragraph()
            shape = written.add_run().add_picture(io.BytesIO(picture))
            part = min(1.0, self._room / shape.width)
            shape.width, shape.height = round(part * shape.width), round(part * shape.height)
            shape._inline.docPr.set("descr", table.caption)
            self._mark(written._p, anchor)
        elif table.titled:
            self._plain(table.caption, "Caption", anchor).paragraph_format.keep_with_next = True
        if isinstance(block, blocks.Chart | blocks.Curves) and not picture:
            if not self._unpictured:
                self._unpictured = True
                self._note(Words(self._document.lang)("no_picture"))
            self._note(block.scale.title)
        if not (picture and isinstance(block, blocks.Heat)):
            self._grid(table.rows, table.head, table.widths, table.anchors)
        if isinstance(block, blocks.Heat | blocks.BarChart) and (below := blocks.told_below(block)):
            self._note(below)

    def _said(self, block: blocks.TranscriptEntry) -> None:
        head = self._paragraph()
        _add(head._p.pPr, "keepNext")
        _add(head._p.pPr, "spacing", after="0")
        self._mark(head._p, block.anchor)
        self._spans(head, block.who)
        body = head
        if block.says:
            body = self._paragraph("Normal" if block.tone == "line" else "Quote")
            self._spans(body, (blocks.Span(block.says),))
        for spans in block.about:
            if body is not head:
                _add(body._p.pPr, "spacing", after="0")
            body = self._paragraph()
            self._spans(body, _soft(spans))

    @property
    def _room(self) -> int:
        section = self._file.sections[0]
        return (section.page_width or 0) - (section.left_margin or 0) - (section.right_margin or 0)

    def _grid(
        self, rows: Sequence[tuple[blocks.Spans, ...]], head: Sequence[str], widths: Sequence[float],
        anchors: Sequence[str] = (),
    ) -> None:  # fmt: skip
        from docx.shared import Emu

        texts = [*([head] if head else []), *(["".join(span.text for span in cell) for cell in row] for row in rows)]
        widths = widths or [math.sqrt(max(map(len, column))) for column in zip(*texts, strict=True)]
        table = self._file.add_table(rows=0, cols=len(widths))
        table._tbl.tblStyle_val = self._styles["Table Grid"]
        table.autofit = False
        shares = _fitting(widths, texts, Emu(self._room).pt)
        sizes = [Emu(int(self._room * share)) for share in shares]
        for column, size in zip(table.columns, sizes, strict=True):
            column.width = size
        heads: list[tuple[blocks.Spans, ...]] = (
            [tuple((blocks.Span(text, style="strong"),) for text in head)] if head else []
        )
        short = len(rows) <= _SHORT and sum(len(text) for row in texts for text in row) <= _SHORT_TEXT
        for number, row in enumerate([*heads, *rows], start=-len(heads)):
            added = _add(table._tbl, "tr")
            looks = _add(added, "trPr")
            for look in ("cantSplit", "tblHeader")[: 2 if number < 0 else 1]:
                _add(looks, look)
            cells = []
            for size, spans in zip(sizes, row, strict=True):
                cell = _add(added, "tc")
                _add(_add(cell, "tcPr"), "tcW", type="dxa", w=str(size.twips))
                cells.append(_add(cell, "p"))
                if number < 0 or (short and number < len(rows) - 1):  # on one page: head and first row, or all
                    _add(_add(cells[-1], "pPr"), "keepNext")
                self._runs(cells[-1], spans, None if self._document.filed else _CELL)
            if anchors and number >= 0:
                self._mark(cells[0], anchors[number])
        self._paragraph()

    def _note(self, text: str) -> None:
        self._spans(self._paragraph(), _soft((blocks.Span(text),)))

    def _plain(self, text: str, style: str, place: str = "") -> Written:
        paragraph = self._paragraph(style)
        paragraph.add_run(text)
        self._mark(paragraph._p, place)
        return paragraph

    @property
    def _last(self) -> Written:
        from docx.text.paragraph import Paragraph

        return Paragraph(self._body._element[-2], self._body)  # behind it stands what describes the page

    def _paragraph(self, style: str = "Normal") -> Written:
        """Add a paragraph directly: python-docx would search all styles and all elements for each."""
        from docx.text.paragraph import Paragraph

        last = self._body._element[-1]  # the last element describes the page
        paragraph = last.makeelement(_W + "p")
        last.addprevious(paragraph)
        _add(_add(paragraph, "pPr"), "pStyle", val=self._styles[style])
        return Paragraph(paragraph, self._body)

    def _spans(self, paragraph: Written, spans: blocks.Spans) -> None:
        self._runs(paragraph._p, spans)

    def _runs(self, paragraph: Any, spans: blocks.Spans, size: float | None = None) -> None:
        for span in spans:
            if not span.text:
                continue
            link = self._marks.get(span.link)
            place = paragraph if link is None else _add(paragraph, "hyperlink", anchor=link, history="1")
            run = _add(place, "r")
            looks = _add(run, "rPr")
            if span.style == "code":
                _add(looks, "rFonts", ascii=_MONOSPACED, hAnsi=_MONOSPACED)
            if span.style in ("strong", "large", "tag"):
                _add(looks, "b")
            if link is not None or span.tone or span.style == "soft":
                _add(looks, "color", val=_COLOURS.get(span.tone, _SOFT) if link is None else _LINK)
            if link is not None:
                _add(looks, "u", val="single")
            if size:
                _add(looks, "sz", val=str(round(2 * size)))
            for part in re.split(r"([\t\n\r])", span.text):
                if part in _BREAKS:
                    _add(run, _BREAKS[part])
                elif part:
                    text = _add(run, "t")
                    text.text = part
                    if part != part.strip():
                        text.set(_SPACE, "preserve")

    def _mark(self, paragraph: Any, place: str) -> None:
        """Make a paragraph the place to which links with this anchor lead."""
        if place:
            self._opened += 1
            _add(paragraph, "bookmarkStart", id=str(self._opened), name=self._marks[place])
            _add(paragraph, "bookmarkEnd", id=str(self._opened))


def _fitting(widths: Sequence[float], rows: Sequence[Sequence[str]], room: float) -> list[float]:
    """Return the relative widths of columns in ``room`` points such that no word is broken, if possible."""
    longest = [
        max((len(word) for row in rows for word in _WORD.findall(row[n])), default=0) for n in range(len(widths))
    ]
    needs = [(_EDGES + _LETTER * _CELL * letters) / room for letters in longest]
    shares = [width / sum(widths) for width in widths]
    lacking = [max(0.0, need - share) for need, share in zip(needs, shares, strict=True)]
    spare = [max(0.0, share - need) for need, share in zip(needs, shares, strict=True)]
    if not any(lacking):
        return shares
    if sum(spare) < sum(lacking):
        return [need / sum(needs) for need in needs]
    taken = sum(lacking) / sum(spare)
    return [share + more - taken * free for share, more, free in zip(shares, lacking, spare, strict=True)]


def _add(parent: Any, tag: str, **values: str) -> Any:
    """Append a child to an element and return it; python-docx would search for its place among the siblings."""
    child = parent.makeelement(_W + tag, {_W + name: value for name, value in values.items()})
    parent.append(child)
    return child


def _soft(spans: blocks.Spans) -> blocks.Spans:
    return tuple(replace(span, style=span.style or "soft") for span in spans)


def _steady(data: bytes) -> bytes:
    """Return the same archive with a fixed time for every file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, _MOMENT.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return buffer.getvalue()
