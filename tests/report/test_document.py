"""A document of any blocks says the same in each format, and nothing in it can act."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

import pytest
from markdown_it import MarkdownIt

from sandbox.report.document.blocks import (
    BREAK,
    Bar,
    BarChart,
    Beside,
    Block,
    Bullets,
    Callout,
    Details,
    Facts,
    Heading,
    Paragraph,
    Plot,
    ReportDocument,
    Section,
    Span,
    Table,
    TranscriptEntry,
    plain,
)
from sandbox.report.document.compose import bullets, paragraph
from sandbox.report.document.docx import to_docx
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from tests.report.conftest import ATTACK
from tests.report.reader import Page, table_rows

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PLOT = Plot("0.50 (0.20 to 0.80)", low=0.2, value=0.5, high=0.8, mark=0.6)
FIGURE = BarChart(
    "chart",
    "Levels",
    ("Criterion", "Level"),
    (
        Bar("Trust", "4", 0.8, "Trust: 4 of 5"),
        Bar("Fit", "2 *", 0.4, "Fit: 2 of 5", True),
        Bar("Care", "none", None, "Care: none"),
    ),
    5,
    ((False, "found"), (True, "not found")),
)  # fmt: skip
TABLE = Table(
    "Rows",
    ("Name", "Value"),
    ((plain("first"), (Span("one"), BREAK, Span("two", style="tag", tone="bad"))),),
    ("row-1",),
)
COUNTS = Table("Counts", ("Judge", "1", "2"), ((plain("5"), plain("0"), plain("3")),), figures=True, titled=False)


def document_of(*blocks: Block, title: str = "Title", opening: tuple[Block, ...] = ()) -> ReportDocument:
    return ReportDocument(
        "en", "Kicker", title, "Lede", "Contents", "Skip", "Footer", (Section("all", "All", blocks),), opening
    )


EVERYTHING = document_of(
    Heading("Stage", "stage-1", over="Stage 1 of 4"),
    Paragraph((Span("See "), Span("the line", "L001"), Span(" and "), Span("nowhere", "L999"))),
    Bullets((plain("point"),), ((plain("below"),),)),
    Facts((("name", plain("value")),)),
    Beside((FIGURE, Callout("plain", "A box", (TABLE,), "boxed", level=3))),
    COUNTS,
    Details("Folded", (Paragraph(plain("away")),), (Span("mark", style="tag"),), "fold", level=3),
    Table("Plots", ("Name", "Kappa"), ((plain("trust"), (PLOT,)),)),
    TranscriptEntry("L001", "line", 0, plain("Wang → all"), "Good morning.", (plain("Terms: none"),)),
    TranscriptEntry("news", "news", -1, plain("News"), "It rains."),
    opening=(Callout("verdict", "Verdict", (Paragraph(plain("Carried.")),)), Facts((("seed", plain("7")),), "grid")),
)  # fmt: skip
WORDS = (
    "Kicker", "Title", "Lede", "Contents", "Footer", "Verdict", "Carried.", "seed", "7", "Stage 1 of 4",
    "the line", "nowhere", "point", "below", "value", "Levels", "Trust", "4", "Care", "none", "A box", "first",
    "two", "Folded", "mark", "away", "Wang → all", "Good morning.", "Terms: none", "It rains.", "Judge", "3",
    "0.50 (0.20 to 0.80)",
)  # fmt: skip
PLACES = ["all", "stage-1", "chart", "boxed", "row-1", "fold", "L001", "news"]


def root_of(document: ReportDocument) -> ElementTree.Element:
    with zipfile.ZipFile(io.BytesIO(to_docx(document))) as archive:
        return ElementTree.fromstring(archive.read("word/document.xml"))


def test_every_word_is_in_every_format_in_its_order() -> None:
    for form in FORMATS:
        rendered = FORMATS[form](EVERYTHING)
        if form == "docx":
            text = " ".join(root_of(EVERYTHING).itertext())
        else:
            text = rendered.replace("\\", "") if isinstance(rendered, str) else ""
        missing = [word for word in WORDS if word not in text and word != "Footer"]
        assert missing == []
        body = text[text.index("Stage 1 of 4") :]
        places = [body.index(word) for word in ("point", "Levels", "A box", "Folded", "Good morning.", "It rains.")]
        assert places == sorted(places)


def test_a_word_file_is_of_a4_and_numbers_its_pages() -> None:
    size = root_of(EVERYTHING).find(f".//{W}pgSz")
    assert size is not None
    # In twentieths of a point: 210 mm by 297 mm.
    assert (size.get(f"{W}w"), size.get(f"{W}h")) == ("11906", "16838")
    with zipfile.ZipFile(io.BytesIO(to_docx(EVERYTHING))) as archive:
        footers = [archive.read(name).decode() for name in archive.namelist() if "footer" in name]
    assert any('w:instr="PAGE"' in footer and "Footer" in footer for footer in footers)


def test_a_row_of_a_word_table_stands_on_one_page_and_its_head_with_the_first() -> None:
    rows = (plain("Community 2664, District 334, Province 27"), plain("8")), (plain("Community 76"), plain("7"))
    table = root_of(document_of(Table("Teachers", ("Place", "Taught"), rows))).find(f".//{W}tbl")
    assert table is not None
    head, *below = table.iter(f"{W}tr")
    assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in (head, *below))
    assert len(list(head.iter(f"{W}keepNext"))) == 2
    kept = [len(list(row.iter(f"{W}keepNext"))) for row in below]
    assert kept == [2, 0], "a short table stands on one page as a whole"
    many = root_of(document_of(Table("Teachers", ("Place", "Taught"), rows * 10))).find(f".//{W}tbl")
    assert many is not None
    assert len(list(many.iter(f"{W}keepNext"))) == 2, "of a long one the head stays with the first row"
    listed = root_of(document_of(paragraph("These:"), bullets(["one"])))
    assert len(list(listed.iter(f"{W}keepNext"))) == 1, "what announces a list stays with it"
    wide, narrow = [int(size.get(f"{W}w", 0)) for size in head.iter(f"{W}tcW")]
    assert wide > 2 * narrow, "a column has the room that its words need"


def test_anchors_are_the_same_in_every_format_and_links_lead_to_them() -> None:
    assert list(EVERYTHING.anchors) == PLACES
    page, text = Page(to_html(EVERYTHING)), to_markdown(EVERYTHING)
    assert [place for place in page.ids if place != "chart-text"] == PLACES
    assert re.findall(r'<a id="([\w-]+)"></a>', text) == PLACES
    assert len(list(root_of(EVERYTHING).iter(f"{W}bookmarkStart"))) == len(PLACES)
    assert "L999" not in page.targets | set(re.findall(r"\(#(\S+)\)", text))
    assert "L001" in page.targets


def test_a_figure_is_a_table_where_nothing_can_be_drawn() -> None:
    html, text = to_html(EVERYTHING), to_markdown(EVERYTHING)
    assert "Trust: 4 of 5; Fit: 2 of 5; Care: none" in html
    assert re.findall(r'width="(\d+)%" height="9" class="(bar|hatch)"', html) == [("80", "bar"), ("40", "hatch")]
    assert "| Trust | 4 |" in text
    parts = [token.type for token in MarkdownIt("commonmark").enable("table").parse(text)]
    assert parts.count("table_open") == 4
    assert [["Name", "Value"], ["first", "one two"]] in [table_rows(html)[index : index + 2] for index in range(9)]


def test_a_plot_can_be_heard_and_is_words_elsewhere() -> None:
    page = Page(to_html(EVERYTHING))
    assert [attrs["aria-label"] for tag, attrs in page.tags if attrs.get("class") == "plot"] == ["0.50 (0.20 to 0.80)"]
    assert "0.50 (0.20 to 0.80)" in to_markdown(EVERYTHING)


HOSTILE = f"{ATTACK} | [a](https://x.example) <b>f</b>\n# heading\x00\u202e\ud800"


@pytest.mark.parametrize("form", FORMATS)
def test_text_stays_text_wherever_it_stands(form: str) -> None:
    def made(text: str) -> ReportDocument:
        spans = plain(text)
        return document_of(
            Heading(text, text, over=text),
            Paragraph((*spans, Span(text, link="javascript:alert(1)"))),
            Bullets((spans,), ((spans,),)),
            Facts(((text, spans),)),
            Table(text, (text, text), ((spans, spans),)),
            BarChart("chart", text, (text, text), (Bar(text, text, 0.5, text),), legend=((True, text),)),
            Callout("warning", text, (Paragraph(spans),)),
            Details(text, (Paragraph(spans),), spans),
            TranscriptEntry("L001", "news", -1, spans, text, (spans,)),
            title=text,
        )

    def shape(document: ReportDocument) -> list[str]:
        if form == "docx":
            return [part.tag for part in root_of(document).iter()]
        if form == "html":
            return [tag for tag, _ in Page(to_html(document)).tags]
        return [token.type for token in MarkdownIt("commonmark").enable("table").parse(to_markdown(document))]

    assert shape(made(HOSTILE)) == shape(made("harmless"))
    raw = FORMATS[form](made(HOSTILE))
    if isinstance(raw, str):
        assert not re.search(r"(?<!\\)<script", raw)
        assert not re.search("[\x00\u202e\ud800]|(?:href=.|\\]\\()javascript:", raw)
