"""The whole report of a session in each format: the same words, and links that lead somewhere."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree

from sandbox.content.language import Lang
from sandbox.report.document.docx import to_docx
from sandbox.report.document.formats import FORMATS
from sandbox.report.document.html import to_html
from sandbox.report.document.markdown import to_markdown
from sandbox.report.pages.judge_card import judge_card
from sandbox.report.pages.session import session_report
from tests.game.making import LIBRARY
from tests.report.conftest import drawn_session
from tests.report.reader import Page
from tests.report.test_judge_card import EVERY_MARK

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def test_the_report_says_the_same_in_each_format() -> None:
    lang: Lang = "zh"
    session = drawn_session("command", lang=lang, seed=2)
    document = session_report(session.as_read, session.card)
    page, markdown = Page(to_html(document)), to_markdown(document)
    with zipfile.ZipFile(io.BytesIO(to_docx(document))) as archive:
        root = ElementTree.fromstring(archive.read("word/document.xml"))
    docx = " ".join(" ".join(root.itertext()).split())
    for section in document.sections:
        assert section.title in docx
        assert f'<a id="{section.anchor}"></a>\n\n## ' in markdown
    for line in session.lines:
        assert line["says"] in docx
        assert line["says"] in markdown.replace("\\", "")
        assert f'<a id="{line["id"]}"></a>' in markdown
    places = re.findall(r'<a id="([\w-]+)"></a>', markdown)
    assert set(places) == {one for one in page.ids if not one.endswith(("-text", "-in"))}
    assert set(re.findall(r"\]\(#([^)]*)\)", markdown)) <= set(places)
    marks = {one.get(f"{W}name") for one in root.iter(f"{W}bookmarkStart")}
    assert {one.get(f"{W}anchor") for one in root.iter(f"{W}hyperlink")} <= marks


def test_the_judge_card_can_be_had_in_each_format() -> None:
    for form in FORMATS:
        card = FORMATS[form](judge_card(EVERY_MARK, LIBRARY, "en"))
        if isinstance(card, str):
            assert "kappa 0.85, 0.40 to 1.00, 7 items" in card
        else:
            assert card.startswith(b"PK")
