"""Text of people and models in every block of a document: shown as it is in each format, and never obeyed."""

from __future__ import annotations

import io
import re
import time
import zipfile
from html.parser import HTMLParser
from xml.etree import ElementTree

from sandbox.report.document.blocks import (
    Bar,
    BarChart,
    Block,
    Bullets,
    Callout,
    Details,
    Facts,
    Heading,
    Paragraph,
    ReportDocument,
    Section,
    Span,
    Table,
    TranscriptEntry,
)
from sandbox.report.document.formats import FORMATS

TEXTS = {
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(1)>&lt;b&gt;]]><!--",
    "control characters": "a\x00\x01\x08\x0b\x0c\x1b[2J\x7f\x9f\ud800\ufffe\u202eb",
    "a field of Word": '{ INCLUDETEXT "/etc/hosts" } { DDEAUTO c:\\\\x "y" } =HYPERLINK("http://127.0.0.1")',
    "Markdown": "\n\n# x\n\n[x](javascript:alert(1)) ![x](http://127.0.0.1/x.png) | a |\n\n<script>alert(1)</script>",
    "templates": "{{ 7 * 191 }} {% for x in y %} ${7*191} #{7*191}",
    "3,000 characters and brackets": "长<" * 500 + "[" * 1_000 + "*" * 1_000,
}


def document() -> ReportDocument:
    """Return a document with the texts wherever one may stand."""
    text = "\n".join(TEXTS.values())
    sections = (Section(f"s{place}", text, blocks(text)) for place, text in enumerate(TEXTS.values()))
    return ReportDocument("en", text, text, text, text, text, text, tuple(sections))


def blocks(text: str) -> tuple[Block, ...]:
    """Return blocks of each kind with a text wherever one may stand."""
    spans = (Span(text), Span(text, link="javascript:alert(1)"), Span(text, style="strong"))
    return (
        Heading(text), Paragraph(spans), Bullets((spans, spans)), Facts(((text, spans),)),
        Table(text, (text, text), ((spans, spans),)), BarChart("f", text, (text, text), (Bar(text, text, 0.5, text),)),
        TranscriptEntry("s", "line", 0, spans, text, (spans,)), Callout("plain", text, (Paragraph(spans),)),
        Details(text, (Paragraph(spans),), spans),
    )  # fmt: skip


class Elements(HTMLParser):
    """Collects elements and attributes that would run or fetch something."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.odd += [tag] if tag in ("script", "img", "iframe", "object", "embed", "base", "form") else []
        self.odd += [f"{tag} {name}={value}" for name, value in attrs if name.startswith("on")]
        self.odd += [
            f"{tag} {name}={value}" for name, value in attrs if name in ("href", "src") and str(value)[:1] != "#"
        ]


def test_text_is_shown_and_never_obeyed() -> None:
    began, made = time.process_time(), document()
    page = str(FORMATS["html"](made))
    parser = Elements()
    parser.feed(page)
    assert parser.odd == []
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f]", page)
    text = str(FORMATS["md"](made))
    assert not re.search(r"(?<!\\)<script|(?<!\\)\]\(javascript:|(?m:^# x$)", text)
    data = FORMATS["docx"](made)
    assert isinstance(data, bytes)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {part: packed.read(part) for part in packed.namelist()}
    for part, content in parts.items():
        if part.endswith((".xml", ".rels")):
            ElementTree.fromstring(content)
    assert not re.search(rb"instrText|fldSimple|INCLUDETEXT[^<]*</w:instr", parts["word/document.xml"])
    assert b'TargetMode="External"' not in parts["word/_rels/document.xml.rels"]
    assert not {"1337"} & set(re.findall(r"\b1337\b", page + text))
    assert time.process_time() - began < 2
